//! Columns, line breaks and waiting comments: the part of a YAML printer that knows where it stands.
//!
//! Comments wait until a place comes where their kind is written; that is why some of the peer's comments end up below
//! the value that follows them, and here they do too. Unlike there, none is overwritten by the next of its kind.

use zeroize::Zeroizing;

use super::scalar::{Scalar, Style, is_break, is_printable};

/// Comments that have no place yet. Each is `#text` lines without the last line break.
#[derive(Default)]
pub(super) struct Waiting {
    pub(super) head: Zeroizing<String>,
    pub(super) line: Zeroizing<String>,
    pub(super) foot: Zeroizing<String>,
    /// Those behind the last entry of a mapping.
    pub(super) tail: Zeroizing<String>,
    /// A line comment met where a key stands.
    pub(super) key_line: Zeroizing<String>,
}

/// Adds a comment to those that wait.
pub(super) fn wait(place: &mut Zeroizing<String>, comment: &str) {
    if comment.is_empty() {
        return;
    }
    if !place.is_empty() {
        place.push('\n');
    }
    place.push_str(comment);
}

pub(super) struct Writer {
    out: Zeroizing<Vec<u8>>,
    column: usize,
    /// Nothing but indentation and `- ` stands on this line.
    fresh: bool,
    /// No blank is needed before the next word.
    blank: bool,
    /// The indentation of a foot comment that was just written; what follows at the same one is set off by a blank line.
    foot: Option<usize>,
    pub(super) waiting: Waiting,
}

