//! What the flags ask for, in the peer's order: the first mode that is asked for runs, the others are passed over.
//!
//! Each mode gives the text to write; writing it whole or not at all is done once, at the end.

use std::{
    io::{self, IsTerminal as _},
    path::Path,
};

use sealkit::{
    crypto::rsa_oaep::{RsaPrivateKey, RsaPublicKey},
    formats::{
        Scope,
        sealed_secrets::{
            Decrypter, encrypt_value,
            kubeseal::{Namespace, Request, SealedSecret, Secret},
            label,
        },
    },
    manifest::Stream,
};
use zeroize::Zeroizing;

use super::{
    certificate,
    cluster::Controller,
    failure::Failure,
    flags::Flags,
    keys, kubeconfig,
    streams::{Destination, Input, format, read, read_stdin},
    tell,
};
use crate::{
    files::{self, Confidentiality, Directories, FileError},
    generator, templates,
};

/// The peer's sentence for an input in which it finds nothing.
const NOTHING: &str = "no secrets found. Ensure the input is valid and UTF-8 encoded";

/// Runs what the flags ask for.
pub(super) fn run(flags: &Flags) -> Result<(), Failure> {
    if !flags.list("from-file").is_empty() && !flags.is("raw") {
        return Err(Failure::new("--from-file requires --raw"));
    }
    let input = Input::open(flags)?;
    let destination = Destination::new(flags)?;
    if flags.is("recovery-unseal") {
        let text = unseal(flags, &input)?;
        return destination.write(text.as_bytes(), Confidentiality::Secret);
    }
    if !flags.list("recovery-private-key").is_empty() && io::stderr().is_terminal() {
        tell(
            "warning: ignoring --recovery-private-key because unseal command not chosen with --recovery-unseal\n",
        );
    }
    if flags.is("validate") {
        return validate(flags, &input);
    }
    if flags.is("re-encrypt") {
        let text = re_encrypt(flags, &input)?;
        return destination.write(text.as_bytes(), Confidentiality::Public);
    }
    let pem = certificate::open(flags, super::Public::Certificate)?;
    if flags.is("fetch-cert") {
        return destination.write(&pem, Confidentiality::Public);
    }
    let certificate = certificate::parse(&pem)?;
    let key = certificate.public_key();
    if !flags.text("merge-into").is_empty() {
        return merge(flags, &input, key);
    }
    let text = match flags.is("raw") {
        true => raw(flags, key)?,
        false => seal(flags, &input, key, None)?.1,
    };
    destination.write(text.as_bytes(), Confidentiality::Public)
}

/// Seals every Secret of the input; gives the documents and their text.
fn seal(
    flags: &Flags,
    input: &Input,
    key: &RsaPublicKey,
    into: Option<&SealedSecret>,
) -> Result<(Vec<SealedSecret>, Zeroizing<String>), Failure> {
    let bytes = input.read()?;
    let stream = Stream::parse(input.name(), &bytes).map_err(|error| Failure::unreadable(NOTHING, &error))?;
    let secrets = Secret::read_all(&stream)?;
    if secrets.is_empty() {
        return Err(Failure::new(NOTHING).at(input.name()));
    }
    // A broken kubeconfig is no reason to fail where nobody needs it; the Secret may well say all.
    let fallback = kubeconfig::namespace(flags).unwrap_or_default();
    let request = Request {
        key,
        scope: flags.scope(),
        allow_empty_data: flags.is("allow-empty-data"),
        name: Some(into.map_or(flags.text("name"), SealedSecret::name)),
        namespace: into.map(SealedSecret::namespace),
        fallback,
    };
    let mut rng = generator::operating_system();
    let sealed = secrets.into_iter().map(|secret| secret.seal(&request, &mut rng));
    let sealed = sealed
        .collect::<Result<Vec<_>, _>>()
        .map_err(|problem| Failure::from(problem).in_file(input.name()))?;
    let format = format(flags)?;
    let text = sealed.iter().map(|document| document.print(format)).fold(
        Zeroizing::new(String::new()),
        |mut text, document| {
            text.push_str(&document);
            text
        },
    );
    Ok((sealed, text))
}

/// Asks the controller whether it opens every SealedSecret of the input.
fn validate(flags: &Flags, input: &Input) -> Result<(), Failure> {
    let controller = Controller::find(flags)?;
    for sealed in to_controller(input, "unable to decrypt sealed secret")? {
        controller.verify(sealed.to_compact_json(), sealed.name())?;
    }
    Ok(())
}

/// Lets the controller seal every SealedSecret of the input for its newest key.
fn re_encrypt(flags: &Flags, input: &Input) -> Result<String, Failure> {
    let controller = Controller::find(flags)?;
    let mut text = String::new();
    for sealed in to_controller(input, NOTHING)? {
        let answer = controller.rotate(sealed.to_compact_json())?;
        let not_sealed = || {
            Failure::new("cannot re-encrypt secret: the answer is not a SealedSecret")
                .help("something else than the controller answers: check --controller-name".to_owned())
        };
        let stream = Stream::parse("<controller>", &answer).map_err(|_| not_sealed())?;
        let rotated = SealedSecret::read_all(&stream)
            .map_err(|_| not_sealed())?
            .pop()
            .ok_or_else(not_sealed)?;
        text.push_str(&rotated.without_server_fields().print(format(flags)?));
    }
    Ok(text)
}

