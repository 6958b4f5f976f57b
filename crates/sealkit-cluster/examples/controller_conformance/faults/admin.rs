//! An administrator with many hands: requests sent many at a time, past the proxy.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use futures_util::{StreamExt, stream};
use http::{Method, Request};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use sealkit_testcluster::{ADMIN_TOKEN, Cluster};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::proxy::client_config;
use crate::bench::{Bench, until};

const AT_ONCE: usize = 32;
const SEALED: &str = "/apis/bitnami.com/v1alpha1/namespaces/shop/sealedsecrets";
const SECRETS: &str = "/api/v1/namespaces/shop/secrets";

pub(crate) struct Admin {
    client: Client,
    runtime: Runtime,
}

/// A request to be: method, path, body.
pub(crate) type Deed = (Method, String, Value);

pub(crate) fn create(object: Value) -> Deed {
    (Method::POST, SEALED.to_owned(), object)
}

/// Changes an object, or a Secret of its name.
pub(crate) fn patch_object(name: &str, patch: Value) -> Deed {
    (Method::PATCH, format!("{SEALED}/{name}"), patch)
}

pub(crate) fn patch_secret(name: &str, patch: Value) -> Deed {
    (Method::PATCH, format!("{SECRETS}/{name}"), patch)
}

pub(crate) fn delete_secret(name: &str) -> Deed {
    (Method::DELETE, format!("{SECRETS}/{name}"), json!({}))
}

impl Admin {
    pub(crate) fn start(cluster: &Cluster) -> Result<Admin> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let mut config = client_config(cluster)?;
        config.auth_info.token = Some(ADMIN_TOKEN.to_owned().into());
        let inside = runtime.enter();
        let client = Client::try_from(config)?;
        drop(inside);
        Ok(Admin { client, runtime })
    }

    /// Does them all, many at a time; the first refusal is the error.
    pub(crate) fn all(&self, deeds: Vec<Deed>) -> Result<()> {
        let one = |(method, path, body): Deed| async move {
            let kind = match method {
                Method::PATCH => "application/merge-patch+json",
                _ => "application/json",
            };
            let request = Request::builder()
                .method(method)
                .uri(&path)
                .header("content-type", kind)
                .body(Body::from(serde_json::to_vec(&body)?))?;
            let answer = self.client.send(request).await?;
            let status = answer.status();
            let body = answer.into_body().collect().await?.to_bytes();
            if !status.is_success() {
                bail!("{path}: {status}: {}", String::from_utf8_lossy(&body));
            }
            Ok(())
        };
        self.runtime.block_on(async {
            let mut outcomes = stream::iter(deeds).map(one).buffer_unordered(AT_ONCE);
            while let Some(outcome) = outcomes.next().await {
                outcome?;
            }
            Ok(())
        })
    }

    /// Does one after the other, each until it is done, and counts them.
    pub(crate) fn insist(&self, deeds: Vec<Deed>, done: &AtomicUsize) -> Result<()> {
        for deed in deeds {
            until("success", || match self.all(vec![deed.clone()]) {
                Ok(()) => Ok(true),
                // it was done although its answer did not come
                Err(error) => Ok(error.to_string().contains("AlreadyExists")),
            })?;
            done.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn list(&self, path: &str) -> Result<Vec<Value>> {
        let request = Request::get(path).body(Vec::new())?;
        let list: Value = self.runtime.block_on(self.client.request(request))?;
        Ok(list["items"].as_array().context("a list has items")?.clone())
    }
}

/// Objects that open wherever they are, each sealed with one of two values, and what each should be.
pub(crate) struct Fleet {
    sealed: [Value; 2],
    pub(crate) expected: Vec<(String, usize)>,
}

impl Fleet {
    pub(crate) fn new(bench: &Bench<'_>) -> Result<Fleet> {
        let more = json!({"annotations": {"sealedsecrets.bitnami.com/cluster-wide": "true"}});
        let seal = |value: &str| -> Result<Value> {
            let secret = crate::bench::secret("fleet", &[("foo", value)], &more);
            Ok(serde_json::from_str(
                &bench.kubeseal(&["-o", "json"], &secret.to_string())?,
            )?)
        };
        Ok(Fleet {
            sealed: [seal("value-0")?, seal("value-1")?],
            expected: Vec::new(),
        })
    }

    /// One more object.
    pub(crate) fn add(&mut self, name: String) -> Deed {
        let mut object = self.sealed[0].clone();
        object["metadata"]["name"] = json!(name);
        object["spec"]["template"]["metadata"]["name"] = json!(name);
        self.expected.push((name, 0));
        create(object)
    }

    /// The object at this place with its other value.
    pub(crate) fn change(&mut self, at: usize) -> Deed {
        let (name, value) = &mut self.expected[at];
        *value = 1 - *value;
        let spec = json!({"encryptedData": self.sealed[*value]["spec"]["encryptedData"]});
        patch_object(name, json!({"spec": spec}))
    }

    /// How many objects have not their Secret, or not the status that says so.
    pub(crate) fn wrong(&self, admin: &Admin) -> Result<usize> {
        let by_name = |path| -> Result<std::collections::HashMap<String, Value>> {
            let items = admin.list(path)?.into_iter();
            let named = items.map(|item| {
                (
                    item["metadata"]["name"].as_str().unwrap_or_default().to_owned(),
                    item,
                )
            });
            Ok(named.collect())
        };
        let (objects, secrets) = (by_name(SEALED)?, by_name(SECRETS)?);
        let right = |(name, value): &&(String, usize)| {
            let text = base64::engine::general_purpose::STANDARD.encode(format!("value-{value}"));
            let (Some(object), Some(secret)) = (objects.get(name), secrets.get(name)) else {
                return false;
            };
            let status = &object["status"];
            secret["data"] == json!({"foo": text})
                && status["observedGeneration"] == object["metadata"]["generation"]
                && status["conditions"][0]["status"] == "True"
        };
        Ok(self.expected.len() - self.expected.iter().filter(right).count())
    }
}
