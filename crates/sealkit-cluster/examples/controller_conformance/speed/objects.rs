//! Objects by the thousand, made and removed with the client that the controller uses.

use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use kube::api::{DeleteParams, ListParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use kube::{Api, Client, Config};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::bench::{Bench, secret};

/// As many as our controller writes at the same time.
const AT_ONCE: usize = 32;

pub(super) struct Objects {
    runtime: Runtime,
    client: Client,
}

impl Objects {
    pub(super) fn new(bench: &Bench<'_>) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let kubeconfig = Kubeconfig::read_from(bench.cluster.kubeconfig())?;
        let client = runtime.block_on(async {
            let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
            anyhow::Ok(Client::try_from(config)?)
        })?;
        Ok(Self { runtime, client })
    }

    fn api(&self, group: &str, version: &str, kind: &str) -> Api<DynamicObject> {
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
        Api::namespaced_with(self.client.clone(), "shop", &resource)
    }

    fn secrets_api(&self) -> Api<DynamicObject> {
        self.api("", "v1", "Secret")
    }

    /// SealedSecrets `db-<n>`, for a certificate.
    pub(super) fn sealed_secrets(
        &self,
        bench: &Bench<'_>,
        certificate: &str,
        names: Range<usize>,
        values: usize,
    ) -> Result<Vec<DynamicObject>> {
        let file = bench.paths.scratch.join("speed.pem");
        std::fs::write(&file, certificate)?;
        let file = file.display().to_string();
        sealed(
            bench,
            &["--format", "sealed-secrets", "--cert", &file],
            names,
            values,
        )
    }

    /// EncryptedSecrets `db-<n>`, for a recipient.
    pub(super) fn encrypted_secrets(
        &self,
        bench: &Bench<'_>,
        recipient: &str,
        names: Range<usize>,
        values: usize,
    ) -> Result<Vec<DynamicObject>> {
        sealed(
            bench,
            &["--format", "native", "--recipient", recipient],
            names,
            values,
        )
    }

    /// Creates objects of one kind.
    pub(super) fn create(&self, objects: &[DynamicObject]) -> Result<()> {
        let Some(types) = objects.first().and_then(|object| object.types.as_ref()) else {
            return Ok(());
        };
        let (group, version) = types.api_version.split_once('/').unwrap_or(("", "v1"));
        let api = self.api(group, version, &types.kind);
        let create = |object| {
            let api = api.clone();
            async move { api.create(&PostParams::default(), object).await }
        };
        let all = stream::iter(objects).map(create).buffer_unordered(AT_ONCE);
        let done = all.try_for_each(|_| std::future::ready(Ok(())));
        self.runtime.block_on(done).context("an object cannot be created")
    }

    /// Creates Secrets of three values, and removes them again; returns how long creating took.
    pub(super) fn create_secrets(&self, count: usize) -> Result<Duration> {
        let secrets: Result<Vec<DynamicObject>, _> = (0..count)
            .map(|at| serde_json::from_value(plain(at, 3)))
            .collect();
        let secrets = secrets?;
        self.clear()?;
        let begun = Instant::now();
        self.create(&secrets)?;
        let time = begun.elapsed();
        self.clear()?;
        Ok(time)
    }

    /// How many Secrets there are in the namespace.
    pub(super) fn secrets(&self) -> Result<usize> {
        let api = self.secrets_api();
        let one = ListParams::default().limit(1);
        let list = api.list_metadata(&one);
        let list = self.runtime.block_on(list)?;
        let more = list.metadata.remaining_item_count.unwrap_or_default();
        Ok(list.items.len() + usize::try_from(more)?)
    }

    /// Removes every object.
    pub(super) fn clear(&self) -> Result<()> {
        for api in [
            self.api("bitnami.com", "v1alpha1", "SealedSecret"),
            self.api("sealkit.dev", "v1alpha1", "EncryptedSecret"),
            self.secrets_api(),
        ] {
            loop {
                let (how, all) = (DeleteParams::default(), ListParams::default());
                let removed = api.delete_collection(&how, &all);
                match self.runtime.block_on(removed) {
                    // the resource is not there before EncryptedSecrets are asked for
                    Err(kube::Error::Api(status)) if status.code == 404 => break,
                    // so many objects can take the API server longer than it gives itself
                    Err(kube::Error::Api(status)) if status.code == 504 => {}
                    removed => {
                        removed?;
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// What the API server's metrics say.
    pub(super) fn metrics(&self) -> Result<String> {
        let request = http::Request::get("/metrics").body(Vec::new())?;
        Ok(self.runtime.block_on(self.client.request_text(request))?)
    }
}

fn plain(at: usize, values: usize) -> Value {
    let items: Vec<(String, String)> = (0..values)
        .map(|value| {
            (
                format!("key-{value}"),
                format!("a value of thirty-two bytes: {at:04}"),
            )
        })
        .collect();
    let items: Vec<(&str, &str)> = items
        .iter()
        .map(|(key, text)| (key.as_str(), text.as_str()))
        .collect();
    secret(&format!("db-{at}"), &items, &json!({}))
}

fn sealed(
    bench: &Bench<'_>,
    words: &[&str],
    names: Range<usize>,
    values: usize,
) -> Result<Vec<DynamicObject>> {
    let secrets: Vec<Value> = names.map(|at| plain(at, values)).collect();
    let mut objects = Vec::new();
    // in parts, since a file has a limit
    for secrets in secrets.chunks(1_000) {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": secrets});
        let sealed = bench.sealkit(&[&["seal"], words].concat(), &list.to_string())?;
        let mut sealed: Value = serde_json::from_str(&sealed).context("JSON becomes JSON")?;
        let items: Vec<DynamicObject> = serde_json::from_value(sealed["items"].take())?;
        objects.extend(items);
    }
    Ok(objects)
}
