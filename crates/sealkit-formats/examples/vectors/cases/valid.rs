//! Vectors that open.

use super::{
    doc::{Case, Doc, Expect},
    draws::Draws,
    people::{People, Person},
};

pub(crate) fn cases(people: &People) -> Vec<Case> {
    let People {
        alice,
        bob,
        quinn,
        rosa,
        ..
    } = people;
    let mut cases = vec![
        one("recipient-x25519", "section 5, first row", &[alice], &["alice"]),
        one(
            "recipient-post-quantum",
            "section 5, second row",
            &[quinn],
            &["quinn"],
        ),
        one(
            "recipient-x509",
            "section 5, RSA certificate or key",
            &[rosa],
            &["rosa"],
        ),
        one(
            "recipient-plugin-among-others",
            "a plugin identity does not know its recipient: it tries the entries of its plugin",
            &[bob, &people.token],
            &["token"],
        ),
        one(
            "recipients-several",
            "the second of two recipients opens, too",
            &[alice, bob],
            &["bob"],
        ),
        one(
            "recipients-mixed",
            "a classic recipient beside a post-quantum one is the writer's decision, not the reader's",
            &[quinn, bob],
            &["quinn", "bob"],
        ),
        scope("scope-strict", Some("strict"), Some("shop"), alice),
        scope(
            "scope-namespace-wide",
            Some("namespace-wide"),
            Some("shop"),
            alice,
        ),
        scope("scope-cluster-wide", Some("cluster-wide"), Some("shop"), alice),
        scope(
            "scope-cluster-wide-without-namespace",
            Some("cluster-wide"),
            None,
            alice,
        ),
        scope("scope-absent", None, Some("shop"), alice),
        data_keys("data-keys-several", alice),
        unsorted("data-keys-unsorted", alice),
        planted("data-key-planted", people),
    ];
    cases.extend(age_files(people));
    cases.extend([
        values(
            "value-empty",
            "an empty plaintext is one block of padding",
            &[("empty", b"")],
            alice,
        ),
        values(
            "value-binary",
            "values are arbitrary bytes; 0x80 and zeros at the end are not padding",
            &[("binary", b"\x00\xff\x80\x00\x00"), ("mark", b"\x80")],
            alice,
        ),
        values(
            "padding-boundary",
            "31 bytes fill one block, 32 and 33 need a second one",
            &[("31", &[b'a'; 31]), ("32", &[b'a'; 32]), ("33", &[b'a'; 33])],
            alice,
        ),
        values(
            "item-keys-quoted",
            "keys that YAML 1.1 reads as something else are written in quotes",
            &[("on", b"on"), ("123", b"123"), (".dockerconfigjson", b"{}")],
            alice,
        ),
        template("template", alice),
        signatures("signatures-reserved", alice),
        status("status-ignored", alice),
        nothing("items-none"),
        junk_wrap("wrap-junk-for-another", people),
    ]);
    cases
}

/// One item, `password: hunter2`, under one data key.
pub(crate) fn plain(name: &str, doc: Doc, people: &[&Person]) -> Doc {
    let (mut doc, mut draws) = (doc, Draws::new(name));
    let id = doc.key(people, &mut draws);
    doc.item(&id, "password", b"hunter2", &mut draws);
    doc
}

fn password() -> Expect {
    Expect::Opens(vec![("password", b"hunter2".to_vec())])
}

