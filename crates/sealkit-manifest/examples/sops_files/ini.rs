//! INI: reading, writing, and what the peer reads after our edits.

use sealkit_manifest::WriteError;
use sealkit_manifest::ini::{Change, DEFAULT_SECTION, Ini, New, NewSection, emit};

use crate::dice::Dice;
use crate::oracle::{Item, Oracle, Section};

/// A random text is read alike, or refused by both.
pub(crate) fn read(oracle: &mut Oracle, dice: &mut Dice) -> Result<usize, String> {
    let text = text(dice);
    let theirs = oracle.load("ini", &text);
    let ours = Ini::parse("t.ini", text.as_bytes());
    match (&ours, &theirs) {
        (Ok(file), Ok(theirs)) => {
            if file.to_string() != text {
                return Err(format!("{text:?} does not print back"));
            }
            let ours = sections(file);
            (ours == *theirs)
                .then_some(1)
                .ok_or_else(|| format!("{text:?}:\n  {ours:?}\n  {theirs:?}"))
        }
        (Err(_), Err(_)) => Ok(1),
        _ => Err(format!("{text:?}: {ours:?} / {theirs:?}")),
    }
}

/// Random sections are written alike, unless the peer does not read back what it wrote: then ours is read back, by the
/// peer too, or refused.
pub(crate) fn written(oracle: &mut Oracle, dice: &mut Dice) -> Result<usize, String> {
    let mut meant = Vec::new();
    if dice.one_in(2) {
        meant.push(section(dice, DEFAULT_SECTION.to_owned()));
    }
    for _ in 0..dice.below(3) {
        let name = match dice.one_in(4) {
            true => dice.line(3),
            false => dice.word(),
        };
        meant.push(section(dice, name));
    }
    let theirs = oracle.emit("ini", &meant);
    let lossless = match &theirs {
        Ok(text) => oracle.load("ini", text).is_ok_and(|read| same(&read, &meant)),
        Err(_) => false,
    };
    let new: Vec<_> = meant.iter().map(as_new).collect();
    match (emit(&new), theirs) {
        (Ok(ours), Ok(theirs)) if *ours == theirs => Ok(1),
        (Ok(ours), theirs) if lossless => Err(format!("{meant:?}:\n  {:?}\n  {theirs:?}", &**ours)),
        (Ok(ours), _) => match oracle.load("ini", &ours) {
            Ok(read) if same(&read, &meant) => Ok(1),
            read => Err(format!("{meant:?} written as {:?} is read as {read:?}", &**ours)),
        },
        (Err(error), theirs) if lossless => {
            Err(format!("{meant:?} is refused ({error}); the peer: {theirs:?}"))
        }
        (Err(_), _) => Ok(1),
    }
}

/// After random changes of a random file, the peer reads what was meant; every line of other entries is still there.
pub(crate) fn edited(oracle: &mut Oracle, dice: &mut Dice) -> Result<usize, String> {
    let text = text(dice);
    let Ok(file) = Ini::parse("t.ini", text.as_bytes()) else {
        return Ok(0);
    };
    let mut meant = sections(&file);
    let section = dice.below(meant.len());
    let entries = file.section(section).map_or(0, |section| section.entries().len());
    let value = dice.text(4);
    let remark = dice.word();
    let mut changes = Vec::new();
    if entries > 0 {
        let entry = dice.below(entries);
        if dice.one_in(3) {
            changes.push(Change::SetComment {
                section,
                entry: Some(entry),
                text: &remark,
            });
            set_comment(&mut meant[section], entry, &remark);
        }
        if dice.one_in(8) {
            changes.clear();
            changes.push(Change::RemoveEntry { section, entry });
            meant = sections(&file);
            remove(&mut meant[section], entry);
        } else {
            changes.push(Change::Set {
                section,
                entry,
                value: &value,
            });
            set_value(&mut meant[section], entry, &value);
        }
    }
    if dice.one_in(4) {
        let new = New {
            key: "inserted",
            value: &value,
            comment: None,
        };
        changes.push(Change::InsertEntry { section, new });
        meant[section]
            .items
            .push(Item::Entry("inserted".to_owned(), value.clone()));
    }
    match file.edit(&changes) {
        Ok(edited) => {
            let read = oracle.load("ini", edited.as_str())?;
            if changes.is_empty() && edited.as_str() != text {
                return Err(format!("{text:?} changed without a change"));
            }
            same(&read, &meant).then_some(1).ok_or_else(|| {
                format!(
                    "{text:?} became {:?}, read as {read:?}, not {meant:?}",
                    edited.as_str()
                )
            })
        }
        // Renumbering keys written `-`, both multi-line quotes in one value, a key that repeats.
        Err(WriteError::Value { .. }) if value.contains('\n') => Ok(0),
        Err(WriteError::RepeatedKey { .. }) => Ok(0),
        Err(WriteError::Mismatch { .. }) if text.contains('-') => Ok(0),
        Err(error) => Err(format!(
            "{text:?}: {error:?} for {value:?} {remark:?} in section {section}, meant {meant:?}"
        )),
    }
}

fn set_value(section: &mut Section, entry: usize, value: &str) {
    let mut entries = section.items.iter_mut().filter_map(|item| match item {
        Item::Entry(_, value) => Some(value),
        Item::Comment(_) => None,
    });
    *entries.nth(entry).unwrap() = value.to_owned();
}

