//! Messages of key services: the peer's bytes, every kind of key, and what hostile bytes come to.

use proptest::prelude::*;
use sealkit_formats::sops::{
    keyservice::{MAX_MESSAGE_BYTES, MessageError, Request, read_answer, write_answer},
    metadata::{KeyKind, MasterKey},
    tree::{Item, Mapping, Node},
};

/// One field of bytes shorter than 128.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2, u8::try_from(bytes.len()).unwrap()];
    out.extend_from_slice(bytes);
    out
}

fn keys() -> Vec<MasterKey> {
    let mut kms = MasterKey::new(KeyKind::Kms, &[("arn", "a"), ("aws_profile", "p")]);
    let pair = |name: &str, value: &str| Item::Entry(name.to_owned(), Node::string(value));
    let context = Mapping(vec![pair("App", "shop"), pair("Env", "")]);
    kms.fields
        .0
        .push(Item::Entry("context".to_owned(), Node::Mapping(context)));
    kms.fields.0.push(pair("role", "r"));
    let vault = [("engine_path", "e"), ("key_name", "k"), ("vault_address", "v")];
    let azure = [("name", "n"), ("vault_url", "u"), ("version", "1")];
    vec![
        kms,
        MasterKey::new(KeyKind::Pgp, &[("fp", "AB")]),
        MasterKey::new(KeyKind::GcpKms, &[("resource_id", "g")]),
        MasterKey::new(KeyKind::AzureKv, &azure),
        MasterKey::new(KeyKind::HcVault, &vault),
        MasterKey::new(KeyKind::Age, &[("recipient", "age1x")]),
        MasterKey::new(KeyKind::HcKms, &[("key_id", "h")]),
    ]
}

#[test]
fn every_kind_of_key_is_written_under_its_number_and_read_again() {
    let numbers = [1, 2, 3, 4, 5, 6, 7];
    for (key, number) in keys().iter().zip(numbers) {
        let message = Request::write(key, b"payload");
        // The key is the first field, and its kind the first field of that.
        assert_eq!((message[0], message[2]), (1 << 3 | 2, number << 3 | 2));
        let read = Request::read(&message).unwrap();
        assert_eq!(&read.key, key);
        assert_eq!(read.payload.expose(), b"payload");
    }
}

#[test]
fn the_bytes_are_those_of_the_protocol() {
    let age = MasterKey::age("age1x", "wrapped");
    let bytes = b"\x0a\x09\x32\x07\x0a\x05age1x\x12\x01c";
    assert_eq!(Request::write(&age, b"c").as_slice(), bytes);
    assert_eq!(write_answer(b"key").as_slice(), b"\x0a\x03key");
    assert_eq!(read_answer(b"\x0a\x03key").unwrap().expose(), b"key");
    assert_eq!(read_answer(b"").unwrap().expose(), b"");
}

#[test]
fn the_last_of_several_counts_and_what_is_unknown_is_passed_over() {
    let pgp = field(2, &field(1, b"AB"));
    let age = |recipient: &[u8]| field(6, &field(1, recipient));
    let mut key = [pgp, age(b"one"), field(9, b"?"), age(b"two")].concat();
    key.extend([0x50, 0x01]);
    let read = Request::read(&field(1, &key)).unwrap();
    assert_eq!((read.key.kind, read.key.name().as_str()), (KeyKind::Age, "two"));
    assert!(read.payload.is_empty());
    // Parts of one key come together.
    let part = |number, text: &[u8]| field(1, &field(4, &field(number, text)));
    let read = Request::read(&[part(1, b"url"), part(2, b"name")].concat()).unwrap();
    assert_eq!(read.key.name(), "url/name");
}

#[test]
fn what_is_no_request_is_told_apart() {
    let read = |message: &[u8]| Request::read(message).unwrap_err();
    assert_eq!(read(b""), MessageError::NoKey);
    assert_eq!(read(&field(1, b"")), MessageError::NoKey);
    assert_eq!(read(&field(1, &field(8, b"new kind"))), MessageError::NoKey);
    assert_eq!(
        read(&field(1, &field(6, &field(1, b"\xff")))),
        MessageError::Malformed
    );
    assert_eq!(read(b"\x0a\x05\x32"), MessageError::Malformed);
    assert_eq!(read(&vec![0x0b; MAX_MESSAGE_BYTES]), MessageError::Malformed);
    let long = vec![0; MAX_MESSAGE_BYTES + 1];
    assert_eq!(read(&long), MessageError::TooLong);
    assert_eq!(read_answer(&long).unwrap_err(), MessageError::TooLong);
}

#[test]
fn another_wrapping_stands_where_the_old_one_stood() {
    let old = MasterKey::pgp("AB", "old", "2026-01-02T03:04:05Z");
    let new = MasterKey::pgp("AB", "new", "2026-01-02T03:04:05Z");
    assert_eq!(old.with_enc("new"), new);
    let bare = MasterKey::new(KeyKind::Age, &[("recipient", "age1x")]);
    assert_eq!(bare.with_enc("new"), MasterKey::age("age1x", "new"));
}

proptest! {
    #[test]
    fn what_is_read_is_written_and_read_as_the_same(message in prop::collection::vec(any::<u8>(), 0..64)) {
        for bytes in [message.clone(), field(1, &message), field(1, &field(6, &message))] {
            if let Ok(request) = Request::read(&bytes) {
                let written = Request::write(&request.key, request.payload.expose());
                prop_assert_eq!(Request::read(&written).unwrap(), request);
            }
        }
    }
}
