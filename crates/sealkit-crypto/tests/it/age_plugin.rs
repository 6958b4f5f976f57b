//! The plugin protocol from the client's side, as transcripts with a plugin that follows a script.
//!
//! `<` is what we say, `>` what the plugin says; bodies are shown as text.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};

use sealkit_crypto::age::{
    self, DecryptError, EncryptError, FileKey, PluginConnection, PluginError, PluginHost, PluginIdentity,
    PluginRecipient, Stanza, StanzaIdentity, StanzaRecipient, UnwrapFileKeyError, WrapFileKeyError,
};
use sealkit_crypto::bech32;
use zeroize::Zeroizing;

use crate::age_keys::{X25519, rng};

const KEY: &[u8; 16] = b"YELLOW SUBMARINE";

/// A host whose one plugin says what the script says: one command after each answer, the first after our `done`.
struct Script {
    commands: Mutex<VecDeque<Vec<u8>>>,
    transcript: Arc<Mutex<Vec<String>>>,
    interactive: bool,
}

struct Pipe {
    commands: VecDeque<Vec<u8>>,
    transcript: Arc<Mutex<Vec<String>>>,
    answered: usize,
    pending: Vec<u8>,
}

impl Script {
    fn new(interactive: bool, commands: &[(&str, &[&str], &[u8])]) -> Arc<Script> {
        let written = |(tag, args, body): &(&str, &[&str], &[u8])| {
            let mut text = Vec::new();
            Stanza::new(tag, args, body).expect("words").write_to(&mut text);
            text
        };
        Script::raw(interactive, commands.iter().map(written).collect())
    }

    fn raw(interactive: bool, commands: Vec<Vec<u8>>) -> Arc<Script> {
        Arc::new(Script {
            commands: Mutex::new(commands.into()),
            transcript: Arc::default(),
            interactive,
        })
    }

    fn transcript(&self) -> Vec<String> {
        self.transcript.lock().expect("one thread").clone()
    }

    fn note(&self, line: String) {
        self.transcript.lock().expect("one thread").push(line);
    }
}

impl PluginHost for Script {
    fn start(&self, plugin: &str, machine: &str) -> io::Result<Box<dyn PluginConnection>> {
        if plugin == "absent" {
            return Err(io::Error::from(io::ErrorKind::NotFound));
        }
        self.note(format!("$ age-plugin-{plugin} --age-plugin={machine}"));
        let commands = std::mem::take(&mut *self.commands.lock().expect("one thread"));
        let transcript = Arc::clone(&self.transcript);
        Ok(Box::new(Pipe {
            commands,
            transcript,
            answered: 0,
            pending: Vec::new(),
        }))
    }

    fn message(&self, _: &str, text: &str) -> bool {
        self.note(format!("shown: {text}"));
        self.interactive
    }

    fn confirm(&self, _: &str, prompt: &str, yes: &str, no: Option<&str>) -> Option<bool> {
        self.interactive.then(|| {
            self.note(format!("asked: {prompt} [{yes}|{}]", no.unwrap_or("-")));
            no.is_none()
        })
    }

    fn request_public(&self, _: &str, prompt: &str) -> Option<String> {
        self.interactive.then(|| format!("answer to {prompt}"))
    }

    fn request_secret(&self, _: &str, _: &str) -> Option<Zeroizing<String>> {
        self.interactive.then(|| Zeroizing::new("1234".to_owned()))
    }
}

impl PluginConnection for Pipe {
    fn send(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let (stanza, rest) = Stanza::take_from(bytes).expect("we write whole stanzas");
            let words = [&[stanza.tag().to_owned()], stanza.args()].concat().join(" ");
            let line = format!("< {words} {}", String::from_utf8_lossy(stanza.body()));
            self.transcript
                .lock()
                .expect("one thread")
                .push(line.trim_end().to_owned());
            self.answered += usize::from(["done", "ok", "fail", "unsupported"].contains(&stanza.tag()));
            bytes = rest;
        }
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.pending.is_empty() && self.answered > 0 {
            self.answered -= 1;
            self.pending = self.commands.pop_front().unwrap_or_default();
        }
        let length = self.pending.len().min(buffer.len()).min(7); // in small pieces, as pipes do
        buffer[..length].copy_from_slice(&self.pending[..length]);
        self.pending.drain(..length);
        Ok(length)
    }
}

