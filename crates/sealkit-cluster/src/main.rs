//! `sealkit-controller`: reads what it is told, and runs until it is told to stop.

use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use kube::{Api, Client, Config};
use sealkit_cluster::api::Pace;
use sealkit_cluster::apply::Applier;
use sealkit_cluster::client::bounded;
use sealkit_cluster::dry_run::Look;
use sealkit_cluster::events::{Events, send_all};
use sealkit_cluster::flags::{Flags, parse, usage};
use sealkit_cluster::http;
use sealkit_cluster::identities::{Files, IdentityKey, Ring, publish};
use sealkit_cluster::keys::{KeyOptions, KeySet, Keys, Store, Stored};
use sealkit_cluster::lease::{self, Elector, Lead};
use sealkit_cluster::log::{Format, Level, Log};
use sealkit_cluster::metrics::Metrics;
use sealkit_cluster::patience::Patience;
use sealkit_cluster::resource::Opener;
use sealkit_cluster::run::{Kinds, Scope, existing, run};
use sealkit_cluster::sealed::Sealed;
use sealkit_cluster::state::State;
use sealkit_cluster::templates::GoTemplates;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;

/// The release whose behaviour this is.
const PEER_VERSION: &str = "v0.40.0";
/// What the peer ends with, for whatever reason it did not start.
const FAILED: u8 = 2;
/// What a dry run ends with if anything would be written.
const WOULD_CHANGE: u8 = 1;
const NAMESPACE_FILE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

#[allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program's answers to its flags"
)]
fn main() -> ExitCode {
    let mut words = std::env::args();
    let program = words.next().unwrap_or_default();
    let words: Vec<String> = words.collect();
    let flags = match parse(&words, &|name| std::env::var(name).ok()) {
        Ok(parsed) if parsed.help => {
            eprint!("{}", usage(&program));
            return ExitCode::SUCCESS;
        }
        Ok(parsed) => Flags::of(&parsed).map_err(|wrong| wrong.0),
        Err(complaint) => {
            eprint!("{complaint}\n{}{complaint}\n", usage(&program));
            return ExitCode::from(FAILED);
        }
    };
    let flags = match flags {
        Ok(flags) => flags,
        Err(complaint) => {
            eprintln!("error: {complaint}");
            return ExitCode::from(FAILED);
        }
    };
    if flags.version {
        println!("controller version: {PEER_VERSION}");
        return ExitCode::SUCCESS;
    }
    let format = Format::named(&flags.log_format);
    let log = Log::new(Level::named(&flags.log_level), format, flags.log_info_stdout);
    log.listen();
    for remark in &flags.remarks {
        log.warn(remark, &[]);
    }
    let outcome = match flags.dry_run {
        true => dry_run(&flags, &log),
        false => start(&flags, &log).map(|()| ExitCode::SUCCESS),
    };
    outcome.unwrap_or_else(|error| {
        log.error("the controller cannot run", &[("error", &format!("{error:#}"))]);
        ExitCode::from(FAILED)
    })
}

/// Prints what a controller with these flags would change. From outside the cluster it is asked with a person's kubeconfig.
#[allow(clippy::print_stdout, reason = "the report is the output")]
fn dry_run(flags: &Flags, log: &Log) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(async {
        let config = Config::infer()
            .await
            .context("neither a kubeconfig nor a Pod says where the API server is")?;
        // a replica that never leads cannot write
        let client = lease::client(config, &Lead::elected(), &Arc::default())
            .context("cannot make a client of the API server")?;
        let namespace = own_namespace();
        let look = Look {
            scope: scope(flags, &client, &namespace, log).await?,
            client,
            pace: Pace::new(flags.kubeclient_qps, flags.kubeclient_burst),
            keys: key_options(flags, &namespace),
            encrypted: flags.encrypted_secrets,
            identity_files: flags.identity_files.clone(),
            accept_deprecated_data: flags.accept_deprecated_v1_data,
            update_status: flags.update_status,
            log: log.clone(),
        };
        anyhow::Ok(look.report(jiff::Timestamp::now().as_second()).await?)
    })?;
    match Format::named(&flags.log_format) {
        Format::Json => println!("{}", report.json()),
        Format::Text => print!("{report}"),
    }
    Ok(match report.changes() {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(WOULD_CHANGE),
    })
}

fn start(flags: &Flags, log: &Log) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(controller(flags, log));
    // a thread that still makes a key must not hold up the end
    runtime.shutdown_background();
    outcome
}

