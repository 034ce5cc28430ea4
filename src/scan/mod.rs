//! The leak check: finds tokens in a tree, in a range of commits or in a stream, and says where,
//! never what. May not be made silent by what it scans: no ignore file or attribute of the scanned
//! tree is obeyed, a comment only where it was there before, and what could not be read is a
//! problem of its own.

mod added;
mod address;
mod allow;
mod archive;
mod assigned_name;
mod baseline;
mod bigrams;
mod boundaries;
mod checksum;
mod context_words;
mod decode;
mod diff_tree;
mod dummy_values;
mod encoding;
mod event;
mod exact;
mod explain;
mod fast_hash;
mod filter;
mod fuzzed;
mod generic;
mod git;
mod gitleaks;
mod history;
mod hook;
mod ignored;
mod incremental;
mod joints;
mod letters;
mod lfs;
mod lines;
mod literal;
mod managed_tokens;
mod matcher;
mod model;
mod modules;
mod moved;
mod objects;
mod pack;
mod partial;
mod path_count;
mod placeholder;
mod position;
mod prefilter;
mod randomness;
mod range;
mod redact;
mod required_run;
mod rules;
mod runs;
mod sparse_file;
mod spread;
mod staged;
mod store;
mod stream;
#[cfg(test)]
mod tests;
mod tree;

use std::io::Read;

pub use allow::Accept;
pub use baseline::{Baseline, BaselineScope};
pub use exact::{Exact, says_secret};
#[doc(hidden)]
pub use fuzzed::{fuzzed_object, fuzzed_pack};
pub use gitleaks::{GitleaksIgnore, GitleaksRules};
pub use hook::{Hooks, pre_commit};
pub use ignored::Ignore;
pub use matcher::{GENERIC, Hit, find};
pub use model::{FINGERPRINT_KEY, Known, Options, Progress, Report, Source, Values};
pub use modules::modules;
pub use rules::{Rules, Shape, lengths};

/// Scans one source.
pub fn scan(source: &Source, options: &Options<'_>, progress: &dyn Fn(Progress)) -> Report {
    let mut report = match source {
        Source::Tree { roots } => tree::scan(roots, options, progress),
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
        let git = options.repository.map(|repository| git::Git::new(repository, options));
        added::mark(
            &mut report.findings,
            git.as_ref(),
            base,
            &added::Scanned::of(source, options),
            options,
        );
    }
    allow::settle(&mut report, options);
    lfs::gather(&mut report.problems);
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
        one(path, options, progress, |scratch| archive::stream(reader, scratch, options));
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
    one(path, options, progress, |scratch| archive::text(text, scratch, options))
}

fn one(
    path: &str,
    options: &Options<'_>,
    progress: &dyn Fn(Progress),
    look: impl FnOnce(&mut stream::Scratch) -> archive::Looked,
) -> Report {
    let mut report = Report { files: 1, ..Report::default() };
    let path = redact::clean(path.as_bytes(), options);
    let looked = look(&mut stream::Scratch::new(options));
    report.findings.extend(looked.seen.iter().map(|seen| seen.at(path.clone())));
    let bytes = looked.bytes;
    report.bytes = bytes;
    report
        .problems
        .extend(looked.lost.into_iter().map(|why| redact::not_whole(&path, why, options)));
    if let Some(error) = looked.error {
        let what = format!("{} could not be read to its end", crate::domain::text::sanitize(&path));
        report.problems.push(redact::incomplete(what, error.to_string().into(), options));
    }
    redact::sort(&mut report.findings);
    if let Some(base) = options.accept.proposed_on {
        added::mark(&mut report.findings, None, base, &added::Scanned::Nowhere, options);
    }
    allow::settle(&mut report, options);
    progress(Progress { files: report.files, bytes });
    report
}
