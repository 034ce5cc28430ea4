//! What an event brings: what people wrote about it, and its commits. Finds both ends of them, fetches what a shallow or partial clone lacks from the
//! runner's address, and scans the range between them. Missing commits are a problem that says what
//! to configure, never a clean report.

use super::content;
use super::problems::{self, Cleaned as _, not_whole};
use super::range;
use super::stream::Scratch;
use crate::domain::event::{Base, Brings, Event};
use crate::domain::{Finding, Problem};
use crate::git::{Depth, Failed, Remote, Repository};
use crate::scan::git::command::Git;
use crate::scan::git::range::{Merge, Range, cut_off};
use crate::scan::options::Options;
use crate::scan::redact::{clean_line, in_name};
use crate::scan::report::{Progress, Report};

/// How many commits deep a shallow clone is made first, at least; a second try goes ten times as
/// deep, a third all the way.
const SHALLOW: u32 = 50;

/// Scans the commits of an event.
pub(crate) fn scan(
    repository: &Repository,
    remote: Option<&Remote>,
    event: &Event,
    options: &Options<'_>,
    progress: &dyn Fn(Progress),
) -> Report {
    let (mut report, git) = (Report::default(), Git::new(repository));
    for name in &event.refs {
        let seen = in_name(name.as_bytes(), options);
        report
            .findings
            .extend(seen.into_iter().map(|seen| seen.at(clean_line(name.as_bytes(), options))));
    }
    let range = Fetcher { git: &git, options, remote }.range(event);
    let scanned = range.and_then(|range| match range {
        Some(range) => range::fill(&mut report, &git, remote, &range, options, progress),
        None => Ok(()),
    });
    report.problems.extend(scanned.err());
    texts(&mut report, event, options);
    report
}

/// What people wrote about the event. It is in no commit, and its comments allow nothing.
fn texts(report: &mut Report, event: &Event, options: &Options<'_>) {
    if event.texts.is_empty() {
        return;
    }
    let mut scratch = Scratch::new(options);
    for (place, text) in &event.texts {
        let looked = content::text(text.as_bytes(), &mut scratch, options);
        let seen = looked.seen.into_iter().map(Finding::unreviewed);
        report.findings.extend(seen.map(|seen| seen.at((*place).to_owned())));
        let lost = looked.lost.into_iter().map(|why| not_whole(place, why, options));
        report.problems.extend(lost);
        report.bytes += looked.bytes;
    }
}

struct Fetcher<'a> {
    git: &'a Git<'a>,
    options: &'a Options<'a>,
    remote: Option<&'a Remote>,
}

