//! Where block scalars end.

use sealkit_manifest::Stream;

/// The text of the first value, as it stands in the file.
fn raw(text: &str) -> String {
    let stream = Stream::parse("t.yaml", text.as_bytes()).unwrap();
    let root = stream.documents().next().unwrap();
    let (_, value) = root.raw_entries().next().unwrap();
    let span = value.span();
    text[span.start..span.end].to_owned()
}

#[test]
fn lines_of_blanks_are_content_where_the_value_has_them() {
    for (scalar, below) in [
        ("|\n s\n", "\n \nb: 1\n"),
        ("|\n s\n", " \nb: 1\n"),
        ("|\n s\n   \n", "b: 1\n"),
        ("|\n s\n   \n", " \n\nb: 1\n"),
        ("|-\n s\n   \n", "\nb: 1\n"),
        ("|+\n s\n   \n\n", "b: 1\n"),
        ("|+\n s\n\n \n", "b: 1\n"),
        ("|\n s\n \t\n", "# c\nb: 1\n"),
        (">\n s\n\n   \n", "\nb: 1\n"),
        (">1\n   \n", "\nb: 1\n"),
        ("|\n", "\n  \nb: 1\n"),
        ("|\n s\n   ", ""),
        ("|+\n s\n   ", ""),
        ("|\n s  ", ""),
        ("|\r\n s\r\n   \r\n", "\r\nb: 1\r\n"),
    ] {
        assert_eq!(raw(&format!("a: {scalar}{below}")), scalar, "{below:?}");
    }
}
