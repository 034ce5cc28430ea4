//! How to scan: what to look for, and what may keep a finding from counting. Plain data.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use super::detect::rules::Rules;
use super::suppress::accept::Accept;
use super::suppress::ignore_globs::Ignore;
use super::types::Known;
use crate::domain::{Fingerprint, Secret};
use crate::git::Repository;

/// The key under which unmanaged findings are fingerprinted. It is public, so that every run on
/// every machine names a value the same way and a baseline can be shared; it keeps values out of
/// reports, and only values nobody could guess are findings at all. Changing it makes every
/// baseline stale.
pub const FINGERPRINT_KEY: &str = "tokenward/finding-fingerprint/1";

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
    /// Whether rejected matches are reported as well, with the reason.
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

    pub(crate) fn keep(&self, fingerprint: &Fingerprint, value: &[u8]) {
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
