//! The parts that several commands share.

use std::path::{Path, PathBuf};

/// What a file is read or written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sops) enum Form {
    Yaml,
    Json,
    Dotenv,
    Ini,
    Binary,
}

impl Form {
    /// By the end of the name, case and all; what ends in nothing known is binary.
    pub(in crate::sops) fn of_path(path: &Path) -> Self {
        let path = path.to_string_lossy();
        let ends = |endings: &[&str]| endings.iter().any(|ending| path.ends_with(ending));
        match () {
            () if ends(&[".yaml", ".yml"]) => Self::Yaml,
            () if ends(&[".json"]) => Self::Json,
            () if ends(&[".env"]) => Self::Dotenv,
            () if ends(&[".ini"]) => Self::Ini,
            () => Self::Binary,
        }
    }

    /// By the word of `--input-type` and `--output-type`.
    pub(in crate::sops) fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "yaml" => Self::Yaml,
            "json" => Self::Json,
            "dotenv" => Self::Dotenv,
            "ini" => Self::Ini,
            "binary" => Self::Binary,
            _ => return None,
        })
    }
}

/// Where the result goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sops) enum To {
    Stdout,
    File(PathBuf),
    InPlace,
}

/// What does not depend on the command.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::sops) struct Settings {
    /// The configuration file, when it is not to be searched.
    pub(in crate::sops) config: Option<PathBuf>,
    /// Columns of indentation for every format that has one.
    pub(in crate::sops) indent: Option<i64>,
    pub(in crate::sops) mac_only_encrypted: bool,
    pub(in crate::sops) ignore_mac: bool,
    pub(in crate::sops) input_type: Option<Form>,
    pub(in crate::sops) output_type: Option<Form>,
    pub(in crate::sops) filename_override: Option<PathBuf>,
    /// Kinds of keys to try first.
    pub(in crate::sops) order: Vec<String>,
    /// Whether the keys of this machine may not be used.
    pub(in crate::sops) no_local_keys: bool,
    /// Addresses of key services.
    pub(in crate::sops) services: Vec<String>,
}

/// The keys named on the command line, by kind, as they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sops) struct KeyFlags {
    pub(in crate::sops) kms: Option<String>,
    pub(in crate::sops) gcp_kms: Option<String>,
    pub(in crate::sops) hckms: Option<String>,
    pub(in crate::sops) azure_kv: Option<String>,
    pub(in crate::sops) hc_vault: Option<String>,
    pub(in crate::sops) pgp: Option<String>,
    pub(in crate::sops) age: Option<String>,
    pub(in crate::sops) aws_profile: Option<String>,
    pub(in crate::sops) context: Option<String>,
}

impl KeyFlags {
    /// Whether no key is named.
    pub(in crate::sops) fn is_empty(&self) -> bool {
        [
            &self.kms,
            &self.gcp_kms,
            &self.hckms,
            &self.azure_kv,
            &self.hc_vault,
            &self.pgp,
            &self.age,
        ]
        .iter()
        .all(|list| list.is_none())
    }
}

/// The selectors named on the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sops) struct Selectors {
    pub(in crate::sops) unencrypted_suffix: Option<String>,
    pub(in crate::sops) encrypted_suffix: Option<String>,
    pub(in crate::sops) unencrypted_regex: Option<String>,
    pub(in crate::sops) encrypted_regex: Option<String>,
    pub(in crate::sops) unencrypted_comment_regex: Option<String>,
    pub(in crate::sops) encrypted_comment_regex: Option<String>,
}

/// One step of a place inside a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sops) enum Step {
    Key(String),
    Index(usize),
}

/// A place that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::sops) enum PathError {
    /// A `[` without its `]`.
    #[error("component {0} doesn't end with ]")]
    Open(String),
    /// Neither quoted nor a number.
    #[error("part {0} of the path is neither a quoted key nor an index")]
    NoStep(usize),
}

/// Reads `["key"][0]['other']`.
///
/// Keys have no escapes and no `[` in them; that is the peer's grammar, and other tools write by it.
///
/// # Errors
/// [`PathError`] with the part, or its number from one.
pub(in crate::sops) fn steps(text: &str) -> Result<Vec<Step>, PathError> {
    let parts = text.split('[').filter(|part| !part.is_empty()).enumerate();
    parts
        .map(|(at, part)| {
            let inner = part.strip_suffix(']').ok_or(PathError::Open(part.to_owned()))?;
            let no_step = PathError::NoStep(at + 1);
            match inner.chars().next() {
                Some('"' | '\'') if inner.len() >= 2 => {
                    let closed = &inner[1..];
                    let last = closed.chars().next_back().map_or(0, char::len_utf8);
                    Ok(Step::Key(closed[..closed.len() - last].to_owned()))
                }
                _ => inner
                    .strip_prefix('+')
                    .unwrap_or(inner)
                    .parse()
                    .map(Step::Index)
                    .map_err(|_| no_step),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_name_decides_and_nothing_else() {
        for (path, form) in [
            ("a/b.yaml", Form::Yaml),
            ("b.yml", Form::Yaml),
            ("b.json", Form::Json),
            (".env", Form::Dotenv),
            (".env.prod", Form::Binary),
            ("x.ini", Form::Ini),
            ("x.YAML", Form::Binary),
            ("yaml", Form::Binary),
        ] {
            assert_eq!(Form::of_path(Path::new(path)), form, "{path}");
        }
    }

    #[test]
    fn reads_places() {
        let key = |text: &str| Step::Key(text.into());
        assert_eq!(
            steps("[\"a\"][0]['b c']"),
            Ok(vec![key("a"), Step::Index(0), key("b c")])
        );
        assert_eq!(steps(""), Ok(vec![]));
        assert_eq!(steps("[\"a.b:c\"]"), Ok(vec![key("a.b:c")]));
        assert_eq!(steps("[\"a\"][x]"), Err(PathError::NoStep(2)));
        assert_eq!(steps("[\"a\""), Err(PathError::Open("\"a\"".into())));
        assert_eq!(steps("a"), Err(PathError::Open("a".into())));
        assert_eq!(steps("[]"), Err(PathError::NoStep(1)));
        assert_eq!(steps("[-1]"), Err(PathError::NoStep(1)));
    }
}
