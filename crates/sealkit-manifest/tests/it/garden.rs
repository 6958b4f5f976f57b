//! Grows random manifests in every style an author might use, from a seed.
//!
//! What grows here is valid YAML by construction; what it means is read by the parser under test and by serde-saphyr.

use std::fmt::Write as _;

/// A small deterministic generator (`SplitMix64`), so that a failing seed is all that must be reported.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// A YAML file with one object in it.
pub(crate) fn manifest(dice: &mut Dice) -> String {
    let mut gardener = Gardener {
        step: [2, 4, 3, 1][dice.below(4)],
        flush: dice.chance(50),
        dice,
        keys: 0,
    };
    let mut out = String::new();
    if gardener.dice.chance(20) {
        out.push_str("# head\n\n");
    }
    if gardener.dice.chance(30) {
        out.push_str("---\n");
    }
    out.push_str("apiVersion: v1\nkind: X\n");
    gardener.entries(&mut out, 0, 0);
    if gardener.dice.chance(10) {
        out.push_str("...\n");
    }
    if gardener.dice.chance(15) {
        out.truncate(out.trim_end_matches('\n').len());
    }
    if gardener.dice.chance(20) {
        out = out.replace('\n', "\r\n");
    }
    if gardener.dice.chance(10) {
        out.insert(0, '\u{feff}');
    }
    out
}

/// A JSON file with one object in it.
pub(crate) fn json(dice: &mut Dice) -> String {
    let (newline, unit, space) =
        [("\n", "  ", " "), ("\n", "\t", " "), ("", "", ""), ("", "", " ")][dice.below(4)];
    let mut out =
        format!("{{{newline}{unit}\"apiVersion\":{space}\"v1\",{newline}{unit}\"kind\":{space}\"X\"");
    for at in 0..dice.below(5) {
        let _ = write!(out, ",{newline}{unit}\"k{at}\":{space}");
        json_value(dice, &mut out, (newline, unit, space), 1);
    }
    out + newline + "}" + newline
}

fn json_value(dice: &mut Dice, out: &mut String, layout: (&str, &str, &str), depth: usize) {
    let (newline, unit, space) = layout;
    let kind = if depth > 3 { 0 } else { dice.below(4) };
    if kind < 2 {
        out.push_str(dice.pick(&[
            "1",
            "true",
            "null",
            "\"x\"",
            "\"a\\nb\"",
            "\"on\"",
            "\"\\u00e4\"",
            "-1.5e3",
        ]));
        return;
    }
    let (open, close) = if kind == 2 { ('{', '}') } else { ('[', ']') };
    out.push(open);
    let count = dice.below(4);
    for at in 0..count {
        let _ = write!(out, "{newline}{}", unit.repeat(depth + 1));
        if kind == 2 {
            let _ = write!(out, "\"k{at}\":{space}");
        }
        json_value(dice, out, layout, depth + 1);
        if at + 1 < count {
            out.push(',');
            if newline.is_empty() {
                out.push_str(space);
            }
        }
    }
    if count > 0 {
        let _ = write!(out, "{newline}{}", unit.repeat(depth));
    }
    out.push(close);
}

struct Gardener<'a> {
    dice: &'a mut Dice,
    step: usize,
    /// Sequences stand flush with their key.
    flush: bool,
    keys: usize,
}

