//! Messages of `doctor` about workflows: what one lacks for the commands it runs, and what was not
//! checked.

use crate::domain::{Code, Problem};

fn lacks(what: impl Into<String>, hint: impl Into<String>) -> Problem {
    Problem::new(Code::WorkflowIncomplete, what).hint(hint)
}

pub(in crate::cli) fn not_yaml() -> Problem {
    lacks("the file is not valid YAML", "fix its syntax first")
}

pub(in crate::cli) fn none_rotates() -> Problem {
    lacks("no workflow here runs `rotate`", "run `tokenward init` to write one")
}

/// `hint` is the line to write.
pub(in crate::cli) fn variable_not_passed(name: &str, hint: &str) -> Problem {
    lacks(format!("the step does not receive {name}"), hint)
}

pub(in crate::cli) fn passes_all_secrets() -> Problem {
    lacks(
        "it passes all secrets to the step",
        "write one line under `env:` for each secret that the config names",
    )
}

pub(in crate::cli) fn runs_overlap() -> Problem {
    lacks(
        "two runs of it can overlap",
        "add `concurrency: {group: tokenward, cancel-in-progress: false}`",
    )
}

/// `permission` is the input of the Action that makes the App's token.
pub(in crate::cli) fn app_token_lacks(permission: &str) -> Problem {
    lacks(
        format!(
            "the token for secrets lacks a permission that a destination needs: `{permission}: write`"
        ),
        format!("add `{permission}: write` under `with:` of the step that creates the token"),
    )
}

pub(in crate::cli) fn starts_on(event: &str) -> Problem {
    lacks(
        format!("it starts on `{event}`, where `rotate` refuses to run"),
        format!("remove `{event}` from `on:`"),
    )
}

pub(in crate::cli) fn never_starts() -> Problem {
    lacks(
        "nothing triggers it",
        "add `on: {schedule: [{cron: '17 5 * * *'}], workflow_dispatch: {}}`",
    )
}

pub(in crate::cli) fn no_permission(permission: &str, level: &str) -> Problem {
    lacks(
        format!("no job has the permission `{permission}: {level}`"),
        format!("add `{permission}: {level}` under `permissions:` of the job"),
    )
}

/// `place` is what follows `uses:`.
pub(in crate::cli) fn not_pinned(place: &str) -> Problem {
    lacks(
        format!("{place} is not pinned to a commit"),
        "after the `@`, write the full hash of a commit that you have reviewed",
    )
}

pub(in crate::cli) fn leak_check_not_required(branch: &str) -> Problem {
    Problem::new(
        Code::LeakCheckNotRequired,
        format!("{branch} does not require the leak check"),
    )
    .cause("a pull request can be merged even if the check failed, and its author can remove the check from the workflow")
    .hint("under Settings, Rules, Rulesets, require the workflow (in an organization ruleset), or at least its status check")
}

/// What was not checked in a run of GitHub Actions, which should receive what is missing.
pub(in crate::cli) fn not_checked(what: &str, hint: &str) -> Problem {
    Problem::new(Code::NotLookedAt, what).hint(hint)
}
