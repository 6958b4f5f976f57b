//! `sops publish`, which this build cannot do: it says where the configuration would send what, and that nothing went.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use sealkit::policy::sops::Destination;

use super::{
    Context, config,
    files::{absolute, plain},
};
use crate::sops::{codes, failure::Failure};

pub(super) fn run(context: &Context<'_>, path: &Path, recursive: bool) -> Result<u8, Failure> {
    if !config::exists(context)? {
        return Err(Failure::new(codes::GENERIC, "config file not found"));
    }
    if path.as_os_str().is_empty() {
        return Err(Failure::new(codes::NO_FILE, "Error: no file specified"));
    }
    let path = absolute(path)?;
    let mut places = BTreeSet::new();
    for file in files(&path, recursive)? {
        let destination = config::destination(context, &file)?;
        let none = || Failure::new(codes::GENERIC, "no destination configured for this file");
        places.insert(shown(&destination.ok_or_else(none)?));
    }
    let places: Vec<String> = places.into_iter().collect();
    let text = format!(
        "Error: this build of sealkit cannot reach {}: it sends nothing to S3, GCS or Vault",
        places.join(", ")
    );
    Err(Failure::new(codes::GENERIC, text).hint(format!(
        "{} was not read and nothing was sent; an encrypted file can be copied there as it is",
        path.display()
    )))
}

/// The file itself, or everything below a directory.
fn files(path: &Path, recursive: bool) -> Result<Vec<PathBuf>, Failure> {
    let cannot = |error: std::io::Error| {
        Failure::new(
            codes::GENERIC,
            format!("stat {}: {}", path.display(), plain(&error)),
        )
    };
    if !fs::metadata(path).map_err(cannot)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    if !recursive {
        return Err(Failure::usage(
            "can't operate on a directory without --recursive flag.",
        ));
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(cannot)? {
        found.extend(files(&entry.map_err(cannot)?.path(), true)?);
    }
    Ok(found)
}

/// A destination as an address, without the name of the file.
fn shown(destination: &Destination) -> String {
    let or = |text: &str, otherwise: &str| match text.is_empty() {
        true => otherwise.to_owned(),
        false => text.to_owned(),
    };
    match destination {
        Destination::S3 { bucket, prefix } => format!("s3://{bucket}/{prefix}"),
        Destination::Gcs { bucket, prefix } => format!("gcs://{bucket}/{prefix}"),
        Destination::Vault {
            address, path, mount, ..
        } => {
            let (address, mount) = (or(address, "the Vault of VAULT_ADDR"), or(mount, "secret/"));
            format!("{address}, {}/{path}", mount.trim_end_matches('/'))
        }
        _ => "a destination of an unknown kind".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_are_told_as_addresses() {
        let s3 = Destination::S3 {
            bucket: "b".into(),
            prefix: "p/".into(),
        };
        assert_eq!(shown(&s3), "s3://b/p/");
        let vault = Destination::Vault {
            address: String::new(),
            path: "a/".into(),
            mount: String::new(),
            version: 0,
        };
        assert_eq!(shown(&vault), "the Vault of VAULT_ADDR, secret/a/");
    }
}
