//! Pipes that the command line of `scan` names (`<(command)`, `/dev/stdin`, a FIFO): each is read
//! as a stream, once.

use std::fs::File;
use std::path::PathBuf;

use super::args::Sources;
use super::env::Env;
use super::problems;
use crate::scan::{self, Options, Progress, Report};

/// Separates the named pipes from the other sources: each with its path and how it was named.
pub(super) fn apart(env: &Env, sources: &Sources) -> (Sources, Vec<(PathBuf, PathBuf)>) {
    let mut others = sources.clone();
    let named =
        std::mem::take(&mut others.paths).into_iter().map(|named| (env.folder.join(&named), named));
    let (pipes, paths): (Vec<_>, Vec<_>) = named.partition(is_pipe);
    others.paths = paths.into_iter().map(|(_, named)| named).collect();
    (others, pipes)
}

#[cfg(unix)]
fn is_pipe((path, _): &(PathBuf, PathBuf)) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    std::fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo())
}

#[cfg(not(unix))]
fn is_pipe(_: &(PathBuf, PathBuf)) -> bool {
    false
}

/// Scans their content.
pub(super) fn scan(
    pipes: &[(PathBuf, PathBuf)],
    options: &Options<'_>,
    progress: &dyn Fn(Progress),
) -> Report {
    let mut report = Report::default();
    for (path, named) in pipes {
        let shown = named.display().to_string();
        match File::open(path) {
            Ok(mut pipe) => {
                let read = scan::scan_reader(&mut pipe, &shown, options, progress);
                if read.files == 0 && read.problems.is_empty() {
                    report.problems.push(problems::scan::pipe_empty(named));
                }
                report.join(read);
            }
            Err(error) => report.problems.push(problems::scan::pipe_unreadable(named, &error)),
        }
    }
    report
}
