//! From the text of a `.sops.yaml` to rules: every step knows the place it reads.

use sealkit_manifest::{Node, NodeKind, Place, Stream};

use super::fields::{Fields, text, wrong};
use super::keys::{self, ConfiguredKey, MasterKey};
use super::pattern::Pattern;
use super::{
    CreationRule, Destination, DestinationRule, Selector, SopsConfig, SopsConfigError, StoreSettings,
};

/// Groups may merge groups; deeper than this nobody means it.
const MAX_MERGE_DEPTH: usize = 32;

pub(super) fn config(name: &str, text: &[u8]) -> Result<SopsConfig, SopsConfigError> {
    let stream = Stream::parse(name, text).map_err(SopsConfigError::Parse)?;
    // The peer reads the first document only.
    let root = Fields::of(stream.documents().next(), "the file")?;
    let start = stream.source().place(0);
    let rules = match root.list("creation_rules")? {
        None => None,
        Some(rules) => {
            let numbered = rules.iter().enumerate();
            let rules: Result<_, _> = numbered
                .map(|(index, node)| creation_rule(Some(*node), index + 1, &start))
                .collect();
            Some(rules?)
        }
    };
    let destinations = root.list("destination_rules")?.unwrap_or_default();
    let stores = root.fields("stores")?;
    let absent = StoreSettings::default();
    let indent = |store: &str, absent| stores.fields(store)?.integer("indent", absent);
    Ok(SopsConfig {
        name: name.to_owned(),
        creation_rules: rules,
        destination_rules: destinations
            .iter()
            .map(|node| destination_rule(*node))
            .collect::<Result<_, _>>()?,
        stores: StoreSettings {
            yaml_indent: indent("yaml", absent.yaml_indent)?,
            json_indent: indent("json", absent.json_indent)?,
            json_binary_indent: indent("json_binary", absent.json_binary_indent)?,
        },
    })
}

