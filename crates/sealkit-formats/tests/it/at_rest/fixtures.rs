//! What a real API server stored opens with its configuration files and yields what kubectl shows.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealkit_formats::at_rest::config::NoKeyServices;
use sealkit_formats::at_rest::{
    EncryptionConfig, GroupResource, ObjectName, Rules, Scheme, Server, Stored, data, is_object_of,
};
use sealkit_manifest::Stream;
use serde_json::Value;

const CONFIGS: [(&str, Scheme); 4] = [
    ("config-aescbc.yaml", Scheme::AesCbc),
    ("config-aesgcm.yaml", Scheme::AesGcm),
    ("config-identity.yaml", Scheme::Plaintext),
    ("config-secretbox.yaml", Scheme::Secretbox),
];

fn rules(config: &str) -> Rules {
    let text = sealkit_testdata::text(&format!("at-rest/{config}"));
    let config = EncryptionConfig::parse(config, text.as_bytes()).expect("the server accepts it");
    config
        .build(&Server::default(), &NoKeyServices)
        .expect("no kms in it")
}

fn base64(value: &Value) -> Vec<u8> {
    STANDARD
        .decode(value.as_str().unwrap_or_default())
        .expect("base64")
}

/// Namespace and name to data, from `kubectl get -o yaml`.
fn shown(file: &str) -> BTreeMap<(String, String), BTreeMap<String, Vec<u8>>> {
    let stream = Stream::parse(
        file,
        sealkit_testdata::text(&format!("at-rest/{file}")).as_bytes(),
    )
    .expect("YAML");
    let objects = stream.objects().map(|object| {
        let secret = object.kind().as_deref() == Some("Secret");
        let data = object
            .at(&["data"])
            .into_iter()
            .flat_map(|data| data.entries().collect::<Vec<_>>());
        let data = data.map(|entry| {
            let text = entry.value.as_str().expect("a string");
            let bytes = if secret {
                STANDARD.decode(text.as_ref()).expect("base64")
            } else {
                text.as_bytes().to_vec()
            };
            (entry.key.into_owned(), bytes)
        });
        let text = |value: Option<std::borrow::Cow<'_, str>>| value.unwrap_or_default().into_owned();
        ((text(object.namespace()), text(object.name())), data.collect())
    });
    objects.collect()
}

/// Opens every value of an `etcdctl get -w json` with every configuration; returns how many and how many stale.
fn check(etcd: &str, kubectl: &str, resource: &str) -> (usize, BTreeMap<Scheme, usize>) {
    let etcd: Value =
        serde_json::from_str(&sealkit_testdata::text(&format!("at-rest/{etcd}"))).expect("JSON");
    let shown = shown(kubectl);
    let values = etcd["kvs"].as_array().expect("values");
    assert_eq!(values.len(), shown.len());
    let mut written = BTreeMap::new();
    for (config, writer) in CONFIGS {
        let list = rules(config).for_resource(&GroupResource::parse(resource));
        for entry in values {
            let (key, stored) = (base64(&entry["key"]), base64(&entry["value"]));
            let opened = list
                .decrypt_where(&key, &stored, &mut |plain| is_object_of(&key, plain))
                .unwrap_or_else(|error| panic!("{config}: {}: {error}", String::from_utf8_lossy(&key)));
            let object = ObjectName::read(opened.plaintext.expose()).expect("an object");
            let data = data(opened.plaintext.expose()).expect("a Secret or ConfigMap");
            let expected = &shown[&(object.namespace, object.name)];
            let got: BTreeMap<String, Vec<u8>> = data
                .iter()
                .map(|(key, value)| (key.clone(), value.expose().to_vec()))
                .collect();
            assert_eq!(&got, expected);

            let scheme = match Stored::read(&stored) {
                Stored::Encrypted(value) => value.scheme,
                Stored::Plaintext(_) => Scheme::Plaintext,
                other => panic!("{other:?}"),
            };
            let writes = if resource == "configmaps" {
                Scheme::Secretbox
            } else {
                writer
            };
            assert_eq!(opened.by.stale, scheme != writes, "{config}");
            *written.entry(scheme).or_default() += 1;
        }
    }
    (values.len(), written)
}

#[test]
fn every_secret_that_a_real_server_stored_opens_with_every_configuration() {
    let (values, written) = check("etcd-secrets.json", "kubectl-secrets.yaml", "secrets");
    assert!(values >= 7, "{values}");
    assert_eq!(written.len(), 4, "written under all four: {written:?}");
}

#[test]
fn every_config_map_that_a_real_server_stored_opens_with_every_configuration() {
    let (values, written) = check("etcd-configmaps.json", "kubectl-configmaps.yaml", "configmaps");
    assert_eq!(values, 3);
    assert_eq!(written.into_keys().collect::<Vec<_>>(), [Scheme::Secretbox]);
}

#[test]
fn values_that_the_server_code_wrote_open_and_are_as_stale_as_it_says() {
    let mut lines = 0;
    for line in sealkit_testdata::text("at-rest/values.jsonl").lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let list = rules(line["config"].as_str().expect("a config")).for_resource(&GroupResource::parse(
            line["resource"].as_str().expect("a resource"),
        ));
        let key = line["etcd_key"].as_str().expect("a key").as_bytes();
        let opened = list
            .decrypt(key, &base64(&line["stored"]))
            .unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_eq!(opened.plaintext.expose(), base64(&line["plain"]));
        assert_eq!(opened.by.stale, line["stale"].as_bool().expect("stale"));
        lines += 1;
    }
    assert!(lines > 10, "{lines}");
}
