//! A vector: the parts of an object, each of which a case may spoil, and the header that says what must happen.

use super::{
    draws::Draws,
    people::Person,
    writer::{b64, commitment, encrypt, id, pad, place, wrap_info},
};

/// A vector, ready to be written.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// Whether the text differs every time it is made, so that an old one is kept.
    pub(crate) randomised: bool,
    pub(crate) identities: Vec<&'static str>,
    pub(crate) expect: Expect,
    pub(crate) note: &'static str,
    pub(crate) doc: Doc,
}

/// What must happen.
pub(crate) enum Expect {
    /// The object opens and yields these items.
    Opens(Vec<(&'static str, Vec<u8>)>),
    /// It is refused, in a word, where this text begins for the n-th time (from 0) after the header.
    Refused(&'static str, String, usize),
}

/// An object in parts. Everything is text as it will stand in the file.
#[derive(Clone)]
pub(crate) struct Doc {
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
    pub(crate) metadata: String,
    /// `None` leaves the field out.
    pub(crate) scope: Option<String>,
    pub(crate) keys: Vec<Key>,
    pub(crate) items: Vec<(String, String)>,
    /// Whether `encryptedData` is written at all.
    pub(crate) items_field: bool,
    /// Further lines below `spec`.
    pub(crate) spec: String,
    /// Further lines at the top level.
    pub(crate) top: String,
}

#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) commitment: String,
    pub(crate) wrapped: Vec<(String, String)>,
    /// The data key itself; never written.
    pub(crate) secret: [u8; 32],
}

impl Doc {
    /// `shop/database`, strict.
    pub(crate) fn new() -> Self {
        Self {
            namespace: Some("shop".to_owned()),
            name: "database".to_owned(),
            metadata: String::new(),
            scope: Some("strict".to_owned()),
            keys: Vec::new(),
            items: Vec::new(),
            items_field: true,
            spec: String::new(),
            top: String::new(),
        }
    }

    pub(crate) fn place(&self) -> Vec<u8> {
        let scope = self.scope.as_deref().unwrap_or("strict");
        place(scope, self.namespace.as_deref().unwrap_or(""), &self.name)
    }

    /// Adds a data key, wrapped for these people, in the order of ids.
    pub(crate) fn key(&mut self, people: &[&Person], draws: &mut Draws) -> String {
        let secret = draws.bytes();
        self.key_of(secret, people, draws)
    }

    pub(crate) fn key_of(&mut self, secret: [u8; 32], people: &[&Person], draws: &mut Draws) -> String {
        let commitment = commitment(&secret, &self.place());
        let info = wrap_info(&self.place(), &commitment);
        let wrapped = people
            .iter()
            .map(|person| (person.name(), b64(&person.wrap(&secret, &info, draws))));
        let key = Key {
            id: id(&commitment),
            commitment: b64(&commitment),
            wrapped: wrapped.collect(),
            secret,
        };
        let id = key.id.clone();
        self.keys.push(key);
        self.keys.sort_by(|a, b| a.id.cmp(&b.id));
        id
    }

    /// Adds a value under a data key.
    pub(crate) fn item(&mut self, id: &str, item: &str, plaintext: &[u8], draws: &mut Draws) {
        self.padded_item(id, item, &pad(plaintext), draws);
    }

    pub(crate) fn padded_item(&mut self, id: &str, item: &str, padded: &[u8], draws: &mut Draws) {
        let key = self
            .keys
            .iter()
            .find(|key| key.id == id)
            .expect("the key was added before");
        let body = encrypt(&key.secret, &self.place(), item, padded, draws);
        self.items.push((item.to_owned(), format!("{id}:{}", b64(&body))));
    }

    pub(crate) fn text(&self) -> String {
        let mut text = "apiVersion: sealkit.dev/v1alpha1\nkind: EncryptedSecret\nmetadata:\n".to_owned();
        text += &format!("  name: {}\n", self.name);
        if let Some(namespace) = &self.namespace {
            text += &format!("  namespace: {namespace}\n");
        }
        text += &self.metadata;
        text += "spec:\n";
        if let Some(scope) = &self.scope {
            text += &format!("  scope: {scope}\n");
        }
        text += if self.keys.is_empty() {
            "  dataKeys: []\n"
        } else {
            "  dataKeys:\n"
        };
        for key in &self.keys {
            text += &format!("    - id: {}\n      commitment: {}\n", key.id, key.commitment);
            text += if key.wrapped.is_empty() {
                "      wrapped: []\n"
            } else {
                "      wrapped:\n"
            };
            for (recipient, wrapped) in &key.wrapped {
                text += &format!("        - recipient: {recipient}\n          key: {wrapped}\n");
            }
        }
        text += match (self.items_field, self.items.is_empty()) {
            (false, _) => "",
            (true, true) => "  encryptedData: {}\n",
            (true, false) => "  encryptedData:\n",
        };
        for (item, token) in &self.items {
            text += &format!("    {item}: {token}\n");
        }
        text + &self.spec + &self.top
    }
}

impl Case {
    /// The file: a header in comments, then the object.
    pub(crate) fn text(&self) -> String {
        let mut header = format!("# native/{}\n# {}\n", self.name, self.note);
        header += &format!("# identities: {}\n", self.identities.join(", "));
        let body = self.doc.text();
        match &self.expect {
            Expect::Opens(items) => {
                header += "# expect: opens\n";
                for (item, plaintext) in items {
                    let hex: String = plaintext.iter().map(|byte| format!("{byte:02x}")).collect();
                    header += &format!(
                        "# plaintext {item}: {}\n",
                        if hex.is_empty() { "-" } else { &hex }
                    );
                }
            }
            Expect::Refused(word, at, nth) => {
                let offset = body
                    .match_indices(at.as_str())
                    .nth(*nth)
                    .expect("the place is in the text")
                    .0;
                let line = body[..offset].matches('\n').count() + header.matches('\n').count() + 3;
                let column = offset - body[..offset].rfind('\n').map_or(0, |end| end + 1) + 1;
                header += &format!("# expect: {word} at {line}:{column}\n");
            }
        }
        header += if self.randomised {
            "# made by the first run of `cargo xtask vectors` and kept: RSA draws for itself\n"
        } else {
            "# made by `cargo xtask vectors` from the vector's name, see README.md\n"
        };
        header + &body
    }
}
