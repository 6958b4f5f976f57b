//! Sealing and opening whole files: the same text comes back, whatever stood in it.

use sealkit::{Action, OpenOptions, Problem, ProblemKind, SealOptions};

use crate::support::{NOW, cluster, native, open, parse, person, quantum_person, rng, seal};

const FILES: &[(&str, &str)] = &[
    (
        "comments everywhere",
        "# the database\napiVersion: v1\nkind: Secret # yes\nmetadata:\n  name: db\n  namespace: shop\n  labels: {app: shop}\n\
         type: Opaque\nstringData:\n  # rotate yearly\n  password: hunter2-hunter2   # ask Ann\n\n  url: \"postgres://db\"\n# the end\n",
    ),
    (
        "several documents, one of them no Secret",
        "---\napiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: shop}\nstringData: {k: \"v1\"}\n---\napiVersion: v1\n\
         kind: ConfigMap\nmetadata: {name: c}\ndata: {k: plain}\n---\n# last\napiVersion: v1\nkind: Secret\nmetadata:\n  name: b\n\
         \x20 namespace: shop\nstringData:\n  k: v2\n",
    ),
    (
        "a list",
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata:\n    name: a\n    namespace: shop\n  \
         stringData:\n    k: v1\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: b, namespace: shop}\n  stringData:\n    k: v2\n",
    ),
    (
        "JSON",
        "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Secret\",\n  \"metadata\": {\"name\": \"db\", \"namespace\": \"shop\"},\n  \
         \"stringData\": {\n    \"password\": \"hunter2\"\n  }\n}\n",
    ),
    (
        "CRLF",
        "apiVersion: v1\r\nkind: Secret\r\nmetadata:\r\n  name: db\r\n  namespace: shop\r\nstringData:\r\n  a: one\r\n  b: two # B\r\n",
    ),
];

#[test]
fn native_files_come_back_as_they_were() {
    let alice = person(1);
    for (what, text) in FILES {
        let sealed = seal(text, &native(&[&alice])).unwrap_or_else(|problems| panic!("{what}: {problems}"));
        assert_ne!(sealed, *text, "{what}");
        assert!(!sealed.contains("hunter2"), "{what}:\n{sealed}");
        assert_eq!(
            seal(&sealed, &native(&[&alice])).unwrap(),
            sealed,
            "{what}: sealing twice"
        );
        assert_eq!(open(&sealed, &alice.keyring).unwrap(), *text, "{what}:\n{sealed}");
    }
}

#[test]
fn sealed_secrets_come_back_with_their_values_and_comments() {
    let (sealing, keyring) = cluster();
    for (what, text) in FILES {
        let sealed = seal(text, &sealing).unwrap_or_else(|problems| panic!("{what}: {problems}"));
        assert!(!sealed.contains("hunter2"), "{what}:\n{sealed}");
        assert_eq!(seal(&sealed, &sealing).unwrap(), sealed, "{what}: sealing twice");
        let opened =
            open(&sealed, &keyring).unwrap_or_else(|problems| panic!("{what}: {problems}\n{sealed}"));
        for comment in ["# rotate yearly", "# ask Ann", "# last", "# B"] {
            assert_eq!(
                opened.contains(comment),
                text.contains(comment),
                "{what}:\n{opened}"
            );
        }
    }
}

#[test]
fn a_quantum_recipient_opens_too() {
    let alice = quantum_person(1);
    let sealed = seal(FILES[0].1, &native(&[&alice])).unwrap();
    assert_eq!(open(&sealed, &alice.keyring).unwrap(), FILES[0].1);
}

#[test]
fn the_report_says_what_was_done_to_which_document() {
    let alice = person(1);
    let outcome = sealkit::seal(
        &parse(FILES[1].1),
        &native(&[&alice]),
        &SealOptions::at(NOW),
        &mut rng(1),
    )
    .unwrap();
    let actions: Vec<_> = outcome
        .report
        .entries
        .iter()
        .map(|entry| entry.action.clone())
        .collect();
    assert_eq!(actions, [Action::Sealed, Action::LeftAlone, Action::Sealed]);
    assert_eq!(outcome.report.entries[2].object.to_string(), "Secret shop/b");
    assert_eq!(outcome.report.entries[0].items, ["k"]);
}

#[test]
fn a_stranger_opens_nothing_and_is_told_who_could() {
    let (alice, eve) = (person(1), person(666));
    let sealed = seal(FILES[0].1, &native(&[&alice])).unwrap();
    let problems = open(&sealed, &eve.keyring).unwrap_err();
    assert_eq!(problems.kind(), ProblemKind::NoIdentity);
    let problem = problems.iter().next().unwrap();
    let shown = format!("{} {:?} {:?}", problem.what(), problem.why(), problem.hint());
    assert!(shown.contains(&alice.recipient.name()), "{shown}");
    assert!(problem.place().is_some());
}

