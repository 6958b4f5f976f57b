//! The last look before anything is written: does something that was just sealed still stand elsewhere in the text?
//!
//! Searches for all plaintexts in one pass over the text. Decides nothing: what to do about a repeat is the caller's,
//! who refuses the base64 form of a whole value (never a coincidence) and warns of the raw form.
//!
//! Source: the native format, section 1.

use base64::{Engine, engine::general_purpose::STANDARD};
use sealkit_crypto::secret::Plaintext;
use sealkit_manifest::{Place, Source};
use zeroize::Zeroizing;

/// Plaintexts shorter than this are not looked for, in bytes: `true` or `5432` occur everywhere.
pub const SHORTEST_BYTES: usize = 8;

/// A plaintext that was sealed, kept only until the text has been looked over.
#[derive(Clone, Debug)]
pub struct Hidden {
    /// Which item it is, for people: `password`.
    pub item: String,
    /// What must not be found.
    pub plaintext: Plaintext,
}

/// How a plaintext was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// Base64 of the whole value: a copy of it.
    Base64,
    /// The value itself, or the value as a JSON string spells it: a copy, or a coincidence.
    Raw,
}

/// A sealed plaintext that still stands in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// The item whose plaintext it is.
    pub item: String,
    /// How it was found.
    pub form: Form,
    /// Where it begins.
    pub place: Place,
}

impl Repeat {
    /// Why it matters, in a sentence without the value.
    pub fn why(&self) -> String {
        match self.form {
            Form::Base64 => format!(
                "the base64 form of the sealed value {} stands here in the open",
                self.item
            ),
            Form::Raw => format!("the text of the sealed value {} stands here too", self.item),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self.form {
            Form::Base64 => "remove this copy, then seal again".to_owned(),
            Form::Raw => {
                "if this is a copy of the secret, remove it; if it is a coincidence, nothing need be done"
                    .to_owned()
            }
        }
    }
}

/// Looks for every hidden plaintext of at least [`SHORTEST_BYTES`] in the text; reports the first occurrence of each
/// form of each, in the order of the text. Line breaks and spaces inside a copy do not hide it, its first eight bytes
/// excepted.
pub fn last_look(output: &Source, hidden: &[Hidden]) -> Vec<Repeat> {
    find(output.text(), hidden)
        .into_iter()
        .map(|found| Repeat {
            item: hidden[found.hidden].item.clone(),
            form: found.form,
            place: output.place(found.offset),
        })
        .collect()
}

/// Something to look for; its first eight bytes as a number find candidates.
struct Needle {
    start: u64,
    bytes: Zeroizing<Vec<u8>>,
    form: Form,
    hidden: usize,
}

#[derive(Debug, PartialEq, Eq)]
struct Found {
    offset: usize,
    hidden: usize,
    form: Form,
}

fn find(text: &str, hidden: &[Hidden]) -> Vec<Found> {
    let mut needles = needles(hidden);
    needles.sort_by_key(|needle| needle.start);
    if needles.is_empty() {
        return Vec::new();
    }
    let filter = Filter::new(&needles);
    let text = text.as_bytes();
    let mut found = Vec::new();
    let mut window = 0u64;
    for (at, &byte) in text.iter().enumerate() {
        window = window << 8 | u64::from(byte);
        if at + 1 < SHORTEST_BYTES || !filter.may_hold(window) {
            continue;
        }
        let offset = at + 1 - SHORTEST_BYTES;
        let first = needles.partition_point(|needle| needle.start < window);
        for needle in needles[first..]
            .iter()
            .take_while(|needle| needle.start == window)
        {
            let known = |f: &Found| f.hidden == needle.hidden && f.form == needle.form;
            if stands_at(&text[offset..], &needle.bytes) && !found.iter().any(known) {
                found.push(Found {
                    offset,
                    hidden: needle.hidden,
                    form: needle.form,
                });
            }
        }
    }
    found
}

fn needles(hidden: &[Hidden]) -> Vec<Needle> {
    let mut needles = Vec::new();
    for (index, one) in hidden.iter().enumerate() {
        let plaintext = one.plaintext.expose();
        if plaintext.len() < SHORTEST_BYTES {
            continue;
        }
        let mut add = |bytes: Vec<u8>, form| {
            if let Some(start) = bytes.first_chunk::<SHORTEST_BYTES>() {
                let start = u64::from_be_bytes(*start);
                needles.push(Needle {
                    start,
                    bytes: Zeroizing::new(bytes),
                    form,
                    hidden: index,
                });
            }
        };
        add(STANDARD.encode(plaintext).into_bytes(), Form::Base64);
        if let Some(spelled) = one.plaintext.expose_str().and_then(json_spelling) {
            add(spelled, Form::Raw);
        }
        add(plaintext.to_vec(), Form::Raw);
    }
    needles
}

/// The text as a JSON string spells it, without the quotes; `None` where that is no different. An annotation that holds
/// a whole manifest as JSON spells values like this.
fn json_spelling(text: &str) -> Option<Vec<u8>> {
    if !text
        .bytes()
        .any(|byte| byte < b' ' || matches!(byte, b'"' | b'\\'))
    {
        return None;
    }
    let quoted = Zeroizing::new(serde_json::to_string(text).ok()?);
    Some(quoted[1..quoted.len() - 1].as_bytes().to_vec())
}

/// Whether the text begins with the needle, white space on either side not counting.
fn stands_at(text: &[u8], needle: &[u8]) -> bool {
    let mut text = text.iter().filter(|byte| !byte.is_ascii_whitespace());
    needle
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .all(|wanted| text.next() == Some(wanted))
}

/// A set of eight-byte windows that answers "certainly not" from one bit.
struct Filter {
    bits: Vec<u64>,
    shift: u32,
}

impl Filter {
    fn new(needles: &[Needle]) -> Self {
        // 64 bits for each needle: one window in 64 is looked up in vain.
        let size = (needles.len() * 64).next_power_of_two();
        let mut filter = Self {
            bits: vec![0; size / 64],
            shift: 64 - size.trailing_zeros(),
        };
        for needle in needles {
            let bit = filter.bit(needle.start);
            filter.bits[bit / 64] |= 1 << (bit % 64);
        }
        filter
    }

