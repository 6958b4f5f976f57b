//! Opening 1, 10 and 100 values: a SealedSecret costs an RSA operation for each, a native document one in all.

use anyhow::Result;
use sealkit_crypto::{Identity, Recipient};
use sealkit_formats::sealed_secrets::{self, OpenOptions};
use sealkit_formats::{Scope, native};
use sealkit_manifest::Manifest;

use super::seal_one::recipient;
use crate::generator;
use crate::record::Recorder;
use crate::setting::{Setting, text};
use crate::workload::secret;

pub(super) fn run(setting: &Setting, recorder: &mut Recorder) -> Result<()> {
    for values in [1, 10, 100] {
        open(setting, recorder, values)?;
    }
    Ok(())
}

fn open(setting: &Setting, recorder: &mut Recorder, values: usize) -> Result<()> {
    let mut rng = generator::operating_system();
    let secret = Manifest::parse(&secret(1, values))?;
    let options = sealed_secrets::SealOptions::new(setting.key.public_key());
    let bitnami = sealed_secrets::seal(&secret, &options, &mut rng)?.to_string();
    let mut native = |recipient: Recipient| -> Result<String> {
        Ok(native::seal(&secret, Scope::Strict, &[recipient], &mut rng)?.to_string())
    };
    let (x25519, post_quantum) = (
        native(recipient(&setting.age[0])?)?,
        native(recipient(&setting.post_quantum)?)?,
    );

    let file = setting.file(&format!("sealed-{values}.yaml"), bitnami.as_bytes())?;
    let name = |format: &str, who: &str| format!("{format}/open/{values}_values/{who}");
    let ours = |key: &str, name: &str, text_of: &str| -> Result<_> {
        let file = setting.file(&format!("{name}-{values}.yaml"), text_of.as_bytes())?;
        Ok(setting.sealkit(&["open", "--identity", key, text(&file)]))
    };
    let processes = [
        (
            name("sealed-secrets", "sealkit"),
            setting.sealkit(&["open", "--identity", setting.key_path(), text(&file)]),
        ),
        (
            name("sealed-secrets", "kubeseal"),
            setting
                .kubeseal(&[
                    "--recovery-unseal",
                    "--recovery-private-key",
                    setting.key_path(),
                    "-o",
                    "yaml",
                ])
                .stdin(bitnami.as_bytes()),
        ),
        (
            name("native", "sealkit-x25519"),
            ours(text(&setting.age_file), "x25519", &x25519)?,
        ),
        (
            name("native", "sealkit-post-quantum"),
            ours(text(&setting.post_quantum_file), "pq", &post_quantum)?,
        ),
    ];
    super::side_by_side(recorder, setting.count(50), &processes)?;

    let rounds = setting.count(100);
    let library = name("sealed-secrets", "library");
    if recorder.wants(&library) {
        let samples = super::call(rounds, || {
            let manifest = Manifest::parse(&bitnami)?;
            let opened =
                sealed_secrets::open_with_keys(&manifest.object(), &[&setting.key], &OpenOptions::default())?;
            Ok(manifest.edit(&opened.changes(&manifest.object()))?.to_string())
        })?;
        recorder.times(&library, "sealed_secrets::open_with_keys", 1, &samples);
    }
    let identities: [(&str, &dyn Identity, &str); 2] = [
        ("x25519", &setting.age[0], &x25519),
        ("post-quantum", &setting.post_quantum, &post_quantum),
    ];
    for (kind, identity, sealed) in identities {
        let library = name("native", &format!("library-{kind}"));
        if recorder.wants(&library) {
            let samples = super::call(rounds, || {
                let manifest = Manifest::parse(sealed)?;
                let opened = native::open_object(&manifest.object(), &[identity])?;
                Ok(manifest.edit(&opened.changes(&manifest.object()))?.to_string())
            })?;
            recorder.times(&library, "native::open_object", 1, &samples);
        }
    }
    Ok(())
}
