//! Keys and short cuts for the tests of the room.

use sealkit_crypto::{
    Identity, Plaintext, Recipient,
    identity::{PostQuantumIdentity, X25519Identity},
};
use sealkit_formats::{
    Scope,
    native::{self, OpenError, SealError, SealOptions},
};
use sealkit_manifest::{Change, Stream};

pub(crate) fn alice() -> X25519Identity {
    X25519Identity::from_bytes(&[1; 32])
}

pub(crate) fn bob() -> X25519Identity {
    X25519Identity::from_bytes(&[2; 32])
}

pub(crate) fn carol() -> X25519Identity {
    X25519Identity::from_bytes(&[3; 32])
}

pub(crate) fn quinn() -> PostQuantumIdentity {
    PostQuantumIdentity::from_seed(&[4; 32])
}

/// The public halves, in this order.
pub(crate) fn public(identities: &[&dyn Identity]) -> Vec<Recipient> {
    identities
        .iter()
        .map(|identity| identity.recipient().unwrap())
        .collect()
}

pub(crate) fn stream(text: &str) -> Stream {
    Stream::parse("s.yaml", text.as_bytes()).unwrap()
}

/// Seals the only object of a text, strictly, for Alice.
pub(crate) fn seal(text: &str) -> String {
    seal_for(text, &[&alice()])
}

pub(crate) fn seal_for(text: &str, identities: &[&dyn Identity]) -> String {
    try_seal(text, &SealOptions::new(Scope::Strict, &public(identities))).unwrap()
}

pub(crate) fn try_seal(text: &str, options: &SealOptions<'_>) -> Result<String, SealError> {
    let stream = stream(text);
    let sealed = native::seal_object(&stream.objects().next().unwrap(), options, &mut rand::rng())?;
    Ok(apply(&stream, &sealed.changes))
}

pub(crate) fn apply(stream: &Stream, changes: &[Change]) -> String {
    stream.edit(changes).unwrap().to_string()
}

/// Opens the only object of a text and gives back the text of the Secret.
pub(crate) fn open(text: &str, identities: &[&dyn Identity]) -> Result<String, OpenError> {
    let stream = stream(text);
    let object = stream.objects().next().unwrap();
    let opened = native::open_object(&object, identities)?;
    Ok(apply(&stream, &opened.changes(&object)))
}

/// The items of the only object of a text.
pub(crate) fn items(text: &str, identities: &[&dyn Identity]) -> Vec<(String, Vec<u8>)> {
    let stream = stream(text);
    let opened = native::open_object(&stream.objects().next().unwrap(), identities).unwrap();
    opened
        .items()
        .map(|(item, value)| (item.to_owned(), value.expose().to_vec()))
        .collect()
}

/// The lines of `after` that `before` does not have.
pub(crate) fn new_lines<'a>(before: &str, after: &'a str) -> Vec<&'a str> {
    after
        .lines()
        .filter(|line| !before.lines().any(|old| old == *line))
        .collect()
}

pub(crate) fn plaintext(text: &str) -> Plaintext {
    Plaintext::from(text.as_bytes().to_vec())
}

/// A Secret with two values.
pub(crate) const SECRET: &str = "\
# Database credentials
apiVersion: v1
kind: Secret
metadata: {name: database, namespace: shop, labels: {app: shop}}
type: Opaque
# all of them secret
stringData:
  # rotate yearly
  password: hunter2   # ask Ann

  username: \"shop\"
";
