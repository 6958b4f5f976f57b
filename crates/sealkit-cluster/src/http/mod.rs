//! The HTTP API: the certificate, the recipient, whether a sealed document opens, and the same document under the newest key.
//!
//! Reached through the API server's proxy, by everyone who is known to the cluster and from inside it by everyone else: no
//! request is trusted. Whatever a client sends or leaves out, it holds a bounded number of connections and bytes for a
//! bounded time, and learns of a value only whether it opens. Templates are never looked at here.
//!
//! `/healthz` says that the process answers, `/readyz` that it does its work.
//!
//! Source: sealed-secrets v0.40.0 `pkg/controller/server.go`.

mod answer;
mod connection;
pub mod documents;
mod guests;
mod intake;
mod rate;
mod route;
mod watched;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use self::connection::Server;
use self::route::{Api, Page};
use crate::identities::Ring;
use crate::keys::Keys;
use crate::log::Log;
use crate::metrics::Metrics;

/// What the API shares with the rest of the controller.
#[derive(Clone)]
pub struct Shared {
    /// The sealing keys of the moment.
    pub keys: Keys,
    /// The identities, where EncryptedSecrets are looked after.
    pub ring: Option<Arc<Ring>>,
    /// Where answers are counted, and what `/metrics` shows.
    pub metrics: Arc<Metrics>,
    /// Whether the controller does its work.
    pub ready: watch::Receiver<bool>,
    /// Whether `spec.data` is read (`--accept-deprecated-v1-data`).
    pub accept_deprecated_data: bool,
    /// Where requests are noted, without what they hold.
    pub log: Log,
}

/// What an operator decides about it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the API listens, as Go writes it: `:8080` is every address.
    pub listen: String,
    /// Where `/metrics` listens.
    pub listen_metrics: String,
    /// Requests a second for one client and path; zero counts as one.
    pub rate_limit: u32,
    /// Requests beyond that at once.
    pub rate_limit_burst: u32,
    /// How long a request may take to arrive.
    pub read_timeout: Duration,
    /// How long an answer may take to leave.
    pub write_timeout: Duration,
}

/// Listens on both addresses and answers until `stop` says so, then finishes what it has begun.
///
/// # Errors
/// When an address is taken or is none.
pub async fn serve(shared: Shared, options: Options, stop: watch::Receiver<bool>) -> io::Result<()> {
    let api = connection::listen(&options.listen).await?;
    let metrics = connection::listen(&options.listen_metrics).await?;
    serve_on(shared, options, [api, metrics], stop).await
}

/// The same on listeners that somebody else has bound: the API's and that of `/metrics`.
///
/// # Errors
/// When a listener has no address.
pub async fn serve_on(
    shared: Shared,
    options: Options,
    [api, metrics]: [TcpListener; 2],
    stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let log = shared.log.clone();
    log.info("HTTP server serving", &[("addr", &api.local_addr()?)]);
    log.info("HTTP metrics server serving", &[("addr", &metrics.local_addr()?)]);
    let page = Arc::new(Page::new(&shared));
    let server = Server::new(Arc::new(Api::new(shared, &options)), &options, log.clone());
    let page = Server::new(page, &options, log.clone());
    tokio::join!(server.run(api, stop.clone()), page.run(metrics, stop));
    log.info("HTTP servers have ended", &[]);
    Ok(())
}
