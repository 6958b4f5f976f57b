//! The keys that a data key is wrapped for: from flags, from a rule, from a file that is rewritten.

use sealkit::{
    crypto::{CryptoRng, Plaintext, recipient::Recipient},
    formats::sops::{
        AgeKey, WrapKey, WrapKeyError,
        metadata::{KeyGroup, KeyKind, MasterKey},
    },
};

use super::{
    Context,
    gpg::{Gpg, PgpKey},
};
use crate::{
    identities,
    sops::{codes, failure::Failure, request::KeyFlags},
};

/// A key by name, not yet wrapped for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) kind: KeyKind,
    /// As the metadata shows it: recipient, fingerprint, ARN.
    pub(super) name: String,
    /// When it came into the file, where the file says so.
    pub(super) created_at: Option<String>,
}

impl Named {
    pub(super) fn new(kind: KeyKind, name: &str) -> Self {
        let name = match kind {
            KeyKind::Pgp => name.replace(' ', ""),
            _ => name.trim().to_owned(),
        };
        Self {
            kind,
            name,
            created_at: None,
        }
    }

    /// A key that stands in a file.
    pub(super) fn of(key: &MasterKey) -> Self {
        Self {
            kind: key.kind,
            name: key.name(),
            created_at: Some(key.created_at().to_owned()).filter(|time| !time.is_empty()),
        }
    }

    /// Whether both name the same key.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.kind == other.kind && self.name == other.name
    }
}

/// The keys of a file's groups.
pub(super) fn of_groups(groups: &[KeyGroup]) -> Vec<Vec<Named>> {
    let group = |group: &KeyGroup| group.0.iter().map(Named::of).collect();
    groups.iter().map(group).collect()
}

/// The keys named by flags, in the order in which the peer takes them.
pub(super) fn of_flags(flags: &KeyFlags) -> Result<Vec<Named>, Failure> {
    if let Some(context) = &flags.context {
        check_context(context)?;
    }
    let lists = [
        (KeyKind::Kms, &flags.kms),
        (KeyKind::GcpKms, &flags.gcp_kms),
        (KeyKind::HcKms, &flags.hckms),
        (KeyKind::AzureKv, &flags.azure_kv),
        (KeyKind::Pgp, &flags.pgp),
        (KeyKind::HcVault, &flags.hc_vault),
        (KeyKind::Age, &flags.age),
    ];
    let mut keys = Vec::new();
    for (kind, list) in lists {
        for name in list.iter().flat_map(|list| list.split(',')) {
            let key = Named::new(kind, name);
            if !key.name.is_empty() {
                keys.push(key);
            }
        }
    }
    Ok(keys)
}

fn check_context(context: &str) -> Result<(), Failure> {
    let is_pair = |pair: &str| pair.split(':').count() == 2;
    match context.split(',').all(is_pair) {
        true => Ok(()),
        false => Err(Failure::new(
            codes::BAD_CONTEXT,
            "Invalid KMS encryption context format",
        )),
    }
}

/// Makes what wraps for them. Age recipients are read here, so that a bad one stops the command before any work.
pub(super) fn wrappers<'a>(
    context: &Context<'_>,
    groups: &'a [Vec<Named>],
) -> Result<Vec<Vec<Box<dyn WrapKey + 'a>>>, Failure> {
    groups
        .iter()
        .map(|group| group.iter().map(|key| wrapper(context, key)).collect())
        .collect()
}

fn wrapper<'a>(context: &Context<'_>, key: &'a Named) -> Result<Box<dyn WrapKey + 'a>, Failure> {
    Ok(match key.kind {
        KeyKind::Age => {
            let mut recipient: Recipient = key.name.parse().map_err(|error| {
                let text = format!("failed to parse input as age recipient: {error}");
                Failure::new(codes::GENERIC, text)
            })?;
            if let Some(plugins) = identities::help().plugins {
                recipient.attach_plugins(&plugins);
            }
            Box::new(Age {
                name: &key.name,
                recipient,
            })
        }
        KeyKind::Pgp => Box::new(PgpKey {
            fingerprint: key.name.clone(),
            created_at: key.created_at.clone(),
            gpg: Gpg::new(context.now()),
        }),
        _ => Box::new(Unreachable(key)),
    })
}

struct Age<'a> {
    name: &'a str,
    recipient: Recipient,
}

impl WrapKey for Age<'_> {
    fn wrap_key(&self, share: &Plaintext, rng: &mut dyn CryptoRng) -> Result<MasterKey, WrapKeyError> {
        let key = AgeKey {
            text: self.name,
            recipient: &self.recipient,
        };
        key.wrap_key(share, rng)
    }
}

/// A key in a service that this build does not speak to.
struct Unreachable<'a>(&'a Named);

impl WrapKey for Unreachable<'_> {
    fn wrap_key(&self, _share: &Plaintext, _rng: &mut dyn CryptoRng) -> Result<MasterKey, WrapKeyError> {
        Err(WrapKeyError {
            name: self.0.name.clone(),
            why: format!("this build of sealkit cannot ask {} yet", self.0.kind.as_str()),
            hint: Some("age and PGP keys work".to_owned()),
        })
    }
}
