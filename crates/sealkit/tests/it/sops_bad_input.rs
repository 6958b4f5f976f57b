//! The edge cases of SOPS in sealkit's own verbs: what is refused is refused by place and nothing comes out; what SOPS
//! takes is taken.

use sealkit::formats::sops::rules::Selector;
use sealkit::sops::{Store, StoredFile};
use sealkit::{OpenOptions, Problems, SealOptions, Sealing, SopsSealing, manifest::Stream};

use crate::support::{NOW, Person, open, person, rng, seal};

fn sops(person: &Person) -> Sealing {
    Sealing::sops(vec![person.recipient.clone()])
}

/// Where and what the first problem is.
fn told(result: Result<String, Problems>) -> (String, String) {
    let problems = result.expect_err("it is refused");
    let problem = problems.iter().next().unwrap();
    let place = problem.place().map(|place| place.to_string()).unwrap_or_default();
    assert!(
        problem.hint().is_some() || problem.why().is_some(),
        "{problem}: and what now?"
    );
    (place, problem.what())
}

#[test]
fn what_sops_cannot_seal_is_refused_by_place() {
    let ann = person(1);
    for (text, place, what) in [
        ("- a\n- b\n", "file.yaml:1:1", "not a mapping"),
        ("just text\n", "file.yaml:1:1", "not a mapping"),
        ("a: 1\nb:\n  2: x\n", "file.yaml:3:3", "not a string"),
        ("true: x\n", "file.yaml:1:1", "not a string"),
        ("~: x\n", "file.yaml:1:1", "not a string"),
        ("n: 9223372036854775808\n", "file.yaml:1:4", "too large"),
        (
            "a: &x secret\nb: {c: *x, d: [*x]}\nl: &y [1]\nm: *y\n",
            "file.yaml:4:4",
            "alias",
        ),
        ("a: 1\nsops: {x: y}\n", "file.yaml:1:1", "already contains"),
        ("a: 1\n---\nsops: x\n", "file.yaml:3:1", "already contains"),
        (
            "a: ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\n",
            "file.yaml:1:1",
            "without SOPS metadata",
        ),
    ] {
        let (found, said) = told(seal(text, &sops(&ann)));
        assert_eq!(found, place, "{text:?}: {said}");
        assert!(said.contains(what), "{text:?}: {said}");
    }
    for text in ["", "# only a comment\n"] {
        assert!(seal(text, &sops(&ann)).is_err(), "{text:?}");
    }
}

#[test]
fn what_is_no_yaml_is_refused_before_anybody_asks_for_sops() {
    let deep = format!("a: {}1{}\n", "[".repeat(600), "]".repeat(600));
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned()
        + &(1..9u8)
            .map(|at| {
                let (name, before) = ((b'a' + at) as char, (b'a' + at - 1) as char);
                format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 9].join(","))
            })
            .collect::<String>();
    for text in [
        &b"a: 1\na: 2\n"[..],
        b"a: \xff\n",
        b"a: [\n",
        deep.as_bytes(),
        bomb.as_bytes(),
    ] {
        assert!(Stream::parse("t.yaml", text).is_err());
    }
}

#[test]
fn what_sops_leaves_alone_stays_and_what_it_takes_comes_back() {
    let ann = person(1);
    for text in [
        "n: null\ne: \"\"\nm: {}\nl: []\nv: x\n",
        "open_unencrypted: {a: 1, b: [x]}\nv: x\n",
        "a:b: x\na:\n  b: z\n",
        "d: 2024-01-01T00:00:00Z\nq: \"2024-01-01\"\ny: \"yes\"\nz: \"0123\"\n",
        "\u{feff}a: b\r\nc: d\r\n",
        "a: b\n---\nc: d\n",
    ] {
        let sealed = seal(text, &sops(&ann)).unwrap_or_else(|problems| panic!("{text:?}: {problems}"));
        assert_eq!(open(&sealed, &ann.keyring).unwrap(), text);
    }
    let sealed = seal("n: null\ne: \"\"\nm: {}\nl: []\nv: x\n", &sops(&ann)).unwrap();
    assert!(sealed.starts_with("n: null\ne: \"\"\nm: {}\nl: []\nv: ENC["));
}

