//! What a controller would change in a cluster as it is: looked at with the rights to read alone, decided by the functions
//! that decide everything, told, and not done.
//!
//! What only the API server can refuse (a quota, an admission webhook) is not known here. Everything else is what the
//! controller does in the first minute after its start, if nobody else does anything meanwhile.

mod differences;
mod report;

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::ListParams;
use kube::{Api, Client};
use sealkit_crypto::recipient::Recipient;
use tokio::sync::Semaphore;

use crate::api::{Pace, said};
use crate::decide::{Action, Decision};
use crate::identities::{Files, IdentityKey, RECIPIENT_ITEM, RECIPIENT_MAP, Ring};
use crate::keys::{KeyOptions, KeySet, Keys, SealingKey, Stored, due, secrets};
use crate::log::Log;
use crate::native::EncryptedSecret;
use crate::resource::{Opener, SealedSecret};
use crate::run::{Scope, api};
use crate::sealed::Sealed;
use crate::state::Key;
use crate::templates::GoTemplates;
use differences::differences;
pub use report::{KeysSeen, KindSeen, ObjectSeen, Published, Report, Write};

/// So many objects come in one answer.
const PAGE: u32 = 500;

/// What is looked at, and as which controller.
pub struct Look {
    /// The API server.
    pub client: Client,
    /// How fast it may be asked.
    pub pace: Pace,
    /// Which objects.
    pub scope: Scope,
    /// How keys are found and made.
    pub keys: KeyOptions,
    /// Whether EncryptedSecrets are looked after.
    pub encrypted: bool,
    /// Files with identities.
    pub identity_files: Vec<PathBuf>,
    /// Whether the deprecated form is read.
    pub accept_deprecated_data: bool,
    /// Whether statuses are written.
    pub update_status: bool,
    /// What is wrong with files.
    pub log: Log,
}

/// Why it is not known what would change.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LookError {
    /// The API server did not say.
    #[error("cannot read the {what}: {}", said(.source))]
    Read {
        /// What it was asked for.
        what: &'static str,
        /// Its answer.
        source: kube::Error,
    },
    /// A thread ended.
    #[error("a thread ended unexpectedly")]
    Thread(#[from] tokio::task::JoinError),
}

fn unread(what: &'static str) -> impl FnOnce(kube::Error) -> LookError {
    move |source| LookError::Read { what, source }
}

impl Look {
    /// Looks at everything; `now` in seconds since 1970.
    ///
    /// # Errors
    /// [`LookError`]; then nothing is known.
    pub async fn report(&self, now: i64) -> Result<Report, LookError> {
        let (sealing, seen) = self.stored::<SealingKey>(true, now).await?;
        let mut report = Report {
            keys: vec![seen],
            ..Report::default()
        };
        let opener = Opener {
            keys: sealing.clone(),
            templates: Arc::new(GoTemplates),
            accept_deprecated_data: self.accept_deprecated_data,
        };
        report.kinds.push(
            self.kind::<SealedSecret>(Arc::new(opener), "SealedSecrets")
                .await?,
        );
        if self.encrypted {
            let files = Keys::new(KeySet::default());
            Files::new(self.identity_files.clone(), files.clone(), self.log.clone()).load();
            let makes = self.identity_files.is_empty();
            let (identities, seen) = self.stored::<IdentityKey>(makes, now).await?;
            let renewed = seen.due.is_some();
            report.keys.push(seen);
            let ring = Arc::new(Ring::new(identities, files, sealing));
            report.published = self.published(ring.now().current(), renewed).await?;
            let opener = Arc::new(Arc::clone(&ring));
            report
                .kinds
                .push(self.kind::<EncryptedSecret>(opener, "EncryptedSecrets").await?);
        }
        Ok(report)
    }

    /// The keys of one kind, those that cannot be used, and whether one would be made.
    async fn stored<K: Stored>(&self, makes: bool, now: i64) -> Result<(Keys<K>, KeysSeen), LookError> {
        let api = Api::namespaced(self.client.clone(), &self.keys.namespace);
        let secrets = secrets::<K>(&api, &self.keys).await.map_err(unread(K::WHAT))?;
        let (mut keys, mut refused) = (Vec::new(), Vec::new());
        for secret in secrets {
            let (name, options) = (
                secret.metadata.name.clone().unwrap_or_default(),
                self.keys.clone(),
            );
            match tokio::task::spawn_blocking(move || K::read(&secret, &options)).await? {
                Ok(key) => keys.push(key),
                Err(why) => refused.push((name, why)),
            }
        }
        let set = KeySet::new(keys);
        let seen = KeysSeen {
            what: K::WHAT,
            used: set.all().iter().map(|key| key.name().to_owned()).collect(),
            refused,
            due: makes
                .then(|| due(&self.keys, set.current().map(Stored::ordering_time), now))
                .flatten(),
        };
        Ok((Keys::new(set), seen))
    }