fn recipient(host: &Arc<Script>, plugin: &str) -> PluginRecipient {
    let text = bech32::encode(&format!("age1{plugin}"), b"").expect("a valid prefix");
    let mut recipient: PluginRecipient = text.parse().expect("a plugin's");
    recipient.attach(&(Arc::clone(host) as Arc<dyn PluginHost>));
    recipient
}

fn identity(host: &Arc<Script>, plugin: &str) -> PluginIdentity {
    let prefix = format!("AGE-PLUGIN-{}-", plugin.to_uppercase());
    let text = bech32::encode_upper(&prefix, b"").expect("a valid prefix");
    let mut identity: PluginIdentity = text.parse().expect("a plugin's");
    identity.attach(&(Arc::clone(host) as Arc<dyn PluginHost>));
    identity
}

fn key() -> FileKey {
    FileKey::from_slice(KEY).expect("16 bytes")
}

fn wrap(host: &Arc<Script>) -> Result<age::WrappedFileKey, WrapFileKeyError> {
    recipient(host, "test").wrap_file_key(&key(), &mut rng(1))
}

fn unwrap(host: &Arc<Script>) -> Result<Option<FileKey>, UnwrapFileKeyError> {
    let stanza = Stanza::new("test", &["arg"], b"body").expect("words");
    identity(host, "test").unwrap_file_key(&[stanza])
}

#[test]
fn a_plugin_wraps_a_file_key_and_names_its_labels() {
    let host = Script::new(
        false,
        &[
            ("labels", &["postquantum"], b""),
            ("recipient-stanza", &["0", "test", "arg"], b"wrapped"),
            ("recipient-stanza", &["0", "test"], b""),
            ("done", &[], b""),
        ],
    );
    let wrapped = wrap(&host).expect("a plugin that works");
    let expected = [("test", vec!["arg"], &b"wrapped"[..]), ("test", vec![], b"")];
    for (stanza, (tag, args, body)) in wrapped.stanzas.iter().zip(&expected) {
        assert_eq!((stanza.tag(), stanza.body()), (*tag, *body));
        assert_eq!(stanza.args(), args.as_slice());
    }
    assert_eq!(wrapped.labels.into_iter().collect::<Vec<_>>(), ["postquantum"]);
    let said = [
        "$ age-plugin-test --age-plugin=recipient-v1",
        &format!("< add-recipient {}", recipient(&host, "test")),
        "< wrap-file-key YELLOW SUBMARINE",
        "< extension-labels",
        "< done",
        "< ok",
        "< ok",
        "< ok",
    ];
    assert_eq!(host.transcript(), said);
}

#[test]
fn stanzas_that_no_reader_takes_make_no_file() {
    let host = Script::new(
        false,
        &[
            ("recipient-stanza", &["0", "scrypt"], b""),
            ("recipient-stanza", &["0", "x"], b""),
            ("done", &[], b""),
        ],
    );
    let file = age::encrypt(&[&recipient(&host, "test")], b"text", &mut rng(1));
    assert!(matches!(file, Err(EncryptError::Unreadable(_))));
}

#[test]
fn a_plugin_finds_the_file_key() {
    let host = Script::new(false, &[("file-key", &["0"], KEY), ("done", &[], b"")]);
    assert_eq!(unwrap(&host).expect("a plugin that works"), Some(key()));
    let said = [
        "$ age-plugin-test --age-plugin=identity-v1",
        &format!("< add-identity {}", identity(&host, "test").expose()),
        "< recipient-stanza 0 test arg body",
        "< done",
        "< ok",
    ];
    assert_eq!(host.transcript(), said);
}

