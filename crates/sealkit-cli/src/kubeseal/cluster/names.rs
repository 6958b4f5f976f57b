//! The addresses behind a server's name, as `/etc/hosts` and `/etc/resolv.conf` say.
//!
//! The released binary is static, and glibc's own resolver then loads shared libraries that must be of exactly the version
//! it was built with; where they are not, the process dies. So nothing here calls it. The peer, a static program too,
//! asks the same two files and the servers that they name.

use std::{
    error, fmt,
    future::Future,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    pin::Pin,
    task::{Context, Poll},
    vec,
};

use hickory_resolver::{
    TokioResolver,
    config::{NameServerConfig, ResolverConfig, ResolverOpts},
    net::{NetError, runtime::TokioRuntimeProvider},
    system_conf::read_system_conf,
};
use hyper_util::client::legacy::connect::dns::Name;
use tower::Service;

/// Who knows the addresses.
#[derive(Clone)]
pub(super) struct Names {
    resolver: Result<TokioResolver, NetError>,
    /// The server that is asked first, for messages.
    server: Option<SocketAddr>,
}

impl Names {
    /// Those that this system asks.
    pub(super) fn of_the_system() -> Self {
        // A machine without the file asks itself, as every resolver does.
        let (config, options) = read_system_conf().unwrap_or_else(|_| {
            let itself = NameServerConfig::udp_and_tcp(Ipv4Addr::LOCALHOST.into());
            (
                ResolverConfig::from_parts(None, Vec::new(), vec![itself]),
                ResolverOpts::default(),
            )
        });
        Self::new(config, options)
    }

    fn new(config: ResolverConfig, options: ResolverOpts) -> Self {
        let first = config.name_servers().first();
        let server = first.and_then(|server| {
            let port = server.connections.first()?.port;
            Some(SocketAddr::new(server.ip, port))
        });
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        *builder.options_mut() = options;
        Self {
            resolver: builder.build(),
            server,
        }
    }
}

/// The addresses behind a name, for somebody who connects without the client's stack.
///
/// # Errors
/// In the peer's words.
#[cfg(feature = "keyservice")]
pub(crate) async fn addresses(name: &str) -> Result<Vec<IpAddr>, String> {
    let wrong = |_| format!("lookup {name}: no such host");
    let name: Name = name.parse().map_err(wrong)?;
    let found = Names::of_the_system().call(name).await;
    let found = found.map_err(|error| error.to_string())?;
    Ok(found.map(|address| address.ip()).collect())
}

/// A name without an address, in the peer's words.
#[derive(Debug)]
pub(super) struct NotFound {
    name: String,
    server: Option<SocketAddr>,
    why: String,
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lookup {}", self.name)?;
        if let Some(server) = self.server {
            write!(f, " on {server}")?;
        }
        write!(f, ": {}", self.why)
    }
}

impl error::Error for NotFound {}

impl Service<Name> for Names {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = NotFound;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, NotFound>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), NotFound>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let Self { resolver, server } = self.clone();
        Box::pin(async move {
            let looked_up = match resolver {
                Ok(resolver) => resolver.lookup_ip(name.as_str()).await,
                Err(error) => Err(error),
            };
            let found = looked_up.map_err(|error| NotFound {
                name: name.as_str().to_owned(),
                server,
                why: why(&error),
            })?;
            // The port is the connector's business.
            let addresses = found
                .into_iter()
                .map(|address: IpAddr| SocketAddr::new(address, 0));
            Ok(addresses.collect::<Vec<_>>().into_iter())
        })
    }
}

fn why(error: &NetError) -> String {
    match error {
        error if error.is_no_records_found() => "no such host".to_owned(),
        NetError::Timeout => "i/o timeout".to_owned(),
        NetError::Io(error) => crate::kubeseal::failure::reason(error),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::{net::UdpSocket, str::FromStr, thread, time::Duration};

    use hickory_resolver::config::ConnectionConfig;

    use super::*;

    /// A name server on loopback that knows one name, `api.cluster.test`.
    fn server() -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        // Ends with the test's process; it holds nothing but a port.
        thread::spawn(move || {
            let mut query = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut query) {
                let _ = socket.send_to(&answer(&query[..length]), from);
            }
        });
        address
    }

    /// RFC 1035, section 4: a header of twelve bytes, the question as it came, at most one record.
    fn answer(query: &[u8]) -> Vec<u8> {
        let name_bytes = query[12..].iter().position(|byte| *byte == 0).unwrap() + 1;
        let question = &query[12..12 + name_bytes + 4];
        let known = question.starts_with(b"\x03api\x07cluster\x04test\0");
        let wants_ipv4 = question[name_bytes..] == [0, 1, 0, 1];
        let (code, records) = (if known { 0 } else { 3 }, u8::from(known && wants_ipv4));
        let mut answer = query[..2].to_vec();
        answer.extend([0x81, 0x80 | code, 0, 1, 0, records, 0, 0, 0, 0]);
        answer.extend(question);
        if records == 1 {
            answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
        }
        answer
    }

    fn look_up(name: &str, server: SocketAddr) -> Result<Vec<SocketAddr>, String> {
        let mut connection = ConnectionConfig::udp();
        connection.port = server.port();
        let asked = NameServerConfig::new(server.ip(), true, vec![connection]);
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![asked]);
        let mut options = ResolverOpts::default();
        (options.timeout, options.attempts) = (Duration::from_millis(300), 1);
        let runtime = crate::kubeseal::cluster::connection::runtime().unwrap();
        let answer = runtime.block_on(async {
            let mut names = Names::new(config, options);
            names.call(Name::from_str(name).unwrap()).await
        });
        answer.map(Iterator::collect).map_err(|error| error.to_string())
    }

    #[test]
    fn a_name_server_is_asked_and_the_hosts_of_the_machine_are_known() {
        let server = server();
        assert_eq!(
            look_up("api.cluster.test", server),
            Ok(vec!["192.0.2.7:0".parse().unwrap()])
        );
        let local = look_up("localhost", server).unwrap();
        assert!(
            local.iter().all(|address| address.ip().is_loopback()),
            "{local:?}"
        );
    }

    #[test]
    fn a_name_that_nobody_knows_is_told_as_the_peer_tells_it() {
        let server = server();
        assert_eq!(
            look_up("nobody.cluster.test", server),
            Err(format!("lookup nobody.cluster.test on {server}: no such host"))
        );
        let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
        let server = silent.local_addr().unwrap();
        assert_eq!(
            look_up("api.cluster.test", server),
            Err(format!("lookup api.cluster.test on {server}: i/o timeout"))
        );
    }
}
