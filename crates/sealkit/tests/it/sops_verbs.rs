//! The verbs on SOPS files: the whole file, with its author's text, and never without an identity.

use sealkit::policy::sops::SopsConfig;
use sealkit::{
    Action, CheckOptions, Due, Format, Keyring, Names, ProblemKind, Recognised, RotateOptions, SealOptions,
    Sealing, Severity, is_sops_file,
};

use crate::support::{NOW, Person, open, parse, person, plaintext, rng, seal};

const TEXT: &str = "# of the shop\nuser: shop\npassword:  hunter2   # ask Ann\n\nlist: [a, {b: c}]\n";

fn sops(people: &[&Person]) -> Sealing {
    Sealing::sops(people.iter().map(|person| person.recipient.clone()).collect())
}

fn set(text: &str, item: &str, value: &str, keyring: &Keyring) -> Result<String, sealkit::Problems> {
    let values = [(item.to_owned(), plaintext(value))];
    let (options, any) = (SealOptions::at(NOW + 60), sealkit::Selector::default());
    let outcome = sealkit::sops::set(&parse(text), &any, &values, keyring, &options, &mut rng(7))?;
    assert_eq!(outcome.report.entries.len(), 1);
    Ok(outcome.stream.expect("something changed").to_string())
}

fn get(text: &str, item: &str, keyring: &Keyring) -> Result<String, sealkit::Problems> {
    let value = sealkit::get(&parse(text), &sealkit::Selector::default(), item, keyring)?;
    Ok(value.expose_str().unwrap().to_owned())
}

#[test]
fn a_file_is_sealed_whole_and_opens_to_the_same_text() {
    let ann = person(1);
    let sealed = seal(TEXT, &sops(&[&ann])).unwrap();
    assert!(is_sops_file(&parse(&sealed)) && !sealed.contains("hunter2") && !sealed.contains("ask Ann"));
    assert_eq!(open(&sealed, &ann.keyring).unwrap(), TEXT);
    assert_eq!(
        seal(&sealed, &sops(&[&ann])).unwrap(),
        sealed,
        "sealing again changes nothing"
    );
    let problems = open(&sealed, &person(2).keyring).unwrap_err();
    assert_eq!(problems.kind(), ProblemKind::NoIdentity);
}

#[test]
fn of_a_secret_only_the_values_are_sealed_unless_a_rule_decides() {
    let ann = person(1);
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData:\n  password: hunter2 # x\n";
    let sealed = seal(secret, &sops(&[&ann])).unwrap();
    assert!(sealed.contains("kind: Secret\n") && sealed.contains("encrypted_regex: ^(data|stringData)$"));
    assert_eq!(get(&sealed, "password", &ann.keyring).unwrap(), "hunter2");
    let rule = format!("creation_rules:\n  - age: {}\n", ann.recipient);
    let config = SopsConfig::parse(".sops.yaml", rule.as_bytes()).unwrap();
    let sealing = config.creation_rule("x").unwrap().unwrap().sealing().unwrap();
    assert_eq!(
        (sealing.format, sealing.origin.as_str()),
        (Format::Sops, "rule 1 at .sops.yaml:2:5")
    );
    assert!(seal(secret, &sealing).unwrap().contains("kind: ENC["));
}

#[test]
fn what_a_rule_cannot_mean_is_refused_by_place() {
    for (rule, place) in [
        ("age: age1nobody", ".sops.yaml:2:10"),
        ("age: ''", ".sops.yaml:2:5"),
    ] {
        let text = format!("creation_rules:\n  - {rule}\n");
        let config = SopsConfig::parse(".sops.yaml", text.as_bytes()).unwrap();
        let error = config.creation_rule("x").unwrap().unwrap().sealing().unwrap_err();
        assert_eq!(error.place().unwrap().to_string(), place, "{error}");
    }
    let ann = person(1);
    let config = "creation_rules:\n  - kms: arn:aws:kms:eu:1:key/k\n";
    let config = SopsConfig::parse(".sops.yaml", config.as_bytes()).unwrap();
    let kms = config.creation_rule("x").unwrap().unwrap().sealing().unwrap();
    assert_eq!(seal("a: b\n", &kms).unwrap_err().kind(), ProblemKind::Unsupported);
    let torn = seal("a: ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\n", &sops(&[&ann])).unwrap_err();
    assert!(torn.to_string().contains("without SOPS metadata"));
    let scoped = sops(&[&ann]).with_scope(sealkit::formats::Scope::Strict);
    assert_eq!(seal("a: b\n", &scoped).unwrap_err().kind(), ProblemKind::Misuse);
}

