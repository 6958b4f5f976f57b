//! Single words of YAML that is written by hand, where a whole document is made and no author's style is to be kept.

use std::borrow::Cow;

/// A word, in quotes unless it is plainly one.
pub(crate) fn scalar(text: &str) -> Cow<'_, str> {
    let other = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte))
        && !other.contains(&text.to_ascii_lowercase().as_str());
    match plain {
        true => text.into(),
        false => serde_json::Value::from(text).to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_what_yaml_would_read_as_something_else() {
        for (word, written) in [
            ("db", "db"),
            ("tls.key", "tls.key"),
            ("on", "\"on\""),
            ("123", "\"123\""),
            ("a: b", "\"a: b\""),
        ] {
            assert_eq!(scalar(word), written);
        }
    }
}
