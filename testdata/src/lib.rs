//! Golden files shared by the tests of every crate.
