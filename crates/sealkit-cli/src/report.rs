//! Says what was done: sentences on standard error for people, one JSON value on standard output for programs. Where
//! standard output carries the result itself, the JSON goes to standard error.
//!
//! It decides nothing; it shows what the facade's reports hold, which are names, places and counts.

use std::path::{Path, PathBuf};

use sealkit::{Action, Entry, Outcome, Recognised, Report};
use serde_json::{Value, json};

use crate::{
    diagnostic::{Diagnostic, Failure, show_path},
    exit,
    files::{self, Confidentiality, Directories, FileError},
    flags::{DestinationFlags, WalkedDestination},
    terminal::{self, Console, Style, printable},
    work::{self, Done, Input, Summary},
};

/// How a command speaks of its work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verb {
    infinitive: &'static str,
    past: &'static str,
}

impl Verb {
    pub(crate) const SEAL: Self = Self {
        infinitive: "seal",
        past: "sealed",
    };
    pub(crate) const OPEN: Self = Self {
        infinitive: "open",
        past: "opened",
    };
}

/// Whether a directory is only asked about: that needs no `-i`.
pub(crate) fn is_dry_run_of_trees(paths: &[PathBuf], result: &WalkedDestination) -> bool {
    result.destination.dry_run && paths.iter().any(|path| path.is_dir())
}

/// What `-i` needs: files.
pub(crate) fn refuse_stdin_in_place(paths: &[PathBuf]) -> Result<(), Failure> {
    if paths.is_empty() || paths.iter().any(|path| path == Path::new("-")) {
        return Err(Failure::usage(
            "`-i` changes files, and standard input is none",
            "name a file or a directory, or leave out `-i`",
        ));
    }
    Ok(())
}

/// Works on the named files or standard input, and writes all results, or none, to standard output or `-o`.
pub(crate) fn to_destination(
    console: &Console,
    paths: &[PathBuf],
    destination: &DestinationFlags,
    verb: Verb,
    confidentiality: Confidentiality,
    work: impl Fn(&Input) -> Result<Outcome, Failure>,
) -> Result<u8, Failure> {
    if destination.o.is_some() && paths.len() > 1 {
        return Err(Failure::usage(
            "`-o` takes the result of one file",
            "use `-i` to work on each file in place",
        ));
    }
    let (mut text, mut done) = (zeroize::Zeroizing::new(String::new()), Vec::new());
    for path in inputs(paths) {
        let attempt = Input::named(path).and_then(|input| Ok((work(&input)?, input)));
        let (result, changed) = match attempt {
            Err(failure) => (Err(failure), false),
            Ok((outcome, input)) => {
                append(
                    &mut text,
                    outcome.stream.as_ref().unwrap_or(&input.stream).as_str(),
                );
                if outcome.stream.is_none() {
                    note_nothing(console, verb, &input);
                }
                (Ok(outcome.report), outcome.stream.is_some())
            }
        };
        done.push(Done {
            path: path.into(),
            result,
            changed,
        });
    }
    let summary = Summary::of(done);
    finish(console, &summary, destination, verb, confidentiality, &text)
}

fn finish(
    console: &Console,
    summary: &Summary,
    destination: &DestinationFlags,
    verb: Verb,
    confidentiality: Confidentiality,
    text: &str,
) -> Result<u8, Failure> {
    let report = json(summary, destination.dry_run).to_string();
    let result_is_free = destination.dry_run || destination.o.is_some() || summary.failed() > 0;
    if console.style == Style::Text {
        work::show_messages(console, &summary.done);
        if result_is_free {
            entries(console, summary, destination.dry_run);
        }
    }
    if summary.failed() == 0 && !destination.dry_run {
        match &destination.o {
            Some(target) => {
                files::write(target, text.as_bytes(), confidentiality)?;
                console.say(&format!("{} to {}", verb.past, printable(&show_path(target))));
            }
            None => hand_over(console, text.as_bytes())?,
        }
    }
    match (console.style, result_is_free) {
        (Style::Json, true) => print(console, format!("{report}\n").as_bytes())?,
        (Style::Json, false) => terminal::error_line(&report),
        (Style::Text, _) => {}
    }
    Ok(summary.code())
}

