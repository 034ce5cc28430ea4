//! Options of a scan: what to search for, and what suppresses a finding. Plain data.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use super::detect::rules::Rules;
use super::suppress::accept::Accept;
use super::suppress::ignore_globs::Ignore;
use super::types::Known;
use crate::domain::{Fingerprint, Secret};
use crate::git::Repository;

/// The key of the fingerprints of unmanaged findings. It is public, so that a value has the same
/// fingerprint on every machine and a baseline can be shared. This is safe, since only values that
/// cannot be guessed are findings. Changing it makes every baseline stale.
pub const FINGERPRINT_KEY: &str = "tokenward/finding-fingerprint/1";

/// Options of a scan.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The rules.
    pub rules: &'a Rules,
    /// Our own tokens.
    pub known: &'a [Known<'a>],
    /// Paths that the user excludes.
    pub ignore: &'a Ignore,
    /// Paths on disk are shown relative to this folder if they are inside it. Paths of a repository
    /// are relative to its top.
    pub base: &'a Path,
    /// The repository that contains `base`, to look up allow comments of a commit.
    pub repository: Option<&'a Repository>,
    /// See [`FINGERPRINT_KEY`].
    pub fingerprint_key: &'a str,
    /// The number of threads; 0 means one per core.
    pub threads: usize,
    /// Whether the config and hooks in `.git` folders of other repositories in a tree are scanned,
    /// or these folders are skipped.
    pub git_folders: bool,
    /// What suppresses a finding.
    pub accept: Accept<'a>,
    /// Whether rejected matches are reported as well, with the reason.
    pub explain: bool,
    /// Where values are kept to test them at their providers. They are kept nowhere else.
    pub keep: Option<&'a Values>,
}

/// Found values, by their fingerprint; wiped at the end of the run.
#[derive(Debug, Default)]
pub struct Values(Mutex<BTreeMap<Fingerprint, Secret>>);

impl Values {
    /// A value, by its finding's fingerprint.
    #[must_use]
    pub fn of(&self, fingerprint: &Fingerprint) -> Option<Secret> {
        self.0.lock().ok()?.get(fingerprint).cloned()
    }

    pub(crate) fn keep(&self, fingerprint: &Fingerprint, value: &[u8]) {
        if let (Ok(mut values), Ok(text)) = (self.0.lock(), std::str::from_utf8(value)) {
            values.entry(fingerprint.clone()).or_insert_with(|| Secret::new(text.to_owned()));
        }
    }
}

impl<'a> Options<'a> {
    /// The defaults.
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
