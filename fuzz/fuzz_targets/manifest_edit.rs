//! Edits of any file: what is accepted does what was meant, and leaves every other byte alone.
//! The last four bytes of an input choose the change, what stands before them is the file.
//! Seeds: manifests, examples, yaml-test-suite, native/valid
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealkit_manifest::{Change, New, Node, NodeKind, Object, Path, Position, Scalar, Stream, Target};

fuzz_target!(|input: &[u8]| {
    let Some((text, choice)) = input.split_last_chunk::<4>() else {
        return;
    };
    let Ok(stream) = Stream::parse("input.yaml", text) else {
        return;
    };
    for object in stream.objects() {
        change_one(&stream, &object, *choice);
    }
});

fn change_one(stream: &Stream, object: &Object<'_>, [kind, which, other, value]: [u8; 4]) {
    let mut places = Vec::new();
    collect(&object.root(), Path::root(), &mut places);
    let pick = |index: u8| places[usize::from(index) % places.len()].clone();
    let target = |path: Path| Target::new(object.id(), path);
    let text = VALUES[usize::from(value) % VALUES.len()].to_owned();
    let (path, _) = pick(which);
    let parent = target(pick(other).0);
    let at = [Position::First, Position::Last, Position::Sorted][usize::from(other) % 3].clone();
    let change = match kind % 7 {
        0 => Change::Set {
            target: target(path.clone()),
            value: Scalar::string(&text),
        },
        1 => Change::Remove {
            target: target(path.clone()),
        },
        2 => Change::Rename {
            target: target(path.clone()),
            key: text.clone(),
        },
        3 => Change::Insert {
            parent,
            key: text.clone(),
            value: New::string(&text),
            at,
        },
        4 => Change::Replace {
            target: target(path.clone()),
            value: New::Mapping(vec![(text.clone(), New::string(&text))]),
        },
        5 => Change::Move {
            target: target(path.clone()),
            parent,
            at,
            key: Some(text.clone()),
        },
        _ => Change::Append {
            sequence: target(path.clone()),
            value: New::string(&text),
        },
    };
    let edited = match stream.edit(std::slice::from_ref(&change)) {
        Ok(edited) => edited,
        Err(error) => return sealkit_fuzz::explain(&error, error.why(), error.hint()),
    };
    let again = Stream::parse("input.yaml", edited.as_str().as_bytes()).expect("an edited file is a file");
    assert_eq!(again.objects().count(), edited.objects().count());
    if let Change::Set { .. } = change {
        set_touches_nothing_else(stream, &edited, object, &path, &text);
    }
}

fn set_touches_nothing_else(before: &Stream, after: &Stream, object: &Object<'_>, path: &Path, text: &str) {
    let span = object.get(path).expect("the target was there").span();
    let (before, after_text) = (before.as_str(), after.as_str());
    let (head, tail) = (without_tag(&before[..span.start]), &before[span.end..]);
    assert!(after_text.starts_with(head), "text in front of the value changed");
    assert!(
        after_text.ends_with(tail.trim_start_matches([' ', '\n', '\r']))
            || stands_behind_a_header(&after_text[head.len()..], tail),
        "text behind the value changed"
    );
    // the object may have been renamed away from being one: then there is nothing to look at
    if after.objects().count() == object.stream().objects().count() {
        let now = after
            .object(object.id())
            .get(path)
            .expect("the target is there")
            .as_str()
            .map(|s| s.into_owned());
        assert_eq!(now.as_deref(), Some(text));
    }
}

/// Whether the new value became a block scalar: the rest of the old line stands behind its header, what was below it
/// below its lines.
fn stands_behind_a_header(value: &str, tail: &str) -> bool {
    let (rest, below) = tail.split_once('\n').unwrap_or((tail, ""));
    let header = value.lines().next().unwrap_or_default();
    header.trim_start().starts_with(['|', '>'])
        && header.ends_with(rest.trim_end_matches('\r'))
        && value.ends_with(below)
}

/// The text in front of a value without the value's tag, which a set takes away.
fn without_tag(head: &str) -> &str {
    let end = head.trim_end_matches([' ', '\t', '\n', '\r']);
    let token = end.rfind([' ', '\t', '\n', '\r']).map_or(0, |blank| blank + 1);
    if end[token..].starts_with('!') {
        &end[..token]
    } else {
        head
    }
}

const VALUES: &[&str] = &[
    "",
    "plain",
    "on",
    "1_000",
    "~",
    "<<",
    "two\nlines\n",
    " led by a space",
    "- dash",
    "colon: here",
    "# hash",
    "\u{85}\u{2028}",
    "tab\there",
    "quote ' and \"",
    "ends with newline\n\n",
    "123",
    "{",
    "*alias",
    "\u{1f511}",
];

/// Every node below this one with its path, keys that are no strings and what aliases name left out.
fn collect<'a>(node: &Node<'a>, path: Path, places: &mut Vec<(Path, Node<'a>)>) {
    if places.len() >= 256 {
        return;
    }
    places.push((path.clone(), *node));
    match node.kind() {
        NodeKind::Mapping => node
            .entries()
            .for_each(|entry| collect(&entry.value, path.key(entry.key.clone().into_owned()), places)),
        NodeKind::Sequence => node
            .items()
            .enumerate()
            .for_each(|(i, item)| collect(&item, path.index(i), places)),
        _ => {}
    }
}
