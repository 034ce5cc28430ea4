//! Messages about destinations: written by somebody else, deleted, not written yet, and what stops
//! a delivery.

use std::fmt::Display;

use super::{BOTH_WORK, CONTINUES, NOTHING_CHANGED, replace_everywhere, rotate_now};
use crate::config::TokenConfig;
use crate::destinations::LARGEST_VALUE;
use crate::domain::text::count;
use crate::domain::{
    Code, Destination, KeyId, Problem, SecretName, Span, Timestamp, TokenName, Version,
};

/// The state of the destinations if the secret beside the primary one cannot be written.
pub(in crate::rotation) const NOT_DELIVERED: &str =
    "no destination was written; the old value is unchanged";

/// The state if somebody changed a destination while an old value waits to be revoked.
const NOTHING_REVOKED: &str =
    "tokenward revokes no old value until this is resolved; the old and the new value both work";

/// The config names a destination that the last rotation did not write.
pub(in crate::rotation) fn unwritten(destination: &Destination, name: &TokenName) -> Problem {
    Problem::new(
        Code::DestinationUnwritten,
        format!("{destination} was added to the config, and tokenward has not written it yet"),
    )
    .cause("it may hold an older value, or a different one")
    .hint(replace_everywhere(name))
}

/// The same, while a rotation that does not write it is in progress.
pub(in crate::rotation) fn unwritten_now(destination: &Destination, name: &TokenName) -> Problem {
    unwritten(destination, name)
        .hint(format!("when this rotation has finished, run {}", rotate_now(name)))
}

/// Somebody wrote a destination after tokenward adopted its value.
pub(in crate::rotation) fn written_since_adoption(
    destination: &Destination,
    at: Timestamp,
    name: &TokenName,
) -> Problem {
    Problem::new(
        Code::OverwrittenByHand,
        format!("{destination} was written at {at}, after tokenward adopted its value"),
    )
    .hint(replace_everywhere(name))
}

fn not_by_us(destination: &Destination, at: Timestamp) -> Problem {
    Problem::new(
        Code::OverwrittenByHand,
        format!("{destination} was written at {at}, but not by tokenward"),
    )
}

/// Somebody wrote a destination after tokenward did.
pub(in crate::rotation) fn written_since(
    destination: &Destination,
    at: Timestamp,
    ours: Timestamp,
    name: &TokenName,
) -> Problem {
    not_by_us(destination, at)
        .cause(format!("tokenward last wrote it at {ours}"))
        .hint(replace_everywhere(name))
}

/// Somebody wrote a destination that a rotation is about to replace.
pub(in crate::rotation) fn would_overwrite(
    destination: &Destination,
    at: Timestamp,
    name: &TokenName,
) -> Problem {
    not_by_us(destination, at)
        .cause(format!("{name} is due, but a new value would overwrite what somebody wrote there"))
        .hint(replace_everywhere(name))
}

/// GitHub shows an older write of a destination than the one that tokenward made, or that it saw
/// when it adopted the value.
pub(in crate::rotation) fn older_write(
    destination: &Destination,
    at: Timestamp,
    ours: Option<Timestamp>,
    name: &TokenName,
) -> Problem {
    let known = match ours {
        Some(ours) => format!("tokenward wrote it at {ours}"),
        None => "the last write that tokenward saw when it adopted the value was later".to_owned(),
    };
    Problem::new(
        Code::OverwrittenByHand,
        format!("GitHub says that {destination} was last written at {at}"),
    )
    .cause(format!("{known}, so this is a different secret, or an older state of it"))
    .hint(replace_everywhere(name))
}

/// A destination that tokenward wrote is gone.
pub(in crate::rotation) fn deleted(destination: &impl Display, name: &TokenName) -> Problem {
    Problem::new(Code::OverwrittenByHand, format!("{destination} was deleted"))
        .cause("workflows that use it now get an empty value")
        .hint(remove_or_rotate(name))
}