#[test]
fn an_expression_that_does_not_compile_encrypts_nothing_in_sops_and_is_refused_here() {
    let ann = person(1);
    let mut sealing = sops(&ann);
    let recipient = ann.recipient.clone();
    sealing.sops = Some(SopsSealing {
        groups: vec![vec![sealkit::SopsKey::age(&recipient.to_string(), recipient)]],
        selector: Some(Selector::EncryptedRegex("(".to_owned())),
        ..SopsSealing::default()
    });
    let (_, what) = told(seal("a: b\n", &sealing));
    assert!(what.contains("encrypted_regex"), "{what}");
    sealing.sops.as_mut().unwrap().groups = vec![vec![]];
    assert!(seal("a: b\n", &sealing).is_err());
}

#[test]
fn a_damaged_file_gives_nothing_out() {
    let ann = person(1);
    let sealed = seal("a: one\nb: two\nl: [x, z]\n", &sops(&ann)).unwrap();
    let line = |start: &str| {
        sealed
            .lines()
            .find(|line| line.trim_start().starts_with(start))
            .unwrap()
    };
    let (a, b) = (line("a:"), line("b:"));
    for (damage, text) in [
        ("a value was cut", sealed.replace(a, &a[..a.len() - 3])),
        ("a field is missing", sealed.replacen(",tag:", ",gat:", 1)),
        (
            "values changed places",
            sealed.replace(a, &b.replacen("b:", "a:", 1)),
        ),
        ("a key was renamed", sealed.replacen("a: ", "c: ", 1)),
        (
            "the date was changed",
            sealed.replacen("lastmodified: \"2026", "lastmodified: \"2025", 1),
        ),
        (
            "the code is missing",
            sealed.replace(line("mac:"), "    other: field"),
        ),
        (
            "the wrapped key was cut",
            sealed.replacen("-----END AGE", "-----END EGA", 1),
        ),
        ("a value is gone", sealed.replace(&format!("{b}\n"), "")),
        ("two metadata", format!("{sealed}sops: {{mac: x}}\n")),
    ] {
        let Ok(stream) = Stream::parse("file.yaml", text.as_bytes()) else {
            continue;
        };
        assert_ne!(text, sealed, "{damage}");
        let problems = sealkit::open(&stream, &ann.keyring, &OpenOptions::default()).expect_err(damage);
        assert!(!format!("{problems} {problems:?}").contains("one"), "{damage}");
    }
    let unknown = sealed
        .replacen("    version:", "    unknown: {field: 1}\n    version:", 1)
        .replace("3.13.3", "4.0.0");
    assert!(
        open(&unknown, &ann.keyring).is_ok(),
        "unknown fields and newer versions are no reason not to open"
    );
}

#[test]
fn files_of_lines_are_refused_by_line_and_never_quoted() {
    let ann = person(1);
    let options = SealOptions::at(NOW);
    for (name, text, place) in [
        (".env", &b"A=1\ns3cret-marked\n"[..], ".env:2:1"),
        (".env", b"A=\xff\n", ".env:1:3"),
        (".env", b"A=1\nsops_mac=x\n", ".env:1:1"),
        ("x.ini", b"[sops]\na=1\n", "x.ini:1:1"),
        ("x.ini", b"[a\nb=s3cret-marked\n", "x.ini:1:1"),
    ] {
        let file = StoredFile {
            store: Store::of_name(name),
            name,
            bytes: text,
        };
        let problems = file.seal(&sops(&ann), &options, &mut rng(1)).err().expect(name);
        let problem = problems.iter().next().unwrap();
        assert_eq!(problem.place().unwrap().to_string(), place, "{problem}");
        assert!(!format!("{problem} {problem:?} {:?}", problem.why()).contains("s3cret-marked"));
    }
    let binary = StoredFile {
        store: Store::Binary,
        name: "x.bin",
        bytes: b"{\"sops\": {\"mac\": \"x\", \"age\": [{\"recipient\": \"r\", \"enc\": \"e\"}]}}",
    };
    assert!(binary.open(&ann.keyring).is_err());
}
