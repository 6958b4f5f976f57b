//! When a kms provider asks its key service, what makes a value stale, and until when it may write.

use std::sync::Arc;

use sealkit_formats::at_rest::kms::{InMemory, KeyService, KmsV1, KmsV2, NotReady, Status, WRITE_SECONDS};
use sealkit_formats::at_rest::kms::{KeyServiceError, WrappedSource};
use sealkit_formats::at_rest::{AttemptError, DecryptError, EncryptError, Transformer, Transformers};

use super::seeded;

const KEY: &[u8] = b"/registry/secrets/shop/db";

fn v2(service: &Arc<InMemory>) -> (Arc<KmsV2>, Transformers) {
    let provider = Arc::new(KmsV2::new("p", Arc::<InMemory>::clone(service)));
    let list = Transformers::new(vec![Transformer::kms_v2(Arc::clone(&provider))]).expect("an entry");
    (provider, list)
}

fn v1(service: &Arc<InMemory>, cache: i32) -> Transformers {
    let provider = KmsV1::new("p", Arc::<InMemory>::clone(service), cache);
    Transformers::new(vec![Transformer::kms_v1(Arc::new(provider))]).expect("an entry")
}

#[test]
fn v1_wraps_once_per_value_and_unwraps_what_it_does_not_remember() {
    let service = Arc::new(InMemory::new("id", seeded(1)));
    let list = v1(&service, 2);
    let stored: Vec<_> = (0..3)
        .map(|seed| list.encrypt(KEY, b"{}", &mut seeded(seed)).expect("wraps"))
        .collect();
    assert_eq!((service.calls().wraps, service.calls().unwraps), (3, 0));
    for value in stored.iter().rev() {
        list.decrypt(KEY, value).expect("unwraps");
    }
    assert_eq!(service.calls().unwraps, 1, "two of three were remembered");
    for cache in [-1, 1] {
        let restarted = v1(&service, cache);
        let before = service.calls().unwraps;
        for _ in 0..2 {
            restarted.decrypt(KEY, &stored[0]).expect("unwraps");
        }
        assert_eq!(service.calls().unwraps - before, if cache < 0 { 2 } else { 1 });
    }
}

#[test]
fn v2_wraps_once_and_unwraps_once_after_a_restart() {
    let service = Arc::new(InMemory::new("id", seeded(2)));
    let (provider, list) = v2(&service);
    provider.observe(0, &mut seeded(1)).expect("healthy");
    let stored: Vec<_> = (0..5)
        .map(|seed| list.encrypt(KEY, b"{}", &mut seeded(seed)).expect("ready"))
        .collect();
    provider.observe(60, &mut seeded(2)).expect("healthy");
    assert_eq!((service.calls().wraps, service.calls().unwraps), (1, 0));
    let (restarted, list) = v2(&service);
    restarted.observe(0, &mut seeded(3)).expect("healthy");
    for value in &stored {
        let opened = list.decrypt(KEY, value).expect("unwraps");
        assert!(
            !opened.by.stale,
            "another seed under the same key id is not stale"
        );
    }
    assert_eq!((service.calls().wraps, service.calls().unwraps), (2, 1));
    restarted.tell_time(24 * 60 * 60 + 1);
    list.decrypt(KEY, &stored[0]).expect("unwraps");
    assert_eq!(service.calls().unwraps, 2, "a day later it asks again");
}

#[test]
fn v2_makes_older_values_stale_when_the_key_id_changes() {
    let service = Arc::new(InMemory::new("first", seeded(3)));
    let (provider, list) = v2(&service);
    provider.observe(0, &mut seeded(1)).expect("healthy");
    let old = list.encrypt(KEY, b"{}", &mut seeded(2)).expect("ready");
    service.rotate("second");
    assert!(
        !list.decrypt(KEY, &old).expect("readable").by.stale,
        "nobody has looked yet"
    );
    provider.observe(60, &mut seeded(3)).expect("healthy");
    assert_eq!(provider.key_id().as_deref(), Some("second"));
    assert!(list.decrypt(KEY, &old).expect("readable").by.stale);
    let new = list.encrypt(KEY, b"{}", &mut seeded(4)).expect("ready");
    assert!(!list.decrypt(KEY, &new).expect("readable").by.stale);
}

#[test]
fn v2_needs_one_observation_to_read_and_a_recent_one_to_write() {
    let service = Arc::new(InMemory::new("id", seeded(4)));
    let (provider, list) = v2(&service);
    let not_ready = |result| match result {
        Err(EncryptError::NotReady { reason, .. }) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        not_ready(list.encrypt(KEY, b"{}", &mut seeded(1))),
        NotReady::NeverObserved
    );
    provider.observe(100, &mut seeded(2)).expect("healthy");
    let stored = list.encrypt(KEY, b"{}", &mut seeded(3)).expect("ready");
    provider.tell_time(100 + WRITE_SECONDS);
    list.encrypt(KEY, b"{}", &mut seeded(4)).expect("just in time");
    provider.tell_time(101 + WRITE_SECONDS);
    assert_eq!(
        not_ready(list.encrypt(KEY, b"{}", &mut seeded(5))),
        NotReady::Expired
    );
    list.decrypt(KEY, &stored).expect("reading never expires");
    let (_, unobserved) = v2(&service);
    let Err(DecryptError::Failed(attempts)) = unobserved.decrypt(KEY, &stored) else {
        panic!("not ready")
    };
    assert!(matches!(
        attempts[0].error,
        AttemptError::NotReady(NotReady::NeverObserved)
    ));
}

