//! `sops encrypt`.

use std::path::Path;

use sealkit::{
    crypto::DataKey,
    formats::sops::{
        DocumentError,
        document::Tree,
        metadata::{Metadata, VERSION},
        rules::Selector,
        store::{Store, StoreError},
        tree::Mapping,
    },
    manifest::ini::Ini,
};

use super::{
    Context, closed,
    config::{self, Rule},
    files::{Paths, explained},
    recipients::{Named, of_flags, wrappers},
};
use crate::{
    generator,
    sops::{
        codes,
        failure::Failure,
        request::{KeyFlags, Selectors, To},
    },
};

pub(super) fn run(
    context: &Context<'_>,
    file: Option<&Path>,
    to: &To,
    keys: &KeyFlags,
    selectors: &Selectors,
    threshold: i64,
) -> Result<u8, Failure> {
    let paths = Paths::of_existing(context, file)?;
    let plan = Plan::of(context, &paths, keys, selectors, threshold)?;
    let bytes = paths.bytes()?;
    let documents = paths
        .input
        .read(&paths.name(), &bytes)
        .map_err(|error| unreadable(&error, bytes.is_empty()))?;
    let tree = plan
        .tree(context, &paths, documents)
        .map_err(|error| match error {
            NotMade::Failed(failure) => failure,
            NotMade::NotWrapped(why) => not_generated(&why),
        })?;
    let sealed = closed::seal(context, tree, &paths)?;
    paths.write(context, to, &sealed)?;
    if paths.input == Store::Ini && *to != To::Stdout {
        warn_of_loose_comment(context, &paths, &bytes);
    }
    Ok(codes::OK)
}

/// A comment behind the last entry belongs to nothing, so neither the peer nor we seal it. Told where the result is a
/// file: standard output may be mixed with this by those who read it.
fn warn_of_loose_comment(context: &Context<'_>, paths: &Paths, bytes: &[u8]) {
    let name = paths.name();
    if let Ok(file) = Ini::parse(&name, bytes)
        && let Some(comment) = file.loose_comment()
    {
        context.warn(&format!(
            "the comment at {} belongs to no entry and is not in the result",
            comment.place()
        ));
    }
}

fn not_generated(why: &str) -> Failure {
    // Compared to the letter by the peer's own tests.
    Failure::new(codes::GENERIC, format!("Could not generate data key: [{why}]"))
}

/// Why there is no tree.
pub(super) enum NotMade {
    /// A failure with a code of its own.
    Failed(Failure),
    /// The data key could not be wrapped; what that means depends on the command.
    NotWrapped(String),
}

/// For whom and what a new file is sealed.
pub(super) struct Plan {
    groups: Vec<Vec<Named>>,
    threshold: usize,
    selector: Option<Selector>,
    mac_only_encrypted: bool,
}

impl Plan {
    /// From flags, and from the rule for the file where flags say nothing.
    pub(super) fn of(
        context: &Context<'_>,
        paths: &Paths,
        keys: &KeyFlags,
        selectors: &Selectors,
        threshold: i64,
    ) -> Result<Self, Failure> {
        let rule = config::rule(context, &paths.named)?;
        let named = of_flags(keys)?;
        let groups = match (&rule, keys.is_empty()) {
            (_, false) => vec![named],
            (Some(rule), true) => rule.groups.clone(),
            (None, true) => {
                let text = "config file not found, or has no creation rules, and no keys provided through command line \
                            options";
                return Err(Failure::new(codes::GENERIC, text));
            }
        };
        let configured = rule.as_ref().map_or(0, |rule| rule.threshold);
        Ok(Self {
            groups,
            threshold: match usize::try_from(threshold) {
                Ok(0) | Err(_) => configured,
                Ok(threshold) => threshold,
            },
            selector: selector(context, paths.input, selectors, rule.as_ref())?,
            mac_only_encrypted: paths.input != Store::Binary
                && (context.settings.mac_only_encrypted || rule.is_some_and(|rule| rule.mac_only_encrypted)),
        })
    }

