//! Bad and hostile input: a clear error with its place, never a crash, never a byte of the text.

use sealkit_manifest::{Limits, ParseError, Stream};

fn refused(bytes: &[u8]) -> ParseError {
    Stream::parse("bad.yaml", bytes).unwrap_err()
}

fn place(error: &ParseError) -> String {
    error.place().unwrap().to_string()
}

#[test]
fn malformed_yaml_and_json_are_refused_where_reading_stopped() {
    for (text, expected) in [
        ("a: b\n c: d\n", "bad.yaml:2:3"),
        ("a: [b\n", "bad.yaml:1:4"),
        ("a: \"b\n", "bad.yaml:1:4"),
        ("a: b\n\tc: d\n", "bad.yaml:1:4"),
        ("a: *b\n", "bad.yaml:1:4"),
        ("a: b\t\n\t# c\n d\n", "bad.yaml:2:2"),
        ("{\"a\": 1,}\n{\"b\" 2}", "bad.yaml:2:6"),
        ("{\"a\": \"\\x\"", "bad.yaml:1:9"),
    ] {
        let error = refused(text.as_bytes());
        assert!(matches!(error, ParseError::Syntax { .. }), "{text}: {error:?}");
        assert_eq!(place(&error), expected, "{text}: {error}");
    }
}

#[test]
fn duplicate_keys_are_refused_in_every_spelling() {
    for text in [
        "a: 1\n\"a\": 2\n",
        "{a: 1, 'a': 2}",
        "{\"a\": 1, \"\\u0061\": 2}",
        "1: x\n\"1\": y\n",
        "on: x\ntrue: y\n",
        "x:\n- a: 1\n  a: 2\n",
    ] {
        assert!(
            matches!(refused(text.as_bytes()), ParseError::DuplicateKey { .. }),
            "{text}"
        );
    }
}

#[test]
fn templates_are_refused_where_they_begin() {
    for (text, expected) in [
        ("kind: X\nname: {{ .Values.a }}\n", "bad.yaml:2:7"),
        ("{{- if .Values.a }}\nkind: X\n{{- end }}\n", "bad.yaml:1:1"),
        ("kind: X\n{{- range . }}\n- a\n{{- end }}\n", "bad.yaml:2:1"),
        ("a: {{ x }}-{{ y }}\n", "bad.yaml:1:4"),
        ("a: {{ include \"x\" . | nindent 2 }}\n", "bad.yaml:1:4"),
    ] {
        let error = refused(text.as_bytes());
        assert!(matches!(error, ParseError::Template { .. }), "{text}: {error:?}");
        assert_eq!(place(&error), expected, "{text}");
        assert!(error.hint().unwrap().contains("render"));
    }
    // Values may speak of templates.
    for text in [
        "a: \"{{ x }}\"\n",
        "a: |\n  {{ x }}\n",
        "a: b {{ $x }}\n",
        "# {{ x }}\na: b\n",
    ] {
        assert!(Stream::parse("good.yaml", text.as_bytes()).is_ok(), "{text}");
    }
}

#[test]
fn other_encodings_and_control_characters_are_refused_with_a_hint() {
    let wide = |le: bool| -> Vec<u8> {
        let units = "\u{feff}kind: X\n".encode_utf16();
        units
            .flat_map(|unit| {
                if le {
                    unit.to_le_bytes()
                } else {
                    unit.to_be_bytes()
                }
            })
            .collect()
    };
    for bytes in [
        wide(true),
        wide(false),
        wide(true)[2..].to_vec(),
        wide(false)[2..].to_vec(),
    ] {
        let error = refused(&bytes);
        assert!(
            matches!(error, ParseError::NotUtf8 { wide: true, .. }),
            "{error:?}"
        );
        assert!(error.hint().unwrap().contains("UTF-16"));
    }
    let error = refused(b"a: b\nc: \xff\n");
    assert!(matches!(error, ParseError::NotUtf8 { wide: false, .. }));
    assert_eq!(place(&error), "bad.yaml:2:4");
    let error = refused(b"a: b\nc: \"\x07\"\n");
    assert!(matches!(error, ParseError::ControlCharacter { .. }));
    assert_eq!(place(&error), "bad.yaml:2:5");
}

#[test]
fn sizes_are_refused_above_the_limit_and_not_at_it() {
    let mut limits = Limits::default();
    limits.max_bytes = 8;
    assert!(Stream::parse_with("t", b"a: bcdef", &limits).is_ok());
    let error = Stream::parse_with("t", b"a: bcdefg", &limits).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the file has 9 bytes, more than the limit of 8"
    );
}

