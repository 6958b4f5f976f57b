//! Kubernetes' grammar for names, namespaces and item keys, and nothing else about them.
//!
//! Source: Kubernetes `apimachinery/pkg/util/validation/validation.go` (`IsDNS1123Subdomain`, `IsDNS1123Label`,
//! `IsConfigMapKey`).

/// The longest object name, in bytes.
pub const MAX_NAME_BYTES: usize = 253;
/// The longest namespace, in bytes.
pub const MAX_NAMESPACE_BYTES: usize = 63;
/// The longest item key, in bytes.
pub const MAX_ITEM_KEY_BYTES: usize = 253;

/// Whether the text may name a Secret: an RFC 1123 subdomain of at most 253 bytes.
pub fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME_BYTES && text.split('.').all(is_label)
}

/// Whether the text may name a namespace: an RFC 1123 label of at most 63 bytes.
pub fn is_namespace(text: &str) -> bool {
    text.len() <= MAX_NAMESPACE_BYTES && is_label(text)
}

/// Whether the text may be a key in `data`: `[-._a-zA-Z0-9]{1,253}`, neither `.` nor beginning with `..`.
pub fn is_item_key(text: &str) -> bool {
    (1..=MAX_ITEM_KEY_BYTES).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
        && text != "."
        && !text.starts_with("..")
}

/// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`, of any length: Kubernetes limits the parts of a name only by the whole.
fn is_label(text: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(&first), Some(&last)) => {
            alphanumeric(first) && alphanumeric(last) && bytes.iter().all(|&b| alphanumeric(b) || b == b'-')
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_subdomains() {
        let longest = "a".repeat(253);
        for good in ["a", "database", "db.v2-1", "0", "a--b", longest.as_str()] {
            assert!(is_name(good), "{good}");
        }
        let too_long = "a".repeat(254);
        for bad in [
            "",
            "Database",
            "-a",
            "a-",
            ".a",
            "a.",
            "a..b",
            "a/b",
            "a_b",
            "ä",
            "a\n",
            too_long.as_str(),
        ] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn namespaces_are_labels() {
        let longest = "n".repeat(63);
        for good in ["shop", "kube-system", longest.as_str()] {
            assert!(is_namespace(good), "{good}");
        }
        let too_long = "n".repeat(64);
        for bad in ["", "a.b", "Shop", "-", too_long.as_str()] {
            assert!(!is_namespace(bad), "{bad}");
        }
    }

    #[test]
    fn item_keys_follow_kubernetes() {
        let longest = "k".repeat(253);
        for good in [
            "a",
            "tls.crt",
            ".dockerconfigjson",
            "A_b-c.0",
            "-",
            "a..b",
            longest.as_str(),
        ] {
            assert!(is_item_key(good), "{good}");
        }
        let too_long = "k".repeat(254);
        for bad in [
            "",
            ".",
            "..",
            "..data",
            "...",
            "a b",
            "a/b",
            "ä",
            "a\n",
            too_long.as_str(),
        ] {
            assert!(!is_item_key(bad), "{bad}");
        }
    }
}
