//! Recipients come and go: what is due, and what doing it changes.

use sealkit_crypto::Identity;
use sealkit_formats::{
    Scope,
    native::{self, Due, Envelope, OpenError, RotateError, Rotated, SealError, SealOptions},
};

use super::people::{
    SECRET, alice, apply, bob, carol, items, new_lines, open, plaintext, public, quinn, seal, seal_for,
    stream, try_seal,
};

fn envelope(text: &str) -> Envelope {
    Envelope::read(&stream(text).objects().next().unwrap()).unwrap()
}

fn due(text: &str, people: &[&dyn Identity]) -> Due {
    native::due(
        &envelope(text),
        &SealOptions::new(Scope::Strict, &public(people)),
        false,
    )
    .unwrap()
}

fn rotate(text: &str, me: &dyn Identity, people: &[&dyn Identity]) -> Result<(String, Rotated), RotateError> {
    let before = stream(text);
    let recipients = public(people);
    let options = SealOptions::new(Scope::Strict, &recipients);
    let rotated = native::rotate_as_due(
        &before.objects().next().unwrap(),
        &[me],
        &options,
        false,
        &mut rand::rng(),
    )?;
    Ok((apply(&before, &rotated.changes), rotated))
}

fn add(text: &str, key: &str, people: &[&dyn Identity]) -> String {
    let before = stream(text);
    let recipients = public(people);
    let options = SealOptions::new(Scope::Strict, &recipients);
    let value = plaintext("v");
    let object = before.objects().next().unwrap();
    let sealed = native::set_values(&object, &[(key, &value)], &options, &mut rand::rng()).unwrap();
    apply(&before, &sealed.changes)
}

fn name(identity: &dyn Identity) -> String {
    identity.names().remove(0)
}

#[test]
fn nothing_is_due_while_recipients_agree() {
    let sealed = seal_for(SECRET, &[&alice(), &bob()]);
    assert_eq!(due(&sealed, &[&alice(), &bob()]), Due::Nothing);
    assert_eq!(
        due(&sealed, &[&bob(), &alice()]),
        Due::Nothing,
        "an order is no reason to write"
    );
    let (same, rotated) = rotate(&sealed, &carol(), &[&alice(), &bob()]).unwrap();
    assert!(rotated.changes.is_empty());
    assert_eq!(same, sealed, "and needs no identity");
}

#[test]
fn an_added_recipient_gets_the_same_data_keys() {
    let sealed = add(&seal(SECRET), "token", &[&alice()]);
    let added = Due::Rewrap {
        added: vec![name(&bob())],
    };
    assert_eq!(due(&sealed, &[&alice(), &bob()]), added);
    let (rewrapped, rotated) = rotate(&sealed, &alice(), &[&alice(), &bob()]).unwrap();
    assert_eq!(rotated.due, added);
    assert_eq!(rotated.used.len(), 2);
    assert_eq!(
        new_lines(&sealed, &rewrapped).len(),
        4,
        "two wraps of two lines; no value is touched"
    );
    assert!(sealed.lines().all(|line| rewrapped.contains(line)));
    assert_eq!(items(&rewrapped, &[&bob()]), items(&sealed, &[&alice()]));
    assert_eq!(due(&rewrapped, &[&alice(), &bob()]), Due::Nothing);
}

#[test]
fn wraps_stand_in_the_order_of_the_policy() {
    let sealed = seal_for(SECRET, &[&bob()]);
    let (rewrapped, _) = rotate(&sealed, &bob(), &[&alice(), &bob(), &carol()]).unwrap();
    let expected = [name(&alice()), name(&bob()), name(&carol())];
    assert!(
        envelope(&rewrapped).data_keys()[0]
            .recipients()
            .eq(expected.iter().map(String::as_str)),
        "{rewrapped}"
    );
    for person in [alice(), bob(), carol()] {
        assert_eq!(open(&rewrapped, &[&person]).unwrap(), SECRET);
    }
}

