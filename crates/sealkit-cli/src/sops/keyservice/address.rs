//! Where a key service listens: `unix:///run/keys.sock`, `tcp://127.0.0.1:5000`.

use std::path::PathBuf;

/// A place that can be connected to, or listened on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    Unix(PathBuf),
    /// The host may be a name, a number, or empty: this machine.
    Tcp(String, u16),
}

impl Address {
    /// Reads what stands behind `--keyservice`.
    ///
    /// # Errors
    /// What is expected, in words.
    pub(super) fn of_url(text: &str) -> Result<Self, String> {
        let (network, rest) = text
            .split_once(':')
            .ok_or("an address is `unix:///path` or `tcp://127.0.0.1:5000`")?;
        match (network, rest.strip_prefix("//")) {
            ("unix", Some(path)) if !path.starts_with('/') => {
                Err("a path begins with `/`: `unix:///path`".to_owned())
            }
            ("unix", path) => Self::of(network, path.unwrap_or(rest)),
            (_, Some(host)) => Self::of(network, host.split(['/', '?', '#']).next().unwrap_or(host)),
            (_, None) => Err("an address is `unix:///path` or `tcp://127.0.0.1:5000`".to_owned()),
        }
    }

    /// Reads what stands behind `--network` and `--address`.
    ///
    /// # Errors
    /// What is wrong, as Go says it.
    pub(super) fn of(network: &str, address: &str) -> Result<Self, String> {
        match network {
            "unix" => Ok(Self::Unix(PathBuf::from(address))),
            "tcp" | "tcp4" | "tcp6" => host_and_port(address),
            _ => Err(format!("unknown network {network}; it is `unix` or `tcp`")),
        }
    }
}

fn host_and_port(text: &str) -> Result<Address, String> {
    let (host, port) = text
        .rsplit_once(':')
        .ok_or_else(|| format!("address {text}: missing port in address"))?;
    let port = port
        .parse()
        .map_err(|_| format!("address {text}: the port is no number below 65536"))?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    match bare {
        None if host.contains(':') => Err(format!("address {text}: too many colons in address")),
        bare => Ok(Address::Tcp(bare.unwrap_or(host).to_owned(), port)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_sops_reads() {
        let unix = |path: &str| Ok(Address::Unix(path.into()));
        let tcp = |host: &str, port| Ok(Address::Tcp(host.to_owned(), port));
        for (text, address) in [
            ("unix:///tmp/s.sock", unix("/tmp/s.sock")),
            ("unix:s.sock", unix("s.sock")),
            ("tcp://localhost:5000", tcp("localhost", 5000)),
            ("tcp://keys.example:1/", tcp("keys.example", 1)),
            ("tcp://[::1]:1", tcp("::1", 1)),
            ("tcp://:5000", tcp("", 5000)),
        ] {
            assert_eq!(Address::of_url(text), address, "{text}");
        }
    }

    #[test]
    fn says_what_is_wrong_with_the_rest() {
        for (text, why) in [
            ("", "an address is"),
            ("127.0.0.1:5000", "an address is"),
            ("unix://s.sock", "begins with `/`"),
            ("tcp://keys.example", "missing port"),
            ("tcp://keys.example:http", "no number"),
            ("tcp://::1:5000", "too many colons"),
            ("udp://127.0.0.1:1", "unknown network udp"),
        ] {
            let said = Address::of_url(text).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
    }
}
