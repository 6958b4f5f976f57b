//! Ours beside Go's `text/template` with sprig: random templates out of a grammar, rendered by both.
//!
//! `template_conformance ORACLE [COUNT]`, where the oracle is the program of `crates/xtask/peers/template-oracle`. Both
//! must give the same bytes, or both an error. Prints `held N`, and differences if there are any.

#![expect(
    clippy::disallowed_methods,
    reason = "an example is a program: it may run another"
)]

use std::io::Write;
use std::process::{Command, ExitCode, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sealkit_template::{Host, Limits, Template, utc_only};
use serde_json::{Value, json};

const DATA: &[(&str, &str)] = &[
    ("user", "ann"),
    ("empty", ""),
    ("num", "42"),
    ("csv", "b,a,c,a"),
    ("uni", "Grüße ñ 日"),
];

struct Grammar(StdRng);

impl Grammar {
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.0.random_range(0..from.len())]
    }

    fn text(&mut self, depth: u32) -> String {
        let leaf = [
            ".user",
            ".empty",
            ".num",
            ".csv",
            ".uni",
            "\"a b\"",
            "`x\"y`",
            "\"Foo-bar_baz2Q\"",
            "\"1.2.3\"",
        ];
        if depth == 0 {
            return self.pick(&leaf).to_owned();
        }
        let inner = self.text(depth - 1);
        let one = [
            "upper",
            "lower",
            "title",
            "trim",
            "quote",
            "squote",
            "snakecase",
            "kebabcase",
            "camelcase",
            "b64enc",
            "b32enc",
            "swapcase",
            "untitle",
            "initials",
            "nospace",
            "toJson",
            "sha1sum",
            "html",
            "js",
            "urlquery",
            "toString",
            "base",
            "dir",
            "ext",
            "clean",
            "regexQuoteMeta",
            "print",
            "b64dec",
            "b32dec",
            "fromJson",
            "semver",
            "adler32sum",
        ];
        match self.0.random_range(0..8) {
            0..3 => format!("({} {inner})", self.pick(&one)),
            3 => format!("({inner} | {})", self.pick(&one)),
            4 => {
                let number = self.0.random_range(-9..14);
                let function = self.pick(&[
                    "trunc",
                    "abbrev",
                    "repeat",
                    "indent",
                    "wrap",
                    "plural \"o\" \"m\" |",
                    "substr 1",
                ]);
                let function = if function.starts_with("plural") {
                    "trunc"
                } else {
                    function
                };
                format!("({function} {number} {inner})")
            }
            5 => {
                let other = self.text(depth - 1);
                let function = self.pick(&[
                    "contains",
                    "hasPrefix",
                    "trimAll",
                    "trimSuffix",
                    "splitList",
                    "split",
                    "cat",
                    "eq",
                    "lt",
                    "default",
                    "regexFind",
                    "regexMatch",
                    "coalesce",
                    "printf",
                    "println",
                ]);
                format!("({function} {other} {inner})")
            }
            6 => format!("(replace \"{}\" \"-\" {inner})", self.pick(&["", "a", "x", "n"])),
            _ => format!(
                "(printf \"{}\" {inner})",
                self.pick(&["%s", "%q", "%x", "%10s|", "%-6.2s|", "%v", "%d", "%T", "%+q"])
            ),
        }
    }

    fn number(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self
                .pick(&[
                    "0", "1", "-3", "7", "2.5", "-0.1", ".num", "\"0x1f\"", "\"8.0\"", "1e3", "nil",
                ])
                .to_owned();
        }
        let (left, right) = (self.number(depth - 1), self.number(depth - 1));
        let function = self.pick(&[
            "add",
            "sub",
            "mul",
            "div",
            "mod",
            "addf",
            "subf",
            "mulf",
            "divf",
            "max",
            "min",
            "maxf",
            "eq",
            "lt",
            "ge",
            "and",
            "or",
            "list",
            "printf \"%v %6.2f\"",
        ]);
        format!("({function} {left} {right})")
    }

    fn list(&mut self) -> String {
        let (a, b, c) = (self.text(1), self.number(1), self.number(0));
        let base = format!("(list {a} {b} {c} {a})");
        let function = self.pick(&[
            "",
            "rest",
            "initial",
            "reverse",
            "uniq",
            "compact",
            "sortAlpha",
            "toStrings",
            "chunk 2",
            "concat",
        ]);
        if function.is_empty() {
            base
        } else {
            format!("({function} {base})")
        }
    }

    fn template(&mut self) -> String {
        match self.0.random_range(0..7) {
            0 | 1 => format!("{{{{ {} }}}}", self.text(3)),
            2 => format!("{{{{ {} }}}}", self.number(3)),
            3 => format!(
                "{{{{ range $i, $x := {} }}}}{{{{ $i }}}}={{{{ $x }}}};{{{{ else }}}}-{{{{ end }}}}",
                self.list()
            ),
            4 => format!(
                "{{{{ if {} -}}}} yes {{{{- else }}}} no{{{{ end }}}}",
                self.number(2)
            ),
            5 => format!("{{{{ with {} }}}}{{{{ . | toJson }}}}{{{{ end }}}}", self.list()),
            _ => {
                let (key, value) = (self.text(1), self.text(2));
                format!(
                    "{{{{ $d := dict {key} {value} \"k\" {} }}}}{{{{ $d }}}}{{{{ $d | toPrettyJson }}}}",
                    self.list()
                )
            }
        }
    }
}