/// Says what became of a tree, and returns the exit code.
pub(crate) fn trees(console: &Console, summary: &Summary, verb: Verb, dry_run: bool) -> Result<u8, Failure> {
    if console.style == Style::Json {
        print(console, format!("{}\n", json(summary, dry_run)).as_bytes())?;
        return Ok(summary.code());
    }
    lines(console, summary, dry_run);
    let (changed, failed) = (summary.changed(), summary.failed());
    let unchanged = summary.done.len() - changed - failed;
    let done = if dry_run {
        format!("would {}", verb.infinitive)
    } else {
        verb.past.to_owned()
    };
    let mut parts = vec![format!("{done} {}", count(changed, "file"))];
    let rest = [
        (unchanged, "unchanged"),
        (summary.irrelevant, "without secrets"),
        (failed, "failed"),
    ];
    parts.extend(
        rest.iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| format!("{number} {what}")),
    );
    console.say(&parts.join(", "));
    Ok(summary.code())
}

/// Messages and changes of a tree, file by file.
pub(crate) fn lines(console: &Console, summary: &Summary, dry_run: bool) {
    work::show_messages(console, &summary.done);
    entries(console, summary, dry_run);
    if summary.interrupted.is_some() {
        Diagnostic::warning(format!(
            "interrupted: {} not reached",
            count(summary.remaining, "file")
        ))
        .help("every file is whole; run the same command again to go on".to_owned())
        .show(console);
    }
}

/// Says what was done to one file that was replaced, or would be.
pub(crate) fn one(console: &Console, input: &Input, outcome: Outcome, dry_run: bool) -> Result<u8, Failure> {
    let changed = outcome.stream.is_some();
    if let Some(stream) = outcome.stream.as_ref().filter(|_| !dry_run) {
        let directories = Directories::default();
        input.replace(stream, &directories)?;
        directories.sync();
    }
    told(console, &input.path, outcome.report, changed, dry_run)
}

/// Says what was done to one file.
pub(crate) fn told(
    console: &Console,
    path: &Path,
    report: Report,
    changed: bool,
    dry_run: bool,
) -> Result<u8, Failure> {
    let done = Done {
        path: path.to_owned(),
        result: Ok(report),
        changed,
    };
    let summary = Summary::of(vec![done]);
    if console.style == Style::Json {
        print(console, format!("{}\n", json(&summary, dry_run)).as_bytes())?;
        return Ok(exit::SUCCESS);
    }
    work::show_messages(console, &summary.done);
    let is_told = |entry: &Entry| words(&entry.action, dry_run).is_some();
    let told = summary
        .done
        .iter()
        .flat_map(|done| &done.result)
        .flat_map(|report| &report.entries)
        .any(is_told);
    match changed {
        true if told => entries(console, &summary, dry_run),
        true => console.say(&format!(
            "{}: changed, no values among it",
            printable(&show_path(path))
        )),
        false => console.say(&format!("{}: nothing to change", printable(&show_path(path)))),
    }
    Ok(exit::SUCCESS)
}

/// The report for programs.
pub(crate) fn json(summary: &Summary, dry_run: bool) -> Value {
    let file = |done: &Done| {
        let path = show_path(&done.path);
        match &done.result {
            Ok(report) => json!({"path": path, "changed": done.changed, "entries": report.entries}),
            Err(failure) => json!({"path": path, "changed": false, "problems": failure.diagnostics}),
        }
    };
    json!({
        "dry_run": dry_run,
        "files": summary.done.iter().map(file).collect::<Vec<_>>(),
        "summary": {
            "changed": summary.changed(),
            "unchanged": summary.done.len() - summary.changed() - summary.failed(),
            "without_secrets": summary.irrelevant,
            "failed": summary.failed(),
            "not_reached": summary.remaining,
        },
    })
}

fn entries(console: &Console, summary: &Summary, dry_run: bool) {
    for done in &summary.done {
        let report = done
            .result
            .as_ref()
            .map(|report| &report.entries[..])
            .unwrap_or_default();
        for entry in report {
            if let Some(words) = words(&entry.action, dry_run) {
                console.say(&line(&done.path, entry, words));
            }
        }
    }
}

