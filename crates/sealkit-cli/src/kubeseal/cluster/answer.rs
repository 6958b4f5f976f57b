//! What the API server said, and what a person does about it.
//!
//! The first line is the peer's: the message of a Kubernetes status where there is one, else the sentence its library
//! has for the number. What to do next is ours, and depends on nothing but the number and who may have answered.
//!
//! Source: `k8s.io/apimachinery` v0.37 `pkg/api/errors/errors.go`, `NewGenericServerResponse`.

use crate::kubeseal::{failure::Failure, quote::quote};

/// As much of an answer is shown as the peer shows.
const MAX_SHOWN_BYTES: usize = 2048;

/// An answer, read to its end.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: String,
    /// Seconds to wait, where it says so.
    pub(super) retry_after: Option<u64>,
    /// Where a redirect leads.
    pub(super) location: Option<String>,
    pub(super) body: Vec<u8>,
}

/// What was asked for, for messages.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) verb: &'static str,
    pub(super) resource: &'static str,
    pub(super) name: &'a str,
    pub(super) namespace: &'a str,
}

impl Answer {
    /// The answer, if it is a good one.
    pub(super) fn success(self, asked: Asked<'_>) -> Result<Self, Failure> {
        match self.status {
            200..=299 if self.is_html() => Err(self.not_from_kubernetes()),
            300..=399 => Err(self.not_from_kubernetes()),
            200..=299 => Ok(self),
            _ => Err(self.failure(asked)),
        }
    }

    /// Why it is not.
    pub(super) fn failure(&self, asked: Asked<'_>) -> Failure {
        if self.is_html() {
            return self.not_from_kubernetes();
        }
        let message = self
            .status_message()
            .unwrap_or_else(|| self.generic_message(asked));
        let failure = Failure::new(message).help(self.help(asked));
        if self.status == 409 {
            failure.conflict()
        } else {
            failure
        }
    }

    /// A page for people in place of an answer: a proxy, or a login in front of the API server.
    pub(super) fn not_from_kubernetes(&self) -> Failure {
        Failure::new(format!(
            "the answer, with status {}, is not from Kubernetes",
            self.status
        ))
        .why(match (self.is_html(), self.elsewhere()) {
            (true, _) => {
                "it is a page for a browser: a proxy or a login stands before the API server".to_owned()
            }
            (false, Some(host)) => {
                format!("it leads to {host}: a proxy or a login stands before the API server")
            }
            (false, None) => "it is not JSON".to_owned(),
        })
        .help(
            "check the server's address in the kubeconfig, --proxy-url and HTTPS_PROXY, and log in again"
                .to_owned(),
        )
    }

    /// The host that a redirect leads to; the rest of its address may be somebody's login.
    fn elsewhere(&self) -> Option<&str> {
        let location = self.location.as_deref()?;
        let rest = location.split_once("://").map_or(location, |(_, rest)| rest);
        rest.split(['/', '?']).next().filter(|host| !host.is_empty())
    }

    fn is_html(&self) -> bool {
        let start = self.body.trim_ascii_start();
        self.content_type.starts_with("text/html")
            || start
                .get(..9)
                .is_some_and(|start| start.eq_ignore_ascii_case(b"<!doctype"))
            || start
                .get(..5)
                .is_some_and(|start| start.eq_ignore_ascii_case(b"<html"))
    }

    /// The message of a Kubernetes status.
    fn status_message(&self) -> Option<String> {
        let status: serde_json::Value = serde_json::from_slice(&self.body).ok()?;
        let message = status
            .get("message")
            .filter(|_| status["kind"] == "Status")?
            .as_str()?;
        Some(message.to_owned())
    }

    fn generic_message(&self, asked: Asked<'_>) -> String {
        let said = match self.content_type.is_empty() || self.content_type.starts_with("text/") {
            true => {
                let shown = &self.body[..self.body.len().min(MAX_SHOWN_BYTES)];
                String::from_utf8_lossy(shown).trim().to_owned()
            }
            false => "unknown".to_owned(),
        };
        let sentence = match self.status {
            400 => "the server rejected our request for an unknown reason".to_owned(),
            401 => "the server has asked for the client to provide credentials".to_owned(),
            403 | 415 => said,
            404 => "the server could not find the requested resource".to_owned(),
            405 => "the server does not allow this method on the requested resource".to_owned(),
            409 => "the server reported a conflict".to_owned(),
            422 => "the server rejected our request due to an error in our request".to_owned(),
            429 => "the server has received too many requests and has asked us to try again later".to_owned(),
            503 => "the server is currently unable to handle the request".to_owned(),
            504 => {
                "the server was unable to return a response in the time allotted, but may still be processing the \
                 request"
                    .to_owned()
            }
            500.. => format!("an error on the server ({}) has prevented the request from succeeding", quote(&said)),
            other => {
                format!("the server responded with the status code {other} but did not return more information")
            }
        };
        format!("{sentence} ({} {} {})", asked.verb, asked.resource, asked.name)
    }

