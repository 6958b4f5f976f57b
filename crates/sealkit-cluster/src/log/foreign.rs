//! What libraries say through `tracing`, put into our lines. Their spans are not followed: the events say enough.

use std::fmt::{self, Display};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::{Level, Log};

/// Becomes the process's subscriber. A second call, or one after somebody else's, changes nothing.
pub(super) fn listen(log: &Log) {
    let _ = tracing::subscriber::set_global_default(Listener { log: log.clone() });
}

struct Listener {
    log: Log,
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // libraries say at INFO what their authors want to know
        let least = match self.log.shared.level {
            Level::Debug => Level::Debug,
            level => level.max(Level::Warn),
        };
        metadata.is_event() && level(metadata).is_some_and(|level| level >= least)
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let Some(level) = level(event.metadata()) else {
            return;
        };
        let mut said = Said::default();
        event.record(&mut said);
        let target = event.metadata().target();
        let mut fields: Vec<super::Field<'_>> = vec![("target", &target)];
        fields.extend(
            said.fields
                .iter()
                .map(|(key, value)| (*key, value as &dyn Display)),
        );
        self.log.event(level, &said.message, &fields);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn level(metadata: &Metadata<'_>) -> Option<Level> {
    match *metadata.level() {
        tracing::Level::ERROR => Some(Level::Error),
        tracing::Level::WARN => Some(Level::Warn),
        tracing::Level::INFO => Some(Level::Info),
        tracing::Level::DEBUG => Some(Level::Debug),
        _ => None,
    }
}

#[derive(Default)]
struct Said {
    message: String,
    fields: Vec<(&'static str, String)>,
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            name => self.fields.push((name, format!("{value:?}"))),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => value.clone_into(&mut self.message),
            name => self.fields.push((name, value.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::log::Format;

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

    #[test]
    fn a_librarys_warning_is_a_line_and_its_chatter_is_none() {
        let page = Page::default();
        let log = Log::to(
            Level::Info,
            Format::Text,
            Box::new(page.clone()),
            Box::new(page.clone()),
        );
        tracing::subscriber::with_default(Listener { log }, || {
            tracing::info!("chatter");
            let span = tracing::warn_span!("request");
            let _inside = span.enter();
            tracing::warn!(attempt = 3, reason = "gone", "watch failed");
        });
        let text = String::from_utf8(page.0.lock().expect("nobody panicked").clone()).expect("text");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains("level=WARN msg=\"watch failed\" target="), "{text}");
        assert!(text.ends_with(" attempt=3 reason=gone\n"), "{text}");
    }
}
