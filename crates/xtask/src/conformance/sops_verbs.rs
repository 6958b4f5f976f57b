//! What `sealkit seal`, `set`, `edit` and `rotate` made of a file under a `.sops.yaml`, read by `sops`; and what `sops`
//! changed in it, read by us.

use std::path::Path;

use anyhow::Result;

use super::workbench::{Tally, Workbench};
use crate::sh;

/// Texts with a value at a path that is to be changed. Not in a list with comments: sops counts those as items.
const TEXTS: &[(&str, &str, &str)] = &[
    (
        "plain.yaml",
        "user: shop\npassword: hunter2\nport: 5432\n",
        "password",
    ),
    (
        "nested.yaml",
        "# of the shop\ndatabase:\n    host:  db.shop     # not secret\n    password: \"hunter2\"   # ask Ann\nusers:\n- {name: ann, token: t0ken}\n-   name: bob\n    token:   t1\n",
        "database.password",
    ),
    (
        "lists.yaml",
        "l:\n- a\n# between\n- b\n- - c\n  - d: e\nkey: |\n  one\n  two\n",
        "key",
    ),
    (
        "windows.yaml",
        "a: x\r\nb: {c: 'y', d: [1, 2.5, true, null]}\r\n",
        "b.c",
    ),
    ("small.json", "{\"a\": \"b\", \"l\": [1, \"two\"]}\n", "l[1]"),
    (
        "wide.json",
        "{\n  \"a\": {\n    \"b\": \"c\"\n  },\n  \"n\": 12345678901\n}\n",
        "a.b",
    ),
    (
        "secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password: hunter2 # why\n",
        "stringData.password",
    ),
];

/// One row for each text and verb.
pub(crate) fn verbs(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    let (first, second) = (
        workbench.identity("first.txt")?,
        workbench.identity("second.txt")?,
    );
    for (name, text, path) in TEXTS {
        tally.check(
            format!("{name}: sops reads what every verb of ours made"),
            one(workbench, name, text, path, [&first, &second]),
        );
    }
    Ok(())
}

type Key = (std::path::PathBuf, String);

fn one(
    workbench: &Workbench,
    name: &str,
    text: &str,
    path: &str,
    [first, second]: [&Key; 2],
) -> Result<bool> {
    let folder = workbench.path(&format!("of-{name}"));
    std::fs::create_dir_all(&folder)?;
    let file = folder.join(name);
    std::fs::write(&file, text)?;
    rule(&folder, &first.1)?;
    let decrypts = |key: &Key, extract: Option<&str>| -> Result<Option<String>> {
        let mut sops = workbench.peer("sops")?;
        sops.env("SOPS_AGE_KEY_FILE", &key.0)
            .current_dir(&folder)
            .arg("decrypt");
        if let Some(path) = extract {
            sops.args(["--extract", &indexed(path)]);
        }
        let output = sops.arg(&file).output()?;
        Ok(output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).into_owned()))
    };
    let ours = |words: &[&str], key: &Key| -> Result<String> {
        let mut sealkit = workbench.command(&workbench.sealkit);
        let run = sealkit
            .current_dir(&folder)
            .env("SEALKIT_IDENTITY_FILE", &key.0)
            .args(words);
        sh::output(run.arg(&file))
    };
    ours(&["seal", "-i"], first)?;
    let sealed = decrypts(first, None)?.is_some();
    let mut set = workbench.command(&workbench.sealkit);
    std::fs::write(folder.join("value"), "new value")?;
    set.current_dir(&folder).env("SEALKIT_IDENTITY_FILE", &first.0);
    sh::output(set.args(["set", "--from-file", "value"]).arg(&file).arg(path))?;
    let set = decrypts(first, Some(path))?.as_deref() == Some("new value");
    rule(&folder, &format!("{},{}", first.1, second.1))?;
    ours(&["rotate"], first)?;
    let added = decrypts(second, None)?.is_some() && decrypts(first, None)?.is_some();
    rule(&folder, &second.1)?;
    ours(&["rotate"], first)?;
    let removed = decrypts(second, None)?.is_some() && decrypts(first, None)?.is_none();
    // And the other way round: what sops changes in ours, we read.
    let mut theirs = workbench.peer("sops")?;
    theirs.env("SOPS_AGE_KEY_FILE", &second.0).current_dir(&folder);
    sh::output(theirs.arg("set").arg(&file).args([&indexed(path), "\"by sops\""]))?;
    let open = ours(&["open"], second)?;
    Ok(sealed && set && added && removed && open.contains("by sops"))
}

fn rule(folder: &Path, age: &str) -> Result<()> {
    let text = format!("creation_rules:\n  - age: {age}\n");
    Ok(std::fs::write(folder.join(".sops.yaml"), text)?)
}

/// `a.b[1]` as sops writes it.
fn indexed(path: &str) -> String {
    path.split('.')
        .map(|part| match part.split_once('[') {
            Some((key, index)) => format!("[\"{key}\"][{index}"),
            None => format!("[\"{part}\"]"),
        })
        .collect()
}
