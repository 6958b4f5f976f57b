//! Files, places and destinations: what stands on a command line without a flag, or says where the result goes.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::sops::{
    codes,
    failure::Failure,
    grammar::Arguments,
    request::{Step, To, parts::steps},
};

pub(super) fn file_and_command(given: &Arguments) -> Result<(PathBuf, OsString), Failure> {
    match given.operands.as_slice() {
        [file, command] => Ok((file.into(), command.clone())),
        _ => Err(Failure::new(codes::GENERIC, "error: missing file to decrypt")),
    }
}

pub(super) fn index(path: &OsString, verb: &str) -> Result<Vec<Step>, Failure> {
    let invalid = || Failure::new(codes::BAD_SET, format!("Invalid {verb} index format"));
    let path = steps(&utf8(path)?).map_err(|_| invalid())?;
    if path.is_empty() {
        return Err(invalid());
    }
    Ok(path)
}

/// `--set` holds place and value in one text; the place ends at the first `]` that a blank follows.
pub(super) fn older_set(text: &str) -> Result<(Vec<Step>, String), Failure> {
    let invalid = || Failure::new(codes::BAD_SET, "Invalid --set format");
    let (path, value) = text.split_once("] ").ok_or_else(invalid)?;
    let path = steps(&format!("{path}]")).map_err(|_| invalid())?;
    Ok((path, value.to_owned()))
}

pub(super) fn extract(given: &Arguments) -> Result<Vec<Step>, Failure> {
    steps(&given.text("extract").unwrap_or_default()).map_err(|error| {
        Failure::new(
            codes::BAD_EXTRACT,
            format!("error parsing --extract path: {error}"),
        )
    })
}

pub(super) fn file_or_stdin(given: &Arguments, name: &str) -> Result<(Option<PathBuf>, To), Failure> {
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

pub(super) fn destination(given: &Arguments) -> Result<To, Failure> {
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

pub(super) fn in_place(given: &Arguments) -> To {
    match given.switch("in-place") {
        true => To::InPlace,
        false => To::Stdout,
    }
}

pub(super) fn first(given: &Arguments) -> Result<PathBuf, Failure> {
    given.operands.first().map(PathBuf::from).ok_or_else(no_file)
}

pub(super) fn no_file() -> Failure {
    Failure::new(codes::NO_FILE, "Error: no file specified")
}

pub(super) fn group_file(given: &Arguments) -> Result<PathBuf, Failure> {
    given
        .text("file")
        .map(PathBuf::from)
        .ok_or_else(|| Failure::new(codes::GENERIC, "Error: no file specified").hint("name it with --file"))
}

pub(super) fn refuse_operands(given: &Arguments) -> Result<(), Failure> {
    match given.operands.is_empty() {
        true => Ok(()),
        false => Err(Failure::new(
            codes::GENERIC,
            "error: no positional arguments allowed",
        )),
    }
}

pub(super) fn group_index(given: &Arguments) -> Result<usize, Failure> {
    let [index] = given.operands.as_slice() else {
        let text = "error: exactly one positional argument (index) required";
        return Err(Failure::new(codes::GENERIC, text));
    };
    let index = index.to_str().and_then(|index| index.parse::<u32>().ok());
    index
        .map(|index| index as usize)
        .ok_or_else(|| Failure::usage("failed to parse [index] argument: not a number"))
}

pub(super) fn utf8(word: &OsString) -> Result<String, Failure> {
    let text = word.to_str().map(str::to_owned);
    text.ok_or_else(|| Failure::new(codes::BAD_SET, "an argument is not UTF-8"))
}

pub(super) fn refuse_keys_for_nothing(file: &Path, instead: &str) -> Result<(), Failure> {
    if file.exists() {
        return Ok(());
    }
    let text = format!(
        "Error: cannot add or remove keys on non-existent file {:?}, {instead}.",
        absolute(file)
    );
    Err(Failure::new(codes::NO_FILE_TO_CHANGE_KEYS_OF, text))
}

pub(super) fn absolute(file: &Path) -> String {
    let path = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    path.display().to_string()
}

pub(super) fn superfluous(given: &Arguments) -> Vec<String> {
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
