//! The whole controller: keys first, then the listeners, then every watch, then turns until it is told to stop.

use std::sync::Arc;
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::core::{NamespaceResourceScope, PartialObjectMeta};
use kube::{Api, Client};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until, timeout};

use crate::apply::Applier;
use crate::log::Log;
use crate::native::EncryptedSecret;
use crate::resource::SealedSecret;
use crate::sealed::Sealed;
use crate::state::Key;
use crate::watch::{Seen, Source, follow};

/// How long turns that have begun may take after the controller was told to stop.
const LAST_TURNS: Duration = Duration::from_secs(10);

/// Which objects are looked after.
#[derive(Clone, Debug)]
pub struct Scope {
    /// These namespaces; all where there is none.
    pub namespaces: Vec<String>,
    /// Only objects with these labels.
    pub selector: Option<String>,
    /// Whether Secrets are watched, and come back when they are deleted or changed.
    pub secrets: bool,
    /// How many turns at the same time.
    pub concurrent: usize,
}

/// The kinds of objects that are looked after.
#[derive(Clone)]
pub struct Kinds {
    /// Always.
    pub sealed: Arc<Applier<SealedSecret>>,
    /// Where it is asked for.
    pub encrypted: Option<Arc<Applier<EncryptedSecret>>>,
}

/// Looks up which of the additional namespaces there are. One that is missing is passed over.
///
/// # Errors
/// When the API server does not say.
pub async fn existing(client: &Client, names: &[String], log: &Log) -> Result<Vec<String>, kube::Error> {
    let api = Api::<Namespace>::all(client.clone());
    let mut found = Vec::new();
    for name in names {
        match api.get_opt(name).await? {
            Some(_) => found.push(name.clone()),
            None => log.error("namespace doesn't exist", &[("namespace", name)]),
        }
    }
    Ok(found)
}

