//! `sops decrypt`.

use std::path::Path;

use sealkit::formats::sops::{document::Tree, store::StoreError, tree::Node};
use zeroize::Zeroizing;

use super::{Context, closed, files::Paths, place};
use crate::sops::{
    codes,
    failure::Failure,
    request::{Step, To},
};

pub(super) fn run(
    context: &Context<'_>,
    file: Option<&Path>,
    to: &To,
    extract: &[Step],
) -> Result<u8, Failure> {
    let paths = Paths::of_existing(context, file)?;
    let bytes = plaintext(context, &paths, extract)?;
    paths.write(context, to, &bytes)?;
    Ok(codes::OK)
}

/// The file in the clear, or the part of it at a place.
pub(super) fn plaintext(
    context: &Context<'_>,
    paths: &Paths,
    extract: &[Step],
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let tree = closed::open_to_read(context, paths.closed()?)?;
    if extract.is_empty() {
        return print(&tree, paths);
    }
    let Tree { mut documents, .. } = tree;
    let Some(first) = documents.first_mut() else {
        return Err(Failure::new(
            codes::GENERIC,
            "error truncating tree: there is no document",
        ));
    };
    let found = place::find(first, extract)
        .map_err(|error| Failure::new(codes::GENERIC, format!("error truncating tree: {error}")))?;
    let printed = match found {
        Node::Mapping(mapping) => paths.output.print(std::slice::from_ref(mapping), &paths.layout),
        node => paths.output.print_value(node, &paths.layout),
    };
    printed.map_err(|error| unprintable(&error))
}

fn print(tree: &Tree, paths: &Paths) -> Result<Zeroizing<Vec<u8>>, Failure> {
    paths
        .output
        .print(&tree.documents, &paths.layout)
        .map_err(|error| unprintable(&error))
}

fn unprintable(error: &StoreError) -> Failure {
    let text = format!("Error dumping file: {error}");
    let more = match error {
        StoreError::Shape(text) if text.contains("binary store") => {
            "\n\nThis is likely not an encrypted binary file? If not, use --output-type to select the correct output type."
        }
        _ => "",
    };
    Failure::new(codes::CANNOT_EMIT, text + more)
}
