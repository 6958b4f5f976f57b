//! From flags and operands to an [`Action`].

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::{Action, Form, KeyFlags, NewValue, Parsed, Selectors, Settings, Step, To, parts::steps};
use crate::sops::{codes, failure::Failure, grammar::Arguments};

/// A command line without a sub-command.
pub(super) fn older(given: &Arguments) -> Result<Parsed, Failure> {
    let file = PathBuf::from(given.operands.first().ok_or_else(no_file)?);
    let mut warnings = superfluous(given);
    let to = destination(given)?;
    let modes: Vec<&str> = ["encrypt", "decrypt", "rotate", "set"]
        .into_iter()
        .filter(|mode| given.switch(mode) || given.text(mode).is_some())
        .collect();
    if modes.len() > 1 {
        warnings.push(
            "More than one command (--encrypt, --decrypt, --rotate, --set) has been specified. Only the last one of \
             this list is done"
                .to_owned(),
        );
    }
    let (add, remove) = (changed_keys(given, "add"), changed_keys(given, "rm"));
    if !(add.is_empty() && remove.is_empty()) {
        refuse_keys_for_nothing(&file, "use `--kms` and `--pgp` instead")?;
    }
    if matches!(modes.last(), Some(&("encrypt" | "decrypt" | "rotate"))) && !file.exists() {
        let text = format!("Error: cannot operate on non-existent file {:?}", absolute(&file));
        return Err(Failure::new(codes::NO_FILE, text));
    }
    let action = match modes.last().copied() {
        Some("encrypt") => Action::Encrypt {
            file: Some(file),
            to,
            keys: keys(given),
            selectors: selectors(given),
            threshold: given.number("shamir-secret-sharing-threshold"),
        },
        Some("decrypt") => Action::Decrypt {
            file: Some(file),
            to,
            extract: extract(given)?,
        },
        Some("rotate") => Action::Rotate {
            file,
            to,
            add,
            remove,
        },
        Some(_) => {
            let (path, value) = older_set(&given.text("set").unwrap_or_default())?;
            let value = NewValue::Json(value);
            Action::Set {
                file,
                path,
                value,
                idempotent: false,
            }
        }
        None => edit(file, given),
    };
    finish(given, given, action, warnings)
}

/// A sub-command.
pub(super) fn command(
    parent: Option<&'static str>,
    name: &'static str,
    outer: &Arguments,
    given: &Arguments,
) -> Result<Parsed, Failure> {
    let mut warnings = Vec::new();
    let threshold = given.number("shamir-secret-sharing-threshold");
    let action = match (parent, name) {
        (Some("completion"), shell) => return Ok(Parsed::Script(shell)),
        (Some(_), "add") => {
            refuse_operands(given)?;
            let (file, to) = (group_file(given)?, in_place(given));
            let keys = listed_keys(given);
            Action::GroupsAdd {
                file,
                to,
                keys,
                threshold,
            }
        }
        (Some(_), _) => {
            let index = group_index(given)?;
            let (file, to) = (group_file(given)?, in_place(given));
            Action::GroupsDelete {
                file,
                to,
                index,
                threshold,
            }
        }
        (None, "exec-env") => exec_env(given)?,
        (None, "exec-file") => exec_file(given)?,
        (None, "publish") => Action::Publish { path: first(given)? },
        (None, "keyservice") => Action::KeyService,
        (None, "filestatus") => Action::FileStatus { file: first(given)? },
        (None, "updatekeys") => {
            let files = given.operands.iter().map(PathBuf::from).collect();
            Action::UpdateKeys {
                files,
                yes: given.switch("yes"),
            }
        }
        (None, "decrypt" | "encrypt") => {
            let (file, to) = file_or_stdin(given, name)?;
            warnings = superfluous(given);
            match name {
                "decrypt" => Action::Decrypt {
                    file,
                    to,
                    extract: extract(given)?,
                },
                _ => {
                    let (keys, selectors) = (keys(given), selectors(given));
                    Action::Encrypt {
                        file,
                        to,
                        keys,
                        selectors,
                        threshold,
                    }
                }
            }
        }
        (None, "rotate") => {
            let file = first(given)?;
            warnings = superfluous(given);
            let to = destination(given)?;
            let (add, remove) = (changed_keys(given, "add"), changed_keys(given, "rm"));
            if !(add.is_empty() && remove.is_empty()) {
                refuse_keys_for_nothing(&file, "use the `edit` subcommand instead")?;
            }
            Action::Rotate {
                file,
                to,
                add,
                remove,
            }
        }
        (None, "set") => set(given)?,
        (None, "unset") => unset(given)?,
        (None, _) => {
            let file = first(given)?;
            warnings = superfluous(given);
            edit(file, given)
        }
    };
    finish(outer, given, action, warnings)
}

