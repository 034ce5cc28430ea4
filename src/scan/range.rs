//! A range of commits: every blob and message that `to` reaches and `from` does not. Objects are
//! read, not diffs, so that merges, attributes and a later commit that takes the token out again
//! hide nothing.

use std::collections::HashSet;

use super::added::{self, Scanned};
use super::diff_tree::{Place, Places, places};
use super::git::{FETCH_ALL, Git, is_id, on_disk};
use super::model::{Options, Progress, Report};
use super::moved::Moved;
use super::objects::{self, Objects};
use super::partial::{FETCH_OBJECTS, Lender};
use super::redact::{MOST_PLACES, clean, incomplete, not_all_told, not_whole, sort};
use super::spread::Spread;
use super::store::told;
use crate::domain::text::count;
use crate::domain::{Finding, Problem};
use crate::git::{self, Remote, Repository};

/// Of a commit that changes more paths than this, git is not asked for a list: it holds all of them
/// in memory before it tells the first.
pub(super) const MOST_PATHS: u64 = 4_000_000;

/// Why such a commit is left out, and what reads it all the same.
pub(super) const HEAVY: &str = "a commit changes more than four million paths, or the same folders within each other without end";
const BY_OBJECT: &str = "take that commit out of the range, or run `tokenward scan --history`, which reads each object once";

/// Scans a range.
pub(super) fn scan(
    (repository, remote): (&Repository, Option<&Remote>),
    (from, to): (&str, &str),
    options: &Options<'_>,
    progress: &dyn Fn(Progress),
) -> Report {
    let (mut report, git) = (Report::default(), Git::new(repository, options));
    let range = git
        .commit(from)
        .and_then(|from| Ok(Range { to: git.commit_or_tag(to)?, from: Some(from), merge: None }));
    if let Err(problem) =
        range.and_then(|range| fill(&mut report, &git, remote, &range, options, progress))
    {
        report.problems.push(problem);
    }
    report
}

/// What `to` reaches and `from` does not, by their ids.
pub(super) struct Range {
    /// A commit, or a tag of one: what the tag says is of the range.
    pub(super) to: String,
    pub(super) from: Option<String>,
    /// What is made of `to` and other commits. Those others are no part of the range.
    pub(super) merge: Option<Merge>,
}

/// A merge, for what it has and none of its parents.
pub(super) struct Merge {
    pub(super) id: String,
    pub(super) parents: Vec<String>,
}

impl Merge {
    /// Reads one by its own text, which no cut in the history changes. Nothing if it is none.
    pub(super) fn read(git: &Git<'_>, id: &str) -> Result<Option<Self>, Problem> {
        let text = git.read(&["cat-file", "commit", id])?;
        let parents: Vec<String> = told(&text).parents.iter().map(ToString::to_string).collect();
        Ok((parents.len() > 1).then(|| Self { id: id.to_owned(), parents }))
    }
}

impl Range {
    /// The commits, oldest first.
    pub(super) fn commits(&self, git: &Git<'_>) -> Result<Vec<String>, Problem> {
        self.list(git, &["--reverse", "--topo-order"])
    }

    /// The commits, and what they brought.
    pub(super) fn objects(&self, git: &Git<'_>) -> Result<Listed, Problem> {
        let (mut listed, mut once) = (Listed::default(), HashSet::new());
        for line in self.lines(git, &["--objects", "--no-object-names", "--missing=print"])? {
            let (to, id) = match line.strip_prefix('?') {
                Some(id) => (&mut listed.missing, id),
                None => (&mut listed.there, line.as_str()),
            };
            if is_id(id) && once.insert(id.to_owned()) {
                to.push(id.to_owned());
            }
        }
        Ok(listed)
    }

    /// The trees that the changes of the range lie between: those of its commits, and of the
    /// commits right before it.
    pub(super) fn trees(&self, git: &Git<'_>) -> Result<Vec<String>, Problem> {
        // The line before each of them begins with `commit`, and is no id.
        let mut trees = self.list(git, &["--boundary", "--format=%T"])?;
        trees.sort();
        trees.dedup();
        Ok(trees)
    }

    /// Whether the range goes down to a commit without parents, cut off or not. In a shallow clone
    /// its other end may then lie behind the cut, and the range be longer than it is.
    pub(super) fn has_a_root(&self, git: &Git<'_>) -> Result<bool, Problem> {
        Ok(!self.list(git, &["--max-parents=0"])?.is_empty())
    }

    fn list(&self, git: &Git<'_>, how: &[&str]) -> Result<Vec<String>, Problem> {
        let mut listed = self.lines(git, how)?;
        listed.retain(|line| is_id(line));
        Ok(listed)
    }

    fn lines(&self, git: &Git<'_>, how: &[&str]) -> Result<Vec<String>, Problem> {
        let from = self.from.as_slice();
        let mut listed = list(git, how, &self.to, from)?;
        if let Some(Merge { id, parents }) = &self.merge {
            listed.extend(list(git, how, id, &[from, parents].concat())?);
        }
        Ok(listed)
    }
}

/// What a commit reaches and others do not.
fn list(git: &Git<'_>, how: &[&str], to: &str, without: &[String]) -> Result<Vec<String>, Problem> {
    let without: Vec<String> = without.iter().map(|id| format!("^{id}")).collect();
    let arguments = ["rev-list"]
        .iter()
        .chain(how)
        .copied()
        .chain([to])
        .chain(without.iter().map(String::as_str));
    let listed = git.read(&arguments.collect::<Vec<_>>())?;
    Ok(String::from_utf8_lossy(&listed).lines().map(str::to_owned).collect())
}

