//! The specification's vectors and its conformance checklist, one test for each row that a library can show. Rows about
//! the command line are the transcripts of `sealkit-cli`; those that need the peer are `cargo xtask conformance sops`;
//! age's own vectors are those of `sealkit-crypto`.

use sealkit_crypto::DataKey;
use sealkit_formats::sops::cipher::ValueKey;
use sealkit_formats::sops::document::{Tree, TreeError};
use sealkit_formats::sops::metadata::VERSION;
use sealkit_formats::sops::rules::Selector;
use sealkit_formats::sops::store::{Layout, Store, StoreError};
use sealkit_formats::sops::token::{Kind, Token};
use sealkit_formats::sops::{DEFAULT_ORDER, MacProblem, recover};

use super::*;

/// A vector: the key is 00 to 1f, the nonce 20 to 3f.
fn vector(kind: Kind, aad: &str, plaintext: &str, data: &str, tag: &str) {
    let bytes: Vec<u8> = (0..32).collect();
    let key = ValueKey::new(&DataKey::from_slice(&bytes).expect("32 bytes"));
    let nonce: [u8; 32] = core::array::from_fn(|at| 0x20 + at as u8);
    let token = key
        .encrypt(kind, plaintext.as_bytes(), aad, &nonce)
        .expect("it is short");
    let written = token.to_string();
    assert!(written.contains(&format!(",tag:{tag},")), "{written}");
    assert!(
        data.is_empty() || written.contains(&format!("data:{data},")),
        "{written}"
    );
    let read = Token::parse(&written).expect("our own token");
    assert_eq!(
        key.decrypt(&read, aad).expect("untouched").expose(),
        plaintext.as_bytes()
    );
}

#[test]
fn vector_of_a_string() {
    vector(Kind::Str, "a:b:", "hello", "f6SdJOI=", "TEFu+ejkdT0ijPtelDWwfg==");
}

#[test]
fn vector_of_an_integer() {
    vector(Kind::Int, "n:", "42", "I/M=", "UzMwOWR3/DEzgoo5/g7l1A==");
}

#[test]
fn vector_of_a_float() {
    vector(Kind::Float, "f:", "1.5", "Ju/E", "uJBeK8Rb0IhyEwRMiZ5ZVA==");
}

#[test]
fn vector_of_a_boolean() {
    vector(Kind::Bool, "t:", "True", "Q7OELQ==", "4iWWWhCEZvejl7gDSpigug==");
}

#[test]
fn vector_of_a_time() {
    let (data, tag) = ("JfHDfKA/5w72YDJH1rpRz72hh/4=", "2gCfWdJPduCVbuLzqNbDnA==");
    vector(Kind::Time, "d:", "2024-01-01T00:00:00Z", data, tag);
}

#[test]
fn vector_of_a_comment() {
    vector(
        Kind::Comment,
        ":",
        " note",
        "N6+ePOg=",
        "cPJU+gQfuk2Cck4/gS4NwA==",
    );
}

#[test]
fn vector_of_the_code() {
    let code = "35BBF4C32F4D0FFD7D1D8D3916A03E00D31911E9EDB320E64A590B5B9705A9C444720A8EDDAA69AFB2E1252E4B6C7DD7F522FB42969BB7D\
                566EF140E6774EFE5";
    vector(
        Kind::Str,
        "2024-01-02T03:04:05Z",
        code,
        "",
        "iYzbDu8HHAckYVPhGvdMmg==",
    );
}

fn opened(store: Store, file: &str, text: &[u8], verify: bool) -> Result<Tree, StoreError> {
    let identities = identities(&["age-x25519.txt"]);
    let identities: Vec<&dyn Identity> = identities.iter().map(Box::as_ref).collect();
    let closed = store.read_closed(file, text)?;
    let recovered = recover(&closed.metadata, &[&AgeIdentities(&identities)], &DEFAULT_ORDER);
    Ok(Tree::open(closed, recovered.expect("our key").key, verify)?)
}

const STORES: [(Store, &str); 5] = [
    (Store::Yaml, "yaml"),
    (Store::Json, "json"),
    (Store::Dotenv, "env"),
    (Store::Ini, "ini"),
    (Store::Binary, "bin"),
];

