//! Bitnami's format: what `sealkit` seals `kubeseal` recovers, what `kubeseal` seals `sealkit` opens, as programs.
//!
//! Values are compared as bytes, one by one: with ours through `sealkit get`, with the peer's through the JSON that
//! `kubeseal --recovery-unseal` prints. Keys, certificates and older files are those of `testdata/sealed-secrets`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::workbench::{Tally, Workbench, pipe};

const SIZES: [u32; 3] = [2048, 3072, 4096];
const SCOPES: [&str; 3] = ["strict", "namespace-wide", "cluster-wide"];
const MEBIBYTE: usize = 1 << 20;

/// Item keys and their bytes.
type Items = BTreeMap<String, Vec<u8>>;

/// Ours seals, the peer recovers: every key size and scope, from YAML and from JSON.
pub(crate) fn ours_to_the_peer(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    let sides = Sides { workbench };
    let items = items();
    for bits in SIZES {
        for scope in SCOPES {
            for syntax in ["yaml", "json"] {
                let file = sides.secret(&items, syntax, None)?;
                let sealed = sides.seal(bits, &["--scope", scope], &file);
                let recovered = sealed.and_then(|sealed| sides.recover(bits, &sealed));
                let claim = format!("kubeseal recovers what sealkit sealed: RSA {bits}, {scope}, {syntax}");
                tally.check(claim, recovered.map(|recovered| recovered == items));
            }
            let file = sides.secret(&items, "yaml", Some(scope))?;
            let recovered = sides
                .seal(bits, &[], &file)
                .and_then(|sealed| sides.recover(bits, &sealed));
            let claim = format!("the scope annotation alone is enough: RSA {bits}, {scope}");
            tally.check(claim, recovered.map(|recovered| recovered == items));
        }
    }
    Ok(())
}

/// The peer seals, ours opens: every key size and scope, YAML and JSON, whole objects and raw values.
pub(crate) fn the_peer_to_ours(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    let sides = Sides { workbench };
    let items = items();
    for bits in SIZES {
        for scope in SCOPES {
            for syntax in ["yaml", "json"] {
                let sealed = sides.peer_seals(bits, scope, syntax, &items)?;
                let opened = sides.get_all(&bits.to_string(), &sealed, &items);
                let claim = format!("sealkit opens what kubeseal sealed: RSA {bits}, {scope}, {syntax}");
                tally.check(claim, opened.map(|opened| opened == items));
            }
            let raw = sides.raw_value(bits, scope, b"raw value");
            let claim = format!("sealkit opens what kubeseal --raw sealed: RSA {bits}, {scope}");
            tally.check(claim, raw.map(|opened| opened == b"raw value"));
        }
    }
    Ok(())
}

/// Both change the same file: merging, setting, removing, rotating.
pub(crate) fn taking_turns(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    let sides = Sides { workbench };
    let items = Items::from([
        ("username".to_owned(), b"ann".to_vec()),
        ("password".to_owned(), b"made-up".to_vec()),
    ]);
    for syntax in ["yaml", "json"] {
        let file = sides.secret(&items, syntax, None)?;
        let sealed = sides.seal(2048, &[], &file)?;
        let merged = sides.merge(&sealed, syntax, "added", b"by kubeseal")?;
        let mut expected = items.clone();
        expected.insert("added".to_owned(), b"by kubeseal".to_vec());
        let opened = sides.get_all("2048", &merged, &expected);
        tally.check(
            format!("kubeseal merges into what sealkit sealed: {syntax}"),
            opened.map(|o| o == expected),
        );

        let set = sides.set(&merged, "password", b"by sealkit\n\x00");
        expected.insert("password".to_owned(), b"by sealkit\n\x00".to_vec());
        let recovered = set.and_then(|()| sides.recover(2048, &fs::read(&merged)?));
        tally.check(
            format!("kubeseal recovers what sealkit set: {syntax}"),
            recovered.map(|r| r == expected),
        );

        let unset = sides.ours(&["unset", text(&merged)?, "username"], b"");
        expected.remove("username");
        let recovered = unset.and_then(|_| sides.recover(2048, &fs::read(&merged)?));
        tally.check(
            format!("and what is left after sealkit unset: {syntax}"),
            recovered.map(|r| r == expected),
        );

        let (old, new) = (sides.key("2048"), sides.certificate(4096));
        let rotated = sides.ours(
            &[
                "rotate",
                "--identity",
                text(&old)?,
                "--to-cert",
                text(&new)?,
                text(&merged)?,
            ],
            b"",
        );
        let recovered = rotated.and_then(|_| sides.recover(4096, &fs::read(&merged)?));
        tally.check(
            format!("and after sealkit rotate --to-cert: {syntax}"),
            recovered.map(|r| r == expected),
        );
        let closed = sides.recover(2048, &fs::read(&merged)?);
        tally.check(
            format!("which the old key does not open any more: {syntax}"),
            Ok(closed.is_err()),
        );
    }
    Ok(())
}

