//! What a controller is asked, and what is taken from its answer. The real one is asked in `cargo xtask conformance`.

use sealkit_formats::Scope;
use sealkit_formats::sealed_secrets::{
    AnswerProblem, RotateError, SealOptions, answered, encrypt_value, label, question, rotate,
};
use serde_json::json;

use super::*;

const TEMPLATED: &str = "\
# the shop's database
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: db
  namespace: shop
  annotations: {sealedsecrets.bitnami.com/namespace-wide: \"true\", team: storage}
spec:
  encryptedData:
    password: PASSWORD # ask Ann
    empty: EMPTY
  template:
    data: {url: '{{ .password }}@db'}
    metadata: {labels: {app: shop}}
";

fn value(key: &RsaPrivateKey, text: &str) -> String {
    let label = label(Scope::NamespaceWide, "shop", "db");
    encrypt_value(key.public_key(), &label, text.as_bytes(), &mut rng()).expect("a good key")
}

fn sealed() -> Manifest {
    let old = key(2048);
    manifest(
        &TEMPLATED
            .replace("PASSWORD", &value(&old, "made-up"))
            .replace("EMPTY", &value(&old, "")),
    )
}

fn asked(sealed: &Manifest) -> Value {
    let text = question(&sealed.object())
        .expect("a good document")
        .expect("it has values");
    serde_json::from_str(&text).expect("JSON")
}

/// What the peer's controller makes of a question: every value sealed anew, the scope in both metadata, no kind.
fn controller(question: &Value) -> Value {
    let manifest = manifest(&question.to_string());
    let new = key(4096);
    let options = SealOptions::new(new.public_key());
    let identity = sealkit_crypto::identity::RsaIdentity::new(key(2048));
    let rotated = rotate(&manifest.object(), &[&identity], &options, true, &mut rng()).expect("its key");
    let mut answer = json(&manifest.edit(&rotated.changes).expect("good edits"));
    answer["spec"]["template"] = json!({"metadata": question["metadata"]});
    let fields = answer.as_object_mut().expect("an object");
    fields.retain(|name, _| name == "metadata" || name == "spec");
    answer
}

fn problem(answer: &str) -> AnswerProblem {
    let sealed = sealed();
    let new = key(4096);
    match answered(&sealed.object(), answer.as_bytes(), new.public_key()) {
        Err(RotateError::Answer { problem, .. }) => problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_controller_learns_what_the_values_are_bound_to_and_nothing_else() {
    let question = asked(&sealed());
    assert_eq!(
        question["metadata"],
        json!({
            "name": "db", "namespace": "shop",
            "annotations": {"sealedsecrets.bitnami.com/namespace-wide": "true"},
        })
    );
    let fields: Vec<_> = question["spec"].as_object().expect("an object").keys().collect();
    assert_eq!(fields, ["encryptedData"]);
}

#[test]
fn only_the_values_change_and_they_open_with_the_new_key() {
    let (sealed, new) = (sealed(), key(4096));
    let answer = controller(&asked(&sealed)).to_string();
    let rotated = answered(&sealed.object(), answer.as_bytes(), new.public_key()).expect("a good answer");
    let moved = sealed.edit(&rotated.changes).expect("good edits");
    assert_eq!(masked(&moved), masked(&sealed));
    assert_eq!(
        opened_items(&open(&moved, &new)),
        opened_items(&open(&sealed, &key(2048)))
    );
}

#[test]
fn what_cannot_be_the_same_object_is_not_taken() {
    let good = controller(&asked(&sealed()));
    let changed = |pointer: &str, value: Value| {
        let mut answer = good.clone();
        *answer.pointer_mut(pointer).expect("it is there") = value;
        problem(&answer.to_string())
    };
    assert_eq!(problem("<html>log in</html>"), AnswerProblem::NotASealedSecret);
    assert_eq!(problem("[]"), AnswerProblem::NotASealedSecret);
    assert_eq!(
        changed("/metadata/name", json!("other")),
        AnswerProblem::OtherObject
    );
    assert_eq!(
        changed("/metadata/namespace", json!("other")),
        AnswerProblem::OtherObject
    );
    assert_eq!(
        changed("/metadata/annotations", json!({})),
        AnswerProblem::OtherObject
    );
    assert_eq!(
        changed("/spec/encryptedData", json!({})),
        AnswerProblem::OtherItems
    );
    let two = json!({"password": "AA==", "other": "AA=="});
    assert_eq!(changed("/spec/encryptedData", two), AnswerProblem::OtherItems);
    for value in [
        json!("not base64!"),
        json!("AA=="),
        json!(value(&key(2048), "made-up")),
        json!(value(&key(4096), "another length")),
        json!(null),
    ] {
        assert_eq!(
            changed("/spec/encryptedData/password", value),
            AnswerProblem::OtherValue("password".to_owned())
        );
    }
}

#[test]
fn the_old_value_is_no_answer() {
    let (sealed, same) = (sealed(), key(2048));
    let answer = asked(&sealed).to_string();
    let error = answered(&sealed.object(), answer.as_bytes(), same.public_key()).expect_err("nothing moved");
    assert!(matches!(
        error,
        RotateError::Answer {
            problem: AnswerProblem::OtherValue(_),
            ..
        }
    ));
}

#[test]
fn what_a_controller_cannot_move_is_not_asked() {
    let ask = |spec: &str| {
        let text = format!(
            "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: db, namespace: shop}}\nspec: {spec}\n"
        );
        question(&manifest(&text).object())
    };
    assert_eq!(ask("{encryptedData: {}}").expect("a good document"), None);
    let refused = |spec| ask(spec).expect_err("not asked").to_string();
    assert!(refused("{data: AA==}").contains("deprecated"));
    assert!(refused("{encryptedData: {a: plain}}").contains("spec.encryptedData.a is not a sealed value"));
    assert!(refused("{encryptedData: {a: [1]}}").contains("spec.encryptedData.a is not a sealed value"));
}
