//! dotenv and INI files in their author's text: tokens in the places of values and values in the places of tokens, blank
//! lines, order and spelling of everything else as they were. Files of bytes have no text to keep.

use sealkit_manifest::{dotenv, ini};
use zeroize::Zeroizing;

use super::flat::{PREFIX, flattened};
use super::{Layout, Store, StoreError, text_of};
use crate::sops::document::Closed;
use crate::sops::tree::{Item, Mapping, Node};
use crate::sops::yaml::METADATA_KEY;

const OTHER_SHAPE: StoreError = StoreError::Shape("the text does not fit what was read from it");

impl Store {
    /// Puts what was sealed into the text that was read, the metadata behind it. `closed` has to be what became of the
    /// documents of that very text.
    ///
    /// # Errors
    /// [`StoreError`]; YAML and JSON are for [`seal`](crate::sops::seal()).
    pub fn sealed_text(
        self,
        name: &str,
        plain: &[u8],
        closed: Closed,
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        match self {
            Self::Dotenv => dotenv_sealed(name, plain, &closed),
            Self::Ini => ini_sealed(name, plain, &closed),
            _ => self.print_closed(closed, &Layout::default()),
        }
    }

    /// Puts what was opened into the text that was read, and takes the metadata out.
    ///
    /// # Errors
    /// As [`Store::sealed_text`].
    pub fn plain_text(
        self,
        name: &str,
        sealed: &[u8],
        documents: &[Mapping],
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        match self {
            Self::Dotenv => dotenv_plain(name, sealed, documents),
            Self::Ini => ini_plain(name, sealed, documents),
            _ => self.print(documents, &Layout::default()),
        }
    }
}

/// What stands in an item of a dotenv file, and where.
fn dotenv_texts(
    file: &dotenv::Dotenv,
    document: &Mapping,
) -> Result<Vec<(usize, Zeroizing<String>)>, StoreError> {
    let lines = file
        .items()
        .filter(|item| !item.key().is_some_and(|key| key.starts_with(PREFIX)));
    let mut texts = Vec::new();
    let mut items = document.0.iter();
    for line in lines {
        let text = match (line.key(), items.next()) {
            (Some(key), Some(Item::Entry(name, node))) if key == name => text_of(node),
            (None, Some(Item::Comment(comment))) => Some(comment.text.clone()),
            _ => None,
        };
        texts.push((line.index(), text.ok_or(OTHER_SHAPE)?));
    }
    match items.next() {
        None => Ok(texts),
        Some(_) => Err(OTHER_SHAPE),
    }
}

fn dotenv_changes<'a>(
    file: &dotenv::Dotenv,
    texts: &'a [(usize, Zeroizing<String>)],
) -> Vec<dotenv::Change<'a>> {
    let is_entry = |index: usize| file.item(index).is_some_and(|item| item.key().is_some());
    let change = |(item, text): &'a (usize, Zeroizing<String>)| match is_entry(*item) {
        true => dotenv::Change::Set {
            item: *item,
            value: text,
        },
        false => dotenv::Change::SetComment { item: *item, text },
    };
    texts.iter().map(change).collect()
}

fn dotenv_sealed(name: &str, plain: &[u8], closed: &Closed) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let file = dotenv::Dotenv::parse(name, plain)?;
    let document = closed.documents.first().ok_or(OTHER_SHAPE)?;
    let texts = dotenv_texts(&file, document)?;
    let mut changes = dotenv_changes(&file, &texts);
    let metadata: Vec<(String, Zeroizing<String>)> = flattened(&closed.metadata)
        .into_iter()
        .map(|(key, text)| (format!("{PREFIX}{key}"), text))
        .collect();
    changes.extend(metadata.iter().map(|(key, value)| dotenv::Change::Insert {
        before: file.items().len(),
        new: dotenv::New::Entry { key, value },
    }));
    Ok(Zeroizing::new(file.edit(&changes)?.as_str().as_bytes().to_vec()))
}

