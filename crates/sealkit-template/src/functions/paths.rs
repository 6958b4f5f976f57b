//! Slash-separated paths, by their text alone. The functions of the operating system are the same ones here.

use super::{Answer, Function, function, text};
use crate::exec::Tools;
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    function("base", "s", base),
    function("osBase", "s", base),
    function("dir", "s", dir),
    function("osDir", "s", dir),
    function("clean", "s", |tools, a| tools.text(clean(text(a, 0)))),
    function("osClean", "s", |tools, a| tools.text(clean(text(a, 0)))),
    function("ext", "s", ext),
    function("osExt", "s", ext),
    function("isAbs", "s", |_, a| Ok(Value::Bool(text(a, 0).starts_with(b"/")))),
    function("osIsAbs", "s", |_, a| {
        Ok(Value::Bool(text(a, 0).starts_with(b"/")))
    }),
];

fn base(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let path = text(a, 0);
    let end = path.iter().rposition(|byte| *byte != b'/').map_or(0, |at| at + 1);
    let start = path[..end]
        .iter()
        .rposition(|byte| *byte == b'/')
        .map_or(0, |at| at + 1);
    let name = match (path, &path[start..end]) {
        (b"", _) => b".".as_slice(),
        (_, b"") => b"/",
        (_, name) => name,
    };
    tools.text(name)
}

fn dir(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let path = text(a, 0);
    let end = path.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    tools.text(clean(&path[..end]))
}

fn ext(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let path = text(a, 0);
    let name = path.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    let dot = path[name..].iter().rposition(|byte| *byte == b'.');
    tools.text(dot.map_or(b"".as_slice(), |at| &path[name + at..]))
}

/// The shortest path that means the same.
fn clean(path: &[u8]) -> Vec<u8> {
    let rooted = path.starts_with(b"/");
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => match parts.last() {
                Some(last) if *last != b".." => {
                    parts.pop();
                }
                _ if rooted => {}
                _ => parts.push(part),
            },
            _ => parts.push(part),
        }
    }
    let joined = parts.join(&b'/');
    match (rooted, joined.is_empty()) {
        (true, _) => [b"/", &joined[..]].concat(),
        (false, true) => b".".to_vec(),
        (false, false) => joined,
    }
}
