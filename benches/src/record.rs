//! Collects measurements: every raw sample, under a name, with the command that it came from.

use std::time::Duration;

use serde::Serialize;

/// One measured thing.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Measurement {
    /// `sealed-secrets/seal/one/sealkit`: what, then who.
    pub(crate) name: String,
    /// How it was taken.
    pub(crate) command: String,
    /// `seconds`, `bytes` or `allocations`.
    pub(crate) unit: &'static str,
    /// How many operations one sample stands for; the summary divides by it.
    pub(crate) operations: u64,
    /// Where only a part of the work was done, how much of it: one sample stands for that part alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sampled: Option<String>,
    /// Every sample, in the order in which it was taken.
    pub(crate) samples: Vec<f64>,
}

impl Measurement {
    /// The middle sample, whole, not divided by operations.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.samples.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }

    pub(crate) fn least(&self) -> f64 {
        self.samples.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The middle sample for one operation.
    pub(crate) fn each(&self) -> f64 {
        self.median() / self.operations as f64
    }
}

/// Measurements by name.
pub(crate) struct Table<'m>(pub(crate) &'m [Measurement]);

impl Table<'_> {
    /// The middle sample for one operation.
    pub(crate) fn each(&self, name: &str) -> Option<f64> {
        self.0
            .iter()
            .find(|measurement| measurement.name == name)
            .map(Measurement::each)
    }
}

/// Takes measurements whose name is wanted.
pub(crate) struct Recorder {
    only: String,
    skip: Option<String>,
    all: Vec<Measurement>,
}

impl Recorder {
    pub(crate) fn new(only: String, skip: Option<String>) -> Self {
        Self {
            only,
            skip,
            all: Vec::new(),
        }
    }

    /// Whether anything under this name is to be measured.
    pub(crate) fn wants(&self, name: &str) -> bool {
        let skipped = self
            .skip
            .as_ref()
            .is_some_and(|skip| name.starts_with(skip.as_str()));
        !skipped && name.contains(&self.only)
    }

    /// Keeps times.
    pub(crate) fn times(&mut self, name: &str, command: &str, operations: u64, samples: &[Duration]) {
        self.keep(
            name,
            command,
            "seconds",
            operations,
            samples.iter().map(Duration::as_secs_f64).collect(),
        );
    }

    /// Keeps sizes in bytes.
    pub(crate) fn sizes(&mut self, name: &str, command: &str, samples: &[u64]) {
        self.keep(
            name,
            command,
            "bytes",
            1,
            samples.iter().map(|&bytes| bytes as f64).collect(),
        );
    }

    /// Keeps how many allocations so many operations took in all.
    pub(crate) fn allocations(&mut self, name: &str, command: &str, operations: u64, count: u64) {
        self.keep(name, command, "allocations", operations, vec![count as f64]);
    }

    /// Says of the measurement that was kept last that it is a part of the work, and which.
    pub(crate) fn sampled(&mut self, part: &str) {
        if let Some(last) = self.all.last_mut() {
            last.sampled = Some(part.to_owned());
        }
    }

    pub(crate) fn finish(self) -> Vec<Measurement> {
        self.all
    }

    fn keep(&mut self, name: &str, command: &str, unit: &'static str, operations: u64, samples: Vec<f64>) {
        let measurement = Measurement {
            name: name.to_owned(),
            command: command.to_owned(),
            unit,
            operations,
            sampled: None,
            samples,
        };
        println!(
            "{name:<52} {}",
            crate::report::shown(&measurement, measurement.each())
        );
        self.all.push(measurement);
    }
}