#[test]
fn every_document_that_cannot_be_sealed_is_named_and_none_is_sealed() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {k: v}\n---\napiVersion: v1\nkind: Secret\n\
                metadata: {namespace: shop}\nstringData: {k: v}\n";
    let problems = seal(text, &native(&[&person(1)])).unwrap_err();
    let places: Vec<_> = problems
        .iter()
        .filter_map(Problem::place)
        .map(|place| place.location.line)
        .collect();
    assert_eq!(places, [3, 8], "{problems}");
}

#[test]
fn partial_opening_leaves_what_does_not_open() {
    let (alice, bob) = (person(1), person(2));
    let first =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: shop}\nstringData: {k: \"v1\"}\n";
    let second = "apiVersion: v1\nkind: Secret\nmetadata: {name: b, namespace: shop}\nstringData: {k: v2}\n";
    let (for_alice, for_bob) = (
        seal(first, &native(&[&alice])).unwrap(),
        seal(second, &native(&[&bob])).unwrap(),
    );
    let both = format!("{for_alice}---\n{for_bob}");
    assert_eq!(
        open(&both, &alice.keyring).unwrap_err().kind(),
        ProblemKind::NoIdentity
    );
    let options = OpenOptions {
        partial: true,
        ..OpenOptions::default()
    };
    let outcome = sealkit::open(&parse(&both), &alice.keyring, &options).unwrap();
    assert_eq!(outcome.stream.unwrap().as_str(), format!("{first}---\n{for_bob}"));
    assert_eq!(outcome.report.entries[1].action, Action::Failed);
}

#[test]
fn a_document_of_sops_is_never_sealed() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: shop}\nstringData:\n  k: ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\n\
                sops:\n  mac: ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\n  version: 3.9.4\n";
    let problems = seal(text, &native(&[&person(1)])).unwrap_err();
    assert_eq!(
        problems.kind(),
        ProblemKind::Malformed,
        "nobody can open this file"
    );
    let without_metadata = &text[..text.find("sops:").unwrap()];
    assert_eq!(
        seal(without_metadata, &native(&[&person(1)])).unwrap(),
        without_metadata
    );
}

#[test]
fn a_copy_of_a_value_elsewhere_is_noted_or_refused() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: shop}\nstringData:\n  k: correct-horse # was correct-horse\n";
    let alice = person(1);
    let outcome = sealkit::seal(
        &parse(text),
        &native(&[&alice]),
        &SealOptions::at(NOW),
        &mut rng(1),
    )
    .unwrap();
    assert_eq!(outcome.report.notes().count(), 1);
    let strict = SealOptions {
        deny_repeats: true,
        ..SealOptions::at(NOW)
    };
    let problems = sealkit::seal(&parse(text), &native(&[&alice]), &strict, &mut rng(1)).unwrap_err();
    assert!(!format!("{problems:?} {problems}").contains("correct-horse"));
    let base64 = text.replace("was correct-horse", "Y29ycmVjdC1ob3JzZQ==");
    assert!(seal(&base64, &native(&[&alice])).is_err());
}

#[test]
fn a_certificate_that_expired_seals_nothing() {
    let (sealing, _) = cluster();
    let options = SealOptions::at(sealing.certificate.as_ref().unwrap().not_after() + 1);
    let problems = sealkit::seal(&parse(FILES[0].1), &sealing, &options, &mut rng(1)).unwrap_err();
    assert!(problems.to_string().contains("expired"), "{problems}");
}

#[test]
fn name_and_namespace_of_the_caller_fill_in_and_never_override() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata:\n  labels: {app: shop}\nstringData:\n  k: v\n";
    let (alice, (bitnami, _)) = (person(1), cluster());
    let options = |name: &str| SealOptions {
        name: Some(name.to_owned()),
        namespace: Some("shop".to_owned()),
        ..SealOptions::at(NOW)
    };
    for sealing in [native(&[&alice]), bitnami] {
        let stream = sealkit::seal(&parse(text), &sealing, &options("db"), &mut rng(1))
            .unwrap()
            .stream
            .unwrap();
        let object = stream.objects().next().unwrap();
        assert_eq!(
            (object.name().as_deref(), object.namespace().as_deref()),
            (Some("db"), Some("shop"))
        );
        let named = text.replace("metadata:\n", "metadata:\n  name: other\n");
        let problems = sealkit::seal(&parse(&named), &sealing, &options("db"), &mut rng(1)).unwrap_err();
        assert_eq!(problems.kind(), ProblemKind::Misuse, "{problems}");
    }
}
