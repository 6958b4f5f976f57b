//! The clock, the time zones and the random generator of this machine.

use jiff::{Timestamp, tz::TimeZone};
use sealkit::{
    Keyring, OpenOptions, Outcome, Problems, Selector,
    crypto::Plaintext,
    formats::sealed_secrets::Renderer,
    manifest::Stream,
    template::{Host, Zone},
};

use crate::generator;

/// Opens, templates rendered.
pub(crate) fn open(stream: &Stream, keyring: &Keyring, options: &OpenOptions) -> Result<Outcome, Problems> {
    with_host(|host| sealkit::open_rendered(stream, keyring, options, host))
}

/// One value, of those too that templates make.
pub(crate) fn get(
    stream: &Stream,
    selector: &Selector,
    item: &str,
    keyring: &Keyring,
) -> Result<Plaintext, Problems> {
    with_host(|host| sealkit::get_rendered(stream, selector, item, keyring, host))
}

/// Does something that renders templates.
pub(crate) fn with_renderer<R>(work: impl FnOnce(&mut Renderer<'_>) -> R) -> R {
    with_host(|host| work(&mut sealkit::renderer(host)))
}

fn with_host<R>(work: impl FnOnce(Host<'_>) -> R) -> R {
    let clock = || Timestamp::now().as_nanosecond();
    work(Host {
        clock: &clock,
        zones: &zone,
        rng: &mut generator::operating_system(),
    })
}

/// A zone by its name. The local one is UTC, as in the controller's container: the same Secret on every machine.
fn zone(name: &str, moment: i64) -> Option<Zone> {
    let zone = match name {
        "Local" => TimeZone::UTC,
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

    #[test]
    fn zones_are_this_machines_and_the_local_one_is_the_containers() {
        let utc = Some(Zone {
            offset: 0,
            abbreviation: "UTC".to_owned(),
        });
        assert_eq!((zone("Local", 0), zone("UTC", 0)), (utc.clone(), utc));
        assert_eq!(zone("No/Where", 0), None);
        if std::path::Path::new("/usr/share/zoneinfo/Europe/Berlin").exists() {
            assert_eq!(zone("Europe/Berlin", 0).map(|zone| zone.offset), Some(3600));
        }
    }
}
