//! What a scan is asked and what it answers. Plain data; a report never holds a value.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use schemars::JsonSchema;
use serde::Serialize;

use super::allow::Accept;
use super::ignored::Ignore;
use super::rules::Rules;
use crate::domain::event::Event;
use crate::domain::{Finding, Fingerprint, Problem, ProviderId, Salt, Secret, TokenName};
use crate::git::{Remote, Repository};

/// The key under which unmanaged findings are fingerprinted. It is public, so that every run on
/// every machine names a value the same way and a baseline can be shared; it keeps values out of
/// reports, and only values nobody could guess are findings at all. Changing it makes every
/// baseline stale.
pub const FINGERPRINT_KEY: &str = "tokenward/finding-fingerprint/1";

/// A token that tokenward manages, so that a finding can name it.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Its name.
    pub token: &'a TokenName,
    /// The salt of its fingerprints.
    pub salt: &'a Salt,
    /// The fingerprint of one of its values.
    pub fingerprint: &'a Fingerprint,
    /// The provider that issues it.
    pub provider: &'a ProviderId,
    /// How many bytes such a value may have. With none of them right it is known only where it has
    /// a shape.
    pub lengths: &'a [RangeInclusive<usize>],
}

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

/// How to scan.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// What to look for.
    pub rules: &'a Rules,
    /// Whose values are ours.
    pub known: &'a [Known<'a>],
    /// Paths to leave out, as the user said.
    pub ignore: &'a Ignore,
    /// Paths on disk are told relative to this folder, where they are inside it. Paths of a
    /// repository are relative to its top.
    pub base: &'a Path,
    /// The repository that `base` lies in, to look up what a commit of it allowed.
    pub repository: Option<&'a Repository>,
    /// See [`FINGERPRINT_KEY`].
    pub fingerprint_key: &'a str,
    /// How many threads; 0 is one for each core.
    pub threads: usize,
    /// Whether what people write into the `.git` folders of other repositories in a tree is looked
    /// at, or those are left out.
    pub git_folders: bool,
    /// What may keep a finding from counting.
    pub accept: Accept<'a>,
    /// Whether what was dropped is told of as well, with the reason.
    pub explain: bool,
    /// Where values are kept, for whoever asks their providers about them. Nothing is kept anywhere
    /// else.
    pub keep: Option<&'a Values>,
}

/// Values that were found, by what findings call them; wiped with the run.
#[derive(Debug, Default)]
pub struct Values(Mutex<BTreeMap<Fingerprint, Secret>>);

impl Values {
    /// A value, by its finding's fingerprint.
    #[must_use]
    pub fn of(&self, fingerprint: &Fingerprint) -> Option<Secret> {
        self.0.lock().ok()?.get(fingerprint).cloned()
    }

    pub(super) fn keep(&self, fingerprint: &Fingerprint, value: &[u8]) {
        if let (Ok(mut values), Ok(text)) = (self.0.lock(), std::str::from_utf8(value)) {
            values.entry(fingerprint.clone()).or_insert_with(|| Secret::new(text.to_owned()));
        }
    }
}

impl<'a> Options<'a> {
    /// The usual ones.
    #[must_use]
    pub fn new(rules: &'a Rules, ignore: &'a Ignore, base: &'a Path) -> Self {
        let (known, fingerprint_key, accept) = (&[], FINGERPRINT_KEY, Accept::default());
        Self {
            rules,
            known,
            ignore,
            base,
            repository: None,
            fingerprint_key,
            threads: 0,
            git_folders: true,
            accept,
            explain: false,
            keep: None,
        }
    }
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
