//! Messages about the reports of other repositories (`status --with`).

use crate::domain::text::count;
use crate::domain::{Code, Problem, Repo, Timestamp};

const NO_PAGE: &str = "no page was written";

pub(in crate::cli) fn too_many(most: usize) -> Problem {
    Problem::new(Code::Usage, format!("--with: more than {most} reports"))
        .hint("make several pages")
}

/// `why` says what is wrong with the file.
pub(in crate::cli) fn unusable(file: &str, why: impl Into<String>) -> Problem {
    Problem::new(Code::ReportUnreadable, format!("cannot use the report {file}"))
        .cause(why)
        .hint("pass a file that `tokenward status --format json` wrote in the other repository")
        .state(NO_PAGE)
}

pub(in crate::cli) fn repeated(file: &str, repo: &Repo, other: &str) -> Problem {
    unusable(file, format!("{repo} already has a report: {other}"))
        .hint("pass one report for each other repository, and none for this one")
}

pub(in crate::cli) fn from_the_future(
    repository: &str,
    written: Timestamp,
    now: Timestamp,
) -> Problem {
    unusable(&format!("of {repository}"), format!("it is dated {written}, but it is {now} now"))
        .hint("check the clock of the machine that wrote it")
}

pub(in crate::cli) fn contains_token(repository: &str, shapes: &[String]) -> Problem {
    Problem::new(
        Code::Leak,
        format!(
            "the report of {repository} contains text that looks like a token ({})",
            shapes.join(", ")
        ),
    )
    .cause("tokenward writes no value into a report, so somebody else changed it")
    .hint("revoke the token, delete the artifact, and find out which job wrote it")
    .state("the page does not show the text")
}

/// `age` is how long ago the report was written, in words.
pub(in crate::cli) fn stale(repository: &str, age: &str, written: Timestamp) -> Problem {
    Problem::new(
        Code::ReportStale,
        format!("the report of {repository} is {age} old: it is from {}", written.for_people()),
    )
    .cause("its tokens were not checked since then")
    .hint(format!(
        "find out why the job of {repository} that runs `tokenward status` did not run, or did not upload its report"
    ))
}

/// The report calls these tokens fine, but they have expired by now.
pub(in crate::cli) fn expired_since(repository: &str, names: &[&str]) -> Problem {
    let names = names.join(", ");
    Problem::new(Code::TokenExpired, format!("{names} of {repository} has expired"))
        .cause("the report does not say so: it is older than the expiry, or it was changed")
        .hint(format!("check {repository}, and upload a new report"))
}

/// One line for all problems of a report; `id` is that of the most severe one.
pub(in crate::cli) fn in_other_report(
    id: Code,
    repository: &str,
    troubled: usize,
    tokens: usize,
    ids: &[&str],
) -> Problem {
    let tokens = count(tokens, "token needs attention", "tokens need attention");
    Problem::new(id, format!("{repository}: {troubled} of {tokens} ({})", ids.join(", ")))
        .hint("see the page for details")
}