#[test]
fn row_1_files_of_every_version_open_in_every_store_with_their_code() {
    for (store, ending) in STORES {
        for version in ["3.8.1", "3.9.4", "3.13.3"] {
            let file = format!("enc-{version}-age.{ending}");
            let tree = opened(store, &file, &bytes(&file), true);
            let tree = tree.unwrap_or_else(|error| panic!("{file}: {error}"));
            let printed = store
                .print(&tree.documents, &Layout::default())
                .expect("its own store");
            if version == "3.13.3" {
                let expected = bytes(&format!("dec-3.13.3-age.{ending}"));
                assert_eq!(printed.as_slice(), expected, "{file}");
            }
        }
    }
}

#[test]
fn row_3_an_edit_of_one_value_changes_its_token_the_time_and_the_code() {
    for (store, ending) in &STORES[..4] {
        let file = format!("enc-3.13.3-age.{ending}");
        let text = bytes(&file);
        let mut tree = opened(*store, &file, &text, true).expect("our key");
        let closed = tree.seal(now(), &mut rng()).expect("it was sealed before");
        let again = store
            .print_closed(closed, &Layout::default())
            .expect("its own store");
        let again = String::from_utf8(again.to_vec()).expect("text");
        let before = String::from_utf8(text).expect("text");
        let tokens = |text: &str| -> Vec<String> {
            let pieces = text.split("ENC[").skip(1);
            pieces
                .filter(|piece| !piece.contains("type:comment"))
                .map(|piece| piece.split(']').next().unwrap_or_default().to_owned())
                .collect()
        };
        let (before, again) = (tokens(&before), tokens(&again));
        let changed = before.iter().zip(&again).filter(|(a, b)| a != b).count();
        assert_eq!(
            (before.len(), changed),
            (again.len(), 1),
            "{file}: the code alone"
        );
    }
}

#[test]
fn row_5_metadata_is_sorted_and_has_what_other_tools_search_for() {
    let plain = "password: x\n";
    let text = seal(&stream("t.yaml", plain)).stream.to_string();
    assert!(
        text.contains("\nsops:\n") && text.contains("    mac: ENC["),
        "{text}"
    );
    assert!(
        text.contains("lastmodified: \"2026-01-02T03:04:05Z\"\n"),
        "{text}"
    );
    assert!(text.ends_with(&format!("version: {VERSION}\n")), "{text}");
    let at = |field: &str| text.find(&format!("\n    {field}:")).expect("it is written");
    let fields = ["age", "lastmodified", "mac", "unencrypted_suffix", "version"];
    assert!(fields.windows(2).all(|two| at(two[0]) < at(two[1])), "{text}");
    let json = seal(&stream("t.json", "{\n\t\"password\": \"x\"\n}\n"))
        .stream
        .to_string();
    assert!(json.contains("\"mac\": \"ENC["), "{json}");
}

#[test]
fn row_7_every_kind_of_tampering_has_its_own_answer() {
    let sealed = seal(&stream("t.yaml", "a: x\nb: y\nc_unencrypted: z\n"))
        .stream
        .to_string();
    let open = |text: &str| opened(Store::Yaml, "t.yaml", text.as_bytes(), true).map(|_| ());
    let tree = |result: Result<(), StoreError>| match result {
        Err(StoreError::Tree(error)) => error,
        other => panic!("{other:?}"),
    };
    assert!(open(&sealed).is_ok());
    let tampered = tree(open(&sealed.replacen("data:", "data:AAAA", 1)));
    assert!(matches!(tampered, TreeError::Values(values) if values[0].0 == "a"));
    let moved = tree(open(&sealed.replacen("a: ENC", "q: ENC", 1)));
    assert!(matches!(moved, TreeError::Values(values) if values[0].0 == "q"));
    let edited = tree(open(&sealed.replacen("c_unencrypted: z", "c_unencrypted: w", 1)));
    assert!(matches!(edited, TreeError::Mac(MacProblem::Different)));
    let dated = tree(open(&sealed.replacen("2026-01-02T03", "2026-01-02T04", 1)));
    assert!(matches!(dated, TreeError::Mac(MacProblem::Closed(_))));
    let stripped: String = sealed
        .lines()
        .filter(|line| !line.contains(" mac: "))
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(matches!(
        tree(open(&stripped)),
        TreeError::Mac(MacProblem::Missing)
    ));
}

#[test]
fn row_8_an_invalid_regex_and_an_empty_group_are_refused_before_anything_is_sealed() {
    let plain = stream("t.yaml", "a: x\n");
    let invalid = seal_as(&plain, |options| {
        options.selector = Some(Selector::EncryptedRegex("(".into()));
    });
    assert!(matches!(invalid, Err(SealError::Selector(_))), "{invalid:?}");
    let empty = seal_as(&plain, |options| options.groups = vec![Vec::new()]);
    assert!(empty.is_err());
}