fn creation_rule(
    node: Option<Node<'_>>,
    number: usize,
    start: &Place,
) -> Result<CreationRule, SopsConfigError> {
    let rule = Fields::of(node, "creation_rules")?;
    let place = node.map_or_else(|| start.clone(), |node| node.place());
    let path = pattern(&rule, &place)?;
    let (selector, selectors) = selector(&rule)?;
    let shape = GroupShape::all(&rule)?;
    let aws_profile = rule.text("aws_profile")?;
    let huawei = texts(&rule, "hckms")?;
    let groups = match shape {
        Some(groups) => groups.into_iter().map(GroupShape::keys).collect(),
        None => flat_keys(&rule, &aws_profile, &huawei).map(|keys| vec![keys]),
    };
    let (groups, keys) = match groups {
        Ok(groups) => (groups, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    Ok(CreationRule {
        place,
        number,
        path,
        groups,
        shamir_threshold: rule.integer("shamir_threshold", 0)?,
        selector,
        mac_only_encrypted: rule.boolean("mac_only_encrypted")?,
        problem: selectors.or(keys),
    })
}

fn pattern(rule: &Fields<'_>, place: &Place) -> Result<Pattern, SopsConfigError> {
    let at = rule
        .get("path_regex")
        .map_or_else(|| place.clone(), |node| node.place());
    Ok(Pattern::new(&rule.text("path_regex")?, at))
}

/// The rule's selector, and what is wrong if there are two.
fn selector(rule: &Fields<'_>) -> Result<(Option<Selector>, Option<SopsConfigError>), SopsConfigError> {
    type Make = fn(String) -> Selector;
    let known: [(&'static str, Make); 6] = [
        ("unencrypted_suffix", Selector::UnencryptedSuffix),
        ("encrypted_suffix", Selector::EncryptedSuffix),
        ("unencrypted_regex", Selector::UnencryptedRegex),
        ("encrypted_regex", Selector::EncryptedRegex),
        ("unencrypted_comment_regex", Selector::UnencryptedCommentRegex),
        ("encrypted_comment_regex", Selector::EncryptedCommentRegex),
    ];
    let mut found: Option<(&'static str, Selector)> = None;
    let mut problem = None;
    for (field, make) in known {
        let text = rule.text(field)?;
        let Some(node) = rule.get(field).filter(|_| !text.is_empty()) else {
            continue;
        };
        match &found {
            None => found = Some((field, make(text))),
            Some((first, _)) if problem.is_none() => {
                problem = Some(SopsConfigError::TwoSelectors {
                    place: node.place(),
                    first,
                    second: field,
                });
            }
            Some(_) => {}
        }
    }
    Ok((found.map(|(_, selector)| selector), problem))
}

/// The keys of the flat fields, each a text with commas or a list.
fn flat_keys(
    rule: &Fields<'_>,
    aws_profile: &str,
    huawei: &[(String, Place)],
) -> Result<Vec<ConfiguredKey>, SopsConfigError> {
    let mut found = Vec::new();
    add(&mut found, flat_field(rule, "age")?, |text, _| Ok(age(text)))?;
    add(&mut found, flat_field(rule, "pgp")?, |text, _| {
        Ok(keys::pgp(text))
    })?;
    add(&mut found, flat_field(rule, "kms")?, |text, _| {
        Ok(keys::kms(text, aws_profile))
    })?;
    add(&mut found, flat_field(rule, "gcp_kms")?, |text, _| {
        Ok(keys::gcp_kms(text))
    })?;
    let huawei = huawei.iter().flat_map(|(text, place)| pieces(text, place));
    add(&mut found, huawei, keys::huawei_kms)?;
    add(&mut found, flat_field(rule, "azure_keyvault")?, keys::azure)?;
    add(&mut found, flat_field(rule, "hc_vault_transit_uri")?, keys::vault)?;
    Ok(found)
}

fn add(
    found: &mut Vec<ConfiguredKey>,
    texts: impl IntoIterator<Item = (String, Place)>,
    make: impl Fn(&str, &Place) -> Result<MasterKey, SopsConfigError>,
) -> Result<(), SopsConfigError> {
    for (text, place) in texts {
        let key = make(&text, &place)?;
        found.push(ConfiguredKey { key, place });
    }
    Ok(())
}

fn age(text: &str) -> MasterKey {
    MasterKey::Age {
        recipient: text.trim().to_owned(),
    }
}

/// The pieces between commas of a flat field; in a text empty ones do not count.
fn flat_field(rule: &Fields<'_>, field: &str) -> Result<Vec<(String, Place)>, SopsConfigError> {
    let Some(node) = rule.get(field) else {
        return Ok(Vec::new());
    };
    let expected = "a text or a list of texts";
    let nodes: Vec<Node<'_>> = match node.kind() {
        NodeKind::Sequence => node.items().map(|item| item.resolved()).collect(),
        _ => vec![node],
    };
    let mut found = Vec::new();
    for node in nodes {
        let text = node.as_str().ok_or_else(|| wrong(&node, field, expected))?;
        found.extend(pieces(&text, &node.place()));
    }
    Ok(found)
}

/// What stands between the commas of a text; nothing between two of them is nothing.
fn pieces(text: &str, place: &Place) -> Vec<(String, Place)> {
    let pieces = text.split(',').map(str::trim).filter(|piece| !piece.is_empty());
    pieces.map(|piece| (piece.to_owned(), place.clone())).collect()
}

/// A list of texts with their places.
fn texts(fields: &Fields<'_>, field: &str) -> Result<Vec<(String, Place)>, SopsConfigError> {
    let items = fields.list(field)?.unwrap_or_default();
    items
        .iter()
        .map(|item| Ok((text(item, field)?, item.place())))
        .collect()
}

/// A key group whose fields have the right kinds; what they say is looked at when the rule is used.
struct GroupShape {
    merge: Vec<GroupShape>,
    age: Vec<(String, Place)>,
    pgp: Vec<(String, Place)>,
    kms: Vec<ConfiguredKey>,
    gcp_kms: Vec<(String, Place)>,
    huawei: Vec<(String, Place)>,
    azure: Vec<ConfiguredKey>,
    vault: Vec<(String, Place)>,
}

impl GroupShape {
    /// The groups of a rule; none if the list is absent or empty, which makes the flat fields count.
    fn all(rule: &Fields<'_>) -> Result<Option<Vec<Self>>, SopsConfigError> {
        let groups = rule.list("key_groups")?.unwrap_or_default();
        let groups: Result<Vec<_>, _> = groups.iter().map(|node| Self::read(*node, 0)).collect();
        Ok(Some(groups?).filter(|groups| !groups.is_empty()))
    }

    fn read(node: Node<'_>, depth: usize) -> Result<Self, SopsConfigError> {
        if depth > MAX_MERGE_DEPTH {
            return Err(wrong(&node, "merge", "a list of groups that nest less deeply"));
        }
        let group = Fields::of(Some(node), "key_groups")?;
        let merge = group.list("merge")?.unwrap_or_default();
        let each = |field: &str, one: &str| -> Result<Vec<(String, Place)>, SopsConfigError> {
            let items = group.list(field)?.unwrap_or_default();
            items
                .iter()
                .map(|item| Ok((Fields::of(Some(*item), field)?.text(one)?, item.place())))
                .collect()
        };
        Ok(Self {
            merge: merge
                .iter()
                .map(|node| Self::read(*node, depth + 1))
                .collect::<Result<_, _>>()?,
            age: texts(&group, "age")?,
            pgp: texts(&group, "pgp")?,
            kms: mapped(&group, "kms", kms_key)?,
            gcp_kms: each("gcp_kms", "resource_id")?,
            huawei: each("hckms", "key_id")?,
            azure: mapped(&group, "azure_keyvault", azure_key)?,
            vault: texts(&group, "hc_vault")?,
        })
    }

    /// Its keys in the peer's order, merged groups first, each once.
    fn keys(self) -> Result<Vec<ConfiguredKey>, SopsConfigError> {
        let mut found = Vec::new();
        for group in self.merge {
            found.append(&mut group.keys()?);
        }
        for (text, place) in self.age {
            let each = text.split(',').filter(|_| !text.is_empty());
            found.extend(each.map(|piece| ConfiguredKey {
                key: age(piece),
                place: place.clone(),
            }));
        }
        add(&mut found, self.pgp, |text, _| Ok(keys::pgp(text)))?;
        found.extend(self.kms);
        add(&mut found, self.gcp_kms, |text, _| Ok(keys::gcp_kms(text)))?;
        add(&mut found, self.huawei, keys::huawei_kms)?;
        found.extend(self.azure);
        add(&mut found, self.vault, keys::vault)?;
        let mut unique: Vec<ConfiguredKey> = Vec::with_capacity(found.len());
        for key in found {
            if !unique.iter().any(|known| known.key == key.key) {
                unique.push(key);
            }
        }
        Ok(unique)
    }
}

fn mapped(
    group: &Fields<'_>,
    field: &str,
    make: fn(&Fields<'_>) -> Result<MasterKey, SopsConfigError>,
) -> Result<Vec<ConfiguredKey>, SopsConfigError> {
    let items = group.list(field)?.unwrap_or_default();
    items
        .iter()
        .map(|item| {
            Ok(ConfiguredKey {
                key: make(&Fields::of(Some(*item), field)?)?,
                place: item.place(),
            })
        })
        .collect()
}

fn kms_key(key: &Fields<'_>) -> Result<MasterKey, SopsConfigError> {
    let mut context = key.texts("context")?;
    context.sort();
    Ok(MasterKey::Kms {
        arn: key.text("arn")?,
        role: key.text("role")?,
        context,
        aws_profile: key.text("aws_profile")?,
    })
}

fn azure_key(key: &Fields<'_>) -> Result<MasterKey, SopsConfigError> {
    Ok(MasterKey::AzureKeyVault {
        vault_url: key.text("vaultUrl")?,
        name: key.text("key")?,
        version: key.text("version")?,
    })
}

fn destination_rule(node: Node<'_>) -> Result<DestinationRule, SopsConfigError> {
    let rule = Fields::of(Some(node), "destination_rules")?;
    let place = node.place();
    let s3 = Destination::S3 {
        bucket: rule.text("s3_bucket")?,
        prefix: rule.text("s3_prefix")?,
    };
    let gcs = Destination::Gcs {
        bucket: rule.text("gcs_bucket")?,
        prefix: rule.text("gcs_prefix")?,
    };
    let vault = Destination::Vault {
        address: rule.text("vault_address")?,
        path: rule.text("vault_path")?,
        mount: rule.text("vault_kv_mount_name")?,
        version: rule.integer("vault_kv_version", 0)?,
    };
    let is_named = |destination: &Destination| match destination {
        Destination::S3 { bucket, .. } | Destination::Gcs { bucket, .. } => !bucket.is_empty(),
        Destination::Vault { path, .. } => !path.is_empty(),
    };
    let mut named: Vec<_> = [s3, gcs, vault].into_iter().filter(is_named).collect();
    let recreation = rule.get("recreation_rule");
    let recreation = recreation
        .map(|node| creation_rule(Some(node), 1, &place))
        .transpose()?;
    let two = (named.len() > 1).then(|| SopsConfigError::TwoDestinations { place: place.clone() });
    let problem = two.or_else(|| recreation.as_ref().and_then(|rule| rule.problem.clone()));
    Ok(DestinationRule {
        path: pattern(&rule, &place)?,
        destination: named.pop(),
        recreation_rule: recreation,
        omit_extensions: rule.boolean("omit_extensions")?,
        problem,
    })
}
