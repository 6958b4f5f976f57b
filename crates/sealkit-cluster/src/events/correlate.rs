//! What becomes of an event beside those before it: pure, with both clocks as arguments.
//!
//! Three questions in the order of the peer's library. Has the object said ten different things of this kind in ten minutes?
//! Then this one is combined with the rest. Was the same sent before? Then that one counts up. Has the object more to say than
//! is worth sending? Then it is counted and not sent.
//!
//! Source: client-go v0.36 `tools/record/events_cache.go`: `EventAggregate`, `eventObserve`, `getSpamKey`.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Event;
use crate::decide::Severity;

/// So many of each are remembered.
const REMEMBERED: usize = 4096;
/// So many different messages become one, unless they are older than this.
const DIFFERENT: usize = 10;
const SIMILAR: Duration = Duration::from_secs(600);
const COMBINED: &str = "(combined from similar events): ";
/// Events of one object and severity at once, and how often one more.
const BURST: u32 = 25;
const ONE_MORE: Duration = Duration::from_secs(300);

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Send(Message),
    Drop,
}

/// An event as it is sent: a new one where it is the first, else a change of the one of this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) count: u32,
    pub(super) first: Timestamp,
    place: Place,
}

/// What events have in common that are one: object, severity, reason, and the message unless they were combined.
type Place = (Kind, Option<String>);
type Kind = (String, Severity, &'static str);

/// What was sent before.
#[derive(Default)]
pub(super) struct Correlator {
    similar: HashMap<Kind, (BTreeSet<String>, Instant)>,
    sent: HashMap<Place, Sent>,
    budgets: HashMap<(String, Severity), (u32, Instant)>,
}

struct Sent {
    name: String,
    count: u32,
    first: Timestamp,
}

impl Correlator {
    pub(super) fn step(&mut self, event: &Event, now: Timestamp, instant: Instant) -> Step {
        let (object, notice) = (&event.object, &event.notice);
        let kind = (object.uid.clone(), notice.severity, notice.reason);
        let combined = self.combines(&kind, &notice.message, instant);
        let text = match combined {
            true => format!("{COMBINED}{}", notice.message),
            false => notice.message.clone(),
        };
        let place = (kind, Some(notice.message.clone()).filter(|_| !combined));
        let sent = room(&mut self.sent).entry(place.clone()).or_insert_with(|| Sent {
            name: format!("{}.{:x}", object.name, now.as_nanosecond()),
            count: 0,
            first: now,
        });
        sent.count = sent.count.saturating_add(1);
        let message = Message {
            name: sent.name.clone(),
            text,
            count: sent.count,
            first: sent.first,
            place,
        };
        match self.affords(&(object.uid.clone(), notice.severity), instant) {
            true => Step::Send(message),
            false => Step::Drop,
        }
    }

    /// It was not sent after all; the next of its kind is the first.
    pub(super) fn forget(&mut self, message: &Message) {
        self.sent.remove(&message.place);
    }

    fn combines(&mut self, kind: &Kind, message: &str, now: Instant) -> bool {
        let similar = room(&mut self.similar).entry(kind.clone());
        let (messages, last) = similar.or_insert_with(|| (BTreeSet::new(), now));
        if now.duration_since(*last) > SIMILAR {
            messages.clear();
        }
        *last = now;
        messages.insert(message.to_owned());
        let many = messages.len() >= DIFFERENT;
        if many {
            messages.pop_first();
        }
        many
    }

    fn affords(&mut self, whose: &(String, Severity), now: Instant) -> bool {
        let budget = room(&mut self.budgets).entry(whose.clone());
        let (left, since) = budget.or_insert((BURST, now));
        let earned = now.duration_since(*since).as_secs() / ONE_MORE.as_secs();
        if earned > 0 {
            *left = BURST.min(left.saturating_add(u32::try_from(earned).unwrap_or(BURST)));
            *since = now;
        }
        let affords = *left > 0;
        *left = left.saturating_sub(1);
        affords
    }
}

/// A full memory begins anew.
fn room<K, V>(map: &mut HashMap<K, V>) -> &mut HashMap<K, V> {
    if map.len() >= REMEMBERED {
        map.clear();
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::Notice;
    use crate::resource::SealedSecret;

    fn event(uid: &str, message: &str) -> Event {
        let mut object = SealedSecret::default();
        object.metadata.name = Some("db".to_owned());
        object.metadata.uid = Some(uid.to_owned());
        let notice = Notice {
            severity: Severity::Warning,
            reason: "ErrUnsealFailed",
            message: message.to_owned(),
        };
        Event::about(&object, notice)
    }

    /// A correlator whose clocks are a number of seconds.
    struct Bench(Correlator, Instant);

    impl Bench {
        fn new() -> Self {
            Self(Correlator::default(), Instant::now())
        }

        /// Text, count and name of what is sent.
        fn sent(&mut self, event: &Event, at: u64) -> Option<(String, u32, String)> {
            let now = Timestamp::from_second(i64::try_from(at).expect("small")).expect("small");
            match self.0.step(event, now, self.1 + Duration::from_secs(at)) {
                Step::Send(message) => Some((message.text, message.count, message.name)),
                Step::Drop => None,
            }
        }
    }

    #[test]
    fn the_same_event_again_counts_up_and_another_is_another() {
        let mut bench = Bench::new();
        let mut sent = |uid, message| bench.sent(&event(uid, message), 0).map(|sent| sent.1);
        assert_eq!(sent("a", "x"), Some(1));
        assert_eq!(sent("a", "x"), Some(2));
        assert_eq!(sent("a", "y"), Some(1));
        assert_eq!(sent("b", "x"), Some(1));
        assert_eq!(sent("a", "x"), Some(3));
    }

    #[test]
    fn the_tenth_different_message_and_all_after_it_are_one_event() {
        let mut bench = Bench::new();
        for at in 0..9 {
            let (text, count, _) = bench.sent(&event("a", &format!("m{at}")), at).expect("sent");
            assert_eq!((text, count), (format!("m{at}"), 1));
        }
        let (text, count, name) = bench.sent(&event("a", "m9"), 9).expect("sent");
        assert_eq!((text.as_str(), count), ("(combined from similar events): m9", 1));
        let (text, count, same) = bench.sent(&event("a", "n"), 10).expect("sent");
        assert_eq!((text.as_str(), count), ("(combined from similar events): n", 2));
        assert_eq!(same, name);
        let (text, ..) = bench.sent(&event("b", "n"), 10).expect("sent");
        assert_eq!(text, "n", "another object has its own");
        let (text, ..) = bench.sent(&event("a", "later"), 611).expect("sent");
        assert_eq!(text, "later", "ten minutes are over");
    }

    #[test]
    fn an_object_that_says_too_much_is_counted_and_may_speak_again_later() {
        let mut bench = Bench::new();
        let sent: Vec<_> = (0..30).map(|_| bench.sent(&event("a", "x"), 0)).collect();
        assert_eq!(sent.iter().flatten().count(), 25);
        assert!(bench.sent(&event("b", "x"), 0).is_some());
        let (_, count, _) = bench.sent(&event("a", "x"), 300).expect("one more");
        assert_eq!(count, 31, "those that were not sent are counted");
        assert!(bench.sent(&event("a", "x"), 300).is_none());
    }

    #[test]
    fn what_could_not_be_sent_is_the_first_again() {
        let mut bench = Bench::new();
        bench.sent(&event("a", "x"), 0);
        let Step::Send(message) = bench.0.step(&event("a", "x"), Timestamp::UNIX_EPOCH, bench.1) else {
            panic!("there is room");
        };
        bench.0.forget(&message);
        assert_eq!(bench.sent(&event("a", "x"), 1).expect("sent").1, 1);
    }
}
