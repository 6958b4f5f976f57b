//! One stop of sealing: the value into the code, a token into its place.

use sealkit_crypto::CryptoRng;
use zeroize::Zeroizing;

use super::TreeError;
use super::places::New;
use crate::sops::cipher::{Memory, ValueKey, nonce};
use crate::sops::decrypt::shown;
use crate::sops::mac::Mac;
use crate::sops::rules::Rules;
use crate::sops::token::Kind;
use crate::sops::value::Value;
use crate::sops::walk::{Stop, What};

/// The token of a leaf or comment; nothing for what stays in the clear.
pub(super) fn token(
    stop: &Stop<'_, '_, ()>,
    rules: &Rules,
    key: &ValueKey,
    mac: &mut Mac,
    memory: &mut Memory,
    rng: &mut dyn CryptoRng,
) -> Result<Option<New>, TreeError> {
    let (kind, plaintext) = match stop.what {
        What::Leaf(leaf) => {
            let Some(kind) = leaf.value.kind() else {
                return Ok(None);
            };
            let plaintext = leaf.value.plaintext();
            mac.value(&plaintext, stop.selected);
            (kind, plaintext)
        }
        What::Comment(comment) => (Kind::Comment, comment.text.as_bytes().to_vec().into()),
    };
    if !stop.selected || plaintext.is_empty() {
        return Ok(None);
    }
    let is_comment = kind == Kind::Comment;
    let token = match memory.recall(stop.aad, is_comment, &plaintext) {
        Some(token) => token,
        None => key
            .encrypt(kind, &plaintext, stop.aad, &nonce(rng))
            .map_err(|error| TreeError::Value {
                path: shown(stop.aad),
                error,
            })?,
    };
    let text = token.to_string();
    if is_comment && rules.comment_matches(&text) {
        return Err(TreeError::Marker);
    }
    Ok(Some(match is_comment {
        true => New::Comment(Zeroizing::new(text)),
        false => New::Value(Value::string(&text)),
    }))
}
