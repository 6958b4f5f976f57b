//! What was seen, as lines for people and as JSON for programs. Names and reasons, never a value.

use std::fmt;

use serde::Serialize;
use serde_json::{Value, json};

use crate::keys::Due;
use crate::state::Key;

/// Everything.
#[derive(Debug, Default)]
pub struct Report {
    /// Keys, by kind.
    pub keys: Vec<KeysSeen>,
    /// Objects, by kind.
    pub kinds: Vec<KindSeen>,
    /// What becomes of the ConfigMap with the recipient.
    pub published: Option<Published>,
}

/// The keys of one kind.
#[derive(Debug, Serialize)]
pub struct KeysSeen {
    /// The kind.
    pub what: &'static str,
    /// Names of those that open, newest first.
    pub used: Vec<String>,
    /// Names of those that cannot be used, and why.
    pub refused: Vec<(String, String)>,
    /// Why one would be made.
    pub due: Option<Due>,
}

/// The objects of one kind.
#[derive(Debug)]
pub struct KindSeen {
    kind: &'static str,
    /// By namespace and name.
    objects: Vec<ObjectSeen>,
}

/// One object.
#[derive(Debug)]
pub struct ObjectSeen {
    /// Namespace and name, of its Secret too.
    pub object: Key,
    /// What becomes of its Secret.
    pub secret: Option<Write>,
    /// Why it has not the Secret that it should have.
    pub failure: Option<String>,
    /// Whether its status would be written.
    pub status: bool,
}

/// A write.
#[derive(Debug, PartialEq, Eq)]
pub enum Write {
    /// It is not there.
    Create,
    /// It differs, in this.
    Replace(Vec<String>),
}

/// The same, of something that is not secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Published {
    /// It is not there.
    Create,
    /// It says something else.
    Replace,
}

impl KindSeen {
    /// Puts objects in order.
    #[must_use]
    pub fn new(kind: &'static str, mut objects: Vec<ObjectSeen>) -> Self {
        objects.sort_by(|a, b| a.object.cmp(&b.object));
        Self { kind, objects }
    }

    fn count(&self, which: impl Fn(&&ObjectSeen) -> bool) -> usize {
        self.objects.iter().filter(which).count()
    }

    fn created(&self) -> usize {
        self.count(|seen| seen.secret == Some(Write::Create))
    }

    fn replaced(&self) -> usize {
        self.count(|seen| matches!(seen.secret, Some(Write::Replace(_))))
    }

    fn statuses(&self) -> usize {
        self.count(|seen| seen.status)
    }

    fn failed(&self) -> usize {
        self.count(|seen| seen.failure.is_some())
    }
}

impl Report {
    /// How many writes there would be.
    #[must_use]
    pub fn changes(&self) -> usize {
        let keys = self.keys.iter().filter(|keys| keys.due.is_some()).count();
        let objects = self.kinds.iter();
        let objects = objects.map(|kind| kind.created() + kind.replaced() + kind.statuses());
        keys + objects.sum::<usize>() + usize::from(self.published.is_some())
    }

    /// One JSON object. Of objects only those that something would become of, or that fail.
    #[must_use]
    pub fn json(&self) -> Value {
        let kinds = self.kinds.iter().map(|kind| {
            let objects: Vec<_> = kind.objects.iter().filter(|seen| seen.matters()).map(ObjectSeen::json).collect();
            json!({
                "kind": kind.kind, "total": kind.objects.len(), "failed": kind.failed(), "statuses": kind.statuses(),
                "secrets": {"created": kind.created(), "replaced": kind.replaced()}, "objects": objects,
            })
        });
        json!({
            "changes": self.changes(), "keys": self.keys, "recipientConfigMap": self.published,
            "kinds": kinds.collect::<Vec<_>>(),
        })
    }
}

impl ObjectSeen {
    fn matters(&self) -> bool {
        self.secret.is_some() || self.failure.is_some() || self.status
    }

    fn json(&self) -> Value {
        let (write, differences) = match &self.secret {
            None => (None, &[][..]),
            Some(Write::Create) => (Some("create"), &[][..]),
            Some(Write::Replace(differences)) => (Some("replace"), &differences[..]),
        };
        json!({
            "namespace": self.object.namespace(), "name": self.object.name(), "secret": write,
            "differences": differences, "failure": self.failure, "status": self.status,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.keys.iter().try_for_each(|keys| keys.fmt(f))?;
        match self.published {
            Some(Published::Create) => writeln!(f, "recipient: would create its ConfigMap")?,
            Some(Published::Replace) => writeln!(f, "recipient: would change its ConfigMap")?,
            None => {}
        }
        self.kinds.iter().try_for_each(|kind| kind.fmt(f))?;
        match self.changes() {
            0 => writeln!(f, "nothing would be written"),
            1 => writeln!(f, "1 write"),
            more => writeln!(f, "{more} writes"),
        }
    }
}

impl fmt::Display for KeysSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} used, {} refused",
            self.what,
            self.used.len(),
            self.refused.len()
        )?;
        for (name, why) in &self.refused {
            writeln!(f, "  {name}: cannot be used: {why}")?;
        }
        match self.due {
            Some(Due::Missing) => writeln!(f, "  would make one: there is none"),
            Some(Due::CutOff) => writeln!(f, "  would make one: the current one is older than the cut-off"),
            Some(Due::Aged) => writeln!(
                f,
                "  would make one: the current one has reached the age of renewal"
            ),
            None => Ok(()),
        }
    }
}

