//! URLs taken apart and put together, as Go's `net/url` does.

use super::{Answer, Function, dict, function, text};
use crate::error::Fault;
use crate::exec::{Tools, entry};
use crate::value::{Element, Entries, Value};

pub(super) const TABLE: &[Function] = &[
    function("urlParse", "s", |tools, a| {
        let url = Url::parse(text(a, 0)).map_err(|why| format!("unable to parse url: {why}"))?;
        let mut entries = Entries::new();
        for (key, value) in [
            ("scheme", url.scheme.clone()),
            ("host", url.host.clone()),
            ("hostname", hostname(&url.host)),
            ("path", url.path.clone()),
            ("query", url.query.clone()),
            ("opaque", url.opaque.clone()),
            ("fragment", url.fragment.clone()),
            ("userinfo", url.user.as_ref().map(User::show).unwrap_or_default()),
        ] {
            entries.insert(key.as_bytes().into(), tools.text(value)?);
        }
        tools.map(Element::Any, entries)
    }),
    function("urlJoin", "m", join),
];

#[derive(Default)]
struct Url {
    scheme: Vec<u8>,
    opaque: Vec<u8>,
    user: Option<User>,
    host: Vec<u8>,
    path: Vec<u8>,
    query: Vec<u8>,
    fragment: Vec<u8>,
}

struct User {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
}

/// Which characters a part may hold unescaped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Path,
    User,
    Host,
    Fragment,
}

fn cut(bytes: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match bytes.iter().position(|byte| *byte == at) {
        Some(index) => (&bytes[..index], Some(&bytes[index + 1..])),
        None => (bytes, None),
    }
}

impl Url {
    fn parse(raw: &[u8]) -> Result<Self, &'static str> {
        if raw.iter().any(|byte| *byte < b' ' || *byte == 0x7f) {
            return Err("net/url: invalid control character in URL");
        }
        let mut url = Self::default();
        let (raw, fragment) = cut(raw, b'#');
        url.fragment = unescape(fragment.unwrap_or_default(), Part::Fragment)?;
        if raw == b"*" {
            url.path = raw.to_vec();
            return Ok(url);
        }
        let rest = url.take_scheme(raw)?;
        let (mut rest, query) = cut(rest, b'?');
        url.query = query.unwrap_or_default().to_vec();
        if !rest.starts_with(b"/") {
            if !url.scheme.is_empty() {
                url.opaque = rest.to_vec();
                return Ok(url);
            }
            if cut(rest, b'/').0.contains(&b':') {
                return Err("first path segment in URL cannot contain colon");
            }
        }
        let has_authority = !url.scheme.is_empty() || !rest.starts_with(b"///");
        if has_authority && let Some(behind) = rest.strip_prefix(b"//") {
            let end = behind
                .iter()
                .position(|byte| *byte == b'/')
                .unwrap_or(behind.len());
            let (authority, path) = behind.split_at(end);
            url.authority(authority)?;
            rest = path;
        }
        url.path = unescape(rest, Part::Path)?;
        Ok(url)
    }

    fn take_scheme<'r>(&mut self, raw: &'r [u8]) -> Result<&'r [u8], &'static str> {
        for (index, byte) in raw.iter().enumerate() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' => {}
                b'0'..=b'9' | b'+' | b'-' | b'.' if index > 0 => {}
                b':' if index == 0 => return Err("missing protocol scheme"),
                b':' => {
                    self.scheme = raw[..index].to_ascii_lowercase();
                    return Ok(&raw[index + 1..]);
                }
                _ => return Ok(raw),
            }
        }
        Ok(raw)
    }

    fn authority(&mut self, authority: &[u8]) -> Result<(), &'static str> {
        let at = authority.iter().rposition(|byte| *byte == b'@');
        let host = at.map_or(authority, |at| &authority[at + 1..]);
        if let Some(at) = at {
            self.user = Some(User::parse(&authority[..at])?);
        }
        let port = match host.starts_with(b"[") {
            true => {
                let end = host.iter().rposition(|byte| *byte == b']');
                let end = end.ok_or("missing ']' in host")?;
                &host[end + 1..]
            }
            false => {
                let colon = host.iter().rposition(|byte| *byte == b':');
                colon.map_or(b"".as_slice(), |at| &host[at..])
            }
        };
        let digits = port.strip_prefix(b":").unwrap_or(port);
        if !port.is_empty() && (digits.len() == port.len() || !digits.iter().all(u8::is_ascii_digit)) {
            return Err("invalid port after host");
        }
        self.host = unescape(host, Part::Host)?;
        Ok(())
    }

    fn show(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.scheme.is_empty() {
            out.extend(&self.scheme);
            out.push(b':');
        }
        if self.opaque.is_empty() {
            let named = !self.host.is_empty() || self.user.is_some();
            if named || !self.scheme.is_empty() && !self.path.is_empty() {
                out.extend(b"//");
            }
            if let Some(user) = &self.user {
                out.extend(user.show());
                out.push(b'@');
            }
            out.extend(escape(&self.host, Part::Host));
            if !self.path.is_empty() && !self.path.starts_with(b"/") && !self.host.is_empty() {
                out.push(b'/');
            }
            let path = match &self.path[..] {
                b"*" => b"*".to_vec(),
                path => escape(path, Part::Path),
            };
            if out.is_empty() && cut(&path, b'/').0.contains(&b':') {
                out.extend(b"./");
            }
            out.extend(path);
        } else {
            out.extend(&self.opaque);
        }
        if !self.query.is_empty() {
            out.push(b'?');
            out.extend(&self.query);
        }
        if !self.fragment.is_empty() {
            out.push(b'#');
            out.extend(escape(&self.fragment, Part::Fragment));
        }
        out
    }
}

