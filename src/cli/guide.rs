//! `guide`: guides a person on a terminal through a manual rotation. It shows the steps, reads the
//! new value from a hidden paste, and delivers it as `push` does. It starts no browser or other
//! program.

use super::answer::Answer;
use super::args::Global;
use super::checkout::may_change;
use super::env::Env;
use super::error::CliError;
use super::interrupt::asked_to_stop;
use super::problems::guide as problems;
use super::push;
use super::screen::wants_colour;
use super::session::Session;
use super::signing::KeyNeed;
use crate::config::TokenConfig;
use crate::domain::outcome::TokenOutcome;
use crate::domain::{Code, Secret};
use crate::report::Paint;
use crate::rotation::{self, Guidance, Job};

/// A terminal passes on no more than this in one line.
const LONGEST_LINE: usize = 4_095;
/// How many values can be pasted until one is accepted.
const TRIES: usize = 3;

pub(super) async fn run(env: &Env, global: &Global, token: &str) -> Result<Answer, CliError> {
    let session = Session::open(env, global, false)?;
    may_change(env, true)?;
    let config = session.one(token)?;
    session.in_own_repository(&[config])?;
    let is_attended = env.terminal && env.err_terminal && env.text("GITHUB_ACTIONS").is_none();
    let guidance = look(&session, config, is_attended).await?;
    env.say(&opening(
        config,
        &guidance,
        if is_attended { &guidance.making } else { &guidance.steps },
    ));
    if !is_attended {
        return Err(problems::no_terminal(token).into());
    }
    for tries_left in (0..TRIES).rev() {
        let value = paste(env, token).await?;
        let outcome = push::deliver(&session, token, &value).await?;
        if tries_left > 0 && is_refused(&outcome) {
            let paint = Paint::new(wants_colour(env, global));
            outcome.problems.iter().for_each(|problem| env.note(&paint.problem(problem, "")));
            continue;
        }
        let is_delivered = outcome.state == "pushed";
        let left = if is_delivered { left_to_do(config, &guidance) } else { String::new() };
        let answer = Answer::tokens("push", vec![outcome], Vec::new());
        return Ok(answer.at(session.places()).then(left));
    }
    Err(problems::no_value_accepted().into())
}

/// Reads the token's state from the journal, GitHub and the provider. Changes nothing.
async fn look(
    session: &Session<'_>,
    config: &TokenConfig,
    is_attended: bool,
) -> Result<Guidance, CliError> {
    // Everything that a push needs is checked before the person creates a value.
    let need = if is_attended { KeyNeed::Required } else { KeyNeed::Optional };
    if is_attended {
        session.key_to_deliver(config)?;
    }
    session
        .with_world(need, async |opened| {
            let world = opened.world();
            // A malformed value in use does not matter: the new one replaces it.
            let job = Job { flaw: None, ..session.job(config, None, None)? };
            Ok(rotation::guidance(&world, &job).await?)
        })
        .await
}

fn opening(config: &TokenConfig, guidance: &Guidance, steps: &[String]) -> String {
    let why = guidance.why.as_deref().unwrap_or("is not due yet; you can replace its value anyway");
    let danger = if guidance.is_urgent {
        " Anybody who found its value can use it until it is revoked: do this now."
    } else {
        ""
    };
    format!("{} {why}.{danger}\n\n{}\n", config.name, numbered(steps))
}

fn numbered(steps: &[String]) -> String {
    steps.iter().enumerate().map(|(at, step)| format!("  {}. {step}\n", at + 1)).collect()
}

/// Reads one value from a hidden paste.
async fn paste(env: &Env, token: &str) -> Result<Secret, CliError> {
    env.note("Paste the new value and press Enter. It is not shown. To stop, press Enter without pasting anything: ");
    let hidden = std::sync::Arc::clone(&env.hidden);
    let mut reading = tokio::task::spawn_blocking(move || hidden().map(Secret::new));
    let read = tokio::select! {
        read = &mut reading => read,
        () = asked_to_stop() => {
            // The terminal stays without echo until the line has been read.
            env.note("\npress Enter to stop\n");
            let _ = reading.await;
            return Err(problems::interrupted_before_value().into());
        }
    };
    let value = read
        .map_err(std::io::Error::other)
        .and_then(|read| read)
        .map_err(|error| problems::terminal_unreadable(&error, token))?;
    if value.len() >= LONGEST_LINE {
        return Err(problems::value_too_long_to_paste(token).into());
    }
    let value = value.trimmed();
    if value.is_empty() {
        return Err(problems::no_value_pasted().into());
    }
    Ok(value)
}

/// Whether this value was refused, so that another can be pasted.
fn is_refused(outcome: &TokenOutcome) -> bool {
    let refusals =
        [Code::ValueMalformed, Code::NewValueDead, Code::ScopesNarrower, Code::ScopesWider];
    outcome.destinations.is_empty()
        && !outcome.problems.is_empty()
        && outcome.problems.iter().all(|problem| refusals.contains(&problem.id))
}

fn left_to_do(config: &TokenConfig, guidance: &Guidance) -> String {
    let page = &guidance.page;
    let mut steps = if guidance.is_urgent {
        vec![
            format!("Revoke the leaked value now, at {page}: every destination has the new one"),
            format!(
                "Start the workflow that runs `tokenward rotate`, at {}: it proves that the new value arrived, and tests whether the old one is revoked",
                guidance.workflow
            ),
        ]
    } else {
        vec![
            "Wait for the next run of `tokenward rotate`: it proves that the new value arrived"
                .to_owned(),
            format!(
                "Keep the old value until an issue asks you to revoke it, after the grace period; then revoke it at {page}"
            ),
        ]
    };
    if !guidance.holds_old {
        let name = &config.value;
        steps.push(format!(
            "{name} is not set here, so no run has the old value: after you revoke it, pipe it into `tokenward revoke --leaked -`, which tests whether it is dead"
        ));
    }
    format!("\nLeft to do:\n{}", numbered(&steps))
}
