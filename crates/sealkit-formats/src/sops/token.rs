//! The text of one encrypted value, `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`, taken apart and put together.
//!
//! Knows base64 and the order of the fields; what the bytes mean is for `cipher` and `value`.
//!
//! Source: `decrypt` and `parse` in `aes/cipher.go` of getsops/sops 3.13.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::TokenError;

const PREFIX: &str = "ENC[AES256_GCM,data:";
const IV: &str = ",iv:";
const TAG: &str = ",tag:";
const TYPE: &str = ",type:";

/// What a token's plaintext is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Text, or bytes that are no text (in the binary store).
    Str,
    /// A signed integer of 64 bits.
    Int,
    /// A double.
    Float,
    /// `True` or `False`.
    Bool,
    /// An instant in RFC 3339.
    Time,
    /// The text of a comment.
    Comment,
    /// Raw bytes; no writer makes it any more.
    Bytes,
}

impl Kind {
    /// The word in the token.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Str => "str",
            Self::Int => "int",
            Self::Float => "float",
            Self::Bool => "bool",
            Self::Time => "time",
            Self::Comment => "comment",
            Self::Bytes => "bytes",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "str" => Self::Str,
            "int" => Self::Int,
            "float" => Self::Float,
            "bool" => Self::Bool,
            "time" => Self::Time,
            "comment" => Self::Comment,
            "bytes" => Self::Bytes,
            _ => return None,
        })
    }
}

/// One encrypted value, closed. Prints as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The ciphertext, never empty.
    pub data: Vec<u8>,
    /// The nonce, never empty; 32 bytes from every current writer.
    pub iv: Vec<u8>,
    /// The tag, never empty; 16 bytes where it is to verify.
    pub tag: Vec<u8>,
    /// What the plaintext is.
    pub kind: Kind,
}

impl Token {
    /// Reads a token as the peer does: anchored at the start only, and whatever stands behind the last `]` is ignored.
    ///
    /// # Errors
    /// [`TokenError`]; it never repeats the text, which may be plaintext that somebody pasted.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let body = text.strip_prefix(PREFIX).ok_or(TokenError::NotAToken)?;
        let body = &body[..body.rfind(']').ok_or(TokenError::Cut)?];
        let (body, kind) = body
            .rsplit_once(TYPE)
            .ok_or(TokenError::Missing { field: "type" })?;
        let (body, tag) = body
            .rsplit_once(TAG)
            .ok_or(TokenError::Missing { field: "tag" })?;
        let (data, iv) = body.rsplit_once(IV).ok_or(TokenError::Missing { field: "iv" })?;
        Ok(Self {
            data: field("data", data)?,
            iv: field("iv", iv)?,
            tag: field("tag", tag)?,
            kind: Kind::parse(kind).ok_or(TokenError::UnknownType)?,
        })
    }

    /// Reads a token and takes no other spelling than the one that is written.
    ///
    /// # Errors
    /// As [`Token::parse`], and [`TokenError::NotCanonical`].
    pub fn parse_strict(text: &str) -> Result<Self, TokenError> {
        let token = Self::parse(text)?;
        if token.to_string() == text {
            Ok(token)
        } else {
            Err(TokenError::NotCanonical)
        }
    }

    /// Whether a text begins like a token, well formed or not.
    pub fn begins(text: &str) -> bool {
        text.starts_with(PREFIX)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (data, iv, tag) = (
            STANDARD.encode(&self.data),
            STANDARD.encode(&self.iv),
            STANDARD.encode(&self.tag),
        );
        write!(f, "{PREFIX}{data}{IV}{iv}{TAG}{tag}{TYPE}{}]", self.kind.as_str())
    }
}

/// Go's decoder skips line breaks inside base64, and so do we.
fn field(field: &'static str, text: &str) -> Result<Vec<u8>, TokenError> {
    let decoded = if text.contains(['\r', '\n']) {
        STANDARD.decode(text.replace(['\r', '\n'], ""))
    } else {
        STANDARD.decode(text)
    };
    match decoded {
        Ok(bytes) if bytes.is_empty() => Err(TokenError::Missing { field }),
        Ok(bytes) => Ok(bytes),
        Err(_) => Err(TokenError::NotBase64 { field }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "ENC[AES256_GCM,data:f6SdJOI=,iv:AAAA,tag:TEFu+ejkdT0ijPtelDWwfg==,type:str]";

    #[test]
    fn prints_what_it_reads() {
        for kind in ["str", "int", "float", "bool", "time", "comment", "bytes"] {
            let text = GOOD.replace("type:str", &format!("type:{kind}"));
            let token = Token::parse_strict(&text).expect("well formed");
            assert_eq!(token.to_string(), text);
        }
    }

    #[test]
    fn ignores_what_stands_behind_the_bracket_unless_it_is_strict() {
        let text = format!("{GOOD} and more");
        assert_eq!(Token::parse(&text), Token::parse(GOOD));
        assert_eq!(Token::parse_strict(&text), Err(TokenError::NotCanonical));
        let broken = GOOD.replace("TEFu", "TE\nFu");
        assert_eq!(Token::parse(&broken), Token::parse(GOOD));
        assert_eq!(Token::parse_strict(&broken), Err(TokenError::NotCanonical));
    }

    #[test]
    fn names_the_field_that_is_missing_or_broken() {
        let check = |from: &str, to: &str, expected| {
            assert_eq!(Token::parse(&GOOD.replace(from, to)), Err(expected), "{to}");
        };
        check("ENC[AES256_GCM", "hunter2", TokenError::NotAToken);
        check("ENC[AES256_GCM", " ENC[AES256_GCM", TokenError::NotAToken);
        check("]", "", TokenError::Cut);
        check(",type:str", "", TokenError::Missing { field: "type" });
        check(",tag:", ",gat:", TokenError::Missing { field: "tag" });
        check(",iv:", ",vi:", TokenError::Missing { field: "iv" });
        check("f6SdJOI=", "", TokenError::Missing { field: "data" });
        check("iv:AAAA", "iv:", TokenError::Missing { field: "iv" });
        check("f6SdJOI=", "f6SdJOI", TokenError::NotBase64 { field: "data" });
        check("type:str", "type:string", TokenError::UnknownType);
    }
}
