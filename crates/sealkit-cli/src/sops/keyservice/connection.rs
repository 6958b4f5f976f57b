//! From an address to a stream, and why there is none.

use std::{
    future::pending,
    io,
    net::{IpAddr, Ipv4Addr},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use hyper::rt::{Read, ReadBufCursor, Write};
use tokio::{net::TcpStream, time::sleep};

/// The numbers behind a host; nothing if it is empty.
///
/// # Errors
/// As Go says it.
pub(super) async fn addresses(host: &str) -> Result<Vec<IpAddr>, String> {
    match host {
        "" => Ok(Vec::new()),
        "localhost" => Ok(vec![Ipv4Addr::LOCALHOST.into()]),
        host => match host.parse() {
            Ok(number) => Ok(vec![number]),
            Err(_) => look_up(host).await,
        },
    }
}

/// The released binary is static, and must not ask glibc.
#[cfg(all(feature = "cluster", target_os = "linux"))]
async fn look_up(host: &str) -> Result<Vec<IpAddr>, String> {
    crate::kubeseal::addresses(host).await
}

#[cfg(not(all(feature = "cluster", target_os = "linux")))]
async fn look_up(host: &str) -> Result<Vec<IpAddr>, String> {
    let found = tokio::net::lookup_host((host, 0)).await;
    let found = found.map_err(|error| format!("lookup {host}: {}", reason(&error)))?;
    Ok(found.map(|address| address.ip()).collect())
}

/// Connects to the first of a host's numbers that answers.
///
/// # Errors
/// As Go says it.
pub(super) async fn connect(host: &str, port: u16) -> Result<TcpStream, String> {
    let mut numbers = addresses(host).await?;
    if numbers.is_empty() {
        numbers.push(Ipv4Addr::LOCALHOST.into());
    }
    let mut said = format!("no address of {host}");
    for number in numbers {
        match TcpStream::connect((number, port)).await {
            Ok(stream) => return Ok(stream),
            Err(error) => said = format!("{number}:{port}: connect: {}", reason(&error)),
        }
    }
    Err(said)
}

/// A system error in Go's words: lower case, without its number.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// An error of the transport says little, and its cause the rest.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}

/// A stream that knows whether the other side has said anything. HTTP/2 begins with a word of either side, so whoever is
/// silent accepts connections, and no more.
pub(super) struct Heard<S> {
    stream: S,
    anything: Arc<AtomicBool>,
}

impl<S> Heard<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            anything: Arc::default(),
        }
    }

    /// Ends if nothing was heard until then.
    pub(super) fn silence(&self, limit: Duration) -> impl Future<Output = ()> + use<S> {
        let anything = Arc::clone(&self.anything);
        async move {
            sleep(limit).await;
            if anything.load(Ordering::Relaxed) {
                pending::<()>().await;
            }
        }
    }
}

impl<S: Read + Unpin> Read for Heard<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        self.anything.store(true, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl<S: Write + Unpin> Write for Heard<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
