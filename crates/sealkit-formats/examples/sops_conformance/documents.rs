//! Random documents in the styles that people and tools write.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Which store a document is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Yaml,
    Json,
}

/// The value of the key `first`, which is there to be edited.
pub(crate) const FIRST: &str = "unique-first-value";

/// Writes one document.
pub(crate) struct Writer {
    rng: StdRng,
    kind: Kind,
    /// Whether dates, and JSON integers beyond 2⁵³, may occur.
    current: bool,
    out: String,
    keys: u32,
}

const WORDS: &[&str] = &[
    "plain",
    "two words",
    "pässwörd ☃",
    "yes",
    "0123",
    "1e3",
    "a: b",
    "#x",
    "x #y",
    "- z",
    "'q'",
    "\"d\"",
    "back\\slash",
    "ENC[AES256_GCM,data:x]",
    "trailing ",
    " leading",
    "tab\there",
    "a,b [c] {d}",
    "2001-12-14",
    "null",
    "~",
    "<<",
    "*a",
    "&a",
    "!t",
    "%p",
    "@at",
    "`b",
    "emoji 😀",
    "colon:",
    "line\nbreak",
    "two\nlines\n",
    "blank\n\n\nlines\n\n",
    "nbsp\u{a0}",
];

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-7",
    "42",
    "1.5",
    "-0.25",
    "1e3",
    "1.0",
    "100000",
    "123456789.125",
    "1e-7",
    "1e21",
    "9007199254740991",
];

const YAML_NUMBERS: &[&str] = &[
    "0777",
    "0x1F",
    "08",
    "1_000",
    ".5",
    "+3",
    "0o17",
    "9007199254740993",
];

impl Writer {
    pub(crate) fn new(seed: u64, kind: Kind, current: bool) -> Writer {
        Writer {
            rng: StdRng::seed_from_u64(seed),
            kind,
            current,
            out: String::new(),
            keys: 0,
        }
    }

    pub(crate) fn document(mut self) -> String {
        match self.kind {
            Kind::Json => self.json_root(),
            Kind::Yaml => self.yaml_root(),
        }
        self.out
    }

