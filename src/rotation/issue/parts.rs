//! The parts that the texts of an issue have in common.

use std::fmt::Write as _;

use crate::domain::lifecycle::{TokenState, Why};
use crate::domain::{Foreign, Timestamp, Version};
use crate::rotation::checks::page;
use crate::rotation::decide::alarm;
use crate::rotation::decide::memory::Memory;
use crate::rotation::effects::context::Context;
use crate::rotation::types::job::{NEXT, OLD};

/// The current phase of a manual rotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// A person has to create a new value.
    Value(Why),
    /// The new value is being delivered.
    Delivering(Version),
    /// The new value is in use, and the old one is in its grace period.
    Waiting(Version, Option<Timestamp>),
    /// A person has to revoke the old value.
    End(Version),
    /// There is nothing to do.
    Over,
}

/// The key, the deadline, the steps, and the secrets that the workflow needs.
pub(crate) fn to_do(cx: &Context<'_>, state: &TokenState, memory: &Memory, until: &str) -> String {
    let config = cx.job.config;
    let mut text = String::new();
    let _ = writeln!(text, "| | |\n| --- | --- |");
    if let Some(primary) = config.primary() {
        let _ = writeln!(
            text,
            "| Key | the one in the secret `{}` of {} |",
            primary.secret,
            plain(&primary.place.to_string())
        );
    }
    if let Some(owner) = &state.owner {
        let _ = writeln!(text, "| Account | {} |", plain(owner));
    }
    if let Some(current) = &state.current {
        let _ = writeln!(text, "| In use since | {} |", current.since);
    }
    let _ = writeln!(text, "| Deadline | {until} |\n");
    for (number, step) in steps(cx, state, memory).iter().enumerate() {
        let _ = writeln!(text, "{}. {step}", number + 1);
    }
    let _ = write!(
        text,
        "\nThe step that runs `tokenward rotate` needs this secret, and the one in which tokenward keeps the old value:\n\n```yaml\nenv:\n"
    );
    if let Some(primary) = config.primary() {
        for ending in [NEXT, OLD] {
            let _ = writeln!(
                text,
                "  {}_{ending}: ${{{{ secrets.{} }}}}",
                config.value,
                primary.secret.beside(ending)
            );
        }
    }
    text.push_str("```\n");
    text
}

/// Why a value that a person stored was rejected.
pub(crate) fn refused(memory: &Memory) -> String {
    let Some(problem) = &memory.person.left_refused else { return String::new() };
    let mut text =
        format!("\n**The value in that secret was rejected: {}.**", plain(&problem.what));
    if let Some(hint) = &problem.hint {
        let _ = write!(text, " To do: {}.", plain(hint));
    }
    text.push('\n');
    text
}

/// Foreign text, escaped for an issue.
pub(crate) fn plain(text: &str) -> String {
    Foreign::new(text).markdown()
}

/// The steps to create a new value and to store it.
pub(crate) fn steps(cx: &Context<'_>, state: &TokenState, memory: &Memory) -> Vec<String> {
    let mut steps = creating(cx, state, memory);
    if let Some(primary) = cx.job.config.primary() {
        let slot = primary.secret.beside(NEXT);
        let place = plain(&primary.place.to_string());
        steps.push(format!(
            "Store the new value in the secret {slot} of {place}: {}",
            secrets_page(cx)
        ));
        // What the provider's own step adds to that: how often the value is shown, how it is written.
        if let (Some(storing), Some(last)) = (storing(cx, state, memory), steps.last_mut()) {
            let slot = format!("the secret {slot} of {place}");
            *last = format!(
                "{}: {}",
                storing.replacen(NAMED, &slot, 1).trim_end_matches('.'),
                secrets_page(cx)
            );
        }
    }
    if alarm::in_run(cx, state, memory).is_some() {
        steps.extend(after(cx, state));
    } else {
        steps.push("Do not revoke the old value until tokenward asks you to".to_owned());
    }
    steps
}

/// How a provider's step calls the secret beside the primary one.
const NAMED: &str = "the secret that tokenward names";
/// How it begins or ends if it is about the old value: a later phase asks for that.
const LATER: &str = "hen tokenward asks for it";

/// The provider's step that stores the new value; none in an emergency, which has its own steps.
fn storing<'c>(cx: &Context<'c>, state: &TokenState, memory: &Memory) -> Option<&'c String> {
    if alarm::in_run(cx, state, memory).is_some() {
        return None;
    }
    cx.job.abilities.steps.iter().find(|step| step.contains(NAMED))
}

/// The steps to create a new value, with the one that stores it as the provider's file has it.
pub(crate) fn making(cx: &Context<'_>, state: &TokenState, memory: &Memory) -> Vec<String> {
    let mut steps = creating(cx, state, memory);
    steps.extend(storing(cx, state, memory).cloned());
    steps
}

/// The steps to create a new value, in the order in which they are done: without those that store
/// it and that end the old one, which every provider has.
fn creating(cx: &Context<'_>, state: &TokenState, memory: &Memory) -> Vec<String> {
    let config = cx.job.config;
    let mut steps = Vec::new();
    if alarm::in_run(cx, state, memory).is_some() {
        // The steps in the provider file are for a routine rotation, which is not urgent.
        steps.push(make(cx, state));
    } else {
        steps.push(format!("Open {}", page::page(cx, state)));
        let own = cx.job.abilities.steps.iter();
        steps.extend(own.filter(|step| !step.contains(NAMED) && !step.contains(LATER)).cloned());
    }
    let are_told = steps.iter().any(|step| step.contains("scopes") || step.contains("permissions"));
    let list =
        |scopes: &[String]| scopes.iter().map(|scope| plain(scope)).collect::<Vec<_>>().join(", ");
    let old = memory.report.verdict.as_ref().and_then(|verdict| verdict.facts()?.scopes.as_ref());
    let scopes = match old {
        _ if !config.scopes.is_empty() => {
            format!("Give the new value exactly these scopes: {}", list(&config.scopes))
        }
        Some(scopes) => {
            format!("Give the new value exactly the scopes of the old one: {}", list(scopes))
        }
        None if are_told => return steps,
        None => "Give the new value exactly the scopes of the old one".to_owned(),
    };
    steps.push(scopes);
    steps
}

pub(crate) fn secrets_page(cx: &Context<'_>) -> String {
    let server = &cx.job.values.desk.server;
    let primary = cx.job.config.primary();
    primary.map_or_else(|| server.clone(), |primary| primary.place.settings(server))
}

/// The first step after a leak: a new value beside the leaked one.
pub(crate) fn make(cx: &Context<'_>, state: &TokenState) -> String {
    format!("Create a new value now, next to the leaked one: {}", page::page(cx, state))
}

/// The steps after the new value is in its secret.
pub(crate) fn after(cx: &Context<'_>, state: &TokenState) -> [String; 3] {
    [
        format!("{}, and do not wait for the schedule", start(cx)),
        format!(
            "When that run reports that every destination holds the new value, revoke the leaked one immediately: {}",
            page::page(cx, state)
        ),
        "Start the workflow again: it verifies that the leaked value is revoked, and closes this issue"
            .to_owned(),
    ]
}

pub(crate) fn start(cx: &Context<'_>) -> String {
    let page = page::primary_repo(cx)
        .map(|repo| format!(" ({}/{repo}/actions)", cx.job.values.desk.server))
        .unwrap_or_default();
    format!("Start the workflow that runs `tokenward rotate`{page}")
}