#[test]
fn an_unwell_service_with_an_unchanged_key_id_still_prolongs_writing_as_upstream() {
    let service = Arc::new(InMemory::new("id", seeded(5)));
    let (provider, list) = v2(&service);
    provider.observe(0, &mut seeded(1)).expect("healthy");
    service.say("down");
    let unhealthy = provider
        .observe(WRITE_SECONDS, &mut seeded(2))
        .expect_err("it says so");
    assert!(unhealthy.to_string().contains("`down`"));
    provider.tell_time(2 * WRITE_SECONDS);
    list.encrypt(KEY, b"{}", &mut seeded(3))
        .expect("kubernetes/kubernetes#138950");
}

/// Answers with what it is told to answer.
struct Scripted(std::sync::Mutex<(Status, WrappedSource)>);

impl KeyService for Scripted {
    fn status(&self) -> Result<Status, KeyServiceError> {
        Ok(self.0.lock().expect("no panic").0.clone())
    }

    fn wrap(&self, _: &[u8]) -> Result<WrappedSource, KeyServiceError> {
        Ok(self.0.lock().expect("no panic").1.clone())
    }

    fn unwrap(&self, _: &WrappedSource) -> Result<sealkit_crypto::Plaintext, KeyServiceError> {
        Ok(vec![7; 31].into())
    }
}

fn scripted() -> (Arc<Scripted>, KmsV2) {
    let status = Status {
        version: "v2".to_owned(),
        healthz: "ok".to_owned(),
        key_id: "id".to_owned(),
    };
    let wrapped = WrappedSource {
        ciphertext: vec![1; 10],
        key_id: "id".to_owned(),
        annotations: Default::default(),
    };
    let service = Arc::new(Scripted(std::sync::Mutex::new((status, wrapped))));
    let provider = KmsV2::new("p", Arc::<Scripted>::clone(&service));
    (service, provider)
}

#[test]
fn an_observation_accepts_only_what_the_contract_allows() {
    type Change = fn(&mut Status, &mut WrappedSource);
    let cases: [(&str, Change); 7] = [
        ("`v1` and not `v2`", |status, _| status.version = "v1".to_owned()),
        ("key id is empty or longer", |status, _| status.key_id.clear()),
        ("key id is empty or longer", |status, _| {
            status.key_id = "k".repeat(1025)
        }),
        ("another key id", |_, wrapped| wrapped.key_id = "other".to_owned()),
        ("cannot be stored", |_, wrapped| wrapped.ciphertext.clear()),
        ("cannot be stored", |_, wrapped| {
            wrapped.ciphertext = vec![0; 1025]
        }),
        ("cannot be stored", |_, wrapped| {
            drop(wrapped.annotations.insert("no-domain".to_owned(), vec![]))
        }),
    ];
    for (text, change) in cases {
        let (service, provider) = scripted();
        {
            let mut answers = service.0.lock().expect("no panic");
            let (status, wrapped) = &mut *answers;
            change(status, wrapped);
        }
        let error = provider.observe(0, &mut seeded(1)).expect_err(text).to_string();
        assert!(error.contains(text), "{error}");
    }
    let (service, provider) = scripted();
    provider.observe(0, &mut seeded(1)).expect("healthy");
    service.0.lock().expect("no panic").0.version = "v2beta1".to_owned();
    let error = provider
        .observe(1, &mut seeded(1))
        .expect_err("pinned")
        .to_string();
    assert!(error.contains("not the one it had at first"));
}

#[test]
fn a_seed_that_is_too_short_is_no_data_key() {
    let (_, provider) = scripted();
    provider.observe(0, &mut seeded(1)).expect("healthy");
    let provider = Arc::new(provider);
    let list = Transformers::new(vec![Transformer::kms_v2(Arc::clone(&provider))]).expect("an entry");
    let stored = list.encrypt(KEY, b"{}", &mut seeded(2)).expect("ready");
    list.decrypt(KEY, &stored).expect("its own seed is remembered");
    let (_, restarted) = scripted();
    restarted.observe(0, &mut seeded(3)).expect("healthy");
    // the same wrapped source is remembered with the new seed, which does not open the old value
    let list = Transformers::new(vec![Transformer::kms_v2(Arc::new(restarted))]).expect("an entry");
    let Err(DecryptError::Failed(attempts)) = list.decrypt(KEY, &stored) else {
        panic!("unreadable")
    };
    assert!(matches!(attempts[0].error, AttemptError::DataKey), "{attempts:?}");
}
