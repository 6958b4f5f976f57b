//! `--re-encrypt`: the same values for the newest key, on standard output, into another file, or in place.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{Claims, SYNTAXES, values};
use crate::conformance::online::bench::items;

impl Claims<'_, '_> {
    pub(super) fn re_encrypt(&mut self) -> Result<()> {
        let mut old = Vec::new();
        for scope in ["strict", "namespace-wide", "cluster-wide"] {
            for syntax in SYNTAXES {
                old.push((
                    scope,
                    syntax,
                    self.sealed(&format!("old-{scope}"), "shop", scope, syntax)?,
                ));
            }
        }
        self.bench.renew_key()?;
        let keys = self.bench.sealing_keys()?;
        let newest = &keys[keys.len() - 1..];
        ensure!(
            self.bench.recover(newest, &old[0].2).is_err(),
            "the newest key opens what is new"
        );
        for (scope, syntax, old) in &old {
            let fresh = self.ask(&["--re-encrypt", "-o", syntax], old);
            let same = fresh.and_then(|fresh| {
                let theirs = self.bench.recover(&keys, old)?;
                Ok(self.bench.recover(newest, &fresh)? == theirs)
            });
            self.check(
                format!("--re-encrypt moves to the newest key: {scope}, {syntax}"),
                same,
            );
        }
        for syntax in SYNTAXES {
            let documents: Vec<_> = old.iter().filter(|old| old.1 == syntax).collect();
            let stream = documents
                .iter()
                .flat_map(|old| old.2.clone())
                .collect::<Vec<u8>>();
            let fresh = self.ask(&["--re-encrypt", "-o", syntax], &stream);
            let opened = fresh.and_then(|fresh| {
                let parts = split(&String::from_utf8(fresh)?, syntax);
                ensure!(
                    parts.len() == documents.len(),
                    "{} documents came back",
                    parts.len()
                );
                for part in parts {
                    ensure!(
                        items(&self.bench.recover(newest, part.as_bytes())?)? == values(),
                        "other values"
                    );
                }
                Ok(true)
            });
            self.check(
                format!("--re-encrypt goes through several documents: {syntax}"),
                opened,
            );
        }

        let (_, _, strict) = &old[0];
        let file = self.bench.file("yaml", strict)?;
        let said = self.ask(&["--re-encrypt", "-o", "yaml", "-f", &file], b"");
        let opened = said.and_then(|said| {
            ensure!(said.is_empty(), "it prints something");
            items(&self.bench.recover(newest, &fs::read(&file)?)?)
        });
        self.check(
            "--re-encrypt -f rewrites the file",
            opened.map(|opened| opened == values()),
        );

        let (source, target) = (self.bench.file("yaml", strict)?, self.bench.fresh("yaml"));
        let flag = target.to_str().context("a path is text")?;
        let said = self.ask(&["--re-encrypt", "-f", &source, "-w", flag], b"");
        let opened = said.and_then(|_| {
            ensure!(fs::read(&source)? == *strict, "the source has changed");
            items(&self.bench.recover(newest, &fs::read(&target)?)?)
        });
        self.check(
            "--re-encrypt -f -w leaves its source alone",
            opened.map(|opened| opened == values()),
        );

        let foreign = String::from_utf8(strict.clone())?.replace("namespace: shop", "namespace: other");
        let file = self.bench.file("yaml", &foreign)?;
        let said = self.bench.ask(self.side, &["--re-encrypt", "-f", &file], b"")?;
        self.check(
            "--re-encrypt leaves a file alone that the controller cannot open",
            Ok(fs::read_to_string(&file)? == foreign),
        );
        self.check(
            "and says so",
            Ok(said.code == Some(1) && said.complaint().starts_with("error: cannot re-encrypt secret")),
        );
        let said = self.bench.ask(self.side, &["--rotate", "-o", "json"], strict)?;
        self.check(
            "--rotate is the old name of --re-encrypt",
            Ok(said.code == Some(0) && String::from_utf8_lossy(&said.stdout).contains("\"encryptedData\"")),
        );
        Ok(())
    }
}

/// The documents of a stream as both sides print it.
fn split(stream: &str, syntax: &str) -> Vec<String> {
    if syntax == "json" {
        let values = serde_json::Deserializer::from_str(stream).into_iter::<Value>();
        return values
            .filter_map(|value| value.ok().map(|value| value.to_string()))
            .collect();
    }
    let parts = stream.split("---\n").filter(|part| !part.trim().is_empty());
    parts.map(str::to_owned).collect()
}