/// `secrets/db.yaml: sealed Secret shop/database (password, user)`
fn line(path: &Path, entry: &Entry, words: &str) -> String {
    let mut line = format!("{}: {words} {}", show_path(path), entry.object);
    if !entry.items.is_empty() {
        line += &format!(" ({})", entry.items.join(", "));
    }
    if let Some(rule) = &entry.by {
        line += &format!(", by {rule}");
    }
    printable(&line).into_owned()
}

fn words(action: &Action, dry_run: bool) -> Option<&'static str> {
    Some(match (action, dry_run) {
        (Action::Sealed, false) => "sealed",
        (Action::Sealed, true) => "would seal",
        (Action::Updated, false) => "updated",
        (Action::Updated, true) => "would update",
        (Action::Opened, false) => "opened",
        (Action::Opened, true) => "would open",
        (Action::PartlyOpened, false) => "opened some values of",
        (Action::PartlyOpened, true) => "would open some values of",
        (Action::Removed, false) => "removed values from",
        (Action::Removed, true) => "would remove values from",
        (Action::Rewrapped, false) => "rewrapped the data key of",
        (Action::Rewrapped, true) => "would rewrap the data key of",
        (Action::Rotated, false) => "encrypted anew the values of",
        (Action::Rotated, true) => "would encrypt anew the values of",
        (Action::Failed, _) => "could not work on",
        _ => return None,
    })
}

/// `1 file`, `2 files`.
pub(crate) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn inputs(paths: &[PathBuf]) -> Vec<&Path> {
    match paths {
        [] => vec![Path::new("-")],
        paths => paths.iter().map(PathBuf::as_path).collect(),
    }
}

/// Joins the results of several files into one stream of documents.
fn append(text: &mut String, next: &str) {
    if !text.is_empty() {
        if !text.ends_with('\n') {
            text.push('\n');
        }
        if !next.starts_with("---") && !next.trim_start().starts_with('{') {
            text.push_str("---\n");
        }
    }
    text.push_str(next);
}

fn note_nothing(console: &Console, verb: Verb, input: &Input) {
    if console.style == Style::Json {
        return;
    }
    if holds_nothing(input) {
        return warn_of_nothing(console, input);
    }
    let path = show_path(&input.path);
    Diagnostic::note(format!("nothing to {} in {path}", verb.infinitive)).show(console);
}

/// Whether nothing in a file is for sealkit.
pub(crate) fn holds_nothing(input: &Input) -> bool {
    if sealkit::is_sops_file(&input.stream) {
        return false;
    }
    let mut recognised = input.stream.objects().map(|object| sealkit::recognise(&object));
    recognised.all(|recognised| recognised == Recognised::Other)
}

/// Names the rule that decided, for somebody who asks beforehand.
pub(crate) fn name_rule(report: &mut Report, rule: &str) {
    for entry in &mut report.entries {
        if !matches!(
            entry.action,
            Action::Unchanged | Action::LeftAlone | Action::Failed
        ) {
            entry.by = Some(rule.to_owned());
        }
    }
}

/// Somebody who names a file expects something of it.
pub(crate) fn warn_of_nothing(console: &Console, input: &Input) {
    Diagnostic::warning("this file holds neither a Secret nor a sealed document, and stays as it is")
        .at(show_path(&input.path))
        .help(
            "a Secret says `apiVersion: v1` and `kind: Secret`; other files are sealed under a rule for SOPS"
                .to_owned(),
        )
        .show(console);
}

/// Hands over what a command is asked for and nothing else keeps: a document, a value, a key. Says so where standard output
/// leads nowhere; not an error, since a closed one cannot be told from a parent's `/dev/null`, which is meant.
pub(crate) fn hand_over(console: &Console, bytes: &[u8]) -> Result<(), Failure> {
    if console.result_leads_nowhere() {
        Diagnostic::warning("the result goes nowhere: standard output is closed, or `/dev/null`")
            .help("send it to a file or a pipe".to_owned())
            .show(console);
    }
    print(console, bytes)
}

/// Writes to standard output.
pub(crate) fn print(console: &Console, bytes: &[u8]) -> Result<(), Failure> {
    Ok(console.result(bytes).map_err(|source| FileError::Write {
        path: "<stdout>".into(),
        source,
    })?)
}
