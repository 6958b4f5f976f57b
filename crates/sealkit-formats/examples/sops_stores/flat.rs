//! Random dotenv and INI files, as people write them, and random bytes.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::documents::FIRST;

const VALUES: &[&str] = &[
    "plain",
    "two words",
    "pässwörd ☃",
    "",
    "'quoted'",
    "a=b=c",
    "https://user:pa55@host:8443/path?q=1&r=2",
    "$HOME/${x}",
    "0123",
    "1.5e10",
    "true",
    "null",
    "emoji 😀",
    "back\\slash",
    "ENC[AES256_GCM,data:x]",
    "eyJhbGciOiJIUzI1NiJ9.e30.Et9HFtf9R3GEMA0IICOfFMVXY7kkTX1wr4qCyIf58U",
    "colon: here",
    "-----BEGIN KEY-----",
];

struct Dice(StdRng);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    fn one_in(&mut self, count: u32) -> bool {
        self.0.random_range(0..count) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.0.random_range(0..from.len())]
    }

    fn key(&mut self, at: u32) -> String {
        let stem = self.pick(&["DB_HOST", "password", "ключ", "KEY", "api.token", "X_unencrypted"]);
        match stem.strip_suffix("_unencrypted") {
            Some(stem) => format!("{stem}{at}_unencrypted"),
            None => format!("{stem}{at}"),
        }
    }
}

/// Lines of `KEY=value` with comments, blank lines, and line breaks in their two characters.
pub(crate) fn dotenv(seed: u64) -> String {
    let mut dice = Dice::new(seed);
    let mut text = String::new();
    let count = dice.0.random_range(1..9);
    let first = dice.0.random_range(0..count);
    for at in 0..count {
        if dice.one_in(4) {
            text.push_str(dice.pick(&["# a note\n", "#tight\n", "# ünïcode ☃ = 1\n", "#\n", "\n"]));
        }
        let key = dice.key(at);
        let mut value = dice.pick(VALUES).to_owned();
        if dice.one_in(4) {
            value.push_str(dice.pick(&["\\nsecond line", "\\n", " trailing ", "\ttab", "# no comment"]));
        }
        if at == first {
            text.push_str(&format!("first={FIRST}\n"));
        }
        text.push_str(&format!("{key}={value}\n"));
    }
    if dice.one_in(4) {
        text.push_str("# at the end\n");
    }
    text
}

/// Sections with comments above them and above their keys, values bare and in the quotes that they need.
pub(crate) fn ini(seed: u64) -> String {
    let mut dice = Dice::new(seed);
    let mut text = String::new();
    if dice.one_in(4) {
        text.push_str("before = any section\n");
    }
    let count = dice.0.random_range(1..4);
    for at in 0..count {
        if dice.one_in(4) {
            text.push_str(dice.pick(&["; about the section\n", "# about it\n"]));
        }
        text.push_str(&format!(
            "[{} {at}]\n",
            dice.pick(&["main", "section", "раздел", "a.b"])
        ));
        if at == 0 {
            text.push_str(&format!("first = {FIRST}\n"));
        }
        for key in 0..dice.0.random_range(1..6) {
            if dice.one_in(5) {
                text.push_str(dice.pick(&["; a note\n", "# ünïcode ☃\n", "\n"]));
            }
            let name = dice.key(key);
            let equals = dice.pick(&[" = ", "=", ": "]);
            let value = dice.pick(VALUES);
            let value = match dice.one_in(6) {
                true => dice.pick(&[
                    "`with ; and #`",
                    "\"  spaces  \"",
                    "\"\"\"two\nlines\"\"\"",
                    "`a \"b\" 'c'`",
                    "",
                ]),
                false => value,
            };
            text.push_str(&format!("{name}{equals}{value}\n"));
        }
    }
    text
}

/// Text in some encoding, or bytes that are none.
pub(crate) fn binary(seed: u64) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let length = dice.0.random_range(0..300);
    let mut bytes = FIRST.as_bytes().to_vec();
    match dice.0.random_range(0..3) {
        0 => bytes.extend((0..length).map(|_| dice.0.random::<u8>())),
        1 => bytes.extend(VALUES.join("\r\n").into_bytes()),
        _ => bytes.extend((0..length).flat_map(|_| dice.pick(VALUES).bytes())),
    }
    if dice.one_in(2) {
        bytes.push(b'\n');
    }
    bytes
}
