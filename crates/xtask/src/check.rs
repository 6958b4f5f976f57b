//! `cargo xtask check`: what CI checks, for a person. One step is one entry in [`STEPS`]; it fails at the first that fails.

use anyhow::{Context, Result, bail};

use crate::architecture::{Layer, Package, member, packages};
use crate::{cache, sh, tidy, vectors};

/// Which steps to run; all of them when nothing is said.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Runs only this step (repeatable): format, tidy, lint, test, features, docs, vectors, deny.
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// Leaves this step out (repeatable).
    #[arg(long, value_name = "STEP")]
    skip: Vec<String>,
}

struct Step {
    name: &'static str,
    run: fn() -> Result<()>,
}

/// Cheapest first, so that the common mistake is found in seconds.
const STEPS: &[Step] = &[
    Step {
        name: "format",
        run: format,
    },
    Step {
        name: "tidy",
        run: tidy::run,
    },
    Step {
        name: "lint",
        run: lint,
    },
    Step {
        name: "test",
        run: test,
    },
    Step {
        name: "features",
        run: features,
    },
    Step {
        name: "docs",
        run: docs,
    },
    Step {
        name: "vectors",
        run: vectors::compare,
    },
    Step {
        name: "deny",
        run: deny,
    },
];

/// Runs the chosen steps in order.
pub(crate) fn run(args: &Args) -> Result<()> {
    let known = |name: &String| STEPS.iter().any(|step| step.name == name);
    if let Some(unknown) = args.only.iter().chain(&args.skip).find(|name| !known(name)) {
        bail!("there is no step `{unknown}`");
    }
    let chosen = |name: &str| {
        let asked = args.only.is_empty() || args.only.iter().any(|only| only == name);
        asked && !args.skip.iter().any(|skip| skip == name)
    };
    for step in STEPS.iter().filter(|step| chosen(step.name)) {
        println!("== {}", step.name);
        (step.run)().with_context(|| format!("step `{}` failed", step.name))?;
    }
    Ok(())
}

/// Runs the tests with every snapshot tool told to accept what it sees.
pub(crate) fn bless() -> Result<()> {
    let mut cargo = sh::cargo();
    cargo.args(["test", "--workspace"]);
    cargo.envs([
        ("INSTA_UPDATE", "always"),
        ("TRYCMD", "overwrite"),
        ("SNAPSHOTS", "overwrite"),
    ]);
    sh::run(&mut cargo)
}

fn format() -> Result<()> {
    sh::run(sh::cargo().args(["fmt", "--all", "--check"]))
}

fn lint() -> Result<()> {
    sh::run(sh::cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "-D",
        "warnings",
    ]))
}

fn test() -> Result<()> {
    sh::run(sh::cargo().args(["test", "--workspace"]))
}

/// What the shipped command leaves out, without the cluster, whose crates would be built once more for it.
pub(crate) const KEY_SERVICES: [&str; 5] = [
    "--package",
    "sealkit-cli",
    "--no-default-features",
    "--features",
    "keyservice",
];

/// Library crates with no feature, with each feature alone, and with all of them; the command with its key services.
fn features() -> Result<()> {
    let pure = |package: &Package| member(&package.name).is_some_and(|member| member.layer == Layer::Pure);
    for package in packages()?
        .iter()
        .filter(|package| pure(package) && !package.features.is_empty())
    {
        let name = package.name.as_str();
        sh::run(sh::cargo().args(["check", "--package", name, "--no-default-features"]))?;
        for feature in package.features.iter().filter(|feature| *feature != "default") {
            let one = [
                "check",
                "--package",
                name,
                "--all-targets",
                "--no-default-features",
                "--features",
                feature,
            ];
            sh::run(sh::cargo().args(one))?;
        }
        sh::run(sh::cargo().args(["test", "--package", name, "--no-default-features"]))?;
        sh::run(sh::cargo().args(["test", "--package", name, "--all-features"]))?;
    }
    sh::run(sh::cargo().arg("test").args(KEY_SERVICES).arg("keyservice"))
}

fn docs() -> Result<()> {
    let mut cargo = sh::cargo();
    cargo
        .args(["doc", "--workspace", "--no-deps", "--all-features"])
        .env("RUSTDOCFLAGS", "-D warnings");
    sh::run(&mut cargo)
}

/// Bans, licences and sources. Advisories need a database from the network and are a person's or a scheduled job's.
fn deny() -> Result<()> {
    let program = cache::CARGO_DENY.program()?;
    let subjects = ["check", "bans", "licenses", "sources"];
    sh::run(
        sh::command(&program)
            .args(["--locked", "--all-features"])
            .args(subjects),
    )
}
