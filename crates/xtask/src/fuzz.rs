//! `cargo xtask fuzz`: every target of `fuzz/`, seeded from `testdata/`, for a number of executions or seconds.
//!
//! A target is one file in `fuzz/fuzz_targets/`; a header line `//! Seeds: FOLDER, FOLDER` names its folders below
//! `testdata/`. The corpus that grows and the inputs that crash are kept in the cache, outside the checkout.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::{cache, sh};

const MAX_INPUT_BYTES: usize = 16 * 1024;
const SECONDS_FOR_ONE_INPUT: u64 = 20;

/// How long, and which.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Executions for each target; counts the seeds too.
    #[arg(long, value_name = "N", conflicts_with = "seconds")]
    executions: Option<u64>,
    /// Seconds for each target.
    #[arg(long, value_name = "T", default_value_t = 10)]
    seconds: u64,
    /// Targets to run at the same time.
    #[arg(long, value_name = "N", default_value_t = 2)]
    jobs: usize,
    /// Targets by name; all of them when none is named.
    targets: Vec<String>,
}

struct Target {
    name: String,
    /// Existing folders of golden files.
    seeds: Vec<PathBuf>,
}

/// What one target did.
struct Outcome {
    name: String,
    executions: u64,
    edges: u64,
    took: Duration,
    /// What libFuzzer said last, when it found something.
    failure: Option<String>,
}

/// Builds all targets, runs them and prints one row for each.
pub(crate) fn run(args: &Args) -> Result<()> {
    let targets = chosen(args)?;
    let binaries = build()?;
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..args.jobs.max(1) {
            scope.spawn(|| {
                while let Some(target) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = execute(target, &binaries.join(&target.name), args);
                    outcomes
                        .lock()
                        .expect("no thread panics while it holds the list")
                        .push(outcome);
                }
            });
        }
    });
    let outcomes = outcomes.into_inner().expect("all threads have ended");
    report(outcomes.into_iter().collect::<Result<Vec<_>>>()?)
}

fn report(mut outcomes: Vec<Outcome>) -> Result<()> {
    outcomes.sort_by(|a, b| a.name.cmp(&b.name));
    println!(
        "{:<28} {:>12} {:>8} {:>8}",
        "fuzz target", "executions", "edges", "seconds"
    );
    for o in &outcomes {
        let verdict = if o.failure.is_some() { "  FAILED" } else { "" };
        println!(
            "{:<28} {:>12} {:>8} {:>8}{verdict}",
            o.name,
            o.executions,
            o.edges,
            o.took.as_secs()
        );
    }
    let failed: Vec<&Outcome> = outcomes
        .iter()
        .filter(|outcome| outcome.failure.is_some())
        .collect();
    for outcome in &failed {
        println!(
            "\n{}:\n{}",
            outcome.name,
            outcome.failure.as_deref().unwrap_or_default()
        );
    }
    let total: u64 = outcomes.iter().map(|outcome| outcome.executions).sum();
    println!(
        "{} targets, {total} executions, {} failed",
        outcomes.len(),
        failed.len()
    );
    if !failed.is_empty() {
        bail!("a fuzz target failed; make its input a named vector in testdata/");
    }
    Ok(())
}

fn chosen(args: &Args) -> Result<Vec<Target>> {
    let all = targets()?;
    if let Some(unknown) = args
        .targets
        .iter()
        .find(|name| !all.iter().any(|target| target.name == **name))
    {
        bail!("there is no fuzz target `{unknown}`");
    }
    Ok(all
        .into_iter()
        .filter(|target| args.targets.is_empty() || args.targets.contains(&target.name))
        .collect())
}

/// Reads the targets and their seeds from the files in `fuzz/fuzz_targets`, in name order.
fn targets() -> Result<Vec<Target>> {
    let folder = crate::root().join("fuzz").join("fuzz_targets");
    let mut targets = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else {
            continue;
        };
        if path.extension().is_some_and(|extension| extension == "rs") {
            targets.push(Target {
                name: name.to_owned(),
                seeds: seeds(&fs::read_to_string(&path)?)?,
            });
        }
    }
    targets.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(targets)
}

fn seeds(source: &str) -> Result<Vec<PathBuf>> {
    let testdata = crate::root().join("testdata");
    let named = source
        .lines()
        .find_map(|line| line.strip_prefix("//! Seeds: "))
        .unwrap_or_default();
    let mut folders = Vec::new();
    for name in named
        .trim_end_matches('.')
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
    {
        let folder = testdata.join(name);
        if !folder.is_dir() {
            bail!("a fuzz target names seeds that are not there: testdata/{name}");
        }
        folders.push(folder);
    }
    Ok(folders)
}