/// The objects of a range.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Those that the clone has.
    pub(super) there: Vec<String>,
    /// Those that it lacks. What such a tree names is not known.
    pub(super) missing: Vec<String>,
}

/// Scans a range whose ends are known, into a report.
pub(super) fn fill(
    report: &mut Report,
    git: &Git<'_>,
    remote: Option<&Remote>,
    range: &Range,
    options: &Options<'_>,
    progress: &dyn Fn(Progress),
) -> Result<(), Problem> {
    let commits = range.commits(git)?;
    if cut_off(git, &commits)? {
        report.problems.push(
            incomplete(
                "the clone is shallow, and its end lies inside the range".to_owned(),
                "older commits of the range were not fetched".into(),
                options,
            )
            .hint(FETCH_ALL),
        );
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
    let new: HashSet<&str> = listed.iter().map(String::as_str).collect();
    let mut not_had = None;
    let moved = range.from.as_ref().map(|from| {
        // Of a tree without end git is not asked for a list.
        let ends = (heavy == 0).then_some((from.as_str(), range.to.as_str()));
        let mut moved = Moved::find(git, &listable, ends, &new, options)?;
        let blobs = moved.blobs();
        if !blobs.is_empty() {
            not_had = lender.have(&blobs).err();
            objects.join(objects::read(git, &blobs, options, progress)?);
        }
        moved.forget_those_of(git, from, &|blob| objects.in_blobs.contains_key(blob));
        objects.in_blobs.retain(|blob, _| moved.has_any(blob));
        Ok(moved)
    });
    let moved = moved.transpose().unwrap_or_else(|problem| {
        // What is new is told all the same.
        report.problems.extend(is_whole.then_some(problem));
        None
    });
    let moved = moved.unwrap_or_default();
    (report.files, report.bytes) = (objects.files, objects.bytes);
    progress(Progress { files: report.files, bytes: report.bytes });
    if objects.missing > 0 && is_whole {
        let what = format!(
            "{} of the range missing from this clone",
            count(usize::try_from(objects.missing).unwrap_or(usize::MAX), "object", "objects")
        );
        let plain = || {
            incomplete(what, "the clone is partial, or broken".into(), options).hint(FETCH_OBJECTS)
        };
        report.problems.push(not_had.unwrap_or_else(plain));
    }
    let merge = range.merge.as_ref().map(|merge| merge.id.as_str());
    let places = match places(git, &listable, merge, &objects.in_blobs, &moved, options) {
        Ok(Places { all, is_cut }) => {
            let why = [
                // Of trees that are missing nothing is known.
                (heavy > 0 && is_whole, HEAVY.to_owned()),
                (is_cut, format!("leaks stand at more than {MOST_PLACES} places")),
                (moved.is_cut, format!("more than {MOST_PLACES} files were moved")),
            ];
            let cut = |why: String| {
                incomplete(
                    "not every path of the range was looked at".to_owned(),
                    why.into(),
                    options,
                )
                .hint(BY_OBJECT)
            };
            report
                .problems
                .extend(why.into_iter().filter(|(is_so, _)| *is_so).map(|(_, why)| cut(why)));
            all
        }
        Err(problem) => {
            // The findings are told all the same, without their commits. That trees are missing was
            // said.
            report.problems.extend(is_whole.then_some(problem));
            Vec::new()
        }
    };
    tell(report, &objects, &places, options);
    // What a proposal's own base already had may be of its author as well: the commit that decides
    // counts, where there is one.
    if let Some(before) = options.accept.proposed_on.or(range.from.as_deref()) {
        sort(&mut report.findings);
        added::mark(&mut report.findings, Some(git), before, &Scanned::Commits, options);
    }
    Ok(())
}

/// The commits whose changes git can be asked to list, and how many there are of the others.
fn listable<'c>(
    git: &Git<'_>,
    commits: &'c [String],
    objects: &mut Objects,
) -> (Vec<&'c str>, usize) {
    let Objects { roots, parents, weights, .. } = objects;
    let (cuts, mut spread) = (cuts(git), None);
    let is_light = |commit: &&str| {
        // Behind a cut git sees no parents.
        let parents =
            parents.get(*commit).filter(|_| !cuts.contains(*commit)).map_or(&[][..], Vec::as_slice);
        // What is small itself, and comes after what is small, changes little. It is not known of
        // what has old trees.
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
            Some(Spread::new(git::Objects::open(git.repository, commit).ok()?, MOST_PATHS))
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
    // Should git know no path of a blob, it is a finding still.
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

/// Whether a shallow clone ends inside the range: it has lost the commits behind the cut, and what
/// they brought and took away.
pub(super) fn cut_off(git: &Git<'_>, commits: &[String]) -> Result<bool, Problem> {
    if !git.is_shallow() {
        return Ok(false);
    }
    // A list that cannot be read leaves everything open.
    let roots = cuts(git);
    Ok(roots.is_empty() || commits.iter().any(|commit| roots.contains(commit)))
}

/// The commits behind which a shallow clone ends.
fn cuts(git: &Git<'_>) -> HashSet<String> {
    std::fs::read(git.repository.common_dir().join("shallow"))
        .map(|cut| ids(&cut))
        .unwrap_or_default()
        .into_iter()
        .collect()
}

/// Object ids, one a line.
fn ids(lines: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(lines).lines().filter(|line| is_id(line)).map(str::to_owned).collect()
}
