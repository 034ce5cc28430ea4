//! Finds the objects of a range that a partial clone lacks, and fetches them from the runner's own
//! address if that is known. Reads no content; objects that remain missing are a problem, never a
//! clean report.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader};
use std::thread;

use super::problems::{self, Cleaned as _};
use crate::domain::Problem;
use crate::git::{Depth, Remote};
use crate::scan::git::command::{Git, feed};
use crate::scan::git::range::{Listed, Range};
use crate::scan::options::Options;

/// Trees name trees and blobs: a clone without either is complete after the second round. More
/// rounds only for what servers hold back.
const ROUNDS: usize = 8;
/// The most objects in one request.
const AT_ONCE: usize = 10_000;

/// Fetches missing objects.
pub(super) struct Lender<'a> {
    pub(crate) git: &'a Git<'a>,
    pub(crate) remote: Option<&'a Remote>,
    pub(crate) options: &'a Options<'a>,
}

impl Lender<'_> {
    /// The objects of a range, after fetching those that the clone lacks; and the problem of those
    /// still missing.
    pub(super) fn complete(&self, range: &Range) -> Result<(Listed, Option<Problem>), Problem> {
        let mut listed = range.objects(self.git).cleaned(self.options)?;
        // Commits are compared with those before the range, whose trees are not part of it.
        let mut beside = if self.git.repository.is_partial() {
            self.absent(&range.trees(self.git).cleaned(self.options)?)?
        } else {
            Vec::new()
        };
        if listed.missing.is_empty() && beside.is_empty() {
            return Ok((listed, None));
        }
        let mut failed = self.fetch(&beside).err();
        for _ in 0..ROUNDS {
            if listed.missing.is_empty() || failed.is_some() {
                break;
            }
            failed = self.fetch(&listed.missing).err();
            listed = range.objects(self.git).cleaned(self.options)?;
        }
        if failed.is_none() {
            beside = self.absent(&beside)?;
        }
        let all: HashSet<&String> = listed.missing.iter().chain(&beside).collect();
        let problem = (!all.is_empty()).then(|| {
            failed.unwrap_or_else(|| self.missing(all.len(), Some("the server did not send them")))
        });
        Ok((listed, problem))
    }

    /// Fetches the objects of a list that the clone lacks.
    pub(crate) fn have(&self, ids: &[String]) -> Result<(), Problem> {
        if self.remote.is_some() && self.git.repository.is_partial() {
            self.fetch(&self.absent(ids)?)
        } else {
            Ok(())
        }
    }

    fn fetch(&self, ids: &[String]) -> Result<(), Problem> {
        if ids.is_empty() {
            return Ok(());
        }
        let Some(remote) = self.remote else {
            return Err(self.missing(ids.len(), None));
        };
        for some in ids.chunks(AT_ONCE) {
            let some: Vec<&str> = some.iter().map(String::as_str).collect();
            let fetched = remote.fetch(self.git.repository, Depth::Object, &some);
            let is_partial = self.git.repository.is_partial();
            fetched.map_err(|failed| {
                problems::range_fetch_failed(ids.len(), &failed, is_partial, self.options)
            })?;
        }
        Ok(())
    }

    fn missing(&self, number: usize, why: Option<&str>) -> Problem {
        let is_partial = self.git.repository.is_partial();
        problems::range_objects_not_fetched(number, why, is_partial, self.options)
    }

    /// The objects of a list that the clone lacks.
    fn absent(&self, ids: &[String]) -> Result<Vec<String>, Problem> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let broken = |cause: String| problems::lookup_failed(&cause, self.options);
        let mut child =
            self.git.start(&["cat-file", "--batch-check", "--buffer"]).cleaned(self.options)?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(broken("could not open a pipe to git".to_owned()));
        };
        let read = thread::scope(|scope| {
            scope.spawn(move || feed(input, ids.iter().map(String::as_str)));
            let lines: Result<Vec<String>, _> = BufReader::new(output).lines().collect();
            lines
        });
        let status = child.wait().map_err(|error| broken(error.to_string()))?;
        let lines = read.map_err(|error| broken(error.to_string()))?;
        if !status.success() || lines.len() != ids.len() {
            return Err(broken(status.to_string()));
        }
        Ok(lines
            .iter()
            .filter_map(|line| line.strip_suffix(" missing"))
            .map(str::to_owned)
            .collect())
    }
}
