//! Bitnami's SealedSecret.
