//! `sealkit inspect`: what a file says of itself, without any private key.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use clap::{Args, ValueHint};
use sealkit::{
    DataKeyInspection, Format, Inspection, Names, RecipientInspection, Recognised, Sealing, SopsInspection,
};
use serde_json::{Map, Value, json};

use crate::{
    certificates,
    diagnostic::{Failure, show_path},
    exit, files,
    policies::{self, Policies},
    stored::Stored,
    terminal::{Console, Style, printable},
    work::{self, Input},
};

/// Say what a file is, who can open it, and what it is bound to
///
/// Needs no private key. People are called as the policy calls them.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit inspect secrets/database.yaml
  sealkit inspect --output json secrets/ | jq -r '.files[].documents[].object.name'")]
pub(crate) struct Arguments {
    /// Files and directories; standard input if there is none
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    let policies = Policies::default();
    let mut code = exit::SUCCESS;
    let mut inspected = Vec::new();
    for looked in look(&arguments.paths, &policies, console)? {
        match looked {
            Ok(found) => inspected.push(found),
            Err(failure) => code = failure.report(console),
        }
    }
    print(console, &inspected, code)
}

fn print(console: &Console, inspected: &[Inspected], code: u8) -> Result<u8, Failure> {
    let text = match console.style {
        Style::Json => {
            json!({"files": inspected.iter().map(Inspected::json).collect::<Vec<_>>()}).to_string() + "\n"
        }
        Style::Text => inspected.iter().map(Inspected::text).collect(),
    };
    super::print(console, text.as_bytes())?;
    Ok(code)
}

/// What became of one file: what it says, or why that could not be told.
type Looked = Result<Inspected, Failure>;

/// Looks at standard input, at named files, and at those files of trees that mention secrets.
fn look(paths: &[PathBuf], policies: &Policies, console: &Console) -> Result<Vec<Looked>, Failure> {
    if paths.is_empty() || paths == [Path::new("-")] {
        return Ok(vec![
            Input::stdin().and_then(|input| Inspected::of(&input, policies)),
        ]);
    }
    let found = work::find(console, paths, true)?;
    let one = |path: &PathBuf| -> Option<Looked> {
        let looked = Stored::sealed(path).and_then(|stored| match stored {
            Some(stored) => Inspected::of_stored(&stored, policies).map(Some),
            None if !paths.contains(path)
                && files::read(path).is_ok_and(|bytes| !work::is_of_interest(path, &bytes)) =>
            {
                Ok(None)
            }
            None => Inspected::of(&Input::file(path)?, policies).map(Some),
        });
        looked.transpose()
    };
    Ok(found.files.iter().filter_map(one).collect())
}

fn names(policies: &Policies, file: &Path) -> Result<Names, Failure> {
    Ok(policies
        .governing(file)?
        .map(|governing| governing.policy.names().clone())
        .unwrap_or_default())
}

/// A file and what its documents say.
struct Inspected {
    path: PathBuf,
    documents: Vec<Inspection>,
    /// What the policy seals the file for, if it is for a controller. Which key its values were sealed for they do not say.
    pinned: Option<Sealing>,
}

impl Inspected {
    fn of(input: &Input, policies: &Policies) -> Result<Self, Failure> {
        Ok(Self {
            documents: sealkit::inspect(&input.stream, &names(policies, &input.path)?),
            pinned: policies::pinned(policies, &input.path)?,
            path: input.path.clone(),
        })
    }

    fn of_stored(stored: &Stored, policies: &Policies) -> Result<Self, Failure> {
        let path = stored.path().to_owned();
        Ok(Self {
            documents: vec![stored.file().inspect(&names(policies, &path)?)],
            pinned: None,
            path,
        })
    }

    fn pinned_for(&self, document: &Inspection) -> Option<&Sealing> {
        let sealed = document.recognised == Recognised::Sealed(Format::SealedSecrets);
        self.pinned.as_ref().filter(|_| sealed)
    }

    fn json(&self) -> Value {
        let document = |document: &Inspection| {
            let mut json = json!(document);
            if let Some(pinned) = self.pinned_for(document) {
                json["pinned"] = pinned_json(pinned);
            }
            json
        };
        let documents: Vec<_> = self.documents.iter().map(document).collect();
        json!({"path": show_path(&self.path), "documents": documents})
    }

