//! Random sequences of steps: the server accepts every file, and reads what it wrote under the earlier ones.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sealkit_formats::at_rest::config::{EditError, EncryptionConfig, KeyAt};
use sealkit_formats::at_rest::{GroupResource, Scheme};
use serde_json::json;

use super::oracle::Oracle;

const BLOCK: &str = "# who may read what
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]   # only these
    providers:
      # the old way
      - aescbc:
          keys:
            - name: 'old'  # from 2024
              secret: R3jmMobWKkxS+3jWYquLZ+91l2JLIMTa2o4AZoLrotc=
      - identity: {}
";

const JSON: &str = r#"{"kind":"EncryptionConfiguration","apiVersion":"apiserver.config.k8s.io/v1","resources":[{"resources":["secrets"],"providers":[{"aescbc":{"keys":[{"name":"aescbckey","secret":"R3jmMobWKkxS+3jWYquLZ+91l2JLIMTa2o4AZoLrotc="}]}},{"identity":{}}]}]}"#;

const KEY: &str = "/registry/secrets/shop/db";

pub(crate) fn run(oracle: &mut Oracle, sequences: usize) {
    let mut rng = StdRng::seed_from_u64(0xed17);
    let (mut files, mut values) = (0, 0);
    for sequence in 0..sequences {
        let mut config = EncryptionConfig::parse("file", [BLOCK, JSON][sequence % 2].as_bytes()).unwrap();
        let mut written: Vec<(KeyAt, Vec<u8>)> = Vec::new();
        for step in 0..8 {
            let id = oracle.load(config.text());
            files += 1;
            let keys = keys(&config);
            written.push((
                keys[0].clone(),
                oracle.encrypt(id, "secrets", KEY, format!("value {step}").as_bytes()),
            ));
            for (key, stored) in &written {
                let opened = oracle.decrypt(id, "secrets", KEY, stored);
                assert!(opened.is_ok(), "{key}: {opened:?}\n{}", config.text());
                values += 1;
            }
            let chosen = keys[rng.random_range(0..keys.len())].clone();
            let scheme = [Scheme::AesCbc, Scheme::AesGcm, Scheme::Secretbox][rng.random_range(0..3)];
            let edited = match rng.random_range(0..3) {
                0 => {
                    let mut secret = vec![0; 32];
                    rng.fill(&mut secret[..]);
                    let key = KeyAt {
                        scheme,
                        name: format!("key-{step}"),
                        resource: None,
                    };
                    config.add_key(&key, &secret.into())
                }
                1 => config.promote(&chosen),
                _ => config
                    .remove_key(&chosen, true)
                    .inspect(|_| written.retain(|(key, _)| *key != chosen)),
            };
            match edited {
                Ok(edited) => config = edited,
                Err(EditError::Writes { .. }) => {}
                Err(error) => panic!("{error}: {}\n{}", error.hint().unwrap_or_default(), config.text()),
            }
            let answer = oracle.ask(&json!({"op": "check", "config": config.text()}));
            assert_eq!(answer["ok"], true, "{answer}");
        }
    }
    println!(
        "held {} files and readings after edits: {files} files, {values} values of earlier versions",
        files + values
    );
}

fn keys(config: &EncryptionConfig) -> Vec<KeyAt> {
    let readers = config.explain(&GroupResource::parse("secrets")).readers;
    let key = |reader: sealkit_formats::at_rest::config::ReaderEntry| KeyAt {
        scheme: reader.scheme,
        name: reader.name.unwrap_or_default(),
        resource: None,
    };
    readers.into_iter().map(key).collect()
}
