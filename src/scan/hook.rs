//! Where git looks for the hook of a commit. Finds the place; what stands there is the caller's business.

use std::path::{Path, PathBuf};

use super::git::{Git, on_disk};
use super::model::Options;
use crate::domain::Problem;

/// The file of the hook that runs before a commit.
///
/// # Errors
/// Why the folder belongs to no repository.
pub fn pre_commit(repository: &Path, options: &Options<'_>) -> Result<PathBuf, Problem> {
    let git = Git::new(repository, options);
    let common = on_disk(git.read(&["rev-parse", "--path-format=absolute", "--git-common-dir"])?.trim_ascii_end());
    // The repository's own setting, then the person's; a relative one starts at the top of the tree.
    let asked =
        ["--local", "--global"].iter().find_map(|scope| git.online(&["config", scope, "--type=path", "--get", "core.hooksPath"]).ok());
    let folder = match asked {
        Some(folder) => {
            let top = on_disk(git.read(&["rev-parse", "--show-toplevel"])?.trim_ascii_end());
            top.join(on_disk(folder.trim_ascii_end()))
        }
        None => common.join("hooks"),
    };
    Ok(folder.join("pre-commit"))
}