impl Fetcher<'_> {
    /// The range, with all of it in the clone; `None` if the event has no new commits.
    fn range(&self, event: &Event) -> Result<Option<Range>, Problem> {
        let (range, about) = match &event.brings {
            Brings::Nothing => return Ok(None),
            Brings::Everything => (
                Range {
                    to: self.git.commit("HEAD").cleaned(self.options)?,
                    from: None,
                    merge: None,
                },
                u32::MAX,
            ),
            Brings::Commits { head, bases, or_everything, about } => {
                let depth = about.saturating_add(2).max(SHALLOW);
                // First, since it brings the others along.
                let merge = self.merge(event.commit.as_deref(), head, depth)?;
                self.have(head, depth)?;
                let mut from = Ok(None);
                for base in bases {
                    from = self.base(base, depth).map(Some);
                    if from.is_ok() {
                        break;
                    }
                }
                let from = if *or_everything { from.unwrap_or(None) } else { from? };
                (Range { to: head.clone(), from, merge }, depth)
            }
        };
        self.deepen(&range, about)?;
        Ok(Some(range))
    }

    /// What GitHub made of the head and its base, by the word of the commit itself: it is checked
    /// out, and may hold what neither of them does. The commit of a run may be another (the head,
    /// the base, one that the server has no more), and adds nothing then.
    fn merge(
        &self,
        commit: Option<&str>,
        head: &str,
        depth: u32,
    ) -> Result<Option<Merge>, Problem> {
        let Some(id) = commit.filter(|commit| *commit != head) else { return Ok(None) };
        if !self.git.has(id) {
            let fetched = self.remote()?.fetch(self.git.repository, self.depth(depth), &[id]);
            match fetched {
                Err(failed) if failed.is_unknown_there() => return Ok(None),
                fetched => fetched.map_err(|failed| self.not_fetched(&failed))?,
            }
        }
        let merge = Merge::read(self.git, id)
            .cleaned(self.options)?
            .filter(|merge| merge.parents.iter().any(|parent| parent == head));
        // A checkout is cut off right behind it.
        if merge.is_some() && cut_off(self.git, &[id.to_owned()]).cleaned(self.options)? {
            self.fetch(Depth::Commits(depth), &[id])?;
        }
        Ok(merge)
    }

    fn base(&self, base: &Base, depth: u32) -> Result<String, Problem> {
        let id = match base {
            Base::Commit(id) => id.clone(),
            Base::Branch(name) => self.tip(name)?,
        };
        self.have(&id, depth)?;
        Ok(id)
    }

    /// The commit that a branch points to, asked from the server: a ref in the clone could be
    /// forged.
    fn tip(&self, branch: &str) -> Result<String, Problem> {
        let told = self
            .remote()?
            .tip(Some(branch))
            .map_err(|failed| problems::branch_not_found_out(branch, &failed, self.options))?;
        told.map(|(id, _)| id).ok_or_else(|| self.lacking(&format!("the branch `{branch}`")))
    }

    /// Makes sure that an object is in the clone.
    fn have(&self, id: &str, depth: u32) -> Result<(), Problem> {
        if self.git.has(id) {
            return Ok(());
        }
        self.fetch(self.depth(depth), &[id])?;
        if self.git.has(id) { Ok(()) } else { Err(self.lacking(&format!("commit {id}"))) }
    }

    /// A depth, if the clone is shallow anyway.
    fn depth(&self, depth: u32) -> Depth {
        if self.git.is_shallow() { Depth::Commits(depth) } else { Depth::AsItIs }
    }

    /// Fetches older commits until the clone contains the whole range.
    fn deepen(&self, range: &Range, about: u32) -> Result<(), Problem> {
        let wanted: Vec<&str> =
            std::iter::once(range.to.as_str()).chain(range.from.as_deref()).collect();
        for depth in [Some(about), about.checked_mul(10), None] {
            if !self.git.is_shallow() || !self.is_cut(range)? {
                return Ok(());
            }
            // A huge depth means everything: requested as such, once.
            self.fetch(
                depth.filter(|depth| *depth < 1_000_000).map_or(Depth::Unshallow, Depth::Commits),
                &wanted,
            )?;
        }
        // The scan of the range checks again whether that was enough.
        Ok(())
    }

    fn is_cut(&self, range: &Range) -> Result<bool, Problem> {
        if range.from.is_some() {
            range.has_a_root(self.git).cleaned(self.options)
        } else {
            let commits = range.commits(self.git).cleaned(self.options)?;
            cut_off(self.git, &commits).cleaned(self.options)
        }
    }

    fn fetch(&self, depth: Depth, wanted: &[&str]) -> Result<(), Problem> {
        self.remote()?
            .fetch(self.git.repository, depth, wanted)
            .map_err(|failed| self.not_fetched(&failed))
    }

    fn not_fetched(&self, failed: &Failed) -> Problem {
        problems::event_not_fetched(failed, self.options)
    }

    fn remote(&self) -> Result<&Remote, Problem> {
        self.remote.ok_or_else(|| problems::event_without_remote(self.options))
    }

    fn lacking(&self, what: &str) -> Problem {
        problems::event_names_missing(what, self.options)
    }
}
