//! Being asked to stop.
//!
//! Two answers exist: a tree-wide command finishes the files it has begun and says how far it came ([`Stop`]); `edit`
//! removes the plaintext first and leaves at once ([`on_termination`]). A third, SIGKILL, cannot be answered: atomic
//! replacement is what covers it.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use signal_hook::consts::{
    SIGABRT, SIGALRM, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU,
    SIGXFSZ,
};

use crate::exit;

/// Notices SIGINT, SIGTERM and SIGHUP; a second one ends the process the usual way.
#[derive(Clone, Default)]
pub(crate) struct Stop(Arc<AtomicUsize>);

impl Stop {
    /// Starts to listen.
    pub(crate) fn listen() -> io::Result<Self> {
        let stop = Self::default();
        let asked_before = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // In this order: the first signal finds the flag down, and raises it for the second.
            signal_hook::flag::register_conditional_default(signal, asked_before.clone())?;
            signal_hook::flag::register(signal, asked_before.clone())?;
            signal_hook::flag::register_usize(signal, stop.0.clone(), signal as usize)?;
        }
        Ok(stop)
    }

    /// The exit code to end with, once a signal came.
    pub(crate) fn requested(&self) -> Option<u8> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            signal => Some(exit::SIGNAL_BASE + signal as u8),
        }
    }
}

/// Every signal that ends a process unless it is handled, and that can be. Those that a fault raises cannot.
const ENDING: [i32; 12] = [
    SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGALRM, SIGUSR1, SIGUSR2, SIGPROF, SIGVTALRM, SIGXCPU,
    SIGXFSZ,
];

/// Tells that the process is ending by a signal.
#[derive(Clone, Default)]
pub(crate) struct Ending(Arc<AtomicBool>);

impl Ending {
    /// Waits for the end, if it has begun: whoever notices a consequence of the signal (the editor died) must not act
    /// on it as if it were a failure of its own.
    pub(crate) fn wait_if_begun(&self) {
        while self.0.load(Ordering::SeqCst) {
            std::thread::park();
        }
    }
}

/// Runs `clean_up` and ends the process when a signal arrives that would have ended it. SIGINT is swallowed: in a terminal it goes to
/// the editor as well, and what the editor makes of it decides.
pub(crate) fn on_termination(clean_up: impl Fn() + Send + 'static) -> io::Result<Ending> {
    let mut signals = signal_hook::iterator::Signals::new(ENDING)?;
    let ending = Ending::default();
    let begun = ending.clone();
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            for signal in signals.forever() {
                if signal != SIGINT {
                    begun.0.store(true, Ordering::SeqCst);
                    clean_up();
                    std::process::exit(i32::from(exit::SIGNAL_BASE) + signal);
                }
            }
        })?;
    Ok(ending)
}
