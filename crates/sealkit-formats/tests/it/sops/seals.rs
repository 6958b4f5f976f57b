//! What we seal opens again, keeps its layout, and changes only where it was changed.

use sealkit_formats::sops::MacProblem;
use sealkit_formats::sops::rules::Selector;

use super::*;

fn lines_that_differ(before: &str, after: &str) -> Vec<String> {
    let old: Vec<&str> = before.lines().collect();
    after
        .lines()
        .filter(|line| !old.contains(line))
        .map(|line| line.trim().to_owned())
        .collect()
}

fn round_trip(text: &str) -> String {
    let sealed = seal(&stream("t.yaml", text));
    open(&sealed.stream).expect("our own file").stream().to_string()
}

#[test]
fn a_tag_goes_and_the_comment_behind_it_stays() {
    assert_eq!(
        round_trip("a: !!str # why\n  b\nc: 1\n"),
        "a:  # why\n  b\nc: 1\n"
    );
    assert_eq!(round_trip("a: &x !!str # why\n  b\n"), "a:  # why\n  b\n");
    assert_eq!(round_trip("a: !!str b # why\n"), "a: b # why\n");
    assert_eq!(round_trip("a: !!str\n# why\n  b\n"), "a: \n# why\n  b\n");
}

#[test]
fn blanks_behind_a_value_do_not_become_part_of_it() {
    assert_eq!(round_trip("a: b  \nc: 1\n"), "a: b  \nc: 1\n");
    for blanks in [" ", "  ", "\t"] {
        let text = format!("a: b\n\n  c{blanks}\nd: 1\n");
        assert_eq!(round_trip(&text), "a: |-\n    b\n    c\nd: 1\n");
        let text = format!("a: b\n\n  c{blanks}");
        assert_eq!(round_trip(&text), "a: |-\n    b\n    c\n");
    }
}

#[test]
fn a_block_scalar_may_end_with_the_file() {
    for (text, back) in [
        ("a: |\n  b\n  c", "a: |-\n    b\n    c\n"),
        ("a: |\n  b \n   c ", "a: |-\n    b \n     c \n"),
        ("a: | \n b,\n    c ", "a: |-\n    b,\n       c \n"),
        ("a: >\n  b\n\n   c\t", "a: |-\n    b\n\n     c\t\n"),
    ] {
        assert_eq!(round_trip(text), back, "{text:?}");
    }
}

#[test]
fn what_stays_open_may_end_with_the_file_too() {
    for (text, back) in [
        ("a: |+\n   ", "a: \"\"\n"),
        ("a: | # c", "a: \"\" # c\n"),
        (
            "a_unencrypted: | # c\n  x\n  y",
            "a_unencrypted: |- # c\n    x\n    y\n",
        ),
        (
            "a_unencrypted: | # c\r  x\r  y",
            "a_unencrypted: |- # c\n    x\n    y\n",
        ),
        (
            "b: 1\na_unencrypted: |\n  x\n  y",
            "b: 1\na_unencrypted: |-\n    x\n    y\n",
        ),
        (
            "a_unencrypted:\n  - |\n    x\n    y\n\n     ",
            "a_unencrypted:\n  - |-\n      x\n      y\n\n       \n",
        ),
        (
            "a_unencrypted: |+\n  x\n\n   ",
            "a_unencrypted: |-\n    x\n\n     \n",
        ),
    ] {
        assert_eq!(round_trip(text), back, "{text:?}");
    }
}

#[test]
fn blanks_of_a_block_scalar_that_stand_alone_are_its_own() {
    for (text, back) in [
        ("a: |\n s\n   ", "a: |-\n    s\n      \n"),
        ("a: |\n s\n   \nb: 1\n", "a: |\n    s\n      \nb: 1\n"),
        ("a: |\n s\n   \n\n\nb: 1\n", "a: |\n    s\n      \n\n\nb: 1\n"),
        ("a: |\n      s\n     ", "a: \"s\\n\"\n     "),
        ("a: |\n      s\n     \n\nb: 1\n", "a: \"s\\n\"\n     \n\nb: 1\n"),
        ("a: |+\n s\n   \n\nb: 1\n", "a: |+\n    s\n      \n\nb: 1\n"),
        (
            "a: >\n \n s \n   t # c\n        ",
            "a: |4-\n\n    s \n      t # c\n           \n",
        ),
    ] {
        assert_eq!(round_trip(text), back, "{text:?}");
    }
}

#[test]
fn a_comment_behind_the_end_of_a_document_is_nobodys_child() {
    for text in [
        "-:\n...\n#\n #",
        "n:\n...\n # c\n",
        "a:\n  c: d\n...\n  # no\n...\n # e",
    ] {
        assert_eq!(round_trip(text), text);
    }
}

