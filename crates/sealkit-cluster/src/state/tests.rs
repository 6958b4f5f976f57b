//! Which events give an object a turn, and which do not.

use std::collections::BTreeMap;

use super::*;
use crate::resource::MANAGED_ANNOTATION;
use crate::resource::{Condition, SYNCED, Status};

fn sealed(name: &str, generation: i64) -> SealedSecret {
    SealedSecret {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some("shop".to_owned()),
            uid: Some(format!("uid-{name}")),
            generation: Some(generation),
            ..ObjectMeta::default()
        },
        ..SealedSecret::default()
    }
}

fn with_status(name: &str, word: &str) -> SealedSecret {
    let mut object = sealed(name, 3);
    object.status = Some(Status {
        observed_generation: Some(3),
        conditions: vec![Condition {
            kind: SYNCED.to_owned(),
            status: word.to_owned(),
            ..Condition::default()
        }],
    });
    object
}

fn secret(object: &SealedSecret, version: &str) -> ObjectMeta {
    ObjectMeta {
        name: object.metadata.name.clone(),
        namespace: object.metadata.namespace.clone(),
        resource_version: Some(version.to_owned()),
        owner_references: Some(vec![object.owner_reference()]),
        ..ObjectMeta::default()
    }
}

fn state() -> State {
    State {
        follows_secrets: true,
        ..State::default()
    }
}

/// The names that have a turn at `now`; each turn ends well, with version `v1` of its Secret.
fn turns(state: &mut State, now: Instant) -> Vec<String> {
    let mut names = Vec::new();
    while let Some(key) = state.queue.take(now) {
        names.push(key.name().to_owned());
        state.turn(&key);
        let ended = Ended {
            secret_version: Some("v1".to_owned()),
            failure: None,
            ..Ended::default()
        };
        state.ended(&key, ended, now);
    }
    names
}

fn fail(state: &mut State, now: Instant, reason: Reason) {
    let key = state.queue.take(now).expect("a turn");
    state.turn(&key);
    let ended = Ended {
        secret_version: None,
        failure: Some((reason, true)),
        ..Ended::default()
    };
    state.ended(&key, ended, now);
}

#[test]
fn only_another_spec_or_scope_needs_a_turn() {
    let (mut state, now) = (state(), Instant::now());
    assert!(state.sealed_seen(sealed("db", 1), true, now));
    assert_eq!(turns(&mut state, now), ["db"]);
    assert!(!state.sealed_seen(sealed("db", 1), false, now));
    let mut labelled = sealed("db", 1);
    labelled.metadata.labels = Some(BTreeMap::from([("a".to_owned(), "b".to_owned())]));
    assert!(!state.sealed_seen(labelled, false, now));
    let mut wider = sealed("db", 1);
    let scope = (
        "sealedsecrets.bitnami.com/cluster-wide".to_owned(),
        "true".to_owned(),
    );
    wider.metadata.annotations = Some(BTreeMap::from([scope]));
    assert!(state.sealed_seen(wider, false, now));
    assert!(state.sealed_seen(sealed("db", 2), false, now));
    assert_eq!(turns(&mut state, now), ["db"]);
}

#[test]
fn objects_that_failed_before_wait_behind_all_others_and_those_that_lack_a_secret_do_not() {
    let (mut state, now) = (state(), Instant::now());
    let there = with_status("there", "True");
    state.secret_seen(&secret(&there, "v1"), now);
    state.sealed_seen(with_status("broken", "False"), true, now);
    state.sealed_seen(there, true, now);
    state.sealed_seen(sealed("good", 1), true, now);
    state.sealed_seen(with_status("missing", "True"), true, now);
    state.sealed_seen(sealed("new", 1), false, now);
    let expected = ["missing", "new", "there", "good", "broken"];
    assert_eq!(turns(&mut state, now), expected);
}

#[test]
fn our_own_write_is_no_drift_and_anybody_elses_is() {
    let (mut state, now) = (state(), Instant::now());
    let db = sealed("db", 1);
    state.sealed_seen(db.clone(), false, now);
    assert_eq!(turns(&mut state, now), ["db"]);
    state.secret_seen(&secret(&db, "v1"), now);
    assert!(turns(&mut state, now).is_empty());
    state.secret_seen(&secret(&db, "v2"), now);
    assert_eq!(turns(&mut state, now), ["db"]);
}

