//! Splitting a command line into words as a shell would, without running one.

use zeroize::Zeroizing;

/// Words, with quotes and backslashes resolved; `None` if a quote is left open. `#` begins a comment where a word would.
pub(super) fn split(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<Zeroizing<String>> = None;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take().map(|word| word.to_string())),
            '#' if word.is_none() => {
                characters.by_ref().find(|c| *c == '\n');
            }
            '\\' => word.get_or_insert_default().push(characters.next()?),
            '\'' => loop {
                match characters.next()? {
                    '\'' => {
                        word.get_or_insert_default();
                        break;
                    }
                    c => word.get_or_insert_default().push(c),
                }
            },
            '"' => loop {
                match characters.next()? {
                    '"' => {
                        word.get_or_insert_default();
                        break;
                    }
                    '\\' => {
                        let c = characters.next()?;
                        word.get_or_insert_default().push(c);
                    }
                    c => word.get_or_insert_default().push(c),
                }
            },
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word.map(|word| word.to_string()));
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn resolves_quotes_as_a_shell_does() {
        for (line, expected) in [
            ("code --wait", vec!["code", "--wait"]),
            ("'a b' \"c d\" e\\ f", vec!["a b", "c d", "e f"]),
            ("a'b'\"c\"", vec!["abc"]),
            ("  # no", vec![]),
            ("''", vec![""]),
        ] {
            let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(split(line), Some(expected), "{line}");
        }
        assert_eq!(split("'open"), None);
        assert_eq!(split("open\\"), None);
    }
}
