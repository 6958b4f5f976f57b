//! `sops keyservice`: the keys of this machine, for whoever can reach the socket.
//!
//! Connections, requests, their size and their time are bounded; who comes when all places are taken waits. Nothing of what
//! is wrapped or unwrapped is ever written down.

use std::{convert::Infallible, io, pin::pin, sync::Arc, time::Duration};

use hyper::{
    Method, Request, Response, body::Incoming, header::CONTENT_TYPE, server::conn::http2, service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use sealkit::formats::sops::keyservice::{self, MessageError};
use tokio::{
    sync::{Semaphore, oneshot, watch},
    task::JoinSet,
    time::{sleep, timeout},
};
use zeroize::Zeroizing;

use super::{
    address::Address,
    connection::reason,
    grpc::{self, Message, Status},
    keys::{Desk, Verb},
    pace::{Busy, Pace},
    socket::{Listener, Stream},
};
use crate::sops::{codes, failure::Failure, request::Listening};

/// How many connections are open at once.
const CONNECTIONS: usize = 64;

/// How many requests are worked on at once; those of gpg and of plugins are processes.
const WORKERS: usize = 16;

/// How many a connection may have.
const STREAMS: u32 = 32;

/// How long the bytes of a request may take.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// How long an answer may take, its wait for a worker included.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How long it may take where a person is asked first.
const PATIENT_TIMEOUT: Duration = Duration::from_secs(600);

/// How long answers that were begun may take once the end was asked for.
const GRACE: Duration = Duration::from_secs(2);

/// Out of file descriptors, say: other connections must end first.
const AFTER_A_FAILED_ACCEPT: Duration = Duration::from_millis(50);

/// Serves until a signal comes.
pub(in crate::sops) fn serve(listening: &Listening) -> Result<u8, Failure> {
    let Listening { network, address, .. } = listening;
    let failed = |why: String| {
        let text = format!("Error running keyservice: listen {network} {address}: {why}");
        Failure {
            is_log: true,
            ..Failure::new(codes::GENERIC, text)
        }
    };
    let place = Address::of(network, address).map_err(failed)?;
    let told = |error: io::Error| {
        let failure = failed(reason(&error));
        match (error.kind(), &place) {
            (io::ErrorKind::AddrInUse, Address::Unix(_)) => {
                failure.hint("remove the file if no server uses it any more")
            }
            _ => failure,
        }
    };
    let stop = stop().map_err(told)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(WORKERS)
        .build()
        .map_err(told)?;
    let served = runtime.block_on(async {
        let listener = Listener::bind(&place).await?;
        let server = Server::new(listening.prompt, listening.verbose);
        server.desk.log(&format!("Listening on {network}://{address}"));
        server.run(listener, stop).await;
        Ok(())
    });
    // A gpg that waits for its agent must not keep us, nor a person who is asked.
    runtime.shutdown_background();
    served.map_err(told)?;
    Ok(codes::OK)
}

/// Waits for the signals that end a program, and names the one that came.
fn stop() -> io::Result<watch::Receiver<Option<&'static str>>> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let (tell, told) = watch::channel(None);
    let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            let name = match signals.forever().next() {
                Some(SIGINT) => "interrupt",
                Some(SIGHUP) => "hangup",
                _ => "terminated",
            };
            let _ = tell.send(Some(name));
        })?;
    Ok(told)
}

type Stop = watch::Receiver<Option<&'static str>>;

/// Ends when it is time to stop.
async fn stopped(stop: &mut Stop) -> &'static str {
    let told = stop.wait_for(Option::is_some).await;
    told.ok().and_then(|name| *name).unwrap_or("terminated")
}

struct Server {
    desk: Arc<Desk>,
    workers: Arc<Semaphore>,
    /// From the first byte of a request to its answer.
    timeout: Duration,
}

impl Server {
    fn new(prompt: bool, verbose: bool) -> Arc<Self> {
        Arc::new(Self {
            desk: Arc::new(Desk::new(prompt, verbose)),
            workers: Arc::new(Semaphore::new(WORKERS)),
            timeout: if prompt { PATIENT_TIMEOUT } else { TIMEOUT },
        })
    }

