//! Texts as Go prints and reads them: the server's error messages are made of these.
//!
//! Quoting (`%q`), JSON of strings, durations, and how far a URL is checked. Source: Go 1.26, `strconv`, `encoding/json`,
//! `time`, `net/url`.

use std::fmt::Write;

/// `%q`: double quotes, what does not print as an escape.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            ' '..='~' => out.push(c),
            '\0'..='\u{7f}' => _ = write!(out, "\\x{:02x}", u32::from(c)),
            // Rust's own escaping follows the same table of printable characters
            c if c.escape_debug().count() == 1 => out.push(c),
            c if u32::from(c) < 0x1_0000 => _ = write!(out, "\\u{:04x}", u32::from(c)),
            c => _ = write!(out, "\\U{:08x}", u32::from(c)),
        }
    }
    out.push('"');
    out
}

/// A string as `json.Marshal` writes it, which escapes what is special in HTML.
pub(super) fn json_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                _ = write!(out, "\\u{:04x}", u32::from(c))
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A list of strings as `json.Marshal` writes it.
pub(super) fn json_strings<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let texts: Vec<String> = texts.map(json_string).collect();
    format!("[{}]", texts.join(","))
}

/// Reads a duration into nanoseconds.
///
/// # Errors
/// The text of `time.ParseDuration`'s error.
pub(super) fn parse_duration(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quote_ascii(text));
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0u64;
    while !rest.is_empty() {
        let whole = digits(rest);
        let value: u64 = if whole.is_empty() {
            0
        } else {
            whole.parse().map_err(|_| invalid())?
        };
        rest = &rest[whole.len()..];
        let mut fraction = "";
        if let Some(after) = rest.strip_prefix('.') {
            fraction = digits(after);
            rest = &after[fraction.len()..];
        }
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let unit = &rest[..rest
            .find(|c: char| c == '.' || c.is_ascii_digit())
            .unwrap_or(rest.len())];
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {}", quote_ascii(text)));
        }
        let nanoseconds = unit_nanoseconds(unit).ok_or_else(|| {
            format!(
                "time: unknown unit {} in duration {}",
                quote_ascii(unit),
                quote_ascii(text)
            )
        })?;
        rest = &rest[unit.len()..];
        let mut value = value
            .checked_mul(nanoseconds)
            .filter(|value| *value <= 1 << 63)
            .ok_or_else(invalid)?;
        if !fraction.is_empty() {
            let part: f64 = format!("0.{fraction}").parse().unwrap_or(0.0);
            value += (part * nanoseconds as f64) as u64;
        }
        total = total
            .checked_add(value)
            .filter(|total| *total <= 1 << 63)
            .ok_or_else(invalid)?;
    }
    if negative {
        return Ok((total as i64).wrapping_neg());
    }
    i64::try_from(total).map_err(|_| invalid())
}

fn digits(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())]
}

fn unit_nanoseconds(unit: &str) -> Option<u64> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// `time`'s own quoting, which escapes every byte beyond ASCII.
fn quote_ascii(text: &str) -> String {
    let mut out = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b' '..=b'~' => out.push(char::from(byte)),
            _ => _ = write!(out, "\\x{byte:02x}"),
        }
    }
    out.push('"');
    out
}

/// Prints a duration as `Duration.String` does.
pub(super) fn duration(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let total = nanoseconds.unsigned_abs();
    let fraction = |value: u64, unit: u64, name: &str| {
        let (whole, rest) = (value / unit, value % unit);
        if rest == 0 {
            return format!("{whole}{name}");
        }
        let width = unit.ilog10() as usize;
        let rest = format!("{rest:0width$}");
        format!("{whole}.{}{name}", rest.trim_end_matches('0'))
    };
    let text = match total {
        0 => return "0s".to_owned(),
        1..1_000 => format!("{total}ns"),
        1_000..1_000_000 => fraction(total, 1_000, "µs"),
        1_000_000..1_000_000_000 => fraction(total, 1_000_000, "ms"),
        _ => {
            let seconds = fraction(total % 60_000_000_000, 1_000_000_000, "s");
            let minutes = total / 60_000_000_000;
            match (minutes / 60, minutes % 60) {
                (0, 0) => seconds,
                (0, minutes) => format!("{minutes}m{seconds}"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
            }
        }
    };
    format!("{sign}{text}")
}

/// What the server asks of a URL: its scheme, lower case, and what it takes for host and path.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Url {
    pub(super) scheme: String,
    pub(super) host: String,
}

