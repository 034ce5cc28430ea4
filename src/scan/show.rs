//! One file as a commit has it. For files that decide something and must not be taken from a change that is only proposed.

use std::path::Path;

use super::git::Git;
use super::model::Options;
use crate::domain::{Code, Problem};

/// The text of the file at `path`, relative to `folder`, in `commit`; `None` where the commit has no such file.
///
/// # Errors
/// When the commit is not in this clone, or git cannot be asked.
pub fn show(folder: &Path, commit: &str, path: &Path, options: &Options<'_>) -> Result<Option<String>, Problem> {
    let git = Git::new(folder, options);
    let commit = git.commit(commit)?;
    let path = path.to_string_lossy().replace('\\', "/");
    let name = format!("{commit}:./{}", path.trim_start_matches("./"));
    if git.read(&["rev-parse", "--verify", "--quiet", "--end-of-options", &name]).is_err() {
        return Ok(None);
    }
    let bytes = git.read(&["cat-file", "blob", &name])?;
    String::from_utf8(bytes).map(Some).map_err(|_| Problem::new(Code::ConfigUnreadable, "a file of the base commit is not UTF-8"))
}
