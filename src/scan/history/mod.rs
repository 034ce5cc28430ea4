//! Everything an object database has, whatever reaches it: branches, merges, stashes, notes, what
//! was deleted, what nothing reaches any more. Each object is looked at once; who brought it is
//! asked only about what was found.

mod graph;
mod listing;
mod scanner;
mod sources;
#[cfg(test)]
mod tests;
mod there;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use gix_hash::ObjectId;

use self::graph::{Graph, Placed};
use self::scanner::{Message, ObjectScanner};
use self::sources::{Count, Sources};
use super::archive::Looked;
use super::fast_hash::Set;
use super::git::{FETCH_ALL, Git, on_disk};
use super::model::{Options, Progress, Report};
use super::objects;
use super::pack::ObjectKind;
use super::partial::FETCH_OBJECTS;
use super::redact::{
    Authorship, RedactedHit, clean, clean_line, in_name, incomplete, not_all_told, not_whole,
};
use super::store::Store;
use crate::domain::text::count;
use crate::domain::{Finding, Problem};
use crate::git::Repository;

pub(super) use self::listing::{Listing, Next};
#[cfg(test)]
pub(super) use self::tests::in_blobs;

/// Scans a repository's whole history.
pub(super) fn scan(
    repository: &Repository,
    options: &Options<'_>,
    progress: &dyn Fn(Progress),
) -> Report {
    let (mut report, git) = (Report::default(), Git::new(repository, options));
    if let Err(problem) = (History { git: &git, options, progress }).fill(&mut report) {
        report.problems.push(problem);
    }
    report
}

struct History<'a> {
    git: &'a Git<'a>,
    options: &'a Options<'a>,
    progress: &'a dyn Fn(Progress),
}

