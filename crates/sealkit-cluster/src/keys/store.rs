//! Keys in the cluster: loading them, noticing their changes, making new ones in time.
//!
//! Each private key is parsed once. A key is used only after its Secret was created.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Secret;
use kube::api::ListParams;
use kube::{Api, Client};
use sealkit_crypto::certificate::CertificateError;
use sealkit_crypto::rsa_oaep::RsaError;
use tokio::time::sleep;

use super::due::{due_at_start, until_renewal};
use super::pending::Pending;
use super::{ACTIVE, Extra, KeySet, Keys, Order, SealingKey, Stored};
use crate::log::Log;
use crate::watch::{Seen, Source, follow};

/// How soon a renewal that failed is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(60);

/// How keys are found and made.
#[derive(Clone, Debug)]
pub struct KeyOptions {
    /// The controller's own namespace.
    pub namespace: String,
    /// How the names of their Secrets begin; also the name of the oldest kind of key.
    pub prefix: String,
    /// RSA bits of new keys.
    pub bits: usize,
    /// How long new certificates are valid.
    pub ttl: Duration,
    /// Their common name.
    pub common_name: String,
    /// What new Secrets get beside the key.
    pub extra: Extra,
    /// Which key is the current one.
    pub order: Order,
    /// How old the current key may become; zero for any age.
    pub renew_period: Duration,
    /// Keys older than this are replaced at the start, in seconds since 1970.
    pub cutoff: Option<i64>,
}

