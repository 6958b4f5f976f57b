//! Secrets of the last moments whose names no sealed object has. One may be made a moment later, and its first turn must
//! know what happened to the name: a script that replaces a Secret deletes it just before or just after.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use super::{ABSENCE, Key};

/// More than this many are not remembered.
const MOST: usize = 4096;

/// What was last heard of such a Secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    There,
    Gone,
}

/// The memory. What is older than [`ABSENCE`] decides about nothing any more and goes.
#[derive(Default)]
pub(super) struct Strangers {
    heard: HashMap<Key, (Instant, Heard)>,
    order: VecDeque<(Instant, Key)>,
}

impl Strangers {
    pub(super) fn note(&mut self, key: Key, heard: Heard, now: Instant) {
        while let Some((at, _)) = self.order.front()
            && (*at + ABSENCE <= now || self.order.len() >= MOST)
            && let Some((at, old)) = self.order.pop_front()
        {
            if self.heard.get(&old).is_some_and(|(last, _)| *last == at) {
                self.heard.remove(&old);
            }
        }
        self.order.push_back((now, key.clone()));
        self.heard.insert(key, (now, heard));
    }

    /// What was heard of a name within the last moments, and when; it is its sealed object's from now on.
    pub(super) fn take(&mut self, key: &Key, now: Instant) -> Option<(Instant, Heard)> {
        let heard = self.heard.remove(key)?;
        (now < heard.0 + ABSENCE).then_some(heard)
    }
}

#[cfg(test)]
mod tests {
    use kube::core::ObjectMeta;

    use super::*;

    fn key(name: &str) -> Key {
        Key::of(&ObjectMeta {
            name: Some(name.to_owned()),
            ..ObjectMeta::default()
        })
    }

    #[test]
    fn remembers_the_last_word_for_a_moment() {
        let (mut strangers, now) = (Strangers::default(), Instant::now());
        strangers.note(key("a"), Heard::There, now);
        strangers.note(key("a"), Heard::Gone, now);
        strangers.note(key("b"), Heard::There, now);
        assert_eq!(strangers.take(&key("a"), now), Some((now, Heard::Gone)));
        assert_eq!(strangers.take(&key("a"), now), None);
        assert_eq!(strangers.take(&key("b"), now + ABSENCE), None);
    }

    #[test]
    fn forgets_what_is_old_and_what_is_too_much() {
        let (mut strangers, now) = (Strangers::default(), Instant::now());
        for number in 0..MOST + 10 {
            strangers.note(key(&number.to_string()), Heard::There, now);
        }
        assert_eq!((strangers.heard.len(), strangers.order.len()), (MOST, MOST));
        strangers.note(key("new"), Heard::There, now + ABSENCE);
        assert_eq!((strangers.heard.len(), strangers.order.len()), (1, 1));
    }
}
