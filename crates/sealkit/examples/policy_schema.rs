//! Prints the JSON Schema of `.sealkit.yaml`, as it is kept in `schema/`.
#![allow(clippy::disallowed_methods, reason = "an example is an adapter")]

use std::io::Write as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let schema = serde_json::to_string_pretty(&sealkit::policy::json_schema())?;
    std::io::stdout().write_all(format!("{schema}\n").as_bytes())?;
    Ok(())
}
