//! Messages about the reports of other repositories (`status --with`).

use crate::domain::text::count;
use crate::domain::{Code, Problem, ProviderId, Repo, Timestamp, TokenName};

const NO_PAGE: &str = "no page was written";

pub(in crate::cli) fn too_many(most: usize) -> Problem {
    Problem::new(Code::Usage, format!("--with: more than {most} reports"))
        .hint("split them across several pages")
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
        .hint("pass one report for each of the other repositories, and none for this one")
}

pub(in crate::cli) fn from_the_future(
    repository: &str,
    written: Timestamp,
    now: Timestamp,
) -> Problem {
    unusable(
        &format!("of {repository}"),
        format!("it is dated {written}, but the current time is {now}"),
    )
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
    .cause("tokenward never writes a value into a report, so somebody must have changed it")
    .hint("revoke the token, delete the artifact, and find out which job wrote it")
    .state("the page does not show the text")
}

/// `age` is how long ago the report was written, in words.
pub(in crate::cli) fn stale(repository: &str, age: &str, written: Timestamp) -> Problem {
    Problem::new(
        Code::ReportStale,
        format!("the report of {repository} is {age} old: it is from {}", written.for_people()),
    )
    .cause("its tokens have not been checked since then")
    .hint(format!(
        "find out why the job in {repository} that runs `tokenward status` did not run, or did not upload its report"
    ))
}

/// What a fact in the report means, though the report lists no problem for it.
fn implied(id: Code, repository: &str, what: String) -> Problem {
    Problem::new(id, what)
        .cause("the report lists no such problem: it is incomplete, outdated, or was changed")
        .hint(format!("check {repository}, and upload a new report"))
}

pub(in crate::cli) fn expired(repository: &str, name: &TokenName) -> Problem {
    implied(Code::TokenExpired, repository, format!("{name} of {repository} has expired"))
}

pub(in crate::cli) fn dead(repository: &str, name: &TokenName, provider: &ProviderId) -> Problem {
    implied(
        Code::TokenDead,
        repository,
        format!("{provider} does not accept {name} of {repository}"),
    )
}

pub(in crate::cli) fn not_tested(repository: &str, name: &TokenName) -> Problem {
    implied(
        Code::NotTested,
        repository,
        format!("the report of {repository} has no clear test result for {name}"),
    )
}

pub(in crate::cli) fn due(repository: &str, name: &TokenName, due: Timestamp) -> Problem {
    implied(
        Code::TokenDue,
        repository,
        format!("{name} of {repository} has been due for rotation since {due}"),
    )
}

pub(in crate::cli) fn overdue(repository: &str, name: &TokenName, due: Timestamp) -> Problem {
    implied(
        Code::TokenOverdue,
        repository,
        format!("{name} of {repository} was due for rotation at {due}, but was not rotated"),
    )
}

pub(in crate::cli) fn state_unknown(repository: &str, name: &TokenName) -> Problem {
    implied(
        Code::NotLookedAt,
        repository,
        format!("the state of {name} of {repository} is unknown"),
    )
}

pub(in crate::cli) fn no_destinations(repository: &str, name: &TokenName) -> Problem {
    implied(
        Code::NotLookedAt,
        repository,
        format!("the report of {repository} names no destination of {name}"),
    )
}

/// Something of a token is dated later than its check.
pub(in crate::cli) fn since_the_future(
    repository: &str,
    name: &TokenName,
    latest: Timestamp,
) -> Problem {
    implied(
        Code::ClockDisagrees,
        repository,
        format!(
            "the report of {repository} dates {name} at {latest}, which is later than the report itself"
        ),
    )
}

pub(in crate::cli) fn drifted(repository: &str, destination: &str) -> Problem {
    implied(
        Code::OverwrittenByHand,
        repository,
        format!("{destination} holds a value that tokenward did not write"),
    )
}

pub(in crate::cli) fn gone(repository: &str, destination: &str) -> Problem {
    implied(Code::OverwrittenByHand, repository, format!("{destination} does not exist"))
}

pub(in crate::cli) fn not_delivered(repository: &str, destination: &str) -> Problem {
    implied(Code::PushFailed, repository, format!("{destination} might not hold the value in use"))
}

pub(in crate::cli) fn place_unknown(repository: &str, destination: &str) -> Problem {
    implied(
        Code::NotLookedAt,
        repository,
        format!("it is unknown whether {destination} holds the value in use"),
    )
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
