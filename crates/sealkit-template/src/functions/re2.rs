//! RE2's expressions for the `regex` crate: the same language but for a few spellings, which are translated here.
//!
//! In RE2 the classes `\d`, `\w`, `\s` and the boundary `\b` are about ASCII, and `&&`, `--`, `~~` and `[` inside brackets
//! are ordinary characters. The room of `sealkit-formats` for SOPS has the same table for text; this one is for bytes.
//!
//! Source: the syntax page of google/re2, Go's `regexp/syntax`.

use regex::bytes::{Regex, RegexBuilder};

/// Largest compiled expression, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// Compiles an expression of RE2. What is wrong with it is said in a few words that do not repeat it.
pub(super) fn compile(expression: &str) -> Result<Regex, &'static str> {
    RegexBuilder::new(&translate(expression))
        .size_limit(MAX_BYTES)
        .dfa_size_limit(MAX_BYTES)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "it is too large",
            _ => "it is not a valid regular expression",
        })
}

fn translate(expression: &str) -> String {
    let mut out = String::with_capacity(expression.len() + 8);
    let mut chars = expression.chars().peekable();
    let mut in_class = false;
    let mut class_start = false;
    let mut in_posix = false;
    while let Some(c) = chars.next() {
        let at_start = std::mem::take(&mut class_start);
        match c {
            '\\' => match chars.next() {
                Some('Q') => quote(&mut chars, &mut out),
                Some(escaped) => escape(escaped, in_class, &mut out),
                None => out.push('\\'),
            },
            '[' if in_class && chars.peek() == Some(&':') => {
                in_posix = true;
                out.push('[');
            }
            '[' if in_class => out.push_str("\\["),
            '[' => {
                in_class = true;
                class_start = true;
                out.push('[');
                if chars.peek() == Some(&'^') {
                    out.extend(chars.next());
                }
            }
            // A bracket directly behind the opening one stands for itself.
            ']' if in_class && at_start => out.push_str("\\]"),
            ']' if in_posix && out.ends_with(':') => {
                in_posix = false;
                out.push(']');
            }
            ']' => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(c);
            }
            '-' if in_class && chars.peek() == Some(&'-') => out.push_str("\\-"),
            c => out.push(c),
        }
    }
    out
}

fn escape(escaped: char, in_class: bool, out: &mut String) {
    let (positive, negative) = match escaped.to_ascii_lowercase() {
        'd' => ("0-9", "[^0-9]"),
        'w' => ("0-9A-Za-z_", "[^0-9A-Za-z_]"),
        's' => ("\\t\\n\\x0c\\r ", "[^\\t\\n\\x0c\\r ]"),
        'b' if !in_class => {
            let boundary = if escaped == 'b' { "(?-u:\\b)" } else { "(?-u:\\B)" };
            return out.push_str(boundary);
        }
        _ => {
            out.push('\\');
            return out.push(escaped);
        }
    };
    match (escaped.is_ascii_uppercase(), in_class) {
        (true, _) => out.push_str(negative),
        (false, true) => out.push_str(positive),
        (false, false) => {
            out.push('[');
            out.push_str(positive);
            out.push(']');
        }
    }
}

/// `\Q…\E`: everything between stands for itself.
fn quote(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    let mut literal = String::new();
    while let Some(c) = chars.next() {
        if c == '\\' && chars.peek() == Some(&'E') {
            chars.next();
            break;
        }
        literal.push(c);
    }
    out.push_str(&regex::escape(&literal));
}
