//! SOPS files: values encrypted one by one where they stand, the data key wrapped for several people, one code over all.
//!
//! Text goes in and text comes out: opening and sealing replace values by tokens and tokens by values and leave every other
//! byte alone. What was written is read again and compared before it is given out.
//!
//! `token`, `value`, `time` and `cipher` know one value; `tree`, `walk`, `rules` and `mac` know a document, `yaml` reads it
//! from text; `metadata` is the envelope, `keys` finds the data key; `open` and `seal` are the two directions.
//!
//! Randomness and time are arguments. Programs and networks are behind [`UnwrapKey`] and [`WrapKey`].

pub mod binary;
pub mod cipher;
pub mod document;
pub mod emit;
pub mod keyservice;
pub mod metadata;
pub mod rules;
pub mod store;
pub mod time;
pub mod token;
pub mod tree;
pub mod value;

mod compare;
mod decrypt;
mod diagnose;
mod encrypt;
mod error;
mod in_place;
mod keys;
mod mac;
mod open;
mod plan;
mod print;
mod rekey;
mod seal;
mod shamir;
mod site;
mod slot;
mod survey;
mod text;
mod unended;
mod walk;
mod write;
mod yaml;

pub use error::{
    ClosedValue, DocumentError, GroupFailure, KeyError, KeyFailure, MacClues, MacProblem, MetadataError,
    OpenError, SealError, SelectorError, Suspect, TokenError, ValueError, WrapKeyError,
};
pub use keys::{AgeIdentities, AgeKey, DEFAULT_ORDER, Recovered, UnwrapKey, WrapKey, recover};
pub use metadata::Metadata;
pub use open::{Notice, OpenOptions, Opened, envelope, is_sealed, open};
pub use plan::Plan;
pub use rekey::NewKey;
pub use seal::{SealOptions, Sealed, seal};
pub use survey::{SealedValue, Survey, survey};
