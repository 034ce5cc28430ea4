//! The words of the tracking issue: which key, where to click, which scopes, where to put the new
//! value, until when. Pure. It holds names, dates and addresses; what a provider said of itself is
//! made harmless first.

use std::fmt::Write as _;

use super::context::Context;
use super::issue::Text;
use super::issue_parts::Phase;
use super::memory::Memory;
use super::{alarm, emergency, issue_parts, late, page, retiring, slots};
use crate::domain::lifecycle::{Ending, TokenState, Why};
use crate::domain::{Timestamp, Version};

/// Tells this token's issue from every other, also when the journal is gone; that of each leak as
/// well.
pub(super) fn mark(cx: &Context<'_>, leaked: Option<Version>) -> String {
    comment_mark(cx, &leaked.map_or_else(|| "issue".to_owned(), |leaked| format!("{leaked}-leak")))
}

fn comment_mark(cx: &Context<'_>, about: &str) -> String {
    format!("<!-- tokenward:{}{about} -->", cx.prefix())
}

/// Why a new value is wanted, as the end of a sentence that begins with the token's name.
pub(super) fn why(cx: &Context<'_>, state: &TokenState, memory: &Memory, why: &Why) -> String {
    match why {
        Why::Leaked
            if state.current.is_some()
                && !state.has_leaked()
                && alarm::in_run(cx, state, memory).is_none() =>
        {
            "is to be revoked, and nothing takes its place yet".to_owned()
        }
        Why::Leaked => "leaked".to_owned(),
        Why::Expiring => match state.current.as_ref().and_then(|key| key.expires_at) {
            Some(end) => format!("expires at {end}"),
            None => "expires soon".to_owned(),
        },
        Why::Asked(reason) => format!("is to be replaced ({})", issue_parts::plain(reason)),
        Why::Brought => "was replaced by a value that got lost on its way".to_owned(),
        Why::Due | Why::Found => "is due".to_owned(),
    }
}

/// The whole issue: of a routine, or about a leak.
pub(super) fn text(
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
            "The new value ({new}) is on its way into every secret of `{name}`. Nothing is to be done now; leave the old one as it is.\n"
        ),
        Phase::Waiting(old, until) => {
            let until = until.map_or_else(String::new, |moment| format!(" until {moment}"));
            format!(
                "The new value is in use. The old one ({old}) lives on{until}, for runs that were handed it. Nothing is to be done now.\n"
            )
        }
        Phase::End(old) => end(cx, state, *old),
        Phase::Over => "Nothing more is to be done.\n".to_owned(),
    };
    let _ = write!(body, "\n{}\n", mark(cx, about));
    Text { title, body }
}

fn title(cx: &Context<'_>, state: &TokenState, phase: &Phase) -> String {
    let (name, provider) = (&cx.job.config.name, &cx.job.driver.spec().name);
    match phase {
        Phase::Value(_) => format!("{name}: make a new {provider} token"),
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
        "`{}` {}. {provider} lets only a person make a new value.\n\n",
        config.name,
        why(cx, state, memory, reason)
    );
    let after = "\nThe next run tests the new value, compares its account and scopes with those of the old one, and puts it everywhere. \
                 It then asks here for the end of the old one.\n";
    text + &issue_parts::to_do(cx, state, memory, &until(cx, state, reason))
        + after
        + &also(cx, state, None)
        + &issue_parts::refused(memory)
}

/// Old values that a person was asked to end before, and that were not seen dead; beside the one
/// that the text is about.
fn also(cx: &Context<'_>, state: &TokenState, about: Option<Version>) -> String {
    let asked =
        state.retiring.iter().filter(|retiring| matches!(retiring.stage, Ending::Asked { .. }));
    let asked = asked.filter(|retiring| Some(retiring.key.version) != about);
    asked
        .map(|old| {
            format!(
                "\nStill to be revoked as well: the old value {}, at {}\n",
                old.key.version,
                page::page(cx, state)
            )
        })
        .collect()
}

