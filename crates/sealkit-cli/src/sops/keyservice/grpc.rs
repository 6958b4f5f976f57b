//! What gRPC adds to HTTP/2: a frame around each message, and a status behind the answer.
//!
//! One message each way, uncompressed; nothing else is asked of a key service.
//!
//! Source: `doc/PROTOCOL-HTTP2.md` of grpc/grpc.

use std::{
    convert::Infallible,
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use hyper::{
    HeaderMap, Response,
    body::{Body, Bytes, Frame, Incoming, SizeHint},
    header::{CONTENT_TYPE, HeaderValue},
};
use sealkit::formats::sops::keyservice::MAX_MESSAGE_BYTES;
use zeroize::Zeroizing;

use super::connection::causes;

/// The type of every body.
pub(super) const CONTENT: &str = "application/grpc";

/// A byte that says whether the message is compressed, and its length in four.
const HEADER_BYTES: usize = 5;

/// The codes, as Go's library prints them; a code is its place.
const CODES: [&str; 17] = [
    "OK",
    "Canceled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated",
];

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Status {
    code: u32,
    message: String,
}

impl Status {
    pub(super) const UNKNOWN: u32 = 2;
    pub(super) const INVALID_ARGUMENT: u32 = 3;
    pub(super) const DEADLINE_EXCEEDED: u32 = 4;
    pub(super) const NOT_FOUND: u32 = 5;
    pub(super) const PERMISSION_DENIED: u32 = 7;
    pub(super) const RESOURCE_EXHAUSTED: u32 = 8;
    pub(super) const UNIMPLEMENTED: u32 = 12;
    pub(super) const INTERNAL: u32 = 13;
    pub(super) const UNAVAILABLE: u32 = 14;

    pub(super) fn new(code: u32, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// What the headers behind an answer say; nothing if they say that all is well.
    pub(super) fn read(headers: &HeaderMap) -> Option<Result<(), Self>> {
        let code = headers.get("grpc-status")?.to_str().ok()?.parse().ok()?;
        if code == 0 {
            return Some(Ok(()));
        }
        let message = headers.get("grpc-message").map(|text| decode(text.as_bytes()));
        Some(Err(Self::new(code, message.unwrap_or_default())))
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("grpc-status", HeaderValue::from(self.code));
        if let Ok(message) = HeaderValue::try_from(encode(&self.message)) {
            headers.insert("grpc-message", message);
        }
        headers
    }
}

/// As Go's library prints it, so that scripts find what they look for. The other side chose the text.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = usize::try_from(self.code).ok().and_then(|code| CODES.get(code));
        let text = crate::terminal::printable(&self.message);
        match name {
            Some(name) => write!(f, "rpc error: code = {name} desc = {text}"),
            None => write!(f, "rpc error: code = Code({}) desc = {text}", self.code),
        }
    }
}

/// A message in its frame.
pub(super) fn frame(message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).expect("our messages are far below 4 GiB");
    let mut framed = Zeroizing::new(Vec::with_capacity(HEADER_BYTES + message.len()));
    framed.push(0);
    framed.extend_from_slice(&length.to_be_bytes());
    framed.extend_from_slice(message);
    Bytes::from_owner(Wiped(framed))
}

/// Bytes that are wiped when the last reader has gone.
struct Wiped(Zeroizing<Vec<u8>>);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// The one message of a body.
pub(super) fn message(body: &[u8]) -> Result<&[u8], Status> {
    let wrong = || Status::new(Status::INTERNAL, "the body is not one whole message");
    let (header, message) = body.split_first_chunk::<HEADER_BYTES>().ok_or_else(wrong)?;
    let [compressed, length @ ..] = *header;
    if compressed != 0 {
        let why = "compressed messages are not read";
        return Err(Status::new(Status::UNIMPLEMENTED, why));
    }
    match usize::try_from(u32::from_be_bytes(length)) {
        Ok(length) if length > MAX_MESSAGE_BYTES => Err(too_long()),
        Ok(length) if length == message.len() => Ok(message),
        _ => Err(wrong()),
    }
}

fn too_long() -> Status {
    let why = format!("received message larger than max ({MAX_MESSAGE_BYTES} bytes)");
    Status::new(Status::RESOURCE_EXHAUSTED, why)
}

