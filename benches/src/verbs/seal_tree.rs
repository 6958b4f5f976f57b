//! A tree of 10,000 Secrets of three values: ours in one process, the peer once for each file, and the two things that
//! nobody can avoid: the encryption alone, and a loop that only reads, writes, syncs and renames.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Result;
use rayon::prelude::*;
use sealkit_formats::sealed_secrets::encrypt_value;

use super::seal_one::recipient;
use crate::generator;
use crate::process::Process;
use crate::record::Recorder;
use crate::setting::Setting;
use crate::workload::{VALUES_IN_TREE, secret, tree};

/// Files of a whole tree.
pub(super) const FILES: usize = 10_000;
/// Files of the part that the peer does; it takes the same time for each, so the rest is computed.
pub(super) const PEER_FILES: usize = 300;
const ROUNDS: usize = 3;
/// As many as the command itself lets wait for the disk, so that the floor overlaps as much as it does.
const THREADS_PER_CORE: usize = 8;

pub(super) fn run(setting: &Setting, recorder: &mut Recorder) -> Result<()> {
    let files = setting.count(FILES);
    let bitnami = setting.sealkit(&[
        "seal",
        "--quiet",
        "--cert",
        setting.certificate(),
        "--in-place",
        "tree",
    ]);
    let recipient = recipient(&setting.age[0])?.to_string();
    let native = setting.sealkit(&["seal", "--quiet", "--recipient", &recipient, "--in-place", "tree"]);
    let (mut ours, mut native_times, mut crypto, mut bare) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let name = |who: &str| format!("sealed-secrets/seal/tree_10000/{who}");
    for _ in 0..ROUNDS {
        // One after the other in every round: a disk is not equally fast all the time.
        if recorder.wants(&name("sealkit")) {
            ours.push(ours_over(setting, files, &bitnami)?);
        }
        if recorder.wants(&name("bare-files")) {
            bare.push(bare_files(setting, files)?);
        }
        if recorder.wants(&name("bare-crypto")) {
            crypto.push(bare_crypto(setting, files)?);
        }
        if recorder.wants("native/seal/tree_10000/sealkit") {
            native_times.push(ours_over(setting, files, &native)?);
        }
    }
    let operations = files as u64;
    for (name, command, samples) in [
        (name("sealkit"), bitnami.shown(), ours),
        (
            name("bare-crypto"),
            format!("encrypt_value, {VALUES_IN_TREE} values a file, all cores"),
            crypto,
        ),
        (
            name("bare-files"),
            format!("read, write beside, sync, rename, {THREADS_PER_CORE} threads a core"),
            bare,
        ),
        (
            "native/seal/tree_10000/sealkit".to_owned(),
            native.shown(),
            native_times,
        ),
    ] {
        if !samples.is_empty() {
            recorder.times(&name, &command, operations, &samples);
        }
    }
    if recorder.wants(&name("kubeseal")) {
        peer(setting, recorder, &name("kubeseal"))?;
    }
    Ok(())
}

/// Runs one of our commands over a fresh tree.
fn ours_over(setting: &Setting, files: usize, process: &Process) -> Result<Duration> {
    let folder = setting.fresh("sealing")?;
    plain_tree(&folder, files)?;
    Ok(process.clone().within(&folder).run()?.0)
}

fn plain_tree(folder: &Path, files: usize) -> Result<Vec<PathBuf>> {
    tree(
        &folder.join("tree"),
        (0..files).map(|index| secret(index, VALUES_IN_TREE)),
    )
}

/// What a loop in a shell does: one process for each file.
fn peer(setting: &Setting, recorder: &mut Recorder, name: &str) -> Result<()> {
    let files = setting.count(PEER_FILES);
    let folder = setting.fresh("peer")?;
    let paths = plain_tree(&folder, files)?;
    let process = setting.kubeseal(&["--cert", setting.certificate(), "-o", "yaml"]);
    let begin = Instant::now();
    for path in &paths {
        let (_, sealed) = process.clone().stdin(&fs::read(path)?).run()?;
        fs::write(path.with_extension("sealed"), sealed)?;
    }
    let command = format!("{} < FILE > FILE.sealed, in a loop", process.shown());
    recorder.times(name, &command, files as u64, &[begin.elapsed()]);
    recorder.sampled(&format!("{files} files"));
    Ok(())
}

fn bare_crypto(setting: &Setting, files: usize) -> Result<Duration> {
    let key = setting.key.public_key();
    let begin = Instant::now();
    (0..files * VALUES_IN_TREE)
        .into_par_iter()
        .try_for_each(|index| {
            let label = format!("shop/service-{}", index / VALUES_IN_TREE);
            encrypt_value(
                key,
                label.as_bytes(),
                &[b'x'; 24],
                &mut generator::operating_system(),
            )
            .map(drop)
        })?;
    Ok(begin.elapsed())
}

/// Reads every file, writes as many bytes as sealing would beside it, syncs and renames.
fn bare_files(setting: &Setting, files: usize) -> Result<Duration> {
    let folder = setting.fresh("bare")?;
    let paths = plain_tree(&folder, files)?;
    // An RSA-4096 envelope of 24 bytes is 740 characters long.
    let growth = vec![b'A'; VALUES_IN_TREE * 740];
    let threads = THREADS_PER_CORE * rayon::current_num_threads();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let begin = Instant::now();
    let each = |path: &PathBuf| -> Result<()> {
        let mut bytes = fs::read(path)?;
        bytes.extend_from_slice(&growth);
        let beside = path.with_extension("partial");
        let mut file = File::create(&beside)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        Ok(())
    };
    pool.install(|| paths.par_iter().try_for_each(each))?;
    Ok(begin.elapsed())
}
