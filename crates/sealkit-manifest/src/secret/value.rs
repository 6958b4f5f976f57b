//! One value of a Secret: the string that kubectl reads, and the bytes that Kubernetes decodes. Refuses what readers
//! disagree about.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::node::{Node, NodeKind};
use crate::path::Path;
use crate::read::{self, Typed};
use crate::secret::SecretViewError;
use crate::tree::Style;

/// Go's decoder, which the API server uses, ignores spare bits at the end.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// The string that kubectl reads, null being the empty one.
pub(super) fn text(node: Node<'_>, path: &Path) -> Result<Zeroizing<String>, SecretViewError> {
    let place = node.place();
    let target = node.resolved();
    let kind = match read::scalar(node.stream.source(), node.stream.tree(), node.id) {
        Err(source) => {
            return Err(SecretViewError::Unreadable {
                path: path.clone(),
                source,
            });
        }
        Ok(Some(Typed::Null)) => return Ok(Zeroizing::default()),
        Ok(Some(Typed::String(text))) => {
            let raw = target.raw();
            if target.style() == Style::Plain && raw.contains("{{") && raw.contains("}}") {
                return Err(SecretViewError::Template {
                    place,
                    path: path.clone(),
                });
            }
            let json = node.stream.tree().json;
            if !json && raw.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
                return Err(SecretViewError::LineSeparator {
                    place,
                    path: path.clone(),
                });
            }
            return Ok(Zeroizing::new(text.into_owned()));
        }
        Ok(Some(Typed::Bool(_))) => "a boolean",
        Ok(Some(Typed::Int(_) | Typed::Float(_))) => "a number",
        Ok(None) if target.kind() == NodeKind::Sequence => "a sequence",
        Ok(None) => "a mapping",
    };
    Err(SecretViewError::NotAString {
        place,
        path: path.clone(),
        kind,
    })
}

/// Go skips CR and LF inside base64 and nothing else.
pub(super) fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let compact: Zeroizing<Vec<u8>> =
        Zeroizing::new(text.bytes().filter(|b| !matches!(b, b'\r' | b'\n')).collect());
    BASE64.decode(compact.as_slice()).ok().map(Zeroizing::new)
}