impl User {
    fn parse(text: &[u8]) -> Result<Self, &'static str> {
        let valid = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(byte);
        if !text.iter().all(valid) {
            return Err("net/url: invalid userinfo");
        }
        let (name, password) = cut(text, b':');
        Ok(Self {
            name: unescape(name, Part::User)?,
            password: password.map(|text| unescape(text, Part::User)).transpose()?,
        })
    }

    fn show(&self) -> Vec<u8> {
        let mut out = escape(&self.name, Part::User);
        if let Some(password) = &self.password {
            out.push(b':');
            out.extend(escape(password, Part::User));
        }
        out
    }
}

fn hostname(host: &[u8]) -> Vec<u8> {
    if let Some(inner) = host.strip_prefix(b"[") {
        return cut(inner, b']').0.to_vec();
    }
    let colon = host.iter().rposition(|byte| *byte == b':');
    match colon {
        Some(at) if host[at + 1..].iter().all(u8::is_ascii_digit) => host[..at].to_vec(),
        _ => host.to_vec(),
    }
}

fn unescape(text: &[u8], part: Part) -> Result<Vec<u8>, &'static str> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        if *byte != b'%' {
            let odd = byte.is_ascii() && escapes(*byte, Part::Host) && part == Part::Host;
            if odd {
                return Err("invalid character in host name");
            }
            out.push(*byte);
            continue;
        }
        let digits = rest.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let value = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let value = value.ok_or("invalid URL escape")?;
        if part == Part::Host && value < 0x80 && value != b'%' {
            return Err("invalid URL escape");
        }
        out.push(value);
        rest = &rest[2..];
    }
    Ok(out)
}

fn escapes(byte: u8, part: Part) -> bool {
    if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
        return false;
    }
    if part == Part::Host && b"!$&'()*+,;=:[]<>\"".contains(&byte) {
        return false;
    }
    match (byte, part) {
        (b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'?' | b'@', part) => match part {
            Part::Path => byte == b'?',
            Part::User => matches!(byte, b'@' | b'/' | b'?' | b':'),
            Part::Fragment => false,
            Part::Host => true,
        },
        (b'!' | b'(' | b')' | b'*', Part::Fragment) => false,
        _ => true,
    }
}

fn escape(bytes: &[u8], part: Part) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for byte in bytes {
        match escapes(*byte, part) {
            true => out.extend(format!("%{byte:02X}").as_bytes()),
            false => out.push(*byte),
        }
    }
    out
}

fn join(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let part = |key: &str| -> Result<Vec<u8>, Fault> {
        match dict(a, 0).and_then(|map| entry(map, key.as_bytes())) {
            None => Ok(Vec::new()),
            Some(Value::Text(text)) => Ok(text.to_vec()),
            Some(other) => {
                let kind = other.kind_name();
                Err(format!("unable to parse {key} key, must be of type string, but {kind} found").into())
            }
        }
    };
    let userinfo = part("userinfo")?;
    let url = Url {
        scheme: part("scheme")?,
        opaque: part("opaque")?,
        user: match userinfo.is_empty() {
            true => None,
            false => {
                let user = User::parse(&userinfo);
                Some(user.map_err(|why| format!("unable to parse userinfo in dict: {why}"))?)
            }
        },
        host: part("host")?,
        path: part("path")?,
        query: part("query")?,
        fragment: part("fragment")?,
    };
    tools.text(url.show())
}
