//! What the flags ask for, in the peer's order: the first mode that is asked for runs, the others are passed over.
//!
//! Each mode gives the text to write; writing it whole or not at all is done once, at the end.

use std::{
    fs,
    io::{self, IsTerminal as _},
    path::Path,
};

use sealkit::{
    crypto::rsa_oaep::{RsaPrivateKey, RsaPublicKey},
    formats::{
        Scope,
        sealed_secrets::{
            Decrypter, encrypt_value,
            kubeseal::{Format, Namespace, Request, SealedSecret, Secret},
            label,
        },
    },
    manifest::Stream,
};
use zeroize::Zeroizing;

use super::{certificate, failure::Failure, flags::Flags, keys, kubeconfig, tell};
use crate::{
    files::{self, Confidentiality, Directories, FileError},
    generator,
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
    if flags.is("validate") || flags.is("re-encrypt") {
        return Err(certificate::from_cluster(flags));
    }
    let pem = certificate::open(flags)?;
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

/// Reads a file, failing in Go's words.
pub(super) fn read(path: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    if Path::new(path).is_dir() {
        return Err(Failure::new(format!("read {path}: is a directory")));
    }
    files::read(Path::new(path)).map_err(|error| match &error {
        FileError::Read { source, .. } => Failure::io("open", path, source),
        other => Failure::new(other.to_string()).help(other.hint()),
    })
}

/// Where the input comes from: opened when the peer opens it, read when it is needed.
struct Input {
    file: Option<String>,
}

impl Input {
    fn open(flags: &Flags) -> Result<Self, Failure> {
        let file = flags.text("secret-file");
        if file.is_empty() {
            if !flags.is("raw") && !flags.is("fetch-cert") && io::stdin().is_terminal() {
                tell("(tty detected: expecting json/yaml k8s resource in stdin)\n");
            }
            return Ok(Self { file: None });
        }
        match fs::File::open(file) {
            Ok(_) => Ok(Self {
                file: Some(file.to_owned()),
            }),
            Err(error) => {
                let failure = Failure::new("Could not read file specified with --secret-file");
                Err(failure.why(Failure::io("open", file, &error).message().to_owned()))
            }
        }
    }

    fn name(&self) -> &str {
        self.file.as_deref().unwrap_or("<stdin>")
    }

    fn read(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        match &self.file {
            Some(file) => read(file),
            None => read_stdin(),
        }
    }
}

fn read_stdin() -> Result<Zeroizing<Vec<u8>>, Failure> {
    files::read_stdin().map_err(|error| match &error {
        FileError::Read { source, .. } => Failure::io("read", "/dev/stdin", source),
        other => Failure::new(other.to_string()).help(other.hint()),
    })
}

/// Where the output goes.
struct Destination {
    file: Option<String>,
}

impl Destination {
    fn new(flags: &Flags) -> Result<Self, Failure> {
        let file = flags.text("sealed-secret-file");
        if file.is_empty() {
            return Ok(Self { file: None });
        }
        if Path::new(file).is_dir() {
            return Err(Failure::new(format!("cannot write {file}: is a directory")));
        }
        Ok(Self {
            file: Some(file.to_owned()),
        })
    }

    fn write(&self, bytes: &[u8], new: Confidentiality) -> Result<(), Failure> {
        match &self.file {
            None => super::write(bytes),
            Some(file) => files::write(Path::new(file), bytes, new).map_err(|error| {
                Failure::new(error.to_string())
                    .why(error.why())
                    .help(error.hint())
            }),
        }
    }
}

/// The format that is asked for, by flag or by the name of the file that is written.
fn format(flags: &Flags) -> Result<Format, Failure> {
    let extension = Path::new(flags.text("sealed-secret-file")).extension();
    if extension.is_some_and(|extension| extension == "yaml" || extension == "yml") {
        return Ok(Format::Yaml);
    }
    let name = flags.text("format");
    Format::named(name).ok_or_else(|| {
        Failure::new(format!("unsupported output format: {name}")).help("choose json or yaml".to_owned())
    })
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
    let opened = sealed.iter().map(|document| document.unseal(&mut keys));
    let opened = opened
        .collect::<Result<Vec<_>, _>>()
        .map_err(|problem| Failure::from(problem).in_file(input.name()))?;
    let format = format(flags)?;
    let texts: Vec<_> = opened.iter().map(|secret| secret.print(format)).collect();
    // One allocation: an outgrown one would leave plaintext behind.
    let mut text = Zeroizing::new(String::with_capacity(texts.iter().map(|text| text.len()).sum()));
    texts.iter().for_each(|document| text.push_str(document));
    Ok(text)
}
