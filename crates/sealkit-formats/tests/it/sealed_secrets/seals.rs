//! What sealing makes of a Secret means what the peer makes of it, and the author's text is still hers.

use sealkit_formats::Scope;
use sealkit_formats::sealed_secrets::{Notice, SealError, SealOptions, Step, seal_object};

use super::opens::seal_cases;
use super::*;

#[test]
fn means_what_the_peer_makes_of_the_same_secret() {
    for case in seal_cases() {
        let ours = seal(&case.manifest(), &key(2048));
        let peers = manifest(&text(&format!("seal/{}.kubeseal.json", case.stem)));
        assert_eq!(
            without_ciphertext(json(&ours)),
            without_ciphertext(json(&peers)),
            "{}\n{ours}",
            case.stem
        );
        assert_eq!(
            opened_items(&open(&ours, &key(2048))),
            opened_items(&open(&peers, &key(2048))),
            "{}",
            case.stem
        );
    }
}

#[test]
fn sealing_twice_changes_nothing() {
    for case in seal_cases() {
        let sealed = seal(&case.manifest(), &key(2048));
        let again = seal_object(
            &sealed.object(),
            &SealOptions::new(key(2048).public_key()),
            &mut rng(),
        )
        .expect("sealed");
        assert!(again.changes.is_empty(), "{}", case.stem);
        assert!(again.plan.steps.is_empty(), "{}", case.stem);
    }
}

#[test]
fn opening_gives_back_the_same_secret() {
    for case in seal_cases() {
        let before = case.manifest();
        let after = reopened(&seal(&before, &key(2048)), &key(2048));
        assert_eq!(
            plain_items(&after.object()),
            plain_items(&before.object()),
            "{}",
            case.stem
        );
        let (mut before, mut after) = (json(&before), json(&after));
        for secret in [&mut before, &mut after] {
            let fields = secret.as_object_mut().expect("an object");
            fields.retain(|field, _| field != "data" && field != "stringData");
            let metadata = secret["metadata"].as_object_mut().expect("a mapping");
            let servers = [
                "uid",
                "resourceVersion",
                "generation",
                "selfLink",
                "creationTimestamp",
                "ownerReferences",
            ];
            metadata.retain(|field, _| !servers.contains(&field.as_str()));
            if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
                annotations.retain(|name, _| !name.ends_with("last-applied-configuration"));
            }
            metadata.retain(|_, value| value.as_object().is_none_or(|map| !map.is_empty()));
        }
        assert_eq!(after, before, "{}", case.stem);
    }
}

#[test]
fn an_author_gets_her_text_back_byte_for_byte() {
    for name in [
        "commented.yaml",
        "flow.yaml",
        "crlf.yaml",
        "namespace-wide.yaml",
        "cluster-wide.yaml",
    ] {
        let before = text(&format!("seal/{name}"));
        let after = reopened(&seal(&manifest(&before), &key(2048)), &key(2048)).to_string();
        assert_eq!(after, before, "{name}");
    }
    let example = sealkit_testdata::text("examples/database.yaml");
    assert_eq!(
        reopened(&seal(&manifest(&example), &key(2048)), &key(2048)).to_string(),
        example
    );
}

#[test]
fn keeps_comments_order_and_quoting() {
    let sealed = seal(&manifest(&text("seal/commented.yaml")), &key(2048));
    let expected = "\
# Database credentials
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: database # the chart expects this name
  namespace: shop
spec:
  template:
    metadata:
      name: database
      namespace: shop
      labels:
        # who owns it
        app: shop
        \"app.kubernetes.io/part-of\": 'shop'
      annotations:
        example.com/owner: ann@example.com # ask her first
    type: Opaque
  # the values
  encryptedData:
    # rotate yearly
    password: SEALED   # ask Ann
    username: \"SEALED\"

    url: 'SEALED'
# end of file
";
    assert_eq!(masked(&sealed), expected);
}

#[test]
fn seals_json_as_json() {
    let sealed = masked(&seal(&manifest(&text("seal/pretty.json")), &key(2048)));
    let expected = r#"{
  "apiVersion": "bitnami.com/v1alpha1",
  "kind": "SealedSecret",
  "metadata": {
    "name": "pretty",
    "namespace": "shop"
  },
  "spec": {
    "template": {
      "metadata": {
        "name": "pretty",
        "namespace": "shop",
        "labels": {
          "app": "shop"
        }
      },
      "type": "kubernetes.io/basic-auth"
    },
    "encryptedData": {
      "username": "SEALED",
      "password": "SEALED"
    }
  }
}
"#;
    assert_eq!(sealed, expected);
}

