//! The envelopes of the API server's kms providers: a data key beside every value, wrapped by a key service.
//!
//! The service itself stands behind two traits, because it is somebody else's program: how it is reached (a gRPC socket,
//! a cloud's HTTP interface) and how long a call may take is the adapter's business. Time is told and not asked: rules that
//! depend on it take seconds of any monotonic clock as an argument.

mod in_memory;
mod object;
mod service;
mod v1;
mod v2;

pub use in_memory::{Calls, InMemory};
pub use object::{Annotations, EncryptedObject, ObjectError, SourceKind};
pub use service::{DirectService, KeyService, KeyServiceError, Status, WrappedSource};
pub use v1::{KmsV1, MAX_WRAPPED_DATA_KEY_BYTES};
pub use v2::{KmsV2, NotReady, Reason, Unhealthy, WRITE_SECONDS};
