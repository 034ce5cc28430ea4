//! Submodules: separate repositories, of which a scan sees only a commit id. Lists them, and which
//! of them are on disk.

use super::command::on_disk;
use crate::git::{Repository, reader};

/// The submodules of the index, and whether each of them is checked out; `None` where git does not
/// tell.
#[must_use]
pub fn modules(repository: &Repository) -> Option<Vec<(String, bool)>> {
    let top = repository.work_tree();
    // A commit that no `.gitmodules` explains leads nowhere, and no index has to be read for it.
    if top.join(".gitmodules").symlink_metadata().is_err() {
        return Some(Vec::new());
    }
    let output = reader(repository, &["ls-files", "--stage", "-z"])
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let listed = output.stdout;
    let modules = listed.split(|byte| *byte == 0).filter_map(|entry| {
        let path = &entry[entry.iter().position(|byte| *byte == b'\t')? + 1..];
        let is_there = top.join(on_disk(path)).join(".git").symlink_metadata().is_ok();
        entry
            .starts_with(b"160000 ")
            .then(|| (String::from_utf8_lossy(path).into_owned(), is_there))
    });
    Some(modules.collect())
}
