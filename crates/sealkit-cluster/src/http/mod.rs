//! The HTTP API: the certificate, and whether a sealed document opens; reached through the API server's proxy.
