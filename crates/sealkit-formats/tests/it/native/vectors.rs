//! The vectors of `testdata/native`: one named test for each, and one that says none was forgotten.

use std::{collections::BTreeSet, sync::Arc};

use super::plugin::TestPlugin;
use sealkit_crypto::{
    Identity,
    age::PluginHost,
    identity::{NoPassphrase, PassphraseSource, parse_identities},
    wrap::UnwrapError,
};
use sealkit_formats::{
    native::{EnvelopeError, Malformed, OpenError, TokenError, ValueError, limits::Limit, open_object},
    secret::{SecretError, Unfit},
};
use sealkit_manifest::{ParseError, Place, Stream};

#[path = "../../../examples/vectors/cases/mod.rs"]
mod cases;

/// A vector as its header describes it.
pub(crate) struct Vector {
    pub(crate) text: String,
    identities: Vec<Box<dyn Identity>>,
}

impl Vector {
    pub(crate) fn read(name: &str) -> Self {
        let text = sealkit_testdata::text(&format!("native/{name}.yaml"));
        let names = header(&text, "identities: ")
            .next()
            .expect("every vector names its identities");
        let identities = names.split(", ").map(identity).collect();
        Self { text, identities }
    }

    pub(crate) fn identities(&self) -> Vec<&dyn Identity> {
        self.identities.iter().map(AsRef::as_ref).collect()
    }

    fn plaintexts(&self) -> Vec<(String, Vec<u8>)> {
        let lines = header(&self.text, "plaintext ");
        lines
            .map(|line| line.split_once(": ").expect("item: hex"))
            .map(|(item, hex)| (item.to_owned(), unhex(hex)))
            .collect()
    }
}

/// The values of header lines that begin with this word.
fn header<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines()
        .take_while(|line| line.starts_with('#'))
        .filter_map(move |line| line[2..].strip_prefix(word))
}

