//! Everything that the peer wrote opens, to the bytes that it sealed.

use sealkit_crypto::Plaintext;
use sealkit_crypto::identity::RsaIdentity;
use sealkit_crypto::rsa_oaep::RsaPrivateKey;
use sealkit_formats::Scope;
use sealkit_formats::sealed_secrets::{Envelope, Notice, OpenOptions, open_object, open_with_keys};
use sealkit_manifest::Stream;

use super::*;

#[test]
fn opens_every_file_of_the_peer_to_what_it_sealed() {
    let mut opened_files = 0;
    for case in sealkit_testdata::cases("sealed-secrets/peer-0.36.6") {
        let parts: Vec<&str> = case.name.split('-').collect();
        let ["sealed", name, bits, scope @ ..] = &parts[..] else {
            continue;
        };
        if *name == "multi" {
            continue;
        }
        let sealed = manifest(&case.text());
        let opened = open(&sealed, &key(bits.parse().expect("a key size")));
        let plain = manifest(&text(&format!("peer-0.36.6/plain-{name}.yaml")));
        assert_eq!(
            opened_items(&opened),
            plain_items(&plain.object()),
            "{}",
            case.name
        );
        assert_eq!(
            opened.envelope().scope().as_str(),
            scope.join("-"),
            "{}",
            case.name
        );
        assert_eq!(
            opened.envelope().template().secret_type.as_deref(),
            json(&plain)["type"].as_str()
        );
        opened_files += 1;
    }
    assert_eq!(
        opened_files,
        4 * 3 * 3 + 1,
        "four Secrets, three sizes, three scopes, one in JSON"
    );
}

#[test]
fn opens_every_document_of_a_stream_that_the_peer_wrote() {
    let stream = Stream::parse(
        "multi.yaml",
        text("peer-0.36.6/sealed-multi-2048.yaml").as_bytes(),
    )
    .expect("YAML");
    let items: Vec<Vec<String>> = stream
        .objects()
        .map(|object| {
            let opened = open_with_keys(&object, &[&key(2048)], &OpenOptions::default()).expect("its key");
            opened.items().map(|(key, _)| key.to_owned()).collect()
        })
        .collect();
    assert_eq!(items, [["password", "username"], ["tls.crt", "tls.key"]]);
}

#[test]
fn opens_what_the_peer_merged_into_a_file() {
    let opened = open(&manifest(&text("peer-0.36.6/merged-2048.yaml")), &key(2048));
    let keys: Vec<&str> = opened.items().map(|(key, _)| key).collect();
    assert_eq!(keys, ["added", "password", "username"]);
}

#[test]
fn opens_to_what_the_peer_recovers() {
    let sealed = manifest(&text("peer-0.36.6/sealed-mixed-2048-strict.yaml"));
    for file in ["key-2048.pkcs1.pem", "key-2048.pkcs8.pem"] {
        let pem = text(&format!("peer-0.36.6/{file}"));
        let key = RsaPrivateKey::from_pem(pem.as_bytes()).expect("a test key");
        let recovered = manifest(&text(&format!("peer-0.36.6/recovered-{file}.json")));
        assert_eq!(
            opened_items(&open(&sealed, &key)),
            plain_items(&recovered.object()),
            "{file}"
        );
    }
}

#[test]
fn opens_what_the_current_peer_makes_of_every_style_of_secret() {
    for case in seal_cases() {
        let sealed = manifest(&text(&format!("seal/{}.kubeseal.json", case.stem)));
        assert_eq!(
            opened_items(&open(&sealed, &key(2048))),
            plain_items(&case.manifest().object()),
            "{}",
            case.stem
        );
    }
}

#[test]
fn items_come_in_the_order_of_the_text() {
    let sealed = manifest(&text("peer-0.36.6/sealed-mixed-2048-strict.yaml"));
    let opened = open(&sealed, &key(2048));
    assert_eq!(
        opened.items().map(|(key, _)| key).collect::<Vec<_>>(),
        ["bin.dat", "empty.dat", "unicode"]
    );
    assert!(opened.get("empty.dat").expect("an empty value").is_empty());
    assert!(opened.get("nothing").is_none());
}

#[test]
fn identities_that_are_not_rsa_are_passed_over_and_the_right_key_is_named() {
    let (wrong, right) = (key(3072), key(2048));
    let x25519 = sealkit_crypto::identity::X25519Identity::generate(&mut rng());
    let (wrong, right) = (RsaIdentity::new(wrong), RsaIdentity::new(right));
    let sealed = manifest(&text("peer-0.36.6/sealed-db-2048-strict.yaml"));
    let opened = open_object(
        &sealed.object(),
        &[&x25519, &wrong, &right],
        &OpenOptions::default(),
    )
    .expect("one fits");
    assert_eq!(opened.used(), [key(2048).public_key().clone()]);
    assert_eq!(opened.key_of("password"), Some(key(2048).public_key()));
}

