//! Messages about leaks: values that leaked and may still work, alerts, and `--revoke-first`.

use super::NOTHING_CHANGED;
use crate::domain::{Code, Problem, Repo, TokenName, Version};
use crate::net::github::GitHubError;

/// The state after `--revoke-first` stopped.
const STILL_WORKS: &str =
    "the value in use was not revoked: it still works, and anybody who found it can use it";

/// The value in use leaked, and every destination already has a newer one.
pub(in crate::rotation) fn current_is_replaced(
    name: &TokenName,
    version: Version,
    newer: Version,
) -> Problem {
    Problem::new(
        Code::TokenLeaked,
        format!("{version} of {name} leaked and still works; every destination has {newer}"),
    )
    .hint(format!("run `tokenward rotate {name}`: it revokes the old value, or reports who has to"))
}

/// The value in use leaked, and there is no newer one.
pub(in crate::rotation) fn current_leaked(name: &TokenName, version: Version) -> Problem {
    Problem::new(
        Code::TokenLeaked,
        format!("the value in use for {name} ({version}) leaked, and has not been replaced yet"),
    )
    .hint(format!(
        "run `tokenward rotate {name}`; if the new value has to be created manually, the issue explains how"
    ))
}

/// An old value leaked.
pub(in crate::rotation) fn old_leaked(name: &TokenName, version: Version) -> Problem {
    not_verified(Code::TokenLeaked, name, format!("{version} of {name} leaked"))
}

/// An old value has to be revoked at once, by a person.
pub(in crate::rotation) fn old_to_revoke_manually(name: &TokenName, version: Version) -> Problem {
    not_verified(
        Code::NeedsPerson,
        name,
        format!("{version} of {name} has to be revoked by a person"),
    )
}

/// An old value has to be revoked at once.
pub(in crate::rotation) fn old_to_revoke(name: &TokenName, version: Version) -> Problem {
    not_verified(
        Code::RotationStuck,
        name,
        format!("{version} of {name} has to be revoked immediately"),
    )
}

fn not_verified(id: Code, name: &TokenName, what: String) -> Problem {
    Problem::new(id, format!("{what}, and is not verified as revoked yet")).hint(format!(
        "run `tokenward rotate {name}`: every run tries to revoke it, or reports who has to"
    ))
}

/// The hint of a leak, if a person can revoke the value now.
pub(in crate::rotation) fn revoke_now(problem: Problem, page: &str, name: &TokenName) -> Problem {
    problem.hint(format!(
        "revoke it now at {page}; then run `tokenward rotate {name}`, which verifies that it is revoked"
    ))
}

/// The value in use was revoked, and there is no other. `how` says what became of `key`.
pub(in crate::rotation) fn revoked_without_another(
    name: &TokenName,
    key: &str,
    how: &str,
) -> Problem {
    Problem::new(Code::TokenDead, format!("{key} of {name} {how}, and there is no new value yet"))
        .hint(super::continues(name))
}

/// An alert of secret scanning has no value.
pub(in crate::rotation) fn alert_without_value(number: u64, repo: &Repo) -> Problem {
    Problem::new(
        Code::GithubUnavailable,
        format!("alert {number} of {repo} does not contain its value"),
    )
    .hint(
        "pipe the value into `tokenward revoke --leaked -`, or name the token: `tokenward rotate TOKEN --leaked`",
    )
    .state(NOTHING_CHANGED)
}

/// GitHub does not let us read or resolve an alert.
pub(in crate::rotation) fn alert(
    trouble: &GitHubError,
    number: u64,
    repo: &Repo,
    action: &str,
) -> Problem {
    let problem = trouble.to_problem(&format!("{action} alert {number} of {repo}"));
    match trouble {
        GitHubError::Permission { .. } | GitHubError::NotFound => {
            Problem { causes: Vec::new(), ..problem }
                .cause(
                    "the alert does not exist, or the credential cannot see it; a workflow's `GITHUB_TOKEN` never can",
                )
                .hint(
                    "grant the GitHub App behind `TOKENWARD_GITHUB_TOKEN` the permission `Secret scanning alerts: write`",
                )
        }
        _ => problem,
    }
}

/// `--revoke-first`: only a person can create a new value.
pub(in crate::rotation) fn revoke_first_is_manual(name: &TokenName) -> Problem {
    Problem::new(
        Code::Usage,
        format!("a new value of {name} has to be created manually, so there would be no working value once this one is revoked"),
    )
    .hint(format!(
        "run `tokenward rotate {name} --leaked` without `--revoke-first`: it asks a person immediately"
    ))
    .state(STILL_WORKS)
}

/// `--revoke-first`: the value in use is the manager credential too.
pub(in crate::rotation) fn revoke_first_ends_manager(name: &TokenName) -> Problem {
    Problem::new(
        Code::Usage,
        format!("{name} is its own manager, so no new value could be issued after revoking it"),
    )
    .hint(new_value_first(name))
    .state(STILL_WORKS)
}

/// `--revoke-first`: tokenward does not know which key to revoke.
pub(in crate::rotation) fn revoke_first_needs_person(
    name: &TokenName,
    version: Version,
) -> Problem {
    Problem::new(
        Code::NeedsPerson,
        format!("the value in use for {name} ({version}) has to be revoked by a person"),
    )
    .cause("the id of its key is not known")
    .state(STILL_WORKS)
}

/// `--revoke-first`: a check before the new value failed.
pub(in crate::rotation) fn revoke_first_stopped(problem: Problem, name: &TokenName) -> Problem {
    let hint = problem.hint.clone().unwrap_or_else(|| new_value_first(name));
    problem.hint(hint).state(STILL_WORKS)
}

fn new_value_first(name: &TokenName) -> String {
    format!(
        "run `tokenward rotate {name} --leaked` without `--revoke-first`: it creates the new value first"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_before_revoke_first_keeps_its_own_hint() {
        let name = TokenName::new("sg".to_owned());
        let own = Problem::new(Code::ValueMissing, "no value").hint("set it");
        assert_eq!(revoke_first_stopped(own, &name).hint.as_deref(), Some("set it"));
        let other = revoke_first_stopped(Problem::new(Code::ValueMissing, "no value"), &name);
        assert!(other.hint.is_some_and(|hint| hint.contains("tokenward rotate sg --leaked")));
        assert_eq!(other.state.as_deref(), Some(STILL_WORKS));
    }
}
