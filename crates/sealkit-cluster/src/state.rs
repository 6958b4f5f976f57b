//! What the controller knows of the cluster, and which objects therefore need a turn. Pure: events in, turns out.
//!
//! Of Secrets only their versions are kept, and only of those that have to do with sealed objects. A Secret whose version
//! is not the one that was last found right is looked at again; that is how drift is noticed without holding a secret.

mod strangers;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kube::core::ObjectMeta;

use self::strangers::{Heard, Strangers};
use crate::metrics::Reason;
use crate::queue::{Lane, Queue, back_off};
use crate::resource::SealedSecret;
use crate::sealed::Sealed;

/// First and longest wait after a failure that time can mend.
const REFUSED: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));
/// The same for values that do not open: another key or another object asks for a turn at once, so this is for the rest.
const CLOSED: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(3600));
/// The same where it is not the object that is wrong. How many turns there are while the server itself is in trouble is
/// bounded for all together, by `patience`.
const TROUBLE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));
/// How long a Secret that was not ours stays away after it was deleted, as scripts expect that replace one.
const ABSENCE: Duration = Duration::from_secs(1);

/// Namespace and name, of a sealed object and its Secret alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(Arc<(String, String)>);

impl Key {
    /// The key of an object.
    #[must_use]
    pub fn of(metadata: &ObjectMeta) -> Self {
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        Self(Arc::new((text(&metadata.namespace), text(&metadata.name))))
    }

    /// The namespace.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.0.0
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.1
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace(), self.name())
    }
}

/// How a turn ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// The version of the Secret that was found or made right.
    pub secret_version: Option<String>,
    /// Why not, and whether trying again can help.
    pub failure: Option<(Reason, bool)>,
    /// What stood in the way has nothing to do with the object, and may be gone in a moment.
    pub trouble: bool,
    /// The Secret went during the turn, so that another turn must see how.
    pub unfinished: bool,
}

struct Entry<O> {
    object: Arc<O>,
    epoch: u64,
    /// Failures of one sort in a row: what stood in the way, or the object's own.
    attempts: u32,
    in_trouble: bool,
    failure: Option<Reason>,
    right_version: Option<String>,
    /// Its status was seen to say that it failed, by a write of ours whose answer did not come or by somebody else's.
    said_to_fail: bool,
    /// The Secret's version that was seen during a turn.
    seen_meanwhile: Option<String>,
    /// Whether a Secret of this name was there when last heard of, whoever's it was.
    secret_there: bool,
    /// Until when no Secret is to be made, since one that was not ours has just been deleted.
    away_until: Option<Instant>,
}

impl<O: Sealed> Entry<O> {
    /// Whether its status says that it failed although it was found right.
    fn is_wronged(&self) -> bool {
        let right = self.failure.is_none() && self.right_version.is_some();
        right && self.said_to_fail && self.object.went_well() == Some(false)
    }
}

/// The state, of one kind of sealed objects. `epoch` counts lists, so that what a list no longer has can be dropped.
pub struct State<O = SealedSecret> {
    objects: HashMap<Key, Entry<O>>,
    /// The last list or event that had each Secret that concerns us.
    secrets: HashMap<Key, u64>,
    strangers: Strangers,
    /// Objects by turn.
    pub queue: Queue<Key>,
    epoch: u64,
    follows_secrets: bool,
    collects: bool,
}

impl<O> Default for State<O> {
    fn default() -> Self {
        Self {
            objects: HashMap::new(),
            secrets: HashMap::new(),
            strangers: Strangers::default(),
            queue: Queue::default(),
            epoch: 0,
            follows_secrets: false,
            collects: false,
        }
    }
}

impl<O: Sealed> State<O> {
    /// Knows nothing yet. `follows_secrets` tells whether Secrets are watched, so that one that is not known is not there;
    /// `collects` whether a sealed object's end is a turn too.
    #[must_use]
    pub fn new(follows_secrets: bool, collects: bool) -> Self {
        Self {
            follows_secrets,
            collects,
            ..Self::default()
        }
    }

    /// A list of objects begins; what it returns marks its end.
    pub fn listing(&mut self) -> u64 {
        self.epoch += 1;
        self.epoch
    }

    /// A list of sealed objects in `namespace`, or in all, has ended. Returns those that are gone.
    pub fn sealed_listed(&mut self, since: u64, namespace: Option<&str>) -> Vec<Arc<O>> {
        let gone: Vec<Key> = self
            .objects
            .iter()
            .filter(|(key, entry)| entry.epoch < since && within(key, namespace))
            .map(|(key, _)| key.clone())
            .collect();
        gone.iter().filter_map(|key| self.sealed_gone(key)).collect()
    }

