//! Single values: reading one, setting and removing some. Setting and removing need public keys only.

use sealkit_crypto::{CryptoRng, Plaintext};
use sealkit_formats::secret;
use sealkit_manifest::{Object, Stream};

use crate::keyring::Keyring;
use crate::open::OpenOptions;
use crate::problem::{Problem, Problems};
use crate::recognise::{Format, Recognised};
use crate::report::ObjectName;
use crate::rooms;
use crate::seal::{Outcome, SealOptions, Work, fits, has_plaintext};
use crate::sealing::Sealing;
use crate::selector::Selector;

/// Returns the value of one item, of a sealed document or of a Secret in the clear. In a SOPS file the item is a path,
/// `database.password`, or an item of a Secret.
///
/// # Errors
/// The document that is meant is not clear, it does not open, or it has no such item.
pub fn get(
    stream: &Stream,
    selector: &Selector,
    item: &str,
    keyring: &Keyring,
) -> Result<Plaintext, Problems> {
    #[cfg(feature = "sops")]
    if crate::sops::is_sops_file(stream) {
        return crate::sops::get(stream, selector, item, keyring);
    }
    let (object, recognised) = selector.choose(stream)?;
    let mut items = match recognised {
        Recognised::Sealed(format) => {
            let options = OpenOptions {
                partial: true,
                ..OpenOptions::default()
            };
            rooms::open(format, &object, keyring, &options, None)?.items
        }
        Recognised::Secret => plain_items(&object)?,
        Recognised::Sops | Recognised::Other => return Err(Problem::sops(object.place()).into()),
    };
    match items.iter().position(|(key, _)| key == item) {
        Some(index) => Ok(items.swap_remove(index).1),
        None => Err(no_such_item(&object, item, items).into()),
    }
}

/// Returns the value of one item as [`get`] does, and, where nothing is sealed under that name, what the templates of a
/// SealedSecret make under it; see [`open_rendered`](crate::open_rendered).
///
/// # Errors
/// As for [`get`]; or a template does not render.
#[cfg(feature = "templates")]
pub fn get_rendered(
    stream: &Stream,
    selector: &Selector,
    item: &str,
    keyring: &Keyring,
    host: sealkit_template::Host<'_>,
) -> Result<Plaintext, Problems> {
    let missing = match get(stream, selector, item, keyring) {
        Ok(value) => return Ok(value),
        Err(missing) => missing,
    };
    #[cfg(feature = "sops")]
    if crate::sops::is_sops_file(stream) {
        return Err(missing);
    }
    let (object, Recognised::Sealed(format @ Format::SealedSecrets)) = selector.choose(stream)? else {
        return Err(missing);
    };
    let mut renderer = crate::templates::renderer(host);
    let opened = rooms::open(
        format,
        &object,
        keyring,
        &OpenOptions::default(),
        Some(&mut renderer),
    )?;
    let rendered = stream.edit(&opened.changes).map_err(Problem::from)?;
    let (object, _) = selector.choose(&rendered)?;
    let made = plain_items(&object)?.into_iter().find(|(key, _)| key == item);
    made.map(|(_, value)| value).ok_or(missing)
}

/// Adds or replaces values of one sealed document; the others are not touched. SOPS files need an identity:
/// [`sops::set`](crate::sops::set).
///
/// # Errors
/// The document that is meant is not clear or not sealed, or policy and file disagree.
pub fn set(
    stream: &Stream,
    selector: &Selector,
    values: &[(String, Plaintext)],
    sealing: &Sealing,
    options: &SealOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Outcome, Problems> {
    let (object, format) = sealed(stream, selector)?;
    fits(format, &object, sealing)?;
    let values: Vec<_> = values.iter().map(|(key, value)| (key.as_str(), value)).collect();
    let mut work = Work::default();
    work.take(
        &object,
        rooms::set(format, &object, &values, sealing, options, rng),
    );
    work.finish(stream, options.deny_repeats)
}

/// Removes values of one sealed document. Needs no key at all, except for SOPS files: [`sops::unset`](crate::sops::unset).
///
/// # Errors
/// The document that is meant is not clear or not sealed, or it has no such item.
pub fn unset(stream: &Stream, selector: &Selector, items: &[String]) -> Result<Outcome, Problems> {
    let (object, format) = sealed(stream, selector)?;
    if !has_plaintext(&object) {
        refuse_unknown(&object, format, items)?;
    }
    let items: Vec<_> = items.iter().map(String::as_str).collect();
    let mut work = Work::default();
    work.take(&object, rooms::unset(format, &object, &items));
    work.finish(stream, false)
}

fn sealed<'a>(stream: &'a Stream, selector: &Selector) -> Result<(Object<'a>, Format), Problems> {
    #[cfg(feature = "sops")]
    if crate::sops::is_sops_file(stream) {
        return Err(Problem::needs_identity(stream.source().place(0)).into());
    }
    match selector.choose(stream)? {
        (object, Recognised::Sealed(format)) => Ok((object, format)),
        (object, Recognised::Sops) => Err(Problem::sops(object.place()).into()),
        (object, _) => Err(Problem::not_sealed(object.place()).into()),
    }
}

/// Says which items there are to somebody who names another one.
fn refuse_unknown(object: &Object<'_>, format: Format, items: &[String]) -> Result<(), Problem> {
    let known: Vec<_> = rooms::facts(format, object)?
        .items
        .into_iter()
        .map(|(key, _)| key)
        .collect();
    match items.iter().find(|item| !known.contains(item)) {
        Some(item) => {
            let name = ObjectName::of(object).to_string();
            Err(Problem::no_such_item(object.place(), name, item, known))
        }
        None => Ok(()),
    }
}

fn plain_items(object: &Object<'_>) -> Result<Vec<(String, Plaintext)>, Problem> {
    Ok(secret::read(object)?
        .into_iter()
        .map(|item| (item.key, item.value))
        .collect())
}

fn no_such_item(object: &Object<'_>, item: &str, items: Vec<(String, Plaintext)>) -> Problem {
    let keys = items.into_iter().map(|(key, _)| key).collect();
    Problem::no_such_item(object.place(), ObjectName::of(object).to_string(), item, keys)
}
