//! What the controller is installed by, on a real API server: plain manifests, Kustomize base, chart.
//!
//! Everything is admitted, pods also where the Pod Security Standard `restricted` is enforced, and the rights are the
//! peer's, no verb more. That they are enough is shown where the controller runs with them.

mod encrypted_secrets;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use sealkit_testcluster::{Cluster, Programs};
use serde_json::{Value, json};

use super::workbench::{Tally, Workbench, pipe};
use crate::{peers, sh};

const ACCOUNT: &str = "system:serviceaccount:kube-system:sealed-secrets-controller";
/// Where a pod may only be what the standard allows.
const RESTRICTED: &str = "restricted";
const NAMESPACES: [&str; 4] = [RESTRICTED, "shop", "other", "sealing"];

/// What the controller may do, in every namespace: group, resource, verbs.
const RIGHTS: &[(&str, &str, &[&str])] = &[
    (
        "",
        "secrets",
        &["get", "list", "watch", "create", "update", "delete"],
    ),
    ("", "events", &["create", "patch"]),
    ("", "namespaces", &["get"]),
    ("bitnami.com", "sealedsecrets", &["get", "list", "watch"]),
    ("bitnami.com", "sealedsecrets/status", &["update"]),
    ("", "pods", &[]),
    ("", "pods/exec", &[]),
    ("", "configmaps", &[]),
    ("", "serviceaccounts/token", &[]),
    ("", "services/proxy", &[]),
    ("apps", "deployments", &[]),
    ("coordination.k8s.io", "leases", &[]),
    ("rbac.authorization.k8s.io", "clusterroles", &[]),
];
const VERBS: [&str; 9] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "escalate",
];

/// The suite.
pub(crate) fn manifests(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    sh::require("kubectl", "--help", "install kubectl 1.30 or newer")?;
    let programs = Programs {
        etcd: peers::program("etcd")?,
        kube_apiserver: peers::program("kube-apiserver")?,
    };
    let site = Site {
        cluster: Cluster::start(&programs, &[])?,
        workbench,
    };
    site.prepare()?;
    site.plain(tally)?;
    site.rights(tally)?;
    site.chart(tally)?;
    site.encrypted_secrets(tally)
}

struct Site<'w> {
    cluster: Cluster,
    workbench: &'w Workbench,
}