fn until(cx: &Context<'_>, state: &TokenState, reason: &Why) -> String {
    let Some(current) = state.current.as_ref().filter(|_| *reason != Why::Leaked) else {
        return "as soon as you can".to_owned();
    };
    let ends = current.expires_at.map(|end| (end, format!("{end}, when the old one expires")));
    let too_old = cx.job.config.max_age.map(|age| {
        let end = age.after(current.since);
        (end, format!("{end}, when the old one is older than {age}"))
    });
    let patience = cx.job.policy.persons_end(state, reason, cx.now());
    let late =
        patience.map(|end| (end, format!("{}; from then on every run fails", end.for_people())));
    let first = ends.into_iter().chain(too_old).chain(late).min_by_key(|(end, _)| *end);
    first.map_or_else(|| "as soon as you can".to_owned(), |(_, words)| words)
}

fn end(cx: &Context<'_>, state: &TokenState, old: Version) -> String {
    if state.current.as_ref().is_some_and(|key| key.version == old) && !retiring::is_replaced(state)
    {
        return format!(
            "The value in use of `{}` ({old}) was asked to be revoked, and only a person can do that. There is no newer value: every secret \
             holds this one, and whatever uses it fails once it is revoked.\n\n\
             1. If something still needs it, make a new value first, and put it into every secret: `tokenward guide {}`\n\
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
        format!(", until {}; from then on every run fails", late::persons_time(at).for_people())
    });
    format!(
        "Every secret of `{}` holds the new value, a run was handed it, and the grace is over. The old value ({old}) still works.\n\n\
         1. Open {}\n2. Revoke the old value there{until}.\n\n{}\n",
        cx.job.config.name,
        page::page(cx, state),
        seen_by(cx, state, old),
    ) + &also(cx, state, Some(old))
}

/// Who sees that an old value is dead.
fn seen_by(cx: &Context<'_>, state: &TokenState, old: Version) -> &'static str {
    // The one in use is handed to every run.
    let in_use = state.current.as_ref().is_some_and(|key| key.version == old);
    let mut keys = state.retiring.iter().map(|retiring| &retiring.key);
    if !in_use && keys.any(|key| key.version == old && !slots::is_held(cx, state, key)) {
        return "No run holds this value, so none can test it: give it to `tokenward revoke --leaked -` on standard input, which tests it. \
                When it is seen dead, this issue is closed.";
    }
    "The next run tests it. When it is seen dead, this issue is closed."
}

/// What people are notified of in this phase, once.
pub(super) fn comment(
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
            "The new value is in use everywhere. Please revoke the old one ({old}): {}",
            page::page(cx, state)
        ),
    };
    Some((comment_mark(cx, &format!("{old}-end")), text))
}

/// What reminds people of what they were asked for; the period it is for is told by when they heard
/// of it last.
pub(super) fn reminder(
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
            "Reminder: {title}. This waits for a person since {since}; what to do stands above."
        ),
    )
}

/// The last word in an issue that one about a leak replaces.
pub(super) fn replaced(cx: &Context<'_>, by: u64) -> (String, String) {
    let text = format!(
        "`{}` leaked: what is to be done now, and at once, stands in #{by}. The steps above hold no more.",
        cx.job.config.name
    );
    (comment_mark(cx, &format!("replaced-by-{by}")), text)
}

/// The last word.
pub(super) fn farewell(cx: &Context<'_>, state: &TokenState) -> (String, String) {
    let name = &cx.job.config.name;
    let version = state.current.as_ref().map(|key| key.version).unwrap_or_default();
    let dead = state.dead.last().filter(|_| version != Version::default());
    let text = match dead {
        Some(dead) => {
            format!(
                "Done: `{name}` is at {version} everywhere, and the value before ({}) was seen dead at {}.",
                dead.version, dead.at
            )
        }
        None => format!("Nothing more is to be done for `{name}`."),
    };
    (comment_mark(cx, &format!("{version}-done")), text)
}
