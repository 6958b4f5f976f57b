//! What the proxy does to which requests. Pure: what is drawn comes out of a seed.

use std::time::{Duration, Instant};

/// One request, as far as rules look at it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) at: Instant,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) watches: bool,
}

/// Which requests a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    All,
    Watches,
    /// Everything that changes something.
    Writes,
}

/// What happens to them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// This status, without a look at the server, and how many seconds to wait, where it says that.
    Answer(u16, Option<u64>),
    /// A watch that begins well, and whose first event says that its history is gone.
    GoneEvent,
    /// It is carried out, and the connection ends before the answer.
    LoseAnswer,
    /// The answer's body ends after so many pieces, and so does the connection.
    Cut(usize),
    /// Each piece of the answer's body comes so much later.
    Slow(Duration),
    /// It is never answered; a body that has begun never goes on. So it stays when the rule is gone.
    Hang,
}

/// A fault for some requests: those whose path contains a word, and of these so many percent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub(crate) which: Which,
    pub(crate) path: &'static str,
    pub(crate) percent: u64,
    pub(crate) fault: Fault,
}

impl Rule {
    pub(crate) fn all(which: Which, fault: Fault) -> Self {
        Self {
            which,
            path: "",
            percent: 100,
            fault,
        }
    }

    pub(crate) fn some(which: Which, percent: u64, fault: Fault) -> Self {
        Self {
            percent,
            ..Self::all(which, fault)
        }
    }

    fn concerns(&self, asked: &Asked) -> bool {
        self.which.has(asked) && asked.path.contains(self.path)
    }
}

impl Which {
    pub(crate) fn has(self, asked: &Asked) -> bool {
        match self {
            Self::All => true,
            Self::Watches => asked.watches,
            Self::Writes => asked.method != "GET",
        }
    }
}

/// The first rule's fault whose draw hits.
pub(crate) fn fault(rules: &[Rule], asked: &Asked, dice: &mut Dice) -> Option<Fault> {
    let mut hit = |rule: &&Rule| rule.concerns(asked) && dice.next() % 100 < rule.percent;
    rules.iter().find(&mut hit).map(|rule| rule.fault)
}

/// Numbers out of a seed. Source: SplitMix64, Steele, Lea, Flood 2014.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// The most requests in any one second.
pub(crate) fn busiest_second<'a>(asked: impl Iterator<Item = &'a Asked>) -> usize {
    let times: Vec<Instant> = asked.map(|asked| asked.at).collect();
    let within = |(first, begun): (usize, &Instant)| {
        let end = *begun + Duration::from_secs(1);
        times[first..].iter().take_while(|at| **at < end).count()
    };
    times.iter().enumerate().map(within).max().unwrap_or_default()
}