fn finish(
    outer: &Arguments,
    given: &Arguments,
    action: Action,
    warnings: Vec<String>,
) -> Result<Parsed, Failure> {
    Ok(Parsed::Run {
        settings: Box::new(settings(outer, given)?),
        action: Box::new(action),
        warnings,
    })
}

fn settings(outer: &Arguments, given: &Arguments) -> Result<Settings, Failure> {
    Ok(Settings {
        config: outer.text("config").map(PathBuf::from),
        indent: outer.is_typed("indent").then(|| outer.number("indent")),
        mac_only_encrypted: outer.switch("mac-only-encrypted"),
        ignore_mac: given.switch("ignore-mac"),
        input_type: form(given, "input-type")?,
        output_type: form(given, "output-type")?,
        filename_override: given.text("filename-override").map(PathBuf::from),
        order: order(given)?,
        no_local_keys: given.switches.get("enable-local-keyservice") == Some(&false),
        services: given.texts("keyservice"),
    })
}

/// A word that names no format is an error here; the peer takes the file's name instead, without a word.
fn form(given: &Arguments, flag: &str) -> Result<Option<Form>, Failure> {
    let Some(word) = given.text(flag) else {
        return Ok(None);
    };
    let form = Form::of_word(&word).ok_or_else(|| {
        Failure::new(codes::GENERIC, format!("Error: --{flag} names no known type"))
            .hint("the types are yaml, json, dotenv, ini and binary")
    })?;
    Ok(Some(form))
}

fn order(given: &Arguments) -> Result<Vec<String>, Failure> {
    let text = given
        .text("decryption-order")
        .unwrap_or_else(|| "age,pgp".to_owned());
    let order: Vec<String> = text.split(',').map(str::to_owned).collect();
    match order
        .iter()
        .enumerate()
        .find(|(at, kind)| order[..*at].contains(kind))
    {
        Some((_, twice)) => Err(Failure::new(
            codes::DUPLICATE_ORDER,
            format!("Duplicate decryption key type: {twice}"),
        )),
        None => Ok(order),
    }
}

fn keys(given: &Arguments) -> KeyFlags {
    named_keys(given, &str::to_owned)
}

fn changed_keys(given: &Arguments, verb: &str) -> KeyFlags {
    named_keys(given, &|kind| format!("{verb}-{kind}"))
}

fn named_keys(given: &Arguments, flag: &dyn Fn(&str) -> String) -> KeyFlags {
    let text = |kind: &str| given.text(&flag(kind));
    KeyFlags {
        kms: text("kms"),
        gcp_kms: text("gcp-kms"),
        hckms: text("hckms"),
        azure_kv: text("azure-kv"),
        hc_vault: text("hc-vault-transit"),
        pgp: text("pgp"),
        age: text("age"),
        aws_profile: given.text("aws-profile"),
        context: given.text("encryption-context"),
    }
}

fn listed_keys(given: &Arguments) -> KeyFlags {
    let list = |kind: &str| Some(given.texts(kind).join(",")).filter(|list| !list.is_empty());
    KeyFlags {
        kms: list("kms"),
        gcp_kms: list("gcp-kms"),
        hckms: list("hckms"),
        azure_kv: list("azure-kv"),
        hc_vault: list("hc-vault-transit"),
        pgp: list("pgp"),
        age: list("age"),
        aws_profile: given.text("aws-profile"),
        context: given.text("encryption-context"),
    }
}

