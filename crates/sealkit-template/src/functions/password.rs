//! Randomness for people: passwords, identifiers, shuffled strings; and passwords that are derived.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Answer, Function, function, int, text};
use crate::exec::Tools;
use crate::text::chars;
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    function("randAlphaNum", "i", |tools, a| {
        random(tools, int(a, 0), |c| c.is_ascii_alphanumeric())
    }),
    function("randAlpha", "i", |tools, a| {
        random(tools, int(a, 0), |c| c.is_ascii_alphabetic())
    }),
    function("randNumeric", "i", |tools, a| {
        random(tools, int(a, 0), |c| c.is_ascii_digit())
    }),
    function("randAscii", "i", |tools, a| {
        random(tools, int(a, 0), |c| c.is_ascii_graphic() || *c == b' ')
    }),
    function("randBytes", "i", |tools, a| {
        let Ok(count) = usize::try_from(int(a, 0)) else {
            return Err("runtime error: makeslice: len out of range".into());
        };
        tools.memory(count.saturating_mul(3))?;
        let mut bytes = vec![0; count];
        tools.host.rng.fill_bytes(&mut bytes);
        Ok(Value::text(STANDARD.encode(bytes)))
    }),
    function("uuidv4", "", |tools, _| {
        let mut bytes = [0; 16];
        tools.host.rng.fill_bytes(&mut bytes);
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let parts = [
            &digits[..8],
            &digits[8..12],
            &digits[12..16],
            &digits[16..20],
            &digits[20..],
        ];
        tools.text(parts.join("-"))
    }),
    function("shuffle", "s", |tools, a| {
        let mut letters: Vec<char> = chars(text(a, 0)).collect();
        tools.step(letters.len())?;
        for index in (1..letters.len()).rev() {
            let other = below(tools, index as u64 + 1);
            letters.swap(index, other as usize);
        }
        tools.text(String::from_iter(letters))
    }),
    function("derivePassword", "ussss", derive),
];

/// A number below a bound, every one as likely.
pub(super) fn below(tools: &mut Tools<'_>, bound: u64) -> u64 {
    let usable = u64::MAX - u64::MAX % bound;
    loop {
        let drawn = tools.host.rng.next_u64();
        if drawn < usable {
            return drawn % bound;
        }
    }
}

fn random(tools: &mut Tools<'_>, count: i64, allowed: fn(&u8) -> bool) -> Answer {
    // the helper answers nothing where it is asked for less than nothing
    let count = usize::try_from(count).unwrap_or(0);
    tools.memory(count)?;
    tools.step(count / 8)?;
    let letters: Vec<u8> = (0..=0x7f).filter(allowed).collect();
    let mut out = Vec::with_capacity(count);
    for _ in 0..count {
        out.push(letters[below(tools, letters.len() as u64) as usize]);
    }
    Ok(Value::text(out))
}

const SEED: &[u8] = b"com.lyndir.masterpassword";

/// What scrypt costs here, in steps: a tenth of a second and 32 MB.
const SCRYPT_STEPS: usize = 60_000;

fn patterns(kind: &[u8]) -> Option<&'static [&'static str]> {
    Some(match kind {
        b"maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        b"long" => &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
        b"medium" => &["CvcnoCvc", "CvcCvcno"],
        b"short" => &["Cvcn"],
        b"basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        b"pin" => &["nnnn"],
        _ => return None,
    })
}

fn letters(class: u8) -> &'static [u8] {
    match class {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// The Master Password algorithm of Lyndir.
fn derive(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let (password, user, site) = (text(a, 2), text(a, 3), text(a, 4));
    let Some(patterns) = patterns(text(a, 1)) else {
        let kind = crate::text::lossy(text(a, 1));
        return tools.text(format!("cannot find password template {kind}"));
    };
    tools.step(SCRYPT_STEPS)?;
    let counted = |text: &[u8]| [&(text.len() as u32).to_be_bytes()[..], text].concat();
    let salt = [SEED, &counted(user)].concat();
    let mut key = zeroize::Zeroizing::new([0; 64]);
    let params = scrypt::Params::new(15, 8, 2).map_err(|_| "scrypt parameters")?;
    scrypt::scrypt(password, &salt, &params, &mut *key).map_err(|_| "scrypt")?;
    let message = [SEED, &counted(site), &(int(a, 0) as u32).to_be_bytes()].concat();
    let seed = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &*key), &message);
    let seed = seed.as_ref();
    let pattern = patterns[usize::from(seed[0]) % patterns.len()];
    let out: Vec<u8> = pattern
        .bytes()
        .zip(&seed[1..])
        .map(|(class, drawn)| {
            let letters = letters(class);
            letters[usize::from(*drawn) % letters.len()]
        })
        .collect();
    tools.text(out)
}