    fn may_hold(&self, window: u64) -> bool {
        let bit = self.bit(window);
        self.bits[bit / 64] >> (bit % 64) & 1 == 1
    }

    fn bit(&self, window: u64) -> usize {
        // Fibonacci hashing: the high bits of the product depend on all bits of the window.
        (window.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, plaintexts: &[&str], expected: &[(usize, usize, Form)]) {
        let hidden: Vec<Hidden> = plaintexts
            .iter()
            .map(|p| Hidden {
                item: "item".to_owned(),
                plaintext: Plaintext::from(p.as_bytes().to_vec()),
            })
            .collect();
        let found: Vec<_> = find(text, &hidden)
            .iter()
            .map(|f| (f.offset, f.hidden, f.form))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn finds_the_raw_form_and_the_base64_form() {
        check(
            "# it is hunter22\nx: aHVudGVyMjI=\n",
            &["hunter22"],
            &[(8, 0, Form::Raw), (20, 0, Form::Base64)],
        );
    }

    #[test]
    fn finds_at_both_ends_of_the_text_and_nothing_in_an_empty_one() {
        check("hunter22", &["hunter22"], &[(0, 0, Form::Raw)]);
        check("x hunter22", &["hunter22"], &[(2, 0, Form::Raw)]);
        check("", &["hunter22"], &[]);
        check("hunter22", &[], &[]);
    }

    #[test]
    fn leaves_short_values_alone() {
        check("hunter2 aHVudGVyMg== true true", &["hunter2", "true", ""], &[]);
    }

    #[test]
    fn does_not_take_a_beginning_for_the_whole() {
        check("hunter2 hunter2x", &["hunter22"], &[]);
        check("correct horse battery", &["correct horse battery staple"], &[]);
    }

    #[test]
    fn line_breaks_and_indentation_do_not_hide_a_copy() {
        check(
            "x: |\n  correct\n  horse\n",
            &["correct\nhorse"],
            &[(7, 0, Form::Raw)],
        );
        check(
            "x: |\n  correct horse\n  battery\n",
            &["correct horse\nbattery\n"],
            &[(7, 0, Form::Raw)],
        );
        check(
            "x: |\n  aHVudGVy\n  MjI=\n",
            &["hunter22"],
            &[(7, 0, Form::Base64)],
        );
    }

    #[test]
    fn finds_what_json_spells_with_escapes() {
        check(
            r#"{"a":"say \"friend\"\n"}"#,
            &["say \"friend\"\n"],
            &[(6, 0, Form::Raw)],
        );
    }

    #[test]
    fn reports_each_form_of_each_value_once() {
        check(
            "hunter22 hunter22 password1",
            &["hunter22", "password1"],
            &[(0, 0, Form::Raw), (18, 1, Form::Raw)],
        );
        check(
            "hunter22",
            &["hunter22", "hunter22"],
            &[(0, 0, Form::Raw), (0, 1, Form::Raw)],
        );
    }

    #[test]
    fn holds_no_more_than_the_item_in_what_it_prints() {
        let hidden = Hidden {
            item: "password".to_owned(),
            plaintext: Plaintext::from(b"hunter22".to_vec()),
        };
        assert!(!format!("{hidden:?}").contains("hunter22"));
    }
}
