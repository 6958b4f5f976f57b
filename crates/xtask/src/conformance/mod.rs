//! `cargo xtask conformance`: what one side sealed, the other must open. Counted; a missing peer fails the run.
//!
//! A suite is one entry in [`SUITES`]: a name and a function over a [`Workbench`]. It checks single claims through
//! [`Tally`], so one failure does not hide the next, and speaks to both sides only as programs, the way a user does.

mod age;
mod at_rest;
mod binary;
pub(crate) mod controller;
mod deploy;
mod kubeseal;
mod native;
pub(crate) mod online;
mod sealed_secrets;
mod sealed_templates;
mod sops;
mod sops_command;
mod sops_files;
mod sops_own_tests;
mod sops_services;
mod sops_verbs;
mod templates;
mod workbench;

use std::time::Instant;

use anyhow::{Result, bail};

pub(crate) use self::workbench::target_folder;
use self::workbench::{Tally, Workbench};

/// Which suites to run; all of them when none is named.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Suites by the beginning of their name.
    suites: Vec<String>,
}

struct Suite {
    name: &'static str,
    run: fn(&Workbench, &mut Tally) -> Result<()>,
}

const SUITES: &[Suite] = &[
    Suite {
        name: "sealkit: size and start",
        run: binary::size_and_start,
    },
    Suite {
        name: "native: keys that others made",
        run: native::keys_of_others,
    },
    Suite {
        name: "native: keys that we made, in age",
        run: native::our_keys_in_age,
    },
    Suite {
        name: "native: wraps that age opens",
        run: native::wraps_for_age,
    },
    Suite {
        name: "age: files of every size",
        run: age::files,
    },
    Suite {
        name: "age: recipients together",
        run: age::recipients,
    },
    Suite {
        name: "age: passphrases and plugins",
        run: age::plugins,
    },
    Suite {
        name: "at rest: values, files, edits",
        run: at_rest::all,
    },
    Suite {
        name: "templates: random ones",
        run: templates::random,
    },
    Suite {
        name: "kubeseal",
        run: kubeseal::cases,
    },
    Suite {
        name: "sops: the command",
        run: sops_command::cases,
    },
    Suite {
        name: "sops: the peer's own tests",
        run: sops_own_tests::functional,
    },
    Suite {
        name: "sops: dotenv and INI files",
        run: sops_files::without_trees,
    },
    Suite {
        name: "sops: all stores, keys, directions",
        run: sops::table,
    },
    Suite {
        name: "sops: files in place",
        run: sops::files,
    },
    Suite {
        name: "sops: sealkit's own verbs",
        run: sops_verbs::verbs,
    },
    Suite {
        name: "sops: key services",
        run: sops_services::services,
    },
    Suite {
        name: "sops: rules of .sops.yaml",
        run: sops_files::rules,
    },
    Suite {
        name: "sealed-secrets: templates",
        run: sealed_templates::table,
    },
    Suite {
        name: "sealed-secrets: ours to kubeseal",
        run: sealed_secrets::ours_to_the_peer,
    },
    Suite {
        name: "sealed-secrets: kubeseal to ours",
        run: sealed_secrets::the_peer_to_ours,
    },
    Suite {
        name: "sealed-secrets: taking turns",
        run: sealed_secrets::taking_turns,
    },
    Suite {
        name: "sealed-secrets: same meaning",
        run: sealed_secrets::same_meaning,
    },
    Suite {
        name: "sealed-secrets: older files",
        run: sealed_secrets::older_files,
    },
    Suite {
        name: "bench: clusters side by side",
        run: online::side_by_side,
    },
    Suite {
        name: "controller: manifests and chart",
        run: deploy::manifests,
    },
    Suite {
        name: "kubeseal-online",
        run: online::kubeseal,
    },
    Suite {
        name: "controller: in the peer's place",
        run: controller::all,
    },
];

/// Builds both sides, runs the suites and prints one row for each.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut workbench = Workbench::new()?;
    let chosen = |name: &str| {
        args.suites.is_empty() || args.suites.iter().any(|start| name.starts_with(start.as_str()))
    };
    let mut all = Tally::default();
    for suite in SUITES.iter().filter(|suite| chosen(suite.name)) {
        let mut tally = Tally::default();
        let begun = Instant::now();
        workbench.clear()?;
        if let Err(error) = (suite.run)(&workbench, &mut tally) {
            tally.failures.push(format!("it stopped: {error:#}"));
        }
        println!(
            "{:<34} {:>5} held {:>4} failed {:>5} s",
            suite.name,
            tally.held,
            tally.failures.len(),
            begun.elapsed().as_secs()
        );
        for failure in &tally.failures {
            println!("    {failure}");
        }
        all.add(tally);
    }
    println!("conformance: {} passed, {} failed", all.held, all.failures.len());
    if all.held == 0 || !all.failures.is_empty() {
        bail!("sealkit and its peers do not agree");
    }
    Ok(())
}
