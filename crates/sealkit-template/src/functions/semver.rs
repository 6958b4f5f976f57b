//! Semantic versions and constraints on them, as lenient as Masterminds/semver reads them.

use std::cmp::Ordering;
use std::fmt;
use std::rc::Rc;

use regex::Regex;

use super::{Function, function, text};
use crate::error::Fault;
use crate::exec::Tools;
use crate::text::lossy;
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    function("semver", "s", |tools, a| {
        tools.step(200)?;
        let version = Version::parse(&lossy(text(a, 0)))?;
        Ok(Value::Version(Rc::new(version)))
    }),
    function("semverCompare", "ss", |tools, a| {
        tools.step(500 + text(a, 0).len() * 32)?;
        let constraints = Constraints::parse(tools, &lossy(text(a, 0)))?;
        let version = Version::parse(&lossy(text(a, 1)))?;
        Ok(Value::Bool(constraints.admit(&version)))
    }),
];

#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Version {
    pub(crate) major: u64,
    pub(crate) minor: u64,
    pub(crate) patch: u64,
    pub(crate) prerelease: String,
    pub(crate) metadata: String,
    pub(crate) original: String,
}

const SUFFIXES: &str = r"(-([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?(\+([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?";
const INVALID: &str = "invalid semantic version";

fn regex(expression: &str) -> Regex {
    Regex::new(expression).expect("the expression is a constant that tests compile")
}

