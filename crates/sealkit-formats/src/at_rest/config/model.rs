//! The configuration file as its author wrote it, every value with its place.

use sealkit_manifest::Place;
use zeroize::Zeroizing;

use super::super::{GroupResource, Scheme};

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Where it stands; where its parent stands if the author left it out.
    pub place: Place,
}

/// One element of `resources`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Rule {
    /// Where the element begins.
    pub place: Place,
    /// The selectors, in order, as written.
    pub resources: Placed<Vec<Placed<String>>>,
    /// The providers, in order; the first writes.
    pub providers: Placed<Vec<Provider>>,
}

impl Rule {
    /// The selectors, split.
    pub fn selectors(&self) -> impl Iterator<Item = GroupResource> {
        self.resources
            .value
            .iter()
            .map(|resource| GroupResource::parse(&resource.value))
    }
}

/// One element of `providers`. A good one has exactly one of the five fields.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Provider {
    /// Where the element begins.
    pub place: Place,
    /// `aesgcm`.
    pub aesgcm: Option<Keys>,
    /// `aescbc`.
    pub aescbc: Option<Keys>,
    /// `secretbox`.
    pub secretbox: Option<Keys>,
    /// `identity: {}`.
    pub identity: Option<Place>,
    /// `kms`.
    pub kms: Option<Kms>,
}

impl Provider {
    /// How this provider stores values; `None` unless exactly one field is set and a kms version is a known one.
    pub fn scheme(&self) -> Option<Scheme> {
        match (
            &self.aesgcm,
            &self.aescbc,
            &self.secretbox,
            &self.identity,
            &self.kms,
        ) {
            (Some(_), None, None, None, None) => Some(Scheme::AesGcm),
            (None, Some(_), None, None, None) => Some(Scheme::AesCbc),
            (None, None, Some(_), None, None) => Some(Scheme::Secretbox),
            (None, None, None, Some(_), None) => Some(Scheme::Plaintext),
            (None, None, None, None, Some(kms)) => kms.scheme(),
            _ => None,
        }
    }

    /// The named keys of a local provider, whichever it is.
    pub fn keys(&self) -> Option<&Keys> {
        self.aesgcm
            .as_ref()
            .or(self.aescbc.as_ref())
            .or(self.secretbox.as_ref())
    }
}

/// The keys of a local provider.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Keys {
    /// Where the list begins, or the provider if there is none.
    pub place: Place,
    /// In order; the first writes.
    pub keys: Vec<NamedKey>,
    /// Whether there is a list at all; the server's texts tell `[]` from nothing.
    pub(super) written: bool,
}

/// One key as written. Prints without the secret.
#[derive(Clone)]
#[non_exhaustive]
pub struct NamedKey {
    /// Where the element begins.
    pub place: Place,
    /// `name`.
    pub name: Placed<String>,
    /// `secret`, still base64.
    pub secret: Placed<Zeroizing<String>>,
}

impl NamedKey {
    /// Decodes the secret as the server does: standard alphabet, padded, CR and LF ignored, stray bits at the end ignored.
    pub fn decode(&self) -> Option<Zeroizing<Vec<u8>>> {
        use base64::Engine;
        use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
        const GO: GeneralPurpose = GeneralPurpose::new(
            &base64::alphabet::STANDARD,
            GeneralPurposeConfig::new()
                .with_decode_allow_trailing_bits(true)
                .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
        );
        let text: Zeroizing<String> = Zeroizing::new(
            self.secret
                .value
                .chars()
                .filter(|c| !matches!(c, '\r' | '\n'))
                .collect(),
        );
        GO.decode(text.as_bytes()).ok().map(Zeroizing::new)
    }
}

impl std::fmt::Debug for NamedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NamedKey")
            .field("name", &self.name.value)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// The `kms` field of a provider, defaults filled in.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Kms {
    /// Where the element begins.
    pub place: Place,
    /// `apiVersion`; `v1` if it was left out.
    pub api_version: Placed<String>,
    /// Whether the author wrote `apiVersion`.
    pub api_version_written: bool,
    /// `name`.
    pub name: Placed<String>,
    /// `endpoint`.
    pub endpoint: Placed<String>,
    /// `timeout` in nanoseconds; three seconds if it was left out.
    pub timeout: Placed<i64>,
    /// `cachesize`; 1000 if it was left out of a v1 provider.
    pub cachesize: Option<Placed<i32>>,
}

impl Kms {
    /// The scheme of its version, if that is a known one.
    pub fn scheme(&self) -> Option<Scheme> {
        match self.api_version.value.as_str() {
            "v1" => Some(Scheme::KmsV1),
            "v2" => Some(Scheme::KmsV2),
            _ => None,
        }
    }
}