async fn controller(flags: &Flags, log: &Log) -> Result<()> {
    log.info(
        "Starting sealed-secrets controller",
        &[("version", &PEER_VERSION)],
    );
    let stop = stop_signal(log)?;
    let config = Config::incluster()
        .context("this runs in a Pod only, which has the API server's address and a token")?;
    let lead = match flags.leader_elect {
        Some(_) => Lead::elected(),
        None => Lead::always(),
    };
    let unguarded = Client::try_from(bounded(config.clone()));
    let unguarded = unguarded.context("cannot make a client of the API server")?;
    let patience = Arc::default();
    let client = lease::client(config, &lead, &patience).context("cannot make a client of the API server")?;
    let namespace = own_namespace();
    let mut tasks = JoinSet::new();
    let keys = Keys::new(KeySet::default());
    let options = key_options(flags, &namespace);
    keep(&mut tasks, &client, &keys, options, log, Some(&lead)).await?;
    let ring = match flags.encrypted_secrets {
        true => Some(ring(&mut tasks, flags, &client, &namespace, &keys, log, &lead).await?),
        false => None,
    };

    let metrics = Arc::new(Metrics::new(flags.metrics_omit_secret_labels));
    let (ready, is_ready) = watch::channel(false);
    let shared = http::Shared {
        keys: keys.clone(),
        ring: ring.clone(),
        metrics: Arc::clone(&metrics),
        ready: is_ready,
        accept_deprecated_data: flags.accept_deprecated_v1_data,
        log: log.clone(),
    };
    let server = tokio::spawn(http::serve(shared, http_options(flags), stop.clone()));

    let pace = Arc::new(Pace::new(flags.kubeclient_qps, flags.kubeclient_burst));
    let (events, to_send) = Events::new();
    tasks.spawn(send_all(to_send, client.clone(), Arc::clone(&pace), log.clone()));
    let scope = scope(flags, &client, &namespace, log).await?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let elector = elector(flags, unguarded, &namespace, &lead, log);
    if let Some(elector) = elector.clone() {
        tasks.spawn(async move { elector.run().await });
    }
    let common = Common {
        client,
        pace,
        patience,
        lead,
        cores: Arc::new(Semaphore::new(cores)),
        events,
        metrics,
        update_status: flags.update_status,
        log: log.clone(),
    };
    let opener = Opener {
        keys,
        templates: Arc::new(GoTemplates),
        accept_deprecated_data: flags.accept_deprecated_v1_data,
    };
    let kinds = Kinds {
        sealed: common.applier(opener, State::new(scope.secrets, flags.old_gc_behavior)),
        // their Secrets are the garbage collector's, whatever else is asked for
        encrypted: ring.map(|ring| common.applier(ring, State::new(scope.secrets, false))),
    };
    let working = run(kinds, scope, ready, stop);
    tokio::select! {
        () = working => {}
        ended = server => ended?.context("the HTTP API has ended")?,
    }
    tasks.abort_all();
    if let Some(elector) = elector {
        elector.release().await;
    }
    log.info("stopped", &[]);
    Ok(())
}

/// What appliers of every kind share.
struct Common {
    client: Client,
    pace: Arc<Pace>,
    patience: Arc<Patience>,
    lead: Lead,
    cores: Arc<Semaphore>,
    events: Events,
    metrics: Arc<Metrics>,
    update_status: bool,
    log: Log,
}

impl Common {
    fn applier<O: Sealed>(&self, opener: O::Opener, state: State<O>) -> Arc<Applier<O>> {
        Arc::new(Applier {
            client: self.client.clone(),
            pace: Arc::clone(&self.pace),
            patience: Arc::clone(&self.patience),
            lead: self.lead.clone(),
            opener: Arc::new(opener),
            update_status: self.update_status,
            state: Mutex::new(state),
            more: Notify::new(),
            cores: Arc::clone(&self.cores),
            events: self.events.clone(),
            metrics: Arc::clone(&self.metrics),
            log: self.log.clone(),
        })
    }
}

/// Loads one kind of keys and keeps them as the cluster has them; whoever leads makes them in time, where that is asked for.
async fn keep<K: Stored>(
    tasks: &mut JoinSet<()>,
    client: &Client,
    keys: &Keys<K>,
    options: KeyOptions,
    log: &Log,
    makes: Option<&Lead>,
) -> Result<()> {
    let renewals = signal(SignalKind::user_defined1())?;
    let store = Arc::new(Store::new(client.clone(), keys.clone(), options, log.clone()));
    let loaded = store.load().await;
    loaded.map_err(|error| {
        let said = sealkit_cluster::api::said(&error);
        anyhow::anyhow!("cannot read the {}: {said}", K::WHAT)
    })?;
    let follower = Arc::clone(&store);
    if let Some(lead) = makes {
        if lead.is_always() {
            store.generate_if_due().await?;
        }
        tasks.spawn(renew(lead.clone(), store, renewals, log.clone()));
    }
    tasks.spawn(async move { follower.follow().await });
    Ok(())
}