fn selectors(given: &Arguments) -> Selectors {
    Selectors {
        unencrypted_suffix: given.text("unencrypted-suffix"),
        encrypted_suffix: given.text("encrypted-suffix"),
        unencrypted_regex: given.text("unencrypted-regex"),
        encrypted_regex: given.text("encrypted-regex"),
        unencrypted_comment_regex: given.text("unencrypted-comment-regex"),
        encrypted_comment_regex: given.text("encrypted-comment-regex"),
    }
}

fn edit(file: PathBuf, given: &Arguments) -> Action {
    Action::Edit {
        file,
        keys: keys(given),
        selectors: selectors(given),
        threshold: given.number("shamir-secret-sharing-threshold"),
        show_master_keys: given.switch("show-master-keys"),
    }
}

fn exec_env(given: &Arguments) -> Result<Action, Failure> {
    let (file, command) = file_and_command(given)?;
    let (background, same_process) = (given.switch("background"), given.switch("same-process"));
    if background && same_process {
        let text = "Error: The --same-process flag cannot be used with --background";
        return Err(Failure::new(codes::CONFLICT, text));
    }
    Ok(Action::ExecEnv {
        file,
        command,
        pristine: given.switch("pristine"),
        same_process,
        background,
        user: given.text("user"),
    })
}

fn exec_file(given: &Arguments) -> Result<Action, Failure> {
    let (file, command) = file_and_command(given)?;
    Ok(Action::ExecFile {
        file,
        command,
        fifo: !given.switch("no-fifo"),
        filename: given.text("filename"),
        background: given.switch("background"),
        user: given.text("user"),
    })
}

fn file_and_command(given: &Arguments) -> Result<(PathBuf, OsString), Failure> {
    match given.operands.as_slice() {
        [file, command] => Ok((file.into(), command.clone())),
        _ => Err(Failure::new(codes::GENERIC, "error: missing file to decrypt")),
    }
}

fn set(given: &Arguments) -> Result<Action, Failure> {
    let (from_file, from_stdin) = (given.switch("value-file"), given.switch("value-stdin"));
    if from_file && from_stdin {
        let text = "Error: cannot use both --value-file and --value-stdin";
        return Err(Failure::new(codes::GENERIC, text));
    }
    let (file, path, value) = match (given.operands.as_slice(), from_stdin) {
        ([file, path], true) => (file, path, NewValue::Stdin),
        ([file, path, value], false) if from_file => (file, path, NewValue::File(value.into())),
        ([file, path, value], false) => (file, path, NewValue::Json(utf8(value)?)),
        (_, from_stdin) => {
            let count = if from_stdin { "2" } else { "3" };
            let text = format!(
                "Error: no file specified, or index and value are missing. Need precisely {count} positional arguments."
            );
            return Err(Failure::new(codes::NO_FILE, text));
        }
    };
    Ok(Action::Set {
        file: file.into(),
        path: index(path, "set")?,
        value,
        idempotent: given.switch("idempotent"),
    })
}

fn unset(given: &Arguments) -> Result<Action, Failure> {
    let [file, path] = given.operands.as_slice() else {
        let text = "Error: no file specified, or index is missing";
        return Err(Failure::new(codes::NO_FILE, text));
    };
    Ok(Action::Unset {
        file: file.into(),
        path: index(path, "unset")?,
        idempotent: given.switch("idempotent"),
    })
}

fn index(path: &OsString, verb: &str) -> Result<Vec<Step>, Failure> {
    let invalid = || Failure::new(codes::BAD_SET, format!("Invalid {verb} index format"));
    let path = steps(&utf8(path)?).map_err(|_| invalid())?;
    if path.is_empty() {
        return Err(invalid());
    }
    Ok(path)
}

/// `--set` holds place and value in one text; the place ends at the first `]` that a blank follows.
fn older_set(text: &str) -> Result<(Vec<Step>, String), Failure> {
    let invalid = || Failure::new(codes::BAD_SET, "Invalid --set format");
    let (path, value) = text.split_once("] ").ok_or_else(invalid)?;
    let path = steps(&format!("{path}]")).map_err(|_| invalid())?;
    Ok((path, value.to_owned()))
}

