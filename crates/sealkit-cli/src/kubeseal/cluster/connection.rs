//! The connection to an API server: a kubeconfig, what the flags override in it, and one request at a time.
//!
//! Client certificates, tokens, plugins, proxies and a Pod's own login are the client library's business.

use std::{error::Error as _, io, time::Duration};

use kube::{Client, Config};
use tokio::runtime::{Builder, Runtime};

use super::{
    Built,
    answer::Answer,
    body,
    client::client,
    config::config,
    timeout::{in_go, timeout},
};
use crate::kubeseal::{
    failure::{Failure, reason},
    flags::Flags,
    kubeconfig,
    quote::quote,
};

/// How often a server that asks to wait is asked again, as the peer's library does.
const MAX_RETRIES: u32 = 10;

/// Who is told to wait longer than this should know it; the peer waits without a word.
const MAX_WAIT_SECONDS: u64 = 60;

/// An open connection.
pub(super) struct Connection {
    runtime: Runtime,
    client: Client,
    /// Scheme, host and port, for messages.
    server: String,
    timeout: Option<Duration>,
    /// What a server is told of the time that the flags leave it, behind every path.
    query: String,
}

impl Connection {
    /// Reads the kubeconfig and makes a client; nothing is sent yet.
    pub(super) fn open(flags: &Flags) -> Result<Self, Failure> {
        let source = kubeconfig::source(flags)?;
        let timeout = timeout(flags.text("request-timeout"))?;
        let runtime = runtime()?;
        let config = runtime.block_on(config(flags, &source))?;
        Self::with(runtime, config, timeout)
    }

    /// A connection to this server and nothing else.
    pub(super) fn with(runtime: Runtime, config: Config, timeout: Option<Duration>) -> Result<Self, Failure> {
        let server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
        let client = runtime.block_on(async { client(&config) }).map_err(|error| {
            Failure::new("cannot log in to the API server")
                .why(innermost(&error))
                .help("check the user of this context in the kubeconfig".to_owned())
        })?;
        Ok(Self {
            runtime,
            client,
            server,
            query: timeout.map_or_else(String::new, |timeout| format!("?timeout={}", in_go(timeout))),
            timeout: timeout.or(config.read_timeout),
        })
    }

    /// Sends a request and reads the answer, waiting where the server asks for it.
    pub(super) fn ask(&self, request: Built) -> Result<Answer, Failure> {
        let request =
            request.map_err(|_| Failure::new("the name of the controller cannot stand in an address"))?;
        let (mut parts, bytes) = request.into_parts();
        let query = match parts.uri.query() {
            Some(_) => self.query.replacen('?', "&", 1),
            None => self.query.clone(),
        };
        let uri = format!("{}{query}", parts.uri);
        parts.uri = uri.parse().expect("a path and a duration make an address");
        let what = Sent {
            method: go_method(parts.method.as_str()),
            url: format!("{}{}", self.server, parts.uri),
        };
        self.runtime.block_on(async {
            let mut retries = 0;
            loop {
                let again = http::Request::from_parts(parts.clone(), body(bytes.clone()));
                let answer = self.once(again, &what).await?;
                let wait = answer
                    .retry_after
                    .filter(|seconds| *seconds <= MAX_WAIT_SECONDS)
                    .filter(|_| answer.status == 429 || answer.status >= 500);
                match wait {
                    Some(seconds) if retries < MAX_RETRIES => {
                        retries += 1;
                        tokio::time::sleep(Duration::from_secs(seconds)).await;
                    }
                    _ => return Ok(answer),
                }
            }
        })
    }

