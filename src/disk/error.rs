//! Why a file was not written.

use std::io;
use std::path::{Path, PathBuf};

use crate::domain::text::sanitize;

/// Why a file was not written, opened or read.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// A link where a folder or the file should be.
    #[error("{} is a symbolic link, which tokenward does not follow", shown(.0))]
    Link(PathBuf),
    /// A folder, a pipe or a device where the file should be.
    #[error("{} is not a regular file", shown(.0))]
    NotAFile(PathBuf),
    /// Outside the folders that a run may write to.
    #[error("{} is outside the workspace and RUNNER_TEMP", shown(.0))]
    Outside(PathBuf),
    /// A place that git, the runner or another program reads instructions from.
    #[error("{} belongs to git, the runner or another program that reads its configuration there", shown(.0))]
    Reserved(PathBuf),
    /// Another file where the report should be.
    #[error("{} already exists and is not a report by tokenward", shown(.0))]
    NotOurs(PathBuf),
    /// The system refused.
    #[error("{}: {}", shown(.0), .1)]
    System(PathBuf, #[source] io::Error),
}

fn shown(path: &Path) -> String {
    sanitize(&path.display().to_string())
}

impl DiskError {
    /// The system's error for a path; a link has its own variant.
    pub(super) fn of(path: &Path, error: io::Error) -> Self {
        if super::folder::is_link(path, &error) {
            Self::Link(path.to_owned())
        } else {
            Self::System(path.to_owned(), error)
        }
    }

    /// Whether the file does not exist.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::System(_, error) if error.kind() == io::ErrorKind::NotFound)
    }
}
