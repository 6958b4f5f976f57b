//! Keys and selectors as flags name them.

use crate::sops::{
    grammar::Arguments,
    request::{KeyFlags, Selectors},
};

pub(super) fn keys(given: &Arguments) -> KeyFlags {
    named_keys(given, &str::to_owned)
}

pub(super) fn changed_keys(given: &Arguments, verb: &str) -> KeyFlags {
    named_keys(given, &|kind| format!("{verb}-{kind}"))
}

fn named_keys(given: &Arguments, flag: &dyn Fn(&str) -> String) -> KeyFlags {
    let text = |kind: &str| given.text(&flag(kind));
    KeyFlags {
        kms: text("kms"),
        gcp_kms: text("gcp-kms"),
        hckms: text("hckms"),
        azure_kv: text("azure-kv"),
        hc_vault: text("hc-vault-transit"),
        pgp: text("pgp"),
        age: text("age"),
        aws_profile: given.text("aws-profile"),
        context: given.text("encryption-context"),
    }
}

pub(super) fn listed_keys(given: &Arguments) -> KeyFlags {
    let list = |kind: &str| Some(given.texts(kind).join(",")).filter(|list| !list.is_empty());
    KeyFlags {
        kms: list("kms"),
        gcp_kms: list("gcp-kms"),
        hckms: list("hckms"),
        azure_kv: list("azure-kv"),
        hc_vault: list("hc-vault-transit"),
        pgp: list("pgp"),
        age: list("age"),
        aws_profile: given.text("aws-profile"),
        context: given.text("encryption-context"),
    }
}

pub(super) fn selectors(given: &Arguments) -> Selectors {
    Selectors {
        unencrypted_suffix: given.text("unencrypted-suffix"),
        encrypted_suffix: given.text("encrypted-suffix"),
        unencrypted_regex: given.text("unencrypted-regex"),
        encrypted_regex: given.text("encrypted-regex"),
        unencrypted_comment_regex: given.text("unencrypted-comment-regex"),
        encrypted_comment_regex: given.text("encrypted-comment-regex"),
    }
}
