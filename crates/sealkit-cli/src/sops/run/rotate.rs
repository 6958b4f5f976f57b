//! `sops rotate`: a new data key, everything encrypted again, keys added and removed on the way.

use std::path::Path;

use sealkit::crypto::DataKey;

use super::{
    Context, closed,
    files::Paths,
    recipients::{Named, of_flags, of_groups, wrappers},
};
use crate::{
    generator,
    sops::{
        codes,
        failure::Failure,
        request::{KeyFlags, To},
    },
};

pub(super) fn run(
    context: &Context<'_>,
    file: &Path,
    to: &To,
    add: &KeyFlags,
    remove: &KeyFlags,
) -> Result<u8, Failure> {
    let paths = Paths::of(context, Some(file))?;
    let (add, remove) = (of_flags(add)?, of_flags(remove)?);
    let mut tree = closed::open(context, paths.closed()?)?;
    let mut groups = of_groups(&tree.metadata.groups);
    change(&mut groups, add, &remove);
    let key = DataKey::generate(&mut generator::operating_system());
    let wrappers = wrappers(context, &groups)?;
    closed::wrap(&mut tree.metadata, &key, &wrappers)
        .map_err(|why| Failure::new(codes::GENERIC, format!("Could not generate data key: [{why}]")))?;
    tree.set_key(key);
    let bytes = closed::seal(context, tree, &paths)?;
    paths.write(context, to, &bytes)?;
    Ok(codes::OK)
}

/// New keys go to the first group; keys go from all of them.
fn change(groups: &mut [Vec<Named>], add: Vec<Named>, remove: &[Named]) {
    if let Some(first) = groups.first_mut() {
        for key in add {
            if !first.iter().any(|old| old.is(&key)) {
                first.push(key);
            }
        }
    }
    for group in groups {
        group.retain(|key| !remove.iter().any(|gone| gone.is(key)));
    }
}