#[test]
fn rewrapping_writes_nothing_if_one_data_key_stays_closed() {
    let first = seal_for(SECRET, &[&alice()]);
    let recipients = public(&[&bob()]);
    let before = stream(&first);
    let options = SealOptions {
        allow_foreign_recipients: true,
        ..SealOptions::new(Scope::Strict, &recipients)
    };
    let value = plaintext("v");
    let object = before.objects().next().unwrap();
    let sealed = native::set_values(&object, &[("token", &value)], &options, &mut rand::rng()).unwrap();
    let both = apply(&before, &sealed.changes);
    let error = rotate(&both, &alice(), &[&alice(), &bob()]).unwrap_err();
    let RotateError::Open(error) = &error else {
        panic!("{error:?}")
    };
    assert!(matches!(**error, OpenError::NotNamed { .. }), "{error:?}");
}

#[test]
fn rewrapping_drops_data_keys_that_no_value_names() {
    let sealed = seal(SECRET);
    let unnamed = add(&sealed, "token", &[&alice()]);
    let token = unnamed
        .lines()
        .find(|line| line.starts_with("    token: "))
        .unwrap();
    let id = &token[11..20];
    let unnamed = unnamed.replace(&format!("{token}\n"), "");
    let (rewrapped, _) = rotate(&unnamed, &alice(), &[&alice(), &bob()]).unwrap();
    assert!(!rewrapped.contains(id));
    assert_eq!(open(&rewrapped, &[&bob()]).unwrap(), SECRET);
}

#[test]
fn rewrapping_alone_does_not_remove_anybody() {
    let sealed = seal_for(SECRET, &[&alice(), &carol()]);
    let before = stream(&sealed);
    let recipients = public(&[&alice(), &bob()]);
    let options = SealOptions::new(Scope::Strict, &recipients);
    let alice = alice();
    let error = native::rewrap(
        &before.objects().next().unwrap(),
        &[&alice],
        &options,
        &mut rand::rng(),
    )
    .unwrap_err();
    assert!(
        matches!(&error, RotateError::Removed(names) if *names == [name(&carol())]),
        "{error:?}"
    );
}

#[test]
fn a_removed_recipient_means_a_new_data_key_and_every_value_anew() {
    let sealed = add(
        &seal_for(SECRET, &[&alice(), &carol()]),
        "token",
        &[&alice(), &carol()],
    );
    let expected = items(&sealed, &[&carol()]);
    let (rotated, done) = rotate(&sealed, &alice(), &[&alice(), &bob()]).unwrap();
    let Due::Rotate {
        removed,
        added,
        many_data_keys: false,
        asked: false,
    } = done.due
    else {
        panic!("{:?}", done.due)
    };
    assert_eq!((removed, added), (vec![name(&carol())], vec![name(&bob())]));
    assert_eq!(items(&rotated, &[&alice()]), expected);
    assert_eq!(items(&rotated, &[&bob()]), expected);
    assert!(matches!(
        open(&rotated, &[&carol()]),
        Err(OpenError::NotNamed { .. })
    ));
    let (old, new) = (envelope(&sealed), envelope(&rotated));
    assert_eq!(new.data_keys().len(), 1);
    assert!(
        old.data_keys()
            .iter()
            .all(|key| key.id() != new.data_keys()[0].id())
    );
    assert!(
        rotated.contains("    # rotate yearly\n    password: k") && rotated.contains("   # ask Ann"),
        "{rotated}"
    );
}

#[test]
fn a_recipient_planted_in_the_file_is_removed() {
    let sealed = seal_for(SECRET, &[&alice(), &carol()]);
    assert!(matches!(due(&sealed, &[&alice()]), Due::Rotate { removed, .. } if removed == [name(&carol())]));
    let (rotated, _) = rotate(&sealed, &alice(), &[&alice()]).unwrap();
    assert!(!rotated.contains(&name(&carol())));
}

