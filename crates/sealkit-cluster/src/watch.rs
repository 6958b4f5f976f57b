//! Following a kind of object: a list in pages, then every change, through ends and errors of the connection, for ever.
//!
//! Tells what it sees, not what that means. Between [`Seen::Listing`] and [`Seen::Listed`] come all objects there are;
//! whoever keeps them drops those that did not come.

use std::fmt::Debug;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use kube::api::{ListParams, WatchParams};
use kube::core::WatchEvent;
use kube::{Api, Resource};
use serde::de::DeserializeOwned;
use tokio::time::sleep;

use crate::api::{Trouble, code, said};
use crate::log::Log;
use crate::queue::back_off;

/// Objects in one page of a list.
const PAGE: u32 = 500;
/// How long the server keeps one watch open.
const WATCH_SECONDS: u32 = 290;
/// A watch that ended sooner counts as a failure: a server that ends every one at once is not asked in a tight loop.
const LASTED: Duration = Duration::from_secs(1);
/// After so many failures in a row the server is asked for another version to go on from.
const TRIES: u32 = 8;
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// The history that a watch wants to go on from is no longer there.
const GONE: u16 = 410;

/// What to follow.
pub struct Source<K> {
    /// The objects.
    pub api: Api<K>,
    /// Only those with these labels.
    pub selector: Option<String>,
    /// What they are, for the log.
    pub what: &'static str,
}

/// What was seen.
#[derive(Debug)]
pub enum Seen<K> {
    /// A list begins; changes may have been missed.
    Listing,
    /// An object as it is, and whether it comes from a list.
    Object(K, bool),
    /// An object as it was when it went.
    Gone(K),
    /// The list is complete.
    Listed,
}

/// Follows a source and hands everything to `handler`. Never returns.
pub async fn follow<K>(source: Source<K>, log: &Log, mut handler: impl FnMut(Seen<K>))
where
    K: Clone + DeserializeOwned + Debug + Resource,
{
    let mut failures = 0;
    loop {
        match list(&source, &mut handler).await {
            Ok(version) => {
                let listed = Instant::now();
                watch(&source, version, log, &mut handler).await;
                count(&mut failures, listed).await;
            }
            Err(error) => {
                failures += 1;
                log.warn(
                    "cannot list, will try again",
                    &[("what", &source.what), ("error", &said(&error))],
                );
                sleep(back_off(failures, FIRST_WAIT, LONGEST_WAIT)).await;
            }
        }
    }
}

/// Something has ended that should have lasted. The first time it begins again at once.
async fn count(failures: &mut u32, begun: Instant) {
    if begun.elapsed() >= LASTED {
        *failures = 0;
        return;
    }
    *failures += 1;
    if *failures > 1 {
        sleep(back_off(*failures, FIRST_WAIT, LONGEST_WAIT)).await;
    }
}

/// Lists everything page by page; returns the version from which to watch.
async fn list<K>(source: &Source<K>, handler: &mut impl FnMut(Seen<K>)) -> Result<String, kube::Error>
where
    K: Clone + DeserializeOwned + Debug,
{
    handler(Seen::Listing);
    let mut params = ListParams::default().limit(PAGE);
    params.label_selector.clone_from(&source.selector);
    loop {
        let page = source.api.list(&params).await?;
        for object in page.items {
            handler(Seen::Object(object, true));
        }
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => params.continue_token = Some(token),
            None => {
                handler(Seen::Listed);
                return Ok(page.metadata.resource_version.unwrap_or_default());
            }
        }
    }
}

/// Watches until the history is lost, or the server will not go on from where it was: another list follows.
async fn watch<K>(source: &Source<K>, mut version: String, log: &Log, handler: &mut impl FnMut(Seen<K>))
where
    K: Clone + DeserializeOwned + Debug + Resource,
{
    let mut params = WatchParams::default().timeout(WATCH_SECONDS);
    params.label_selector.clone_from(&source.selector);
    let mut failures = 0;
    while failures < TRIES {
        let begun = Instant::now();
        let stream = match source.api.watch(&params, &version).await {
            Ok(stream) => stream,
            Err(error) if code(&error) == GONE => return,
            Err(error) => {
                failures += 1;
                log.warn(
                    "cannot watch, will try again",
                    &[("what", &source.what), ("error", &said(&error))],
                );
                if Trouble::of(&error) == Some(Trouble::Away) {
                    failures = failures.min(TRIES - 1);
                }
                sleep(back_off(failures, FIRST_WAIT, LONGEST_WAIT)).await;
                continue;
            }
        };
        let mut stream = pin!(stream);
        while let Some(event) = stream.next().await {
            match event {
                Ok(WatchEvent::Added(object) | WatchEvent::Modified(object)) => {
                    remember(&object, &mut version);
                    handler(Seen::Object(object, false));
                }
                Ok(WatchEvent::Deleted(object)) => {
                    remember(&object, &mut version);
                    handler(Seen::Gone(object));
                }
                Ok(WatchEvent::Bookmark(bookmark)) => version = bookmark.metadata.resource_version,
                Ok(WatchEvent::Error(status)) if status.code == GONE => return,
                Ok(WatchEvent::Error(status)) => {
                    log.warn(
                        "watch ended",
                        &[("what", &source.what), ("error", &status.message)],
                    );
                    break;
                }
                Err(error) => {
                    log.debug("watch ended", &[("what", &source.what), ("error", &said(&error))]);
                    break;
                }
            }
        }
        count(&mut failures, begun).await;
    }
}

fn remember<K: Resource>(object: &K, version: &mut String) {
    if let Some(seen) = &object.meta().resource_version {
        version.clone_from(seen);
    }
}

#[cfg(test)]
mod tests;
