//! Good and bad configurations: the same verdict, the same field paths, the same texts.

use std::collections::BTreeMap;

use sealkit_formats::at_rest::config::{EncryptionConfig, Problem, Server, Stage};
use serde_json::{Value, json};

use super::oracle::Oracle;

const AES: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const BOX: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

/// Why a text or verdict may differ from the server's.
const EXPLAINED: [(&str, &str); 5] = [
    (
        "yaml",
        "the YAML reader's own words for text that is no YAML; the verdict is the same",
    ),
    ("duplicate", "a key given twice: refused by both, in other words"),
    (
        "documents",
        "a second document: refused here, ignored by the server",
    ),
    (
        "control",
        "control characters in JSON text: refused here, accepted by the server",
    ),
    (
        "whole file",
        "the server's text repeats the file with its keys, ours does not",
    ),
];

pub(crate) fn run(oracle: &mut Oracle) -> bool {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    let mut good = true;
    let cases = cases(&oracle.endpoint("v2"));
    for (name, text) in &cases {
        for server in [
            Server {
                reload: false,
                kms_v1: false,
            },
            Server {
                reload: true,
                kms_v1: true,
            },
        ] {
            match compare(oracle, text, &server) {
                Ok(outcome) => *count.entry(outcome).or_default() += 1,
                Err(difference) => {
                    println!("DIFFERENCE in `{name}` ({server:?}):\n{text}\n{difference}\n");
                    good = false;
                }
            }
        }
    }
    let counts: Vec<String> = count
        .iter()
        .map(|(outcome, count)| format!("{count} {outcome}"))
        .collect();
    println!(
        "held {} verdicts on {} configurations for two servers: {}",
        count.values().sum::<usize>(),
        cases.len(),
        counts.join(", ")
    );
    for (what, why) in EXPLAINED {
        println!("explained difference `{what}`: {why}");
    }
    good
}

/// Prints what the server says of the cases that are made one by one, for the tests that run without it:
/// `testdata/at-rest/verdicts.jsonl`.
pub(crate) fn record(oracle: &mut Oracle) {
    let socket = oracle.endpoint("v2");
    let mut cases = Cases::new();
    selectors(&mut cases);
    fields(&mut cases, &socket);
    for (name, text) in cases.into_iter().filter(|(name, _)| name.ends_with("(json)")) {
        for (reload, kmsv1) in [(false, false), (true, true)] {
            let request = json!({"op": "check", "config": text, "reload": reload, "kmsv1": kmsv1});
            let theirs = oracle.ask(&request);
            let errors: Vec<Value> = theirs["errors"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|e| json!({"field": e["field"], "text": redacted(e["text"].as_str().unwrap())}))
                .collect();
            let line = json!({
                "case": name,
                "config": text.replace(&socket, "unix:///run/kms.sock"),
                "reload": reload,
                "kmsv1": kmsv1,
                "accepted": theirs["ok"] == true,
                "error": if errors.is_empty() { theirs["error"].clone() } else { Value::Null },
                "errors": errors,
            });
            println!("{}", line.to_string().replace(&socket, "unix:///run/kms.sock"));
        }
    }
}

