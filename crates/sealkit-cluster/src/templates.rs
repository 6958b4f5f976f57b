//! The one step between opened values and a Secret that is not this crate's: rendering `spec.template.data`.

use std::collections::BTreeMap;

use getrandom::SysRng;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rand_core::UnwrapErr;
use sealkit_template::{Host, Limits, Template, Zone};

/// Renders one Go template over the values of an object.
pub trait Templates: Send + Sync {
    /// Renders `text`, called `name` in errors, with `values` as its dot.
    ///
    /// # Errors
    /// What the peer would say of it, without values.
    fn render(&self, name: &str, text: &str, values: &BTreeMap<&str, &[u8]>) -> Result<Vec<u8>, String>;
}

/// Go's `text/template` with the pure part of sprig, within bounds that no Secret comes near.
#[derive(Clone, Copy, Debug, Default)]
pub struct GoTemplates;

impl Templates for GoTemplates {
    fn render(&self, name: &str, text: &str, values: &BTreeMap<&str, &[u8]>) -> Result<Vec<u8>, String> {
        let clock = || Timestamp::now().as_nanosecond();
        let host = Host {
            clock: &clock,
            zones: &zone,
            rng: &mut UnwrapErr(SysRng),
        };
        let values = values.iter().map(|(key, value)| (*key, *value));
        Template::parse(name, text)
            .and_then(|template| template.render(values, host, &Limits::default()))
            .map(|mut bytes| std::mem::take(&mut *bytes))
            .map_err(|error| error.without_values(text))
    }
}

/// A zone as this machine knows it; an image without a zone database knows UTC alone.
fn zone(name: &str, moment: i64) -> Option<Zone> {
    let zone = match name {
        "Local" => TimeZone::system(),
        name => TimeZone::get(name).ok()?,
    };
    let info = zone.to_offset_info(Timestamp::from_second(moment).ok()?);
    Some(Zone {
        offset: info.offset().seconds(),
        abbreviation: info.abbreviation().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(text: &str) -> Result<String, String> {
        let values = BTreeMap::from([("user", &b"admin"[..]), ("password", &b"hunter2"[..])]);
        let bytes = GoTemplates.render("url", text, &values)?;
        Ok(String::from_utf8(bytes).expect("text in, text out"))
    }

    #[test]
    fn values_and_functions_are_at_hand() {
        assert_eq!(
            rendered("{{ .user | upper }}:{{ .password | b64enc }}").as_deref(),
            Ok("ADMIN:aHVudGVyMg==")
        );
        assert_eq!(rendered("no action").as_deref(), Ok("no action"));
    }

    #[test]
    fn errors_have_the_templates_name_and_no_value() {
        for text in [
            "{{ .user",
            "{{ env \"HOME\" }}",
            "{{ .password.x }}",
            "{{ fail .password }}",
        ] {
            let error = rendered(text).expect_err(text);
            assert!(error.starts_with("template: url:1:"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_template_without_end_is_stopped() {
        for text in [
            "{{ define \"t\" }}{{ template \"t\" }}{{ end }}{{ template \"t\" }}",
            "{{ range until 100000 }}{{ range until 100000 }}x{{ end }}{{ end }}",
            "{{ repeat 1000000000 .password }}",
        ] {
            rendered(text).expect_err(text);
        }
    }

    #[test]
    fn zones_are_this_machines() {
        assert_eq!(zone("UTC", 0).map(|zone| zone.offset), Some(0));
        assert_eq!(zone("No/Where", 0), None);
    }
}
