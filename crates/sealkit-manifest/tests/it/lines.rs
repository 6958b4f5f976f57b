//! Dotenv and INI files: read as the peer was recorded to read them, printed back, edited without touching the rest.

use proptest::prelude::*;
use sealkit_manifest::dotenv::{self, Dotenv};
use sealkit_manifest::ini::{self, Comment, Ini};
use serde_json::{Value, json};

fn recorded(name: &str) -> Value {
    let text = sealkit_testdata::text(&format!("lines/{name}.json"));
    serde_json::from_str(&text).expect("a recorded answer")
}

#[test]
fn dotenv_files_are_read_as_the_peer_reads_them_and_printed_back() {
    for name in ["shop.env", "crlf.env"] {
        let bytes = sealkit_testdata::read(&format!("lines/{name}"));
        let file = Dotenv::parse(name, &bytes).expect("a dotenv file");
        assert_eq!(file.to_string().as_bytes(), bytes);
        let items: Vec<_> = file
            .items()
            .map(|item| match (item.key(), item.comment()) {
                (Some(key), _) => json!({"key": key, "value": item.value()}),
                (None, comment) => json!({ "comment": comment }),
            })
            .collect();
        assert_eq!(json!([{"name": "", "items": items}]), recorded(name), "{name}");
    }
}

#[test]
fn ini_files_are_read_as_the_peer_reads_them_and_printed_back() {
    for name in ["shop.ini", "crlf.ini"] {
        let bytes = sealkit_testdata::read(&format!("lines/{name}"));
        let file = Ini::parse(name, &bytes).expect("an INI file");
        assert_eq!(file.to_string().as_bytes(), bytes);
        assert_eq!(sections(&file), recorded(name), "{name}");
    }
}

/// Sections as the recordings have them.
fn sections(file: &Ini) -> Value {
    let comment = |comment: Option<Comment<'_>>| comment.map(|comment| json!({ "comment": comment.text() }));
    let section = |section: ini::Section<'_>| {
        let mut items: Vec<_> = comment(section.comment()).into_iter().collect();
        for entry in section.entries() {
            items.push(json!({"key": entry.key(), "value": entry.value()}));
            items.extend(comment(entry.comment()));
        }
        json!({"name": section.name(), "items": items})
    };
    file.sections().map(section).collect()
}

/// As `sops` writes a token, so that sealing and opening again can be played through.
fn token(value: &str) -> String {
    format!("ENC[AES256_GCM,data:{}=,iv:/+==,tag:==,type:str]", value.len())
}

#[test]
fn hand_written_files_come_back_byte_for_byte_after_every_value_was_a_token() {
    let shop = String::from_utf8(sealkit_testdata::read("lines/shop.ini")).expect("text");
    // What no edit can name: a continued value comes back on one line.
    let shop = shop.replace("path = C:\\x\\\n  more \\\n\n", "path = C:\\x\n");
    let file = Ini::parse("shop.ini", shop.as_bytes()).expect("an INI file");
    let sealed = with_all_values(&file, token);
    assert!(!sealed.as_str().contains("p@ss") && sealed.as_str().contains("; not standard"));
    let mut values = values(&file).into_iter();
    let opened = with_all_values(&sealed, |_| values.next().expect("as many values"));
    assert_eq!(opened.as_str(), shop);
}

fn values(file: &Ini) -> Vec<String> {
    let entries = file.sections().flat_map(|section| section.entries());
    entries.map(|entry| entry.value().into_owned()).collect()
}

fn with_all_values(file: &Ini, mut value: impl FnMut(&str) -> String) -> Ini {
    let mut new = Vec::new();
    for section in file.sections() {
        for entry in section.entries() {
            new.push((section.index(), entry.index(), value(&entry.value())));
        }
    }
    let changes: Vec<_> = new
        .iter()
        .map(|(section, entry, value)| ini::Change::Set {
            section: *section,
            entry: *entry,
            value,
        })
        .collect();
    file.edit(&changes).expect("every value can be set")
}

#[test]
fn time_grows_with_the_size_and_not_with_its_square() {
    let mut text = String::new();
    for index in 0..20_000 {
        text.push_str(&format!("; {index}\nkey_{index} = value {index}\n"));
    }
    let file = Ini::parse("big.ini", text.as_bytes()).expect("an INI file");
    let sealed = with_all_values(&file, token);
    assert_eq!(values(&sealed).len(), 20_000);
    let text = text.replace("; ", "#").replace(" = ", "=");
    let file = Dotenv::parse("big.env", text.as_bytes()).expect("a dotenv file");
    let changes: Vec<_> = (0..20_000)
        .map(|index| dotenv::Change::Set {
            item: 2 * index + 1,
            value: "x",
        })
        .collect();
    let edited = file.edit(&changes).expect("every value can be set");
    assert_eq!(edited.items().len(), 40_000);
}

/// Text that means something to a parser of lines.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\n"),
        Just("\n"),
        Just("k"),
        Just("="),
        Just("= "),
        Just(":"),
        Just("[s]\n"),
        Just("; c\n"),
        Just("#"),
        Just("\""),
        Just("'"),
        Just("`"),
        Just("\"\"\""),
        Just("\\"),
        Just("\\n"),
        Just("\r\n"),
        Just(" "),
        Just("é"),
        Just("-"),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_read_is_printed_back_and_an_empty_edit_changes_nothing(text in soup()) {
        if let Ok(file) = Dotenv::parse("t.env", text.as_bytes()) {
            prop_assert_eq!(file.as_str(), &text);
            prop_assert_eq!(file.edit(&[]).unwrap().to_string(), text.clone());
        }
        if let Ok(file) = Ini::parse("t.ini", text.as_bytes()) {
            prop_assert_eq!(file.as_str(), &text);
            prop_assert_eq!(file.edit(&[]).unwrap().to_string(), text.clone());
        }
    }

    #[test]
    fn setting_a_dotenv_value_leaves_every_other_byte(text in soup(), which in 0usize..8, value in "[a-z\n= #]{0,8}") {
        let Ok(file) = Dotenv::parse("t.env", text.as_bytes()) else { return Ok(()) };
        let Some(item) = file.item(which).filter(|item| item.key().is_some()) else { return Ok(()) };
        let edited = file.edit(&[dotenv::Change::Set { item: which, value: &value }]).unwrap();
        prop_assert!(edited.as_str().starts_with(&text[..item.span().start]));
        prop_assert!(edited.as_str().ends_with(&text[item.span().end..]));
    }

    #[test]
    fn setting_an_ini_value_leaves_every_other_line(text in soup(), which in 0usize..4, value in "[a-z\n=#;`\"' ]{0,8}") {
        let Ok(file) = Ini::parse("t.ini", text.as_bytes()) else { return Ok(()) };
        let section = file.sections().len() - 1;
        let Some(entry) = file.section(section).and_then(|section| section.entry(which)) else { return Ok(()) };
        let Ok(edited) = file.edit(&[ini::Change::Set { section, entry: which, value: &value }]) else { return Ok(()) };
        let line_start = text[..entry.span().start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[entry.span().end..].find('\n').map_or(text.len(), |at| entry.span().end + at);
        let has_comment = entry.comment().is_some();
        prop_assert!(has_comment || edited.as_str().starts_with(&text[..line_start]));
        prop_assert!(edited.as_str().ends_with(&text[line_end..]));
        let section = edited.section(section).unwrap();
        let again = section.entry(which).unwrap();
        prop_assert_eq!(&*again.value(), &value);
    }
}
