//! SealedSecrets with templates: rendered where the result is to be used, kept where it is to be sealed again.

use sealkit::template::{Host, utc_only};
use sealkit::{Action, OpenOptions, Outcome, Problems, SealOptions};

use crate::support::{NOW, cluster, open, parse, rng, seal};

/// What an author has before sealing: values, and templates over them where a SealedSecret has them.
const PLAIN: &str = "\
apiVersion: v1
kind: Secret
metadata:
  name: db
  namespace: shop
  labels: {app: shop}
type: Opaque
stringData:
  # rotate yearly
  user: ann # ask her
  password: hunter2-hunter2
  token: t0ken-t0ken
spec:
  template:
    data:
      # what the app reads
      url: \"postgres://{{ .user }}:{{ .password | urlquery }}@db\" # one line
      config.ini: |
        [db]
        user = {{ .user | upper }}
        raw = {{ index . \"url\" }}
        gone = {{ .token | trunc 2 }}
      user: never
      token: null
";

fn sealed() -> String {
    seal(PLAIN, &cluster().0).expect("a Secret with templates")
}

fn rendered(text: &str, options: &OpenOptions) -> Result<Outcome, Problems> {
    let mut rng = rng(7);
    let host = Host {
        clock: &|| i128::from(NOW) * 1_000_000_000,
        zones: &utc_only,
        rng: &mut rng,
    };
    sealkit::open_rendered(&parse(text), &cluster().1, options, host)
}

fn text(text: &str) -> String {
    let outcome = rendered(text, &OpenOptions::default()).unwrap_or_else(|problems| panic!("{problems}"));
    outcome.stream.expect("it was sealed").as_str().to_owned()
}

#[test]
fn the_result_is_the_secret_that_the_controller_makes() {
    let outcome = rendered(&sealed(), &OpenOptions::default()).expect("it opens");
    assert_eq!(
        outcome.stream.expect("it was sealed").as_str(),
        "\
apiVersion: v1
kind: Secret
metadata:
  name: db
  namespace: shop
  labels: {app: shop}
type: Opaque
stringData:
  # rotate yearly
  user: ann # ask her
  password: hunter2-hunter2
  # what the app reads
  url: \"postgres://ann:hunter2-hunter2@db\" # one line
  config.ini: |
    [db]
    user = ANN
    raw = postgres://{{ .user }}:{{ .password | urlquery }}@db
    gone = t0
"
    );
    let entry = &outcome.report.entries[0];
    assert_eq!(entry.action, Action::Opened);
    assert_eq!(entry.items, ["user", "password", "url", "config.ini"]);
    let [note] = &entry.notes[..] else {
        panic!("{:?}", entry.notes)
    };
    assert!(
        note.message
            .contains("rendered, as the controller does it: url, config.ini, user, token")
    );
}

#[test]
fn opening_for_a_while_keeps_the_templates_through_sealing_again() {
    let (sealing, keyring) = cluster();
    let sealed = sealed();
    let opened = open(&sealed, &keyring).expect("it opens");
    assert_eq!(opened, PLAIN);
    let again = sealkit::reseal(
        &parse(&sealed),
        &parse(&opened.replace("hunter2-hunter2", "hunter3-hunter3")),
        &sealing,
        &keyring,
        &SealOptions::at(NOW),
        &mut rng(8),
    );
    let again = again.expect("it seals").stream.expect("a value changed");
    assert!(text(again.as_str()).contains("postgres://ann:hunter3-hunter3@db"));
    assert!(text(&seal(&opened, &sealing).expect("it seals")).contains("postgres://ann:hunter2-hunter2@db"));
}

#[test]
fn documents_of_every_shape_take_the_results_in() {
    let head = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\n";
    let cases = [
        (
            "templates alone",
            format!("{head}spec:\n  template:\n    data:\n      a: x{{{{ 1 }}}}\n      b: null\n"),
            vec![("a", "x1")],
        ),
        (
            "flow",
            format!("{head}stringData: {{k: \"v\"}}\nspec: {{template: {{data: {{a: \"<{{{{ .k }}}}>\"}}}}}}\n"),
            vec![("k", "v"), ("a", "<v>")],
        ),
        (
            "a block into a flow",
            format!("{head}stringData: {{k: \"v\"}}\nspec:\n  template:\n    data:\n      a: |\n        {{{{ .k }}}}\n        b\n"),
            vec![("k", "v"), ("a", "v\nb\n")],
        ),
        (
            "every sealed value is only for the templates",
            format!("{head}stringData:\n  k: v\nspec:\n  template:\n    data:\n      k: null\n      a: <{{{{ .k }}}}>\n"),
            vec![("a", "<v>")],
        ),
        (
            "nothing is left",
            format!("{head}stringData:\n  k: v\nspec:\n  template:\n    data:\n      k: null\n"),
            vec![],
        ),
        (
            "JSON",
            "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Secret\",\n  \"metadata\": {\"name\": \"db\", \"namespace\": \"shop\"},\n  \
             \"stringData\": {\n    \"k\": \"v\"\n  },\n  \"spec\": {\"template\": {\"data\": {\"a\": \"<{{ .k }}>\\n\"}}}\n}\n"
                .to_owned(),
            vec![("k", "v"), ("a", "<v>\n")],
        ),
        (
            "an empty result",
            format!("{head}stringData:\n  k: v\nspec:\n  template:\n    data:\n      a: '{{{{ if false }}}}x{{{{ end }}}}'\n"),
            vec![("k", "v"), ("a", "")],
        ),
        (
            "CRLF",
            format!("{head}stringData:\n  k: v\nspec:\n  template:\n    data:\n      a: |\n        {{{{ .k }}}}\n        b\n")
                .replace('\n', "\r\n"),
            vec![("k", "v"), ("a", "v\nb\n")],
        ),
    ];
    for (what, plain, expected) in cases {
        let sealed = seal(&plain, &cluster().0).unwrap_or_else(|problems| panic!("{what}: {problems}"));
        let opened = text(&sealed);
        let stream = parse(&opened);
        let object = stream.objects().next().expect(what);
        assert!(object.at(&["spec"]).is_none(), "{what}:\n{opened}");
        let items = object.at(&["stringData"]);
        let items: Vec<_> = items
            .iter()
            .flat_map(|items| items.entries())
            .map(|entry| {
                (
                    entry.key.into_owned(),
                    entry.value.as_str().expect(what).into_owned(),
                )
            })
            .collect();
        let items: Vec<_> = items.iter().map(|(key, value)| (&**key, &**value)).collect();
        assert_eq!(items, expected, "{what}:\n{opened}");
    }
}

#[test]
fn a_result_that_is_no_text_becomes_data() {
    let plain = PLAIN.replace("user: never", "bytes: '{{ \"gICA\" | b64dec }}'");
    let opened = text(&seal(&plain, &cluster().0).expect("it seals"));
    assert!(opened.contains("\ndata:\n  bytes: 'gICA'\n"), "{opened}");
    assert!(
        opened.contains("\nstringData:\n  # rotate yearly\n  user: ann"),
        "{opened}"
    );
}

#[test]
fn the_time_and_the_dice_are_given() {
    let template = "'{{ now | date \"2006-01-02\" }} {{ randAlpha 8 | len }} {{ genPrivateKey \"ed25519\" | trunc 10 }}'";
    let plain = PLAIN.replace("user: never", &format!("made: {template}"));
    let opened = text(&seal(&plain, &cluster().0).expect("it seals"));
    assert!(opened.contains("made: '2026-01-01 8 -----BEGIN'"), "{opened}");
}

#[test]
fn a_template_that_fails_is_named_with_its_line_in_the_file() {
    let plain = PLAIN
        .replace("user = {{ .user | upper }}", "user = {{ .user.x }}")
        .replace("user: never", "port: 5432")
        .replace("{{ .user }}:", "{{ env `HOME` }}:");
    let sealed = seal(&plain, &cluster().0).expect("it seals");
    let problems = rendered(&sealed, &OpenOptions::default()).expect_err("three fail");
    let line = |needle: &str| {
        sealed
            .lines()
            .position(|line| line.contains(needle))
            .expect(needle)
            + 1
    };
    let expected = [
        (line("url: \"postgres"), "function \"env\" not defined"),
        (line("user = {{"), "template: config.ini:2:"),
        (line("port: 5432"), "it is no text"),
    ];
    assert_eq!(problems.iter().count(), expected.len(), "{problems}");
    for (problem, (line, why)) in problems.iter().zip(expected) {
        assert_eq!(problem.place().expect("a place").location.line, line, "{problem}");
        assert!(
            problem.why().expect("a reason").contains(why),
            "{:?}",
            problem.why()
        );
    }
    let options = OpenOptions {
        partial: true,
        ..OpenOptions::default()
    };
    let outcome = rendered(&sealed, &options).expect("the rest");
    let entry = &outcome.report.entries[0];
    assert_eq!(
        (&entry.action, &entry.items[..]),
        (
            &Action::PartlyOpened,
            &["user".to_owned(), "password".to_owned()][..]
        )
    );
    assert_eq!(entry.notes.len(), 4, "{:?}", entry.notes);
}

#[test]
fn nothing_is_rendered_over_half_of_the_values() {
    let sealed = sealed().replacen("password: AQ", "password: ZZ", 1);
    rendered(&sealed, &OpenOptions::default()).expect_err("a value does not open");
    let options = OpenOptions {
        partial: true,
        ..OpenOptions::default()
    };
    let outcome = rendered(&sealed, &options).expect("the rest");
    let opened = outcome.stream.expect("something opened");
    assert!(
        opened.as_str().contains("  template:\n    data:\n"),
        "{}",
        opened.as_str()
    );
    assert!(!opened.as_str().contains("password: "), "{}", opened.as_str());
    assert_eq!(outcome.report.entries[0].action, Action::PartlyOpened);
}

#[test]
fn a_bomb_is_stopped() {
    let bomb = "{{ range until 100000 }}{{ range until 100000 }}x{{ end }}{{ end }}";
    let plain = PLAIN.replace("user: never", &format!("bomb: '{bomb}'"));
    let sealed = seal(&plain, &cluster().0).expect("it seals");
    let problems = rendered(&sealed, &OpenOptions::default()).expect_err("it would never end");
    assert!(
        problems
            .iter()
            .any(|problem| problem.why().is_some_and(|why| why.contains("more than")))
    );
}
