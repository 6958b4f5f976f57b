//! Where the caller works, as far as sealing without a cluster asks: kubeconfigs, and a Pod's own namespace.
//!
//! Reads names and whether there is a cluster; certificates, tokens and plugins are the cluster client's business.
//!
//! Source: `k8s.io/client-go` v0.37 `tools/clientcmd`: `loader.go`, `client_config.go`, `merged_client_builder.go`,
//! `validation.go`.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use sealkit::{
    formats::sealed_secrets::kubeseal::Namespace,
    manifest::{Node, NodeKind, Stream},
};

use super::{
    failure::{Failure, reason},
    flags::Flags,
    quote::quote,
};

/// Where a Pod finds what it may use.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// The namespace that a Secret without one belongs to.
pub(super) fn namespace(flags: &Flags) -> Result<Namespace, Failure> {
    let config = Config::load(flags.text("kubeconfig"))?;
    let explicit = flags.text("namespace");
    if !explicit.is_empty() {
        return Ok(Namespace {
            name: explicit.to_owned(),
            explicit: true,
        });
    }
    let (found, in_config) = match config.check(flags) {
        Ok(()) => (
            None,
            config.context(flags).map(|context| context.namespace.clone()),
        ),
        Err(Unusable::Empty) if in_cluster() => (None, None),
        Err(unusable) => (Some(unusable), None),
    };
    if let Some(unusable) = found {
        return Err(unusable.into());
    }
    let name = match in_config.filter(|name| !name.is_empty()) {
        Some(name) => name,
        None if in_cluster() => pod_namespace(),
        None => "default".to_owned(),
    };
    Ok(Namespace {
        name,
        explicit: false,
    })
}

/// What says where the cluster is.
#[cfg_attr(
    not(feature = "cluster"),
    expect(dead_code, reason = "nobody reads it without a client")
)]
pub(super) enum Source {
    /// Kubeconfigs; those that are there, the first has the last word.
    Files(Vec<PathBuf>),
    /// The Pod that this runs in.
    Pod,
}

/// Looks whether a client could be made, and of what.
pub(super) fn source(flags: &Flags) -> Result<Source, Failure> {
    let explicit = flags.text("kubeconfig");
    match Config::load(explicit)?.check(flags) {
        Ok(()) => Ok(Source::Files(files(explicit))),
        Err(Unusable::Empty) if in_cluster() => Ok(Source::Pod),
        Err(unusable) => Err(Failure::from(unusable).help(
            "give the controller's certificate with --cert, or say where the cluster is with --kubeconfig"
                .to_owned(),
        )),
    }
}

/// The files that are read: the one that was named, or those of the environment, or the one at home.
fn files(explicit: &str) -> Vec<PathBuf> {
    if !explicit.is_empty() {
        return vec![explicit.into()];
    }
    if let Some(list) = env::var_os("KUBECONFIG").filter(|list| !list.is_empty()) {
        return env::split_paths(&list)
            .filter(|path| !path.as_os_str().is_empty())
            .collect();
    }
    let home = env::var_os("HOME").map(PathBuf::from);
    home.map(|home| home.join(".kube/config")).into_iter().collect()
}

fn in_cluster() -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    set("KUBERNETES_SERVICE_HOST")
        && set("KUBERNETES_SERVICE_PORT")
        && Path::new(SERVICE_ACCOUNT).join("token").is_file()
}

fn pod_namespace() -> String {
    let told = env::var("POD_NAMESPACE").ok().filter(|name| !name.is_empty());
    let told = told.or_else(|| {
        let text = fs::read_to_string(Path::new(SERVICE_ACCOUNT).join("namespace")).ok()?;
        Some(text.trim().to_owned()).filter(|name| !name.is_empty())
    });
    told.unwrap_or_else(|| "default".to_owned())
}

/// Several files as one: what an earlier file says counts.
#[derive(Default)]
struct Config {
    current: String,
    contexts: BTreeMap<String, Context>,
    /// Whether there is more than a name, and whether that names a server.
    clusters: BTreeMap<String, Cluster>,
}

#[derive(Default)]
struct Context {
    cluster: String,
    namespace: String,
}

#[derive(Clone, Copy, Default)]
struct Cluster {
    empty: bool,
    has_server: bool,
}

enum Unusable {
    /// Nothing says where a cluster is.
    Empty,
    /// What is said contradicts itself.
    Wrong(Vec<String>),
}

impl From<Unusable> for Failure {
    fn from(unusable: Unusable) -> Self {
        let reasons = match unusable {
            Unusable::Empty => {
                "no configuration has been provided, try setting KUBERNETES_MASTER environment variable"
                    .to_owned()
            }
            Unusable::Wrong(reasons) if reasons.len() == 1 => reasons.concat(),
            Unusable::Wrong(reasons) => format!("[{}]", reasons.join(", ")),
        };
        Failure::new(format!("invalid configuration: {reasons}"))
    }
}