#[test]
fn a_comment_may_stand_alone_in_braces() {
    for text in [
        "{ # why\n}\n",
        "{ # why\r\n}\r",
        "{\n  # why\n  # not\n  }",
        "{ # a\n} # b\n# c\n",
    ] {
        assert_eq!(round_trip(text), text);
    }
}

#[test]
fn sealing_and_opening_gives_the_text_back() {
    for text in [
        "a: b\n",
        "# top\na: b # inline\n\n\nm:\n  # head\n  n: 1\n  l:\n  - x\n  # y\n  - {k: v}\n# foot\n",
        "a: |\n    one\n    two\n",
        "a: |-\n    one\n    two\nb: 1\n",
        "a: | # why\n    one\n    two\n# x\nb: 1\n",
        "l:\n- |- # why\n  one\n  two\n- x\nm:\n  n: 1\n",
        "a: {b: c, d: [1, 2.5, true, null, x]}\n",
        "{\"a\": \"b\", \"l\": [1, \"two\"]}\n",
        "{\n  \"a\": \"b\",\n  \"l\": [\n    1\n  ]\n}\n",
        "---\na: 1\n---\nb: 2\n# end\n",
        "a: 1\n...\n---\nb: 2",
        "a: 2001-12-14T00:00:00Z\nb: -0.0\nc: 1e300\nd: .inf\ne: .nan\nf: 12345678901234567890123\n",
        "a_unencrypted: 1.50   # spelled by hand\nb: x\n",
        "e: \"\"\nn: null\nm: {}\nl: []\nv:\n",
        "a: &x 1\nb_unencrypted: {c: &y [1]}\nd_unencrypted: *y\n",
        "  a: 1\n  b: 2\n",
        "\u{feff}a: 1\nm:\n  # x\n  n: 2\n",
    ] {
        let back = round_trip(text);
        let text = if text.ends_with('\n') {
            text.to_owned()
        } else {
            format!("{text}\n")
        };
        assert_eq!(
            back,
            text.replace("12345678901234567890123", "1.2345678901234568e22")
        );
    }
}

#[test]
fn sealing_leaves_everything_but_values_and_comments_where_it_was() {
    let text = "# note\nname_unencrypted:   keep   # not this\n\nsecret:   'x'   # this\nlist:\n- a\n-   b\n";
    let sealed = seal(&stream("t.yaml", text));
    let masked = mask(sealed.stream.as_str());
    assert!(
        masked.starts_with(
            "#ENC\nname_unencrypted:   keep   #ENC\n\nsecret:   ENC   #ENC\nlist:\n- ENC\n-   ENC\nsops:\n    age:\n        - enc: |\n"
        ),
        "{masked}"
    );
    assert!(masked.contains("\n          recipient: age1"), "{masked}");
    assert!(
        masked.ends_with(
            "    lastmodified: \"2026-01-02T03:04:05Z\"\n    mac: ENC\n    unencrypted_suffix: _unencrypted\n    version: 3.13.3\n"
        ),
        "{masked}"
    );
}

fn mask(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("ENC[") {
        out.push_str(&rest[..at + 3]);
        rest = &rest[at + rest[at..].find(']').expect("closed") + 1..];
    }
    out + rest
}

#[test]
fn a_text_that_did_not_change_gives_the_file_back() {
    let sealed = seal(&stream("t.yaml", "a: b\n"));
    let before = sealed.stream.to_string();
    let opened = open(&sealed.stream).expect("our own file");
    let text = opened.stream().clone();
    let again = opened.reseal(&text, now(), &mut rng()).expect("it seals");
    assert_eq!(again.stream.as_str(), before);
}

#[test]
fn one_changed_value_changes_its_token_the_code_and_the_date() {
    let later = Timestamp::parse_rfc3339("2027-01-01T00:00:00Z").expect("RFC 3339");
    for file in [
        "enc-3.13.3-age.yaml",
        "enc-3.13.3-age.json",
        "enc-3.9.4-age.yaml",
        "enc-3.8.1-age.json",
    ] {
        let sealed = Stream::parse(file, &bytes(file)).expect("it parses");
        let opened = open(&sealed).expect("our key");
        let (from, to) = if file.ends_with("yaml") {
            (": Secret", ": Other")
        } else {
            ("\"two\"", "\"three\"")
        };
        let edited = stream(file, &opened.stream().as_str().replace(from, to));
        let again = opened.reseal(&edited, later, &mut rng()).expect("it seals");
        let changed = lines_that_differ(sealed.as_str(), again.stream.as_str());
        assert_eq!(changed.len(), 3, "{file}: {changed:#?}");
        assert!(
            changed[1].contains("2027-01-01T00:00:00Z") && changed[2].contains("mac"),
            "{changed:?}"
        );
        assert_eq!(
            sealed.as_str().lines().count(),
            again.stream.as_str().lines().count(),
            "{file}"
        );
        open(&again.stream).expect("it opens again");
    }
}

