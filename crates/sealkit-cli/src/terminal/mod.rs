//! Talking to a person.
//!
//! The rules, which this folder alone has to keep:
//! - standard output carries the result and nothing else; everything said *about* the result goes to standard error;
//! - nothing is asked where nobody can answer: questions go to the controlling terminal, and without one the command
//!   fails with a hint instead of waiting;
//! - what a person types in answer to a question about a secret is not shown;
//! - colour and progress are for terminals only, and `NO_COLOR` is respected;
//! - a control character in a name or message is written as an escape: a file name must not move the cursor.
//!
//! It does not know what is being said.

mod console;
mod progress;
mod prompt;

pub(crate) use console::{Colour, Console, Style, error_line, printable};
pub(crate) use progress::Progress;
pub(crate) use prompt::{PromptError, ask_hidden, ask_hidden_twice, ask_line, confirm};
