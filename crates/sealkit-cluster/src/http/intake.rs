//! Taking in a request's body: bounded in size, in time, and together with all others in memory.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// What the API server itself takes at most. Nothing larger can be an object.
pub(super) const MAX_BODY_BYTES: usize = 3 * 1024 * 1024;
/// All bodies together, in units.
const ALL_BODIES: usize = 64 * 1024 * 1024 / UNIT;
const UNIT: usize = 1024;
/// However long an operator lets a request take, three megabytes are no more than this.
const BODY: Duration = Duration::from_secs(30);

/// The memory that bodies share.
#[derive(Clone)]
pub(super) struct Intake {
    room: Arc<Semaphore>,
    time: Duration,
}

/// A body, and its share of the memory.
pub(super) struct Taken {
    pub(super) bytes: Vec<u8>,
    share: Option<OwnedSemaphorePermit>,
}

/// Why there is no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    TooLarge,
    TooSlow,
    /// The client sent no body that could be read to its end.
    Broken,
    /// Others hold all the memory.
    NoRoom,
}

impl Refusal {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken => StatusCode::BAD_REQUEST,
            Self::NoRoom => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl Intake {
    pub(super) fn new(read: Duration) -> Self {
        Self {
            room: Arc::new(Semaphore::new(ALL_BODIES)),
            time: read.min(BODY),
        }
    }

    /// Reads a body to its end. What is announced and too large is refused before it is sent.
    pub(super) async fn take(&self, body: Incoming) -> Result<Taken, Refusal> {
        if body.size_hint().lower() > MAX_BODY_BYTES as u64 {
            return Err(Refusal::TooLarge);
        }
        timeout(self.time, self.collect(body))
            .await
            .unwrap_or(Err(Refusal::TooSlow))
    }

    /// Memory is asked for as bytes arrive: to claim it a client has to send something.
    async fn collect(&self, mut body: Incoming) -> Result<Taken, Refusal> {
        let mut taken = Taken {
            bytes: Vec::new(),
            share: None,
        };
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Refusal::Broken)?;
            // trailers are no part of a document
            let Ok(data) = frame.into_data() else {
                continue;
            };
            self.add(&mut taken, &data)?;
        }
        Ok(taken)
    }

    fn add(&self, taken: &mut Taken, data: &Bytes) -> Result<(), Refusal> {
        let length = taken.bytes.len() + data.len();
        if length > MAX_BODY_BYTES {
            return Err(Refusal::TooLarge);
        }
        let held = taken.share.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let wanted = u32::try_from(length.div_ceil(UNIT) - held).unwrap_or(u32::MAX);
        if wanted > 0 {
            let room = Arc::clone(&self.room);
            let more = room.try_acquire_many_owned(wanted).map_err(|_| Refusal::NoRoom)?;
            match &mut taken.share {
                Some(share) => share.merge(more),
                none => *none = Some(more),
            }
        }
        taken.bytes.extend_from_slice(data);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> Taken {
        Taken {
            bytes: Vec::new(),
            share: None,
        }
    }

    #[test]
    fn a_body_ends_at_its_limit_and_all_of_them_at_theirs() {
        let intake = Intake::new(BODY);
        let full = Bytes::from(vec![b'x'; MAX_BODY_BYTES]);
        let mut held = Vec::new();
        let refusal = loop {
            let mut taken = empty();
            match intake.add(&mut taken, &full) {
                Ok(()) => held.push(taken),
                Err(refusal) => break refusal,
            }
        };
        assert_eq!((held.len(), refusal), (21, Refusal::NoRoom));
        let mut one = held.pop().expect("21 of them");
        assert_eq!(
            intake.add(&mut one, &Bytes::from_static(b"x")),
            Err(Refusal::TooLarge)
        );
        drop((held, one));
        assert_eq!(intake.room.available_permits(), ALL_BODIES);
    }

    #[test]
    fn what_arrives_in_single_bytes_is_charged_once() {
        let intake = Intake::new(BODY);
        let mut taken = empty();
        for _ in 0..UNIT + 1 {
            intake
                .add(&mut taken, &Bytes::from_static(b"x"))
                .expect("there is room");
        }
        assert_eq!(ALL_BODIES - intake.room.available_permits(), 2);
    }
}
