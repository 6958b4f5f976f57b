//! bcrypt, htpasswd, and AES as sprig uses it.

use aws_lc_rs::cipher::{
    AES_256, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey,
    UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use blowfish::Blowfish;

use super::encoding::base64;
use super::{Answer, Function, function, text};
use crate::error::Fault;
use crate::exec::Tools;
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    function("bcrypt", "s", |tools, a| {
        let hash = bcrypt(tools, text(a, 0))?;
        tools.text(hash)
    }),
    function("htpasswd", "ss", |tools, a| {
        let user = text(a, 0);
        if user.contains(&b':') {
            return tools.text([b"invalid username: ", user].concat());
        }
        let hash = bcrypt(tools, text(a, 1))?;
        tools.text([user, b":", hash.as_bytes()].concat())
    }),
    function("encryptAES", "ss", encrypt),
    function("decryptAES", "ss", decrypt),
];

/// What bcrypt costs here, in steps: some fifty milliseconds.
const BCRYPT_STEPS: usize = 40_000;
const COST: u32 = 10;
const ALPHABET: &[u8; 64] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn bcrypt(tools: &mut Tools<'_>, password: &[u8]) -> Result<String, Fault> {
    if password.len() > 72 {
        return Ok(
            "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes".to_owned(),
        );
    }
    tools.step(BCRYPT_STEPS)?;
    let mut salt = [0; 16];
    tools.host.rng.fill_bytes(&mut salt);
    let key = zeroize::Zeroizing::new([password, b"\0"].concat());
    let mut state = Blowfish::bc_init_state();
    state.salted_expand_key(&salt, &key);
    for _ in 0..1u32 << COST {
        state.bc_expand_key(&key);
        state.bc_expand_key(&salt);
    }
    let mut words = [
        0x4f72_7068,
        0x6561_6e42,
        0x6568_6f6c,
        0x6465_7253,
        0x6372_7944,
        0x6f75_6274,
    ];
    for pair in words.chunks_exact_mut(2) {
        for _ in 0..64 {
            let out = state.bc_encrypt([pair[0], pair[1]]);
            pair.copy_from_slice(&out);
        }
    }
    let hash: Vec<u8> = words.iter().flat_map(|word: &u32| word.to_be_bytes()).collect();
    Ok(format!("$2a${COST}${}{}", letters(&salt), letters(&hash[..23])))
}

/// Base64 in bcrypt's own order of letters.
fn letters(bytes: &[u8]) -> String {
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let mut padded = [0; 4];
        padded[1..=group.len()].copy_from_slice(group);
        let bits = u32::from_be_bytes(padded);
        for index in 0..=group.len() {
            out.push(char::from(ALPHABET[(bits >> (18 - 6 * index) & 63) as usize]));
        }
    }
    out
}

/// The password, cut or padded with zeros to the length of a key.
fn key(password: &[u8]) -> Result<UnboundCipherKey, Fault> {
    let mut key = zeroize::Zeroizing::new([0; 32]);
    let length = password.len().min(32);
    key[..length].copy_from_slice(&password[..length]);
    UnboundCipherKey::new(&AES_256, &*key).map_err(|_| "crypto/aes: invalid key".into())
}

fn encrypt(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    if text(a, 1).is_empty() {
        return Ok(a[1].clone());
    }
    let mut data = text(a, 1).to_vec();
    let mut iv = [0; 16];
    tools.host.rng.fill_bytes(&mut iv);
    let cipher = PaddedBlockEncryptingKey::cbc_pkcs7(key(text(a, 0))?).map_err(|_| "crypto/aes")?;
    let context = EncryptionContext::Iv128(FixedLength::from(iv));
    cipher
        .less_safe_encrypt(&mut data, context)
        .map_err(|_| "crypto/aes")?;
    tools.text(STANDARD.encode([&iv[..], &data].concat()))
}

fn decrypt(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    if text(a, 1).is_empty() {
        return Ok(a[1].clone());
    }
    let data = base64(text(a, 1)).map_err(|at| format!("illegal base64 data at input byte {at}"))?;
    let Some((iv, sealed)) = data.split_first_chunk::<16>() else {
        return Err("runtime error: slice bounds out of range".into());
    };
    if sealed.is_empty() || !sealed.len().is_multiple_of(16) {
        return Err("crypto/cipher: input not full blocks".into());
    }
    let cipher = PaddedBlockDecryptingKey::cbc_pkcs7(key(text(a, 0))?).map_err(|_| "crypto/aes")?;
    let context = DecryptionContext::Iv128(FixedLength::from(*iv));
    let mut sealed = sealed.to_vec();
    let plain = cipher
        .decrypt(&mut sealed, context)
        .map_err(|_| "the password does not fit")?;
    tools.text(&*plain)
}