fn position(section: &Section, entry: usize) -> usize {
    let mut entries = section.items.iter().enumerate();
    let mut entries = entries
        .by_ref()
        .filter(|(_, item)| matches!(item, Item::Entry(..)));
    entries.nth(entry).unwrap().0
}

fn set_comment(section: &mut Section, entry: usize, text: &str) {
    let at = position(section, entry) + 1;
    if matches!(section.items.get(at), Some(Item::Comment(_))) {
        section.items.remove(at);
    }
    section.items.insert(at, Item::Comment(text.to_owned()));
}

fn remove(section: &mut Section, entry: usize) {
    let at = position(section, entry);
    section.items.remove(at);
    if matches!(section.items.get(at), Some(Item::Comment(_))) {
        section.items.remove(at);
    }
}

fn text(dice: &mut Dice) -> String {
    let mut text = String::new();
    if dice.one_in(20) {
        text.push('\u{feff}');
    }
    for _ in 0..dice.below(7) {
        text.push_str(dice.pick(&["", "", "", " ", "\t", "\u{a0}"]));
        let line = match dice.below(12) {
            0 | 1 => format!("{}{}", dice.pick(&["#", ";", "# ", "; ", ";; "]), dice.line(3)),
            2 => String::new(),
            3 => dice.line(6),
            4 => format!("[{}]{}", dice.name(), dice.pick(&["", "", " ; c", " x", "# c"])),
            _ => {
                let quotes = ["", "", "", "", "\"", "'", "`", "\"\"\""];
                let (open, close) = (dice.pick(&quotes), dice.pick(&quotes));
                let close = if dice.one_in(3) { close } else { open };
                let value = match dice.one_in(2) {
                    true => dice.line(4),
                    false => dice.text(2),
                };
                let end = dice.pick(&["", "", "", " ; c", " # c", " \\", "\\"]);
                let delimiter = dice.pick(&["=", " = ", ": ", " ="]);
                let key_quote = dice.pick(&["", "", "", "", "", "", "\"", "`", "\"\"\""]);
                let key = dice.name();
                format!("{key_quote}{key}{key_quote}{delimiter}{open}{value}{close}{end}")
            }
        };
        text.push_str(&line);
        text.push_str(dice.pick(&["\n", "\n", "\n", "\n\n", "\r\n", "\r", ""]));
    }
    text
}

fn section(dice: &mut Dice, name: String) -> Section {
    let mut section = Section {
        name,
        items: Vec::new(),
    };
    // The first section comment is the section's own only if it has a header.
    if section.name != DEFAULT_SECTION && dice.one_in(3) {
        section.items.push(Item::Comment(comment(dice)));
    }
    for _ in 0..dice.below(4) {
        let key = dice.name();
        let known = |item: &Item| matches!(item, Item::Entry(other, _) if *other == key);
        if section.items.iter().any(known) {
            continue;
        }
        section.items.push(Item::Entry(key, dice.text(3)));
        if dice.one_in(4) {
            section.items.push(Item::Comment(comment(dice)));
        }
    }
    section
}

fn comment(dice: &mut Dice) -> String {
    let mut text = dice.word();
    if dice.one_in(4) {
        text.push_str("\n# ");
        text.push_str(&dice.word());
    }
    text
}

fn sections(file: &Ini) -> Vec<Section> {
    file.sections()
        .map(|section| {
            let comment = |comment: Option<sealkit_manifest::ini::Comment<'_>>| {
                comment.map(|comment| Item::Comment(comment.text().into_owned()))
            };
            let mut items: Vec<_> = comment(section.comment()).into_iter().collect();
            for entry in section.entries() {
                items.push(Item::Entry(entry.key().into_owned(), entry.value().into_owned()));
                items.extend(comment(entry.comment()));
            }
            Section {
                name: section.name().to_owned(),
                items,
            }
        })
        .collect()
}

/// Whether the peer reads what was meant: marks and blanks of comments aside, and an empty first section is nothing.
fn same(read: &[Section], meant: &[Section]) -> bool {
    let essence = |sections: &[Section]| {
        let mut sections: Vec<_> = sections
            .iter()
            .map(|section| {
                let items = section.items.iter().filter_map(|item| match item {
                    Item::Entry(..) => Some(item.clone()),
                    Item::Comment(text) => {
                        let lines = text
                            .lines()
                            .map(|line| line.trim().trim_start_matches(['#', ';', ' ']));
                        let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
                        (!lines.is_empty()).then(|| Item::Comment(lines.join("\n")))
                    }
                });
                Section {
                    name: section.name.clone(),
                    items: items.collect(),
                }
            })
            .collect();
        if sections
            .first()
            .is_some_and(|first| first.name == DEFAULT_SECTION && first.items.is_empty())
        {
            sections.remove(0);
        }
        sections
    };
    essence(read) == essence(meant)
}

fn as_new(section: &Section) -> NewSection<'_> {
    let mut new = NewSection {
        name: &section.name,
        comment: None,
        entries: Vec::new(),
    };
    for item in &section.items {
        match (item, new.entries.last_mut()) {
            (Item::Entry(key, value), _) => new.entries.push(New {
                key,
                value,
                comment: None,
            }),
            (Item::Comment(text), Some(entry)) => entry.comment = Some(text),
            (Item::Comment(text), None) => new.comment = Some(text),
        }
    }
    new
}
