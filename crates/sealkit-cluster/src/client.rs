//! The client of the API server: it tries nothing again by itself and waits for nothing for ever.
//!
//! Whoever asks knows best when to ask again, and whether that is still right: a write that slept in here would be sent
//! although another replica leads by then, and would keep its object's place among those that are worked on.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::header::RETRY_AFTER;
use http::{Request, Response, StatusCode};
use kube::Config;
use kube::client::Body;
use tokio::time::timeout;
use tower::{BoxError, Service};

use crate::patience::Patience;

/// How long an answer may take to begin: as long as one admission webhook may take, and a little.
const ANSWER_WITHIN: Duration = Duration::from_secs(35);
/// How long a connection may be silent while something is expected of it. In a watch the server tells every minute how far
/// it is.
const SILENT_FOR: Duration = Duration::from_secs(75);

/// Nothing came back. What was asked may have been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the API server did not answer within {} s", ANSWER_WITHIN.as_secs())]
pub struct NoAnswer;

/// The configuration with our bounds.
#[must_use]
pub fn bounded(mut config: Config) -> Config {
    config.default_retry = false;
    config.read_timeout = Some(SILENT_FOR);
    config.reset_reader_on_write = true;
    config
}

/// A layer that bounds the wait for an answer and notes when the server asks for a pause.
pub(crate) struct Bounded<S> {
    pub(crate) inner: S,
    pub(crate) patience: Arc<Patience>,
}

impl<S, B> Service<Request<Body>> for Bounded<S>
where
    S: Service<Request<Body>, Response = Response<B>, Error = BoxError>,
    S::Future: Send + 'static,
    B: 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let answer = self.inner.call(request);
        let patience = Arc::clone(&self.patience);
        Box::pin(async move {
            let answer = timeout(ANSWER_WITHIN, answer).await.map_err(|_| NoAnswer)??;
            if let Some(pause) = pause(&answer) {
                patience.pause(pause, Instant::now());
            }
            Ok(answer)
        })
    }
}

/// How long the server asks to be left alone.
fn pause<B>(answer: &Response<B>) -> Option<Duration> {
    let busy = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE];
    if !busy.contains(&answer.status()) {
        return None;
    }
    let seconds = answer.headers().get(RETRY_AFTER)?.to_str().ok()?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use tower::service_fn;

    use super::*;

    fn answer(status: u16, retry_after: &str) -> Response<()> {
        let answer = Response::builder()
            .status(status)
            .header(RETRY_AFTER, retry_after);
        answer.body(()).expect("a status and a header")
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_answers_is_given_up() {
        let inner = service_fn(|_: Request<Body>| std::future::pending::<Result<Response<()>, BoxError>>());
        let patience = Arc::default();
        let mut bounded = Bounded { inner, patience };
        let outcome = bounded.call(Request::new(Body::empty())).await;
        let error = outcome.expect_err("nothing came");
        assert_eq!(error.downcast_ref(), Some(&NoAnswer));
    }

    #[tokio::test]
    async fn a_busy_server_is_given_the_time_that_it_asks_for() {
        let inner = service_fn(|_: Request<Body>| async { Ok::<_, BoxError>(answer(429, "3")) });
        let patience = Arc::new(Patience::default());
        let mut bounded = Bounded {
            inner,
            patience: Arc::clone(&patience),
        };
        let outcome = bounded.call(Request::new(Body::empty())).await;
        assert_eq!(outcome.expect("an answer").status(), 429);
        let wait = patience.wait(Instant::now());
        assert!(
            wait > Duration::from_secs(2) && wait <= Duration::from_secs(3),
            "{wait:?}"
        );
    }

    #[test]
    fn only_a_busy_server_asks_for_a_pause() {
        for (status, retry_after, expected) in [
            (429, "1", Some(1)),
            (503, " 7 ", Some(7)),
            (503, "Sun, 29 Nov 2026 01:00:00 GMT", None),
            (500, "1", None),
            (201, "1", None),
        ] {
            let expected = expected.map(Duration::from_secs);
            assert_eq!(pause(&answer(status, retry_after)), expected, "{status}");
        }
    }
}
