//! Secrets of the controller's namespace, as JSON that nobody here looks into.

use http::{Method, Request};
use zeroize::Zeroizing;

use super::{
    answer::{Answer, Asked},
    connection::Connection,
    segment,
};
use crate::kubeseal::{failure::Failure, flags::Flags};

/// The Secrets of one namespace.
pub(in crate::kubeseal) struct Secrets {
    connection: Connection,
    namespace: String,
}

impl Secrets {
    /// Makes a client; nothing is sent yet.
    pub(in crate::kubeseal) fn open(flags: &Flags) -> Result<Self, Failure> {
        Ok(Self {
            connection: Connection::open(flags)?,
            namespace: flags.text("controller-namespace").to_owned(),
        })
    }

    /// Where they are.
    pub(in crate::kubeseal) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// All that have a label, whatever its value.
    pub(in crate::kubeseal) fn with_label(&self, label: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let path = format!("{}?labelSelector={}", self.path(), segment(label));
        let answer = self.ask(Method::GET, &path, "")?;
        let answer = answer.success(self.asked("list", "with the label"))?;
        Ok(Zeroizing::new(answer.body))
    }

    /// The one of a name, if it is there.
    pub(in crate::kubeseal) fn named(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        let path = format!("{}/{}", self.path(), segment(name));
        let answer = self.ask(Method::GET, &path, "")?;
        if answer.status == 404 {
            return Ok(None);
        }
        let answer = answer.success(self.asked("get", name))?;
        Ok(Some(Zeroizing::new(answer.body)))
    }

    /// Makes one that is not there yet.
    pub(in crate::kubeseal) fn create(&self, name: &str, json: &str) -> Result<(), Failure> {
        let answer = self.ask(Method::POST, &self.path(), json)?;
        answer.success(self.asked("create", name)).map(drop)
    }

    fn ask(&self, method: Method, path: &str, json: &str) -> Result<Answer, Failure> {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("content-type", "application/json");
        self.connection.ask(request.body(json.as_bytes().to_vec()))
    }

    fn path(&self) -> String {
        format!("/api/v1/namespaces/{}/secrets", segment(&self.namespace))
    }

    fn asked<'a>(&'a self, verb: &'static str, name: &'a str) -> Asked<'a> {
        Asked {
            verb,
            resource: "secrets",
            name,
            namespace: &self.namespace,
        }
    }
}
