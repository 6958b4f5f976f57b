//! Kubernetes YAML and JSON as the author wrote it: text without keys.
