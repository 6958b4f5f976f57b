//! The keys of this machine at work for somebody else. Every request stands alone and reads the sources of identities again,
//! so that the server itself keeps no key.

use std::{
    io::{self, Write},
    sync::{Mutex, PoisonError},
};

use sealkit::{
    crypto::Plaintext,
    formats::sops::{
        UnwrapKey,
        keyservice::{Request, write_answer},
        metadata::{KeyKind, MasterKey},
    },
};
use zeroize::Zeroizing;

use super::grpc::Status;
use crate::{
    generator,
    sops::run::{self, local},
    terminal::{self, printable},
};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Encrypt,
    Decrypt,
}

impl Verb {
    /// The method behind a path.
    pub(super) fn of(path: &str) -> Option<Self> {
        match path {
            "/KeyService/Encrypt" => Some(Self::Encrypt),
            "/KeyService/Decrypt" => Some(Self::Decrypt),
            _ => None,
        }
    }
}

/// Whether a person is asked, and whether anything is told.
pub(super) struct Desk {
    /// Held by the request that a person is asked about.
    prompt: Option<Mutex<()>>,
    verbose: bool,
}

impl Desk {
    pub(super) fn new(prompt: bool, verbose: bool) -> Self {
        Self {
            prompt: prompt.then(Mutex::default),
            verbose,
        }
    }

    /// A line of the log, as the peer's.
    pub(super) fn log(&self, text: &str) {
        if self.verbose {
            let time = run::now();
            let text = printable(text);
            terminal::error_line(&format!("[KEYSERVICE]\t time=\"{time}\" level=info msg={text:?}"));
        }
    }

    /// Answers a request, unless the person says no, or nobody waits for the answer any more.
    pub(super) fn answer(
        &self,
        verb: Verb,
        request: &Request,
        is_gone: impl Fn() -> bool,
    ) -> Result<Zeroizing<Vec<u8>>, Status> {
        let name = match verb {
            Verb::Encrypt => format!("encrypt request using {}", shown(&request.key)),
            Verb::Decrypt => format!("decrypt request using {}", shown(&request.key)),
        };
        let answer = self.asked(&name, &is_gone).and_then(|()| match verb {
            Verb::Encrypt => wrap(&request.key, &request.payload),
            Verb::Decrypt => unwrap(&request.key, &request.payload),
        });
        let answer = answer.map(|payload| write_answer(&payload));
        match &answer {
            Ok(_) => self.log(&name),
            Err(status) => self.log(&format!("{name}: {status}")),
        }
        answer
    }

    /// Asks the person, if somebody is to be asked.
    fn asked(&self, name: &str, is_gone: &dyn Fn() -> bool) -> Result<(), Status> {
        let Some(turn) = &self.prompt else {
            return Ok(());
        };
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        if is_gone() {
            let why = "nobody waits for the answer any more";
            return Err(Status::new(Status::DEADLINE_EXCEEDED, why));
        }
        match is_allowed(name) {
            true => Ok(()),
            false => Err(Status::new(Status::PERMISSION_DENIED, "Request rejected by user")),
        }
    }
}

/// A key as people know it.
fn shown(key: &MasterKey) -> String {
    match key.kind {
        KeyKind::Age => format!("age key with recipient {}", key.name()),
        KeyKind::Pgp => format!("PGP key with fingerprint {}", key.name()),
        kind => format!("{} key {}", kind.as_str(), key.name()),
    }
}

/// Asks on the terminal. Whatever is no clear answer is asked again; the end of the input is a no.
fn is_allowed(name: &str) -> bool {
    let mut out = io::stdout();
    loop {
        let name = printable(name);
        let asked = write!(out, "\nReceived {name}. Respond to request? (y/n): ").and_then(|()| out.flush());
        let mut answer = String::new();
        let read = io::stdin().read_line(&mut answer);
        match (asked, read, answer.trim()) {
            (Err(_), ..) | (_, Err(_) | Ok(0), _) | (_, _, "n") => return false,
            (_, _, "y") => return true,
            _ => {}
        }
    }
}

fn failed(why: String) -> Status {
    Status::new(Status::UNKNOWN, why)
}

fn wrap(key: &MasterKey, share: &Plaintext) -> Result<Zeroizing<Vec<u8>>, Status> {
    let wrapper = local::wrapper(key, run::now()).map_err(failed)?;
    let wrapped = wrapper.wrap_key(share, &mut generator::operating_system());
    let wrapped = wrapped.map_err(|error| failed(error.why))?;
    Ok(Zeroizing::new(wrapped.enc().as_bytes().to_vec()))
}

fn unwrap(key: &MasterKey, enc: &Plaintext) -> Result<Zeroizing<Vec<u8>>, Status> {
    let enc = enc
        .expose_str()
        .ok_or_else(|| Status::new(Status::INVALID_ARGUMENT, "a wrapped key is text"))?;
    let key = key.with_enc(enc);
    let keys = local::Keys::new(run::now());
    let found = keys.unwrap_key(&key).map_err(|failure| failed(failure.why))?;
    found
        .map(Plaintext::into_bytes)
        .ok_or_else(|| failed(local::nothing_opens(key.kind)))
}
