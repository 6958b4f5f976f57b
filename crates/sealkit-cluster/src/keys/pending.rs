//! A key on its way into the cluster. Its Secret is sent under one name until it is known to be there or refused: where the
//! answer did not come, the next try finds the key of the first, and there is no second one.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use getrandom::SysRng;
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::PostParams;
use rand_core::TryRng as _;

use crate::api::{Trouble, code};

const CONFLICT: u16 = 409;
/// How long a key may be on its way; then another is made, whose certificate begins later.
const PATIENCE: Duration = Duration::from_secs(600);
/// What the API server appends to a `generateName`, and how much of that it keeps.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
const APPENDED: usize = 5;
const MAX_PREFIX_BYTES: usize = 63 - APPENDED;

/// The key, if there is one.
#[derive(Default)]
pub(super) struct Pending(Mutex<Option<(Secret, Instant)>>);

impl Pending {
    /// What an earlier try has left.
    pub(super) fn get(&self, now: Instant) -> Option<Secret> {
        let (secret, since) = self.lock().clone()?;
        (now.saturating_duration_since(since) < PATIENCE).then_some(secret)
    }

    /// It is on its way, under a name of its own.
    pub(super) fn set(&self, mut secret: Secret, now: Instant) -> Secret {
        let prefix = secret.metadata.generate_name.as_deref().unwrap_or_default();
        secret.metadata.name = Some(named(prefix));
        *self.lock() = Some((secret.clone(), now));
        secret
    }

    /// It has arrived, as was seen in the cluster.
    pub(super) fn seen(&self, names: &[String]) {
        let mut pending = self.lock();
        let name = pending
            .as_ref()
            .and_then(|(secret, _)| secret.metadata.name.as_ref());
        if name.is_some_and(|name| names.contains(name)) {
            *pending = None;
        }
    }

    /// Sends it; gives it as it is in the cluster.
    pub(super) async fn send(&self, api: &Api<Secret>, secret: &Secret) -> Result<Secret, kube::Error> {
        let outcome = match api.create(&PostParams::default(), secret).await {
            Err(error) if code(&error) == CONFLICT => match there(api, secret).await {
                Some(there) => Ok(there),
                None => Err(error),
            },
            outcome => outcome,
        };
        let unknown = outcome.as_ref().is_err_and(is_unknown);
        if !unknown {
            *self.lock() = None;
        }
        outcome
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(Secret, Instant)>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Whether it may have been done although there was an error.
fn is_unknown(error: &kube::Error) -> bool {
    Trouble::of(error).is_some_and(Trouble::is_the_servers)
}

/// The Secret of this name, if it is this one.
async fn there(api: &Api<Secret>, secret: &Secret) -> Option<Secret> {
    let name = secret.metadata.name.as_deref()?;
    let there = api.get_opt(name).await.ok()??;
    (there.data == secret.data).then_some(there)
}

fn named(prefix: &str) -> String {
    let end = (0..=prefix.len().min(MAX_PREFIX_BYTES))
        .rev()
        .find(|end| prefix.is_char_boundary(*end));
    let mut name = prefix[..end.unwrap_or_default()].to_owned();
    let mut rng = SysRng;
    for _ in 0..APPENDED {
        // without randomness there would be no key either
        let number = rng.try_next_u32().unwrap_or_default() as usize;
        name.push(char::from(LETTERS[number % LETTERS.len()]));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> Secret {
        let mut secret = Secret::default();
        secret.metadata.generate_name = Some("sealed-secrets-key".to_owned());
        secret
    }

    #[test]
    fn a_name_is_such_as_the_server_would_give() {
        let name = named("sealed-secrets-key");
        let end = name.strip_prefix("sealed-secrets-key").expect("its beginning");
        assert!(
            end.len() == 5 && end.bytes().all(|byte| LETTERS.contains(&byte)),
            "{name}"
        );
        assert_ne!(name, named("sealed-secrets-key"));
        assert_eq!(named(&"x".repeat(80)).len(), 63);
    }

    #[test]
    fn it_keeps_its_name_until_it_is_seen_or_too_old() {
        let (pending, now) = (Pending::default(), Instant::now());
        assert_eq!(pending.get(now), None);
        let sent = pending.set(secret(), now);
        assert_eq!(pending.get(now), Some(sent.clone()));
        assert_eq!(pending.get(now + PATIENCE), None);
        pending.seen(&["another".to_owned()]);
        assert!(pending.get(now).is_some());
        pending.seen(&[sent.metadata.name.expect("one")]);
        assert_eq!(pending.get(now), None);
    }
}
