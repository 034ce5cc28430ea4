//! What the texts of an issue have in common.

use std::fmt::Write as _;

use super::context::Context;
use super::job::{NEXT, OLD};
use super::memory::Memory;
use super::{alarm, page};
use crate::domain::lifecycle::{TokenState, Why};
use crate::domain::{Foreign, Timestamp, Version};

/// What the issue is about now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// A person has to make a new value.
    Value(Why),
    /// The new value is on its way.
    Delivering(Version),
    /// The new value is in use, the old one in its grace.
    Waiting(Version, Option<Timestamp>),
    /// A person has to end the old value.
    End(Version),
    /// Nothing is to be done.
    Over,
}

/// Which key, until when, the steps, and what the workflow has to be handed.
pub(super) fn to_do(cx: &Context<'_>, state: &TokenState, memory: &Memory, until: &str) -> String {
    let config = cx.job.config;
    let mut text = String::new();
    let _ = writeln!(text, "| | |\n| --- | --- |");
    if let Some(primary) = config.primary() {
        let _ = writeln!(
            text,
            "| The key | the one behind the secret `{}` of {} |",
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
    let _ = writeln!(text, "| Until when | {until} |\n");
    for (number, step) in steps(cx, state, memory).iter().enumerate() {
        let _ = writeln!(text, "{}. {step}", number + 1);
    }
    let _ = write!(
        text,
        "\nThe step that runs `tokenward rotate` has to be handed the secret, and the one that tokenward keeps the old value in:\n\n```yaml\nenv:\n"
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

/// Why a value that was put there was not taken.
pub(super) fn refused(memory: &Memory) -> String {
    let Some(problem) = &memory.person.left_refused else { return String::new() };
    let mut text =
        format!("\n**The value that was put there was refused: {}.**", plain(&problem.what));
    if let Some(hint) = &problem.hint {
        let _ = write!(text, " To do: {}.", plain(hint));
    }
    text.push('\n');
    text
}

/// Text that somebody else wrote, in an issue.
pub(super) fn plain(text: &str) -> String {
    Foreign::new(text).markdown()
}

/// What a person does to make a new value and hand it over, one step each.
pub(super) fn steps(cx: &Context<'_>, state: &TokenState, memory: &Memory) -> Vec<String> {
    let mut steps = making(cx, state, memory);
    if let Some(primary) = cx.job.config.primary() {
        let slot = primary.secret.beside(NEXT);
        steps.push(format!(
            "Put the new value into the secret {slot} of {}: {}",
            plain(&primary.place.to_string()),
            secrets_page(cx)
        ));
    }
    if alarm::in_run(cx, state, memory).is_some() {
        steps.extend(after(cx, state));
    } else {
        steps.push("Leave the old value as it is until tokenward asks for its end".to_owned());
    }
    steps
}

/// What a person does to make a new value.
pub(super) fn making(cx: &Context<'_>, state: &TokenState, memory: &Memory) -> Vec<String> {
    let config = cx.job.config;
    let mut steps = Vec::new();
    if alarm::in_run(cx, state, memory).is_some() {
        // The provider's own steps are those of a routine, which is in no hurry.
        steps.push(make(cx, state));
    } else {
        steps.push(format!("Open {}", page::page(cx, state)));
        steps.extend(cx.job.abilities.steps.iter().cloned());
    }
    let list =
        |scopes: &[String]| scopes.iter().map(|scope| plain(scope)).collect::<Vec<_>>().join(", ");
    let old = memory.report.verdict.as_ref().and_then(|verdict| verdict.facts()?.scopes.as_ref());
    steps.push(match old {
        _ if !config.scopes.is_empty() => {
            format!("Give it these scopes, and no other: {}", list(&config.scopes))
        }
        Some(scopes) => {
            format!("Give it the scopes of the old one, and no other: {}", list(scopes))
        }
        None => "Give it the scopes of the old one, and no other".to_owned(),
    });
    steps
}

pub(super) fn secrets_page(cx: &Context<'_>) -> String {
    let server = &cx.job.values.desk.server;
    let primary = cx.job.config.primary();
    primary.map_or_else(|| server.clone(), |primary| primary.place.settings(server))
}

/// The first step: a value beside the one that leaked.
pub(super) fn make(cx: &Context<'_>, state: &TokenState) -> String {
    format!("Make a new value now, beside the one that leaked: {}", page::page(cx, state))
}

/// The steps after the new value is in its secret.
pub(super) fn after(cx: &Context<'_>, state: &TokenState) -> [String; 3] {
    [
        format!("{}, and do not wait for the schedule", start(cx)),
        format!(
            "When that run says that every destination holds the new value, revoke the one that leaked at once: {}",
            page::page(cx, state)
        ),
        "Start the workflow once more: it tests whether that value is dead, and closes this issue"
            .to_owned(),
    ]
}

pub(super) fn start(cx: &Context<'_>) -> String {
    let page = page::primary_repo(cx)
        .map(|repo| format!(" ({}/{repo}/actions)", cx.job.values.desk.server))
        .unwrap_or_default();
    format!("Start the workflow that runs `tokenward rotate` yourself{page}")
}