#[test]
fn a_write_that_is_seen_before_its_answer_is_no_drift_either() {
    let (mut state, now) = (state(), Instant::now());
    let db = sealed("db", 1);
    state.sealed_seen(db.clone(), false, now);
    for (version, again) in [("v1", false), ("v9", true)] {
        let key = state.queue.take(now).expect("a turn");
        state.turn(&key);
        state.secret_seen(&secret(&db, version), now);
        let ended = Ended {
            secret_version: Some("v1".to_owned()),
            failure: None,
            ..Ended::default()
        };
        state.ended(&key, ended, now);
        assert_eq!(!state.queue.is_empty(), again, "{version}");
        state.sealed_seen(sealed("db", 2), false, now);
    }
}

#[test]
fn row_62_a_deleted_secret_of_ours_comes_back_at_once() {
    let (mut state, now) = (state(), Instant::now());
    let db = sealed("db", 1);
    state.sealed_seen(db.clone(), false, now);
    turns(&mut state, now);
    state.secret_gone(&secret(&db, "v1"), now);
    assert_eq!(turns(&mut state, now), ["db"]);
    let mut managed = secret(&db, "v1");
    managed.owner_references = None;
    managed.annotations = Some(BTreeMap::from([(
        MANAGED_ANNOTATION.to_owned(),
        "true".to_owned(),
    )]));
    state.secret_gone(&managed, now);
    assert_eq!(turns(&mut state, now), ["db"]);
}

#[test]
fn row_63_a_deleted_secret_of_somebody_else_stays_away_for_a_second() {
    let (mut state, now) = (state(), Instant::now());
    let db = sealed("db", 1);
    state.sealed_seen(db.clone(), false, now);
    fail(&mut state, now, Reason::Unmanaged);
    let mut others = secret(&db, "v1");
    others.owner_references = None;
    let later = now + Duration::from_millis(950);
    state.secret_gone(&others, later);
    assert!(turns(&mut state, later + Duration::from_millis(900)).is_empty());
    assert_eq!(turns(&mut state, later + ABSENCE), ["db"]);
}

#[test]
fn what_happened_to_the_name_just_before_the_object_came_is_heeded() {
    let db = sealed("db", 1);
    let mut others = secret(&db, "v1");
    others.owner_references = None;
    let key = Key::of(&db.metadata);

    let (mut state, now) = (state(), Instant::now());
    state.secret_seen(&others, now);
    state.sealed_seen(db.clone(), false, now);
    assert_eq!(state.turn(&key).1, Some(true), "it may go any moment");

    let mut state = self::state();
    state.secret_seen(&others, now);
    state.secret_gone(&others, now);
    state.sealed_seen(db.clone(), false, now);
    assert!(state.stays_away(&key, now));
    assert!(!state.stays_away(&key, now + ABSENCE));

    let mut state = self::state();
    state.secret_gone(&secret(&db, "v1"), now);
    state.sealed_seen(db.clone(), false, now);
    assert!(
        !state.stays_away(&key, now),
        "an object that is made anew has its Secret at once"
    );
}

#[test]
fn a_deletion_during_a_turn_is_heeded_by_it_and_by_the_next() {
    let (mut state, now) = (state(), Instant::now());
    let db = sealed("db", 1);
    state.sealed_seen(db.clone(), false, now);
    let key = state.queue.take(now).expect("a turn");
    assert_eq!(state.turn(&key).1, Some(false));
    let mut others = secret(&db, "v1");
    others.owner_references = None;
    state.secret_seen(&others, now);
    assert_eq!(state.turn(&key).1, Some(true), "whoever's it is");
    state.secret_gone(&others, now);
    assert!(state.stays_away(&key, now));
    let unfinished = Ended {
        unfinished: true,
        ..Ended::default()
    };
    state.ended(&key, unfinished, now);
    assert!(turns(&mut state, now).is_empty());
    assert!(!state.stays_away(&key, now + ABSENCE));
    assert_eq!(turns(&mut state, now + ABSENCE), ["db"]);
}

#[test]
fn failures_come_back_later_and_later_and_never_end() {
    let (mut state, mut now) = (state(), Instant::now());
    state.sealed_seen(sealed("db", 1), false, now);
    for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300] {
        fail(&mut state, now, Reason::Update);
        assert_eq!(state.queue.take(now + Duration::from_secs(seconds - 1)), None);
        now += Duration::from_secs(seconds);
    }
    assert_eq!(turns(&mut state, now), ["db"]);
}

