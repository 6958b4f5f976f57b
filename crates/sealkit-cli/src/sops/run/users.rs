//! Another user to run a command as, found where the peer's released binaries look: in the file of users alone.

use std::{
    fs, io,
    os::unix::{fs::chown, process::CommandExt},
    path::Path,
    process::Command,
};

use crate::sops::failure::Failure;

const USERS: &str = "/etc/passwd";

/// Somebody else, by numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct User {
    user: u32,
    group: u32,
}

impl User {
    /// Looks a name up.
    pub(super) fn find(name: &str) -> Result<Self, Failure> {
        let users = fs::read_to_string(USERS)
            .map_err(|error| Failure::usage(format!("user: cannot read {USERS}: {error}")))?;
        Self::among(&users, name)
            .ok_or_else(|| Failure::usage(format!("user: unknown user {name}")).hint("nothing was run"))
    }

    /// Source: passwd(5).
    fn among(users: &str, name: &str) -> Option<Self> {
        let lines = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let line = lines
            .filter(|fields| fields.len() >= 4)
            .find(|fields| fields[0] == name)?;
        Some(Self {
            user: line[2].parse().ok()?,
            group: line[3].parse().ok()?,
        })
    }

    /// Makes a command run as this user, without the groups of this one.
    pub(super) fn run(self, command: &mut Command) {
        command.gid(self.group).uid(self.user);
    }

    /// Gives a file or directory away.
    pub(super) fn own(self, path: &Path) -> io::Result<()> {
        chown(path, Some(self.user), Some(self.group))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_users_by_their_whole_name() {
        let users = "root:x:0:0:root:/root:/bin/sh\n# a note\nnobody:x:65534:65533:n:/:/bin/false\n";
        let nobody = User {
            user: 65534,
            group: 65533,
        };
        assert_eq!(User::among(users, "nobody"), Some(nobody));
        assert_eq!(User::among(users, "no"), None);
        assert_eq!(User::among(users, "# a note"), None);
    }
}
