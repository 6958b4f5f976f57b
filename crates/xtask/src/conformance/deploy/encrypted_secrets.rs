//! The resource of EncryptedSecrets on a real API server: what the format's vectors are to a schema, and the rights beside.
//!
//! Every valid vector is admitted; of the invalid ones, those that a schema can refuse are refused. Whether a value opens is
//! not for a schema.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{ACCOUNT, Site, deploy, essences, text};
use crate::conformance::workbench::Tally;

/// Invalid vectors that a schema refuses. Of the others it cannot know (a flipped byte), or something before it mends them
/// (a field that nobody knows is dropped, of an item that stands twice the last one counts).
const REFUSED: &[&str] = &[
    "commitment-short",
    "duplicate-id",
    "duplicate-recipient",
    "id-upper-case",
    "item-key-grammar",
    "limit-data-keys",
    "limit-items",
    "limit-wraps",
    "recipient-long",
    "scope-unknown",
    "spec-missing-items",
    "template-data",
    "template-label-not-a-string",
    "unknown-id",
    "unsealed-plaintext",
    "value-without-id",
    "wrapped-key-empty",
    "wrapped-none",
];

impl Site<'_> {
    pub(super) fn encrypted_secrets(&self, tally: &mut Tally) -> Result<()> {
        self.files(tally)?;
        self.vectors(tally)?;
        self.refusals(tally)?;
        self.more_rights(tally)
    }

    /// One resource in three places; the plain file is the component.
    fn files(&self, tally: &mut Tally) -> Result<()> {
        let component = deploy().join("components/encrypted-secrets");
        let crd = fs::read(component.join("crd.yaml"))?;
        let chart = fs::read(deploy().join("chart/files/encryptedsecrets.yaml"))?;
        tally.check("the chart brings the same EncryptedSecret", Ok(crd == chart));
        let file = text(&deploy().join("encrypted-secrets.yaml"));
        let plain = self.admitted("-f", &file)?;
        let overlay = self.workbench.path("overlay");
        fs::create_dir_all(&overlay)?;
        let (base, folder) = (
            self.reachable("base")?,
            self.reachable("components/encrypted-secrets")?,
        );
        let kustomization = json!({"resources": [base], "components": [folder]});
        fs::write(overlay.join("kustomization.yaml"), kustomization.to_string())?;
        let both = self.admitted("-k", &text(&overlay))?;
        let (both_are, plain_are) = (essences(&both), essences(&plain));
        tally.check(
            "the component brings what the file brings",
            Ok(plain_are.is_subset(&both_are) && plain_are.len() == 7),
        );
        let deployment = both.iter().find(|object| object["kind"] == "Deployment");
        let arguments =
            &deployment.context("a Deployment")?["spec"]["template"]["spec"]["containers"][0]["args"];
        tally.check(
            "and switches it on",
            Ok(*arguments == json!(["--encrypted-secrets"])),
        );
        self.cluster.kubectl(&["apply", "--server-side", "-f", &file])?;
        let name = "crd/encryptedsecrets.sealkit.dev";
        self.cluster
            .kubectl(&["wait", "--for=condition=Established", "--timeout=60s", name])?;
        let crd = self.cluster.get(&[name])?;
        let conditions = crd["status"]["conditions"].as_array().into_iter().flatten();
        let structural = conditions
            .clone()
            .all(|condition| condition["type"] != "NonStructuralSchema" || condition["status"] == "False");
        tally.check("its schema is structural", Ok(structural));
        let chart = self.rendered("natives", &json!({"encryptedSecrets": {"enabled": true}}))?;
        let names = |objects: &[Value]| -> BTreeSet<String> {
            let ours = objects.iter().filter(|object| {
                let name = object["metadata"]["name"].as_str().unwrap_or_default();
                name.contains("encryptedsecrets") || name.contains("sealkit-recipient")
            });
            ours.map(|object| format!("{}/{}", object["kind"], object["metadata"]["name"]))
                .collect()
        };
        tally.check(
            "the chart brings the same objects where they are asked for",
            Ok(names(&chart) == names(&plain)),
        );
        Ok(())
    }

    /// A folder of `deploy` as a kustomization outside of it has to name it: relative.
    fn reachable(&self, folder: &str) -> Result<String> {
        let from = self.workbench.path("overlay").canonicalize()?;
        let up = "../".repeat(from.components().count().saturating_sub(1));
        let target = deploy().join(folder).canonicalize()?;
        Ok(format!("{up}{}", text(target.strip_prefix("/")?)))
    }

    fn vectors(&self, tally: &mut Tally) -> Result<()> {
        let folder = crate::root().join("testdata/native");
        let mut admitted = 0;
        for entry in fs::read_dir(folder.join("valid"))? {
            let path = entry?.path();
            admitted += 1;
            let claim = format!("the resource admits {}", path.display());
            tally.check(claim, self.offer(&text(&path)).map(|()| true));
        }
        ensure!(admitted > 20, "{admitted} vectors are too few");
        for name in REFUSED {
            let outcome = self.offer(&text(&folder.join(format!("invalid/{name}.yaml"))));
            let why = outcome.err().map(|error| error.to_string()).unwrap_or_default();
            tally.check(
                format!("the resource refuses {name}: {why}"),
                Ok(why.contains(" is invalid:")),
            );
        }
        Ok(())
    }

    /// What is no vector of the format, since a reader refuses it for another reason, or only the controller does.
    fn refusals(&self, tally: &mut Tally) -> Result<()> {
        let vector = crate::root().join("testdata/native/valid/template.yaml");
        let words = ["create", "--dry-run=client", "-o", "json", "-f", &text(&vector)];
        let good: Value = serde_json::from_str(&self.cluster.kubectl(&words)?)?;
        let changed = |pointer: &str, value: Value| -> Result<Value> {
            let mut object = good.clone();
            let (parent, field) = pointer.rsplit_once('/').context("a pointer")?;
            let parent = object.pointer_mut(parent).context("there is such a place")?;
            parent[field] = value;
            Ok(object)
        };
        for (pointer, value, says) in [
            ("/stringData", json!({"a": "b"}), "seal the file first"),
            ("/data", json!({}), "seal the file first"),
            ("/spec/template/data", json!({"a": "b"}), "no data templates"),
            (
                "/spec/template/type",
                json!("kubernetes.io/service-account-token"),
                "token of the cluster",
            ),
            (
                "/spec/template/type",
                json!("bootstrap.kubernetes.io/token"),
                "token of the cluster",
            ),
            (
                "/spec/template/metadata/labels",
                json!({"sealedsecrets.bitnami.com/sealed-secrets-key": "active"}),
                "cannot come from a template",
            ),
            (
                "/spec/template/metadata/annotations",
                json!({"sealkit.dev/adopt": "other"}),
                "cannot come from a template",
            ),
            ("/spec/dataKeys", json!([]), "not in dataKeys"),
            ("/spec/scope", json!("wide"), "Unsupported value"),
        ] {
            let path = self
                .workbench
                .write("encrypted.json", changed(pointer, value)?.to_string())?;
            let why = self.offer(&text(&path)).err().map(|error| error.to_string());
            let why = why.unwrap_or_default();
            tally.check(
                format!("{pointer} is refused because {says}: {why}"),
                Ok(why.contains(says)),
            );
        }
        let path = self.workbench.write(
            "encrypted.json",
            changed("/spec/signatures", json!([{"by": "x"}]))?.to_string(),
        )?;
        tally.check(
            "room for signatures is left",
            self.offer(&text(&path)).map(|()| true),
        );
        Ok(())
    }

    /// Asks the server alone: `kubectl` would complain of unknown fields first.
    fn offer(&self, path: &str) -> Result<()> {
        let words = [
            "create",
            "--dry-run=server",
            "--validate=false",
            "--namespace",
            "shop",
            "-f",
            path,
        ];
        self.cluster.kubectl(&words).map(drop)
    }

    fn more_rights(&self, tally: &mut Tally) -> Result<()> {
        let ours = "sealkit-recipient";
        for (namespace, verb, resource, name, expected) in [
            ("shop", "list", "sealkit.dev encryptedsecrets", "", true),
            ("shop", "watch", "sealkit.dev encryptedsecrets", "", true),
            ("shop", "update", "sealkit.dev encryptedsecrets", "", false),
            ("shop", "delete", "sealkit.dev encryptedsecrets", "", false),
            ("shop", "update", "sealkit.dev encryptedsecrets/status", "", true),
            ("kube-system", "create", " configmaps", "", true),
            ("kube-system", "update", " configmaps", ours, true),
            ("kube-system", "update", " configmaps", "other", false),
            ("kube-system", "list", " configmaps", "", false),
            ("shop", "create", " configmaps", "", false),
        ] {
            let (group, kind) = resource.split_once(' ').context("a group and a kind")?;
            tally.check(
                format!("the controller may {verb} {kind} {name} in {namespace}: {expected}"),
                self.may(ACCOUNT, namespace, verb, group, kind, name)
                    .map(|may| may == expected),
            );
        }
        let anybody = |verb, name| self.may("somebody", "kube-system", verb, "", "configmaps", name);
        tally.check("everybody may read the recipient", anybody("get", ours));
        tally.check("and not write it", anybody("update", ours).map(|may| !may));
        Ok(())
    }
}
