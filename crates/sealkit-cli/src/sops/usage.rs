//! `--help`: what the tables say, laid out.

use std::fmt::Write;

use super::{
    PEER_VERSION,
    grammar::{Flag, Takes},
    request::Topic,
    tables::{COMMANDS, Entry, global},
};

/// The help for a topic.
pub(super) fn help(topic: &Topic) -> String {
    match topic {
        Topic::Program => program(),
        Topic::Command(words) => match find(words) {
            Some(entry) => command(words, entry),
            None => program(),
        },
    }
}

fn find(words: &[&str]) -> Option<&'static Entry> {
    let (first, rest) = words.split_first()?;
    let outer = COMMANDS.iter().find(|entry| entry.name == *first)?;
    match rest.first() {
        None => Some(outer),
        Some(second) => outer.below.iter().find(|entry| entry.name == *second),
    }
}

fn program() -> String {
    let mut text = format!(
        "sops - keeps values in files encrypted (sealkit, with the interface of sops {PEER_VERSION})\n\n\
         USAGE:\n   sops COMMAND [FLAGS] FILE\n   sops [FLAGS] FILE\n\n\
         In the second form the flags come before the file, and without -d, -e, -r or --set it opens an editor.\n\n\
         COMMANDS:\n"
    );
    list(&mut text, COMMANDS);
    text.push_str("\nFLAGS:\n");
    flags(&mut text, &global());
    text
}

fn command(words: &[&str], entry: &Entry) -> String {
    let name = words.join(" ");
    let mut text = format!("sops {name} - {}\n\nUSAGE:\n   sops {name} ", entry.summary);
    if entry.below.is_empty() {
        let _ = writeln!(text, "[FLAGS] {}\n\nFLAGS:", entry.operands);
        flags(&mut text, &(entry.flags)());
    } else {
        text.push_str("COMMAND\n\nCOMMANDS:\n");
        list(&mut text, entry.below);
    }
    text
}

fn list(text: &mut String, entries: &[Entry]) {
    for entry in entries {
        let _ = writeln!(text, "   {:<12}{}", entry.name, entry.summary);
    }
}

fn flags(text: &mut String, flags: &[Flag]) {
    let left: Vec<String> = flags.iter().map(spelled).collect();
    let width = left.iter().map(String::len).max().unwrap_or(0) + 2;
    for (flag, left) in flags.iter().zip(&left) {
        let variable = flag
            .variable
            .map(|name| format!(" [${name}]"))
            .unwrap_or_default();
        let _ = writeln!(text, "   {left:<width$}{}{variable}", flag.help);
    }
}

fn spelled(flag: &Flag) -> String {
    let value = match flag.takes {
        Takes::Switch(_) => "",
        _ => " VALUE",
    };
    let names = flag.names.iter().map(|name| match name.len() {
        1 => format!("-{name}{value}"),
        _ => format!("--{name}{value}"),
    });
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_help_that_names_its_flags() {
        assert!(help(&Topic::Program).contains("filestatus"));
        let text = help(&Topic::Command(&["groups", "add"]));
        assert!(text.starts_with("sops groups add - "), "{text}");
        assert!(text.contains("--file VALUE, -f VALUE"), "{text}");
        assert!(help(&Topic::Command(&["encrypt"])).contains("[$SOPS_AGE_RECIPIENTS]"));
    }
}
