//! Accepting connections, and ending with grace.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::Options;
use super::guests::{Guests, Place};
use super::route::Site;
use super::watched::{Progress, Times, Watched};
use crate::log::Log;

/// Head of a request.
const MAX_HEAD_BYTES: usize = 64 * 1024;
const MAX_HEADERS: usize = 100;
/// A pod is killed 30 seconds after it was asked to end.
const GRACE: Duration = Duration::from_secs(20);
/// Out of file descriptors, say: other connections must end first.
const AFTER_A_FAILED_ACCEPT: Duration = Duration::from_millis(50);

/// One site on one listener.
pub(super) struct Server<S> {
    site: Arc<S>,
    times: Times,
    guests: Arc<Guests>,
    log: Log,
}

impl<S: Site> Server<S> {
    pub(super) fn new(site: Arc<S>, options: &Options, log: Log) -> Self {
        Self {
            site,
            times: Times::new(options.read_timeout, options.write_timeout),
            guests: Arc::default(),
            log,
        }
    }

    /// Answers until it is told to stop, then waits for what has begun.
    pub(super) async fn run(self, listener: TcpListener, mut stop: watch::Receiver<bool>) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = stopped(&mut stop) => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, from)) => self.admit(stream, from, &stop, &mut connections),
                    Err(error) => {
                        self.log.warn("cannot accept a connection", &[("error", &error)]);
                        sleep(AFTER_A_FAILED_ACCEPT).await;
                    }
                },
                // ended ones are forgotten as they end
                Some(_) = connections.join_next() => {}
            }
        }
        drop(listener);
        let all = async { while connections.join_next().await.is_some() {} };
        if timeout(GRACE, all).await.is_err() {
            self.log.warn("HTTP requests were cut off", &[]);
        }
    }

    fn admit(
        &self,
        stream: TcpStream,
        from: SocketAddr,
        stop: &watch::Receiver<bool>,
        connections: &mut JoinSet<()>,
    ) {
        // the client sees its connection close
        let Some(place) = self.guests.admit(from.ip().to_canonical()) else {
            return;
        };
        let (site, times, stop) = (Arc::clone(&self.site), self.times, stop.clone());
        connections.spawn(converse(site, stream, times, place, stop));
    }
}

/// One connection from its beginning to its end.
async fn converse<S: Site>(
    site: Arc<S>,
    stream: TcpStream,
    times: Times,
    place: Place,
    mut stop: watch::Receiver<bool>,
) {
    let progress = Progress::default();
    // only costs time where answers are small
    let _ = stream.set_nodelay(true);
    let stream = TokioIo::new(Watched::new(stream, times, progress.clone()));
    let service = service_fn(|request: Request<Incoming>| {
        progress.busy();
        let (answer, progress) = (Arc::clone(&site).answer(request), progress.clone());
        async move {
            let answer = answer.await;
            progress.answered();
            Ok::<_, std::convert::Infallible>(answer)
        }
    });
    let mut builder = http1::Builder::new();
    builder
        .title_case_headers(true)
        .header_read_timeout(None)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD_BYTES);
    let mut connection = pin!(builder.serve_connection(stream, service));
    // How a connection ended is the client's affair.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
    drop(place);
}

/// Ends when it is time to stop, or nobody is left who could say so.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Binds an address as Go writes them. Names are not looked up: a static program must not.
pub(super) async fn listen(address: &str) -> io::Result<TcpListener> {
    let wrong = || {
        let message = format!("cannot listen on {address:?}: write ADDRESS:PORT, or :PORT for every address");
        io::Error::new(io::ErrorKind::InvalidInput, message)
    };
    let (host, port) = address.rsplit_once(':').ok_or_else(wrong)?;
    let port: u16 = port.parse().map_err(|_| wrong())?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() {
        // both kinds of addresses where the machine has the newer one
        let bound = match bind(Ipv6Addr::UNSPECIFIED.into(), port).await {
            Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
                bind(Ipv4Addr::UNSPECIFIED.into(), port).await
            }
            bound => bound,
        };
        return bound.map_err(|error| taken(address, error));
    }
    let host = match host {
        "localhost" => Ipv4Addr::LOCALHOST.into(),
        host => host.parse::<IpAddr>().map_err(|_| wrong())?,
    };
    bind(host, port).await.map_err(|error| taken(address, error))
}

fn bind(host: IpAddr, port: u16) -> impl Future<Output = io::Result<TcpListener>> {
    TcpListener::bind(SocketAddr::new(host, port))
}

fn taken(address: &str, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot listen on {address:?}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn addresses_are_read_as_go_writes_them() {
        for (address, loopback) in [
            (":0", false),
            ("127.0.0.1:0", true),
            ("[::]:0", false),
            ("localhost:0", true),
        ] {
            let bound = listen(address).await.expect(address);
            let bound = bound.local_addr().expect("it is bound");
            assert_eq!(
                (bound.ip().is_loopback(), bound.port() == 0),
                (loopback, false),
                "{address}"
            );
        }
    }

    #[tokio::test]
    async fn what_is_no_address_is_named() {
        for address in ["", "8080", ":http", "example.org:8080", ":99999"] {
            let error = listen(address).await.expect_err(address);
            assert!(error.to_string().contains(&format!("{address:?}")), "{error}");
        }
    }

    #[tokio::test]
    async fn a_taken_port_is_an_error_once() {
        let first = listen("127.0.0.1:0").await.expect("a port");
        let address = first.local_addr().expect("it is bound").to_string();
        let error = listen(&address).await.expect_err("it is taken").to_string();
        assert_eq!(error.matches("cannot listen").count(), 1, "{error}");
    }
}
