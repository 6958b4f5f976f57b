//! The room `native`, asked from outside.

mod people;
mod plugin;
mod rotate;
mod seal;
mod set;
mod silent;
mod text;
mod vectors;
