//! Single values, and editing the opened text.

use sealkit::{ProblemKind, SealOptions, Selector};

use crate::support::{NOW, cluster, native, open, parse, person, plaintext, rng, seal};

const TWO: &str = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  namespace: shop\nstringData:\n  user: ann # hers\n  password: one\n\
                   ---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: b\n  namespace: shop\nstringData:\n  password: two\n";

fn named(name: &str) -> Selector {
    Selector {
        name: Some(name.to_owned()),
        namespace: None,
    }
}

#[test]
fn a_value_is_read_from_the_document_that_is_meant() {
    let alice = person(1);
    let sealed = parse(&seal(TWO, &native(&[&alice])).unwrap());
    let get = |selector, item| sealkit::get(&sealed, &selector, item, &alice.keyring);
    assert_eq!(get(named("b"), "password").unwrap().expose(), b"two");
    assert_eq!(get(named("a"), "user").unwrap().expose(), b"ann");
    let ambiguous = get(Selector::default(), "password").unwrap_err();
    let why = ambiguous.iter().next().unwrap().why().unwrap();
    assert!(
        why.contains("EncryptedSecret shop/a") && why.contains("EncryptedSecret shop/b"),
        "{why}"
    );
    assert!(
        get(named("c"), "password")
            .unwrap_err()
            .to_string()
            .contains("no such document")
    );
    let missing = get(named("a"), "pasword").unwrap_err();
    assert!(
        missing
            .iter()
            .next()
            .unwrap()
            .why()
            .unwrap()
            .contains("user, password")
    );
}

#[test]
fn setting_a_value_needs_no_identity_and_touches_no_other_line() {
    let alice = person(1);
    let sealed = seal(TWO, &native(&[&alice])).unwrap();
    let values = [("password".to_owned(), plaintext("new"))];
    let (stream, sealing) = (parse(&sealed), native(&[&alice]));
    let outcome = sealkit::set(
        &stream,
        &named("a"),
        &values,
        &sealing,
        &SealOptions::at(NOW),
        &mut rng(9),
    )
    .unwrap();
    let text = outcome.stream.unwrap().as_str().to_owned();
    assert_eq!(
        open(&text, &alice.keyring).unwrap(),
        TWO.replace("password: one", "password: new")
    );
    let user = |text: &str| {
        text.lines()
            .find(|line| line.contains("user:"))
            .unwrap()
            .to_owned()
    };
    assert_eq!(user(&text), user(&sealed));
}

#[test]
fn values_of_sealed_secrets_are_set_and_unset_in_place() {
    let (sealing, keyring) = cluster();
    let sealed = seal(TWO, &sealing).unwrap();
    let values = [("token".to_owned(), plaintext("t"))];
    let outcome = sealkit::set(
        &parse(&sealed),
        &named("b"),
        &values,
        &sealing,
        &SealOptions::at(NOW),
        &mut rng(9),
    )
    .unwrap();
    let stream = outcome.stream.unwrap();
    assert_eq!(
        sealkit::get(&stream, &named("b"), "token", &keyring)
            .unwrap()
            .expose(),
        b"t"
    );
    let outcome = sealkit::unset(&stream, &named("b"), &["token".to_owned()]).unwrap();
    assert_eq!(outcome.stream.unwrap().as_str(), sealed);
}

#[test]
fn a_value_cannot_be_set_beside_plaintext_or_in_an_open_secret() {
    let alice = person(1);
    let set = |text: &str| {
        let values = [("password".to_owned(), plaintext("new"))];
        sealkit::set(
            &parse(text),
            &named("a"),
            &values,
            &native(&[&alice]),
            &SealOptions::at(NOW),
            &mut rng(9),
        )
    };
    let error = set(TWO).unwrap_err();
    assert!(error.to_string().contains("plaintext Secret"), "{error}");
    let sealed = seal(TWO, &native(&[&alice])).unwrap();
    let waiting = sealed.replacen("spec:", "stringData:\n  token: t\nspec:", 1);
    assert!(set(&waiting).is_err());
}

#[test]
fn the_file_may_not_choose_its_own_readers() {
    let (alice, eve) = (person(1), person(666));
    let sealed = seal(TWO, &native(&[&alice, &eve])).unwrap();
    let values = [("password".to_owned(), plaintext("new"))];
    let set = |options: &SealOptions| {
        sealkit::set(
            &parse(&sealed),
            &named("a"),
            &values,
            &native(&[&alice]),
            options,
            &mut rng(9),
        )
    };
    let error = set(&SealOptions::at(NOW)).unwrap_err();
    assert_eq!(error.kind(), ProblemKind::Conflict);
    assert!(
        set(&SealOptions {
            allow_foreign_recipients: true,
            ..SealOptions::at(NOW)
        })
        .is_ok()
    );
}