#[test]
fn values_are_read_set_and_removed_by_path() {
    let ann = person(1);
    let sealed = seal(TEXT, &sops(&[&ann])).unwrap();
    assert_eq!(get(&sealed, "list[1].b", &ann.keyring).unwrap(), "c");
    let changed = set(&sealed, "password", "new", &ann.keyring).unwrap();
    assert_eq!(
        open(&changed, &ann.keyring).unwrap(),
        TEXT.replace("hunter2", "new")
    );
    let added = set(&sealed, "more.keys", "x", &ann.keyring).unwrap();
    assert_eq!(
        open(&added, &ann.keyring).unwrap(),
        format!("{TEXT}more:\n  keys: x\n")
    );
    let any = sealkit::Selector::default();
    let options = SealOptions::at(NOW);
    let gone = ["user".to_owned(), "list[0]".to_owned()];
    let outcome =
        sealkit::sops::unset(&parse(&sealed), &any, &gone, &ann.keyring, &options, &mut rng(1)).unwrap();
    assert_eq!(outcome.report.count(&Action::Removed), 1);
    let left = open(outcome.stream.unwrap().as_str(), &ann.keyring).unwrap();
    assert!(
        !left.contains("user:") && left.contains("list: [{b: c}]"),
        "{left}"
    );
    for item in ["nothing", "list[9]", "user.name", "list", "a..b"] {
        assert!(get(&sealed, item, &ann.keyring).is_err(), "{item}");
    }
}

#[test]
fn a_number_stays_a_number_and_what_is_none_becomes_text() {
    let ann = person(1);
    let sealed = seal("n: 1\nt: \"1\"\nb: true\n", &sops(&[&ann])).unwrap();
    let set = |item, value| open(&set(&sealed, item, value, &ann.keyring).unwrap(), &ann.keyring).unwrap();
    assert_eq!(set("n", "2"), "n: 2\nt: \"1\"\nb: true\n");
    assert_eq!(set("t", "2"), "n: 1\nt: \"2\"\nb: true\n");
    assert_eq!(set("b", "false"), "n: 1\nt: \"1\"\nb: false\n");
    assert_eq!(
        get(&seal(&set("n", "02"), &sops(&[&ann])).unwrap(), "n", &ann.keyring).unwrap(),
        "02"
    );
}

#[test]
fn without_an_identity_it_is_said_why_sops_cannot_do_it() {
    let ann = person(1);
    let sealed = seal(TEXT, &sops(&[&ann])).unwrap();
    let problems = set(&sealed, "password", "new", &Keyring::new()).unwrap_err();
    let first = problems.iter().next().unwrap();
    assert_eq!(problems.kind(), ProblemKind::NoIdentity);
    assert!(first.why().unwrap().contains("one code over all values"));
    assert!(first.hint().unwrap().contains("native"));
    assert!(problems.iter().count() == 2, "who could open it is said too");
}

#[test]
fn an_edit_keeps_the_tokens_of_what_it_left_alone() {
    let ann = person(1);
    let sealed = seal(TEXT, &sops(&[&ann])).unwrap();
    let plain = open(&sealed, &ann.keyring).unwrap();
    let edited = parse(&plain.replace("hunter2", "new"));
    let options = SealOptions::at(NOW + 60);
    let outcome = sealkit::reseal(
        &parse(&sealed),
        &edited,
        &sops(&[]),
        &ann.keyring,
        &options,
        &mut rng(3),
    )
    .unwrap();
    assert_eq!(outcome.report.entries[0].items, ["password"]);
    let again = outcome.stream.unwrap();
    let differing = sealed
        .lines()
        .zip(again.as_str().lines())
        .filter(|(a, b)| a != b)
        .count();
    assert_eq!(
        (differing, sealed.lines().count()),
        (3, again.as_str().lines().count())
    );
}

