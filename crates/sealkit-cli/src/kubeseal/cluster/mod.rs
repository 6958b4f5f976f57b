//! The controller behind the API server: its certificate, whether it opens a SealedSecret, and sealing for its newest key;
//! and the Secrets that its keys are.
//!
//! What is the controller's goes through the API server's proxy to its Service, with what the kubeconfig says about
//! logging in. Nothing here knows what a certificate or a SealedSecret looks like inside.
//!
//! Source: sealed-secrets v0.40.0 `pkg/kubeseal/kubeseal.go`; `k8s.io/client-go` v0.37 `rest/request.go`.

mod answer;
mod client;
mod config;
mod connection;
#[cfg(target_os = "linux")]
mod names;
mod secrets;
mod timeout;
mod web;

use http::{Method, Request};
use kube::client::Body;

use answer::{Answer, Asked};
use connection::Connection;

use super::{failure::Failure, flags::Flags, public::Public};

#[cfg(all(feature = "keyservice", target_os = "linux"))]
pub(crate) use names::addresses;
pub(in crate::kubeseal) use secrets::Secrets;
pub(in crate::kubeseal) use web::fetch;

/// The controller's paths below the proxy.
const VERIFY: &str = "v1/verify";
const ROTATE: &str = "v1/rotate";

/// Behind the first line of whatever went wrong with the Service.
const OTHER_SERVICE: &str = "Please, use the flag --controller-name and --controller-namespace to set up the name and \
                             namespace of the sealed secrets controller";

/// The controller, found.
pub(in crate::kubeseal) struct Controller {
    connection: Connection,
    namespace: String,
    /// The Service as the proxy wants it named: scheme, name and port.
    service: String,
}

impl Controller {
    /// Connects to the API server and finds the controller's Service.
    pub(in crate::kubeseal) fn find(flags: &Flags) -> Result<Self, Failure> {
        let connection = Connection::open(flags)?;
        let (namespace, name) = (flags.text("controller-namespace"), flags.text("controller-name"));
        let path = format!(
            "/api/v1/namespaces/{}/services/{}",
            segment(namespace),
            segment(name)
        );
        let asked = Asked {
            verb: "get",
            resource: "services",
            name,
            namespace,
        };
        let request = Request::builder().uri(&path).body(Vec::new());
        let answer = connection.ask(request);
        let port = answer
            .and_then(|answer| answer.success(asked))
            .and_then(|answer| first_port(&answer))
            .map_err(|failure| {
                let sentence = format!(
                    "cannot get sealed secret service: {}.\n{OTHER_SERVICE}",
                    failure.message()
                );
                failure.with_message(sentence)
            })?;
        Ok(Self {
            connection,
            namespace: namespace.to_owned(),
            service: format!("http:{name}:{port}"),
        })
    }

    /// A public half, as the controller gives it.
    pub(in crate::kubeseal) fn public(&self, what: Public) -> Result<Vec<u8>, Failure> {
        let request = self.request(Method::GET, what.path());
        let answer = self
            .connection
            .ask(request.header("accept", what.types()).body(Vec::new()));
        let answer = answer.and_then(|answer| answer.success(self.asked("get")));
        let answer = answer.map_err(|failure| {
            let sentence = format!("cannot fetch {}: {}", what.name(), failure.message());
            failure.with_message(sentence)
        })?;
        Ok(answer.body)
    }

    /// Whether the controller opens a SealedSecret, given as JSON.
    pub(in crate::kubeseal) fn verify(&self, json: String, name: &str) -> Result<(), Failure> {
        let answer = self.post(VERIFY, json);
        let outcome = answer.and_then(|answer| match answer.status {
            409 => Err(answer.failure(self.asked("post"))),
            _ => answer.success(self.asked("post")).map(|_| ()),
        });
        outcome.map_err(|failure| match failure.is_conflict() {
            true => Failure::new(format!("unable to decrypt sealed secret: {name}")).help(
                "it was sealed for another cluster, or moved or renamed since; seal it again from its plaintext"
                    .to_owned(),
            ),
            false => {
                let sentence = format!("cannot validate sealed secret: {}", failure.message());
                failure.with_message(sentence)
            }
        })
    }

    /// A SealedSecret sealed for the newest key; both as JSON.
    pub(in crate::kubeseal) fn rotate(&self, json: String) -> Result<Vec<u8>, Failure> {
        let answer = self.post(ROTATE, json);
        let answer = answer.and_then(|answer| answer.success(self.asked("post")));
        let answer = answer.map_err(|failure| match failure.is_conflict() {
            true => failure.with_message("unable to rotate secret".to_owned()),
            false => {
                let sentence = format!("cannot re-encrypt secret: {}", failure.message());
                failure.with_message(sentence)
            }
        })?;
        Ok(answer.body)
    }

    fn post(&self, path: &str, json: String) -> Result<Answer, Failure> {
        let request = self.request(Method::POST, path);
        self.connection.ask(
            request
                .header("content-type", "application/json")
                .body(json.into_bytes()),
        )
    }

    fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let (namespace, service) = (segment(&self.namespace), segment(&self.service));
        let uri = format!("/api/v1/namespaces/{namespace}/services/{service}/proxy/{path}");
        Request::builder().method(method).uri(uri)
    }

    fn asked<'a>(&'a self, verb: &'static str) -> Asked<'a> {
        Asked {
            verb,
            resource: "services",
            name: &self.service,
            namespace: &self.namespace,
        }
    }
}

/// The name of the first port of a Service; empty where it has none.
fn first_port(answer: &Answer) -> Result<String, Failure> {
    let service: serde_json::Value =
        serde_json::from_slice(&answer.body).map_err(|_| answer.not_from_kubernetes())?;
    let ports = service.pointer("/spec/ports").and_then(|ports| ports.as_array());
    let first = ports.and_then(|ports| ports.first()).ok_or_else(|| {
        Failure::new("the Service has no port")
            .help("it must have the controller's port, usually 8080".to_owned())
    })?;
    let name = first.get("name").and_then(|name| name.as_str());
    Ok(name.unwrap_or_default().to_owned())
}

/// A name as one segment of a path.
fn segment(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte);
    name.bytes()
        .map(|byte| match plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

/// What a client sends.
type Built = Result<Request<Vec<u8>>, http::Error>;

fn body(bytes: Vec<u8>) -> Body {
    Body::from(bytes)
}
