//! The tree in the clear under a data key: which leaves and comments become which tokens, and the code over all.

use sealkit_crypto::CryptoRng;
use sealkit_manifest::Source;

use super::cipher::{Memory, ValueKey, nonce};
use super::decrypt::shown;
use super::error::SealError;
use super::mac::Mac;
use super::rules::{Rules, Selector};
use super::site::Site;
use super::token::{Kind, Token};
use super::tree::Mapping;
use super::walk::{What, walk};

/// What encrypting needs beside the tree.
pub(super) struct Encryption<'a> {
    pub(super) key: &'a ValueKey,
    pub(super) selector: &'a Selector,
    pub(super) mac_only_encrypted: bool,
    pub(super) last_modified: &'a str,
    pub(super) source: &'a Source,
}

/// An encrypted file: where which token goes, and the code.
pub(super) struct Encrypted<'s> {
    pub(super) tokens: Vec<Placed<'s>>,
    pub(super) mac: Token,
}

/// A token and where it goes.
pub(super) struct Placed<'s> {
    pub(super) site: Site<'s>,
    pub(super) token: Token,
    /// A comment that was an element of its list, the peer's way, and becomes one again.
    pub(super) element: bool,
}

/// Encrypts documents. Tokens that `memory` has for an unchanged value are used again.
pub(super) fn encrypt<'s>(
    documents: &[Mapping<Site<'s>>],
    encryption: &Encryption<'_>,
    memory: &mut Memory,
    rng: &mut dyn CryptoRng,
) -> Result<Encrypted<'s>, SealError> {
    let rules = Rules::new(encryption.selector)?;
    let mut mac = Mac::new(encryption.mac_only_encrypted);
    let mut tokens = Vec::new();
    for document in documents {
        walk(document, &rules, &mut |stop| {
            let (site, kind, plaintext) = match stop.what {
                What::Leaf(leaf) => {
                    let Some(kind) = leaf.value.kind() else {
                        return Ok(());
                    };
                    let plaintext = leaf.value.plaintext();
                    mac.value(&plaintext, stop.selected);
                    (leaf.at, kind, plaintext)
                }
                What::Comment(comment) => {
                    (comment.at, Kind::Comment, comment.text.as_bytes().to_vec().into())
                }
            };
            if !stop.selected || plaintext.is_empty() {
                return Ok(());
            }
            if let Site::Node {
                node,
                alias: Some(alias),
                ..
            } = &site
                && alias.resolved().span() != node.span()
            {
                return Err(SealError::Alias { place: alias.place() });
            }
            let known = memory.recall(stop.aad, kind == Kind::Comment, &plaintext);
            let token = match known {
                Some(token) => token,
                None => encryption
                    .key
                    .encrypt(kind, &plaintext, stop.aad, &nonce(rng))
                    .map_err(|error| SealError::Value {
                        path: shown(stop.aad),
                        place: site.place(encryption.source),
                        error,
                    })?,
            };
            if kind == Kind::Comment && rules.comment_matches(&token.to_string()) {
                return Err(SealError::Marker {
                    place: site.place(encryption.source),
                });
            }
            let element = stop.in_list && kind == Kind::Comment && memory.was_element(&token);
            tokens.push(Placed { site, token, element });
            Ok(())
        })?;
    }
    let code = mac.finish();
    let aad = encryption.last_modified;
    let mac = encryption
        .key
        .encrypt(Kind::Str, code.expose(), aad, &nonce(rng))
        .map_err(|error| SealError::Value {
            path: "mac".to_owned(),
            place: encryption.source.place(0),
            error,
        })?;
    Ok(Encrypted { tokens, mac })
}
