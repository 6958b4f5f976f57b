//! What the controller counts, under the peer's names, and what it counts beyond the peer.
//!
//! Names, labels and types of the first kind are what dashboards and alerts ask for. The second kind has names of its own,
//! so that nothing that reads the peer's page is surprised.
//!
//! Source: sealed-secrets v0.40.0 `pkg/controller/metrics.go`.

mod page;
mod process;

pub(crate) use self::page::CONTENT_TYPE as PAGE_TYPE;

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// In front of every name of ours.
const PREFIX: &str = "sealed_secrets_controller";

/// Upper bounds in seconds of the peer's library.
const SECONDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Upper bounds of how many objects wait.
const OBJECTS: [f64; 8] = [0.0, 1.0, 10.0, 100.0, 1_000.0, 10_000.0, 50_000.0, 100_000.0];

/// Why an object was not opened, as the label `reason` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It could not be read.
    Fetch,
    /// Its values or templates did not open.
    Unseal,
    /// A Secret of its name belongs to somebody else.
    Unmanaged,
    /// Its Secret could not be written.
    Update,
    /// Its status could not be written.
    Status,
}

impl Reason {
    fn name(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Unseal => "unseal",
            Self::Unmanaged => "unmanaged",
            Self::Update => "update",
            Self::Status => "status",
        }
    }
}

/// Which condition of which kind of object is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// A SealedSecret's.
    Synced,
    /// An EncryptedSecret's; the peer has none.
    Ready,
}

impl Condition {
    fn name(self) -> &'static str {
        match self {
            Self::Synced => "Synced",
            Self::Ready => "Ready",
        }
    }
}

// The peer's library writes labels in the order of their names, and so do the fields below.

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Failure {
    namespace: String,
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConditionOf {
    condition: &'static str,
    name: String,
    namespace: String,
    ss_app_kubernetes_io_instance: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    code: u16,
    method: &'static str,
    path: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: &'static str,
    path: &'static str,
}

/// All counters and gauges; shared by reference.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    omit_secret_labels: bool,
    requests: Counter,
    failures: Family<Failure, Counter>,
    conditions: Family<ConditionOf, Gauge>,
    /// Which series an object has: condition and namespace → name → instance.
    observed: Mutex<HashMap<(Condition, String), HashMap<String, String>>>,
    answers: Family<Answer, Counter>,
    answer_seconds: Family<Route, Histogram>,
    reconcile_seconds: Histogram,
    queue: Histogram,
    queue_now: Gauge,
    /// How many of each kind.
    waiting: Mutex<HashMap<&'static str, usize>>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new(false)
    }
}

impl Metrics {
    /// Begins at zero. With `omit_secret_labels` the page names no object (`--metrics-omit-secret-labels`).
    #[must_use]
    pub fn new(omit_secret_labels: bool) -> Self {
        let seconds: fn() -> Histogram = || Histogram::new(SECONDS);
        let mut metrics = Self {
            registry: Registry::with_prefix(PREFIX),
            omit_secret_labels,
            requests: Counter::default(),
            failures: Family::default(),
            conditions: Family::default(),
            observed: Mutex::default(),
            answers: Family::default(),
            answer_seconds: Family::new_with_constructor(seconds),
            reconcile_seconds: Histogram::new(SECONDS),
            queue: Histogram::new(OBJECTS),
            queue_now: Gauge::default(),
            waiting: Mutex::default(),
        };
        metrics.register();
        metrics
    }

    /// The peer's names, with its words, and below them ours. The library adds `_total` to a counter's name.
    fn register(&mut self) {
        let build: Family<[(&'static str, &'static str); 1], Gauge> = Family::default();
        build
            .get_or_create(&[("revision", env!("CARGO_PKG_VERSION"))])
            .set(0);
        let registry = &mut self.registry;
        registry.register("build_info", "Build information", build);
        let help = "Total number of sealed secret unseal requests";
        registry.register("unseal_requests", help, self.requests.clone());
        let help = "Total number of sealed secret unseal errors by reason";
        registry.register("unseal_errors", help, self.failures.clone());
        let help =
            "Current SealedSecret condition status. Values are -1 (false), 0 (unknown or absent), 1 (true)";
        registry.register("condition_info", help, self.conditions.clone());
        let help = "A counter for requests to the wrapped handler";
        registry.register("http_requests", help, self.answers.clone());
        let help = "A histogram of latencies for requests";
        registry.register("http_request_duration_seconds", help, self.answer_seconds.clone());
        let help = "How long one reconcile took";
        registry.register("reconcile_duration_seconds", help, self.reconcile_seconds.clone());
        let help = "How many objects waited, each time that this changed";
        registry.register("queue_depth", help, self.queue.clone());
        let help = "How many objects wait now";
        registry.register("queue_length", help, self.queue_now.clone());
    }

