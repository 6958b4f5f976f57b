//! The page in the format that the peer serves and every Prometheus reads: text, version 0.0.4.
//!
//! The library writes OpenMetrics. The two differ in four ways that a reader by name can see: the family of a counter has
//! no `_total` there, help texts end otherwise, bounds are written first and as `1.0`, and the page ends with a mark.

use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

/// What a `Content-Type` header says of it.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";

pub(super) fn classic(registry: &Registry) -> String {
    let mut open = String::new();
    encode(&mut open, registry).expect("a string takes every write");
    translate(&open)
}

fn translate(open: &str) -> String {
    let mut out = String::with_capacity(open.len());
    let mut help = None;
    for line in open.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            help = rest.split_once(' ').map(|(_, text)| text.trim_end_matches('.'));
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' '))
        {
            let total = if kind == "counter" { "_total" } else { "" };
            if let Some(help) = help.take() {
                out.push_str(&format!("# HELP {name}{total} {help}\n"));
            }
            out.push_str(&format!("# TYPE {name}{total} {kind}\n"));
        } else if !line.starts_with('#') {
            sample(line, &mut out);
        }
    }
    out
}

/// One sample. The library writes a histogram's bound first, the peer's writes it last and without a point where it is whole.
fn sample(line: &str, out: &mut String) {
    let bucket = line.split_once("_bucket{le=\"").and_then(|(name, rest)| {
        let (bound, rest) = rest.split_once('"')?;
        // a name holds no brace, so this is no part of a label
        (!name.contains('{')).then_some((name, bound, rest))
    });
    match bucket {
        Some((name, bound, rest)) => {
            let bound = bound.strip_suffix(".0").unwrap_or(bound);
            let (others, value) = rest.split_at(rest.rfind('}').unwrap_or(0));
            let others = others.strip_prefix(',').map(|others| format!("{others},"));
            let others = others.unwrap_or_default();
            out.push_str(&format!("{name}_bucket{{{others}le=\"{bound}\"{value}"));
        }
        None => out.push_str(line),
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_bounds_and_the_end_are_written_as_the_older_format_has_them() {
        let open = "# HELP a_x Number of things.\n# TYPE a_x counter\na_x_total{le=\"1.0\",z=\"1.0\"} 3\n\
                    # HELP b Time.\n# TYPE b histogram\n# UNIT b seconds\nb_bucket{le=\"1.0\",z=\"a}\"} 2\n\
                    b_bucket{le=\"0.05\"} 2\nb_sum 1.0\n# EOF\n";
        let classic = "# HELP a_x_total Number of things\n# TYPE a_x_total counter\na_x_total{le=\"1.0\",z=\"1.0\"} 3\n\
                       # HELP b Time\n# TYPE b histogram\nb_bucket{z=\"a}\",le=\"1\"} 2\n\
                       b_bucket{le=\"0.05\"} 2\nb_sum 1.0\n";
        assert_eq!(translate(open), classic);
    }
}