impl History<'_> {
    fn fill(&self, report: &mut Report) -> Result<(), Problem> {
        let store = Store::open(self.git, self.options)?;
        if self.git.is_shallow() {
            let cause = "older commits were not fetched".into();
            report.problems.push(
                incomplete("the clone is shallow".to_owned(), cause, self.options).hint(FETCH_ALL),
            );
        }
        for name in
            self.git.read(&["for-each-ref", "--format=%(refname)"])?.split(|byte| *byte == b'\n')
        {
            report.findings.extend(
                in_name(name, self.options)
                    .iter()
                    .map(|seen| seen.at(clean_line(name, self.options))),
            );
        }
        let sources = Sources::open(&store, self.options.threads);
        for why in &sources.lost {
            report.problems.push(incomplete(
                "a part of the object database could not be read".to_owned(),
                why.into(),
                self.options,
            ));
        }
        let count = Count::default();
        // Blobs first: only where one has a hit is it worth keeping who has which tree.
        let look = || ObjectScanner::new(self.options, store.kind, None);
        let (looks, lost) = sources.each(
            &|what| matches!(what, ObjectKind::Blob | ObjectKind::Tag),
            &look,
            &count,
            self.progress,
        );
        let mut found = Found::default();
        looks.into_iter().for_each(|look| found.add(look));
        self.by_git(report, &mut found, &lost)?;
        let wanted: Arc<Set<ObjectId>> = Arc::new(found.blobs.keys().copied().collect());
        let there = sources.there();
        let look = || {
            ObjectScanner::new(
                self.options,
                store.kind,
                (!wanted.is_empty()).then(|| Arc::clone(&wanted)),
            )
            .among(&there)
        };
        let (looks, lost) = sources.each(
            &|what| matches!(what, ObjectKind::Commit | ObjectKind::Tree),
            &look,
            &count,
            self.progress,
        );
        let lacks = looks.iter().any(|look| look.lacks);
        looks.into_iter().for_each(|look| found.add(look));
        self.by_git(report, &mut found, &lost)?;
        if lacks || sources.is_partial {
            report.problems.extend(self.missing(sources.is_partial)?);
        }
        if found.names.keys().any(|tree| !wanted.contains(tree)) {
            let wanted: Arc<Set<ObjectId>> =
                Arc::new(wanted.iter().chain(found.names.keys()).copied().collect());
            let look = || ObjectScanner::new(self.options, store.kind, Some(Arc::clone(&wanted)));
            let silent = Count::default();
            let (looks, _) = sources.each(
                &|what| matches!(what, ObjectKind::Commit | ObjectKind::Tree),
                &look,
                &silent,
                self.progress,
            );
            found.graph = Graph::of(Arc::clone(&wanted));
            looks
                .into_iter()
                .filter_map(|look| look.graph)
                .for_each(|graph| found.graph.join(graph));
        }
        let read = count.now();
        (report.files, report.bytes) = (report.files + read.files, report.bytes + read.bytes);
        self.tell(report, &found);
        Ok(())
    }

    /// What a clone lacks: a partial one has not fetched it. Only git knows, which looks for every
    /// object that its refs reach.
    fn missing(&self, is_partial: bool) -> Result<Option<Problem>, Problem> {
        let listed = self.git.read(&[
            "rev-list",
            "--objects",
            "--no-object-names",
            "--missing=print",
            "--all",
        ])?;
        let missing =
            listed.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"?")).count();
        let what = format!(
            "{} of the history missing from this clone",
            count(missing, "object", "objects")
        );
        let (cause, hint) = match is_partial {
            true => ("it is a partial clone: it was made with a filter", FETCH_OBJECTS),
            false => (
                "the repository is broken: it names objects that are not there",
                "clone it again, and scan that",
            ),
        };
        Ok((missing > 0).then(|| incomplete(what, cause.into(), self.options).hint(hint)))
    }

    /// Objects that are too large, or broken where they were looked for: git may know better, and
    /// tells of what it has not.
    fn by_git(
        &self,
        report: &mut Report,
        found: &mut Found,
        lost: &[ObjectId],
    ) -> Result<(), Problem> {
        if lost.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = lost.iter().map(ToString::to_string).collect();
        let read = objects::read(self.git, &ids, self.options, self.progress)?;
        (report.files, report.bytes) = (report.files + read.files, report.bytes + read.bytes);
        if read.missing > 0 {
            let what = format!(
                "{} could not be read",
                count(usize::try_from(read.missing).unwrap_or(usize::MAX), "object", "objects")
            );
            report.problems.push(incomplete(
                what,
                "a pack is broken, or the clone is partial".into(),
                self.options,
            ));
        }
        let id = |hex: &str| ObjectId::from_hex(hex.as_bytes()).ok();
        found
            .lost
            .extend(read.lost.into_iter().filter_map(|(blob, lost)| Some((id(&blob)?, lost))));
        found
            .blobs
            .extend(read.in_blobs.into_iter().filter_map(|(blob, seen)| Some((id(&blob)?, seen))));
        found.messages.extend(read.told.into_iter().filter_map(
            |(hex, place, Looked { seen, lost, .. })| {
                let by = read.authors.get(&hex).cloned().unwrap_or_default();
                Some(Message { place, id: id(&hex)?, by, seen, lost })
            },
        ));
        Ok(())
    }

    fn tell(&self, report: &mut Report, found: &Found) {
        for message in &found.messages {
            report.findings.extend(
                message
                    .seen
                    .iter()
                    .map(|seen| by(seen.at(message.place.to_owned()), &message.id, &message.by)),
            );
            let lost = message.lost.iter();
            report.problems.extend(lost.map(|why| {
                not_all_told(message.place, &message.id.to_string(), why.clone(), self.options)
            }));
        }
        let (mut told, mut once, mut once_lost) = (HashSet::new(), HashSet::new(), HashSet::new());
        for Placed { id, path, commit, by: author } in found.graph.places(self.options) {
            told.insert(id);
            let at = |name: &[u8]| {
                if path.is_empty() { name.to_vec() } else { [path.as_slice(), b"/", name].concat() }
            };
            let names =
                found.names.get(&id).into_iter().flatten().map(|name| (at(&name.name), &name.seen));
            let blob = found.blobs.get(&id).map(|seen| (path.clone(), seen));
            for (path, seen) in names.chain(blob) {
                if self.options.ignore.leaves_out_below(&on_disk(&path)) {
                    report.ignored += 1;
                    continue;
                }
                for why in found.lost.get(&id).into_iter().flatten() {
                    if once_lost.insert((path.clone(), why)) {
                        report.problems.push(not_whole(
                            &clean(&path, self.options),
                            why.clone(),
                            self.options,
                        ));
                    }
                }
                // The first commit that has this secret at this path so often, with or without a
                // word for it, stands for all that have it there.
                let mut times: HashMap<_, usize> = HashMap::new();
                for seen in seen {
                    let finding = by(seen.at(clean(&path, self.options)), &commit, &author);
                    let word =
                        finding.allowed.as_ref().map(|allowed| (allowed.by, allowed.speaks()));
                    let what =
                        (path.clone(), finding.rule.clone(), finding.fingerprint.clone(), word);
                    let count = times.entry(what.clone()).or_default();
                    *count += 1;
                    if once.insert((what, *count)) {
                        report.findings.push(finding);
                    }
                }
            }
        }
        // What no commit has is a finding still.
        for (id, seen) in found.blobs.iter().filter(|(id, _)| !told.contains(*id)) {
            report.findings.extend(seen.iter().map(|seen| seen.at(format!("<blob {id}>"))));
            let lost = found.lost.get(id).into_iter().flatten();
            report.problems.extend(
                lost.map(|why| not_whole(&format!("<blob {id}>"), why.clone(), self.options)),
            );
        }
        for (id, names) in found.names.iter().filter(|(id, _)| !told.contains(*id)) {
            let seen = names.iter().flat_map(|name| &name.seen);
            report.findings.extend(seen.map(|seen| seen.at(format!("<tree {id}>"))));
        }
    }
}

fn by(mut finding: Finding, commit: &ObjectId, by: &Authorship) -> Finding {
    (finding.commit, finding.author, finding.date) =
        (Some(commit.to_string()), by.author.clone(), by.date);
    finding
}

/// A name with hits, in a tree.
struct Name {
    name: Vec<u8>,
    seen: Vec<RedactedHit>,
}

/// What all threads saw.
#[derive(Default)]
struct Found {
    blobs: HashMap<ObjectId, Vec<RedactedHit>>,
    /// What of archives was not unpacked, and why.
    lost: HashMap<ObjectId, Vec<String>>,
    names: HashMap<ObjectId, Vec<Name>>,
    messages: Vec<Message>,
    graph: Graph,
}

impl Found {
    fn add(&mut self, look: ObjectScanner<'_>) {
        self.blobs.extend(look.blobs);
        self.lost.extend(look.lost);
        self.messages.extend(look.messages);
        for (tree, name, seen) in look.names {
            self.names.entry(tree).or_default().push(Name { name, seen });
        }
        if let Some(graph) = look.graph {
            self.graph.join(graph);
        }
    }
}
