//! The envelope: what a file says without a key. Who can open it, what is encrypted, when it was written.
//!
//! Fields this room does not know are kept where the text is kept, and dropped where the metadata is written anew, as the
//! peer does. Nothing in here is a secret, and nothing but `lastmodified` is authenticated.
//!
//! Source: `stores/stores.go` of getsops/sops 3.13.

mod print;
mod read;

use super::rules::Selector;
use super::tree::{Item, Mapping, Node};
use super::value::Value;

pub use super::error::MetadataError;

/// The version that this room writes into new files: that of the peer whose format it is.
pub const VERSION: &str = "3.13.3";

/// What a file says about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Metadata {
    /// The groups of master keys; usually one.
    pub groups: Vec<KeyGroup>,
    /// How many groups must open; meaningful with several. 0: not written.
    pub shamir_threshold: usize,
    /// When the file was written, as it is spelled.
    pub last_modified: String,
    /// The token of the message authentication code; empty if there is none.
    pub mac: String,
    /// What is encrypted; `None` where the file names nothing.
    pub selector: Option<Selector>,
    /// Whether the code covers encrypted values only.
    pub mac_only_encrypted: bool,
    /// The version of the writer.
    pub version: String,
}

impl Metadata {
    /// The selector, or the default where the file names none.
    pub fn selector(&self) -> Selector {
        self.selector.clone().unwrap_or_default()
    }

    /// The master keys of all groups.
    pub fn keys(&self) -> impl Iterator<Item = &MasterKey> {
        self.groups.iter().flat_map(|group| &group.0)
    }
}

/// Master keys of which any one opens the group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyGroup(pub Vec<MasterKey>);

/// A data key, or a share of it, encrypted for one key.
#[derive(Clone, Debug, PartialEq)]
pub struct MasterKey {
    /// The kind of key.
    pub kind: KeyKind,
    /// The fields as they were read, in order; new keys in the order of the alphabet.
    pub fields: Mapping,
}

/// The kinds of master keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// AWS KMS.
    Kms,
    /// Google Cloud KMS.
    GcpKms,
    /// Huawei Cloud KMS.
    HcKms,
    /// Azure Key Vault.
    AzureKv,
    /// Vault's transit engine.
    HcVault,
    /// OpenPGP.
    Pgp,
    /// age.
    Age,
}

impl KeyKind {
    /// In the order in which a group is read.
    pub const ALL: [Self; 7] = [
        Self::Kms,
        Self::GcpKms,
        Self::HcKms,
        Self::AzureKv,
        Self::HcVault,
        Self::Pgp,
        Self::Age,
    ];

    /// The name of the list in the metadata, and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kms => "kms",
            Self::GcpKms => "gcp_kms",
            Self::HcKms => "hckms",
            Self::AzureKv => "azure_kv",
            Self::HcVault => "hc_vault",
            Self::Pgp => "pgp",
            Self::Age => "age",
        }
    }

    /// The kind with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The fields that together name the key, in the order in which people write them.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Kms => &["arn", "role", "aws_profile"],
            Self::GcpKms => &["resource_id"],
            Self::HcKms => &["key_id"],
            Self::AzureKv => &["vault_url", "name", "version"],
            Self::HcVault => &["vault_address", "engine_path", "key_name"],
            Self::Pgp => &["fp"],
            Self::Age => &["recipient"],
        }
    }
}

impl MasterKey {
    /// An age key.
    pub fn age(recipient: &str, armored: &str) -> Self {
        Self::new(KeyKind::Age, &[("enc", armored), ("recipient", recipient)])
    }

    /// A PGP key, with the message that gpg made.
    pub fn pgp(fingerprint: &str, armored: &str, created_at: &str) -> Self {
        let fields = [("created_at", created_at), ("enc", armored), ("fp", fingerprint)];
        Self::new(KeyKind::Pgp, &fields)
    }

    /// A key of any kind from its fields.
    pub fn new(kind: KeyKind, fields: &[(&str, &str)]) -> Self {
        let item = |(key, text): &(&str, &str)| Item::Entry((*key).to_owned(), Node::string(text));
        Self {
            kind,
            fields: Mapping(fields.iter().map(item).collect()),
        }
    }

    /// The text of a field; empty if there is none.
    pub fn field(&self, name: &str) -> &str {
        match self.fields.get(name) {
            Some(Node::Leaf(leaf)) => match &leaf.value {
                Value::Str(text) => text.expose_str().unwrap_or_default(),
                _ => "",
            },
            _ => "",
        }
    }

    /// The wrapped data key or share, as it stands in the file.
    pub fn enc(&self) -> &str {
        self.field("enc")
    }

    /// The same key with another wrapped data key; everything else stays, and what is new stands where the alphabet puts it.
    pub fn with_enc(&self, enc: &str) -> Self {
        let name_of = |item: &Item| match item {
            Item::Entry(name, _) => Some(name.clone()),
            Item::Comment(_) => None,
        };
        let is_other = |item: &&Item| name_of(item).as_deref() != Some("enc");
        let mut items: Vec<Item> = self.fields.0.iter().filter(is_other).cloned().collect();
        let follows = |item: &Item| name_of(item).is_some_and(|name| name.as_str() > "enc");
        let at = items.iter().position(follows).unwrap_or(items.len());
        items.insert(at, Item::Entry("enc".to_owned(), Node::string(enc)));
        Self {
            kind: self.kind,
            fields: Mapping(items),
        }
    }

    /// What people call the key: recipient, fingerprint, ARN.
    pub fn name(&self) -> String {
        let parts = self.kind.names().iter().map(|field| self.field(field));
        parts
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("/")
    }

    /// When it was wrapped, for kinds that say so.
    pub fn created_at(&self) -> &str {
        self.field("created_at")
    }
}
