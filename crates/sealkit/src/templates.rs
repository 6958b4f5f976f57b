//! The templates of SealedSecrets: the room says which and over what, `sealkit-template` renders them.
//! A message never says a value, whatever a template asks for.

use std::collections::BTreeMap;

use sealkit_crypto::Plaintext;
use sealkit_formats::sealed_secrets::RenderProblem;
use sealkit_template::{Host, Limits, Template};

/// Renders templates within the controller's bounds, for the functions of the rooms that take a
/// [`Renderer`](sealkit_formats::sealed_secrets::Renderer).
pub fn renderer(
    mut host: Host<'_>,
) -> impl FnMut(&str, &str, &BTreeMap<&str, &[u8]>) -> Result<Plaintext, RenderProblem> {
    move |name, text, values| render(name, text, values, &mut host)
}

fn render(
    name: &str,
    text: &str,
    values: &BTreeMap<&str, &[u8]>,
    host: &mut Host<'_>,
) -> Result<Plaintext, RenderProblem> {
    let host = Host {
        clock: host.clock,
        zones: host.zones,
        rng: &mut *host.rng,
    };
    let values = values.iter().map(|(key, value)| (*key, *value));
    Template::parse(name, text)
        .and_then(|template| template.render(values, host, &Limits::default()))
        .map(|mut bytes| Plaintext::from(std::mem::take(&mut *bytes)))
        .map_err(|error| RenderProblem {
            message: error.without_values(text),
            line: error.line(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(text: &str) -> RenderProblem {
        let mut rng = rand::rng();
        let mut render = renderer(Host {
            clock: &|| 0,
            zones: &sealkit_template::utc_only,
            rng: &mut rng,
        });
        let values = BTreeMap::from([("password", &b"hunter2"[..])]);
        render("url", text, &values).expect_err(text)
    }

    #[test]
    fn a_message_of_the_author_is_shown_and_a_value_is_not() {
        let said = failed("\n{{ fail \"give a user\" }}");
        assert_eq!(said.line, 2);
        assert!(
            said.message.ends_with("error calling fail: give a user"),
            "{said:?}"
        );
        for text in [
            "{{ fail .password }}",
            "{{ fail (printf \"no %s\" .password) }}",
            "{{ fail (print \"error calling fail: \" .password) }}",
            "{{ \"error calling fail: \" | print .password | fail }}",
            "{{ .password | fail }}",
        ] {
            let said = failed(text).message;
            assert!(!said.contains("hunter2"), "{said}");
            assert!(said.starts_with("template: url:1:"), "{said}");
        }
    }
}
