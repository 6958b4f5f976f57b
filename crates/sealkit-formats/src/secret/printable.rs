//! Which plaintexts may stand in a manifest as text: what a person can see, and what YAML and JSON keep exactly.

/// Whether a value is written as `stringData`; any other is written as base64 in `data`.
///
/// UTF-8 of visible characters, spaces, tabs, line feeds and carriage returns. Not printable are all other controls, the
/// separators U+0085, U+2028 and U+2029, the byte order mark, noncharacters, and the characters that change the direction
/// of text, which make one value look like another.
pub fn printable(value: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(value).ok()?;
    text.chars().all(is_printable).then_some(text)
}

fn is_printable(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => true,
        // Direction marks, embeddings, overrides and isolates.
        '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => false,
        '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fdd0}'..='\u{fdef}' => false,
        _ => !character.is_control() && (character as u32) & 0xfffe != 0xfffe,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_printable() {
        for text in [
            "",
            "hunter2",
            "-----BEGIN-----\r\n\tx\n",
            "grüße 🔑",
            " ",
            "{{ }}",
            "\u{a0}",
        ] {
            assert_eq!(printable(text.as_bytes()), Some(text));
        }
    }

    #[test]
    fn what_nobody_can_see_is_not() {
        for text in [
            "\0",
            "\x1b[0m",
            "\x7f",
            "\u{85}",
            "\u{2028}",
            "\u{feff}",
            "\u{202e}x",
            "\u{fffe}",
            "\u{1ffff}",
        ] {
            assert_eq!(printable(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(printable(b"\xff"), None);
        assert_eq!(printable(b"\xc3"), None);
    }
}
