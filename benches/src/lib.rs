//! Measures sealkit beside the real tools.