#[test]
fn string_data_wins_over_data_and_the_user_is_told() {
    let secret = manifest(&text("seal/both-maps.yaml"));
    let options = key(2048);
    let sealed = seal_object(
        &secret.object(),
        &SealOptions::new(options.public_key()),
        &mut rng(),
    )
    .expect("a Secret");
    let [Notice::Overridden { item, place }] = &sealed.notices[..] else {
        panic!("{:?}", sealed.notices)
    };
    assert_eq!((item.as_str(), place.location.line), ("shared", 6));
    let opened = open(&secret.edit(&sealed.changes).expect("good edits"), &key(2048));
    assert_eq!(
        opened.get("shared").map(|value| value.expose()),
        Some(&b"from-string-data"[..])
    );
}

#[test]
fn plaintext_added_to_a_sealed_document_is_moved_in() {
    let sealed = seal(&manifest(&text("seal/commented.yaml")), &key(2048));
    let added = format!(
        "{sealed}stringData:\n  # new\n  token: made-up-token # from Bob\n  password: another-made-up\n"
    );
    let resealed = seal(&manifest(&added), &key(2048));
    let text = masked(&resealed);
    assert!(
        text.contains("    # new\n    token: SEALED # from Bob\n"),
        "{text}"
    );
    assert!(
        !text.contains("stringData") && !text.contains("made-up"),
        "{text}"
    );
    let opened = open(&resealed, &key(2048));
    assert_eq!(
        opened.get("password").map(|value| value.expose()),
        Some(&b"another-made-up"[..])
    );
    assert_eq!(
        opened.items().map(|(key, _)| key).collect::<Vec<_>>(),
        ["password", "username", "url", "token"]
    );
    let untouched = |manifest: &Manifest| {
        let envelope = sealed_secrets::Envelope::read(&manifest.object()).expect("a SealedSecret");
        envelope.item("url").expect("it was there").value.clone()
    };
    assert_eq!(
        untouched(&resealed),
        untouched(&sealed),
        "values that are not named stay as they are"
    );
}

#[test]
fn the_callers_scope_namespace_and_name_fill_in() {
    let bare =
        manifest("apiVersion: v1\nkind: Secret\nmetadata:\n  labels: {app: shop}\nstringData:\n  a: b\n");
    let key = key(2048);
    let options = SealOptions {
        namespace: Some("shop"),
        name: Some("db"),
        ..SealOptions::new(key.public_key()).with_scope(Scope::NamespaceWide)
    };
    let sealed = seal_object(&bare.object(), &options, &mut rng()).expect("everything is given");
    let sealed = bare.edit(&sealed.changes).expect("good edits");
    let annotations = serde_json::json!({"sealedsecrets.bitnami.com/namespace-wide": "true"});
    let json = json(&sealed);
    assert_eq!(
        json["metadata"],
        serde_json::json!({"name": "db", "namespace": "shop", "annotations": annotations})
    );
    assert_eq!(json["spec"]["template"]["metadata"]["annotations"], annotations);
    assert_eq!(json["spec"]["template"]["metadata"]["namespace"], "shop");
    assert_eq!(open(&sealed, &key).envelope().label(), b"shop");
}

#[test]
fn a_wider_scope_than_the_callers_is_refused_unless_allowed() {
    let secret = manifest(&text("seal/cluster-wide.yaml"));
    let key = key(2048);
    let strict = SealOptions::new(key.public_key()).with_scope(Scope::Strict);
    let error = seal_object(&secret.object(), &strict, &mut rng()).expect_err("the annotation is wider");
    assert!(matches!(
        error,
        SealError::WiderScope {
            document: Scope::ClusterWide,
            wanted: Scope::Strict,
            ..
        }
    ));
    let allowed = SealOptions {
        allow_wider_scope: true,
        ..strict
    };
    let sealed = seal_object(&secret.object(), &allowed, &mut rng()).expect("allowed");
    assert_eq!(sealed.plan.scope, Scope::ClusterWide);
}

#[test]
fn upper_case_names_are_sealed_because_the_peer_seals_them() {
    let secret = manifest(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: testSecret, namespace: testns}\ndata: {a: Yg==}\n",
    );
    assert_eq!(
        open(&seal(&secret, &key(2048)), &key(2048)).envelope().label(),
        b"testns/testSecret"
    );
}

#[test]
fn a_plan_names_every_step_and_no_value() {
    let secret = manifest(&text("seal/leftovers.yaml"));
    let key = key(2048);
    let sealed =
        seal_object(&secret.object(), &SealOptions::new(key.public_key()), &mut rng()).expect("a Secret");
    assert!(sealed.plan.steps.contains(&Step::Convert));
    assert!(sealed.plan.steps.contains(&Step::Seal {
        item: "password".to_owned()
    }));
    assert!(sealed.plan.steps.contains(&Step::Clean {
        path: "metadata.uid".to_owned()
    }));
    assert!(
        sealed
            .plan
            .to_string()
            .starts_with("manifest:1:1: shop/leftovers (strict)\n  turn the Secret")
    );
    assert!(!format!("{sealed:?}").contains("made-up"));
}