fn dotenv_plain(name: &str, sealed: &[u8], documents: &[Mapping]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let file = dotenv::Dotenv::parse(name, sealed)?;
    let texts = dotenv_texts(&file, documents.first().ok_or(OTHER_SHAPE)?)?;
    let mut changes = dotenv_changes(&file, &texts);
    let metadata = file
        .items()
        .filter(|item| item.key().is_some_and(|key| key.starts_with(PREFIX)));
    changes.extend(metadata.map(|item| dotenv::Change::Remove { item: item.index() }));
    Ok(Zeroizing::new(file.edit(&changes)?.as_str().as_bytes().to_vec()))
}

/// What stands in a section, an entry, or the comment of one.
struct IniText {
    section: usize,
    entry: Option<usize>,
    is_comment: bool,
    text: Zeroizing<String>,
}

fn ini_texts(file: &ini::Ini, document: &Mapping) -> Result<Vec<IniText>, StoreError> {
    let mut texts = Vec::new();
    let mut nodes = document.entries();
    for section in file.sections().filter(|section| section.name() != METADATA_KEY) {
        let Some((name, Node::Mapping(mapping))) = nodes.next() else {
            return Err(OTHER_SHAPE);
        };
        if name != section.name() {
            return Err(OTHER_SHAPE);
        }
        let mut items = mapping.0.iter();
        let mut take = |entry: Option<usize>, is_comment: bool| -> Result<(), StoreError> {
            let text = match (is_comment, items.next()) {
                (true, Some(Item::Comment(comment))) => Some(comment.text.clone()),
                (false, Some(Item::Entry(_, node))) => text_of(node),
                _ => None,
            };
            texts.push(IniText {
                section: section.index(),
                entry,
                is_comment,
                text: text.ok_or(OTHER_SHAPE)?,
            });
            Ok(())
        };
        if section.comment().is_some() {
            take(None, true)?;
        }
        for entry in section.entries() {
            take(Some(entry.index()), false)?;
            if entry.comment().is_some() {
                take(Some(entry.index()), true)?;
            }
        }
    }
    Ok(texts)
}

fn ini_changes(texts: &[IniText]) -> Vec<ini::Change<'_>> {
    fn change(text: &IniText) -> ini::Change<'_> {
        match (text.entry, text.is_comment) {
            (Some(entry), false) => ini::Change::Set {
                section: text.section,
                entry,
                value: &text.text,
            },
            (entry, _) => ini::Change::SetComment {
                section: text.section,
                entry,
                text: &text.text,
            },
        }
    }
    texts.iter().map(change).collect()
}

fn ini_sealed(name: &str, plain: &[u8], closed: &Closed) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let file = ini::Ini::parse(name, plain)?;
    let texts = ini_texts(&file, closed.documents.first().ok_or(OTHER_SHAPE)?)?;
    let mut changes = ini_changes(&texts);
    let metadata: Vec<(String, String)> = flattened(&closed.metadata)
        .into_iter()
        .map(|(key, text)| (key, text.replace('\n', "\\n")))
        .collect();
    changes.push(ini::Change::InsertSection {
        new: ini::NewSection {
            name: METADATA_KEY,
            comment: None,
            entries: metadata
                .iter()
                .map(|(key, value)| ini::New {
                    key,
                    value,
                    comment: None,
                })
                .collect(),
        },
    });
    Ok(Zeroizing::new(file.edit(&changes)?.as_str().as_bytes().to_vec()))
}

fn ini_plain(name: &str, sealed: &[u8], documents: &[Mapping]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let file = ini::Ini::parse(name, sealed)?;
    let texts = ini_texts(&file, documents.first().ok_or(OTHER_SHAPE)?)?;
    let mut changes = ini_changes(&texts);
    let metadata = file.sections().filter(|section| section.name() == METADATA_KEY);
    changes.extend(metadata.map(|section| ini::Change::RemoveSection {
        section: section.index(),
    }));
    Ok(Zeroizing::new(file.edit(&changes)?.as_str().as_bytes().to_vec()))
}
