//! A pocket age: encrypts and decrypts files, so that the real tool can be held against this crate.
//!
//! ```text
//! age_file encrypt [-a] [-p] [-r RECIPIENT | -R FILE]… <plain >file.age
//! age_file decrypt [-p] [-i FILE]…                      <file.age >plain
//! ```
//!
//! `-a` writes armor; `-p` takes the passphrase in `AGE_PASSPHRASE`, which also opens protected keys. Plugins are looked for
//! on the `PATH`. Being an adapter, it may do what the crate may not.
#![allow(
    clippy::disallowed_methods,
    reason = "an example is an adapter: it reads files and starts plugins"
)]

use std::error::Error;
use std::io::{self, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::{env, fs};

use sealkit_crypto::Passphrase;
use sealkit_crypto::age::scrypt::{PassphraseIdentity, PassphraseRecipient};
use sealkit_crypto::age::{self, PluginConnection, PluginHost, StanzaIdentity, StanzaRecipient, armor};
use sealkit_crypto::identity::{PassphraseSource, parse_identities};
use sealkit_crypto::recipient::{Recipient, parse_recipients};

const WORK_FACTOR: u8 = 12; // quick: whoever protects something real takes `scrypt::DEFAULT_WORK_FACTOR`

type Answer<T> = Result<T, Box<dyn Error>>;

fn main() -> Answer<()> {
    let mut arguments = env::args().skip(1);
    let verb = arguments.next();
    let mut input = Vec::new();
    io::stdin().read_to_end(&mut input)?;
    let output = match verb.as_deref() {
        Some("encrypt") => encrypt(arguments, &input)?,
        Some("decrypt") => decrypt(arguments, &input)?,
        _ => return Err("usage: age_file encrypt|decrypt …".into()),
    };
    Ok(io::stdout().write_all(&output)?)
}

fn encrypt(mut arguments: impl Iterator<Item = String>, plaintext: &[u8]) -> Answer<Vec<u8>> {
    let mut recipients: Vec<Box<dyn StanzaRecipient>> = Vec::new();
    let mut armored = false;
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or("a value is missing");
        let named = match argument.as_str() {
            "-r" => vec![value()?.parse::<Recipient>()?],
            "-R" => parse_recipients(&fs::read_to_string(value()?)?)?,
            "-a" | "-p" => Vec::new(),
            _ => return Err(format!("unknown argument {argument}").into()),
        };
        armored |= argument == "-a";
        if argument == "-p" {
            recipients.push(Box::new(PassphraseRecipient::new(passphrase()?, WORK_FACTOR)));
        }
        for mut recipient in named {
            recipient.attach_plugins(&plugins());
            recipients.push(Box::new(recipient));
        }
    }
    let recipients: Vec<&dyn StanzaRecipient> = recipients.iter().map(AsRef::as_ref).collect();
    let file = age::encrypt(&recipients, plaintext, &mut rand::rng())?;
    Ok(if armored {
        armor::encode(&file).into_bytes()
    } else {
        file
    })
}

fn decrypt(mut arguments: impl Iterator<Item = String>, file: &[u8]) -> Answer<Vec<u8>> {
    let passphrases: Arc<dyn PassphraseSource> = Arc::new(Environment);
    let mut identities = Vec::new();
    let mut typed = Vec::new();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-p" => typed.push(PassphraseIdentity::new(passphrase()?)),
            "-i" => {
                let bytes = fs::read(arguments.next().ok_or("a value is missing")?)?;
                identities.extend(parse_identities(&bytes, &passphrases, Some(&plugins()))?);
            }
            _ => return Err(format!("unknown argument {argument}").into()),
        }
    }
    let opened = if typed.is_empty() {
        age::decrypt(file, &identities.iter().map(AsRef::as_ref).collect::<Vec<_>>())?
    } else {
        let typed: Vec<&dyn StanzaIdentity> = typed.iter().map(|one| one as &dyn StanzaIdentity).collect();
        age::decrypt(file, &typed)?
    };
    Ok(opened.expose().to_vec())
}

fn passphrase() -> Answer<Passphrase> {
    Ok(Passphrase::from(env::var("AGE_PASSPHRASE")?))
}

/// Answers every question for a passphrase with the one in the environment.
struct Environment;

impl PassphraseSource for Environment {
    fn passphrase(&self, _: &str) -> Option<Passphrase> {
        passphrase().ok()
    }
}

/// Starts `age-plugin-*` from the `PATH`, and asks nobody.
struct Path;

struct Pipe(Child);

fn plugins() -> Arc<dyn PluginHost> {
    Arc::new(Path)
}

impl PluginHost for Path {
    fn start(&self, plugin: &str, machine: &str) -> io::Result<Box<dyn PluginConnection>> {
        let mut command = Command::new(format!("age-plugin-{plugin}"));
        command.arg(format!("--age-plugin={machine}"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        Ok(Box::new(Pipe(command.spawn()?)))
    }
}

impl PluginConnection for Pipe {
    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let pipe = self.0.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        pipe.write_all(bytes)?;
        pipe.flush()
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0
            .stdout
            .as_mut()
            .ok_or(io::ErrorKind::BrokenPipe)?
            .read(buffer)
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        drop((self.0.stdin.take(), self.0.stdout.take()));
        let _ = self.0.wait(); // a plugin ends when its input does
    }
}