#[test]
fn nesting_ends_at_255_levels_and_ten_thousand_do_not_overflow_the_stack() {
    let flow = |levels: usize| format!("a: {}{}\n", "[".repeat(levels), "]".repeat(levels));
    let json = |levels: usize| format!("{{\"a\": {}{}}}", "[".repeat(levels), "]".repeat(levels));
    let block = |levels: usize| {
        (0..levels)
            .map(|at| format!("{}a:\n", " ".repeat(at)))
            .collect::<String>()
    };
    let dashes = |levels: usize| format!("{}x\n", "- ".repeat(levels));
    assert!(Stream::parse("t", flow(254).as_bytes()).is_ok());
    assert!(Stream::parse("t", json(254).as_bytes()).is_ok());
    assert!(Stream::parse("t", block(254).as_bytes()).is_ok());
    for text in [
        flow(255),
        json(255),
        dashes(256),
        flow(10_000),
        json(10_000),
        block(3_000),
        dashes(10_000),
    ] {
        let error = refused(text.as_bytes());
        assert!(matches!(error, ParseError::TooDeep { .. }), "{error:?}");
        assert!(error.place().is_some());
    }
}

#[test]
fn the_deepest_allowed_file_can_be_read_and_edited() {
    let text = format!(
        "apiVersion: v1\nkind: X\na: {}{}\n",
        "[".repeat(254),
        "]".repeat(254)
    );
    let stream = Stream::parse("t", text.as_bytes()).unwrap();
    let object = stream.objects().next().unwrap();
    assert!(object.root().value().is_ok());
    assert_eq!(stream.edit(&[]).unwrap().as_str(), text);
}

#[test]
fn a_billion_laughs_are_refused() {
    let mut text = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for at in 1..12 {
        let previous = format!("*a{}", at - 1);
        let repeated = vec![previous; 9].join(", ");
        text.push_str(&format!("a{at}: &a{at} [{repeated}]\n"));
    }
    let error = refused(text.as_bytes());
    assert!(
        matches!(error, ParseError::AliasBomb { unit: "bytes", .. }),
        "{error:?}"
    );
    assert!(error.place().is_some() && error.hint().is_some());

    let mut deep = String::from("a0: &a0 [x]\n");
    for at in 1..1000 {
        deep.push_str(&format!("a{at}: &a{at} [*a{}]\n", at - 1));
    }
    assert!(matches!(
        refused(deep.as_bytes()),
        ParseError::AliasBomb { unit: "levels", .. }
    ));
    assert!(matches!(refused(b"a: &a [*a]\n"), ParseError::AliasCycle { .. }));
}

#[test]
fn honest_aliases_are_read() {
    let text = "base: &b {x: 1}\na: *b\nb: {<<: *b, z: 2}\n";
    let stream = Stream::parse("t", text.as_bytes()).unwrap();
    let root = stream.documents().next().unwrap();
    let b = root.get("b").unwrap().value().unwrap().to_json();
    assert_eq!(b, serde_json::json!({"x": 1, "z": 2}));
}

#[test]
fn errors_never_quote_the_text() {
    let marked = "s3cr3t";
    for text in [
        "a: s3cr3t\n s3cr3t: s3cr3t\n",
        "s3cr3t: 1\ns3cr3t: 2\n",
        "a: \"s3cr3t\n",
        "a: {{ s3cr3t }}\n",
        "a: *s3cr3t\n",
        "a: !s3cr3t!x s3cr3t\n",
        "{\"s3cr3t\": s3cr3t",
        "a: \"\\s3cr3t\"\n",
        "%s3cr3t\ns3cr3t\n",
        "a: @s3cr3t\n",
        "- s3cr3t\ns3cr3t: x\n",
        "a: &s3cr3t [*s3cr3t]\n",
    ] {
        let error = refused(text.as_bytes());
        let told = format!("{error} {error:?} {:?} {:?}", error.why(), error.hint());
        assert!(!told.contains(marked), "{text}: {told}");
    }
}

#[test]
fn nothing_and_comments_alone_are_empty_streams() {
    for text in ["", "\n", "# c\n", "---\n", "---\n# c\n...\n", "\u{feff}"] {
        let stream = Stream::parse("t", text.as_bytes()).unwrap();
        assert_eq!(stream.objects().count(), 0);
        assert_eq!(stream.to_string(), text);
        assert_eq!(stream.edit(&[]).unwrap().as_str(), text);
    }
}
