//! Which resources a selector of the configuration file means.
//!
//! A selector is split at its first dot, nothing is looked up: `secrets.v1` is the resource `secrets` of a group `v1` that
//! does not exist, and selects nothing. Which resources a cluster has, this file does not know.

use std::fmt;
use std::str::FromStr;

/// A resource and its API group, or a selector of several: `secrets`, `deployments.apps`, `*.apps`, `*.`, `*.*`.
///
/// Source: `k8s.io/apimachinery` v0.36.2, `schema.GroupResource` and `schema.ParseGroupResource`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupResource {
    resource: String,
    group: String,
}

impl GroupResource {
    /// Names a resource (plural, lower case) of a group; the core group is empty.
    pub fn new(resource: &str, group: &str) -> GroupResource {
        GroupResource {
            resource: resource.to_owned(),
            group: group.to_owned(),
        }
    }

    /// Splits at the first dot. Every text is a selector, even one that selects nothing.
    pub fn parse(text: &str) -> GroupResource {
        let (resource, group) = text.split_once('.').unwrap_or((text, ""));
        GroupResource::new(resource, group)
    }

    /// The selector of every resource of every group.
    pub fn everything() -> GroupResource {
        GroupResource::new("*", "*")
    }

    /// The selector of every resource of this one's group.
    pub fn whole_group(&self) -> GroupResource {
        GroupResource::new("*", &self.group)
    }

    /// The part before the first dot.
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// The part after the first dot; empty for the core group.
    pub fn group(&self) -> &str {
        &self.group
    }

    /// Whether this selects more than one resource.
    pub fn is_wildcard(&self) -> bool {
        self.resource == "*"
    }

    /// Whether the selector applies to `resource`, if no more specific one does.
    pub fn selects(&self, resource: &GroupResource) -> bool {
        self == resource || (self.is_wildcard() && (self.group == "*" || self.group == resource.group))
    }
}

impl FromStr for GroupResource {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<GroupResource, Self::Err> {
        Ok(GroupResource::parse(text))
    }
}

/// As the configuration file writes it: the core group has no dot, except in `*.`.
impl fmt::Display for GroupResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.resource.as_str(), self.group.as_str()) {
            ("*", "") => f.write_str("*."),
            (resource, "") => f.write_str(resource),
            (resource, group) => write!(f, "{resource}.{group}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_at_the_first_dot_and_prints_it_back() {
        for (text, resource, group, printed) in [
            ("secrets", "secrets", "", "secrets"),
            ("secrets.", "secrets", "", "secrets"),
            ("deployments.apps", "deployments", "apps", "deployments.apps"),
            (
                "pandas.awesome.bears.example",
                "pandas",
                "awesome.bears.example",
                "pandas.awesome.bears.example",
            ),
            ("*.", "*", "", "*."),
            ("*", "*", "", "*."),
            ("*.*", "*", "*", "*.*"),
            (".apps", "", "apps", ".apps"),
            ("", "", "", ""),
        ] {
            let parsed = GroupResource::parse(text);
            assert_eq!((parsed.resource(), parsed.group()), (resource, group), "{text}");
            assert_eq!(parsed.to_string(), printed);
        }
    }

    #[test]
    fn a_wildcard_selects_its_group_only() {
        let check = |selector: &str, resource: &str| {
            GroupResource::parse(selector).selects(&GroupResource::parse(resource))
        };
        assert!(check("*.", "secrets") && check("*.*", "secrets") && check("*.apps", "deployments.apps"));
        assert!(
            !check("*.", "deployments.apps")
                && !check("*.apps", "secrets")
                && !check("secrets", "configmaps")
        );
    }
}
