//! The entries of another scanner's baseline, by what they are looked up by. No value is kept.

use std::collections::{BTreeMap, HashMap};

use crate::domain::Fingerprint;
use crate::domain::secret::keyed_hash;

/// More entries are not read.
const MOST: usize = 100_000;

/// What a file accepts.
#[derive(Debug, Default)]
pub(super) struct Entries {
    /// The key of the fingerprints of findings.
    key: String,
    pub(super) all: Vec<Entry>,
    /// By the fingerprint of the value.
    pub(super) values: HashMap<Fingerprint, Vec<usize>>,
    /// By the other scanner's own hash.
    pub(super) hashes: HashMap<Vec<u8>, Vec<usize>>,
    /// By the commit; only where the file has no value.
    pub(super) places: HashMap<String, Vec<usize>>,
    /// How many entries cannot be matched, by the reason.
    pub(super) unusable: BTreeMap<&'static str, usize>,
}

/// One entry, without what it is looked up by.
#[derive(Debug, Default)]
pub(super) struct Entry {
    path: Option<Box<str>>,
    /// Whether `path` starts above the repository.
    is_tail: bool,
    line: Option<u64>,
    pub(super) commit: Option<Box<str>>,
}

impl Entry {
    /// An entry for a line of a file; without a path, for any file, and without a line for all.
    pub(super) fn at(path: Option<&str>, line: Option<u64>, commit: Option<&str>) -> Self {
        let path = path.map(|path| path.replace('\\', "/"));
        let mut rest = path.as_deref().unwrap_or_default();
        while let Some(inner) = rest.strip_prefix("./") {
            rest = inner.trim_start_matches('/');
        }
        let is_tail = rest.starts_with('/') || rest.as_bytes().get(1..3) == Some(b":/");
        Self {
            path: (!rest.is_empty()).then(|| rest.into()),
            is_tail,
            line: line.filter(|line| *line > 0),
            commit: commit.filter(|id| !id.is_empty()).map(Into::into),
        }
    }

    /// The same, with a path that starts with a folder above the repository.
    pub(super) fn starting_above(self) -> Self {
        Self { is_tail: true, ..self }
    }

    pub(super) fn is_at(&self, path: &str, line: u64) -> bool {
        if self.line.is_some_and(|own| own != line) {
            return false;
        }
        let Some(own) = self.path.as_deref() else { return true };
        own == path
            || self.is_tail && own.strip_suffix(path).is_some_and(|above| above.ends_with('/'))
    }
}

impl Entries {
    pub(super) fn new(key: &str) -> Self {
        Self { key: key.to_owned(), ..Self::default() }
    }

    fn add(&mut self, entry: Entry) -> Result<usize, String> {
        if self.all.len() >= MOST {
            return Err(format!("it has more than {MOST} entries"));
        }
        self.all.push(entry);
        Ok(self.all.len() - 1)
    }

    /// Accepts values, which are hashed here. An entry of several parts is one entry.
    pub(super) fn values(&mut self, values: &[&str], entry: Entry) -> Result<(), String> {
        let number = self.add(entry)?;
        for value in values.iter().filter(|value| !value.is_empty()) {
            let name = self.name(value);
            self.values.entry(name).or_default().push(number);
        }
        Ok(())
    }

    /// Accepts the values of some hashes, of which any may be meant.
    pub(super) fn hashes(&mut self, hashes: Vec<Vec<u8>>, entry: Entry) -> Result<(), String> {
        let number = self.add(entry)?;
        for hash in hashes {
            self.hashes.entry(hash).or_default().push(number);
        }
        Ok(())
    }

    /// Accepts a text that is a value or a hash, in any file.
    pub(super) fn either(&mut self, value: &str, hash: Vec<u8>) -> Result<(), String> {
        let number = self.all.len();
        self.hashes(vec![hash], Entry::default())?;
        self.values.entry(self.name(value)).or_default().push(number);
        Ok(())
    }

    fn name(&self, value: &str) -> Fingerprint {
        Fingerprint::from_tag(&keyed_hash(self.key.as_bytes(), value.as_bytes()))
    }

    /// Accepts a line of a file in a commit, whose content can never change.
    pub(super) fn place(&mut self, commit: &str, entry: Entry) -> Result<(), String> {
        let number = self.add(entry)?;
        self.places.entry(commit.to_owned()).or_default().push(number);
        Ok(())
    }

    /// Counts entries that cannot be matched.
    pub(super) fn unusable(&mut self, why: &'static str, count: usize) {
        if count > 0 {
            *self.unusable.entry(why).or_default() += count;
        }
    }
}
