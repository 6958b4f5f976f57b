//! Files in and out: what is read as what, and where the result goes.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use sealkit::formats::sops::{
    document::{Closed, TreeError},
    emit,
    emit::json,
    store::{Layout, Store, StoreError},
};
use zeroize::Zeroizing;

use super::{Context, config};
use crate::{
    files::{self, Confidentiality},
    sops::{
        codes,
        failure::Failure,
        request::{Form, To},
    },
};

/// The files and formats of one command.
pub(super) struct Paths {
    /// The absolute path; `None` is standard input.
    pub(super) file: Option<PathBuf>,
    /// How messages about reading name it.
    shown: PathBuf,
    /// What stands for it when formats and rules are chosen; empty where nothing does.
    pub(super) named: PathBuf,
    pub(super) input: Store,
    pub(super) output: Store,
    pub(super) layout: Layout,
}

impl Paths {
    /// Works out formats from flags and names.
    pub(super) fn of(context: &Context<'_>, file: Option<&Path>) -> Result<Self, Failure> {
        let settings = context.settings;
        let file = file.map(absolute).transpose()?;
        let named = match &settings.filename_override {
            Some(named) => absolute(named)?,
            None => file.clone().unwrap_or_default(),
        };
        let by_name = Form::of_path(&named);
        let output = store(settings.output_type.unwrap_or(by_name));
        Ok(Self {
            input: store(settings.input_type.unwrap_or(by_name)),
            output,
            layout: layout(context, output)?,
            shown: file.clone().unwrap_or_default(),
            file,
            named,
        })
    }

    /// The same for commands that name a missing file as it was typed.
    pub(super) fn of_typed(context: &Context<'_>, file: &Path) -> Result<Self, Failure> {
        let mut paths = Self::of(context, Some(file))?;
        file.clone_into(&mut paths.shown);
        Ok(paths)
    }

    /// The same, and an error if a named file is not there.
    pub(super) fn of_existing(context: &Context<'_>, file: Option<&Path>) -> Result<Self, Failure> {
        let paths = Self::of(context, file)?;
        match &paths.file {
            Some(file) if fs::metadata(file).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) => {
                let text = format!(
                    "Error: cannot operate on non-existent file {:?}",
                    file.display().to_string()
                );
                Err(Failure::new(codes::NO_FILE, text))
            }
            _ => Ok(paths),
        }
    }

    /// How the file is called in messages.
    pub(super) fn name(&self) -> String {
        match &self.file {
            Some(file) => file.display().to_string(),
            None => "<stdin>".to_owned(),
        }
    }

    /// Reads the bytes.
    pub(super) fn bytes(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let Some(file) = &self.file else {
            return read_all(&mut io::stdin().lock(), 64 * 1024).map_err(|error| {
                Failure::new(codes::CANNOT_READ, format!("Error reading from stdin: {error}"))
            });
        };
        let read = || {
            let mut opened = fs::File::open(file)?;
            let length = opened.metadata()?.len();
            read_all(&mut opened, length as usize)
        };
        read().map_err(|error| {
            let text = format!(
                "Error reading file: open {}: {}",
                self.shown.display(),
                plain(&error)
            );
            Failure::new(codes::CANNOT_READ, text)
        })
    }

    /// Reads a closed file.
    pub(super) fn closed(&self) -> Result<Closed, Failure> {
        let bytes = self.bytes()?;
        self.input
            .read_closed(&self.name(), &bytes)
            .map_err(|error| unreadable(&error))
    }

    /// Writes the result where it belongs.
    pub(super) fn write(&self, context: &Context<'_>, to: &To, bytes: &[u8]) -> Result<(), Failure> {
        let cannot = |what: &str, error: &dyn std::error::Error| {
            Failure::new(
                codes::CANNOT_WRITE,
                format!("Could not open {what} file for writing: {error}"),
            )
        };
        match (to, &self.file) {
            (To::InPlace, Some(file)) => {
                files::write(file, bytes, Confidentiality::Public).map_err(|error| cannot("in-place", &error))
            }
            (To::File(path), _) => {
                files::write(path, bytes, Confidentiality::Public).map_err(|error| cannot("output", &error))
            }
            (To::Stdout, _) | (To::InPlace, None) => context
                .console
                .result(bytes)
                .map_err(|error| Failure::new(codes::GENERIC, error.to_string())),
        }
    }
}

/// A system error in the words that the peer has for it.
pub(super) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// A closed file that cannot be read. The sentence about the metadata is one that scripts look for.
pub(super) fn unreadable(error: &StoreError) -> Failure {
    match error {
        StoreError::Tree(TreeError::NoMetadata) => Failure::new(codes::GENERIC, "sops metadata not found"),
        error => Failure::new(
            codes::GENERIC,
            format!("Error unmarshalling file: {}", explained(error)),
        ),
    }
}

/// A store's error with its place, which is never more than a line and a column.
pub(super) fn explained(error: &StoreError) -> String {
    let place = match error {
        StoreError::Parse(error) => error.place().map(ToString::to_string),
        StoreError::Document(error) => error.place().map(ToString::to_string),
        _ => None,
    };
    match place {
        Some(place) => format!("{error} ({place})"),
        None => error.to_string(),
    }
}

fn store(form: Form) -> Store {
    match form {
        Form::Yaml => Store::Yaml,
        Form::Json => Store::Json,
        Form::Dotenv => Store::Dotenv,
        Form::Ini => Store::Ini,
        Form::Binary => Store::Binary,
    }
}

/// Only the store that is written minds its indentation.
fn layout(context: &Context<'_>, output: Store) -> Result<Layout, Failure> {
    let configured = config::indents(context)?;
    let indent = context.settings.indent;
    let refused = || {
        Failure::new(
            codes::CANNOT_EMIT,
            "Error: a negative indentation is not accepted",
        )
    };
    let mut layout = Layout::default();
    match output {
        Store::Yaml => {
            layout.yaml = emit::Indent::new(indent.unwrap_or(configured.yaml)).ok_or_else(refused)?;
        }
        Store::Json => {
            layout.json = json::Indent::new(indent.unwrap_or(configured.json)).ok_or_else(refused)?;
        }
        Store::Binary => {
            layout.binary = json::Indent::new(indent.unwrap_or(configured.binary)).ok_or_else(refused)?;
        }
        Store::Dotenv | Store::Ini => {}
    }
    Ok(layout)
}

/// Absolute and without `.` and `..`, by the text alone.
pub(super) fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    let path = std::path::absolute(path).map_err(|error| Failure::new(codes::GENERIC, error.to_string()))?;
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    Ok(clean)
}

/// Reads to the end without leaving outgrown copies behind.
pub(super) fn read_all(from: &mut dyn Read, expected: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut buffer = Zeroizing::new(vec![0; expected.max(1) + 1]);
    let mut filled = 0;
    loop {
        match from.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if filled == buffer.len() {
            let mut larger = Zeroizing::new(vec![0; buffer.len() * 2]);
            larger[..filled].copy_from_slice(&buffer[..filled]);
            buffer = larger;
        }
    }
    buffer.truncate(filled);
    Ok(buffer)
}

/// Writes a line to standard output.
pub(super) fn say(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}
