//! JSON as Go reads it into nothing in particular: numbers are floating-point, the last of equal keys counts. What is
//! wrong is said without quoting the text, which may be a secret.

use super::{Function, function, text};
use crate::error::Fault;
use crate::exec::Tools;
use crate::parse::float;
use crate::text::lossy;
use crate::value::{Element, Entries, Value};

pub(super) const TABLE: &[Function] = &[
    function("fromJson", "s", |tools, a| match read(tools, text(a, 0)) {
        Err(Fault::Failed(_)) => Ok(Value::Nil),
        other => other,
    }),
    function("mustFromJson", "s", |tools, a| read(tools, text(a, 0))),
];

const MAX_DEPTH: u32 = 60;

fn read(tools: &mut Tools<'_>, bytes: &[u8]) -> Result<Value, Fault> {
    tools.memory(bytes.len())?;
    let text = lossy(bytes);
    let mut reader = Reader { rest: &text, tools };
    let value = reader.value(0)?;
    reader.space();
    match reader.rest.is_empty() {
        true => Ok(value),
        false => Err("invalid character after top-level value".into()),
    }
}

struct Reader<'a, 't, 'h> {
    rest: &'a str,
    tools: &'t mut Tools<'h>,
}

impl<'a> Reader<'a, '_, '_> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    fn fault(&self, message: &str) -> Fault {
        match self.rest.is_empty() {
            true => "unexpected end of JSON input".into(),
            false => format!("invalid character {message}").into(),
        }
    }

    fn take(&mut self, token: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(token) else {
            return false;
        };
        self.rest = rest;
        true
    }

    fn value(&mut self, depth: u32) -> Result<Value, Fault> {
        self.tools.step(1)?;
        if depth > MAX_DEPTH {
            return Err(Fault::Limit("exceeded max depth".to_owned()));
        }
        self.space();
        match self.rest.as_bytes().first() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => {
                let text = self.string()?;
                self.tools.text(text)
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ if self.take("null") => Ok(Value::Nil),
            _ if self.take("true") => Ok(Value::Bool(true)),
            _ if self.take("false") => Ok(Value::Bool(false)),
            _ => Err(self.fault("looking for beginning of value")),
        }
    }

    fn object(&mut self, depth: u32) -> Result<Value, Fault> {
        self.take("{");
        let mut entries = Entries::new();
        self.space();
        if self.take("}") {
            return self.tools.map(Element::Any, entries);
        }
        loop {
            self.space();
            if !self.rest.starts_with('"') {
                return Err(self.fault("looking for beginning of object key string"));
            }
            let key = self.string()?;
            self.space();
            if !self.take(":") {
                return Err(self.fault("after object key"));
            }
            let value = self.value(depth + 1)?;
            entries.insert(key.into_bytes().into(), value);
            self.space();
            if self.take("}") {
                return self.tools.map(Element::Any, entries);
            }
            if !self.take(",") {
                return Err(self.fault("after object key:value pair"));
            }
        }
    }

    fn array(&mut self, depth: u32) -> Result<Value, Fault> {
        self.take("[");
        let mut items = Vec::new();
        self.space();
        if self.take("]") {
            return self.tools.list(items);
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            if self.take("]") {
                return self.tools.list(items);
            }
            if !self.take(",") {
                return Err(self.fault("after array element"));
            }
        }
    }

    fn digits(&mut self) -> &'a str {
        let end = self
            .rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        digits
    }

    fn number(&mut self) -> Result<Value, Fault> {
        let start = self.rest;
        self.take("-");
        if !self.take("0") && self.digits().is_empty() {
            return Err(self.fault("in numeric literal"));
        }
        if self.take(".") && self.digits().is_empty() {
            return Err(self.fault("after decimal point in numeric literal"));
        }
        if self.take("e") || self.take("E") {
            let _ = self.take("+") || self.take("-");
            if self.digits().is_empty() {
                return Err(self.fault("in exponent of numeric literal"));
            }
        }
        let text = &start[..start.len() - self.rest.len()];
        match float(text) {
            Some(value) => Ok(Value::Float(value)),
            None => Err("json: cannot unmarshal number into Go value of type float64".into()),
        }
    }

    fn string(&mut self) -> Result<String, Fault> {
        self.take("\"");
        let mut out = String::new();
        loop {
            let mut chars = self.rest.chars();
            let Some(c) = chars.next() else {
                return Err(self.fault(""));
            };
            match c {
                '"' => {
                    self.rest = chars.as_str();
                    return Ok(out);
                }
                '\\' => {
                    self.rest = chars.as_str();
                    out.push(self.escape()?);
                }
                '\0'..='\x1f' => return Err(self.fault("in string literal")),
                c => {
                    self.rest = chars.as_str();
                    out.push(c);
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let mut chars = self.rest.chars();
        let c = match chars.next() {
            Some('b') => '\x08',
            Some('f') => '\x0c',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some(c @ ('"' | '\\' | '/')) => c,
            Some('u') => {
                self.rest = chars.as_str();
                return self.unicode();
            }
            _ => return Err(self.fault("in string escape code")),
        };
        self.rest = chars.as_str();
        Ok(c)
    }

    fn unicode(&mut self) -> Result<char, Fault> {
        let high = self.unit()?;
        if (0xd800..0xdc00).contains(&high) && self.rest.starts_with("\\u") {
            let before = self.rest;
            self.take("\\u");
            let low = self.unit()?;
            if (0xdc00..0xe000).contains(&low) {
                let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.rest = before;
        }
        Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn unit(&mut self) -> Result<u32, Fault> {
        let digits = self
            .rest
            .get(..4)
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let value = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let value = value.ok_or_else(|| self.fault("in \\u hexadecimal character escape"))?;
        self.rest = &self.rest[4..];
        Ok(value)
    }
}
