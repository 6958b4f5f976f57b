//! Every command of `sops` and every flag it takes: the one definition for reading, `--help` and completion.
//!
//! Names and variables are those of getsops/sops 3.13.3; the sentences are ours.

use super::grammar::{Flag, Takes};

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

const fn switch(names: &'static [&'static str], help: &'static str) -> Flag {
    flag(names, Takes::Switch(false), help)
}

const fn text(names: &'static [&'static str], help: &'static str) -> Flag {
    flag(names, Takes::Text, help)
}

const fn flag(names: &'static [&'static str], takes: Takes, help: &'static str) -> Flag {
    Flag {
        names,
        takes,
        variable: None,
        help,
    }
}

const fn from(flag: Flag, variable: &'static str) -> Flag {
    Flag {
        variable: Some(variable),
        ..flag
    }
}

/// `--help`, which every command has.
pub(super) const HELP: Flag = switch(&["help", "h"], "show this help");
const VERSION: Flag = switch(&["version", "v"], "print the version");
const IN_PLACE: Flag = switch(&["in-place", "i"], "write the result back to the file");
const OUTPUT: Flag = text(&["output"], "write the result to this file");
const INPUT_TYPE: Flag = text(
    &["input-type"],
    "read as yaml, json, dotenv, ini or binary instead of by the file's name",
);
const OUTPUT_TYPE: Flag = text(
    &["output-type"],
    "write as yaml, json, dotenv, ini or binary instead of by the file's name",
);
const IGNORE_MAC: Flag = switch(&["ignore-mac"], "accept a file that was changed without its keys");
const OVERRIDE: Flag = text(
    &["filename-override"],
    "take rules and types from this name instead of the file's",
);
const ORDER: Flag = from(
    text(
        &["decryption-order"],
        "kinds of keys to try first, separated by commas",
    ),
    "SOPS_DECRYPTION_ORDER",
);
const CONTEXT: Flag = text(
    &["encryption-context"],
    "AWS encryption context, key:value pairs separated by commas",
);
const THRESHOLD: Flag = flag(
    &["shamir-secret-sharing-threshold"],
    Takes::Number,
    "how many key groups are needed to decrypt",
);
const EXTRACT: Flag = text(
    &["extract"],
    "print only the value at this place, for example '[\"key\"][0]'",
);
const MASTER_KEYS: Flag = switch(&["show-master-keys", "s"], "show the metadata while editing");
const VERBOSE: Flag = switch(&["verbose"], "accepted; there is nothing more to say");
const YES: Flag = switch(&["yes", "y"], "do not ask");
const BACKGROUND: Flag = switch(&["background"], "do not wait for the command (deprecated)");
const USER: Flag = text(&["user"], "the user to run the command as");
const IDEMPOTENT: Flag = switch(&["idempotent"], "change nothing if nothing would change");

fn services() -> [Flag; 2] {
    [
        from(
            flag(
                &["enable-local-keyservice"],
                Takes::Switch(true),
                "use the keys of this machine",
            ),
            "SOPS_ENABLE_LOCAL_KEYSERVICE",
        ),
        from(
            flag(
                &["keyservice"],
                Takes::Texts,
                "ask this key service too, as protocol://address",
            ),
            "SOPS_KEYSERVICE",
        ),
    ]
}

/// Kinds of keys: flag without prefix, what a list holds, variable.
const KINDS: [(&str, &str); 7] = [
    ("kms", "SOPS_KMS_ARN"),
    ("gcp-kms", "SOPS_GCP_KMS_IDS"),
    ("hckms", "SOPS_HUAWEICLOUD_KMS_IDS"),
    ("azure-kv", "SOPS_AZURE_KEYVAULT_URLS"),
    ("hc-vault-transit", "SOPS_VAULT_URIS"),
    ("pgp", "SOPS_PGP_FP"),
    ("age", "SOPS_AGE_RECIPIENTS"),
];

