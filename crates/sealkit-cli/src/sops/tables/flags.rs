//! Flags by themselves: names, variables, and what each is for.

use crate::sops::grammar::{Flag, Takes};

pub(super) const fn switch(names: &'static [&'static str], help: &'static str) -> Flag {
    flag(names, Takes::Switch(false), help)
}

pub(super) const fn text(names: &'static [&'static str], help: &'static str) -> Flag {
    flag(names, Takes::Text, help)
}

pub(super) const fn flag(names: &'static [&'static str], takes: Takes, help: &'static str) -> Flag {
    Flag {
        names,
        takes,
        variable: None,
        help,
    }
}

pub(super) const fn from(flag: Flag, variable: &'static str) -> Flag {
    Flag {
        variable: Some(variable),
        ..flag
    }
}

/// `--help`, which every command has.
pub(in crate::sops) const HELP: Flag = switch(&["help", "h"], "show this help");
pub(super) const VERSION: Flag = switch(&["version", "v"], "print the version");
pub(super) const IN_PLACE: Flag = switch(&["in-place", "i"], "write the result back to the file");
pub(super) const OUTPUT: Flag = text(&["output"], "write the result to this file");
pub(super) const INPUT_TYPE: Flag = text(
    &["input-type"],
    "read as yaml, json, dotenv, ini or binary instead of by the file's name",
);
pub(super) const OUTPUT_TYPE: Flag = text(
    &["output-type"],
    "write as yaml, json, dotenv, ini or binary instead of by the file's name",
);
pub(super) const IGNORE_MAC: Flag =
    switch(&["ignore-mac"], "accept a file that was changed without its keys");
pub(super) const OVERRIDE: Flag = text(
    &["filename-override"],
    "take rules and types from this name instead of the file's",
);
pub(super) const ORDER: Flag = from(
    text(
        &["decryption-order"],
        "kinds of keys to try first, separated by commas",
    ),
    "SOPS_DECRYPTION_ORDER",
);
pub(super) const CONTEXT: Flag = text(
    &["encryption-context"],
    "AWS encryption context, key:value pairs separated by commas",
);
pub(super) const THRESHOLD: Flag = flag(
    &["shamir-secret-sharing-threshold"],
    Takes::Number,
    "how many key groups are needed to decrypt",
);
pub(super) const EXTRACT: Flag = text(
    &["extract"],
    "print only the value at this place, for example '[\"key\"][0]'",
);
pub(super) const MASTER_KEYS: Flag = switch(&["show-master-keys", "s"], "show the metadata while editing");
pub(super) const VERBOSE: Flag = switch(&["verbose"], "accepted; there is nothing more to say");
pub(super) const YES: Flag = switch(&["yes", "y"], "do not ask");
pub(super) const BACKGROUND: Flag = switch(&["background"], "do not wait for the command (deprecated)");
pub(super) const USER: Flag = text(&["user"], "the user to run the command as");
pub(super) const IDEMPOTENT: Flag = switch(&["idempotent"], "change nothing if nothing would change");

pub(super) fn services() -> [Flag; 2] {
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

pub(super) fn keys() -> [Flag; 8] {
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

pub(super) fn added_and_removed() -> [Flag; 14] {
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

pub(super) fn selectors() -> [Flag; 4] {
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
