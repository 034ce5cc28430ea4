//! Everything that can be found out before a key is made: it reads only, and reports all it finds
//! at once. `rotate` and `plan` stop at what it finds; `doctor` tells it. What the provider is
//! asked is in `account`.

use super::account;
use super::token_run::TokenRun;
use crate::destinations::{Found, LARGEST_VALUE, Snapshot, Which};
use crate::domain::lifecycle::TokenState;
use crate::domain::{Code, Destination, Place, Problem, Secret, VisibilityRule};
use crate::providers::ProviderError;

impl TokenRun<'_> {
    /// Looks at the destinations, the value in use and the manager's account.
    pub(super) async fn preflight(&mut self) -> Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        self.look_at_destinations(&mut problems).await;
        self.look_at_current(&mut problems).await;
        self.look_at_account(&mut problems).await;
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems.into_iter().map(|problem| or_state(problem, &self.no_key())).collect())
        }
    }

    /// Every destination exists or may be created, and can be written as far as GitHub tells. Also
    /// remembers what each was before.
    pub(super) async fn look_at_destinations(&mut self, problems: &mut Vec<Problem>) {
        self.look_at(Which::All, problems).await;
    }

    /// Where no rotation is due: what would stop the next one, so that it is told before.
    pub(super) async fn look_at_new_destinations(&mut self) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.look_at(Which::Unwritten, &mut problems).await;
        problems
    }

    async fn look_at(&mut self, which: Which, problems: &mut Vec<Problem>) {
        let wrote = |destination: &Destination| wrote(&self.state, destination);
        for asked in self.world.secrets.examine(&self.job.config.destinations, which, &wrote).await
        {
            match (asked.found, asked.destination) {
                (Found::Stops(problem), _) => problems.push(problem),
                (Found::There(snapshot) | Found::ToBeMade { snapshot, .. }, Some(destination)) => {
                    problems.extend(nothing_to_preserve(destination, &snapshot));
                    self.snapshots.insert(destination.key(), snapshot);
                }
                (Found::There(_) | Found::ToBeMade { .. }, None) => {}
            }
        }
    }

    /// The value in use works, and says what the new one may do.
    async fn look_at_current(&mut self, problems: &mut Vec<Problem>) {
        let Some(value) = &self.job.handed else {
            problems.push(value_missing(self));
            return;
        };
        // A refresh token is not tested: that would use it up. An access token whose time is over
        // is what a refresh cures.
        if self.job.abilities.refreshes {
            problems.extend(if self.job.abilities.needs_client {
                self.manager().err()
            } else {
                None
            });
            return;
        }
        let current = account::current(self.job, value).await;
        problems.extend(current.problem);
        self.scopes = current.scopes;
        self.outcome.verdict = Some(current.verdict);
    }

    /// The manager works, its account holds the key in use, and there is room for one more.
    async fn look_at_account(&mut self, problems: &mut Vec<Problem>) {
        if !self.job.abilities.issues {
            return;
        }
        let manager = match self.manager() {
            Ok(manager) => manager,
            Err(problem) => {
                problems.push(problem);
                return;
            }
        };
        let verdict = self.outcome.verdict.as_ref();
        let account = account::account(
            self.job,
            manager,
            Some(&self.state),
            verdict,
            self.going.as_ref(),
            Some(self.now()),
        )
        .await;
        self.listed_before.extend(account.listed);
        self.carried = account.carried;
        let is_told =
            |problem: &Problem| self.outcome.problems.iter().any(|told| told.what == problem.what);
        let unknown = account.unknown.filter(|problem| !is_told(problem));
        self.outcome.problems.extend(unknown);
        problems.extend(account.problems);
    }

    /// What a person is told when the provider refuses the manager.
    pub(super) fn manager_problem(&self, verb: &str, refusal: &ProviderError) -> Problem {
        account::manager_problem(self.job.config, verb, refusal)
    }
}

/// Whether tokenward wrote a destination before, or has begun to: one that is gone was deleted.
pub(super) fn wrote(state: &TokenState, destination: &Destination) -> bool {
    let key = destination.key();
    let begun = state.pending.as_ref().and_then(|pending| pending.pushes.get(&key));
    state.held.contains_key(&key) || begun.is_some_and(|push| push.before.is_some())
}

pub(super) fn value_missing(run: &TokenRun<'_>) -> Problem {
    let config = run.job.config;
    let variable = &config.value;
    Problem::new(
        Code::ValueMissing,
        format!("{variable} is empty or not set, so the value of {} is not known", config.name),
    )
    .hint(config.handing(variable))
    .state(run.unchanged())
}

pub(super) fn provider_unavailable(run: &TokenRun<'_>, why: &str) -> Problem {
    account::unavailable(run.job.config, why)
}

/// An organization's secret that is not there, and whose readers are to stay who they are: a write
/// would leave it to nobody.
pub(super) fn nothing_to_preserve(
    destination: &Destination,
    snapshot: &Snapshot,
) -> Option<Problem> {
    let Place::Organization { org, visibility: VisibilityRule::Preserve } = &destination.place
    else {
        return None;
    };
    snapshot.updated_at.is_none().then(|| {
        Problem::new(
            Code::SecretDidNotExist,
            format!(
                "{} does not exist in {org}, so there is no visibility to preserve",
                destination.secret
            ),
        )
        .hint("create it in the organization's settings, or write `visibility: private` or `all`")
    })
}

/// A value over GitHub's limit is refused before anything is begun.
pub(super) fn too_large(value: &Secret) -> Option<Problem> {
    (value.len() > LARGEST_VALUE).then(|| {
        Problem::new(
            Code::ValueTooLarge,
            format!(
                "the value has {} bytes, and GitHub takes at most {LARGEST_VALUE}",
                value.len()
            ),
        )
        .state("nothing was changed: no key was made, the old one lives")
    })
}

fn or_state(problem: Problem, state: &str) -> Problem {
    if problem.state.is_some() { problem } else { problem.state(state) }
}