fn keys() -> [Flag; 8] {
    let kind = |names, help, at: usize| from(text(names, help), KINDS[at].1);
    [
        kind(&["kms", "k"], "AWS KMS keys, ARNs separated by commas", 0),
        text(&["aws-profile"], "the AWS profile to ask with"),
        kind(
            &["gcp-kms"],
            "GCP KMS keys, resource names separated by commas",
            1,
        ),
        kind(&["hckms"], "HuaweiCloud keys, region:id separated by commas", 2),
        kind(&["azure-kv"], "Azure Key Vault keys, URLs separated by commas", 3),
        kind(
            &["hc-vault-transit"],
            "Vault transit keys, URIs separated by commas",
            4,
        ),
        kind(&["pgp", "p"], "PGP fingerprints separated by commas", 5),
        kind(&["age", "a"], "age recipients separated by commas", 6),
    ]
}

fn added_and_removed() -> [Flag; 14] {
    [
        text(&["add-gcp-kms"], "GCP KMS keys to add"),
        text(&["rm-gcp-kms"], "GCP KMS keys to remove"),
        text(&["add-hckms"], "HuaweiCloud keys to add"),
        text(&["rm-hckms"], "HuaweiCloud keys to remove"),
        text(&["add-azure-kv"], "Azure Key Vault keys to add"),
        text(&["rm-azure-kv"], "Azure Key Vault keys to remove"),
        text(&["add-kms"], "AWS KMS keys to add"),
        text(&["rm-kms"], "AWS KMS keys to remove"),
        text(&["add-hc-vault-transit"], "Vault transit keys to add"),
        text(&["rm-hc-vault-transit"], "Vault transit keys to remove"),
        text(&["add-age"], "age recipients to add"),
        text(&["rm-age"], "age recipients to remove"),
        text(&["add-pgp"], "PGP fingerprints to add"),
        text(&["rm-pgp"], "PGP fingerprints to remove"),
    ]
}

fn selectors() -> [Flag; 4] {
    [
        text(
            &["unencrypted-suffix"],
            "leave keys with this ending in the clear",
        ),
        text(&["encrypted-suffix"], "encrypt only keys with this ending"),
        text(&["unencrypted-regex"], "leave keys that match in the clear"),
        text(&["encrypted-regex"], "encrypt only keys that match"),
    ]
}

/// The flags of the older form, which are also those before a sub-command.
pub(super) fn global() -> Vec<Flag> {
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

fn exec_env() -> Vec<Flag> {
    let pristine = switch(&["pristine"], "pass on nothing of this environment");
    let same = switch(&["same-process"], "become the command instead of starting it");
    with(&[BACKGROUND, pristine, USER, same, ORDER], &[])
}

fn exec_file() -> Vec<Flag> {
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

fn publish() -> Vec<Flag> {
    let omit = switch(
        &["omit-extensions"],
        "leave extensions out of the destination's name",
    );
    let recursive = switch(&["recursive"], "publish everything below a directory");
    with(&[YES, omit, recursive, VERBOSE, ORDER], &[])
}

fn keyservice() -> Vec<Flag> {
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

fn filestatus() -> Vec<Flag> {
    vec![INPUT_TYPE, HELP]
}

fn groups_add() -> Vec<Flag> {
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

fn groups_delete() -> Vec<Flag> {
    with(
        &[text(&["file", "f"], "the file to change"), IN_PLACE, THRESHOLD],
        &[],
    )
}

fn updatekeys() -> Vec<Flag> {
    with(&[YES, INPUT_TYPE], &[])
}

fn decrypt() -> Vec<Flag> {
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

fn encrypt() -> Vec<Flag> {
    let types = [INPUT_TYPE, OUTPUT_TYPE];
    with(
        &[IN_PLACE, OUTPUT],
        &[&keys(), &types, &selectors(), &[CONTEXT, THRESHOLD, OVERRIDE]],
    )
}

fn rotate() -> Vec<Flag> {
    with(
        &[IN_PLACE, OUTPUT, INPUT_TYPE, OUTPUT_TYPE, CONTEXT],
        &[&added_and_removed(), &[OVERRIDE, ORDER]],
    )
}

fn edit() -> Vec<Flag> {
    let rest = [CONTEXT, THRESHOLD, MASTER_KEYS, IGNORE_MAC, ORDER];
    with(&keys(), &[&[INPUT_TYPE, OUTPUT_TYPE], &selectors(), &rest])
}

fn set() -> Vec<Flag> {
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

fn unset() -> Vec<Flag> {
    with(
        &[INPUT_TYPE, OUTPUT_TYPE, THRESHOLD, IGNORE_MAC, ORDER, IDEMPOTENT],
        &[],
    )
}
