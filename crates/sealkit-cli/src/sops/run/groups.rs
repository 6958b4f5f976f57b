//! `sops groups`: one key group more or less. The data key stays; it is wrapped, or split, anew for all groups.

use std::path::Path;

use sealkit::formats::sops::document::Closed;

use super::{
    Context, closed,
    files::Paths,
    recipients::{Named, of_flags, of_groups, wrappers},
};
use crate::sops::{
    codes,
    failure::Failure,
    request::{KeyFlags, To},
};

pub(super) fn add(
    context: &Context<'_>,
    file: &Path,
    to: &To,
    keys: &KeyFlags,
    threshold: i64,
) -> Result<u8, Failure> {
    let paths = Paths::of(context, Some(file))?;
    let new = of_flags(keys)?;
    let closed = paths.closed()?;
    let mut groups = of_groups(&closed.metadata.groups);
    groups.push(new);
    finish(context, &paths, to, closed, &groups, threshold)
}

pub(super) fn delete(
    context: &Context<'_>,
    file: &Path,
    to: &To,
    index: usize,
    threshold: i64,
) -> Result<u8, Failure> {
    let paths = Paths::of(context, Some(file))?;
    let closed = paths.closed()?;
    let mut groups = of_groups(&closed.metadata.groups);
    if index >= groups.len() {
        let text = format!("there is no key group {index}: the file has {}", groups.len());
        return Err(Failure::usage(text));
    }
    groups.remove(index);
    let needed = match usize::try_from(threshold) {
        Ok(0) | Err(_) => closed.metadata.shamir_threshold,
        Ok(threshold) => threshold,
    };
    if groups.len() < needed {
        let text = format!(
            "removing this key group will make the Shamir threshold impossible to satisfy: it is {needed}, and only {} \
             groups are left",
            groups.len()
        );
        return Err(Failure::usage(text));
    }
    finish(context, &paths, to, closed, &groups, threshold)
}

fn finish(
    context: &Context<'_>,
    paths: &Paths,
    to: &To,
    mut closed: Closed,
    groups: &[Vec<Named>],
    threshold: i64,
) -> Result<u8, Failure> {
    // Without a key the peer ends these two commands with the general code.
    let key = closed::data_key(context, &closed.metadata).map_err(|failure| Failure {
        code: codes::GENERIC,
        ..failure
    })?;
    if threshold > 0 {
        closed.metadata.shamir_threshold = usize::try_from(threshold).unwrap_or(usize::MAX);
    }
    let wrappers = wrappers(context, groups)?;
    closed::wrap(&mut closed.metadata, &key, &wrappers).map_err(|why| {
        Failure::new(
            codes::GENERIC,
            format!("error updating one or more master keys: [{why}]"),
        )
    })?;
    let bytes = closed::reprint(closed, paths)?;
    paths.write(context, to, &bytes)?;
    Ok(codes::OK)
}
