//! Flags that more than one command has.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use sealkit::{Format, Selector, formats::Scope};

use super::habits;

/// For whom, how, and bound to what.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Sealing")]
pub(crate) struct SealingFlags {
    /// Seal in this format: `native` (several recipients, one place for each value), `sealed-secrets` (Bitnami's) or `sops`
    #[arg(long, value_name = "FORMAT", value_parser = habits::format)]
    pub(crate) format: Option<Format>,

    /// Seal for this recipient, in place of the policy: a public key, a file that holds some, or a name from the policy
    #[arg(long, short, value_name = "RECIPIENT", value_hint = ValueHint::AnyPath)]
    pub(crate) recipient: Vec<String>,

    /// Seal for this certificate or RSA public key (PEM), in place of the policy
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) cert: Option<PathBuf>,

    /// Bind values to the namespace and name (`strict`), the namespace (`namespace-wide`) or nothing (`cluster-wide`)
    #[arg(long, value_name = "SCOPE", value_parser = parse_scope)]
    pub(crate) scope: Option<Scope>,

    /// The file name by which a rule of the policy is chosen, where it is not that of the file
    #[arg(long, value_name = "NAME", value_hint = ValueHint::FilePath)]
    pub(crate) path: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) overrides: SealOverrides,
}

/// What a person may insist on.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Overrides")]
pub(crate) struct SealOverrides {
    /// Seal for classic recipients beside post-quantum ones, although the file then is not post-quantum
    #[arg(long)]
    pub(crate) allow_classic_recipients: bool,

    /// Go on although a file names recipients that the policy does not
    #[arg(long)]
    pub(crate) allow_foreign_recipients: bool,

    /// Go on although a file has a wider scope than the policy
    #[arg(long)]
    pub(crate) allow_wider_scope: bool,

    /// Refuse a file in which a sealed value occurs elsewhere in plain, instead of warning
    #[arg(long)]
    pub(crate) deny_repeats: bool,
}

/// Which private keys to try.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Identities")]
pub(crate) struct IdentityFlags {
    /// Try only the private keys in this file: age identities, ssh or RSA keys, or a backup of a cluster's sealing keys
    ///
    /// Without it: the file named by SEALKIT_IDENTITY_FILE; else `sealkit/identity.txt` in the user's config directory,
    /// then the keys that sops and ssh users already have.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) identity: Vec<PathBuf>,
}

/// Where a cluster's controller is.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Controller")]
pub(crate) struct ControllerFlags {
    #[command(flatten)]
    cluster: ClusterFlags,

    /// The controller's Service
    #[arg(long, value_name = "NAME")]
    controller_name: Option<String>,
}

/// Which cluster, and where in it the controller lives.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Controller")]
pub(crate) struct ClusterFlags {
    /// The kubeconfig to use
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    kubeconfig: Option<String>,

    /// The context of the kubeconfig
    #[arg(long, value_name = "NAME")]
    context: Option<String>,

    /// The controller's namespace
    #[arg(long, value_name = "NAME")]
    controller_namespace: Option<String>,
}

/// Which document of a file.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Document")]
pub(crate) struct SelectorFlags {
    /// The document's namespace
    #[arg(long, short, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,

    /// The document's name
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// Where the result of one file goes.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Result")]
pub(crate) struct DestinationFlags {
    /// Write the result to this file instead of standard output
    #[arg(short, value_name = "FILE", value_hint = ValueHint::FilePath, value_parser = habits::output_file)]
    pub(crate) o: Option<PathBuf>,

    /// Say what would be done, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Where the results of files and trees go.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Result")]
pub(crate) struct WalkedDestination {
    /// Replace each file by its result; needed for directories
    #[arg(long, short, conflicts_with = "o")]
    pub(crate) in_place: bool,

    #[command(flatten)]
    pub(crate) destination: DestinationFlags,
}

impl SelectorFlags {
    /// What the facade selects by.
    pub(crate) fn to_selector(&self) -> Selector {
        Selector {
            namespace: self.namespace.clone(),
            name: self.name.clone(),
        }
    }
}

impl ControllerFlags {
    /// Those that were given, as flags of kubeseal with their values.
    pub(crate) fn settings(&self) -> Vec<(&str, &str)> {
        let mut given = self.cluster.settings();
        given.extend(
            self.controller_name
                .as_deref()
                .map(|name| ("controller-name", name)),
        );
        given
    }
}

impl ClusterFlags {
    /// Those that were given, as flags of kubeseal with their values.
    pub(crate) fn settings(&self) -> Vec<(&str, &str)> {
        let all = [
            ("kubeconfig", &self.kubeconfig),
            ("context", &self.context),
            ("controller-namespace", &self.controller_namespace),
        ];
        let given = all
            .into_iter()
            .filter_map(|(flag, value)| Some((flag, value.as_deref()?)));
        given.collect()
    }
}

fn parse_scope(text: &str) -> Result<Scope, String> {
    text.parse()
        .map_err(|_| "expected `strict`, `namespace-wide` or `cluster-wide`".into())
}
