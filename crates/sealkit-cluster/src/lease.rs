//! Which of several replicas works: the one that holds a Lease. The others serve HTTP and follow everything, and wait.
//!
//! What a replica may do is asked of its own clock right before every write ([`Lead`]), so that one that was stopped for a
//! while cannot go on with what it had begun when it runs again. Its time ends before another replica may take the lease.
//!
//! Source: Kubernetes `client-go/tools/leaderelection`, whose leases these are.

mod client;
mod decide;
mod elect;
mod lead;

pub use client::{NotLeading, client};
pub use decide::{Seen, Step, Timing, step};
pub use elect::{Elector, identity};
pub use lead::Lead;
