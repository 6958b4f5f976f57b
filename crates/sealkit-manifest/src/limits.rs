//! How much a file may ask of us before it is refused: sizes, nesting, and what aliases unfold to.

/// Bounds on one file, checked while it is parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Largest file in bytes; 16 MiB by default.
    pub max_bytes: usize,
    /// Deepest nesting of mappings and sequences; 255 by default, which is also the most the YAML parser allows.
    pub max_depth: usize,
    /// Most bytes that a document may unfold to when every alias is replaced by what it names, counting 16 bytes for
    /// each node; 64 MiB by default. Stops the "billion laughs".
    pub max_unfolded_bytes: usize,
    /// Deepest nesting once aliases are unfolded; 512 by default.
    pub max_unfolded_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 16 * 1024 * 1024,
            max_depth: 255,
            max_unfolded_bytes: 64 * 1024 * 1024,
            max_unfolded_depth: 512,
        }
    }
}

impl Limits {
    /// The same limits for a text of our own making, which may be larger than what was read.
    pub(crate) fn grown(&self, bytes: usize) -> Self {
        Self {
            max_bytes: self.max_bytes.max(bytes),
            ..self.clone()
        }
    }
}
