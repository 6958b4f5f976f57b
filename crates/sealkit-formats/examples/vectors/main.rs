//! Writes the vectors of the native format: `cargo xtask vectors` calls `vectors FOLDER`.
//!
//! An adapter, and so allowed to touch files. What the vectors hold, `cases` decides; it knows no folder.

// The methods that the library may not call are an adapter's business, and this is one.
#![allow(clippy::disallowed_methods)]

mod cases;

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("usage: vectors FOLDER")?;
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/native");
    for file in cases::all(&|name| fs::read_to_string(kept.join(name)).ok()) {
        let path = Path::new(&folder).join(&file.name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, file.text)?;
    }
    Ok(())
}