fn case(
    name: &'static str,
    note: &'static str,
    identities: &[&'static str],
    expect: Expect,
    doc: Doc,
) -> Case {
    Case {
        name,
        randomised: false,
        identities: identities.to_vec(),
        expect,
        note,
        doc,
    }
}

fn one(name: &'static str, note: &'static str, people: &[&Person], identities: &[&'static str]) -> Case {
    let randomised = people.iter().any(|person| person.draws_itself());
    Case {
        randomised,
        ..case(
            name,
            note,
            identities,
            password(),
            plain(name, Doc::new(), people),
        )
    }
}

fn age_files(people: &People) -> Vec<Case> {
    let people = [
        ("recipient-ssh-ed25519", &people.sshed, "sshed"),
        ("recipient-ssh-rsa", &people.sshrsa, "sshrsa"),
        ("recipient-plugin", &people.token, "token"),
    ];
    let cases = people
        .into_iter()
        .map(|(name, person, who)| one(name, "section 5, an age file", &[person], &[who]));
    cases.collect()
}

fn scope(name: &'static str, scope: Option<&str>, namespace: Option<&str>, alice: &Person) -> Case {
    let doc = Doc {
        scope: scope.map(str::to_owned),
        namespace: namespace.map(str::to_owned),
        ..Doc::new()
    };
    let note = "section 2, the bytes of `place`; an absent scope is strict";
    case(name, note, &["alice"], password(), plain(name, doc, &[alice]))
}

fn values(name: &'static str, note: &'static str, items: &[(&'static str, &[u8])], alice: &Person) -> Case {
    let (mut doc, mut draws) = (Doc::new(), Draws::new(name));
    let id = doc.key(&[alice], &mut draws);
    for (item, plaintext) in items {
        doc.item(&id, item, plaintext, &mut draws);
    }
    for (item, _) in &mut doc.items {
        if item.bytes().all(|byte| byte.is_ascii_digit()) || item == "on" {
            *item = format!("\"{item}\"");
        }
    }
    let opens = items
        .iter()
        .map(|(item, plaintext)| (*item, plaintext.to_vec()))
        .collect();
    case(name, note, &["alice"], Expect::Opens(opens), doc)
}

fn data_keys(name: &'static str, alice: &Person) -> Case {
    let (mut doc, mut draws) = (Doc::new(), Draws::new(name));
    let [first, second] = [0, 1].map(|_| doc.key(&[alice], &mut draws));
    doc.item(&second, "password", b"hunter2", &mut draws);
    doc.item(&first, "username", b"shop", &mut draws);
    let expect = Expect::Opens(vec![
        ("password", b"hunter2".to_vec()),
        ("username", b"shop".to_vec()),
    ]);
    case(
        name,
        "two writes have left a data key each; each is unwrapped once",
        &["alice"],
        expect,
        doc,
    )
}

fn unsorted(name: &'static str, alice: &Person) -> Case {
    let mut case = data_keys(name, alice);
    case.doc.keys.reverse();
    Case {
        note: "a server has merged two data keys by id, and servers do not sort",
        ..case
    }
}

fn planted(name: &'static str, people: &People) -> Case {
    let (mut doc, mut draws) = (Doc::new(), Draws::new(name));
    let id = doc.key(&[&people.alice], &mut draws);
    doc.item(&id, "password", b"hunter2", &mut draws);
    // Known to whoever reads this line, and wrapped for the real recipient.
    let planted = doc.key_of([0x42; 32], &[&people.alice], &mut draws);
    doc.item(&planted, "username", b"shop", &mut draws);
    let expect = Expect::Opens(vec![
        ("password", b"hunter2".to_vec()),
        ("username", b"shop".to_vec()),
    ]);
    let note =
        "a data key of 32 bytes 0x42 was planted: it opens, and a later `set` must not encrypt under it";
    case(name, note, &["alice"], expect, doc)
}

fn template(name: &'static str, alice: &Person) -> Case {
    let mut doc = plain(name, Doc::new(), &[alice]);
    doc.metadata = "  labels: {app: shop}\n".to_owned();
    doc.spec = "  template:\n    type: Opaque\n    immutable: true\n    metadata:\n      labels: {app: shop}\n      \
                annotations: {owner: \"123\"}\n"
        .to_owned();
    case(
        name,
        "section 1, everything a template may hold",
        &["alice"],
        password(),
        doc,
    )
}

fn signatures(name: &'static str, alice: &Person) -> Case {
    let mut doc = plain(name, Doc::new(), &[alice]);
    doc.spec = "  signatures: []\n".to_owned();
    case(
        name,
        "section 8: the reserved field is additive, a reader of version 1 passes over it",
        &["alice"],
        password(),
        doc,
    )
}

fn status(name: &'static str, alice: &Person) -> Case {
    let mut doc = plain(name, Doc::new(), &[alice]);
    doc.top =
        "status:\n  observedGeneration: 1\n  conditions: [{type: Ready, status: \"True\"}]\n".to_owned();
    case(
        name,
        "section 1: the controller's status in a file is ignored",
        &["alice"],
        password(),
        doc,
    )
}

fn nothing(name: &'static str) -> Case {
    case(
        name,
        "an empty Secret: no item and no data key",
        &["alice"],
        Expect::Opens(Vec::new()),
        Doc::new(),
    )
}

fn junk_wrap(name: &'static str, people: &People) -> Case {
    let mut doc = plain(name, Doc::new(), &[&people.alice, &people.bob]);
    doc.keys[0].wrapped[1].1 = super::writer::b64(&[0xaa; 80]);
    let note = "section 8: what an entry for somebody else holds is not looked at until she opens it";
    case(name, note, &["alice"], password(), doc)
}
