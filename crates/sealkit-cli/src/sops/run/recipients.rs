//! The keys that a data key is wrapped for: from flags, from a rule, from a file that is rewritten.

use sealkit::{
    crypto::{CryptoRng, Plaintext},
    formats::sops::{
        WrapKey, WrapKeyError,
        metadata::{KeyGroup, KeyKind, MasterKey},
    },
};

use super::{Context, local};
use crate::sops::{codes, failure::Failure, keyservice::Services, request::KeyFlags};

/// A key by name, not yet wrapped for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Named {
    pub(super) kind: KeyKind,
    /// As the metadata shows it: recipient, fingerprint, ARN.
    pub(super) name: String,
    /// When it came into the file, where the file says so.
    pub(super) created_at: Option<String>,
    /// All that the file says of it, where it stands in one.
    pub(super) in_file: Option<MasterKey>,
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
            in_file: None,
        }
    }

    /// A key that stands in a file.
    pub(super) fn of(key: &MasterKey) -> Self {
        Self {
            kind: key.kind,
            name: key.name(),
            created_at: Some(key.created_at().to_owned()).filter(|time| !time.is_empty()),
            in_file: Some(key.clone()),
        }
    }

    /// The key in the form that a file has, for whoever is to wrap for it.
    fn as_in_a_file(&self, context: &Context<'_>) -> MasterKey {
        let now = context.now().to_string();
        let created_at = self.created_at.as_deref().unwrap_or(&now);
        match (&self.in_file, self.kind) {
            (Some(key), _) => key.clone(),
            (None, KeyKind::Age) => MasterKey::age(&self.name, ""),
            (None, KeyKind::Pgp) => MasterKey::pgp(&self.name, "", created_at),
            (None, KeyKind::Kms) => MasterKey::new(self.kind, &[("arn", &self.name)]),
            (None, KeyKind::GcpKms) => MasterKey::new(self.kind, &[("resource_id", &self.name)]),
            (None, KeyKind::HcKms) => MasterKey::new(self.kind, &[("key_id", &self.name)]),
            (None, KeyKind::AzureKv) => MasterKey::new(self.kind, &[("vault_url", &self.name)]),
            (None, KeyKind::HcVault) => MasterKey::new(self.kind, &[("vault_address", &self.name)]),
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
pub(super) fn wrappers(
    context: &Context<'_>,
    groups: &[Vec<Named>],
) -> Result<Vec<Vec<Box<dyn WrapKey>>>, Failure> {
    groups
        .iter()
        .map(|group| group.iter().map(|key| wrapper(context, key)).collect())
        .collect()
}

fn wrapper(context: &Context<'_>, key: &Named) -> Result<Box<dyn WrapKey>, Failure> {
    // A key of a cloud that comes new is known by one text, which does not name it to a service.
    let is_known = key.in_file.is_some() || matches!(key.kind, KeyKind::Age | KeyKind::Pgp);
    let services = match is_known {
        true => Services::of(&context.settings.services),
        false => Services::of(&[]),
    };
    let key = key.as_in_a_file(context);
    let local = local::wrapper(&key, context.now()).map_err(|why| Failure::new(codes::GENERIC, why))?;
    Ok(match Some(local).filter(|_| !context.settings.no_local_keys) {
        Some(local) if services.is_empty() => local,
        local => Box::new(Anybody { local, services, key }),
    })
}

/// This machine, if it may, else the first key service that does it.
struct Anybody {
    local: Option<Box<dyn WrapKey>>,
    services: Services,
    key: MasterKey,
}

impl WrapKey for Anybody {
    fn wrap_key(&self, share: &Plaintext, rng: &mut dyn CryptoRng) -> Result<MasterKey, WrapKeyError> {
        let refused = match self.local.as_ref().map(|local| local.wrap_key(share, rng)) {
            Some(Ok(wrapped)) => return Ok(wrapped),
            Some(Err(error)) => Some(error),
            None => None,
        };
        if self.services.is_empty() {
            return Err(WrapKeyError {
                name: String::new(),
                why: "no key services provided, cannot update master keys".to_owned(),
                hint: None,
            });
        }
        self.services
            .wrap(&self.key, share)
            .map_err(|error| match refused {
                Some(refused) => WrapKeyError {
                    why: format!("{}; {}", refused.why, error.why),
                    ..refused
                },
                None => error,
            })
    }
}
