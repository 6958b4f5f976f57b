//! What can be wrong with a policy, each with its place and what to do next.

use sealkit_crypto::certificate::CertificateError;
use sealkit_crypto::recipient::RecipientError;
use sealkit_manifest::{ParseError, Place};

/// Why a policy cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The file is not YAML.
    #[error("cannot read the policy")]
    Parse(#[source] ParseError),
    /// The file holds no document, or more than one.
    #[error("a policy is one YAML mapping")]
    NotOneMapping {
        /// Where it begins.
        place: Place,
    },
    /// A field of a kind that does not fit.
    #[error("`{field}` should be {expected}")]
    WrongKind {
        /// Where the value stands.
        place: Place,
        /// The field, as a path.
        field: String,
        /// What is expected.
        expected: &'static str,
    },
    /// A field that no version of this file has.
    #[error("unknown field `{field}`")]
    UnknownField {
        /// Where the key stands.
        place: Place,
        /// The field.
        field: String,
        /// The fields that may stand there.
        known: &'static [&'static str],
    },
    /// A field that must be there.
    #[error("`{field}` is missing")]
    MissingField {
        /// Where the mapping begins that lacks it.
        place: Place,
        /// The field.
        field: &'static str,
    },
    /// A version that this build cannot read.
    #[error("this build reads policy version 1 only")]
    Version {
        /// Where the version stands.
        place: Place,
    },
    /// A list that may not be empty.
    #[error("`{field}` is empty")]
    Empty {
        /// Where it stands.
        place: Place,
        /// The field.
        field: &'static str,
    },
    /// A name in a rule or group that is neither a recipient nor, in a rule, a group.
    #[error("nobody is called `{name}` here")]
    UnknownName {
        /// Where the name stands.
        place: Place,
        /// The name.
        name: String,
        /// The most similar name that exists.
        similar: Option<String>,
    },
    /// A name for both a recipient and a group.
    #[error("`{name}` is both a recipient and a group")]
    AmbiguousName {
        /// Where the group stands.
        place: Place,
        /// The name.
        name: String,
    },
    /// A key that does not parse.
    #[error("the key of `{name}` cannot be used")]
    Recipient {
        /// Where the key stands.
        place: Place,
        /// Whose key it is.
        name: String,
        /// What is wrong with it.
        source: RecipientError,
    },
    /// A certificate that does not parse.
    #[error("the certificate of `{name}` cannot be used")]
    Certificate {
        /// Where it is named.
        place: Place,
        /// Whose certificate it is.
        name: String,
        /// What is wrong with it.
        source: CertificateError,
    },
    /// A key file that cannot be read.
    #[error("the key file `{file}` of `{name}` cannot be read")]
    File {
        /// Where the file is named.
        place: Place,
        /// Whose key it holds.
        name: String,
        /// The file as the policy names it.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A key file with no key, or several.
    #[error("the key file `{file}` of `{name}` should hold one public key")]
    NotOneKey {
        /// Where the file is named.
        place: Place,
        /// Whose key it should hold.
        name: String,
        /// The file as the policy names it.
        file: String,
    },
    /// A glob that is none.
    #[error("this is not a path glob")]
    Glob {
        /// Where it stands.
        place: Place,
    },
    /// The same key twice in one rule.
    #[error("`{name}` and `{other}` are the same key")]
    RepeatedRecipient {
        /// Where the rule stands.
        place: Place,
        /// One name.
        name: String,
        /// The other name.
        other: String,
    },
    /// A sealed-secrets rule without exactly one RSA certificate or key.
    #[error("a sealed-secrets rule names exactly one RSA certificate")]
    NotOneCertificate {
        /// Where the rule stands.
        place: Place,
    },
    /// A certificate in a rule for SOPS files.
    #[error("`{name}` is a certificate, and a SOPS file is sealed for age keys")]
    NoAgeKey {
        /// Where the rule stands.
        place: Place,
        /// Whose key it is.
        name: String,
    },
    /// Classic recipients beside post-quantum ones, without saying that this is meant.
    #[error("this rule mixes post-quantum and classic recipients")]
    MixedRecipients {
        /// Where the rule stands.
        place: Place,
        /// The names whose keys are classic.
        classic: Vec<String>,
    },
}

impl PolicyError {
    /// Returns where in the policy it went wrong.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Parse(source) => source.place(),
            Self::NotOneMapping { place }
            | Self::WrongKind { place, .. }
            | Self::UnknownField { place, .. }
            | Self::MissingField { place, .. }
            | Self::Version { place }
            | Self::Empty { place, .. }
            | Self::UnknownName { place, .. }
            | Self::AmbiguousName { place, .. }
            | Self::Recipient { place, .. }
            | Self::Certificate { place, .. }
            | Self::File { place, .. }
            | Self::NotOneKey { place, .. }
            | Self::Glob { place }
            | Self::RepeatedRecipient { place, .. }
            | Self::NotOneCertificate { place }
            | Self::NoAgeKey { place, .. }
            | Self::MixedRecipients { place, .. } => Some(place),
        }
    }

    /// Returns the reason in the reader's terms, where the error itself does not say it.
    pub fn why(&self) -> Option<String> {
        match self {
            Self::Parse(source) => Some(source.to_string()),
            Self::Recipient { source, .. } => Some(source.to_string()),
            Self::Certificate { source, .. } => Some(source.to_string()),
            Self::File { source, .. } => Some(source.to_string()),
            Self::MixedRecipients { classic, .. } => Some(format!(
                "{} can be broken by a later quantum computer, and then so can every file of this rule",
                classic.join(", ")
            )),
            _ => None,
        }
    }

    /// Returns what to do next.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Parse(source) => source
                .hint()
                .unwrap_or_else(|| "correct the text at this place; nothing was sealed or changed".to_owned()),
            Self::UnknownField { known, .. } => format!("known here: {}", known.join(", ")),
            Self::UnknownName { similar: Some(similar), .. } => format!("did you mean `{similar}`?"),
            Self::UnknownName { .. } => "define the name under `recipients` or `groups`".to_owned(),
            Self::AmbiguousName { .. } => "give the group another name".to_owned(),
            Self::MissingField { field: "version", .. } | Self::Version { .. } => "write `version: 1`".to_owned(),
            Self::MissingField { field: "recipients", .. } | Self::Empty { field: "recipients", .. } => {
                "name at least one recipient".to_owned()
            }
            Self::Recipient { .. } => {
                "write age1…, age1pq1…, ssh-ed25519 …, ssh-rsa …, a PEM block, or {file: PATH}".to_owned()
            }
            Self::File { .. } => "the path is relative to the policy's directory".to_owned(),
            Self::NotOneKey { .. } => "give each recipient a file, or a name, of its own".to_owned(),
            Self::Glob { .. } => {
                "write for instance `production/**` or `*.secret.yaml`; `..` cannot match".to_owned()
            }
            Self::RepeatedRecipient { .. } => "keep one of the names".to_owned(),
            Self::NotOneCertificate { .. } => {
                "name the controller's certificate alone, as `{file: cert.pem}`, or use `format: native`".to_owned()
            }
            Self::NoAgeKey { .. } => "name age or ssh keys, or use another format".to_owned(),
            Self::MixedRecipients { .. } => {
                "give everybody a post-quantum key (`sealkit keygen`), or write `allow-classic-recipients: true`"
                    .to_owned()
            }
            _ => return None,
        };
        Some(hint)
    }
}
