//! A client that says what it likes: any bytes, in any body, at any pace.

use std::{
    convert::Infallible,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use hyper::{
    Request, Response,
    body::{Body, Bytes, Frame, Incoming},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::UnixStream;

use crate::scene::{Scene, public};

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    /// The code, from in front or from behind.
    pub(super) status: Option<String>,
    pub(super) body: Vec<u8>,
}

/// A body in pieces, the last of which may never come.
pub(super) struct Pieces {
    pub(super) pieces: Vec<Bytes>,
    pub(super) ends: bool,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.pieces.is_empty() {
            false => Poll::Ready(Some(Ok(Frame::data(self.pieces.remove(0))))),
            true if self.ends => Poll::Ready(None),
            // Nobody wakes it: that is the point.
            true => Poll::Pending,
        }
    }
}

/// A message with what gRPC puts in front.
pub(super) fn framed(message: &[u8]) -> Vec<u8> {
    let mut out = vec![0];
    out.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    out.extend(message);
    out
}

fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length >= 0x80 {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend(bytes);
    out
}

/// A request for an age key, by hand.
pub(super) fn request(recipient: &[u8], payload: &[u8]) -> Vec<u8> {
    [field(1, &field(6, &field(1, recipient))), field(2, payload)].concat()
}

/// One message, well framed.
pub(super) fn ask(url: &str, method: &str, message: &[u8]) -> Answer {
    let body = Pieces {
        pieces: vec![framed(message).into()],
        ends: true,
    };
    send(url, &format!("/KeyService/{method}"), body)
}

/// Any body to any path.
pub(super) fn send(url: &str, path: &str, body: Pieces) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let patient =
        async { tokio::time::timeout(Duration::from_secs(60), conversation(url, path, body)).await };
    runtime.block_on(patient).expect("an answer within a minute")
}

async fn conversation(url: &str, path: &str, body: Pieces) -> Answer {
    let stream = UnixStream::connect(url.strip_prefix("unix://").unwrap())
        .await
        .unwrap();
    let builder = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::post(format!("http://localhost{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(body)
        .unwrap();
    let response: Response<Incoming> = sender.send_request(request).await.unwrap();
    let status = |headers: &hyper::HeaderMap| {
        let status = headers.get("grpc-status")?;
        Some(status.to_str().unwrap().to_owned())
    };
    let mut answer = Answer {
        status: status(response.headers()),
        body: Vec::new(),
    };
    let mut body = response.into_body();
    while let Some(Ok(frame)) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        if let Some(trailers) = frame.trailers_ref() {
            answer.status = answer.status.or(status(trailers));
        } else if let Ok(data) = frame.into_data() {
            answer.body.extend(data);
        }
    }
    answer
}

/// The data key of a file for Alice, as the service gives it out.
pub(super) fn data_key(scene: &Scene, url: &str, file: &str) -> Vec<u8> {
    let enc = wrapped_key(scene, file);
    let answer = ask(
        url,
        "Decrypt",
        &request(public("alice").as_bytes(), enc.as_bytes()),
    );
    assert_eq!(answer.status.as_deref(), Some("0"));
    // A frame of five bytes, a field of two, the key.
    answer.body[7..].to_vec()
}

/// What the file has as `enc`.
pub(super) fn wrapped_key(scene: &Scene, file: &str) -> String {
    let text = scene.read(file);
    let begin = text.find("-----BEGIN AGE").unwrap();
    let lines = text[begin..].lines().map(str::trim);
    let mut enc = String::new();
    for line in lines {
        enc.push_str(line);
        enc.push('\n');
        if line.starts_with("-----END") {
            break;
        }
    }
    enc
}
