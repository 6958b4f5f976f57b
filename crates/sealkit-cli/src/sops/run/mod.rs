//! Doing what a command line asks: one file for each command, and what several of them need.

mod closed;
mod config;
mod decrypt;
mod edit;
mod editor;
mod encrypt;
mod exec;
mod files;
pub(crate) mod gpg;
mod groups;
mod identities;
pub(super) mod local;
mod place;
mod publish;
mod recipients;
mod rotate;
mod set;
mod status;
mod update;
mod users;
mod words;

use sealkit::formats::sops::time::Timestamp;

use super::{
    failure::Failure,
    keyservice,
    request::{Action, Settings},
};
use crate::terminal::Console;

/// What every command may use.
pub(super) struct Context<'a> {
    pub(super) settings: &'a Settings,
    pub(super) console: &'a Console,
}

impl Context<'_> {
    /// Now, in whole seconds of UTC.
    fn now(&self) -> Timestamp {
        now()
    }

    fn warn(&self, text: &str) {
        super::warn(text);
    }
}

/// Runs one action and returns the exit code.
pub(super) fn run(action: Action, settings: &Settings, console: &Console) -> Result<u8, Failure> {
    let context = Context { settings, console };
    match action {
        Action::Encrypt {
            file,
            to,
            keys,
            selectors,
            threshold,
        } => encrypt::run(&context, file.as_deref(), &to, &keys, &selectors, threshold),
        Action::Decrypt { file, to, extract } => decrypt::run(&context, file.as_deref(), &to, &extract),
        Action::Rotate {
            file,
            to,
            add,
            remove,
        } => rotate::run(&context, &file, &to, &add, &remove),
        Action::Edit {
            file,
            keys,
            selectors,
            threshold,
            show_master_keys,
        } => edit::run(&context, &file, &keys, &selectors, threshold, show_master_keys),
        Action::Set {
            file,
            path,
            value,
            idempotent,
        } => set::set(&context, &file, &path, &value, idempotent),
        Action::Unset {
            file,
            path,
            idempotent,
        } => set::unset(&context, &file, &path, idempotent),
        Action::UpdateKeys { files, yes } => update::run(&context, &files, yes),
        Action::GroupsAdd {
            file,
            to,
            keys,
            threshold,
        } => groups::add(&context, &file, &to, &keys, threshold),
        Action::GroupsDelete {
            file,
            to,
            index,
            threshold,
        } => groups::delete(&context, &file, &to, index, threshold),
        Action::FileStatus { file } => status::run(&context, &file),
        Action::ExecEnv {
            file,
            command,
            pristine,
            same_process,
            background,
            user,
        } => exec::with_environment(
            &context,
            &file,
            &exec::Run {
                command,
                pristine,
                same_process,
                background,
                user,
            },
        ),
        Action::ExecFile {
            file,
            command,
            fifo,
            filename,
            background,
            user,
        } => exec::with_file(
            &context,
            &file,
            &exec::Run {
                command,
                pristine: false,
                same_process: false,
                background,
                user,
            },
            fifo,
            filename.as_deref(),
        ),
        Action::Publish { path, recursive } => publish::run(&context, &path, recursive),
        Action::KeyService(listening) => keyservice::serve(&listening),
    }
}

/// Now, in whole seconds of UTC.
pub(super) fn now() -> Timestamp {
    let text = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    Timestamp::parse_rfc3339(&text).expect("the format above is RFC 3339")
}
