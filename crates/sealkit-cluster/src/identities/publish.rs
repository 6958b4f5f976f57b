//! The current recipient as a ConfigMap of the controller's namespace, beside `/v1/recipient`: for tools that read objects.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::PostParams;
use kube::core::ObjectMeta;
use kube::{Api, Client};
use tokio::time::sleep;

use super::{RECIPIENT_ITEM, Ring};
use crate::api::said;
use crate::log::Log;

/// The ConfigMap's name.
pub const RECIPIENT_MAP: &str = "sealkit-recipient";

/// How soon it is tried again, and how often it is looked at although nothing has changed.
const TRY_AGAIN: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_secs(300);

/// Keeps the ConfigMap as the ring is. Never returns.
pub async fn publish(ring: Arc<Ring>, client: Client, namespace: String, log: Log) {
    let api = Api::<ConfigMap>::namespaced(client, &namespace);
    let mut changes = ring.changes();
    let mut complained = false;
    loop {
        changes.mark_unchanged();
        let recipient = ring.now().current().map(ToString::to_string);
        let outcome = match recipient {
            Some(recipient) => bring(&api, &recipient).await,
            None => Ok(()),
        };
        let wait = if outcome.is_ok() { LOOK_AGAIN } else { TRY_AGAIN };
        match outcome {
            Err(error) if !complained => {
                let fields: &[(&str, &dyn std::fmt::Display)] =
                    &[("configmap", &RECIPIENT_MAP), ("error", &said(&error))];
                log.warn("cannot publish the recipient, will try again", fields);
                complained = true;
            }
            Err(_) => {}
            Ok(()) => complained = false,
        }
        tokio::select! {
            () = sleep(wait) => {}
            changed = changes.changed() => if changed.is_err() { return },
        }
    }
}

async fn bring(api: &Api<ConfigMap>, recipient: &str) -> Result<(), kube::Error> {
    let data = BTreeMap::from([(RECIPIENT_ITEM.to_owned(), recipient.to_owned())]);
    let Some(mut live) = api.get_opt(RECIPIENT_MAP).await? else {
        let map = ConfigMap {
            metadata: ObjectMeta {
                name: Some(RECIPIENT_MAP.to_owned()),
                ..ObjectMeta::default()
            },
            data: Some(data),
            ..ConfigMap::default()
        };
        return api.create(&PostParams::default(), &map).await.map(drop);
    };
    if live.data.as_ref() == Some(&data) {
        return Ok(());
    }
    live.data = Some(data);
    api.replace(RECIPIENT_MAP, &PostParams::default(), &live)
        .await
        .map(drop)
}
