//! `sealkit kubeseal` beside the tool that it stands in for, word for word: one Secret, a stream of them, a raw value, and
//! opening with the cluster's keys, of which a cluster has one more every month.

use std::path::PathBuf;

use anyhow::Result;
use rayon::prelude::*;
use sealkit_crypto::rsa_oaep::RsaPrivateKey;
use sealkit_formats::sealed_secrets;
use sealkit_manifest::Manifest;

use crate::generator;
use crate::process::Process;
use crate::record::Recorder;
use crate::setting::{Setting, text, write_private};
use crate::workload::{VALUES_IN_TREE, secret};

/// Documents in the stream.
const DOCUMENTS: usize = 500;
/// Values in the document that is opened.
const VALUES: usize = 20;
/// Keys of a cluster that is two and a half years old.
const KEYS: usize = 30;
const KEY_BITS: usize = 4096;

pub(super) fn run(setting: &Setting, recorder: &mut Recorder) -> Result<()> {
    let seal = ["--cert", setting.certificate(), "-o", "yaml"];
    let one = secret(1, VALUES_IN_TREE);
    let pair = pair(setting, "seal/one", &seal, one.as_bytes());
    super::side_by_side(recorder, setting.count(200), &pair)?;
    super::memory(recorder, setting.count(20), &memory_of(&pair))?;

    let documents = setting.count(DOCUMENTS);
    let stream: Vec<_> = (0..documents)
        .map(|index| secret(index, VALUES_IN_TREE))
        .collect();
    let stream = stream.join("---\n");
    let pair = self::pair(setting, "seal/stream_500", &seal, stream.as_bytes());
    super::side_by_side(recorder, setting.count(10), &pair)?;
    super::memory(recorder, setting.count(10), &memory_of(&pair))?;

    let raw = [
        "--raw",
        "--cert",
        setting.certificate(),
        "--namespace",
        "shop",
        "--name",
        "db",
    ];
    let pair = self::pair(setting, "raw", &raw, b"a value of two dozen bytes");
    super::side_by_side(recorder, setting.count(200), &pair)?;

    recover(setting, recorder, 1)?;
    recover(setting, recorder, KEYS)
}

/// A document of 20 values whose key is the last of so many.
fn recover(setting: &Setting, recorder: &mut Recorder, keys: usize) -> Result<()> {
    let what = format!("recover/{VALUES}_values_{keys}_keys");
    if !["sealkit", "kubeseal"]
        .iter()
        .any(|who| recorder.wants(&format!("kubeseal/{what}/{who}")))
    {
        return Ok(());
    }
    let options = sealed_secrets::SealOptions::new(setting.key.public_key());
    let plain = Manifest::parse(&secret(1, VALUES))?;
    let sealed = sealed_secrets::seal(&plain, &options, &mut generator::operating_system())?.to_string();
    let mut files = other_keys(setting, keys - 1)?;
    files.push(setting.key_file.clone());
    let files: Vec<&str> = files.iter().map(|file| text(file)).collect();
    let files = files.join(",");
    let unseal = [
        "--recovery-unseal",
        "--recovery-private-key",
        &files,
        "-o",
        "yaml",
    ];
    let pair = pair(setting, &what, &unseal, sealed.as_bytes());
    super::side_by_side(recorder, setting.count(20), &pair)
}

/// Keys of the same size that do not fit.
fn other_keys(setting: &Setting, count: usize) -> Result<Vec<PathBuf>> {
    let folder = setting.fresh(&format!("keys-{count}"))?;
    (0..count)
        .into_par_iter()
        .map(|index| {
            let file = folder.join(format!("{index}.pem"));
            write_private(
                &file,
                RsaPrivateKey::generate(KEY_BITS)?.to_pkcs8_pem().as_bytes(),
            )?;
            Ok(file)
        })
        .collect()
}

/// The same words and the same input for both.
fn pair(setting: &Setting, what: &str, words: &[&str], input: &[u8]) -> [(String, Process); 2] {
    let ours = setting.sealkit(&[&["kubeseal"], words].concat());
    let theirs = setting.kubeseal(words);
    [
        (format!("kubeseal/{what}/sealkit"), ours.stdin(input)),
        (format!("kubeseal/{what}/kubeseal"), theirs.stdin(input)),
    ]
}

fn memory_of(pair: &[(String, Process)]) -> Vec<(String, Process)> {
    let named = |(name, process): &(String, Process)| (format!("{name}/memory"), process.clone());
    pair.iter().map(named).collect()
}