#[test]
fn a_stanza_too_long_for_the_protocol_is_left_out() {
    let host = Script::new(false, &[("file-key", &["0"], KEY), ("done", &[], b"")]);
    let (long, fits) = (
        Stanza::new("long", &["a"; 127], b""),
        Stanza::new("fits", &["a"; 126], b""),
    );
    let stanzas = [long.expect("words"), fits.expect("words")];
    assert_eq!(
        identity(&host, "test")
            .unwrap_file_key(&stanzas)
            .expect("a plugin that works"),
        Some(key())
    );
    let sent: Vec<String> = host
        .transcript()
        .into_iter()
        .filter(|line| line.contains("recipient-stanza"))
        .collect();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].starts_with("< recipient-stanza 0 fits a a"));
}

#[test]
fn a_plugin_that_finds_nothing_is_no_match() {
    assert_eq!(
        unwrap(&Script::new(false, &[("done", &[], b"")])).expect("a plugin that works"),
        None
    );
}

#[test]
fn grease_is_answered_unsupported_and_does_no_harm() {
    let host = Script::new(
        false,
        &[
            ("grease-1a2b", &["x", "y"], &[7; 100]),
            ("file-key", &["0"], KEY),
            ("another", &[], b""),
            ("done", &[], b""),
        ],
    );
    assert_eq!(unwrap(&host).expect("a plugin that works"), Some(key()));
    assert_eq!(host.transcript()[4..], ["< unsupported", "< ok", "< unsupported"]);
}

#[test]
fn a_person_answers_every_callback() {
    let (yes, no) = ("eWVz", "bm8"); // yes, no
    let host = Script::new(
        true,
        &[
            ("msg", &[], b"touch \x1b[2Jme"),
            ("confirm", &[yes], b"sure?"),
            ("confirm", &[yes, no], b"really?"),
            ("request-public", &[], b"name?"),
            ("request-secret", &[], b"PIN?"),
            ("done", &[], b""),
        ],
    );
    assert_eq!(unwrap(&host).expect("a plugin that works"), None);
    let said = [
        "shown: touch \u{fffd}[2Jme",
        "< ok",
        "asked: sure? [yes|-]",
        "< ok yes",
        "asked: really? [yes|no]",
        "< ok no",
        "< ok answer to name?",
        "< ok 1234",
    ];
    assert_eq!(host.transcript()[4..], said);
}

#[test]
fn without_a_person_every_callback_fails() {
    let host = Script::new(
        false,
        &[
            ("msg", &[], b"touch me"),
            ("confirm", &["eWVz"], b"sure?"),
            ("request-public", &[], b"name?"),
            ("request-secret", &[], b"PIN?"),
            ("done", &[], b""),
        ],
    );
    assert_eq!(unwrap(&host).expect("a plugin that works"), None);
    assert_eq!(
        host.transcript()[4..],
        ["shown: touch me", "< fail", "< fail", "< fail", "< fail"]
    );
}

