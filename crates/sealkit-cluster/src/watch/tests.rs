//! A server that fails in every way is not asked in a tight loop, and is caught up with afterwards.

use std::sync::{Arc, Mutex};

use http::{Request, Response};
use k8s_openapi::api::core::v1::Secret;
use kube::Client;
use kube::client::Body;
use kube::core::PartialObjectMeta;
use serde_json::{Value, json};
use tokio::time::timeout;
use tower::service_fn;

use super::*;
use crate::log::{Format, Level};

type Asked = Arc<Mutex<Vec<&'static str>>>;

/// A server whose lists are empty and whose watches answer this, by number.
fn server(watch: fn(usize) -> (u16, Value)) -> (Client, Asked) {
    let asked = Asked::default();
    let seen = Arc::clone(&asked);
    let service = service_fn(move |request: Request<Body>| {
        let mut seen = seen.lock().expect("nobody panics");
        let watches = request.uri().query().unwrap_or_default().contains("watch=true");
        let (status, body) = match watches {
            true => watch(seen.iter().filter(|what| **what == "watch").count()),
            false => (200, json!({"metadata": {"resourceVersion": "1"}, "items": []})),
        };
        seen.push(if watches { "watch" } else { "list" });
        let body = Body::from(format!("{body}\n").into_bytes());
        let answer = Response::builder().status(status).body(body);
        async move { answer }
    });
    (Client::new(service, "default"), asked)
}

/// What is asked for within a minute.
async fn minute(watch: fn(usize) -> (u16, Value)) -> (usize, usize) {
    let (client, asked) = server(watch);
    let source = Source {
        api: Api::<PartialObjectMeta<Secret>>::all(client),
        selector: None,
        what: "Secrets",
    };
    let log = Log::new(Level::named("ERROR"), Format::named("text"), false);
    let following = follow(source, &log, |_| {});
    timeout(Duration::from_secs(60), following)
        .await
        .expect_err("it never returns");
    let asked = asked.lock().expect("nobody panics");
    let count = |what| asked.iter().filter(|asked| **asked == what).count();
    (count("list"), count("watch"))
}

fn gone() -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "too old", "reason": "Expired", "code": 410})
}

fn event(kind: &str, object: &Value) -> Value {
    json!({"type": kind, "object": object})
}

#[tokio::test(start_paused = true)]
async fn a_history_that_is_always_gone_is_asked_for_later_and_later() {
    for answer in [|_| (410, gone()), |_| (200, event("ERROR", &gone()))] {
        let (lists, watches) = minute(answer).await;
        assert!(lists == watches && (10..25).contains(&lists), "{lists} {watches}");
    }
}

#[tokio::test(start_paused = true)]
async fn watches_that_end_at_once_begin_later_and_later() {
    let error = |_| {
        let status = json!({"kind": "Status", "status": "Failure", "message": "etcd", "code": 500});
        (200, event("ERROR", &status))
    };
    let (_, watches) = minute(error).await;
    assert!((10..40).contains(&watches), "{watches}");
    let bookmark = |_| {
        let object = json!({"kind": "Secret", "apiVersion": "v1", "metadata": {"resourceVersion": "2"}});
        (200, event("BOOKMARK", &object))
    };
    let (_, watches) = minute(bookmark).await;
    assert!((10..40).contains(&watches), "{watches}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_will_not_go_on_is_asked_for_another_list_and_a_busy_one_is_not() {
    let (lists, watches) = minute(|_| (500, json!({"code": 500, "message": "no"}))).await;
    assert!(lists > 1 && watches < 40, "{lists} {watches}");
    let (lists, watches) = minute(|_| (429, json!({"code": 429, "message": "later"}))).await;
    assert!(lists == 1 && watches < 40, "{lists} {watches}");
}
