//! The words of an issue about a leak: what a person does at once, in one go. Anybody who found the
//! value can use it until it is revoked, so nothing in it waits for a schedule. Pure, as
//! `issue_text` is.

use super::issue_text::{Phase, refused, to_do};
use super::token_run::TokenRun;
use crate::domain::Version;

pub(super) fn title(run: &TokenRun<'_>, phase: &Phase) -> String {
    let (name, provider) = (&run.job.config.name, &run.job.driver.spec().name);
    match phase {
        Phase::End(_) => format!("LEAKED: revoke the old {provider} token of {name} now"),
        _ => format!("LEAKED: replace the {provider} token of {name} now, then revoke it"),
    }
}

/// The first step: a value beside the one that leaked.
pub(super) fn make(run: &TokenRun<'_>) -> String {
    format!("Make a new value now, beside the one that leaked: {}", run.page())
}

/// The steps once the new value is handed over.
pub(super) fn after(run: &TokenRun<'_>) -> [String; 3] {
    [
        format!("{}, and do not wait for the schedule", start(run)),
        format!(
            "When that run says that every destination holds the new value, revoke the one that leaked at once: {}",
            run.page()
        ),
        "Start the workflow once more: it tests whether that value is dead, and closes this issue"
            .to_owned(),
    ]
}

fn start(run: &TokenRun<'_>) -> String {
    let page = run
        .primary_repo()
        .map(|repo| format!(" ({}/{repo}/actions)", run.job.desk.server))
        .unwrap_or_default();
    format!("Start the workflow that runs `tokenward rotate` yourself{page}")
}

const DANGER: &str = "**Anybody who found it can use it until it is revoked.**";

pub(super) fn value(run: &TokenRun<'_>) -> String {
    let name = &run.job.config.name;
    let text = format!(
        "A value of `{name}` leaked, and it is the one in use. {DANGER} Do all of this now, in one go.\n\n"
    );
    text + &to_do(run, "now") + &refused(run)
}

pub(super) fn delivering(run: &TokenRun<'_>, new: Version) -> String {
    format!(
        "A value of `{}` leaked. {DANGER} The new value ({new}) is not everywhere yet.\n\n1. {}. It goes on from here\n\
         2. When it says that every destination holds the new value, revoke the one that leaked at once: {}\n",
        run.job.config.name,
        start(run),
        run.page()
    )
}

pub(super) fn end(run: &TokenRun<'_>, old: Version) -> String {
    format!(
        "The value {old} of `{}` leaked, and a newer one has taken its place. {DANGER}\n\n\
         1. Revoke it now: {}\n2. {}. It tests whether the value is dead, and closes this issue\n\n\
         Runs that were handed the old value before fail from then on. That is right: do not wait for them.\n",
        run.job.config.name,
        run.page(),
        start(run)
    )
}