#[test]
fn a_reported_error_is_acknowledged_and_kept_for_the_person() {
    let host = Script::new(false, &[("error", &["internal"], b"no \x07token")]);
    let error = match unwrap(&host) {
        Err(UnwrapFileKeyError::Plugin(error)) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(error.to_string(), "plugin test reported an error");
    assert_eq!(error.why().as_deref(), Some("no \u{fffd}token"));
    assert_eq!(host.transcript().last().map(String::as_str), Some("< ok"));
}

#[test]
fn a_plugin_that_breaks_the_protocol_is_refused() {
    let refused = |commands: &[(&str, &[&str], &[u8])]| {
        assert!(
            matches!(
                unwrap(&Script::new(false, commands)),
                Err(UnwrapFileKeyError::Plugin(PluginError::Protocol { .. }))
            ),
            "{commands:?}"
        );
    };
    refused(&[("file-key", &["0"], KEY), ("file-key", &["0"], KEY)]);
    refused(&[("file-key", &["1"], KEY)]);
    refused(&[("file-key", &["00"], KEY)]);
    refused(&[("file-key", &[], KEY)]);
    refused(&[("file-key", &["0", "0"], KEY)]);
    refused(&[("file-key", &["0"], b"too short")]);
    refused(&[("confirm", &[], b"")]);
    refused(&[("confirm", &["*"], b"")]);
    refused(&[("confirm", &["eWVz", "bm8", "bm8"], b"")]);

    let refused = |commands: &[(&str, &[&str], &[u8])]| {
        assert!(
            matches!(
                wrap(&Script::new(false, commands)),
                Err(WrapFileKeyError::Plugin(PluginError::Protocol { .. }))
            ),
            "{commands:?}"
        );
    };
    refused(&[("done", &[], b"")]);
    refused(&[("recipient-stanza", &["1", "test"], b"")]);
    refused(&[("recipient-stanza", &["0"], b"")]);
    refused(&[("labels", &["a"], b""), ("labels", &["a"], b"")]);
}

#[test]
fn a_plugin_that_writes_nonsense_or_ends_is_refused() {
    let answer = |text: Vec<u8>| match unwrap(&Script::raw(false, vec![text])) {
        Err(UnwrapFileKeyError::Plugin(error)) => error,
        other => panic!("{other:?}"),
    };
    assert!(matches!(answer(b"".to_vec()), PluginError::Ended { .. }));
    assert!(matches!(
        answer(b"-> file-key 0\nWUVMTE9X".to_vec()),
        PluginError::Ended { .. }
    ));
    assert!(matches!(
        answer(b"Segmentation fault\n".to_vec()),
        PluginError::Protocol { .. }
    ));
    assert!(matches!(
        answer(b"-> file-key 0\nnot base64\n".to_vec()),
        PluginError::Protocol { .. }
    ));
    assert!(matches!(
        answer([&b"-> "[..], &[b'a'; 70_000], b"\n"].concat()),
        PluginError::Protocol { .. }
    ));
    let endless = [
        b"-> msg\n".to_vec(),
        [[b'A'; 64].as_slice(), b"\n"].concat().repeat(2000),
    ]
    .concat();
    assert!(matches!(answer(endless), PluginError::Protocol { .. }));
}

#[test]
fn a_plugin_that_never_ends_its_commands_is_stopped() {
    let commands = vec![b"-> grease\n\n".to_vec(); 20_000];
    let stopped = unwrap(&Script::raw(false, commands));
    assert!(matches!(
        stopped,
        Err(UnwrapFileKeyError::Plugin(PluginError::Protocol { .. }))
    ));
}

#[test]
fn a_missing_plugin_or_host_is_named() {
    let host = Script::new(false, &[]);
    let file = age::encrypt(&[&recipient(&host, "absent")], b"text", &mut rng(1));
    match file {
        Err(EncryptError::Wrap {
            source: WrapFileKeyError::Plugin(error @ PluginError::Start { .. }),
            ..
        }) => {
            assert_eq!(
                error.hint().as_deref(),
                Some("install `age-plugin-absent` on the PATH")
            );
        }
        other => panic!("{other:?}"),
    }
    let alone: PluginRecipient = recipient(&host, "test").as_str().parse().expect("a plugin's");
    let error = alone
        .wrap_file_key(&key(), &mut rng(1))
        .expect_err("nobody starts it");
    assert_eq!(
        error.to_string(),
        "plugin test is needed, and plugins cannot be started here"
    );
}

#[test]
fn a_broken_plugin_does_not_hide_a_key_that_fits() {
    let fits = X25519::new(1);
    let file = age::encrypt(&[&fits], b"text", &mut rng(1)).expect("usable");
    let broken = identity(&Script::new(false, &[]), "absent");
    let identities: [&dyn StanzaIdentity; 2] = [&broken, &fits];
    assert_eq!(
        age::decrypt(&file, &identities)
            .expect("the second fits")
            .expose(),
        b"text"
    );
    let error = age::decrypt(&file, &[&broken]).expect_err("nobody else");
    assert!(matches!(
        error,
        DecryptError::Unwrap(UnwrapFileKeyError::Plugin(PluginError::Start { .. }))
    ));
}
