//! A range of commits: all blobs and messages that `to` reaches and `from` does not. Reads objects,
//! not diffs, so that merges, attributes and a later commit that removes the token hide nothing.

use std::collections::HashSet;

use super::added::{self, Scanned};
use super::moved::Moved;
use super::objects::{self, Objects};
use super::partial::Lender;
use super::places::{Place, Places, places};
use super::problems::{self, Cleaned as _, not_all_told, not_whole};
use crate::domain::{Finding, Problem};
use crate::git::{self, Remote, Repository};
use crate::scan::git::changed_paths::{ChangedPaths, HEAVY, MOST_PATHS};
use crate::scan::git::command::{Git, on_disk};
use crate::scan::git::range::{Listed, Range, cut_off, cuts};
use crate::scan::options::Options;
use crate::scan::redact::{clean, sort};
use crate::scan::report::{MOST_PLACES, Progress, Report};

/// Scans a range.
pub(crate) fn scan(
    (repository, remote): (&Repository, Option<&Remote>),
    (from, to): (&str, &str),
    options: &Options<'_>,
    progress: &dyn Fn(Progress),
) -> Report {
    let (mut report, git) = (Report::default(), Git::new(repository));
    let range = git
        .commit(from)
        .and_then(|from| Ok(Range { to: git.commit_or_tag(to)?, from: Some(from), merge: None }))
        .cleaned(options);
    let filled = range.and_then(|range| fill(&mut report, &git, remote, &range, options, progress));
    report.problems.extend(filled.err());
    report
}

/// Scans a range whose ends are known, into a report.
pub(crate) fn fill(
    report: &mut Report,
    git: &Git<'_>,
    remote: Option<&Remote>,
    range: &Range,
    options: &Options<'_>,
    progress: &dyn Fn(Progress),
) -> Result<(), Problem> {
    let commits = range.commits(git).cleaned(options)?;
    if cut_off(git, &commits).cleaned(options)? {
        report.problems.push(problems::shallow_range(options));
    }
    let lender = Lender { git, remote, options };
    let (Listed { there: listed, .. }, lacking) = lender.complete(range)?;
    let is_whole = lacking.is_none();
    report.problems.extend(lacking);
    if listed.is_empty() {
        return Ok(());
    }
    let mut objects = objects::read(git, &listed, options, progress)?;
    let (listable, heavy) = listable(git, &commits, &mut objects);
    let work = Work { lender, range, options, progress, is_whole, listable, heavy };
    let (moved, not_had) = work.moved(report, &listed, &mut objects);
    (report.files, report.bytes) = (objects.files, objects.bytes);
    progress(Progress { files: report.files, bytes: report.bytes });
    report.problems.extend(work.missing(&objects, not_had));
    let places = work.places(report, &objects, &moved);
    tell(report, &objects, &places, options);
    // What a proposal's own base already had may be of its author as well: the commit that decides
    // counts, where there is one.
    if let Some(before) = options.accept.proposed_on.or(range.from.as_deref()) {
        sort(&mut report.findings);
        added::mark(&mut report.findings, Some(git), before, &Scanned::Commits, options);
    }
    Ok(())
}

/// A range that is being scanned.
struct Work<'a> {
    lender: Lender<'a>,
    range: &'a Range,
    options: &'a Options<'a>,
    progress: &'a dyn Fn(Progress),
    /// Whether the clone has all of it. If not, that was reported, and its consequences are not.
    is_whole: bool,
    /// The commits whose changes git can list in bounded time, and the number of others.
    listable: Vec<&'a str>,
    heavy: usize,
}