impl Site<'_> {
    fn prepare(&self) -> Result<()> {
        for name in NAMESPACES {
            let mut namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
            if name == RESTRICTED {
                namespace["metadata"]["labels"] = json!({"pod-security.kubernetes.io/enforce": "restricted"});
            }
            self.cluster.apply(&namespace.to_string())?;
        }
        for (kind, plural) in [
            ("ServiceMonitor", "servicemonitors"),
            ("PrometheusRule", "prometheusrules"),
        ] {
            self.cluster.apply(&stand_in(kind, plural).to_string())?;
            let name = format!("crd/{plural}.monitoring.coreos.com");
            self.cluster
                .kubectl(&["wait", "--for=condition=Established", "--timeout=60s", &name])?;
        }
        Ok(())
    }

    fn plain(&self, tally: &mut Tally) -> Result<()> {
        let folder = deploy();
        let (file, base) = (text(&folder.join("controller.yaml")), text(&folder.join("base")));
        let plain = self.admitted("-f", &file)?;
        tally.check("the file and the base are the same objects", {
            self.admitted("-k", &base)
                .map(|base| essences(&base) == essences(&plain))
        });
        let bench = text(&crate::root().join("testdata/cluster/sealed-secrets.yaml"));
        let rights = |objects: &[Value]| {
            let all = essences(objects).into_iter();
            all.filter(|object| object.contains("rbac.authorization.k8s.io"))
                .collect::<BTreeSet<_>>()
        };
        tally.check("the rights are those under which the controller is tested", {
            self.admitted("-f", &bench)
                .map(|bench| rights(&bench) == rights(&plain) && rights(&plain).len() == 6)
        });
        let apply = || {
            self.cluster
                .kubectl(&["apply", "--server-side", "-f", &file, "-o", "json"])
        };
        let (first, second) = (apply()?, apply()?);
        tally.check(
            "applying it a second time changes nothing",
            Ok(versions(&first)? == versions(&second)?),
        );
        tally.check(
            "and something was applied",
            Ok(versions(&first)?.len() + 1 == plain.len() && plain.len() > 10),
        );
        self.restricted("the plain manifest", &plain, tally)
    }

    /// A Deployment's pods where the standard is enforced; and the standard is, or this would show nothing.
    fn restricted(&self, whose: &str, objects: &[Value], tally: &mut Tally) -> Result<()> {
        let deployment = objects.iter().find(|object| object["kind"] == "Deployment");
        let template = &deployment.context("there is a Deployment")?["spec"]["template"];
        let mut pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod", "namespace": RESTRICTED},
            "spec": template["spec"],
        });
        // these ask for things of a cluster that this one does not have
        for field in ["priorityClassName", "runtimeClassName", "hostUsers"] {
            pod["spec"].as_object_mut().context("a spec")?.remove(field);
        }
        let ports = pod["spec"]["containers"][0]["ports"].as_array_mut();
        for port in ports.into_iter().flatten() {
            port.as_object_mut().context("a port")?.remove("hostPort");
        }
        tally.check(
            format!("{whose}: its pod is restricted"),
            self.creates(&pod).map(|()| true),
        );
        for field in ["allowPrivilegeEscalation", "capabilities"] {
            let mut weaker = pod.clone();
            let context = weaker["spec"]["containers"][0]["securityContext"].as_object_mut();
            context.context("a security context")?.remove(field);
            let refused = self
                .creates(&weaker)
                .is_err_and(|error| error.to_string().contains("violates PodSecurity"));
            tally.check(
                format!("{whose}: and without {field} it would not be"),
                Ok(refused),
            );
        }
        Ok(())
    }

    fn rights(&self, tally: &mut Tally) -> Result<()> {
        for namespace in ["shop", "kube-system"] {
            for (group, resource, verbs) in RIGHTS {
                let allowed: Result<Vec<_>> = VERBS
                    .into_iter()
                    .map(|verb| Ok((verb, self.may(ACCOUNT, namespace, verb, group, resource, "")?)))
                    .collect();
                let allowed = allowed.map(|allowed| {
                    let of = |verb: &&str| allowed.iter().any(|(name, allowed)| name == verb && *allowed);
                    VERBS
                        .iter()
                        .filter(|verb| of(verb))
                        .copied()
                        .collect::<BTreeSet<_>>()
                        == verbs.iter().copied().collect()
                });
                tally.check(
                    format!("in {namespace} the controller may {verbs:?} {resource}, no more"),
                    allowed,
                );
            }
        }
        let anybody = "somebody";
        let proxy = |name: &str| self.may(anybody, "kube-system", "create", "", "services/proxy", name);
        tally.check(
            "everybody may ask the controller",
            proxy("http:sealed-secrets-controller:"),
        );
        tally.check(
            "but no other service",
            proxy("http:metrics-server:").map(|may| !may),
        );
        let secrets = self.may(anybody, "kube-system", "list", "", "secrets", "");
        tally.check("nor read its keys", secrets.map(|may| !may));
        Ok(())
    }

    fn chart(&self, tally: &mut Tally) -> Result<()> {
        let crd = deploy().join("chart/crds/sealedsecrets.yaml");
        let same = fs::read(crd)? == fs::read(deploy().join("base/crd.yaml"))?;
        tally.check("the chart brings the same resource as the base", Ok(same));
        // what the plain file made has another selector, which never changes
        let words = [
            "delete",
            "deployment",
            "sealed-secrets-controller",
            "--namespace",
            "kube-system",
        ];
        self.cluster.kubectl(&words)?;
        let plain = self.rendered(
            "defaults",
            &json!({"fullnameOverride": "sealed-secrets-controller"}),
        )?;
        self.restricted("the chart", &plain, tally)?;
        let named = |kind: &str, name: &str| {
            plain
                .iter()
                .any(|object| object["kind"] == kind && object["metadata"]["name"] == name)
        };
        for (kind, name) in [
            ("Service", "sealed-secrets-controller"),
            ("Service", "sealed-secrets-controller-metrics"),
            ("ClusterRole", "secrets-unsealer"),
            ("Role", "sealed-secrets-controller-key-admin"),
            ("RoleBinding", "sealed-secrets-controller-service-proxier"),
        ] {
            tally.check(format!("it makes the {kind} {name}"), Ok(named(kind, name)));
        }
        let values: Value = serde_json::from_str(include_str!("deploy-values.json"))?;
        let all = self.rendered("every value", &values["values"])?;
        self.restricted("the chart with every value", &all, tally)?;
        let deployment = all.iter().find(|object| object["kind"] == "Deployment");
        let container =
            &deployment.context("there is a Deployment")?["spec"]["template"]["spec"]["containers"][0];
        let arguments = container["args"].clone();
        tally.check(
            format!("every value becomes its flag: {arguments}"),
            Ok(arguments == values["arguments"]),
        );
        let kinds: BTreeSet<_> = all.iter().filter_map(|object| object["kind"].as_str()).collect();
        for kind in [
            "ConfigMap",
            "Ingress",
            "NetworkPolicy",
            "PodDisruptionBudget",
            "PrometheusRule",
            "ServiceMonitor",
        ] {
            tally.check(
                format!("it makes a {kind} where one is wanted"),
                Ok(kinds.contains(kind)),
            );
        }
        let certificates: Vec<_> = all
            .iter()
            .filter(|object| object["type"] == "kubernetes.io/tls")
            .map(|secret| secret["metadata"]["name"].clone())
            .collect();
        tally.check(
            "it makes the Ingress's certificates, those that are given and its own",
            Ok(certificates == [json!("given-tls"), json!("sealed-secrets.local-tls")]),
        );
        let cluster_wide = kinds.iter().any(|kind| kind.starts_with("ClusterRole"));
        tally.check(
            "and no rights beyond its namespaces where these are enough",
            Ok(!cluster_wide),
        );
        Ok(())
    }

    /// The chart's objects with these values, as the API server admits them.
    fn rendered(&self, name: &str, values: &Value) -> Result<Vec<Value>> {
        let name = name.replace(' ', "-");
        let values = self
            .workbench
            .write(&format!("{name}.values.json"), values.to_string())?;
        let mut helm = self.workbench.peer("helm")?;
        helm.args(["template", "release"]).arg(deploy().join("chart"));
        helm.args([
            "--namespace",
            "kube-system",
            "--kube-version",
            "1.36.2",
            "--values",
        ])
        .arg(values);
        let documents = pipe(&mut helm, b"").context("helm does not render the chart")?;
        let path = self.workbench.write(&format!("{name}.yaml"), documents)?;
        self.admitted("-f", &text(&path))
    }

    /// Objects of a file or a base as the API server would store them.
    fn admitted(&self, how: &str, path: &str) -> Result<Vec<Value>> {
        let words = [
            "apply",
            "--server-side",
            "--dry-run=server",
            "-o",
            "json",
            how,
            path,
        ];
        let list: Value =
            serde_json::from_str(&self.cluster.kubectl(&words)?).context("kubectl prints JSON")?;
        let items = list["items"].as_array().context("they are several")?;
        ensure!(!items.is_empty(), "there is nothing in {path}");
        Ok(items.clone())
    }

    fn creates(&self, object: &Value) -> Result<()> {
        let path = self.workbench.write("object.json", object.to_string())?;
        let words = ["create", "--dry-run=server", "-f", &text(&path)];
        self.cluster.kubectl(&words).map(drop)
    }

    fn may(
        &self,
        user: &str,
        namespace: &str,
        verb: &str,
        group: &str,
        resource: &str,
        name: &str,
    ) -> Result<bool> {
        let (resource, part) = resource.split_once('/').unwrap_or((resource, ""));
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
            "spec": {"user": user, "groups": ["system:authenticated"], "resourceAttributes": {
                "namespace": namespace, "verb": verb, "group": group, "resource": resource, "subresource": part,
                "name": name,
            }},
        });
        let path = self.workbench.write("review.json", review.to_string())?;
        let words = [
            "create",
            "--raw",
            "/apis/authorization.k8s.io/v1/subjectaccessreviews",
            "-f",
            &text(&path),
        ];
        let answer: Value = serde_json::from_str(&self.cluster.kubectl(&words)?)?;
        answer["status"]["allowed"]
            .as_bool()
            .context("a review says yes or no")
    }
}

