//! Keeps Kubernetes secrets sealed from the author's editor to the pod: the use cases every adapter shares.
//!
//! Text goes in and text comes out, and only the bytes that were meant to change have changed:
//!
//! ```
//! # #![allow(unused_imports)]
//! use sealkit::crypto::{Recipient, identity::X25519Identity};
//! use sealkit::{Keyring, OpenOptions, SealOptions, Sealing, manifest::Stream};
//!
//! # #[cfg(not(feature = "native"))]
//! # fn main() {}
//! # #[cfg(feature = "native")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let identity = X25519Identity::generate(&mut rand::rng());
//! let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\nstringData:\n  password: hunter2 # ask Ann\n";
//!
//! let sealing = Sealing::native(vec![Recipient::X25519(identity.to_public().clone())]);
//! let plain = Stream::parse("db.yaml", secret.as_bytes())?;
//! let sealed = sealkit::seal(&plain, &sealing, &SealOptions::at(1_767_225_600), &mut rand::rng())?;
//! let sealed = sealed.stream.expect("there was a Secret to seal");
//! assert!(!sealed.as_str().contains("hunter2") && sealed.as_str().contains("# ask Ann"));
//!
//! let mut keyring = Keyring::new();
//! keyring.push(Box::new(identity));
//! let opened = sealkit::open(&sealed, &keyring, &OpenOptions::default())?;
//! assert_eq!(opened.stream.expect("there was something to open").as_str(), secret);
//! # Ok(())
//! # }
//! ```
//!
//! This crate opens no file, asks no clock and draws from no generator of its own: those arrive as arguments, so that
//! the command line, a controller and a git filter make the very same calls. It has no words for a terminal either;
//! a [`Problem`] answers what, where, why and what next, and an adapter prints it.

#[cfg(all(doctest, feature = "native"))]
#[doc = include_str!("../README.md")]
struct Readme;

mod check;
mod disguised;
mod inspect;
mod keyring;
pub mod manual;
mod names;
mod open;
pub mod policy;
mod problem;
mod recognise;
mod report;
mod rooms;
mod rotate;
mod seal;
mod sealing;
mod selector;
#[cfg(feature = "sops")]
pub mod sops;
#[cfg(feature = "templates")]
mod templates;
#[cfg(feature = "sealed-secrets")]
mod through_controller;
mod values;

pub use sealkit_crypto as crypto;
pub use sealkit_formats as formats;
pub use sealkit_manifest as manifest;
#[cfg(feature = "templates")]
pub use sealkit_template as template;

pub use check::{
    CheckOptions, Checked, Finding, MAX_CLIENT_SIDE_APPLY_BYTES, MAX_ETCD_BYTES, Severity, check,
};
pub use disguised::refuse_disguised;
pub use inspect::{DataKeyInspection, Inspection, RecipientInspection, inspect};
pub use keyring::{KeyHelp, Keyring};
pub use names::Names;
#[cfg(feature = "templates")]
pub use open::open_rendered;
pub use open::{OpenOptions, open};
pub use policy::{POLICY_FILE_NAME, Policy, PolicyError};
pub use problem::{Problem, ProblemKind, Problems};
pub use recognise::{Format, Recognised, SOPS_TOKEN_PREFIX, UnknownFormat, recognise};
pub use report::{Action, Entry, Note, ObjectName, Report};
pub use rotate::{Due, RotateOptions, RotationStep, rotate, rotation};
pub use seal::{Outcome, SealOptions, reseal, seal};
pub use sealing::{NamedRecipient, Sealing};
pub use selector::Selector;
#[cfg(feature = "sops")]
pub use sops::{KeyService, SopsInspection, SopsKey, SopsSealing, is_sops_file};
#[cfg(feature = "templates")]
pub use templates::renderer;
#[cfg(feature = "sealed-secrets")]
pub use through_controller::{Question, questions, take_answers};
#[cfg(feature = "templates")]
pub use values::get_rendered;
pub use values::{get, set, unset};
