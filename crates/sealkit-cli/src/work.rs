//! One command, many files: read each, do the work, write the result whole or not at all, and add up what happened.
//!
//! What the work is, the caller says with a closure; here are standard input, trees, threads, interruption and the
//! report. Files are independent: one that fails is left as it was and does not keep the others from being done.

use std::{
    num::NonZero,
    path::{Path, PathBuf},
};

use rayon::prelude::*;
use sealkit::{Outcome, Report, manifest::Stream, sops::StoredOutcome};

use crate::{
    diagnostic::{self, Diagnostic, Failure, show_path},
    exit,
    files::{self, Directories, Found, Loaded},
    signals::Stop,
    stored::{self, Stored},
    terminal::{Console, Progress},
};

/// The name by which messages call standard input.
const STDIN: &str = "<stdin>";

/// How many files are in hand for each core of the machine, see [`pool`].
const THREADS_PER_CORE: usize = 8;

/// So many wait for the disk at most, however many cores there are; a disk has a queue of about that length.
const MOST_THREADS: usize = 64;

/// A file that was read and parsed.
pub(crate) struct Input {
    /// How it was named.
    pub(crate) path: PathBuf,
    /// Its text.
    pub(crate) stream: Stream,
    loaded: Option<Loaded>,
}

impl Input {
    /// Reads one file.
    pub(crate) fn file(path: &Path) -> Result<Self, Failure> {
        Self::from_loaded(files::load(path)?)
    }

    /// Reads one file, or standard input for `-`.
    pub(crate) fn named(path: &Path) -> Result<Self, Failure> {
        if path == Path::new("-") {
            Self::stdin()
        } else {
            Self::file(path)
        }
    }

    /// Reads standard input. Somebody who forgot to name a file is told so instead of being waited for.
    pub(crate) fn stdin() -> Result<Self, Failure> {
        if std::io::IsTerminal::is_terminal(&std::io::stdin()) {
            return Err(Failure::usage(
                "no file was named and nothing is piped in",
                "name a file or a directory",
            ));
        }
        let bytes = files::read_stdin()?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            let diagnostic = Diagnostic::error("standard input is empty").at(STDIN);
            let help = "the command before the pipe printed nothing; did it fail?".to_owned();
            return Err(Failure::new(exit::MALFORMED, diagnostic.help(help)));
        }
        Ok(Self {
            path: STDIN.into(),
            stream: parse(STDIN, &bytes)?,
            loaded: None,
        })
    }

    /// Replaces the file by `stream`.
    pub(crate) fn replace(&self, stream: &Stream, directories: &Directories) -> Result<(), Failure> {
        match &self.loaded {
            Some(loaded) => Ok(files::replace(loaded, stream.as_str().as_bytes(), directories)?),
            None => Err(Failure::usage(
                "standard input cannot be changed in place",
                "name a file",
            )),
        }
    }

    fn from_loaded(loaded: Loaded) -> Result<Self, Failure> {
        let stream = parse(&show_path(&loaded.path), &loaded.bytes)?;
        Ok(Self {
            path: loaded.path.clone(),
            stream,
            loaded: Some(loaded),
        })
    }
}

/// Parses text under the name that messages show.
pub(crate) fn parse(name: &str, bytes: &[u8]) -> Result<Stream, Failure> {
    Ok(Stream::parse(name, bytes)?)
}

/// Whether a file of a tree can hold anything for sealkit. Files without these words are not parsed: a tree of
/// manifests has many that are not for us, Helm's templates among them. A word can hide behind an escape
/// (`"\u0053ecret"`) or in UTF-16, so both count as mentioning it.
pub(crate) fn mentions_secrets(bytes: &[u8]) -> bool {
    let holds = |word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
    let escapes = || {
        bytes
            .windows(2)
            .any(|pair| pair[0] == b'\\' && b"uUx\n\r".contains(&pair[1]))
    };
    holds(b"Secret")
        || holds(b"stringData")
        || holds(b"ENC[AES256_GCM,")
        || bytes.contains(&0)
        || escapes()
        || says_kind_secret(bytes)
}

/// Whether a file of a tree is a manifest that mentions secrets, by its name, or SOPS sealed it as JSON, by what it holds.
pub(crate) fn is_of_interest(path: &Path, bytes: &[u8]) -> bool {
    match files::is_manifest_name(path) {
        true => mentions_secrets(bytes),
        false => {
            mentions_secrets(bytes)
                && parse(&show_path(path), bytes).is_ok_and(|stream| sealkit::is_sops_file(&stream))
        }
    }
}