#[test]
fn an_object_moved_renamed_or_rescoped_does_not_open() {
    let sealed = text("peer-0.36.6/sealed-db-2048-strict.yaml");
    let opens =
        |text: &str| open_with_keys(&manifest(text).object(), &[&key(2048)], &OpenOptions::default()).is_ok();
    assert!(opens(&sealed));
    assert!(!opens(&sealed.replacen("name: db", "name: web", 1)));
    assert!(!opens(&sealed.replacen("namespace: shop", "namespace: edge", 1)));
    let annotated = "metadata:\n  annotations: {sealedsecrets.bitnami.com/cluster-wide: \"true\"}";
    assert!(!opens(&sealed.replacen("metadata:", annotated, 1)));
    let wide = text("peer-0.36.6/sealed-db-2048-namespace-wide.yaml");
    assert!(opens(&wide.replacen("name: db", "name: web", 1)));
    assert!(!opens(&wide.replacen("namespace: shop", "namespace: edge", 1)));
    assert!(!opens(&wide.replacen("\"true\"", "\"false\"", 1)));
    let anywhere = text("peer-0.36.6/sealed-db-2048-cluster-wide.yaml");
    assert!(opens(&anywhere.replacen("name: db", "name: web", 1).replacen(
        "namespace: shop",
        "namespace: edge",
        1
    )));
    assert!(!opens(&anywhere.replacen("\"true\"", "\"false\"", 1)));
}

#[test]
fn the_templates_annotations_do_not_choose_the_scope() {
    let sealed = text("peer-0.36.6/sealed-db-2048-strict.yaml");
    let annotated = "    metadata:\n      annotations: {sealedsecrets.bitnami.com/cluster-wide: \"true\"}";
    let sealed = manifest(&sealed.replacen("    metadata:", annotated, 1));
    assert_eq!(open(&sealed, &key(2048)).envelope().scope(), Scope::Strict);
}

#[test]
fn items_may_be_renamed_and_swapped_because_the_format_does_not_bind_them() {
    let sealed = text("peer-0.36.6/sealed-db-2048-strict.yaml");
    let renamed = manifest(&sealed.replacen("password:", "secret:", 1));
    assert!(open(&renamed, &key(2048)).get("secret").is_some());
}

#[test]
fn templates_are_named_kept_and_not_rendered() {
    let sealed = text("peer-0.36.6/sealed-db-2048-strict.yaml");
    let data = "  template:\n    data:\n      url: '{{ .username }}@db'\n      password: null";
    let sealed = manifest(&sealed.replacen("  template:", data, 1));
    let opened = open(&sealed, &key(2048));
    assert_eq!(opened_items(&opened).len(), 2);
    let notices = opened.notices(&sealed.object());
    let [Notice::NotRendered { keys, .. }] = &notices[..] else {
        panic!("{notices:?}")
    };
    assert_eq!(keys, &["url", "password"]);
    assert!(
        notices[0]
            .to_string()
            .contains("not rendered here: url, password")
    );
    assert!(opened.envelope().template().data[1].removes);
}

#[test]
fn templates_are_rendered_by_whoever_knows_their_language() {
    let sealed = text("peer-0.36.6/sealed-db-2048-strict.yaml");
    let data = "  template:\n    data:\n      # why\n      url: '{{ .username }}@db'\n      username: never\n      password: null";
    let sealed = manifest(&sealed.replacen("  template:", data, 1));
    let mut opened = open(&sealed, &key(2048));
    let mut asked = Vec::new();
    let failed = opened.render(&sealed.object(), &mut |key, text, values| {
        asked.push((key.to_owned(), text.to_owned()));
        assert_eq!(
            values.keys().copied().collect::<Vec<_>>(),
            ["password", "url", "username"]
        );
        assert_eq!(
            (values["username"], values["url"]),
            (&b"admin"[..], &b"{{ .username }}@db"[..])
        );
        Ok(Plaintext::from(b"\xff".to_vec()))
    });
    assert!(failed.is_empty());
    let asked: Vec<_> = asked.iter().map(|(key, text)| (&**key, &**text)).collect();
    assert_eq!(asked, [("url", "{{ .username }}@db"), ("username", "never")]);
    assert_eq!(
        opened.secret_items().map(|(key, _)| key).collect::<Vec<_>>(),
        ["username", "url"]
    );
    assert_eq!(opened.items().count(), 2, "what opened stays what opened");
    let notices = opened.notices(&sealed.object());
    assert!(
        matches!(&notices[..], [Notice::Rendered { keys, .. }] if keys.len() == 3),
        "{notices:?}"
    );
    let secret = sealed
        .edit(&opened.changes(&sealed.object()))
        .expect("good edits");
    let secret = secret.to_string();
    assert!(secret.contains("stringData:\n  username: admin\n"), "{secret}");
    assert!(secret.contains("data:\n  # why\n  url: '/w=='\n"), "{secret}");
    assert!(!secret.contains("spec"), "{secret}");
}