/// A destination that tokenward wrote is not visible when an old value should be revoked.
pub(in crate::rotation) fn gone(
    destination: &Destination,
    ours: Timestamp,
    name: &TokenName,
) -> Problem {
    Problem::new(
        Code::OverwrittenByHand,
        format!("{destination} does not exist, but tokenward wrote it at {ours}"),
    )
    .cause("it was deleted, or the credential can no longer see it")
    .hint(remove_or_rotate(name))
}

fn remove_or_rotate(name: &TokenName) -> String {
    format!("if nothing needs it, remove it from the config; otherwise run {}", rotate_now(name))
}

/// Nothing is revoked before a person has resolved this.
pub(in crate::rotation) fn keeps_old_value(problem: Problem) -> Problem {
    problem.state(NOTHING_REVOKED)
}

/// Other repositories can read an organization's secret than before.
pub(in crate::rotation) fn visibility_changed(
    destination: &Destination,
    before: &str,
    now: &str,
) -> Problem {
    Problem::new(
        Code::VisibilityChanged,
        format!(
            "the repositories that can read {destination} have changed since tokenward wrote it"
        ),
    )
    .cause(format!("the visibility was {before}, and is now {now}"))
    .hint("check the list in the organization's settings; the next rotation keeps the current list")
}

/// The journal cannot say whether destinations hold the value in use.
pub(in crate::rotation) fn not_proven(name: &TokenName, unwritten: &[String]) -> Problem {
    let hold = if unwritten.len() == 1 { "holds" } else { "hold" };
    let destinations = count(unwritten.len(), "destination", "destinations");
    Problem::new(
        Code::NotProven,
        format!("it is not known whether {destinations} of {name} {hold} the value in use"),
    )
    .cause(format!("not written by tokenward yet: {}", unwritten.join(", ")))
    .hint(format!("run {}: the first rotation writes every destination", rotate_now(name)))
}

/// The primary secret changed after this run received it.
pub(in crate::rotation) fn primary_written(primary: &Destination) -> Problem {
    Problem::new(
        Code::OverwrittenByHand,
        format!("{primary} was written after this run received its value"),
    )
    .hint("nothing to do: the next run receives the current value")
    .state("nothing was refreshed")
}

/// The primary secret holds a value of another account.
pub(in crate::rotation) fn primary_of_other_account(
    primary: &Destination,
    before: &str,
    after: &str,
    name: &TokenName,
) -> Problem {
    Problem::new(
        Code::OverwrittenByHand,
        format!(
            "{primary} holds a value of account {after}; the previous value belonged to {before}"
        ),
    )
    .hint(format!(
        "restore a value that belongs to account {before}, or run `tokenward push {name} --value-from -`"
    ))
    .state(NOTHING_CHANGED)
}

/// A rotation replaces a value that somebody wrote into the primary secret.
pub(in crate::rotation) fn unknown_value_replaced(
    config: &TokenConfig,
    id: Option<&KeyId>,
) -> Problem {
    let key = id.map_or_else(String::new, |id| format!(" (key {id})"));
    Problem::new(
        Code::OverwrittenByHand,
        format!(
            "somebody manually changed the value in use for {}{key}, and this rotation replaces it",
            config.name
        ),
    )
    .cause("the journal does not know that value, so tokenward does not revoke it")
    .hint(format!(
        "when every destination holds the new value, revoke it at {}, or pipe it into `tokenward revoke --leaked -`",
        config.provider
    ))
    .state("it still works")
}

/// An organization's secret has no readers to preserve.
pub(in crate::rotation) fn no_visibility(secret: &SecretName, org: &str) -> Problem {
    Problem::new(
        Code::SecretDidNotExist,
        format!("{secret} does not exist in {org}, so there is no visibility to preserve"),
    )
    .hint("create it in the organization's settings, or set `visibility: private` or `visibility: all`")
}

/// The value exceeds GitHub's limit.
pub(in crate::rotation) fn too_large(bytes: usize) -> Problem {
    Problem::new(
        Code::ValueTooLarge,
        format!("the value has {bytes} bytes, but GitHub accepts at most {LARGEST_VALUE}"),
    )
    .state("nothing was changed: no key was issued, and the old one still works")
}