/// What the peer reads out of our document is what it reads out of its own: metadata, type and all.
pub(crate) fn same_meaning(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    let sides = Sides { workbench };
    let folder = sides.testdata().join("seal");
    for file in files(&folder)? {
        if file.to_string_lossy().ends_with(".kubeseal.json") {
            continue;
        }
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let plain = fs::read(&file)?;
        let certificate = sides.certificate(2048);
        let theirs = ["--cert", text(&certificate)?, "--allow-empty-data", "-o", "yaml"];
        let theirs = pipe(sides.workbench.peer("kubeseal")?.args(theirs), &plain)?;
        // The peer takes whatever begins with a brace for JSON, YAML in flow style too; a marker line tells it better.
        let flow = plain.starts_with(b"{") && name.ends_with(".yaml");
        let marker: &[u8] = if flow { b"---\n" } else { b"" };
        let ours = sides.seal(2048, &[], &file).map(|ours| [marker, &ours].concat());
        let same = ours
            .and_then(|ours| Ok(sides.recovered_json(2048, &ours)? == sides.recovered_json(2048, &theirs)?));
        tally.check(
            format!("kubeseal recovers the same Secret from ours and from its own: {name}"),
            same,
        );
    }
    Ok(())
}

/// Files of kubeseal 0.36.6, a key as the cluster stores it, and documents that must not open.
pub(crate) fn older_files(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    let sides = Sides { workbench };
    let mut opened_files = 0;
    for file in files(&sides.testdata().join("peer-0.36.6"))? {
        let stem = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let parts: Vec<&str> = stem.split('-').collect();
        let ["sealed", name, bits, ..] = &parts[..] else {
            continue;
        };
        if *name == "multi" {
            continue;
        }
        let expected = sides.recover(bits.parse()?, &fs::read(&file)?)?;
        let opened = sides.get_all(bits, &file, &expected);
        tally.check(
            format!("sealkit opens {stem}"),
            opened.map(|opened| opened == expected),
        );
        opened_files += 1;
    }
    tally.check("there are 37 such files", Ok(opened_files == 37));

    let backup = sides.testdata().join("peer-0.36.6/backup-key-2048.yaml");
    let sealed = sides.testdata().join("peer-0.36.6/sealed-db-2048-strict.yaml");
    let opened = sides.ours(
        &["get", "--identity", text(&backup)?, text(&sealed)?, "username"],
        b"",
    );
    tally.check(
        "a key as the cluster stores it opens",
        opened.map(|value| value == b"admin"),
    );

    let renamed = fs::read_to_string(&sealed)?.replacen("name: db", "name: web", 1);
    let renamed = sides.workbench.write("renamed.yaml", renamed)?;
    let key = sides.key("2048");
    let opened = sides.ours(&["open", "--identity", text(&key)?, text(&renamed)?], b"");
    tally.check("neither opens a renamed document: sealkit", Ok(opened.is_err()));
    tally.check(
        "neither opens a renamed document: kubeseal",
        Ok(sides.recover(2048, &fs::read(&renamed)?).is_err()),
    );
    Ok(())
}

/// Empty, text, binary, and a mebibyte.
fn items() -> Items {
    let noise = (0..MEBIBYTE).map(|at| (at.wrapping_mul(0x9e37_79b9) >> 13) as u8);
    Items::from([
        ("empty".to_owned(), Vec::new()),
        ("text".to_owned(), "hunter2-made-up ✓\n".as_bytes().to_vec()),
        ("binary.dat".to_owned(), vec![0, 255, 254, 10, 13, 0]),
        ("mebibyte".to_owned(), noise.collect()),
    ])
}

struct Sides<'w> {
    workbench: &'w Workbench,
}

