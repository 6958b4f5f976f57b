//! Every provider and key size: ours opens theirs, theirs opens ours, and both call the same values stale.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sealkit_crypto::Plaintext;
use sealkit_formats::at_rest::config::{EncryptionConfig, KeyServices, Kms, Server};
use sealkit_formats::at_rest::kms::{
    DirectService, KeyService, KeyServiceError, KmsV2, Status, WrappedSource,
};
use sealkit_formats::at_rest::{GroupResource, Rules, Transformers};
use serde_json::json;

use super::oracle::Oracle;

/// The mock key service of the oracle, once more: XOR with 0x5a.
struct Mock(String);

fn xor(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| byte ^ 0x5a).collect()
}

impl KeyService for Mock {
    fn status(&self) -> Result<Status, KeyServiceError> {
        Ok(Status {
            version: "v2".to_owned(),
            healthz: "ok".to_owned(),
            key_id: self.0.clone(),
        })
    }

    fn wrap(&self, source: &[u8]) -> Result<WrappedSource, KeyServiceError> {
        let annotations = BTreeMap::from([("mock.sealkit.dev".to_owned(), b"1".to_vec())]);
        Ok(WrappedSource {
            ciphertext: xor(source),
            key_id: self.0.clone(),
            annotations,
        })
    }

    fn unwrap(&self, wrapped: &WrappedSource) -> Result<Plaintext, KeyServiceError> {
        let annotation = wrapped.annotations.get("mock.sealkit.dev").map(Vec::as_slice);
        if !wrapped.key_id.starts_with("mock-") || annotation != Some(b"1") {
            return Err("not wrapped by the mock".into());
        }
        Ok(xor(&wrapped.ciphertext).into())
    }
}

impl DirectService for Mock {
    fn wrap(&self, data_key: &[u8]) -> Result<Vec<u8>, KeyServiceError> {
        Ok(xor(data_key))
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Plaintext, KeyServiceError> {
        Ok(xor(wrapped).into())
    }
}

/// Mocks for every kms provider, with the key id that the oracle's mock has now.
struct Mocks(String);

impl KeyServices for Mocks {
    fn v2(&self, kms: &Kms) -> Option<Arc<KmsV2>> {
        let provider = KmsV2::new(&kms.name.value, Arc::new(Mock(self.0.clone())));
        provider.observe(0, &mut rand::rng()).ok()?;
        Some(Arc::new(provider))
    }