/// Why no key was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The library made none of this size.
    #[error("cannot generate a sealing key: {0}")]
    Key(#[from] RsaError),
    /// No certificate can have this period.
    #[error("cannot make the sealing key's certificate: {0}")]
    Certificate(#[from] CertificateError),
    /// Its Secret was not created.
    #[error("cannot store the key: {}", crate::api::said(.0))]
    Store(#[from] kube::Error),
    /// The thread that made it ended.
    #[error("cannot generate a sealing key: the thread ended")]
    Thread(#[from] tokio::task::JoinError),
}

/// By name and resource version; `None` for Secrets that are no keys, which are complained about once.
type Parsed<K> = HashMap<(String, String), Option<K>>;

/// The store.
pub struct Store<K = SealingKey> {
    api: Api<Secret>,
    client: Client,
    keys: Keys<K>,
    options: KeyOptions,
    log: Log,
    /// A list from before a key was stored must not take the place of the set that has it.
    busy: tokio::sync::Mutex<()>,
    parsed: Mutex<Parsed<K>>,
    pending: Pending,
}

/// The Secrets of all keys: those that the label calls active, and the one that counts by its name unless it has the label.
///
/// # Errors
/// When the API server does not answer with them.
pub async fn secrets<K: Stored>(api: &Api<Secret>, options: &KeyOptions) -> Result<Vec<Secret>, kube::Error> {
    let active = ListParams::default().labels(&format!("{}={ACTIVE}", K::LABEL));
    let mut secrets = api.list(&active).await?.items;
    if let Some(name) = K::unlabelled(options)
        && let Some(oldest) = api.get_opt(name).await?
    {
        let labels = oldest.metadata.labels.as_ref();
        let label = labels.and_then(|labels| labels.get(K::LABEL));
        // with the label it is in the list already, or is meant to be out of use
        if label.is_none() {
            secrets.push(oldest);
        }
    }
    Ok(secrets)
}

impl<K: Stored> Store<K> {
    /// A store that keeps `keys` as the cluster has them.
    #[must_use]
    pub fn new(client: Client, keys: Keys<K>, options: KeyOptions, log: Log) -> Self {
        Self {
            api: Api::namespaced(client.clone(), &options.namespace),
            client,
            keys,
            options,
            log,
            busy: tokio::sync::Mutex::default(),
            parsed: Mutex::default(),
            pending: Pending::default(),
        }
    }

    /// Loads all keys.
    ///
    /// # Errors
    /// When the API server does not answer with them.
    pub async fn load(&self) -> Result<(), kube::Error> {
        let _busy = self.busy.lock().await;
        let secrets = secrets::<K>(&self.api, &self.options).await?;
        let keys = self.parse(secrets).await;
        let before: Vec<String> = self.names();
        self.keys.replace_if_other(KeySet::new(keys));
        let names = self.names();
        self.pending.seen(&names);
        for name in names.iter().filter(|name| !before.contains(name)) {
            self.log.info("registered private key", &[("secretname", name)]);
        }
        Ok(())
    }

    fn names(&self) -> Vec<String> {
        let set = self.keys.now();
        set.all().iter().map(|key| key.name().to_owned()).collect()
    }

    async fn parse(&self, secrets: Vec<Secret>) -> Vec<K> {
        let mut parsed = HashMap::new();
        for secret in secrets {
            let metadata = &secret.metadata;
            let version = metadata.resource_version.clone().unwrap_or_default();
            let place = (metadata.name.clone().unwrap_or_default(), version);
            let known = self.lock().get(&place).cloned();
            let key = match known {
                Some(key) => key,
                None => self.parse_one(secret).await,
            };
            parsed.insert(place, key);
        }
        let keys = parsed.values().flatten().cloned().collect();
        *self.lock() = parsed;
        keys
    }

    async fn parse_one(&self, secret: Secret) -> Option<K> {
        let options = self.options.clone();
        let name = secret.metadata.name.clone().unwrap_or_default();
        let outcome = tokio::task::spawn_blocking(move || K::read(&secret, &options))
            .await
            .ok()?;
        outcome
            .inspect_err(|error| {
                let fields: &[(&str, &dyn std::fmt::Display)] = &[("secretname", &name), ("error", error)];
                self.log.error("Error reading key", fields);
            })
            .ok()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Parsed<K>> {
        self.parsed
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Makes a key, or takes that of the last try, whose fate is not known; stores it, and uses it.
    ///
    /// # Errors
    /// [`GenerateError`]; then nothing has changed here.
    pub async fn generate(&self) -> Result<(), GenerateError> {
        let (options, now) = (self.options.clone(), jiff::Timestamp::now().as_second());
        let secret = match self.pending.get(Instant::now()) {
            Some(secret) => secret,
            None => {
                let secret = tokio::task::spawn_blocking(move || K::make(&options, now)).await??;
                self.pending.set(secret, Instant::now())
            }
        };
        let _busy = self.busy.lock().await;
        let stored = self.pending.send(&self.api, &secret).await?;
        let Some(key) = self.parse_one(stored).await else {
            return Ok(());
        };
        let namespace = &self.options.namespace;
        self.log.info(
            "New key written",
            &[("namespace", namespace), ("name", &key.name())],
        );
        key.announce(&self.log);
        // where Secrets' age counts, the clock here is not the one that counts
        self.keys.replace(self.keys.now().with(key));
        Ok(())
    }

    /// Makes a key if there is none or the current one is older than the cut-off.
    ///
    /// # Errors
    /// [`GenerateError`].
    pub async fn generate_if_due(&self) -> Result<(), GenerateError> {
        let current = self.keys.now().current().map(Stored::ordering_time);
        match due_at_start(self.options.cutoff, current) {
            Some(_) => self.generate().await,
            None => Ok(()),
        }
    }

    /// Makes a key whenever the current one has reached its age, and at every signal. Never returns.
    pub async fn renew(&self, signals: &mut tokio::signal::unix::Signal) {
        let mut failed = false;
        loop {
            let wait = match failed {
                true => Some(TRY_AGAIN),
                false => self.until_renewal(jiff::Timestamp::now().as_second()),
            };
            let asked = match wait {
                Some(wait) => tokio::select! {
                    () = sleep(wait) => false,
                    _ = signals.recv() => true,
                },
                None => signals.recv().await.is_some(),
            };
            // a key may have come meanwhile: by a signal, or from somebody else
            let still = self.until_renewal(jiff::Timestamp::now().as_second());
            if !asked && still.is_none_or(|still| !still.is_zero()) {
                failed = false;
                continue;
            }
            let outcome = self.generate().await;
            failed = outcome.is_err();
            if let Err(error) = outcome {
                self.log.error("Failed to generate new key", &[("error", &error)]);
            }
        }
    }

    fn until_renewal(&self, now: i64) -> Option<Duration> {
        let set = self.keys.now();
        until_renewal(
            self.options.renew_period,
            set.current().map(Stored::ordering_time),
            now,
        )
    }

    /// Keeps the keys as the cluster has them. Never returns.
    pub async fn follow(&self) {
        let source = Source {
            api: Api::<kube::core::PartialObjectMeta<Secret>>::namespaced(
                self.client.clone(),
                &self.options.namespace,
            ),
            selector: Some(format!("{}={ACTIVE}", K::LABEL)),
            what: K::WHAT,
        };
        let (changed, mut changes) = tokio::sync::watch::channel(());
        let handler = move |seen: Seen<_>| {
            if !matches!(seen, Seen::Listing) {
                changed.send_replace(());
            }
        };
        let reload = async {
            while changes.changed().await.is_ok() {
                if let Err(error) = self.load().await {
                    self.log.warn(
                        "cannot read keys",
                        &[("what", &K::WHAT), ("error", &crate::api::said(&error))],
                    );
                    sleep(Duration::from_secs(1)).await;
                    changes.mark_changed();
                }
            }
        };
        tokio::join!(follow(source, &self.log, handler), reload);
    }
}
