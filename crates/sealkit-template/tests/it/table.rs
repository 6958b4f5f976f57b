//! Every line of `testdata/templates/table.jsonl` renders, or fails, as Go did.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::{Values, render};

pub(crate) fn data() -> Values {
    let text = sealkit_testdata::text("templates/data.json");
    let data: Value = serde_json::from_str(&text).expect("data.json is an object");
    let entries = data.as_object().expect("data.json is an object");
    let decode = |value: &Value| {
        STANDARD
            .decode(value.as_str().expect("a string"))
            .expect("base64")
    };
    entries
        .iter()
        .map(|(key, value)| (key.clone(), decode(value)))
        .collect()
}

/// Where Go's errors quote a value, ours end.
fn quieter(error: &str) -> Option<&'static str> {
    const SAME: &[(&str, &str)] = &[
        ("error parsing ip", "error parsing ip"),
        ("improper constraint: ", "improper constraint"),
        (
            "parse \"%zz\": invalid URL escape \"%zz\"",
            "unable to parse url: invalid URL escape",
        ),
        (
            "range can't iterate over ann",
            "range can't iterate over a string",
        ),
        (
            "range can't iterate over 1.5",
            "range can't iterate over a float64",
        ),
        ("range can't iterate over true", "range can't iterate over a bool"),
        (
            "range can't iterate over {",
            "range can't iterate over a time.Time",
        ),
        (
            "range can't iterate over 20",
            "range can't iterate over a time.Time",
        ),
        ("non-comparable type [", "non-comparable type []interface {}"),
        ("non-function 1 of type int", "non-function of type int"),
    ];
    SAME.iter()
        .find(|(go, _)| error.contains(go))
        .map(|(_, ours)| *ours)
}

#[test]
fn templates_render_as_go_renders_them() {
    let text = sealkit_testdata::text("templates/table.jsonl");
    let data = data();
    let (mut lines, mut differences) = (0, Vec::new());
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("a line is an object");
        let template = case["template"].as_str().expect("a template");
        lines += 1;
        let expected = match (case["output"].as_str(), case["output_base64"].as_str()) {
            (Some(output), _) => Ok(output.as_bytes().to_vec()),
            (None, Some(output)) => Ok(STANDARD.decode(output).expect("base64")),
            (None, None) => Err(case["error"].as_str().expect("an error").to_owned()),
        };
        let found = render(template, &data).map_err(|error| error.to_string());
        let same = match (&found, &expected) {
            (Err(ours), Err(go)) => ours == go || quieter(go).is_some_and(|end| ours.ends_with(end)),
            _ => found == expected,
        };
        if !same {
            let show = |result: &Result<Vec<u8>, String>| match result {
                Ok(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
                Err(error) => format!("error {error}"),
            };
            differences.push(format!(
                "{template}\n  go:   {}\n  ours: {}",
                show(&expected),
                show(&found)
            ));
        }
    }
    assert!(lines >= 380, "the table has {lines} lines");
    let count = differences.len();
    assert!(
        differences.is_empty(),
        "{count} of {lines} differ:\n{}",
        differences.join("\n")
    );
}
