//! What a client sends to be verified or sealed anew, and what it hears about it. Values in, values out.
//!
//! Whether a document is one is told from whether it opens, as with the peer; nothing else is.

use rand_core::CryptoRng;
use sealkit_formats::sealed_secrets::kubeseal::{Allowance, ResealProblem, SealedSecret};
use sealkit_formats::sealed_secrets::{Decrypter, is_sealed_secret};
use sealkit_manifest::{Limits, Stream};

use super::intake::MAX_BODY_BYTES;
use crate::keys::KeySet;

/// Why a document gets no good answer. Says nothing of a value.
#[derive(Debug)]
#[non_exhaustive]
pub enum Problem {
    /// It is no single SealedSecret.
    Unreadable(String),
    /// It does not open, or is not sealed again.
    Refused(ResealProblem),
    /// There is no key to seal for.
    NoKey,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreadable(why) => f.write_str(why),
            Self::Refused(problem) => problem.fmt(f),
            Self::NoKey => f.write_str("key registry has no keys"),
        }
    }
}

impl From<ResealProblem> for Problem {
    fn from(problem: ResealProblem) -> Self {
        Self::Refused(problem)
    }
}

/// Finds out whether a document opens.
///
/// # Errors
/// [`Problem`] where it is no document, or `allowance` ends.
pub fn verify(body: &[u8], keys: &KeySet, allowance: &mut Allowance<'_>) -> Result<bool, Problem> {
    let document = read(body)?;
    match document.verify(&mut Decrypter::new(&keys.private()), allowance) {
        Ok(()) => Ok(true),
        Err(problem @ ResealProblem::Stopped) => Err(problem.into()),
        Err(_) => Ok(false),
    }
}

/// Seals a document for the newest key; one line of JSON without kind and version, as the peer answers.
///
/// # Errors
/// [`Problem`].
pub fn rotate(
    body: &[u8],
    keys: &KeySet,
    allowance: &mut Allowance<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<String, Problem> {
    let document = read(body)?;
    let key = keys.current().ok_or(Problem::NoKey)?;
    let mut decrypter = Decrypter::new(&keys.private());
    let sealed = document.reseal(&mut decrypter, key.private.public_key(), allowance, rng)?;
    Ok(sealed.to_compact_json())
}

/// The one SealedSecret that a body is.
fn read(body: &[u8]) -> Result<SealedSecret, Problem> {
    let mut limits = Limits::default();
    limits.max_bytes = MAX_BODY_BYTES;
    // an object is as large as its text; aliases are for people
    limits.max_unfolded_bytes = 4 * MAX_BODY_BYTES;
    let unreadable = |why: &dyn std::fmt::Display| Problem::Unreadable(why.to_string());
    let stream = Stream::parse_with("body", body, &limits).map_err(|error| unreadable(&error))?;
    let mut objects = stream.objects();
    let one = objects.next().filter(is_sealed_secret);
    if one.is_none() || objects.next().is_some() || stream.document_count() != 1 {
        return Err(unreadable(&"it is not one SealedSecret of bitnami.com/v1alpha1"));
    }
    let documents = SealedSecret::read_typed(&stream).map_err(|error| unreadable(&error))?;
    let [document]: [SealedSecret; 1] = documents
        .try_into()
        .map_err(|_| unreadable(&"it is not one SealedSecret"))?;
    Ok(document)
}
