//! What fingers trained by other tools type, answered with how it is said here.
//!
//! Refusing with a hint is the point: `-o yaml` would otherwise write a file called `yaml`.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// A flag of kubeseal, sops or kubectl, and what does its work here.
const FLAGS: &[(&str, &str)] = &[
    (
        "--secret-file",
        "name the file as an argument: `sealkit seal FILE`",
    ),
    ("-f", "name the file as an argument: `sealkit seal FILE`"),
    ("--filename", "name the file as an argument: `sealkit seal FILE`"),
    ("--sealed-secret-file", "say `-o FILE`, or `-i` to seal in place"),
    ("-w", "say `-o FILE`, or `-i` to seal in place"),
    (
        "--raw",
        "say `sealkit set FILE KEY` to add one value to a sealed file",
    ),
    (
        "--merge-into",
        "say `sealkit set FILE KEY`, or add `stringData` to the sealed file and seal it again",
    ),
    (
        "--re-encrypt",
        "say `sealkit rotate FILE`, with `--to-cert` for a new certificate",
    ),
    ("--rotate", "say `sealkit rotate FILE`"),
    ("--recovery-unseal", "say `sealkit open FILE --identity KEY`"),
    (
        "--recovery-private-key",
        "say `sealkit open FILE --identity KEY`; backups of keys as YAML are read too",
    ),
    ("--validate", "say `sealkit check FILE`"),
    (
        "--fetch-cert",
        "sealkit reads no cluster here: save the certificate to a file, and name it with `--cert`",
    ),
    (
        "--allow-empty-data",
        "an empty Secret is sealed as it is; leave the flag out",
    ),
    (
        "--controller-name",
        "sealkit reads no cluster here: name a saved certificate with `--cert`",
    ),
    (
        "--controller-namespace",
        "sealkit reads no cluster here: name a saved certificate with `--cert`",
    ),
    (
        "--kubeconfig",
        "sealkit never reads a kubeconfig: write the namespace in the manifest, or say `-n`",
    ),
    (
        "--context",
        "sealkit never reads a kubeconfig: write the namespace in the manifest, or say `-n`",
    ),
    (
        "--from-literal",
        "a value on the command line ends up in the shell's history: use `--prompt KEY` or `--from-file`",
    ),
    ("--encrypt", "say `sealkit seal`"),
    ("-e", "say `sealkit seal`"),
    ("--decrypt", "say `sealkit open`"),
    ("-d", "say `sealkit open`"),
    (
        "--in-place",
        "only `seal` and `open` work in place; `edit`, `set`, `unset` and `rotate` always do",
    ),
    (
        "-i",
        "only `seal` and `open` work in place; `edit`, `set`, `unset` and `rotate` always do",
    ),
    ("--age", "say `--recipient`"),
    ("--extract", "say `sealkit get FILE KEY`"),
];

/// Commands of other tools.
const COMMANDS: &[(&str, &str)] = &[
    ("encrypt", "say `sealkit seal`"),
    ("decrypt", "say `sealkit open`"),
    ("unseal", "say `sealkit open`"),
    ("updatekeys", "say `sealkit rotate`"),
    (
        "view",
        "say `sealkit open`, or `sealkit inspect` to see who can open it",
    ),
    ("help", "say `sealkit --help`, or `sealkit COMMAND --help`"),
];

/// Adds the hint that fits to an error of the parser.
pub(super) fn explain(mut error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let hint = match error.kind() {
        ErrorKind::UnknownArgument => {
            context(ContextKind::InvalidArg).and_then(|flag| hint_for_flag(&flag, arguments))
        }
        ErrorKind::InvalidSubcommand => {
            context(ContextKind::InvalidSubcommand).and_then(|name| look_up(COMMANDS, &name))
        }
        _ => None,
    };
    if let Some(hint) = hint {
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::SuggestedSubcommand);
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![hint.into()]),
        );
    }
    error
}

/// The parser of `-o FILE`: a bare `yaml` or `json` is kubeseal's output format, not a file.
pub(super) fn output_file(text: &str) -> Result<std::path::PathBuf, String> {
    match text.to_ascii_lowercase().as_str() {
        "yaml" | "yml" | "json" => Err(format!(
            "`-o` names a file here, and the syntax stays that of the input; say `-o ./{text}` if the file is called so"
        )),
        "" => Err("the file needs a name".into()),
        _ => Ok(text.into()),
    }
}

/// The parser of `--format`: kubeseal's means the syntax.
pub(super) fn format(text: &str) -> Result<sealkit::Format, String> {
    match text.to_ascii_lowercase().as_str() {
        "yaml" | "yml" | "json" => Err(
            "sealkit writes the syntax that it read; `--format` says how values are \
                                        sealed: `native`, `sealed-secrets` or `sops`"
                .into(),
        ),
        _ => text
            .parse()
            .map_err(|_| "expected `native`, `sealed-secrets` or `sops`".into()),
    }
}

fn hint_for_flag(flag: &str, arguments: &[OsString]) -> Option<String> {
    if let Some(hint) = look_up(FLAGS, flag) {
        return Some(hint);
    }
    // `-fdb.yaml` and `--cert=x` arrive with their values.
    let known =
        |(name, _): &&(&str, &str)| name.len() == 2 && flag.starts_with(name) && !flag.starts_with("--");
    let short = FLAGS.iter().find(known).map(|(_, hint)| (*hint).to_owned());
    short.filter(|_| arguments.len() > 1)
}

fn look_up(table: &[(&str, &str)], word: &str) -> Option<String> {
    table
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, hint)| (*hint).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_syntax_name_is_no_file_but_a_path_is() {
        assert!(output_file("yaml").is_err());
        assert!(output_file("JSON").is_err());
        assert_eq!(output_file("./yaml"), Ok("./yaml".into()));
    }

    #[test]
    fn a_syntax_is_no_sealed_format() {
        assert!(
            format("yaml")
                .expect_err("it is a syntax")
                .contains("sealed-secrets")
        );
        assert_eq!(format("native"), Ok(sealkit::Format::Native));
    }
}