#[test]
fn what_stands_in_the_way_for_a_moment_is_tried_again_soon_however_long_it_did() {
    let (mut state, mut now) = (state(), Instant::now());
    state.sealed_seen(sealed("db", 1), false, now);
    for seconds in [1, 2, 4, 8, 10, 10, 10] {
        let key = state.queue.take(now).expect("a turn");
        state.turn(&key);
        let ended = Ended {
            failure: Some((Reason::Update, true)),
            trouble: true,
            ..Ended::default()
        };
        state.ended(&key, ended, now);
        assert_eq!(state.queue.take(now + Duration::from_secs(seconds - 1)), None);
        now += Duration::from_secs(seconds);
    }
    // a server that has just begun refuses what it will soon allow: that is the first refusal
    fail(&mut state, now, Reason::Update);
    assert_eq!(state.queue.take(now), None);
    assert_eq!(turns(&mut state, now + Duration::from_secs(1)), ["db"]);
}

#[test]
fn a_status_that_calls_a_right_object_failed_needs_a_turn() {
    let at = |word, version: &str| {
        let mut object = with_status("db", word);
        object.metadata.resource_version = Some(version.to_owned());
        object
    };
    let (mut state, now) = (state(), Instant::now());
    state.sealed_seen(at("True", "5"), false, now);
    assert_eq!(turns(&mut state, now), ["db"]);
    // an earlier write of ours, whose answer was lost, and which is seen late
    assert!(state.sealed_seen(at("False", "6"), true, now));
    assert_eq!(turns(&mut state, now), ["db"]);
    state.status_written(at("True", "8"));
    assert!(
        !state.sealed_seen(at("False", "7"), false, now),
        "that was before"
    );
    assert!(!state.sealed_seen(at("True", "8"), false, now));
    // the same, seen during a turn that looked at what was known before
    state.sealed_seen(sealed("db", 4), false, now);
    assert_eq!(turns(&mut state, now), ["db"]);
    state.sealed_seen(at("True", "9"), false, now);
    let key = state.queue.take(now).expect("another generation");
    state.turn(&key);
    assert!(
        !state.sealed_seen(at("False", "10"), false, now),
        "it has its turn"
    );
    let ended = Ended {
        secret_version: Some("v1".to_owned()),
        ..Ended::default()
    };
    state.ended(&key, ended, now);
    assert_eq!(turns(&mut state, now), ["db"]);
    assert!(turns(&mut state, now).is_empty());
    // what failed is said to have failed
    state.sealed_seen(at("True", "11"), false, now);
    state.queue.add(Key::of(&at("True", "11").metadata), Lane::Fresh);
    fail(&mut state, now, Reason::Update);
    assert!(!state.sealed_seen(at("False", "12"), false, now));
}

#[test]
fn other_keys_give_those_a_turn_that_did_not_open() {
    let (mut state, now) = (state(), Instant::now());
    state.sealed_seen(sealed("closed", 1), false, now);
    fail(&mut state, now, Reason::Unseal);
    state.sealed_seen(sealed("good", 1), false, now);
    assert_eq!(turns(&mut state, now), ["good"]);
    state.keys_changed();
    assert_eq!(turns(&mut state, now), ["closed"]);
    state.keys_changed();
    assert!(turns(&mut state, now).is_empty());
}

#[test]
fn what_a_new_list_no_longer_has_is_gone() {
    let (mut state, now) = (state(), Instant::now());
    let first = state.listing();
    state.sealed_seen(sealed("a", 1), true, now);
    state.sealed_seen(sealed("b", 1), true, now);
    assert!(state.sealed_listed(first, None).is_empty());
    turns(&mut state, now);
    let second = state.listing();
    state.sealed_seen(sealed("a", 1), true, now);
    assert!(state.sealed_listed(second, Some("elsewhere")).is_empty());
    let gone = state.sealed_listed(second, None);
    assert_eq!(gone.iter().map(|object| object.name()).collect::<Vec<_>>(), ["b"]);
    assert!(turns(&mut state, now).is_empty());
    assert_eq!(state.objects(), 1);
}

#[test]
fn a_secret_that_went_while_nobody_watched_is_missed_at_the_next_list() {
    let (mut state, now) = (state(), Instant::now());
    let db = sealed("db", 1);
    state.listing();
    state.secret_seen(&secret(&db, "v1"), now);
    state.sealed_seen(db, true, now);
    assert_eq!(turns(&mut state, now), ["db"]);
    let second = state.listing();
    state.secrets_listed(second, None);
    assert_eq!(turns(&mut state, now), ["db"]);
}

#[test]
fn old_gc_gives_a_gone_object_one_more_turn() {
    let (mut state, now) = (state(), Instant::now());
    state.collects = true;
    state.sealed_seen(sealed("db", 1), false, now);
    turns(&mut state, now);
    let key = Key::of(&sealed("db", 1).metadata);
    state.sealed_gone(&key);
    assert_eq!(turns(&mut state, now), ["db"]);
}
