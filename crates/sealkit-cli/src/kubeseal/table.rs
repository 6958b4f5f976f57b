//! The flags: names, types, defaults, and one line about each.
//!
//! One table feeds parser, environment and usage. Names, types and defaults are the peer's, the sentences ours.
//!
//! Source: `kubeseal --help` v0.40.0.

/// One flag.
pub(super) struct Flag {
    pub(super) name: &'static str,
    pub(super) short: Option<char>,
    pub(super) kind: Kind,
    /// What it is if nobody says, as usage shows it; empty where nothing is shown.
    pub(super) default: &'static str,
    pub(super) about: &'static str,
    /// Whether `SEALED_SECRETS_…` sets it too.
    pub(super) environment: bool,
}

/// What a flag takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text.
    Text,
    /// Nothing, or `=true`, `=false`.
    Bool,
    /// Texts, separated by commas and over several uses.
    List,
    /// Texts over several uses.
    Repeated,
    /// A scope.
    Scope,
    /// A namespace, with or without `namespace/` before it.
    Namespace,
    /// A boolean of the logging library.
    LogBool,
    /// A number of the logging library.
    LogNumber,
    /// A level of the logging library.
    LogLevel,
    /// A severity of the logging library.
    LogSeverity,
    /// Places in Go's source.
    LogTrace,
    /// Levels by Go source file.
    LogModules,
}

impl Kind {
    /// The name of its type in usage; none for booleans.
    pub(super) fn shown(self) -> &'static str {
        match self {
            Self::Text | Self::Scope | Self::Namespace => "string",
            Self::Bool | Self::LogBool => "",
            Self::List => "strings",
            Self::Repeated => "stringArray",
            Self::LogNumber => "uint",
            Self::LogLevel => "Level",
            Self::LogSeverity => "severity",
            Self::LogTrace => "traceLocation",
            Self::LogModules => "moduleSpec",
        }
    }

    /// Whether it may stand without a value.
    pub(super) fn may_stand_alone(self) -> bool {
        matches!(self, Self::Bool | Self::LogBool)
    }
}

const fn flag(name: &'static str, kind: Kind, about: &'static str) -> Flag {
    Flag {
        name,
        short: None,
        kind,
        default: "",
        about,
        environment: true,
    }
}

const fn log(name: &'static str, kind: Kind, default: &'static str) -> Flag {
    Flag {
        name,
        short: None,
        kind,
        default,
        about: "Accepted for scripts that set it; nothing is logged",
        environment: false,
    }
}

impl Flag {
    const fn short(self, short: char) -> Self {
        Self {
            short: Some(short),
            ..self
        }
    }

    const fn default(self, default: &'static str) -> Self {
        Self { default, ..self }
    }
}

/// The deprecated name of `--re-encrypt`.
pub(super) const ROTATE: &str = "rotate";

