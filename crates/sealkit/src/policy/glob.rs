//! Path globs of a rule. Knows paths as text with `/`; never looks at a file system.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// The globs of one rule.
#[derive(Debug, Clone)]
pub(super) struct PathGlobs {
    set: GlobSet,
}

impl PathGlobs {
    /// Reads globs: `*` stays within one directory, `**` crosses them, a trailing slash means everything below, and a
    /// glob without any slash matches file names at every depth, as in `.gitignore`.
    ///
    /// # Errors
    /// The index of the first glob that is none.
    pub(super) fn parse(globs: &[String]) -> Result<Self, usize> {
        let mut builder = GlobSetBuilder::new();
        for (index, text) in globs.iter().enumerate() {
            builder.add(glob(text).ok_or(index)?);
        }
        builder.build().map(|set| Self { set }).map_err(|_| 0)
    }

    /// Tells whether one of the globs matches `path`.
    pub(super) fn matches(&self, path: &str) -> bool {
        self.set.is_match(path)
    }
}

fn glob(text: &str) -> Option<Glob> {
    if text.is_empty() || text.split('/').any(|part| part == "..") {
        return None;
    }
    let anchored = text.trim_start_matches("./").trim_start_matches('/');
    let pattern = if let Some(directory) = anchored.strip_suffix('/') {
        format!("{directory}/**")
    } else if text.contains('/') {
        anchored.to_owned()
    } else {
        format!("**/{anchored}")
    };
    GlobBuilder::new(&pattern)
        .literal_separator(true)
        .backslash_escape(true)
        .build()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(glob: &str, path: &str, expected: bool) {
        let globs = PathGlobs::parse(&[glob.to_owned()]).expect("a valid glob");
        assert_eq!(globs.matches(path), expected, "{glob} on {path}");
    }

    #[test]
    fn a_glob_without_slash_matches_names_at_any_depth() {
        check("*.yaml", "db.yaml", true);
        check("*.yaml", "a/b/db.yaml", true);
        check("*.yaml", "a/b/db.json", false);
    }

    #[test]
    fn a_glob_with_slash_is_anchored_at_the_policy() {
        check("production/*.yaml", "production/db.yaml", true);
        check("production/*.yaml", "production/a/db.yaml", false);
        check("production/*.yaml", "old/production/db.yaml", false);
        check("./production/*.yaml", "production/db.yaml", true);
        check("/db.yaml", "db.yaml", true);
        check("/db.yaml", "a/db.yaml", false);
    }

    #[test]
    fn two_stars_and_a_trailing_slash_cross_directories() {
        check("production/**", "production/a/b/db.yaml", true);
        check("production/", "production/a/b/db.yaml", true);
        check("**", "anything/at/all.json", true);
        check("**/secrets/*.yaml", "a/b/secrets/db.yaml", true);
        check("{staging,production}/**", "staging/db.yaml", true);
    }

    #[test]
    fn refuses_what_cannot_match_below_the_policy() {
        assert_eq!(
            PathGlobs::parse(&["ok".to_owned(), "../up/*".to_owned()]).err(),
            Some(1)
        );
        assert_eq!(PathGlobs::parse(&["a[".to_owned()]).err(), Some(0));
        assert_eq!(PathGlobs::parse(&[String::new()]).err(), Some(0));
    }
}