/// Whether somebody meant `kind: Secret` and wrote `secret`. The word alone is in every manifest that uses a Secret.
fn says_kind_secret(bytes: &[u8]) -> bool {
    let is_filler = |byte: &u8| b" \t:\"'".contains(byte);
    let follows = |rest: &[u8]| {
        let word = rest
            .iter()
            .position(|byte| !is_filler(byte))
            .map_or(&[][..], |at| &rest[at..]);
        let ends = word.get(6).is_none_or(|byte| !byte.is_ascii_alphanumeric());
        ends && word
            .get(..6)
            .is_some_and(|word| word.eq_ignore_ascii_case(b"secret"))
    };
    let mut windows = bytes.windows(4).enumerate();
    windows.any(|(at, window)| window == b"kind" && follows(&bytes[at + 4..]))
}

/// What became of one file.
pub(crate) struct Done {
    /// Which.
    pub(crate) path: PathBuf,
    /// What was done, or why not.
    pub(crate) result: Result<Report, Failure>,
    /// Whether the file on disk is another now, or would be.
    pub(crate) changed: bool,
}

/// What became of a tree.
pub(crate) struct Summary {
    /// Every file that was worked on, in order of path.
    pub(crate) done: Vec<Done>,
    /// How many files were looked at and hold nothing for sealkit.
    pub(crate) irrelevant: usize,
    /// The exit code of a signal that ended the work early.
    pub(crate) interrupted: Option<u8>,
    /// Files that were not reached because of it.
    pub(crate) remaining: usize,
}

impl Summary {
    /// Of files that were all reached.
    pub(crate) fn of(done: Vec<Done>) -> Self {
        Self {
            done,
            irrelevant: 0,
            interrupted: None,
            remaining: 0,
        }
    }

    /// Files that are another now.
    pub(crate) fn changed(&self) -> usize {
        self.done.iter().filter(|done| done.changed).count()
    }

    /// Files that failed.
    pub(crate) fn failed(&self) -> usize {
        self.done.iter().filter(|done| done.result.is_err()).count()
    }

    /// The exit code: the one that all failures share, or the general one.
    pub(crate) fn code(&self) -> u8 {
        if let Some(code) = self.interrupted {
            return code;
        }
        let mut codes = self
            .done
            .iter()
            .filter_map(|done| done.result.as_ref().err())
            .map(|failure| failure.code);
        match codes.next() {
            None => exit::SUCCESS,
            Some(first) if codes.all(|code| code == first) => first,
            Some(_) => exit::FAILED,
        }
    }
}

/// What is done to each file of a tree.
pub(crate) struct Work<'a> {
    /// For the progress: `sealing`.
    pub(crate) doing: &'static str,
    /// Whether nothing is written.
    pub(crate) dry_run: bool,
    /// To a manifest.
    pub(crate) manifest: &'a Manifest<'a>,
    /// Whether a file is, by its name and content, one that SOPS sealed and no manifest; somebody may have named it.
    pub(crate) is_stored: &'a IsStored<'a>,
    /// To such a file.
    pub(crate) stored: &'a OfStored<'a>,
}

/// See [`Work::manifest`].
pub(crate) type Manifest<'a> = dyn Fn(&Input) -> Result<Outcome, Failure> + Sync + 'a;
/// See [`Work::is_stored`].
pub(crate) type IsStored<'a> = dyn Fn(&Path, bool) -> Result<Option<Stored>, Failure> + Sync + 'a;
/// See [`Work::stored`].
pub(crate) type OfStored<'a> = dyn Fn(&Stored) -> Result<StoredOutcome, Failure> + Sync + 'a;

/// Finds the files of trees that may be for us, and says what was left out.
pub(crate) fn find(console: &Console, paths: &[PathBuf], dry_run: bool) -> Result<Found, Failure> {
    let mut found = files::walk(paths)?;
    let sealed = looking_sealed(std::mem::take(&mut found.others));
    found
        .links
        .extend(looking_sealed(std::mem::take(&mut found.other_links)));
    report_walk(console, &found, dry_run);
    found.files.extend(sealed);
    found.files.sort();
    Ok(found)
}

/// Those of `paths`, whose names are not those of manifests, that SOPS may have sealed.
fn looking_sealed(paths: Vec<PathBuf>) -> Vec<PathBuf> {
    let looks_sealed = |path: &PathBuf| stored::looks_sealed(path);
    match pool(paths.len()) {
        Some(pool) => pool.install(|| paths.into_par_iter().filter(looks_sealed).collect()),
        None => paths.into_iter().filter(looks_sealed).collect(),
    }
}