    /// One reconcile begins.
    pub fn unseal_requested(&self) {
        self.requests.inc();
    }

    /// One reconcile failed.
    pub fn unseal_failed(&self, reason: Reason, namespace: &str) {
        let failure = Failure {
            // the peer knows no namespace where it could read no object
            namespace: if reason == Reason::Fetch {
                String::new()
            } else {
                namespace.to_owned()
            },
            reason: reason.name(),
        };
        self.failures.get_or_create(&failure).inc();
    }

    /// A condition of an object is known: true, false or unknown.
    pub fn condition(
        &self,
        kind: Condition,
        namespace: &str,
        name: &str,
        instance: &str,
        holds: Option<bool>,
    ) {
        if self.omit_secret_labels {
            return;
        }
        let mut observed = self.observed.lock().unwrap_or_else(PoisonError::into_inner);
        let instances = observed.entry((kind, namespace.to_owned())).or_default();
        let before = instances.insert(name.to_owned(), instance.to_owned());
        if let Some(before) = before.filter(|before| before != instance) {
            self.conditions.remove(&condition(kind, namespace, name, &before));
        }
        let value = match holds {
            Some(true) => 1,
            None => 0,
            Some(false) => -1,
        };
        self.conditions
            .get_or_create(&condition(kind, namespace, name, instance))
            .set(value);
    }

    /// An object is gone.
    pub fn forget(&self, kind: Condition, namespace: &str, name: &str) {
        let mut observed = self.observed.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (kind, namespace.to_owned());
        let Some(instances) = observed.get_mut(&place) else {
            return;
        };
        if let Some(instance) = instances.remove(name) {
            self.conditions
                .remove(&condition(kind, namespace, name, &instance));
        }
        if instances.is_empty() {
            observed.remove(&place);
        }
    }

    /// One reconcile took this long.
    pub fn reconciled(&self, took: Duration) {
        self.reconcile_seconds.observe(took.as_secs_f64());
    }

    /// So many objects of a kind wait.
    pub fn queued(&self, kind: &'static str, objects: usize) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.insert(kind, objects);
        let objects: usize = waiting.values().sum();
        drop(waiting);
        self.queue_now.set(i64::try_from(objects).unwrap_or(i64::MAX));
        // exact up to 2^53
        self.queue.observe(objects as f64);
    }

    /// One HTTP request was answered.
    pub(crate) fn answered(&self, path: &'static str, method: &'static str, code: u16, took: Duration) {
        self.answers.get_or_create(&Answer { code, method, path }).inc();
        let route = Route { method, path };
        self.answer_seconds
            .get_or_create(&route)
            .observe(took.as_secs_f64());
    }

    /// Everything as Prometheus reads it, text format 0.0.4.
    #[must_use]
    pub fn page(&self) -> String {
        let mut page = page::classic(&self.registry);
        process::append(&mut page);
        page
    }

    /// The names of all metrics on the page, without those that a suffix adds.
    #[must_use]
    pub fn names(&self) -> HashSet<String> {
        let page = self.page();
        let types = page.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        types
            .filter_map(|line| line.split(' ').next())
            .map(str::to_owned)
            .collect()
    }
}