fn deploy() -> PathBuf {
    crate::root().join("crates/sealkit-cluster/deploy")
}

fn text(path: &std::path::Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Objects without what differs each time that a server looks at them.
fn essences(objects: &[Value]) -> BTreeSet<String> {
    let essence = |object: &Value| {
        let mut object = object.clone();
        let metadata = &object["metadata"];
        object["metadata"] = json!({
            "name": metadata["name"], "namespace": metadata["namespace"], "labels": metadata["labels"],
        });
        for (parent, field) in [("", "/status"), ("/spec", "/clusterIP"), ("/spec", "/clusterIPs")] {
            let parent = object.pointer_mut(parent).and_then(Value::as_object_mut);
            parent.map(|parent| parent.remove(&field[1..]));
        }
        object.to_string()
    };
    objects.iter().map(essence).collect()
}

/// Which version of each object is stored; a resource's own changes whenever its status does.
fn versions(list: &str) -> Result<Vec<String>> {
    let list: Value = serde_json::from_str(list)?;
    let items = list["items"].as_array().into_iter().flatten();
    let items = items.filter(|item| item["kind"] != "CustomResourceDefinition");
    Ok(items
        .map(|item| item["metadata"]["resourceVersion"].to_string())
        .collect())
}

/// A resource of Prometheus Operator, as far as it takes to have one.
fn stand_in(kind: &str, plural: &str) -> Value {
    let open = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.monitoring.coreos.com")},
        "spec": {
            "group": "monitoring.coreos.com", "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.to_lowercase()},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": open}}],
        },
    })
}
