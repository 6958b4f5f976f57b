//! Every refusal says what, where, why and what to do next, and never a byte of a value.

use sealkit_crypto::certificate::Certificate;
use sealkit_formats::sealed_secrets::{
    ClosedValue, OpenError, SealError, SealOptions, grouped, open_with_keys, seal_object, sealing_key,
};

use super::*;

fn closed(text: &str, keys: &[&RsaPrivateKey]) -> Vec<ClosedValue> {
    match open_with_keys(&manifest(text).object(), keys, &OpenOptions::default()) {
        Err(OpenError::Values(values)) => values,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_moved_document_is_explained_without_guessing() {
    let moved =
        text("peer-0.36.6/sealed-db-2048-strict.yaml").replacen("namespace: shop", "namespace: staging", 1);
    let values = closed(&moved, &[&key(2048)]);
    assert_eq!(values.len(), 2, "every value that a person would have to fix");
    let value = &values[0];
    assert_eq!(value.to_string(), "cannot open spec.encryptedData.password");
    assert_eq!(value.place.to_string(), "manifest:9:15");
    let why = value.why().expect("a reason");
    assert!(
        why.contains(
            "none of 1 sealing keys of its size accepts it with label \"staging/db\" (scope strict)"
        ),
        "{why}"
    );
    assert!(why.contains("look the same to RSA-OAEP"), "{why}");
    assert!(
        value
            .hint()
            .expect("advice")
            .contains("if it moved, seal it again here")
    );
    assert_eq!(
        grouped(&values),
        "no key could decrypt secret (password, username)"
    );
}

#[test]
fn a_key_of_another_size_is_named() {
    let values = closed(
        &text("peer-0.36.6/sealed-db-2048-strict.yaml"),
        &[&key(3072), &key(4096)],
    );
    let why = values[0].why().expect("a reason");
    assert_eq!(
        why,
        "it was sealed for an RSA key of 2048 bits, and none of 2 sealing keys has that size"
    );
}

#[test]
fn errors_are_grouped_by_message_as_the_peer_groups_them() {
    let sealed = text("peer-0.36.6/sealed-mixed-2048-strict.yaml");
    let sealed = sealed
        .replacen("empty.dat: AQ", "foo: NOTVALIDBASE64 #", 1)
        .replacen("name: mixed", "name: other", 1);
    let message = grouped(&closed(&sealed, &[&key(2048)]));
    let expected =
        "no key could decrypt secret (bin.dat, unicode)\nillegal base64 data at input byte 12 (foo)";
    assert_eq!(message, expected);
    let line = message
        .lines()
        .find(|line| line.contains("foo"))
        .expect("the second group");
    assert!(!line.contains("decrypt"));
}

#[test]
fn no_rsa_key_at_all_is_a_different_error() {
    let sealed = manifest(&text("peer-0.36.6/sealed-db-2048-strict.yaml"));
    let error = open_with_keys(&sealed.object(), &[], &OpenOptions::default()).expect_err("no key");
    assert!(matches!(error, OpenError::NoKeys { .. }));
    assert!(error.hint().expect("advice").contains("kubectl get secret"));
}

#[test]
fn every_flipped_byte_of_a_value_is_told_at_its_place() {
    let sealed = text("peer-0.36.6/sealed-db-2048-strict.yaml");
    let start = sealed.find("password: ").expect("an item") + "password: ".len();
    let length = sealed[start..].find('\n').expect("a line");
    let key = key(2048);
    for at in (start..start + length).step_by(7) {
        let old = sealed.as_bytes()[at];
        let new = if old == b'A' { 'B' } else { 'A' };
        let mut flipped = sealed.clone();
        flipped.replace_range(at..=at, &new.to_string());
        let values = closed(&flipped, &[&key]);
        assert_eq!(values.len(), 1, "the other value still opens");
        assert_eq!(values[0].place.location.line, 9);
        assert!(values[0].why().is_some() && values[0].hint().is_some());
    }
}

#[test]
fn what_cannot_be_sealed_says_where_and_what_to_do() {
    let head = "apiVersion: v1\nkind: Secret\n";
    let key = key(2048);
    for (rest, line, expected) in [
        ("metadata: {name: a}\nstringData: {p: made-up}\n", 3, "namespace"),
        (
            "metadata: {namespace: b}\nstringData: {p: made-up}\n",
            3,
            "metadata.name",
        ),
        (
            "metadata: {generateName: a-, namespace: b}\nstringData: {p: made-up}\n",
            3,
            "metadata.name",
        ),
        (
            "metadata: {name: a, namespace: b}\nstringdata: {p: made-up}\n",
            4,
            "stringdata",
        ),
        (
            "metadata: {name: a, namespace: b}\nstringData: {p: on}\n",
            4,
            "stringData.p",
        ),
        (
            "metadata: {name: a, namespace: b}\ndata: {p: made-up}\n",
            4,
            "data.p",
        ),
        (
            "metadata: {name: a, namespace: b}\nspec: {made: up}\nstringData: {p: made-up}\n",
            4,
            "spec",
        ),
        (
            "metadata: {name: a, namespace: b}\nimmutable: yes please\nstringData: {p: made-up}\n",
            4,
            "immutable",
        ),
    ] {
        let secret = manifest(&format!("{head}{rest}"));
        let error =
            seal_object(&secret.object(), &SealOptions::new(key.public_key()), &mut rng()).expect_err(rest);
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(error.place().expect("a place").location.line, line, "{rest}");
        let said = format!("{error} {error:?} {:?} {:?}", error.why(), error.hint());
        assert!(!said.contains("made-up"), "{said}");
    }
}

#[test]
fn a_namespace_or_name_that_contradicts_the_document_is_refused() {
    let secret = manifest(&text("seal/commented.yaml"));
    let key = key(2048);
    let options = SealOptions {
        namespace: Some("edge"),
        ..SealOptions::new(key.public_key())
    };
    let error = seal_object(&secret.object(), &options, &mut rng()).expect_err("another namespace");
    assert!(matches!(error, SealError::OtherNamespace { ref wanted, .. } if wanted == "edge"));
    let options = SealOptions {
        name: Some("other"),
        ..SealOptions::new(key.public_key())
    };
    let error = seal_object(&secret.object(), &options, &mut rng()).expect_err("another name");
    assert!(matches!(error, SealError::OtherName { .. }));
    let same = SealOptions {
        namespace: Some("shop"),
        name: Some("database"),
        ..SealOptions::new(key.public_key())
    };
    assert!(seal_object(&secret.object(), &same, &mut rng()).is_ok());
}

#[test]
fn a_copy_of_a_sealed_value_in_the_open_is_refused() {
    let copied = text("seal/commented.yaml").replace("# ask her first", "# aHVudGVyMi1tYWRlLXVw");
    let key = key(2048);
    let error = sealed_secrets::seal(
        &manifest(&copied),
        &SealOptions::new(key.public_key()),
        &mut rng(),
    );
    let error = error.expect_err("the base64 form stands in a comment");
    assert!(
        matches!(error, SealError::Repeats(_)) && error.place().is_some(),
        "{error:?}"
    );
    assert!(!format!("{error:?}{error}").contains("aHVudGVyMi1tYWRlLXVw"));
}

#[test]
fn an_expired_certificate_and_a_short_key_are_refused_clearly() {
    let certificate =
        Certificate::from_pem(text("peer-0.36.6/cert-2048.pem").as_bytes()).expect("a certificate");
    let error = SealError::from(sealing_key(&certificate, u64::MAX).expect_err("long ago"));
    assert_eq!(
        error.to_string(),
        "cannot seal for a certificate that has expired"
    );
    assert_eq!(
        error.why().as_deref(),
        Some("it was valid until 2036-11-19 (UTC)")
    );
    assert!(error.hint().expect("advice").contains("--fetch-cert"));
    let error = Certificate::from_pem(text("cert-1024.pem").as_bytes()).expect_err("too short");
    assert!(
        error.to_string().contains("1024") || format!("{error:?}").contains("1024"),
        "{error}"
    );
}

#[test]
fn nothing_that_is_printed_holds_a_value() {
    let secret = manifest(&text("seal/commented.yaml"));
    let key = key(2048);
    let sealed =
        seal_object(&secret.object(), &SealOptions::new(key.public_key()), &mut rng()).expect("a Secret");
    let opened = open(&secret.edit(&sealed.changes).expect("good edits"), &key);
    let object = secret.edit(&sealed.changes).expect("good edits");
    let said = format!(
        "{sealed:?} {opened:?} {:?} {}",
        opened.reuse(&object.object()),
        sealed.plan
    );
    for value in ["hunter2", "postgres://", "sslmode"] {
        assert!(!said.contains(value), "{value}");
    }
}
