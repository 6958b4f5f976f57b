//! Adding, replacing and removing values with public keys only.

use sealkit_crypto::{Identity, kdf, secret::DataKey};
use sealkit_formats::{
    Scope,
    native::{self, Envelope, Notice, RecipientsError, SealError, SealOptions, limits::Limit},
};

use super::{
    people::{
        SECRET, alice, apply, bob, carol, items, new_lines, plaintext, public, quinn, seal, seal_for, stream,
        try_seal,
    },
    vectors::Vector,
};

/// Sets values in the only object of a text.
fn set(
    text: &str,
    values: &[(&str, &str)],
    options: &SealOptions<'_>,
) -> Result<(String, native::Sealed), SealError> {
    let stream = stream(text);
    let values: Vec<_> = values
        .iter()
        .map(|(key, value)| (*key, plaintext(value)))
        .collect();
    let values: Vec<_> = values.iter().map(|(key, value)| (*key, value)).collect();
    let sealed = native::set_values(
        &stream.objects().next().unwrap(),
        &values,
        options,
        &mut rand::rng(),
    )?;
    Ok((apply(&stream, &sealed.changes), sealed))
}

fn for_alice(text: &str, values: &[(&str, &str)]) -> String {
    set(
        text,
        values,
        &SealOptions::new(Scope::Strict, &public(&[&alice()])),
    )
    .unwrap()
    .0
}

fn unset(text: &str, keys: &[&str]) -> Result<String, SealError> {
    let stream = stream(text);
    let sealed = native::remove_values(&stream.objects().next().unwrap(), keys)?;
    Ok(apply(&stream, &sealed.changes))
}

fn envelope(text: &str) -> Envelope {
    Envelope::read(&stream(text).objects().next().unwrap()).unwrap()
}

#[test]
fn a_value_is_added_under_a_fresh_data_key_and_nothing_else_changes() {
    let sealed = seal(SECRET);
    let added = for_alice(&sealed, &[("token", "t0ps3cret")]);
    assert_eq!(
        new_lines(&sealed, &added).len(),
        4,
        "a data key, of which three lines differ, and one value"
    );
    assert!(
        sealed.lines().all(|line| added.contains(line)),
        "every line that was there still is"
    );
    let envelope = envelope(&added);
    assert_eq!(envelope.data_keys().len(), 2);
    assert!(envelope.data_keys().is_sorted_by_key(|key| key.id()));
    assert_eq!(
        items(&added, &[&alice()])[2],
        ("token".to_owned(), b"t0ps3cret".to_vec())
    );
}

#[test]
fn several_values_of_one_write_share_a_data_key() {
    let added = for_alice(&seal(SECRET), &[("a", "1"), ("b", "2"), ("a", "3")]);
    assert_eq!(envelope(&added).data_keys().len(), 2);
    assert_eq!(
        &items(&added, &[&alice()])[2..],
        [("b".to_owned(), b"2".to_vec()), ("a".to_owned(), b"3".to_vec())]
    );
}

#[test]
fn a_replaced_value_keeps_its_place_comments_and_quotes() {
    let sealed = seal(SECRET);
    let replaced = for_alice(&sealed, &[("username", "root")]);
    assert!(
        replaced.contains("    # rotate yearly\n    password: k")
            && replaced.contains("\n\n    username: \"k")
    );
    assert_eq!(items(&replaced, &[&alice()])[1].1, b"root");
    assert_eq!(envelope(&replaced).data_keys().len(), 2);
}

#[test]
fn a_data_key_that_no_value_names_is_dropped() {
    let sealed = seal(SECRET);
    let old = envelope(&sealed).data_keys()[0].id();
    let replaced = for_alice(&sealed, &[("username", "root"), ("password", "x")]);
    assert!(!replaced.contains(old.as_str()));
    assert_eq!(envelope(&replaced).data_keys().len(), 1);
}

