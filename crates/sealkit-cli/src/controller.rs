//! The cluster's controller as a holder of sealing keys: it moves SealedSecrets to its newest key when nobody here could
//! open them. Which values may be taken from its answers is the facade's; how it is reached, the kubeseal mode's.

use std::path::Path;

use sealkit::{Outcome, Sealing, crypto::certificate::Certificate, manifest::Stream};

use crate::{
    certificates::fingerprint,
    diagnostic::{Diagnostic, Failure, show_path},
    exit,
    flags::ControllerFlags,
    kubeseal,
    policies::{self, Policies},
};

/// A controller, found, and the certificate that it seals for.
pub(crate) struct Controller {
    connection: kubeseal::Controller,
    certificate: Certificate,
}

impl Controller {
    /// Finds the controller and fetches its certificate.
    pub(crate) fn find(flags: &ControllerFlags) -> Result<Self, Failure> {
        let failed = |diagnostic| Failure::new(exit::FAILED, diagnostic);
        let connection = kubeseal::Controller::find(&flags.settings()).map_err(failed)?;
        let pem = connection.certificate().map_err(failed)?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| {
            let diagnostic = Diagnostic::error("cannot read the controller's certificate")
                .why(error.to_string())
                .help(error.hint());
            Failure::new(exit::MALFORMED, diagnostic)
        })?;
        Ok(Self {
            connection,
            certificate,
        })
    }

    /// How it seals a file. Where the policy pins a certificate for the file, it must be this one: another key would make
    /// a file that the next `seal` and this one disagree on, and another cluster's controller is easily asked by mistake.
    pub(crate) fn sealing(&self, policies: &Policies, file: &Path) -> Result<Sealing, Failure> {
        if let Some(pinned) = policies::pinned(policies, file)?
            && let Some(known) = &pinned.certificate
            && known.public_key() != self.certificate.public_key()
        {
            let (ours, theirs) = (fingerprint(known), fingerprint(&self.certificate));
            let diagnostic = Diagnostic::error(format!(
                "the controller does not seal for the certificate that is pinned for {}",
                show_path(file)
            ))
            .at(&pinned.origin)
            .why(format!("pinned is {ours}, the controller has {theirs}"))
            .help(format!(
                "check --context; if the controller has renewed its key, pin the new one first: `sealkit cert pin FILE \
                 --fingerprint {theirs}`"
            ));
            return Err(Failure::new(exit::POLICY, diagnostic));
        }
        let mut sealing = Sealing::sealed_secrets(self.certificate.clone());
        sealing.origin = "the controller".to_owned();
        Ok(sealing)
    }

    /// Lets the controller seal every SealedSecret of a file anew; gives the text with the new values.
    pub(crate) fn move_to_newest_key(&self, stream: &Stream) -> Result<Outcome, Failure> {
        let questions = sealkit::questions(stream)?;
        let answers = questions.into_iter().map(|question| {
            let answer = self.connection.rotate(question.json);
            answer.map_err(|diagnostic| Failure::new(exit::FAILED, diagnostic.at(question.place)))
        });
        let answers = answers.collect::<Result<Vec<_>, _>>()?;
        Ok(sealkit::take_answers(stream, &answers, &self.certificate)?)
    }
}
