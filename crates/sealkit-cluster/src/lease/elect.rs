//! Keeping, taking and giving back the lease.

use std::time::{Duration, Instant};

use getrandom::SysRng;
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::Api;
use kube::api::PostParams;
use kube::core::ObjectMeta;
use rand_core::TryRng as _;
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

use super::{Lead, Seen, Step, Timing, step};
use crate::api::{code, said};
use crate::log::Log;

const CONFLICT: u16 = 409;

/// A replica's part in the election. Its client must be one that always writes.
pub struct Elector {
    /// The leases of the controller's namespace.
    pub api: Api<Lease>,
    /// The lease's name.
    pub name: String,
    /// What this replica is called; no other one may ever be called so.
    pub identity: String,
    /// The times.
    pub timing: Timing,
    /// Who is told.
    pub lead: Lead,
    /// What is said.
    pub log: Log,
    /// The lease as it was last seen.
    pub last: Mutex<Option<(Lease, Seen)>>,
}

/// The name of this replica: the host's, and something that no earlier process on it had.
#[must_use]
pub fn identity(host: &str) -> String {
    let mut rng = SysRng;
    let number = rng.try_next_u64().unwrap_or_else(|_| std::process::id().into());
    format!("{host}_{number:016x}")
}

impl Elector {
    /// Takes part until it is dropped. Never returns.
    pub async fn run(&self) {
        loop {
            // counted from before the request: others count from when they see it, which is later
            let sent = Instant::now();
            let patience = self.lead.ends().map_or(self.timing.renew, |ends| ends - sent);
            let outcome = timeout(patience.min(self.timing.renew / 2), self.round()).await;
            match outcome {
                Ok(Ok(true)) => {
                    if self.lead.extend(sent + self.timing.renew) {
                        self.log
                            .info("this replica leads", &[("identity", &self.identity)]);
                    }
                }
                Ok(Ok(false)) => self.lost("another replica has the lease"),
                Ok(Err(error)) => self.failed(&said(&error)),
                Err(_) => self.failed("the API server does not answer"),
            }
            sleep(self.timing.retry).await;
            if self.lead.ends().is_some_and(|ends| Instant::now() >= ends) {
                self.lost("the lease was not renewed in time");
            }
        }
    }

    /// Looks at the lease and does what is to be done. Returns whether it is ours now.
    async fn round(&self) -> Result<bool, kube::Error> {
        let mut last = self.last.lock().await;
        // what was ours is renewed without a look; the server compares the versions
        if last
            .as_ref()
            .is_some_and(|(_, seen)| seen.holder == self.identity)
        {
            match self.write(&mut last).await {
                // a renewal whose answer did not come may have been written: a look tells
                Err(error) if code(&error) == CONFLICT => {}
                written => return written,
            }
        }
        let before = last.take().map(|(_, seen)| seen);
        let lease = self.api.get_opt(&self.name).await?;
        // the time of the answer, not of the question: it may have been renewed in between
        let now = Instant::now();
        *last = lease.map(|lease| {
            let seen = seen(&lease, now).again(before.as_ref(), now);
            (lease, seen)
        });
        if step(last.as_ref().map(|(_, seen)| seen), &self.identity, now) == Step::Wait {
            return Ok(false);
        }
        match self.write(&mut last).await {
            // somebody was faster
            Err(error) if code(&error) == CONFLICT => Ok(false),
            written => written,
        }
    }

    /// Writes this replica into the lease as it was last seen.
    async fn write(&self, last: &mut Option<(Lease, Seen)>) -> Result<bool, kube::Error> {
        let params = PostParams::default();
        let written = match last.as_ref() {
            None => self.api.create(&params, &self.fresh()).await,
            Some((lease, _)) => {
                let next = self.held(lease.clone(), now_there());
                self.api.replace(&self.name, &params, &next).await
            }
        }?;
        let seen = seen(&written, Instant::now());
        *last = Some((written, seen));
        Ok(true)
    }

    fn fresh(&self) -> Lease {
        let lease = Lease {
            metadata: ObjectMeta {
                name: Some(self.name.clone()),
                ..ObjectMeta::default()
            },
            spec: None,
        };
        self.held(lease, now_there())
    }

    /// The lease, held by this replica.
    fn held(&self, lease: Lease, now: MicroTime) -> Lease {
        let before = lease.spec.unwrap_or_default();
        let same = before.holder_identity.as_ref() == Some(&self.identity);
        let transitions = before.lease_transitions;
        let seconds = self.timing.lease.as_secs() + u64::from(self.timing.lease.subsec_nanos() > 0);
        Lease {
            metadata: lease.metadata,
            spec: Some(LeaseSpec {
                holder_identity: Some(self.identity.clone()),
                lease_duration_seconds: Some(i32::try_from(seconds).unwrap_or(i32::MAX)),
                acquire_time: before.acquire_time.filter(|_| same).or_else(|| Some(now.clone())),
                renew_time: Some(now),
                lease_transitions: match same {
                    true => transitions,
                    false => Some(transitions.map_or(0, |count| count.saturating_add(1))),
                },
                ..before
            }),
        }
    }

    /// Gives the lease back, so that another replica need not wait. Nothing may be written any more by then.
    pub async fn release(&self) {
        self.lead.end();
        let release = async {
            let Some(lease) = self.api.get_opt(&self.name).await? else {
                return Ok(false);
            };
            if seen(&lease, Instant::now()).holder != self.identity {
                return Ok(false);
            }
            let given_back = LeaseSpec {
                holder_identity: None,
                lease_duration_seconds: Some(1),
                ..lease.spec.unwrap_or_default()
            };
            let lease = Lease {
                metadata: lease.metadata,
                spec: Some(given_back),
            };
            self.api
                .replace(&self.name, &PostParams::default(), &lease)
                .await
                .map(|_| true)
        };
        match timeout(self.timing.retry, release).await {
            Ok(Ok(true)) => self.log.info("gave the lease back", &[]),
            Ok(Ok(false)) => {}
            Ok(Err(error)) => self
                .log
                .warn("cannot give the lease back", &[("error", &said(&error))]),
            Err(_) => self.log.warn("cannot give the lease back in time", &[]),
        }
    }

    fn lost(&self, why: &str) {
        if self.lead.end() {
            self.log.warn(
                "this replica leads no more",
                &[("reason", &why), ("identity", &self.identity)],
            );
        }
    }

    fn failed(&self, why: &str) {
        self.log
            .warn("cannot renew or look at the lease", &[("error", &why)]);
    }
}

fn seen(lease: &Lease, now: Instant) -> Seen {
    let spec = lease.spec.as_ref();
    let holder = spec.and_then(|spec| spec.holder_identity.clone());
    let seconds = spec.and_then(|spec| spec.lease_duration_seconds);
    Seen {
        holder: holder.unwrap_or_default(),
        lasts: Duration::from_secs(
            seconds
                .and_then(|seconds| u64::try_from(seconds).ok())
                .unwrap_or(0),
        ),
        version: lease.metadata.resource_version.clone().unwrap_or_default(),
        since: now,
    }
}

fn now_there() -> MicroTime {
    MicroTime(Timestamp::now())
}
