//! What a template may know of the world, given by whoever renders: time, zones and randomness.

use rand_core::CryptoRng;

/// A zone at one moment: seconds east of Greenwich, and what people call it then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Seconds east of Greenwich.
    pub offset: i32,
    /// `CET`, `UTC`, `+03`.
    pub abbreviation: String,
}

/// Time, zones and randomness for one rendering.
pub struct Host<'h> {
    /// Nanoseconds since 1970 in UTC.
    pub clock: &'h dyn Fn() -> i128,
    /// The zone of a name (`Europe/Berlin`) at a moment in seconds since 1970; none if there is no such zone. The name
    /// `Local` asks for the host's own. UTC is known without asking.
    pub zones: &'h dyn Fn(&str, i64) -> Option<Zone>,
    /// Passwords, salts, serial numbers. Keys come from the crypto library's own generator, which takes no other.
    pub rng: &'h mut dyn CryptoRng,
}

/// Knows no zone but UTC, as a container without a zone database.
#[must_use]
pub fn utc_only(_name: &str, _moment: i64) -> Option<Zone> {
    None
}
