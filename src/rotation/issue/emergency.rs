//! The text of an issue about a leak: what a person does now, in one session. Anybody who found the
//! value can use it until it is revoked, so no step waits for a schedule. Pure, like `issue_text`.

use super::parts;
use super::parts::{Phase, refused, to_do};
use crate::domain::Version;
use crate::domain::lifecycle::TokenState;
use crate::rotation::checks::page;
use crate::rotation::decide::memory::Memory;
use crate::rotation::effects::context::Context;

pub(crate) fn title(cx: &Context<'_>, phase: &Phase) -> String {
    let (name, provider) = (&cx.job.config.name, &cx.job.driver.spec().name);
    match phase {
        Phase::End(_) => format!("LEAKED: revoke the old {provider} token of {name} now"),
        _ => format!("LEAKED: replace the {provider} token of {name} now, then revoke it"),
    }
}

const DANGER: &str = "**Anybody who found it can use it until it is revoked.**";

pub(crate) fn value(cx: &Context<'_>, state: &TokenState, memory: &Memory) -> String {
    let name = &cx.job.config.name;
    let text = format!(
        "The value in use for `{name}` leaked. {DANGER} Do all of these steps now, in one go.\n\n"
    );
    text + &to_do(cx, state, memory, "now") + &refused(memory)
}

pub(crate) fn delivering(cx: &Context<'_>, state: &TokenState, new: Version) -> String {
    format!(
        "A value of `{}` leaked. {DANGER} The new value ({new}) is not in every destination yet.\n\n1. {}. It continues from here\n\
         2. When it reports that every destination holds the new value, revoke the leaked one immediately: {}\n",
        cx.job.config.name,
        parts::start(cx),
        page::page(cx, state)
    )
}

pub(crate) fn end(cx: &Context<'_>, state: &TokenState, old: Version) -> String {
    format!(
        "The value {old} of `{}` leaked, and a newer one has replaced it. {DANGER}\n\n\
         1. Revoke it now: {}\n2. {}. It verifies that the value is revoked, and closes this issue\n\n\
         Runs that already received the old value will fail from then on. This is expected: do not wait for them.\n",
        cx.job.config.name,
        page::page(cx, state),
        parts::start(cx)
    )
}