#[test]
fn a_planted_data_key_never_encrypts() {
    let text = Vector::read("valid/data-key-planted").text;
    let identity = Vector::read("valid/data-key-planted");
    let recipients = public(&identity.identities());
    let options = SealOptions::new(Scope::Strict, &recipients);
    let planted = DataKey::from_slice(&[0x42; 32]).unwrap();
    let place = [&[1][..], b"\0\0\0\x04shop", b"\0\0\0\x08database"].concat();
    let commitment = kdf::hmac_sha256(planted.expose(), &[b"sealkit/v1/commitment", &place]);
    let planted = envelope(&text)
        .data_keys()
        .iter()
        .find(|key| *key.commitment() == commitment)
        .unwrap()
        .id();

    let (added, _) = set(&text, &[("token", "t0ps3cret")], &options).unwrap();
    let read = envelope(&added);
    let token = read.items().iter().find(|item| item.key() == "token").unwrap();
    assert_ne!(token.data_key(), planted);
    assert!(
        envelope(&text)
            .data_keys()
            .iter()
            .all(|key| key.id() != token.data_key()),
        "generated in this very write"
    );

    // Once no value names it, it goes.
    let (replaced, _) = set(&text, &[("username", "root")], &options).unwrap();
    assert!(!replaced.contains(planted.as_str()));
}

#[test]
fn values_can_be_set_in_an_object_that_has_none() {
    let empty = seal("apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\n");
    assert_eq!(
        items(&for_alice(&empty, &[("a", "b")]), &[&alice()]),
        [("a".to_owned(), b"b".to_vec())]
    );
}

#[test]
fn an_unfit_item_key_is_refused() {
    for key in ["", "..", "a b", "ä"] {
        let error = set(
            &seal(SECRET),
            &[(key, "x")],
            &SealOptions::new(Scope::Strict, &public(&[&alice()])),
        )
        .unwrap_err();
        assert!(matches!(error, SealError::ItemKey { .. }), "{key}");
    }
}

#[test]
fn a_recipient_that_only_the_file_names_stops_the_write() {
    let sealed = seal_for(SECRET, &[&alice(), &carol()]);
    let recipients = public(&[&alice(), &bob()]);
    let options = SealOptions::new(Scope::Strict, &recipients);
    let error = set(&sealed, &[("a", "b")], &options).unwrap_err();
    let SealError::ForeignRecipients { names, place } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(*names, carol().names());
    assert_eq!(
        place.location.line,
        1 + sealed.lines().position(|line| line.contains(&names[0])).unwrap()
    );

    let options = SealOptions {
        allow_foreign_recipients: true,
        ..options
    };
    let (written, sealed) = set(&sealed, &[("a", "b")], &options).unwrap();
    assert!(matches!(&sealed.notices[0], Notice::ForeignRecipients { .. }));
    assert!(matches!(&sealed.notices[1], Notice::NotYetRewrapped { names, .. } if *names == bob().names()));
    let new = envelope(&written);
    let new = new
        .data_keys()
        .iter()
        .find(|key| key.recipients().any(|name| name == bob().names()[0]))
        .unwrap();
    assert!(
        new.recipients().all(|name| name != carol().names()[0]),
        "she is not given the next value"
    );
}

#[test]
fn a_scope_wider_than_asked_for_stops_the_write() {
    let recipients = public(&[&alice()]);
    let sealed = try_seal(SECRET, &SealOptions::new(Scope::ClusterWide, &recipients)).unwrap();
    let options = SealOptions::new(Scope::NamespaceWide, &recipients);
    let error = set(&sealed, &[("a", "b")], &options).unwrap_err();
    assert!(
        matches!(
            error,
            SealError::WiderScope {
                file: Scope::ClusterWide,
                wanted: Scope::NamespaceWide,
                ..
            }
        ),
        "{error:?}"
    );
    let (written, sealed) = set(
        &sealed,
        &[("a", "b")],
        &SealOptions {
            allow_wider_scope: true,
            ..options
        },
    )
    .unwrap();
    assert!(matches!(sealed.notices[..], [Notice::WiderScope { .. }]));
    assert_eq!(envelope(&written).scope(), Scope::ClusterWide);
    assert_eq!(items(&written, &[&alice()]).len(), 3);
}

