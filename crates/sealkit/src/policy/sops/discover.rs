//! Where a `.sops.yaml` is looked for, told without looking.

/// The name of the configuration.
pub const CONFIG_FILE_NAME: &str = ".sops.yaml";
/// A name that is often meant and never read.
pub const ALTERNATE_FILE_NAME: &str = ".sops.yml";

/// How far up the peer looks.
const MAX_LEVELS: usize = 100;

/// What was found on the way up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered<D> {
    /// The folder with the configuration.
    pub folder: Option<D>,
    /// The first folder with a file of the alternate name, which is worth a warning.
    pub alternate: Option<D>,
}

/// Walks up `folders`, the first being where the search begins, until one has the configuration. `exists` tells whether
/// a folder has a file of a name. The peer begins in the working directory, sealkit beside the file in question.
pub fn discover<D: Clone>(
    folders: impl IntoIterator<Item = D>,
    mut exists: impl FnMut(&D, &str) -> bool,
) -> Discovered<D> {
    let mut alternate = None;
    for folder in folders.into_iter().take(MAX_LEVELS) {
        if exists(&folder, CONFIG_FILE_NAME) {
            return Discovered {
                folder: Some(folder),
                alternate,
            };
        }
        if alternate.is_none() && exists(&folder, ALTERNATE_FILE_NAME) {
            alternate = Some(folder);
        }
    }
    Discovered {
        folder: None,
        alternate,
    }
}

/// What the patterns of a configuration in `folder` are held against: the file's absolute path without the folder and
/// the `separator` behind it, or all of it if it lies elsewhere.
pub fn rule_path<'a>(folder: &str, file: &'a str, separator: char) -> &'a str {
    file.strip_prefix(folder)
        .and_then(|rest| rest.strip_prefix(separator))
        .unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(present: &[&str], folder: Option<&str>, alternate: Option<&str>) {
        let found = discover(["/a/b", "/a", ""], |folder, name| {
            present.contains(&format!("{folder}/{name}").as_str())
        });
        assert_eq!(found, Discovered { folder, alternate });
    }

    #[test]
    fn the_nearest_configuration_above_wins() {
        check(&[], None, None);
        check(&["/a/.sops.yaml", "/.sops.yaml"], Some("/a"), None);
        check(
            &["/a/b/.sops.yml", "/a/.sops.yml", "/.sops.yaml"],
            Some(""),
            Some("/a/b"),
        );
        check(&["/.sops.yml"], None, Some(""));
    }

    #[test]
    fn the_search_ends_after_a_hundred_levels() {
        let at = |level: usize| discover(0..200, |folder, _| *folder == level).folder;
        assert_eq!((at(99), at(100)), (Some(99), None));
    }

    #[test]
    fn patterns_see_the_path_below_the_configuration() {
        assert_eq!(rule_path("/repo", "/repo/a/db.yaml", '/'), "a/db.yaml");
        assert_eq!(
            rule_path("/repo", "/repository/db.yaml", '/'),
            "/repository/db.yaml"
        );
        assert_eq!(rule_path("/repo", "/tmp/db.yaml", '/'), "/tmp/db.yaml");
    }
}
