//! The values that a template handles, with the types that Go would give them: functions and messages depend on these.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::rc::Rc;

use zeroize::Zeroizing;

use crate::functions::certificates::Certificate;
use crate::functions::dates::Time;
use crate::functions::semver::Version;

/// Bytes that may be secret: shared, wiped when the last holder lets go, and never printed for people.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Text(Rc<Zeroizing<Vec<u8>>>);

impl Deref for Text {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Borrow<[u8]> for Text {
    fn borrow(&self) -> &[u8] {
        self
    }
}

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Rc::new(Zeroizing::new(bytes)))
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

/// Go's integer types that turn up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signed {
    Int,
    Int64,
    Month,
    Weekday,
    Duration,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsigned {
    Uint8,
    Uint64,
}

/// The element type of a list or dictionary.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    Any,
    Text,
    Int,
    Lists,
}

#[derive(Clone)]
pub(crate) struct List {
    pub(crate) element: Element,
    pub(crate) items: Rc<Vec<Value>>,
    /// A Go slice that was never made: prints as an empty one, but is `null` in JSON.
    pub(crate) nil: bool,
    /// How deep lists nest in here, kept because lists are shared and a count would visit each many times.
    depth: u32,
}

pub(crate) type Entries = BTreeMap<Text, Value>;

pub(crate) struct Map {
    pub(crate) element: Element,
    pub(crate) entries: RefCell<Entries>,
    pub(crate) nil: bool,
}

#[derive(Clone)]
pub(crate) enum Value {
    Nil,
    Bool(bool),
    Signed(Signed, i64),
    Unsigned(Unsigned, u64),
    Float(f64),
    Complex(f64, f64),
    Text(Text),
    List(List),
    Map(Rc<Map>),
    Time(Time),
    Version(Rc<Version>),
    Certificate(Rc<Certificate>),
}

impl Value {
    pub(crate) fn int(value: i64) -> Self {
        Self::Signed(Signed::Int, value)
    }

    pub(crate) fn int64(value: i64) -> Self {
        Self::Signed(Signed::Int64, value)
    }

    pub(crate) fn text(bytes: impl Into<Vec<u8>>) -> Self {
        Self::Text(bytes.into().into())
    }

    pub(crate) fn list_of(element: Element, items: Vec<Value>) -> Self {
        let depth = 1 + items.iter().map(Self::depth).max().unwrap_or(0);
        Self::List(List {
            element,
            items: Rc::new(items),
            nil: false,
            depth,
        })
    }

    pub(crate) fn nil_list(element: Element) -> Self {
        Self::List(List {
            element,
            items: Rc::default(),
            nil: true,
            depth: 1,
        })
    }

    /// The type as Go writes it.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Signed(Signed::Int, _) => "int",
            Self::Signed(Signed::Int64, _) => "int64",
            Self::Signed(Signed::Month, _) => "time.Month",
            Self::Signed(Signed::Weekday, _) => "time.Weekday",
            Self::Signed(Signed::Duration, _) => "time.Duration",
            Self::Unsigned(Unsigned::Uint8, _) => "uint8",
            Self::Unsigned(Unsigned::Uint64, _) => "uint64",
            Self::Float(_) => "float64",
            Self::Complex(..) => "complex128",
            Self::Text(_) => "string",
            Self::List(list) => match list.element {
                Element::Any => "[]interface {}",
                Element::Text => "[]string",
                Element::Int => "[]int",
                Element::Lists => "[][]interface {}",
            },
            Self::Map(map) => match map.element {
                Element::Text => "map[string]string",
                _ => "map[string]interface {}",
            },
            Self::Time(_) => "time.Time",
            Self::Version(_) => "*semver.Version",
            Self::Certificate(_) => "sprig.certificate",
        }
    }

    /// The kind as Go's reflection calls it.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self {
            Self::Nil => "invalid",
            Self::Signed(Signed::Month | Signed::Weekday, _) => "int",
            Self::Signed(Signed::Duration, _) => "int64",
            Self::List(_) => "slice",
            Self::Map(_) => "map",
            Self::Time(_) | Self::Certificate(_) => "struct",
            Self::Version(_) => "ptr",
            other => other.type_name(),
        }
    }

    /// Whether `if` takes the first branch; `empty` of sprig is the opposite, but for structs the same.
    pub(crate) fn truth(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(value) => *value,
            Self::Signed(_, value) => *value != 0,
            Self::Unsigned(_, value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Complex(real, imaginary) => *real != 0.0 || *imaginary != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(list) => !list.items.is_empty(),
            Self::Map(map) => !map.entries.borrow().is_empty(),
            Self::Time(_) | Self::Version(_) | Self::Certificate(_) => true,
        }
    }

    /// What an element that is not there reads as.
    pub(crate) fn zero(element: Element) -> Self {
        match element {
            Element::Text => Self::text(""),
            Element::Int => Self::int(0),
            Element::Any | Element::Lists => Self::Nil,
        }
    }

    /// How deep lists nest in here. Dictionaries count as leaves: they have an owner of their own.
    pub(crate) fn depth(&self) -> u32 {
        match self {
            Self::List(list) => list.depth,
            _ => 0,
        }
    }
}
