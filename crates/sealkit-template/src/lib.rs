#![doc = include_str!("../README.md")]

mod error;
mod exec;
mod fmt;
mod functions;
mod host;
mod limits;
mod parse;
mod text;
mod value;

pub use error::{Error, ErrorKind};
pub use host::{Host, Zone, utc_only};
pub use limits::Limits;
pub use zeroize::Zeroizing;

/// A template that was read and found well-formed.
pub struct Template {
    name: String,
    text: String,
    trees: parse::Trees,
}

impl Template {
    /// Reads a template. The name is what errors call it; a SealedSecret's templates are named like their keys.
    ///
    /// # Errors
    /// What Go's parser would complain of.
    pub fn parse(name: &str, text: &str) -> Result<Self, Error> {
        Ok(Self {
            name: name.to_owned(),
            text: text.to_owned(),
            trees: parse::parse(name, text)?,
        })
    }

    /// Renders with these values as dot: a Go `map[string]string`.
    ///
    /// # Errors
    /// What Go's executor would complain of, or the bound that was reached. There is no part of a result then.
    pub fn render<'v>(
        &self,
        values: impl IntoIterator<Item = (&'v str, &'v [u8])>,
        host: Host<'_>,
        limits: &Limits,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        exec::render(self, values.into_iter(), host, limits)
    }
}
