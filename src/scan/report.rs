//! What is scanned, and what a scan answers. Plain data; a report never holds a value.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::event::Event;
use crate::domain::{Finding, Problem};
use crate::git::{Remote, Repository};

/// No more places than this are told of: trees in trees that are all the same have more paths than
/// anybody could count. What has no place by then is told of without one.
pub(crate) const MOST_PLACES: usize = 100_000;

/// What to scan.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Source {
    /// Files and folders as they are on disk, whatever git thinks of them.
    Tree {
        /// Where to begin.
        roots: Vec<PathBuf>,
    },
    /// Everything `to` has and `from` has not.
    Range {
        /// The repository.
        repository: Repository,
        /// Where objects that a partial clone lacks are fetched from, if that is known.
        remote: Option<Remote>,
        /// The commit that is taken as clean.
        from: String,
        /// The commit that is to be shown clean.
        to: String,
    },
    /// What the next commit would bring.
    Staged {
        /// The repository.
        repository: Repository,
        /// Whether everything the index has is looked at where nothing is staged.
        or_everything: bool,
    },
    /// Everything the object database has, whatever reaches it.
    History {
        /// The repository.
        repository: Repository,
    },
    /// What an event brings. What a shallow or partial clone lacks of it is fetched.
    Event {
        /// The repository.
        repository: Repository,
        /// Where what is lacking is fetched from, if that is known.
        remote: Option<Remote>,
        /// The event.
        event: Event,
    },
    /// What standard input gives.
    Stdin,
}

/// How far a scan is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Files, blobs and messages read.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
}

/// What a scan found. Clean only where `findings` and `problems` are both empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Report {
    /// Tokens, by path and place.
    pub findings: Vec<Finding>,
    /// Those that somebody accepted, by a word that counts.
    pub accepted: Vec<Finding>,
    /// What is no finding after all, where that was asked for.
    pub dropped: Vec<Finding>,
    /// What could not be scanned.
    pub problems: Vec<Problem>,
    /// Files, blobs and messages read.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Files, folders and findings left out because the user's globs say so.
    pub ignored: u64,
}

impl Report {
    /// Adds what another scan said.
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
