//! Text, actions, and what branches, repeats and defines.

use super::node::{Branch, Node};
use super::token::{Token, TokenKind};
use super::{Parser, Pipe};
use crate::error::Error;

/// What ended a body, or a node of it.
enum Step {
    Node(Node),
    End,
    /// Where it stands, and whether `if` or `with` follows.
    Else(Option<TokenKind>),
}

impl Step {
    fn show(&self) -> &'static str {
        match self {
            Self::End => "{{end}}",
            _ => "{{else}}",
        }
    }
}

impl Parser<'_> {
    pub(super) fn root(&mut self) -> Result<Vec<Node>, Error> {
        let mut nodes = Vec::new();
        loop {
            match self.peek() {
                TokenKind::Eof => return Ok(nodes),
                TokenKind::LeftDelim => {
                    let delim = self.next();
                    let token = self.next_non_space();
                    if token.kind == TokenKind::Define {
                        self.definition()?;
                        continue;
                    }
                    self.back(token);
                    self.back(delim);
                }
                _ => {}
            }
            match self.text_or_action()? {
                Step::Node(node) => nodes.push(node),
                other => return self.error(format!("unexpected {}", other.show())),
            }
        }
    }

    fn definition(&mut self) -> Result<(), Error> {
        let context = "define clause";
        let name = self.expect(&[TokenKind::String, TokenKind::RawString], context)?;
        let name = self.name_of(&name)?;
        self.expect(&[TokenKind::RightDelim], context)?;
        self.separate_body(&name, context)
    }

    /// A body that sees no variables of the surrounding template.
    fn separate_body(&mut self, name: &str, context: &str) -> Result<(), Error> {
        let variables = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
        let (range_depth, action_line) = (self.range_depth, self.action_line);
        (self.range_depth, self.action_line) = (0, 0);
        let (body, end) = self.body()?;
        if !matches!(end, Step::End) {
            return self.error(format!("unexpected {} in {context}", end.show()));
        }
        (self.range_depth, self.action_line) = (range_depth, action_line);
        self.variables = variables;
        self.add(name, body)
    }

    fn body(&mut self) -> Result<(Vec<Node>, Step), Error> {
        self.deeper()?;
        let mut nodes = Vec::new();
        while self.peek_non_space().kind != TokenKind::Eof {
            match self.text_or_action()? {
                Step::Node(node) => nodes.push(node),
                other => {
                    self.nesting -= 1;
                    return Ok((nodes, other));
                }
            }
        }
        self.error("unexpected EOF")
    }

    fn text_or_action(&mut self) -> Result<Step, Error> {
        let token = self.next_non_space();
        match token.kind {
            TokenKind::Text => Ok(Step::Node(Node::Text(token.text))),
            TokenKind::LeftDelim => {
                self.action_line = token.line;
                let step = self.action()?;
                self.action_line = 0;
                Ok(step)
            }
            _ => self.unexpected(&token, "input"),
        }
    }

    fn action(&mut self) -> Result<Step, Error> {
        let token = self.next_non_space();
        let node = match token.kind {
            TokenKind::Block => self.block()?,
            TokenKind::Break => {
                self.loop_control(&token, "{{break}}")?;
                Node::Break { at: token.at }
            }
            TokenKind::Continue => {
                self.loop_control(&token, "{{continue}}")?;
                Node::Continue { at: token.at }
            }
            TokenKind::Else => {
                let next = self.peek_non_space().kind;
                if matches!(next, TokenKind::If | TokenKind::With) {
                    return Ok(Step::Else(Some(next)));
                }
                self.expect(&[TokenKind::RightDelim], "else")?;
                return Ok(Step::Else(None));
            }
            TokenKind::End => {
                self.expect(&[TokenKind::RightDelim], "end")?;
                return Ok(Step::End);
            }
            TokenKind::If => Node::If(self.branch("if")?),
            TokenKind::Range => Node::Range(self.branch("range")?),
            TokenKind::With => Node::With(self.branch("with")?),
            TokenKind::Template => self.template()?,
            _ => {
                let at = token.at;
                self.back(token);
                let pipe = self.pipeline("command", TokenKind::RightDelim)?;
                Node::Action { at, pipe }
            }
        };
        Ok(Step::Node(node))
    }

    fn loop_control(&mut self, _token: &Token, name: &str) -> Result<(), Error> {
        let token = self.next_non_space();
        if token.kind != TokenKind::RightDelim {
            return self.unexpected(&token, name);
        }
        match self.range_depth {
            0 => self.error(format!("{name} outside {{{{range}}}}")),
            _ => Ok(()),
        }
    }

    fn branch(&mut self, context: &str) -> Result<Branch, Error> {
        self.deeper()?;
        let visible = self.variables.len();
        let pipe = self.pipeline(context, TokenKind::RightDelim)?;
        let ranges = usize::from(context == "range");
        self.range_depth += ranges;
        let (body, end) = self.body()?;
        self.range_depth -= ranges;
        let otherwise = match end {
            Step::Else(Some(TokenKind::If)) if context == "if" => {
                self.next_non_space();
                Some(vec![Node::If(self.branch("if")?)])
            }
            Step::Else(Some(TokenKind::With)) if context == "with" => {
                self.next_non_space();
                Some(vec![Node::With(self.branch("with")?)])
            }
            Step::Else(_) => {
                let (body, end) = self.body()?;
                if !matches!(end, Step::End) {
                    return self.error(format!("expected end; found {}", end.show()));
                }
                Some(body)
            }
            _ => None,
        };
        self.variables.truncate(visible);
        self.nesting -= 1;
        Ok(Branch {
            at: pipe.at,
            pipe,
            body,
            otherwise,
        })
    }

    fn block(&mut self) -> Result<Node, Error> {
        let context = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, context)?;
        let pipe = self.pipeline(context, TokenKind::RightDelim)?;
        self.separate_body(&name, context)?;
        Ok(Node::Template {
            at: token.at,
            name,
            pipe: Some(pipe),
        })
    }

    fn template(&mut self) -> Result<Node, Error> {
        let context = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, context)?;
        let mut pipe: Option<Pipe> = None;
        let next = self.next_non_space();
        if next.kind != TokenKind::RightDelim {
            self.back(next);
            pipe = Some(self.pipeline(context, TokenKind::RightDelim)?);
        }
        Ok(Node::Template {
            at: token.at,
            name,
            pipe,
        })
    }

    fn template_name(&mut self, token: &Token, context: &str) -> Result<String, Error> {
        match token.kind {
            TokenKind::String | TokenKind::RawString => self.name_of(token),
            _ => self.unexpected(token, context),
        }
    }
}
