//! What a write is going to do to one object, as a value: printable, comparable, without a secret byte. The steps are
//! each room's own.

use std::fmt;

use sealkit_manifest::Place;

use crate::Scope;

/// The decided changes of one object. A dry run prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan<S> {
    /// The object: `shop/database`, or `database` without a namespace.
    pub object: String,
    /// Where it begins.
    pub place: Place,
    /// What its values are bound to.
    pub scope: Scope,
    /// What is done, in order; empty if nothing is.
    pub steps: Vec<S>,
}

impl<S: fmt::Display> fmt::Display for Plan<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.place, self.object, self.scope)?;
        self.steps.iter().try_for_each(|step| write!(f, "\n  {step}"))
    }
}
