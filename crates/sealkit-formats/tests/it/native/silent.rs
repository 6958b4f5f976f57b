//! Nothing that is printed holds a secret: every error, `Debug`, plan and notice, searched for planted markers.

use std::fmt::Debug;

use sealkit_crypto::Identity;
use sealkit_formats::{
    Scope,
    native::{self, SealOptions},
    secret,
};

use super::people::{SECRET, alice, bob, public, seal, seal_for, stream, try_seal};

/// Occurs in plaintexts only, in every form that could be printed.
const MARKER: &str = "mArK3r-of-a-s3cret";
const MARKER_BASE64: &str = "bUFySzNyLW9mLWEtczNjcmV0";

fn silent(said: &str) {
    for secret in [MARKER, MARKER_BASE64, "AGE-SECRET-KEY-", "6d41724b3372"] {
        assert!(!said.contains(secret), "{said}");
    }
}

fn marked() -> String {
    SECRET.replace("hunter2", MARKER)
}

#[test]
fn every_error_of_sealing_is_silent() {
    let texts = [
        marked().replace("v1\n", "v2\n"),
        marked().replace("name: database, ", ""),
        marked().replace("namespace: shop, ", ""),
        marked().replace("name: database", &format!("name: {MARKER}")),
        marked().replace("namespace: shop", &format!("namespace: {MARKER}")),
        marked().replace("stringData", "stringdata"),
        marked().replace("stringData", "data"),
        marked().replace(&format!("password: {MARKER}"), &format!("password: [{MARKER}]")),
        marked().replace(
            &format!("password: {MARKER}"),
            &format!("password: {{a: {MARKER}}}"),
        ),
        marked().replace("  password:", "  on:"),
        marked().replace("  password:", "  \"a b\":"),
        marked().replace("type: Opaque", &format!("type: [{MARKER}]")),
        marked().replace("type: Opaque", &format!("immutable: {MARKER}")),
        marked().replace("labels: {app: shop}", &format!("labels: {{app: [{MARKER}]}}")),
        marked().replace("labels: {app: shop}", &format!("labels: {MARKER}")),
        format!(
            "{}stringData: {{a: {MARKER}}}\n",
            seal(SECRET).replace("scope: strict", "scope: {MARKER}")
        ),
    ];
    let recipients = public(&[&alice()]);
    for text in texts {
        let error = try_seal(&text, &SealOptions::new(Scope::Strict, &recipients)).unwrap_err();
        says_nothing(&error, &error.to_string(), error.why(), error.hint());
        assert!(error.place().is_some(), "{error:?}");
    }
}

#[test]
fn every_error_of_opening_is_silent() {
    let sealed = seal_for(&marked(), &[&alice()]);
    let at = sealed.find("    password: k").unwrap() + 40;
    let mut flipped = sealed.clone();
    let letter = if flipped.as_bytes()[at] == b'A' { "B" } else { "A" };
    flipped.replace_range(at..=at, letter);
    let alice = alice();
    let bob = bob();
    for (text, who) in [
        (flipped, &alice as &dyn Identity),
        (sealed.replace("name: database", "name: other"), &alice),
        (sealed.clone(), &bob),
        (format!("{sealed}stringData: {{a: {MARKER}}}\n"), &alice),
        (
            sealed.replace("  scope: strict", &format!("  scope: {MARKER}")),
            &alice,
        ),
        (
            sealed.replace("  scope: strict", &format!("  {MARKER}: strict")),
            &alice,
        ),
        (
            sealed.replace("    password: k", &format!("    password: {MARKER}k")),
            &alice,
        ),
        (
            sealed.replace("    type: Opaque", &format!("    data: {{a: {MARKER}}}")),
            &alice,
        ),
    ] {
        let text = stream(&text);
        let error = native::open_object(&text.objects().next().unwrap(), &[who]).unwrap_err();
        // A misspelt field is named by its path, and what the author wrote as a key is no secret.
        let said = error.to_string();
        if !said.contains("spec.mArK3r") {
            says_nothing(&error, &said, error.why(), error.hint());
        }
    }
}

#[test]
fn everything_that_is_handed_out_is_silent() {
    let text = marked();
    let before = stream(&text);
    let object = before.objects().next().unwrap();
    let recipients = public(&[&alice()]);
    let options = SealOptions::new(Scope::Strict, &recipients);
    let sealed = native::seal_object(&object, &options, &mut rand::rng()).unwrap();
    silent(&format!("{sealed:?} {options:?} {object:?}"));
    silent(&format!("{:?} {}", sealed.plan, sealed.plan));
    silent(&format!("{:?}", secret::read(&object).unwrap()));
    let output = before.edit(&sealed.changes).unwrap();
    silent(&format!(
        "{:?} {output}",
        secret::last_look(before.source(), &sealed.hidden)
    ));
    let object = output.objects().next().unwrap();
    let alice = alice();
    let opened = native::open_object(&object, &[&alice]).unwrap();
    silent(&format!(
        "{opened:?} {:?} {:?}",
        opened.envelope(),
        opened.reuse()
    ));
    silent(&format!("{:?}", opened.changes(&object)));
    let rotated = native::rotate(&object, &[&alice], &options, true, &mut rand::rng()).unwrap();
    silent(&format!("{rotated:?} {}", rotated.plan));
}

fn says_nothing(error: &dyn Debug, what: &str, why: Option<String>, hint: Option<String>) {
    silent(&format!("{error:?} {what} {why:?} {hint:?}"));
}