/// Checks a URL as far as `url.Parse` does.
///
/// # Errors
/// The text of its error.
pub(super) fn parse_url(raw: &str) -> Result<Url, String> {
    let (text, fragment) = raw.split_once('#').unwrap_or((raw, ""));
    let url = parse_url_text(text).map_err(|error| format!("parse {}: {error}", quote(text)))?;
    escapes(fragment).map_err(|error| format!("parse {}: {error}", quote(raw)))?;
    Ok(url)
}

fn parse_url_text(text: &str) -> Result<Url, String> {
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let (scheme, rest) = split_scheme(text)?;
    let scheme = scheme.to_ascii_lowercase();
    let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
    if !rest.starts_with('/') {
        if !scheme.is_empty() {
            return Ok(Url {
                scheme,
                host: String::new(),
            });
        }
        if rest
            .split('/')
            .next()
            .is_some_and(|segment| segment.contains(':'))
        {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    let authority = rest
        .strip_prefix("//")
        .filter(|_| !scheme.is_empty() || !rest.starts_with("///"));
    let (host, path) = match authority {
        None => ("", rest),
        Some(authority) => authority
            .find('/')
            .map_or((authority, ""), |at| authority.split_at(at)),
    };
    let host = check_authority(host)?;
    escapes(path)?;
    Ok(Url {
        scheme,
        host: host.to_owned(),
    })
}

fn split_scheme(text: &str) -> Result<(&str, &str), String> {
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((&text[..at], &text[at + 1..])),
            _ => break,
        }
    }
    Ok(("", text))
}

fn check_authority(authority: &str) -> Result<&str, String> {
    let (user, host) = match authority.rfind('@') {
        None => (None, authority),
        Some(at) => (Some(&authority[..at]), &authority[at + 1..]),
    };
    check_host(host)?;
    if let Some(user) = user {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
        if !user.chars().all(allowed) {
            return Err("net/url: invalid userinfo".to_owned());
        }
        escapes(user)?;
    }
    Ok(host)
}

fn check_host(host: &str) -> Result<(), String> {
    match host.rfind('[') {
        Some(0) => {
            let Some(end) = host.rfind(']') else {
                return Err("missing ']' in host".to_owned());
            };
            check_port(&host[end + 1..])?;
            let address = host[1..end].split("%25").next().unwrap_or_default();
            address
                .parse::<std::net::Ipv6Addr>()
                .map(drop)
                .map_err(|_| "invalid host: ParseAddr".to_owned())
        }
        Some(_) => Err("invalid IP-literal".to_owned()),
        None => {
            if let Some(colon) = host.rfind(':') {
                check_port(&host[colon..])?;
            }
            host_characters(host)
        }
    }
}

fn check_port(port: &str) -> Result<(), String> {
    let good = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()));
    if good {
        Ok(())
    } else {
        Err(format!("invalid port {} after host", quote(port)))
    }
}

fn host_characters(host: &str) -> Result<(), String> {
    let mut rest = host;
    while let Some(c) = rest.chars().next() {
        if c == '%' {
            let escape = escape_at(rest)?;
            let value = u8::from_str_radix(&escape[1..], 16).unwrap_or_default();
            if value < 0x80 && escape != "%25" {
                return Err(format!("invalid URL escape {}", quote(escape)));
            }
            rest = &rest[3..];
            continue;
        }
        // RFC 3986 host characters, and those that Go lets pass beside them
        let allowed = !c.is_ascii() || c.is_ascii_alphanumeric() || "-_.~!$&'()*+,;=:[]<>\"".contains(c);
        if !allowed {
            return Err(format!(
                "invalid character {} in host name",
                quote(&c.to_string())
            ));
        }
        rest = &rest[c.len_utf8()..];
    }
    Ok(())
}

