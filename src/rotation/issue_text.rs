//! The words of the tracking issue: which key, where to click, which scopes, where to put the new
//! value, until when. Pure. It holds names, dates and addresses; what a provider said of itself is
//! made harmless first.

use std::fmt::Write as _;

use super::issue::Text;
use super::job::{NEXT, OLD};
use super::token_run::TokenRun;
use super::{emergency, late};
use crate::domain::lifecycle::{Ending, Why};
use crate::domain::{Foreign, Place, Timestamp, Version};

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

/// Tells this token's issue from every other, also when the journal is gone; that of each leak as
/// well.
pub(super) fn mark(run: &TokenRun<'_>, leaked: Option<Version>) -> String {
    comment_mark(run, &leaked.map_or_else(|| "issue".to_owned(), |leaked| format!("{leaked}-leak")))
}

fn comment_mark(run: &TokenRun<'_>, about: &str) -> String {
    format!("<!-- tokenward:{}{about} -->", run.prefix())
}

/// Why a new value is wanted, as the end of a sentence that begins with the token's name.
pub(super) fn why(run: &TokenRun<'_>, why: &Why) -> String {
    match why {
        Why::Leaked
            if run.state.current.is_some() && !run.state.has_leaked() && run.alarm().is_none() =>
        {
            "is to be revoked, and nothing takes its place yet".to_owned()
        }
        Why::Leaked => "leaked".to_owned(),
        Why::Expiring => match run.state.current.as_ref().and_then(|key| key.expires_at) {
            Some(end) => format!("expires at {end}"),
            None => "expires soon".to_owned(),
        },
        Why::Asked(reason) => format!("is to be replaced ({})", plain(reason)),
        Why::Brought => "was replaced by a value that got lost on its way".to_owned(),
        Why::Due | Why::Found => "is due".to_owned(),
    }
}

/// What a person does to make a new value and hand it over, one step each.
pub(super) fn steps(run: &TokenRun<'_>) -> Vec<String> {
    let mut steps = making(run);
    if let Some(primary) = run.job.config.primary() {
        let slot = primary.secret.beside(NEXT);
        steps.push(format!(
            "Put the new value into the secret {slot} of {}: {}",
            plain(&primary.place.to_string()),
            secrets_page(run)
        ));
    }
    if run.alarm().is_some() {
        steps.extend(emergency::after(run));
    } else {
        steps.push("Leave the old value as it is until tokenward asks for its end".to_owned());
    }
    steps
}

