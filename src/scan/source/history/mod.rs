//! Scans all objects of a database: branches, merges, stashes, notes, deleted files, and objects
//! that no ref reaches. Each object is read once; only blobs with a hit are traced to the commit
//! that introduced them.

mod graph;
mod scanner;
mod sources;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use gix_hash::{Kind, ObjectId};

use self::graph::{Graph, Placed};
use self::scanner::{Message, ObjectScanner};
use self::sources::{Count, Sources};
use super::content::Looked;
use super::problems::{Cleaned as _, not_all_told, not_whole};
use super::{objects, problems};
use crate::domain::{AllowedBy, Finding, Fingerprint, Problem};
use crate::git::Repository;
use crate::scan::git::command::{Git, on_disk};
use crate::scan::git::fast_hash::Set;
use crate::scan::git::odb::Store;
use crate::scan::git::pack::ObjectKind;
use crate::scan::options::Options;
use crate::scan::redact::{Authorship, clean, clean_line, in_name};
use crate::scan::report::{Progress, Report};

#[cfg(test)]
pub(crate) use self::tests::in_blobs;

/// Scans a repository's whole history.
pub(crate) fn scan(
    repository: &Repository,
    options: &Options<'_>,
    progress: &dyn Fn(Progress),
) -> Report {
    let (mut report, git) = (Report::default(), Git::new(repository));
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
        let store = Store::open(self.git).cleaned(self.options)?;
        if self.git.is_shallow() {
            report.problems.push(problems::shallow_clone(self.options));
        }
        self.refs(report)?;
        let sources = Sources::open(&store, self.options.threads);
        for why in &sources.lost {
            report.problems.push(problems::database_incomplete(why, self.options));
        }
        let (count, mut found) = (Count::default(), Found::default());
        // Blobs first: only if one has a hit, it is worth keeping which commit has which tree.
        let scanner = || ObjectScanner::new(self.options, store.kind, None);
        let is_text = |kind| matches!(kind, ObjectKind::Blob | ObjectKind::Tag);
        let (scanners, lost) = sources.each(&is_text, &scanner, &count, self.progress);
        scanners.into_iter().for_each(|scanner| found.add(scanner));
        self.by_git(report, &mut found, &lost)?;
        let wanted: Arc<Set<ObjectId>> = Arc::new(found.blobs.keys().copied().collect());
        let there = sources.there();
        let scanner = || {
            let wanted = (!wanted.is_empty()).then(|| Arc::clone(&wanted));
            ObjectScanner::new(self.options, store.kind, wanted).among(&there)
        };
        let (scanners, lost) = sources.each(&is_tree, &scanner, &count, self.progress);
        let lacks = scanners.iter().any(|scanner| scanner.lacks);
        scanners.into_iter().for_each(|scanner| found.add(scanner));
        self.by_git(report, &mut found, &lost)?;
        if lacks || sources.is_partial {
            report.problems.extend(self.missing(sources.is_partial)?);
        }
        self.names(store.kind, &sources, &wanted, &mut found);
        let read = count.now();
        (report.files, report.bytes) = (report.files + read.files, report.bytes + read.bytes);
        self.tell(report, &found);
        Ok(())
    }

    /// Tokens in the names of branches and tags.
    fn refs(&self, report: &mut Report) -> Result<(), Problem> {
        let names = self.git.read(&["for-each-ref", "--format=%(refname)"]);
        let names = names.cleaned(self.options)?;
        for name in names.split(|byte| *byte == b'\n') {
            let seen = in_name(name, self.options);
            report.findings.extend(seen.iter().map(|seen| seen.at(clean_line(name, self.options))));
        }
        Ok(())
    }

    /// Reads the trees again if a name in one of them has a hit: the commit graph was built without
    /// it.
    fn names(
        &self,
        kind: Kind,
        sources: &Sources<'_>,
        wanted: &Arc<Set<ObjectId>>,
        found: &mut Found,
    ) {
        if found.names.keys().all(|tree| wanted.contains(tree)) {
            return;
        }
        let wanted: Arc<Set<ObjectId>> =
            Arc::new(wanted.iter().chain(found.names.keys()).copied().collect());
        let scanner = || ObjectScanner::new(self.options, kind, Some(Arc::clone(&wanted)));
        let silent = Count::default();
        let (scanners, _) = sources.each(&is_tree, &scanner, &silent, self.progress);
        found.graph = Graph::of(Arc::clone(&wanted));
        let graphs = scanners.into_iter().filter_map(|scanner| scanner.graph);
        graphs.for_each(|graph| found.graph.join(graph));
    }

    /// The objects that a clone lacks. Only git knows them: it searches for all objects that its
    /// refs reach.
    fn missing(&self, is_partial: bool) -> Result<Option<Problem>, Problem> {
        let listed = self.git.read(&[
            "rev-list",
            "--objects",
            "--no-object-names",
            "--missing=print",
            "--all",
        ]);
        let listed = listed.cleaned(self.options)?;
        let missing =
            listed.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"?")).count();
        let problem = || problems::history_objects_missing(missing, is_partial, self.options);
        Ok((missing > 0).then(problem))
    }

    /// Reads with git the objects that our own reader could not: too large, or broken in one pack.
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
            let number = usize::try_from(read.missing).unwrap_or(usize::MAX);
            report.problems.push(problems::objects_unreadable(number, self.options));
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
        let (mut told, mut once) = (HashSet::new(), Once::default());
        for place in found.graph.places(self.options) {
            told.insert(place.id);
            self.tell_place(report, found, &place, &mut once);
        }
        // An object that no commit has is a finding nevertheless.
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

    /// What was found in a blob, or in the names of a tree, at one of its paths.
    fn tell_place<'f>(
        &self,
        report: &mut Report,
        found: &'f Found,
        place: &Placed,
        once: &mut Once<'f>,
    ) {
        let Placed { id, path, commit, by: author } = place;
        let at = |name: &[u8]| {
            if path.is_empty() { name.to_vec() } else { [path.as_slice(), b"/", name].concat() }
        };
        let names =
            found.names.get(id).into_iter().flatten().map(|name| (at(&name.name), &name.seen));
        let blob = found.blobs.get(id).map(|seen| (path.clone(), seen));
        for (path, seen) in names.chain(blob) {
            if self.options.ignore.leaves_out_below(&on_disk(&path)) {
                report.ignored += 1;
                continue;
            }
            let shown = clean(&path, self.options);
            for why in found.lost.get(id).into_iter().flatten() {
                if once.lost.insert((path.clone(), why)) {
                    report.problems.push(not_whole(&shown, why.clone(), self.options));
                }
            }
            // The first commit that has this secret at this path so often, with or without a word
            // for it, stands for all that have it there.
            let mut times: HashMap<_, usize> = HashMap::new();
            for seen in seen {
                let finding = by(seen.at(shown.clone()), commit, author);
                let word = finding.allowed.as_ref().map(|allowed| (allowed.by, allowed.speaks()));
                let what = (path.clone(), finding.rule.clone(), finding.fingerprint.clone(), word);
                let count = times.entry(what.clone()).or_default();
                *count += 1;
                if once.told.insert((what, *count)) {
                    report.findings.push(finding);
                }
            }
        }
    }
}

