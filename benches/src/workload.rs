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

/// Settings as YAML, about so many bytes: services with a user, a password and a port.
pub(crate) fn settings_yaml(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 200);
    let mut index = 0;
    while index == 0 || text.len() < bytes {
        let mixed = (index + 1_usize).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        writeln!(
            text,
            "service-{index}:\n    # who it is\n    user: user-{index}\n    password: v{mixed:016x}\n    port: {}",
            1024 + index % 60_000
        )
        .expect("writing to memory");
        index += 1;
    }
    text
}

/// The same as JSON.
pub(crate) fn settings_json(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 200);
    let mut index = 0;
    while index == 0 || text.len() < bytes {
        let mixed = (index + 1_usize).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let before = if index == 0 { "{\n" } else { ",\n" };
        write!(
            text,
            "{before}  \"service-{index}\": {{\"user\": \"user-{index}\", \"password\": \"v{mixed:016x}\", \"port\": {}}}",
            1024 + index % 60_000
        )
        .expect("writing to memory");
        index += 1;
    }
    text.push_str("\n}\n");
    text
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
