//! YAML as go-yaml prints it: two spaces, lists at their key's column, long plain text folded behind column 80.
//!
//! Keys are sorted by `order`. Knows no field by name.
//!
//! Source: `go.yaml.in/yaml/v2` v2.4.4 `emitterc.go` and `encode.go`, as `sigs.k8s.io/yaml` v1.6 calls them.

use sealkit_manifest::Value;
use zeroize::Zeroizing;

use super::order;
use super::style::{Style, is_break, is_printable, style};

/// Text is folded at the first space behind this column.
const WIDTH: usize = 80;

/// The longest key that is written without `?`, in bytes.
const LONGEST_SIMPLE_KEY: usize = 128;

/// A `---` line and the value.
pub(super) fn document(value: &Value) -> Zeroizing<String> {
    // One allocation: an outgrown one would leave plaintext behind.
    let mut printer = Printer {
        out: Zeroizing::new(String::with_capacity(room(value, 0) + 8)),
        column: 0,
    };
    printer.text("---\n");
    printer.column = 0;
    match value {
        Value::Mapping(entries) if !entries.is_empty() => printer.mapping(entries, 0, false),
        other => printer.flow(other, 0),
    }
    printer.line(0);
    printer.out
}

fn room(value: &Value, depth: usize) -> usize {
    let line = 2 * depth + 8;
    match value {
        Value::String(text) => {
            let breaks = text.bytes().filter(|byte| *byte == b'\n').count() + text.len() / WIDTH;
            text.len() + text.len() / 4 + breaks * line + 16
        }
        Value::Number(text) => text.len(),
        Value::Sequence(items) => {
            items
                .iter()
                .map(|item| room(item, depth + 1) + line)
                .sum::<usize>()
                + line
        }
        Value::Mapping(entries) => {
            let entry = |(key, value): &(String, Value)| key.len() + 6 + room(value, depth + 1) + line;
            entries.iter().map(entry).sum::<usize>() + line
        }
        _ => 5,
    }
}

struct Printer {
    out: Zeroizing<String>,
    /// Characters on the line so far.
    column: usize,
}

impl Printer {
    /// Writes the entries of a mapping; `inline`: the first begins on the line that is already begun.
    fn mapping(&mut self, entries: &[(String, Value)], indent: usize, inline: bool) {
        let mut sorted: Vec<_> = entries.iter().collect();
        sorted.sort_by(|(a, _), (b, _)| order::natural(a, b));
        for (at, (key, value)) in sorted.into_iter().enumerate() {
            self.start(indent, inline && at == 0);
            let simple = key.len() <= LONGEST_SIMPLE_KEY && !key.contains(is_break);
            if simple {
                self.scalar(key, indent, true);
            } else {
                self.text("? ");
                self.scalar(key, indent, false);
                self.line(indent);
            }
            self.text(":");
            self.node(value, indent, !simple, true);
        }
    }

    fn sequence(&mut self, items: &[Value], indent: usize, inline: bool) {
        for (at, item) in items.iter().enumerate() {
            self.start(indent, inline && at == 0);
            self.text("-");
            self.node(item, indent, true, false);
        }
    }

    /// Writes what stands behind `:` or `-` of a line indented by `indent`; `inline`: a collection may begin there.
    fn node(&mut self, value: &Value, indent: usize, inline: bool, in_mapping: bool) {
        match value {
            Value::Mapping(entries) if !entries.is_empty() => self.mapping(entries, indent + 2, inline),
            Value::Sequence(items) if !items.is_empty() => {
                let deeper = if in_mapping && !inline { 0 } else { 2 };
                self.sequence(items, indent + deeper, inline);
            }
            other => {
                self.text(" ");
                self.flow(other, indent);
            }
        }
    }

    fn flow(&mut self, value: &Value, indent: usize) {
        match value {
            Value::String(text) => self.scalar(text, indent, false),
            Value::Number(text) => self.text(text),
            Value::Bool(true) => self.text("true"),
            Value::Bool(false) => self.text("false"),
            Value::Mapping(_) => self.text("{}"),
            Value::Sequence(_) => self.text("[]"),
            _ => self.text("null"),
        }
    }

    /// Begins a line at a column, or goes on to that column where the line is begun.
    fn start(&mut self, indent: usize, inline: bool) {
        match inline {
            true => self.pad(indent),
            false => self.line(indent),
        }
    }

    fn line(&mut self, indent: usize) {
        if self.column > 0 {
            self.out.push('\n');
            self.column = 0;
        }
        self.pad(indent);
    }

    fn pad(&mut self, column: usize) {
        while self.column < column {
            self.push(' ');
        }
    }

    fn text(&mut self, text: &str) {
        text.chars().for_each(|c| self.push(c));
    }