    fn text(&self) -> String {
        let mut text = format!("{}\n", printable(&show_path(&self.path)));
        if self.documents.is_empty() {
            text += "  nothing for sealkit: no Secret and nothing sealed\n";
        }
        for document in &self.documents {
            describe(document, self.pinned_for(document), &mut text);
        }
        text
    }
}

/// The certificate or key that a rule names.
fn pinned_json(pinned: &Sealing) -> Value {
    let mut facts = match &pinned.certificate {
        Some(certificate) => certificates::facts(certificate, super::now()),
        None => Map::new(),
    };
    if let Some(recipient) = pinned.recipients.first() {
        facts.insert("name".to_owned(), json!(recipient.name));
    }
    facts.insert("rule".to_owned(), json!(pinned.origin));
    Value::Object(facts)
}

fn describe_pinned(pinned: &Sealing) -> String {
    let name = pinned
        .recipients
        .first()
        .and_then(|recipient| recipient.name.clone());
    let name = name.unwrap_or_default();
    let Some(certificate) = &pinned.certificate else {
        return format!("{name}, a public key without a date, by {}", pinned.origin);
    };
    let (fingerprint, until) = (
        certificates::fingerprint(certificate),
        certificates::valid_until(certificate),
    );
    let ends = match certificate.expired_at(super::now()) {
        true => "expired on",
        false => "valid until",
    };
    format!("{name}, {fingerprint}, {ends} {until}, by {}", pinned.origin)
}

fn describe(document: &Inspection, pinned: Option<&Sealing>, text: &mut String) {
    let what = match document.recognised {
        Recognised::Secret => "in the clear",
        Recognised::Sealed(Format::Native) => "sealed, native",
        Recognised::Sealed(Format::SealedSecrets) => "sealed, sealed-secrets",
        Recognised::Sealed(Format::Sops) | Recognised::Sops => "sealed, sops",
        _ => "not for sealkit",
    };
    let _ = writeln!(text, "  {} ({what})", printable(&document.object.to_string()));
    let mut line = |label: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "    {label:<11} {}", printable(value));
        }
    };
    line("opened by", &people(&document.recipients));
    line("pinned", &pinned.map(describe_pinned).unwrap_or_default());
    line(
        "scope",
        &document
            .scope
            .as_deref()
            .map(|scope| bound_to(scope, document))
            .unwrap_or_default(),
    );
    if let Some(sops) = &document.sops {
        describe_sops(sops, &mut line);
    }
    line("items", &document.items.join(", "));
    line("type", document.secret_type.as_deref().unwrap_or_default());
    line("data keys", &data_keys(&document.data_keys));
    for note in &document.notes {
        line("note", &note.message);
        line("", note.hint.as_deref().unwrap_or_default());
    }
}

fn describe_sops(sops: &SopsInspection, line: &mut dyn FnMut(&str, &str)) {
    let (field, text) = &sops.selector;
    line("encrypts", &format!("{field}: {text}"));
    if let (groups @ 2.., needed) = sops.groups {
        line("key groups", &format!("{needed} of {groups} open it"));
    }
    let covers = match sops.mac_only_encrypted {
        true => "encrypted values only",
        false => "all values",
    };
    line("code covers", covers);
    line(
        "written",
        &format!("{} by version {}", sops.last_modified, sops.version),
    );
    line(
        "values",
        &format!(
            "{} encrypted, {} in the clear",
            sops.sealed_values, sops.unencrypted_values
        ),
    );
}

fn bound_to(scope: &str, document: &Inspection) -> String {
    let object = &document.object;
    match scope {
        "strict" => format!("strict: only as {}/{}", object.namespace, object.name),
        "namespace-wide" => format!("namespace-wide: any name in {}", object.namespace),
        _ => format!("{scope}: any name, any namespace"),
    }
}

fn people(recipients: &[RecipientInspection]) -> String {
    let one = |recipient: &RecipientInspection| match &recipient.name {
        Some(name) => name.clone(),
        None => recipient.recipient.clone(),
    };
    recipients.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Said only where there is more than one, or where they are not all for the same people.
fn data_keys(keys: &[DataKeyInspection]) -> String {
    if keys.len() < 2 {
        return String::new();
    }
    let mut for_whom: BTreeMap<String, usize> = BTreeMap::new();
    for key in keys {
        *for_whom.entry(people(&key.recipients)).or_default() += 1;
    }
    match for_whom.len() {
        1 => keys.len().to_string(),
        _ => for_whom
            .iter()
            .map(|(people, count)| format!("{count} for {people}"))
            .collect::<Vec<_>>()
            .join("; "),
    }
}
