//! From a closed file to an open tree and back: keys found, codes compared, failures told in the peer's numbers.

use sealkit::crypto::{DataKey, Plaintext};
use sealkit::formats::sops::{
    KeyError, KeyFailure, SealError, UnwrapKey, WrapKey,
    document::{Closed, Tree, TreeError, check, wrap_groups},
    metadata::{KeyKind, MasterKey, Metadata},
    recover,
    store::StoreError,
};
use zeroize::Zeroizing;

use super::{Context, files::Paths, local};
use crate::{
    generator,
    sops::{codes, failure::Failure, keyservice::Services},
};

/// Finds the data key of a file among the keys of this machine.
pub(super) fn data_key(context: &Context<'_>, metadata: &Metadata) -> Result<DataKey, Failure> {
    // A word that names no kind orders nothing, as in the peer.
    let order: Vec<KeyKind> = context
        .settings
        .order
        .iter()
        .filter_map(|word| KeyKind::parse(word))
        .collect();
    let local = local::Keys::new(context.now());
    let services = Services::of(&context.settings.services);
    let anybody = Anybody {
        local: (!context.settings.no_local_keys).then_some(&local),
        services: &services,
    };
    let recovered = recover(metadata, &[&anybody], &order);
    Ok(recovered.map_err(|error| no_key(&error, &local))?.key)
}

/// This machine, if it may, then the key services.
struct Anybody<'a> {
    local: Option<&'a local::Keys>,
    services: &'a Services,
}

impl UnwrapKey for Anybody<'_> {
    fn unwrap_key(&self, key: &MasterKey) -> Result<Option<Plaintext>, KeyFailure> {
        let mut failures = Vec::new();
        if let Some(local) = self.local {
            match local.unwrap_key(key) {
                Ok(Some(share)) => return Ok(Some(share)),
                Ok(None) => failures.push(local::nothing_opens(key.kind)),
                Err(failure) => failures.push(failure.why),
            }
        }
        match self.services.unwrap_key(key) {
            Ok(Some(share)) => return Ok(Some(share)),
            Ok(None) => {}
            Err(failure) => failures.push(failure.why),
        }
        if failures.is_empty() {
            failures.push("the keys of this machine may not be used".to_owned());
        }
        let why = failures.join("\n");
        Err(KeyFailure { why, hint: None })
    }
}

/// Opens a file under the keys of this machine, to change it and seal it again.
pub(super) fn open(context: &Context<'_>, closed: Closed) -> Result<Tree, Failure> {
    opened(context, closed, Tree::open)
}

/// Opens a file under the keys of this machine, to show it.
pub(super) fn open_to_read(context: &Context<'_>, closed: Closed) -> Result<Tree, Failure> {
    opened(context, closed, Tree::open_to_read)
}

fn opened(
    context: &Context<'_>,
    closed: Closed,
    open: fn(Closed, DataKey, bool) -> Result<Tree, TreeError>,
) -> Result<Tree, Failure> {
    let key = data_key(context, &closed.metadata)?;
    let tree = open(closed, key, !context.settings.ignore_mac).map_err(|error| match error {
        TreeError::Values(values) => {
            let (path, why) = match values.first() {
                Some((path, error)) => (path.clone(), error.to_string()),
                None => Default::default(),
            };
            let more = match values.len() {
                1 => String::new(),
                count => format!(" (and {} more)", count - 1),
            };
            Failure::new(
                codes::CANNOT_DECRYPT,
                format!("Error decrypting tree: cannot decrypt {path}: {why}{more}"),
            )
        }
        TreeError::Mac(problem) => mac(problem),
        error => Failure::new(codes::CANNOT_DECRYPT, format!("Error decrypting tree: {error}")),
    })?;
    if tree.closed_comments > 0 {
        context.warn("an encrypted comment does not open and stays as it is");
    }
    Ok(tree)
}

