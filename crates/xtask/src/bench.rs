//! `cargo xtask bench`: builds the binary that is shipped and the peers, then hands over to `benches/`, or to the bench of
//! the controllers.

use anyhow::Result;

use crate::{conformance, dist, peers, sh};

/// Passed on to the benchmark program as they are.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What the benchmark program understands, for instance `--quick` or the name of a row; or `controller`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Runs `benches/` with the programs it needs named in its environment: `SEALKIT`, and one variable for
/// each peer that is measured. With the word `controller` both controllers are timed instead, on a real API server.
pub(crate) fn run(args: &Args) -> Result<()> {
    if args.rest == ["controller"] {
        let scratch = tempfile::tempdir()?;
        return sh::run(conformance::controller::command(scratch.path(), &dist::sealkit()?)?.arg("speed"));
    }
    let mut bench = sh::cargo();
    bench.env("SEALKIT", dist::sealkit()?);
    for program in ["kubeseal", "sops", "at-rest-oracle"] {
        bench.env(program.to_uppercase().replace('-', "_"), peers::program(program)?);
    }
    // the benches have a second program, the empty one that ours is compared with
    sh::run(sh::cargo().args(["build", "--release", "--package", "sealkit-benches"]))?;
    sh::run(
        bench
            .args(["run", "--release", "--package", "sealkit-benches", "--"])
            .args(&args.rest),
    )
}
