//! Lines for operators: one event each, as logfmt or JSON, without a secret in them.
//!
//! INFO and below go to standard output unless asked otherwise, WARN and ERROR to standard error, as with the peer. Fields
//! are what the caller names; nothing is added but time, level and message. What the Kubernetes client and the HTTP
//! library have to say through `tracing` comes out the same way.
//!
//! Source: sealed-secrets v0.40.0 `pkg/log/log.go`; Go 1.26 `log/slog`, `TextHandler` and `JSONHandler`.

mod encode;
mod foreign;

use std::fmt::{self, Display};
use std::io::Write;
use std::sync::{Arc, Mutex};

/// How much an event matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For whoever looks for a fault.
    Debug,
    /// What happened.
    Info,
    /// What somebody should look at.
    Warn,
    /// What did not work.
    Error,
}

impl Level {
    /// Reads a level as `--log-level` gives it, in any case; what is unknown counts as INFO.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name.to_ascii_uppercase().as_str() {
            "DEBUG" => Self::Debug,
            "WARN" => Self::Warn,
            "ERROR" => Self::Error,
            _ => Self::Info,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

/// What a line looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `time=… level=INFO msg=… key=value`.
    Text,
    /// One JSON object.
    Json,
}

impl Format {
    /// Reads a format as `--log-format` gives it; what is unknown counts as text.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            "json" => Self::Json,
            _ => Self::Text,
        }
    }
}

/// One field of an event.
pub type Field<'a> = (&'a str, &'a dyn Display);

/// Where lines go. Cloning is cheap.
#[derive(Clone)]
pub struct Log {
    shared: Arc<Shared>,
}

struct Shared {
    level: Level,
    format: Format,
    calm: Mutex<Box<dyn Write + Send>>,
    alarming: Mutex<Box<dyn Write + Send>>,
}

impl Log {
    /// Writes to the process's own streams; `info_to_stdout` false sends everything to standard error.
    #[must_use]
    pub fn new(level: Level, format: Format, info_to_stdout: bool) -> Self {
        let calm: Box<dyn Write + Send> = match info_to_stdout {
            true => Box::new(std::io::stdout()),
            false => Box::new(std::io::stderr()),
        };
        Self::to(level, format, calm, Box::new(std::io::stderr()))
    }

    /// Writes INFO and below to one place, the rest to another.
    #[must_use]
    pub fn to(
        level: Level,
        format: Format,
        calm: Box<dyn Write + Send>,
        alarming: Box<dyn Write + Send>,
    ) -> Self {
        let (calm, alarming) = (Mutex::new(calm), Mutex::new(alarming));
        let shared = Shared {
            level,
            format,
            calm,
            alarming,
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Takes in what libraries say through `tracing`: warnings and errors, at DEBUG everything but their traces.
    pub fn listen(&self) {
        foreign::listen(self);
    }

    /// Says what helps whoever looks for a fault.
    pub fn debug(&self, message: &str, fields: &[Field<'_>]) {
        self.event(Level::Debug, message, fields);
    }

    /// Says what happened.
    pub fn info(&self, message: &str, fields: &[Field<'_>]) {
        self.event(Level::Info, message, fields);
    }

    /// Says what somebody should look at.
    pub fn warn(&self, message: &str, fields: &[Field<'_>]) {
        self.event(Level::Warn, message, fields);
    }

    /// Says what did not work.
    pub fn error(&self, message: &str, fields: &[Field<'_>]) {
        self.event(Level::Error, message, fields);
    }

    fn event(&self, level: Level, message: &str, fields: &[Field<'_>]) {
        if level < self.shared.level {
            return;
        }
        let now = jiff::Timestamp::now();
        let line = encode::line(self.shared.format, now, level, message, fields);
        let stream = match level {
            Level::Debug | Level::Info => &self.shared.calm,
            Level::Warn | Level::Error => &self.shared.alarming,
        };
        let mut stream = stream.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        // A log that cannot be written is no reason to stop opening Secrets.
        let _ = stream.write_all(line.as_bytes()).and_then(|()| stream.flush());
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log")
            .field("level", &self.shared.level)
            .field("format", &self.shared.format)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that a test can read.
    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0
                .lock()
                .expect("no test panics while it writes")
                .write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Page {
        fn text(&self) -> String {
            let bytes = self.0.lock().expect("no test panics while it writes").clone();
            String::from_utf8(bytes).expect("lines are text")
        }
    }

    fn pages(level: Level) -> (Log, Page, Page) {
        let (calm, alarming) = (Page::default(), Page::default());
        let log = Log::to(
            level,
            Format::Text,
            Box::new(calm.clone()),
            Box::new(alarming.clone()),
        );
        (log, calm, alarming)
    }

    #[test]
    fn warnings_and_errors_have_a_stream_of_their_own() {
        let (log, calm, alarming) = pages(Level::Debug);
        log.debug("a", &[]);
        log.info("b", &[]);
        log.warn("c", &[]);
        log.error("d", &[]);
        let messages = |page: &Page| {
            let text = page.text();
            let words = text
                .split_whitespace()
                .filter_map(|word| word.strip_prefix("msg="));
            words.map(str::to_owned).collect::<String>()
        };
        assert_eq!(
            (messages(&calm), messages(&alarming)),
            ("ab".to_owned(), "cd".to_owned())
        );
    }

    #[test]
    fn what_matters_less_than_asked_for_is_not_said() {
        let (log, calm, alarming) = pages(Level::Error);
        log.debug("a", &[]);
        log.info("b", &[]);
        log.warn("c", &[]);
        assert_eq!(calm.text() + &alarming.text(), "");
        log.error("d", &[]);
        assert_eq!(alarming.text().lines().count(), 1);
    }

    #[test]
    fn levels_and_formats_are_read_as_the_peer_reads_them() {
        assert_eq!(Level::named("debug"), Level::Debug);
        assert_eq!(Level::named("WARN"), Level::Warn);
        assert_eq!(Level::named("ERROR"), Level::Error);
        assert_eq!(Level::named("loud"), Level::Info);
        assert_eq!(Format::named("json"), Format::Json);
        assert_eq!(Format::named(""), Format::Text);
    }
}
