//! The first policy of a repository, as text that a person will go on editing.

use sealkit_crypto::recipient::Recipient;

/// The texts of a first policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Starter {
    /// The text of `.sealkit.yaml`.
    pub policy: String,
    /// A key file to write beside it, relative path and text, where the key is too long for a line.
    pub key_file: Option<(String, String)>,
}

/// The longest public key that is written into the policy itself, in characters.
const MAX_INLINE_KEY_CHARS: usize = 128;

/// Writes a first policy in which `name` can open everything with the key `recipient`.
pub fn starter(name: &str, recipient: &Recipient) -> Starter {
    let key = recipient.to_string();
    let key_file = (key.chars().count() > MAX_INLINE_KEY_CHARS || key.contains('\n'))
        .then(|| (format!(".sealkit/{name}.pub"), format!("{}\n", key.trim_end())));
    let source = match &key_file {
        Some((path, _)) => format!("{{file: {path}}}"),
        None => key,
    };
    let policy = format!(
        "# Who can open what in this repository. The first rule that matches a file decides;\n\
         # `sealkit check` holds every file against it, `sealkit rotate` makes the files agree with it.\n\
         version: 1\n\
         recipients:\n\
         \x20 {name}: {source}\n\
         groups:\n\
         \x20 everyone: [{name}]\n\
         rules:\n\
         \x20 - paths: [\"**\"]\n\
         \x20   recipients: [everyone]\n"
    );
    Starter { policy, key_file }
}
