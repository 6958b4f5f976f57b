//! What stands in for `cluster` in a build without the Kubernetes client: the same questions, one answer.

use std::convert::Infallible;

use zeroize::Zeroizing;

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

/// Secrets, which this build never reads.
pub(super) struct Secrets(Infallible);

impl Secrets {
    pub(super) fn open(flags: &Flags) -> Result<Self, Failure> {
        kubeconfig::source(flags)?;
        Err(Failure::new("cannot reach the cluster")
            .why("this build has no Kubernetes client".to_owned())
            .help(
                "use a build with the feature `cluster`, or `kubectl apply -f` with the backup in plain"
                    .to_owned(),
            ))
    }

    pub(super) fn namespace(&self) -> &str {
        match self.0 {}
    }

    pub(super) fn with_label(&self, _label: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
        match self.0 {}
    }

    pub(super) fn named(&self, _name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        match self.0 {}
    }

    pub(super) fn create(&self, _name: &str, _json: &str) -> Result<(), Failure> {
        match self.0 {}
    }
}

/// Fetches nothing.
pub(super) fn fetch(url: &str) -> Result<Vec<u8>, Failure> {
    Err(Failure::new(format!("cannot fetch {}", quote(url)))
        .why("this build has no network client".to_owned())
        .help("fetch it with `curl -o controller.pem URL`, then give the file".to_owned()))
}