fn escapes(text: &str) -> Result<(), String> {
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        rest = &rest[at..];
        escape_at(rest)?;
        rest = &rest[3..];
    }
    Ok(())
}

/// The escape at the front of `text`, which begins with a percent sign.
fn escape_at(text: &str) -> Result<&str, String> {
    let bytes = text.as_bytes();
    if bytes.len() > 2 && bytes[1].is_ascii_hexdigit() && bytes[2].is_ascii_hexdigit() {
        return Ok(&text[..3]);
    }
    // Go shows three bytes, whatever they are; three characters differ only beyond ASCII
    let shown: String = text.chars().take(3).collect();
    Err(format!("invalid URL escape {}", quote(&shown)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_like_strconv() {
        assert_eq!(
            quote("a\"b\\\n\t\u{1}\u{7f}é日\u{a0}\u{2028}\u{1f600}"),
            "\"a\\\"b\\\\\\n\\t\\x01\\x7fé日\\u00a0\\u2028😀\""
        );
        assert_eq!(
            json_string("<a&b>\u{1}\"é"),
            "\"\\u003ca\\u0026b\\u003e\\u0001\\\"é\""
        );
        assert_eq!(json_strings(["a", "b"].into_iter()), "[\"a\",\"b\"]");
    }

    #[test]
    fn reads_and_prints_durations_like_time() {
        for (text, nanoseconds, printed) in [
            ("3s", 3_000_000_000, "3s"),
            ("-1.5h", -5_400_000_000_000, "-1h30m0s"),
            ("0", 0, "0s"),
            ("1m1ms", 60_001_000_000, "1m0.001s"),
            ("100us", 100_000, "100µs"),
            ("1.5ms", 1_500_000, "1.5ms"),
            ("7ns", 7, "7ns"),
            (".5s", 500_000_000, "500ms"),
            ("25h", 90_000_000_000_000, "25h0m0s"),
        ] {
            assert_eq!(parse_duration(text), Ok(nanoseconds), "{text}");
            assert_eq!(duration(nanoseconds), printed);
        }
        for (text, error) in [
            ("", "time: invalid duration \"\""),
            ("3", "time: missing unit in duration \"3\""),
            ("3x", "time: unknown unit \"x\" in duration \"3x\""),
            ("s", "time: invalid duration \"s\""),
            ("-", "time: invalid duration \"-\""),
            ("1e3s", "time: unknown unit \"e\" in duration \"1e3s\""),
            ("9999999h", "time: invalid duration \"9999999h\""),
            ("3 s", "time: unknown unit \" s\" in duration \"3 s\""),
        ] {
            assert_eq!(parse_duration(text), Err(error.to_owned()));
        }
    }

    #[test]
    fn checks_urls_like_net_url() {
        for (url, scheme, host) in [
            ("unix:///run/kms.sock", "unix", ""),
            ("unix://run/kms.sock", "unix", "run"),
            ("UNIX:///@kms", "unix", ""),
            ("unix:kms.sock", "unix", ""),
            ("/run/kms.sock", "", ""),
            ("kms", "", ""),
            ("tcp://host:80", "tcp", "host:80"),
        ] {
            assert_eq!(
                parse_url(url),
                Ok(Url {
                    scheme: scheme.to_owned(),
                    host: host.to_owned()
                }),
                "{url}"
            );
        }
        for (url, error) in [
            (":x", "missing protocol scheme"),
            ("1a:b", "first path segment in URL cannot contain colon"),
            ("unix:///%zz", "invalid URL escape \"%zz\""),
            ("unix:///a%", "invalid URL escape \"%\""),
            ("unix://h:x/", "invalid port \":x\" after host"),
            ("unix://a b/", "invalid character \" \" in host name"),
            ("unix:///a\tb", "net/url: invalid control character in URL"),
            ("unix://u{}@h/", "net/url: invalid userinfo"),
        ] {
            assert_eq!(parse_url(url), Err(format!("parse {}: {error}", quote(url))));
        }
    }
}