    /// A tree for documents that were never sealed, with a new data key.
    pub(super) fn tree(
        self,
        context: &Context<'_>,
        paths: &Paths,
        documents: Vec<Mapping>,
    ) -> Result<Tree, NotMade> {
        if documents
            .first()
            .is_some_and(|document| paths.output.has_metadata(document))
        {
            return Err(NotMade::Failed(already_encrypted()));
        }
        let key = DataKey::generate(&mut generator::operating_system());
        let mut metadata = Metadata {
            groups: Vec::new(),
            shamir_threshold: self.threshold,
            last_modified: String::new(),
            mac: String::new(),
            selector: self.selector,
            mac_only_encrypted: self.mac_only_encrypted,
            version: VERSION.to_owned(),
        };
        let wrappers = wrappers(context, &self.groups).map_err(NotMade::Failed)?;
        closed::wrap(&mut metadata, &key, &wrappers).map_err(NotMade::NotWrapped)?;
        Ok(Tree::new(documents, metadata, key))
    }
}

/// One selector: that of the flags or of the rule, or the default. Each flag replaces its field of the rule.
fn selector(
    context: &Context<'_>,
    input: Store,
    flags: &Selectors,
    rule: Option<&Rule>,
) -> Result<Option<Selector>, Failure> {
    let fields: [(&str, &Option<String>); 6] = [
        ("unencrypted_suffix", &flags.unencrypted_suffix),
        ("encrypted_suffix", &flags.encrypted_suffix),
        ("unencrypted_regex", &flags.unencrypted_regex),
        ("encrypted_regex", &flags.encrypted_regex),
        ("unencrypted_comment_regex", &flags.unencrypted_comment_regex),
        ("encrypted_comment_regex", &flags.encrypted_comment_regex),
    ];
    let mut chosen = Vec::new();
    for (field, flag) in fields {
        let configured = rule
            .and_then(|rule| rule.selector.as_ref())
            .filter(|(name, _)| *name == field)
            .map(|(_, text)| text);
        if let Some(text) = flag.as_ref().or(configured)
            && let Some(selector) = Selector::from_field(field, text)
        {
            chosen.push((field, selector));
        }
    }
    if input == Store::Binary {
        for (field, _) in chosen {
            // The peer is silent about the sixth.
            if field != "unencrypted_comment_regex" {
                context.warn(&senseless(field));
            }
        }
        return Ok(None);
    }
    if chosen.len() > 1 {
        let text = "Error: cannot use more than one of encrypted_suffix, unencrypted_suffix, encrypted_regex, \
                    unencrypted_regex, encrypted_comment_regex, or unencrypted_comment_regex in the same file";
        return Err(Failure::new(codes::CONFLICT, text));
    }
    Ok(Some(
        chosen.pop().map(|(_, selector)| selector).unwrap_or_default(),
    ))
}

/// The peer's words about a selector for the binary store.
fn senseless(field: &str) -> String {
    let why = match field.contains("comment") {
        true => "never produces comments",
        false => "produces one key that should always be encrypted",
    };
    format!(
        "Using an {} does not make sense with the input store (the binary store {why}) and will be ignored.",
        field.replace('_', " ")
    )
}

/// What stands under `sops` in a file in the clear would be lost.
pub(super) fn already_encrypted() -> Failure {
    let text = "The file you have provided contains a top-level entry called 'sops', or for flat file formats top-level \
                entries starting with 'sops_'. Most likely it is already encrypted.";
    Failure::new(codes::ALREADY_ENCRYPTED, text)
        .hint("to change an encrypted file, use `sops edit` or `sops set`; in a plain file, rename the entry")
}

/// A file in the clear that cannot be read.
pub(super) fn unreadable(error: &StoreError, is_empty: bool) -> Failure {
    match error {
        StoreError::Document(DocumentError::Empty { .. }) if is_empty => Failure::new(
            codes::NO_DOCUMENT,
            "File cannot be completely empty, it must contain at least one document",
        ),
        StoreError::Document(DocumentError::Key { .. }) => Failure::new(
            codes::CANNOT_ENCRYPT,
            format!(
                "Error encrypting tree: Tree contains a non-string key: {}",
                explained(error)
            ),
        ),
        StoreError::Document(DocumentError::Number { .. }) => Failure::new(
            codes::CANNOT_ENCRYPT,
            format!("Error encrypting tree: {}", explained(error)),
        ),
        error => Failure::new(
            codes::CANNOT_READ,
            format!("Error unmarshalling file: {}", explained(error)),
        ),
    }
}