fn compare(oracle: &mut Oracle, text: &str, server: &Server) -> Result<&'static str, String> {
    let request = json!({"op": "check", "config": text, "reload": server.reload, "kmsv1": server.kms_v1});
    let theirs = oracle.ask(&request);
    let ours = match EncryptionConfig::read("FILE", text.as_bytes()) {
        Err(error) => error.problems().to_vec(),
        Ok(config) => config.problems(server),
    };
    if let Some(lost) = ours.iter().find(|problem| problem.place.is_none()) {
        return Err(format!("no place for {lost}"));
    }
    if ours
        .iter()
        .any(|problem| problem.to_string().contains(AES) || problem.to_string().contains(BOX))
    {
        return Err("a secret in a text".to_owned());
    }
    let Some(error) = theirs["error"].as_str() else {
        return match ours.as_slice() {
            [] => Ok("accepted by both"),
            [one] if one.text.contains("more than one document") => Ok("explained (documents)"),
            // not even the syntax of a second document is looked at
            [one] if one.stage == Stage::Syntax && text.contains("\n---\n") => Ok("explained (documents)"),
            [one] if one.text.contains("a control character") => Ok("explained (control)"),
            several => Err(format!("accepted by the server, refused here: {several:?}")),
        };
    };
    let Some(first) = ours.first() else {
        return Err(format!("accepted here, refused by the server: {error}"));
    };
    if let Some(errors) = theirs["errors"].as_array() {
        let theirs: Vec<(String, String)> = errors
            .iter()
            .map(|e| {
                (
                    e["field"].as_str().unwrap().to_owned(),
                    redacted(e["text"].as_str().unwrap()),
                )
            })
            .collect();
        let ours: Vec<(String, String)> = ours
            .iter()
            .filter(|problem| problem.stage == Stage::Validation)
            .map(|problem| (problem.field.clone(), problem.to_string()))
            .collect();
        return if ours == theirs {
            Ok("refused by both, same fields and texts")
        } else {
            Err(format!("they:\n{theirs:#?}\nwe:\n{ours:#?}"))
        };
    }
    let decoding =
        "error while parsing file: error decoding encryption provider configuration file \"FILE\": ";
    let stripped = error
        .strip_prefix("error while building transformers: ")
        .or(error.strip_prefix(decoding))
        .or(error.strip_prefix("error while parsing file: error while loading file: "))
        .or(error.strip_prefix("error while parsing file: "))
        .unwrap_or(error);
    let unknown = stripped.strip_prefix("strict decoding error: ");
    let same = match (first.stage, unknown) {
        (Stage::Decoding, Some(unknown)) => joined(&ours) == unknown,
        // of the later stages and of wrong types the server reports the first alone
        _ => first.to_string() == stripped,
    };
    if same {
        return Ok("refused by both, same text");
    }
    let class =
        if first.text.contains("a second time in this mapping") || stripped.contains("already set in map") {
            "explained (duplicate)"
        } else if first.text.contains("more than one document") {
            "explained (documents)"
        } else if stripped.contains(" is missing in '") && first.text.contains("is missing in the file") {
            "explained (whole file)"
        } else if stripped.contains("no kind ")
            && first.text.starts_with("no kind ")
            && stripped.starts_with(&first.text)
        {
            "refused by both, same text"
        } else if first.stage == Stage::Syntax
            || stripped.starts_with("yaml: ")
            || first.text.starts_with("couldn't get version/kind")
        {
            "explained (yaml)"
        } else {
            return Err(format!("they: {stripped}\nwe:   {first}"));
        };
    Ok(class)
}

fn joined(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// The server prints the secrets of an element with several providers.
fn redacted(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\"Secret\":\"") {
        let start = at + "\"Secret\":\"".len();
        let end = start + rest[start..].find('"').unwrap();
        out.push_str(&rest[..start]);
        if end > start {
            out.push_str("REDACTED");
        }
        rest = &rest[end..];
    }
    out + rest
}

