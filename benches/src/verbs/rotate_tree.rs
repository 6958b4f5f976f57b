//! Rotating 10,000 native files from which one recipient is removed: new data keys, every value encrypted anew. The peer
//! has no command for that without a cluster; people open and seal each SealedSecret in a pipe.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::Result;
use rayon::prelude::*;
use sealkit_crypto::Recipient;
use sealkit_formats::{Scope, native, sealed_secrets};
use sealkit_manifest::Manifest;

use super::seal_one::recipient;
use super::seal_tree::{FILES, PEER_FILES};
use crate::generator;
use crate::record::Recorder;
use crate::setting::{Setting, text};
use crate::workload::{VALUES_IN_TREE, secret, tree};

const ROUNDS: usize = 3;

pub(super) fn run(setting: &Setting, recorder: &mut Recorder) -> Result<()> {
    if recorder.wants("native/rotate/tree_10000/sealkit") {
        ours(setting, recorder)?;
    }
    if recorder.wants("sealed-secrets/rotate/tree_10000/kubeseal") {
        peer(setting, recorder)?;
    }
    Ok(())
}

fn ours(setting: &Setting, recorder: &mut Recorder) -> Result<()> {
    let files = setting.count(FILES);
    let both = [recipient(&setting.age[0])?, recipient(&setting.age[1])?];
    let kept = both[0].to_string();
    let texts = sealed_texts(files, &both)?;
    let arguments = [
        "rotate",
        "--quiet",
        "--recipient",
        &kept,
        "--identity",
        text(&setting.age_file),
        "tree",
    ];
    let process = setting.sealkit(&arguments);
    let mut samples = Vec::new();
    for _ in 0..ROUNDS {
        let folder = setting.fresh("rotating")?;
        let paths = tree(&folder.join("tree"), texts.iter().cloned())?;
        let before = fs::read_to_string(&paths[0])?;
        samples.push(process.clone().within(&folder).run()?.0);
        anyhow::ensure!(
            fs::read_to_string(&paths[0])? != before,
            "rotating changed nothing"
        );
    }
    recorder.times(
        "native/rotate/tree_10000/sealkit",
        &process.shown(),
        files as u64,
        &samples,
    );
    Ok(())
}

fn sealed_texts(files: usize, recipients: &[Recipient]) -> Result<Vec<String>> {
    (0..files)
        .into_par_iter()
        .map(|index| {
            let secret = Manifest::parse(&secret(index, VALUES_IN_TREE))?;
            Ok(native::seal(
                &secret,
                Scope::Strict,
                recipients,
                &mut generator::operating_system(),
            )?
            .to_string())
        })
        .collect()
}

fn peer(setting: &Setting, recorder: &mut Recorder) -> Result<()> {
    let files = setting.count(PEER_FILES);
    let options = sealed_secrets::SealOptions::new(setting.key.public_key());
    let sealed: Vec<String> = (0..files)
        .map(|index| {
            let secret = Manifest::parse(&secret(index, VALUES_IN_TREE))?;
            Ok(sealed_secrets::seal(&secret, &options, &mut generator::operating_system())?.to_string())
        })
        .collect::<Result<_>>()?;
    let folder = setting.fresh("peer")?;
    let unseal = setting.kubeseal(&["--recovery-unseal", "--recovery-private-key", setting.key_path()]);
    let seal = setting.kubeseal(&["--cert", setting.certificate(), "-o", "yaml"]);
    let mut total = Duration::ZERO;
    for (index, text) in sealed.iter().enumerate() {
        let begin = Instant::now();
        let (_, plain) = unseal.clone().stdin(text.as_bytes()).run()?;
        let (_, again) = seal.clone().stdin(&plain).run()?;
        fs::write(folder.join(format!("{index}.yaml")), again)?;
        total += begin.elapsed();
    }
    let command = format!("{} | {}, in a loop", unseal.shown(), seal.shown());
    recorder.times(
        "sealed-secrets/rotate/tree_10000/kubeseal",
        &command,
        files as u64,
        &[total],
    );
    recorder.sampled(&format!("{files} files"));
    Ok(())
}
