//! Bech32 as age uses it: BIP 173's checksum without its limit of 90 characters.
//!
//! Only the canonical spelling of a byte string decodes: one case throughout, padding bits zero. Which prefixes mean
//! what, the recipient and identity files know.

use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Checksum, Fe32, Fe1024, Hrp};
use zeroize::Zeroizing;

/// Longest string that is read or written, in characters. A post-quantum recipient has 1,959.
pub const MAX_CHARS: usize = 64 * 1024;

/// A decoded Bech32 string. It may be a private key, so its bytes are wiped when dropped.
pub struct Decoded {
    /// The part before the last `1`, in lower case.
    pub prefix: String,
    /// The bytes behind it.
    pub data: Zeroizing<Vec<u8>>,
}

/// Decodes a Bech32 string that is all lower case or all upper case.
///
/// # Errors
/// [`Bech32Error`] for anything else; it says nothing about the text, which may be a private key.
///
/// Source: BIP 173, C2SP age.md (recipient and identity encodings).
pub fn decode(text: &str) -> Result<Decoded, Bech32Error> {
    let checked = CheckedHrpstring::new::<AgeChecksum>(text).map_err(|_| Bech32Error)?;
    let digits = checked.data_part_ascii_no_checksum().len();
    let padding_bits = (digits * 5) % 8;
    let last = checked.fe32_iter().last().map_or(0, Fe32::to_u8);
    // More than four bits of padding, or padding that is not zero, would give one key a second name.
    if padding_bits > 4 || last & ((1 << padding_bits) - 1) != 0 {
        return Err(Bech32Error);
    }
    let mut data = Zeroizing::new(Vec::with_capacity(digits * 5 / 8));
    data.extend(checked.byte_iter());
    Ok(Decoded {
        prefix: checked.hrp().to_string().to_ascii_lowercase(),
        data,
    })
}

/// Whether a text begins with a prefix in either case. Nothing is copied: the text may be a private key.
pub(crate) fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// Encodes bytes in lower case, as recipients are written.
///
/// # Errors
/// [`Bech32Error`] if the prefix is empty, longer than 83 characters or not printable ASCII, or the result too long.
pub fn encode(prefix: &str, data: &[u8]) -> Result<String, Bech32Error> {
    let prefix = Hrp::parse(prefix).map_err(|_| Bech32Error)?;
    bech32::encode_lower::<AgeChecksum>(prefix, data).map_err(|_| Bech32Error)
}

/// Encodes bytes in upper case, as identities are written.
///
/// # Errors
/// As for [`encode`].
pub fn encode_upper(prefix: &str, data: &[u8]) -> Result<Zeroizing<String>, Bech32Error> {
    let prefix = Hrp::parse(prefix).map_err(|_| Bech32Error)?;
    // Room for everything at once: a string that grows leaves copies of the key behind.
    let mut text = Zeroizing::new(String::with_capacity(prefix.len() + 8 + data.len() * 8 / 5 + 8));
    bech32::encode_upper_to_fmt::<AgeChecksum, _>(&mut *text, prefix, data).map_err(|_| Bech32Error)?;
    Ok(text)
}

/// The text is not canonical Bech32, or the bytes cannot be written as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid bech32 string")]
pub struct Bech32Error;

/// BIP 173's checksum with a longer code. Beyond 1,023 characters it detects errors a little less surely; keys are
/// validated by what they decode to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AgeChecksum {}

impl Checksum for AgeChecksum {
    type MidstateRepr = u32;
    type CorrectionField = Fe1024;
    const ROOT_GENERATOR: Fe1024 = Fe1024::new([Fe32::P, Fe32::X]);
    const ROOT_EXPONENTS: core::ops::RangeInclusive<usize> = 24..=26;
    const CODE_LENGTH: usize = MAX_CHARS;
    const CHECKSUM_LENGTH: usize = 6;
    const GENERATOR_SH: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    const TARGET_RESIDUE: u32 = 1;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// From the age specification, C2SP age.md.
    const RECIPIENT: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

    #[test]
    fn reads_the_recipient_of_the_specification() {
        let decoded = decode(RECIPIENT).expect("valid");
        assert_eq!((decoded.prefix.as_str(), decoded.data.len()), ("age", 32));
        assert_eq!(encode("age", &decoded.data).expect("short"), RECIPIENT);
        assert_eq!(
            *decode(&RECIPIENT.to_uppercase()).expect("valid").data,
            *decoded.data
        );
    }

    #[test]
    fn refuses_mixed_case_wrong_checksums_and_loose_padding() {
        assert!(decode(&RECIPIENT.replace("age1z", "age1Z")).is_err());
        assert!(decode(&RECIPIENT.replace("age1z", "age1q")).is_err());
        assert!(decode("").is_err());
        assert!(decode("1").is_err());
        let mut digits: Vec<Fe32> = bech32::Fe32IterExt::fes_to_bytes([].into_iter())
            .map(|_: u8| Fe32::Q)
            .collect();
        digits.extend([Fe32::Q, Fe32::P]); // one zero byte and two bits of padding, 01
        let hrp = Hrp::parse("age").expect("valid");
        let loose: String = bech32::Fe32IterExt::with_checksum::<AgeChecksum>(digits.into_iter(), &hrp)
            .chars()
            .collect();
        assert!(
            CheckedHrpstring::new::<AgeChecksum>(&loose).is_ok(),
            "only the padding is wrong"
        );
        assert!(decode(&loose).is_err());
    }

    proptest! {
        #[test]
        fn what_was_encoded_decodes(data in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let upper = encode_upper("AGE-SECRET-KEY-", &data).expect("short");
            prop_assert_eq!(&*decode(&upper).expect("canonical").data, &data);
            let lower = encode("age1pq", &data).expect("short");
            let decoded = decode(&lower).expect("canonical");
            prop_assert_eq!(decoded.prefix.as_str(), "age1pq");
            prop_assert_eq!(&*decoded.data, &data);
        }
    }
}