    /// A sealed object was seen. Another spec, scope or identity needs a turn, and so does a status that calls one failed
    /// that was found right; returns whether it got one.
    pub fn sealed_seen(&mut self, mut object: O, from_list: bool, now: Instant) -> bool {
        object.meta_mut().managed_fields = None;
        let key = Key::of(object.meta());
        let epoch = self.epoch;
        if let Some(entry) = self.objects.get_mut(&key) {
            let (old, new) = (&entry.object, &object);
            let same = old.uid() == new.uid()
                && old.meta().generation == new.meta().generation
                && old.says_the_same(new);
            let failed = |object: &O| object.went_well() == Some(false);
            entry.said_to_fail |= same && failed(new) && !failed(old) && !is_older(new.meta(), old.meta());
            entry.object = Arc::new(object);
            entry.epoch = epoch;
            let wronged = entry.is_wronged() && !self.queue.is_active(&key);
            if !same {
                entry.attempts = 0;
            }
            if !same || wronged {
                entry.said_to_fail = false;
                self.queue.add(key, Lane::Fresh);
            }
            return !same || wronged;
        }
        let missing = self.follows_secrets && !self.secrets.contains_key(&key);
        let lane = match object.went_well() {
            _ if !from_list => Lane::Fresh,
            // it opens, and somebody lacks it
            Some(true) if missing => Lane::Fresh,
            Some(false) => Lane::Retry,
            _ => Lane::Initial,
        };
        let heard = self.strangers.take(&key, now);
        let entry = Entry {
            object: Arc::new(object),
            epoch,
            attempts: 0,
            in_trouble: false,
            failure: None,
            right_version: None,
            said_to_fail: false,
            seen_meanwhile: None,
            secret_there: matches!(heard, Some((_, Heard::There))),
            away_until: match heard {
                Some((at, Heard::Gone)) => Some(at + ABSENCE),
                _ => None,
            },
        };
        self.objects.insert(key.clone(), entry);
        self.queue.add(key, lane);
        true
    }

    /// A sealed object is gone.
    pub fn sealed_gone(&mut self, key: &Key) -> Option<Arc<O>> {
        let gone = self.objects.remove(key)?;
        if self.collects {
            self.queue.add(key.clone(), Lane::Fresh);
        }
        Some(gone.object)
    }

    /// A Secret was seen. If it is not as it was left, its sealed object gets a turn.
    pub fn secret_seen(&mut self, metadata: &ObjectMeta, now: Instant) {
        let key = Key::of(metadata);
        let version = metadata.resource_version.clone().unwrap_or_default();
        let concerned = O::concerns(metadata);
        if concerned {
            self.secrets.insert(key.clone(), self.epoch);
        } else {
            self.secrets.remove(&key);
        }
        let Some(entry) = self.objects.get_mut(&key) else {
            if !concerned {
                self.strangers.note(key, Heard::There, now);
            }
            return;
        };
        entry.secret_there = true;
        entry.away_until = None;
        if self.queue.is_active(&key) {
            entry.seen_meanwhile = Some(version);
        } else if entry.right_version.as_ref() != Some(&version)
            && (concerned || entry.right_version.is_some())
        {
            self.queue.add(key, Lane::Fresh);
        }
    }

    /// A list of Secrets has ended. Those that are gone count as deleted; by whom they were owned is no longer known.
    pub fn secrets_listed(&mut self, since: u64, namespace: Option<&str>) {
        let gone: Vec<Key> = self
            .secrets
            .iter()
            .filter(|(key, epoch)| **epoch < since && within(key, namespace))
            .map(|(key, _)| key.clone())
            .collect();
        for key in gone {
            self.secrets.remove(&key);
            if let Some(entry) = self.objects.get_mut(&key) {
                entry.right_version = None;
                entry.secret_there = false;
                self.queue.add(key, Lane::Fresh);
            }
        }
    }

