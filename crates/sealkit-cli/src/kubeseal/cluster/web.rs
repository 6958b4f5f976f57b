//! A certificate from an address that is no cluster: `--cert https://…`.
//!
//! Follows redirects and the proxy of the environment, as the peer's client does.

use http::{Request, Uri};
use kube::Config;

use super::connection::{Connection, runtime};
use crate::kubeseal::{failure::Failure, quote::quote};

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 10;

/// Fetches what stands at a URL.
pub(in crate::kubeseal) fn fetch(url: &str) -> Result<Vec<u8>, Failure> {
    let mut at: Uri = parse(url, url)?;
    for _ in 0..=MAX_REDIRECTS {
        let (base, path) = split(&at, url)?;
        let mut config = Config::new(base);
        config.proxy_url = proxy(&at);
        let connection = Connection::with(runtime()?, config, None)?;
        let answer = connection.ask(Request::builder().uri(path).body(Vec::new()))?;
        match (answer.status, answer.location.as_deref()) {
            (200, _) => return Ok(answer.body),
            (301 | 302 | 303 | 307 | 308, Some(location)) => at = join(&at, location, url)?,
            (status, _) => {
                let reason = http::StatusCode::from_u16(status)
                    .ok()
                    .and_then(|status| status.canonical_reason());
                return Err(Failure::new(format!(
                    "cannot fetch {}: {status} {}",
                    quote(url),
                    reason.unwrap_or_default()
                ))
                .help("check the address with a browser or `curl -v`".to_owned()));
            }
        }
    }
    Err(Failure::new(format!(
        "Get {}: stopped after 10 redirects",
        quote(url)
    )))
}

fn parse(text: &str, given: &str) -> Result<Uri, Failure> {
    text.parse().map_err(|_| {
        Failure::new(format!("parse {}: invalid URL", quote(given)))
            .help("write it like https://host/path".to_owned())
    })
}

/// The server, and what to ask it for.
fn split(at: &Uri, given: &str) -> Result<(Uri, String), Failure> {
    let path = at.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let base = format!(
        "{}://{}",
        at.scheme_str().unwrap_or("http"),
        at.authority().map_or("", |authority| authority.as_str())
    );
    Ok((parse(&base, given)?, path))
}

/// Where a redirect leads.
fn join(at: &Uri, location: &str, given: &str) -> Result<Uri, Failure> {
    if location.contains("://") {
        return parse(location, given);
    }
    let (base, path) = split(at, given)?;
    let base = base.to_string();
    let base = base.trim_end_matches('/');
    match location.starts_with('/') {
        true => parse(&format!("{base}{location}"), given),
        false => {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            parse(&format!("{base}{folder}/{location}"), given)
        }
    }
}

/// The proxy that the environment names for this address.
fn proxy(at: &Uri) -> Option<Uri> {
    let host = at.host()?;
    let variable = |name: &str| {
        let value = std::env::var(name.to_uppercase())
            .or_else(|_| std::env::var(name))
            .ok();
        value.filter(|value| !value.is_empty())
    };
    let excepted = variable("no_proxy").unwrap_or_default();
    let excepted = excepted
        .split(',')
        .map(|name| name.trim().trim_start_matches('.'));
    let is_excepted = |name: &str| {
        name == "*"
            || host == name
            || host
                .strip_suffix(name)
                .is_some_and(|rest| !name.is_empty() && rest.ends_with('.'))
    };
    if matches!(host, "localhost" | "127.0.0.1" | "[::1]") || excepted.into_iter().any(is_excepted) {
        return None;
    }
    let scheme = at.scheme_str().unwrap_or("http");
    let named = variable(&format!("{scheme}_proxy"))?;
    let with_scheme = if named.contains("://") {
        named
    } else {
        format!("http://{named}")
    };
    with_scheme.parse().ok()
}