    fn push(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn scalar(&mut self, text: &str, indent: usize, key: bool) {
        match style(text, key) {
            Style::Plain => self.plain(text, indent + 2, key),
            Style::Single => {
                self.push('\'');
                self.single(text, indent + 2, key);
                self.push('\'');
            }
            Style::Double => {
                self.push('"');
                self.double(text, indent + 2, key);
                self.push('"');
            }
            Style::Literal => self.literal(text, indent + 2),
        }
    }

    fn plain(&mut self, text: &str, indent: usize, key: bool) {
        let (mut spaces, mut rest) = (false, text.chars().peekable());
        while let Some(c) = rest.next() {
            let fold = c == ' ' && !key && !spaces && self.column > WIDTH && rest.peek() != Some(&' ');
            match fold {
                true => self.line(indent),
                false => self.push(c),
            }
            spaces = c == ' ';
        }
    }

    fn single(&mut self, text: &str, indent: usize, key: bool) {
        let (mut spaces, mut first, mut rest) = (false, true, text.chars().peekable());
        while let Some(c) = rest.next() {
            let inside = !first && rest.peek().is_some_and(|next| *next != ' ');
            if c == ' ' && !key && !spaces && self.column > WIDTH && inside {
                self.line(indent);
            } else {
                if c == '\'' {
                    self.push('\'');
                }
                self.push(c);
            }
            spaces = c == ' ';
            first = false;
        }
    }

    fn double(&mut self, text: &str, indent: usize, key: bool) {
        let (mut spaces, mut first, mut rest) = (false, true, text.chars().peekable());
        while let Some(c) = rest.next() {
            let inside = !first && rest.peek().is_some();
            if c == ' ' && !key && !spaces && self.column > WIDTH && inside {
                self.line(indent);
                if rest.peek() == Some(&' ') {
                    self.push('\\');
                }
            } else if c == '"' || c == '\\' || c == '\u{feff}' || is_break(c) || !is_printable(c) {
                self.escape(c);
            } else {
                self.push(c);
            }
            spaces = c == ' ';
            first = false;
        }
    }

    fn escape(&mut self, c: char) {
        self.push('\\');
        let short = match c {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{b}' => 'v',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\u{1b}' => 'e',
            '"' | '\\' => c,
            '\u{85}' => 'N',
            '\u{a0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => {
                let code = u32::from(c);
                let long = match code {
                    0..=0xff => format!("x{code:02X}"),
                    0x100..=0xffff => format!("u{code:04X}"),
                    _ => format!("U{code:08X}"),
                };
                return self.text(&long);
            }
        };
        self.push(short);
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.push('|');
        if text.starts_with([' ', '\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
            self.push('2');
        }
        let mut from_end = text.chars().rev();
        match (
            from_end.next().is_some_and(is_break),
            from_end.next().map(is_break),
        ) {
            (false, _) => self.push('-'),
            (true, None | Some(true)) => self.push('+'),
            (true, Some(false)) => {}
        }
        self.out.push('\n');
        self.column = 0;
        for c in text.chars() {
            if is_break(c) {
                self.out.push(c);
                self.column = 0;
            } else {
                if self.column == 0 {
                    self.pad(indent);
                }
                self.push(c);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let value = Value::Mapping(vec![("k".to_owned(), Value::String(text.to_owned().into()))]);
        assert_eq!(*document(&value), format!("---\nk: {expected}\n"), "{text:?}");
    }

    #[test]
    fn quotes_as_go_yaml_does() {
        check("plain text", "plain text");
        check("", "\"\"");
        check("true", "\"true\"");
        check("12", "\"12\"");
        check("a: b", "'a: b'");
        check("it's: b", "'it''s: b'");
        check("# no", "'# no'");
        check(" a", "' a'");
        check("a\tb", "\"a\\tb\"");
        check("x😀", "\"x\\U0001F600\"");
        check("a\u{a0}b", "a\u{a0}b");
    }

    #[test]
    fn writes_several_lines_as_a_block() {
        let value = |text: &str| {
            let value = Value::Mapping(vec![("k".to_owned(), Value::String(text.to_owned().into()))]);
            document(&value).to_string()
        };
        assert_eq!(value("a\nb"), "---\nk: |-\n  a\n  b\n");
        assert_eq!(value("a\nb\n"), "---\nk: |\n  a\n  b\n");
        assert_eq!(value("a\n\n"), "---\nk: |+\n  a\n\n");
        assert_eq!(value(" a\nb"), "---\nk: |2-\n   a\n  b\n");
        assert_eq!(value("a \nb"), "---\nk: \"a \\nb\"\n");
    }

    #[test]
    fn folds_behind_the_eightieth_column() {
        let words = "word ".repeat(30);
        let value = Value::Mapping(vec![(
            "k".to_owned(),
            Value::String(words.trim().to_owned().into()),
        )]);
        let printed = document(&value);
        let longest = printed.lines().map(str::len).max();
        assert_eq!(longest, Some(82), "{}", *printed);
        assert!(printed.lines().skip(2).all(|line| line.starts_with("  word")));
    }
}
