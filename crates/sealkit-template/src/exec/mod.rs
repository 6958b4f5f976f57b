//! Rendering: walks the tree, as Go's `text/template` does, and stops at the first error or bound.

mod call;
mod field;
mod place;
mod walk;

pub(crate) use walk::integer as walk_integer;

use std::cell::RefCell;
use std::rc::Rc;

use zeroize::Zeroizing;

use crate::Template;
use crate::error::{Error, ErrorKind, Fault};
use crate::host::Host;
use crate::limits::{Budget, Limits, VALUE_DEPTH};
use crate::parse::Trees;
use crate::value::{Element, Entries, List, Map, Text, Value};
use place::Place;

/// What functions work with: the world, the budget, and the owner of all dictionaries.
pub(crate) struct Tools<'h> {
    pub(crate) host: Host<'h>,
    budget: Budget,
    maps: Vec<Rc<Map>>,
}

pub(crate) struct Exec<'t, 'h> {
    template: &'t Template,
    trees: &'t Trees,
    /// The name of the body that is being walked.
    name: &'t str,
    variables: Vec<(&'t str, Value)>,
    place: Place<'t>,
    depth: u32,
    out: Zeroizing<Vec<u8>>,
    pub(crate) tools: Tools<'h>,
}

pub(crate) fn render<'v>(
    template: &Template,
    values: impl Iterator<Item = (&'v str, &'v [u8])>,
    host: Host<'_>,
    limits: &Limits,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let started = (host.clock)();
    let mut tools = Tools {
        host,
        budget: Budget::new(*limits, started),
        maps: Vec::new(),
    };
    let entries = values.map(|(key, value)| (key.as_bytes().into(), Value::Text(value.into())));
    let dot = tools.new_map(Element::Text, entries.collect());
    let mut exec = Exec {
        template,
        trees: &template.trees,
        name: &template.name,
        variables: Vec::new(),
        place: Place::Nowhere,
        depth: 0,
        out: Zeroizing::new(Vec::new()),
        tools,
    };
    exec.root(&dot)?;
    Ok(std::mem::take(&mut exec.out))
}

impl Tools<'_> {
    pub(crate) fn now(&self) -> i128 {
        (self.host.clock)()
    }

    pub(crate) fn step(&mut self, count: usize) -> Result<(), Fault> {
        self.budget.step(count as u64, self.host.clock)
    }

    /// Pays for bytes before they are made.
    pub(crate) fn memory(&mut self, bytes: usize) -> Result<(), Fault> {
        self.budget.memory(bytes)?;
        self.step(bytes / 256)
    }

    /// A string, paid for.
    pub(crate) fn text(&mut self, bytes: impl Into<Vec<u8>>) -> Result<Value, Fault> {
        let bytes = bytes.into();
        self.memory(bytes.len())?;
        Ok(Value::Text(bytes.into()))
    }

    /// A list, paid for, and not too deep.
    pub(crate) fn list(&mut self, items: Vec<Value>) -> Result<Value, Fault> {
        self.list_of(Element::Any, items)
    }

    pub(crate) fn list_of(&mut self, element: Element, items: Vec<Value>) -> Result<Value, Fault> {
        self.memory(items.len() * size_of::<Value>())?;
        self.step(items.len())?;
        if element == Element::Any && items.iter().any(|item| item.depth() >= VALUE_DEPTH) {
            return Err(too_deep());
        }
        Ok(Value::list_of(element, items))
    }

    pub(crate) fn texts(&mut self, items: Vec<Vec<u8>>) -> Result<Value, Fault> {
        self.memory(items.iter().map(Vec::len).sum())?;
        let items = items.into_iter().map(Value::text).collect();
        self.list_of(Element::Text, items)
    }

    /// A dictionary, paid for.
    pub(crate) fn map(&mut self, element: Element, entries: Entries) -> Result<Value, Fault> {
        let keys: usize = entries.keys().map(|key| key.len() + 64).sum();
        self.memory(keys + 64)?;
        self.step(entries.len())?;
        if entries.values().any(|value| value.depth() >= VALUE_DEPTH) {
            return Err(too_deep());
        }
        Ok(self.new_map(element, entries))
    }

    fn new_map(&mut self, element: Element, entries: Entries) -> Value {
        let map = Rc::new(Map {
            element,
            entries: RefCell::new(entries),
            nil: false,
        });
        self.maps.push(Rc::clone(&map));
        Value::Map(map)
    }

    pub(crate) fn nil_map(&mut self) -> Value {
        Value::Map(Rc::new(Map {
            element: Element::Any,
            entries: RefCell::default(),
            nil: true,
        }))
    }

    /// Guards a recursion over values, which may contain themselves: one step, and not deeper than any honest value.
    pub(crate) fn visit(&mut self, depth: u32) -> Result<(), Fault> {
        self.step(1)?;
        match depth > 2 * VALUE_DEPTH {
            true => Err(too_deep()),
            false => Ok(()),
        }
    }

    pub(crate) fn output(&mut self, bytes: usize) -> Result<(), Fault> {
        self.budget.output(bytes)
    }
}

