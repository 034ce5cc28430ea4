//! The text of the tracking issue: which key, where to click, which scopes, where to store the new
//! value, and the deadline. Pure. It contains names, dates and addresses; foreign text is escaped.

use std::fmt::Write as _;

use super::emergency;
use super::parts;
use super::parts::Phase;
use crate::domain::lifecycle::{Ending, TokenState, Why};
use crate::domain::{Timestamp, Version};
use crate::rotation::checks::page;
use crate::rotation::checks::slots;
use crate::rotation::decide::alarm;
use crate::rotation::decide::late;
use crate::rotation::decide::memory::Memory;
use crate::rotation::effects::context::Context;
use crate::rotation::effects::issue::Text;
use crate::rotation::types::retiring;

/// The mark that identifies the issue of this token, or of a leak, also if the journal is lost.
pub(crate) fn mark(cx: &Context<'_>, leaked: Option<Version>) -> String {
    comment_mark(cx, &leaked.map_or_else(|| "issue".to_owned(), |leaked| format!("{leaked}-leak")))
}

fn comment_mark(cx: &Context<'_>, about: &str) -> String {
    format!("<!-- tokenward:{}{about} -->", cx.prefix())
}

/// Why a new value is needed, as the end of a sentence that begins with the token's name.
pub(crate) fn why(cx: &Context<'_>, state: &TokenState, memory: &Memory, why: &Why) -> String {
    match why {
        Why::Leaked
            if state.current.is_some()
                && !state.has_leaked()
                && alarm::in_run(cx, state, memory).is_none() =>
        {
            "has to be revoked, and has no replacement yet".to_owned()
        }
        Why::Leaked => "leaked".to_owned(),
        Why::Expiring => match state.current.as_ref().and_then(|key| key.expires_at) {
            Some(end) => format!("expires at {end}"),
            None => "expires soon".to_owned(),
        },
        Why::Asked(reason) => format!("has to be replaced ({})", parts::plain(reason)),
        Why::Brought => "was replaced by a value that was lost during its delivery".to_owned(),
        Why::Due | Why::Found => "is due for rotation".to_owned(),
    }
}

/// The whole issue: for a routine rotation, or about a leak.
pub(crate) fn text(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    phase: &Phase,
    about: Option<Version>,
) -> Text {
    let name = &cx.job.config.name;
    let is_urgent = alarm::in_run(cx, state, memory).is_some();
    let title = if is_urgent { emergency::title(cx, phase) } else { title(cx, state, phase) };
    let mut body = match phase {
        Phase::Value(_) if is_urgent => emergency::value(cx, state, memory),
        Phase::Delivering(new) if is_urgent => emergency::delivering(cx, state, *new),
        Phase::End(old) if is_urgent => emergency::end(cx, state, *old),
        Phase::Value(reason) => value(cx, state, memory, reason),
        Phase::Delivering(new) => format!(
            "tokenward is delivering the new value ({new}) to every destination of `{name}`. There is nothing to do now; do not revoke the old value yet.\n"
        ),
        Phase::Waiting(old, until) => {
            let until = until.map_or_else(String::new, |moment| format!(" until {moment}"));
            format!(
                "The new value is in use. The old one ({old}) stays valid{until}, for runs that received it. There is nothing to do now.\n"
            )
        }
        Phase::End(old) => end(cx, state, *old),
        Phase::Over => "There is nothing left to do.\n".to_owned(),
    };
    let _ = write!(body, "\n{}\n", mark(cx, about));
    Text { title, body }
}

fn title(cx: &Context<'_>, state: &TokenState, phase: &Phase) -> String {
    let (name, provider) = (&cx.job.config.name, &cx.job.driver.spec().name);
    match phase {
        Phase::Value(_) => format!("{name}: create a new {provider} token"),
        Phase::End(old)
            if state.current.as_ref().is_some_and(|key| key.version == *old)
                && !retiring::is_replaced(state) =>
        {
            format!("{name}: revoke the {provider} token in use")
        }
        Phase::End(_) => format!("{name}: revoke the old {provider} token"),
        Phase::Delivering(_) | Phase::Waiting(..) | Phase::Over => {
            format!("{name}: the {provider} token is being replaced")
        }
    }
}

fn value(cx: &Context<'_>, state: &TokenState, memory: &Memory, reason: &Why) -> String {
    let config = cx.job.config;
    let provider = &cx.job.driver.spec().name;
    let text = format!(
        "`{}` {}, and only a person can create a new value at {provider}.\n\n",
        config.name,
        why(cx, state, memory, reason)
    );
    let after = "\nThe next run tests the new value, compares its account and scopes with those of the old one, and delivers it to every \
                 destination. Then this issue asks you to revoke the old value.\n";
    text + &parts::to_do(cx, state, memory, &until(cx, state, reason))
        + after
        + &also(cx, state, None)
        + &parts::refused(memory)
}

/// Other old values that a person was asked to revoke and that are not verified as revoked.
fn also(cx: &Context<'_>, state: &TokenState, about: Option<Version>) -> String {
    let asked =
        state.retiring.iter().filter(|retiring| matches!(retiring.stage, Ending::Asked { .. }));
    let asked = asked.filter(|retiring| Some(retiring.key.version) != about);
    asked
        .map(|old| {
            format!(
                "\nAlso revoke the old value {}, at {}\n",
                old.key.version,
                page::page(cx, state)
            )
        })
        .collect()
}

