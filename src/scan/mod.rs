//! The leak check: finds tokens in a tree, in commits or in a stream, and reports where, never
//! what. The scanned content cannot silence it: it obeys no ignore file of a scanned tree, and only
//! comments that were there before. Each part uses only those before it: `types`, `report`,
//! `detect`, `git`, `suppress`, `options`, `redact`, `repeats`, `source`.

mod detect;
mod fuzzed;
mod git;
mod options;
mod redact;
mod repeats;
mod report;
mod source;
mod suppress;
#[cfg(test)]
mod tests;
mod types;

use std::io::Read;

pub use detect::compile::Shape;
pub use detect::exact::{Exact, says_secret};
pub use detect::gitleaks_rules::GitleaksRules;
pub use detect::rule::lengths;
pub use detect::rules::Rules;
pub use detect::search::find;
#[doc(hidden)]
pub use fuzzed::{fuzzed_object, fuzzed_pack};
pub use git::hook::{Hooks, pre_commit};
pub use git::modules::modules;
pub use options::{FINGERPRINT_KEY, Options, Values};
pub use report::{Progress, Report, Source};
pub use suppress::accept::Accept;
pub use suppress::baseline::{Baseline, BaselineScope};
pub use suppress::custom_rules::CustomRules;
pub use suppress::gitleaks_ignore::GitleaksIgnore;
pub use suppress::ignore_globs::Ignore;
pub use suppress::peers::PeerBaseline;
pub use types::{CUSTOM, GENERIC, Known, Match};

use crate::domain::Finding;
use git::command::Git;
use source::content::{self, Looked};
use source::problems::{merge_lfs, not_whole, read_failed};
use source::stream::Scratch;
use source::{added, event, history, range, staged, worktree};
use suppress::accept;

/// Scans one source.
pub fn scan(source: &Source, options: &Options<'_>, progress: &dyn Fn(Progress)) -> Report {
    let mut report = match source {
        Source::Tree { roots } => worktree::scan(roots, options, progress),
        Source::Range { repository, remote, from, to } => {
            range::scan((repository, remote.as_ref()), (from, to), options, progress)
        }
        Source::Staged { repository, or_everything } => {
            staged::scan(repository, *or_everything, options, progress)
        }
        Source::History { repository } => history::scan(repository, options, progress),
        Source::Event { repository, remote, event } => {
            event::scan(repository, remote.as_ref(), event, options, progress)
        }
        Source::Stdin => {
            return scan_reader(&mut std::io::stdin().lock(), "<stdin>", options, progress);
        }
    };
    redact::sort(&mut report.findings);
    // A range has done so itself: it knows a commit to compare with, also where nothing is
    // proposed.
    if let (Some(base), false) =
        (options.accept.proposed_on, matches!(source, Source::Range { .. } | Source::Event { .. }))
    {
        let git = options.repository.map(Git::new);
        added::mark(
            &mut report.findings,
            git.as_ref(),
            base,
            &added::Scanned::of(source, options),
            options,
        );
    }
    accept::settle(&mut report, options.rules, &options.accept);
    repeats::fold(&mut report.findings);
    merge_lfs(&mut report.problems);
    report.problems.sort_by(|a, b| (&a.what, &a.causes).cmp(&(&b.what, &b.causes)));
    report
}

/// Scans what a reader gives; findings stand at `path`. Of one that gives nothing no file is
/// counted.
pub fn scan_reader(
    reader: &mut dyn Read,
    path: &str,
    options: &Options<'_>,
    progress: &dyn Fn(Progress),
) -> Report {
    let mut report =
        one(path, options, progress, |scratch| content::stream(reader, scratch, options));
    // An empty pipe is no clean scan: the content did not arrive.
    if report.bytes == 0 && report.problems.is_empty() {
        report.files = 0;
    }
    report
}

/// Scans what is in memory; findings stand at `path`.
#[must_use]
pub fn scan_text(
    text: &[u8],
    path: &str,
    options: &Options<'_>,
    progress: &dyn Fn(Progress),
) -> Report {
    one(path, options, progress, |scratch| content::text(text, scratch, options))
}

/// Scans what is in memory and was never reviewed: its comments suppress nothing.
#[must_use]
pub fn scan_unreviewed(
    text: &[u8],
    path: &str,
    options: &Options<'_>,
    progress: &dyn Fn(Progress),
) -> Report {
    one(path, options, progress, |scratch| {
        let mut looked = content::text(text, scratch, options);
        looked.seen = looked.seen.into_iter().map(Finding::unreviewed).collect();
        looked
    })
}

fn one(
    path: &str,
    options: &Options<'_>,
    progress: &dyn Fn(Progress),
    look: impl FnOnce(&mut Scratch) -> Looked,
) -> Report {
    let mut report = Report { files: 1, ..Report::default() };
    let path = redact::clean(path.as_bytes(), options);
    let looked = look(&mut Scratch::new(options));
    report.findings.extend(looked.seen.iter().map(|seen| seen.at(path.clone())));
    let bytes = looked.bytes;
    report.bytes = bytes;
    report.problems.extend(looked.lost.into_iter().map(|why| not_whole(&path, why, options)));
    if let Some(error) = looked.error {
        report.problems.push(read_failed(&path, &error, options));
    }
    redact::sort(&mut report.findings);
    if let Some(base) = options.accept.proposed_on {
        added::mark(&mut report.findings, None, base, &added::Scanned::Nowhere, options);
    }
    accept::settle(&mut report, options.rules, &options.accept);
    repeats::fold(&mut report.findings);
    progress(Progress { files: report.files, bytes });
    report
}