impl Work<'_> {
    /// Old content that the range has at another path, and the problem if the clone lacks some of
    /// it. Adds it to the objects.
    fn moved(
        &self,
        report: &mut Report,
        listed: &[String],
        objects: &mut Objects,
    ) -> (Moved, Option<Problem>) {
        let mut not_had = None;
        let from = self.range.from.as_deref();
        let moved = from.map(|from| self.find_moved(from, listed, objects, &mut not_had));
        let moved = moved.transpose().unwrap_or_else(|problem| {
            // New content is reported nevertheless.
            report.problems.extend(self.is_whole.then_some(problem));
            None
        });
        (moved.unwrap_or_default(), not_had)
    }

    fn find_moved(
        &self,
        from: &str,
        listed: &[String],
        objects: &mut Objects,
        not_had: &mut Option<Problem>,
    ) -> Result<Moved, Problem> {
        let (git, options) = (self.lender.git, self.options);
        let new: HashSet<&str> = listed.iter().map(String::as_str).collect();
        // git is not asked to list an endlessly nested tree.
        let ends = (self.heavy == 0).then_some((from, self.range.to.as_str()));
        let mut moved = Moved::find(git, &self.listable, ends, &new, options)?;
        let blobs = moved.blobs();
        if !blobs.is_empty() {
            *not_had = self.lender.have(&blobs).err();
            objects.join(objects::read(git, &blobs, options, self.progress)?);
        }
        moved.forget_those_of(git, from, &|blob| objects.in_blobs.contains_key(blob));
        objects.in_blobs.retain(|blob, _| moved.has_any(blob));
        Ok(moved)
    }

    /// The problem of objects that are missing.
    fn missing(&self, objects: &Objects, not_had: Option<Problem>) -> Option<Problem> {
        if objects.missing == 0 || !self.is_whole {
            return None;
        }
        let number = usize::try_from(objects.missing).unwrap_or(usize::MAX);
        Some(not_had.unwrap_or_else(|| problems::range_objects_missing(number, self.options)))
    }

    /// The paths of the hits. Paths that could not be checked are a problem.
    fn places(&self, report: &mut Report, objects: &Objects, moved: &Moved) -> Vec<Place> {
        let merge = self.range.merge.as_ref().map(|merge| merge.id.as_str());
        let (git, blobs) = (self.lender.git, &objects.in_blobs);
        match places(git, &self.listable, merge, blobs, moved, self.options) {
            Ok(Places { all, is_cut }) => {
                let why = [
                    // Nothing is known about missing trees.
                    (self.heavy > 0 && self.is_whole, HEAVY.to_owned()),
                    (is_cut, format!("leaks are in more than {MOST_PLACES} places")),
                    (moved.is_cut, format!("more than {MOST_PLACES} files were moved")),
                ];
                let why = why.into_iter().filter(|(is_so, _)| *is_so);
                let cut = |(_, why): (bool, String)| problems::paths_skipped(&why, self.options);
                report.problems.extend(why.map(cut));
                all
            }
            Err(problem) => {
                // The findings are reported nevertheless, without their commits. Missing trees are
                // already reported.
                report.problems.extend(self.is_whole.then_some(problem));
                Vec::new()
            }
        }
    }
}

/// The commits whose changes git can list in bounded time, and the number of others.
fn listable<'c>(
    git: &Git<'_>,
    commits: &'c [String],
    objects: &mut Objects,
) -> (Vec<&'c str>, usize) {
    let Objects { roots, parents, weights, .. } = objects;
    let (cuts, mut spread) = (cuts(git), None);
    let is_light = |commit: &&str| {
        // git sees no parents beyond a shallow clone's end.
        let parents =
            parents.get(*commit).filter(|_| !cuts.contains(*commit)).map_or(&[][..], Vec::as_slice);
        // A small tree after small parents changes little. The size of old trees is unknown.
        let mut is_small = |commit: &str| {
            roots
                .get(commit)
                .and_then(|tree| weights.of(tree))
                .is_some_and(|paths| paths <= MOST_PATHS)
        };
        if is_small(commit) && parents.iter().all(|parent| is_small(parent)) {
            return true;
        }
        let spread = spread.get_or_insert_with(|| {
            Some(ChangedPaths::new(git::Objects::open(git.repository, commit).ok()?, MOST_PATHS))
        });
        let Some(spread) = spread.as_mut() else { return false };
        let new = spread.root(commit);
        if parents.is_empty() {
            return !spread.is_more(None, new);
        }
        parents.iter().all(|parent| {
            let old = spread.root(parent);
            !spread.is_more(old, new)
        })
    };
    let (light, heavy): (Vec<&str>, Vec<&str>) =
        commits.iter().map(String::as_str).partition(is_light);
    (light, heavy.len())
}

fn tell(report: &mut Report, objects: &Objects, places: &[Place], options: &Options<'_>) {
    let by = |mut finding: Finding, commit: &str| {
        let authorship = objects.authors.get(commit).cloned().unwrap_or_default();
        (finding.commit, finding.author, finding.date) =
            (Some(commit.to_owned()), authorship.author, authorship.date);
        finding
    };
    let mut placed = HashSet::new();
    for place in places {
        placed.extend(place.blob.as_deref());
        if options.ignore.leaves_out_below(&on_disk(&place.path)) {
            report.ignored += 1;
            continue;
        }
        let in_blob = place.blob.as_ref().and_then(|blob| objects.in_blobs.get(blob));
        let path = clean(&place.path, options);
        for why in place.blob.as_ref().and_then(|blob| objects.lost.get(blob)).into_iter().flatten()
        {
            report.problems.push(not_whole(&path, why.clone(), options));
        }
        let seen = place.in_name.iter().chain(in_blob.into_iter().flatten());
        report.findings.extend(seen.map(|seen| by(seen.at(path.clone()), &place.commit)));
    }
    // If git knows no path of a blob, it is a finding nevertheless.
    for (blob, seen) in objects.in_blobs.iter().filter(|(blob, _)| !placed.contains(blob.as_str()))
    {
        report.findings.extend(seen.iter().map(|seen| seen.at(format!("<blob {blob}>"))));
        let lost = objects.lost.get(blob).into_iter().flatten();
        report
            .problems
            .extend(lost.map(|why| not_whole(&format!("<blob {blob}>"), why.clone(), options)));
    }
    for (object, place, looked) in &objects.told {
        report
            .findings
            .extend(looked.seen.iter().map(|seen| by(seen.at((*place).to_owned()), object)));
        report.problems.extend(
            looked.lost.iter().map(|why| not_all_told(place, object, why.clone(), options)),
        );
    }
}