#[test]
fn who_came_gets_the_same_data_key_and_who_went_makes_a_new_one() {
    let (ann, bob) = (person(1), person(2));
    let sealed = seal(TEXT, &sops(&[&ann])).unwrap();
    let options = RotateOptions {
        now: NOW + 60,
        ..RotateOptions::default()
    };
    let rotate = |text: &str, people: &[&Person], keyring: &Keyring| {
        sealkit::rotate(&parse(text), &sops(people), keyring, &options, &mut rng(5)).unwrap()
    };
    assert!(
        rotate(&sealed, &[&ann], &Keyring::new()).stream.is_none(),
        "nothing is due"
    );
    let both = rotate(&sealed, &[&ann, &bob], &ann.keyring);
    assert_eq!(both.report.count(&Action::Rewrapped), 1);
    let both = both.stream.unwrap().to_string();
    assert!(
        sealed.lines().all(|line| both.contains(line)),
        "no line of it changed"
    );
    assert_eq!(open(&both, &bob.keyring).unwrap(), TEXT);
    let due = sealkit::rotation(&parse(&both), &sops(&[&bob]), &options).unwrap();
    assert!(matches!(&due[0].due, Due::Rotate { removed, .. } if removed.len() == 1));
    assert!(due[0].items.contains(&"password".to_owned()));
    let alone = rotate(&both, &[&bob], &ann.keyring);
    assert_eq!(alone.report.count(&Action::Rotated), 1);
    let alone = alone.stream.unwrap().to_string();
    assert_eq!(open(&alone, &bob.keyring).unwrap(), TEXT);
    assert!(open(&alone, &ann.keyring).is_err());
    let token = |text: &str| {
        text.lines()
            .find(|line| line.starts_with("user:"))
            .unwrap()
            .to_owned()
    };
    assert_eq!(token(&sealed), token(&both));
    assert_ne!(token(&both), token(&alone));
    let native = crate::support::native(&[&bob]);
    let problems = sealkit::rotate(&parse(&alone), &native, &bob.keyring, &options, &mut rng(5)).unwrap_err();
    assert_eq!(problems.kind(), ProblemKind::Conflict);
}

#[test]
fn plaintext_in_a_sealed_file_is_found_by_place_and_sealed_where_it_stands() {
    let ann = person(1);
    let sealed = seal(TEXT, &sops(&[&ann])).unwrap();
    let pasted = sealed.replace("user:", "pasted: s3cret-marked\nuser:");
    let checked = sealkit::check(&parse(&pasted), None, &CheckOptions::default());
    assert_eq!(
        (checked.sealed, checked.plaintext, checked.findings.len()),
        (0, 1, 1)
    );
    let finding = &checked.findings[0];
    assert_eq!(
        (finding.id, finding.place.to_string().as_str()),
        ("plaintext-in-sealed", "file.yaml:2:9")
    );
    let problems = seal(&pasted, &sops(&[&ann])).unwrap_err();
    for text in [format!("{checked:?}"), format!("{problems:?} {problems}")] {
        assert!(!text.contains("s3cret-marked"), "{text}");
    }
    let options = SealOptions::at(NOW);
    let seal_in =
        |text: &str| sealkit::sops::seal_exposed(&parse(text), &ann.keyring, &options, &mut rng(9)).unwrap();
    let outcome = seal_in(&pasted);
    assert_eq!(outcome.report.entries[0].items, ["pasted"]);
    assert_eq!(
        outcome.report.notes().count(),
        0,
        "the code of the rest was checked"
    );
    let whole = open(outcome.stream.unwrap().as_str(), &ann.keyring).unwrap();
    assert_eq!(whole, TEXT.replace("user:", "pasted: s3cret-marked\nuser:"));
    let line = sealed.lines().find(|line| line.starts_with("user:")).unwrap();
    let outcome = seal_in(&sealed.replace(line, "user: other"));
    assert!(
        outcome
            .report
            .notes()
            .any(|note| note.message.contains("could not be checked"))
    );
    assert!(seal_in(&sealed).stream.is_none());
}

