//! Messages about OAuth: a refresh, a new grant, and the end of an old one.

use super::CHECKS_AGAIN;
use crate::config::TokenConfig;
use crate::domain::{Code, Destination, Problem, Verdict};

/// The provider rejects the refresh token, so a person has to authorize again.
pub(in crate::rotation) fn refresh_token_refused(
    config: &TokenConfig,
    message: &str,
    response_lost: bool,
) -> Problem {
    let cause = if response_lost {
        "the response to an earlier refresh was lost, and the provider accepts each refresh token only once"
    } else {
        "somebody else used it, it was revoked, or it was unused for too long"
    };
    Problem::new(
        Code::NeedsPerson,
        format!(
            "{} does not accept the refresh token of {}: a person has to authorize again",
            config.provider, config.name
        ),
    )
    .cause(cause)
    .cause(format!("{} says: {message}", config.provider))
}

/// The provider did not answer two requests for a refresh.
pub(in crate::rotation) fn refresh_unclear(config: &TokenConfig) -> Problem {
    Problem::new(
        Code::MintUnclear,
        format!("{} gave no clear response to two refresh requests", config.provider),
    )
    .cause("it is not known whether the refresh token was used up")
    .hint(
        "the next run checks whether the primary destination was written, and tries once more; if the provider rejects the refresh token then, a person has to authorize again",
    )
    .state("the access token in every destination works until it expires")
}

/// The access token of a new grant does not work.
pub(in crate::rotation) fn new_grant_dead(config: &TokenConfig, verdict: &Verdict) -> Problem {
    Problem::new(
        Code::NewValueDead,
        format!("{} does not accept the new access token ({})", config.provider, verdict.as_str()),
    )
}

/// A new grant was authorized in the wrong account.
pub(in crate::rotation) fn new_grant_of_other_account(before: &str, after: &str) -> Problem {
    Problem::new(
        Code::NewValueDead,
        format!("the new grant belongs to account {after}, but the old one belongs to {before}"),
    )
    .hint(format!("authorize again, in account {before}"))
}

/// The access token that a refresh returned does not work.
pub(in crate::rotation) fn refreshed_dead(config: &TokenConfig, verdict: &Verdict) -> Problem {
    Problem::new(
        Code::NewValueDead,
        format!(
            "{} does not accept the access token that it just issued ({})",
            config.provider,
            verdict.as_str()
        ),
    )
    .hint("nothing to do: the next run tests it again")
    .state(
        "the primary destination holds the new value; the others hold the old one, which works until it expires",
    )
}

/// The result of a refresh could not be stored, and the refresh token is used up.
pub(in crate::rotation) fn refresh_not_stored(config: &TokenConfig, problem: Problem) -> Problem {
    problem
        .cause(format!(
            "the refresh used up the refresh token of {}, and the primary destination did not accept the new one",
            config.name
        ))
        .hint(
            "if the next run reports that the refresh token is not accepted, authorize again as that report explains",
        )
        .state("the access token in the other destinations works until it expires")
}

/// The secret with a new grant was removed.
pub(in crate::rotation) fn new_grant_removed(slot: &Destination) -> Problem {
    Problem::new(Code::AnotherRun, format!("{slot} was removed after this run was queued"))
        .hint("nothing to do: another run used its value")
        .state(super::NOTHING_CHANGED)
}

/// The provider still accepts the refresh token of an old grant.
pub(in crate::rotation) fn old_grant_works(config: &TokenConfig) -> Problem {
    Problem::new(Code::NeedsPerson, format!("the old grant of {} still works", config.name))
}

/// The access token of a revoked grant still works.
pub(in crate::rotation) fn old_access_token_works(config: &TokenConfig) -> Problem {
    Problem::new(Code::StillAlive, format!("the old access token of {} still works", config.name))
        .cause("its grant is revoked, but the access token can work until it expires")
        .hint(CHECKS_AGAIN)
        .state("every destination holds the new value")
}
