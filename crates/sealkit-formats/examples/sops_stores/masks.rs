//! What no two runs share: ciphertext, wrapped keys, times. Types and lengths stay.

/// The text with tokens as `<type length>`, armors and times blanked.
pub(crate) fn masked(closed: &[u8]) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(closed) else {
        return closed.to_vec();
    };
    let text = armors(text);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, token, after)) = between(rest, "ENC[AES256_GCM,data:", "]") {
        let (data, fields) = token.split_once(',').unwrap_or((token, ""));
        let kind = fields.rsplit(':').next().unwrap_or_default();
        out.push_str(&format!("{before}<{kind} {}>", data.len()));
        rest = after;
    }
    out.push_str(rest);
    let lines = out
        .split_inclusive('\n')
        .map(|line| match line.find("lastmodified") {
            Some(at) => format!("{}<time>\n", &line[..at]),
            None => line.to_owned(),
        });
    lines.collect::<String>().into_bytes()
}

fn armors(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, _, after)) = between(rest, "-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE") {
        out.push_str(before);
        out.push_str("<armor>");
        rest = after;
    }
    out + rest
}

fn between<'t>(text: &'t str, from: &str, to: &str) -> Option<(&'t str, &'t str, &'t str)> {
    let start = text.find(from)?;
    let inner = &text[start + from.len()..];
    let end = inner.find(to)?;
    Some((&text[..start], &inner[..end], &inner[end + to.len()..]))
}
