//! What people call a recipient: from the short name in a file to `alice`.
//! A directory of names, nothing more; which recipients a file should have is the policy's business.

use std::collections::BTreeMap;

use sealkit_crypto::recipient::Recipient;

/// Names of recipients by the short name that sealed files hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    by_short_name: BTreeMap<String, String>,
}

impl Names {
    /// Remembers that people call `recipient` by `name`. The first name given to a key stays.
    pub fn add(&mut self, name: &str, recipient: &Recipient) {
        self.by_short_name
            .entry(recipient.name())
            .or_insert_with(|| name.to_owned());
    }

    /// Returns what people call the recipient that files name `short_name`.
    pub fn get(&self, short_name: &str) -> Option<&str> {
        self.by_short_name.get(short_name).map(String::as_str)
    }

    /// Returns `alice` where the policy knows the key, else the short name, shortened for reading.
    pub fn show(&self, short_name: &str) -> String {
        match self.get(short_name) {
            Some(name) => name.to_owned(),
            None => abbreviate(short_name),
        }
    }

    /// Puts people's names in place of the short names that `text` mentions.
    pub fn in_text(&self, text: &str) -> String {
        let mut renamed = text.to_owned();
        for (short_name, name) in self.by_short_name.iter().rev() {
            if renamed.contains(short_name) {
                renamed = renamed.replace(short_name, name);
            }
        }
        renamed
    }
}

/// Shortens a key for people: the first characters tell keys apart, the rest only fills the line.
fn abbreviate(short_name: &str) -> String {
    const SHOWN_CHARS: usize = 28;
    if short_name.chars().count() <= SHOWN_CHARS {
        return short_name.to_owned();
    }
    let head: String = short_name.chars().take(SHOWN_CHARS).collect();
    format!("{head}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_name_where_it_is_known_and_a_short_key_elsewhere() {
        let recipient: Recipient = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
            .parse()
            .expect("a valid key");
        let mut names = Names::default();
        assert_eq!(names.show(&recipient.name()), "age1zvkyg2lqzraa2lnjvqej32nk…");
        names.add("alice", &recipient);
        names.add("also-alice", &recipient);
        assert_eq!(names.show(&recipient.name()), "alice");
        let text = format!("for {} and age1other", recipient.name());
        assert_eq!(names.in_text(&text), "for alice and age1other");
    }
}
