//! What the next commit would contain: every blob of the index that the last commit does not have
//! at that path. Reads the index itself, not the files on disk, which may differ by now.

use std::collections::HashMap;

use super::objects;
use super::problems::{self, Cleaned as _, not_whole};
use crate::domain::{Finding, Problem};
use crate::git::Repository;
use crate::scan::git::command::{Git, GitError, on_disk};
use crate::scan::options::Options;
use crate::scan::redact::{clean, in_name};
use crate::scan::report::{Progress, Report};

/// Scans what is staged.
pub(crate) fn scan(
    repository: &Repository,
    or_everything: bool,
    options: &Options<'_>,
    progress: &dyn Fn(Progress),
) -> Report {
    let (mut report, git) = (Report::default(), Git::new(repository));
    if let Err(problem) = fill(&mut report, &git, or_everything, options, progress) {
        report.problems.push(problem);
    }
    report
}

fn fill(
    report: &mut Report,
    git: &Git<'_>,
    or_everything: bool,
    options: &Options<'_>,
    progress: &dyn Fn(Progress),
) -> Result<(), Problem> {
    let mut staged = staged(git).cleaned(options)?;
    if staged.is_empty() && or_everything {
        staged = everything(git).cleaned(options)?;
    }
    let mut ids: Vec<String> = staged.iter().map(|(id, _)| id.clone()).collect();
    ids.sort();
    ids.dedup();
    let read = if ids.is_empty() {
        objects::Objects::default()
    } else {
        objects::read(git, &ids, options, progress)?
    };
    (report.files, report.bytes) = (read.files, read.bytes);
    if read.missing > 0 {
        let number = usize::try_from(read.missing).unwrap_or(usize::MAX);
        report.problems.push(problems::index_objects_missing(number, options));
    }
    let in_blobs: &HashMap<String, Vec<Finding>> = &read.in_blobs;
    for (id, path) in &staged {
        if options.ignore.leaves_out_below(&on_disk(path)) {
            report.ignored += 1;
            continue;
        }
        let seen = in_name(path, options);
        for why in read.lost.get(id).into_iter().flatten() {
            report.problems.push(not_whole(&clean(path, options), why.clone(), options));
        }
        let all = seen.iter().chain(in_blobs.get(id).into_iter().flatten());
        report.findings.extend(all.map(|seen| seen.at(clean(path, options))));
    }
    Ok(())
}

/// Blobs and the paths they would be committed at.
fn staged(git: &Git<'_>) -> Result<Vec<(String, Vec<u8>)>, GitError> {
    if git.commit("HEAD").is_err() {
        // Before the first commit, everything in the index is new.
        return everything(git);
    }
    let listed = git.read(&[
        "diff-index",
        "--cached",
        "--raw",
        "-z",
        "--no-abbrev",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--ignore-submodules=all",
        "HEAD",
    ])?;
    let parts: Vec<_> = listed.split(|byte| *byte == 0).collect();
    let changes = parts.chunks(2).filter_map(|pair| {
        // `:old-mode new-mode old-id new-id status`, then the path.
        let [change, path] = pair else { return None };
        let words: Vec<_> = change.split(|byte| *byte == b' ').collect();
        blob(words.get(1)?, words.get(3)?, path)
    });
    Ok(changes.collect())
}

/// All blobs of the index.
fn everything(git: &Git<'_>) -> Result<Vec<(String, Vec<u8>)>, GitError> {
    let listed = git.read(&["ls-files", "--stage", "-z"])?;
    let entries = listed.split(|byte| *byte == 0).filter_map(|entry| {
        let at = entry.iter().position(|byte| *byte == b'\t')?;
        let words: Vec<_> = entry[..at].split(|byte| *byte == b' ').collect();
        blob(words.first()?, words.get(1)?, &entry[at + 1..])
    });
    Ok(entries.collect())
}

/// A blob: nothing deleted, nothing only announced, and no commit of a submodule.
fn blob(mode: &[u8], id: &[u8], path: &[u8]) -> Option<(String, Vec<u8>)> {
    let is_blob = !matches!(mode, b"000000" | b"160000") && id.iter().any(|byte| *byte != b'0');
    is_blob.then(|| (String::from_utf8_lossy(id).into_owned(), path.to_vec()))
}
