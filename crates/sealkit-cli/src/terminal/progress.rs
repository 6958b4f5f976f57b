//! A progress bar for trees, on standard error, on a terminal, and only once the work has taken a moment.

use std::{io::IsTerminal, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Console, Style};

/// Work that finishes sooner than this shows no bar.
const WORTH_SHOWING_FILES: u64 = 100;

/// Counts files done; hidden unless a person is watching.
pub(crate) struct Progress(Option<ProgressBar>);

impl Progress {
    /// Starts counting to `total`.
    pub(crate) fn start(console: &Console, verb: &'static str, total: usize) -> Self {
        let total = total as u64;
        let watched = !console.quiet && console.style == Style::Text && std::io::stderr().is_terminal();
        if !watched || total < WORTH_SHOWING_FILES {
            return Self(None);
        }
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(10));
        let style = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} files, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(verb);
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(Some(bar))
    }

    /// One file more is done.
    pub(crate) fn step(&self) {
        if let Some(bar) = &self.0 {
            bar.inc(1);
        }
    }

    /// Removes the bar, so that what is said next starts on a clean line.
    pub(crate) fn finish(self) {
        if let Some(bar) = self.0 {
            bar.finish_and_clear();
        }
    }
}
