//! From flags and operands to an [`Action`].

mod keys;
mod operands;
mod settings;

use std::path::PathBuf;

use self::{
    keys::{changed_keys, keys, listed_keys, selectors},
    operands::{
        absolute, destination, extract, file_and_command, file_or_stdin, first, group_file, group_index,
        in_place, index, no_file, older_set, refuse_keys_for_nothing, refuse_operands, superfluous, utf8,
    },
    settings::settings,
};
use super::{Action, Listening, NewValue, Parsed};
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
        (None, "publish") => Action::Publish {
            path: given.operands.first().map(PathBuf::from).unwrap_or_default(),
            recursive: given.switch("recursive"),
        },
        (None, "keyservice") => Action::KeyService(Listening {
            network: given.text("network").unwrap_or_default(),
            address: given.text("address").unwrap_or_default(),
            prompt: given.switch("prompt"),
            verbose: given.switch("verbose") || outer.switch("verbose"),
        }),
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
    if given.switch("background") {
        warnings.push(format!(
            "{name}'s --background option is deprecated and will be removed in a future version of sops"
        ));
    }
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