    async fn once(&self, request: http::Request<kube::client::Body>, what: &Sent) -> Result<Answer, Failure> {
        let exchange = async {
            let response = self.client.send(request).await?;
            let header = |name| {
                let value = response.headers().get(name)?;
                value.to_str().ok().map(str::to_owned)
            };
            let (status, content_type) = (response.status().as_u16(), header("content-type"));
            let retry_after = header("retry-after").and_then(|seconds| seconds.parse().ok());
            let location = header("location");
            let body = response.into_body().collect_bytes().await?;
            Ok::<_, kube::Error>(Answer {
                status,
                content_type: content_type.unwrap_or_default(),
                retry_after,
                location,
                body: body.to_vec(),
            })
        };
        let outcome = match self.timeout {
            Some(timeout) => tokio::time::timeout(timeout, exchange).await.map_err(|_| {
                what.failed("context deadline exceeded (Client.Timeout exceeded while awaiting headers)")
                    .help(
                        "give it more time with --request-timeout, or check that the server is the right one"
                            .to_owned(),
                    )
            })?,
            None => exchange.await,
        };
        outcome.map_err(|error| unreachable(&error, what, &self.server))
    }
}

/// A runtime for one conversation.
pub(super) fn runtime() -> Result<Runtime, Failure> {
    let built = Builder::new_current_thread().enable_io().enable_time().build();
    built.map_err(|error| Failure::io("start", "the network", &error))
}

/// A request, for messages.
struct Sent {
    method: String,
    url: String,
}

impl Sent {
    fn failed(&self, why: &str) -> Failure {
        Failure::new(format!("{} {}: {why}", self.method, quote(&self.url)))
    }
}

/// `GET` as Go's client writes it in errors: `Get`.
fn go_method(method: &str) -> String {
    let (first, rest) = method.split_at(1);
    format!("{first}{}", rest.to_lowercase())
}

/// Why there was no answer at all.
fn unreachable(error: &kube::Error, what: &Sent, server: &str) -> Failure {
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(system) = inner.downcast_ref::<io::Error>() {
            let reason = match system.kind() {
                _ if system.raw_os_error().is_some() => format!("connect: {}", reason(system)),
                io::ErrorKind::TimedOut => "i/o timeout".to_owned(),
                _ => break,
            };
            return what
                .failed(&format!("dial tcp {}: {reason}", host_and_port(server)))
                .help(
                    "check that the cluster runs and can be reached from here (network, VPN, proxy), and that --context \
                     is the right one"
                        .to_owned(),
                );
        }
        #[cfg(target_os = "linux")]
        if let Some(unknown) = inner.downcast_ref::<super::names::NotFound>() {
            return what.failed(&format!("dial tcp: {unknown}")).help(
                "check the server's name in the kubeconfig, and the name servers of this machine; some clusters are known \
                 inside a VPN only"
                    .to_owned(),
            );
        }
        source = inner.source();
    }
    let innermost = innermost(error);
    let (said, help) = if innermost.contains("UnknownIssuer") {
        (
            "tls: failed to verify certificate: x509: certificate signed by unknown authority",
            "nobody vouches for the API server's certificate: check certificate-authority in the kubeconfig",
        )
    } else if innermost.contains("InvalidContentType") {
        (
            "http: server gave HTTP response to HTTPS client",
            "the server does not speak TLS: check its address in the kubeconfig, or write http:// in front of it",
        )
    } else if innermost.contains("connection closed before message completed") {
        (
            "EOF",
            "something between here and the API server ends the connection: check the server's address, --proxy-url and \
             HTTPS_PROXY",
        )
    } else if innermost.contains("certificate") {
        (
            innermost.as_str(),
            "the API server's certificate is not trusted: check certificate-authority and tls-server-name in the kubeconfig",
        )
    } else if matches!(error, kube::Error::Auth(_)) {
        (
            innermost.as_str(),
            "logging in failed: run the login command of this cluster by hand to see why",
        )
    } else {
        (
            innermost.as_str(),
            "check the server's name in the kubeconfig, and that it can be reached from here",
        )
    };
    what.failed(said).help(help.to_owned())
}

/// A server as it is dialled: `https://cluster.example` is `cluster.example:443`.
fn host_and_port(server: &str) -> String {
    let (scheme, host) = server.split_once("://").unwrap_or(("https", server));
    let host = host.split('/').next().unwrap_or(host);
    let has_port = host
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.ends_with(']'));
    match (has_port, scheme) {
        (true, _) => host.to_owned(),
        (false, "http") => format!("{host}:80"),
        (false, _) => format!("{host}:443"),
    }
}

/// The reason behind all others.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
