//! `sops exec-env` and `sops exec-file`: a command that sees the plaintext, in its environment or in a file.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, OpenOptions},
    io::Write,
    os::unix::{
        fs::OpenOptionsExt,
        process::{CommandExt, ExitStatusExt},
    },
    path::{Component, Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
};

use sealkit::formats::sops::{
    store::{Store, text_of},
    tree::{Item, Mapping, Node},
};
use zeroize::Zeroizing;

use super::{Context, closed, decrypt, files::Paths, users::User};
use crate::{
    private_directory::PrivateDirectory,
    signals,
    sops::{codes, failure::Failure},
};

/// What to run, and how.
pub(super) struct Run {
    pub(super) command: OsString,
    pub(super) pristine: bool,
    pub(super) same_process: bool,
    pub(super) background: bool,
    pub(super) user: Option<String>,
}

impl Run {
    fn user(&self) -> Result<Option<User>, Failure> {
        self.user.as_deref().map(User::find).transpose()
    }
}

/// The name of the temporary file unless one is given.
const FILE_NAME: &str = "tmp-file";

pub(super) fn with_environment(context: &Context<'_>, file: &Path, run: &Run) -> Result<u8, Failure> {
    let mut paths = Paths::of_typed(context, file)?;
    paths.output = Store::Dotenv;
    let tree = closed::open_to_read(context, paths.closed()?)?;
    let variables = match tree.documents.first() {
        Some(document) => variables(document)?,
        None => Vec::new(),
    };
    let mut command = shell(&run.command);
    if let Some(user) = run.user()? {
        user.run(&mut command);
    }
    if run.pristine {
        command.env_clear();
    }
    for (name, value) in &variables {
        command.env(name, value.as_str());
    }
    if run.same_process {
        let error = command.exec();
        return Err(Failure::new(codes::GENERIC, error.to_string()));
    }
    start(command, run)
}

/// The values of a flat document under their names.
fn variables(document: &Mapping) -> Result<Vec<(&str, Zeroizing<String>)>, Failure> {
    let refuse = |text: String| Failure::new(codes::GENERIC, text);
    let mut variables = Vec::new();
    for item in &document.0 {
        let Item::Entry(key, node) = item else { continue };
        let complex = || {
            refuse(format!(
                "cannot use complex value in environment; offending key {key}"
            ))
        };
        let value = match node {
            Node::Leaf(_) => text_of(node).ok_or_else(complex)?,
            _ => return Err(complex()),
        };
        if key.contains('=') {
            return Err(refuse(format!("cannot use keys with '=' in environment: {key}")));
        }
        if key.is_empty() || key.contains('\0') || value.contains('\0') {
            return Err(refuse(format!(
                "cannot use this key or its value in the environment: {key:?}"
            )));
        }
        variables.push((key.as_str(), value));
    }
    Ok(variables)
}

pub(super) fn with_file(
    context: &Context<'_>,
    file: &Path,
    run: &Run,
    fifo: bool,
    filename: Option<&str>,
) -> Result<u8, Failure> {
    let paths = Paths::of_typed(context, file)?;
    let plain = decrypt::plaintext(context, &paths, &[])?;
    let name = filename.unwrap_or(FILE_NAME);
    if !is_local(name) {
        return Err(Failure::new(
            codes::GENERIC,
            "The provided filename is not a local path.",
        ));
    }
    let cannot = |error: std::io::Error| Failure::new(codes::GENERIC, error.to_string());
    let user = run.user()?;
    let directory = PrivateDirectory::create().map_err(cannot)?;
    let place = directory.path().to_owned();
    let ending = signals::on_termination(move || crate::private_directory::remove(&place)).map_err(cannot)?;
    let path = directory.path().join(name);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(cannot)?;
    }
    if fifo {
        offer(&path, plain).map_err(cannot)?;
    } else {
        let mut options = OpenOptions::new();
        let mut opened = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(cannot)?;
        opened.write_all(&plain).map_err(cannot)?;
    }
    let mut command = shell(&with_path(&run.command, &path));
    if let Some(user) = user {
        give(user, directory.path(), &path).map_err(cannot)?;
        user.run(&mut command);
    }
    let code = start(command, run);
    ending.wait_if_begun();
    code
}

/// Puts a pipe at a path and writes to whoever opens it.
fn offer(path: &Path, plain: Zeroizing<Vec<u8>>) -> std::io::Result<()> {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)?;
    let path = path.to_owned();
    std::thread::Builder::new().name("pipe".into()).spawn(move || {
        // Opening waits for a reader; a command that never reads ends the process, and this thread with it.
        if let Ok(mut pipe) = OpenOptions::new().write(true).open(&path) {
            let _ = pipe.write_all(&plain);
        }
    })?;
    Ok(())
}

/// The command with the path in the place of every `{}`.
fn with_path(command: &OsStr, path: &Path) -> OsString {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    let (mut rest, path) = (command.as_bytes(), path.as_os_str().as_bytes());
    let mut out = Vec::new();
    while let Some(at) = rest.windows(2).position(|two| two == b"{}") {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(path);
        rest = &rest[at + 2..];
    }
    out.extend_from_slice(rest);
    OsString::from_vec(out)
}

/// Whether a name stays inside the directory it is joined to.
fn is_local(name: &str) -> bool {
    let path = PathBuf::from(name);
    !name.is_empty() && path.components().all(|part| matches!(part, Component::Normal(_)))
}

fn shell(command: &OsStr) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(command);
    shell
}

fn start(mut command: Command, run: &Run) -> Result<u8, Failure> {
    let failed = |error: std::io::Error| Failure::new(codes::GENERIC, error.to_string());
    if run.background {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.spawn().map_err(failed)?;
        return Ok(codes::OK);
    }
    let status = command.status().map_err(failed)?;
    match status.success() {
        true => Ok(codes::OK),
        false => Err(ended(status)),
    }
}

/// The child's exit status becomes ours.
fn ended(status: ExitStatus) -> Failure {
    match (status.code(), status.signal()) {
        (Some(code), _) => {
            let ours = u8::try_from(code).unwrap_or(codes::GENERIC);
            Failure::new(ours, format!("exit status {code}"))
        }
        (None, signal) => {
            let signal = signal.and_then(|signal| u8::try_from(signal).ok()).unwrap_or(0);
            Failure::new(128_u8.saturating_add(signal), format!("ended by signal {signal}"))
        }
    }
}

/// Everything from the private directory down to the file becomes the user's, or only its owner could read it.
fn give(user: User, directory: &Path, file: &Path) -> std::io::Result<()> {
    let inside = file.ancestors().take_while(|path| path.starts_with(directory));
    inside.into_iter().try_for_each(|path| user.own(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside_and_paths_take_their_places() {
        assert!(is_local("a") && is_local("a/b"));
        assert!(!is_local("/a") && !is_local("../a") && !is_local("") && !is_local("a/../../b"));
        let command = with_path(OsStr::new("cat {} {}x"), Path::new("/t/f"));
        assert_eq!(command, OsString::from("cat /t/f /t/fx"));
    }
}