/// Reads a body to its end, and what stands behind it.
pub(super) async fn read(mut body: Incoming) -> Result<(Zeroizing<Vec<u8>>, Option<HeaderMap>), Status> {
    const MOST: usize = HEADER_BYTES + MAX_MESSAGE_BYTES;
    let (mut bytes, mut trailers) = (Zeroizing::new(Vec::new()), None);
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let broken = |error: hyper::Error| Status::new(Status::UNAVAILABLE, causes(&error));
        match frame.map_err(broken)?.into_data() {
            Ok(data) if data.len() > MOST - bytes.len() => return Err(too_long()),
            Ok(data) => append(&mut bytes, &data),
            Err(frame) => trailers = frame.into_trailers().ok().or(trailers),
        }
    }
    Ok((bytes, trailers))
}

/// Appends without leaving a copy in memory that was outgrown.
fn append(bytes: &mut Zeroizing<Vec<u8>>, data: &[u8]) {
    if bytes.capacity() - bytes.len() < data.len() {
        let mut larger = Zeroizing::new(Vec::with_capacity((bytes.len() + data.len()) * 2));
        larger.extend_from_slice(bytes);
        *bytes = larger;
    }
    bytes.extend_from_slice(data);
}

/// One message, and a status behind an answer.
#[derive(Default)]
pub(super) struct Message {
    data: Option<Bytes>,
    trailers: Option<HeaderMap>,
}

impl Message {
    /// What a client sends.
    pub(super) fn request(message: &[u8]) -> Self {
        Self {
            data: Some(frame(message)),
            trailers: None,
        }
    }
}

/// What a server answers.
pub(super) fn answer(outcome: Result<Zeroizing<Vec<u8>>, Status>) -> Response<Message> {
    let (body, headers) = match outcome {
        Ok(message) => {
            let mut behind = HeaderMap::new();
            behind.insert("grpc-status", HeaderValue::from_static("0"));
            let body = Message {
                data: Some(frame(&message)),
                trailers: Some(behind),
            };
            (body, HeaderMap::new())
        }
        // Without a message the status stands in front.
        Err(status) => (Message::default(), status.headers()),
    };
    let mut response = Response::new(body);
    *response.headers_mut() = headers;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(CONTENT));
    response
}

impl Body for Message {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let data = self.data.take().map(Frame::data);
        let next = data.or_else(|| self.trailers.take().map(Frame::trailers));
        Poll::Ready(next.map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_none() && self.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.data.as_ref().map_or(0, |data| data.len() as u64))
    }
}

/// Texts of a status are percent-encoded where a header could not hold them.
fn encode(text: &str) -> String {
    let encoded = |byte: u8| match byte {
        b' '..=b'~' if byte != b'%' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encoded).collect()
}

/// What is not encoded as it should be stays as it is.
fn decode(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, behind @ ..] = rest {
        let digits = behind.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte = digits.and_then(|two| u8::from_str_radix(two, 16).ok());
        match (first, byte) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            _ => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_one_whole_message() {
        assert_eq!(message(&frame(b"key")), Ok(&b"key"[..]));
        let code = |body: &[u8]| message(body).unwrap_err().code;
        for broken in [&b""[..], b"\0\0\0\0", b"\0\0\0\0\x02k", b"\0\0\0\0\x01key"] {
            assert_eq!(code(broken), Status::INTERNAL, "{broken:?}");
        }
        assert_eq!(code(b"\x01\0\0\0\0"), Status::UNIMPLEMENTED);
        assert_eq!(code(b"\0\xff\xff\xff\xff"), Status::RESOURCE_EXHAUSTED);
    }

    #[test]
    fn a_status_survives_its_headers_and_cannot_command_a_terminal() {
        let status = Status::new(5, "no key \u{1b}[31m für 100%\n");
        assert_eq!(Status::read(&status.headers()), Some(Err(status.clone())));
        let shown = status.to_string();
        assert!(
            shown.starts_with("rpc error: code = NotFound desc = no key"),
            "{shown}"
        );
        assert!(!shown.contains('\u{1b}'), "{shown}");
        assert_eq!(Status::read(&HeaderMap::new()), None);
        assert_eq!(decode(b"100% %zz %4"), "100% %zz %4");
    }
}
