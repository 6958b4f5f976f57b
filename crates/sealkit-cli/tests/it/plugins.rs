//! A plugin is a program: found in `PATH`, started for keys that the person configured, and for no others. Ours is a shell
//! script that speaks age's plugin protocol and protects nothing.

use std::{fs, os::unix::fs::PermissionsExt};

use sealkit::crypto::bech32;

use crate::scene::{SECRET, Said, Scene};

/// Puts the file key as it is into its stanza, and takes it out again. Notes in `$TMPDIR/started` how it was started.
///
/// Source: <https://c2sp.org/age-plugin>.
const PLUGIN: &str = r#"#!/bin/sh
echo "$1" >> "${0%/*}/started"
case "$1" in
--age-plugin=recipient-v1)
  while read -r _ command _; do
    case "$command" in wrap-file-key) read -r key ;; done) break ;; esac
  done
  read -r _
  printf -- '-> recipient-stanza 0 fake\n%s\n' "$key" ;;
--age-plugin=identity-v1)
  while read -r _ command _ tag; do
    case "$command $tag" in "recipient-stanza fake") read -r key ;; "done ") break ;; esac
  done
  read -r _
  printf -- '-> file-key 0\n%s\n' "$key" ;;
*) exit 1 ;;
esac
read -r _ # our ok
read -r _
printf -- '-> done\n\n'
"#;

struct Fake {
    scene: Scene,
    recipient: String,
}

impl Fake {
    fn new() -> Self {
        let scene = Scene::new();
        scene.write("bin/age-plugin-fake", PLUGIN);
        fs::set_permissions(scene.at("bin/age-plugin-fake"), fs::Permissions::from_mode(0o755)).unwrap();
        let identity = bech32::encode_upper("AGE-PLUGIN-FAKE-", b"key").unwrap();
        scene.write_home("fake.txt", &identity);
        let recipient = bech32::encode("age1fake", b"key").unwrap();
        scene.write("db.yaml", SECRET);
        Self { scene, recipient }
    }

    fn shell(&self, line: &str) -> Said {
        let path = "PATH=\"$PWD/bin:$PATH\" ID=\"$HOME/fake.txt\"";
        self.scene.shell(&format!("export {path}; {line}"))
    }

    fn seal(&self) {
        let said = self.shell(&format!("sealkit seal -i db.yaml --recipient {}", self.recipient));
        assert_eq!(said.code, 0, "{}", said.err);
        assert!(self.scene.read("db.yaml").contains(&self.recipient));
    }

    fn starts(&self) -> usize {
        fs::read_to_string(self.scene.at("bin/started")).map_or(0, |text| text.lines().count())
    }
}

#[test]
fn a_plugin_seals_and_opens() {
    let fake = Fake::new();
    fake.seal();
    assert_eq!(fake.starts(), 1);
    let said = fake.shell("sealkit open db.yaml --identity $ID");
    assert_eq!((said.code, said.out.as_str()), (0, SECRET), "{}", said.err);
    let set = format!(
        "printf new | sealkit set db.yaml password --recipient {}",
        fake.recipient
    );
    assert_eq!(fake.shell(&set).code, 0);
    let said = fake.shell("sealkit get db.yaml password --identity $ID");
    assert_eq!((said.code, said.out.as_str()), (0, "new"), "{}", said.err);
}

#[test]
fn what_only_a_file_names_is_never_started() {
    let fake = Fake::new();
    fake.seal();
    for line in [
        "sealkit open db.yaml",
        "sealkit inspect db.yaml",
        "sealkit check db.yaml",
        "sealkit get db.yaml password",
        "sealkit rotate --check db.yaml",
        "sealkit rotate db.yaml",
        "printf x | sealkit set db.yaml password",
    ] {
        fake.shell(line);
    }
    assert_eq!(fake.starts(), 1, "only to seal");
}

#[test]
fn a_plugin_that_is_missing_or_breaks_off_is_named() {
    let fake = Fake::new();
    fake.seal();
    let sealed = fake.scene.read("db.yaml");
    let missing = fake
        .scene
        .shell("sealkit open -i db.yaml --identity $HOME/fake.txt");
    fake.scene.write("bin/age-plugin-fake", "#!/bin/sh\nexit 1\n");
    let broken = fake.shell("sealkit open -i db.yaml --identity $ID");
    for said in [missing, broken] {
        assert_ne!(said.code, 0);
        assert!(
            said.err.contains("age-plugin-fake") && said.err.contains("   = help: "),
            "{}",
            said.err
        );
        assert_eq!(fake.scene.read("db.yaml"), sealed);
    }
}
