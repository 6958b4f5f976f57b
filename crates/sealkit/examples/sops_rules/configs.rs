//! Random configurations, most of them usable.

use rand::{RngExt, rngs::StdRng};

/// Files below the configuration.
pub(crate) const PATHS: &[&str] = &[
    "db.yaml",
    "prod/db.yaml",
    "prod/a/b.json",
    "staging/db.env",
    "x.ini",
    "é/db.yaml",
    "prod/db_1.yaml",
    "a b.yaml",
];

const PATTERNS: &[&str] = &[
    "''",
    "prod/",
    "^prod/.*\\.yaml$",
    "\\.ya?ml$",
    "'[^/]+\\.json$'",
    "(?i)PROD",
    "db",
    "\\d",
    "\\bdb\\b",
    "'^\\w+\\.yaml$'",
    "'^[\\w./ -]+$'",
    "'['",
    "'(?P<x>a)b'",
    "'\\Qa b\\E'",
    "'a{2,1}'",
    "x|y",
    "'^[^/]*$'",
    "12",
    "true",
    "~",
    "\"\"",
    "'(?=a)'",
];

const AGE: &[&str] = &[
    "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
    "age1e827lhh5cxhpxjnmq5zgqe4r3eutrqhy69lhglxk8qyzn0vak5cq8yrhxk",
];

const FLAT: &[(&str, &[&str])] = &[
    (
        "pgp",
        &[
            "85D77543B3D624B63CEA9E6DBC17301B491B3F21",
            "'85D7 7543, FBC7'",
            "[A B, 'C,D']",
            "''",
            "12",
            "[1]",
            "~",
            "[]",
            "{a: b}",
        ],
    ),
    (
        "kms",
        &[
            "arn:aws:kms:eu-west-1:1:key/a",
            "'arn:aws:kms:eu:1:key/a+arn:aws:iam::1:role/r, arn:b'",
            "[a, ' b c ']",
            "true",
        ],
    ),
    (
        "gcp_kms",
        &[
            "projects/p/locations/l/keyRings/r/cryptoKeys/k",
            "[a, b]",
            "'a, b ,'",
        ],
    ),
    ("hckms", &["['cn-north-1:uuid', 'a:b, c:d']", "[x]", "x", "~"]),
    (
        "azure_keyvault",
        &[
            "https://v.vault.azure.net/keys/n/v",
            "['https://a/keys/b/c']",
            "http://v/keys/n/v",
            "https://v/n",
        ],
    ),
    (
        "hc_vault_transit_uri",
        &[
            "https://h:8200/v1/transit/keys/k",
            "'https://h/v1/a/b/keys/k, http://h/v2/t/keys/z'",
            "h/v1/t/keys/k",
            "https://h/p/v1/t/keys/k",
        ],
    ),
    ("aws_profile", &["p", "''"]),
    ("shamir_threshold", &["1", "2", "0", "x", "'2'"]),
    (
        "mac_only_encrypted",
        &["true", "false", "yes", "on", "no", "'true'", "1", "~"],
    ),
    ("unencrypted_suffix", &["_plain", "''"]),
    ("encrypted_suffix", &["_secret"]),
    ("unencrypted_regex", &["^meta"]),
    ("encrypted_regex", &["^(data|stringData)$", "~"]),
    ("unencrypted_comment_regex", &["plain"]),
    ("encrypted_comment_regex", &["secret"]),
    ("unknown_field", &["{a: [b]}"]),
];

const GROUP: &[(&str, &[&str])] = &[
    ("pgp", &["[A B, C]", "[]", "[A, A]", "~", "[1]", "A"]),
    (
        "kms",
        &[
            "[{arn: a}]",
            "[{arn: a, role: r, context: {k: v, b: c}, aws_profile: p}]",
            "[{arn: a}, {arn: a}]",
            "[a]",
            "[{}]",
        ],
    ),
    ("gcp_kms", &["[{resource_id: 'a b'}]", "[~]"]),
    ("hckms", &["[{key_id: 'a:b'}]", "[{key_id: a}]"]),
    (
        "azure_keyvault",
        &[
            "[{vaultUrl: 'https://v', key: k, version: '1'}]",
            "[{vaultUrl: 'https://v', key: k, version: 1}]",
        ],
    ),
    ("hc_vault", &["['https://h/v1/t/keys/k']", "[h]"]),
];

pub(crate) fn config(rng: &mut StdRng) -> String {
    let rules = rng.random_range(0..4);
    let mut text = match rng.random_range(0..30) {
        0 => return "stores: {yaml: {indent: 2}}\n".to_owned(),
        1 => return "creation_rules: []\n".to_owned(),
        2 => return "creation_rules:\n".to_owned(),
        3 => return "creation_rules: x\n".to_owned(),
        4 => return String::new(),
        5 => "stores: {json: {indent: x}}\ncreation_rules:\n".to_owned(),
        _ => "creation_rules:\n".to_owned(),
    };
    for _ in 0..=rules {
        let mut fields = Vec::new();
        if rng.random_bool(0.7) {
            fields.push(format!("path_regex: {}", pick(rng, PATTERNS)));
        }
        if rng.random_bool(0.7) {
            fields.push(format!("age: {}", age(rng)));
        }
        for (field, values) in FLAT {
            if rng.random_bool(0.08) {
                fields.push(format!("{field}: {}", likely(rng, values)));
            }
        }
        if rng.random_bool(0.3) {
            let groups: Vec<_> = (0..rng.random_range(0..3)).map(|_| group(rng, 0)).collect();
            fields.push(format!("key_groups: [{}]", groups.join(", ")));
        }
        if fields.is_empty() {
            fields.push("aws_profile: p".to_owned());
        }
        text.push_str(&format!("  - {}\n", fields.join("\n    ")));
    }
    text
}

fn group(rng: &mut StdRng, depth: usize) -> String {
    let mut fields = Vec::new();
    if rng.random_bool(0.7) {
        let keys: Vec<_> = (0..rng.random_range(0..3)).map(|_| pick(rng, AGE)).collect();
        fields.push(format!("age: [{}]", keys.join(", ")));
    }
    for (field, values) in GROUP {
        if rng.random_bool(0.2) {
            fields.push(format!("{field}: {}", likely(rng, values)));
        }
    }
    if depth < 3 && rng.random_bool(0.2) {
        fields.push(format!("merge: [{}]", group(rng, depth + 1)));
    }
    format!("{{{}}}", fields.join(", "))
}

fn age(rng: &mut StdRng) -> String {
    let (one, two) = (AGE[0], AGE[1]);
    match rng.random_range(0..9) {
        0 => format!("'{one},{two}'"),
        1 => format!(">-\n      {one},\n      {two}"),
        2 => format!("[{one}, {two}, {one}]"),
        3 => format!("' {one} , '"),
        4 => "''".to_owned(),
        5 => "[]".to_owned(),
        6 => "12".to_owned(),
        _ => one.to_owned(),
    }
}

/// The first value more often than the others.
fn likely<'a>(rng: &mut StdRng, values: &[&'a str]) -> &'a str {
    match rng.random_bool(0.5) {
        true => values[0],
        false => pick(rng, values),
    }
}

fn pick<'a>(rng: &mut StdRng, values: &[&'a str]) -> &'a str {
    values[rng.random_range(0..values.len())]
}
