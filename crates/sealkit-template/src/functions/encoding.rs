//! Base64, base32 and digests.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Answer, Function, function, text};
use crate::exec::Tools;

pub(super) const TABLE: &[Function] = &[
    function("b64enc", "s", |tools, a| tools.text(STANDARD.encode(text(a, 0)))),
    function("b64dec", "s", |tools, a| match base64(text(a, 0)) {
        Ok(bytes) => tools.text(bytes),
        Err(at) => tools.text(format!("illegal base64 data at input byte {at}")),
    }),
    function("b32enc", "s", |tools, a| tools.text(base32(text(a, 0)))),
    function("b32dec", "s", |tools, a| match unbase32(text(a, 0)) {
        Ok(bytes) => tools.text(bytes),
        Err(at) => tools.text(format!("illegal base32 data at input byte {at}")),
    }),
    function("sha1sum", "s", |tools, a| {
        hexadecimal(
            tools,
            digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, text(a, 0)).as_ref(),
        )
    }),
    function("sha256sum", "s", |tools, a| {
        hexadecimal(tools, digest::digest(&digest::SHA256, text(a, 0)).as_ref())
    }),
    function("sha512sum", "s", |tools, a| {
        hexadecimal(tools, digest::digest(&digest::SHA512, text(a, 0)).as_ref())
    }),
    function("adler32sum", "s", |tools, a| {
        let (mut low, mut high) = (1u32, 0u32);
        for byte in text(a, 0) {
            low = (low + u32::from(*byte)) % 65521;
            high = (high + low) % 65521;
        }
        tools.text((high << 16 | low).to_string())
    }),
];

fn hexadecimal(tools: &mut Tools<'_>, bytes: &[u8]) -> Answer {
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    tools.text(text)
}

/// The standard alphabet with padding; line ends anywhere and loose last bits are taken, as Go takes them. Otherwise
/// the place of the first byte that does not fit.
pub(super) fn base64(text: &[u8]) -> Result<Vec<u8>, usize> {
    let value = |byte: u8| {
        Some(match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        })
    };
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut input = text
        .iter()
        .enumerate()
        .filter(|(_, byte)| !matches!(byte, b'\r' | b'\n'));
    let (mut bits, mut count) = (0u32, 0u32);
    while let Some((at, byte)) = input.next() {
        if let Some(six) = value(*byte) {
            bits = bits << 6 | u32::from(six);
            count += 1;
            if count == 4 {
                out.extend(&bits.to_be_bytes()[1..]);
                (bits, count) = (0, 0);
            }
            continue;
        }
        if *byte != b'=' || count < 2 {
            return Err(at);
        }
        if count == 2 {
            match input.next() {
                Some((_, b'=')) => {}
                Some((at, _)) => return Err(at),
                None => return Err(text.len()),
            }
        }
        if let Some((at, _)) = input.next() {
            return Err(at);
        }
        bits <<= 6 * (4 - count);
        out.extend(&bits.to_be_bytes()[1..count as usize]);
        return Ok(out);
    }
    match count {
        0 => Ok(out),
        // Go points at the start of the group that was cut short
        count => Err(text.len() - count as usize),
    }
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn base32(bytes: &[u8]) -> String {
    let mut out = String::new();
    for group in bytes.chunks(5) {
        let mut padded = [0; 8];
        padded[3..3 + group.len()].copy_from_slice(group);
        let bits = u64::from_be_bytes(padded);
        let used = (group.len() * 8).div_ceil(5);
        for index in 0..8 {
            let five = bits >> (35 - 5 * index) & 31;
            out.push(if index < used {
                char::from(BASE32[five as usize])
            } else {
                '='
            });
        }
    }
    out
}

fn unbase32(text: &[u8]) -> Result<Vec<u8>, usize> {
    let clean: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    let mut out = Vec::new();
    for (index, group) in clean.chunks(8).enumerate() {
        let used = group.iter().position(|byte| *byte == b'=').unwrap_or(group.len());
        let mut bits = 0u64;
        for (at, byte) in group[..used].iter().enumerate() {
            let five = BASE32
                .iter()
                .position(|known| known == byte)
                .ok_or(index * 8 + at)?;
            bits |= (five as u64) << (35 - 5 * at);
        }
        let padding = group[used..].iter().all(|byte| *byte == b'=');
        let last = (index + 1) * 8 >= clean.len();
        if group.len() < 8 || !padding || !matches!(used, 2 | 4 | 5 | 7 | 8) || used < 8 && !last {
            return Err(match group.len() {
                8 => index * 8 + used,
                // a group that was cut short: Go points at its start, or at the end if padding had begun
                length if used == length => index * 8,
                _ => clean.len(),
            });
        }
        out.extend(&bits.to_be_bytes()[3..3 + used * 5 / 8]);
    }
    Ok(out)
}
