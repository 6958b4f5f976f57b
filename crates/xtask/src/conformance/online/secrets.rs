//! Secrets of random shape, from a fixed seed: what is in them, how an author might have written them down.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::bench::Items;

const TYPES: [&str; 6] = [
    "",
    "Opaque",
    "example.com/made-up",
    "kubernetes.io/tls",
    "kubernetes.io/basic-auth",
    "kubernetes.io/dockerconfigjson",
];
pub(super) const SCOPES: [&str; 3] = ["strict", "namespace-wide", "cluster-wide"];

/// A Secret, and the way it is sealed.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) kind: &'static str,
    pub(super) immutable: bool,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) annotations: BTreeMap<String, String>,
    data: Items,
    text: BTreeMap<String, String>,
    pub(super) scope: &'static str,
    /// Whether the scope is a flag; otherwise it is an annotation.
    pub(super) scope_by_flag: bool,
    pub(super) syntax: &'static str,
    commented: bool,
}

/// splitmix64: any generator would do, as long as everybody gets the same Secrets.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 32).unwrap_or_default() % limit
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| (self.next() >> 40) as u8).collect()
    }

    /// Most values are short, some are long, one in twelve is empty.
    fn length(&mut self) -> usize {
        match self.below(12) {
            0 => 0,
            1..=8 => 1 + self.below(40),
            9 | 10 => 1 + self.below(4096),
            _ => 1 + self.below(65536),
        }
    }

    fn text(&mut self) -> String {
        const LETTERS: [&str; 16] = [
            "a", "B", "7", " ", "\n", "\"", "'", ":", "#", "\\", "ü", "漢", "🔑", "\t", "---\n", "{{ x }}",
        ];
        let length = self.length().min(2000);
        (0..length).map(|_| self.pick(&LETTERS)).collect()
    }

    fn key(&mut self) -> String {
        const STEMS: [&str; 8] = [
            "password",
            "user.name",
            "api_key",
            "TLS-cert",
            "0",
            "true",
            "config.yaml",
            "a",
        ];
        let stem = self.pick(&STEMS);
        if self.one_in(3) {
            format!("{stem}.{}", self.below(1000))
        } else {
            stem.to_owned()
        }
    }

    /// The next Secret.
    pub(super) fn shape(&mut self, name: &str, namespaces: &[&str]) -> Shape {
        let kind = self.pick(&TYPES);
        let (mut data, mut text) = (Items::new(), BTreeMap::new());
        for _ in 0..1 + self.below(7) {
            let key = self.key();
            if self.one_in(2) {
                text.insert(key.clone(), self.text());
            }
            // one in six is in both, and then the text counts
            if !text.contains_key(&key) || self.one_in(3) {
                let length = self.length();
                data.insert(key, self.bytes(length));
            }
        }
        for key in required(kind) {
            data.insert((*key).to_owned(), b"{\"auths\": {}}".to_vec());
        }
        let scope = self.pick(&SCOPES);
        let scope_by_flag = self.one_in(2);
        let mut annotations = BTreeMap::new();
        if self.one_in(3) {
            annotations.insert("example.com/made-up".to_owned(), self.text());
        }
        if scope != "strict" && !scope_by_flag {
            annotations.insert(format!("sealedsecrets.bitnami.com/{scope}"), "true".to_owned());
        }
        let labels =
            (0..self.below(3)).map(|at| (format!("label-{at}"), format!("value-{}", self.below(100))));
        let labels = labels.collect();
        Shape {
            name: name.to_owned(),
            namespace: self.pick(namespaces).to_owned(),
            kind,
            immutable: self.one_in(8),
            labels,
            annotations,
            data,
            text,
            scope,
            scope_by_flag,
            syntax: self.pick(&["yaml", "flow", "json"]),
            commented: self.one_in(2),
        }
    }
}

/// Keys that the API server insists on.
fn required(kind: &str) -> &'static [&'static str] {
    match kind {
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/basic-auth" => &["username"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        _ => &[],
    }
}

impl Shape {
    /// What the Secret must hold in the end.
    pub(super) fn items(&self) -> Items {
        let text = self
            .text
            .iter()
            .map(|(key, text)| (key.clone(), text.clone().into_bytes()));
        self.data.clone().into_iter().chain(text).collect()
    }

    /// For a claim: what is special about it.
    pub(super) fn described(&self) -> String {
        let by = if self.scope_by_flag { "flag" } else { "annotation" };
        let kind = if self.kind.is_empty() {
            "no type"
        } else {
            self.kind
        };
        let items = self.items().len();
        format!(
            "{} ({kind}, {}, {} by {by}, {items} items)",
            self.name, self.syntax, self.scope
        )
    }

    /// The Secret as its author wrote it.
    pub(super) fn written(&self) -> String {
        let mut metadata = json!({"name": self.name, "namespace": self.namespace});
        if !self.labels.is_empty() {
            metadata["labels"] = json!(self.labels);
        }
        if !self.annotations.is_empty() {
            metadata["annotations"] = json!(self.annotations);
        }
        let mut secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata});
        if !self.kind.is_empty() {
            secret["type"] = json!(self.kind);
        }
        if self.immutable {
            secret["immutable"] = json!(true);
        }
        if !self.data.is_empty() {
            let data = self
                .data
                .iter()
                .map(|(key, value)| (key.clone(), json!(STANDARD.encode(value))));
            secret["data"] = Value::Object(data.collect());
        }
        if !self.text.is_empty() {
            secret["stringData"] = json!(self.text);
        }
        match self.syntax {
            "json" => format!("{secret:#}"),
            // kubectl and its kin take whatever begins with a brace for JSON; a marker line tells it better
            "flow" => format!("---\n{secret}\n"),
            _ => self.block(&secret, 0),
        }
    }

    /// Block style; keys and scalars in double quotes, where every JSON text is a YAML text, and literals where they fit.
    fn block(&self, value: &Value, depth: usize) -> String {
        let indent = "  ".repeat(depth);
        let mut lines = String::new();
        for (key, value) in value.as_object().into_iter().flatten() {
            if self.commented {
                lines += &format!("{indent}# about {key}\n");
            }
            let key = if depth == 0 {
                key.clone()
            } else {
                json!(key).to_string()
            };
            lines += &match value {
                Value::Object(_) => format!("{indent}{key}:\n{}", self.block(value, depth + 1)),
                Value::String(text) if is_literal(text) => literal(&indent, &key, text),
                other => format!("{indent}{key}: {other}\n"),
            };
        }
        lines
    }
}

fn is_literal(text: &str) -> bool {
    let plain = text.chars().all(|c| c == '\n' || (c >= ' ' && c != '\u{feff}'));
    let begins = text.starts_with(|c: char| !c.is_whitespace());
    plain && begins && text.ends_with('\n') && !text.ends_with("\n\n")
}

fn literal(indent: &str, key: &str, text: &str) -> String {
    let lines = text.lines().map(|line| match line {
        "" => "\n".to_owned(),
        line => format!("{indent}  {line}\n"),
    });
    format!("{indent}{key}: |\n{}", lines.collect::<String>())
}