/// The identities for EncryptedSecrets: kept, and published.
async fn ring(
    tasks: &mut JoinSet<()>,
    flags: &Flags,
    client: &Client,
    namespace: &str,
    sealing: &Keys,
    log: &Log,
    lead: &Lead,
) -> Result<Arc<Ring>> {
    let from_files = Keys::new(KeySet::default());
    if !flags.identity_files.is_empty() {
        let mut files = Files::new(flags.identity_files.clone(), from_files.clone(), log.clone());
        files.load();
        tasks.spawn(files.follow());
    }
    let secrets: Keys<IdentityKey> = Keys::new(KeySet::default());
    let options = key_options(flags, namespace);
    let makes = flags.identity_files.is_empty().then_some(lead);
    keep(tasks, client, &secrets, options, log, makes).await?;
    let ring = Arc::new(Ring::new(secrets, from_files, sealing.clone()));
    let follower = Arc::clone(&ring);
    tasks.spawn(async move { follower.follow().await });
    let publishing = (
        Arc::clone(&ring),
        client.clone(),
        namespace.to_owned(),
        log.clone(),
    );
    let lead = lead.clone();
    tasks.spawn(async move {
        loop {
            lead.gained().await;
            let (ring, client, namespace, log) = publishing.clone();
            tokio::select! {
                () = publish(ring, client, namespace, log) => return,
                () = lead.lost() => {}
            }
        }
    });
    Ok(ring)
}

/// Makes keys while this replica leads. A new leader reads them first: the last one may have just made one.
async fn renew<K: Stored>(lead: Lead, store: Arc<Store<K>>, mut renewals: Signal, log: Log) {
    if lead.is_always() {
        return store.renew(&mut renewals).await;
    }
    loop {
        tokio::select! {
            () = lead.gained() => {}
            _ = renewals.recv() => {
                log.warn("only the leader makes keys: send the signal to that replica", &[]);
                continue;
            }
        }
        let working = async {
            loop {
                let made = match store.load().await {
                    Ok(()) => store.generate_if_due().await.map_err(|error| error.to_string()),
                    Err(error) => Err(sealkit_cluster::api::said(&error)),
                };
                match made {
                    Ok(()) => store.renew(&mut renewals).await,
                    Err(error) => log.error("Failed to generate new key", &[("error", &error)]),
                }
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            }
        };
        tokio::select! {
            () = working => {}
            () = lead.lost() => {}
        }
    }
}

/// This replica's part in the election, where there is one. Its own client writes whether it leads or not.
fn elector(flags: &Flags, client: Client, namespace: &str, lead: &Lead, log: &Log) -> Option<Arc<Elector>> {
    let election = flags.leader_elect.as_ref()?;
    Some(Arc::new(Elector {
        api: Api::namespaced(client, namespace),
        name: election.name.clone(),
        identity: lease::identity(&host()),
        timing: election.timing,
        lead: lead.clone(),
        log: log.clone(),
        last: tokio::sync::Mutex::default(),
    }))
}

/// What this machine, or Pod, is called.
fn host() -> String {
    let given = ["POD_NAME", "HOSTNAME"].map(|name| std::env::var(name).ok());
    let given = given.into_iter().flatten().find(|name| !name.is_empty());
    given.unwrap_or_else(|| "sealed-secrets-controller".to_owned())
}

/// Turns true at SIGTERM or SIGINT.
fn stop_signal(log: &Log) -> Result<watch::Receiver<bool>> {
    let (stop, stopped) = watch::channel(false);
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let log = log.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        log.info("stopping", &[]);
        stop.send_replace(true);
    });
    Ok(stopped)
}

fn own_namespace() -> String {
    let from_file = || std::fs::read_to_string(Path::new(NAMESPACE_FILE)).ok();
    let given = std::env::var("POD_NAMESPACE")
        .ok()
        .filter(|name| !name.is_empty());
    let name = given.or_else(from_file).unwrap_or_default();
    match name.trim() {
        "" => "default".to_owned(),
        name => name.to_owned(),
    }
}

fn key_options(flags: &Flags, namespace: &str) -> KeyOptions {
    KeyOptions {
        namespace: namespace.to_owned(),
        prefix: flags.key_prefix.clone(),
        bits: flags.key_size,
        ttl: flags.key_ttl,
        common_name: flags.my_cn.clone(),
        extra: flags.extra.clone(),
        order: flags.key_order_priority,
        renew_period: flags.key_renew_period,
        cutoff: flags.key_cutoff_time,
    }
}

fn http_options(flags: &Flags) -> http::Options {
    http::Options {
        listen: flags.listen_addr.clone(),
        listen_metrics: flags.listen_metrics_addr.clone(),
        rate_limit: flags.rate_limit,
        rate_limit_burst: flags.rate_limit_burst,
        read_timeout: flags.read_timeout,
        write_timeout: flags.write_timeout,
    }
}

async fn scope(flags: &Flags, client: &Client, own: &str, log: &Log) -> Result<Scope> {
    let mut namespaces = Vec::new();
    if !flags.additional_namespaces.is_empty() {
        let others: Vec<String> = flags
            .additional_namespaces
            .iter()
            .filter(|name| *name != own)
            .cloned()
            .collect();
        let found = existing(client, &others, log).await;
        namespaces = found.context("cannot look up the additional namespaces")?;
        namespaces.insert(0, own.to_owned());
    } else if !flags.all_namespaces {
        namespaces.push(own.to_owned());
    }
    Ok(Scope {
        namespaces,
        selector: flags.label_selector.clone(),
        secrets: !flags.skip_recreate,
        concurrent: flags.max_concurrent,
    })
}
