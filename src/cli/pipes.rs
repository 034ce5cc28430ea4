//! Pipes that are named on the command line of `scan` (`<(command)`, `/dev/stdin`, a FIFO): each is
//! read as it comes, once.

use std::fs::File;
use std::path::PathBuf;

use super::args::Sources;
use super::env::Env;
use crate::domain::text::sanitize;
use crate::domain::{Code, Problem};
use crate::scan::{self, Options, Progress, Report};

/// What is named, without the pipes; and the pipes, as they were named and where they are.
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

/// Scans what they give.
pub(super) fn scan(
    pipes: &[(PathBuf, PathBuf)],
    options: &Options<'_>,
    progress: &dyn Fn(Progress),
) -> Report {
    let mut report = Report::default();
    for (path, named) in pipes {
        let shown = named.display().to_string();
        let unread = |id: Code, what: String| {
            Problem::new(id, what)
                .state("nothing of it was scanned, so nothing says that it is clean")
        };
        match File::open(path) {
            Ok(mut pipe) => {
                let read = scan::scan_reader(&mut pipe, &shown, options, progress);
                if read.files == 0 && read.problems.is_empty() {
                    report.problems.push(unread(
                        Code::NothingScanned,
                        format!("{} gave nothing", sanitize(&shown)),
                    ));
                }
                report.join(read);
            }
            Err(error) => {
                let problem =
                    unread(Code::ScanIncomplete, format!("{} could not be read", sanitize(&shown)));
                report.problems.push(problem.cause(sanitize(&error.to_string())));
            }
        }
    }
    report
}