    /// What becomes of the ConfigMap with the recipient, where one that is `renewed` is not known yet.
    async fn published(
        &self,
        current: Option<&Recipient>,
        renewed: bool,
    ) -> Result<Option<Published>, LookError> {
        let api = Api::<ConfigMap>::namespaced(self.client.clone(), &self.keys.namespace);
        let live = api
            .get_opt(RECIPIENT_MAP)
            .await
            .map_err(unread("ConfigMap of the recipient"))?;
        let Some(live) = live else {
            return Ok(Some(Published::Create).filter(|_| renewed || current.is_some()));
        };
        let data = live.data.unwrap_or_default();
        let says = data.get(RECIPIENT_ITEM).filter(|_| data.len() == 1);
        let same = current.is_none_or(|current| says == Some(&current.to_string()));
        Ok(Some(Published::Replace).filter(|_| renewed || !same))
    }

    /// All objects of one kind.
    async fn kind<O: Sealed>(
        &self,
        opener: Arc<O::Opener>,
        what: &'static str,
    ) -> Result<KindSeen, LookError> {
        let mut objects = Vec::new();
        let namespaces: Vec<Option<&str>> = match self.scope.namespaces.is_empty() {
            true => vec![None],
            false => self
                .scope
                .namespaces
                .iter()
                .map(|name| Some(name.as_str()))
                .collect(),
        };
        for namespace in namespaces {
            let listed = self.listed(&api::<O>(&self.client, namespace)).await;
            objects.extend(listed.map_err(unread(what))?);
        }
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let cores = Arc::new(Semaphore::new(cores));
        let alive = objects
            .into_iter()
            .filter(|object| object.meta().deletion_timestamp.is_none());
        let seen: Vec<ObjectSeen> = stream::iter(alive)
            .map(|object| self.object(object, Arc::clone(&opener), Arc::clone(&cores)))
            .buffer_unordered(self.scope.concurrent)
            .try_collect()
            .await?;
        Ok(KindSeen::new(O::KIND, seen))
    }

    async fn listed<O: Sealed>(&self, api: &Api<O>) -> Result<Vec<O>, kube::Error> {
        let mut params = ListParams::default().limit(PAGE);
        if let Some(selector) = &self.scope.selector {
            params = params.labels(selector);
        }
        let mut objects = Vec::new();
        loop {
            self.pace.turn().await;
            let list = api.list(&params).await?;
            objects.extend(list.items);
            match list.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => params = params.continue_token(&token),
                None => return Ok(objects),
            }
        }
    }

    /// One object, as its first turn would go.
    async fn object<O: Sealed>(
        &self,
        object: O,
        opener: Arc<O::Opener>,
        cores: Arc<Semaphore>,
    ) -> Result<ObjectSeen, LookError> {
        let object = Arc::new(object);
        let secrets = Api::<Secret>::namespaced(self.client.clone(), object.namespace());
        self.pace.turn().await;
        let live = secrets.get_opt(object.name()).await.map_err(unread("Secrets"))?;
        let opened = {
            let (object, core) = (Arc::clone(&object), cores.acquire_owned().await);
            tokio::task::spawn_blocking(move || {
                let _core = core;
                object.open(&opener)
            })
        };
        let (found, report) = opened.await?;
        let Decision { action, outcome } = object.decide(live.as_ref(), found);
        let wrote = action != Action::Keep;
        let settled = object.settle(outcome.as_ref().copied(), Some(&report), wrote, "");
        Ok(ObjectSeen {
            object: Key::of(object.meta()),
            secret: match (&action, &live) {
                (Action::Create(_), _) => Some(Write::Create),
                (Action::Replace(wanted), Some(live)) => Some(Write::Replace(differences(live, wanted))),
                (Action::Replace(_), None) | (Action::Keep, _) => None,
            },
            failure: outcome.err().map(|failure| failure.message),
            status: self.update_status && settled.status.is_some(),
        })
    }
}
