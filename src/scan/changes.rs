//! Which commit brought which blob to which path, from `git diff-tree` over the commits of a range, merges included.
//! Names come NUL-ended and raw, so no name can be mistaken for another.

use std::collections::{HashMap, HashSet};
use std::io::{self, BufRead, BufReader, Read};
use std::thread;

use super::collect::{MOST_PLACES, Seen, in_name, incomplete};
use super::git::{Git, feed, is_id};
use super::model::Options;
use crate::domain::Problem;

/// What is known of the places of a range.
pub(super) struct Places {
    pub(super) all: Vec<Place>,
    /// Whether there were too many to look at all of them.
    pub(super) is_cut: bool,
}

/// A blob or a name at a path, with the first commit of the range that has it there.
pub(super) struct Place {
    pub(super) commit: String,
    pub(super) path: Vec<u8>,
    /// The blob, or nothing for a hit in the name itself.
    pub(super) blob: Option<String>,
    /// Hits in the name.
    pub(super) in_name: Vec<Seen>,
}

/// Finds the places of blobs with hits, and names with hits, over `commits` (oldest first).
pub(super) fn places(
    git: &Git<'_>,
    commits: &[&str],
    blobs: &HashMap<String, Vec<Seen>>,
    options: &Options<'_>,
) -> Result<Places, Problem> {
    let broken = |cause: String| incomplete("git could not list the changes of the range".to_owned(), cause.into(), options);
    let mut child = git.start(&[
        "diff-tree",
        "--stdin",
        "--root",
        "-m",
        "-r",
        "-z",
        "--raw",
        "--no-abbrev",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--ignore-submodules=none",
    ])?;
    let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(broken("no pipe to git".to_owned()));
    };
    let places = Places { all: Vec::new(), is_cut: false };
    let mut walk = Walk { output: BufReader::with_capacity(1 << 16, output), options, blobs, seen: HashSet::new(), places };
    let result = thread::scope(|scope| {
        scope.spawn(move || feed(input, commits.iter().copied()));
        let result = walk.run();
        // Closes our end: a git that is not done ends.
        drop(walk.output);
        result.map(|()| walk.places)
    });
    let status = child.wait();
    let places = result.map_err(|error| broken(error.to_string()))?;
    match status {
        Ok(status) if status.success() || places.is_cut => Ok(places),
        Ok(status) => Err(broken(status.to_string())),
        Err(error) => Err(broken(error.to_string())),
    }
}

struct Walk<'a, R> {
    output: BufReader<R>,
    options: &'a Options<'a>,
    blobs: &'a HashMap<String, Vec<Seen>>,
    seen: HashSet<(Vec<u8>, Option<String>)>,
    places: Places,
}

impl<R: Read> Walk<'_, R> {
    fn run(&mut self) -> io::Result<()> {
        let mut commit = String::new();
        while let Some(part) = self.part()? {
            let Some(change) = part.strip_prefix(b":") else {
                let id = String::from_utf8_lossy(part.trim_ascii()).into_owned();
                if !is_id(&id) {
                    return Err(io::Error::other("git listed something that is no commit"));
                }
                commit = id;
                continue;
            };
            let path = self.part()?.ok_or(io::ErrorKind::UnexpectedEof)?;
            // `old-mode new-mode old-id new-id status`
            let words: Vec<_> = change.split(|b| *b == b' ').collect();
            let (Some(new), Some(status)) = (words.get(3), words.get(4)) else {
                return Err(io::Error::other("git listed a change in an unknown form"));
            };
            if self.places.all.len() == MOST_PLACES {
                self.places.is_cut = true;
                return Ok(());
            }
            self.change(&commit, String::from_utf8_lossy(new).into_owned(), status.starts_with(b"A"), path);
        }
        Ok(())
    }

    fn change(&mut self, commit: &str, blob: String, is_new_name: bool, path: Vec<u8>) {
        if is_new_name {
            let hits = in_name(&path, self.options);
            if !hits.is_empty() && self.seen.insert((path.clone(), None)) {
                self.places.all.push(Place { commit: commit.to_owned(), path: path.clone(), blob: None, in_name: hits });
            }
        }
        if self.blobs.contains_key(&blob) && self.seen.insert((path.clone(), Some(blob.clone()))) {
            self.places.all.push(Place { commit: commit.to_owned(), path, blob: Some(blob), in_name: Vec::new() });
        }
    }

    fn part(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut part = Vec::new();
        self.output.read_until(0, &mut part)?;
        if part.is_empty() {
            return Ok(None);
        }
        // A part without its end was cut off, with the process that wrote it.
        part.pop_if(|last| *last == 0).ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(Some(part))
    }
}
