//! Talks to the judge in JSON lines.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

pub(crate) struct Oracle {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// A section as the judge sees it; a dotenv file is one without a name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Section {
    pub(crate) name: String,
    pub(crate) items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    Entry(String, String),
    Comment(String),
}

impl Oracle {
    pub(crate) fn start(program: &str) -> Self {
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {program}: {error}"));
        let (input, output) = (child.stdin.take(), child.stdout.take().unwrap());
        Self {
            child,
            input,
            output: BufReader::new(output),
        }
    }

    /// What `sops` reads in a text, or why it does not.
    pub(crate) fn load(&mut self, store: &str, text: &str) -> Result<Vec<Section>, String> {
        let answer = self.ask(&json!({"op": "load", "store": store, "text": text}))?;
        Ok(answer["sections"]
            .as_array()
            .into_iter()
            .flatten()
            .map(section)
            .collect())
    }

    /// What `sops` writes for these sections.
    pub(crate) fn emit(&mut self, store: &str, sections: &[Section]) -> Result<String, String> {
        let sections: Vec<_> = sections.iter().map(Section::to_json).collect();
        let answer = self.ask(&json!({"op": "emit", "store": store, "sections": sections}))?;
        Ok(answer["text"].as_str().unwrap_or_default().to_owned())
    }

    fn ask(&mut self, request: &Value) -> Result<Value, String> {
        let input = self.input.as_mut().expect("the input is open while it is asked");
        writeln!(input, "{request}").unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no answer to {request}"));
        match answer["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer),
        }
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

impl Section {
    fn to_json(&self) -> Value {
        let items: Vec<_> = self
            .items
            .iter()
            .map(|item| match item {
                Item::Entry(key, value) => json!({"key": key, "value": value}),
                Item::Comment(text) => json!({"comment": text}),
            })
            .collect();
        json!({"name": self.name, "items": items})
    }
}

fn section(json: &Value) -> Section {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let items = json["items"].as_array().into_iter().flatten();
    Section {
        name: text(&json["name"]),
        items: items
            .map(|item| match item["comment"].as_str() {
                Some(comment) => Item::Comment(comment.to_owned()),
                None => Item::Entry(text(&item["key"]), text(&item["value"])),
            })
            .collect(),
    }
}