/// What a person does to make a new value.
pub(super) fn making(run: &TokenRun<'_>) -> Vec<String> {
    let config = run.job.config;
    let mut steps = Vec::new();
    if run.alarm().is_some() {
        // The provider's own steps are those of a routine, which is in no hurry.
        steps.push(emergency::make(run));
    } else {
        steps.push(format!("Open {}", run.page()));
        steps.extend(run.job.abilities.steps.iter().cloned());
    }
    let list =
        |scopes: &[String]| scopes.iter().map(|scope| plain(scope)).collect::<Vec<_>>().join(", ");
    let old = run.outcome.verdict.as_ref().and_then(|verdict| verdict.facts()?.scopes.as_ref());
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

fn secrets_page(run: &TokenRun<'_>) -> String {
    let server = &run.job.desk.server;
    match run.job.config.primary().map(|primary| &primary.place) {
        Some(Place::Environment { repo, .. }) => format!("{server}/{repo}/settings/environments"),
        Some(Place::Repository { repo, .. }) => format!("{server}/{repo}/settings/secrets/actions"),
        _ => server.clone(),
    }
}

/// The whole issue: of a routine, or about a leak.
pub(super) fn text(run: &TokenRun<'_>, phase: &Phase, about: Option<Version>) -> Text {
    let name = &run.job.config.name;
    let is_urgent = run.alarm().is_some();
    let title = if is_urgent { emergency::title(run, phase) } else { title(run, phase) };
    let mut body = match phase {
        Phase::Value(_) if is_urgent => emergency::value(run),
        Phase::Delivering(new) if is_urgent => emergency::delivering(run, *new),
        Phase::End(old) if is_urgent => emergency::end(run, *old),
        Phase::Value(reason) => value(run, reason),
        Phase::Delivering(new) => format!(
            "The new value ({new}) is on its way into every secret of `{name}`. Nothing is to be done now; leave the old one as it is.\n"
        ),
        Phase::Waiting(old, until) => {
            let until = until.map_or_else(String::new, |moment| format!(" until {moment}"));
            format!(
                "The new value is in use. The old one ({old}) lives on{until}, for runs that were handed it. Nothing is to be done now.\n"
            )
        }
        Phase::End(old) => end(run, *old),
        Phase::Over => "Nothing more is to be done.\n".to_owned(),
    };
    let _ = write!(body, "\n{}\n", mark(run, about));
    Text { title, body }
}

fn title(run: &TokenRun<'_>, phase: &Phase) -> String {
    let (name, provider) = (&run.job.config.name, &run.job.driver.spec().name);
    match phase {
        Phase::Value(_) => format!("{name}: make a new {provider} token"),
        Phase::End(old)
            if run.state.current.as_ref().is_some_and(|key| key.version == *old)
                && !run.is_replaced() =>
        {
            format!("{name}: revoke the {provider} token in use")
        }
        Phase::End(_) => format!("{name}: revoke the old {provider} token"),
        Phase::Delivering(_) | Phase::Waiting(..) | Phase::Over => {
            format!("{name}: the {provider} token is being replaced")
        }
    }
}

fn value(run: &TokenRun<'_>, reason: &Why) -> String {
    let config = run.job.config;
    let provider = &run.job.driver.spec().name;
    let text = format!(
        "`{}` {}. {provider} lets only a person make a new value.\n\n",
        config.name,
        why(run, reason)
    );
    let after = "\nThe next run tests the new value, compares its account and scopes with those of the old one, and puts it everywhere. \
                 It then asks here for the end of the old one.\n";
    text + &to_do(run, &until(run, reason)) + after + &also(run, None) + &refused(run)
}

/// Old values that a person was asked to end before, and that were not seen dead; beside the one
/// that the text is about.
fn also(run: &TokenRun<'_>, about: Option<Version>) -> String {
    let asked =
        run.state.retiring.iter().filter(|retiring| matches!(retiring.stage, Ending::Asked { .. }));
    let asked = asked.filter(|retiring| Some(retiring.key.version) != about);
    asked
        .map(|old| {
            format!(
                "\nStill to be revoked as well: the old value {}, at {}\n",
                old.key.version,
                run.page()
            )
        })
        .collect()
}

/// Which key, until when, the steps, and what the workflow has to be handed.
pub(super) fn to_do(run: &TokenRun<'_>, until: &str) -> String {
    let config = run.job.config;
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
    if let Some(owner) = &run.state.owner {
        let _ = writeln!(text, "| Account | {} |", plain(owner));
    }
    if let Some(current) = &run.state.current {
        let _ = writeln!(text, "| In use since | {} |", current.since);
    }
    let _ = writeln!(text, "| Until when | {until} |\n");
    for (number, step) in steps(run).iter().enumerate() {
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
pub(super) fn refused(run: &TokenRun<'_>) -> String {
    let Some(problem) = &run.left_refused else { return String::new() };
    let mut text =
        format!("\n**The value that was put there was refused: {}.**", plain(&problem.what));
    if let Some(hint) = &problem.hint {
        let _ = write!(text, " To do: {}.", plain(hint));
    }
    text.push('\n');
    text
}

fn until(run: &TokenRun<'_>, reason: &Why) -> String {
    let Some(current) = run.state.current.as_ref().filter(|_| *reason != Why::Leaked) else {
        return "as soon as you can".to_owned();
    };
    let ends = current.expires_at.map(|end| (end, format!("{end}, when the old one expires")));
    let too_old = run.job.config.max_age.map(|age| {
        let end = age.after(current.since);
        (end, format!("{end}, when the old one is older than {age}"))
    });
    let patience = run.job.policy.persons_end(&run.state, reason, run.now());
    let late =
        patience.map(|end| (end, format!("{}; from then on every run fails", end.for_people())));
    let first = ends.into_iter().chain(too_old).chain(late).min_by_key(|(end, _)| *end);
    first.map_or_else(|| "as soon as you can".to_owned(), |(_, words)| words)
}

fn end(run: &TokenRun<'_>, old: Version) -> String {
    if run.state.current.as_ref().is_some_and(|key| key.version == old) && !run.is_replaced() {
        return format!(
            "The value in use of `{}` ({old}) was asked to be revoked, and only a person can do that. There is no newer value: every secret \
             holds this one, and whatever uses it fails once it is revoked.\n\n\
             1. If something still needs it, make a new value first, and put it into every secret: `tokenward guide {}`\n\
             2. Open {}\n3. Revoke the value there.\n\n\
             {}\n",
            run.job.config.name,
            run.job.config.name,
            run.page(),
            seen_by(run, old),
        ) + &also(run, Some(old));
    }
    let asked = run.state.retiring.iter().filter(|retiring| retiring.key.version == old).find_map(
        |retiring| match retiring.stage {
            Ending::Asked { at } => Some(at),
            _ => None,
        },
    );
    let until = asked.map_or_else(String::new, |at| {
        format!(", until {}; from then on every run fails", late::persons_time(at).for_people())
    });
    format!(
        "Every secret of `{}` holds the new value, a run was handed it, and the grace is over. The old value ({old}) still works.\n\n\
         1. Open {}\n2. Revoke the old value there{until}.\n\n{}\n",
        run.job.config.name,
        run.page(),
        seen_by(run, old),
    ) + &also(run, Some(old))
}

/// Who sees that an old value is dead.
fn seen_by(run: &TokenRun<'_>, old: Version) -> &'static str {
    // The one in use is handed to every run.
    let in_use = run.state.current.as_ref().is_some_and(|key| key.version == old);
    let mut keys = run.state.retiring.iter().map(|retiring| &retiring.key);
    if !in_use && keys.any(|key| key.version == old && !run.is_held(key)) {
        return "No run holds this value, so none can test it: give it to `tokenward revoke --leaked -` on standard input, which tests it. \
                When it is seen dead, this issue is closed.";
    }
    "The next run tests it. When it is seen dead, this issue is closed."
}

/// What people are notified of in this phase, once.
pub(super) fn comment(run: &TokenRun<'_>, phase: &Phase) -> Option<(String, String)> {
    let Phase::End(old) = phase else { return None };
    let text = match run.alarm() {
        Some(_) => format!("The value {old} leaked and still works. Revoke it now: {}", run.page()),
        None => format!(
            "The new value is in use everywhere. Please revoke the old one ({old}): {}",
            run.page()
        ),
    };
    Some((comment_mark(run, &format!("{old}-end")), text))
}

/// What reminds people of what they were asked for; the period it is for is told by when they heard
/// of it last.
pub(super) fn reminder(
    run: &TokenRun<'_>,
    phase: &Phase,
    since: Timestamp,
    last: Timestamp,
) -> (String, String) {
    let title = text(run, phase, None).title;
    (
        comment_mark(run, &format!("remind-{last}")),
        format!(
            "Reminder: {title}. This waits for a person since {since}; what to do stands above."
        ),
    )
}

/// The last word in an issue that one about a leak replaces.
pub(super) fn replaced(run: &TokenRun<'_>, by: u64) -> (String, String) {
    let text = format!(
        "`{}` leaked: what is to be done now, and at once, stands in #{by}. The steps above hold no more.",
        run.job.config.name
    );
    (comment_mark(run, &format!("replaced-by-{by}")), text)
}

/// The last word.
pub(super) fn farewell(run: &TokenRun<'_>) -> (String, String) {
    let name = &run.job.config.name;
    let version = run.state.current.as_ref().map(|key| key.version).unwrap_or_default();
    let dead = run.state.dead.last().filter(|_| version != Version::default());
    let text = match dead {
        Some(dead) => {
            format!(
                "Done: `{name}` is at {version} everywhere, and the value before ({}) was seen dead at {}.",
                dead.version, dead.at
            )
        }
        None => format!("Nothing more is to be done for `{name}`."),
    };
    (comment_mark(run, &format!("{version}-done")), text)
}

/// Text that somebody else wrote, in an issue.
pub(super) fn plain(text: &str) -> String {
    Foreign::new(text).markdown()
}