    fn help(&self, asked: Asked<'_>) -> String {
        let namespace = asked.namespace;
        // A Service is named with its scheme where the API server only passes on what the controller says.
        let proxied = asked.name.starts_with("http:");
        let keys = asked.resource == "secrets";
        match self.status {
            403 if keys => format!(
                "ask for a role that may `{} secrets` in the namespace {namespace}; whoever has it can read every key of the \
                 controller",
                asked.verb
            ),
            404 if keys => format!(
                "make the namespace first, `kubectl create namespace {namespace}`, or name another with --controller-namespace"
            ),
            401 => "the API server does not accept this login: log in again, or choose another --context"
                .to_owned(),
            403 => format!(
                "ask for a role that may `{} {}` in the namespace {namespace}; Bitnami's manifests have one: \
                 sealed-secrets-service-proxier",
                asked.verb, asked.resource
            ),
            404 => format!(
                "look where the controller is: `kubectl get services --all-namespaces`; Helm's default name is \
                 sealed-secrets, and {namespace} was asked"
            ),
            429 => match self.retry_after {
                Some(seconds) => {
                    format!("wait {seconds} seconds, then run it again; or give it fewer documents at once")
                }
                None => "wait a moment, then run it again; or give it fewer documents at once".to_owned(),
            },
            500 if proxied => format!(
                "the controller's log says why: `kubectl logs -n {namespace} -l name=sealed-secrets-controller`; a \
                 value that no key opens is the usual reason"
            ),
            502..=504 if proxied => format!(
                "the controller does not answer: `kubectl get pods -n {namespace}` shows whether it runs"
            ),
            _ => "run it again; if it stays so, ask who runs the cluster".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(status: u16, content_type: &str, body: &str) -> String {
        let answer = Answer {
            status,
            content_type: content_type.to_owned(),
            retry_after: (status == 429).then_some(7),
            location: None,
            body: body.as_bytes().to_vec(),
        };
        let asked = Asked {
            verb: "post",
            resource: "services",
            name: "http:controller:",
            namespace: "kube-system",
        };
        let Err(failure) = answer.success(asked) else {
            panic!("it is no success");
        };
        failure.to_string()
    }

    #[test]
    fn the_message_of_a_status_comes_first() {
        let said = failure(
            403,
            "application/json",
            r#"{"kind":"Status","message":"services is forbidden"}"#,
        );
        assert!(said.starts_with("error: services is forbidden\n"), "{said}");
        assert!(said.contains("sealed-secrets-service-proxier"), "{said}");
    }

    #[test]
    fn every_number_says_what_to_do_next() {
        for (status, first, next) in [
            (
                401,
                "the server has asked for the client to provide credentials (post services http:controller:)",
                "log in",
            ),
            (
                404,
                "the server could not find the requested resource (post services http:controller:)",
                "kubectl get services",
            ),
            (
                429,
                "the server has received too many requests and has asked us to try again later (post services http:controller:)",
                "wait 7 seconds",
            ),
            (
                500,
                "an error on the server (\"boom\") has prevented the request from succeeding (post services http:controller:)",
                "log says why",
            ),
            (
                503,
                "the server is currently unable to handle the request (post services http:controller:)",
                "whether it runs",
            ),
        ] {
            let said = failure(status, "text/plain", "boom\n");
            assert!(said.starts_with(&format!("error: {first}\n")), "{said}");
            assert!(said.contains(next), "{said}");
        }
    }

    #[test]
    fn a_page_for_a_browser_is_no_answer() {
        for status in [200, 302, 403, 502] {
            let said = failure(status, "text/html; charset=utf-8", "<html>Log in</html>");
            assert!(
                said.contains("a proxy or a login") && !said.contains("Log in"),
                "{said}"
            );
        }
    }
}
