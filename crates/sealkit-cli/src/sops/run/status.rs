//! `sops filestatus`.

use std::path::Path;

use sealkit::formats::sops::{document::TreeError, store::StoreError};

use super::{
    Context,
    files::{Paths, explained, say},
};
use crate::sops::{codes, failure::Failure};

pub(super) fn run(context: &Context<'_>, file: &Path) -> Result<u8, Failure> {
    let paths = Paths::of_typed(context, file)?;
    let refused = |why: &str| {
        Failure::usage(format!(
            "cannot check file status: cannot load encrypted file: {why}"
        ))
    };
    let bytes = paths.bytes().map_err(|failure| refused(&failure.message))?;
    let encrypted = match paths.input.read_closed(&paths.name(), &bytes) {
        Ok(closed) => !closed.metadata.version.is_empty() && !closed.metadata.mac.is_empty(),
        Err(StoreError::Tree(TreeError::NoMetadata)) => false,
        Err(error) => return Err(refused(&explained(&error))),
    };
    say(&format!("{{\"encrypted\":{encrypted}}}"));
    Ok(codes::OK)
}