    /// A Secret was deleted. One that was ours comes back at once, any other no sooner than scripts expect.
    pub fn secret_gone(&mut self, metadata: &ObjectMeta, now: Instant) {
        let key = Key::of(metadata);
        self.secrets.remove(&key);
        let Some(entry) = self.objects.get_mut(&key) else {
            if !O::concerns(metadata) {
                self.strangers.note(key, Heard::Gone, now);
            }
            return;
        };
        entry.right_version = None;
        entry.secret_there = false;
        if entry.object.was_ours(metadata) {
            self.queue.add(key, Lane::Fresh);
        } else {
            entry.attempts = 0;
            entry.away_until = Some(now + ABSENCE);
            self.queue.postpone(key, now + ABSENCE);
        }
    }

    /// There are other keys: what did not open may open now, and of some kinds what did may say another thing.
    pub fn keys_changed(&mut self) {
        for (key, entry) in &mut self.objects {
            if O::FOLLOWS_KEYS || entry.failure == Some(Reason::Unseal) {
                entry.attempts = 0;
                self.queue.add(key.clone(), Lane::Retry);
            }
        }
    }

    /// The object of a turn, and whether its Secret is known to be there: `None` where that is not known.
    pub fn turn(&mut self, key: &Key) -> (Option<Arc<O>>, Option<bool>) {
        let there = self.secrets.contains_key(key);
        let Some(entry) = self.objects.get_mut(key) else {
            return (None, None);
        };
        entry.seen_meanwhile = None;
        let there = there || entry.secret_there;
        (
            Some(Arc::clone(&entry.object)),
            self.follows_secrets.then_some(there),
        )
    }

    /// Whether no Secret is to be made yet, since one that was not ours was deleted a moment ago.
    pub fn stays_away(&self, key: &Key, now: Instant) -> bool {
        let until = self.objects.get(key).and_then(|entry| entry.away_until);
        until.is_some_and(|until| now < until)
    }

    /// The server's answer to a status write is newer than what was watched.
    pub fn status_written(&mut self, mut answer: O) {
        answer.meta_mut().managed_fields = None;
        let Some(entry) = self.objects.get_mut(&Key::of(answer.meta())) else {
            return;
        };
        let same =
            entry.object.uid() == answer.uid() && entry.object.meta().generation == answer.meta().generation;
        if same {
            entry.object = Arc::new(answer);
        }
    }

    /// A turn has ended.
    pub fn ended(&mut self, key: &Key, ended: Ended, now: Instant) {
        if let Some(entry) = self.objects.get_mut(key) {
            entry.right_version.clone_from(&ended.secret_version);
            entry.failure = ended.failure.map(|(reason, _)| reason);
            let meanwhile = entry.seen_meanwhile.take();
            if ended.unfinished {
                entry.secret_there = false;
                self.queue.done(key);
                self.queue.add_at(key.clone(), now + ABSENCE);
                return;
            }
            if ended.secret_version.is_some() {
                entry.secret_there = true;
            }
            match ended.failure {
                None => {
                    entry.attempts = 0;
                    let wronged = entry.is_wronged();
                    entry.said_to_fail = false;
                    if wronged || meanwhile.is_some_and(|seen| Some(seen) != ended.secret_version) {
                        self.queue.add(key.clone(), Lane::Fresh);
                    }
                }
                Some((_, false)) => {}
                Some((reason, true)) => {
                    if std::mem::replace(&mut entry.in_trouble, ended.trouble) != ended.trouble {
                        entry.attempts = 0;
                    }
                    entry.attempts = entry.attempts.saturating_add(1);
                    let (first, longest) = match reason {
                        _ if ended.trouble => TROUBLE,
                        Reason::Unseal => CLOSED,
                        _ => REFUSED,
                    };
                    let at = now + back_off(entry.attempts, first, longest);
                    self.queue.done(key);
                    self.queue.add_at(key.clone(), at);
                    return;
                }
            }
        }
        self.queue.done(key);
    }

    /// Whether the Secrets of sealed objects that are gone are deleted here.
    #[must_use]
    pub fn collects(&self) -> bool {
        self.collects
    }

    /// How many sealed objects there are.
    #[must_use]
    pub fn objects(&self) -> usize {
        self.objects.len()
    }
}

/// Whether a version is known to be an earlier one.
fn is_older(one: &ObjectMeta, other: &ObjectMeta) -> bool {
    let number = |metadata: &ObjectMeta| metadata.resource_version.as_ref()?.parse::<u64>().ok();
    number(one)
        .zip(number(other))
        .is_some_and(|(one, other)| one < other)
}

fn within(key: &Key, namespace: Option<&str>) -> bool {
    namespace.is_none_or(|namespace| key.namespace() == namespace)
}

#[cfg(test)]
mod tests;
