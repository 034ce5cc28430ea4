//! The input and the result of a scan. Plain data; a report never contains a value.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::event::Event;
use crate::domain::{Finding, Problem};
use crate::git::{Remote, Repository};

/// The limit on reported places: nested identical trees can have an astronomic number of paths.
/// Findings beyond it are reported without a place.
pub(crate) const MOST_PLACES: usize = 100_000;

/// What to scan.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Source {
    /// Files and folders as they are on disk, whatever git thinks of them.
    Tree {
        /// The roots.
        roots: Vec<PathBuf>,
    },
    /// Everything that `to` has and `from` does not.
    Range {
        /// The repository.
        repository: Repository,
        /// Where objects that a partial clone lacks are fetched from, if that is known.
        remote: Option<Remote>,
        /// The commit that counts as clean.
        from: String,
        /// The commit to check.
        to: String,
    },
    /// What the next commit would contain.
    Staged {
        /// The repository.
        repository: Repository,
        /// Whether the whole index is scanned if nothing is staged.
        or_everything: bool,
    },
    /// All objects of the database, reachable or not.
    History {
        /// The repository.
        repository: Repository,
    },
    /// The commits of an event. What a shallow or partial clone lacks is fetched.
    Event {
        /// The repository.
        repository: Repository,
        /// Where missing objects are fetched from, if that is known.
        remote: Option<Remote>,
        /// The event.
        event: Event,
    },
    /// Standard input.
    Stdin,
}

/// The progress of a scan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Files, blobs and messages read.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
}

/// The result of a scan. Clean only if `findings` and `problems` are both empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Report {
    /// Tokens, by path and place.
    pub findings: Vec<Finding>,
    /// Suppressed findings.
    pub accepted: Vec<Finding>,
    /// Rejected candidates, if requested.
    pub dropped: Vec<Finding>,
    /// What could not be scanned.
    pub problems: Vec<Problem>,
    /// Files, blobs and messages read.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Files, folders and findings that the user's globs exclude.
    pub ignored: u64,
}

impl Report {
    /// Adds another scan's result.
    pub fn join(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.accepted.extend(other.accepted);
        self.dropped.extend(other.dropped);
        self.problems.extend(other.problems);
        self.files += other.files;
        self.bytes += other.bytes;
        self.ignored += other.ignored;
    }
}
