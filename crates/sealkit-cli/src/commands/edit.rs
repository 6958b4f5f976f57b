//! `sealkit edit`: plaintext in an editor, for a moment and in a private place; only what changed is sealed anew.

use std::{
    ffi::OsString,
    fs,
    io::{IsTerminal, Write},
    os::unix::{fs::OpenOptionsExt, process::ExitStatusExt},
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    },
};

use clap::{Args, ValueHint};
use rustix::process::{Pid, Signal, kill_process};
use sealkit::{OpenOptions, Outcome, Report, Sealing, manifest::Stream};

use crate::{
    diagnostic::{Diagnostic, Failure, show_path},
    exit, files,
    flags::{IdentityFlags, SealingFlags},
    generator, identities,
    policies::Policies,
    private_directory::{self, PrivateDirectory},
    report,
    signals::{self, Ending},
    stored::Stored,
    terminal::{self, Console},
    work::{self, Input},
};

/// Change a sealed file in your editor
///
/// The opened file is shown in `$VISUAL` or `$EDITOR`, in a private directory in memory where the system has one.
/// Values that you leave alone keep their ciphertext. If the editor exits with an error, nothing is changed.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit edit secrets/database.yaml
  EDITOR='code --wait' sealkit edit secrets/database.yaml")]
pub(crate) struct Arguments {
    /// The sealed file
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,

    #[command(flatten)]
    sealing: SealingFlags,

    #[command(flatten)]
    identities: IdentityFlags,
}

pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    if let Some(stored) = Stored::sealed(&arguments.file)? {
        return edit_stored(arguments, &stored, console);
    }
    let input = Input::file(&arguments.file)?;
    let name = arguments.sealing.path.as_deref().unwrap_or(&arguments.file);
    let policies = Policies::default();
    // A SOPS file keeps its keys and rules, whatever a policy says.
    let sealing = match sealkit::is_sops_file(&input.stream) {
        true => Sealing::sops(Vec::new()),
        false => policies.decide(&arguments.sealing, name)?,
    };
    let found = identities::find(&arguments.identities, console)?;
    let opened = sealkit::open(&input.stream, &found.keyring, &OpenOptions::default())
        .map_err(|problems| policies.name_people(found.explain(problems), name))?;
    let plain = opened.stream.as_ref().unwrap_or(&input.stream);

    let desk = Desk::prepare(&arguments.file, plain.as_str().as_bytes(), console)?;
    loop {
        let edited = desk.edit()?;
        if edited.as_slice() == plain.as_str().as_bytes() && opened.stream.is_some() {
            let nothing = Outcome {
                stream: None,
                report: Report::default(),
            };
            return report::one(console, &input, nothing, false);
        }
        let options = super::seal::options(&arguments.sealing, None, None);
        let reseal = |edited: Stream| -> Result<Outcome, Failure> {
            let mut rng = generator::operating_system();
            Ok(sealkit::reseal(
                &input.stream,
                &edited,
                &sealing,
                &found.keyring,
                &options,
                &mut rng,
            )?)
        };
        let parsed =
            refuse_emptiness(&edited).and_then(|()| work::parse(&show_path(&arguments.file), &edited));
        match parsed.and_then(reseal) {
            Ok(outcome) => return report::one(console, &input, outcome, false),
            Err(failure) => ask_to_edit_again(failure, console)?,
        }
    }
}

/// The same for a SOPS file that is no YAML and no JSON.
fn edit_stored(arguments: &Arguments, stored: &Stored, console: &Console) -> Result<u8, Failure> {
    let found = identities::find(&arguments.identities, console)?;
    let file = stored.file();
    let opened = file
        .open(&found.keyring)
        .map_err(|problems| found.explain(problems))?;
    let plain = opened.bytes.unwrap_or_default();
    let desk = Desk::prepare(&arguments.file, &plain, console)?;
    loop {
        let edited = desk.edit()?;
        let options = super::seal::options(&arguments.sealing, None, None);
        let reseal = |()| {
            let mut rng = generator::operating_system();
            Ok(file.reseal(&edited, &found.keyring, &options, &mut rng)?)
        };
        match refuse_emptiness(&edited).and_then(reseal) {
            Ok(outcome) => return stored.replace(console, outcome, false),
            Err(failure) => ask_to_edit_again(failure, console)?,
        }
    }
}

/// An editor that crashed or ran out of space leaves an empty file; nobody means that.
fn refuse_emptiness(edited: &[u8]) -> Result<(), Failure> {
    if edited.iter().all(u8::is_ascii_whitespace) {
        let diagnostic = Diagnostic::error("the editor left an empty file");
        let help = "nothing was changed; to remove the Secret, delete the sealed file itself".to_owned();
        return Err(Failure::new(exit::EDITOR, diagnostic.help(help)));
    }
    Ok(())
}

