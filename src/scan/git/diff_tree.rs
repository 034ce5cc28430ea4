//! The changes of commits and their paths, from `git diff-tree`, including merges. Names are raw
//! and NUL-terminated, so that they are unambiguous.

use std::io::{self, BufRead, BufReader};
use std::thread;

use super::command::{Git, GitError, feed, is_id};

/// What a commit has at a path, and its parents have not.
pub(crate) struct Change {
    pub(crate) blob: String,
    /// Whether it is the content of a file or of a link.
    pub(crate) is_blob: bool,
    /// Whether none of the parents that it is compared with has anything there.
    pub(crate) is_new_name: bool,
    pub(crate) path: Vec<u8>,
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

/// Reports every change that commits make, merges in one of git's ways, until it has to stop.
pub(crate) fn each(
    git: &Git<'_>,
    commits: &[&str],
    merges: &str,
    told: &mut dyn FnMut(&str, Change) -> bool,
) -> Result<(), GitError> {
    let broken =
        |cause: String| GitError::Unread("git could not list the changes of the range", cause);
    let mut child = git.start(&[&["diff-tree", "--stdin", "--root", merges], &HOW[..]].concat())?;
    let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(broken("could not open a pipe to git".to_owned()));
    };
    let mut changes = Changes { output: BufReader::with_capacity(1 << 16, output) };
    let result = thread::scope(|scope| {
        scope.spawn(move || feed(input, commits.iter().copied()));
        let result = changes.run(told);
        // Closes our end, so that a git that still writes ends.
        drop(changes.output);
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

/// Reports every change from one tree to another, until it has to stop.
pub(crate) fn between(
    git: &Git<'_>,
    from: &str,
    to: &str,
    told: &mut dyn FnMut(Change) -> bool,
) -> Result<(), GitError> {
    let output = git.read(&[&["diff-tree"], &HOW[..], &[from, to]].concat())?;
    let walked = Changes { output: output.as_slice() }.run(&mut |_, change| told(change));
    let broken =
        |error: io::Error| GitError::Unread("git could not compare two commits", error.to_string());
    walked.map(|_| ()).map_err(broken)
}

struct Changes<R> {
    output: R,
}

impl<R: BufRead> Changes<R> {
    /// Reads to the end, or until it has to stop; says which.
    fn run(&mut self, told: &mut dyn FnMut(&str, Change) -> bool) -> io::Result<bool> {
        let mut commit = String::new();
        while let Some(part) = self.part()? {
            let parents = part.iter().take_while(|byte| **byte == b':').count();
            if parents == 0 {
                let id = String::from_utf8_lossy(part.trim_ascii()).into_owned();
                if !is_id(&id) {
                    return Err(io::Error::other("git listed something that is not a commit"));
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
                return Err(io::Error::other("git listed a change in an unknown format"));
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