/// Good configurations; everything else is mutated from them.
fn good(socket: &str) -> Vec<(&'static str, Value)> {
    let key = |name: &str, secret: &str| json!({"name": name, "secret": secret});
    let file = |resources: Value| json!({"apiVersion": "apiserver.config.k8s.io/v1", "kind": "EncryptionConfiguration", "resources": resources});
    vec![
        (
            "all local",
            file(json!([
                {"resources": ["secrets", "configmaps"], "providers": [
                    {"secretbox": {"keys": [key("a", BOX), key("b", AES)]}},
                    {"aesgcm": {"keys": [key("a", AES), key("16", "AAECAwQFBgcICQoLDA0ODw==")]}},
                    {"aescbc": {"keys": [key("a", AES), key("24", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX")]}},
                    {"identity": {}}]},
                {"resources": ["*.apps"], "providers": [{"aesgcm": {"keys": [key("a", AES)]}}]},
                {"resources": ["*.*"], "providers": [{"identity": {}}]},
            ])),
        ),
        (
            "kms",
            file(json!([
                {"resources": ["secrets"], "providers": [
                    {"kms": {"apiVersion": "v2", "name": "new", "endpoint": socket, "timeout": "10ms"}},
                    {"kms": {"apiVersion": "v2", "name": "other", "endpoint": socket, "timeout": "10ms"}},
                    {"identity": {}}]},
            ])),
        ),
        (
            "kms v1",
            file(json!([
                {"resources": ["secrets"], "providers": [
                    {"kms": {"name": "old", "endpoint": socket, "cachesize": 10, "timeout": "1s"}},
                    {"kms": {"apiVersion": "v2", "name": "new", "endpoint": socket, "timeout": "10ms"}},
                    {"identity": {}}]},
            ])),
        ),
        (
            "legacy",
            json!({"apiVersion": "v1", "kind": "EncryptionConfig", "resources": [
            {"resources": ["secrets"], "providers": [{"identity": {}}]}]}),
        ),
    ]
}

type Cases = Vec<(String, String)>;

fn cases(socket: &str) -> Cases {
    let mut cases = Cases::new();
    for (name, value) in good(socket) {
        push(&mut cases, name, &value);
        mutate_every_value(&mut cases, name, &value);
    }
    selectors(&mut cases);
    fields(&mut cases, socket);
    texts(&mut cases);
    cases
}

/// As JSON, and as YAML: the same in flow style behind a comment.
fn push(cases: &mut Cases, name: &str, value: &Value) {
    cases.push((format!("{name} (json)"), value.to_string()));
    cases.push((format!("{name} (yaml)"), format!("# comment\n{value}\n")));
}

/// Replaces, one after the other, every value of the tree by values of other types, and removes it.
fn mutate_every_value(cases: &mut Cases, name: &str, value: &Value) {
    let mut pointers = Vec::new();
    collect(value, String::new(), &mut pointers);
    for (n, pointer) in pointers.iter().enumerate() {
        let replacements = [
            json!(null),
            json!(""),
            json!(7),
            json!(true),
            json!([]),
            json!({}),
            json!(["x"]),
            json!("Überall"),
        ];
        for (m, replacement) in replacements.iter().enumerate() {
            let mut changed = value.clone();
            *changed.pointer_mut(pointer).unwrap() = replacement.clone();
            let text = if (n + m) % 2 == 0 {
                changed.to_string()
            } else {
                format!("# yaml\n{changed}")
            };
            cases.push((format!("{name}: {pointer} = {replacement}"), text));
        }
        let (parent, last) = pointer.rsplit_once('/').unwrap();
        let mut removed = value.clone();
        let gone = match removed.pointer_mut(parent).unwrap() {
            Value::Object(map) => map.remove(last).is_some(),
            Value::Array(items) => {
                items.remove(last.parse::<usize>().unwrap());
                true
            }
            _ => false,
        };
        if gone {
            cases.push((format!("{name}: no {pointer}"), removed.to_string()));
        }
    }
}

fn collect(value: &Value, pointer: String, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            out.push(format!("{pointer}/{key}"));
            collect(value, format!("{pointer}/{key}"), out);
        }),
        Value::Array(items) => items.iter().enumerate().for_each(|(at, value)| {
            out.push(format!("{pointer}/{at}"));
            collect(value, format!("{pointer}/{at}"), out);
        }),
        _ => {}
    }
}

fn selectors(cases: &mut Cases) {
    let identity = json!([{"identity": {}}]);
    let file = |lists: &[&[&str]]| {
        let rules: Vec<Value> = lists
            .iter()
            .map(|list| json!({"resources": list, "providers": identity}))
            .collect();
        json!({"apiVersion": "apiserver.config.k8s.io/v1", "kind": "EncryptionConfiguration", "resources": rules})
    };
    let lists: [&[&[&str]]; 44] = [
        &[&["secrets", "secrets"]],
        &[&["secrets", "secrets."]],
        &[&["secrets", "secrets", "secrets"]],
        &[&["*.*", "secrets"]],
        &[&["secrets", "*.*"]],
        &[&["*.*", "*.*"]],
        &[&["*.apps", "deployments.apps"]],
        &[&["*.apps", "secrets"]],
        &[&["*.", "secrets"]],
        &[&["*.", "deployments.apps"]],
        &[&["*.apps", "*.apps", "x.apps"]],
        &[&["Secrets"]],
        &[&["secrets", "ÉTÉ"]],
        &[&["*"]],
        &[&["*", "secrets"]],
        &[&["apiserveripinfo"]],
        &[&["serviceipallocations"]],
        &[&["servicenodeportallocations"]],
        &[&["servicenodeportallocations."]],
        &[&["events.events.k8s.io"]],
        &[&["*.events.k8s.io"]],
        &[&["ingresses.extensions"]],
        &[&["*.extensions"]],
        &[&["secrets.*"]],
        &[&["Secrets.*"]],
        &[&[""]],
        &[&[".apps"]],
        &[&["secrets.v1"]],
        &[&["a<b>&c\"d"], &["x"]],
        &[&["a<b>", "a<b>"]],
        &[&["secrets"], &["secrets"]],
        &[&["*."], &["secrets"]],
        &[&["secrets"], &["*."]],
        &[&["*.*"], &["secrets"]],
        &[&["*.apps"], &["deployments.apps"]],
        &[&["*.apps"], &["*.apps"]],
        &[&["*.*"], &["*.*"]],
        &[&["*.*"], &["*.apps"]],
        &[&["*."], &["*."]],
        &[&["secrets", "configmaps"], &["configmaps"], &["*."], &["*.*"]],
        &[
            &["*.apps"],
            &["secrets"],
            &["deployments.apps"],
            &["*.*"],
            &["pods"],
        ],
        &[&["events"], &["*.*"]],
        &[],
        &[&[]],
    ];
    for list in lists {
        push(cases, &format!("selectors {list:?}"), &file(list));
    }
}

/// One field at a time, with values that have rules of their own.
fn fields(cases: &mut Cases, socket: &str) {
    let file = |provider: Value| {
        json!({"apiVersion": "apiserver.config.k8s.io/v1", "kind": "EncryptionConfiguration", "resources": [
            {"resources": ["secrets"], "providers": [provider]}]})
    };
    let secrets = [
        "",
        "!",
        "AAAA",
        "AAECAwQFBgcICQoLDA0ODw==",
        "AAECAwQFBgcICQoLDA0ODw",
        "AAECAwQFBgcICQoLDA0ODx==",
        "AAECAwQFBgcI\r\nCQoLDA0ODw==\n",
        "AAECAwQFBgcICQoLDA0ODw=\n=",
        "-_ECAwQFBgcICQoLDA0ODw==",
        " AAECAwQFBgcICQoLDA0ODw==",
        "\n",
        AES,
        BOX,
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
        "AAECAwQFBgcICQoLDA0ODw==AAAA",
        "secret is secure, or is it?",
    ];
    for kind in ["aesgcm", "aescbc", "secretbox"] {
        for secret in secrets {
            push(
                cases,
                &format!("{kind} secret"),
                &file(json!({kind: {"keys": [{"name": "a", "secret": secret}]}})),
            );
        }
        let two = json!({kind: {"keys": [{"name": "a", "secret": AES}, {"name": "", "secret": "x"}, {"name": "a", "secret": BOX}]}});
        push(cases, "several keys", &file(two));
        push(
            cases,
            "unknown field",
            &file(json!({kind: {"keys": [{"name": "a", "secret": AES, "foo": 1}], "bar": []}, "baz": {}})),
        );
        push(
            cases,
            "wrong case",
            &file(json!({kind: {"Keys": [{"Name": "a", "secret": AES}]}})),
        );
        push(
            cases,
            "two providers",
            &file(json!({kind: {"keys": [{"name": "<a>", "secret": AES}]}, "identity": {}})),
        );
        push(
            cases,
            "null beside",
            &file(json!({kind: {"keys": [{"name": "a", "secret": AES}]}, "identity": null})),
        );
    }
    let kms = |changes: Value| {
        let mut kms = json!({"apiVersion": "v2", "name": "new", "endpoint": socket, "timeout": "10ms"});
        for (key, value) in changes.as_object().unwrap() {
            kms[key] = value.clone();
        }
        file(json!({"kms": kms}))
    };
    for endpoint in [
        "",
        "unix:///a",
        "unix://a/b",
        "unix:a",
        "UNIX:///a",
        "/tmp/x",
        "tcp:///x",
        "http://host:8/x",
        ":x",
        "a b",
        "1a:b",
        "unix:///%zz",
        "unix:///a%2",
        "unix://h:x/",
        "unix://h:8/",
        "unix://a b/",
        "unix:///a\tb",
        "unix:///@x",
        "unix://a@b@c/",
        "unix://u p@h/",
        "unix://[::1]/x",
        "unix:///a#b%zz",
        "unix:///a?b%zz",
        "unix://h%41/",
        "unix://h%c3%a9/",
        "unix://é/",
        "%",
        "*",
        "unix:",
        "unix:/",
        "unix://",
        "foo://{x}/",
        "unix://a\\b/",
        "unix://a^b/",
        "unix://a|b/",
        "unix://a`b/",
    ] {
        push(
            cases,
            &format!("endpoint {endpoint:?}"),
            &kms(json!({"endpoint": endpoint})),
        );
    }
    for timeout in [
        json!("3s"),
        json!("0"),
        json!("0s"),
        json!("-1s"),
        json!("-1.5h"),
        json!("3"),
        json!("3x"),
        json!(""),
        json!("1h1m1s1ms1us1ns"),
        json!(3),
        json!(null),
        json!(true),
        json!("9999999h"),
        json!("1µs"),
        json!("-3µs"),
        json!("\"3s\""),
        json!("+5s"),
        json!("1e3s"),
        json!(".s"),
        json!("1.s"),
        json!("-0s"),
    ] {
        push(
            cases,
            &format!("timeout {timeout}"),
            &kms(json!({"timeout": timeout})),
        );
    }
    for name in ["", "a:b", ":", "ü", "a\"b", "a\u{7f}\u{a0}b", "日本"] {
        push(cases, &format!("kms name {name:?}"), &kms(json!({"name": name})));
        push(
            cases,
            &format!("kms v1 name {name:?}"),
            &kms(json!({"name": name, "apiVersion": "v1"})),
        );
    }
    for cachesize in [
        json!(0),
        json!(-1),
        json!(5),
        json!(2147483647u32),
        json!(2147483648u32),
        json!(1.5),
        json!(1e3),
        json!("5"),
        json!(null),
    ] {
        for version in ["v1", "v2"] {
            push(
                cases,
                &format!("cachesize {cachesize}"),
                &kms(json!({"cachesize": cachesize, "apiVersion": version})),
            );
        }
    }
    for version in ["", "v1", "v2", "v3", "V2", "v2beta1"] {
        push(
            cases,
            &format!("kms version {version:?}"),
            &kms(json!({"apiVersion": version})),
        );
    }
    let named = |version: &str, name: &str| json!({"kms": {"apiVersion": version, "name": name, "endpoint": socket, "timeout": "10ms"}});
    for pair in [
        [named("v1", "a"), named("v1", "a")],
        [named("v1", "a"), named("v2", "a")],
        [named("v2", "a"), named("v1", "a")],
        [named("v2", "a"), named("v2", "a")],
    ] {
        push(
            cases,
            "two kms names",
            &json!({"apiVersion": "apiserver.config.k8s.io/v1", "kind": "EncryptionConfiguration", "resources": [
            {"resources": ["secrets"], "providers": [pair[0]]}, {"resources": ["configmaps"], "providers": [pair[1], {"identity": {}}]}]}),
        );
    }
    push(cases, "nothing set", &file(json!({})));
    push(
        cases,
        "all set",
        &file(json!({
        "aesgcm": {"keys": [{"name": "a", "secret": AES}]}, "aescbc": {}, "secretbox": {"keys": []}, "identity": {},
        "kms": {"apiVersion": "v2", "name": "n", "endpoint": "e"}})),
    );
    push(
        cases,
        "identity with a field",
        &file(json!({"identity": {"a": 1}})),
    );
}

/// Texts that no tree makes.
fn texts(cases: &mut Cases) {
    let head = "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n";
    let rest = "resources:\n- resources: [secrets]\n  providers:\n  - identity: {}\n";
    let whole = format!("{head}{rest}");
    let all = [
        String::new(),
        "\n".to_owned(),
        "# only a comment\n".to_owned(),
        "---\n".to_owned(),
        "[]".to_owned(),
        "7".to_owned(),
        "text".to_owned(),
        "null".to_owned(),
        "{}".to_owned(),
        "{".to_owned(),
        "a: [1".to_owned(),
        "a: b: c".to_owned(),
        "\t".to_owned(),
        rest.to_owned(),
        head.to_owned(),
        format!("kind: EncryptionConfiguration\n{rest}"),
        format!("apiVersion: apiserver.config.k8s.io/v1\n{rest}"),
        format!("---\n{whole}"),
        format!("{whole}---\n"),
        format!("{whole}...\n"),
        format!("{whole}---\n{whole}"),
        format!("{whole}---\nfoo: [\n"),
        whole.replace("identity: {}", "identity:"),
        whole.replace("identity: {}", "identity: ~"),
        whole.replace("identity: {}", "identity: \"\""),
        whole.replace("[secrets]", "secrets"),
        whole.replace("[secrets]", "[on, secrets]"),
        whole.replace("[secrets]", "[1e3]"),
        whole.replace("[secrets]", "[2001-01-01]"),
        whole.replace("[secrets]", "[0x10, 010, 1_0]"),
        whole.replace("[secrets]", "[\"on\", !!str 7, ! x]"),
        whole.replace("[secrets]", "[!!binary c2VjcmV0cw==]"),
        whole.replace("[secrets]", "[*x]"),
        whole.replace("[secrets]", "&a [secrets]"),
        whole.replace("v1\n", "v1beta1\n"),
        whole.replace("v1\n", "v2\n"),
        whole.replace("apiserver.config.k8s.io/v1", "v1"),
        whole.replace("apiserver.config.k8s.io/v1", "a/b/c"),
        whole.replace("apiserver.config.k8s.io/v1", "1"),
        whole.replace("apiserver.config.k8s.io/v1", "apiserver.config.k8s.io/"),
        whole.replace("EncryptionConfiguration", "EncryptionConfig"),
        whole.replace("EncryptionConfiguration", "encryptionconfiguration"),
        whole.replace("EncryptionConfiguration", "AdmissionConfiguration").replace(rest, ""),
        whole.replace("kind:", "Kind:"),
        whole.replace("apiVersion:", "apiversion:"),
        whole.replace("resources:\n-", "Resources:\n-"),
        format!("{whole}metadata: {{name: x}}\n"),
        format!("{whole}status: 1\nzeta: 2\nalpha: 3\n"),
        format!("{whole}resources: []\n"),
        format!("{whole}kind: EncryptionConfiguration\n"),
        whole.replace("identity: {}", "identity: {}\n    identity: {}"),
        whole.replace("identity: {}", "? [a, b]\n    : c"),
        whole.replace("identity: {}", "1: 2\n    true: x\n    null: y"),
        whole.replace("identity: {}", "<<: {identity: {}}"),
        format!("{head}x-keys: &k {{identity: {{}}}}\nresources:\n- resources: [secrets]\n  providers: [*k]\n"),
        whole.replace('\n', "\r\n"),
        format!("\u{feff}{whole}"),
        format!("{whole}\0"),
        whole.replace("resources:\n- ", "resources:\n-\n- "),
        "{\"kind\":\"EncryptionConfiguration\",\"apiVersion\":\"apiserver.config.k8s.io/v1\",\"resources\":[],\"resources\":[]}".to_owned(),
        "{\"kind\":\"EncryptionConfiguration\",\"apiVersion\":\"apiserver.config.k8s.io/v1\",\"resources\":[]} {}".to_owned(),
        "{\"kind\":\"EncryptionConfiguration\",\"apiVersion\":\"apiserver.config.k8s.io/v1\",\"resources\":[],}".to_owned(),
        "{\"zeta\":1,\"kind\":\"EncryptionConfiguration\",\"apiVersion\":\"apiserver.config.k8s.io/v1\",\"resources\":[{\"b\":1,\"a\":2}],\"alpha\":1}".to_owned(),
    ];
    for (n, text) in all.into_iter().enumerate() {
        cases.push((format!("text {n}"), text));
    }
}