impl fmt::Display for KindSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}s: {}; Secrets created {}, rewritten {}; statuses written {}; failing {}",
            self.kind,
            self.objects.len(),
            self.created(),
            self.replaced(),
            self.statuses(),
            self.failed(),
        )?;
        self.objects
            .iter()
            .filter(|seen| seen.matters())
            .try_for_each(|seen| seen.fmt(f))
    }
}

impl fmt::Display for ObjectSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.object;
        match &self.secret {
            Some(Write::Create) => writeln!(f, "  {name}: would create its Secret")?,
            Some(Write::Replace(differences)) => {
                writeln!(
                    f,
                    "  {name}: would rewrite its Secret: {}",
                    differences.join(", ")
                )?;
            }
            None => {}
        }
        if let Some(failure) = &self.failure {
            let failure = failure.replace('\n', " ");
            writeln!(f, "  {name}: would fail: {failure}")?;
        }
        if self.status {
            writeln!(f, "  {name}: would write its status")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use kube::core::ObjectMeta;

    use super::*;

    fn seen(name: &str, secret: Option<Write>, failure: Option<&str>, status: bool) -> ObjectSeen {
        let metadata = ObjectMeta {
            namespace: Some("shop".to_owned()),
            name: Some(name.to_owned()),
            ..ObjectMeta::default()
        };
        ObjectSeen {
            object: Key::of(&metadata),
            secret,
            failure: failure.map(str::to_owned),
            status,
        }
    }

    fn keys(due: Option<Due>) -> KeysSeen {
        KeysSeen {
            what: "sealing keys",
            used: vec!["new".to_owned(), "old".to_owned()],
            refused: vec![("weak".to_owned(), "its tls.key: too short".to_owned())],
            due,
        }
    }

    #[test]
    fn a_cluster_as_it_should_be_needs_no_write_although_something_fails() {
        let objects = vec![
            seen("b", None, Some("no key"), false),
            seen("a", None, None, false),
        ];
        let report = Report {
            keys: vec![keys(None)],
            kinds: vec![KindSeen::new("SealedSecret", objects)],
            published: None,
        };
        assert_eq!(report.changes(), 0);
        let expected = "\
sealing keys: 2 used, 1 refused
  weak: cannot be used: its tls.key: too short
SealedSecrets: 2; Secrets created 0, rewritten 0; statuses written 0; failing 1
  shop/b: would fail: no key
nothing would be written
";
        assert_eq!(report.to_string(), expected);
        let json = report.json();
        assert_eq!(
            (&json["changes"], &json["kinds"][0]["total"]),
            (&json!(0), &json!(2))
        );
        assert_eq!(json["kinds"][0]["objects"].as_array().map(Vec::len), Some(1));
    }

    #[test]
    fn every_write_is_counted_and_named() {
        let differences = vec!["data.a changed".to_owned(), "labels.b added".to_owned()];
        let objects = vec![
            seen("new", Some(Write::Create), None, true),
            seen("drifted", Some(Write::Replace(differences)), None, false),
        ];
        let report = Report {
            keys: vec![keys(Some(Due::Missing))],
            kinds: vec![KindSeen::new("SealedSecret", objects)],
            published: Some(Published::Create),
        };
        assert_eq!(report.changes(), 5);
        let text = report.to_string();
        for line in [
            "  would make one: there is none\n",
            "recipient: would create its ConfigMap\n",
            "  shop/drifted: would rewrite its Secret: data.a changed, labels.b added\n",
            "  shop/new: would create its Secret\n  shop/new: would write its status\n5 writes\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
        let json = report.json();
        let drifted = &json["kinds"][0]["objects"][0];
        assert_eq!(
            (&drifted["secret"], &drifted["differences"][0]),
            (&json!("replace"), &json!("data.a changed"))
        );
        assert_eq!(
            (&json["keys"][0]["due"], &json["recipientConfigMap"]),
            (&json!("missing"), &json!("create"))
        );
    }
}