impl Writer {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            out: Zeroizing::new(Vec::with_capacity(capacity)),
            column: 0,
            fresh: true,
            blank: true,
            foot: None,
            waiting: Waiting::default(),
        }
    }

    pub(super) fn finish(self) -> Zeroizing<Vec<u8>> {
        self.out
    }

    fn put(&mut self, c: char) {
        self.out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        self.column += 1;
    }

    fn put_all(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
        self.column += text.chars().count();
    }

    fn break_line(&mut self) {
        self.break_with('\n');
    }

    fn break_with(&mut self, c: char) {
        self.put(c);
        self.column = 0;
        self.fresh = true;
    }

    /// Begins a line at this column, unless that is where we are.
    pub(super) fn indent(&mut self, indent: usize) {
        if !self.fresh || self.column > indent || (self.column == indent && !self.blank) {
            self.break_line();
        }
        if self.foot == Some(indent) {
            self.break_line();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.blank = true;
        self.foot = None;
    }

    /// A word of the syntax, with a blank before it where one is needed.
    pub(super) fn word(&mut self, word: &str, needs_blank: bool, is_blank: bool) {
        if needs_blank && !self.blank {
            self.put(' ');
        }
        self.put_all(word);
        self.blank = is_blank;
        self.fresh = false;
    }

    /// `-`, `?` or `:` where it counts as indentation.
    pub(super) fn indicator(&mut self, indicator: char) {
        let fresh = self.fresh;
        self.word(indicator.encode_utf8(&mut [0; 4]), true, false);
        self.fresh = fresh;
    }

    /// `---` between documents.
    pub(super) fn separate(&mut self) {
        self.indent(0);
        self.word("---", true, false);
        self.indent(0);
    }

    pub(super) fn end_document(&mut self) {
        self.foot = Some(0);
        self.foot_comment(0);
        self.foot = None;
        self.indent(0);
    }

    fn comment(&mut self, comment: &str, indent: usize) {
        let mut broken = false;
        for c in comment.chars() {
            if is_break(c) {
                self.break_with(c);
                broken = true;
            } else {
                if broken {
                    self.indent(indent);
                }
                self.put(c);
                self.fresh = false;
                broken = false;
            }
        }
        if !broken {
            self.break_line();
        }
        self.blank = true;
    }

    pub(super) fn head_comment(&mut self, indent: usize) {
        let tail = std::mem::take(&mut self.waiting.tail);
        if !tail.is_empty() {
            self.indent(indent);
            self.comment(&tail, indent);
            self.foot = Some(indent);
        }
        let head = std::mem::take(&mut self.waiting.head);
        if !head.is_empty() {
            self.indent(indent);
            self.comment(&head, indent);
        }
    }

    /// Whether one was written.
    pub(super) fn line_comment(&mut self, indent: usize) -> bool {
        let line = std::mem::take(&mut self.waiting.line);
        if line.is_empty() {
            return false;
        }
        if !self.blank {
            self.put(' ');
        }
        self.comment(&line, indent);
        true
    }

    pub(super) fn foot_comment(&mut self, indent: usize) {
        let foot = std::mem::take(&mut self.waiting.foot);
        if !foot.is_empty() {
            self.indent(indent);
            self.comment(&foot, indent);
            self.foot = Some(indent);
        }
    }

    /// Writes a scalar whose continuation lines stand at `indent`; `outer` is the indentation of the collection around it.
    pub(super) fn scalar(&mut self, scalar: &Scalar, style: Style, indent: usize, outer: usize) {
        if scalar.binary {
            self.word("!!binary", true, false);
        }
        match style {
            Style::Plain => self.word(&scalar.text, !scalar.text.is_empty(), false),
            Style::Single => self.single(&scalar.text, indent),
            Style::Double => self.double(&scalar.text),
            Style::Literal => self.literal(&scalar.text, indent, outer),
        }
        self.fresh = self.fresh && style == Style::Literal;
    }

    fn single(&mut self, text: &str, indent: usize) {
        self.word("'", true, false);
        let mut broken = false;
        for c in text.chars() {
            if is_break(c) {
                self.break_with(c);
                broken = true;
                continue;
            }
            if broken {
                self.indent(indent);
                broken = false;
            }
            if c == '\'' {
                self.put('\'');
            }
            self.put(c);
            self.fresh = false;
        }
        self.word("'", false, false);
    }

    fn double(&mut self, text: &str) {
        self.word("\"", true, false);
        // A text that begins with a byte order mark is escaped throughout, a habit of go-yaml's.
        let all = text.starts_with('\u{feff}');
        for c in text.chars() {
            match escape(c).or_else(|| all.then(|| numbered(c))) {
                Some(escape) => self.put_all(&escape),
                None => self.put(c),
            }
        }
        self.word("\"", false, false);
    }

    fn literal(&mut self, text: &str, indent: usize, outer: usize) {
        let mut header = String::from("|");
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            // The peer writes its configured step here, which inside lists is not the real one, and cannot read it again.
            header.push_str(&(indent - outer).to_string());
        }
        let mut end = text.chars().rev();
        match (end.next().is_some_and(is_break), end.next()) {
            (false, _) => header.push('-'),
            (true, None) => header.push('+'),
            (true, Some(c)) if is_break(c) => header.push('+'),
            (true, Some(_)) => {}
        }
        self.word(&header, true, false);
        if !self.line_comment(outer) {
            self.break_line();
        }
        self.blank = true;
        let mut broken = true;
        for c in text.chars() {
            if is_break(c) {
                self.break_with(c);
                broken = true;
            } else {
                if broken {
                    self.indent(indent);
                }
                self.put(c);
                self.fresh = false;
                broken = false;
            }
        }
    }
}

fn escape(c: char) -> Option<String> {
    if is_printable(c) && !is_break(c) && !matches!(c, '"' | '\\') {
        return None;
    }
    Some(match c {
        '\0' => "\\0".to_owned(),
        '\u{7}' => "\\a".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\u{b}' => "\\v".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '\r' => "\\r".to_owned(),
        '\u{1b}' => "\\e".to_owned(),
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\u{85}' => "\\N".to_owned(),
        '\u{2028}' => "\\L".to_owned(),
        '\u{2029}' => "\\P".to_owned(),
        _ => numbered(c),
    })
}

fn numbered(c: char) -> String {
    match u32::from(c) {
        code @ 0..=0xff => format!("\\x{code:02X}"),
        code @ 0x100..=0xffff => format!("\\u{code:04X}"),
        code => format!("\\U{code:08X}"),
    }
}