#[test]
fn what_a_file_says_without_a_key() {
    let (ann, bob) = (person(1), person(2));
    let mut sealing = sops(&[&ann]);
    let sealed = seal(TEXT, &sealing).unwrap();
    let mut names = Names::default();
    names.add("ann", &ann.recipient);
    let inspected = sealkit::inspect(&parse(&sealed), &names);
    let [inspection] = &inspected[..] else {
        panic!("{inspected:?}")
    };
    assert_eq!(inspection.recognised, Recognised::Sops);
    assert_eq!(inspection.recipients[0].name.as_deref(), Some("ann"));
    assert_eq!(inspection.items, ["user", "password", "list", "list.b"]);
    let sops_says = inspection.sops.as_ref().unwrap();
    assert_eq!((sops_says.sealed_values, sops_says.groups), (4, (1, 1)));
    let checked = sealkit::check(&parse(&sealed), Some(&sealing), &CheckOptions::default());
    assert_eq!((checked.sealed, checked.findings.len()), (1, 0));
    sealing = sops(&[&ann, &bob]);
    let checked = sealkit::check(&parse(&sealed), Some(&sealing), &CheckOptions::default());
    assert_eq!(
        (checked.findings[0].id, checked.findings[0].severity),
        ("rotation-due", Severity::Error)
    );
}

mod stores {
    use sealkit::sops::{Store, StoredFile};

    use super::*;

    fn file<'a>(name: &'a str, bytes: &'a [u8]) -> StoredFile<'a> {
        StoredFile {
            store: Store::of_name(name),
            name,
            bytes,
        }
    }

    const ENV: &str = "# of the shop\nUSER=shop\n\nPASSWORD=hunter2\nEMPTY=\nLAST=two\\nlines\n";
    const INI: &str = "; of the shop\n[database]\nuser     = shop\npassword = \"hunter2\" ; ask Ann\n\n\n[cache]\nurl=redis://x\n";

    /// Seals and answers with the text.
    fn sealed(name: &str, text: &[u8], ann: &Person) -> Vec<u8> {
        let options = SealOptions::at(NOW);
        let outcome = file(name, text)
            .seal(&sops(&[ann]), &options, &mut rng(11))
            .unwrap();
        outcome.bytes.unwrap().to_vec()
    }

    fn opened(name: &str, bytes: &[u8], keyring: &Keyring) -> Vec<u8> {
        file(name, bytes).open(keyring).unwrap().bytes.unwrap().to_vec()
    }

    #[test]
    fn every_store_opens_to_the_same_bytes() {
        let ann = person(1);
        for (name, text) in [
            (".env", ENV.as_bytes()),
            ("a.env", b"A=b\r\nC=d"),
            ("a.ini", INI.as_bytes()),
            ("key.pem", b"\x00\xffanything"),
            ("empty", b""),
        ] {
            let sealed = sealed(name, text, &ann);
            assert!(
                file(name, &sealed).is_sealed() && !file(name, text).is_sealed(),
                "{name}"
            );
            assert_eq!(opened(name, &sealed, &ann.keyring), text, "{name}");
            assert!(file(name, &sealed).open(&person(2).keyring).is_err());
            assert!(file(name, &sealed).untouched().unwrap().bytes.is_none());
        }
    }

