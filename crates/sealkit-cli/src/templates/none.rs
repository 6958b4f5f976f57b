//! A build without a renderer: templates stay as they are written, and who needs them rendered is told why they are not.

use sealkit::{
    Keyring, OpenOptions, Outcome, Problems,
    crypto::Plaintext,
    formats::sealed_secrets::{RenderProblem, Renderer},
    manifest::Stream,
};

const NOT_BUILT: &str = "this build of sealkit renders no templates: build it with the feature `templates`";

/// Opens, and says of templates that they are not rendered.
pub(crate) fn open(stream: &Stream, keyring: &Keyring, options: &OpenOptions) -> Result<Outcome, Problems> {
    let mut outcome = sealkit::open(stream, keyring, options)?;
    for note in outcome
        .report
        .entries
        .iter_mut()
        .flat_map(|entry| &mut entry.notes)
    {
        if note.message.starts_with("templates are not rendered here") {
            note.message = format!("{NOT_BUILT} ({})", note.message);
        }
    }
    Ok(outcome)
}

/// One value; what templates would make is not among them.
pub(crate) use sealkit::get;

/// Does something that renders templates: text without actions is what it says, anything else fails.
pub(crate) fn with_renderer<R>(work: impl FnOnce(&mut Renderer<'_>) -> R) -> R {
    work(&mut |name, text, _| match text.contains("{{") {
        false => Ok(Plaintext::from(text.as_bytes().to_vec())),
        true => Err(RenderProblem {
            message: format!("template: {name}: {NOT_BUILT}"),
            line: 1,
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_a_renderer_is_refused_in_words() {
        let render = |text: &str| with_renderer(|render| render("url", text, &Default::default()));
        assert_eq!(render("plain").expect("text").expose(), b"plain");
        let said = render("{{ .user }}").expect_err("no renderer").message;
        assert!(
            said.starts_with("template: url: ") && said.contains("feature `templates`"),
            "{said}"
        );
    }
}
