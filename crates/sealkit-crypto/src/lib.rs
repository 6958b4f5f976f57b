//! Recipients, identities and ciphers: keys without text.
