//! Everything that can be found out before a key is made: it reads only, and reports all it finds at once.

use std::collections::BTreeSet;

use super::walk::Walk;
use crate::destinations::{LARGEST_VALUE, Snapshot};
use crate::domain::lifecycle::Origin;
use crate::domain::{Code, Destination, Place, Problem, Secret, Verdict, VisibilityRule};
use crate::providers::{ListedKey, Refusal};

impl Walk<'_> {
    /// Looks at the destinations, the value in use and the manager's account.
    pub(super) async fn preflight(&mut self) -> Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        self.look_at_destinations(&mut problems).await;
        self.look_at_current(&mut problems).await;
        self.look_at_account(&mut problems).await;
        if problems.is_empty() { Ok(()) } else { Err(problems.into_iter().map(|problem| or_state(problem, &self.no_key())).collect()) }
    }

    /// Every destination exists, and our credential may read it. Also remembers what each was before.
    pub(super) async fn look_at_destinations(&mut self, problems: &mut Vec<Problem>) {
        let config = self.job.config;
        let mut unusable: BTreeSet<&Place> = BTreeSet::new();
        let places: BTreeSet<&Place> = config.destinations.iter().map(|destination| &destination.place).collect();
        for place in places {
            if let Err(problem) = self.world.secrets.prepare(place).await {
                problems.push(problem);
                unusable.insert(place);
            }
        }
        for destination in config.destinations.iter().filter(|destination| !unusable.contains(&destination.place)) {
            let snapshot = match self.world.secrets.look(destination).await {
                Ok(snapshot) => snapshot,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            problems.extend(nothing_to_preserve(destination, &snapshot));
            self.snapshots.insert(destination.key(), snapshot);
        }
    }

    /// The value in use works, and says what the new one may do.
    async fn look_at_current(&mut self, problems: &mut Vec<Problem>) {
        let config = self.job.config;
        let Some(value) = &self.job.handed else {
            problems.push(value_missing(self));
            return;
        };
        // A refresh token is not tested: that would use it up. An access token whose time is over is what a refresh cures.
        if self.job.platform.refreshes {
            problems.extend(if self.job.platform.needs_client { self.manager().err() } else { None });
            return;
        }
        let verdict = self.job.driver.verify(value).await;
        let found = verdict.facts().and_then(|facts| facts.scopes.clone());
        match &verdict {
            Verdict::Unknown { why } => problems.push(platform_unavailable(self, why)),
            Verdict::RateLimited { .. } => problems.push(
                Problem::new(
                    Code::PlatformRateLimited,
                    format!("{} would not test {}: its rate limit is used up", config.provider, config.name),
                )
                .hint("the next run goes on from here"),
            ),
            // A dead value is what a new one cures.
            _ => {}
        }
        self.scopes = if config.scopes.is_empty() { found.unwrap_or_default() } else { config.scopes.clone() };
        if self.scopes.is_empty()
            && self.job.platform.needs_scopes
            && !matches!(verdict, Verdict::Unknown { .. } | Verdict::RateLimited { .. })
        {
            problems.push(
                Problem::new(
                    Code::ConfigNeedsScopes,
                    format!("{} has no `scopes`, and the platform does not tell those of the value in use", config.name),
                )
                .cause("without scopes the platform makes a key that may do everything")
                .hint("write the scopes the token needs: `scopes: [...]`"),
            );
        }
        self.outcome.verdict = Some(verdict);
    }

    /// The manager works, its account holds the key in use, and there is room for one more.
    async fn look_at_account(&mut self, problems: &mut Vec<Problem>) {
        if !self.job.platform.issues {
            return;
        }
        let manager = match self.manager() {
            Ok(manager) => manager,
            Err(problem) => {
                problems.push(problem);
                return;
            }
        };
        let keys = match self.job.driver.list(manager).await {
            Ok(keys) => keys,
            Err(refusal) => {
                problems.push(self.manager_problem("list the keys of", &refusal));
                return;
            }
        };
        self.listed_before.extend(keys.iter().filter_map(|key| key.id.clone()));
        problems.extend(self.manager_may_all(manager).await);
        problems.extend(self.room_for_one_more(&keys));
        problems.extend(self.same_account(&keys));
    }

    /// A manager that may issue and not revoke would leave the old key alive for ever: it is found before anything is made.
    async fn manager_may_all(&self, manager: &Secret) -> Option<Problem> {
        let needs = &self.job.platform.manager_needs;
        // Who fills fixed keys anew is no key itself, so no test call is for it.
        if needs.is_empty() || self.job.platform.fixed {
            return None;
        }
        let verdict = self.job.driver.verify(manager).await;
        if matches!(verdict, Verdict::RateLimited { .. }) {
            return Some(self.manager_problem("ask what the manager may do at", &Refusal::RateLimited { until: None }));
        }
        let scopes = verdict.facts()?.scopes.as_ref()?;
        let missing: Vec<&str> = needs.iter().filter(|need| !scopes.contains(need)).map(String::as_str).collect();
        let config = self.job.config;
        let variable = config.manager.as_ref().unwrap_or(&config.value);
        (!missing.is_empty()).then(|| {
            Problem::new(Code::ManagerLacksScope, format!("the manager in {variable} lacks {}", missing.join(", "))).hint(format!(
                "give it {} at {}",
                needs.join(", "),
                config.provider
            ))
        })
    }

    fn room_for_one_more(&self, keys: &[ListedKey]) -> Option<Problem> {
        let there = keys.iter().filter(|key| !self.going.as_ref().is_some_and(|going| key.is(going))).count();
        let most = self.job.platform.most_keys.filter(|most| there >= *most)?;
        let provider = &self.job.config.provider;
        Some(
            Problem::new(Code::QuotaReached, format!("{provider} allows {most} keys, and there are {there}"))
                .cause("the old key has to live on while the new one is delivered, so there must be room for one more")
                .hint(format!(
                    "delete a key of the account that nobody uses; tokenward deletes only what it made itself ({}…)",
                    self.prefix()
                )),
        )
    }

    fn same_account(&self, keys: &[ListedKey]) -> Option<Problem> {
        let current = self.state.current.as_ref()?;
        let id = current.id.as_ref()?;
        let alive = self.outcome.verdict.as_ref().is_some_and(Verdict::is_alive);
        let ours = current.origin != Origin::Brought;
        // One that was revoked first may answer for a while, and is in no list.
        let ended = self.state.is_ending(current);
        (alive && ours && !ended && !keys.iter().any(|key| key.is(id))).then(|| {
            Problem::new(Code::NeedsId, format!("the manager's account does not hold the key in use ({id})"))
                .cause("the manager credential belongs to another account, subuser or region")
                .hint("hand this step a manager of the same account")
        })
    }

    /// What a person is told when the platform refuses the manager.
    pub(super) fn manager_problem(&self, verb: &str, refusal: &Refusal) -> Problem {
        let config = self.job.config;
        let variable = config.manager.as_ref().unwrap_or(&config.value);
        let what = format!("{verb} {}", config.provider);
        match refusal {
            Refusal::Refused { dead_credential: true, message, .. } => {
                Problem::new(Code::ManagerDead, format!("could not {what}: it does not accept the credential in {variable}"))
                    .cause(format!("{} says: {message}", config.provider))
                    .hint(format!("issue a new manager credential and put it into the secret behind {variable}"))
            }
            Refusal::Refused { lacks_access: true, message, .. } => {
                Problem::new(Code::ManagerLacksScope, format!("could not {what}: the credential in {variable} may not do that"))
                    .cause(format!("{} says: {message}", config.provider))
                    .hint(format!("see `tokenward providers {}` for the scopes a manager needs", config.provider))
            }
            Refusal::Refused { status, message, .. } => {
                Problem::new(Code::PlatformUnavailable, format!("could not {what}: it refused ({status})"))
                    .cause(format!("{} says: {message}", config.provider))
            }
            Refusal::QuotaReached { message } => Problem::new(Code::QuotaReached, format!("could not {what}: no further key is allowed"))
                .cause(format!("{} says: {message}", config.provider))
                .hint("delete a key of the account that nobody uses"),
            Refusal::RateLimited { until } => super::pause::limited(&what, *until),
            Refusal::Unclear { why } | Refusal::NotDone { why } => Problem::new(Code::PlatformUnavailable, format!("could not {what}"))
                .cause(why.clone())
                .hint("the next run goes on from here"),
        }
    }
}