/// Builds with a nightly compiler; where none is installed, the stable one is asked to accept nightly's flags. Without a
/// sanitizer: our code has no `unsafe` and the C below it is not instrumented, so one would find nothing and cost two
/// thirds of the executions.
fn build() -> Result<PathBuf> {
    let program = cache::CARGO_FUZZ.program()?;
    let target_folder = cache::folder("fuzz")?.join("target");
    let mut build = sh::command("cargo");
    if sh::exists("cargo", "+nightly") {
        build.arg("+nightly");
    } else {
        println!(
            "no nightly toolchain: building the fuzz targets with the default compiler and RUSTC_BOOTSTRAP=1"
        );
        build.env("RUSTC_BOOTSTRAP", "1");
    }
    let tools = program
        .parent()
        .context("an installed program lies in a folder")?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(tools.to_owned()).chain(std::env::split_paths(&path)))?;
    // rustup sets these for the program it starts, and they would win over `+nightly`
    build
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("RUSTC")
        .env_remove("RUSTDOC")
        .env_remove("CARGO")
        .env("PATH", path);
    build
        .args(["fuzz", "build", "--sanitizer", "none", "--target-dir"])
        .arg(&target_folder);
    sh::run(&mut build)?;
    Ok(target_folder.join(host()?).join("release"))
}

fn host() -> Result<String> {
    let version = sh::output(sh::command("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc names no host")?.to_owned())
}

fn execute(target: &Target, binary: &Path, args: &Args) -> Result<Outcome> {
    let fuzz = cache::folder("fuzz")?;
    let corpus = fuzz.join("corpus").join(&target.name);
    let artifacts = fuzz.join("artifacts").join(&target.name);
    let seeds = fuzz.join("seeds").join(&target.name);
    for folder in [&corpus, &artifacts] {
        fs::create_dir_all(folder)?;
    }
    gather(&target.seeds, &seeds)?;
    let mut command = Command::new(binary);
    command
        .stdin(std::process::Stdio::null())
        .current_dir(&fuzz)
        .arg(&corpus)
        .arg(&seeds);
    match args.executions {
        Some(count) => command.arg(format!("-runs={count}")),
        None => command.arg(format!("-max_total_time={}", args.seconds)),
    };
    command
        .arg(format!("-max_len={MAX_INPUT_BYTES}"))
        .arg(format!("-timeout={SECONDS_FOR_ONE_INPUT}"));
    command
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .args(["-print_final_stats=1", "-rss_limit_mb=3072"]);
    let start = Instant::now();
    let output = command
        .output()
        .with_context(|| format!("cannot start {}", binary.display()))?;
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(Outcome {
        name: target.name.clone(),
        executions: number_after(&log, "stat::number_of_executed_units:"),
        edges: log
            .rfind(" cov: ")
            .map_or(0, |at| number_after(&log[at..], "cov:")),
        took: start.elapsed(),
        failure: (!output.status.success()).then(|| last_lines(&log, 40)),
    })
}

/// Copies every golden file below the folders into one flat folder, as libFuzzer wants its seeds. A `cases.json`, an array
/// of cases, gives the `yaml` of each.
fn gather(folders: &[PathBuf], into: &Path) -> Result<()> {
    if into.exists() {
        fs::remove_dir_all(into)?;
    }
    fs::create_dir_all(into)?;
    let mut inputs: Vec<Vec<u8>> = Vec::new();
    let mut open: Vec<PathBuf> = folders.to_vec();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.ends_with("cases.json") {
                inputs.extend(inner_cases(&path)?);
            } else {
                inputs.push(fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?);
            }
        }
    }
    for (number, input) in inputs
        .iter()
        .filter(|input| input.len() <= MAX_INPUT_BYTES)
        .enumerate()
    {
        fs::write(into.join(format!("{number:05}")), input)?;
    }
    Ok(())
}

fn inner_cases(path: &Path) -> Result<Vec<Vec<u8>>> {
    let cases: serde_json::Value = serde_json::from_slice(&fs::read(path)?)?;
    let cases = cases
        .as_array()
        .with_context(|| format!("{} is not an array", path.display()))?;
    Ok(cases
        .iter()
        .filter_map(|case| case["yaml"].as_str())
        .map(|yaml| yaml.as_bytes().to_vec())
        .collect())
}

fn number_after(log: &str, label: &str) -> u64 {
    let rest = log
        .rfind(label)
        .map(|at| log[at + label.len()..].trim_start())
        .unwrap_or_default();
    rest.split(|c: char| !c.is_ascii_digit())
        .next()
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

fn last_lines(log: &str, count: usize) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_what_libfuzzer_prints() {
        let log = "#2 INITED cov: 12 ft: 13\n#90 NEW    cov: 345 ft: 400\nstat::number_of_executed_units: 1000000\n";
        assert_eq!(number_after(log, "stat::number_of_executed_units:"), 1_000_000);
        assert_eq!(
            number_after(&log[log.rfind(" cov: ").expect("there")..], "cov:"),
            345
        );
    }

    #[test]
    fn every_target_is_built_and_its_seeds_exist() {
        let manifest =
            fs::read_to_string(crate::root().join("fuzz/Cargo.toml")).expect("fuzz has a manifest");
        let targets = targets().expect("the targets can be read");
        assert!(!targets.is_empty());
        for target in targets {
            assert!(
                manifest.contains(&format!("name = \"{}\"", target.name)),
                "{} is not built",
                target.name
            );
            assert!(!target.seeds.is_empty(), "{} has no seeds", target.name);
        }
    }
}
