//! Which resource an etcd key belongs to.
//!
//! Keys name the resource, and the group only for custom resources; the groups of built-in types stand in a table here.

use super::GroupResource;

/// The prefix of keys unless the server is told another (`--etcd-prefix`).
pub const DEFAULT_PREFIX: &str = "/registry";

/// Built-in resources whose path is not their name. Source: §6.1 of the format notes.
const PATHS: [(&str, &str, &str); 5] = [
    ("minions", "nodes", ""),
    ("services/specs", "services", ""),
    ("services/endpoints", "endpoints", ""),
    ("controllers", "replicationcontrollers", ""),
    ("ingress", "ingresses", "networking.k8s.io"),
];

/// The groups of built-in resources outside the core group.
const GROUPS: [(&str, &[&str]); 16] = [
    (
        "admissionregistration.k8s.io",
        &[
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicybindings",
            "mutatingwebhookconfigurations",
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
            "validatingwebhookconfigurations",
        ],
    ),
    (
        "apps",
        &[
            "controllerrevisions",
            "daemonsets",
            "deployments",
            "replicasets",
            "statefulsets",
        ],
    ),
    ("autoscaling", &["horizontalpodautoscalers"]),
    ("batch", &["cronjobs", "jobs"]),
    (
        "certificates.k8s.io",
        &[
            "certificatesigningrequests",
            "clustertrustbundles",
            "podcertificaterequests",
        ],
    ),
    ("coordination.k8s.io", &["leases", "leasecandidates"]),
    ("discovery.k8s.io", &["endpointslices"]),
    (
        "flowcontrol.apiserver.k8s.io",
        &["flowschemas", "prioritylevelconfigurations"],
    ),
    ("internal.apiserver.k8s.io", &["storageversions"]),
    (
        "networking.k8s.io",
        &["ingressclasses", "ipaddresses", "networkpolicies", "servicecidrs"],
    ),
    ("node.k8s.io", &["runtimeclasses"]),
    ("policy", &["poddisruptionbudgets"]),
    (
        "rbac.authorization.k8s.io",
        &["clusterrolebindings", "clusterroles", "rolebindings", "roles"],
    ),
    (
        "resource.k8s.io",
        &[
            "deviceclasses",
            "resourceclaims",
            "resourceclaimtemplates",
            "resourceslices",
        ],
    ),
    ("scheduling.k8s.io", &["priorityclasses"]),
    (
        "storage.k8s.io",
        &[
            "csidrivers",
            "csinodes",
            "csistoragecapacities",
            "storageclasses",
            "volumeattachments",
            "volumeattributesclasses",
        ],
    ),
];

/// Returns the resource of a key under this prefix; `None` for keys of other users of the etcd, and for keys that are no API
/// objects.
pub fn resource_of(etcd_key: &str, prefix: &str) -> Option<GroupResource> {
    let path = etcd_key
        .strip_prefix(prefix.trim_end_matches('/'))?
        .strip_prefix('/')?;
    if let Some((_, resource, group)) = PATHS.iter().find(|(known, _, _)| under(path, known)) {
        return Some(GroupResource::new(resource, group));
    }
    let mut segments = path.split('/');
    let (first, second) = (segments.next()?, segments.next()?);
    if first.is_empty()
        || second.is_empty()
        || ["ranges", "masterleases", "peerserverleases"].contains(&first)
    {
        return None;
    }
    if first.contains('.') {
        segments.next()?; // a custom resource has a name too
        return Some(GroupResource::new(second, first));
    }
    let group = GROUPS
        .iter()
        .find(|(_, resources)| resources.contains(&first))
        .map_or("", |(group, _)| *group);
    Some(GroupResource::new(first, group))
}

fn under(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_name_their_resource() {
        for (key, resource) in [
            (
                "/registry/secrets/kube-system/bootstrap-token-abc123",
                Some("secrets"),
            ),
            ("/registry/minions/node-1", Some("nodes")),
            ("/registry/services/specs/default/kubernetes", Some("services")),
            (
                "/registry/services/endpoints/default/kubernetes",
                Some("endpoints"),
            ),
            ("/registry/deployments/shop/web", Some("deployments.apps")),
            ("/registry/ingress/shop/web", Some("ingresses.networking.k8s.io")),
            (
                "/registry/awesome.bears.com/pandas/cr3panda",
                Some("pandas.awesome.bears.com"),
            ),
            ("/registry/cr.bar.com/foos/ns1/cr1foo", Some("foos.cr.bar.com")),
            (
                "/registry/apiextensions.k8s.io/customresourcedefinitions/x",
                Some("customresourcedefinitions.apiextensions.k8s.io"),
            ),
            ("/registry/ranges/serviceips", None),
            ("/registry/masterleases/192.0.2.1", None),
            ("/kubernetes.io/secrets/a/b", None),
            ("compact_rev_key", None),
            ("/registry/", None),
        ] {
            let found = resource_of(key, DEFAULT_PREFIX).map(|found| found.to_string());
            assert_eq!(found.as_deref(), resource, "{key}");
        }
        assert_eq!(
            resource_of("/kubernetes.io/secrets/a/b", "/kubernetes.io/"),
            Some(GroupResource::new("secrets", ""))
        );
    }
}
