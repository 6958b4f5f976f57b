//! The peer's flags and variables: what was typed, checked, and nothing more.
//!
//! Every flag also reads `SEALED_SECRETS_` and its name in capitals. The command line counts before the variable, the
//! variable before the default; a variable that cannot be read counts as not there.
//!
//! Source: sealed-secrets v0.40.0 `cmd/controller/main.go`, `pkg/flagenv`; spf13/pflag v1.0.10 for the words.

pub mod duration;
mod parse;
mod table;

use std::path::PathBuf;
use std::time::Duration;

pub use parse::{Parsed, parse};
pub use table::usage;

use crate::keys::{Extra, Order};
use crate::lease::Timing;

/// The flags, typed.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the table says what each flag is for")]
pub struct Flags {
    pub accept_deprecated_v1_data: bool,
    pub additional_namespaces: Vec<String>,
    pub all_namespaces: bool,
    pub dry_run: bool,
    pub encrypted_secrets: bool,
    pub identity_files: Vec<PathBuf>,
    pub key_cutoff_time: Option<i64>,
    pub key_order_priority: Order,
    pub key_prefix: String,
    pub key_renew_period: Duration,
    pub key_size: usize,
    pub key_ttl: Duration,
    pub kubeclient_burst: u32,
    pub kubeclient_qps: f64,
    pub label_selector: Option<String>,
    pub leader_elect: Option<Election>,
    pub listen_addr: String,
    pub listen_metrics_addr: String,
    pub log_format: String,
    pub log_info_stdout: bool,
    pub log_level: String,
    pub max_concurrent: usize,
    pub metrics_omit_secret_labels: bool,
    pub my_cn: String,
    pub old_gc_behavior: bool,
    pub extra: Extra,
    pub rate_limit: u32,
    pub rate_limit_burst: u32,
    pub read_timeout: Duration,
    pub skip_recreate: bool,
    pub update_status: bool,
    pub version: bool,
    pub write_timeout: Duration,
    /// What a person should hear of the flags.
    pub remarks: Vec<String>,
}

/// How one of several replicas is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Election {
    /// The Lease's name.
    pub name: String,
    /// Its times.
    pub timing: Timing,
}

/// What a flag cannot be.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct WrongFlag(pub String);

impl Flags {
    /// Checks what was typed.
    ///
    /// # Errors
    /// [`WrongFlag`] for a key prefix that no Secret can have, and a cut-off that is no time.
    pub fn of(parsed: &Parsed) -> Result<Self, WrongFlag> {
        let mut remarks = parsed.remarks.clone();
        let order = parsed.text("key-order-priority");
        let order = Order::named(order).unwrap_or_else(|| {
            remarks.push(format!(
                "invalid key order priority {order:?}: using CertNotBefore"
            ));
            Order::CertNotBefore
        });
        let count = |name| usize::try_from(parsed.integer(name)).unwrap_or_default();
        let small = |name| u32::try_from(parsed.integer(name)).unwrap_or_default();
        Ok(Self {
            accept_deprecated_v1_data: parsed.is("accept-deprecated-v1-data"),
            additional_namespaces: names(parsed.text("additional-namespaces")),
            all_namespaces: parsed.is("all-namespaces"),
            dry_run: parsed.is("dry-run"),
            encrypted_secrets: parsed.is("encrypted-secrets"),
            identity_files: names(parsed.text("identity-file"))
                .into_iter()
                .map(PathBuf::from)
                .collect(),
            key_cutoff_time: cutoff(parsed.text("key-cutoff-time"))?,
            key_order_priority: order,
            key_prefix: prefix(parsed.text("key-prefix"))?,
            key_renew_period: parsed.duration("key-renew-period"),
            key_size: count("key-size"),
            key_ttl: parsed.duration("key-ttl"),
            kubeclient_burst: small("kubeclient-burst"),
            kubeclient_qps: parsed.number("kubeclient-qps"),
            label_selector: Some(parsed.text("label-selector").to_owned()).filter(|text| !text.is_empty()),
            leader_elect: election(parsed)?,
            listen_addr: parsed.text("listen-addr").to_owned(),
            listen_metrics_addr: parsed.text("listen-metrics-addr").to_owned(),
            log_format: parsed.text("log-format").to_owned(),
            log_info_stdout: parsed.is("log-info-stdout"),
            log_level: parsed.text("log-level").to_owned(),
            max_concurrent: count("max-concurrent").clamp(1, 10_000),
            metrics_omit_secret_labels: parsed.is("metrics-omit-secret-labels"),
            my_cn: parsed.text("my-cn").to_owned(),
            old_gc_behavior: parsed.is("old-gc-behavior"),
            extra: Extra {
                labels: pairs(parsed.text("privatekey-labels"))?,
                annotations: pairs(parsed.text("privatekey-annotations"))?,
            },
            rate_limit: small("rate-limit"),
            rate_limit_burst: small("rate-limit-burst"),
            read_timeout: parsed.duration("read-timeout"),
            skip_recreate: parsed.is("skip-recreate"),
            update_status: parsed.is("update-status"),
            version: parsed.is("version"),
            write_timeout: parsed.duration("write-timeout"),
            remarks,
        })
    }
}

/// The election, where there is to be one.
fn election(parsed: &Parsed) -> Result<Option<Election>, WrongFlag> {
    if !parsed.is("leader-elect") {
        return Ok(None);
    }
    let timing = Timing {
        lease: parsed.duration("leader-elect-lease-duration"),
        renew: parsed.duration("leader-elect-renew-deadline"),
        retry: parsed.duration("leader-elect-retry-period"),
    };
    let name = parsed.text("leader-elect-resource-name").to_owned();
    match timing.wrong() {
        Some(why) => Err(WrongFlag(why.to_owned())),
        None if name.is_empty() => Err(WrongFlag("--leader-elect-resource-name is empty".to_owned())),
        None => Ok(Some(Election { name, timing })),
    }
}

/// Namespaces of a list, trimmed, without empty ones and repetitions.
fn names(list: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// `k=v,k=v`. An entry without a value is an error here, where the peer crashes.
fn pairs(list: &str) -> Result<std::collections::BTreeMap<String, String>, WrongFlag> {
    let entries = list.split(',').filter(|entry| !entry.is_empty());
    entries
        .map(|entry| {
            let (key, value) = entry
                .split_once('=')
                .ok_or_else(|| WrongFlag(format!("{entry:?} is no label or annotation: write key=value")))?;
            Ok((key.to_owned(), value.to_owned()))
        })
        .collect()
}

/// Longest prefix to which five characters can be added.
const MAX_PREFIX: usize = 245;

fn prefix(text: &str) -> Result<String, WrongFlag> {
    if text.len() > MAX_PREFIX {
        return Err(WrongFlag(format!(
            "name is too long, must be shorter than {MAX_PREFIX}, got {}",
            text.len()
        )));
    }
    match text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
        Some(c) => Err(WrongFlag(format!("name contains illegal character {c}"))),
        None => Ok(text.to_owned()),
    }
}

/// `Mon, 02 Jan 2006 15:04:05 -0700`, as `date -R` prints it.
fn cutoff(text: &str) -> Result<Option<i64>, WrongFlag> {
    if text.is_empty() {
        return Ok(None);
    }
    jiff::fmt::rfc2822::parse(text)
        .map(|time| Some(time.timestamp().as_second()))
        .map_err(|_| {
            WrongFlag(format!(
                "the key cut-off time {text:?} is no time: write it as `date -R` does"
            ))
        })
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
