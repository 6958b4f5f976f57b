//! Strings as Go has them: bytes that are mostly UTF-8, and how they are quoted.

/// The runes of a string with their lengths. A byte that is no UTF-8 is one rune of its own, without a character.
pub(crate) fn runes(bytes: &[u8]) -> impl Iterator<Item = (Option<char>, &[u8])> {
    bytes.utf8_chunks().flat_map(|chunk| {
        let valid = chunk.valid();
        let good = valid
            .char_indices()
            .map(move |(at, c)| (Some(c), &valid.as_bytes()[at..at + c.len_utf8()]));
        good.chain(chunk.invalid().chunks(1).map(|byte| (None, byte)))
    })
}

/// The same with U+FFFD for what is no UTF-8.
pub(crate) fn chars(bytes: &[u8]) -> impl Iterator<Item = char> {
    runes(bytes).map(|(c, _)| c.unwrap_or(char::REPLACEMENT_CHARACTER))
}

pub(crate) fn lossy(bytes: &[u8]) -> String {
    chars(bytes).collect()
}

pub(crate) fn upper(c: char) -> char {
    one(c.to_uppercase(), c)
}

pub(crate) fn lower(c: char) -> char {
    match c {
        'İ' => 'i',
        _ => one(c.to_lowercase(), c),
    }
}

fn one(mut mapped: impl Iterator<Item = char>, c: char) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}

pub(crate) fn is_decimal_digit(c: char) -> bool {
    c.is_ascii_digit() || !c.is_ascii() && c.is_numeric() && !c.is_alphabetic()
}

/// Whether Go prints a character as it is.
pub(crate) fn is_printable(c: char) -> bool {
    match c {
        ' '..='~' => true,
        '\u{300}'..='\u{36f}' => true,
        _ if c.is_ascii() || c.is_whitespace() => false,
        _ => c.escape_debug().count() == 1,
    }
}

/// `U+0041 'A'`.
pub(crate) fn unicode(c: Option<char>) -> String {
    match c {
        None => "U+FFFFFFFFFFFFFFFF".to_owned(),
        Some(c) if is_printable(c) => format!("U+{:04X} '{c}'", u32::from(c)),
        Some(c) => format!("U+{:04X}", u32::from(c)),
    }
}

/// A string between double quotes, as `%q` writes it.
pub(crate) fn quoted(bytes: &[u8]) -> String {
    quote(bytes, '"', false)
}

pub(crate) fn quote(bytes: &[u8], mark: char, ascii: bool) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push(mark);
    for (c, raw) in runes(bytes) {
        match c {
            None => out.push_str(&format!("\\x{:02x}", raw[0])),
            Some(c) => escape(c, mark, ascii, &mut out),
        }
    }
    out.push(mark);
    out
}

pub(crate) fn escape(c: char, mark: char, ascii: bool, out: &mut String) {
    match c {
        _ if c == mark || c == '\\' => {
            out.push('\\');
            out.push(c);
        }
        _ if is_printable(c) && (c.is_ascii() || !ascii) => out.push(c),
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\x0c' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\x0b' => out.push_str("\\v"),
        _ => out.push_str(&match u32::from(c) {
            code @ (0..=0x1f | 0x7f) => format!("\\x{code:02x}"),
            code @ 0..=0xffff => format!("\\u{code:04x}"),
            code => format!("\\U{code:08x}"),
        }),
    }
}

/// A Go string literal, raw or interpreted, read.
pub(crate) fn unquote(literal: &str) -> Option<Vec<u8>> {
    let inner = literal.get(1..literal.len().checked_sub(1)?)?;
    if literal.starts_with('`') {
        return Some(inner.replace('\r', "").into_bytes());
    }
    let mut out = Vec::new();
    let mut rest = inner;
    while !rest.is_empty() {
        let (piece, after) = unescape(rest, '"')?;
        match piece {
            Piece::Byte(byte) => out.push(byte),
            Piece::Char(c) => out.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = after;
    }
    Some(out)
}

/// A Go rune literal, read.
pub(crate) fn unquote_char(literal: &str) -> Option<u32> {
    let inner = literal.get(1..literal.len().checked_sub(1)?)?;
    match unescape(inner, '\'')? {
        (Piece::Byte(byte), "") => Some(byte.into()),
        (Piece::Char(c), "") => Some(c.into()),
        _ => None,
    }
}

enum Piece {
    Byte(u8),
    Char(char),
}

fn unescape(text: &str, mark: char) -> Option<(Piece, &str)> {
    let mut chars = text.chars();
    let c = chars.next()?;
    if c != '\\' {
        return (c != mark && c != '\n').then_some((Piece::Char(c), chars.as_str()));
    }
    let c = chars.next()?;
    let rest = chars.as_str();
    let number = |digits: usize, base: u32| {
        let text = rest.get(..digits)?;
        let plain = text.bytes().all(|b| b.is_ascii_hexdigit());
        Some((
            plain.then(|| u32::from_str_radix(text, base).ok())??,
            &rest[digits..],
        ))
    };
    Some(match c {
        'a' => (Piece::Char('\x07'), rest),
        'b' => (Piece::Char('\x08'), rest),
        'f' => (Piece::Char('\x0c'), rest),
        'n' => (Piece::Char('\n'), rest),
        'r' => (Piece::Char('\r'), rest),
        't' => (Piece::Char('\t'), rest),
        'v' => (Piece::Char('\x0b'), rest),
        '\\' => (Piece::Char('\\'), rest),
        '\'' | '"' if c == mark => (Piece::Char(c), rest),
        'x' => {
            let (value, rest) = number(2, 16)?;
            (Piece::Byte(u8::try_from(value).ok()?), rest)
        }
        'u' | 'U' => {
            let (value, rest) = number(if c == 'u' { 4 } else { 8 }, 16)?;
            (Piece::Char(char::from_u32(value)?), rest)
        }
        '0'..='7' => {
            let text = text.get(1..4)?;
            let plain = text.bytes().all(|b| b.is_ascii_digit());
            let value = plain.then(|| u8::from_str_radix(text, 8).ok())??;
            (Piece::Byte(value), rest.get(2..)?)
        }
        _ => return None,
    })
}