impl Gardener<'_> {
    /// Entries of a block mapping on lines of their own; at least one.
    fn entries(&mut self, out: &mut String, column: usize, depth: usize) {
        for at in 0..=self.dice.below(4) {
            self.decoration(out, column);
            self.indent(out, column);
            self.entry(out, column, depth, at);
        }
    }

    fn entry(&mut self, out: &mut String, column: usize, depth: usize, _at: usize) {
        self.keys += 1;
        let name = format!("k{}", self.keys);
        match self.dice.below(12) {
            0 => {
                let _ = write!(out, "\"{name}\":");
            }
            1 => {
                let _ = write!(out, "'{name}':");
            }
            2 => {
                let _ = write!(out, "{name} :");
            }
            _ => {
                let _ = write!(out, "{name}:");
            }
        }
        self.value(out, column, depth, false);
    }

    /// What follows a colon or dash, with its line break.
    fn value(&mut self, out: &mut String, column: usize, depth: usize, in_sequence: bool) {
        if depth < 4 && self.dice.chance(40) {
            return self.collection(out, column, depth, in_sequence);
        }
        let inner = column + self.step;
        let pad = " ".repeat(inner);
        match self.dice.below(16) {
            0 => {
                let header = self.dice.pick(&["|", "|-", "|+", ">", ">-", ">+"]).to_owned();
                let _ = write!(out, " {header}");
                self.comment_behind(out);
                for _ in 0..=self.dice.below(3) {
                    let line = self.dice.pick(&["text", "  deeper", "# no comment", "a: b", ""]);
                    let line = if line.is_empty() || line.starts_with(' ') {
                        "text"
                    } else {
                        line
                    };
                    let _ = writeln!(out, "{pad}{line}");
                    if self.dice.chance(30) {
                        let _ = writeln!(out, "{pad}  deeper");
                    }
                    if self.dice.chance(20) {
                        out.push('\n');
                    }
                }
            }
            1 => {
                let _ = write!(out, " |{}", self.step);
                out.push('\n');
                let _ = writeln!(out, "{pad}  indented first\n{pad}then not");
            }
            2 => {
                let _ = write!(out, " plain on\n{pad}two lines");
                self.comment_behind(out);
            }
            3 => {
                let _ = write!(out, " \"quoted \\\n{pad}on two\n{pad}lines\"");
                self.comment_behind(out);
            }
            4 => {
                let _ = write!(out, " 'single on\n\n{pad}three lines'");
                self.comment_behind(out);
            }
            5 => {
                self.comment_behind(out);
                let _ = write!(out, "{pad}below");
                self.comment_behind(out);
            }
            6 => self.comment_behind(out),
            _ => {
                let text = self.dice.pick(&[
                    "x",
                    "word",
                    "'it''s'",
                    "\"a\\tb\"",
                    "on",
                    "12",
                    "0755",
                    "~",
                    "null",
                    "\"\"",
                    "''",
                    "a b c",
                    "x#y",
                    "{}",
                    "[]",
                    "{a: b}",
                    "[1, 'two', {a: b}]",
                    "!!str 12",
                    "\"on\"",
                    "a:b",
                    "{ a: b , c: d }",
                ]);
                let _ = write!(out, "{}{text}", self.dice.pick(&[" ", " ", " ", "   "]));
                self.comment_behind(out);
            }
        }
    }

    fn collection(&mut self, out: &mut String, column: usize, depth: usize, in_sequence: bool) {
        if self.dice.chance(20) {
            let inner = " ".repeat(column + self.step);
            let text = [
                format!(
                    " {{\n{inner}a: b, # c\n{inner}# own line\n{inner}'c': [1, 2],\n{inner}d: \"e\"\n{inner}}}"
                ),
                format!(" [\n{inner}a,\n{inner}{{b: c}}\n{inner}]"),
                " {a: {b: c, d: [e]}, f: g}".to_owned(),
            ];
            out.push_str(&text[self.dice.below(3)]);
            return self.comment_behind(out);
        }
        let mapping = self.dice.chance(60);
        if in_sequence && self.dice.chance(70) {
            // Compact: the first child stands behind the dash.
            out.push(' ');
            let column = column + 2;
            if mapping {
                self.entry(out, column, depth + 1, 0);
                if self.dice.chance(60) {
                    self.entries(out, column, depth + 1);
                }
            } else {
                out.push('-');
                self.value(out, column, depth + 1, true);
                self.items(out, column, depth + 1);
            }
            return;
        }
        self.comment_behind(out);
        if mapping {
            self.entries(out, column + self.step, depth + 1);
        } else {
            let column = if self.flush && !in_sequence {
                column
            } else {
                column + self.step
            };
            self.items(out, column, depth + 1);
        }
    }

    fn items(&mut self, out: &mut String, column: usize, depth: usize) {
        for _ in 0..=self.dice.below(3) {
            self.decoration(out, column);
            self.indent(out, column);
            out.push('-');
            self.value(out, column, depth, true);
        }
    }

    /// Blank lines and comments in front of a child.
    fn decoration(&mut self, out: &mut String, column: usize) {
        if self.dice.chance(12) {
            out.push('\n');
        }
        while self.dice.chance(15) {
            self.indent(out, column);
            let _ = writeln!(out, "# {}", self.dice.pick(&["about the next", "a: b", "- x"]));
            if self.dice.chance(25) {
                out.push('\n');
            }
        }
    }

    fn comment_behind(&mut self, out: &mut String) {
        if self.dice.chance(20) {
            out.push_str(" # behind");
        }
        out.push('\n');
    }

    fn indent(&mut self, out: &mut String, column: usize) {
        out.push_str(&" ".repeat(column));
    }
}
