//! `printf`: reading the format, and handing each operand to its verb.

use super::verb::{self, Spec};
use super::write;
use crate::error::Fault;
use crate::exec::Tools;
use crate::text::{chars, runes};
use crate::value::{Signed, Value};

/// Widths and precisions beyond this are no honest ones; Go's limit, too.
const MAX_WIDTH: i64 = 1_000_000;

struct Reader<'a> {
    format: Vec<char>,
    at: usize,
    arguments: &'a [Value],
    next: usize,
    /// Arguments were asked for by number, so that left-over ones are no mistake.
    reordered: bool,
    good_index: bool,
    after_index: bool,
}

pub(crate) fn sprintf(tools: &mut Tools<'_>, format: &[u8], arguments: &[Value]) -> Result<Vec<u8>, Fault> {
    tools.memory(format.len())?;
    let mut reader = Reader {
        format: chars(format).collect(),
        at: 0,
        arguments,
        next: 0,
        reordered: false,
        good_index: true,
        after_index: false,
    };
    let mut out = Vec::new();
    // Text is copied as bytes, so that what is no UTF-8 stays as it is.
    let raw: Vec<&[u8]> = runes(format).map(|(_, raw)| raw).collect();
    while let Some(piece) = raw.get(reader.at) {
        reader.at += 1;
        match *piece {
            b"%" => reader.directive(tools, &mut out)?,
            text => out.extend_from_slice(text),
        }
    }
    if !reader.reordered && reader.next < arguments.len() {
        out.extend(b"%!(EXTRA ");
        for (index, value) in arguments[reader.next..].iter().enumerate() {
            if index > 0 {
                out.extend(b", ");
            }
            match value {
                Value::Nil => out.extend(b"<nil>"),
                value => {
                    out.extend(value.type_name().as_bytes());
                    out.push(b'=');
                    write(tools, value, &mut out, 0)?;
                }
            }
        }
        out.push(b')');
    }
    Ok(out)
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.format.get(self.at).copied()
    }

    fn directive(&mut self, tools: &mut Tools<'_>, out: &mut Vec<u8>) -> Result<(), Fault> {
        let mut spec = Spec::default();
        self.good_index = true;
        self.after_index = false;
        while let Some(c) = self.peek() {
            match c {
                '#' => spec.sharp = true,
                '0' => spec.zero = true,
                '+' => spec.plus = true,
                '-' => spec.minus = true,
                ' ' => spec.space = true,
                _ => break,
            }
            self.at += 1;
        }
        self.index();
        if self.peek() == Some('*') {
            self.at += 1;
            match self.star() {
                Some(width) => {
                    spec.minus |= width < 0;
                    spec.width = Some(width.unsigned_abs() as usize);
                }
                None => out.extend(b"%!(BADWIDTH)"),
            }
            self.after_index = false;
        } else {
            spec.width = self.digits();
            if self.after_index && spec.width.is_some() {
                self.good_index = false;
            }
        }
        if self.peek() == Some('.') {
            self.at += 1;
            if self.after_index {
                self.good_index = false;
            }
            self.index();
            if self.peek() == Some('*') {
                self.at += 1;
                match self.star() {
                    Some(precision) if precision >= 0 => spec.precision = Some(precision as usize),
                    Some(_) => {}
                    None => out.extend(b"%!(BADPREC)"),
                }
                self.after_index = false;
            } else {
                spec.precision = Some(self.digits().unwrap_or(0));
            }
        }
        if !self.after_index {
            self.index();
        }
        let Some(verb) = self.peek() else {
            out.extend(b"%!(NOVERB)");
            return Ok(());
        };
        self.at += 1;
        tools.memory(spec.width.unwrap_or(0) + spec.precision.unwrap_or(0))?;
        match verb {
            '%' => out.push(b'%'),
            _ if !self.good_index => {
                out.extend(format!("%!{verb}(BADINDEX)").as_bytes());
            }
            _ => match self.arguments.get(self.next) {
                None => out.extend(format!("%!{verb}(MISSING)").as_bytes()),
                Some(value) => {
                    self.next += 1;
                    verb::write(tools, out, value, verb, &spec, 0)?;
                }
            },
        }
        Ok(())
    }

    fn star(&mut self) -> Option<i64> {
        let value = self.arguments.get(self.next)?;
        self.next += 1;
        match value {
            Value::Signed(Signed::Int | Signed::Int64, value) => {
                (value.unsigned_abs() <= MAX_WIDTH.unsigned_abs()).then_some(*value)
            }
            _ => None,
        }
    }

    fn digits(&mut self) -> Option<usize> {
        let start = self.at;
        let mut value = 0i64;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            self.at += 1;
            value = (value * 10 + i64::from(digit)).min(MAX_WIDTH + 1);
        }
        let valid = self.at > start && value <= MAX_WIDTH;
        valid.then_some(value as usize)
    }

    /// `[3]`: the argument's number.
    fn index(&mut self) {
        if self.peek() != Some('[') {
            return;
        }
        self.reordered = true;
        let rest = &self.format[self.at..];
        let Some(close) = rest.iter().position(|c| *c == ']') else {
            self.good_index = false;
            self.at += 1;
            return;
        };
        let digits: String = rest[1..close].iter().collect();
        self.at += close + 1;
        match digits.parse::<usize>() {
            Ok(number) if number >= 1 && number <= self.arguments.len() => {
                self.next = number - 1;
                self.after_index = true;
            }
            _ => self.good_index = false,
        }
    }
}
