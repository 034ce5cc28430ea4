//! Where a range has its findings: which commit brought which blob to which path, and which names
//! are findings themselves.

use std::collections::{HashMap, HashSet};

use super::moved::Moved;
use super::problems::Cleaned as _;
use crate::domain::{Finding, Problem};
use crate::scan::git::command::Git;
use crate::scan::git::diff_tree::{Change, each};
use crate::scan::options::Options;
use crate::scan::redact::in_name;
use crate::scan::report::MOST_PLACES;

/// What is known of the places of a range.
pub(crate) struct Places {
    pub(crate) all: Vec<Place>,
    /// Whether there were too many to look at all of them.
    pub(crate) is_cut: bool,
}

/// A blob or a name at a path, with the first commit of the range that has it there.
pub(crate) struct Place {
    pub(crate) commit: String,
    pub(crate) path: Vec<u8>,
    /// The blob, or nothing for a hit in the name itself.
    pub(crate) blob: Option<String>,
    /// Hits in the name.
    pub(crate) in_name: Vec<Finding>,
}

/// Finds the places of blobs with hits, and names with hits, over `commits` (oldest first). Of a
/// blob that is not new only those count that it was moved to. What `merge` shares with one of its
/// parents is no part of the range.
pub(crate) fn places(
    git: &Git<'_>,
    commits: &[&str],
    merge: Option<&str>,
    blobs: &HashMap<String, Vec<Finding>>,
    moved: &Moved,
    options: &Options<'_>,
) -> Result<Places, Problem> {
    let mut places = Places { all: Vec::new(), is_cut: false };
    let mut seen: HashSet<(Vec<u8>, Option<String>)> = HashSet::new();
    let mut told = |commit: &str, change: Change| {
        if places.all.len() == MOST_PLACES {
            places.is_cut = true;
            return false;
        }
        let Change { blob, is_new_name, path, .. } = change;
        let mut place = |path: &[u8], blob: Option<String>, in_name: Vec<Finding>| {
            if seen.insert((path.to_vec(), blob.clone())) {
                let (commit, path) = (commit.to_owned(), path.to_vec());
                places.all.push(Place { commit, path, blob, in_name });
            }
        };
        let in_name = if is_new_name { in_name(&path, options) } else { Vec::new() };
        if !in_name.is_empty() {
            place(&path, None, in_name);
        }
        if blobs.contains_key(&blob) && moved.has_place(&blob, &path) {
            place(&path, Some(blob), Vec::new());
        }
        true
    };
    let (made_of_others, commits): (Vec<&str>, Vec<&str>) =
        commits.iter().partition(|commit| Some(**commit) == merge);
    // Merges are compared with each parent, so that a name which is new to one is looked at.
    each(git, &commits, "-m", &mut told).cleaned(options)?;
    if !made_of_others.is_empty() {
        each(git, &made_of_others, "-c", &mut told).cleaned(options)?;
    }
    Ok(places)
}