/// Shows what is wrong with the edited text. Its positions are those in the editor. Without a person to ask, gives up.
fn ask_to_edit_again(failure: Failure, console: &Console) -> Result<(), Failure> {
    let mut failure = failure;
    failure.diagnostics.push(Diagnostic::note(
        "nothing was changed; places are those of the text in the editor",
    ));
    if !std::io::stdin().is_terminal() {
        return Err(failure);
    }
    failure.report(console);
    match terminal::ask_line("Press Enter to go back to the editor, or type q to give up") {
        Ok(answer) if answer.is_empty() => Ok(()),
        _ => Err(Failure::new(
            exit::EDITOR,
            Diagnostic::error("given up; nothing was changed"),
        )),
    }
}

/// The private place where the plaintext lies while it is edited.
struct Desk {
    _directory: PrivateDirectory,
    file: PathBuf,
    editor: OsString,
    running: Arc<AtomicI32>,
    ending: Ending,
}

impl Desk {
    fn prepare(file: &Path, plain: &[u8], console: &Console) -> Result<Self, Failure> {
        let editor = editor()?;
        let cannot = |error: std::io::Error| {
            let diagnostic = Diagnostic::error("cannot make a private directory for the plaintext");
            Failure::new(
                exit::FILE,
                diagnostic
                    .why(error.to_string())
                    .help("nothing was changed".to_owned()),
            )
        };
        let directory = PrivateDirectory::create().map_err(cannot)?;
        let running = Arc::new(AtomicI32::new(0));
        let (path, child) = (directory.path().to_owned(), running.clone());
        // Listening begins before the first byte of plaintext is written.
        let ending = signals::on_termination(move || {
            if let Some(editor) = Pid::from_raw(child.load(Ordering::SeqCst)) {
                let _ = kill_process(editor, Signal::TERM);
            }
            private_directory::remove(&path);
        })
        .map_err(cannot)?;
        if !directory.is_in_memory() {
            Diagnostic::warning(
                "there is no memory-backed place here: the plaintext is on disk while you edit",
            )
            .at(directory.path().display())
            .show(console);
        }
        // The same name, so that the editor knows the syntax.
        let desk = directory
            .path()
            .join(file.file_name().unwrap_or("secret.yaml".as_ref()));
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        options
            .open(&desk)
            .and_then(|mut desk| desk.write_all(plain))
            .map_err(cannot)?;
        Ok(Self {
            _directory: directory,
            file: desk,
            editor,
            running,
            ending,
        })
    }

    /// Runs the editor and returns what it left.
    fn edit(&self) -> Result<zeroize::Zeroizing<Vec<u8>>, Failure> {
        // As git does it: the variable is a shell command, and the file its argument.
        let mut script = self.editor.clone();
        script.push(" \"$@\"");
        let child = Command::new("sh")
            .arg("-c")
            .arg(script)
            .arg(&self.editor)
            .arg(&self.file)
            .spawn();
        let status = child.and_then(|mut child| {
            self.running.store(child.id().cast_signed(), Ordering::SeqCst);
            let status = child.wait();
            self.running.store(0, Ordering::SeqCst);
            status
        });
        self.ending.wait_if_begun();
        match status {
            Ok(status) if status.success() && !self.file.exists() => {
                Err(self.failed("it removed the file that it was given"))
            }
            Ok(status) if status.success() => Ok(files::read(&self.file)?),
            Ok(status) => Err(self.failed(&ended(status))),
            Err(error) => Err(self.failed(&error.to_string())),
        }
    }

    fn failed(&self, why: &str) -> Failure {
        let diagnostic = Diagnostic::error(format!("the editor failed: {}", self.editor.to_string_lossy()));
        let help =
            "nothing was changed and no plaintext was left; set VISUAL or EDITOR to an editor that works";
        Failure::new(exit::EDITOR, diagnostic.why(why.to_owned()).help(help.to_owned()))
    }
}

fn ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(127), _) => "it was not found".into(),
        (Some(code), _) => format!("it exited with {code}"),
        (None, Some(signal)) => format!("it was ended by signal {signal}"),
        (None, None) => "it did not end properly".into(),
    }
}

fn editor() -> Result<OsString, Failure> {
    let set = |name| std::env::var_os(name).filter(|value: &OsString| !value.is_empty());
    if let Some(editor) = set("VISUAL").or_else(|| set("EDITOR")) {
        return Ok(editor);
    }
    let installed = |name: &&str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|directory| directory.join(name).is_file())
    };
    let found = ["sensible-editor", "vi", "nano"].into_iter().find(installed);
    found.map(OsString::from).ok_or_else(|| {
        let diagnostic = Diagnostic::error("there is no editor to open the file with");
        Failure::new(
            exit::EDITOR,
            diagnostic.help("set VISUAL or EDITOR to one".to_owned()),
        )
    })
}