fn until(cx: &Context<'_>, state: &TokenState, reason: &Why) -> String {
    let Some(current) = state.current.as_ref().filter(|_| *reason != Why::Leaked) else {
        return "as soon as possible".to_owned();
    };
    let ends = current.expires_at.map(|end| (end, format!("{end}, when the old one expires")));
    let too_old = cx.job.config.max_age.map(|age| {
        let end = age.after(current.since);
        (end, format!("{end}, when the old one becomes older than {age}"))
    });
    let patience = cx.job.policy.persons_end(state, reason, cx.now());
    let late =
        patience.map(|end| (end, format!("{}; after that every run fails", end.for_people())));
    let first = ends.into_iter().chain(too_old).chain(late).min_by_key(|(end, _)| *end);
    first.map_or_else(|| "as soon as possible".to_owned(), |(_, words)| words)
}

fn end(cx: &Context<'_>, state: &TokenState, old: Version) -> String {
    if state.current.as_ref().is_some_and(|key| key.version == old) && !retiring::is_replaced(state)
    {
        return format!(
            "Somebody requested that the value in use for `{}` ({old}) be revoked, and only a person can do that. There is no newer value: every \
             destination holds this one, and everything that uses it fails once it is revoked.\n\n\
             1. If something still needs it, create a new value first: run `tokenward guide {}`, which delivers it to every destination\n\
             2. Open {}\n3. Revoke the value there.\n\n\
             {}\n",
            cx.job.config.name,
            cx.job.config.name,
            page::page(cx, state),
            seen_by(cx, state, old),
        ) + &also(cx, state, Some(old));
    }
    let asked =
        state.retiring.iter().filter(|retiring| retiring.key.version == old).find_map(|retiring| {
            match retiring.stage {
                Ending::Asked { at } => Some(at),
                _ => None,
            }
        });
    let until = asked.map_or_else(String::new, |at| {
        format!(
            " Revoke it by {}; after that every run fails.",
            late::persons_time(at).for_people()
        )
    });
    let manual = cx.job.abilities.manual.as_ref();
    let step = manual.and_then(|manual| manual.revoke.as_deref());
    format!(
        "Every destination of `{}` holds the new value, a run has received it, and the grace period is over. The old value ({old}) still works.{until}\n\n\
         1. Open {}\n2. {}\n\n{}\n",
        cx.job.config.name,
        page::page(cx, state),
        step.unwrap_or("Revoke the old value there."),
        seen_by(cx, state, old),
    ) + &also(cx, state, Some(old))
}

/// How tokenward verifies that an old value is revoked.
fn seen_by(cx: &Context<'_>, state: &TokenState, old: Version) -> &'static str {
    // Every run receives the value in use.
    let in_use = state.current.as_ref().is_some_and(|key| key.version == old);
    let mut keys = state.retiring.iter().map(|retiring| &retiring.key);
    if !in_use && keys.any(|key| key.version == old && !slots::is_held(cx, state, key)) {
        return "No run has this value, so none can test it: pipe it into `tokenward revoke --leaked -`, which tests it. \
                When it is verified as revoked, tokenward closes this issue.";
    }
    "The next run tests it. When it is verified as revoked, tokenward closes this issue."
}

/// The comment that notifies people of this phase, once.
pub(crate) fn comment(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    phase: &Phase,
) -> Option<(String, String)> {
    let Phase::End(old) = phase else { return None };
    let text = match alarm::in_run(cx, state, memory) {
        Some(_) => format!(
            "The value {old} leaked and still works. Revoke it now: {}",
            page::page(cx, state)
        ),
        None => format!(
            "Every destination uses the new value. Revoke the old one ({old}) now: {}",
            page::page(cx, state)
        ),
    };
    Some((comment_mark(cx, &format!("{old}-end")), text))
}

/// The comment that reminds people. Its mark contains the time of the last notice, so that each
/// period has one reminder.
pub(crate) fn reminder(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    phase: &Phase,
    since: Timestamp,
    last: Timestamp,
) -> (String, String) {
    let title = text(cx, state, memory, phase, None).title;
    (
        comment_mark(cx, &format!("remind-{last}")),
        format!(
            "Reminder: {title}. This has been waiting for a person since {since}. The steps are above."
        ),
    )
}

/// The last comment in an issue that one about a leak replaces.
pub(crate) fn replaced(cx: &Context<'_>, by: u64) -> (String, String) {
    let text = format!(
        "`{}` leaked. The steps above no longer apply: follow those in #{by} now.",
        cx.job.config.name
    );
    (comment_mark(cx, &format!("replaced-by-{by}")), text)
}

/// The last comment in an issue.
pub(crate) fn farewell(cx: &Context<'_>, state: &TokenState) -> (String, String) {
    let name = &cx.job.config.name;
    let version = state.current.as_ref().map(|key| key.version).unwrap_or_default();
    let dead = state.dead.last().filter(|_| version != Version::default());
    let text = match dead {
        Some(dead) => {
            format!(
                "Done: every destination of `{name}` has {version}, and the old value ({}) was verified as revoked at {}.",
                dead.version, dead.at
            )
        }
        None => format!("There is nothing left to do for `{name}`."),
    };
    (comment_mark(cx, &format!("{version}-done")), text)
}