impl Version {
    fn parse(text: &str) -> Result<Self, Fault> {
        let shape = regex(&format!(r"^v?([0-9]+)(\.[0-9]+)?(\.[0-9]+)?{SUFFIXES}$"));
        let found = shape.captures(text).ok_or(INVALID)?;
        let part = |index: usize| found.get(index).map_or("", |part| part.as_str());
        let number = |index: usize| {
            let digits = part(index).trim_start_matches('.');
            match digits.is_empty() {
                true => Ok(0),
                false => digits
                    .parse::<u64>()
                    .map_err(|_| Fault::from("error parsing version segment")),
            }
        };
        let zeros = |piece: &str| {
            piece.len() > 1 && piece.starts_with('0') && piece.bytes().all(|byte| byte.is_ascii_digit())
        };
        if part(5).split('.').any(zeros) {
            return Err("version segment starts with 0".into());
        }
        Ok(Self {
            major: number(1)?,
            minor: number(2)?,
            patch: number(3)?,
            prerelease: part(5).to_owned(),
            metadata: part(8).to_owned(),
            original: text.to_owned(),
        })
    }

    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        let by_number = numbers(self).cmp(&numbers(other));
        by_number.then_with(|| match (self.prerelease.as_str(), other.prerelease.as_str()) {
            ("", "") => Ordering::Equal,
            ("", _) => Ordering::Greater,
            (_, "") => Ordering::Less,
            (left, right) => prerelease_order(left, right),
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.prerelease.is_empty() {
            write!(f, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

fn prerelease_order(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let (left, right) = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (left, right) => (left.unwrap_or(""), right.unwrap_or("")),
        };
        let order = match (left.parse::<u64>(), right.parse::<u64>()) {
            _ if left == right => Ordering::Equal,
            _ if left.is_empty() => Ordering::Less,
            _ if right.is_empty() => Ordering::Greater,
            (Ok(left), Ok(right)) => left.cmp(&right),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(_), Err(_)) => left.cmp(right),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Alternatives; each holds if all of its constraints do.
struct Constraints(Vec<Vec<Constraint>>);

struct Constraint {
    operator: String,
    version: Version,
    /// Parts that were left open: `1.x`.
    dirty: bool,
    minor_dirty: bool,
    patch_dirty: bool,
}

impl Constraints {
    fn parse(tools: &mut Tools<'_>, text: &str) -> Result<Self, Fault> {
        let version = format!(r"v?([0-9|x|X|\*]+)(\.[0-9|x|X|\*]+)?(\.[0-9|x|X|\*]+)?{SUFFIXES}");
        let operators = r"=||!=|>|<|>=|=>|<=|=<|~|~>|\^";
        let range = regex(&format!(r"\s*({version})\s+-\s+({version})\s*"));
        let valid = regex(&format!(
            r"^(\s*({operators})\s*({version})\s*)((?:\s+|,\s*)({operators})\s*({version})\s*)*$"
        ));
        let one = regex(&format!(r"({operators})\s*({version})"));
        let whole = regex(&format!(r"^\s*({operators})\s*({version})\s*$"));
        let mut rewritten = text.to_owned();
        for found in range.captures_iter(text) {
            let new = format!(">= {}, <= {} ", &found[1], &found[11]);
            rewritten = rewritten.replacen(&found[0], &new, 1);
        }
        let mut alternatives = Vec::new();
        for part in rewritten.split("||") {
            tools.step(200)?;
            if !valid.is_match(part) {
                return Err("improper constraint".into());
            }
            let mut all = Vec::new();
            for found in one.find_iter(part) {
                let found = whole.captures(found.as_str()).ok_or("improper constraint")?;
                all.push(Constraint::read(&found)?);
            }
            alternatives.push(all);
        }
        Ok(Self(alternatives))
    }

    fn admit(&self, version: &Version) -> bool {
        self.0.iter().any(|all| {
            let prereleases = all.iter().any(|one| !one.version.prerelease.is_empty());
            let wanted = version.prerelease.is_empty() || prereleases;
            all.iter().all(|one| wanted && one.admits(version))
        })
    }
}

impl Constraint {
    fn read(found: &regex::Captures<'_>) -> Result<Self, Fault> {
        let part = |index: usize| found.get(index).map_or("", |part| part.as_str());
        let open = |text: &str| matches!(text.trim_start_matches('.'), "" | "x" | "X" | "*");
        let (mut dirty, mut minor_dirty, mut patch_dirty) = (true, false, false);
        let version = if open(part(3)) {
            format!("0.0.0{}", part(6))
        } else if open(part(4)) {
            minor_dirty = true;
            format!("{}.0.0{}", part(3), part(6))
        } else if open(part(5)) {
            patch_dirty = true;
            format!("{}{}.0{}", part(3), part(4), part(6))
        } else {
            dirty = false;
            part(2).to_owned()
        };
        let version = Version::parse(&version).map_err(|_| Fault::from("constraint parser error"))?;
        Ok(Self {
            operator: part(1).to_owned(),
            version,
            dirty,
            minor_dirty,
            patch_dirty,
        })
    }

    fn admits(&self, found: &Version) -> bool {
        let order = found.order(&self.version);
        match self.operator.as_str() {
            "" | "=" if self.dirty => self.tilde(found),
            "" | "=" => order == Ordering::Equal,
            "!=" => self.differs(found),
            ">" => self.greater(found),
            "<" => order == Ordering::Less,
            ">=" | "=>" => order != Ordering::Less,
            "<=" | "=<" if !self.dirty => order != Ordering::Greater,
            "<=" | "=<" => {
                let minor = found.minor > self.version.minor && !self.minor_dirty;
                found.major < self.version.major || found.major == self.version.major && !minor
            }
            "~" | "~>" => self.tilde(found),
            _ => self.caret(found),
        }
    }

    fn differs(&self, found: &Version) -> bool {
        let own = &self.version;
        if self.dirty {
            if own.major != found.major {
                return true;
            }
            if own.minor != found.minor && !self.minor_dirty {
                return true;
            }
            if self.minor_dirty {
                return false;
            }
            if own.patch != found.patch && !self.patch_dirty {
                return true;
            }
            if self.patch_dirty {
                return prerelease_order(&found.prerelease, &own.prerelease) != Ordering::Equal;
            }
        }
        found.order(own) != Ordering::Equal
    }

    fn greater(&self, found: &Version) -> bool {
        let own = &self.version;
        if !self.dirty || found.major == own.major && !self.minor_dirty && !self.patch_dirty {
            return found.order(own) == Ordering::Greater;
        }
        match found.major.cmp(&own.major) {
            Ordering::Equal => self.patch_dirty && found.minor > own.minor,
            other => other == Ordering::Greater,
        }
    }

    fn tilde(&self, found: &Version) -> bool {
        let own = &self.version;
        if found.order(own) == Ordering::Less {
            return false;
        }
        let zero = (own.major, own.minor, own.patch) == (0, 0, 0);
        if zero && !self.minor_dirty && !self.patch_dirty {
            return true;
        }
        found.major == own.major && (found.minor == own.minor || self.minor_dirty)
    }

    fn caret(&self, found: &Version) -> bool {
        let own = &self.version;
        if found.order(own) == Ordering::Less {
            return false;
        }
        if own.major > 0 || self.minor_dirty {
            return found.major == own.major;
        }
        if found.major > 0 {
            return false;
        }
        if own.minor > 0 || self.patch_dirty {
            return found.minor == own.minor;
        }
        found.minor == 0 && found.patch == own.patch
    }
}
