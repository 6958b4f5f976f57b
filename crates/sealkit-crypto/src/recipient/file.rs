//! Recipients files: public keys one per line, or the certificate of a sealing key.
//!
//! A line that cannot be read is reported by its number and never shown. Where files are, this file does not know.

use super::{Recipient, RecipientError};
use crate::pem;
use crate::rsa_oaep::RsaPublicKey;

/// Reads all recipients of a file, in order: one per line, with empty lines and `#` comments between them.
///
/// PEM blocks may stand between the lines. Of neighbouring certificates only the first is a recipient, since the others
/// of a bundle are its issuers; blocks of other kinds are refused, since a private key may be among them.
///
/// # Errors
/// [`RecipientError`], with the line wherever there is one; [`RecipientError::Empty`] if there is no recipient.
pub fn parse_recipients(text: &str) -> Result<Vec<Recipient>, RecipientError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut blocks = pem::blocks(text.as_bytes())?.into_iter();
    let mut found = Vec::new();
    let mut after_certificate = false;
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let (number, line) = (index + 1, line.trim());
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if !line.starts_with("-----BEGIN ") {
            found.push(line.parse().map_err(|error: RecipientError| error.at(number))?);
            after_certificate = false;
            continue;
        }
        let block = blocks.next().ok_or(RecipientError::UnknownKind.at(number))?;
        while lines
            .next()
            .is_some_and(|(_, line)| !line.trim().starts_with("-----END "))
        {}
        let is_certificate = block.label == "CERTIFICATE";
        if is_certificate && after_certificate {
            continue;
        }
        after_certificate = is_certificate;
        let key = RsaPublicKey::from_block(&block).map_err(|error| RecipientError::from(error).at(number))?;
        found.push(match key {
            Some(key) => key.into(),
            None if block.label.ends_with("PRIVATE KEY") => return Err(RecipientError::IsIdentity.at(number)),
            None => return Err(RecipientError::UnknownKind.at(number)),
        });
    }
    if found.is_empty() {
        Err(RecipientError::Empty)
    } else {
        Ok(found)
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
