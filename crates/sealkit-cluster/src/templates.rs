//! The one step between opened values and a Secret that is not this crate's: rendering `spec.template.data`.

use std::collections::BTreeMap;

/// Renders one Go template over the values of an object.
pub trait Templates: Send + Sync {
    /// Renders `text`, called `name` in errors, with `values` as its dot.
    ///
    /// # Errors
    /// What the peer would say of it; never a value.
    fn render(&self, name: &str, text: &str, values: &BTreeMap<&str, &[u8]>) -> Result<Vec<u8>, String>;
}

/// Text without actions, which is its own rendering. Anything else is refused rather than copied half done.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainText;

impl Templates for PlainText {
    fn render(&self, name: &str, text: &str, _: &BTreeMap<&str, &[u8]>) -> Result<Vec<u8>, String> {
        if text.contains("{{") {
            return Err(format!(
                "template: {name}: this controller renders no template actions"
            ));
        }
        Ok(text.as_bytes().to_vec())
    }
}
