//! The gate: what it lets through, what it stops, and under which identifier.

use sealkit::formats::Scope;
use sealkit::{CheckOptions, Names, Recognised, Sealing, Severity, check, inspect};

use crate::support::{NOW, cluster, native, parse, person, seal};

const TEXT: &str =
    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  namespace: shop\nstringData:\n  k: v\n";

fn ids(text: &str, sealing: Option<&Sealing>) -> Vec<(&'static str, Severity)> {
    let options = CheckOptions {
        now: NOW,
        keyring: None,
    };
    check(&parse(text), sealing, &options)
        .findings
        .iter()
        .map(|finding| (finding.id, finding.severity))
        .collect()
}

#[test]
fn a_secret_in_the_clear_is_found_at_its_first_value() {
    let checked = check(&parse(TEXT), None, &CheckOptions::default());
    let finding = &checked.findings[0];
    assert_eq!(
        (finding.id, finding.place.to_string().as_str()),
        ("plaintext-secret", "file.yaml:7:3")
    );
    assert_eq!((checked.plaintext, checked.sealed), (1, 0));
    let without_values = TEXT.replace("stringData:\n  k: v\n", "type: Opaque\n");
    assert!(ids(&without_values, None).is_empty());
}

#[test]
fn sealed_documents_pass_and_count() {
    let alice = person(1);
    let sealed = seal(TEXT, &native(&[&alice])).unwrap();
    assert!(ids(&sealed, Some(&native(&[&alice]))).is_empty());
    let (sealing, keyring) = cluster();
    let bitnami = seal(TEXT, &sealing).unwrap();
    let both = parse(&format!("{sealed}---\n{bitnami}"));
    let checked = check(
        &both,
        None,
        &CheckOptions {
            now: NOW,
            keyring: Some(&keyring),
        },
    );
    assert_eq!((checked.sealed, checked.findings.len()), (2, 1), "{checked:?}");
    assert_eq!(
        (checked.findings[0].id, checked.findings[0].severity),
        ("no-identity", Severity::Warning)
    );
}

#[test]
fn differences_from_the_policy_are_errors() {
    let (alice, bob) = (person(1), person(2));
    let sealed = seal(TEXT, &native(&[&alice]).with_scope(Scope::NamespaceWide)).unwrap();
    let wide = native(&[&alice, &bob]).with_scope(Scope::NamespaceWide);
    assert_eq!(ids(&sealed, Some(&wide)), [("rotation-due", Severity::Error)]);
    let strict = native(&[&alice]);
    assert!(ids(&sealed, Some(&strict)).contains(&("wider-scope", Severity::Error)));
    assert_eq!(
        ids(&sealed, Some(&cluster().0)),
        [("other-format", Severity::Error)]
    );
}

#[test]
fn plaintext_in_a_sealed_document_and_malformed_ones_are_errors() {
    let alice = person(1);
    let sealed = seal(TEXT, &native(&[&alice])).unwrap();
    let waiting = sealed.replacen("spec:", "stringData:\n  token: t\nspec:", 1);
    assert_eq!(
        ids(&waiting, Some(&native(&[&alice]))),
        [("plaintext-in-sealed", Severity::Error)]
    );
    let cut = sealed.replacen("commitment: ", "commitment: A", 1);
    assert_eq!(ids(&cut, None), [("malformed", Severity::Error)]);
}

#[test]
#[cfg(feature = "sops")]
fn a_sops_file_counts_if_it_is_intact() {
    let intact = sealkit_testdata::text("sops/enc-3.13.3-encregex.yaml");
    let checked = check(&parse(&intact), None, &CheckOptions::default());
    assert_eq!((checked.sealed, checked.findings.len()), (1, 0));
    let pasted = intact.replacen("    unicode:", "    pasted: in the open\n    unicode:", 1);
    assert_eq!(ids(&pasted, None), [("plaintext-in-sealed", Severity::Error)]);
    let cut = intact.replacen(",type:str]\n", ",type:s\n", 1);
    assert_eq!(ids(&cut, None), [("malformed", Severity::Error)]);
    let (documents, metadata) = intact.split_once("sops:\n").unwrap();
    assert_eq!(ids(documents, None), [("sops-not-intact", Severity::Error)]);
    let without_code: Vec<&str> = metadata.lines().filter(|line| !line.contains("mac:")).collect();
    let without_code = format!("{documents}sops:\n{}\n", without_code.join("\n"));
    assert_eq!(ids(&without_code, None), [("sops-not-intact", Severity::Error)]);
}

#[test]
fn sizes_that_the_cluster_will_not_take_are_found() {
    let alice = person(1);
    let large = TEXT.replace("k: v", &format!("k: {}", "x".repeat(300 * 1024)));
    let sealed = seal(&large, &native(&[&alice])).unwrap();
    assert_eq!(ids(&sealed, None), [("too-large-for-apply", Severity::Warning)]);
}

#[test]
fn an_inspection_names_people_scope_and_items_without_any_key() {
    let (alice, bob) = (person(1), person(2));
    let mut names = Names::default();
    names.add("alice", &alice.recipient);
    let sealed = seal(TEXT, &native(&[&alice, &bob])).unwrap();
    let inspections = inspect(&parse(&sealed), &names);
    let one = &inspections[0];
    assert_eq!(one.recognised, Recognised::Sealed(sealkit::Format::Native));
    assert_eq!(
        (one.scope.as_deref(), one.items.as_slice()),
        (Some("strict"), &["k".to_owned()][..])
    );
    let people: Vec<_> = one
        .recipients
        .iter()
        .map(|recipient| recipient.name.as_deref())
        .collect();
    assert_eq!(people, [Some("alice"), None]);
    assert_eq!(one.data_keys[0].items, ["k"]);
    assert!(
        serde_json::to_string(&inspections)
            .unwrap()
            .contains("\"recognised\"")
    );
}

#[test]
fn items_of_a_secret_list_are_found_and_not_passed_by() {
    let list = "apiVersion: v1\nkind: SecretList\nitems:\n- metadata: {name: a, namespace: shop}\n  data: {k: dg==}\n- metadata: {name: b}\n";
    let checked = check(&parse(list), None, &CheckOptions::default());
    assert_eq!((checked.plaintext, checked.findings.len()), (1, 1));
    assert_eq!(checked.findings[0].place.to_string(), "file.yaml:5:10");
    let problems = seal(list, &native(&[&person(1)])).unwrap_err();
    let problem = problems.iter().next().unwrap();
    assert_eq!(problem.place().unwrap().to_string(), "file.yaml:4:3");
    assert!(problem.hint().unwrap().contains("kind: List"));
}