/// Runs until `stop` says so. `ready` is told when every first list has come, but for that of EncryptedSecrets: their
/// resource may not be there.
pub async fn run(kinds: Kinds, scope: Scope, ready: watch::Sender<bool>, mut stop: watch::Receiver<bool>) {
    let permits = Arc::new(Semaphore::new(scope.concurrent));
    let mut tasks = JoinSet::new();
    let (listed, mut lists) = mpsc::channel(1);
    let namespaces: Vec<Option<String>> = match scope.namespaces.is_empty() {
        true => vec![None],
        false => scope.namespaces.iter().cloned().map(Some).collect(),
    };
    let expected = namespaces.len();
    for namespace in namespaces {
        let (kinds, scope, listed) = (kinds.clone(), scope.clone(), listed.clone());
        tasks.spawn(async move { follow_one(&kinds, &scope, namespace.as_deref(), listed).await });
    }
    tasks.spawn(async move {
        for _ in 0..expected {
            lists.recv().await;
        }
        ready.send_replace(true);
    });
    if let Some(encrypted) = &kinds.encrypted {
        tasks.spawn(notice_keys(Arc::clone(encrypted)));
        let (encrypted, permits) = (Arc::clone(encrypted), Arc::clone(&permits));
        tasks.spawn(async move { turns(&encrypted, &permits).await });
    }
    tasks.spawn(notice_keys(Arc::clone(&kinds.sealed)));
    tokio::select! {
        () = turns(&kinds.sealed, &permits) => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
    tasks.abort_all();
    let all = u32::try_from(scope.concurrent).unwrap_or(u32::MAX);
    let _ = timeout(LAST_TURNS, permits.acquire_many(all)).await;
}

/// Follows one namespace, or all. Sealed objects come after the first list of Secrets, so that a Secret that is not known
/// by then is not there.
async fn follow_one(kinds: &Kinds, scope: &Scope, namespace: Option<&str>, listed: mpsc::Sender<()>) {
    let (known, mut secrets_known) = watch::channel(!scope.secrets);
    let mut known_too = secrets_known.clone();
    let secrets = async {
        if scope.secrets {
            follow_secrets(kinds, scope, namespace, known).await;
        }
    };
    let sealed = async {
        let _ = secrets_known.wait_for(|known| *known).await;
        follow_objects(&kinds.sealed, scope, namespace, Some(listed)).await;
    };
    let encrypted = async {
        let _ = known_too.wait_for(|known| *known).await;
        if let Some(encrypted) = &kinds.encrypted {
            follow_objects(encrypted, scope, namespace, None).await;
        }
    };
    tokio::join!(secrets, sealed, encrypted);
}

async fn follow_secrets(kinds: &Kinds, scope: &Scope, namespace: Option<&str>, known: watch::Sender<bool>) {
    let source = Source {
        api: api::<PartialObjectMeta<Secret>>(&kinds.sealed.client, namespace),
        selector: scope.selector.clone(),
        what: "Secrets",
    };
    let (mut for_sealed, mut for_encrypted) = (0, 0);
    let handler = |seen: Seen<PartialObjectMeta<Secret>>| {
        secret_seen(&kinds.sealed, &seen, &mut for_sealed, namespace);
        if let Some(encrypted) = &kinds.encrypted {
            secret_seen(encrypted, &seen, &mut for_encrypted, namespace);
        }
        if matches!(seen, Seen::Listed) {
            known.send_replace(true);
        }
    };
    follow(source, &kinds.sealed.log, handler).await;
}

fn secret_seen<O: Sealed>(
    applier: &Applier<O>,
    seen: &Seen<PartialObjectMeta<Secret>>,
    since: &mut u64,
    namespace: Option<&str>,
) {
    let mut state = applier.state();
    match seen {
        Seen::Listing => *since = state.listing(),
        Seen::Object(secret, _) => state.secret_seen(&secret.metadata, Instant::now()),
        Seen::Gone(secret) => state.secret_gone(&secret.metadata, Instant::now()),
        Seen::Listed => state.secrets_listed(*since, namespace),
    }
    drop(state);
    applier.more.notify_one();
}

async fn follow_objects<O: Sealed>(
    applier: &Applier<O>,
    scope: &Scope,
    namespace: Option<&str>,
    listed: Option<mpsc::Sender<()>>,
) {
    let source = Source {
        api: api::<O>(&applier.client, namespace),
        selector: scope.selector.clone(),
        what: O::KIND,
    };
    let mut since = 0;
    let handler = |seen: Seen<O>| {
        let mut state = applier.state();
        match seen {
            Seen::Listing => since = state.listing(),
            Seen::Object(object, from_list) => {
                let key = Key::of(object.meta());
                if !state.sealed_seen(object, from_list, Instant::now()) && !from_list {
                    applier
                        .log
                        .debug("update suppressed, no changes in spec", &[(O::FIELD, &key)]);
                }
            }
            Seen::Gone(object) => {
                let key = Key::of(object.meta());
                state.sealed_gone(&key);
                O::forget(&applier.metrics, key.namespace(), key.name());
            }
            Seen::Listed => {
                for gone in state.sealed_listed(since, namespace) {
                    O::forget(&applier.metrics, gone.namespace(), gone.name());
                }
                listed.as_ref().map(|listed| listed.try_send(()));
            }
        }
        drop(state);
        applier.more.notify_one();
    };
    follow(source, &applier.log, handler).await;
}

pub(crate) fn api<K>(client: &Client, namespace: Option<&str>) -> Api<K>
where
    K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope>,
{
    let client = client.clone();
    match namespace {
        Some(namespace) => Api::namespaced(client, namespace),
        None => Api::all(client),
    }
}

async fn notice_keys<O: Sealed>(applier: Arc<Applier<O>>) {
    let mut changes = O::key_changes(&applier.opener);
    while changes.changed().await.is_ok() {
        applier.state().keys_changed();
        applier.more.notify_one();
    }
}

/// Gives turns, so many at the same time. Never returns.
async fn turns<O: Sealed>(applier: &Arc<Applier<O>>, permits: &Arc<Semaphore>) {
    loop {
        let Ok(permit) = Arc::clone(permits).acquire_owned().await else {
            return;
        };
        let key = next(applier).await;
        let applier = Arc::clone(applier);
        tokio::spawn(async move {
            let turn = {
                let (applier, key) = (Arc::clone(&applier), key.clone());
                tokio::spawn(async move { applier.turn(&key).await })
            };
            if turn.await.is_err_and(|error| error.is_panic()) {
                applier.turn_panicked(&key);
            }
            drop(permit);
        });
    }
}

async fn next<O: Sealed>(applier: &Applier<O>) -> Key {
    loop {
        applier.lead.gained().await;
        // before a turn is chosen, so that it goes to whoever is first when it begins
        let wait = applier.patience.wait(Instant::now());
        if !wait.is_zero() {
            sleep(wait).await;
            continue;
        }
        let due = {
            let (mut state, now) = (applier.state(), Instant::now());
            let key = state.queue.take(now);
            applier.metrics.queued(O::KIND, state.queue.len());
            if let Some(key) = key {
                applier.patience.begun(now);
                return key;
            }
            state.queue.next_due()
        };
        match due {
            None => applier.more.notified().await,
            Some(at) => tokio::select! {
                () = sleep_until(at.into()) => {}
                () = applier.more.notified() => {}
            },
        }
    }
}