/// Every flag, by name.
pub(super) const FLAGS: &[Flag] = &[
    log("add_dir_header", Kind::LogBool, ""),
    flag(
        "allow-empty-data",
        Kind::Bool,
        "Seal a Secret although it has no values",
    ),
    log("alsologtostderr", Kind::LogBool, ""),
    log("alsologtostderrthreshold", Kind::LogSeverity, ""),
    flag("as", Kind::Text, "User to act as on the API server"),
    flag(
        "as-group",
        Kind::Repeated,
        "Group to act as on the API server, once for each group",
    ),
    flag("as-uid", Kind::Text, "UID to act as on the API server"),
    flag(
        "cert",
        Kind::Text,
        "Certificate to seal for, a file or a URL; no cluster is asked then",
    ),
    flag(
        "certificate-authority",
        Kind::Text,
        "File with the certificates that the API server is checked against",
    ),
    flag(
        "client-certificate",
        Kind::Text,
        "File with the certificate to log in with",
    ),
    flag(
        "client-key",
        Kind::Text,
        "File with the private key of that certificate",
    ),
    flag("cluster", Kind::Text, "Cluster of the kubeconfig to talk to"),
    flag("context", Kind::Text, "Context of the kubeconfig to use"),
    flag("controller-name", Kind::Text, "The controller's Service").default("\"sealed-secrets-controller\""),
    flag(
        "controller-namespace",
        Kind::Text,
        "The namespace of the controller's Service",
    )
    .default("\"kube-system\""),
    flag(
        "disable-compression",
        Kind::Bool,
        "Ask the API server for answers that are not compressed",
    ),
    flag(
        "fetch-cert",
        Kind::Bool,
        "Print the certificate, to be given with --cert from then on",
    ),
    flag("format", Kind::Text, "What to print: json or yaml")
        .short('o')
        .default("\"json\""),
    flag(
        "from-file",
        Kind::List,
        "File whose content --raw encrypts, as [KEY=]FILE",
    ),
    flag("help", Kind::Bool, "Print this"),
    flag(
        "insecure-skip-tls-verify",
        Kind::Bool,
        "Trust whoever answers for the API server: anybody on the way can read and change all",
    ),
    flag("kubeconfig", Kind::Text, "The kubeconfig to use"),
    log("legacy_stderr_threshold_behavior", Kind::LogBool, "true"),
    log("log_backtrace_at", Kind::LogTrace, ":0"),
    log("log_dir", Kind::Text, ""),
    log("log_file", Kind::Text, ""),
    log("log_file_max_size", Kind::LogNumber, "1800"),
    log("logtostderr", Kind::LogBool, "true"),
    flag(
        "merge-into",
        Kind::Text,
        "SealedSecret file that takes over the sealed items, in place",
    ),
    flag(
        "name",
        Kind::Text,
        "Name of the Secret, instead of its own; --raw needs it in strict scope",
    ),
    flag("namespace", Kind::Namespace, "Namespace of the Secret").short('n'),
    log("one_output", Kind::LogBool, ""),
    flag("password", Kind::Text, "Password for the API server"),
    flag("proxy-url", Kind::Text, "Proxy to reach the API server through"),
    flag(
        "raw",
        Kind::Bool,
        "Encrypt one value, from standard input or --from-file, and print nothing but the result",
    ),
    flag(
        "re-encrypt",
        Kind::Bool,
        "Let the controller seal the given SealedSecrets for its newest key",
    ),
    flag(
        "recovery-private-key",
        Kind::List,
        "Files with keys for --recovery-unseal: PEM, or Secrets of the controller as a backup has them",
    ),
    flag(
        "recovery-unseal",
        Kind::Bool,
        "Open a SealedSecret without a cluster, with --recovery-private-key",
    ),
    flag(
        "request-timeout",
        Kind::Text,
        "How long to wait for an answer: 30s, 2m; 0 is for ever",
    )
    .default("\"0\""),
    flag(ROTATE, Kind::Bool, ""),
    flag(
        "scope",
        Kind::Scope,
        "Where the values open: strict, namespace-wide, cluster-wide; otherwise the Secret's annotations say",
    )
    .default("\"strict\""),
    flag(
        "sealed-secret-file",
        Kind::Text,
        "File to write; .yaml and .yml mean --format yaml",
    )
    .short('w'),
    flag("secret-file", Kind::Text, "File to read").short('f'),
    flag("server", Kind::Text, "Address of the API server"),
    log("skip_headers", Kind::LogBool, ""),
    log("skip_log_headers", Kind::LogBool, ""),
    log("stderrthreshold", Kind::LogSeverity, "2"),
    flag(
        "tls-server-name",
        Kind::Text,
        "Name that the API server's certificate must have",
    ),
    flag("token", Kind::Text, "Bearer token for the API server"),
    flag("user", Kind::Text, "User of the kubeconfig to log in as"),
    flag("username", Kind::Text, "User name for the API server"),
    log("v", Kind::LogLevel, "").short('v'),
    flag(
        "validate",
        Kind::Bool,
        "Ask the controller whether it opens the given SealedSecrets",
    ),
    flag(
        "version",
        Kind::Bool,
        "Print the version of kubeseal whose behaviour this is",
    ),
    log("vmodule", Kind::LogModules, ""),
];

/// The flag of a name.
pub(super) fn named(name: &str) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.name == name)
}

/// The flag of a letter.
pub(super) fn lettered(letter: char) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.short == Some(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_the_environment_is_read_in_the_order_of_the_peer() {
        assert!(FLAGS.is_sorted_by(|a, b| a.name < b.name));
    }
}