impl Sides<'_> {
    fn testdata(&self) -> PathBuf {
        crate::root().join("testdata/sealed-secrets")
    }

    fn key(&self, bits: &str) -> PathBuf {
        // Checked out files are readable by others, which sealkit would remark on.
        let pem = fs::read(self.testdata().join(format!("peer-0.36.6/key-{bits}.pkcs8.pem")));
        let written = pem
            .map_err(Into::into)
            .and_then(|pem| self.workbench.write(&format!("key-{bits}.pem"), pem));
        written.unwrap_or_else(|_| self.workbench.path("missing-key"))
    }

    fn certificate(&self, bits: u32) -> PathBuf {
        self.testdata().join(format!("peer-0.36.6/cert-{bits}.pem"))
    }

    /// Writes a plain Secret and returns its path.
    fn secret(&self, items: &Items, syntax: &str, scope: Option<&str>) -> Result<PathBuf> {
        let mut metadata = json!({"name": "conformance", "namespace": "shop", "labels": {"app": "shop"}});
        if let Some(scope) = scope.filter(|scope| *scope != "strict") {
            metadata["annotations"] = json!({ format!("sealedsecrets.bitnami.com/{scope}"): "true" });
        }
        let data: serde_json::Map<_, _> = items
            .iter()
            .map(|(key, value)| (key.clone(), STANDARD.encode(value).into()))
            .collect();
        if syntax == "json" {
            let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data});
            return self
                .workbench
                .write("secret.json", serde_json::to_string_pretty(&secret)?);
        }
        let mut text = format!("# Made up\napiVersion: v1\nkind: Secret\nmetadata: {metadata}\ndata:\n");
        for (key, value) in data {
            text += &format!("  {key}: {value} # a comment\n");
        }
        self.workbench.write("secret.yaml", text)
    }

    fn ours(&self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>> {
        pipe(
            self.workbench.command(&self.workbench.sealkit).args(arguments),
            input,
        )
    }

    fn seal(&self, bits: u32, flags: &[&str], file: &Path) -> Result<Vec<u8>> {
        let certificate = self.certificate(bits);
        let arguments = ["seal", "--cert", text(&certificate)?];
        self.ours(&[&arguments[..], flags, &[text(file)?]].concat(), b"")
    }

    fn set(&self, file: &Path, item: &str, value: &[u8]) -> Result<()> {
        let certificate = self.certificate(2048);
        self.ours(&["set", "--cert", text(&certificate)?, text(file)?, item], value)?;
        Ok(())
    }

    /// Reads the items named in `wanted` with `sealkit get`, and sees that `sealkit open` opens the whole.
    fn get_all(&self, bits: &str, sealed: &Path, wanted: &Items) -> Result<Items> {
        let key = self.key(bits);
        self.ours(&["open", "--identity", text(&key)?, text(sealed)?], b"")?;
        let get = |item: &String| -> Result<_> {
            Ok((
                item.clone(),
                self.ours(&["get", "--identity", text(&key)?, text(sealed)?, item], b"")?,
            ))
        };
        wanted.keys().map(get).collect()
    }

    fn peer_seals(&self, bits: u32, scope: &str, syntax: &str, items: &Items) -> Result<PathBuf> {
        let plain = fs::read(self.secret(items, syntax, None)?)?;
        let certificate = self.certificate(bits);
        let arguments = ["--cert", text(&certificate)?, "--scope", scope, "-o", syntax];
        let sealed = pipe(self.workbench.peer("kubeseal")?.args(arguments), &plain)?;
        self.workbench.write(&format!("sealed.{syntax}"), sealed)
    }

    /// Puts a raw value into a document as people do by hand, and reads it with ours.
    fn raw_value(&self, bits: u32, scope: &str, value: &[u8]) -> Result<Vec<u8>> {
        let certificate = self.certificate(bits);
        let mut arguments = vec!["--raw", "--cert", text(&certificate)?, "--scope", scope];
        arguments.extend(["--namespace", "shop", "--name", "raw"]);
        let raw = String::from_utf8(pipe(self.workbench.peer("kubeseal")?.args(arguments), value)?)?;
        let annotations = match scope {
            "strict" => String::new(),
            wide => format!(", annotations: {{sealedsecrets.bitnami.com/{wide}: \"true\"}}"),
        };
        let document = format!(
            "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: raw, namespace: shop{annotations}}}\n\
             spec:\n  encryptedData:\n    value: {raw}\n"
        );
        let file = self.workbench.write("raw.yaml", document)?;
        let key = self.key(&bits.to_string());
        self.ours(&["get", "--identity", text(&key)?, text(&file)?, "value"], b"")
    }

    /// Lets the peer merge one item into a sealed document of ours.
    fn merge(&self, sealed: &[u8], syntax: &str, item: &str, value: &[u8]) -> Result<PathBuf> {
        let file = self.workbench.write(&format!("merged.{syntax}"), sealed)?;
        let plain =
            fs::read(self.secret(&Items::from([(item.to_owned(), value.to_vec())]), "json", None)?)?;
        let certificate = self.certificate(2048);
        let arguments = [
            "--cert",
            text(&certificate)?,
            "-o",
            syntax,
            "--merge-into",
            text(&file)?,
        ];
        pipe(self.workbench.peer("kubeseal")?.args(arguments), &plain)?;
        Ok(file)
    }

    fn recovered_json(&self, bits: u32, sealed: &[u8]) -> Result<Value> {
        let key = self.key(&bits.to_string());
        let arguments = ["--recovery-unseal", "--recovery-private-key", text(&key)?];
        let json = pipe(self.workbench.peer("kubeseal")?.args(arguments), sealed)?;
        serde_json::from_slice(&json).context("kubeseal prints JSON")
    }

    fn recover(&self, bits: u32, sealed: &[u8]) -> Result<Items> {
        let secret = self.recovered_json(bits, sealed)?;
        let data = secret["data"].as_object().context("a Secret has data")?;
        let decoded = |(key, value): (&String, &Value)| -> Result<_> {
            // The peer writes an empty value as null.
            let value = STANDARD.decode(value.as_str().unwrap_or_default());
            Ok((
                key.clone(),
                value.map_err(|error| anyhow!("kubeseal prints base64: {error}"))?,
            ))
        };
        data.iter().map(decoded).collect()
    }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut files = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    ensure!(!files.is_empty(), "{} is empty", folder.display());
    files.sort();
    Ok(files)
}

fn text(path: &Path) -> Result<&str> {
    path.to_str()
        .with_context(|| format!("{} is not UTF-8", path.display()))
}