/// GitHub's writes per hour do not suffice for a rotation.
pub(in crate::rotation) fn no_budget(
    name: &TokenName,
    destinations: usize,
    records: usize,
) -> Problem {
    Problem::new(
        Code::GithubRateLimited,
        format!(
            "the rotation of {name} was not started: not enough GitHub writes are left this hour"
        ),
    )
    .cause(format!("it needs {destinations} writes for secrets and {records} for the journal"))
    .hint(CONTINUES)
}

/// The secret that would keep the old value belongs to somebody else.
pub(in crate::rotation) fn old_slot_taken(
    slot: &Destination,
    written: Timestamp,
    name: &TokenName,
) -> Problem {
    Problem::new(
        Code::PushFailed,
        format!("{slot} already exists, and tokenward did not write it"),
    )
    .cause(format!(
        "it was written at {written}, but tokenward needs it to keep the old value of {name} until that is revoked"
    ))
    .hint("store that secret under another name, or delete it; then run this again")
    .state(NOT_DELIVERED)
}

/// A rotation is stuck in the middle of its deliveries.
pub(in crate::rotation) fn undelivered(name: &TokenName, left: usize) -> Problem {
    let destinations = count(left, "destination", "destinations");
    Problem::new(
        Code::PushFailed,
        format!("{destinations} of {name} might not hold the new value yet"),
    )
    .hint(super::continues(name))
}

/// The same, after the value in use was revoked. `how` says what became of `key`.
pub(in crate::rotation) fn undelivered_and_revoked(
    name: &TokenName,
    left: usize,
    key: &str,
    how: &str,
) -> Problem {
    let destinations = count(left, "destination", "destinations");
    Problem::new(
        Code::TokenDead,
        format!("{destinations} of {name} may still hold the value of {key}, which {how}"),
    )
    .hint(super::continues(name))
}

/// Every destination already has a new value, which no later run has received yet.
pub(in crate::rotation) fn already_delivered(name: &TokenName, version: Version) -> Problem {
    Problem::new(
        Code::AlreadyRotating,
        format!(
            "a new value of {name} ({version}) is already in every destination, and waits for a later run to receive it"
        ),
    )
}

/// The same: only the token's own runs can help.
pub(in crate::rotation) fn delivered_before_guide(name: &TokenName, version: Version) -> Problem {
    already_delivered(name, version)
        .hint(format!("run `tokenward rotate {name}` first; it completes that rotation"))
        .state(NOTHING_CHANGED)
}

/// The same: a person asked for another value.
pub(in crate::rotation) fn delivered_before_request(name: &TokenName, version: Version) -> Problem {
    already_delivered(name, version)
        .cause("no other rotation was started: that one has to be completed first")
        .hint("run this again after the next run; if the value leaked, `--leaked` does not wait")
}

/// Old workflow runs did not end in time.
pub(in crate::rotation) fn runs_timed_out(name: &TokenName, max_wait: Span, runs: &str) -> Problem {
    Problem::new(
        Code::DrainTimeout,
        format!(
            "the old value of {name} has been kept for more than {max_wait}, waiting for {runs}"
        ),
    )
    .hint("cancel the runs, or approve or reject what they wait for; the next run checks again")
    .state(BOTH_WORK)
}

/// Some workflow runs are not visible.
pub(in crate::rotation) fn runs_unseen(name: &TokenName, unseen: Vec<String>) -> Problem {
    let problem = Problem::new(
        Code::DrainUnseen,
        format!("could not see all workflow runs that may hold the old value of {name}"),
    );
    unseen
        .into_iter()
        .fold(problem, Problem::cause)
        .hint(
            "grant TOKENWARD_GITHUB_TOKEN `Actions: read` on the repositories that receive the secret, or set `on-timeout: revoke`",
        )
        .state(super::BOTH_WORK_UNTIL_KNOWN)
}