    #[test]
    fn one_changed_value_changes_three_lines_of_a_file_that_keeps_its_layout() {
        let ann = person(1);
        for (name, text, item) in [("x.env", ENV, "PASSWORD"), ("x.ini", INI, "database.password")] {
            let before = sealed(name, text.as_bytes(), &ann);
            let options = SealOptions::at(NOW + 60);
            let set = file(name, &before).set(item, &plaintext("new"), &ann.keyring, &options, &mut rng(3));
            let outcome = set.unwrap();
            assert_eq!(outcome.report.entries[0].items, [item]);
            let after = outcome.bytes.unwrap();
            let (old, new) = (
                String::from_utf8(before).unwrap(),
                String::from_utf8(after.to_vec()).unwrap(),
            );
            let differing = old.lines().zip(new.lines()).filter(|(a, b)| a != b).count();
            assert_eq!(
                (differing, old.lines().count()),
                (3, new.lines().count()),
                "{name}"
            );
            let plain = String::from_utf8(opened(name, &after, &ann.keyring)).unwrap();
            assert_eq!(plain, text.replace("hunter2", "new"), "{name}");
            let got = file(name, &after).get(item, &ann.keyring).unwrap();
            assert_eq!(got.expose_str(), Some("new"));
            let gone = file(name, &after)
                .unset(item, &ann.keyring, &options, &mut rng(4))
                .unwrap();
            assert!(file(name, &gone.bytes.unwrap()).get(item, &ann.keyring).is_err());
            assert!(
                file(name, &after)
                    .set(item, &plaintext("x"), &Keyring::new(), &options, &mut rng(5))
                    .is_err()
            );
        }
    }

    #[test]
    fn keys_come_and_go_and_plaintext_is_found() {
        let (ann, bob) = (person(1), person(2));
        let options = RotateOptions {
            now: NOW,
            ..RotateOptions::default()
        };
        for (name, text, line) in [
            ("x.env", ENV, "PASTED=s3cret-marked\n"),
            ("x.ini", INI, "[p]\nasted=s3cret-marked\n"),
            ("x.bin", "bytes", ""),
        ] {
            let first = sealed(name, text.as_bytes(), &ann);
            let both = file(name, &first)
                .rotate(&sops(&[&ann, &bob]), &ann.keyring, &options, &mut rng(6))
                .unwrap();
            assert_eq!(both.report.count(&Action::Rewrapped), 1);
            let both = both.bytes.unwrap();
            assert_eq!(opened(name, &both, &bob.keyring), text.as_bytes());
            let alone = file(name, &both)
                .rotate(&sops(&[&bob]), &ann.keyring, &options, &mut rng(7))
                .unwrap();
            assert_eq!(alone.report.count(&Action::Rotated), 1);
            let alone = alone.bytes.unwrap();
            assert_eq!(opened(name, &alone, &bob.keyring), text.as_bytes());
            assert!(file(name, &alone).open(&ann.keyring).is_err());
            let checked = file(name, &alone).check(Some(&sops(&[&ann])), &CheckOptions::default());
            assert_eq!(checked.findings[0].id, "rotation-due");
            if line.is_empty() {
                continue;
            }
            let pasted = format!("{line}{}", String::from_utf8(alone.to_vec()).unwrap());
            let checked = file(name, pasted.as_bytes()).check(None, &CheckOptions::default());
            assert_eq!(
                (checked.findings[0].id, checked.sealed),
                ("plaintext-in-sealed", 0),
                "{name}"
            );
            let problems = file(name, pasted.as_bytes()).open(&bob.keyring).err().unwrap();
            assert!(!format!("{problems:?} {problems} {checked:?}").contains("s3cret-marked"));
        }
    }