fn is_tree(kind: ObjectKind) -> bool {
    matches!(kind, ObjectKind::Commit | ObjectKind::Tree)
}

/// A secret at a path: the path, the rule, the value, and which word there is for it.
type Secret = (Vec<u8>, String, Fingerprint, Option<(AllowedBy, bool)>);

/// What was told already.
#[derive(Default)]
struct Once<'f> {
    /// With how often it was met in one blob.
    told: HashSet<(Secret, usize)>,
    /// What was not unpacked, by path.
    lost: HashSet<(Vec<u8>, &'f String)>,
}

fn by(mut finding: Finding, commit: &ObjectId, by: &Authorship) -> Finding {
    (finding.commit, finding.author, finding.date) =
        (Some(commit.to_string()), by.author.clone(), by.date);
    finding
}

/// A name with hits, in a tree.
struct Name {
    name: Vec<u8>,
    seen: Vec<Finding>,
}

/// What all threads saw.
#[derive(Default)]
struct Found {
    blobs: HashMap<ObjectId, Vec<Finding>>,
    /// What of archives was not unpacked, and why.
    lost: HashMap<ObjectId, Vec<String>>,
    names: HashMap<ObjectId, Vec<Name>>,
    messages: Vec<Message>,
    graph: Graph,
}

impl Found {
    fn add(&mut self, scanner: ObjectScanner<'_>) {
        self.blobs.extend(scanner.blobs);
        self.lost.extend(scanner.lost);
        self.messages.extend(scanner.messages);
        for (tree, name, seen) in scanner.names {
            self.names.entry(tree).or_default().push(Name { name, seen });
        }
        if let Some(graph) = scanner.graph {
            self.graph.join(graph);
        }
    }
}
