//! The order in which objects get their turn: fresh ones before those of the first list, both before those that failed.
//!
//! Of the fresh ones the oldest and the newest in turn: whoever applies one object after somebody else's ten thousand need
//! not wait for these, and no other waits more than twice as long for it.
//!
//! An object waits once however often it is asked for, is worked on by one worker at a time, and comes back for what was
//! asked meanwhile. Failed ones come back later and later, for ever. The time is an argument; nothing here waits.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::hash::Hash;
use std::time::{Duration, Instant};

/// How soon an object's turn should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Somebody has just changed it.
    Fresh,
    /// It was there when the controller started.
    Initial,
    /// It failed before and may fail again.
    Retry,
}

const LANES: usize = 3;

/// The queue of keys.
#[derive(Debug)]
pub struct Queue<K> {
    lanes: [VecDeque<K>; LANES],
    /// The best lane in which each key waits; entries of other lanes are stale.
    waiting: HashMap<K, Lane>,
    active: HashSet<K>,
    /// Asked for while being worked on.
    again: HashMap<K, Lane>,
    later: BinaryHeap<Reverse<(Instant, u64)>>,
    due: HashMap<u64, K>,
    ticket_of: HashMap<K, u64>,
    tickets: u64,
    /// Whether the newest of the fresh ones is next.
    newest_next: bool,
}

impl<K> Default for Queue<K> {
    fn default() -> Self {
        Self {
            lanes: Default::default(),
            waiting: HashMap::new(),
            active: HashSet::new(),
            again: HashMap::new(),
            later: BinaryHeap::new(),
            due: HashMap::new(),
            ticket_of: HashMap::new(),
            tickets: 0,
            newest_next: false,
        }
    }
}

impl<K: Clone + Eq + Hash> Queue<K> {
    /// Asks for a turn. What was planned for later is forgotten: this turn answers it.
    pub fn add(&mut self, key: K, lane: Lane) {
        self.forget_later(&key);
        if self.active.contains(&key) {
            let wanted = self.again.entry(key).or_insert(lane);
            *wanted = lane.min(*wanted);
            return;
        }
        if self.waiting.get(&key).is_some_and(|present| *present <= lane) {
            return;
        }
        self.waiting.insert(key.clone(), lane);
        self.lanes[lane as usize].push_back(key);
    }

    /// Asks for a turn at a time, unless there is one before anyway.
    pub fn add_at(&mut self, key: K, at: Instant) {
        if self.waiting.contains_key(&key) || self.again.contains_key(&key) {
            return;
        }
        self.forget_later(&key);
        self.tickets += 1;
        self.later.push(Reverse((at, self.tickets)));
        self.due.insert(self.tickets, key.clone());
        self.ticket_of.insert(key, self.tickets);
    }

    /// Puts a turn that waits off until a time; one that is being worked on comes back then.
    pub fn postpone(&mut self, key: K, at: Instant) {
        self.waiting.remove(&key);
        self.again.remove(&key);
        self.add_at(key, at);
    }

    /// Gives the next key to a worker, who says [`done`](Queue::done) in the end.
    pub fn take(&mut self, now: Instant) -> Option<K> {
        self.promote(now);
        for lane in [Lane::Fresh, Lane::Initial, Lane::Retry] {
            while let Some(key) = self.pop(lane) {
                if self.waiting.get(&key) == Some(&lane) {
                    self.waiting.remove(&key);
                    self.active.insert(key.clone());
                    return Some(key);
                }
            }
        }
        None
    }

    fn pop(&mut self, lane: Lane) -> Option<K> {
        let waiting = &mut self.lanes[lane as usize];
        if lane != Lane::Fresh {
            return waiting.pop_front();
        }
        self.newest_next = !self.newest_next;
        if !self.newest_next {
            waiting.pop_back()
        } else {
            waiting.pop_front()
        }
    }

    /// A worker has ended with a key.
    pub fn done(&mut self, key: &K) {
        self.active.remove(key);
        if let Some(lane) = self.again.remove(key) {
            self.add(key.clone(), lane);
        }
    }

