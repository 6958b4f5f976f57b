//! `sops edit`: the plaintext in an editor, and back.

use std::{io, io::Read, path::Path};

use sealkit::formats::sops::{
    document::{Closed, Tree},
    metadata::VERSION,
    store::Store,
    tree::Mapping,
};
use zeroize::Zeroizing;

use super::{
    Context, closed,
    editor::Desk,
    encrypt::{NotMade, Plan},
    files::Paths,
};
use crate::{
    sops::{
        codes,
        failure::Failure,
        request::{KeyFlags, Selectors, To},
    },
    terminal,
};

pub(super) fn run(
    context: &Context<'_>,
    file: &Path,
    keys: &KeyFlags,
    selectors: &Selectors,
    threshold: i64,
    show_master_keys: bool,
) -> Result<u8, Failure> {
    let paths = Paths::of(context, Some(file))?;
    let mut tree = if paths.file.as_ref().is_some_and(|file| file.exists()) {
        closed::open(context, paths.closed()?)?
    } else {
        let plan = Plan::of(context, &paths, keys, selectors, threshold)?;
        let example = example(paths.input);
        plan.tree(context, &paths, example).map_err(|error| match error {
            NotMade::Failed(failure) => failure,
            NotMade::NotWrapped(why) => Failure::new(
                codes::NO_KEY,
                format!("Error encrypting the data key with one or more master keys: [{why}]"),
            ),
        })?
    };
    let plain = shown(&tree, &paths, show_master_keys)?;
    let desk = Desk::prepare(&paths.named, &plain)?;
    loop {
        let edited = desk.edit()?;
        if *edited == *plain {
            return Err(Failure::new(
                codes::NOT_MODIFIED,
                "File has not changed, exiting.",
            ));
        }
        match take(&mut tree, &paths, &edited, show_master_keys) {
            Ok(()) => break,
            Err(why) => wait(&why)?,
        }
    }
    raise_version(&mut tree)?;
    let sealed = closed::seal(context, tree, &paths)?;
    paths.write(context, &To::InPlace, &sealed)?;
    Ok(codes::OK)
}

/// What the editor opens.
fn shown(tree: &Tree, paths: &Paths, show_master_keys: bool) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let printed = match show_master_keys {
        false => paths.output.print(&tree.documents, &paths.layout),
        true => paths.output.print_closed(
            Closed {
                metadata: tree.metadata.clone(),
                documents: tree.documents.clone(),
            },
            &paths.layout,
        ),
    };
    printed.map_err(|error| Failure::new(codes::CANNOT_EMIT, format!("Could not marshal tree: {error}")))
}

/// Takes over what the editor left, or says why it cannot be. The tree stays as it was then.
fn take(tree: &mut Tree, paths: &Paths, edited: &[u8], show_master_keys: bool) -> Result<(), String> {
    let name = paths.name();
    if show_master_keys {
        let closed = paths
            .input
            .read_closed(&name, edited)
            .map_err(|error| format!("SOPS metadata is invalid: {}", super::files::explained(&error)))?;
        tree.documents = closed.documents;
        tree.metadata = closed.metadata;
        return Ok(());
    }
    let documents = paths.input.read(&name, edited).map_err(|error| {
        format!(
            "Could not load tree, probably due to invalid syntax: {}",
            super::files::explained(&error)
        )
    })?;
    if documents
        .first()
        .is_some_and(|document| paths.output.has_metadata(document))
    {
        return Err("Tree not valid for encryption: it has a top-level entry called sops".to_owned());
    }
    tree.documents = documents;
    Ok(())
}

/// Tells what is wrong and waits for Enter. Without anybody who could press it the edit is given up, not repeated forever.
fn wait(why: &str) -> Result<(), Failure> {
    terminal::error_line(&format!(
        "{why}. Press enter to return to the editor, or Ctrl+C to exit."
    ));
    let mut byte = [0];
    match io::stdin().lock().read(&mut byte) {
        Ok(1) => Ok(()),
        _ => Err(Failure::new(
            codes::GENERIC,
            "there is nobody to return to the editor; nothing was changed",
        )),
    }
}

/// The version in the file only ever rises.
fn raise_version(tree: &mut Tree) -> Result<(), Failure> {
    let number = |text: &str| -> Option<Vec<u64>> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let core = text.split(['-', '+']).next().unwrap_or(text);
        let parts: Option<Vec<u64>> = core.split('.').map(|part| part.parse().ok()).collect();
        parts.filter(|parts| parts.len() == 3)
    };
    let stored = tree.metadata.version.clone();
    if stored.starts_with("1.") {
        tree.metadata.version = VERSION.to_owned();
        return Ok(());
    }
    match (number(&stored), number(VERSION)) {
        (Some(stored), Some(ours)) => {
            if ours > stored {
                tree.metadata.version = VERSION.to_owned();
            }
            Ok(())
        }
        _ => Err(Failure::new(
            codes::CANNOT_COMPARE_VERSIONS,
            format!("Failed to compare document version {stored:?} with program version {VERSION:?}"),
        )),
    }
}

/// What a new file begins with.
fn example(store: Store) -> Vec<Mapping> {
    let text = match store {
        Store::Yaml | Store::Json => {
            "hello: Welcome to SOPS! Edit this file as you please!\nexample_key: example_value\n# Example comment\n\
             example_array:\n    - example_value1\n    - example_value2\nexample_number: 1234.56789\n\
             example_booleans:\n    - true\n    - false\n"
        }
        Store::Dotenv => {
            "# This is an example file.\nhello=Welcome to SOPS! Edit this file as you please!\n\
             example_key=example_value\nexample_multiline=foo\\nbar\\nbaz\n"
        }
        Store::Ini => {
            "; This is an example file.\n[Welcome!]\nhello = Welcome to SOPS! Edit this file as you please!\n\
             example_key = example_value\n"
        }
        Store::Binary => "Welcome to SOPS! Edit this file as you please!",
    };
    let reader = if store == Store::Json { Store::Yaml } else { store };
    reader.read("example", text.as_bytes()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use sealkit::formats::sops::store::Layout;

    use super::*;

    #[test]
    fn every_store_has_an_example_that_it_can_print() {
        for store in [Store::Yaml, Store::Json, Store::Dotenv, Store::Ini, Store::Binary] {
            let documents = example(store);
            assert_eq!(documents.len(), 1, "{store:?}");
            assert!(store.print(&documents, &Layout::default()).is_ok(), "{store:?}");
        }
    }
}
