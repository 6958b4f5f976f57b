//! The flags of each command, in the order in which help lists them.

use super::flags::{
    BACKGROUND, CONTEXT, EXTRACT, HELP, IDEMPOTENT, IGNORE_MAC, IN_PLACE, INPUT_TYPE, MASTER_KEYS, ORDER,
    OUTPUT, OUTPUT_TYPE, OVERRIDE, THRESHOLD, USER, VERBOSE, VERSION, YES, added_and_removed, flag, from,
    keys, selectors, services, switch, text,
};
use crate::sops::grammar::{Flag, Takes};

/// The flags of the older form, which are also those before a sub-command.
pub(in crate::sops) fn global() -> Vec<Flag> {
    let mut flags = vec![
        switch(&["decrypt", "d"], "decrypt to standard output"),
        switch(&["encrypt", "e"], "encrypt to standard output"),
        switch(&["rotate", "r"], "encrypt everything again with a new data key"),
        from(
            switch(
                &["disable-version-check"],
                "accepted; this program never asks the network for a newer version",
            ),
            "SOPS_DISABLE_VERSION_CHECK",
        ),
        switch(
            &["check-for-updates"],
            "accepted; this program never asks the network for a newer version",
        ),
    ];
    flags.extend(keys());
    flags.extend([IN_PLACE, EXTRACT, INPUT_TYPE, OUTPUT_TYPE, MASTER_KEYS]);
    flags.extend(added_and_removed());
    flags.extend([
        IGNORE_MAC,
        switch(&["mac-only-encrypted"], "authenticate only what is encrypted"),
    ]);
    flags.extend(selectors());
    flags.extend([
        text(
            &["unencrypted-comment-regex"],
            "leave values below a comment that matches in the clear",
        ),
        text(
            &["encrypted-comment-regex"],
            "encrypt only values below a comment that matches",
        ),
        from(
            text(&["config"], "use this configuration file and search for none"),
            "SOPS_CONFIG",
        ),
        CONTEXT,
        text(
            &["set"],
            "set one value, for example '[\"key\"][0] {\"inner\":true}'",
        ),
        THRESHOLD,
        flag(
            &["indent"],
            Takes::Number,
            "indent YAML and JSON by this many spaces",
        ),
        VERBOSE,
        OUTPUT,
        OVERRIDE,
        ORDER,
    ]);
    flags.extend(services());
    flags.extend([HELP, VERSION]);
    flags
}

fn with(own: &[Flag], more: &[&[Flag]]) -> Vec<Flag> {
    let mut flags = own.to_vec();
    for some in more {
        flags.extend_from_slice(some);
    }
    flags.extend(services());
    flags.push(HELP);
    flags
}

pub(super) fn exec_env() -> Vec<Flag> {
    let pristine = switch(&["pristine"], "pass on nothing of this environment");
    let same = switch(&["same-process"], "become the command instead of starting it");
    with(&[BACKGROUND, pristine, USER, same, ORDER], &[])
}

pub(super) fn exec_file() -> Vec<Flag> {
    let no_fifo = switch(&["no-fifo"], "use a regular file instead of a pipe");
    let name = text(
        &["filename"],
        "the name of the temporary file (default: tmp-file)",
    );
    with(
        &[BACKGROUND, no_fifo, USER, INPUT_TYPE, OUTPUT_TYPE, name, ORDER],
        &[],
    )
}

pub(super) fn publish() -> Vec<Flag> {
    let omit = switch(
        &["omit-extensions"],
        "leave extensions out of the destination's name",
    );
    let recursive = switch(&["recursive"], "publish everything below a directory");
    with(&[YES, omit, recursive, VERBOSE, ORDER], &[])
}

pub(super) fn keyservice() -> Vec<Flag> {
    vec![
        flag(&["network", "net"], Takes::TextOr("tcp"), "tcp or unix"),
        flag(
            &["address", "addr"],
            Takes::TextOr("127.0.0.1:5000"),
            "where to listen",
        ),
        switch(&["prompt"], "ask before each answer"),
        VERBOSE,
        HELP,
    ]
}

pub(super) fn filestatus() -> Vec<Flag> {
    vec![INPUT_TYPE, HELP]
}

pub(super) fn groups_add() -> Vec<Flag> {
    let list = |names, help| flag(names, Takes::Texts, help);
    let keys = [
        text(&["file", "f"], "the file to change"),
        list(&["pgp"], "a PGP fingerprint of the new group"),
        list(&["kms"], "an AWS KMS key of the new group"),
        text(&["aws-profile"], "the AWS profile to ask with"),
        list(&["gcp-kms"], "a GCP KMS key of the new group"),
        list(&["hckms"], "a HuaweiCloud key of the new group"),
        list(&["azure-kv"], "an Azure Key Vault key of the new group"),
        list(&["hc-vault-transit"], "a Vault transit key of the new group"),
        list(&["age"], "an age recipient of the new group"),
    ];
    with(&keys, &[&[IN_PLACE, THRESHOLD, CONTEXT]])
}

pub(super) fn groups_delete() -> Vec<Flag> {
    with(
        &[text(&["file", "f"], "the file to change"), IN_PLACE, THRESHOLD],
        &[],
    )
}

pub(super) fn updatekeys() -> Vec<Flag> {
    with(&[YES, INPUT_TYPE], &[])
}

pub(super) fn decrypt() -> Vec<Flag> {
    with(
        &[
            IN_PLACE,
            EXTRACT,
            OUTPUT,
            INPUT_TYPE,
            OUTPUT_TYPE,
            IGNORE_MAC,
            OVERRIDE,
            ORDER,
        ],
        &[],
    )
}

pub(super) fn encrypt() -> Vec<Flag> {
    let types = [INPUT_TYPE, OUTPUT_TYPE];
    with(
        &[IN_PLACE, OUTPUT],
        &[&keys(), &types, &selectors(), &[CONTEXT, THRESHOLD, OVERRIDE]],
    )
}

pub(super) fn rotate() -> Vec<Flag> {
    with(
        &[IN_PLACE, OUTPUT, INPUT_TYPE, OUTPUT_TYPE, CONTEXT],
        &[&added_and_removed(), &[OVERRIDE, ORDER]],
    )
}

pub(super) fn edit() -> Vec<Flag> {
    let rest = [CONTEXT, THRESHOLD, MASTER_KEYS, IGNORE_MAC, ORDER];
    with(&keys(), &[&[INPUT_TYPE, OUTPUT_TYPE], &selectors(), &rest])
}

pub(super) fn set() -> Vec<Flag> {
    let file = switch(&["value-file"], "VALUE names a file that holds the value");
    let stdin = switch(&["value-stdin"], "read the value from standard input");
    with(
        &[
            INPUT_TYPE,
            OUTPUT_TYPE,
            file,
            stdin,
            THRESHOLD,
            IGNORE_MAC,
            ORDER,
            IDEMPOTENT,
        ],
        &[],
    )
}

pub(super) fn unset() -> Vec<Flag> {
    with(
        &[INPUT_TYPE, OUTPUT_TYPE, THRESHOLD, IGNORE_MAC, ORDER, IDEMPOTENT],
        &[],
    )
}
