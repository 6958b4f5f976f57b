//! The use cases every adapter shares: recognise, seal, open, rotate.
