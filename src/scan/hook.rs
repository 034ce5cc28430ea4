//! Where git looks for the hook of a commit. Finds the place; what stands there is the caller's business.

use std::path::PathBuf;

use crate::git::{Repository, asked, on_disk};

/// The file of the hook that runs before a commit.
#[must_use]
pub fn pre_commit(repository: &Repository) -> PathBuf {
    // The repository's own setting, then the person's; a relative one starts at the top of the tree.
    let setting = |scope: &&str| {
        let said = asked(repository, scope, "core.hooksPath").output().ok().filter(|said| said.status.success())?;
        Some(repository.work_tree().join(on_disk(said.stdout.trim_ascii_end())))
    };
    let folder = ["--local", "--global"].iter().find_map(setting);
    folder.unwrap_or_else(|| repository.common_dir().join("hooks")).join("pre-commit")
}
