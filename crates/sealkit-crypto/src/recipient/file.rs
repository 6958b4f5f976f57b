//! Recipients files: public keys one per line, or the certificate of a sealing key.
//!
//! A line that cannot be read is reported by its number and never shown. Where files are, this file does not know.

use super::{Recipient, RecipientError};
use crate::certificate::is_issuer;
use crate::pem::{self, Block, Part};
use crate::rsa_oaep::RsaPublicKey;

/// Reads all recipients of a file, in order: one per line, with empty lines and `#` comments between them.
///
/// PEM blocks may stand between the lines. A certificate that issued the one before it is skipped, as the rest of a
/// bundle; every other is a recipient. Blocks that hold no public key are refused, since they may be private ones.
///
/// # Errors
/// [`RecipientError`], with the line wherever there is one; [`RecipientError::Empty`] if there is no recipient.
pub fn parse_recipients(text: &str) -> Result<Vec<Recipient>, RecipientError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut found = Vec::new();
    let mut last_certificate: Option<Block> = None;
    for part in pem::parts(text.as_bytes()) {
        match part? {
            Part::Line { number, text } => {
                let text = core::str::from_utf8(text)
                    .expect("lines of a text are text")
                    .trim();
                if !text.is_empty() && !text.starts_with('#') {
                    found.push(text.parse().map_err(|error: RecipientError| error.at(number))?);
                }
            }
            Part::Block(block) => {
                let recipient = from_block(&block).map_err(|error| error.at(block.line));
                let is_certificate = block.label == "CERTIFICATE";
                let issued_last =
                    is_certificate && last_certificate.is_some_and(|last| is_issuer(&block.der, &last.der));
                last_certificate = is_certificate.then_some(block);
                if !issued_last {
                    found.push(recipient?);
                }
            }
        }
    }
    if found.is_empty() {
        Err(RecipientError::Empty)
    } else {
        Ok(found)
    }
}

fn from_block(block: &Block) -> Result<Recipient, RecipientError> {
    match RsaPublicKey::from_block(block)? {
        Some(key) => Ok(key.into()),
        None if block.label.ends_with("PRIVATE KEY") => Err(RecipientError::IsIdentity),
        None => Err(RecipientError::UnknownKind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Identity, X25519Identity};
    use crate::rsa_oaep::RsaPrivateKey;
    use rand::{SeedableRng, rngs::StdRng};

    const SSH: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN";

    fn recipient(seed: u64) -> Recipient {
        X25519Identity::generate(&mut StdRng::seed_from_u64(seed))
            .recipient()
            .expect("known")
    }

    #[test]
    fn reads_lines_blocks_and_comments_in_order() {
        let key = RsaPrivateKey::generate(2048).expect("supported");
        let pem = key.public_key().to_pem();
        let text = format!(
            "\u{feff}# people\r\n\r\n{}\r\n{pem}  {SSH} alice@example.org\n",
            recipient(1)
        );
        let found = parse_recipients(&text).expect("three good recipients");
        assert_eq!(
            found,
            [
                recipient(1),
                key.public_key().clone().into(),
                SSH.parse().expect("valid")
            ]
        );
    }

    #[test]
    fn the_issuers_of_a_bundle_are_no_recipients_and_every_sealing_certificate_is_one() {
        let name = |name: &str| sealkit_testdata::text(&format!("keys/test-key-bundle.{name}"));
        let sealing = |bits| sealkit_testdata::text(&format!("sealed-secrets/peer-0.36.6/cert-{bits}.pem"));
        let bundle = [name("leaf.pem"), name("issuer.pem")].concat();
        assert_eq!(
            parse_recipients(&bundle).expect("a bundle"),
            [name("leaf.pem").parse().expect("valid")]
        );
        let two = [sealing(2048), sealing(3072)].concat();
        let both = [sealing(2048), sealing(3072)].map(|text| text.parse().expect("valid"));
        assert_eq!(parse_recipients(&two).expect("two certificates"), both);
        let both_ways = [name("issuer.pem"), name("leaf.pem")].concat();
        assert!(
            parse_recipients(&both_ways).is_err(),
            "an EC issuer in front is no recipient"
        );
    }

    #[test]
    fn a_bad_line_is_named_by_number_and_kind_alone() {
        let check = |text: &str, expected: &str| {
            assert_eq!(parse_recipients(text).expect_err("refused").to_string(), expected);
        };
        let good = recipient(1);
        check(
            &format!("{good}\nhunter2\n"),
            "line 2: not a recipient of a known kind",
        );
        check(&format!("\n{good}x"), "line 2: the age1 recipient is malformed");
        check(
            "AGE-SECRET-KEY-1QQQ",
            "line 1: this is a private key, not a recipient",
        );
        check(
            "age1pq:sha256:00",
            "line 1: this names a recipient by digest; the whole public key is needed",
        );
        check("# nobody\n", "found no recipient");
        check("ssh-dss AAAA", "line 1: not a valid OpenSSH key");
        let private = RsaPrivateKey::generate(2048).expect("supported").to_pkcs8_pem();
        check(
            &format!("\n{}", &*private),
            "line 2: this is a private key, not a recipient",
        );
        check(
            "-----BEGIN X-----\n-----END X-----",
            "line 1: not a recipient of a known kind",
        );
        check(
            "-----BEGIN X-----\n",
            "the PEM block that begins at line 1 has no matching END line",
        );
    }
}
