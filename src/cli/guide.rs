//! `guide`: leads a person at a terminal through a token that only a person can make. It says where
//! and how, takes the value by a paste that is not shown, and hands it to `push`. It starts no
//! browser: no other program is started here.

use super::answer::Answer;
use super::args::Global;
use super::checkout::may_change;
use super::env::Env;
use super::error::CliError;
use super::interrupt::asked_to_stop;
use super::push;
use super::screen::wants_colour;
use super::session::Session;
use super::signing::KeyNeed;
use crate::config::TokenConfig;
use crate::domain::outcome::TokenOutcome;
use crate::domain::{Code, Problem, Secret};
use crate::report::Paint;
use crate::rotation::{self, Guidance, Job};

/// A terminal hands over no more in one line.
const LONGEST_LINE: usize = 4_095;
/// How often another value may be pasted after one that will not do.
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
    if is_attended {
        env.say("Where a step says to put the new value into a secret, paste it here instead.\n");
    } else {
        return Err(stopped("this is no terminal, so no value was asked for")
            .hint(format!("do as the steps say; or run it at a terminal, or: tokenward push {token} --value-from file:PATH"))
            .into());
    }
    for tries_left in (0..TRIES).rev() {
        let value = paste(env).await?;
        let outcome = push::deliver(&session, token, &value).await?;
        if tries_left > 0 && will_not_do(&outcome) {
            let paint = Paint::new(wants_colour(env, global));
            outcome.problems.iter().for_each(|problem| env.note(&paint.problem(problem, "")));
            continue;
        }
        let is_delivered = outcome.state == "pushed";
        let left = if is_delivered { left_to_do(config, &guidance) } else { String::new() };
        let answer = Answer::tokens("push", vec![outcome], Vec::new());
        return Ok(answer.at(session.places()).then(left));
    }
    Err(stopped("no value was taken").into())
}

/// What the journal, GitHub and the provider say of the token. Nothing is changed.
async fn look(
    session: &Session<'_>,
    config: &TokenConfig,
    is_attended: bool,
) -> Result<Guidance, CliError> {
    // What a push needs is asked for before a person makes anything.
    let need = if is_attended { KeyNeed::Required } else { KeyNeed::Optional };
    session.check_key(need)?;
    session
        .with_world(need, async |opened| {
            let world = opened.world();
            // A value in use that is malformed is what the new one cures.
            let job = Job { flaw: None, ..session.job(config, None, None)? };
            Ok(rotation::guidance(&world, &job).await?)
        })
        .await
}

fn opening(config: &TokenConfig, guidance: &Guidance, steps: &[String]) -> String {
    let why =
        guidance.why.as_deref().unwrap_or("is not due yet; a new value is taken all the same");
    let danger = if guidance.is_urgent {
        " Anybody who found it can use it until it is revoked: do this now."
    } else {
        ""
    };
    format!("{} {why}.{danger}\n\n{}\n", config.name, numbered(steps))
}

fn numbered(steps: &[String]) -> String {
    steps.iter().enumerate().map(|(at, step)| format!("  {}. {step}\n", at + 1)).collect()
}

/// One value, pasted unseen.
async fn paste(env: &Env) -> Result<Secret, CliError> {
    env.note("Paste the new value and press Enter. It is not shown. Enter alone stops: ");
    let hidden = std::sync::Arc::clone(&env.hidden);
    let mut reading = tokio::task::spawn_blocking(move || hidden().map(Secret::new));
    let read = tokio::select! {
        read = &mut reading => read,
        () = asked_to_stop() => {
            // The terminal shows nothing that is typed until the line is read to its end.
            env.note("\npress Enter to stop\n");
            let _ = reading.await;
            return Err(Problem::new(Code::Interrupted, "interrupted before a value was taken").state("nothing was changed").into());
        }
    };
    let value = read.map_err(std::io::Error::other).and_then(|read| read).map_err(|error| {
        stopped("nothing could be read from the terminal unseen")
            .cause(error.to_string())
            .hint("tokenward push TOKEN --value-from file:PATH")
    })?;
    if value.len() >= LONGEST_LINE {
        return Err(stopped(
            "the value is longer than a terminal takes in one line, so its end is missing",
        )
        .hint("tokenward push TOKEN --value-from file:PATH")
        .into());
    }
    let value = value.trimmed();
    if value.is_empty() {
        return Err(stopped("no value was pasted").into());
    }
    Ok(value)
}

fn stopped(what: &str) -> Problem {
    Problem::new(Code::NothingSelected, what).state("nothing was changed")
}

/// Whether this value was refused and another can be pasted.
fn will_not_do(outcome: &TokenOutcome) -> bool {
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
            format!(
                "Revoke the value that leaked now, at {page}: every destination holds the new one"
            ),
            format!(
                "Start the workflow that runs `tokenward rotate`, at {}: it proves the new value and tests whether the old one is dead",
                guidance.workflow
            ),
        ]
    } else {
        vec![
            "Nothing until the next run of `tokenward rotate`: it proves that GitHub hands out the new value".to_owned(),
            format!("Leave the old value until an issue asks for its end, after the grace; then revoke it at {page}"),
        ]
    };
    if !guidance.holds_old {
        let name = &config.value;
        steps.push(format!(
            "{name} is not set here, so no run keeps the old value: once it is revoked, give it to `tokenward revoke --leaked -`, which tests that it is dead"
        ));
    }
    format!("\nLeft to do:\n{}", numbered(&steps))
}
