//! Templates that would run away, and errors that would tell too much.

use std::time::{Duration, Instant};

use sealkit_template::{ErrorKind, Limits, Template};

use crate::{Values, render, render_within};

fn values() -> Values {
    vec![("secret".to_owned(), b"s3cr3t-m4rk".to_vec())]
}

fn kind(template: &str) -> ErrorKind {
    let error = render(template, &values()).expect_err("it must not render");
    assert!(!error.to_string().contains("s3cr3t-m4rk"), "{error}");
    error.kind()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test holds the bounds against a real clock"
)]
#[test]
fn runaway_templates_end_at_a_bound() {
    let bombs = [
        r#"{{ define "x" }}{{ template "x" . }}{{ end }}{{ template "x" . }}"#,
        "{{ range until 10000000 }}x{{ end }}",
        "{{ range 9223372036854775807 }}{{ end }}",
        "{{ repeat 999999999 .secret }}",
        "{{ repeat 9223372036854775807 .secret }}",
        "{{ indent 999999999 .secret }}",
        r#"{{ $x := "xxxxxxxxxxxxxxxx" }}{{ range until 60 }}{{ $x = print $x $x }}{{ end }}{{ len $x }}"#,
        r#"{{ $x := "aaaaaaaaaaaaaaaa" }}{{ range until 60 }}{{ $x = replace "a" $x $x }}{{ end }}"#,
        "{{ $l := list 1 }}{{ range until 1000 }}{{ $l = list $l $l }}{{ end }}",
        "{{ $l := list 1 }}{{ range until 60 }}{{ $l = concat $l $l }}{{ end }}",
        r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $d }}"#,
        r#"{{ $d := dict }}{{ $_ := set $d "d" (list $d) }}{{ toJson $d }}"#,
        r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ deepCopy $d }}"#,
        r#"{{ printf "%1000000d%1000000d" 1 1 | repeat 999 }}"#,
        "{{ untilStep 0 9223372036854775807 1 }}",
        "{{ seq 0 1 999999999 }}",
        r#"{{ range until 1000 }}{{ bcrypt "x" }}{{ end }}"#,
        r#"{{ range until 1000 }}{{ $_ := derivePassword 1 "long" "p" "u" "s" }}{{ end }}"#,
        r#"{{ regexMatch "((a{100}){100}){100}" "a" | fail }}{{ mustRegexMatch "a{1000}{1000}" "a" }}"#,
    ];
    for bomb in bombs {
        let started = Instant::now();
        let found = kind(bomb);
        let took = started.elapsed();
        assert!(found != ErrorKind::Parse, "{bomb}");
        assert!(took < Duration::from_secs(30), "{bomb} took {took:?}");
    }
}

#[test]
fn deep_nesting_is_a_parse_error() {
    let parens = format!("{{{{ {}1{} }}}}", "(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(kind(&parens), ErrorKind::Parse);
    let branches = format!("{}{}", "{{if 1}}".repeat(100_000), "{{end}}".repeat(100_000));
    assert_eq!(kind(&branches), ErrorKind::Parse);
    let chain = format!("{{{{if 1}}}}{}{{{{end}}}}", "{{else if 1}}".repeat(100_000));
    assert_eq!(kind(&chain), ErrorKind::Parse);
}

#[test]
fn each_bound_can_be_set() {
    let tight = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        let error = render_within("{{ range until 5000 }}ab{{ end }}", &values(), &limits);
        error.expect_err("a bound is reached").to_string()
    };
    assert!(tight(|limits| limits.steps = 100).ends_with("more than 100 steps"));
    assert!(tight(|limits| limits.output = 100).ends_with("more than 100 bytes of output"));
    assert!(tight(|limits| limits.memory = 100).ends_with("more than 100 bytes of memory"));
    assert!(tight(|limits| limits.depth = 1).ends_with("nested deeper than 1"));
    assert!(tight(|limits| limits.nanoseconds = Some(-1)).ends_with("rendering took too long"));
}

#[test]
fn errors_do_not_quote_values() {
    for template in [
        "{{ .secret.x }}",
        "{{ range .secret }}{{ end }}",
        "{{ mustFromJson .secret }}",
        "{{ mustToDate \"2006\" .secret }}",
        "{{ semver .secret }}",
        "{{ semverCompare .secret \"1\" }}",
        "{{ urlParse (print \":\" .secret) }}",
        "{{ mustRegexMatch (print \"(\" .secret) \"\" }}",
        "{{ mustDateModify .secret now }}",
        "{{ index (list 1) .secret }}",
        "{{ lt .secret 1 }}",
        "{{ eq (list .secret) (list .secret) }}",
        "{{ genCAWithKey \"x\" 1 .secret }}",
        "{{ genSelfSignedCertWithKey \"x\" (list .secret) nil 1 (genPrivateKey \"ed25519\") }}",
        "{{ decryptAES \"x\" .secret }}",
        "{{ template .secret }}",
        "{{ concat .secret }}",
    ] {
        kind(template);
    }
}

#[test]
fn a_template_is_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&Template::parse("key", "{{ .a }}").expect("it parses"));
}
