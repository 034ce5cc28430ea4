//! Old content that a range brings to a new path: renamed, copied, or restored from the history. It
//! may have been excluded or suppressed at the old path, so it is scanned at the new one.

use std::collections::{HashMap, HashSet};

use super::problems::Cleaned as _;
use crate::domain::Problem;
use crate::git::{Objects, file};
use crate::scan::git::command::{Git, on_disk};
use crate::scan::git::diff_tree::{Change, between, each};
use crate::scan::options::Options;
use crate::scan::report::MOST_PLACES;

/// A larger file counts as new.
const LARGEST: u64 = 96 << 20;

/// Blobs that existed before a range, and their new paths.
#[derive(Debug, Default)]
pub(crate) struct Moved {
    paths: HashMap<String, HashSet<Vec<u8>>>,
    /// Whether there were too many to scan all.
    pub(crate) is_cut: bool,
}

impl Moved {
    /// Finds them in commits whose new objects are known, and in the tree that a range ends with.
    /// What a merge has from one of its parents was moved by that parent; unless that is an old
    /// commit, which the merge brings back. So the end is compared to where the range began.
    pub(crate) fn find(
        git: &Git<'_>,
        commits: &[&str],
        ends: Option<(&str, &str)>,
        new: &HashSet<&str>,
        options: &Options<'_>,
    ) -> Result<Self, Problem> {
        let (mut moved, mut count) = (Self::default(), 0);
        let mut take = |Change { blob, is_blob, path, .. }: Change| {
            if !is_blob
                || new.contains(blob.as_str())
                || options.ignore.leaves_out_below(&on_disk(&path))
            {
                return true;
            }
            if count == MOST_PLACES {
                moved.is_cut = true;
                return false;
            }
            count += usize::from(moved.paths.entry(blob).or_default().insert(path));
            true
        };
        each(git, commits, "-c", &mut |_, change| take(change)).cleaned(options)?;
        if let Some((from, to)) = ends {
            for base in git.merge_bases(from, to).cleaned(options)? {
                between(git, &base, to, &mut take).cleaned(options)?;
            }
        }
        Ok(moved)
    }

    /// The blobs.
    pub(crate) fn blobs(&self) -> Vec<String> {
        self.paths.keys().cloned().collect()
    }

    /// Forgets the places where a commit has such a blob already, for those blobs that matter.
    pub(super) fn forget_those_of(
        &mut self,
        git: &Git<'_>,
        commit: &str,
        matters: &dyn Fn(&str) -> bool,
    ) {
        // What cannot be looked up counts as new.
        let Ok(objects) = Objects::open(git.repository, commit) else { return };
        let was_there = |path: &[u8], id: &str| {
            let found = file(&objects, commit, &on_disk(path), LARGEST);
            matches!(found, Ok(Some(content)) if objects.blob_id(&content).as_deref() == Some(id))
        };
        for (blob, paths) in self.paths.iter_mut().filter(|(blob, _)| matters(blob)) {
            paths.retain(|path| !was_there(path, blob));
        }
    }

    /// Whether a path counts for a blob: for a new one all do.
    pub(super) fn has_place(&self, blob: &str, path: &[u8]) -> bool {
        self.paths.get(blob).is_none_or(|paths| paths.contains(path))
    }

    /// Whether any path counts for a blob.
    pub(crate) fn has_any(&self, blob: &str) -> bool {
        self.paths.get(blob).is_none_or(|paths| !paths.is_empty())
    }
}
