//! Keys as text: for a file, and for a server.

use serde_json::json;
use zeroize::Zeroizing;

use super::{Hidden, Key, Secret};
use crate::yaml::scalar;

/// A backup of these keys.
pub(crate) fn list<'k>(keys: impl Iterator<Item = &'k Key> + Clone) -> Zeroizing<String> {
    // whatever grows would leave copies behind
    let length: usize = keys.clone().map(|key| room(&key.secret)).sum();
    let mut text = Zeroizing::new(String::with_capacity(length + 1024));
    text.push_str("apiVersion: v1\nkind: List\nitems:\n");
    for key in keys {
        item(&mut text, &key.secret);
    }
    text
}

fn item(text: &mut String, secret: &Secret) {
    let metadata = &secret.metadata;
    text.push_str("- apiVersion: v1\n  kind: Secret\n  metadata:\n");
    line(text, 4, "name", &metadata.name);
    if let Some(namespace) = &metadata.namespace {
        line(text, 4, "namespace", namespace);
    }
    for (field, entries) in [
        ("labels", &metadata.labels),
        ("annotations", &metadata.annotations),
    ] {
        if !entries.is_empty() {
            text.push_str(&format!("    {field}:\n"));
        }
        for (key, value) in entries {
            line(text, 6, key, value);
        }
    }
    if let Some(kind) = &secret.kind {
        line(text, 2, "type", kind);
    }
    if secret.immutable == Some(true) {
        text.push_str("  immutable: true\n");
    }
    text.push_str("  data:\n");
    for (key, Hidden(value)) in &secret.data {
        text.push_str("    ");
        text.push_str(&scalar(key));
        text.push_str(": \"");
        text.push_str(value);
        text.push_str("\"\n");
    }
}

fn line(text: &mut String, indent: usize, key: &str, value: &str) {
    let (key, value) = (scalar(key), scalar(value));
    text.push_str(&format!("{:indent$}{key}: {value}\n", ""));
}

/// At least as many bytes as a Secret takes.
fn room(secret: &Secret) -> usize {
    let metadata = &secret.metadata;
    let words = metadata.labels.iter().chain(&metadata.annotations);
    let words: usize = words.map(|(key, value)| (key.len() + value.len()) * 6 + 32).sum();
    let data = secret
        .data
        .iter()
        .map(|(key, value)| key.len() + value.0.len() + 32);
    words + data.sum::<usize>() + 2048
}

/// What a server is asked to make of a key, in its namespace.
pub(crate) fn for_server(key: &Key, namespace: &str) -> Zeroizing<String> {
    let secret = &key.secret;
    let head = json!({
        "name": key.name, "namespace": namespace,
        "labels": secret.metadata.labels, "annotations": secret.metadata.annotations,
    });
    let mut text = Zeroizing::new(String::with_capacity(room(secret) * 2));
    text.push_str(&format!(
        "{{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{head},\"immutable\":{},\"type\":{},\"data\":{{",
        secret.immutable.unwrap_or_default(),
        json!(secret.kind.as_deref().unwrap_or("Opaque")),
    ));
    for (at, (key, Hidden(value))) in secret.data.iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        text.push_str(&format!("{comma}{}:\"", json!(key)));
        // base64 has nothing to escape; what else stands there, the reader has refused
        text.push_str(value);
        text.push('"');
    }
    text.push_str("}}");
    text
}
