//! `sops updatekeys`: the keys that the configuration names, in files that have others.
//!
//! The data key, the values and the code stay as they are; only who can open the file changes.

use std::{
    io::{self, BufRead, Write},
    path::{Path, PathBuf},
};

use super::{
    Context, closed, config,
    files::{Paths, say},
    recipients::{Named, of_groups, wrappers},
};
use crate::{
    sops::{codes, failure::Failure, request::To},
    terminal,
};

pub(super) fn run(context: &Context<'_>, files: &[PathBuf], yes: bool) -> Result<u8, Failure> {
    if !config::exists(context)? {
        return Err(Failure::new(codes::GENERIC, "config file not found"));
    }
    if files.is_empty() {
        return Err(Failure::new(codes::NO_FILE, "Error: no file specified"));
    }
    if let [file] = files {
        return one(context, file, yes);
    }
    let mut failed = 0;
    for file in files {
        if let Err(failure) = one(context, file, yes) {
            terminal::error_line(&format!("{}: {}", file.display(), failure.message));
            failed += 1;
        }
    }
    match failed {
        0 => Ok(codes::OK),
        failed => Err(Failure::new(
            codes::GENERIC,
            format!("failed updating {failed} key(s)"),
        )),
    }
}

fn one(context: &Context<'_>, file: &Path, yes: bool) -> Result<u8, Failure> {
    let metadata = std::fs::metadata(file)
        .map_err(|error| Failure::new(codes::GENERIC, format!("{}: {error}", file.display())))?;
    if metadata.is_dir() {
        return Err(Failure::new(codes::GENERIC, "can't operate on a directory"));
    }
    let mut paths = Paths::of(context, Some(file))?;
    paths.output = paths.input;
    let name = paths.name();
    terminal::error_line(&format!("Syncing keys for file {name}"));
    let mut closed = paths.closed()?;
    let rule = config::rule(context, &paths.named)?.ok_or_else(|| {
        Failure::new(
            codes::GENERIC,
            "The config file does not contain any creation rule",
        )
    })?;
    let (old, new) = (of_groups(&closed.metadata.groups), rule.groups);
    let threshold = (
        closed.metadata.shamir_threshold,
        closed.metadata.shamir_threshold.min(new.len()),
    );
    if same(&old, &new) && threshold.0 == threshold.1 {
        terminal::error_line(&format!("File {name} already up to date"));
        return Ok(codes::OK);
    }
    say("The following changes will be made to the file's groups:");
    show(&old, &new, threshold);
    if !yes && !agreed()? {
        terminal::error_line(&format!("File {name} left unchanged"));
        return Ok(codes::OK);
    }
    let key = closed::data_key(context, &closed.metadata)?;
    closed.metadata.shamir_threshold = threshold.1;
    let groups = with_dates(&old, new);
    let wrappers = wrappers(context, &groups)?;
    closed::wrap(&mut closed.metadata, &key, &wrappers).map_err(|why| {
        Failure::new(
            codes::GENERIC,
            format!("error updating one or more master keys: [{why}]"),
        )
    })?;
    let bytes = closed::reprint(closed, &paths)?;
    paths.write(context, &To::InPlace, &bytes)?;
    terminal::error_line(&format!("File {name} synced with new keys"));
    Ok(codes::OK)
}

fn has(group: Option<&Vec<Named>>, key: &Named) -> bool {
    group.is_some_and(|group| group.iter().any(|other| other.is(key)))
}

fn same(old: &[Vec<Named>], new: &[Vec<Named>]) -> bool {
    old.len() == new.len()
        && old.iter().zip(new).all(|(old, new)| {
            old.iter().all(|key| has(Some(new), key)) && new.iter().all(|key| has(Some(old), key))
        })
}

/// A key that stays keeps the date of its coming.
fn with_dates(old: &[Vec<Named>], mut new: Vec<Vec<Named>>) -> Vec<Vec<Named>> {
    for key in new.iter_mut().flatten() {
        let known = old.iter().flatten().find(|other| other.is(key));
        key.created_at = known.and_then(|known| known.created_at.clone());
        key.in_file = known.and_then(|known| known.in_file.clone());
    }
    new
}

fn show(old: &[Vec<Named>], new: &[Vec<Named>], (before, after): (usize, usize)) {
    if before > 0 && before == after {
        say(&format!("shamir_threshold: {after}"));
    } else {
        if after > 0 {
            say(&format!("+++ shamir_threshold: {after}"));
        }
        if before > 0 {
            say(&format!("--- shamir_threshold: {before}"));
        }
    }
    for at in 0..old.len().max(new.len()) {
        say(&format!("Group {}", at + 1));
        let (ours, theirs) = (old.get(at), new.get(at));
        for key in theirs.into_iter().flatten().filter(|key| has(ours, key)) {
            say(&format!("    {}", key.name));
        }
        for key in theirs.into_iter().flatten().filter(|key| !has(ours, key)) {
            say(&format!("+++ {}", key.name));
        }
        for key in ours.into_iter().flatten().filter(|key| !has(theirs, key)) {
            say(&format!("--- {}", key.name));
        }
    }
}

fn agreed() -> Result<bool, Failure> {
    loop {
        print_question();
        let mut answer = String::new();
        let read = io::stdin()
            .lock()
            .read_line(&mut answer)
            .map_err(|error| Failure::new(codes::GENERIC, error.to_string()))?;
        match (read, answer.trim()) {
            (0, _) => return Err(Failure::new(codes::GENERIC, "no answer; nothing was changed")),
            (_, "y") => return Ok(true),
            (_, "n") => return Ok(false),
            _ => {}
        }
    }
}

fn print_question() {
    let mut out = io::stdout().lock();
    let _ = write!(out, "Is this okay? (y/n):");
    let _ = out.flush();
}
