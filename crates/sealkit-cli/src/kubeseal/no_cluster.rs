//! What stands in for `cluster` in a build without the Kubernetes client: the same questions, one answer.

use std::convert::Infallible;

use super::{failure::Failure, flags::Flags, kubeconfig, public::Public, quote::quote};

/// A controller, which this build never finds.
pub(super) struct Controller(Infallible);

impl Controller {
    pub(super) fn find(flags: &Flags) -> Result<Self, Failure> {
        kubeconfig::source(flags)?;
        Err(Failure::new("cannot reach the controller")
            .why("this build has no Kubernetes client".to_owned())
            .help("use a build with the feature `cluster`, or give the certificate with --cert".to_owned()))
    }

    pub(super) fn public(&self, _what: Public) -> Result<Vec<u8>, Failure> {
        match self.0 {}
    }

    pub(super) fn verify(&self, _json: String, _name: &str) -> Result<(), Failure> {
        match self.0 {}
    }

    pub(super) fn rotate(&self, _json: String) -> Result<Vec<u8>, Failure> {
        match self.0 {}
    }
}

/// Fetches nothing.
pub(super) fn fetch(url: &str) -> Result<Vec<u8>, Failure> {
    Err(Failure::new(format!("cannot fetch {}", quote(url)))
        .why("this build has no network client".to_owned())
        .help("fetch it with `curl -o controller.pem URL`, then give the file".to_owned()))
}
