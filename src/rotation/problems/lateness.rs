//! Messages about what is due, in progress or late. `check`, `status` and a run use them.

use super::{CHECKS_AGAIN, CONSUMERS_HAVE_NEW, continues, rotate_now};
use crate::domain::{Code, KeyId, Problem, Repo, Span, Timestamp, TokenName, Version};

/// A rotation is in progress, and in time.
pub(in crate::rotation) fn under_way(
    name: &TokenName,
    version: Version,
    since: Timestamp,
) -> Problem {
    Problem::new(Code::RotationUnderWay, in_progress(name, version, since))
        .hint("nothing to do: the next scheduled `rotate` continues it")
}

/// A rotation has been in progress for too long.
pub(in crate::rotation) fn stuck(name: &TokenName, version: Version, since: Timestamp) -> Problem {
    Problem::new(Code::RotationStuck, in_progress(name, version, since)).hint(continues(name))
}

fn in_progress(name: &TokenName, version: Version, since: Timestamp) -> String {
    format!("the rotation of {name} to {version} has been in progress since {since}")
}

/// A new value was requested, and tokenward has to make it.
pub(in crate::rotation) fn requested(
    name: &TokenName,
    at: Timestamp,
    current: Version,
    is_late: bool,
) -> Problem {
    let id = if is_late { Code::TokenOverdue } else { Code::TokenDue };
    request(id, name, format!("a new value of {name} was requested at {at}"), current)
}

/// A new value was requested, and a person has to make it.
pub(in crate::rotation) fn requested_manually(
    name: &TokenName,
    at: Timestamp,
    issue: Option<u64>,
    current: Version,
    is_late: bool,
) -> Problem {
    let id = if is_late { Code::NeedsPerson } else { Code::WaitsForPerson };
    let place = issue.map_or_else(String::new, |number| format!(" in issue {number}"));
    let what = format!("a person was asked at {at}{place} to create a new value of {name}");
    request(id, name, what, current)
}

fn request(id: Code, name: &TokenName, what: String, current: Version) -> Problem {
    Problem::new(id, what).cause(format!("the value in use is {current}")).hint(format!(
        "run `tokenward rotate {name}`: it continues from there, or reports what it waits for"
    ))
}

/// The value in use is older than `rotate-every`, and its rotation is in time.
pub(in crate::rotation) fn due(name: &TokenName, due: Timestamp, since: Timestamp) -> Problem {
    Problem::new(Code::TokenDue, format!("{name} has been due for rotation since {due}"))
        .cause(in_use_since(since))
        .hint("nothing to do: the next scheduled `rotate` replaces it, or asks a person to")
}

/// The same, but the rotation is late.
pub(in crate::rotation) fn overdue(name: &TokenName, due: Timestamp, since: Timestamp) -> Problem {
    Problem::new(
        Code::TokenOverdue,
        format!("{name} was due for rotation at {due}, but was not rotated"),
    )
    .cause(in_use_since(since))
    .hint(what_stops_it(name))
}

/// A rotation took so long that the next one is due.
pub(in crate::rotation) fn due_again(name: &TokenName) -> Problem {
    Problem::new(
        Code::TokenDue,
        format!("{name} is due for rotation again: its value is already older than `rotate-every`"),
    )
    .hint("nothing to do: the next run starts a new rotation")
}

fn in_use_since(since: Timestamp) -> String {
    format!("it has been in use since {since}")
}

fn what_stops_it(name: &TokenName) -> String {
    format!("run `tokenward rotate {name}`: it reports what stops it")
}

/// An old value should have been revoked.
pub(in crate::rotation) fn not_revoked(
    name: &TokenName,
    version: Version,
    since: Timestamp,
) -> Problem {
    Problem::new(
        Code::RotationStuck,
        format!(
            "{version} of {name} was due to be revoked at {since}, and is not verified as revoked"
        ),
    )
    .hint(what_stops_it(name))
}

/// A person was asked to revoke an old value. `has_issue`: the steps are in an issue.
pub(in crate::rotation) fn waits_to_be_revoked(
    name: &TokenName,
    version: Version,
    at: Timestamp,
    has_issue: bool,
) -> Problem {
    Problem::new(
        Code::WaitsForPerson,
        format!("a person was asked at {at} to revoke {version} of {name}"),
    )
    .hint(revoke_manually(has_issue))
}

/// The same, but the person is late.
pub(in crate::rotation) fn not_revoked_manually(
    name: &TokenName,
    version: Version,
    at: Timestamp,
    has_issue: bool,
) -> Problem {
    Problem::new(
        Code::NeedsPerson,
        format!(
            "a person was asked at {at} to revoke {version} of {name}, and it is not verified as revoked"
        ),
    )
    .hint(revoke_manually(has_issue))
}

fn revoke_manually(has_issue: bool) -> String {
    let place = if has_issue {
        "follow the issue"
    } else {
        "run `tokenward rotate` to see where to revoke it"
    };
    format!("{place}; a run that receives the old value verifies that it is revoked")
}

/// The provider can accept a deleted key for a while.
pub(in crate::rotation) fn settling(what: &str, at: Timestamp, until: Timestamp) -> Problem {
    Problem::new(
        Code::RevokeSettling,
        format!("{what} was deleted at {at}; its provider may accept it until {until}"),
    )
    .hint("nothing to do now; check again after that time")
    .state("until then anybody who has it can use it")
}

/// A record has a date in the future.
pub(in crate::rotation) fn from_the_future(
    name: &TokenName,
    latest: Timestamp,
    now: Timestamp,
) -> Problem {
    Problem::new(
        Code::ClockDisagrees,
        format!("a record of {name} is dated {latest}, but the current time is {now}"),
    )
    .cause(
        "GitHub's clock is wrong now, or was wrong in the run that wrote the record; everything that is counted from that date becomes due too late",
    )
    .hint(format!(
        "once the clock is right, run {}: the age of the new value is then counted correctly",
        rotate_now(name)
    ))
}

/// A key was revoked, and the provider still lists it. `is_late`: for longer than documented.
pub(in crate::rotation) fn still_exists(
    id: &KeyId,
    at: Timestamp,
    lag: Span,
    is_late: bool,
) -> Problem {
    let problem =
        Problem::new(Code::StillAlive, format!("key {id} was revoked at {at}, but still exists"));
    let problem = if is_late {
        problem
            .cause(format!("a revoked key should disappear from this provider within {lag}"))
            .hint("revoke it in the provider's settings, and contact its support")
    } else {
        problem.cause(format!("the provider may take up to {lag} to reject it")).hint(CHECKS_AGAIN)
    };
    problem.state(CONSUMERS_HAVE_NEW)
}

/// An alert cannot be resolved yet.
pub(in crate::rotation) fn alert_stays_open(number: u64, repo: &Repo, lag: Span) -> Problem {
    Problem::new(
        Code::StillAlive,
        format!(
            "alert {number} of {repo} stays open: its value was revoked, but the provider may still accept it"
        ),
    )
    .cause(format!("the provider may take up to {lag} to reject it"))
    .hint(CHECKS_AGAIN)
    .state(CONSUMERS_HAVE_NEW)
}
