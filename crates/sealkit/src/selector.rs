//! Which document of a file is meant: by name and namespace where there are several.

use sealkit_manifest::{Object, Stream};

use crate::problem::{Problem, Problems};
use crate::recognise::{Recognised, recognise};
use crate::report::ObjectName;

/// Chooses one sealed document or Secret of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    /// The object's name, or any.
    pub name: Option<String>,
    /// The object's namespace, or any.
    pub namespace: Option<String>,
}

impl Selector {
    /// Finds the one document that is meant.
    ///
    /// # Errors
    /// None fits, or several do; the choices are listed.
    pub(crate) fn choose<'a>(&self, stream: &'a Stream) -> Result<(Object<'a>, Recognised), Problems> {
        let candidates: Vec<_> = stream
            .objects()
            .map(|object| (recognise(&object), object))
            .filter(|(recognised, _)| !matches!(recognised, Recognised::Other))
            .collect();
        let choices: Vec<String> = candidates
            .iter()
            .map(|(_, object)| ObjectName::of(object).to_string())
            .collect();
        let mut fitting: Vec<_> = candidates
            .into_iter()
            .filter(|(_, object)| self.fits(object))
            .collect();
        let place = stream.source().place(0);
        match (fitting.pop(), fitting.is_empty()) {
            (Some((recognised, object)), true) => Ok((object, recognised)),
            (Some(_), false) => Err(Problem::ambiguous(place, choices).into()),
            (None, _) => Err(Problem::no_such_document(place, choices).into()),
        }
    }

    pub(crate) fn fits(&self, object: &Object<'_>) -> bool {
        let agrees = |wanted: &Option<String>, actual: Option<std::borrow::Cow<'_, str>>| {
            wanted
                .as_ref()
                .is_none_or(|wanted| actual.as_deref() == Some(wanted))
        };
        agrees(&self.name, object.name()) && agrees(&self.namespace, object.namespace())
    }
}
