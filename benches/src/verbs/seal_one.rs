//! One Secret of three values, for one RSA-4096 certificate beside the peer, and natively.

use anyhow::Result;
use sealkit_crypto::{Identity, Recipient};
use sealkit_formats::{Scope, native, sealed_secrets};
use sealkit_manifest::Manifest;

use crate::generator;
use crate::process::Process;
use crate::record::Recorder;
use crate::setting::{Setting, text};
use crate::workload::{VALUES_IN_TREE, secret};

pub(super) fn run(setting: &Setting, recorder: &mut Recorder) -> Result<()> {
    let secret = secret(1, VALUES_IN_TREE);
    let file = setting.file("one.yaml", secret.as_bytes())?;
    let x25519 = recipient(&setting.age[0])?;
    let post_quantum = recipient(&setting.post_quantum)?;
    let processes = |what: &str| {
        let name = |format: &str, who: &str| format!("{format}/seal/one/{who}{what}");
        let native = |recipient: &Recipient| {
            setting.sealkit(&["seal", "--recipient", &recipient.to_string(), text(&file)])
        };
        [
            (name("sealed-secrets", "empty"), Process::new(&setting.empty, &[])),
            (
                name("sealed-secrets", "sealkit"),
                setting.sealkit(&["seal", "--cert", setting.certificate(), text(&file)]),
            ),
            (
                name("sealed-secrets", "kubeseal"),
                setting
                    .kubeseal(&["--cert", setting.certificate(), "-o", "yaml"])
                    .stdin(secret.as_bytes()),
            ),
            (name("native", "sealkit-x25519"), native(&x25519)),
            (name("native", "sealkit-post-quantum"), native(&post_quantum)),
        ]
    };
    super::side_by_side(recorder, setting.count(200), &processes(""))?;
    super::memory(recorder, setting.count(20), &processes("/memory"))?;
    library(
        setting,
        recorder,
        &secret,
        &[("x25519", x25519), ("post-quantum", post_quantum)],
    )
}

/// The same as library calls: parse, seal, edit, print.
fn library(
    setting: &Setting,
    recorder: &mut Recorder,
    secret: &str,
    recipients: &[(&str, Recipient)],
) -> Result<()> {
    let rounds = setting.count(500);
    let mut rng = generator::operating_system();
    if recorder.wants("sealed-secrets/seal/one/library") {
        let key = setting.key.public_key();
        let samples = super::call(rounds, || {
            let options = sealed_secrets::SealOptions::new(key);
            Ok(sealed_secrets::seal(&Manifest::parse(secret)?, &options, &mut rng)?.to_string())
        })?;
        recorder.times(
            "sealed-secrets/seal/one/library",
            "sealed_secrets::seal",
            1,
            &samples,
        );
    }
    for (kind, recipient) in recipients {
        let name = format!("native/seal/one/library-{kind}");
        if recorder.wants(&name) {
            let recipients = [recipient.clone()];
            let samples = super::call(rounds, || {
                Ok(
                    native::seal(&Manifest::parse(secret)?, Scope::Strict, &recipients, &mut rng)?
                        .to_string(),
                )
            })?;
            recorder.times(&name, "native::seal", 1, &samples);
        }
    }
    Ok(())
}

/// The public half of an identity.
pub(super) fn recipient(identity: &dyn Identity) -> Result<Recipient> {
    identity
        .recipient()
        .ok_or_else(|| anyhow::anyhow!("age keys know their recipient"))
}
