//! Pipelines, commands and operands.

use super::node::{Command, Pipe, Term, TermKind, Variable};
use super::token::TokenKind;
use super::{Number, Parser};
use crate::error::Error;
use crate::text;

impl Parser<'_> {
    pub(super) fn pipeline(&mut self, context: &str, end: TokenKind) -> Result<Pipe, Error> {
        let mut pipe = Pipe {
            at: self.peek_non_space().at,
            assigns: false,
            declared: Vec::new(),
            commands: Vec::new(),
        };
        self.declarations(&mut pipe, context)?;
        loop {
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => break,
                TokenKind::Bool
                | TokenKind::CharConstant
                | TokenKind::Complex
                | TokenKind::Dot
                | TokenKind::Field
                | TokenKind::Identifier
                | TokenKind::Number
                | TokenKind::Nil
                | TokenKind::RawString
                | TokenKind::String
                | TokenKind::Variable
                | TokenKind::LeftParen => {
                    self.back(token);
                    pipe.commands.push(self.command()?);
                }
                _ => return self.unexpected(&token, context),
            }
        }
        if pipe.commands.is_empty() {
            return self.error(format!("missing value for {context}"));
        }
        for (stage, command) in pipe.commands.iter().enumerate().skip(1) {
            if command.terms[0].is_constant() {
                let stage = stage + 1;
                return self.error(format!("non executable command in pipeline stage {stage}"));
            }
        }
        Ok(pipe)
    }

    fn declarations(&mut self, pipe: &mut Pipe, context: &str) -> Result<(), Error> {
        while self.peek_non_space().kind == TokenKind::Variable {
            let variable = self.next_non_space();
            let mut space = None;
            let mut next = self.next();
            if next.kind == TokenKind::Space {
                space = Some(std::mem::replace(&mut next, self.next_non_space()));
            }
            let comma = next.kind == TokenKind::Char && next.text == ",";
            if !comma && !matches!(next.kind, TokenKind::Assign | TokenKind::Declare) {
                self.back(next);
                if let Some(space) = space {
                    self.back(space);
                }
                self.back(variable);
                return Ok(());
            }
            pipe.declared.push(Variable {
                name: variable.text.clone(),
            });
            self.variables.push(variable.text);
            if !comma {
                pipe.assigns = next.kind == TokenKind::Assign;
                return Ok(());
            }
            if context != "range" || pipe.declared.len() >= 2 {
                return self.error(format!("too many declarations in {context}"));
            }
            let follows = self.peek_non_space().kind;
            if !matches!(
                follows,
                TokenKind::Variable | TokenKind::RightDelim | TokenKind::RightParen
            ) {
                return self.error("range can only initialize variables");
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Result<Command, Error> {
        let mut command = Command {
            at: self.peek_non_space().at,
            terms: Vec::new(),
        };
        loop {
            self.peek_non_space();
            if let Some(term) = self.operand()? {
                command.terms.push(term);
            }
            let token = self.next();
            match token.kind {
                TokenKind::Space => continue,
                TokenKind::RightDelim | TokenKind::RightParen => self.back(token),
                TokenKind::Pipe => {}
                _ => return self.unexpected(&token, "operand"),
            }
            break;
        }
        match command.terms.is_empty() {
            true => self.error("empty command"),
            false => Ok(command),
        }
    }

    fn operand(&mut self) -> Result<Option<Term>, Error> {
        let Some(term) = self.term()? else {
            return Ok(None);
        };
        if self.peek() != TokenKind::Field {
            return Ok(Some(term));
        }
        let mut fields = Vec::new();
        let mut at = None;
        while self.peek() == TokenKind::Field {
            let token = self.next();
            at.get_or_insert(token.at);
            fields.push(token.text[1..].to_owned());
        }
        let at = at.expect("a field was just seen");
        let kind = match term.kind {
            TermKind::Field(mut names) => {
                names.extend(fields);
                TermKind::Field(names)
            }
            TermKind::Variable(mut names) => {
                names.extend(fields);
                TermKind::Variable(names)
            }
            _ if term.is_constant() => {
                let shown = text::quoted(term.to_string().as_bytes());
                return self.error(format!("unexpected . after term {shown}"));
            }
            _ => TermKind::Chain(Box::new(term), fields),
        };
        Ok(Some(Term { at, kind }))
    }

    fn term(&mut self) -> Result<Option<Term>, Error> {
        let token = self.next_non_space();
        let kind = match token.kind {
            TokenKind::Identifier => {
                if !Self::has_function(&token.text) {
                    let name = text::quoted(token.text.as_bytes());
                    return self.error(format!("function {name} not defined"));
                }
                TermKind::Identifier(token.text)
            }
            TokenKind::Dot => TermKind::Dot,
            TokenKind::Nil => TermKind::Nil,
            TokenKind::Variable => {
                if !self.variables.contains(&token.text) {
                    let name = text::quoted(token.text.as_bytes());
                    return self.error(format!("undefined variable {name}"));
                }
                TermKind::Variable(vec![token.text])
            }
            TokenKind::Field => TermKind::Field(vec![token.text[1..].to_owned()]),
            TokenKind::Bool => TermKind::Bool(token.text == "true"),
            TokenKind::CharConstant => match Number::parse_char(&token.text) {
                Ok(number) => TermKind::Number(number),
                Err(message) => return self.error(message),
            },
            TokenKind::Complex | TokenKind::Number => match Number::parse(&token.text) {
                Ok(number) => TermKind::Number(number),
                Err(message) => return self.error(message),
            },
            TokenKind::LeftParen => {
                self.deeper()?;
                let pipe = self.pipeline("parenthesized pipeline", TokenKind::RightParen)?;
                self.nesting -= 1;
                TermKind::Pipe(Box::new(pipe))
            }
            TokenKind::String | TokenKind::RawString => TermKind::Text {
                bytes: self.unquote(&token)?,
                quoted: token.text,
            },
            _ => {
                self.back(token);
                return Ok(None);
            }
        };
        // Go gives a parenthesized pipeline the place of its first word.
        let at = match &kind {
            TermKind::Pipe(pipe) => pipe.at,
            _ => token.at,
        };
        Ok(Some(Term { at, kind }))
    }
}
