//! Rotation: told without an identity, done with one, and repeatable.

use sealkit::manifest::Stream;
use sealkit::{Action, Due, Keyring, Outcome, ProblemKind, Problems, RotateOptions, Sealing};

use crate::support::{NOW, cluster, native, open, parse, person, rng, seal};

const TEXT: &str =
    "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: shop}\nstringData:\n  k: v # why\n  l: w\n";

fn options() -> RotateOptions {
    RotateOptions {
        now: NOW,
        ..RotateOptions::default()
    }
}

fn rotate(text: &str, sealing: &Sealing, keyring: &Keyring) -> Result<Outcome, Problems> {
    sealkit::rotate(&parse(text), sealing, keyring, &options(), &mut rng(7))
}

fn due(text: &str, sealing: &Sealing) -> Due {
    sealkit::rotation(&parse(text), sealing, &options())
        .unwrap()
        .remove(0)
        .due
}

#[test]
fn adding_a_recipient_rewraps_and_leaves_the_values() {
    let (alice, bob) = (person(1), person(2));
    let sealed = seal(TEXT, &native(&[&alice])).unwrap();
    let both = native(&[&alice, &bob]);
    assert_eq!(
        due(&sealed, &both),
        Due::Rewrap {
            added: vec![bob.recipient.name()]
        }
    );
    let outcome = rotate(&sealed, &both, &alice.keyring).unwrap();
    assert_eq!(outcome.report.entries[0].action, Action::Rewrapped);
    let text = outcome.stream.unwrap().as_str().to_owned();
    assert_eq!(open(&text, &bob.keyring).unwrap(), TEXT);
    assert!(
        sealed.lines().all(|line| text.lines().any(|new| new == line)),
        "{sealed}\n{text}"
    );
    assert_eq!(due(&text, &both), Due::Nothing);
    assert!(rotate(&text, &both, &alice.keyring).unwrap().stream.is_none());
}

#[test]
fn removing_a_recipient_makes_a_new_data_key_and_says_what_remains() {
    let (alice, bob) = (person(1), person(2));
    let sealed = seal(TEXT, &native(&[&alice, &bob])).unwrap();
    let outcome = rotate(&sealed, &native(&[&alice]), &alice.keyring).unwrap();
    let entry = &outcome.report.entries[0];
    assert_eq!(
        (entry.action.clone(), entry.items.clone()),
        (Action::Rotated, vec!["k".to_owned(), "l".to_owned()])
    );
    assert!(entry.notes[0].message.contains("history"), "{entry:?}");
    let text = outcome.stream.unwrap().as_str().to_owned();
    assert_eq!(open(&text, &alice.keyring).unwrap(), TEXT);
    assert_eq!(
        open(&text, &bob.keyring).unwrap_err().kind(),
        ProblemKind::NoIdentity
    );
}

#[test]
fn without_a_fitting_identity_nothing_changes() {
    let (alice, bob) = (person(1), person(2));
    let sealed = seal(TEXT, &native(&[&alice])).unwrap();
    let problems = rotate(&sealed, &native(&[&alice, &bob]), &bob.keyring).unwrap_err();
    assert_eq!(problems.kind(), ProblemKind::NoIdentity);
}

#[test]
fn data_keys_are_fresh_when_asked_for() {
    let alice = person(1);
    let sealed = seal(TEXT, &native(&[&alice])).unwrap();
    let asked = RotateOptions {
        data_keys: true,
        ..options()
    };
    let stream = parse(&sealed);
    let outcome = sealkit::rotate(&stream, &native(&[&alice]), &alice.keyring, &asked, &mut rng(7)).unwrap();
    let text = outcome.stream.unwrap().as_str().to_owned();
    assert_eq!(open(&text, &alice.keyring).unwrap(), TEXT);
    let ids = |text: &str| {
        text.lines()
            .find(|line| line.contains("id: "))
            .unwrap()
            .to_owned()
    };
    assert_ne!(ids(&text), ids(&sealed));
}

#[test]
fn a_sealed_secret_moves_to_another_certificate_once() {
    let (old, keyring) = cluster();
    let certificate = sealkit_testdata::read("sealed-secrets/peer-0.36.6/cert-3072.pem");
    let new =
        Sealing::sealed_secrets(sealkit::crypto::certificate::Certificate::from_pem(&certificate).unwrap());
    let sealed = seal(TEXT, &old).unwrap();
    assert!(due(&sealed, &new).is_due());
    let outcome = rotate(&sealed, &new, &keyring).unwrap();
    assert_eq!(outcome.report.entries[0].action, Action::Rotated);
    let moved: Stream = outcome.stream.unwrap();
    assert_eq!(due(moved.as_str(), &new), Due::Unknown);
    assert_eq!(
        rotate(moved.as_str(), &new, &keyring).unwrap_err().kind(),
        ProblemKind::Tampered
    );
}