    /// Answers until it is told to stop, then finishes what has begun.
    async fn run(self: &Arc<Self>, listener: Listener, mut stop: Stop) {
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let mut connections = JoinSet::new();
        loop {
            let next = async {
                let place = Arc::clone(&places).acquire_owned().await;
                (place, listener.accept().await)
            };
            tokio::select! {
                name = stopped(&mut stop) => {
                    self.desk.log(&format!("Caught signal {name}: shutting down."));
                    break;
                }
                (place, accepted) = next => match accepted {
                    Ok(stream) => {
                        let (server, stop) = (Arc::clone(self), stop.clone());
                        connections.spawn(async move {
                            match stream {
                                Stream::Unix(stream) => server.converse(TokioIo::new(stream), stop).await,
                                Stream::Tcp(stream) => server.converse(TokioIo::new(stream), stop).await,
                            }
                            drop(place);
                        });
                    }
                    Err(error) => {
                        self.desk.log(&format!("cannot accept a connection: {error}"));
                        sleep(AFTER_A_FAILED_ACCEPT).await;
                    }
                },
                // ended ones are forgotten as they end
                Some(_) = connections.join_next() => {}
            }
        }
        drop(listener);
        let all = async { while connections.join_next().await.is_some() {} };
        let _ = timeout(GRACE, all).await;
    }

    /// One connection from its beginning to its end.
    async fn converse(
        self: Arc<Self>,
        stream: impl hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
        mut stop: Stop,
    ) {
        let pace = Arc::new(Pace::new());
        let service = service_fn(|request: Request<Incoming>| {
            let (server, busy) = (Arc::clone(&self), Busy::begin(&pace));
            async move {
                let answer = server.answer(request).await;
                drop(busy);
                Ok::<_, Infallible>(answer)
            }
        });
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(16 * 1024)
            .max_send_buf_size(128 * 1024)
            .keep_alive_interval(Some(TIMEOUT));
        let mut connection = pin!(builder.serve_connection(stream, service));
        // How a connection ended is the client's affair.
        tokio::select! {
            _ = connection.as_mut() => return,
            _ = stopped(&mut stop) => {}
            () = pace.idle() => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = timeout(GRACE, connection).await;
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Message> {
        let late = |_| Err(Status::new(Status::DEADLINE_EXCEEDED, "it took too long"));
        let outcome = timeout(self.timeout, self.outcome(request)).await;
        grpc::answer(outcome.unwrap_or_else(late))
    }

    async fn outcome(&self, request: Request<Incoming>) -> Result<Zeroizing<Vec<u8>>, Status> {
        let verb = verb(&request)?;
        let slow = |_| Status::new(Status::DEADLINE_EXCEEDED, "the request came too slowly");
        let body = timeout(READ_TIMEOUT, grpc::read(request.into_body())).await;
        let (body, _) = body.map_err(slow)??;
        let request = keyservice::Request::read(grpc::message(&body)?).map_err(|error| {
            let code = match error {
                MessageError::NoKey => Status::NOT_FOUND,
                MessageError::TooLong => Status::RESOURCE_EXHAUSTED,
                _ => Status::INVALID_ARGUMENT,
            };
            Status::new(code, error.to_string())
        })?;
        let ended = |_| Status::new(Status::UNAVAILABLE, "the key service is shutting down");
        let worker = Arc::clone(&self.workers).acquire_owned().await;
        let worker = worker.map_err(|_| ended(()))?;
        let (tell, told) = oneshot::channel();
        let desk = Arc::clone(&self.desk);
        // Where waiting is allowed. It holds its place until it is done, whether or not somebody waits.
        tokio::task::spawn_blocking(move || {
            let answer = desk.answer(verb, &request, || tell.is_closed());
            let _ = tell.send(answer);
            drop(worker);
        });
        told.await.map_err(|_| ended(()))?
    }
}

fn verb(request: &Request<Incoming>) -> Result<Verb, Status> {
    let content = request.headers().get(CONTENT_TYPE);
    let is_grpc = content.is_some_and(|content| content.as_bytes().starts_with(grpc::CONTENT.as_bytes()));
    if request.method() != Method::POST || !is_grpc {
        let why = "a request is a POST of application/grpc";
        return Err(Status::new(Status::INVALID_ARGUMENT, why));
    }
    let unknown = || {
        Status::new(
            Status::UNIMPLEMENTED,
            "the methods are KeyService/Encrypt and KeyService/Decrypt",
        )
    };
    Verb::of(request.uri().path()).ok_or_else(unknown)
}
