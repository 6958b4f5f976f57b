//! Opened values as text, where their tokens stood.
//!
//! A string is written so that readers of YAML 1.1 and 1.2 both read it back; the author's quotes stay where they are safe.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sealkit_manifest::write::{Context, literal, one_line};
use sealkit_manifest::{Node, Style};
use zeroize::Zeroizing;

use super::site::Surroundings;
use super::value::{Value, float_text};
use super::yaml;

/// How a file writes things.
#[derive(Clone, Copy, Debug)]
pub(super) struct House {
    pub(super) json: bool,
    /// Columns by which a nested line is indented.
    pub(super) step: usize,
    pub(super) line_break: &'static str,
}

/// A value in place of a node; `None` if that place cannot take it. `below` is the text below the node's last line, in two
/// parts where the metadata stood between them.
pub(super) fn value(
    value: &Value,
    node: &Node<'_>,
    around: Surroundings,
    house: House,
    below: [&str; 2],
) -> Option<Zeroizing<String>> {
    let style = match node.style() {
        Style::SingleQuoted if around.flow => Style::Plain,
        style => style,
    };
    match value {
        Value::Str(bytes) => match bytes.expose_str() {
            Some(text) => string(text, style, around, house, below),
            None if house.json => None,
            None => Some(Zeroizing::new(format!(
                "!!binary {}",
                STANDARD.encode(bytes.expose())
            ))),
        },
        Value::Null => Some(Zeroizing::new("null".to_owned())),
        Value::Bool(value) => Some(Zeroizing::new(value.to_string())),
        Value::Int(value) => Some(Zeroizing::new(value.to_string())),
        Value::Float(value) => float(*value, house.json).map(Zeroizing::new),
        Value::Time(time) if house.json => Some(Zeroizing::new(format!("\"{time}\""))),
        Value::Time(time) => Some(Zeroizing::new(time.to_string())),
    }
}

/// A token: plain where that is YAML, in quotes where braces or JSON are around it. Single quotes there say that the author
/// used no double ones, so that opening needs none either.
pub(super) fn token(text: &str, style: Style, around: Surroundings, house: House) -> String {
    if house.json || (around.flow && style == Style::DoubleQuoted) {
        format!("\"{text}\"")
    } else if around.flow {
        format!("'{text}'")
    } else {
        text.to_owned()
    }
}

/// A string in a given style, quoted further where that is needed.
fn string(
    text: &str,
    style: Style,
    around: Surroundings,
    house: House,
    below: [&str; 2],
) -> Option<Zeroizing<String>> {
    let context = match (house.json, around.flow) {
        (true, _) => Context::Json,
        (false, true) => Context::Flow,
        (false, false) => Context::Block,
    };
    let quoted = matches!(style, Style::SingleQuoted | Style::DoubleQuoted);
    if context == Context::Block
        && !quoted
        && let Some(block) = literal(text, house.step)
        && !swallows(block.open, around.column + house.step, below)
    {
        return Some(block_scalar(&block.header, &block.lines, around.column, house));
    }
    let line = one_line(text, style, context);
    let plain = context != Context::Json && line.as_str() == text;
    // What go-yaml would take for a date or a number stays a string.
    if plain && !yaml::reads_as_string(text) {
        return Some(one_line(text, Style::DoubleQuoted, context));
    }
    Some(line)
}

/// Whether a block scalar would take what stands below it for its own: blank lines where it keeps them or where they are
/// indented deeper than its lines, comments that are indented as far.
fn swallows(open: bool, column: usize, below: [&str; 2]) -> bool {
    let deeper = |line: &str| line.len() > column;
    let indented = |line: &str| line.len() - line.trim_start().len() >= column;
    let lines = below
        .into_iter()
        .flat_map(|part| part.split_terminator(['\n', '\r']));
    for (at, line) in lines.enumerate() {
        let blank = line.trim().is_empty();
        if !blank {
            return line.trim_start().starts_with('#') && indented(line);
        }
        if deeper(line) || (at == 0 && open) {
            return true;
        }
    }
    false
}

fn block_scalar(header: &str, lines: &[&str], column: usize, house: House) -> Zeroizing<String> {
    let indent = " ".repeat(column + house.step);
    let mut out = Zeroizing::new(header.to_owned());
    for line in lines {
        out.push_str(house.line_break);
        if !line.is_empty() {
            out.push_str(&indent);
            out.push_str(line);
        }
    }
    out
}

/// Digits that read back as the same number. Integral floats lose their point, as the peer's do: Kubernetes would not take
/// `1.0` for a number of replicas.
fn float(value: f64, json: bool) -> Option<String> {
    if !value.is_finite() {
        let word = match (value.is_nan(), value > 0.0) {
            (true, _) => ".nan",
            (false, true) => ".inf",
            (false, false) => "-.inf",
        };
        return (!json).then(|| word.to_owned());
    }
    if value == 0.0 && value.is_sign_negative() {
        return Some("-0.0".to_owned());
    }
    // Digits alone beyond 2⁶³ would be an integer that nobody reads.
    if value.abs() >= 9.0e18 || (value != 0.0 && value.abs() < 1e-6) {
        return Some(format!("{value:e}"));
    }
    Some(float_text(value))
}
