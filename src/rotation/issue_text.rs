//! The words of the tracking issue: which key, where to click, which scopes, where to put the new value, until when.
//! Pure. It holds names, dates and addresses; what a platform said of itself is made harmless first.

use std::fmt::Write as _;

use super::issue::Text;
use super::job::{NEXT, OLD};
use super::walk::Walk;
use crate::domain::lifecycle::Why;
use crate::domain::{Foreign, Generation, Place, Timestamp};

/// What the issue is about now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// A person has to make a new value.
    Value(Why),
    /// The new value is on its way.
    Delivering(Generation),
    /// The new value is in use, the old one in its grace.
    Waiting(Generation, Option<Timestamp>),
    /// A person has to end the old value.
    End(Generation),
    /// Nothing is to be done.
    Over,
}

/// Tells this token's issue from every other, also when the journal is gone.
pub(super) fn mark(walk: &Walk<'_>) -> String {
    format!("<!-- tokenward:{}issue -->", walk.prefix())
}

fn comment_mark(walk: &Walk<'_>, about: &str) -> String {
    format!("<!-- tokenward:{}{about} -->", walk.prefix())
}

/// Why a new value is wanted, as the end of a sentence that begins with the token's name.
pub(super) fn why(walk: &Walk<'_>, why: &Why) -> String {
    match why {
        Why::Leaked => "leaked".to_owned(),
        Why::Expiring => match walk.state.current.as_ref().and_then(|key| key.expires_at) {
            Some(end) => format!("expires at {end}"),
            None => "expires soon".to_owned(),
        },
        Why::Asked(reason) => format!("is to be replaced ({})", plain(reason)),
        Why::Brought => "was replaced by a value that got lost on its way".to_owned(),
        Why::Due | Why::Found => "is due".to_owned(),
    }
}

/// What a person does to make a new value, one step each.
pub(super) fn steps(walk: &Walk<'_>) -> Vec<String> {
    let config = walk.job.config;
    let mut steps = vec![format!("Open {}", walk.page())];
    steps.extend(walk.job.platform.steps.iter().cloned());
    if !config.scopes.is_empty() {
        steps.push(format!(
            "Give it these scopes, and no other: {}",
            config.scopes.iter().map(|scope| plain(scope)).collect::<Vec<_>>().join(", ")
        ));
    } else if let Some(scopes) = walk.outcome.verdict.as_ref().and_then(|verdict| verdict.facts()?.scopes.as_ref()) {
        steps.push(format!(
            "Give it the scopes of the old one, and no other: {}",
            scopes.iter().map(|scope| plain(scope)).collect::<Vec<_>>().join(", ")
        ));
    } else {
        steps.push("Give it the scopes of the old one, and no other".to_owned());
    }
    if let Some(home) = config.home() {
        let slot = home.secret.beside(NEXT);
        steps.push(format!("Put the new value into the secret {slot} of {}: {}", plain(&home.place.to_string()), secrets_page(walk)));
    }
    steps.push("Leave the old value as it is until tokenward asks for its end".to_owned());
    steps
}

fn secrets_page(walk: &Walk<'_>) -> String {
    let server = &walk.job.desk.server;
    match walk.job.config.home().map(|home| &home.place) {
        Some(Place::Environment { repo, .. }) => format!("{server}/{repo}/settings/environments"),
        Some(Place::Repository { repo, .. }) => format!("{server}/{repo}/settings/secrets/actions"),
        _ => server.clone(),
    }
}

/// The whole issue.
pub(super) fn text(walk: &Walk<'_>, phase: &Phase) -> Text {
    let (config, platform) = (walk.job.config, &walk.job.driver.spec().name);
    let name = &config.name;
    let title = match phase {
        Phase::Value(_) => format!("{name}: make a new {platform} token"),
        Phase::End(_) => format!("{name}: revoke the old {platform} token"),
        Phase::Delivering(_) | Phase::Waiting(..) | Phase::Over => format!("{name}: the {platform} token is being replaced"),
    };
    let mut body = match phase {
        Phase::Value(reason) => value(walk, reason),
        Phase::Delivering(new) => format!(
            "The new value ({new}) is on its way into every secret of `{name}`. Nothing is to be done now; leave the old one as it is.\n"
        ),
        Phase::Waiting(old, until) => {
            let until = until.map_or_else(String::new, |moment| format!(" until {moment}"));
            format!(
                "The new value is in use. The old one ({old}) lives on{until}, for runs that were handed it. Nothing is to be done now.\n"
            )
        }
        Phase::End(old) => end(walk, *old),
        Phase::Over => "Nothing more is to be done.\n".to_owned(),
    };
    let _ = write!(body, "\n{}\n", mark(walk));
    Text { title, body }
}

