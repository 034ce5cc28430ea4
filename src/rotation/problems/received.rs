//! Messages about the value that a run received: none, an old one, or one that tokenward did not
//! write.

use super::{replace_everywhere, rotate_now};
use crate::config::TokenConfig;
use crate::domain::{Code, Problem, Repo, Timestamp, TokenName, Version};

/// Why a run can have an old value.
const QUEUED_OR_MANUAL: &str =
    "this run was queued before the new value was written, or somebody changed its secret manually";

/// The variable of the value is empty.
pub(in crate::rotation) fn missing(config: &TokenConfig) -> Problem {
    let variable = &config.value;
    Problem::new(
        Code::ValueMissing,
        format!("{variable} is empty or not set, so the value of {} is not known", config.name),
    )
    .hint(config.handing(variable))
}

/// The run has a value that leaked and was replaced.
pub(in crate::rotation) fn leaked(
    config: &TokenConfig,
    held: Version,
    newest: (Version, Timestamp),
) -> Problem {
    stale(config, format!("{} holds {held}, which leaked", config.value), newest)
}

/// The run has an old value.
pub(in crate::rotation) fn old(
    config: &TokenConfig,
    held: Version,
    newest: (Version, Timestamp),
) -> Problem {
    stale(config, format!("{} holds {held}", config.value), newest)
}

fn stale(config: &TokenConfig, held: String, (newest, since): (Version, Timestamp)) -> Problem {
    Problem::new(Code::TokenStale, format!("{held}, but {newest} replaced it at {since}"))
        .cause(QUEUED_OR_MANUAL)
        .hint(format!(
            "run it again; if this happens again, run `tokenward rotate {}`",
            config.name
        ))
}

/// The run has a value that tokenward did not write.
pub(in crate::rotation) fn unknown(config: &TokenConfig) -> Problem {
    Problem::new(
        Code::OverwrittenByHand,
        format!("{} holds a value of {} that tokenward did not write", config.value, config.name),
    )
    .cause("somebody changed the secret manually, or this step receives a different secret")
    .hint(replace_everywhere(&config.name))
}

/// The same, while a manual rotation is in progress.
pub(in crate::rotation) fn unknown_in_manual_rotation(config: &TokenConfig) -> Problem {
    unknown(config).hint(format!(
        "to replace it everywhere with a new value, run `tokenward push {} --value-from -`",
        config.name
    ))
}

/// The run received an older value than the one that the primary secret has.
pub(in crate::rotation) fn queued_before(name: &TokenName) -> Problem {
    Problem::new(
        Code::AnotherRun,
        format!(
            "this run received a value of {name} from before the last write of its primary secret"
        ),
    )
    .cause("GitHub reads a repository's secrets when a run is queued")
    .hint(format!(
        "nothing to do: the next run receives the new value; if a later run reports this too, somebody restored an older value: run {}",
        rotate_now(name)
    ))
}

/// The run has a revoked value.
pub(in crate::rotation) fn revoked(config: &TokenConfig) -> Problem {
    Problem::new(
        Code::OverwrittenByHand,
        format!("{} holds a revoked value of {}", config.value, config.name),
    )
    .cause("this run was queued before the value was revoked, or somebody restored the old value")
    .hint(format!("if the next run reports this too, run {}", rotate_now(&config.name)))
}

/// Runs keep receiving an old value, long after a rotation wrote the new one.
pub(in crate::rotation) fn still_old(
    config: &TokenConfig,
    new: Version,
    since: Timestamp,
    primary: &str,
) -> Problem {
    let (name, variable) = (&config.name, &config.value);
    Problem::new(
        Code::RotationStuck,
        format!("{variable} still holds a value of {name} that is older than {new}"),
    )
    .cause(format!(
        "{new} was written to {primary} at {since} or later, but this run did not receive it"
    ))
    .hint(format!(
        "check the `env:` of this step: {variable} must come from {primary}; start the workflow again, and do not re-run an old run"
    ))
}

/// A run of another repository has an old value.
pub(in crate::rotation) fn old_in_consumer(
    token: &TokenName,
    primary: &Repo,
    held: Version,
    newest: Version,
) -> Problem {
    Problem::new(
        Code::TokenStale,
        format!("this run received {held} of {token}, but {newest} has replaced it"),
    )
    .cause(
        "this run was queued before the new value was written, its secret is not a destination of the token, or somebody changed it manually",
    )
    .hint(format!(
        "run it again; if this happens again, run `tokenward check {token}` in {primary}"
    ))
}

/// A run of another repository has a value that the token's journal does not know.
pub(in crate::rotation) fn unknown_in_consumer(token: &TokenName, primary: &Repo) -> Problem {
    Problem::new(
        Code::OverwrittenByHand,
        format!("this run received a value of {token} that the journal of {primary} does not know"),
    )
    .cause(
        "somebody changed the secret manually, the value belongs to another token, or it is only a part of a value, which cannot be confirmed",
    )
    .hint(format!(
        "check the token and the variable of this step; if they are right, run `tokenward check {token}` in {primary}"
    ))
}
