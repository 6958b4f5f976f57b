//! What does not depend on the command: types of files, order of keys, services.

use std::path::PathBuf;

use crate::sops::{
    codes,
    failure::Failure,
    grammar::Arguments,
    request::{Form, Settings},
};

pub(super) fn settings(outer: &Arguments, given: &Arguments) -> Result<Settings, Failure> {
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