fn condition(kind: Condition, namespace: &str, name: &str, instance: &str) -> ConditionOf {
    ConditionOf {
        condition: kind.name(),
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        ss_app_kubernetes_io_instance: instance.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line<'p>(page: &'p str, start: &str) -> Option<&'p str> {
        page.lines().find(|line| line.starts_with(start))
    }

    #[test]
    fn every_name_of_the_peer_is_there_with_its_type() {
        let metrics = Metrics::new(false);
        metrics.unseal_failed(Reason::Unseal, "shop");
        metrics.condition(Condition::Synced, "shop", "db", "", Some(true));
        metrics.answered("/v1/verify", "post", 200, Duration::from_millis(3));
        let page = metrics.page();
        for (name, kind) in [
            ("build_info", "gauge"),
            ("unseal_requests_total", "counter"),
            ("unseal_errors_total", "counter"),
            ("condition_info", "gauge"),
            ("http_requests_total", "counter"),
            ("http_request_duration_seconds", "histogram"),
        ] {
            let expected = format!("# TYPE {PREFIX}_{name} {kind}");
            assert!(page.lines().any(|line| line == expected), "{expected} in\n{page}");
        }
    }

    #[test]
    fn series_are_written_as_the_peer_writes_them() {
        let metrics = Metrics::new(false);
        metrics.unseal_requested();
        metrics.unseal_failed(Reason::Unmanaged, "shop");
        metrics.unseal_failed(Reason::Fetch, "shop");
        metrics.condition(Condition::Synced, "shop", "db", "blue", Some(false));
        metrics.answered("/v1/verify", "post", 409, Duration::from_millis(600));
        let page = metrics.page();
        for expected in [
            "sealed_secrets_controller_unseal_requests_total 1",
            "sealed_secrets_controller_unseal_errors_total{namespace=\"shop\",reason=\"unmanaged\"} 1",
            "sealed_secrets_controller_unseal_errors_total{namespace=\"\",reason=\"fetch\"} 1",
            "sealed_secrets_controller_condition_info{condition=\"Synced\",name=\"db\",namespace=\"shop\",\
             ss_app_kubernetes_io_instance=\"blue\"} -1",
            "sealed_secrets_controller_http_requests_total{code=\"409\",method=\"post\",path=\"/v1/verify\"} 1",
            "sealed_secrets_controller_http_request_duration_seconds_bucket{method=\"post\",path=\"/v1/verify\",\
             le=\"0.5\"} 0",
            "sealed_secrets_controller_http_request_duration_seconds_bucket{method=\"post\",path=\"/v1/verify\",\
             le=\"1\"} 1",
            "sealed_secrets_controller_http_request_duration_seconds_bucket{method=\"post\",path=\"/v1/verify\",\
             le=\"+Inf\"} 1",
            "sealed_secrets_controller_http_request_duration_seconds_count{method=\"post\",path=\"/v1/verify\"} 1",
        ] {
            assert!(page.lines().any(|line| line == expected), "{expected} in\n{page}");
        }
    }

    #[test]
    fn a_condition_is_set_changed_and_removed() {
        const SERIES: &str = "sealed_secrets_controller_condition_info{";
        let metrics = Metrics::new(false);
        for (synced, value) in [(Some(true), "1"), (None, "0"), (Some(false), "-1")] {
            metrics.condition(Condition::Synced, "shop", "db", "", synced);
            let page = metrics.page();
            let found = line(&page, SERIES).expect("it was observed");
            assert!(
                found.ends_with(&format!("ss_app_kubernetes_io_instance=\"\"}} {value}")),
                "{found}"
            );
        }
        metrics.condition(Condition::Synced, "shop", "db", "green", Some(true));
        let page = metrics.page();
        assert_eq!(
            page.lines().filter(|line| line.starts_with(SERIES)).count(),
            1,
            "{page}"
        );
        metrics.forget(Condition::Synced, "shop", "db");
        metrics.forget(Condition::Synced, "shop", "db");
        metrics.forget(Condition::Synced, "nobody", "nothing");
        assert_eq!(line(&metrics.page(), SERIES), None);
    }

    #[test]
    fn no_object_is_named_where_names_are_to_be_left_out() {
        let metrics = Metrics::new(true);
        metrics.condition(Condition::Synced, "shop", "db", "", Some(true));
        assert!(!metrics.page().contains("name=\"db\""));
    }

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        let metrics = Metrics::new(false);
        metrics.condition(Condition::Synced, "shop", "a\"} 1\nforged 2\\", "", Some(true));
        let page = metrics.page();
        assert!(page.contains("name=\"a\\\"} 1\\nforged 2\\\\\""), "{page}");
        assert_eq!(line(&page, "forged"), None);
    }
}
