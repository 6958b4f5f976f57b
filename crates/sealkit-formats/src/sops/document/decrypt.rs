//! Opening leaves and comments one by one, and the code over them.

use sealkit_crypto::Plaintext;
use zeroize::Zeroizing;

use super::places::New;
use crate::sops::cipher::{Memory, ValueKey};
use crate::sops::decrypt::{comment_text, shown};
use crate::sops::error::ValueError;
use crate::sops::mac::Mac;
use crate::sops::token::{Kind, Token};
use crate::sops::tree::{Comment, Leaf};
use crate::sops::value::Value;
use crate::sops::walk::{Stop, What};

/// What a walk over a closed document gathers.
pub(super) struct Decryptor<'k> {
    key: &'k ValueKey,
    pub(super) mac: Mac,
    /// The tokens of what opened, if somebody may seal again.
    pub(super) memory: Option<Memory>,
    /// Values that did not open, by path.
    pub(super) refused: Vec<(String, ValueError)>,
    pub(super) closed_comments: usize,
}

impl<'k> Decryptor<'k> {
    pub(super) fn new(key: &'k ValueKey, mac_only_encrypted: bool, memory: Option<Memory>) -> Self {
        Self {
            key,
            mac: Mac::new(mac_only_encrypted),
            memory,
            refused: Vec::new(),
            closed_comments: 0,
        }
    }

    /// What belongs in the place of a leaf or comment; `None` keeps what is there.
    pub(super) fn stop(&mut self, stop: &Stop<'_, '_, ()>) -> Option<New> {
        match stop.what {
            What::Leaf(leaf) => self.leaf(leaf, stop).unwrap_or_else(|error| {
                self.refused.push((shown(stop.aad), error));
                None
            }),
            What::Comment(comment) if stop.selected => self.comment(comment, stop.aad),
            What::Comment(_) => None,
        }
    }

    fn note(&mut self, aad: &str, is_comment: bool, plaintext: &Plaintext, token: &Token) {
        if let Some(memory) = &mut self.memory {
            memory.note(aad, is_comment, plaintext.expose(), token);
        }
    }

    fn leaf(&mut self, leaf: &Leaf, stop: &Stop<'_, '_, ()>) -> Result<Option<New>, ValueError> {
        if leaf.value == Value::Null {
            return Ok(None);
        }
        if !stop.selected {
            self.mac.value(&leaf.value.plaintext(), false);
            return Ok(None);
        }
        let Value::Str(text) = &leaf.value else {
            return Err(ValueError::NotText);
        };
        if text.is_empty() {
            return Ok(None);
        }
        let token = Token::parse(text.expose_str().ok_or(ValueError::NotText)?)?;
        let plaintext = self.key.decrypt(&token, stop.aad)?;
        let is_comment = token.kind == Kind::Comment;
        self.note(stop.aad, is_comment, &plaintext, &token);
        if is_comment {
            if !stop.in_list {
                return Err(ValueError::Comment);
            }
            self.mac.list_comment(plaintext.expose());
            let text = comment_text(&plaintext).ok_or(ValueError::Unfit { kind: token.kind })?;
            return Ok(Some(New::Comment(text)));
        }
        let value = Value::from_plaintext(token.kind, plaintext)?;
        self.mac.value(&value.plaintext(), true);
        Ok(Some(New::Value(value)))
    }

    /// A comment that is no token stays as it is: older versions did not encrypt comments.
    fn comment(&mut self, comment: &Comment, aad: &str) -> Option<New> {
        let token = Token::parse(&comment.text).ok()?;
        let opened: Option<(Plaintext, Zeroizing<String>)> = self
            .key
            .decrypt(&token, aad)
            .ok()
            .and_then(|plaintext| Some((plaintext.clone(), comment_text(&plaintext)?)));
        let Some((plaintext, text)) = opened else {
            self.closed_comments += 1;
            return None;
        };
        self.note(aad, true, &plaintext, &token);
        Some(New::Comment(text))
    }
}