fn extract(given: &Arguments) -> Result<Vec<Step>, Failure> {
    steps(&given.text("extract").unwrap_or_default()).map_err(|error| {
        Failure::new(
            codes::BAD_EXTRACT,
            format!("error parsing --extract path: {error}"),
        )
    })
}

fn file_or_stdin(given: &Arguments, name: &str) -> Result<(Option<PathBuf>, To), Failure> {
    let file = given.operands.first().map(PathBuf::from);
    if file.is_none() {
        if given.switch("in-place") {
            let text = "Error: cannot use --in-place when reading from stdin";
            return Err(Failure::new(codes::CONFLICT, text));
        }
        if name == "encrypt" && given.text("filename-override").is_none() {
            let text = "Error: must specify --filename-override when reading from stdin";
            return Err(Failure::new(codes::CONFLICT, text));
        }
    }
    Ok((file, destination(given)?))
}

fn destination(given: &Arguments) -> Result<To, Failure> {
    match (given.switch("in-place"), given.text("output")) {
        (true, Some(_)) => {
            let text = "Error: cannot operate on both --output and --in-place";
            Err(Failure::new(codes::CONFLICT, text))
        }
        (true, None) => Ok(To::InPlace),
        (false, Some(path)) => Ok(To::File(path.into())),
        (false, None) => Ok(To::Stdout),
    }
}

fn in_place(given: &Arguments) -> To {
    match given.switch("in-place") {
        true => To::InPlace,
        false => To::Stdout,
    }
}

fn first(given: &Arguments) -> Result<PathBuf, Failure> {
    given.operands.first().map(PathBuf::from).ok_or_else(no_file)
}

fn no_file() -> Failure {
    Failure::new(codes::NO_FILE, "Error: no file specified")
}

fn group_file(given: &Arguments) -> Result<PathBuf, Failure> {
    given
        .text("file")
        .map(PathBuf::from)
        .ok_or_else(|| Failure::new(codes::GENERIC, "Error: no file specified").hint("name it with --file"))
}

fn refuse_operands(given: &Arguments) -> Result<(), Failure> {
    match given.operands.is_empty() {
        true => Ok(()),
        false => Err(Failure::new(
            codes::GENERIC,
            "error: no positional arguments allowed",
        )),
    }
}

fn group_index(given: &Arguments) -> Result<usize, Failure> {
    let [index] = given.operands.as_slice() else {
        let text = "error: exactly one positional argument (index) required";
        return Err(Failure::new(codes::GENERIC, text));
    };
    let index = index.to_str().and_then(|index| index.parse::<u32>().ok());
    index
        .map(|index| index as usize)
        .ok_or_else(|| Failure::usage("failed to parse [index] argument: not a number"))
}

fn utf8(word: &OsString) -> Result<String, Failure> {
    let text = word.to_str().map(str::to_owned);
    text.ok_or_else(|| Failure::new(codes::BAD_SET, "an argument is not UTF-8"))
}

fn refuse_keys_for_nothing(file: &Path, instead: &str) -> Result<(), Failure> {
    if file.exists() {
        return Ok(());
    }
    let text = format!(
        "Error: cannot add or remove keys on non-existent file {:?}, {instead}.",
        absolute(file)
    );
    Err(Failure::new(codes::NO_FILE_TO_CHANGE_KEYS_OF, text))
}

fn absolute(file: &Path) -> String {
    let path = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    path.display().to_string()
}

fn superfluous(given: &Arguments) -> Vec<String> {
    let rest = given.operands.get(1..).unwrap_or_default();
    let mut warnings = Vec::new();
    if !rest.is_empty() {
        warnings
            .push("More than one positional argument provided. Only the first one will be used!".to_owned());
    }
    if let Some(flag) = rest.iter().rfind(|word| word.to_string_lossy().starts_with('-')) {
        warnings.push(format!(
            "{:?} stands behind the file and was ignored: flags come before it",
            flag.to_string_lossy()
        ));
    }
    warnings
}
