//! For `doctor`: runs the checks that a rotation makes before it issues a key, and reports each
//! one. It only reads.

use crate::config::{EnvName, TokenConfig};
use crate::destinations::{Found, Secrets, Which};
use crate::domain::lifecycle::TokenState;
use crate::domain::{Destination, Problem, Verdict};
use crate::rotation::checks::account;
use crate::rotation::checks::preflight::{nothing_to_preserve, wrote};
use crate::rotation::problems;
use crate::rotation::report::holds::handed;
use crate::rotation::types::job::Job;

/// One thing that a rotation needs.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// What it is; if it is fine, a full statement.
    pub about: String,
    /// The result of the check.
    pub seen: Seen,
}

/// The result of a check.
#[derive(Clone, Debug)]
pub enum Seen {
    /// As it should be.
    Fine,
    /// A rotation would stop, or consumers already fail; or the check itself failed, as the
    /// problem's class says.
    Wrong(Problem),
    /// It could not be checked; why, if a rotation needs the check.
    Unseen(Option<Problem>),
    /// This run does not receive the variable.
    NotHanded(EnvName),
}

fn one(about: impl Into<String>, seen: Seen) -> Inspected {
    Inspected { about: about.into(), seen }
}

/// Checks the value in use and the manager of a token. `state` is its state in the journal, if that
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
    // A dead token that manages itself is already reported.
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
                format!("{}: {} has no API call that tests it", config.name, config.provider),
                Seen::Unseen(None),
            ),
            None,
        );
    }
    let about = format!("{}: the value in {}", config.name, config.value);
    if job.abilities.refreshes() {
        // Only the access token is tested: a test would use the refresh token up. A refresh
        // replaces an access token that does not work.
        let verdict = job.driver.verify(value).await;
        let seen = if verdict.is_alive() {
            one(format!("{about} is accepted by {}", config.provider), Seen::Fine)
        } else {
            one(
                format!("{about}: the refresh token is not tested, because a test would use it up"),
                Seen::Unseen(None),
            )
        };
        return (seen, Some(verdict));
    }
    // An older value may be revoked, as it should be.
    if let Some(problem) = state.and_then(|state| handed(config, state, value)) {
        return (one(about, Seen::Wrong(problem)), None);
    }
    let current = account::current(job, value).await;
    // A working value shows its scopes, so a dead one is the cause of what else is missing.
    let dead = current.verdict.is_dead();
    let seen = match current.problem.filter(|_| !dead) {
        Some(problem) => one(about, Seen::Wrong(problem)),
        None if current.verdict.is_alive() => {
            one(format!("{about} is accepted by {}", config.provider), Seen::Fine)
        }
        None => {
            let problem = problems::adoption::current_dead(config, &current.verdict);
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
        // The token itself is already reported.
        Err(_) if config.manager.is_none() && job.abilities.manager.self_managed => {
            return Vec::new();
        }
        Err(_) if config.manager.is_some() => {
            return vec![one(about, Seen::NotHanded(variable.clone()))];
        }
        Err(problem) => return vec![one(config.name.to_string(), Seen::Wrong(problem))],
    };
    if !job.abilities.issues() {
        return vec![one(format!("{about} is set; the next refresh uses it"), Seen::Fine)];
    }
    let account = account::account(job, manager, state, verdict, None, None).await;
    let unknown = account.unknown.map(|problem| one(about.clone(), Seen::Unseen(Some(problem))));
    if account.problems.is_empty() {
        return std::iter::once(one(format!("{about} can issue one more key"), Seen::Fine))
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

/// Checks the destinations of a token.
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
                    if reach.is_some() { ", but no repository is selected to read it" } else { "" };
                one(format!("{about} exists{nobody}"), Seen::Fine)
            }
            (Found::ToBeMade { .. }, None) if asked.destination.is_some_and(wrote) => {
                let problem = problems::destinations::deleted(&about, &config.name);
                one(about, Seen::Wrong(problem))
            }
            (Found::ToBeMade { alike, .. }, None) => {
                let alike =
                    alike.map_or_else(String::new, |name| format!("; {name} already exists there"));
                one(
                    format!("{about} does not exist; the next rotation creates it{alike}"),
                    Seen::Fine,
                )
            }
        }
    });
    told.collect()
}
