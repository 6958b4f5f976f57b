//! A proxy before the API server that breaks what it is told to break, and remembers what it was asked.
//!
//! It has the server's own certificate, so a client that trusts the server trusts it. Who asks stays who it is: tokens pass.

use std::fs;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result};
use futures_util::stream::unfold;
use http::{HeaderName, Request, Response, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use kube::client::Body;
use kube::{Client, Config};
use sealkit_testcluster::Cluster;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::rules::{Asked, Dice, Fault, Rule, fault};

type AnyError = Box<dyn std::error::Error + Send + Sync>;
type AnyBody = UnsyncBoxBody<Bytes, AnyError>;

/// Every run draws the same.
const SEED: u64 = 7;

/// A running proxy. Dropping it cuts all its connections.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    shared: Arc<Shared>,
    _runtime: Runtime,
}

struct Shared {
    server: Client,
    now: Mutex<Now>,
}

struct Now {
    rules: Vec<Rule>,
    dice: Dice,
    asked: Vec<Asked>,
    hits: usize,
}

impl Shared {
    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fault(&self, asked: &Asked) -> Option<Fault> {
        let now = &mut *self.now();
        fault(&now.rules, asked, &mut now.dice)
    }

    fn hit(&self) {
        self.now().hits += 1;
    }
}

impl Proxy {
    pub(crate) fn start(cluster: &Cluster) -> Result<Proxy> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let acceptor = acceptor(&cluster.certificate_authority())?;
        let config = client_config(cluster)?;
        let _inside = runtime.enter();
        let shared = Arc::new(Shared {
            server: Client::try_from(config)?,
            now: Mutex::new(Now {
                rules: Vec::new(),
                dice: Dice(SEED),
                asked: Vec::new(),
                hits: 0,
            }),
        });
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let port = listener.local_addr()?.port();
        runtime.spawn(accept(listener, acceptor, Arc::clone(&shared)));
        drop(_inside);
        Ok(Proxy {
            port,
            shared,
            _runtime: runtime,
        })
    }

    /// Puts rules in the place of those before. Returns how often these have hit.
    pub(crate) fn rules(&self, rules: &[Rule]) -> usize {
        let mut now = self.shared.now();
        now.rules = rules.to_vec();
        std::mem::take(&mut now.hits)
    }

    /// What was asked since.
    pub(crate) fn asked(&self, since: Instant) -> Vec<Asked> {
        let now = self.shared.now();
        now.asked
            .iter()
            .filter(|asked| asked.at >= since)
            .cloned()
            .collect()
    }
}

/// How a client reaches the server itself, as nobody in particular.
pub(super) fn client_config(cluster: &Cluster) -> Result<Config> {
    let chain = CertificateDer::pem_file_iter(cluster.certificate_authority())?;
    let chain: Vec<_> = chain.collect::<Result<_, _>>()?;
    let mut config = Config::new(cluster.server().parse()?);
    config.root_cert = Some(chain.iter().map(|certificate| certificate.to_vec()).collect());
    config.default_retry = false;
    Ok(config)
}

fn acceptor(certificate: &std::path::Path) -> Result<TlsAcceptor> {
    let key = certificate.with_extension("key");
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&fs::read(certificate)?).collect::<Result<_, _>>()?;
    let key =
        PrivateKeyDer::from_pem_file(key).context("the API server keeps its key beside its certificate")?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else {
                return;
            };
            let service = service_fn(move |request| answer(Arc::clone(&shared), request));
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // an error is a fault of ours, or the client's end
            let _ = connection.await;
        });
    }
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<AnyBody>, AnyError> {
    let asked = Asked {
        at: Instant::now(),
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        watches: request
            .uri()
            .query()
            .is_some_and(|query| query.contains("watch=true")),
    };
    shared.now().asked.push(asked.clone());
    let fault = shared.fault(&asked);
    let fault = fault.filter(|fault| !matches!(fault, Fault::Cut(_) | Fault::Slow(_)));
    if fault.is_some() {
        shared.hit();
    }
    match fault {
        Some(Fault::Answer(code, wait)) => Ok(refusal(code, wait)?),
        Some(Fault::GoneEvent) => {
            let event = json!({"type": "ERROR", "object": status(410)});
            Ok(Response::new(whole(format!("{event}\n"))))
        }
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::LoseAnswer) => {
            let answer = forward(&shared, request).await?;
            answer.into_body().collect().await?;
            Err("the answer is lost".into())
        }
        Some(Fault::Cut(_) | Fault::Slow(_)) | None => {
            let (head, body) = forward(&shared, request).await?.into_parts();
            Ok(Response::from_parts(head, broken(shared, asked, body)))
        }
    }
}

async fn forward(shared: &Shared, request: Request<Incoming>) -> Result<Response<Body>, AnyError> {
    const ITS_OWN: [HeaderName; 3] = [header::HOST, header::CONTENT_LENGTH, header::CONNECTION];
    let (mut head, body) = request.into_parts();
    for name in ITS_OWN {
        head.headers.remove(name);
    }
    let body = body.collect().await?.to_bytes();
    Ok(shared
        .server
        .send(Request::from_parts(head, Body::from(body)))
        .await?)
}

/// The body as the rules of each moment let it through.
fn broken(shared: Arc<Shared>, asked: Asked, body: Body) -> AnyBody {
    let pieces = unfold((body, 0), move |(mut body, count)| {
        let (shared, asked) = (Arc::clone(&shared), asked.clone());
        async move {
            let piece: Result<Frame<Bytes>, AnyError> = body.frame().await?.map_err(Into::into);
            let piece = match shared.fault(&asked) {
                Some(Fault::Cut(after)) if count >= after => {
                    shared.hit();
                    Err("cut".into())
                }
                Some(Fault::Slow(wait)) => {
                    shared.hit();
                    sleep(wait).await;
                    piece
                }
                Some(Fault::Hang) => std::future::pending().await,
                _ => piece,
            };
            Some((piece, (body, count + 1)))
        }
    });
    StreamBody::new(pieces).boxed_unsync()
}

fn status(code: u16) -> serde_json::Value {
    json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code,
        "message": format!("the proxy answers {code}"),
    })
}

fn refusal(code: u16, wait: Option<u64>) -> Result<Response<AnyBody>, http::Error> {
    let answer = Response::builder()
        .status(code)
        .header(header::CONTENT_TYPE, "application/json");
    let answer = match wait {
        Some(seconds) => answer.header(header::RETRY_AFTER, seconds),
        None => answer,
    };
    answer.body(whole(status(code).to_string()))
}

fn whole(text: String) -> AnyBody {
    Full::new(Bytes::from(text))
        .map_err(|never| match never {})
        .boxed_unsync()
}
