//! Which path gives which answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use http::header::HeaderMap;
use http::{Method, Request, StatusCode};
use hyper::body::Incoming;
use rand_core::UnwrapErr;
use sealkit_formats::sealed_secrets::kubeseal::Allowance;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::answer::{self, Answer};
use super::documents::{self, Problem};
use super::intake::{Intake, Refusal, Taken};
use super::rate::RateLimit;
use super::{Options, Shared};
use crate::metrics::{Metrics, PAGE_TYPE};

/// Private-key operations for one request may take so long together; about 7,000 of RSA-4096.
const WORK: Duration = Duration::from_secs(10);
/// How long a request waits for a core.
const WAIT: Duration = Duration::from_secs(10);

/// Something that answers requests.
pub(super) trait Site: Send + Sync + 'static {
    fn answer(self: Arc<Self>, request: Request<Incoming>) -> impl Future<Output = Answer> + Send;
}

/// The metrics page.
pub(super) struct Page {
    metrics: Arc<Metrics>,
}

impl Page {
    pub(super) fn new(shared: &Shared) -> Self {
        Self {
            metrics: Arc::clone(&shared.metrics),
        }
    }
}

impl Site for Page {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Answer {
        match request.uri().path() {
            "/metrics" => answer::body(PAGE_TYPE, self.metrics.page()),
            _ => not_found(),
        }
    }
}

/// Everything else.
pub(super) struct Api {
    shared: Shared,
    begin: Instant,
    rate: RateLimit,
    intake: Intake,
    cores: Arc<Semaphore>,
}

#[derive(Clone, Copy)]
enum Task {
    Verify,
    Rotate,
}

