//! `sops set` and `sops unset`: one value of the first document, always in place.

use std::{fs, io, path::Path};

use sealkit::formats::sops::{
    store::Store,
    tree::{Item, Node},
};
use zeroize::Zeroizing;

use super::{
    Context, closed,
    files::{Paths, read_all},
    place::{self, PlaceError},
};
use crate::sops::{
    codes,
    failure::Failure,
    request::{NewValue, Step, To},
};

pub(super) fn set(
    context: &Context<'_>,
    file: &Path,
    path: &[Step],
    value: &NewValue,
    idempotent: bool,
) -> Result<u8, Failure> {
    let paths = Paths::of(context, Some(file))?;
    let value = node(&text(value)?)?;
    let mut tree = closed::open(context, paths.closed()?)?;
    let first = tree.documents.first_mut().ok_or_else(nothing)?;
    let changed = place::set(first, path, value)
        .map_err(|error| Failure::new(codes::BAD_SET, format!("error setting value: {error}")))?;
    if paths.output.has_metadata(first) {
        return Err(super::encrypt::already_encrypted());
    }
    if !changed && idempotent {
        return Ok(codes::OK);
    }
    let bytes = closed::seal(context, tree, &paths)?;
    paths.write(context, &To::InPlace, &bytes)?;
    Ok(codes::OK)
}

pub(super) fn unset(
    context: &Context<'_>,
    file: &Path,
    path: &[Step],
    idempotent: bool,
) -> Result<u8, Failure> {
    let paths = Paths::of(context, Some(file))?;
    let mut tree = closed::open(context, paths.closed()?)?;
    let first = tree.documents.first_mut().ok_or_else(nothing)?;
    match place::unset(first, path) {
        Ok(()) => {}
        Err(error) if idempotent && error.is_absent() => return Ok(codes::OK),
        Err(PlaceError::NoKey(key)) => {
            return Err(Failure::new(codes::GENERIC, format!("Key not found: {key}")));
        }
        Err(PlaceError::NoIndex(index)) => {
            return Err(Failure::new(
                codes::GENERIC,
                format!("Index {index} out of bounds"),
            ));
        }
        Err(error) => return Err(Failure::new(codes::GENERIC, format!("Key not found: {error}"))),
    }
    let bytes = closed::seal(context, tree, &paths)?;
    paths.write(context, &To::InPlace, &bytes)?;
    Ok(codes::OK)
}

fn nothing() -> Failure {
    Failure::new(codes::NO_DOCUMENT, "the file holds no document")
}

fn text(value: &NewValue) -> Result<Zeroizing<String>, Failure> {
    let read = match value {
        NewValue::Json(text) => return Ok(Zeroizing::new(text.clone())),
        NewValue::File(path) => fs::File::open(path).and_then(|mut file| read_all(&mut file, 4096)),
        NewValue::Stdin => read_all(&mut io::stdin().lock(), 4096),
    };
    let bytes = read.map_err(|error| Failure::new(codes::GENERIC, error.to_string()))?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err(Failure::new(codes::BAD_SET, "Value for --set is not valid JSON")),
    }
}

/// The value that a JSON text means. Unlike the peer, whole numbers stay whole and lists are accepted.
fn node(json: &str) -> Result<Node, Failure> {
    let invalid = || Failure::new(codes::BAD_SET, "Value for --set is not valid JSON");
    serde_json::from_str::<serde::de::IgnoredAny>(json).map_err(|_| invalid())?;
    let wrapped = Zeroizing::new(format!("{{\"value\":{json}}}"));
    let mut documents = Store::Json
        .read("the value", wrapped.as_bytes())
        .map_err(|_| Failure::new(codes::BAD_SET, "Invalid --set value format"))?;
    let item = documents.pop().and_then(|mut document| document.0.pop());
    match item {
        Some(Item::Entry(_, node)) => Ok(node),
        _ => Err(invalid()),
    }
}

#[cfg(test)]
mod tests {
    use sealkit::formats::sops::store::Layout;

    use super::*;

    #[test]
    fn values_keep_the_types_of_their_json() {
        let printed = |json: &str| {
            let node = node(json).expect("valid");
            let bytes = Store::Json.print_value(&node, &Layout::default()).expect("JSON");
            String::from_utf8(bytes.to_vec()).expect("text")
        };
        assert_eq!(printed("2"), "2");
        assert_eq!(printed(" [1, 2.5] "), "[\n\t1,\n\t2.5\n]");
        assert_eq!(printed("null"), "null");
        for wrong in ["", "a", "1,\"x\":2", "{"] {
            assert_eq!(node(wrong).expect_err("it is no JSON").code, 7, "{wrong}");
        }
    }
}
