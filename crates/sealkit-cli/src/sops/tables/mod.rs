//! Every command of `sops` and every flag it takes: the one definition for reading, `--help` and completion.
//!
//! Names and variables are those of getsops/sops 3.13.3; the sentences are ours.

mod flags;
mod lists;

pub(super) use flags::HELP;
pub(super) use lists::global;

use super::grammar::Flag;
use lists::{
    decrypt, edit, encrypt, exec_env, exec_file, filestatus, groups_add, groups_delete, keyservice, publish,
    rotate, set, unset, updatekeys,
};

/// A sub-command.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// Its name.
    pub(super) name: &'static str,
    /// What it does, in one line.
    pub(super) summary: &'static str,
    /// Its operands, as usage shows them.
    pub(super) operands: &'static str,
    /// Its flags.
    pub(super) flags: fn() -> Vec<Flag>,
    /// Commands below it.
    pub(super) below: &'static [Entry],
}

/// All sub-commands, in the order in which help and completion list them.
pub(super) const COMMANDS: &[Entry] = &[
    Entry {
        name: "completion",
        summary: "print a completion script for a shell",
        operands: "",
        flags: Vec::new,
        below: &[
            leaf(
                "bash",
                "print completions for bash; load them with `source <(sops completion bash)`",
                "",
                Vec::new,
            ),
            leaf(
                "zsh",
                "print completions for zsh; load them with `source <(sops completion zsh)`",
                "",
                Vec::new,
            ),
        ],
    },
    leaf(
        "exec-env",
        "run a command with the values in its environment",
        "FILE COMMAND",
        exec_env,
    ),
    leaf(
        "exec-file",
        "run a command with the plaintext in a temporary file, named by {}",
        "FILE COMMAND",
        exec_file,
    ),
    leaf(
        "publish",
        "copy a file or directory to a configured destination",
        "PATH",
        publish,
    ),
    leaf("keyservice", "serve keys to other processes", "", keyservice),
    leaf(
        "filestatus",
        "say whether a file is encrypted",
        "FILE",
        filestatus,
    ),
    Entry {
        name: "groups",
        summary: "change the key groups of a file",
        operands: "",
        flags: Vec::new,
        below: &[
            leaf("add", "add a key group", "", groups_add),
            leaf("delete", "remove a key group", "INDEX", groups_delete),
        ],
    },
    leaf(
        "updatekeys",
        "give files the keys that the configuration names",
        "FILE…",
        updatekeys,
    ),
    leaf(
        "decrypt",
        "decrypt a file, or standard input, to standard output",
        "[FILE]",
        decrypt,
    ),
    leaf(
        "encrypt",
        "encrypt a file, or standard input, to standard output",
        "[FILE]",
        encrypt,
    ),
    leaf(
        "rotate",
        "encrypt everything again with a new data key",
        "FILE",
        rotate,
    ),
    leaf("edit", "open the plaintext of a file in an editor", "FILE", edit),
    leaf("set", "set one value, given as JSON", "FILE INDEX [VALUE]", set),
    leaf("unset", "remove one value", "FILE INDEX", unset),
];

const fn leaf(
    name: &'static str,
    summary: &'static str,
    operands: &'static str,
    flags: fn() -> Vec<Flag>,
) -> Entry {
    Entry {
        name,
        summary,
        operands,
        flags,
        below: &[],
    }
}
