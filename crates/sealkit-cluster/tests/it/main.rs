//! The controller's parts from outside, each over what it really talks to.

mod http;
mod metrics;