/// Dictionaries may contain themselves and each other; taking all of them apart frees them without deep recursion.
impl Drop for Tools<'_> {
    fn drop(&mut self) {
        for map in &self.maps {
            drop(map.entries.take());
        }
    }
}

fn too_deep() -> Fault {
    Fault::Limit(format!("lists and dictionaries nest deeper than {VALUE_DEPTH}"))
}

/// Appends to a list, sharing nothing with it.
pub(crate) fn items(list: &List) -> Vec<Value> {
    list.items.as_ref().clone()
}

impl<'t> Exec<'t, '_> {
    /// An error at the current place.
    fn error<T>(&self, message: impl AsRef<str>) -> Result<T, Error> {
        Err(self.failure(ErrorKind::Execution, message.as_ref()))
    }

    fn failure(&self, kind: ErrorKind, message: &str) -> Error {
        let (line, place) = self.place.describe(self.template);
        let name = crate::text::quoted(self.name.as_bytes());
        let text = match place {
            Some((location, context)) => {
                format!("template: {location}: executing {name} at <{context}>: {message}")
            }
            None => format!("template: {}: {message}", self.name),
        };
        Error::new(kind, line, text)
    }

    /// A bound that was reached, or a fault outside any function.
    fn lift<T>(&self, result: Result<T, Fault>) -> Result<T, Error> {
        result.map_err(|fault| match fault {
            Fault::Failed(message) => self.failure(ErrorKind::Execution, &message),
            Fault::Limit(message) => self.failure(ErrorKind::Limit, &message),
        })
    }

    fn deeper(&mut self) -> Result<(), Error> {
        self.depth += 1;
        let limit = self.tools.budget.depth();
        if self.depth > limit {
            let message = format!("nested deeper than {limit}");
            return Err(self.failure(ErrorKind::Limit, &message));
        }
        let step = self.tools.step(1);
        self.lift(step)
    }

    fn variable(&self, name: &str) -> Value {
        let found = self.variables.iter().rev().find(|(known, _)| *known == name);
        found.map_or(Value::Nil, |(_, value)| value.clone())
    }

    fn set_variable(&mut self, name: &str, value: Value) -> Result<(), Error> {
        match self.variables.iter_mut().rev().find(|(known, _)| *known == name) {
            Some(slot) => slot.1 = value,
            None => return self.error(format!("undefined variable: {name}")),
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let paid = self.tools.output(bytes.len());
        self.lift(paid)?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }
}

/// A key looked up, or what its absence reads as.
pub(crate) fn entry(map: &Map, key: &[u8]) -> Option<Value> {
    map.entries.borrow().get(key).cloned()
}

pub(crate) fn set_entry(map: &Map, key: &[u8], value: Value) {
    map.entries.borrow_mut().insert(Text::from(key), value);
}
