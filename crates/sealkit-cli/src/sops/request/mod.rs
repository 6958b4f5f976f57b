//! A command line of `sops` as a value: which command, on which file, with what.
//!
//! Both forms end here, the sub-commands and the older flags; behind this place nobody knows which one was typed.
//! Nothing is read but words and the environment that is handed in.

mod build;
mod parts;
mod route;

#[cfg(test)]
pub(super) use parts::steps;
pub(super) use parts::{Form, KeyFlags, Selectors, Settings, Step, To};
pub(super) use route::{Parsed, Topic, parse};

use std::path::PathBuf;

/// What is to be done.
#[derive(Debug, PartialEq)]
pub(super) enum Action {
    Encrypt {
        /// `None` is standard input.
        file: Option<PathBuf>,
        to: To,
        keys: KeyFlags,
        selectors: Selectors,
        threshold: i64,
    },
    Decrypt {
        /// `None` is standard input.
        file: Option<PathBuf>,
        to: To,
        extract: Vec<Step>,
    },
    Rotate {
        file: PathBuf,
        to: To,
        add: KeyFlags,
        remove: KeyFlags,
    },
    Edit {
        file: PathBuf,
        keys: KeyFlags,
        selectors: Selectors,
        threshold: i64,
        show_master_keys: bool,
    },
    Set {
        file: PathBuf,
        path: Vec<Step>,
        value: NewValue,
        idempotent: bool,
    },
    Unset {
        file: PathBuf,
        path: Vec<Step>,
        idempotent: bool,
    },
    UpdateKeys {
        files: Vec<PathBuf>,
        yes: bool,
    },
    GroupsAdd {
        file: PathBuf,
        to: To,
        keys: KeyFlags,
        threshold: i64,
    },
    GroupsDelete {
        file: PathBuf,
        to: To,
        index: usize,
        threshold: i64,
    },
    FileStatus {
        file: PathBuf,
    },
    ExecEnv {
        file: PathBuf,
        command: std::ffi::OsString,
        pristine: bool,
        same_process: bool,
        background: bool,
        user: Option<String>,
    },
    ExecFile {
        file: PathBuf,
        command: std::ffi::OsString,
        fifo: bool,
        filename: Option<String>,
        background: bool,
        user: Option<String>,
    },
    Publish {
        path: PathBuf,
        recursive: bool,
    },
    KeyService(Listening),
}

/// How a key service is offered.
#[derive(Debug, PartialEq)]
pub(super) struct Listening {
    pub(super) network: String,
    pub(super) address: String,
    /// Whether a person is asked before each answer.
    pub(super) prompt: bool,
    pub(super) verbose: bool,
}

/// Where `set` finds the value.
#[derive(Debug, PartialEq)]
pub(super) enum NewValue {
    /// On the command line.
    Json(String),
    /// In a file.
    File(PathBuf),
    /// On standard input.
    Stdin,
}