    fn v1(&self, _: &Kms) -> Option<Arc<dyn DirectService>> {
        Some(Arc::new(Mock(self.0.clone())))
    }
}

/// One configuration, loaded on both sides.
struct Both {
    id: u64,
    rules: Rules,
}

const SERVER: Server = Server {
    reload: false,
    kms_v1: true,
};

fn load(oracle: &mut Oracle, config: &str, key_id: &str) -> Both {
    oracle.ask(&json!({"op": "rotate", "name": key_id}));
    let parsed = EncryptionConfig::read("config", config.as_bytes()).unwrap();
    let rules = parsed.build(&SERVER, &Mocks(key_id.to_owned())).unwrap();
    Both {
        id: oracle.load(config),
        rules,
    }
}

/// A subject: providers as YAML, each list beginning with the one that is looked at.
struct Subject {
    name: String,
    /// Lists that can all read one another's values.
    lists: Vec<Vec<String>>,
}

fn subjects(oracle: &Oracle) -> Vec<Subject> {
    let secret = |seed: u8, length: usize| {
        STANDARD.encode(
            (0..length)
                .map(|at| seed.wrapping_mul(17).wrapping_add(at as u8))
                .collect::<Vec<_>>(),
        )
    };
    let local = |kind: &str, names: &[(&str, u8, usize)]| {
        let keys: Vec<String> = names
            .iter()
            .map(|(name, seed, length)| format!("{{name: {name:?}, secret: {:?}}}", secret(*seed, *length)))
            .collect();
        format!("{kind}: {{keys: [{}]}}", keys.join(", "))
    };
    let identity = "identity: {}".to_owned();
    let mut subjects = Vec::new();
    for (kind, lengths) in [
        ("aescbc", &[16, 24, 32][..]),
        ("aesgcm", &[16, 24, 32]),
        ("secretbox", &[32]),
    ] {
        for length in lengths {
            let (one, two, three) = (
                ("k1", 1, *length),
                ("time:2026-03-09T09:46:54+01:00", 2, *length),
                ("k1:", 3, *length),
            );
            subjects.push(Subject {
                name: format!("{kind}, {length}-byte keys"),
                lists: vec![
                    vec![local(kind, &[one]), local(kind, &[two, three]), identity.clone()],
                    vec![local(kind, &[two, three, one]), identity.clone()],
                    vec![local(kind, &[three, one, two]), identity.clone()],
                    vec![identity.clone(), local(kind, &[one, two, three])],
                ],
            });
        }
    }
    let (v1, v2) = (oracle.endpoint("v1"), oracle.endpoint("v2"));
    let kms1 = format!("kms: {{name: \"old:one\", endpoint: {v1:?}}}");
    let kms2 = format!("kms: {{apiVersion: v2, name: new, endpoint: {v2:?}}}");
    subjects.push(Subject {
        name: "kms v1".to_owned(),
        lists: vec![vec![kms1.clone(), kms2.clone()], vec![kms2.clone(), kms1.clone()]],
    });
    subjects.push(Subject {
        name: "kms v2".to_owned(),
        lists: vec![
            vec![kms2.clone(), identity.clone()],
            vec![identity.clone(), kms1, kms2],
        ],
    });
    subjects
}

const RESOURCES: [(&str, &str); 4] = [
    ("secrets", "secrets/"),
    ("configmaps", "configmaps/"),
    ("deployments.apps", "deployments/"),
    ("pandas.awesome.example", "awesome.example/pandas/"),
];

fn config(list: &[String]) -> String {
    let providers: String = list.iter().map(|provider| format!("  - {provider}\n")).collect();
    let rule = |resources: &str| format!("- resources: [{resources}]\n  providers:\n{providers}");
    let head = "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n";
    // kms names are unique in a file, so its providers stand once
    let kms = list.iter().any(|provider| provider.starts_with("kms"));
    let first = if kms {
        String::new()
    } else {
        rule("secrets, configmaps, '*.apps'")
    };
    format!("{head}{first}{}", rule("'*.*'"))
}

pub(crate) fn run(oracle: &mut Oracle, tuples: usize) -> bool {
    let mut rng = StdRng::seed_from_u64(0x5ea1);
    for subject in subjects(oracle) {
        let texts: Vec<String> = subject.lists.iter().map(|list| config(list)).collect();
        let mut all: Vec<Both> = texts.iter().map(|text| load(oracle, text, "mock-1")).collect();
        if subject.name.starts_with("kms") {
            // the same lists once more after the key service has rotated its key
            all.extend(texts.iter().map(|text| load(oracle, text, "mock-2")));
        }
        let mut checked = (0, 0);
        for tuple in 0..tuples {
            let (resource, path) = RESOURCES[rng.random_range(0..RESOURCES.len())];
            let key = format!(
                "/registry/{path}ns{}/n{}",
                rng.random_range(0..9),
                rng.random::<u32>()
            );
            let length = match tuple {
                0 => 0,
                1 => 1 << 20,
                _ => rng.random_range(0..3000),
            };
            let mut plain = vec![0; length];
            rng.fill(&mut plain[..]);
            if tuple % 2 == 0 {
                plain.splice(..plain.len().min(4), *b"k8s\0");
            }
            if tuple == 0 {
                plain.clear();
            }
            let (writer, reader) = (rng.random_range(0..all.len()), rng.random_range(0..all.len()));
            check(
                oracle,
                &all[writer],
                &all[reader],
                resource,
                &key,
                &plain,
                &mut checked,
                &mut rng,
            );
        }
        println!(
            "held {} values under {}, {} of them refused alike",
            checked.0 + checked.1,
            subject.name,
            checked.1
        );
    }
    true
}

#[allow(clippy::too_many_arguments, reason = "one call site")]
fn check(
    oracle: &mut Oracle,
    writer: &Both,
    reader: &Both,
    resource: &str,
    key: &str,
    plain: &[u8],
    checked: &mut (usize, usize),
    rng: &mut StdRng,
) {
    let list = |both: &Both| -> Transformers { both.rules.for_resource(&GroupResource::parse(resource)) };
    let ours = list(writer).encrypt(key.as_bytes(), plain, rng).unwrap();
    let theirs = oracle.encrypt(writer.id, resource, key, plain);
    for stored in [&ours, &theirs] {
        let expected = oracle.decrypt(reader.id, resource, key, stored);
        let got = list(reader).decrypt(key.as_bytes(), stored);
        match (&expected, &got) {
            (Ok((theirs, stale)), Ok(opened)) => {
                assert_eq!(
                    (theirs.as_slice(), *stale),
                    (opened.plaintext.expose(), opened.by.stale),
                    "{key}"
                );
                assert_eq!(theirs, plain, "{key}");
                checked.0 += 1;
            }
            (Err(_), Err(_)) => checked.1 += 1,
            _ => panic!(
                "{key}: they {:?}, we {:?}",
                expected.as_ref().map(|(_, s)| s),
                got.map(|o| o.by)
            ),
        }
    }
    // one changed byte: the same verdict, the same bytes where AES-CBC does not notice
    let mut changed = theirs;
    if changed.is_empty() {
        return;
    }
    let at = rng.random_range(0..changed.len());
    changed[at] ^= 1 << rng.random_range(0..8);
    let expected = oracle.decrypt(reader.id, resource, key, &changed);
    let got = list(reader).decrypt(key.as_bytes(), &changed);
    match (&expected, &got) {
        (Ok((theirs, stale)), Ok(opened)) => {
            assert_eq!(
                (theirs.as_slice(), *stale),
                (opened.plaintext.expose(), opened.by.stale),
                "{key}"
            );
            checked.0 += 1;
        }
        (Err(_), Err(_)) => checked.1 += 1,
        _ => panic!("{key}, byte {at} changed: they {expected:?}, we {got:?}"),
    }
}
