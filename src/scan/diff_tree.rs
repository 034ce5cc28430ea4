//! Which commit brought which blob to which path, from `git diff-tree` over the commits of a range,
//! merges included. Names come NUL-ended and raw, so no name can be mistaken for another.

use std::collections::{HashMap, HashSet};
use std::io::{self, BufRead, BufReader};
use std::thread;

use super::git::{Git, feed, is_id};
use super::model::Options;
use super::moved::Moved;
use super::redact::{MOST_PLACES, RedactedHit, in_name, incomplete};
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
    pub(super) in_name: Vec<RedactedHit>,
}

/// Finds the places of blobs with hits, and names with hits, over `commits` (oldest first). Of a
/// blob that is not new only those count that it was moved to. What `merge` shares with one of its
/// parents is no part of the range.
pub(super) fn places(
    git: &Git<'_>,
    commits: &[&str],
    merge: Option<&str>,
    blobs: &HashMap<String, Vec<RedactedHit>>,
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
        if is_new_name {
            let in_name = in_name(&path, options);
            if !in_name.is_empty() && seen.insert((path.clone(), None)) {
                places.all.push(Place {
                    commit: commit.to_owned(),
                    path: path.clone(),
                    blob: None,
                    in_name,
                });
            }
        }
        if blobs.contains_key(&blob)
            && moved.has_place(&blob, &path)
            && seen.insert((path.clone(), Some(blob.clone())))
        {
            places.all.push(Place {
                commit: commit.to_owned(),
                path,
                blob: Some(blob),
                in_name: Vec::new(),
            });
        }
        true
    };
    let (made_of_others, commits): (Vec<&str>, Vec<&str>) =
        commits.iter().partition(|commit| Some(**commit) == merge);
    // Merges are compared with each parent, so that a name which is new to one is looked at.
    each(git, &commits, "-m", options, &mut told)?;
    if !made_of_others.is_empty() {
        each(git, &made_of_others, "-c", options, &mut told)?;
    }
    Ok(places)
}

/// What a commit has at a path, and its parents have not.
pub(super) struct Change {
    pub(super) blob: String,
    /// Whether it is the content of a file or of a link.
    pub(super) is_blob: bool,
    /// Whether none of the parents that it is compared with has anything there.
    is_new_name: bool,
    pub(super) path: Vec<u8>,
}

/// How git lists changes: each path by itself, with whole ids, and nothing of the repository's own
/// settings.
const HOW: [&str; 8] = [
    "-r",
    "-z",
    "--raw",
    "--no-abbrev",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--ignore-submodules=none",
];

/// Tells of every change that commits make, merges in one of git's ways, until it is told to stop.
pub(super) fn each(
    git: &Git<'_>,
    commits: &[&str],
    merges: &str,
    options: &Options<'_>,
    told: &mut dyn FnMut(&str, Change) -> bool,
) -> Result<(), Problem> {
    let broken = |cause: String| {
        incomplete("git could not list the changes of the range".to_owned(), cause.into(), options)
    };
    let mut child = git.start(&[&["diff-tree", "--stdin", "--root", merges], &HOW[..]].concat())?;
    let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(broken("no pipe to git".to_owned()));
    };
    let mut walk = Walk { output: BufReader::with_capacity(1 << 16, output) };
    let result = thread::scope(|scope| {
        scope.spawn(move || feed(input, commits.iter().copied()));
        let result = walk.run(told);
        // Closes our end: a git that is not done ends.
        drop(walk.output);
        result
    });
    let status = child.wait();
    let is_whole = result.map_err(|error| broken(error.to_string()))?;
    match status {
        Ok(status) if status.success() || !is_whole => Ok(()),
        Ok(status) => Err(broken(status.to_string())),
        Err(error) => Err(broken(error.to_string())),
    }
}

/// Tells of every change from one tree to another, until it is told to stop.
pub(super) fn between(
    git: &Git<'_>,
    from: &str,
    to: &str,
    options: &Options<'_>,
    told: &mut dyn FnMut(Change) -> bool,
) -> Result<(), Problem> {
    let output = git.read(&[&["diff-tree"], &HOW[..], &[from, to]].concat())?;
    let walked = Walk { output: output.as_slice() }.run(&mut |_, change| told(change));
    let broken = |error: io::Error| {
        incomplete(
            "git could not compare two commits".to_owned(),
            error.to_string().into(),
            options,
        )
    };
    walked.map(|_| ()).map_err(broken)
}

struct Walk<R> {
    output: R,
}

impl<R: BufRead> Walk<R> {
    /// Reads to the end, or until it is told to stop; says which.
    fn run(&mut self, told: &mut dyn FnMut(&str, Change) -> bool) -> io::Result<bool> {
        let mut commit = String::new();
        while let Some(part) = self.part()? {
            let parents = part.iter().take_while(|byte| **byte == b':').count();
            if parents == 0 {
                let id = String::from_utf8_lossy(part.trim_ascii()).into_owned();
                if !is_id(&id) {
                    return Err(io::Error::other("git listed something that is no commit"));
                }
                commit = id;
                continue;
            }
            let path = self.part()?.ok_or(io::ErrorKind::UnexpectedEof)?;
            // A mode and an id for each parent, each followed by what the commit has, and the
            // status.
            let words: Vec<_> = part[parents..].split(|byte| *byte == b' ').collect();
            let (Some(mode), Some(blob), Some(status)) =
                (words.get(parents), words.get(2 * parents + 1), words.get(2 * parents + 2))
            else {
                return Err(io::Error::other("git listed a change in an unknown form"));
            };
            let change = Change {
                blob: String::from_utf8_lossy(blob).into_owned(),
                is_blob: !matches!(*mode, b"000000" | b"160000"),
                is_new_name: status.iter().all(|letter| *letter == b'A'),
                path,
            };
            if !told(&commit, change) {
                return Ok(false);
            }
        }
        Ok(true)
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
