//! For `doctor`: what a rotation asks before it makes a key, asked by the same code and told thing
//! by thing. It reads only.

use super::account;
use super::holds::handed;
use super::job::Job;
use super::preflight::{nothing_to_preserve, wrote};
use crate::config::{EnvName, TokenConfig};
use crate::destinations::{Found, Secrets, Which};
use crate::domain::lifecycle::TokenState;
use crate::domain::{Code, Destination, Problem, Verdict};

/// One thing that a rotation needs.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// What it is, and where it is fine, that it is.
    pub about: String,
    /// How it was found.
    pub seen: Seen,
}

/// How a thing was found.
#[derive(Clone, Debug)]
pub enum Seen {
    /// As it should be.
    Fine,
    /// A rotation would stop, or somebody fails already; or, by the problem's class, nobody could
    /// be asked.
    Wrong(Problem),
    /// It could not be looked at; why, where a rotation would need to.
    Unseen(Option<Problem>),
    /// This run is not handed the variable.
    NotHanded(EnvName),
}

fn one(about: impl Into<String>, seen: Seen) -> Inspected {
    Inspected { about: about.into(), seen }
}

/// The value in use and the manager of a token. `state` is what the journal says of it, where that
/// could be read.
pub async fn inspect(job: &Job<'_>, state: Option<&TokenState>) -> Vec<Inspected> {
    let config = job.config;
    if let Some(flaw) = &job.flaw {
        return vec![one(config.name.to_string(), Seen::Wrong(flaw.clone()))];
    }
    let (value, verdict) = value(job, state).await;
    let mut found = vec![value];
    let needs_manager =
        job.abilities.issues() || (job.abilities.refreshes() && job.abilities.needs_client());
    // A token that manages itself and is dead was told of.
    let is_told = config.manager.is_none()
        && job.abilities.manager.self_managed
        && !verdict.as_ref().is_some_and(Verdict::is_alive);
    if needs_manager && !is_told {
        found.extend(manager(job, state, verdict.as_ref()).await);
    }
    found
}

async fn value(job: &Job<'_>, state: Option<&TokenState>) -> (Inspected, Option<Verdict>) {
    let config = job.config;
    let Some(value) = &job.values.handed else {
        return (one(config.name.to_string(), Seen::NotHanded(config.value.clone())), None);
    };
    if !job.driver.can_test(value) {
        return (
            one(
                format!("{}: {} has no test call for it", config.name, config.provider),
                Seen::Unseen(None),
            ),
            None,
        );
    }
    let about = format!("{}: the value in {}", config.name, config.value);
    if job.abilities.refreshes() {
        // Only its access token is tested: a refresh token would be used up, and a new access token
        // is what a refresh brings.
        let verdict = job.driver.verify(value).await;
        let seen = if verdict.is_alive() {
            one(format!("{about} is accepted by {}", config.provider), Seen::Fine)
        } else {
            one(
                format!("{about}: the refresh token is not tested, since that would use it up"),
                Seen::Unseen(None),
            )
        };
        return (seen, Some(verdict));
    }
    // An older value may be dead, and that is right.
    if let Some(problem) = state.and_then(|state| handed(config, state, value)) {
        return (one(about, Seen::Wrong(problem)), None);
    }
    let current = account::current(job, value).await;
    let seen = match current.problem {
        Some(problem) => one(about, Seen::Wrong(problem)),
        None if current.verdict.is_alive() => {
            one(format!("{about} is accepted by {}", config.provider), Seen::Fine)
        }
        None => {
            let what = format!(
                "{} does not accept the value of {} ({})",
                config.provider,
                config.name,
                current.verdict.as_str()
            );
            let problem = Problem::new(Code::CurrentDead, what)
                .cause(format!("whoever uses {} fails already", config.value))
                .hint(format!("put a working value into the secret behind {}", config.value));
            one(about, Seen::Wrong(problem))
        }
    };
    (seen, Some(current.verdict))
}

async fn manager(
    job: &Job<'_>,
    state: Option<&TokenState>,
    verdict: Option<&Verdict>,
) -> Vec<Inspected> {
    let config = job.config;
    let variable = config.manager.as_ref().unwrap_or(&config.value);
    let about = format!("{}: the manager in {variable}", config.name);
    let manager = match account::manager(job) {
        Ok(manager) => manager,
        // The token itself was told of.
        Err(_) if config.manager.is_none() && job.abilities.manager.self_managed => {
            return Vec::new();
        }
        Err(_) if config.manager.is_some() => {
            return vec![one(about, Seen::NotHanded(variable.clone()))];
        }
        Err(problem) => return vec![one(config.name.to_string(), Seen::Wrong(problem))],
    };
    if !job.abilities.issues() {
        return vec![one(
            format!("{about} is handed over; it is used with the next refresh"),
            Seen::Fine,
        )];
    }
    let account = account::account(job, manager, state, verdict, None, None).await;
    let unknown = account.unknown.map(|problem| one(about.clone(), Seen::Unseen(Some(problem))));
    if account.problems.is_empty() {
        return std::iter::once(one(format!("{about} may make one more key"), Seen::Fine))
            .chain(unknown)
            .collect();
    }
    account
        .problems
        .into_iter()
        .map(|problem| one(about.clone(), Seen::Wrong(problem)))
        .chain(unknown)
        .collect()
}

/// The destinations of a token.
pub async fn inspect_destinations(
    secrets: &Secrets<'_>,
    config: &TokenConfig,
    state: Option<&TokenState>,
) -> Vec<Inspected> {
    let wrote = |destination: &Destination| state.is_some_and(|state| wrote(state, destination));
    let asked = secrets.examine(&config.destinations, Which::All, &wrote).await;
    let told = asked.into_iter().map(|asked| {
        let about = asked.about;
        let snapshot = match &asked.found {
            Found::There(snapshot) | Found::ToBeMade { snapshot, .. } => Some(snapshot),
            Found::Stops(_) => None,
        };
        let preserve = asked
            .destination
            .zip(snapshot)
            .and_then(|(destination, snapshot)| nothing_to_preserve(destination, snapshot));
        match (asked.found, preserve) {
            (Found::Stops(problem), _) => one(about, Seen::Wrong(problem)),
            (_, Some(problem)) => one(about, Seen::Wrong(problem)),
            (Found::There(snapshot), None) => {
                let reach = snapshot.reach.filter(|reach| {
                    reach.visibility == "selected" && reach.repositories.is_empty()
                });
                let nobody =
                    if reach.is_some() { ", and no repository is selected to read it" } else { "" };
                one(format!("{about} exists{nobody}"), Seen::Fine)
            }
            (Found::ToBeMade { .. }, None) if asked.destination.is_some_and(wrote) => {
                let problem = Problem::new(Code::OverwrittenByHand, format!("{about} was deleted"))
                    .cause("tokenward wrote it, and its consumers now receive nothing")
                    .hint(format!(
                        "take it out of the config, or: tokenward rotate {} --force --reason TEXT",
                        config.name
                    ));
                one(about, Seen::Wrong(problem))
            }
            (Found::ToBeMade { alike, .. }, None) => {
                let alike = alike.map_or_else(String::new, |name| format!("; {name} exists there"));
                one(
                    format!("{about} does not exist, and the next rotation creates it{alike}"),
                    Seen::Fine,
                )
            }
        }
    });
    told.collect()
}
