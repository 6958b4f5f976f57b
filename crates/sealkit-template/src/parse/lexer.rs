//! Cutting a template into words: text outside `{{` and `}}`, the small language inside, trimming and comments.

use super::token::{Token, TokenKind};
use crate::text;

const LEFT: &str = "{{";
const RIGHT: &str = "}}";
const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

pub(super) struct Lexer<'t> {
    input: &'t str,
    start: usize,
    at: usize,
    line: usize,
    start_line: usize,
    inside: bool,
    parens: usize,
    failed: bool,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(input: &'t str) -> Self {
        Self {
            input,
            start: 0,
            at: 0,
            line: 1,
            start_line: 1,
            inside: false,
            parens: 0,
            failed: false,
        }
    }

    pub(super) fn next(&mut self) -> Token {
        if self.failed {
            return self.token(TokenKind::Eof, String::new());
        }
        match self.inside {
            true => self.action(),
            false => self.text(),
        }
    }

    fn rest(&self) -> &'t str {
        &self.input[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        if c == '\n' {
            self.line += 1;
        }
        Some(c)
    }

    pub(super) fn word(&self) -> &'t str {
        &self.input[self.start..self.at]
    }

    fn token(&mut self, kind: TokenKind, text: String) -> Token {
        let token = Token {
            kind,
            at: self.start,
            text,
            line: self.start_line,
        };
        self.start = self.at;
        self.start_line = self.line;
        token
    }

    pub(super) fn emit(&mut self, kind: TokenKind) -> Token {
        let text = self.word().to_owned();
        self.token(kind, text)
    }

    pub(super) fn error(&mut self, message: impl Into<String>) -> Token {
        let token = self.token(TokenKind::Error, message.into());
        self.failed = true;
        self.inside = false;
        token
    }

    /// Moves on without a token, counting lines.
    fn skip_to(&mut self, at: usize) {
        self.line += self.input[self.at..at].matches('\n').count();
        self.at = at;
        self.start = at;
        self.start_line = self.line;
    }

    fn text(&mut self) -> Token {
        loop {
            let Some(length) = self.rest().find(LEFT) else {
                if self.rest().is_empty() {
                    return self.token(TokenKind::Eof, String::new());
                }
                self.line += self.rest().matches('\n').count();
                self.at = self.input.len();
                return self.emit(TokenKind::Text);
            };
            let text = &self.rest()[..length];
            let delim = self.at + length;
            let trims = starts_trim(&self.input[delim + LEFT.len()..]);
            let kept = if trims {
                text.trim_end_matches(SPACES)
            } else {
                text
            };
            if !kept.is_empty() {
                self.line += kept.matches('\n').count();
                self.at += kept.len();
                let token = self.emit(TokenKind::Text);
                self.skip_to(delim);
                return token;
            }
            self.skip_to(delim);
            let marker = if trims { 2 } else { 0 };
            if self.rest()[LEFT.len() + marker..].starts_with("/*") {
                self.skip_to(self.at + LEFT.len() + marker);
                if let Some(error) = self.comment() {
                    return error;
                }
                continue;
            }
            self.at += LEFT.len();
            let token = self.emit(TokenKind::LeftDelim);
            self.inside = true;
            self.parens = 0;
            self.skip_to(self.at + marker);
            return token;
        }
    }

    fn comment(&mut self) -> Option<Token> {
        let Some(length) = self.rest()[2..].find("*/") else {
            return Some(self.error("unclosed comment"));
        };
        self.at += 2 + length + 2;
        let Some(trims) = self.at_right() else {
            return Some(self.error("comment ends before closing delimiter"));
        };
        self.line += self.word().matches('\n').count();
        let end = self.at + RIGHT.len() + if trims { 2 } else { 0 };
        self.skip_to(end);
        if trims {
            self.skip_to(self.input.len() - self.rest().trim_start_matches(SPACES).len());
        }
        None
    }

    /// Whether the closing delimiter is next, and with a trim marker.
    fn at_right(&self) -> Option<bool> {
        if ends_trim(self.rest()) && self.rest()[2..].starts_with(RIGHT) {
            return Some(true);
        }
        self.rest().starts_with(RIGHT).then_some(false)
    }

    fn right(&mut self, trims: bool) -> Token {
        if trims {
            self.skip_to(self.at + 2);
        }
        self.at += RIGHT.len();
        let token = self.emit(TokenKind::RightDelim);
        if trims {
            self.skip_to(self.input.len() - self.rest().trim_start_matches(SPACES).len());
        }
        self.inside = false;
        token
    }

    fn action(&mut self) -> Token {
        if let Some(trims) = self.at_right() {
            return match self.parens {
                0 => self.right(trims),
                _ => self.error("unclosed left paren"),
            };
        }
        let Some(c) = self.bump() else {
            return self.error("unclosed action");
        };
        match c {
            _ if SPACES.contains(&c) => self.space(),
            '=' => self.emit(TokenKind::Assign),
            ':' => match self.bump() {
                Some('=') => self.emit(TokenKind::Declare),
                _ => self.error("expected :="),
            },
            '|' => self.emit(TokenKind::Pipe),
            '"' => self.quote('"', TokenKind::String, "unterminated quoted string"),
            '\'' => self.quote('\'', TokenKind::CharConstant, "unterminated character constant"),
            '`' => self.raw_quote(),
            '$' => self.field(TokenKind::Variable, TokenKind::Variable),
            '.' if !self.peek().is_some_and(|c| c.is_ascii_digit()) => {
                self.field(TokenKind::Field, TokenKind::Dot)
            }
            '.' | '+' | '-' | '0'..='9' => {
                self.at -= 1;
                self.number()
            }
            _ if is_alphanumeric(c) => self.identifier(),
            '(' => {
                self.parens += 1;
                self.emit(TokenKind::LeftParen)
            }
            ')' if self.parens == 0 => self.error("unexpected right paren"),
            ')' => {
                self.parens -= 1;
                self.emit(TokenKind::RightParen)
            }
            ' '..='~' => self.emit(TokenKind::Char),
            _ => self.error(format!(
                "unrecognized character in action: {}",
                text::unicode(Some(c))
            )),
        }
    }

    fn space(&mut self) -> Token {
        while self.peek().is_some_and(|c| SPACES.contains(&c)) {
            self.bump();
        }
        // The last space may belong to a trim marker.
        let last = self.at - 1;
        if ends_trim(&self.input[last..]) && self.input[last + 2..].starts_with(RIGHT) {
            let only = last == self.start;
            if self.input.as_bytes()[last] == b'\n' {
                self.line -= 1;
            }
            self.at = last;
            if only {
                return self.right(true);
            }
        }
        self.emit(TokenKind::Space)
    }

    fn identifier(&mut self) -> Token {
        while self.peek().is_some_and(is_alphanumeric) {
            self.bump();
        }
        if !self.at_terminator() {
            return self.bad_character();
        }
        match self.word() {
            "true" | "false" => self.emit(TokenKind::Bool),
            word => self.emit(TokenKind::keyword(word).unwrap_or(TokenKind::Identifier)),
        }
    }

    fn bad_character(&mut self) -> Token {
        let next = self.peek();
        self.error(format!("bad character {}", text::unicode(next)))
    }

    fn field(&mut self, kind: TokenKind, alone: TokenKind) -> Token {
        if self.at_terminator() {
            return self.emit(alone);
        }
        while self.peek().is_some_and(is_alphanumeric) {
            self.bump();
        }
        match self.at_terminator() {
            true => self.emit(kind),
            false => self.bad_character(),
        }
    }

    fn at_terminator(&self) -> bool {
        match self.peek() {
            None | Some('.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(c) if SPACES.contains(&c) => true,
            Some(_) => self.rest().starts_with(RIGHT),
        }
    }
}

fn starts_trim(rest: &str) -> bool {
    let mut chars = rest.chars();
    chars.next() == Some('-') && chars.next().is_some_and(|c| SPACES.contains(&c))
}

fn ends_trim(rest: &str) -> bool {
    let mut chars = rest.chars();
    chars.next().is_some_and(|c| SPACES.contains(&c)) && chars.next() == Some('-')
}

pub(super) fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphabetic() || c.is_numeric() && text::is_decimal_digit(c)
}
