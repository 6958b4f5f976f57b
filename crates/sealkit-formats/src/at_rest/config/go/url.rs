//! How far Go checks a URL. Source: Go 1.26, `net/url`.

use super::quote;

/// What the server asks of a URL: its scheme, lower case, and what it takes for host and path.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Url {
    pub(in super::super) scheme: String,
    pub(in super::super) host: String,
}

/// Checks a URL as far as `url.Parse` does.
///
/// # Errors
/// The text of its error.
pub(in super::super) fn parse_url(raw: &str) -> Result<Url, String> {
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
