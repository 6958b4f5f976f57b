//! A client of the API server whose writes end where the lead ends: asked at the last moment before one is sent.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use http::{Method, Request};
use kube::client::{Body, ClientBuilder};
use kube::{Client, Config};
use tower::{BoxError, Service, layer::layer_fn};

use super::Lead;
use crate::client::{Bounded, bounded};
use crate::patience::Patience;

/// Another replica leads, so nothing is written here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this replica does not lead: nothing is written")]
pub struct NotLeading;

/// A client that reads always, and writes while `lead` holds. `patience` is told when the server asks for a pause.
///
/// # Errors
/// When no client can be made of the configuration.
pub fn client(config: Config, lead: &Lead, patience: &Arc<Patience>) -> Result<Client, kube::Error> {
    let bounds = layer_fn(|inner| Bounded {
        inner,
        patience: Arc::clone(patience),
    });
    let guard = layer_fn(|inner| Guarded {
        inner,
        lead: lead.clone(),
    });
    let client = ClientBuilder::try_from(bounded(config))?;
    Ok(client.with_layer(&bounds).with_layer(&guard).build())
}

struct Guarded<S> {
    inner: S,
    lead: Lead,
}

impl<S> Service<Request<Body>> for Guarded<S>
where
    S: Service<Request<Body>, Error = BoxError>,
    S::Response: Send + 'static,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let reads = *request.method() == Method::GET;
        if reads || self.lead.holds(Instant::now()) {
            return Box::pin(self.inner.call(request));
        }
        Box::pin(ready(Err(NotLeading.into())))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tower::service_fn;

    use super::*;

    async fn sent(lead: &Lead, method: Method) -> Result<&'static str, BoxError> {
        let inner = service_fn(|_: Request<Body>| async { Ok::<_, BoxError>("sent") });
        let mut guarded = Guarded {
            inner,
            lead: lead.clone(),
        };
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method;
        guarded.call(request).await
    }

    #[tokio::test]
    async fn only_the_leader_writes_and_everybody_reads() {
        let lead = Lead::elected();
        let writes = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        for method in writes.clone() {
            let refused = sent(&lead, method).await.expect_err("no leader");
            assert_eq!(refused.downcast_ref(), Some(&NotLeading));
        }
        assert_eq!(sent(&lead, Method::GET).await.ok(), Some("sent"));
        lead.extend(Instant::now() + Duration::from_secs(60));
        for method in writes {
            assert_eq!(sent(&lead, method).await.ok(), Some("sent"));
        }
        // nobody told it: its time has passed
        lead.extend(Instant::now());
        sent(&lead, Method::POST).await.expect_err("too late");
    }
}