#[test]
fn an_edit_seals_anew_only_what_changed() {
    let alice = person(1);
    let sealed = seal(TWO, &native(&[&alice])).unwrap();
    let edited = TWO
        .replace("password: one", "password: changed")
        .replace("# hers", "# his");
    let reseal = |edited: &str| {
        let (before, after) = (parse(&sealed), parse(edited));
        let options = SealOptions::at(NOW);
        sealkit::reseal(
            &before,
            &after,
            &native(&[&alice]),
            &alice.keyring,
            &options,
            &mut rng(9),
        )
        .unwrap()
    };
    let text = reseal(&edited).stream.unwrap().as_str().to_owned();
    assert_eq!(open(&text, &alice.keyring).unwrap(), edited);
    let token = |text: &str, key: &str| {
        let line = text.lines().find(|line| line.contains(key)).unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    assert_eq!(token(&text, "user:"), token(&sealed, "user:"));
    assert_ne!(token(&text, "password:"), token(&sealed, "password:"));
    assert!(text.contains("# his"));
    assert!(
        reseal(TWO).stream.is_none(),
        "nothing changed, nothing is written"
    );
}

#[test]
fn an_edit_of_a_sealed_secret_keeps_the_values_that_stayed() {
    let (sealing, keyring) = cluster();
    let sealed = seal(TWO, &sealing).unwrap();
    let opened = open(&sealed, &keyring).unwrap();
    let edited = opened.replace("password: two", "password: changed");
    let reseal = |edited: &str| {
        let options = SealOptions::at(NOW);
        sealkit::reseal(
            &parse(&sealed),
            &parse(edited),
            &sealing,
            &keyring,
            &options,
            &mut rng(9),
        )
        .unwrap()
    };
    let text = reseal(&edited).stream.unwrap().as_str().to_owned();
    assert_eq!(open(&text, &keyring).unwrap(), edited);
    let differing = sealed.lines().zip(text.lines()).filter(|(a, b)| a != b).count();
    assert_eq!(
        (differing, sealed.lines().count()),
        (1, text.lines().count()),
        "{sealed}\n{text}"
    );
    assert!(reseal(&opened).stream.is_none());
}

#[test]
fn an_edit_that_loses_or_disguises_a_document_is_refused() {
    let alice = person(1);
    let sealed = seal(TWO, &native(&[&alice])).unwrap();
    let reseal = |edited: &str| {
        let options = SealOptions::at(NOW);
        sealkit::reseal(
            &parse(&sealed),
            &parse(edited),
            &native(&[&alice]),
            &alice.keyring,
            &options,
            &mut rng(9),
        )
    };
    let first = TWO.split("---\n").next().unwrap();
    for edited in [
        String::new(),
        first.to_owned(),
        TWO.replacen("kind: Secret", "kind: Sekret", 1),
        TWO.replacen("apiVersion: v1\n", "", 1),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n".to_owned(),
    ] {
        let problems = reseal(&edited).expect_err(&edited);
        assert!(
            problems.to_string().contains("missing from the edited text"),
            "{problems}"
        );
        assert!(
            problems
                .iter()
                .next()
                .unwrap()
                .hint()
                .unwrap()
                .contains("kind: Secret")
        );
    }
}

#[test]
fn an_edit_may_rename_or_reorder_documents_and_add_some() {
    let alice = person(1);
    let sealed = seal(TWO, &native(&[&alice])).unwrap();
    let options = SealOptions::at(NOW);
    let (first, second) = TWO.split_once("---\n").unwrap();
    let third = second.replace("name: b", "name: c").replace("two", "three");
    let renamed = first.replace("name: a", "name: renamed");
    for edited in [
        format!("{second}---\n{first}---\n{third}"),
        format!("{renamed}---\n{second}---\n{third}"),
    ] {
        let (before, after, sealing) = (parse(&sealed), parse(&edited), native(&[&alice]));
        let outcome =
            sealkit::reseal(&before, &after, &sealing, &alice.keyring, &options, &mut rng(9)).unwrap();
        assert_eq!(
            open(outcome.stream.unwrap().as_str(), &alice.keyring).unwrap(),
            edited
        );
    }
}

#[test]
fn a_value_that_an_edit_copies_into_the_open_is_seen() {
    let alice = person(1);
    let text = TWO.replace("password: one", "password: correct-horse");
    let sealed = seal(&text, &native(&[&alice])).unwrap();
    let edited = text
        .replace("# hers", "# correct-horse")
        .replace("password: correct-horse", "password: changed");
    let (before, after, sealing) = (parse(&sealed), parse(&edited), native(&[&alice]));
    let mut options = SealOptions::at(NOW);
    let outcome = sealkit::reseal(&before, &after, &sealing, &alice.keyring, &options, &mut rng(9)).unwrap();
    assert_eq!(outcome.report.notes().count(), 1);
    options.deny_repeats = true;
    assert!(sealkit::reseal(&before, &after, &sealing, &alice.keyring, &options, &mut rng(9)).is_err());
}
