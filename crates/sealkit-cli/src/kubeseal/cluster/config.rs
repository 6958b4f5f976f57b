//! What a kubeconfig and the flags come to: the chosen context, with what the flags say instead.
//!
//! Reading the files and what they refer to is the client library's business.

use kube::{
    Config,
    config::{
        AuthInfo, Cluster, Context, KubeConfigOptions, Kubeconfig, NamedAuthInfo, NamedCluster, NamedContext,
    },
};

use crate::kubeseal::{failure::Failure, flags::Flags, kubeconfig};

/// The name of what the flags make of a kubeconfig.
const OURS: &str = "kubeseal";

/// What the kubeconfig and the flags come to.
pub(super) async fn config(flags: &Flags, source: &kubeconfig::Source) -> Result<Config, Failure> {
    let unusable = |error: &dyn std::error::Error| {
        Failure::new(format!("invalid configuration: {error}"))
            .help("check this context of the kubeconfig: `kubectl config view --minify`".to_owned())
    };
    let files = match source {
        kubeconfig::Source::Pod => return Config::incluster().map_err(|error| unusable(&error)),
        kubeconfig::Source::Files(files) => files,
    };
    let mut merged = Kubeconfig::default();
    for file in files.iter().filter(|file| file.exists()) {
        let read = Kubeconfig::read_from(file).and_then(|read| merged.clone().merge(read));
        merged = read.map_err(|error| unusable(&error))?;
    }
    let options = override_with(flags, &mut merged);
    Config::from_custom_kubeconfig(merged, &options)
        .await
        .map_err(|error| unusable(&error))
}

/// Adds a context of ours to the kubeconfig: the chosen one, with what the flags say instead.
fn override_with(flags: &Flags, merged: &mut Kubeconfig) -> KubeConfigOptions {
    let given = |name: &str| Some(flags.text(name).to_owned()).filter(|text| !text.is_empty());
    let chosen = given("context").or_else(|| merged.current_context.clone());
    let context = merged
        .contexts
        .iter()
        .find(|context| Some(&context.name) == chosen.as_ref());
    let context = context
        .and_then(|context| context.context.clone())
        .unwrap_or_default();
    let cluster_name = given("cluster").unwrap_or_else(|| context.cluster.clone());
    let user_name = given("user").or_else(|| context.user.clone());
    let found = merged
        .clusters
        .iter()
        .find(|cluster| cluster.name == cluster_name);
    let mut cluster = found
        .and_then(|cluster| cluster.cluster.clone())
        .unwrap_or_default();
    override_cluster(flags, &mut cluster);
    let found = merged
        .auth_infos
        .iter()
        .find(|user| Some(&user.name) == user_name.as_ref());
    let mut user = found.and_then(|user| user.auth_info.clone()).unwrap_or_default();
    override_user(flags, &mut user);
    merged.clusters.retain(|cluster| cluster.name != OURS);
    merged.clusters.push(NamedCluster {
        name: OURS.to_owned(),
        cluster: Some(cluster),
        ..NamedCluster::default()
    });
    merged.auth_infos.retain(|user| user.name != OURS);
    merged.auth_infos.push(NamedAuthInfo {
        name: OURS.to_owned(),
        auth_info: Some(user),
        ..NamedAuthInfo::default()
    });
    merged.contexts.retain(|context| context.name != OURS);
    merged.contexts.push(NamedContext {
        name: OURS.to_owned(),
        context: Some(Context {
            cluster: OURS.to_owned(),
            user: Some(OURS.to_owned()),
            ..context
        }),
        ..NamedContext::default()
    });
    KubeConfigOptions {
        context: Some(OURS.to_owned()),
        cluster: None,
        user: None,
    }
}

fn override_cluster(flags: &Flags, cluster: &mut Cluster) {
    let given = |name: &str| Some(flags.text(name).to_owned()).filter(|text| !text.is_empty());
    if let Some(server) = given("server") {
        let has_scheme = server.contains("://");
        cluster.server = Some(if has_scheme {
            server
        } else {
            format!("http://{server}")
        });
        cluster.tls_server_name = None;
    }
    if let Some(name) = given("tls-server-name") {
        cluster.tls_server_name = Some(name);
    }
    if let Some(file) = given("certificate-authority") {
        cluster.certificate_authority = Some(file);
        cluster.certificate_authority_data = None;
        cluster.insecure_skip_tls_verify = None;
    }
    if flags.is("insecure-skip-tls-verify") {
        cluster.insecure_skip_tls_verify = Some(true);
        cluster.certificate_authority = None;
        cluster.certificate_authority_data = None;
    }
    if let Some(proxy) = given("proxy-url") {
        cluster.proxy_url = Some(proxy);
    }
    if flags.is("disable-compression") {
        cluster.disable_compression = Some(true);
    }
}

fn override_user(flags: &Flags, user: &mut AuthInfo) {
    let given = |name: &str| Some(flags.text(name).to_owned()).filter(|text| !text.is_empty());
    if let Some(token) = given("token") {
        user.token = Some(token.into());
        user.token_file = None;
    }
    if let Some(name) = given("username") {
        user.username = Some(name);
    }
    if let Some(password) = given("password") {
        user.password = Some(password.into());
    }
    if let Some(file) = given("client-certificate") {
        user.client_certificate = Some(file);
        user.client_certificate_data = None;
    }
    if let Some(file) = given("client-key") {
        user.client_key = Some(file);
        user.client_key_data = None;
    }
    if let Some(name) = given("as") {
        user.impersonate = Some(name);
    }
    if let Some(uid) = given("as-uid") {
        user.impersonate_uid = Some(uid);
    }
    let groups = flags.list("as-group");
    if !groups.is_empty() {
        user.impersonate_groups = Some(groups.to_vec());
    }
}