/// Works on every file under `paths` that is for us, and replaces those that change.
pub(crate) fn in_place(console: &Console, paths: &[PathBuf], work: &Work<'_>) -> Result<Summary, Failure> {
    let found = find(console, paths, work.dry_run)?;
    let named: Vec<&PathBuf> = paths.iter().filter(|path| path.is_file()).collect();
    let stop = Stop::listen().unwrap_or_default();
    let directories = Directories::default();
    let progress = Progress::start(console, work.doing, found.files.len());
    let one = |path: &PathBuf| -> Reached {
        if stop.requested().is_some() {
            return Reached::Not;
        }
        let reached = work_on(path, named.contains(&path), &directories, work);
        progress.step();
        reached
    };
    let reached: Vec<Reached> = match pool(found.files.len()) {
        Some(pool) => pool.install(|| found.files.par_iter().map(one).collect()),
        None => found.files.iter().map(one).collect(),
    };
    directories.sync();
    progress.finish();
    let mut summary = Summary::of(Vec::new());
    summary.interrupted = stop.requested();
    for reached in reached {
        match reached {
            Reached::Done(done) => summary.done.push(done),
            Reached::Irrelevant => summary.irrelevant += 1,
            Reached::Not => summary.remaining += 1,
        }
    }
    let unreadable = found.unreadable.into_iter().map(|error| {
        let path = error.path().to_owned();
        Done {
            path,
            result: Err(error.into()),
            changed: false,
        }
    });
    summary.done.extend(unreadable);
    Ok(summary)
}

/// Threads for so many files; none for a handful, which is done before they have started.
///
/// Every file is synced before it takes its name, and a thread that waits for the disk does not encrypt. So there are
/// several threads to a core: while some wait, others work, and the file system writes what they wait for in one go.
fn pool(files: usize) -> Option<rayon::ThreadPool> {
    if files < 8 {
        return None;
    }
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let enough = (cores * THREADS_PER_CORE).min(cores.max(MOST_THREADS));
    rayon::ThreadPoolBuilder::new()
        .num_threads(files.min(enough))
        .build()
        .ok()
}

enum Reached {
    Done(Done),
    Irrelevant,
    Not,
}

fn work_on(path: &Path, named: bool, directories: &Directories, work: &Work<'_>) -> Reached {
    let mut changed = false;
    let mut attempt = || -> Result<Option<Report>, Failure> {
        if let Some(stored) = (work.is_stored)(path, named)? {
            let outcome = (work.stored)(&stored)?;
            stored.write(&outcome, work.dry_run, directories)?;
            changed = outcome.bytes.is_some();
            return Ok(Some(outcome.report));
        }
        let loaded = files::load(path)?;
        if !named && !is_of_interest(path, &loaded.bytes) {
            return Ok(None);
        }
        let input = Input::from_loaded(loaded)?;
        let outcome = (work.manifest)(&input)?;
        if let Some(stream) = &outcome.stream {
            if !work.dry_run {
                input.replace(stream, directories)?;
            }
            changed = true;
        }
        Ok(Some(outcome.report))
    };
    let result = match attempt() {
        Ok(None) => return Reached::Irrelevant,
        Ok(Some(report)) => Ok(report),
        Err(failure) => Err(failure),
    };
    Reached::Done(Done {
        path: path.into(),
        result,
        changed,
    })
}

/// Says what a walk left out, and removes what interrupted commands left.
fn report_walk(console: &Console, found: &Found, dry_run: bool) {
    for link in &found.links {
        Diagnostic::note(format!(
            "skipped {}: symbolic links in trees are not followed",
            show_path(link)
        ))
        .help("name it as an argument if it is meant".to_owned())
        .show(console);
    }
    for file in &found.abandoned {
        if !dry_run && std::fs::remove_file(file).is_ok() {
            Diagnostic::note(format!(
                "removed {}, left by an interrupted command",
                show_path(file)
            ))
            .show(console);
        }
    }
}

/// Shows what was noticed beside the work, and every error.
pub(crate) fn show_messages(console: &Console, done: &[Done]) {
    let messages = done.iter().flat_map(|done| match &done.result {
        Ok(report) => report.notes().map(Diagnostic::of_note).collect(),
        Err(failure) => failure.diagnostics.clone(),
    });
    diagnostic::show_all(messages, console);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_cannot_hide_behind_escapes_or_utf_16() {
        assert!(mentions_secrets(b"kind: Secret"));
        assert!(mentions_secrets(br#"{"kind":"\u0053ecret"}"#));
        assert!(mentions_secrets(b"kind: \"Sec\\\nret\""));
        assert!(mentions_secrets(b"k\0i\0n\0d\0:\0"));
        assert!(mentions_secrets(b"kind: secret\ndata: {a: YQ==}"));
        assert!(mentions_secrets(b"{\"kind\": \"SECRET\"}"));
        assert!(!mentions_secrets(b"kind: secretstore\nsecretName: x"));
        assert!(!mentions_secrets(b"kind: ConfigMap\ndata: {a: 'C:\\temp'}"));
    }
}