#[test]
fn templates_alone_need_no_key() {
    let sealed = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: a, namespace: b}\nspec:\n  \
                  encryptedData: {}\n  template:\n    data: {x: y}\n";
    let opened =
        open_with_keys(&manifest(sealed).object(), &[], &OpenOptions::default()).expect("nothing to decrypt");
    assert_eq!(opened.items().count(), 0);
}

#[test]
fn strange_values_read_as_empty_and_hide_no_other() {
    let values = "{good: AQ==, number: 12, nothing: null, list: [a], 7: AQ==}";
    let sealed = format!(
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: a}}\nspec: {{encryptedData: {values}}}\n"
    );
    let sealed = manifest(&sealed);
    let envelope = Envelope::read(&sealed.object()).expect("a SealedSecret");
    let read: Vec<_> = envelope
        .items()
        .iter()
        .map(|item| (item.key.as_str(), item.value.as_str()))
        .collect();
    assert_eq!(
        read,
        [
            ("good", "AQ=="),
            ("number", ""),
            ("nothing", ""),
            ("list", ""),
            ("7", "AQ==")
        ]
    );
    for strange in ["[]", "text", "null", "12"] {
        let sealed = manifest(&sealed.to_string().replace(values, strange));
        assert!(
            Envelope::read(&sealed.object())
                .expect("a SealedSecret")
                .items()
                .is_empty(),
            "{strange}"
        );
    }
}

#[test]
fn an_envelope_says_everything_that_needs_no_key() {
    let sealed = manifest(&text("peer-0.36.6/sealed-tls-3072-namespace-wide.yaml"));
    let envelope = Envelope::read(&sealed.object()).expect("a SealedSecret");
    assert_eq!((envelope.name(), envelope.namespace()), ("web", "edge"));
    assert_eq!(envelope.label(), b"edge");
    assert!(
        envelope
            .items()
            .iter()
            .all(|item| item.claimed_key_bits() == Some(3072))
    );
    assert_eq!(
        envelope.template().secret_type.as_deref(),
        Some("kubernetes.io/tls")
    );
    assert!(envelope.template().sets_owner());
    assert_eq!(envelope.items()[0].place.location.line, 11);
}

#[test]
fn the_part_that_opens_is_given_when_asked_for() {
    let sealed = text("peer-0.36.6/sealed-db-2048-strict.yaml").replacen("password: AQ", "password: ZZ", 1);
    let options = OpenOptions {
        partial: true,
        ..OpenOptions::default()
    };
    let sealed = manifest(&sealed);
    let opened = open_with_keys(&sealed.object(), &[&key(2048)], &options).expect("one value opens");
    assert_eq!(
        opened.items().map(|(key, _)| key).collect::<Vec<_>>(),
        ["username"]
    );
    assert_eq!(
        opened
            .closed()
            .iter()
            .map(|value| value.item.as_str())
            .collect::<Vec<_>>(),
        ["password"]
    );
    let secret = sealed
        .edit(&opened.changes(&sealed.object()))
        .expect("good edits");
    assert_eq!(
        json(&secret)["stringData"],
        serde_json::json!({"username": "admin"}),
        "{secret}"
    );
}

/// A Secret in `testdata/sealed-secrets/seal` that the peer sealed too.
pub(super) struct SealCase {
    pub(super) stem: String,
    text: String,
}

impl SealCase {
    pub(super) fn manifest(&self) -> Manifest {
        manifest(&self.text)
    }
}

pub(super) fn seal_cases() -> Vec<SealCase> {
    let all = sealkit_testdata::cases("sealed-secrets/seal");
    let inputs = all.into_iter().filter(|case| !case.name.ends_with(".kubeseal"));
    inputs
        .map(|case| SealCase {
            stem: case.name.clone(),
            text: case.text(),
        })
        .collect()
}
