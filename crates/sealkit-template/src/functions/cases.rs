//! Letter case, and the spellings of identifiers.

use super::{Answer, Function, function, text};
use crate::exec::Tools;
use crate::text::{chars, is_decimal_digit, lossy, lower, upper};
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    function("title", "s", |tools, a| {
        let mut before = ' ';
        let out: String = chars(text(a, 0))
            .map(|c| {
                let starts = is_separator(std::mem::replace(&mut before, c));
                if starts { upper(c) } else { c }
            })
            .collect();
        tools.text(out)
    }),
    function("untitle", "s", |tools, a| {
        let mut starts = true;
        let out: String = chars(text(a, 0))
            .map(|c| match c.is_whitespace() {
                true => {
                    starts = true;
                    c
                }
                false if std::mem::take(&mut starts) => lower(c),
                false => c,
            })
            .collect();
        tools.text(out)
    }),
    function("swapcase", "s", |tools, a| {
        let mut starts = true;
        let out: String = chars(text(a, 0))
            .map(|c| {
                if c.is_uppercase() {
                    starts = false;
                    lower(c)
                } else if c.is_lowercase() {
                    starts = false;
                    upper(c)
                } else {
                    starts = c.is_whitespace();
                    c
                }
            })
            .collect();
        tools.text(out)
    }),
    function("nospace", "s", |tools, a| {
        let s = text(a, 0);
        // the helper takes bytes for characters as soon as there is something to remove
        let is_space = |byte: &u8| char::from(*byte).is_whitespace();
        if !s.iter().any(is_space) {
            return Ok(a[0].clone());
        }
        let out: String = s
            .iter()
            .filter(|byte| !is_space(byte))
            .map(|byte| char::from(*byte))
            .collect();
        tools.text(out)
    }),
    function("initials", "s", |tools, a| {
        let mut gap = true;
        let mut out = String::new();
        for c in text(a, 0).iter().map(|byte| char::from(*byte)) {
            if c.is_whitespace() {
                gap = true;
            } else if std::mem::take(&mut gap) {
                out.push(c);
            }
        }
        tools.text(out)
    }),
    function("camelcase", "s", |tools, a| {
        let out = pascal(&lossy(text(a, 0)));
        tools.text(out)
    }),
    function("snakecase", "s", |tools, a| joined(tools, a, '_')),
    function("kebabcase", "s", |tools, a| joined(tools, a, '-')),
];

fn is_separator(c: char) -> bool {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => false,
        _ if c.is_ascii() => true,
        _ if c.is_alphabetic() || is_decimal_digit(c) => false,
        _ => c.is_whitespace(),
    }
}

fn is_connector(c: char) -> bool {
    c == '-' || c == '_' || c.is_whitespace()
}

fn pascal(s: &str) -> String {
    let mut out = String::new();
    let mut letters = s.chars();
    let mut pending = None;
    let mut first_upper = false;
    for c in letters.by_ref() {
        if is_connector(c) {
            out.push(c);
            continue;
        }
        first_upper = c.is_uppercase();
        pending = Some(upper(c));
        break;
    }
    let Some(mut before) = pending else {
        // of nothing but connectors the last is written twice
        return match s.chars().last() {
            Some(last) => format!("{out}{last}"),
            None => out,
        };
    };
    for c in letters {
        let mut now = c;
        if is_connector(c) && is_connector(before) {
            out.push(before);
            before = now;
            continue;
        }
        if is_connector(before) {
            first_upper = c.is_uppercase();
            now = upper(c);
        } else {
            if first_upper {
                if c.is_uppercase() {
                    now = lower(c);
                } else {
                    first_upper = false;
                }
            }
            out.push(before);
        }
        before = now;
    }
    out.push(before);
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Number,
    Upper,
    Alphabet,
    Connector,
    Punctuation,
    Other,
    None,
}

fn is_punctuation(c: char) -> bool {
    match c {
        '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~' => false,
        _ => {
            c.is_ascii_punctuation()
                || matches!(c, '¡' | '§' | '«' | '¶' | '·' | '»' | '¿' | '‐'..='‧' | '‰'..='⁃' | '、'..='〃')
        }
    }
}

fn next_word(s: &str) -> (Word, &str, &str) {
    let Some(first) = s.chars().next() else {
        return (Word::None, "", "");
    };
    let take = |from: usize, matches: &dyn Fn(char) -> bool| {
        from + s[from..].find(|c| !matches(c)).unwrap_or(s.len() - from)
    };
    let size = first.len_utf8();
    let lower_letter = |c: char| c.is_alphabetic() && !c.is_uppercase();
    let (word, end) = if is_connector(first) {
        (Word::Connector, take(size, &is_connector))
    } else if is_punctuation(first) {
        (Word::Punctuation, take(size, &is_punctuation))
    } else if first.is_uppercase() {
        let uppers = take(size, &char::is_uppercase);
        let end = match s[uppers..].chars().next() {
            // the last capital of several begins the next word
            Some(c) if uppers > size && c.is_alphabetic() => {
                let last = s[..uppers].chars().next_back().map_or(0, char::len_utf8);
                uppers - last
            }
            Some(c) if uppers == size && c.is_alphabetic() => take(size, &lower_letter),
            _ => uppers,
        };
        (Word::Upper, end)
    } else if first.is_alphabetic() {
        (Word::Alphabet, take(size, &lower_letter))
    } else if first.is_numeric() {
        (Word::Number, take(size, &char::is_numeric))
    } else {
        let other = |c: char| !is_connector(c) && !c.is_alphanumeric() && !is_punctuation(c);
        (Word::Other, take(size, &other))
    };
    (word, &s[..end], &s[end..])
}

fn joined(tools: &mut Tools<'_>, a: &[Value], connector: char) -> Answer {
    let s = lossy(text(a, 0));
    let mut out = String::new();
    let write = |out: &mut String, word: Word, text: &str| {
        if !matches!(word, Word::Upper | Word::Connector) {
            return out.push_str(text);
        }
        out.extend(
            text.chars()
                .map(|c| if is_connector(c) { connector } else { lower(c) }),
        );
    };
    let (mut word, mut piece, mut rest) = next_word(&s);
    while !rest.is_empty() {
        if word != Word::Connector {
            write(&mut out, word, piece);
        }
        let (before, last) = (word, piece);
        (word, piece, rest) = next_word(rest);
        let letters = |word: Word| matches!(word, Word::Alphabet | Word::Number);
        let separate = |word: Word| !matches!(word, Word::None | Word::Punctuation | Word::Connector);
        match before {
            Word::Number => {
                while letters(word) {
                    write(&mut out, word, piece);
                    (word, piece, rest) = next_word(rest);
                }
                if separate(word) {
                    out.push(connector);
                }
            }
            Word::Connector => write(&mut out, before, last),
            Word::Punctuation => {}
            _ if word != Word::Number => {
                if !matches!(word, Word::Connector | Word::Punctuation) {
                    out.push(connector);
                }
            }
            _ if rest.is_empty() => {}
            _ => {
                let digits = piece;
                (word, piece, rest) = next_word(rest);
                if word != Word::Alphabet {
                    write(&mut out, Word::Number, digits);
                    if !matches!(word, Word::Connector | Word::Punctuation) {
                        out.push(connector);
                    }
                    continue;
                }
                out.push(connector);
                write(&mut out, Word::Number, digits);
                while letters(word) {
                    write(&mut out, word, piece);
                    (word, piece, rest) = next_word(rest);
                }
                if separate(word) {
                    out.push(connector);
                }
            }
        }
    }
    write(&mut out, word, piece);
    tools.text(out)
}
