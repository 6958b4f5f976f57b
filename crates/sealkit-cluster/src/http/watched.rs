//! A stream that does not wait for ever: each thing that a client must do has its time.
//!
//! A connection goes round four phases. It is idle until the first byte of a request arrives; then the head must be there
//! soon; then it is busy, which is our own affair; then the client must take the answer. The HTTP library has a timeout for
//! heads, but counts idleness as the beginning of one: connections that the API server keeps would be closed under it.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// Go's client, which the API server's proxy is, closes idle connections after 90 seconds; ours must outlast it, or a
/// request may meet a closing connection.
const IDLE: Duration = Duration::from_secs(120);
/// However long a whole request may take, a head is a few hundred bytes.
const HEAD: Duration = Duration::from_secs(10);

/// How long each phase may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) idle: Duration,
    pub(super) head: Duration,
    pub(super) answer: Duration,
}

impl Times {
    pub(super) fn new(read: Duration, write: Duration) -> Self {
        Self {
            idle: read.min(IDLE),
            head: read.min(HEAD),
            answer: write,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Phase {
    Idle,
    Head,
    Busy,
    Answer,
}

/// What the answering side says to the stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress(Arc<AtomicU8>);

impl Progress {
    /// The head has arrived.
    pub(super) fn busy(&self) {
        self.set(Phase::Busy);
    }

    /// The answer is there to be taken.
    pub(super) fn answered(&self) {
        self.set(Phase::Answer);
    }

    fn set(&self, phase: Phase) {
        self.0.store(phase as u8, Ordering::Relaxed);
    }

    fn get(&self) -> Phase {
        match self.0.load(Ordering::Relaxed) {
            0 => Phase::Idle,
            1 => Phase::Head,
            2 => Phase::Busy,
            _ => Phase::Answer,
        }
    }
}

pub(super) struct Watched<S> {
    stream: S,
    progress: Progress,
    times: Times,
    timer: Pin<Box<Sleep>>,
    /// What the timer runs for.
    timed: Phase,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, times: Times, progress: Progress) -> Self {
        Self {
            stream,
            progress,
            times,
            // a client that connects has something to say
            timer: Box::pin(sleep(times.head)),
            timed: Phase::Idle,
        }
    }

    fn in_time(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let phase = self.progress.get();
        if phase != self.timed {
            self.timed = phase;
            let time = match phase {
                Phase::Idle => self.times.idle,
                Phase::Head => self.times.head,
                Phase::Busy => return Ok(()),
                Phase::Answer => self.times.answer,
            };
            self.timer.as_mut().reset(Instant::now() + time);
        }
        if phase != Phase::Busy && self.timer.as_mut().poll(cx).is_ready() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.in_time(cx)?;
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if self.progress.get() == Phase::Idle && buffer.filled().len() > before {
            self.progress.set(Phase::Head);
            self.in_time(cx)?;
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.in_time(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if flushed.is_ready() && self.progress.get() == Phase::Answer {
            self.progress.set(Phase::Idle);
            self.in_time(cx)?;
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    const TIMES: Times = Times {
        idle: Duration::from_secs(120),
        head: Duration::from_secs(10),
        answer: Duration::from_secs(60),
    };

    fn pair() -> (DuplexStream, Watched<DuplexStream>, Progress) {
        let (client, server) = duplex(16);
        let progress = Progress::default();
        (client, Watched::new(server, TIMES, progress.clone()), progress)
    }

    async fn ends_after(watched: &mut Watched<DuplexStream>) -> Duration {
        let begin = Instant::now();
        let mut byte = [0; 1];
        let error = watched.read_exact(&mut byte).await.expect_err("nothing comes");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        begin.elapsed()
    }

    fn about(time: Duration, expected: Duration) -> bool {
        time >= expected && time < expected + Duration::from_secs(1)
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_says_nothing_is_sent_away() {
        let (_client, mut watched, _) = pair();
        assert!(about(ends_after(&mut watched).await, TIMES.head));
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_trickles_gains_no_time() {
        let (mut client, mut watched, _) = pair();
        let trickle = tokio::spawn(async move {
            while client.write_all(b"x").await.is_ok() {
                sleep(Duration::from_secs(3)).await;
            }
        });
        let begin = Instant::now();
        let mut sink = Vec::new();
        let error = watched
            .read_to_end(&mut sink)
            .await
            .expect_err("it never ends by itself");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(about(begin.elapsed(), TIMES.head), "{:?}", begin.elapsed());
        drop(watched);
        trickle.await.expect("the client ends");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_nobody_takes_is_given_up_and_an_idle_client_may_wait() {
        let (mut client, mut watched, progress) = pair();
        client.write_all(b"GET").await.expect("room");
        watched.read_exact(&mut [0; 3]).await.expect("three bytes");
        progress.busy();
        sleep(Duration::from_secs(3600)).await;
        progress.answered();
        watched.write_all(b"ok").await.expect("room");
        watched.flush().await.expect("it is taken");
        assert!(about(ends_after(&mut watched).await, TIMES.idle));

        let (_client, mut watched, progress) = pair();
        progress.answered();
        let begin = Instant::now();
        let error = watched
            .write_all(&[0; 64])
            .await
            .expect_err("there is room for 16");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(about(begin.elapsed(), TIMES.answer));
    }
}
