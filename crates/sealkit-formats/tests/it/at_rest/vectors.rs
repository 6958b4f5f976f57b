//! Known answers: vectors made by other tools, and values that released API servers stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealkit_crypto::secret::Plaintext;
use sealkit_formats::at_rest::kms::{
    DirectService, KeyService, KeyServiceError, KmsV1, KmsV2, Status, WrappedSource,
};
use sealkit_formats::at_rest::{Key, Scheme, Stored, Transformer, Transformers, data, is_object_of};
use serde_json::Value;

use super::{Drawn, hex};

/// The plugin of the vectors: `edek` is K, its key id and annotation are those of the vectors.
struct Plugin(Vec<u8>);

impl KeyService for Plugin {
    fn status(&self) -> Result<Status, KeyServiceError> {
        Ok(Status {
            version: "v2".to_owned(),
            healthz: "ok".to_owned(),
            key_id: "kek-1".to_owned(),
        })
    }

    fn wrap(&self, source: &[u8]) -> Result<WrappedSource, KeyServiceError> {
        assert_eq!(source, self.0);
        let annotations = BTreeMap::from([("a.example".to_owned(), b"v".to_vec())]);
        Ok(WrappedSource {
            ciphertext: b"edek".to_vec(),
            key_id: "kek-1".to_owned(),
            annotations,
        })
    }

    fn unwrap(&self, wrapped: &WrappedSource) -> Result<Plaintext, KeyServiceError> {
        assert_eq!(*wrapped, KeyService::wrap(self, &self.0)?);
        Ok(Plaintext::from(self.0.clone()))
    }
}

impl DirectService for Plugin {
    fn wrap(&self, source: &[u8]) -> Result<Vec<u8>, KeyServiceError> {
        assert_eq!(source, self.0);
        Ok(b"edek".to_vec())
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Plaintext, KeyServiceError> {
        assert_eq!(wrapped, b"edek");
        Ok(Plaintext::from(self.0.clone()))
    }
}

fn transformer(scheme: Scheme, name: &str, key: &[u8]) -> Transformer {
    let keys = [Key::new(name, Plaintext::from(key.to_vec()))];
    match scheme {
        Scheme::AesCbc => Transformer::aes_cbc(&keys).expect("a good key"),
        Scheme::AesGcm => Transformer::aes_gcm(&keys).expect("a good key"),
        Scheme::Secretbox => Transformer::secretbox(&keys).expect("a good key"),
        Scheme::KmsV1 => {
            Transformer::kms_v1(Arc::new(KmsV1::new(name, Arc::new(Plugin(key.to_vec())), 1000)))
        }
        Scheme::KmsV2 => {
            let provider = KmsV2::new(name, Arc::new(Plugin(key.to_vec())));
            provider
                .observe(0, &mut Drawn::bytes(key))
                .expect("a healthy service");
            Transformer::kms_v2(Arc::new(provider))
        }
        other => panic!("no vector of {other}"),
    }
}

#[test]
fn the_vectors_of_the_format_notes_open_and_are_written_again() {
    let vectors: Vec<Value> =
        serde_json::from_str(&sealkit_testdata::text("at-rest/vectors.json")).expect("JSON");
    assert_eq!(vectors.len(), 7);
    for vector in vectors {
        let case = vector["case"].as_str().expect("a case");
        let text = |field: &str| {
            vector[field]
                .as_str()
                .unwrap_or_else(|| panic!("{case}: {field}"))
        };
        let scheme = Scheme::ALL
            .into_iter()
            .find(|scheme| scheme.to_string() == text("scheme"))
            .expect("a scheme");
        let list =
            Transformers::new(vec![transformer(scheme, text("name"), &hex(text("key")))]).expect("an entry");
        let mut stored = format!("{}{}:", scheme.prefix(), text("name")).into_bytes();
        stored.extend(hex(text("payload")));
        let (etcd_key, plain) = (text("etcd_key").as_bytes(), hex(text("plain")));

        let opened = list
            .decrypt(etcd_key, &stored)
            .unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_eq!(opened.plaintext.expose(), plain, "{case}");
        assert_eq!(
            opened.by.stale,
            vector["stale"].as_bool().expect("stale"),
            "{case}"
        );
        // a kms v1 payload from before 1.25 is AES-CBC, which no etcd key is bound to
        let bound = scheme.binds_etcd_key() && !case.ends_with("AES-CBC");
        assert_eq!(
            list.decrypt(b"/registry/secrets/default/other", &stored).is_err(),
            bound,
            "{case}"
        );

        if let Some(drawn) = vector["drawn"].as_str() {
            let mut drawn = Drawn::bytes(&hex(drawn));
            assert_eq!(
                list.encrypt(etcd_key, &plain, &mut drawn).expect("short"),
                stored,
                "{case}"
            );
            assert!(drawn.is_used_up(), "{case}");
        }
    }
}

#[test]
fn values_recorded_from_kms_v2_servers_open() {
    let lines = sealkit_testdata::text("at-rest/kms-v2-recorded.jsonl");
    let mut stale = Vec::new();
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let base64 = |field: &str| {
            STANDARD
                .decode(line[field].as_str().expect("text"))
                .expect("base64")
        };
        let service = Recorded(base64("dek_or_seed"));
        let provider = Arc::new(KmsV2::reader("kms-provider", Arc::new(service)));
        let list = Transformers::new(vec![Transformer::kms_v2(provider)]).expect("an entry");
        let etcd_key = line["etcd_key"].as_str().expect("text").as_bytes();
        let stored = base64("stored");

        let opened = list.decrypt(etcd_key, &stored).expect("opens");
        assert!(
            data(opened.plaintext.expose())
                .expect("a Secret")
                .contains_key("api_key")
        );
        // the recording's etcd key is not the object's, whose name the test generated
        assert!(!is_object_of(b"/registry/secrets/a/b", opened.plaintext.expose()));
        stale.push(opened.by.stale);

        let Stored::Encrypted(value) = Stored::read(&stored) else {
            panic!("encrypted")
        };
        let object = value.kms_object().expect("an envelope");
        assert_eq!(
            (value.probable_name(), object.annotations.len()),
            (Some("kms-provider"), 1)
        );
    }
    assert_eq!(stale, [true, false]);
}

/// Knows one data key or seed, whatever it is asked.
struct Recorded(Vec<u8>);

impl KeyService for Recorded {
    fn status(&self) -> Result<Status, KeyServiceError> {
        Err("a recording has no status".into())
    }

    fn wrap(&self, _: &[u8]) -> Result<WrappedSource, KeyServiceError> {
        Err("a recording does not wrap".into())
    }

    fn unwrap(&self, _: &WrappedSource) -> Result<Plaintext, KeyServiceError> {
        Ok(Plaintext::from(self.0.clone()))
    }
}
