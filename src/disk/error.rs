//! Why a file was not written.

use std::io;
use std::path::{Path, PathBuf};

use crate::domain::text::sanitize;
use crate::domain::{Code, Problem};

/// Why a file was not written, opened or read.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// A link stands where a folder or the file itself should be.
    #[error("{} is a symbolic link, and tokenward writes through none", shown(.0))]
    Link(PathBuf),
    /// A folder, a pipe or a device stands where the file should be.
    #[error("{} is no regular file", shown(.0))]
    NotAFile(PathBuf),
    /// Outside of the folders that a run may write to.
    #[error("{} is outside of the workspace and of RUNNER_TEMP", shown(.0))]
    Outside(PathBuf),
    /// A place that git, the runner or another program reads instructions from.
    #[error("{} belongs to git, to the runner or to another program that takes instructions from there", shown(.0))]
    Reserved(PathBuf),
    /// Somebody's file stands where a report should be.
    #[error("{} is there already, and is no report of tokenward's", shown(.0))]
    NotOurs(PathBuf),
    /// The system refused.
    #[error("{}: {}", shown(.0), .1)]
    System(PathBuf, #[source] io::Error),
}

fn shown(path: &Path) -> String {
    sanitize(&path.display().to_string())
}

impl DiskError {
    /// What the system said about a path. That it met a link has its own name.
    pub(super) fn of(path: &Path, error: io::Error) -> Self {
        if super::folder::is_link(path, &error) {
            Self::Link(path.to_owned())
        } else {
            Self::System(path.to_owned(), error)
        }
    }

    /// Whether there simply is no such file.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::System(_, error) if error.kind() == io::ErrorKind::NotFound)
    }

    /// As a message: `what` could not be written.
    #[must_use]
    pub fn to_problem(&self, what: &str) -> Problem {
        let problem = |code| {
            Problem::new(code, format!("{what} could not be written")).cause(self.to_string())
        };
        match self {
            Self::System(..) => problem(Code::OutputFailed),
            Self::NotAFile(_) => {
                problem(Code::OutputRefused).hint("name a file, or leave the option out to get the report on standard output")
            }
            Self::Link(_) => problem(Code::OutputRefused).hint("remove the link, or name another file"),
            Self::Outside(_) => problem(Code::OutputRefused).hint("name a file below `${{ runner.temp }}` or below the workspace"),
            Self::Reserved(_) => problem(Code::OutputRefused)
                .hint("name another file; in GitHub Actions best one below `${{ runner.temp }}`, whose name does not begin with a dot"),
            Self::NotOurs(_) => problem(Code::OutputRefused).hint("name a file that is not there yet, or remove that one first"),
        }
    }
}
