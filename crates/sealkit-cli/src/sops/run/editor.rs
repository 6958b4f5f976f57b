//! Running an editor on a private copy of the plaintext.

use std::{
    env,
    ffi::OsString,
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    },
};

use rustix::process::{Pid, Signal, kill_process};
use zeroize::Zeroizing;

use super::{files::read_all, words};
use crate::{
    private_directory::{self, PrivateDirectory},
    signals::{self, Ending},
    sops::{codes, failure::Failure},
};

/// The private copy. Removed when dropped, and when a signal ends the process.
pub(super) struct Desk {
    _directory: PrivateDirectory,
    file: PathBuf,
    editor: Vec<OsString>,
    running: Arc<AtomicI32>,
    ending: Ending,
}

impl Desk {
    /// Writes the plaintext where only its owner reads it, under the same base name.
    pub(super) fn prepare(name: &Path, plain: &[u8]) -> Result<Self, Failure> {
        let cannot = |error: std::io::Error| {
            Failure::new(
                codes::CANNOT_WRITE,
                format!("Could not create temporary file: {error}"),
            )
        };
        let editor = editor()?;
        let directory = PrivateDirectory::create().map_err(cannot)?;
        let running = Arc::new(AtomicI32::new(0));
        let (path, child) = (directory.path().to_owned(), running.clone());
        let ending = signals::on_termination(move || {
            if let Some(editor) = Pid::from_raw(child.load(Ordering::SeqCst)) {
                let _ = kill_process(editor, Signal::TERM);
            }
            private_directory::remove(&path);
        })
        .map_err(cannot)?;
        let file = directory.path().join(name.file_name().unwrap_or("file".as_ref()));
        let mut options = fs::OpenOptions::new();
        let mut opened = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&file)
            .map_err(cannot)?;
        opened.write_all(plain).map_err(cannot)?;
        Ok(Self {
            _directory: directory,
            file,
            editor,
            running,
            ending,
        })
    }

    /// Runs the editor once and returns what it left.
    pub(super) fn edit(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let failed = |why: String| Failure::new(codes::NO_EDITOR, format!("Could not run editor: {why}"));
        let (program, arguments) = self
            .editor
            .split_first()
            .ok_or_else(|| failed("no program is named".to_owned()))?;
        let mut child = Command::new(program)
            .args(arguments)
            .arg(&self.file)
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        self.running.store(child.id().cast_signed(), Ordering::SeqCst);
        let status = child.wait();
        self.running.store(0, Ordering::SeqCst);
        self.ending.wait_if_begun();
        match status {
            Ok(status) if status.success() => {
                let read = fs::File::open(&self.file).and_then(|mut file| read_all(&mut file, 4096));
                read.map_err(|error| {
                    Failure::new(codes::CANNOT_READ, format!("Could not read edited file: {error}"))
                })
            }
            Ok(status) => Err(failed(match status.code() {
                Some(code) => format!("exit status {code}"),
                None => status.to_string(),
            })),
            Err(error) => Err(failed(error.to_string())),
        }
    }
}

/// `SOPS_EDITOR`, else `EDITOR`, else the first editor that is installed.
fn editor() -> Result<Vec<OsString>, Failure> {
    for name in ["SOPS_EDITOR", "EDITOR"] {
        if let Some(line) = env::var(name).ok().filter(|line| !line.is_empty()) {
            let words = words::split(&line).ok_or_else(|| {
                Failure::new(codes::NO_EDITOR, format!("Could not run editor: invalid ${name}"))
            })?;
            return Ok(words.into_iter().map(OsString::from).collect());
        }
    }
    let installed = |name: &&str| {
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path).any(|directory| directory.join(name).is_file())
    };
    let found = ["vim", "nano", "vi"].into_iter().find(installed);
    found.map(|name| vec![OsString::from(name)]).ok_or_else(|| {
        Failure::new(codes::NO_EDITOR, "Could not run editor: no editor available")
            .hint("set SOPS_EDITOR or EDITOR to one")
    })
}
