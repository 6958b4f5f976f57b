//! Dotenv: reading, writing, and reading again what was written.

use sealkit_manifest::dotenv::{Dotenv, New, emit};

use crate::dice::Dice;
use crate::oracle::{Item, Oracle, Section};

/// A random text is read alike, or refused by both.
pub(crate) fn read(oracle: &mut Oracle, dice: &mut Dice) -> Result<usize, String> {
    let text = text(dice);
    let theirs = oracle.load("dotenv", &text);
    let ours = Dotenv::parse("t.env", text.as_bytes());
    match (&ours, &theirs) {
        (Ok(file), Ok(sections)) => {
            let ours = items(file);
            let theirs = sections
                .first()
                .map(|section| section.items.clone())
                .unwrap_or_default();
            if file.to_string() != text {
                return Err(format!("{text:?} does not print back"));
            }
            (ours == theirs)
                .then_some(1)
                .ok_or_else(|| format!("{text:?}: {ours:?} / {theirs:?}"))
        }
        (Err(_), Err(_)) => Ok(1),
        _ => Err(format!("{text:?}: {ours:?} / {theirs:?}")),
    }
}

/// Random items are written alike; what we refuse, the peer does not read back.
pub(crate) fn written(oracle: &mut Oracle, dice: &mut Dice) -> Result<usize, String> {
    let count = dice.below(4);
    let items: Vec<_> = (0..count).map(|_| item(dice)).collect();
    let section = Section {
        name: String::new(),
        items,
    };
    let new: Vec<_> = section.items.iter().map(as_new).collect();
    let theirs = oracle.emit("dotenv", std::slice::from_ref(&section))?;
    match emit(&new) {
        Ok(ours) if *ours == theirs => Ok(1),
        Ok(ours) => Err(format!("{section:?}: {ours:?} / {theirs:?}")),
        Err(_) => match oracle.load("dotenv", &theirs) {
            Ok(read) if read.first() == Some(&section) => Err(format!("{section:?} is refused")),
            _ => Ok(1),
        },
    }
}

fn text(dice: &mut Dice) -> String {
    let mut text = String::new();
    for _ in 0..dice.below(6) {
        match dice.below(8) {
            0 => text.push_str(&format!("#{}", dice.line(4))),
            1 => {}
            2 => text.push_str(&dice.line(5)),
            _ => text.push_str(&format!("{}={}", dice.name(), dice.line(5))),
        }
        text.push_str(dice.pick(&["\n", "\n", "\n", "\n\n", "\r\n", "\r", ""]));
    }
    text
}

fn item(dice: &mut Dice) -> Item {
    match dice.one_in(4) {
        true => Item::Comment(dice.line(4)),
        false => Item::Entry(dice.name(), dice.text(4)),
    }
}

fn items(file: &Dotenv) -> Vec<Item> {
    file.items()
        .map(|item| match (item.key(), item.value(), item.comment()) {
            (Some(key), Some(value), _) => Item::Entry(key.to_owned(), value.into_owned()),
            (_, _, comment) => Item::Comment(comment.unwrap_or_default().to_owned()),
        })
        .collect()
}

fn as_new(item: &Item) -> New<'_> {
    match item {
        Item::Entry(key, value) => New::Entry { key, value },
        Item::Comment(text) => New::Comment(text),
    }
}