#[test]
fn selectors_decide_what_is_sealed() {
    let text = "data:\n  a: 1\nother: 2\n# mark\nmarked: 3\n";
    let sealed = |selector: Selector| {
        let sealed = seal_as(&stream("t.yaml", text), |options| {
            options.selector = Some(selector)
        })
        .expect("good");
        let masked = mask(sealed.stream.as_str());
        open(&sealed.stream).expect("our own file");
        masked.split("sops:").next().expect("a part").to_owned()
    };
    assert_eq!(
        sealed(Selector::EncryptedRegex("^data$".into())),
        "data:\n  a: ENC\nother: 2\n# mark\nmarked: 3\n"
    );
    assert_eq!(
        sealed(Selector::EncryptedCommentRegex("mark".into())),
        "data:\n  a: 1\nother: 2\n# mark\nmarked: ENC\n"
    );
    assert_eq!(
        sealed(Selector::UnencryptedCommentRegex("^ mark".into())),
        "data:\n  a: ENC\nother: ENC\n# mark\nmarked: 3\n"
    );
}

#[test]
fn tampering_is_noticed_and_named() {
    let sealed = seal(&stream("t.yaml", "a: one\nb: two\nplain_unencrypted: p\n"));
    let text = sealed.stream.as_str();
    let tokens: Vec<&str> = text.lines().take(2).map(|line| &line[3..]).collect();
    let swapped = text
        .replace(tokens[0], "@")
        .replace(tokens[1], tokens[0])
        .replace('@', tokens[1]);
    let error = |text: &str| open(&stream("t.yaml", text)).expect_err("it was changed");
    assert_eq!(error(&swapped).to_string(), "cannot open a, b");
    assert_eq!(
        error(&text.replace("unencrypted: p", "unencrypted: q")).to_string(),
        "the message authentication code does not match"
    );
    assert!(matches!(
        error(&text.replace("2026-01-02", "2026-01-03")),
        OpenError::Mac {
            problem: MacProblem::Closed(_),
            ..
        }
    ));
    let without: String = text
        .lines()
        .filter(|line| !line.contains("mac:"))
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(matches!(
        error(&without),
        OpenError::Mac {
            problem: MacProblem::Missing,
            ..
        }
    ));
    let pasted = error(&text.replace(tokens[0], "hunter2"));
    assert!(!format!("{pasted} {:?} {:?} {pasted:?}", pasted.why(), pasted.hint()).contains("hunter2"));
    assert!(matches!(error("a: 1\n"), OpenError::NoMetadata { .. }));
}

#[test]
fn what_cannot_be_sealed_is_refused() {
    let refused = |text: &str| {
        seal_as(&stream("t.yaml", text), |_| {})
            .expect_err("refused")
            .to_string()
    };
    assert_eq!(
        refused("a: 1\nsops: {}\n"),
        "the file already contains sops metadata"
    );
    assert_eq!(
        refused("a: &x {b: 1}\nc: *x\n"),
        "an alias repeats a value that is to be encrypted"
    );
    assert_eq!(
        refused("&a a: &b b\n*b : *a\n"),
        "an alias repeats a value that is to be encrypted"
    );
    assert_eq!(refused("a: 18446744073709551615\n"), "a number is too large");
    assert_eq!(refused("- a\n"), "the document is not a mapping");
    let empty = seal_as(&stream("t.yaml", "a: 1\n"), |options| {
        options.groups = vec![vec![]]
    });
    assert_eq!(empty.expect_err("nobody").to_string(), "empty key group provided");
    let selector = Selector::EncryptedRegex("(".into());
    let invalid = seal_as(&stream("t.yaml", "a: 1\n"), |options| {
        options.selector = Some(selector)
    });
    assert!(
        invalid
            .expect_err("invalid")
            .to_string()
            .starts_with("encrypted_regex is refused")
    );
}

#[test]
fn an_alias_to_a_sealed_value_gets_its_own_token() {
    let sealed = seal(&stream("t.yaml", "a: &x secret\nb: *x\n"));
    let masked = mask(sealed.stream.as_str());
    assert!(masked.starts_with("a: &x ENC\nb: ENC\n"), "{masked}");
}
