//! What is sealed: Secrets of a given number of values, and trees of them, made from a counter so that every run seals
//! the same text.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

/// Values in each Secret of a tree.
pub(crate) const VALUES_IN_TREE: usize = 3;
/// Files in each folder of a tree.
const FILES_IN_FOLDER: usize = 100;

/// A Secret as an author writes one: a comment, labels, and values of 24 characters.
pub(crate) fn secret(index: usize, values: usize) -> String {
    let mut text = format!(
        "# Credentials of service {index}\napiVersion: v1\nkind: Secret\nmetadata:\n  name: service-{index}\n  \
         namespace: shop\n  labels:\n    app: service-{index}\ntype: Opaque\nstringData:\n"
    );
    for value in 0..values {
        let mixed = (index * 1009 + value + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // A letter in front: a plain run of digits with an e among them is a number to kubectl.
        writeln!(text, "  value-{value:03}: v{mixed:016x}{:07x}", mixed >> 36).expect("writing to memory");
    }
    text
}

/// A Secret with one value of so many bytes, in base64 under `data`.
pub(crate) fn large_secret(bytes: usize) -> String {
    // 3 bytes make 4 characters; the value is zero bytes and nobody compresses it.
    let encoded = "AAAA".repeat(bytes / 3) + ["", "AA==", "AAA="][bytes % 3];
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: large, namespace: shop}}\ndata:\n  large: {encoded}\n"
    )
}

/// Writes a tree of files, a hundred to a folder; gives their paths.
pub(crate) fn tree(root: &Path, texts: impl Iterator<Item = String>) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for (index, text) in texts.enumerate() {
        let folder = root.join(format!("{:03}", index / FILES_IN_FOLDER));
        if index % FILES_IN_FOLDER == 0 {
            fs::create_dir_all(&folder)?;
        }
        let path = folder.join(format!("service-{index}.yaml"));
        fs::write(&path, text)?;
        paths.push(path);
    }
    Ok(paths)
}
