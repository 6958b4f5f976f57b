//! Asking key services for what the keys of this machine do not open, or may not.
//!
//! A service that does not answer costs a bounded time and nothing else: the next one is asked, then the next key.

use std::{sync::Arc, time::Duration};

use hyper::{
    Request, StatusCode,
    client::conn::http2,
    header::{CONTENT_TYPE, HeaderValue, TE},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use sealkit::{
    crypto::Plaintext,
    formats::sops::{
        KeyFailure, UnwrapKey, WrapKeyError,
        keyservice::{self, read_answer},
        metadata::MasterKey,
    },
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::UnixStream,
    time::timeout,
};

use super::{
    address::Address,
    connection::{Heard, causes, connect, reason},
    grpc::{self, Message, Status},
};

/// How long a service may take to be there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long it may take to say its first word: as long as Go's library waits. A server of ours whose places are taken has
/// one free before.
const GREETING_TIMEOUT: Duration = Duration::from_secs(20);

/// How long it may take to answer: somebody may have to be asked there.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(300);

/// The services that were named, in order.
#[derive(Clone)]
pub(in crate::sops) struct Services {
    /// As they were written.
    addresses: Arc<[String]>,
}

impl Services {
    /// Takes the addresses as they were written; nothing is connected before a key asks.
    pub(in crate::sops) fn of(addresses: &[String]) -> Self {
        Self {
            addresses: addresses.into(),
        }
    }

    /// Whether there are none.
    pub(in crate::sops) fn is_empty(&self) -> bool {
        self.addresses.is_empty()
    }

    /// Wraps a data key for a key that is known by its names, with the first service that does.
    ///
    /// # Errors
    /// Why none did.
    pub(in crate::sops) fn wrap(
        &self,
        key: &MasterKey,
        share: &Plaintext,
    ) -> Result<MasterKey, WrapKeyError> {
        let wrapped = self.first("Encrypt", key, share.expose());
        let wrapped = wrapped.and_then(|enc| match enc.expose_str() {
            Some(enc) if !enc.is_empty() => Ok(key.with_enc(enc)),
            _ => Err("the key service returned no wrapped key".to_owned()),
        });
        wrapped.map_err(|why| WrapKeyError {
            name: key.name(),
            why: why.replace('\n', "; "),
            hint: None,
        })
    }

    /// The first answer, or what all of them said, one line each.
    fn first(&self, method: &str, key: &MasterKey, payload: &[u8]) -> Result<Plaintext, String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let message = keyservice::Request::write(key, payload);
        let mut refusals = Vec::new();
        for text in &*self.addresses {
            let answer = match Address::of_url(text) {
                Ok(address) => runtime.block_on(call(&address, method, &message)),
                Err(why) => Err(Status::new(Status::INVALID_ARGUMENT, why)),
            };
            match answer {
                Ok(answer) => return Ok(answer),
                Err(status) => refusals.push(format!("{text}: {status}")),
            }
        }
        Err(refusals.join("\n"))
    }
}

impl UnwrapKey for Services {
    fn unwrap_key(&self, key: &MasterKey) -> Result<Option<Plaintext>, KeyFailure> {
        if self.is_empty() {
            return Ok(None);
        }
        let answer = self.first("Decrypt", key, key.enc().as_bytes());
        answer.map(Some).map_err(|why| KeyFailure { why, hint: None })
    }
}

/// One question on a connection of its own.
async fn call(address: &Address, method: &str, message: &[u8]) -> Result<Plaintext, Status> {
    let late = |_| Status::new(Status::DEADLINE_EXCEEDED, "the key service does not answer");
    match address {
        Address::Unix(path) => {
            let stream = timeout(CONNECT_TIMEOUT, UnixStream::connect(path)).await;
            let stream = stream.map_err(late)?.map_err(|error| {
                unreachable(&format!("unix {}: connect: {}", path.display(), reason(&error)))
            })?;
            timeout(ANSWER_TIMEOUT, exchange(stream, method, message)).await
        }
        Address::Tcp(host, port) => {
            let stream = timeout(CONNECT_TIMEOUT, connect(host, *port)).await;
            let stream = stream
                .map_err(late)?
                .map_err(|why| unreachable(&format!("tcp {why}")))?;
            timeout(ANSWER_TIMEOUT, exchange(stream, method, message)).await
        }
    }
    .map_err(late)?
}

/// The words of Go's library, which scripts find.
fn unreachable(why: &str) -> Status {
    let text = format!("connection error: desc = \"transport: Error while dialing: dial {why}\"");
    Status::new(Status::UNAVAILABLE, text)
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    method: &str,
    message: &[u8],
) -> Result<Plaintext, Status> {
    let broken = |error: hyper::Error| Status::new(Status::UNAVAILABLE, causes(&error));
    let stream = Heard::new(TokioIo::new(stream));
    let silence = stream.silence(GREETING_TIMEOUT);
    let builder = http2::Builder::new(TokioExecutor::new());
    let (mut sender, connection) = builder.handshake(stream).await.map_err(broken)?;
    let connection = tokio::spawn(connection);
    let request = Request::post(format!("http://localhost/KeyService/{method}"))
        .header(CONTENT_TYPE, HeaderValue::from_static(grpc::CONTENT))
        .header(TE, HeaderValue::from_static("trailers"))
        .body(Message::request(message))
        .expect("the methods are ours, and make a path");
    let response = tokio::select! {
        response = sender.send_request(request) => response.map_err(broken)?,
        () = silence => {
            let why = "connection error: desc = \"the other side accepts connections and says nothing\"";
            return Err(Status::new(Status::UNAVAILABLE, why));
        }
    };
    let (head, body) = response.into_parts();
    if head.status != StatusCode::OK {
        let why = format!(
            "unexpected HTTP status code received from server: {}",
            head.status
        );
        return Err(Status::new(Status::UNKNOWN, why));
    }
    if let Some(Err(status)) = Status::read(&head.headers) {
        return Err(status);
    }
    let (bytes, behind) = grpc::read(body).await?;
    let no_status = || Status::new(Status::INTERNAL, "the answer ends without a status");
    behind.as_ref().and_then(Status::read).ok_or_else(no_status)??;
    connection.abort();
    let answer = read_answer(grpc::message(&bytes)?);
    answer.map_err(|error| Status::new(Status::INTERNAL, error.to_string()))
}