fn ours(template: &str) -> Result<Vec<u8>, String> {
    let mut rng = StdRng::seed_from_u64(1);
    let host = Host {
        clock: &|| 0,
        zones: &utc_only,
        rng: &mut rng,
    };
    let values = DATA.iter().map(|(key, value)| (*key, value.as_bytes()));
    let parsed = Template::parse("key", template).map_err(|error| error.to_string())?;
    let rendered = parsed.render(values, host, &Limits::default());
    rendered
        .map(|bytes| bytes.to_vec())
        .map_err(|error| error.to_string())
}

#[expect(clippy::print_stdout, reason = "its report is what it is for")]
fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let oracle = arguments.next().ok_or("which oracle?")?;
    let count: usize = arguments.next().map_or(Ok(20_000), |count| count.parse())?;
    let mut grammar = Grammar(StdRng::seed_from_u64(42));
    let templates: Vec<String> = (0..count).map(|_| grammar.template()).collect();
    let data: Value = DATA
        .iter()
        .map(|(key, value)| (*key, STANDARD.encode(value)))
        .collect();
    let requests: String = templates
        .iter()
        .map(|template| format!("{}\n", json!({"name": "key", "template": template, "data": data})))
        .collect();
    let mut child = Command::new(oracle)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().ok_or("no standard input")?;
    let writer = std::thread::spawn(move || input.write_all(requests.as_bytes()));
    let output = child.wait_with_output()?;
    writer.join().map_err(|_| "the writer panicked")??;
    let answers = String::from_utf8(output.stdout)?;
    let (mut held, mut rendered, mut differ) = (0, 0, 0);
    for (template, answer) in templates.iter().zip(answers.lines()) {
        let answer: Value = serde_json::from_str(answer)?;
        let go = match answer["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => {
                let output = STANDARD.decode(answer["output"].as_str().unwrap_or_default());
                Ok(output.map_err(|error| error.to_string())?)
            }
        };
        let ours = ours(template);
        let same = match (&go, &ours) {
            (Ok(go), Ok(ours)) => go == ours,
            (Err(_), Err(_)) => true,
            _ => false,
        };
        rendered += usize::from(go.is_ok());
        if same {
            held += 1;
        } else {
            differ += 1;
            let show = |result: &Result<Vec<u8>, String>| match result {
                Ok(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
                Err(error) => error.clone(),
            };
            println!(
                "differs: {template}\n  go:   {}\n  ours: {}",
                show(&go),
                show(&ours)
            );
        }
    }
    println!("held {held} of {count}, {rendered} of them rendered");
    Ok(if differ == 0 && held == count {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
