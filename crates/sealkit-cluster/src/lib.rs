//! The controller: it watches sealed objects, opens them with the cluster's sealing keys, and keeps their Secrets right.
//!
//! What is to be done is decided by a pure function over values ([`decide`]); doing it is short. Seen from outside it is
//! the Bitnami sealed-secrets controller 0.40.0: the same flags, keys, objects, events, metrics and HTTP paths.
//!
//! This is an adapter: clock, entropy, environment, network and threads are used here, formats and ciphers are not
//! known here.

pub mod http;
pub mod keys;
pub mod log;
pub mod metrics;