impl Config {
    fn load(explicit: &str) -> Result<Self, Failure> {
        let mut config = Self::default();
        for path in files(explicit) {
            let shown = path.display().to_string();
            let bytes = match fs::read(&path) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound && explicit.is_empty() => continue,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    return Err(Failure::io("stat", &shown, &error));
                }
                Err(error) => return Err(unreadable(&shown, &format!("read {shown}: {}", reason(&error)))),
            };
            let stream = Stream::parse(&shown, &bytes).map_err(|error| {
                let failure = unreadable(&shown, &format!("yaml: {error}"));
                match error.place() {
                    Some(place) => failure.at(place),
                    None => failure,
                }
            })?;
            match stream.documents().next() {
                Some(document) if document.resolved().kind() == NodeKind::Scalar => {
                    return Err(unreadable(&shown, "it is not a kubeconfig"));
                }
                Some(document) => config.add(document),
                None => {}
            }
        }
        Ok(config)
    }

    fn add(&mut self, document: Node<'_>) {
        if self.current.is_empty() {
            self.current = text(document, "current-context");
        }
        for (name, context) in named(document, "contexts", "context") {
            let context = Context {
                cluster: context.map(|node| text(node, "cluster")).unwrap_or_default(),
                namespace: context.map(|node| text(node, "namespace")).unwrap_or_default(),
            };
            self.contexts.entry(name).or_insert(context);
        }
        for (name, cluster) in named(document, "clusters", "cluster") {
            let cluster = Cluster {
                empty: cluster.is_none_or(|node| node.entries().next().is_none()),
                has_server: cluster.is_some_and(|node| !text(node, "server").is_empty()),
            };
            self.clusters.entry(name).or_insert(cluster);
        }
    }

    fn context_name<'f>(&'f self, flags: &'f Flags) -> &'f str {
        match flags.text("context") {
            "" => &self.current,
            name => name,
        }
    }

    fn context(&self, flags: &Flags) -> Option<&Context> {
        self.contexts.get(self.context_name(flags))
    }

    /// Whether a client could be made.
    fn check(&self, flags: &Flags) -> Result<(), Unusable> {
        let mut reasons = Vec::new();
        let context = self.context_name(flags);
        if !context.is_empty() && !self.contexts.contains_key(context) {
            reasons.push(format!("context was not found for specified context: {context}"));
        }
        let methods = [
            ("token", !flags.text("token").is_empty()),
            (
                "basicAuth",
                !flags.text("username").is_empty() || !flags.text("password").is_empty(),
            ),
        ];
        if methods.iter().all(|(_, given)| *given) {
            reasons.push(
                "more than one authentication method found for ; found [token basicAuth], only one is allowed"
                    .to_owned(),
            );
        }
        let told = flags.text("cluster");
        let name = match told {
            "" => self.context(flags).map_or("", |context| context.cluster.as_str()),
            name => name,
        };
        let found = self.clusters.get(name).copied();
        if found.is_none() && !told.is_empty() {
            reasons.push(format!("no server found for cluster {}", quote(told)));
            return Err(Unusable::Wrong(reasons));
        }
        let cluster = found.unwrap_or(Cluster {
            empty: true,
            has_server: false,
        });
        let overridden = ["certificate-authority", "tls-server-name", "proxy-url"];
        let overridden = overridden.iter().any(|flag| !flags.text(flag).is_empty())
            || flags.is("insecure-skip-tls-verify")
            || flags.is("disable-compression");
        let has_server = cluster.has_server || !flags.text("server").is_empty();
        match (cluster.empty && !overridden && !has_server, reasons.is_empty()) {
            (true, true) => return Err(Unusable::Empty),
            (true, false) => reasons.push("cluster has no server defined".to_owned()),
            (false, _) if !has_server && name.is_empty() => {
                reasons.push("default cluster has no server defined".to_owned());
            }
            (false, _) if !has_server => reasons.push(format!("no server found for cluster {}", quote(name))),
            _ => {}
        }
        match reasons.is_empty() {
            true => Ok(()),
            false => Err(Unusable::Wrong(reasons)),
        }
    }
}

fn unreadable(file: &str, why: &str) -> Failure {
    Failure::new(format!("error loading config file \"{file}\": {why}"))
}

fn text(node: Node<'_>, field: &str) -> String {
    let value = node.get(field).and_then(|value| value.as_str());
    value.unwrap_or_default().into_owned()
}

/// The entries of one of the kubeconfig's lists: a name, and what stands under `field`.
fn named<'n>(document: Node<'n>, list: &str, field: &str) -> Vec<(String, Option<Node<'n>>)> {
    let entries = document.get(list).into_iter().flat_map(|list| list.items());
    entries
        .map(|entry| (text(entry, "name"), entry.get(field)))
        .collect()
}