#[test]
fn more_than_eight_data_keys_are_gathered_into_one() {
    let mut text = seal(SECRET);
    for at in 0..7 {
        text = add(&text, &format!("k{at}"), &[&alice()]);
    }
    assert_eq!(due(&text, &[&alice()]), Due::Nothing, "eight are fine");
    text = add(&text, "k7", &[&alice()]);
    assert!(matches!(
        due(&text, &[&alice()]),
        Due::Rotate {
            many_data_keys: true,
            ..
        }
    ));
    let (rotated, _) = rotate(&text, &alice(), &[&alice()]).unwrap();
    assert_eq!(envelope(&rotated).data_keys().len(), 1);
    assert_eq!(items(&rotated, &[&alice()]), items(&text, &[&alice()]));
}

#[test]
fn new_data_keys_can_be_asked_for() {
    let sealed = seal(SECRET);
    let before = stream(&sealed);
    let recipients = public(&[&alice()]);
    let options = SealOptions::new(Scope::Strict, &recipients);
    let alice = alice();
    let object = before.objects().next().unwrap();
    let rotated = native::rotate_as_due(&object, &[&alice], &options, true, &mut rand::rng()).unwrap();
    assert!(matches!(rotated.due, Due::Rotate { asked: true, .. }));
    let rotated = apply(&before, &rotated.changes);
    assert_ne!(
        envelope(&rotated).data_keys()[0].id(),
        envelope(&sealed).data_keys()[0].id()
    );
    assert_eq!(open(&rotated, &[&alice]).unwrap(), SECRET);
}

#[test]
fn without_a_fitting_identity_nothing_is_rotated() {
    let sealed = seal_for(SECRET, &[&alice(), &carol()]);
    let error = rotate(&sealed, &bob(), &[&alice(), &bob()]).unwrap_err();
    let RotateError::Open(error) = &error else {
        panic!("{error:?}")
    };
    assert!(matches!(**error, OpenError::NotNamed { .. }));
    assert!(error.place().is_some() && error.hint().is_some());
}

#[test]
fn moving_to_post_quantum_rotates_the_classic_wraps_away() {
    let sealed = seal(SECRET);
    let (rotated, _) = rotate(&sealed, &alice(), &[&quinn()]).unwrap();
    assert!(!rotated.contains(&name(&alice())));
    assert_eq!(open(&rotated, &[&quinn()]).unwrap(), SECRET);
}

#[test]
fn rotating_stops_at_a_wider_scope() {
    let wide = try_seal(
        SECRET,
        &SealOptions::new(Scope::ClusterWide, &public(&[&alice(), &carol()])),
    )
    .unwrap();
    let error = rotate(&wide, &alice(), &[&alice()]).unwrap_err();
    assert!(
        matches!(error, RotateError::Seal(SealError::WiderScope { .. })),
        "{error:?}"
    );
}

#[test]
fn an_object_without_items_has_nothing_to_rotate() {
    let empty = seal("apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\n");
    assert_eq!(due(&empty, &[&bob()]), Due::Nothing);
}

#[test]
fn two_peoples_writes_merge_into_their_union() {
    let base = seal(SECRET);
    let (ours, theirs) = (add(&base, "ours", &[&alice()]), add(&base, "theirs", &[&alice()]));
    // Both sides' lines, each where a merge by data key id and by item would put it.
    let key = |text: &str| {
        let new = new_lines(&base, text);
        let at = text.find(new[0]).unwrap();
        (
            new[0].to_owned(),
            text[at..]
                .lines()
                .take(5)
                .map(|line| format!("{line}\n"))
                .collect::<String>(),
        )
    };
    let ((our_id, ours_key), (their_id, theirs_key)) = (key(&ours), key(&theirs));
    let value = theirs
        .lines()
        .find(|line| line.starts_with("    theirs: "))
        .unwrap();
    let mut merged = ours.replace("  template:", &format!("{value}\n  template:"));
    let at = if their_id < our_id {
        merged.find(&our_id)
    } else {
        merged.find(&our_id).map(|at| at + ours_key.len())
    };
    merged.insert_str(at.unwrap(), &theirs_key);
    let mut read = items(&merged, &[&alice()]);
    read.sort();
    assert_eq!(
        read.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(),
        ["ours", "password", "theirs", "username"]
    );
}
