//! Templates against what Go made of them, and against their bounds.

mod bounds;
mod random;
mod table;

use rand::SeedableRng;
use rand::rngs::StdRng;
use sealkit_template::{Error, Host, Limits, Template, utc_only};

/// Saturday, 28 November 2026, noon in Greenwich.
const NOON: i128 = 1_795_867_200_000_000_000;

type Values = Vec<(String, Vec<u8>)>;

fn render_within(template: &str, values: &Values, limits: &Limits) -> Result<Vec<u8>, Error> {
    let mut rng = StdRng::seed_from_u64(7);
    let host = Host {
        clock: &|| NOON,
        zones: &utc_only,
        rng: &mut rng,
    };
    let values = values.iter().map(|(key, value)| (key.as_str(), value.as_slice()));
    let rendered = Template::parse("key", template)?.render(values, host, limits)?;
    Ok(rendered.to_vec())
}

fn render(template: &str, values: &Values) -> Result<Vec<u8>, Error> {
    render_within(template, values, &Limits::default())
}
