//! In which style go-yaml writes a text: plain where it can, else in the quotes or the block that keep it.
//!
//! Source: `go.yaml.in/yaml/v2` v2.4.4 `yaml_emitter_analyze_scalar` and `yaml_emitter_select_scalar_style`.

use super::word;

/// The ways to write a scalar.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What the emitter takes for printable; it has never heard of characters beyond the first plane.
pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

/// The style that the emitter ends up with.
pub(super) fn style(text: &str, key: bool) -> Style {
    let seen = Seen::of(text);
    let asked = if text.contains('\n') {
        Style::Literal
    } else if word::is_text(text) {
        Style::Plain
    } else {
        Style::Double
    };
    match asked {
        _ if key && seen.breaks => Style::Double,
        Style::Plain if seen.plain => Style::Plain,
        Style::Plain if seen.single => Style::Single,
        Style::Literal if seen.block && !key => Style::Literal,
        _ => Style::Double,
    }
}

/// What a text allows.
struct Seen {
    breaks: bool,
    plain: bool,
    single: bool,
    block: bool,
}

impl Seen {
    fn of(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let breaks = chars.iter().any(|c| is_break(*c));
        let pairs = |first: fn(char) -> bool, second: fn(char) -> bool| {
            chars.windows(2).any(|pair| first(pair[0]) && second(pair[1]))
        };
        let (space, at_end) = (
            |c: char| c == ' ',
            |c: Option<&char>, is: fn(char) -> bool| c.is_some_and(|c| is(*c)),
        );
        let ends = at_end(chars.first(), space)
            || at_end(chars.first(), is_break)
            || at_end(chars.last(), space)
            || at_end(chars.last(), is_break);
        let break_space = pairs(is_break, space);
        let special = pairs(space, is_break) || chars.iter().any(|c| !is_printable(*c));
        Self {
            breaks,
            plain: !ends && !break_space && !special && !breaks && !has_indicators(text, &chars),
            single: !break_space && !special,
            block: !at_end(chars.last(), space) && !special,
        }
    }
}

/// Whether something in the text would be read as structure.
fn has_indicators(text: &str, chars: &[char]) -> bool {
    let blank = |at: usize| {
        chars
            .get(at)
            .is_none_or(|c| matches!(c, ' ' | '\t') || is_break(*c))
    };
    let first = match chars.first() {
        Some(
            '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`',
        ) => true,
        Some('?' | ':' | '-') => blank(1),
        _ => false,
    };
    let inside = (1..chars.len()).any(|at| match chars[at] {
        ':' => blank(at + 1),
        '#' => blank(at - 1),
        _ => false,
    });
    first || inside || text.starts_with("---") || text.starts_with("...")
}
