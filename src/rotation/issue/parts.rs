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
        let secret = format!("the secret {slot} of {}", plain(&primary.place.to_string()));
        let step = storing(cx, state, memory, &secret);
        steps.push(format!("{}: {}", step.trim_end_matches('.'), secrets_page(cx)));
    }
    if alarm::in_run(cx, state, memory).is_some() {
        steps.extend(after(cx, state));
    } else {
        steps.push("Do not revoke the old value until tokenward asks you to".to_owned());
    }
    steps
}

/// The step that stores the new value: as the provider's file has it, with how often the value is
/// shown and how it is written. In an emergency the steps are our own.
fn storing(cx: &Context<'_>, state: &TokenState, memory: &Memory, secret: &str) -> String {
    let manual = cx.job.abilities.manual.as_ref();
    match manual.filter(|_| alarm::in_run(cx, state, memory).is_none()) {
        Some(manual) => manual.store_in(secret),
        None => format!("Store the new value in {secret}"),
    }
}

/// The steps to create a new value and to paste it on a terminal.
pub(crate) fn making(cx: &Context<'_>, state: &TokenState, memory: &Memory) -> Vec<String> {
    let mut steps = creating(cx, state, memory);
    steps.push(storing(cx, state, memory, "the prompt below"));
    steps
}

/// The steps to create a new value.
fn creating(cx: &Context<'_>, state: &TokenState, memory: &Memory) -> Vec<String> {
    let config = cx.job.config;
    let mut steps = Vec::new();
    if alarm::in_run(cx, state, memory).is_some() {
        // The steps in the provider file are for a routine rotation, which is not urgent.
        steps.push(make(cx, state));
    } else {
        steps.push(format!("Open {}", page::page(cx, state)));
        steps.extend(cx.job.abilities.manual.iter().flat_map(|manual| manual.create.clone()));
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
