//! What is read and what is written: standard input or a file, standard output or a file that is replaced whole.
//!
//! Failures are told in Go's words where the peer lets the system speak. Nothing here knows what the bytes mean.

use std::{
    fs,
    io::{self, IsTerminal as _},
    path::Path,
};

use sealkit::formats::sealed_secrets::kubeseal::Format;
use zeroize::Zeroizing;

use super::{failure::Failure, flags::Flags, tell};
use crate::files::{self, Confidentiality, FileError};

/// Reads a file, failing in Go's words.
pub(super) fn read(path: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    if Path::new(path).is_dir() {
        return Err(Failure::new(format!("read {path}: is a directory")));
    }
    files::read(Path::new(path)).map_err(|error| match &error {
        FileError::Read { source, .. } => Failure::io("open", path, source),
        other => Failure::new(other.to_string()).help(other.hint()),
    })
}

/// Where the input comes from: opened when the peer opens it, read when it is needed.
pub(super) struct Input {
    file: Option<String>,
}

impl Input {
    pub(super) fn open(flags: &Flags) -> Result<Self, Failure> {
        let file = flags.text("secret-file");
        if file.is_empty() {
            if !flags.is("raw") && !flags.is("fetch-cert") && io::stdin().is_terminal() {
                tell("(tty detected: expecting json/yaml k8s resource in stdin)\n");
            }
            return Ok(Self { file: None });
        }
        match fs::File::open(file) {
            Ok(_) => Ok(Self {
                file: Some(file.to_owned()),
            }),
            Err(error) => {
                let failure = Failure::new("Could not read file specified with --secret-file");
                Err(failure.why(Failure::io("open", file, &error).message().to_owned()))
            }
        }
    }

    pub(super) fn name(&self) -> &str {
        self.file.as_deref().unwrap_or("<stdin>")
    }

    pub(super) fn read(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        match &self.file {
            Some(file) => read(file),
            None => read_stdin(),
        }
    }
}

pub(super) fn read_stdin() -> Result<Zeroizing<Vec<u8>>, Failure> {
    files::read_stdin().map_err(|error| match &error {
        FileError::Read { source, .. } => Failure::io("read", "/dev/stdin", source),
        other => Failure::new(other.to_string()).help(other.hint()),
    })
}

/// Where the output goes.
pub(super) struct Destination {
    file: Option<String>,
}

impl Destination {
    pub(super) fn new(flags: &Flags) -> Result<Self, Failure> {
        let file = output_file(flags);
        if file.is_empty() {
            return Ok(Self { file: None });
        }
        if Path::new(file).is_dir() {
            return Err(Failure::new(format!("cannot write {file}: is a directory")));
        }
        Ok(Self {
            file: Some(file.to_owned()),
        })
    }

    pub(super) fn write(&self, bytes: &[u8], new: Confidentiality) -> Result<(), Failure> {
        match &self.file {
            None => super::write(bytes),
            Some(file) => files::write(Path::new(file), bytes, new).map_err(|error| {
                Failure::new(error.to_string())
                    .why(error.why())
                    .help(error.hint())
            }),
        }
    }
}

/// The file that is written; re-encrypting a file without saying more means that file.
pub(super) fn output_file(flags: &Flags) -> &str {
    let in_place = flags.is("re-encrypt") && !flags.is("recovery-unseal") && !flags.is("validate");
    match flags.text("sealed-secret-file") {
        "" if in_place => flags.text("secret-file"),
        file => file,
    }
}

/// The format that is asked for, by flag or by the name of the file that is written.
pub(super) fn format(flags: &Flags) -> Result<Format, Failure> {
    let extension = Path::new(output_file(flags)).extension();
    if extension.is_some_and(|extension| extension == "yaml" || extension == "yml") {
        return Ok(Format::Yaml);
    }
    let name = flags.text("format");
    Format::named(name).ok_or_else(|| {
        Failure::new(format!("unsupported output format: {name}")).help("choose json or yaml".to_owned())
    })
}