    #[test]
    fn pasted_plaintext_is_sealed_where_it_stands_and_nothing_else_changes() {
        let ann = person(1);
        for (name, text, old, new, item) in [
            (
                "x.env",
                ENV,
                "USER=shop\n",
                "USER=shop\nPASTED=s3cret-marked\n",
                "PASTED",
            ),
            ("x.env", ENV, "USER=shop\n", "USER=s3cret-marked\n", "USER"),
            (
                "x.ini",
                INI,
                "[cache]\n",
                "[cache]\npasted=s3cret-marked\n",
                "cache.pasted",
            ),
            (
                "x.ini",
                INI,
                "url=redis://x\n",
                "url=s3cret-marked\n",
                "cache.url",
            ),
        ] {
            // The line is pasted in the place of the sealed line that `old` became.
            let before = String::from_utf8(sealed(name, text.as_bytes(), &ann)).unwrap();
            let key = old.trim_end().split(['=', ' ']).next().unwrap();
            let line = before.lines().find(|line| line.starts_with(key)).unwrap();
            let added = new.strip_prefix(old).map(|added| format!("{line}\n{added}"));
            let took_place = added.is_none();
            let line = format!("{line}\n");
            let pasted = before.replacen(&line, &added.unwrap_or(new.to_owned()), 1);

            let options = SealOptions::at(NOW + 60);
            let seal = |keyring| file(name, pasted.as_bytes()).seal_exposed(keyring, &options, &mut rng(4));
            let outcome = seal(&ann.keyring).unwrap();
            let entry = &outcome.report.entries[0];
            assert_eq!(entry.items, [item]);
            assert_eq!(entry.notes.len(), usize::from(took_place), "{name} {item}");
            let after = String::from_utf8(outcome.bytes.unwrap().to_vec()).unwrap();
            let changed = after.lines().filter(|line| !pasted.contains(line)).count();
            assert_eq!(changed, 3, "the value, the code and the date: {after}");
            let expected = text.replacen(old, new, 1);
            assert_eq!(
                opened(name, after.as_bytes(), &ann.keyring),
                expected.as_bytes(),
                "{name} {item}"
            );

            let untouched = file(name, after.as_bytes()).seal_exposed(&ann.keyring, &options, &mut rng(5));
            assert!(untouched.unwrap().bytes.is_none());
            let refused = seal(&person(2).keyring).err().unwrap();
            assert_eq!(
                refused.iter().count(),
                2,
                "no identity, and where the plaintext stands"
            );
            // A value that does not open is no plaintext: nothing is sealed beside it.
            let moved = pasted
                .replace("LAST=", "FIRST=")
                .replace("password ", "passwort ");
            let refused = file(name, moved.as_bytes()).seal_exposed(&ann.keyring, &options, &mut rng(6));
            assert!(refused.is_err());
        }
    }

    #[test]
    fn a_sealed_file_is_known_by_what_sops_wrote_into_it() {
        let ann = person(1);
        for (name, text, from, to) in [
            ("x.env", ENV, "EMPTY=", "no line"),
            ("x.ini", INI, "[cache]", "[cache"),
            ("x.bin", INI, "\"data\": \"", "\"data\": "),
        ] {
            let sealed = String::from_utf8(sealed(name, text.as_bytes(), &ann)).unwrap();
            let damaged = sealed.replacen(from, to, 1);
            assert_ne!(damaged, sealed);
            let damaged = file(name, damaged.as_bytes());
            assert!(
                damaged.is_sealed() && damaged.open(&ann.keyring).is_err(),
                "{name}"
            );
        }
        for (name, text) in [
            ("x.env", "NOTE=about sops and ENC[AES256_GCM,\n"),
            ("x.ini", "[tools]\nsops = 3\n"),
            (
                "x.bin",
                r#"{"inputs": {"sops": {"version": "3", "mac": "ENC[AES256_GCM,"}}}"#,
            ),
            ("x.bin", r#"{"sops": {"version": "3"}}"#),
            ("x.yaml", "sops: {mac: x}\n"),
        ] {
            assert!(!file(name, text.as_bytes()).is_sealed(), "{name}: {text}");
        }
    }

    #[test]
    fn an_edited_file_keeps_its_tokens_and_metadata_is_not_sealed_again() {
        let ann = person(1);
        let before = sealed("x.env", ENV.as_bytes(), &ann);
        let options = SealOptions::at(NOW);
        let edit = |edited: &str| {
            file("x.env", &before).reseal(edited.as_bytes(), &ann.keyring, &options, &mut rng(8))
        };
        assert!(edit(ENV).unwrap().bytes.is_none());
        let outcome = edit(&ENV.replace("USER=shop", "USER=other\nNEW=x")).unwrap();
        assert_eq!(outcome.report.entries[0].items, ["USER", "NEW"]);
        assert!(edit("sops_mac=x\n").is_err() && edit("no line\n").is_err());
        assert!(
            file("x.env", &before)
                .seal(&sops(&[&ann]), &options, &mut rng(9))
                .is_err()
        );
    }
}
