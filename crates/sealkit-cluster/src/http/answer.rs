//! Answers as the peer's library writes them: the same headers and the same words.

use http::header::{CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{HeaderName, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;

pub(super) type Answer = Response<Full<Bytes>>;

const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const NO_SNIFFING: HeaderName = HeaderName::from_static("x-content-type-options");

/// A status and nothing else.
pub(super) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}

/// A body with its type.
pub(super) fn body(content_type: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

/// A line of text.
pub(super) fn text(status: StatusCode, line: &'static str) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from_static(line.as_bytes())));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, PLAIN);
    answer
}

/// A line of text that says what went wrong.
pub(super) fn error(status: StatusCode, line: &'static str) -> Answer {
    let mut answer = text(status, line);
    let nosniff = HeaderValue::from_static("nosniff");
    answer.headers_mut().insert(NO_SNIFFING, nosniff);
    answer
}

/// Too much to do; the same request may be answered in a moment.
pub(super) fn busy() -> Answer {
    let mut answer = error(StatusCode::SERVICE_UNAVAILABLE, "busy\n");
    answer
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    answer
}

/// The same answer, after which the connection ends: there is unread body on it.
pub(super) fn last(mut answer: Answer) -> Answer {
    let close = HeaderValue::from_static("close");
    answer.headers_mut().insert(CONNECTION, close);
    answer
}