fn value(walk: &Walk<'_>, reason: &Why) -> String {
    let config = walk.job.config;
    let platform = &walk.job.driver.spec().name;
    let mut text = format!("`{}` {}. {platform} lets only a person make a new value.\n\n", config.name, why(walk, reason));
    let _ = writeln!(text, "| | |\n| --- | --- |");
    if let Some(home) = config.home() {
        let _ = writeln!(text, "| The key | the one behind the secret `{}` of {} |", home.secret, plain(&home.place.to_string()));
    }
    if let Some(owner) = &walk.state.owner {
        let _ = writeln!(text, "| Account | {} |", plain(owner));
    }
    if let Some(current) = &walk.state.current {
        let _ = writeln!(text, "| In use since | {} |", current.since);
    }
    let _ = writeln!(text, "| Until when | {} |\n", until(walk, reason));
    for (number, step) in steps(walk).iter().enumerate() {
        let _ = writeln!(text, "{}. {step}", number + 1);
    }
    let _ = write!(
        text,
        "\nThe step that runs `tokenward rotate` has to be handed the secret, and the one that tokenward keeps the old value in:\n\n```yaml\nenv:\n"
    );
    if let Some(home) = config.home() {
        for ending in [NEXT, OLD] {
            let _ = writeln!(text, "  {}_{ending}: ${{{{ secrets.{} }}}}", config.value, home.secret.beside(ending));
        }
    }
    text.push_str("```\n\nThe next run tests the new value, compares its account and scopes with those of the old one, and puts it everywhere. It then asks here for the end of the old one.\n");
    if let Some(problem) = &walk.left_refused {
        let _ = write!(text, "\n**The value that was put there was refused: {}.**", plain(&problem.what));
        if let Some(hint) = &problem.hint {
            let _ = write!(text, " To do: {}.", plain(hint));
        }
        text.push('\n');
    }
    text
}

fn until(walk: &Walk<'_>, reason: &Why) -> String {
    let Some(current) = &walk.state.current else { return "as soon as you can".to_owned() };
    match (reason, current.expires_at, walk.job.config.max_age) {
        (Why::Leaked, ..) => "now: whoever found the old value can use it".to_owned(),
        (_, Some(end), _) => format!("{end}, when the old one expires"),
        (_, None, Some(age)) => format!("{}, when the old one is older than {age}", age.after(current.since)),
        (_, None, None) => "as soon as you can".to_owned(),
    }
}

fn end(walk: &Walk<'_>, old: Generation) -> String {
    format!(
        "Every secret of `{}` holds the new value, a run was handed it, and the grace is over. The old value ({old}) still works.\n\n\
         1. Open {}\n2. Revoke the old value there.\n\n\
         The next run tests the old value. When it is seen dead, this issue is closed.\n",
        walk.job.config.name,
        walk.page()
    )
}

/// What people are notified of in this phase, once.
pub(super) fn comment(walk: &Walk<'_>, phase: &Phase) -> Option<(String, String)> {
    let Phase::End(old) = phase else { return None };
    let text = format!("The new value is in use everywhere. Please revoke the old one ({old}): {}", walk.page());
    Some((comment_mark(walk, &format!("{old}-end")), text))
}

/// The last word.
pub(super) fn farewell(walk: &Walk<'_>) -> (String, String) {
    let name = &walk.job.config.name;
    let generation = walk.state.current.as_ref().map(|key| key.generation).unwrap_or_default();
    let dead = walk.state.dead.last().filter(|_| generation != Generation::default());
    let text = match dead {
        Some(dead) => format!(
            "Done: `{name}` is at {generation} everywhere, and the value before ({}) was seen dead at {}.",
            dead.generation, dead.at
        ),
        None => format!("Nothing more is to be done for `{name}`."),
    };
    (comment_mark(walk, &format!("{generation}-done")), text)
}

/// Text that somebody else wrote, in an issue.
fn plain(text: &str) -> String {
    Foreign::new(text).markdown()
}
