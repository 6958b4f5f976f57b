//! The connection to an API server: a kubeconfig, what the flags override in it, and one request at a time.
//!
//! Client certificates, tokens, plugins, proxies and a Pod's own login are the client library's business.

use std::{error::Error as _, io, time::Duration};

use kube::{Client, Config};
use tokio::runtime::{Builder, Runtime};

use super::{Built, answer::Answer, body, config::config, timeout::timeout};
use crate::kubeseal::{
    failure::{Failure, reason},
    flags::Flags,
    kubeconfig,
    quote::quote,
};

/// How often a server that asks to wait is asked again, as the peer's library does.
const MAX_RETRIES: u32 = 10;

/// An open connection.
pub(super) struct Connection {
    runtime: Runtime,
    client: Client,
    /// Scheme, host and port, for messages.
    server: String,
    timeout: Option<Duration>,
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
    pub(super) fn with(
        runtime: Runtime,
        mut config: Config,
        timeout: Option<Duration>,
    ) -> Result<Self, Failure> {
        // The server says how long to wait; asking again at once would only make it later.
        config.default_retry = false;
        let server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
        let client = runtime
            .block_on(async { Client::try_from(config) })
            .map_err(|error| {
                Failure::new("cannot log in to the API server")
                    .why(innermost(&error))
                    .help("check the user of this context in the kubeconfig".to_owned())
            })?;
        Ok(Self {
            runtime,
            client,
            server,
            timeout,
        })
    }

    /// Sends a request and reads the answer, waiting where the server asks for it.
    pub(super) fn ask(&self, request: Built) -> Result<Answer, Failure> {
        let request =
            request.map_err(|_| Failure::new("the name of the controller cannot stand in an address"))?;
        let (parts, bytes) = request.into_parts();
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
        if let Some(system) = inner.downcast_ref::<io::Error>()
            && system.raw_os_error().is_some()
        {
            let host = server.split("://").last().unwrap_or(server);
            return what
                .failed(&format!("dial tcp {host}: connect: {}", reason(system)))
                .help(
                    "check that the cluster runs and can be reached from here (network, VPN, proxy), and that --context \
                     is the right one"
                        .to_owned(),
                );
        }
        source = inner.source();
    }
    let innermost = innermost(error);
    let help = if innermost.contains("certificate") || innermost.contains("UnknownIssuer") {
        "the API server's certificate is not trusted: check certificate-authority in the kubeconfig"
    } else if matches!(error, kube::Error::Auth(_)) {
        "logging in failed: run the login command of this cluster by hand to see why"
    } else {
        "check the server's name in the kubeconfig, and that it can be reached from here"
    };
    what.failed(&innermost).help(help.to_owned())
}

/// The reason behind all others.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
