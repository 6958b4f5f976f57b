//! `--validate`: silent about what the controller can open, and naming what it cannot.

use anyhow::Result;
use serde_json::{Value, json};

use super::{Claims, SYNTAXES, secret};

impl Claims<'_, '_> {
    pub(super) fn validate(&mut self) -> Result<()> {
        for scope in ["strict", "namespace-wide", "cluster-wide"] {
            for syntax in SYNTAXES {
                let good = self.sealed("good", "shop", scope, syntax)?;
                let said = self.ask(&["--validate"], &good);
                self.check(
                    format!("--validate is silent about a good document: {scope}, {syntax}"),
                    said.map(|said| said.is_empty()),
                );
            }
            let good: Value = serde_json::from_slice(&self.sealed("good", "shop", scope, "json")?)?;
            let moved = changed(&good, |document| {
                document["metadata"]["namespace"] = json!("other")
            });
            self.verdict(
                "in another namespace",
                scope,
                &moved,
                scope == "cluster-wide",
                "good",
            );
            let renamed = changed(&good, |document| document["metadata"]["name"] = json!("renamed"));
            self.verdict(
                "under another name",
                scope,
                &renamed,
                scope != "strict",
                "renamed",
            );
            let tampered = changed(&good, |document| {
                let value = &mut document["spec"]["encryptedData"]["password"];
                let text = value.as_str().unwrap_or_default().to_owned();
                let middle = text.len() - 8;
                let other = if text.as_bytes()[middle] == b'A' { "B" } else { "A" };
                *value = json!(format!("{}{other}{}", &text[..middle], &text[middle + 1..]));
            });
            self.verdict("with one character changed", scope, &tampered, false, "good");
        }
        let good = self.sealed("good", "shop", "strict", "yaml")?;
        let bad = self.sealed("bad", "shop", "strict", "yaml")?;
        let bad = String::from_utf8(bad)?.replace("namespace: shop", "namespace: other");
        let two = [&good[..], &good].concat();
        self.check(
            "--validate goes through several documents",
            self.ask(&["--validate"], &two).map(|said| said.is_empty()),
        );
        let mixed = [&good[..], bad.as_bytes()].concat();
        let said = self.bench.ask(self.side, &["--validate"], &mixed)?;
        self.check(
            "and fails for the second of them",
            said.refuses("error: unable to decrypt sealed secret: bad"),
        );
        let file = self.bench.file("yaml", &good)?;
        let said = self.ask(&["--validate", "-f", &file], b"");
        self.check("--validate -f reads a file", said.map(|said| said.is_empty()));
        let plain = secret("plain", "shop");
        let said = self.bench.ask(self.side, &["--validate"], plain.as_bytes())?;
        let reason = said
            .complaint()
            .starts_with("error: cannot validate sealed secret: ");
        self.check(
            "--validate refuses what is not sealed",
            Ok(said.code == Some(1) && said.stdout.is_empty() && reason),
        );
        Ok(())
    }

    /// One answer of `--validate` about a changed document: opens, or does not.
    fn verdict(&mut self, what: &str, scope: &str, document: &str, good: bool, name: &str) {
        let said = self.bench.ask(self.side, &["--validate"], document.as_bytes());
        let (claim, outcome) = if good {
            ("accepts", said.and_then(|said| Ok(said.fine()?.is_empty())))
        } else {
            let complaint = format!("error: unable to decrypt sealed secret: {name}");
            ("refuses", said.and_then(|said| said.refuses(&complaint)))
        };
        self.check(format!("--validate {claim} a {scope} document {what}"), outcome);
    }
}

fn changed(document: &Value, change: impl FnOnce(&mut Value)) -> String {
    let mut document = document.clone();
    change(&mut document);
    document.to_string()
}