#[test]
fn a_narrower_scope_than_asked_for_is_kept() {
    let recipients = public(&[&alice()]);
    let (written, _) = set(
        &seal(SECRET),
        &[("a", "b")],
        &SealOptions::new(Scope::ClusterWide, &recipients),
    )
    .unwrap();
    assert_eq!(envelope(&written).scope(), Scope::Strict);
    assert_eq!(items(&written, &[&alice()]).len(), 3);
}

#[test]
fn a_classic_wrap_in_the_file_is_a_mixture_too() {
    let sealed = seal(SECRET);
    let recipients = public(&[&quinn()]);
    let options = SealOptions {
        allow_foreign_recipients: true,
        ..SealOptions::new(Scope::Strict, &recipients)
    };
    let error = set(&sealed, &[("a", "b")], &options).unwrap_err();
    assert!(
        matches!(error, SealError::Recipients(RecipientsError::Mixed(_))),
        "{error:?}"
    );
    assert!(
        set(
            &sealed,
            &[("a", "b")],
            &SealOptions {
                allow_classic_recipients: true,
                ..options
            }
        )
        .is_ok()
    );
}

#[test]
fn many_data_keys_are_told_and_33_refused() {
    let mut text = seal(SECRET);
    for at in 0..31 {
        text = for_alice(&text, &[(&format!("k{at}"), "v")]);
    }
    let recipients = public(&[&alice()]);
    let options = SealOptions::new(Scope::Strict, &recipients);
    assert_eq!(envelope(&text).data_keys().len(), 32);
    assert!(envelope(&text).data_keys().is_sorted_by_key(|key| key.id()));
    let error = set(&text, &[("one-more", "v")], &options).unwrap_err();
    assert!(
        matches!(
            error,
            SealError::Limit {
                limit: Limit::DataKeys,
                ..
            }
        ),
        "{error:?}"
    );
    let (_, sealed) = set(&text, &[("k0", "v")], &options).unwrap();
    assert!(
        matches!(sealed.notices[..], [Notice::ManyDataKeys { count: 32, .. }]),
        "{:?}",
        sealed.notices
    );

    // An edit that keeps all 32 and needs one more.
    let sealed = stream(&text);
    let alice = alice();
    let object = sealed.objects().next().unwrap();
    let opened = native::open_object(&object, &[&alice]).unwrap();
    let edited = apply(&sealed, &opened.changes(&object)).replace("  k0: v\n", "  k0: v\n  more: w\n");
    let edited = stream(&edited);
    let object = edited.objects().next().unwrap();
    let error = native::seal_edited(&object, &opened.reuse(), &options, &mut rand::rng()).unwrap_err();
    assert!(
        matches!(
            error,
            SealError::Limit {
                limit: Limit::DataKeys,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.hint().unwrap().contains("rotate"));
}

#[test]
fn plaintext_added_to_a_sealed_object_is_moved_in() {
    let sealed = seal(SECRET);
    let added = format!(
        "{sealed}stringData:\n  # new\n  token: t0ps3cret\n  password: replaced\ndata:\n  bin: /wA=\n"
    );
    let moved = seal(&added);
    assert!(
        !moved.contains("stringData") && !moved.contains("\ndata:"),
        "{moved}"
    );
    assert!(moved.contains("    # new\n    token: k"), "{moved}");
    let expected = [
        ("password", &b"replaced"[..]),
        ("username", b"shop"),
        ("token", b"t0ps3cret"),
        ("bin", b"\xff\0"),
    ];
    let expected = expected.map(|(key, value)| (key.to_owned(), value.to_vec()));
    assert_eq!(items(&moved, &[&alice()]), expected);
    let old = sealed.lines().find(|line| line.contains("username: ")).unwrap();
    assert!(moved.contains(old), "what was sealed stays");
    assert_eq!(envelope(&moved).data_keys().len(), 2);
    assert_eq!(seal(&moved), moved);
}

#[test]
fn an_emptied_field_beside_sealed_values_is_removed() {
    let sealed = seal(SECRET);
    assert_eq!(seal(&format!("{sealed}stringData: {{}}\n")), sealed);
    assert_eq!(seal(&format!("{sealed}stringData:\n")), sealed);
}

#[test]
fn set_and_unset_refuse_while_plaintext_waits() {
    let waiting = format!("{}stringData: {{token: t0ps3cret}}\n", seal(SECRET));
    let error = set(
        &waiting,
        &[("a", "b")],
        &SealOptions::new(Scope::Strict, &public(&[&alice()])),
    )
    .unwrap_err();
    assert!(
        matches!(&error, SealError::Unsealed { item, .. } if item == "token"),
        "{error:?}"
    );
    assert!(matches!(
        unset(&waiting, &["password"]),
        Err(SealError::Unsealed { .. })
    ));
}

#[test]
fn a_removed_value_takes_its_data_key_along() {
    let sealed = for_alice(&seal(SECRET), &[("token", "t0ps3cret")]);
    let without = unset(&sealed, &["token"]).unwrap();
    assert_eq!(without, seal_back(&sealed), "nothing of it is left");
    assert_eq!(items(&without, &[&alice()]).len(), 2);
    let none = unset(&without, &["password", "username", "password"]).unwrap();
    assert!(none.contains("dataKeys: []"), "{none}");
    assert_eq!(items(&none, &[]), []);
}

/// The text without its newest data key and value, cut out by hand.
fn seal_back(text: &str) -> String {
    let token = text.lines().find(|line| line.starts_with("    token: ")).unwrap();
    let id = &token["    token: ".len()..]["k12345678".len()..];
    assert!(id.starts_with(':'));
    let id = &token["    token: ".len()..]["".len()..9];
    let lines: Vec<_> = text.lines().filter(|line| *line != token).collect();
    let at = lines
        .iter()
        .position(|line| *line == format!("    - id: {id}"))
        .unwrap();
    lines
        .iter()
        .enumerate()
        .filter(|(line, _)| !(at..at + 5).contains(line))
        .map(|(_, line)| format!("{line}\n"))
        .collect()
}

#[test]
fn removing_what_is_not_there_is_refused() {
    let error = unset(&seal(SECRET), &["password", "nothing"]).unwrap_err();
    assert!(matches!(error, SealError::NoSuchItem { item, .. } if item == "nothing"));
}

#[test]
fn status_and_server_fields_go_with_the_next_write() {
    let live = seal(SECRET).replace("labels: {app: shop}}", "uid: 1-2, labels: {app: shop}}")
        + "status: {observedGeneration: 1}\n";
    for written in [
        for_alice(&live, &[("a", "b")]),
        unset(&live, &["password"]).unwrap(),
        seal(&live),
    ] {
        assert!(
            !written.contains("uid") && !written.contains("status"),
            "{written}"
        );
        assert!(!items(&written, &[&alice()]).is_empty());
    }
}

#[test]
fn keys_that_yaml_reads_as_something_else_are_written_in_quotes() {
    let text = for_alice(
        &seal(SECRET),
        &[
            ("on", "a"),
            ("y", "b"),
            ("123", "c"),
            ("234567e2", "d"),
            ("1_000", "e"),
        ],
    );
    for key in ["on", "y", "123", "234567e2", "1_000"] {
        assert!(
            text.contains(&format!("\"{key}\": k")) || text.contains(&format!("'{key}': k")),
            "{text}"
        );
    }
    assert_eq!(items(&text, &[&alice()]).len(), 7);
}

#[test]
fn sealing_again_drops_a_data_key_that_no_value_names() {
    let sealed = seal(SECRET);
    let added = for_alice(&sealed, &[("token", "t0ps3cret")]);
    let token = added
        .lines()
        .find(|line| line.starts_with("    token: "))
        .unwrap();
    let unnamed = added.replace(&format!("{token}\n"), "");
    assert_eq!(seal(&unnamed), sealed);
}
