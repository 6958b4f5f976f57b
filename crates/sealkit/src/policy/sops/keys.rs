//! Master keys as a configuration writes them: one string for each flat field, a mapping for each in a group.

use sealkit_manifest::Place;

use super::SopsConfigError;

/// A key, and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfiguredKey {
    /// The key.
    pub key: MasterKey,
    /// Where the configuration names it.
    pub place: Place,
}

/// Whatever can wrap a data key, by the names that the metadata of a file will have for it. Nothing is resolved: an age
/// recipient is not parsed, an Azure key without a version has none yet.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MasterKey {
    /// An age recipient.
    Age {
        /// As it is written, without blanks around it.
        recipient: String,
    },
    /// An OpenPGP key.
    Pgp {
        /// Its fingerprint, without blanks.
        fingerprint: String,
    },
    /// A key of AWS KMS.
    Kms {
        /// The key's ARN.
        arn: String,
        /// The ARN of the role to assume; empty if there is none.
        role: String,
        /// The encryption context, ordered by name.
        context: Vec<(String, String)>,
        /// The profile of the credentials file; empty if there is none.
        aws_profile: String,
    },
    /// A key of Google Cloud KMS.
    GcpKms {
        /// `projects/…/cryptoKeys/…`.
        resource_id: String,
    },
    /// A key of HuaweiCloud KMS.
    HuaweiKms {
        /// `region:uuid`.
        key_id: String,
    },
    /// A key of Azure Key Vault.
    AzureKeyVault {
        /// `https://….vault.azure.net`.
        vault_url: String,
        /// The key's name.
        name: String,
        /// The key's version; empty means the newest.
        version: String,
    },
    /// A key of a Vault transit engine.
    VaultTransit {
        /// The server.
        address: String,
        /// Where the engine is mounted.
        engine_path: String,
        /// The key's name.
        key_name: String,
    },
}

/// `arn`, or `arn+roleArn`.
pub(super) fn kms(text: &str, aws_profile: &str) -> MasterKey {
    let text = text.replace(' ', "");
    let (arn, role) = match text.find("+arn:") {
        Some(at) if at > 0 => (&text[..at], &text[at + 1..]),
        _ => (text.as_str(), ""),
    };
    MasterKey::Kms {
        arn: arn.to_owned(),
        role: role.to_owned(),
        context: Vec::new(),
        aws_profile: aws_profile.to_owned(),
    }
}

/// A fingerprint, which people write in groups.
pub(super) fn pgp(text: &str) -> MasterKey {
    MasterKey::Pgp {
        fingerprint: text.replace(' ', ""),
    }
}

/// A resource of Google Cloud.
pub(super) fn gcp_kms(text: &str) -> MasterKey {
    MasterKey::GcpKms {
        resource_id: text.replace(' ', ""),
    }
}

/// `region:uuid`.
pub(super) fn huawei_kms(text: &str, place: &Place) -> Result<MasterKey, SopsConfigError> {
    let (region, uuid) = text.split_once(':').unwrap_or_default();
    if region.trim().is_empty() || uuid.trim().is_empty() {
        return Err(wrong(place, "a HuaweiCloud key, `region:key-uuid`"));
    }
    Ok(MasterKey::HuaweiKms {
        key_id: text.to_owned(),
    })
}

/// `https://V.vault.azure.net/keys/NAME[/VERSION]`.
pub(super) fn azure(text: &str, place: &Place) -> Result<MasterKey, SopsConfigError> {
    let wrong = || {
        wrong(
            place,
            "an Azure key, `https://VAULT.vault.azure.net/keys/NAME[/VERSION]`",
        )
    };
    let text = text.trim();
    let host = text.strip_prefix("https://").ok_or_else(wrong)?;
    let (host, rest) = host.split_once('/').ok_or_else(wrong)?;
    let rest = rest.strip_prefix("keys/").ok_or_else(wrong)?;
    let (name, version) = rest.split_once('/').unwrap_or((rest, ""));
    if host.is_empty() || name.is_empty() || version.contains('/') {
        return Err(wrong());
    }
    Ok(MasterKey::AzureKeyVault {
        vault_url: ["https://", host].concat(),
        name: name.to_owned(),
        version: version.to_owned(),
    })
}

/// `https://HOST/v1/ENGINE/keys/NAME`; the engine's path may have several parts.
pub(super) fn vault(text: &str, place: &Place) -> Result<MasterKey, SopsConfigError> {
    let wrong = || {
        wrong(
            place,
            "a Vault key, `https://HOST:8200/v1/ENGINE/keys/NAME` without a prefix before `/v1`",
        )
    };
    let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
    let (host, path) = rest.split_once('/').ok_or_else(wrong)?;
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let is_version =
        |part: &str| part.len() > 1 && part.starts_with('v') && part[1..].bytes().all(|b| b.is_ascii_digit());
    let (Some(key_name), true) = (parts.last(), parts.len() >= 4) else {
        return Err(wrong());
    };
    // A version further on looks like a server behind a prefix, which the peer's client cannot reach.
    let prefixed = parts.iter().skip(1).rev().skip(3).any(|part| is_version(part));
    if scheme.is_empty() || !is_version(parts[0]) || prefixed || parts.iter().any(|part| part.is_empty()) {
        return Err(wrong());
    }
    Ok(MasterKey::VaultTransit {
        address: [scheme, "://", host].concat(),
        engine_path: parts[1..parts.len() - 2].join("/"),
        key_name: (*key_name).to_owned(),
    })
}

fn wrong(place: &Place, expected: &'static str) -> SopsConfigError {
    SopsConfigError::Key {
        place: place.clone(),
        expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            file: ".sops.yaml".to_owned(),
            location: sealkit_manifest::Location { line: 1, column: 1 },
        }
    }

    #[test]
    fn a_role_hangs_on_its_key() {
        let MasterKey::Kms { arn, role, .. } = kms("arn:aws:kms:eu:1:key/a+b +arn:aws:iam::1:role/r", "p")
        else {
            panic!("a KMS key was expected");
        };
        assert_eq!(
            (arn.as_str(), role.as_str()),
            ("arn:aws:kms:eu:1:key/a+b", "arn:aws:iam::1:role/r")
        );
    }

    #[test]
    fn addresses_come_apart() {
        let vault = vault("https://vault.example.com:8200/v1/a/b/keys/k", &place()).expect("a Vault key");
        assert_eq!(
            vault,
            MasterKey::VaultTransit {
                address: "https://vault.example.com:8200".to_owned(),
                engine_path: "a/b".to_owned(),
                key_name: "k".to_owned(),
            }
        );
        for text in [
            " https://v.vault.azure.net/keys/n",
            "https://v.vault.azure.net/keys/n/",
        ] {
            let MasterKey::AzureKeyVault { version, .. } = azure(text, &place()).expect("an Azure key")
            else {
                panic!("an Azure key was expected");
            };
            assert_eq!(version, "");
        }
    }

    #[test]
    fn what_says_nothing_is_refused() {
        assert!(vault("vault.example.com/v1/transit/keys/k", &place()).is_err());
        assert!(vault("https://h/prefix/v1/transit/keys/k", &place()).is_err());
        assert!(vault("https://h/v1/keys/k", &place()).is_err());
        assert!(azure("http://v.vault.azure.net/keys/n", &place()).is_err());
        assert!(azure("https://v.vault.azure.net/keys/n/v/x", &place()).is_err());
        assert!(huawei_kms("region", &place()).is_err());
        assert!(huawei_kms(" :x", &place()).is_err());
    }
}
