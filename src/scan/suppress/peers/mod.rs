//! Baselines of other scanners, for people who migrate: what each entry means there, it means here.
//! Values in such a file are hashed when it is read. An entry that cannot be matched is counted and
//! told, never dropped.

mod detect_secrets;
mod entries;
mod fields;
mod ggshield;
mod gitleaks;
mod hashes;
mod kingfisher;
mod recognise;
mod scanner;
#[cfg(test)]
mod tests;
mod trufflehog;
mod xxh3;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;

use entries::{Entries, Entry};
use scanner::Scanner;

use crate::domain::{Finding, Fingerprint};
use crate::scan::report::Report;
use crate::scan::suppress::baseline::BaselineScope;

/// The baseline of another scanner.
#[derive(Debug)]
pub struct PeerBaseline {
    scanner: Scanner,
    entries: Entries,
    met: Mutex<Met>,
}

/// What the scan has met so far.
#[derive(Debug, Default)]
struct Met {
    /// The entries whose hash is that of a value, by the value's fingerprint.
    values: HashMap<Fingerprint, BTreeSet<usize>>,
    /// The entries that covered a finding.
    used: BTreeSet<usize>,
}

impl PeerBaseline {
    /// Reads one, whichever scanner wrote it; `None` if it is one of ours, or tries to be. `key` is
    /// that of the fingerprints of findings.
    ///
    /// # Errors
    /// Why it is invalid, or that no known scanner writes such a file.
    pub fn parse(text: &str, key: &str) -> Result<Option<Self>, String> {
        let read = recognise::read(text, key)?;
        Ok(read.map(|(scanner, entries)| Self { scanner, entries, met: Mutex::default() }))
    }

    /// Who wrote it.
    #[must_use]
    pub fn scanner(&self) -> &'static str {
        self.scanner.name()
    }

    /// The number of entries that can be matched.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.all.len()
    }

    /// Whether no entry can be matched.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.all.is_empty()
    }

    /// How many entries cannot be matched, by the reason.
    #[must_use]
    pub fn unusable(&self) -> &BTreeMap<&'static str, usize> {
        &self.entries.unusable
    }

    /// Remembers a value that has the hash of an entry. `start` and `end` are its place in its text.
    pub(crate) fn meet(&self, value: &[u8], fingerprint: &Fingerprint, place: (usize, usize)) {
        if self.entries.hashes.is_empty() {
            return;
        }
        let of_value = hashes::of_value(self.scanner, value, place);
        let hit = of_value.iter().filter_map(|hash| self.entries.hashes.get(hash.as_slice()));
        let hit: Vec<usize> = hit.flatten().copied().collect();
        if let (false, Ok(mut met)) = (hit.is_empty(), self.met.lock()) {
            met.values.entry(fingerprint.clone()).or_default().extend(hit);
        }
    }

    /// Whether an entry covers a finding.
    pub(crate) fn covers(&self, finding: &Finding) -> bool {
        let Ok(mut met) = self.met.lock() else { return false };
        let known = self.entries.values.get(&finding.fingerprint).into_iter().flatten();
        let met_before = met.values.get(&finding.fingerprint).into_iter().flatten();
        let by_value = known.chain(met_before).copied();
        let commit = finding.commit.as_ref().and_then(|id| self.entries.places.get(id.as_str()));
        let all = by_value.chain(commit.into_iter().flatten().copied());
        let covering: Vec<usize> = all
            .filter(|number| self.entries.all[*number].is_at(&finding.path, finding.line))
            .collect();
        met.used.extend(&covering);
        !covering.is_empty()
    }

    /// The number of entries that covered nothing in a scan that would have met them, if it was
    /// one.
    #[must_use]
    pub fn unmet(&self, report: &Report, of: Option<BaselineScope>) -> usize {
        let (Some(of), true, Ok(met)) = (of, report.problems.is_empty(), self.met.lock()) else {
            return 0;
        };
        let is_due = |entry: &Entry| of == BaselineScope::History || entry.commit.is_none();
        let all = self.entries.all.iter().enumerate();
        all.filter(|(number, entry)| is_due(entry) && !met.used.contains(number)).count()
    }
}
