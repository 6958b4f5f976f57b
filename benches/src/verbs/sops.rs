//! SOPS files beside `sops`: large ones as a whole, what becomes of ten times the size, a small one, and a tree.
//!
//! The peer takes half a minute for each of the large ones and its time grows with the square of the size, so it runs
//! once; ours runs often enough to have a middle.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;

use super::seal_one::recipient;
use crate::process::Process;
use crate::record::Recorder;
use crate::setting::{Setting, text};
use crate::workload::{settings_json, settings_yaml, tree};

const MEGABYTE: usize = 1_000_000;
const FILES: usize = 1000;
const PEER_FILES: usize = 100;
const ROUNDS: usize = 5;

pub(super) fn run(setting: &Setting, recorder: &mut Recorder) -> Result<()> {
    let yaml = |megabytes: usize| settings_yaml(setting.count(megabytes * MEGABYTE));
    let large = setting.file("settings-10.yaml", yaml(10).as_bytes())?;
    let json = setting.file(
        "settings.json",
        settings_json(setting.count(2 * MEGABYTE)).as_bytes(),
    )?;
    for (what, file) in [("yaml_10_MB", &large), ("json_2_MB", &json)] {
        both_ways(setting, recorder, what, file)?;
    }
    for megabytes in [1, 100] {
        let file = setting.file(&format!("settings-{megabytes}.yaml"), yaml(megabytes).as_bytes())?;
        ours(
            setting,
            recorder,
            &format!("yaml_{megabytes}_MB"),
            &file,
            ROUNDS / megabytes.min(ROUNDS),
        )?;
    }
    small(setting, recorder)?;
    opening_a_tree(setting, recorder)
}

/// A command of either program in which the age identity of this run is at hand.
fn sops(setting: &Setting, program: &Path, arguments: &[&str]) -> Process {
    let is_ours = program == setting.sealkit;
    let mut all = if is_ours { vec!["sops"] } else { Vec::new() };
    all.extend(arguments);
    Process::new(program, &all).variable("SOPS_AGE_KEY_FILE", text(&setting.age_file))
}

/// The file with its values sealed, made by ours.
fn sealed(setting: &Setting, file: &Path) -> Result<PathBuf> {
    let recipient = recipient(&setting.age[0])?.to_string();
    let process = sops(
        setting,
        &setting.sealkit,
        &["encrypt", "--age", &recipient, text(file)],
    );
    let name = file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    setting.file(&format!("sealed-{name}"), &process.run()?.1)
}

/// Both programs, both ways: time, and memory where it was asked for.
fn both_ways(setting: &Setting, recorder: &mut Recorder, what: &str, file: &Path) -> Result<()> {
    ours(setting, recorder, what, file, ROUNDS)?;
    for (verb, process) in verbs(setting, &setting.sops, file)? {
        let name = format!("sops/{verb}/{what}/sops");
        if recorder.wants(&name) {
            let (took, size) = process.time_and_memory()?;
            recorder.times(&name, &process.shown(), 1, &[took]);
            recorder.sampled("one run");
            recorder.sizes(&format!("{name}/memory"), &process.shown(), &[size]);
        }
    }
    Ok(())
}

fn ours(setting: &Setting, recorder: &mut Recorder, what: &str, file: &Path, rounds: usize) -> Result<()> {
    for (verb, process) in verbs(setting, &setting.sealkit, file)? {
        let name = format!("sops/{verb}/{what}/sealkit");
        super::side_by_side(recorder, rounds, &[(name.clone(), process.clone())])?;
        super::memory(recorder, 1, &[(format!("{name}/memory"), process)])?;
    }
    Ok(())
}

fn verbs(setting: &Setting, program: &Path, file: &Path) -> Result<[(&'static str, Process); 2]> {
    let recipient = recipient(&setting.age[0])?.to_string();
    let closed = sealed(setting, file)?;
    Ok([
        (
            "encrypt",
            sops(setting, program, &["encrypt", "--age", &recipient, text(file)]),
        ),
        ("decrypt", sops(setting, program, &["decrypt", text(&closed)])),
    ])
}

fn small(setting: &Setting, recorder: &mut Recorder) -> Result<()> {
    let file = setting.file("small.yaml", settings_yaml(200).as_bytes())?;
    let ours = verbs(setting, &setting.sealkit, &file)?;
    let theirs = verbs(setting, &setting.sops, &file)?;
    let named = |who: &'static str| move |(verb, process)| (format!("sops/{verb}/small/{who}"), process);
    let processes: Vec<(String, Process)> = ours
        .into_iter()
        .map(named("sealkit"))
        .chain(theirs.into_iter().map(named("sops")))
        .collect();
    super::side_by_side(recorder, setting.count(50), &processes)
}

/// A thousand files: ours in one process, the peer once for each of a part of them.
fn opening_a_tree(setting: &Setting, recorder: &mut Recorder) -> Result<()> {
    let closed = fs::read_to_string(sealed(
        setting,
        &setting.file("leaf.yaml", settings_yaml(200).as_bytes())?,
    )?)?;
    let grown = |files: usize| -> Result<(PathBuf, Vec<PathBuf>)> {
        let folder = setting.fresh("opening-sops")?;
        let paths = tree(&folder.join("tree"), (0..files).map(|_| closed.clone()))?;
        Ok((folder, paths))
    };
    let name = "sops/open/tree_1000/sealkit";
    if recorder.wants(name) {
        let files = setting.count(FILES);
        let identity = text(&setting.age_file);
        let process = setting.sealkit(&["open", "--quiet", "--identity", identity, "--in-place", "tree"]);
        let mut samples = Vec::new();
        for _ in 0..ROUNDS {
            let (folder, paths) = grown(files)?;
            samples.push(process.clone().within(&folder).run()?.0);
            anyhow::ensure!(
                !fs::read_to_string(&paths[0])?.contains("ENC["),
                "the tree was not opened"
            );
        }
        recorder.times(name, &process.shown(), files as u64, &samples);
    }
    let name = "sops/open/tree_1000/sops";
    if recorder.wants(name) {
        let files = setting.count(PEER_FILES);
        let (_, paths) = grown(files)?;
        let begin = Instant::now();
        for path in &paths {
            sops(setting, &setting.sops, &["decrypt", "--in-place", text(path)]).run()?;
        }
        let elapsed = begin.elapsed();
        recorder.times(
            name,
            "sops decrypt --in-place FILE, in a loop",
            files as u64,
            &[elapsed],
        );
        recorder.sampled(&format!("{files} files"));
    }
    Ok(())
}