fn unhex(hex: &str) -> Vec<u8> {
    let digits = hex.trim_matches('-').as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

fn identity(who: &str) -> Box<dyn Identity> {
    let extension = match who {
        "rosa" => "pem",
        "sshed" | "sshrsa" => "key",
        _ => "txt",
    };
    let file = sealkit_testdata::read(&format!("native/identities/test-key-{who}.{extension}"));
    let no_passphrase: Arc<dyn PassphraseSource> = Arc::new(NoPassphrase);
    let plugins: Arc<dyn PluginHost> = Arc::new(TestPlugin);
    let mut identities = parse_identities(&file, &no_passphrase, Some(&plugins)).unwrap();
    assert_eq!(identities.len(), 1, "one key in a file");
    identities.remove(0)
}

fn open(vector: &Vector) -> Result<Vec<(String, Vec<u8>)>, OpenError> {
    let stream = Stream::parse("v.yaml", vector.text.as_bytes()).unwrap();
    let object = stream.objects().next().expect("a vector holds one object");
    let opened = open_object(&object, &vector.identities())?;
    Ok(opened
        .items()
        .map(|(item, value)| (item.to_owned(), value.expose().to_vec()))
        .collect())
}

fn opens(name: &str) {
    let vector = Vector::read(&format!("valid/{name}"));
    assert_eq!(header(&vector.text, "expect: ").next(), Some("opens"));
    assert_eq!(open(&vector).unwrap(), vector.plaintexts());
}

/// Asserts that a vector is refused for the right reason at the place that its header names.
fn refused(name: &str, reason: impl Fn(&OpenError) -> bool) {
    let vector = Vector::read(&format!("invalid/{name}"));
    let error = open(&vector).unwrap_err();
    assert!(reason(&error), "{name}: {error:?}");
    at(name, &vector, error.place());
}

/// Asserts that a vector is no text of a Kubernetes object.
fn not_yaml(name: &str, reason: impl Fn(&ParseError) -> bool) {
    let vector = Vector::read(&format!("invalid/{name}"));
    let error = Stream::parse("v.yaml", vector.text.as_bytes()).unwrap_err();
    assert!(reason(&error), "{name}: {error:?}");
    at(name, &vector, error.place());
}

fn at(name: &str, vector: &Vector, place: Option<&Place>) {
    let expect = header(&vector.text, "expect: ").next().unwrap();
    let (_, expected) = expect.rsplit_once(" at ").expect("a refusal has a place");
    assert_eq!(
        place.map(ToString::to_string),
        Some(format!("v.yaml:{expected}")),
        "{name}"
    );
}

fn malformed(name: &str, expected: Malformed) {
    refused(name, |error| match error {
        OpenError::Envelope(error) => error.malformed() == Some(expected),
        _ => false,
    });
}

fn unfit(name: &str, expected: Unfit) {
    refused(name, |refusal| match refusal {
        OpenError::Envelope(error) => {
            matches!(&**error, EnvelopeError::Secret(SecretError::Field { kind, .. }) if *kind == expected)
        }
        _ => false,
    });
}

fn does_not_unwrap(name: &str, expected: impl Fn(&UnwrapError) -> bool) {
    refused(name, |refusal| match refusal {
        OpenError::Unwrap { source, .. } => expected(source),
        _ => false,
    });
}

fn closed(name: &str, expected: ValueError) {
    refused(name, |refusal| match refusal {
        OpenError::Values(values) => values.iter().all(|value| value.error == expected),
        _ => false,
    });
}

macro_rules! vectors {
    ($list:ident: $($test:ident => $name:literal, $check:expr;)*) => {
        const $list: &[&str] = &[$($name),*];
        $(#[test] fn $test() { ($check)($name) })*
    };
}

vectors! { VALID:
    opens_for_x25519 => "recipient-x25519", opens;
    opens_for_a_post_quantum_recipient => "recipient-post-quantum", opens;
    opens_for_a_certificate => "recipient-x509", opens;
    opens_for_an_ed25519_key_of_ssh => "recipient-ssh-ed25519", opens;
    opens_for_an_rsa_key_of_ssh => "recipient-ssh-rsa", opens;
    opens_for_a_plugin => "recipient-plugin", opens;
    opens_for_a_plugin_that_does_not_know_its_recipient => "recipient-plugin-among-others", opens;
    opens_for_the_second_of_two_recipients => "recipients-several", opens;
    opens_a_mixture_of_recipients => "recipients-mixed", opens;
    opens_scope_strict => "scope-strict", opens;
    opens_scope_namespace_wide => "scope-namespace-wide", opens;
    opens_scope_cluster_wide => "scope-cluster-wide", opens;
    opens_scope_cluster_wide_without_a_namespace => "scope-cluster-wide-without-namespace", opens;
    reads_an_absent_scope_as_strict => "scope-absent", opens;
    opens_several_data_keys => "data-keys-several", opens;
    opens_data_keys_in_any_order => "data-keys-unsorted", opens;
    opens_an_object_with_a_planted_data_key => "data-key-planted", opens;
    opens_an_empty_value => "value-empty", opens;
    opens_a_binary_value => "value-binary", opens;
    opens_values_around_the_padding_boundary => "padding-boundary", opens;
    opens_items_whose_keys_are_quoted => "item-keys-quoted", opens;
    reads_a_full_template => "template", opens;
    passes_over_the_reserved_signatures => "signatures-reserved", opens;
    ignores_the_status => "status-ignored", opens;
    opens_an_object_without_items => "items-none", opens;
    does_not_look_at_the_wrap_for_somebody_else => "wrap-junk-for-another", opens;
}

vectors! { INVALID:
    rejects_a_value_moved_to_another_namespace => "moved-namespace",
        |name| does_not_unwrap(name, |e| matches!(e, UnwrapError::Rejected));
    rejects_a_value_moved_to_another_name => "moved-name",
        |name| does_not_unwrap(name, |e| matches!(e, UnwrapError::Rejected));
    rejects_another_scope => "other-scope", |name| does_not_unwrap(name, |e| matches!(e, UnwrapError::Rejected));
    rejects_swapped_items => "swapped-items", |name| closed(name, ValueError::Tampered);
    rejects_a_flipped_nonce => "flipped-nonce", |name| closed(name, ValueError::Tampered);
    rejects_a_flipped_ciphertext => "flipped-ciphertext", |name| closed(name, ValueError::Tampered);
    rejects_a_flipped_tag => "flipped-tag", |name| closed(name, ValueError::Tampered);
    rejects_a_flipped_commitment_as_tampering => "flipped-commitment",
        |name| refused(name, |e| matches!(e, OpenError::Commitment { .. }));
    rejects_a_flipped_commitment_that_the_wrap_is_bound_to => "flipped-commitment-alone",
        |name| does_not_unwrap(name, |e| matches!(e, UnwrapError::Rejected));
    rejects_a_flipped_enc_of_x25519 => "flipped-enc-x25519",
        |name| does_not_unwrap(name, |e| matches!(e, UnwrapError::Rejected));
    rejects_a_flipped_enc_of_x_wing => "flipped-enc-post-quantum",
        |name| does_not_unwrap(name, |e| matches!(e, UnwrapError::Rejected));
    rejects_a_flipped_wrapped_key => "flipped-wrapped-key",
        |name| does_not_unwrap(name, |e| matches!(e, UnwrapError::Rejected));
    rejects_a_low_order_enc_of_x25519 => "low-order-enc-x25519",
        |name| does_not_unwrap(name, |e| matches!(e, UnwrapError::LowOrder));
    rejects_a_low_order_enc_of_x_wing => "low-order-enc-post-quantum",
        |name| does_not_unwrap(name, |e| matches!(e, UnwrapError::LowOrder));
    rejects_a_data_key_of_33_bytes => "data-key-33-bytes",
        |name| does_not_unwrap(name, |e| matches!(e, UnwrapError::Malformed));
    rejects_a_data_key_of_33_bytes_in_an_age_file => "data-key-33-bytes-ssh",
        |name| does_not_unwrap(name, |e| matches!(e, UnwrapError::NotADataKey));
    rejects_an_age_file_that_is_bound_to_another_object => "moved-name-ssh",
        |name| does_not_unwrap(name, |e| matches!(e, UnwrapError::OtherPlace));
    rejects_a_flipped_age_file => "flipped-wrap-ssh",
        |name| does_not_unwrap(name, |e| matches!(e, UnwrapError::Rejected));
    rejects_an_unknown_id => "unknown-id", |name| malformed(name, Malformed::UnknownDataKey);
    rejects_an_id_that_does_not_match_its_commitment => "id-mismatch", |name| malformed(name, Malformed::IdMismatch);
    rejects_a_duplicate_id => "duplicate-id", |name| malformed(name, Malformed::DuplicateId);
    rejects_a_duplicate_recipient => "duplicate-recipient", |name| malformed(name, Malformed::DuplicateRecipient);
    rejects_a_duplicate_item => "duplicate-item",
        |name| not_yaml(name, |e| matches!(e, ParseError::DuplicateKey { .. }));
    rejects_wrong_padding => "padding-wrong", |name| closed(name, ValueError::Padding);
    rejects_over_long_padding => "padding-over-long", |name| closed(name, ValueError::Padding);
    rejects_missing_padding => "padding-missing", |name| closed(name, ValueError::Padding);
    rejects_a_value_that_was_not_padded => "padding-none", |name| closed(name, ValueError::Padding);
    rejects_truncated_base64 => "base64-truncated", |name| malformed(name, Malformed::Value(TokenError::Base64));
    rejects_unpadded_base64 => "base64-unpadded", |name| malformed(name, Malformed::Value(TokenError::Base64));
    rejects_base64_with_spare_bits => "base64-spare-bits", |name| malformed(name, Malformed::Value(TokenError::Base64));
    rejects_the_url_alphabet => "base64-url-alphabet", |name| malformed(name, Malformed::Value(TokenError::Base64));
    rejects_white_space_in_base64 => "base64-whitespace", |name| malformed(name, Malformed::Value(TokenError::Base64));
    rejects_a_truncated_value => "value-truncated", |name| malformed(name, Malformed::Value(TokenError::Length));
    rejects_a_value_without_a_body => "value-empty-body", |name| malformed(name, Malformed::Value(TokenError::Length));
    rejects_a_value_without_an_id => "value-without-id", |name| malformed(name, Malformed::Value(TokenError::NoSeparator));
    rejects_a_short_commitment => "commitment-short", |name| malformed(name, Malformed::Commitment);
    rejects_a_template_with_data => "template-data", |name| malformed(name, Malformed::TemplateData);
    tells_that_no_identity_is_named => "not-named",
        |name| refused(name, |e| matches!(e, OpenError::NotNamed { .. }));
    opens_nothing_if_one_data_key_stays_closed => "second-key-not-named",
        |name| refused(name, |e| matches!(e, OpenError::NotNamed { .. }));
    rejects_33_data_keys => "limit-data-keys", |name| malformed(name, Malformed::Limit(Limit::DataKeys));
    rejects_33_wraps => "limit-wraps", |name| malformed(name, Malformed::Limit(Limit::Wraps));
    rejects_a_long_wrapped_key => "limit-wrapped-key", |name| malformed(name, Malformed::Limit(Limit::WrappedKey));
    rejects_1025_items => "limit-items", |name| malformed(name, Malformed::Limit(Limit::Items));

    rejects_an_unknown_scope => "scope-unknown", |name| malformed(name, Malformed::Scope);
    rejects_a_null_scope => "scope-null", |name| malformed(name, Malformed::Expected("a string"));
    rejects_a_missing_namespace => "namespace-missing",
        |name| malformed(name, Malformed::NamespaceNeeded(sealkit_formats::Scope::Strict));
    rejects_an_empty_namespace => "namespace-empty",
        |name| malformed(name, Malformed::NamespaceNeeded(sealkit_formats::Scope::Strict));
    rejects_a_namespace_that_kubernetes_refuses => "namespace-grammar", |name| unfit(name, Unfit::Namespace);
    rejects_a_name_that_kubernetes_refuses => "name-grammar", |name| unfit(name, Unfit::Name);
    rejects_a_generated_name => "name-generated", |name| unfit(name, Unfit::GeneratedName);
    rejects_an_item_key_that_kubernetes_refuses => "item-key-grammar", |name| malformed(name, Malformed::ItemKey);
    rejects_an_item_key_that_is_a_boolean => "item-key-boolean", |name| malformed(name, Malformed::KeyReadDifferently);
    rejects_a_value_that_is_no_string => "item-not-a-string", |name| malformed(name, Malformed::Expected("a string"));
    rejects_a_data_key_without_recipients => "wrapped-none", |name| malformed(name, Malformed::NoRecipient);
    rejects_an_empty_wrapped_key => "wrapped-key-empty", |name| malformed(name, Malformed::WrappedKey);
    rejects_a_long_recipient => "recipient-long", |name| malformed(name, Malformed::RecipientName);
    rejects_an_id_in_upper_case => "id-upper-case", |name| malformed(name, Malformed::NotAnId);
    rejects_an_unknown_field_of_the_spec => "spec-unknown-field", |name| malformed(name, Malformed::UnknownField);
    rejects_a_spec_without_items => "spec-missing-items", |name| malformed(name, Malformed::Missing("encryptedData"));
    rejects_an_unknown_field_of_the_template => "template-unknown-field", |name| malformed(name, Malformed::UnknownField);
    rejects_a_template_label_that_is_no_string => "template-label-not-a-string", |name| unfit(name, Unfit::NotAString);
    rejects_an_unknown_field_at_the_top => "top-level-unknown-field", |name| malformed(name, Malformed::UnknownField);
    rejects_plaintext_that_waits_to_be_sealed => "unsealed-plaintext",
        |name| refused(name, |e| matches!(e, OpenError::Unsealed { .. }));
}

/// An object that only a foreign writer makes.
fn foreign(items: &[(&str, usize)], padding: &str) -> Vector {
    let mut draws = cases::draws::Draws::new("foreign");
    let people = cases::people::People::new(&kept);
    let mut doc = cases::doc::Doc::new();
    let id = doc.key(&[&people.alice], &mut draws);
    for (item, length) in items {
        doc.item(&id, item, &vec![b'x'; *length], &mut draws);
    }
    doc.metadata = padding.to_owned();
    Vector {
        text: doc.text(),
        identities: vec![identity("alice")],
    }
}

#[test]
fn plaintext_over_the_limit_is_refused() {
    const MIB: usize = 1024 * 1024;
    assert!(open(&foreign(&[("a", MIB - 5), ("b", 5)], "")).is_ok());
    // One byte too many shows only after opening …
    let error = open(&foreign(&[("a", MIB), ("b", 1)], "")).unwrap_err();
    assert!(matches!(error, OpenError::TooMuchPlaintext { .. }), "{error:?}");
    // … a block too many before.
    let error = open(&foreign(&[("a", MIB), ("b", 32)], "")).unwrap_err();
    let OpenError::Envelope(error) = error else {
        panic!("{error:?}")
    };
    assert_eq!(error.malformed(), Some(Malformed::Limit(Limit::Plaintext)));
}

#[test]
fn an_object_over_the_limit_is_refused() {
    let label = format!("  labels: {{a: {}}}\n", "x".repeat(1536 * 1024));
    let OpenError::Envelope(error) = open(&foreign(&[], &label)).unwrap_err() else {
        panic!("not an envelope error")
    };
    assert_eq!(error.malformed(), Some(Malformed::Limit(Limit::Object)));
}

#[test]
fn every_vector_has_its_test() {
    for (folder, tested) in [("valid", VALID), ("invalid", INVALID)] {
        let there: BTreeSet<_> = sealkit_testdata::cases(&format!("native/{folder}"))
            .into_iter()
            .map(|case| case.name)
            .collect();
        let tested: BTreeSet<_> = tested.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(there, tested, "{folder}");
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "a test reads the files that it is about"
)]
fn kept(name: &str) -> Option<String> {
    let root = sealkit_testdata::path("native");
    std::fs::read_to_string(root.join(name)).ok()
}

#[test]
fn the_generator_makes_what_testdata_holds() {
    let mut files = 0;
    for file in cases::all(&kept) {
        assert!(
            kept(&file.name).as_deref() == Some(file.text.as_str()),
            "{} differs",
            file.name
        );
        files += 1;
    }
    assert!(files >= VALID.len() + INVALID.len());
}