fn mac(problem: sealkit::formats::sops::MacProblem) -> Failure {
    use sealkit::formats::sops::MacProblem;
    let text = match problem {
        MacProblem::Missing => "MAC mismatch. File has no MAC",
        MacProblem::Closed(_) => "Cannot decrypt MAC: it, or lastmodified, was changed",
        MacProblem::Different => {
            "MAC mismatch. A value was changed, added, removed or moved without sops; unencrypted values count too"
        }
    };
    Failure::new(codes::MAC_MISMATCH, text).hint("--ignore-mac opens the file nevertheless")
}

fn no_key(error: &KeyError, local: &local::Keys) -> Failure {
    let mut text = "Failed to get the data key required to decrypt the SOPS file.\n".to_owned();
    if let KeyError::NotOpened {
        opened,
        needed,
        groups,
    } = error
    {
        for (at, group) in groups.iter().enumerate() {
            text.push_str(&format!("\nGroup {at}: FAILED\n"));
            for (_, name, failure) in &group.tried {
                text.push_str(&format!("  {name}: FAILED\n"));
                let why = failure.as_ref().map(|failure| failure.why.as_str());
                for line in why.unwrap_or_default().lines() {
                    text.push_str(&format!("    - | {line}\n"));
                }
            }
        }
        if *needed > 1 {
            text.push_str(&format!("\n{opened} key groups opened, {needed} are needed.\n"));
        }
    } else {
        text.push_str(&format!("\n{error}\n"));
    }
    for note in local.notes() {
        text.push_str(&format!("  {note}\n"));
    }
    Failure::new(codes::NO_KEY, text.trim_end())
}

/// Wraps a data key for the groups of a file.
pub(super) fn wrap(
    metadata: &mut Metadata,
    key: &DataKey,
    groups: &[Vec<Box<dyn WrapKey + '_>>],
) -> Result<(), String> {
    let borrowed: Vec<Vec<&dyn WrapKey>> = groups
        .iter()
        .map(|group| group.iter().map(AsRef::as_ref).collect())
        .collect();
    let mut rng = generator::operating_system();
    match wrap_groups(key, &borrowed, metadata.shamir_threshold, &mut rng) {
        Ok((groups, threshold)) => {
            metadata.groups = groups;
            metadata.shamir_threshold = threshold;
            Ok(())
        }
        // Not about a key, but about who could wrap for any.
        Err(SealError::Wrap(error)) if error.name.is_empty() => Err(error.why),
        Err(SealError::Wrap(error)) => Err(format!(
            "failed to encrypt new data key with master key {:?}: {}",
            error.name, error.why
        )),
        Err(error) => Err(error.to_string()),
    }
}

/// Seals a tree and prints it, after what was printed was read and opened again.
pub(super) fn seal(
    context: &Context<'_>,
    mut tree: Tree,
    paths: &Paths,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut rng = generator::operating_system();
    let closed = tree
        .seal(context.now(), &mut rng)
        .map_err(|error| Failure::new(codes::CANNOT_ENCRYPT, format!("Error encrypting tree: {error}")))?;
    let key = tree.into_key();
    let bytes = print(closed, paths)?;
    let reread = paths.output.read_closed("the result", &bytes).map_err(unusable)?;
    check(&reread, &key).map_err(|error| unusable(StoreError::Tree(error)))?;
    Ok(bytes)
}

/// Prints a file whose keys changed and nothing else, after what was printed was read again and compared.
pub(super) fn reprint(closed: Closed, paths: &Paths) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let bytes = print(closed.clone(), paths)?;
    let reread = paths.output.read_closed("the result", &bytes).map_err(unusable)?;
    match reread.is_same_as(&closed) {
        true => Ok(bytes),
        false => Err(unusable(StoreError::Shape("it would read as something else"))),
    }
}

/// Prints a closed file.
fn print(closed: Closed, paths: &Paths) -> Result<Zeroizing<Vec<u8>>, Failure> {
    paths
        .output
        .print_closed(closed, &paths.layout)
        .map_err(|error| Failure::new(codes::CANNOT_EMIT, format!("Could not marshal tree: {error}")))
}

fn unusable(error: StoreError) -> Failure {
    let text = format!("Could not marshal tree: what was sealed does not open again: {error}");
    Failure::new(codes::CANNOT_EMIT, text).hint(
        "nothing was written; this output format cannot hold the values, or this is a defect of sealkit",
    )
}