    fn one_in(&mut self, n: u32) -> bool {
        self.rng.random_range(0..n) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.rng.random_range(0..from.len())]
    }

    fn key(&mut self) -> String {
        self.keys += 1;
        let stem = self.pick(&[
            "key",
            "pass_word",
            "data",
            "ключ",
            "with space",
            "k-v",
            "x_unencrypted",
            "a.b",
        ]);
        format!("{stem}{}", self.keys)
            + if stem.ends_with("_unencrypted") {
                "_unencrypted"
            } else {
                ""
            }
    }

    fn yaml_root(&mut self) {
        if self.one_in(4) {
            self.out.push_str("# at the very top\n");
        }
        if self.one_in(4) {
            self.out.push_str("---\n");
        }
        self.out.push_str(&format!("first: {FIRST}\n"));
        self.yaml_mapping(0, 0);
        if self.one_in(5) {
            self.out.push_str("---\n");
            self.yaml_mapping(0, 1);
        }
        if self.one_in(5) {
            self.out.push_str("# at the very end\n");
        }
    }

    fn yaml_mapping(&mut self, indent: usize, depth: u32) {
        for _ in 0..self.rng.random_range(1..5) {
            self.own_line_comment(indent);
            let key = self.key();
            self.pad(indent);
            self.out.push_str(&format!("{key}:"));
            self.yaml_value(indent, depth);
        }
        self.closing_comment(indent);
    }

    fn yaml_list(&mut self, indent: usize, depth: u32) {
        for _ in 0..self.rng.random_range(1..4) {
            self.own_line_comment(indent);
            self.pad(indent);
            self.out.push('-');
            if depth < 4 && self.one_in(5) {
                let key = self.key();
                self.out.push_str(&format!(" {key}:"));
                self.yaml_value(indent + 2, depth + 1);
                if self.one_in(2) {
                    self.yaml_mapping(indent + 2, depth + 1);
                }
            } else {
                self.yaml_scalar(indent, depth);
            }
        }
        self.closing_comment(indent);
    }

    fn yaml_value(&mut self, indent: usize, depth: u32) {
        let step = [2, 4][self.rng.random_range(0..2)];
        if depth < 4 && self.one_in(4) {
            self.key_line_comment();
            self.out.push('\n');
            self.yaml_mapping(indent + step, depth + 1);
        } else if depth < 4 && self.one_in(4) {
            self.key_line_comment();
            self.out.push('\n');
            let same = self.one_in(3);
            self.yaml_list(if same { indent } else { indent + step }, depth + 1);
        } else {
            self.yaml_scalar(indent, depth);
        }
    }

    fn yaml_scalar(&mut self, indent: usize, depth: u32) {
        let mut inline = true;
        match self.rng.random_range(0..12) {
            0 => self
                .out
                .push_str([" true", " false", " True"][self.rng.random_range(0..3)]),
            // Around an element of a list that is left out the peer loses comments.
            1 => {
                let forms = if self.out.ends_with('-') { 2 } else { 3 };
                self.out
                    .push_str([" null", " ~", ""][self.rng.random_range(0..forms)]);
            }
            2 => {
                self.out
                    .push_str([" {}", " []", " \"\"", " ''"][self.rng.random_range(0..4)]);
                // A comment behind an empty collection becomes text that the peer itself cannot read.
                inline = false;
            }
            3 | 4 => {
                let set = if self.one_in(2) { YAML_NUMBERS } else { NUMBERS };
                let number = self.pick(set);
                self.out.push_str(&format!(" {number}"));
            }
            5 if self.current => {
                let time = self.pick(&[
                    "2001-12-14",
                    "2001-12-14T21:59:43.10-05:00",
                    "2024-01-01 10:00:00",
                ]);
                self.out.push_str(&format!(" {time}"));
            }
            6 if depth < 5 => {
                let text = self.pick(WORDS);
                let text = quoted(text);
                self.out.push_str(&format!(" {{a: 1, b: [x, {text}], c: {{}}}}"));
            }
            7 => {
                let style = self.pick(&["|", "|-", "|+", ">", ">-"]);
                let inner = " ".repeat(indent + 2);
                self.out
                    .push_str(&format!(" {style}\n{inner}block text\n{inner}second # line\n"));
                if style == "|" && self.one_in(2) {
                    self.out.push_str(&format!("\n{inner}third\n"));
                }
                return;
            }
            8 => self.out.push_str(" bare words"),
            9 => self.out.push_str(" 'it''s quoted'"),
            _ => {
                let text = self.pick(WORDS);
                self.out.push_str(&format!(" {}", quoted(text)));
                inline = !text.contains('\n');
            }
        }
        if inline && self.one_in(6) {
            self.out.push_str(" # inline note");
        }
        self.out.push('\n');
        if self.one_in(10) {
            self.out.push('\n');
        }
    }

    fn key_line_comment(&mut self) {
        if self.one_in(8) {
            self.out.push_str(" # on the key's line");
        }
    }

    fn own_line_comment(&mut self, indent: usize) {
        if self.one_in(5) {
            let lines = self.rng.random_range(1..3);
            for _ in 0..lines {
                self.pad(indent);
                let text = self.pick(&["# note", "#tight", "## double", "# ünïcode ☃"]);
                self.out.push_str(text);
                self.out.push('\n');
            }
        }
    }

    fn closing_comment(&mut self, indent: usize) {
        if self.one_in(8) {
            self.pad(indent);
            self.out.push_str("# closing note\n");
        }
    }

    fn pad(&mut self, indent: usize) {
        self.out.push_str(&" ".repeat(indent));
    }

    fn json_root(&mut self) {
        let pretty = self.one_in(2);
        let unit = if self.one_in(2) { "\t" } else { "  " };
        let gap = if pretty {
            format!("\n{unit}")
        } else {
            String::new()
        };
        self.out.push_str(&format!("{{{gap}\"first\": \"{FIRST}\""));
        for _ in 0..self.rng.random_range(1..8) {
            let key = self.key();
            self.out.push_str(&format!(",{gap}\"{key}\": "));
            self.json_value(0);
        }
        self.out.push_str(if pretty { "\n}\n" } else { "}\n" });
    }

    fn json_value(&mut self, depth: u32) {
        match self.rng.random_range(0..8) {
            0 => self
                .out
                .push_str(["true", "false", "null"][self.rng.random_range(0..3)]),
            1 => self
                .out
                .push_str(["{}", "[]", "\"\""][self.rng.random_range(0..3)]),
            2 | 3 => {
                let number = self.pick(NUMBERS);
                self.out.push_str(number);
                if self.current && self.one_in(3) && number != "0" && !number.contains(['e', '.']) {
                    self.out.push_str("00");
                }
            }
            4 if depth < 4 => {
                self.out.push('[');
                for at in 0..self.rng.random_range(1..4) {
                    self.out.push_str(if at > 0 { ", " } else { "" });
                    self.json_value(depth + 1);
                }
                self.out.push(']');
            }
            5 if depth < 4 => {
                let key = self.key();
                self.out.push_str(&format!("{{\"{key}\": "));
                self.json_value(depth + 1);
                self.out.push('}');
            }
            _ => {
                let text = self.pick(WORDS);
                self.out.push_str(&quoted(text));
            }
        }
    }
}

/// In double quotes, which YAML and JSON read alike.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}
