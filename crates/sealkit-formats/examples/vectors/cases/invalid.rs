//! Vectors that are refused: one for each check that section 9 of the page names, each failing for that reason alone.

use super::{
    doc::{Case, Doc, Expect},
    draws::Draws,
    people::People,
    valid::plain,
    writer::{b64, commitment, pad, unb64, wrap_info},
};

pub(crate) fn cases(people: &People) -> Vec<Case> {
    let alice = &people.alice;
    let doc = |name: &str| plain(name, Doc::new(), &[alice]);
    let mut cases = Vec::new();
    let mut add = |name: &'static str, note: &'static str, word: &'static str, at: String, nth, doc: Doc| {
        let expect = Expect::Refused(word, at, nth);
        let identity = match name.rsplit('-').next() {
            Some("quantum") => "quinn",
            Some("ssh") => "sshed",
            _ => "alice",
        };
        cases.push(Case {
            name,
            randomised: false,
            identities: vec![identity],
            expect,
            note,
            doc,
        });
    };

    let name = "moved-namespace";
    let mut moved = doc(name);
    moved.namespace = Some("other".to_owned());
    add(
        name,
        "sealed in the namespace shop",
        "does not unwrap",
        "recipient:".to_owned(),
        0,
        moved,
    );

    let name = "moved-name";
    let mut moved = doc(name);
    moved.name = "cache".to_owned();
    add(
        name,
        "sealed under the name database",
        "does not unwrap",
        "recipient:".to_owned(),
        0,
        moved,
    );

    let name = "other-scope";
    let mut other = doc(name);
    other.scope = Some("namespace-wide".to_owned());
    add(
        name,
        "sealed with the scope strict",
        "does not unwrap",
        "recipient:".to_owned(),
        0,
        other,
    );

    let name = "swapped-items";
    let (mut swapped, mut draws) = (Doc::new(), Draws::new(name));
    let key = swapped.key(&[alice], &mut draws);
    swapped.item(&key, "password", b"hunter2", &mut draws);
    swapped.item(&key, "username", b"shop", &mut draws);
    let second = swapped.items[1].1.clone();
    swapped.items[1].1 = std::mem::replace(&mut swapped.items[0].1, second);
    let at = swapped.items[0].1.clone();
    add(
        name,
        "the values of two items changed places",
        "tampered value",
        at,
        0,
        swapped,
    );

    for (name, byte, note) in [
        ("flipped-nonce", 3, "one bit of the nonce"),
        ("flipped-ciphertext", 30, "one bit of the ciphertext"),
        ("flipped-tag", 71, "one bit of the tag"),
    ] {
        let mut flipped = doc(name);
        let (key, body) = flipped.items[0].1.split_once(':').expect("a value has a colon");
        let mut body = unb64(body);
        body[byte] ^= 1;
        flipped.items[0].1 = format!("{key}:{}", b64(&body));
        let at = flipped.items[0].1.clone();
        add(name, note, "tampered value", at, 0, flipped);
    }

    // The commitment is part of the wrap info, so a flipped one never gets as far as being compared. Here the wrap was
    // made for the commitment that the file shows, by somebody who knows the key: only the comparison can tell.
    let name = "flipped-commitment";
    let (mut flipped, mut draws) = (Doc::new(), Draws::new(name));
    let key = flipped.key(&[alice], &mut draws);
    let secret = flipped.keys[0].secret;
    let mut other = commitment(&secret, &flipped.place());
    other[31] ^= 1;
    flipped.keys[0].wrapped[0].1 =
        b64(&alice.wrap(&secret, &wrap_info(&flipped.place(), &other), &mut draws));
    flipped.keys[0].commitment = b64(&other);
    flipped.item(&key, "password", b"hunter2", &mut draws);
    add(
        name,
        "one bit of the commitment, and the key wrapped for it",
        "tampered commitment",
        format!("id: {key}"),
        0,
        flipped,
    );

    let name = "flipped-commitment-alone";
    let mut flipped = doc(name);
    let mut other = unb64(&flipped.keys[0].commitment);
    other[31] ^= 1;
    flipped.keys[0].commitment = b64(&other);
    add(
        name,
        "one bit of the commitment, which the wrap is bound to",
        "does not unwrap",
        "recipient:".to_owned(),
        0,
        flipped,
    );

    for (name, person, byte, note) in [
        ("flipped-enc-x25519", alice, 5, "one bit of `enc`, DHKEM(X25519)"),
        (
            "flipped-enc-post-quantum",
            &people.quinn,
            500,
            "one bit of `enc`, X-Wing, in its ML-KEM part",
        ),
        (
            "flipped-wrapped-key",
            alice,
            40,
            "one bit of the encrypted data key",
        ),
    ] {
        let mut flipped = plain(name, Doc::new(), &[person]);
        let mut wrapped = unb64(&flipped.keys[0].wrapped[0].1);
        wrapped[byte] ^= 1;
        flipped.keys[0].wrapped[0].1 = b64(&wrapped);
        add(name, note, "does not unwrap", "recipient:".to_owned(), 0, flipped);
    }

    // A point of order 1 (the u-coordinate zero) makes every shared secret zero.
    for (name, person, share) in [
        ("low-order-enc-x25519", alice, 0..32),
        ("low-order-enc-post-quantum", &people.quinn, 1088..1120),
    ] {
        let mut low = plain(name, Doc::new(), &[person]);
        let mut wrapped = unb64(&low.keys[0].wrapped[0].1);
        wrapped[share].fill(0);
        low.keys[0].wrapped[0].1 = b64(&wrapped);
        add(
            name,
            "the X25519 part of `enc` is zero",
            "low order",
            "recipient:".to_owned(),
            0,
            low,
        );
    }

    let name = "data-key-33-bytes";
    let (mut long, mut draws) = (Doc::new(), Draws::new(name));
    let key = long.key(&[alice], &mut draws);
    let secret = [&long.keys[0].secret[..], &[0]].concat();
    let info = wrap_info(&long.place(), &commitment(&long.keys[0].secret, &long.place()));
    long.keys[0].wrapped[0].1 = b64(&alice.wrap(&secret, &info, &mut draws));
    long.item(&key, "password", b"hunter2", &mut draws);
    add(
        name,
        "the wrap is authentic and holds one byte too many",
        "not a data key",
        "recipient:".to_owned(),
        0,
        long,
    );

    let sshed = &people.sshed;
    let name = "data-key-33-bytes-ssh";
    let (mut long, mut draws) = (Doc::new(), Draws::new(name));
    let key = long.key(&[sshed], &mut draws);
    let secret = [&long.keys[0].secret[..], &[0]].concat();
    let info = wrap_info(&long.place(), &commitment(&long.keys[0].secret, &long.place()));
    long.keys[0].wrapped[0].1 = b64(&sshed.wrap(&secret, &info, &mut draws));
    long.item(&key, "password", b"hunter2", &mut draws);
    add(
        name,
        "the age file holds one byte too many",
        "not a data key",
        "recipient:".to_owned(),
        0,
        long,
    );

    let name = "moved-name-ssh";
    let mut moved = plain(name, Doc::new(), &[sshed]);
    moved.name = "cache".to_owned();
    add(
        name,
        "the age file opens, and names another object",
        "does not unwrap",
        "recipient:".to_owned(),
        0,
        moved,
    );

    let name = "flipped-wrap-ssh";
    let mut flipped = plain(name, Doc::new(), &[sshed]);
    let mut wrapped = unb64(&flipped.keys[0].wrapped[0].1);
    let last = wrapped.len() - 1;
    wrapped[last] ^= 1;
    flipped.keys[0].wrapped[0].1 = b64(&wrapped);
    add(
        name,
        "one bit at the end of the age file",
        "does not unwrap",
        "recipient:".to_owned(),
        0,
        flipped,
    );

    let name = "unknown-id";
    let mut unknown = doc(name);
    unknown.items[0].1 = format!("kaaaaaaaa{}", &unknown.items[0].1[9..]);
    add(
        name,
        "the value names a data key that is not there",
        "malformed",
        "kaaaaaaaa".to_owned(),
        0,
        unknown,
    );

    let name = "id-mismatch";
    let mut mismatch = doc(name);
    mismatch.keys[0].id = "kaaaaaaaa".to_owned();
    mismatch.items[0].1 = format!("kaaaaaaaa{}", &mismatch.items[0].1[9..]);
    add(
        name,
        "the id is not the one that its commitment yields",
        "malformed",
        "kaaaaaaaa".to_owned(),
        0,
        mismatch,
    );

    let name = "duplicate-id";
    let mut twice = doc(name);
    twice.keys.push(twice.keys[0].clone());
    let at = twice.keys[0].id.clone();
    add(name, "one data key stands there twice", "malformed", at, 1, twice);

    let name = "duplicate-recipient";
    let mut twice = doc(name);
    let wrap = twice.keys[0].wrapped[0].clone();
    twice.keys[0].wrapped.push(wrap);
    let at = twice.keys[0].wrapped[0].0.clone();
    add(
        name,
        "one recipient stands twice under one data key",
        "malformed",
        at,
        1,
        twice,
    );

    let name = "duplicate-item";
    let mut twice = doc(name);
    twice.items.push(twice.items[0].clone());
    add(
        name,
        "one item stands there twice",
        "not yaml",
        "password".to_owned(),
        1,
        twice,
    );

    let over_long = [pad(b"hunter2"), vec![0; 32]].concat();
    for (name, padded, note) in [
        (
            "padding-wrong",
            [&b"hunter2"[..], &[0x81], &[0; 24]].concat(),
            "the mark is 0x81",
        ),
        (
            "padding-over-long",
            over_long,
            "32 zero bytes more than are needed",
        ),
        ("padding-missing", vec![0; 32], "zero bytes and no mark"),
        (
            "padding-none",
            vec![b'a'; 32],
            "a plaintext of 32 bytes that was not padded",
        ),
    ] {
        let (mut bad, mut draws) = (Doc::new(), Draws::new(name));
        let key = bad.key(&[alice], &mut draws);
        bad.padded_item(&key, "password", &padded, &mut draws);
        let at = bad.items[0].1.clone();
        add(name, note, "bad padding", at, 0, bad);
    }

    for (name, note) in [
        ("base64-truncated", "the last character is cut off"),
        ("base64-unpadded", "the base64 padding is left out"),
        ("base64-spare-bits", "a spare bit is one"),
        ("base64-url-alphabet", "the alphabet for URLs"),
        ("base64-whitespace", "a space inside the base64"),
        (
            "value-truncated",
            "a whole number of bytes, the last of them cut off",
        ),
        ("value-empty-body", "an id and no ciphertext"),
        ("value-without-id", "no colon"),
    ] {
        // Two blocks, so that the base64 ends in padding and has spare bits.
        let (mut bad, mut draws) = (Doc::new(), Draws::new(name));
        let key = bad.key(&[alice], &mut draws);
        bad.item(&key, "password", &[b'a'; 40], &mut draws);
        let token = bad.items[0].1.clone();
        let (key, body) = token.split_once(':').expect("a value has a colon");
        bad.items[0].1 = match name {
            "base64-truncated" => token[..token.len() - 3].to_owned(),
            "base64-unpadded" => token.trim_end_matches('=').to_owned(),
            "base64-spare-bits" => {
                // The last letter before one `=` has two spare bits, so its successor decodes to the same bytes.
                let at = token.len() - 2;
                let next = char::from(token.as_bytes()[at] + 1);
                format!("{}{next}=", &token[..at])
            }
            "base64-url-alphabet" => format!("{key}:-_{}", &body[2..]),
            "base64-whitespace" => format!("{key}:{} {}", &body[..40], &body[40..]),
            "value-truncated" => format!("{key}:{}", b64(&unb64(body)[..103])),
            "value-empty-body" => format!("\"{key}:\""),
            _ => body.to_owned(),
        };
        let at = bad.items[0].1.clone();
        add(name, note, "malformed", at, 0, bad);
    }

    let name = "commitment-short";
    let mut short = doc(name);
    short.keys[0].commitment = b64(&unb64(&short.keys[0].commitment)[..31]);
    let at = short.keys[0].commitment.clone();
    add(name, "a commitment of 31 bytes", "malformed", at, 0, short);

    let name = "template-data";
    let mut template = doc(name);
    template.spec = "  template:\n    data: {config: \"{{ .password }}\"}\n".to_owned();
    add(
        name,
        "version 1 has no data templates",
        "malformed",
        "{config".to_owned(),
        0,
        template,
    );

    let name = "not-named";
    let bob = plain(name, Doc::new(), &[&people.bob]);
    let at = format!("id: {}", bob.keys[0].id);
    add(name, "wrapped for somebody else", "no identity", at, 0, bob);

    let name = "second-key-not-named";
    let (mut two, mut draws) = (Doc::new(), Draws::new(name));
    let [first, second] = [&people.alice, &people.bob].map(|person| two.key(&[person], &mut draws));
    two.item(&first, "password", b"hunter2", &mut draws);
    two.item(&second, "username", b"shop", &mut draws);
    add(
        name,
        "one of two data keys opens: all or nothing",
        "no identity",
        format!("id: {second}"),
        0,
        two,
    );

    limits(people, &mut add);
    cases
}