impl Api {
    pub(super) fn new(shared: Shared, options: &Options) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            shared,
            begin: Instant::now(),
            rate: RateLimit::new(options.rate_limit, options.rate_limit_burst),
            intake: Intake::new(options.read_timeout),
            cores: Arc::new(Semaphore::new(cores)),
        }
    }

    /// Answers under one of the paths that are counted and noted.
    async fn counted(self: Arc<Self>, path: &'static str, request: Request<Incoming>) -> Answer {
        let begin = Instant::now();
        let method = method(request.method());
        let client = client(request.headers());
        let mut noted = Noted::default();
        let answer = match path {
            "/v1/cert.pem" => self.certificate(),
            "/v1/recipient" => self.recipient(),
            "/v1/verify" => {
                self.limited(path, Task::Verify, &client, request, &mut noted)
                    .await
            }
            _ => {
                self.limited(path, Task::Rotate, &client, request, &mut noted)
                    .await
            }
        };
        let (code, took) = (answer.status().as_u16(), begin.elapsed());
        self.shared.metrics.answered(path, method, code, took);
        let milliseconds = took.as_millis();
        self.shared.log.info(
            "HTTP request",
            &[
                ("method", &method),
                ("path", &path),
                ("code", &code),
                ("bytes", &noted.bytes),
                ("ms", &milliseconds),
                ("client", &client),
                ("reason", &noted.reason),
            ],
        );
        answer
    }

    fn certificate(&self) -> Answer {
        match self.shared.keys.now().current() {
            Some(key) => answer::body("application/x-pem-file", key.certificate_pem.clone()),
            None => answer::error(StatusCode::INTERNAL_SERVER_ERROR, "cannot get certificate\n"),
        }
    }

    /// The recipient that new values are sealed for; not found where there are no EncryptedSecrets, as with the peer.
    fn recipient(&self) -> Answer {
        let Some(ring) = &self.shared.ring else {
            return not_found();
        };
        match ring.now().current() {
            Some(recipient) => answer::body("text/plain; charset=utf-8", format!("{recipient}\n")),
            None => answer::error(StatusCode::INTERNAL_SERVER_ERROR, "there is no identity\n"),
        }
    }

    async fn limited(
        &self,
        path: &'static str,
        task: Task,
        client: &str,
        request: Request<Incoming>,
        noted: &mut Noted,
    ) -> Answer {
        let verdict = self.rate.ask(client, path, self.begin.elapsed());
        let mut answer = match verdict.retry {
            None => self.document(task, request, noted).await,
            Some(_) => answer::error(StatusCode::TOO_MANY_REQUESTS, "limit exceeded\n"),
        };
        verdict.tell(answer.headers_mut());
        answer
    }

    async fn document(&self, task: Task, request: Request<Incoming>, noted: &mut Noted) -> Answer {
        let taken = match self.intake.take(request.into_body()).await {
            Ok(taken) => taken,
            Err(Refusal::NoRoom) => return answer::last(answer::busy()),
            Err(refusal) => return answer::last(answer::empty(refusal.status())),
        };
        noted.bytes = taken.bytes.len();
        let Ok(Ok(core)) = timeout(WAIT, Arc::clone(&self.cores).acquire_owned()).await else {
            return answer::busy();
        };
        let shared = self.shared.clone();
        let (alive, heard) = Alive::new();
        let work = move || {
            let answer = work(task, &taken, &shared, &heard);
            drop(core);
            answer
        };
        let done = tokio::task::spawn_blocking(work).await;
        drop(alive);
        match done {
            Ok(Ok(answer)) => answer,
            Ok(Err(problem)) => {
                noted.reason = problem.to_string();
                answer::empty(StatusCode::INTERNAL_SERVER_ERROR)
            }
            Err(_) => {
                noted.reason = "the request was given up".to_owned();
                answer::empty(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
}

impl Site for Api {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Answer {
        match request.uri().path() {
            "/healthz" => answer::text(StatusCode::OK, "ok\n"),
            "/readyz" if *self.shared.ready.borrow() => answer::text(StatusCode::OK, "ok\n"),
            "/readyz" => answer::text(StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
            "/v1/cert.pem" => self.counted("/v1/cert.pem", request).await,
            "/v1/recipient" => self.counted("/v1/recipient", request).await,
            "/v1/verify" => self.counted("/v1/verify", request).await,
            "/v1/rotate" => self.counted("/v1/rotate", request).await,
            _ => not_found(),
        }
    }
}

/// What is written down of a request beside its line: never a part of it.
#[derive(Default)]
struct Noted {
    bytes: usize,
    reason: String,
}

/// Held while a client waits. When it has gone, the work for it stops before the next value.
struct Alive(Arc<AtomicBool>);

impl Alive {
    fn new() -> (Self, Arc<AtomicBool>) {
        let alive = Arc::new(AtomicBool::new(true));
        (Self(Arc::clone(&alive)), alive)
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

fn work(task: Task, taken: &Taken, shared: &Shared, alive: &AtomicBool) -> Result<Answer, Problem> {
    let end = Instant::now() + WORK;
    let mut go_on = || alive.load(Ordering::Relaxed) && Instant::now() < end;
    let mut allowance = Allowance {
        deprecated_data: shared.accept_deprecated_data,
        go_on: &mut go_on,
    };
    let keys = shared.keys.now();
    match task {
        Task::Verify => Ok(match documents::verify(&taken.bytes, &keys, &mut allowance)? {
            true => answer::empty(StatusCode::OK),
            false => answer::empty(StatusCode::CONFLICT),
        }),
        Task::Rotate => {
            let mut rng = UnwrapErr(getrandom::SysRng);
            let json = documents::rotate(&taken.bytes, &keys, &mut allowance, &mut rng)?;
            // what the peer's library makes of it
            Ok(answer::body("text/plain; charset=utf-8", json))
        }
    }
}

fn not_found() -> Answer {
    answer::error(StatusCode::NOT_FOUND, "404 page not found\n")
}

/// Who asks, as a proxy says; not to be trusted.
fn client(headers: &HeaderMap) -> String {
    const MAX_BYTES: usize = 256;
    let said = headers.get("x-forwarded-for").map(|value| value.as_bytes());
    let said = said.unwrap_or_default();
    String::from_utf8_lossy(&said[..said.len().min(MAX_BYTES)]).into_owned()
}

/// A method as the peer's metrics name it.
fn method(method: &Method) -> &'static str {
    const KNOWN: [(&str, &str); 9] = [
        ("GET", "get"),
        ("POST", "post"),
        ("PUT", "put"),
        ("HEAD", "head"),
        ("DELETE", "delete"),
        ("CONNECT", "connect"),
        ("OPTIONS", "options"),
        ("TRACE", "trace"),
        ("PATCH", "patch"),
    ];
    let found = KNOWN.iter().find(|(name, _)| *name == method.as_str());
    found.map_or("unknown", |(_, lower)| lower)
}