pub(super) fn value_missing(walk: &Walk<'_>) -> Problem {
    let config = walk.job.config;
    let variable = &config.value;
    Problem::new(Code::ValueMissing, format!("{variable} is empty or not set, so the value of {} is not known", config.name))
        .hint(config.handing(variable))
        .state(walk.unchanged())
}

pub(super) fn platform_unavailable(walk: &Walk<'_>, why: &str) -> Problem {
    let config = walk.job.config;
    Problem::new(Code::PlatformUnavailable, format!("{} could not be asked about {}", config.provider, config.name))
        .cause(why.to_owned())
        .hint("the next run goes on from here")
}

/// An organization's secret that is not there, and whose readers are to stay who they are: a write would leave it to nobody.
pub(super) fn nothing_to_preserve(destination: &Destination, snapshot: &Snapshot) -> Option<Problem> {
    let Place::Organization { org, visibility: VisibilityRule::Preserve } = &destination.place else { return None };
    snapshot.updated_at.is_none().then(|| {
        Problem::new(
            Code::SecretDidNotExist,
            format!("{} does not exist in {org}, so there is no visibility to preserve", destination.secret),
        )
        .hint("create it in the organization's settings, or write `visibility: private` or `all`")
    })
}

/// A value over GitHub's limit is refused before anything is begun.
pub(super) fn too_large(value: &Secret) -> Option<Problem> {
    (value.len() > LARGEST_VALUE).then(|| {
        Problem::new(Code::ValueTooLarge, format!("the value has {} bytes, and GitHub takes at most {LARGEST_VALUE}", value.len()))
            .state("nothing was changed: no key was made, the old one lives")
    })
}

fn or_state(problem: Problem, state: &str) -> Problem {
    if problem.state.is_some() { problem } else { problem.state(state) }
}
