//! Reproducible chance: texts made of the pieces that mean something to a parser of lines.

pub(crate) struct Dice(u64);

/// Pieces of words and values.
const PIECES: &[&str] = &[
    "a", "b", "key", "x y", "é", "日本", "\u{a0}", "\u{85}", "\u{2028}", "0", "_", ".", "-", "$", "=", ":",
    " ", "  ", "\t", "#", ";", "\"", "'", "`", "\"\"\"", "\\", "\\n", "[", "]", "/", "%(a)s", "\r",
    "\u{feff}", "\u{0}", "ENC[",
];

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(drawn).unwrap_or_default() % end
    }

    pub(crate) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub(crate) fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    /// A text without a line break, of up to `most` pieces.
    pub(crate) fn line(&mut self, most: usize) -> String {
        let count = self.below(most + 1);
        (0..count).map(|_| self.pick(PIECES)).collect()
    }

    /// A text that may have line breaks.
    pub(crate) fn text(&mut self, most: usize) -> String {
        let mut text = self.line(most);
        while self.one_in(4) {
            text.push_str(self.pick(&["\n", "\n", "\r\n"]));
            text.push_str(&self.line(most));
        }
        text
    }

    /// A plain word.
    pub(crate) fn word(&mut self) -> String {
        self.pick(&["a", "b", "host", "pass_word", "Key", "x1", "long_name_here", "é"])
            .to_owned()
    }

    /// A word, seldom anything.
    pub(crate) fn name(&mut self) -> String {
        match self.one_in(4) {
            true => self.line(3),
            false => self.word(),
        }
    }
}
