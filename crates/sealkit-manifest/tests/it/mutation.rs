//! The mutation test: change every scalar of a corpus, one at a time and all at once, and compare every byte outside the
//! spans; on the files as they are and on their CRLF and BOM twins, and on twins that mix line endings.

use std::ops::Range;

use sealkit_manifest::{Change, EditError, Node, NodeKind, Object, Stream, Style, Target};

const NEW: &str = "changed";

struct Spot {
    target: Target,
    /// The bytes that may change.
    span: Range<usize>,
}

/// The corpus with its twins.
fn corpus() -> Vec<(String, String)> {
    let mut out = Vec::new();
    for case in sealkit_testdata::cases("manifests") {
        let file = case.path.file_name().unwrap().to_str().unwrap().to_owned();
        let manifest = file.ends_with(".yaml") || file.ends_with(".json");
        if !manifest || matches!(file.as_str(), "duplicate-key.yaml" | "helm-template.yaml") {
            continue;
        }
        let text = case.text();
        let lf = text.replace("\r\n", "\n");
        out.push((format!("{file}, CRLF"), lf.replace('\n', "\r\n")));
        out.push((format!("{file}, CRLF in front"), mixed(&lf, |line| line == 0)));
        out.push((format!("{file}, LF in front"), mixed(&lf, |line| line > 0)));
        out.push((format!("{file}, in turn"), mixed(&lf, |line| line % 2 == 0)));
        out.push((
            format!("{file}, BOM"),
            format!("\u{feff}{}", text.trim_start_matches('\u{feff}')),
        ));
        out.push((file, text));
    }
    out
}

/// The text with CRLF behind the lines that are chosen by number, and LF behind the others.
fn mixed(lf: &str, is_crlf: impl Fn(usize) -> bool) -> String {
    let lines = lf.split_inclusive('\n').enumerate();
    let ended = |(number, line): (usize, &str)| match line.strip_suffix('\n') {
        Some(body) if is_crlf(number) => format!("{body}\r\n"),
        _ => line.to_owned(),
    };
    lines.map(ended).collect()
}

fn spots(object: &Object<'_>) -> Vec<Spot> {
    let mut spots = Vec::new();
    collect(object, object.root(), &mut spots);
    spots
}

fn collect(object: &Object<'_>, node: Node<'_>, spots: &mut Vec<Spot>) {
    match node.kind() {
        NodeKind::Mapping => node
            .entries()
            .for_each(|entry| collect(object, entry.value, spots)),
        NodeKind::Sequence => node.items().for_each(|item| collect(object, item, spots)),
        NodeKind::Alias => {}
        _ => {
            let skip = object.document_path().segments().len();
            let path = node.path().segments()[skip..].to_vec().into();
            // A block scalar's last line break stays.
            let start = node.span().start;
            let span = start..start + node.raw().trim_end_matches(['\r', '\n']).len();
            spots.push(Spot {
                target: Target::new(object.id(), path),
                span,
            });
        }
    }
}

/// The text outside the spans: what no change may touch. The space after a colon belongs to a value that was left out.
fn outside(text: &str, spans: &[Range<usize>]) -> String {
    let mut out = String::new();
    let mut at = 0;
    for span in spans {
        out.push_str(&text[at..span.start]);
        out.push('\u{0}');
        at = span.end;
    }
    out.push_str(&text[at..]);
    out
}

/// Where the changed values stand now.
fn changed_spans(stream: &Stream, spots: &[&Spot]) -> Vec<Range<usize>> {
    spots
        .iter()
        .map(|spot| {
            let node = stream.object(spot.target.object).get(&spot.target.path).unwrap();
            assert_eq!(node.as_str().as_deref(), Some(NEW));
            node.span().start..node.span().end
        })
        .collect()
}

fn compare(name: &str, before: &Stream, after: &Stream, spots: &[&Spot]) {
    let old: Vec<_> = spots.iter().map(|spot| spot.span.clone()).collect();
    let old_outside = outside(before.as_str(), &old);
    let new_outside = outside(after.as_str(), &changed_spans(after, spots));
    assert_eq!(unfolded(&old_outside), unfolded(&new_outside), "{name}");
}

/// A value that was left out has no space in front of it; its successor has one.
fn unfolded(text: &str) -> String {
    text.replace(" \u{0}", "\u{0}")
}

fn mutate(name: &str, text: &str) -> usize {
    let stream = Stream::parse(name, text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
    let spots: Vec<Spot> = stream.objects().flat_map(|object| spots(&object)).collect();
    let set = |spot: &Spot| Change::Set {
        target: spot.target.clone(),
        value: NEW.into(),
    };
    let mut editable = Vec::new();
    for spot in &spots {
        match stream.edit(&[set(spot)]) {
            // kind and apiVersion decide where objects are.
            Ok(edited) if edited.object_ids().count() == stream.object_ids().count() => {
                compare(name, &stream, &edited, &[spot]);
                editable.push(spot);
            }
            Ok(_) => {}
            Err(EditError::AnchorInUse { .. }) => {}
            Err(error) => panic!("{name}: {error:?}"),
        }
    }
    let changes: Vec<Change> = editable.iter().map(|spot| set(spot)).collect();
    let edited = stream.edit(&changes).unwrap();
    if edited.object_ids().count() == stream.object_ids().count() {
        compare(name, &stream, &edited, &editable);
    }
    editable.len()
}

#[test]
fn changing_any_scalar_changes_no_other_byte() {
    let corpus = corpus();
    let changed: usize = corpus.iter().map(|(name, text)| mutate(name, text)).sum();
    assert!(
        corpus.len() >= 60 && changed > 1000,
        "{} files, {changed} values",
        corpus.len()
    );
}

#[test]
fn the_corpus_has_every_style() {
    let mut styles = Vec::new();
    for (name, text) in corpus() {
        let stream = Stream::parse(&name, text.as_bytes()).unwrap();
        let mut todo: Vec<Node<'_>> = stream.documents().collect();
        while let Some(node) = todo.pop() {
            if !styles.contains(&node.style()) {
                styles.push(node.style());
            }
            todo.extend(node.entries().map(|entry| entry.value));
            if !node.is_alias() {
                todo.extend(node.items());
            }
        }
    }
    for style in [
        Style::Plain,
        Style::SingleQuoted,
        Style::DoubleQuoted,
        Style::Literal,
        Style::Folded,
        Style::Block,
        Style::Flow,
        Style::Alias,
    ] {
        assert!(styles.contains(&style), "{style:?}");
    }
}