    /// Whether a worker has this key.
    pub fn is_active(&self, key: &K) -> bool {
        self.active.contains(key)
    }

    /// When the first of those planned for later is due.
    pub fn next_due(&mut self) -> Option<Instant> {
        while let Some(Reverse((at, ticket))) = self.later.peek() {
            if self.due.contains_key(ticket) {
                return Some(*at);
            }
            self.later.pop();
        }
        None
    }

    /// How many wait for a worker now.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits for a worker now.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn promote(&mut self, now: Instant) {
        while self.next_due().is_some_and(|at| at <= now) {
            let Some(Reverse((_, ticket))) = self.later.pop() else {
                break;
            };
            if let Some(key) = self.due.remove(&ticket) {
                self.ticket_of.remove(&key);
                self.add(key, Lane::Retry);
            }
        }
    }

    fn forget_later(&mut self, key: &K) {
        if let Some(ticket) = self.ticket_of.remove(key) {
            self.due.remove(&ticket);
        }
    }
}

/// How long an object that failed `attempts` times waits: doubling from `first` to `longest`.
#[must_use]
pub fn back_off(attempts: u32, first: Duration, longest: Duration) -> Duration {
    let factor = 2_u32.checked_pow(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
    first.checked_mul(factor).unwrap_or(longest).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(queue: &mut Queue<&'static str>, now: Instant) -> Vec<&'static str> {
        std::iter::from_fn(|| queue.take(now)).collect()
    }

    #[test]
    fn fresh_objects_pass_the_first_list_and_both_pass_the_failed() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        for (key, lane) in [
            ("failed", Lane::Retry),
            ("old", Lane::Initial),
            ("new", Lane::Fresh),
        ] {
            queue.add(key, lane);
        }
        assert_eq!(drain(&mut queue, now), ["new", "old", "failed"]);
    }

    #[test]
    fn oldest_and_newest_of_the_fresh_ones_take_turns() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        for key in ["1", "2", "3", "4", "5"] {
            queue.add(key, Lane::Fresh);
        }
        assert_eq!(drain(&mut queue, now), ["1", "5", "2", "4", "3"]);
        for key in ["a", "b", "c"] {
            queue.add(key, Lane::Initial);
        }
        assert_eq!(drain(&mut queue, now), ["a", "b", "c"]);
    }

    #[test]
    fn an_object_waits_once_in_its_best_lane() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.add("a", Lane::Retry);
        queue.add("b", Lane::Initial);
        queue.add("a", Lane::Fresh);
        queue.add("a", Lane::Initial);
        assert_eq!(queue.len(), 2);
        assert_eq!(drain(&mut queue, now), ["a", "b"]);
    }

    #[test]
    fn what_is_asked_during_the_work_comes_after_it() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.add("a", Lane::Fresh);
        assert_eq!(queue.take(now), Some("a"));
        queue.add("a", Lane::Fresh);
        assert_eq!(queue.take(now), None);
        queue.done(&"a");
        assert_eq!(queue.take(now), Some("a"));
        queue.done(&"a");
        assert_eq!(queue.take(now), None);
    }

    #[test]
    fn later_is_not_now_and_a_fresh_request_replaces_it() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        let soon = now + Duration::from_secs(1);
        queue.add_at("a", soon);
        queue.add_at("b", soon);
        assert_eq!(queue.next_due(), Some(soon));
        assert_eq!(queue.take(now), None);
        queue.add("a", Lane::Fresh);
        assert_eq!(drain(&mut queue, now), ["a"]);
        assert_eq!(drain(&mut queue, soon), ["b"]);
        assert_eq!(queue.next_due(), None);
    }

    #[test]
    fn waiting_doubles_and_ends_at_its_bound_for_ever() {
        let wait = |attempts| back_off(attempts, Duration::from_millis(50), Duration::from_secs(300));
        assert_eq!(wait(1), Duration::from_millis(50));
        assert_eq!(wait(2), Duration::from_millis(100));
        assert_eq!(wait(5), Duration::from_millis(800));
        assert_eq!(wait(14), Duration::from_secs(300));
        assert_eq!(wait(u32::MAX), Duration::from_secs(300));
    }
}
