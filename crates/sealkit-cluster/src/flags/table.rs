//! The table of flags: names, kinds, defaults, and the words of `--help`.

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Text,
    Integer,
    Float,
    Duration,
}

/// One flag. Its default is written as it would be typed.
pub(super) struct Flag {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) default: &'static str,
    help: &'static str,
}

const fn flag(name: &'static str, kind: Kind, default: &'static str, help: &'static str) -> Flag {
    Flag {
        name,
        kind,
        default,
        help,
    }
}

/// All flags, in the order of their names. `rotate-period` is the old name of `key-renew-period` and is not shown.
#[rustfmt::skip]
pub(super) const FLAGS: &[Flag] = &[
    flag("accept-deprecated-v1-data", Kind::Bool, "true", "Open objects that still have the deprecated spec.data."),
    flag("additional-namespaces", Kind::Text, "", "Namespaces to look after besides the controller's own, separated by commas."),
    flag("all-namespaces", Kind::Bool, "true", "Look after all namespaces, or only the controller's own."),
    flag("dry-run", Kind::Bool, "false", "Write nothing: print what a controller with these flags would change, and end with 0 (nothing), 1 or 2 (not known)."),
    flag("encrypted-secrets", Kind::Bool, "false", "Look after sealkit's EncryptedSecrets too, and keep an identity for them."),
    flag("identity-file", Kind::Text, "", "Identity files or folders of them, separated by commas; read again when they change. With one no identity is made."),
    flag("key-cutoff-time", Kind::Text, "", "Make a new key at the start if the current one is older than this time (as `date -R` prints it)."),
    flag("key-order-priority", Kind::Text, "CertNotBefore", "What makes a key the newest: CertNotBefore or SecretCreationTimestamp."),
    flag("key-prefix", Kind::Text, "sealed-secrets-key", "How the names of the keys' Secrets begin."),
    flag("key-renew-period", Kind::Duration, "720h0m0s", "How old the current key may become before a new one is made (0: any age)."),
    flag("key-size", Kind::Integer, "4096", "RSA bits of new keys: 2048, 3072, 4096 or 8192."),
    flag("key-ttl", Kind::Duration, "87600h0m0s", "How long the certificates of new keys are valid."),
    flag("kubeclient-burst", Kind::Integer, "10", "Requests to the API server at once, where kubeclient-qps limits them."),
    flag("kubeclient-qps", Kind::Float, "-1", "Requests to the API server in a second (negative: no limit)."),
    flag("label-selector", Kind::Text, "", "Look only after sealed objects and Secrets with these labels."),
    flag("leader-elect", Kind::Bool, "false", "Let one replica of several work, the one that holds a Lease; all serve HTTP."),
    flag("leader-elect-lease-duration", Kind::Duration, "15s", "How long the others wait after the leader's last sign of life."),
    flag("leader-elect-renew-deadline", Kind::Duration, "10s", "How long the leader works on without a renewal of its Lease."),
    flag("leader-elect-resource-name", Kind::Text, "sealed-secrets-controller", "The name of the Lease, in the controller's namespace."),
    flag("leader-elect-retry-period", Kind::Duration, "2s", "How often the Lease is looked at and renewed."),
    flag("listen-addr", Kind::Text, ":8080", "Where the HTTP API listens."),
    flag("listen-metrics-addr", Kind::Text, ":8081", "Where metrics are served."),
    flag("log-format", Kind::Text, "text", "text or json."),
    flag("log-info-stdout", Kind::Bool, "true", "Write INFO and DEBUG to standard output, WARN and ERROR to standard error."),
    flag("log-level", Kind::Text, "INFO", "DEBUG, INFO, WARN or ERROR."),
    flag("max-concurrent", Kind::Integer, "32", "How many objects are worked on at the same time."),
    flag("max-unseal-retries", Kind::Integer, "5", "Accepted and not used: failed objects are tried again for ever, later and later."),
    flag("metrics-omit-secret-labels", Kind::Bool, "false", "Leave out the metric that names every sealed object."),
    flag("my-cn", Kind::Text, "", "Common name of the certificates of new keys."),
    flag("old-gc-behavior", Kind::Bool, "false", "Delete Secrets here, instead of leaving that to the cluster's garbage collection."),
    flag("privatekey-annotations", Kind::Text, "", "Annotations of new keys' Secrets: key=value, separated by commas."),
    flag("privatekey-labels", Kind::Text, "", "Labels of new keys' Secrets: key=value, separated by commas."),
    flag("rate-limit", Kind::Integer, "2", "Requests in a second that verify and rotate answer."),
    flag("rate-limit-burst", Kind::Integer, "2", "Requests beyond that at once."),
    flag("read-timeout", Kind::Duration, "2m0s", "How long an HTTP request may take to come."),
    flag("rotate-period", Kind::Duration, "720h0m0s", ""),
    flag("skip-recreate", Kind::Bool, "false", "Do not watch Secrets: they are neither made again nor corrected."),
    flag("update-status", Kind::Bool, "true", "Write the status of sealed objects."),
    flag("version", Kind::Bool, "false", "Print the version and end."),
    flag("watch-for-secrets", Kind::Bool, "false", "Accepted and always so: keys that come, go or change their label count at once."),
    flag("write-timeout", Kind::Duration, "2m0s", "How long an HTTP answer may take to go."),
];

/// The flag of a name.
pub(super) fn find(name: &str) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.name == name)
}

impl Flag {
    fn takes(&self) -> &'static str {
        match self.kind {
            Kind::Bool => "",
            Kind::Text => " string",
            Kind::Integer => " int",
            Kind::Float => " float32",
            Kind::Duration => " duration",
        }
    }

    fn shown_default(&self) -> String {
        match (self.kind, self.default) {
            (Kind::Bool, "false") | (Kind::Text, "") => String::new(),
            (Kind::Text, text) => format!(" (default {text:?})"),
            (_, text) => format!(" (default {text})"),
        }
    }
}

/// What `--help` prints.
#[must_use]
pub fn usage(program: &str) -> String {
    let shown = FLAGS.iter().filter(|flag| !flag.help.is_empty());
    let width = FLAGS
        .iter()
        .map(|flag| flag.name.len() + flag.takes().len())
        .max();
    let lines = shown.map(|flag| {
        let head = format!("{}{}", flag.name, flag.takes());
        format!(
            "      --{head:width$}   {}{}\n",
            flag.help,
            flag.shown_default(),
            width = width.unwrap_or_default()
        )
    });
    format!("Usage of {program}:\n{}", lines.collect::<String>())
}