type Add<'a> = dyn FnMut(&'static str, &'static str, &'static str, String, usize, Doc) + 'a;

fn limits(people: &People, add: &mut Add<'_>) {
    let name = "limit-data-keys";
    let (mut many, mut draws) = (Doc::new(), Draws::new(name));
    let ids: Vec<_> = (0..33).map(|_| many.key(&[&people.alice], &mut draws)).collect();
    many.item(&ids[0], "password", b"hunter2", &mut draws);
    let at = format!("id: {}", many.keys[32].id);
    add(name, "33 data keys", "malformed", at, 0, many);

    let name = "limit-wraps";
    let mut many = plain(name, Doc::new(), &[&people.alice]);
    let wrap = many.keys[0].wrapped[0].1.clone();
    many.keys[0]
        .wrapped
        .extend((0..32).map(|at| (format!("awskms:{at}"), wrap.clone())));
    add(
        name,
        "33 wraps of one data key",
        "malformed",
        "recipient: awskms:31".to_owned(),
        0,
        many,
    );

    let name = "limit-wrapped-key";
    let mut long = plain(name, Doc::new(), &[&people.alice]);
    long.keys[0]
        .wrapped
        .push(("awskms:1".to_owned(), b64(&[0; 16 * 1024 + 1])));
    let at = long.keys[0].wrapped[1].1.clone();
    add(
        name,
        "a wrapped key of 16 KiB and one byte",
        "malformed",
        at,
        0,
        long,
    );

    let name = "limit-items";
    let (mut many, mut draws) = (Doc::new(), Draws::new(name));
    let key = many.key(&[&people.alice], &mut draws);
    for at in 0..1025 {
        many.item(&key, &format!("item-{at}"), b"", &mut draws);
    }
    let at = many.items[1024].1.clone();
    add(name, "1,025 items", "malformed", at, 0, many);
}
