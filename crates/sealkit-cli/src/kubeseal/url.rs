//! What of a `--cert` is a path and what is an address.
//!
//! Source: sealed-secrets v0.40.0 `isFilename` of `pkg/kubeseal/kubeseal.go`; RFC 3986 §3.1.

/// Where a certificate is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Location<'a> {
    /// A path of this machine. A scheme of one letter is a drive of Windows.
    Path(&'a str),
    /// The path of a `file:` URL, decoded.
    FileUrl(String),
    /// Any other URL, with its scheme.
    Url(&'a str),
}

/// Tells them apart.
pub(super) fn location(given: &str) -> Location<'_> {
    let Some((scheme, rest)) = given.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) else {
        return Location::Path(given);
    };
    if scheme.len() == 1 {
        return Location::Path(given);
    }
    if !scheme.eq_ignore_ascii_case("file") {
        return Location::Url(scheme);
    }
    let path = match rest.strip_prefix("//") {
        Some(authority) => authority.find('/').map_or("/", |at| &authority[at..]),
        None => rest,
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    Location::FileUrl(decoded(path))
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

fn decoded(path: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), path.as_bytes());
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let escaped = hex
            .filter(|_| first == b'%')
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_a_scheme_is_an_address() {
        for path in [
            "cert.pem",
            "/a/b.pem",
            "c:\\cert.pem",
            "C:cert",
            "a/b:c",
            "1a:b",
            "",
            "%zz",
        ] {
            assert_eq!(location(path), Location::Path(path));
        }
        assert_eq!(location("https://x/y"), Location::Url("https"));
        assert_eq!(
            location("file:///a%20b.pem?x"),
            Location::FileUrl("/a b.pem".to_owned())
        );
        assert_eq!(location("file://host/a"), Location::FileUrl("/a".to_owned()));
    }
}
