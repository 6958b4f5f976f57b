//! Files of any bytes: one token for all of them, in JSON around it.
//!
//! Selectors do not apply, and there is nothing to keep in place: the text is made anew each time.
//!
//! Source: `BinaryStore` in `stores/json/store.go` of getsops/sops 3.13.

use sealkit_crypto::{CryptoRng, DataKey, Plaintext};
use sealkit_manifest::Stream;

use super::cipher::{ValueKey, nonce};
use super::decrypt::{self, Failure, Reading};
use super::error::{OpenError, SealError};
use super::keys::{UnwrapKey, recover, wrap};
use super::mac::Mac;
use super::metadata::{Metadata, VERSION};
use super::open::{self, OpenOptions};
use super::print;
use super::seal::SealOptions;
use super::time::Timestamp;
use super::token::Kind;
use super::tree::{Item, Mapping, Node};
use super::value::Value;
use super::yaml::METADATA_KEY;

const DATA_KEY: &str = "data";
const AAD: &str = "data:";

/// Opens a binary file.
///
/// # Errors
/// [`OpenError`]; [`OpenError::NoData`] where the document has no text under `data`.
pub fn open(
    stream: &Stream,
    unwrap: &[&dyn UnwrapKey],
    options: &OpenOptions<'_>,
) -> Result<Plaintext, OpenError> {
    let closed = open::closed(stream)?;
    let recovered = recover(&closed.metadata, unwrap, options.order).map_err(|error| OpenError::Key {
        place: closed.place.clone(),
        error: Box::new(error),
    })?;
    let key = ValueKey::new(&recovered.key);
    let reading = Reading {
        verify: !options.ignore_mac,
        accept_plaintext: false,
    };
    let decrypted = decrypt::decrypt(
        &closed.documents,
        &closed.metadata,
        &key,
        stream.source(),
        reading,
    );
    let decrypted = decrypted.map_err(|failure| match failure {
        Failure::Values(values) => OpenError::Values(values),
        Failure::Mac(problem, clues) => OpenError::Mac {
            place: closed.place.clone(),
            problem,
            clues,
        },
    })?;
    match decrypted
        .documents
        .first()
        .and_then(|document| document.get(DATA_KEY))
    {
        Some(Node::Leaf(leaf)) => match &leaf.value {
            Value::Str(bytes) => Ok(bytes.clone()),
            _ => Err(OpenError::NoData { place: closed.place }),
        },
        _ => Err(OpenError::NoData { place: closed.place }),
    }
}

/// Seals bytes under a fresh data key, as the peer prints it. The selector and the scope of the code in `options` do not
/// apply to binary files.
///
/// # Errors
/// [`SealError`].
pub fn seal(
    bytes: &[u8],
    options: &SealOptions<'_>,
    now: Timestamp,
    rng: &mut dyn CryptoRng,
) -> Result<String, SealError> {
    let key = DataKey::generate(rng);
    let (groups, shamir_threshold) = wrap(&key, &options.groups, options.shamir_threshold, rng)?;
    let last_modified = now.whole_seconds().to_string();
    let (data, code) = encrypt(bytes, &ValueKey::new(&key), &last_modified, rng)?;
    let metadata = Metadata {
        groups,
        shamir_threshold,
        last_modified,
        mac: code,
        selector: None,
        mac_only_encrypted: false,
        version: VERSION.to_owned(),
    };
    let document = Mapping(vec![
        Item::Entry(DATA_KEY.to_owned(), Node::string(&data)),
        Item::Entry(METADATA_KEY.to_owned(), Node::Mapping(metadata.tree())),
    ]);
    Ok(format!("{}\n", print::json(&document, Some("\t"), 0)))
}

fn encrypt(
    bytes: &[u8],
    key: &ValueKey,
    last_modified: &str,
    rng: &mut dyn CryptoRng,
) -> Result<(String, String), SealError> {
    let too_long = |_| SealError::TooLong;
    let mut mac = Mac::new(false);
    mac.value(bytes, true);
    let data = match bytes {
        [] => String::new(),
        bytes => key
            .encrypt(Kind::Str, bytes, AAD, &nonce(rng))
            .map_err(too_long)?
            .to_string(),
    };
    let code = key
        .encrypt(Kind::Str, mac.finish().expose(), last_modified, &nonce(rng))
        .map_err(too_long)?;
    Ok((data, code.to_string()))
}
