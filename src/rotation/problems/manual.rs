//! Messages about manual rotation: what a person has to do, and the issue that asks for it.

use super::NOTHING_CHANGED;
use crate::config::TokenConfig;
use crate::domain::{Code, Destination, KeyId, Problem, Repo, TokenName, Version, handing_over};
use crate::net::github::GitHubError;

/// The state of a manual rotation whose old value may still work.
const OLD_MAY_WORK: &str = super::DELIVERED;

/// A person has to create a new value. `why` completes a sentence that begins with the token's
/// name.
pub(in crate::rotation) fn needs_value(config: &TokenConfig, id: Code, why: &str) -> Problem {
    Problem::new(
        id,
        format!(
            "{} {why}, and only a person can create a new value at {}",
            config.name, config.provider
        ),
    )
}

/// The secret for a new value holds an old one.
pub(in crate::rotation) fn next_is_known(problem: Problem, variable: &str) -> Problem {
    problem.cause(format!("{variable} holds a value that was already in use, not a new one"))
}

/// Where the new value goes. `slot` names the secret and its repository.
pub(in crate::rotation) fn store_new_value(
    problem: Problem,
    slot: &str,
    name: &TokenName,
) -> Problem {
    problem.hint(format!(
        "store the new value in the secret {slot}, or run `tokenward push {name} --value-from -`"
    ))
}

/// The secret with a new value exists, but this run did not receive it.
pub(in crate::rotation) fn next_not_received(slot: &Destination, variable: &str) -> Problem {
    Problem::new(Code::ValueMissing, format!("{slot} exists, but this step does not receive it"))
        .cause(format!("{variable} is empty or not set, so its new value cannot be used"))
        .hint(format!(
            "add this to the `env:` of this step: `{variable}: ${{{{ secrets.{} }}}}`",
            slot.secret
        ))
}

/// GitHub opened the issue without assignees or labels that the config names.
pub(in crate::rotation) fn not_assigned(repo: &Repo, lacking: &str) -> Problem {
    Problem::new(
        Code::AskIncomplete,
        format!("GitHub opened the issue in {repo} without {lacking}"),
    )
    .cause("it assigns only people who can write to the repository, and silently ignores others")
    .hint("correct `ask` in the config, and assign or label this issue manually")
}

/// GitHub does not let us write an issue. `action` completes "could not".
pub(in crate::rotation) fn issue(trouble: &GitHubError, repo: &Repo, action: &str) -> Problem {
    let problem = trouble.to_problem(&format!("{action} in {repo}"));
    match trouble {
        GitHubError::Permission { .. } | GitHubError::NotFound => {
            Problem { causes: Vec::new(), ..problem }
                .cause("`GITHUB_TOKEN` cannot write issues")
                .hint(
                    "grant the permission to the job of this step: `permissions: {contents: write, actions: read, issues: write}`",
                )
        }
        GitHubError::Refused { status: 410, .. } => Problem { causes: Vec::new(), ..problem }
            .cause("issues are disabled in this repository")
            .hint(format!("enable them in the settings of {repo}, or follow the steps shown here")),
        _ => problem,
    }
}

/// `guide` was called for a token that tokenward rotates by itself.
pub(in crate::rotation) fn not_manual(name: &TokenName, provider: &str) -> Problem {
    Problem::new(
        Code::Usage,
        format!(
            "{name} needs no manual rotation: tokenward creates its values through {provider}'s API"
        ),
    )
    .hint(format!("run `tokenward rotate {name}`"))
    .state(NOTHING_CHANGED)
}

/// `guide` was called, but only an old value has to be revoked.
pub(in crate::rotation) fn only_to_revoke(name: &TokenName, old: Version, page: &str) -> Problem {
    Problem::new(
        Code::NeedsPerson,
        format!("{name} needs no new value, but a person has to revoke {old}"),
    )
    .hint(format!(
        "revoke it at {page}; then run `tokenward rotate {name}`, which verifies that it is revoked"
    ))
    .state(NOTHING_CHANGED)
}

/// A person has to revoke an old value.
pub(in crate::rotation) fn revoke_old(config: &TokenConfig, id: Code, version: Version) -> Problem {
    revoke(config, id, "old value", version)
        .state("every destination holds the new value; the old one still works")
}

/// A person has to revoke the value in use.
pub(in crate::rotation) fn revoke_current(
    config: &TokenConfig,
    id: Code,
    version: Version,
) -> Problem {
    revoke(config, id, "value in use", version).state(
        "every destination holds it, and there is no newer one: everything that uses it fails once it is revoked",
    )
}

fn revoke(config: &TokenConfig, id: Code, which: &str, version: Version) -> Problem {
    Problem::new(
        id,
        format!("the {which} for {} ({version}) has to be revoked by a person", config.name),
    )
    .cause(format!(
        "it still works, and tokenward cannot revoke it: {} has no API for that, or the id of its key is not known",
        config.provider
    ))
}

/// Where a person revokes what the next run tests.
pub(in crate::rotation) fn revoke_at(problem: Problem, page: &str) -> Problem {
    problem.hint(format!("revoke it at {page}; the next run verifies that it is revoked"))
}

/// No run has the old value, so none can test it.
pub(in crate::rotation) fn cannot_verify(
    config: &TokenConfig,
    id: Code,
    version: Version,
) -> Problem {
    Problem::new(
        id,
        format!(
            "cannot verify that the old value of {} ({version}) is revoked: no run has it",
            config.name
        ),
    )
    .cause("the run that replaced it did not receive it")
    .state(OLD_MAY_WORK)
}

/// Where a person revokes what no run can test.
pub(in crate::rotation) fn revoke_and_test(problem: Problem, page: &str) -> Problem {
    problem.hint(format!(
        "revoke it at {page}, and pipe it into `tokenward revoke --leaked -`, which tests it"
    ))
}

/// This run does not receive the old value that tokenward kept.
pub(in crate::rotation) fn old_not_received(
    config: &TokenConfig,
    version: Version,
    label: &str,
    (variable, slot): (&str, &str),
) -> Problem {
    Problem::new(
        Code::ValueMissing,
        format!(
            "cannot verify that the old value of {} ({version}) is revoked: {variable} is empty or not set",
            config.name
        ),
    )
    .cause(format!("tokenward kept {label} in the secret {slot} for this test"))
    .hint(handing_over(variable, slot))
    .state(OLD_MAY_WORK)
}

/// A key can be revoked only with its value, which this run does not have.
pub(in crate::rotation) fn key_value_missing(
    config: &TokenConfig,
    id: &KeyId,
    (variable, slot): (&str, &str),
) -> Problem {
    Problem::new(
        Code::ValueMissing,
        format!(
            "cannot revoke key {id}: {} requires its full value, which this run does not have",
            config.provider
        ),
    )
    .cause(format!(
        "tokenward keeps replaced values in the secret {slot}; a value that was lost with its response is not kept anywhere"
    ))
    .hint(format!(
        "{}; or delete key {id} manually, and the next run notices that it is gone",
        handing_over(variable, slot)
    ))
    .state(format!("key {id} still works"))
}

/// A replaced value is not kept anywhere, so no later run can test it.
pub(in crate::rotation) fn old_not_kept(name: &TokenName, version: Version, page: &str) -> Problem {
    Problem::new(
        Code::NotProven,
        format!("the replaced value ({version} of {name}) is not kept anywhere: this run did not receive it"),
    )
    .cause("only a test with the value itself can show that it is revoked")
    .hint(format!(
        "keep it until it is revoked at {page}, and then pipe it into `tokenward revoke --leaked -`, which tests it"
    ))
    .state("it still works")
}
