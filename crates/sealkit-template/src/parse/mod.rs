//! Reading a template: the grammar of Go's `text/template/parse`, and its complaints.

mod control;
mod lexer;
mod literals;
mod node;
mod number;
mod pipeline;
mod show;
mod token;

use std::collections::BTreeMap;

use crate::error::{Error, ErrorKind};
use crate::functions;
use crate::text;
use lexer::Lexer;
pub(crate) use node::{Branch, Command, Node, Pipe, Term, TermKind};
pub(crate) use number::{Number, float, signed as based_int};
use token::{Token, TokenKind};

/// Parentheses, and control structures, within each other in the text.
const MAX_NESTING: usize = 100;

/// The bodies of a template and of what it defines, by name.
pub(crate) type Trees = BTreeMap<String, Vec<Node>>;

/// Reads a template with everything it defines.
pub(crate) fn parse(name: &str, text: &str) -> Result<Trees, Error> {
    let mut parser = Parser {
        name,
        lexer: Lexer::new(text),
        pushed: Vec::new(),
        last_line: 1,
        action_line: 0,
        variables: vec!["$".to_owned()],
        range_depth: 0,
        nesting: 0,
        trees: Trees::new(),
    };
    let root = parser.root()?;
    parser.add(name, root)?;
    Ok(parser.trees)
}

pub(crate) struct Parser<'t> {
    name: &'t str,
    lexer: Lexer<'t>,
    /// Tokens given back, the next one last.
    pushed: Vec<Token>,
    /// The line of the token that Go's parser holds in its first place: the one complaints name.
    last_line: usize,
    action_line: usize,
    variables: Vec<String>,
    range_depth: usize,
    nesting: usize,
    trees: Trees,
}

impl Parser<'_> {
    fn next(&mut self) -> Token {
        if let Some(token) = self.pushed.pop() {
            return token;
        }
        let token = self.lexer.next();
        self.last_line = token.line;
        token
    }

    fn back(&mut self, token: Token) {
        self.pushed.push(token);
    }

    fn peek(&mut self) -> TokenKind {
        let token = self.next();
        let kind = token.kind;
        self.back(token);
        kind
    }

    fn next_non_space(&mut self) -> Token {
        loop {
            let token = self.next();
            if token.kind != TokenKind::Space {
                return token;
            }
        }
    }

    fn peek_non_space(&mut self) -> &Token {
        let token = self.next_non_space();
        self.back(token);
        self.pushed.last().expect("a token was just given back")
    }

    fn error<T>(&self, message: impl AsRef<str>) -> Result<T, Error> {
        Err(Error::new(
            ErrorKind::Parse,
            self.last_line,
            format!("template: {}:{}: {}", self.name, self.last_line, message.as_ref()),
        ))
    }

    fn expect(&mut self, kinds: &[TokenKind], context: &str) -> Result<Token, Error> {
        let token = self.next_non_space();
        if kinds.contains(&token.kind) {
            return Ok(token);
        }
        self.unexpected(&token, context)
    }

    fn unexpected<T>(&self, token: &Token, context: &str) -> Result<T, Error> {
        if token.kind != TokenKind::Error {
            return self.error(format!("unexpected {token} in {context}"));
        }
        let mut extra = String::new();
        if self.action_line != 0 && self.action_line != token.line {
            extra = format!(" in action started at {}:{}", self.name, self.action_line);
            if token.text.ends_with(" action")
                && let Some(short) = extra.strip_prefix(" in action")
            {
                extra = short.to_owned();
            }
        }
        self.error(format!("{token}{extra}"))
    }

    fn unquote(&self, token: &Token) -> Result<Vec<u8>, Error> {
        match text::unquote(&token.text) {
            Some(bytes) => Ok(bytes),
            None => self.error("invalid syntax"),
        }
    }

    fn name_of(&self, token: &Token) -> Result<String, Error> {
        Ok(String::from_utf8_lossy(&self.unquote(token)?).into_owned())
    }

    fn has_function(name: &str) -> bool {
        functions::find(name).is_some()
    }

    fn add(&mut self, name: &str, body: Vec<Node>) -> Result<(), Error> {
        let empty = |body: &[Node]| body.iter().all(Node::is_blank);
        match self.trees.get(name) {
            Some(existing) if !empty(existing) => {
                if !empty(&body) {
                    let quoted = text::quoted(name.as_bytes());
                    return self.error(format!("template: multiple definition of template {quoted}"));
                }
            }
            _ => {
                self.trees.insert(name.to_owned(), body);
            }
        }
        Ok(())
    }

    /// Enters one more level of nesting; whoever calls this leaves it again by `self.nesting -= 1`.
    fn deeper(&mut self) -> Result<(), Error> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return self.error("max expression depth exceeded");
        }
        Ok(())
    }
}
