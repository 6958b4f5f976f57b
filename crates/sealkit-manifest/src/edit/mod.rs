//! The promise to the author's text: many changes at once, everything else byte for byte as it was, or nothing at all.
//!
//! An edit goes through three rooms. `draft` applies the changes to the tree and makes no text. `render` writes the
//! draft, copying whatever did not change; `block` and `flow` know the two styles, `geometry` knows which lines belong
//! to whom, `house` the author's habits. `verify` parses the result again and compares it with the draft. Nothing here
//! knows what a Secret is.

mod block;
mod block_value;
mod comments;
mod draft;
mod error;
mod flow;
mod fresh;
mod geometry;
mod house;
mod lines;
mod render;
mod seams;
mod verify;

pub use error::EditError;

use crate::change::Change;
use crate::edit::draft::Draft;
use crate::edit::render::Renderer;
use crate::stream::Stream;

impl Stream {
    /// Applies changes in order and returns the new stream; this one stays as it is.
    ///
    /// The result is parsed again and compared, node by node, with what was meant. Costs about as much as parsing twice,
    /// whatever the number of changes. Without changes the result is the same text.
    ///
    /// # Errors
    ///
    /// [`EditError`] with its place: a change that does not fit the text, or one that cannot be made safely.
    pub fn edit(&self, changes: &[Change]) -> Result<Self, EditError> {
        if let Some(at) = lone_carriage_return(self.as_str()) {
            return Err(EditError::LoneCarriageReturn {
                place: self.source().place(at),
            });
        }
        let mut draft = Draft::new(self);
        for change in changes {
            draft.apply(change)?;
        }
        draft.check_anchors()?;
        let renderer = Renderer::new(&draft);
        let text = renderer.stream()?;
        let mismatch = |at| EditError::Mismatch {
            place: self.source().place(self.tree().node(at).span.start),
        };
        let root = self.tree().documents.first().map_or(0, |document| document.root);
        let edited = Self::parse_with(
            self.source().name(),
            text.as_bytes(),
            &self.limits().grown(text.len()),
        )
        .map_err(|_| mismatch(root))?;
        if let Some(at) = verify::difference(&draft, &edited) {
            return Err(mismatch(at));
        }
        match comments::difference(&renderer, &edited) {
            Some(at) => Err(EditError::Mismatch {
                place: self.source().place(at),
            }),
            None => Ok(edited.with_limits(self.limits())),
        }
    }
}

/// YAML takes a carriage return alone for a line break; nobody else does, and lines are what edits are made of.
fn lone_carriage_return(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    (0..bytes.len()).find(|at| bytes[*at] == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
}
