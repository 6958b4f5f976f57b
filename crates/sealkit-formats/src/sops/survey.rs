//! What a sealed file shows without any key: which values are encrypted, and which stand in the clear where none should.

use sealkit_manifest::{Place, Stream};

use super::decrypt::shown;
use super::error::{ClosedValue, OpenError, ValueError};
use super::metadata::Metadata;
use super::open;
use super::rules::Rules;
use super::token::Token;
use super::value::Value;
use super::walk::{What, walk};

/// What a sealed file shows without any key.
#[derive(Clone, Debug)]
pub struct Survey {
    /// What the file says about itself.
    pub metadata: Metadata,
    /// Where its metadata stands.
    pub place: Place,
    /// The encrypted values, in order.
    pub sealed: Vec<SealedValue>,
    /// Plaintext where an encrypted value belongs.
    pub exposed: Vec<ClosedValue>,
    /// Encrypted values that are not whole.
    pub broken: Vec<ClosedValue>,
    /// How many values are in the clear and meant to be.
    pub unencrypted: usize,
    /// Whether the selector does not compile, and so matches nothing.
    pub invalid_selector: bool,
}

/// An encrypted value, as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedValue {
    /// The keys above it, joined by dots.
    pub path: String,
    /// The token's text.
    pub token: String,
}

/// Looks at a sealed file of YAML or JSON without opening it.
///
/// # Errors
/// [`OpenError::Document`], [`OpenError::NoMetadata`], [`OpenError::Metadata`].
pub fn survey(stream: &Stream) -> Result<Survey, OpenError> {
    let closed = open::closed(stream)?;
    let rules = Rules::lenient(&closed.metadata.selector());
    let mut survey = Survey {
        invalid_selector: rules.is_invalid(),
        metadata: closed.metadata,
        place: closed.place,
        sealed: Vec::new(),
        exposed: Vec::new(),
        broken: Vec::new(),
        unencrypted: 0,
    };
    for document in &closed.documents {
        let walked: Result<(), std::convert::Infallible> = walk(document, &rules, &mut |stop| {
            let What::Leaf(leaf) = stop.what else {
                return Ok(());
            };
            if leaf.value.is_empty() {
                return Ok(());
            }
            if !stop.selected {
                survey.unencrypted += 1;
                return Ok(());
            }
            let path = shown(stop.aad);
            match token(&leaf.value) {
                Ok(token) => survey.sealed.push(SealedValue { path, token }),
                Err(error) => {
                    let list = match error.is_plaintext() {
                        true => &mut survey.exposed,
                        false => &mut survey.broken,
                    };
                    list.push(ClosedValue {
                        path,
                        place: leaf.at.place(stream.source()),
                        error,
                        written_for: None,
                    });
                }
            }
            Ok(())
        });
        match walked {
            Ok(()) => {}
            Err(never) => match never {},
        }
    }
    Ok(survey)
}

fn token(value: &Value) -> Result<String, ValueError> {
    let Value::Str(text) = value else {
        return Err(ValueError::NotText);
    };
    let text = text.expose_str().ok_or(ValueError::NotText)?;
    Ok(Token::parse(text)?.to_string())
}
