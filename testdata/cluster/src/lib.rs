#![doc = include_str!("../README.md")]

mod isolation;
mod kubectl;
mod process;
mod server;
mod wait;

pub use rustix::process::Signal;

pub use self::isolation::Isolation;
pub use self::process::Process;
pub use self::server::{ADMIN_TOKEN, Cluster, Programs};
pub use self::wait::until;