/// The SealedSecrets of the input, which must be some.
fn to_controller(input: &Input, message: &str) -> Result<Vec<SealedSecret>, Failure> {
    let bytes = input.read()?;
    let stream = Stream::parse(input.name(), &bytes).map_err(|error| Failure::unreadable(message, &error))?;
    let sealed = SealedSecret::read_all(&stream).map_err(|problem| {
        let why = problem.to_string();
        Failure::new(message).why(why).in_file(input.name())
    })?;
    match sealed.is_empty() {
        true => Err(Failure::new(message)
            .why("the input is empty".to_owned())
            .at(input.name())),
        false => Ok(sealed),
    }
}

/// Encrypts one value.
fn raw(flags: &Flags, key: &RsaPublicKey) -> Result<Zeroizing<String>, Failure> {
    let (scope, name) = (flags.scope(), flags.text("name"));
    let namespace = match scope {
        Scope::ClusterWide => Namespace::default(),
        _ => kubeconfig::namespace(flags)
            .map_err(|failure| failure.help("say for which namespace with --namespace".to_owned()))?,
    };
    if scope.needs_namespace() && namespace.name.is_empty() {
        return Err(Failure::new(format!(
            "must provide the --namespace flag with --raw and --scope {scope}"
        )));
    }
    if scope == Scope::Strict && name.is_empty() {
        return Err(Failure::new(format!(
            "must provide the --name flag with --raw and --scope {scope}"
        )));
    }
    let value = match flags.list("from-file") {
        [] => {
            if io::stdin().is_terminal() {
                tell("(tty detected: expecting a secret to encrypt in stdin)\n");
            }
            read_stdin()?
        }
        [file] => read(file.split_once('=').map_or(file.as_str(), |(_, path)| path))?,
        _ => {
            return Err(Failure::new(
                "must provide only one --from-file when encrypting a single item with --raw",
            ));
        }
    };
    let label = label(scope, &namespace.name, name);
    let sealed = encrypt_value(key, &label, &value, &mut generator::operating_system());
    sealed
        .map(Zeroizing::new)
        .map_err(|error| Failure::new(error.to_string()))
}

/// Seals the input into a file that holds a SealedSecret already.
fn merge(flags: &Flags, input: &Input, key: &RsaPublicKey) -> Result<(), Failure> {
    let file = flags.text("merge-into");
    if Path::new(file).is_dir() {
        return Err(Failure::new(format!("open {file}: is a directory")));
    }
    let loaded = files::load(Path::new(file)).map_err(|error| match &error {
        FileError::Read { source, .. } => Failure::io("open", file, source),
        other => Failure::new(other.to_string()).help(other.hint()),
    })?;
    let mut target = the_one(file, &loaded.bytes)?;
    let (updates, _) = seal(flags, input, key, Some(&target))?;
    for update in &updates {
        target.merge(update);
    }
    let text = target.print(format(flags)?);
    let directories = Directories::default();
    files::replace(&loaded, text.as_bytes(), &directories).map_err(|error| {
        Failure::new(error.to_string())
            .why(error.why())
            .help(error.hint())
    })?;
    directories.sync();
    Ok(())
}

/// Reads the SealedSecret of a file that may hold only one.
fn the_one(file: &str, bytes: &[u8]) -> Result<SealedSecret, Failure> {
    let mut found = sealed_secrets(file, bytes)?;
    match found.len() {
        1 => Ok(found.remove(0)),
        count => Err(Failure::new(format!(
            "cannot merge into {file}: it holds {count} documents, not one"
        ))
        .help("merge into a file with a single SealedSecret".to_owned())),
    }
}

fn sealed_secrets(name: &str, bytes: &[u8]) -> Result<Vec<SealedSecret>, Failure> {
    let stream = Stream::parse(name, bytes)
        .map_err(|error| Failure::unreadable(&format!("cannot read a SealedSecret from {name}"), &error))?;
    let found = SealedSecret::read_typed(&stream)?;
    match found.is_empty() {
        true => {
            Err(Failure::new(format!("cannot read a SealedSecret from {name}")).why("it is empty".to_owned()))
        }
        false => Ok(found),
    }
}

/// Opens every SealedSecret of the input with the given keys.
fn unseal(flags: &Flags, input: &Input) -> Result<Zeroizing<String>, Failure> {
    let keys = keys::read_all(flags.list("recovery-private-key"))?;
    let keys: Vec<&RsaPrivateKey> = keys.iter().collect();
    let bytes = input.read()?;
    let sealed = sealed_secrets(input.name(), &bytes)?;
    // One for the whole input: the key that fitted last is tried first.
    let mut keys = Decrypter::new(&keys);
    let opened = templates::with_renderer(|render| {
        let opened = sealed.iter().map(|document| document.unseal(&mut keys, render));
        opened.collect::<Result<Vec<_>, _>>()
    });
    let opened = opened.map_err(|problem| Failure::from(problem).in_file(input.name()))?;
    let format = format(flags)?;
    let texts: Vec<_> = opened.iter().map(|secret| secret.print(format)).collect();
    // One allocation: an outgrown one would leave plaintext behind.
    let mut text = Zeroizing::new(String::with_capacity(texts.iter().map(|text| text.len()).sum()));
    texts.iter().for_each(|document| text.push_str(document));
    Ok(text)
}
