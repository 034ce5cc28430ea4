//! Messages about what `scan --github` reads of a repository.

use super::logs;
use crate::domain::text::count;
use crate::domain::{Code, Problem};
use crate::net::github::{Cause, GitHubError};

/// Says that nothing is known about what was not read.
const STATE: &str = "it was not scanned, so it may contain leaks";

pub(in crate::cli) fn bad_since(text: &str) -> Problem {
    Problem::new(Code::Usage, format!("`{text}` is neither a date nor a duration"))
        .hint("write `--since 2026-11-01` or `--since 30d`")
}

/// `what` is what was tried, such as `read the releases of acme/site`.
pub(in crate::cli) fn of_github(trouble: &GitHubError, what: &str) -> Problem {
    let problem = match trouble {
        GitHubError::Permission { accepted, .. } => {
            let problem = Problem::new(
                Code::GithubPermission,
                format!("could not {what}: the credential lacks a permission (403)"),
            );
            let needed = accepted
                .as_deref()
                .unwrap_or("issues: read, pull-requests: read, contents: read, actions: read");
            problem.hint(format!("give the credential these permissions: {needed}"))
        }
        GitHubError::Refused { status: 410, cause: Cause::Other, message } => {
            Problem::new(Code::ScanIncomplete, format!("could not {what}"))
                .cause(format!("GitHub answered 410: {message}"))
        }
        GitHubError::Unlisted { why } => {
            Problem::new(Code::ScanIncomplete, format!("could not {what} completely"))
                .cause(why.clone())
                .hint("scan a shorter period, with `--since`")
        }
        _ => logs::of_github(trouble, what),
    };
    problem.state(STATE)
}

/// GitHub gave fewer items than it says there are.
pub(in crate::cli) fn list_is_short(what: &str, found: usize, total: Option<u64>) -> Problem {
    let of = total.map_or_else(String::new, |total| format!(" of {total}"));
    Problem::new(Code::ScanIncomplete, format!("GitHub listed only {found}{of} {what}"))
        .hint("scan a shorter period, with `--since`")
        .state(STATE)
}

pub(in crate::cli) fn gave_up(what: &str) -> Problem {
    Problem::new(
        Code::ScanIncomplete,
        format!("the remaining {what} were not requested, because too many requests failed"),
    )
    .state(STATE)
}

/// A note, not a problem: these logs cannot be read by anybody.
pub(in crate::cli) fn logs_left_out(number: usize, why: &str) -> String {
    let what = if why == "are in progress" {
        if number == 1 {
            "1 run is in progress; its logs were not scanned".to_owned()
        } else {
            format!("{number} runs are in progress; their logs were not scanned")
        }
    } else {
        format!(
            "the logs of {} no longer exist, so they were not scanned",
            count(number, "attempt of a run", "attempts of runs")
        )
    };
    format!("note: {what}\n")
}
