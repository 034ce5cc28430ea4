//! What a run would do: the same machine as `rotate`, walked with every step supposed to succeed,
//! and nothing written. It looks at the destinations and the provider as the run's own checks
//! would, and counts what the run itself will send.

use super::facts::{Facts, InjectedValue};
use super::forecast::{empty, forecast};
use super::job::{Job, World};
use super::next::{Rest, Step, next};
use super::ownership::Claim;
use super::token_run::{TokenRun, bug};
use super::{due, moves};
use crate::domain::forecast::{Forecast, ForecastStep, Requests};
use crate::domain::lifecycle::{Ending, IdFrom, Retiring, Stage, TokenState, Why, Written};
use crate::domain::{Destination, Fingerprint, KeyId, Place, Problem, Timestamp};

/// GitHub requests one journal record costs: the commit, and the ref.
const RECORD: Requests =
    Requests { github_reads: 0, github_writes: 2, provider_reads: 0, provider_writes: 0 };
/// More steps than any run takes.
const MOST_STEPS: usize = 60;

/// Foretells a token's run. `journal_on_github` says whether a record costs requests there;
/// `journal_is_new`, whether it must be begun; `adopts_only`, that the value in use is taken over
/// and nothing else done, since the key of the journal is made in this run.
pub async fn plan(
    world: &World<'_>,
    job: &Job<'_>,
    journal_on_github: bool,
    journal_is_new: bool,
    adopts_only: bool,
) -> Forecast {
    match TokenRun::begin(world, job).await {
        Ok(mut run) => {
            let mut foretold = Foretold {
                run: &mut run,
                steps: Vec::new(),
                on_github: journal_on_github,
                is_new: journal_is_new,
                knows_keys: false,
                revokes: false,
                adopts_only,
            };
            let outcome = foretold.walk_through().await;
            let (steps, revokes) = (foretold.steps, foretold.revokes);
            // A rotation that is not due yet stops just as well at a destination that does not
            // exist.
            let stops = if outcome.is_ok() && run.snapshots.is_empty() {
                run.look_at_new_destinations().await
            } else {
                Vec::new()
            };
            let mut forecast = forecast(&run, steps, outcome);
            forecast.problems.extend(
                stops
                    .into_iter()
                    .map(|problem| problem.state("this run would change nothing there; the next rotation stops before it makes a key")),
            );
            if adopts_only && forecast.problems.is_empty() {
                forecast.then = "waits until the key of the journal is handed over".to_owned();
            }
            if revokes {
                forecast.revoke_not_before = Some(run.now());
            }
            forecast
        }
        Err(problem) => empty(job, "new", vec![problem]),
    }
}

pub(super) struct Foretold<'w, 'a> {
    pub(super) run: &'w mut TokenRun<'a>,
    steps: Vec<ForecastStep>,
    on_github: bool,
    is_new: bool,
    knows_keys: bool,
    /// Whether a key is revoked in this very run.
    revokes: bool,
    adopts_only: bool,
}

impl Foretold<'_, '_> {
    async fn walk_through(&mut self) -> Result<(TokenState, Rest), Vec<Problem>> {
        let mut facts = self.run.facts().await.map_err(|problem| vec![problem])?;
        let mut state = self.run.state.clone();
        for _ in 0..MOST_STEPS {
            let step = next(&state, &facts);
            if self.adopts_only && step != Step::Adopt {
                return Ok((state, Rest::Idle));
            }
            if let Step::Rest(rest) = step {
                return Ok((state, rest));
            }
            state = self.suppose(step, &state, &mut facts).await?;
            let asked = self.run.asked_in(&state, facts.mints);
            facts.revoke_first = facts.mints == 0 && self.run.revokes_first(&state);
            facts.asked = asked.is_some();
            facts.leaked &= asked == Some(&Why::Leaked);
            facts.unconfirmed = !self.run.job.policy.unconfirmed(&state).is_empty();
            facts.wanted = due::wanted(&state, &self.run.job.policy, asked, facts.now);
        }
        Err(vec![bug("the plan goes in a circle")])
    }

    pub(super) fn step(&mut self, what: impl Into<String>, requests: Requests) {
        self.steps.push(ForecastStep { what: what.into(), requests });
    }

    pub(super) fn record(&mut self, what: &str) {
        let mut requests = if self.on_github { RECORD } else { Requests::default() };
        if self.is_new && self.on_github {
            // The first record needs a tree to stand on.
            requests.github_writes += 1;
        }
        self.is_new = false;
        self.step(format!("journal: {what}"), requests);
    }

    /// What the step costs, and the state after it if all goes well.
    async fn suppose(
        &mut self,
        step: Step,
        state: &TokenState,
        facts: &mut Facts,
    ) -> Result<TokenState, Vec<Problem>> {
        let now = facts.now;
        let provider_read = |number| Requests { provider_reads: number, ..Requests::default() };
        Ok(match step {
            Step::Adopt => {
                let known = match (&self.run.job.given_id, &self.run.job.handed) {
                    (None, Some(value)) => {
                        self.run.is_of_no_other(value).await.map_err(|problem| vec![problem])?;
                        if self.run.is_asked_for_id(value) {
                            self.step("look for its id in the provider's list", provider_read(1));
                        }
                        self.run.id_of(value).await.map_err(|problem| vec![problem])?
                    }
                    (given, _) => given.clone().map(|id| (id, IdFrom::Person)),
                };
                let asks = if known.is_some() && self.run.manager().is_ok() && facts.issues {
                    2
                } else {
                    1
                };
                let expires_at = match &self.run.job.handed {
                    Some(value) => {
                        self.run
                            .test_in_use(&value.clone())
                            .await
                            .map_err(|problem| vec![problem])?
                            .1
                    }
                    None => None,
                };
                self.step("test the value in use", provider_read(asks));
                self.record("adopt it as v0");
                let made = match &known {
                    Some((id, _)) if asks > 1 => {
                        self.run.made_at(id).await.map_err(|problem| vec![problem])?
                    }
                    _ => None,
                };
                let age = self.run.age_in_use(made).await.map_err(|problem| vec![problem])?;
                self.step(
                    "look since when it is there",
                    Requests { github_reads: 1, ..Requests::default() },
                );
                facts.handed = InjectedValue::Current;
                moves::adopt(state, known, foretold_fingerprint(), expires_at, age)
            }
            Step::Intend(why) => {
                if !self.run.looked_ahead {
                    self.run.preflight().await?;
                    self.run.untouched(&why)?;
                    self.checks();
                }
                self.record(if facts.refreshes {
                    "it will be refreshed"
                } else {
                    "a key will be issued"
                });
                facts.unsent = true;
                intended(state, why, now)
            }
            Step::Mint => {
                facts.unsent = false;
                facts.mints += 1;
                facts.holding = true;
                // What fixed keys hold is looked at before one is filled anew.
                let looks = u64::from(self.run.job.abilities.fixed);
                self.step(
                    "issue a key",
                    Requests { provider_reads: looks, provider_writes: 1, ..Requests::default() },
                );
                self.record("its id and fingerprint");
                moves::stage(
                    state,
                    Stage::Minted { id: KeyId::new("?"), fingerprint: foretold_fingerprint() },
                )
            }
            Step::Test => {
                facts.tested = true;
                self.step("test the new value", provider_read(1));
                if !self.run.carried.kept.is_empty() {
                    self.step(
                        "see that the new key is restricted as the old one is",
                        provider_read(1),
                    );
                }
                state.clone()
            }
            Step::Fence => {
                self.record("from here on it may be in any destination");
                self.run.keeping(moves::fence(
                    state,
                    Some(KeyId::new("?")),
                    foretold_fingerprint(),
                    None,
                    self.run.pushes(),
                ))
            }
            Step::Push => {
                facts.pushed = true;
                if self.run.snapshots.is_empty() {
                    self.record("goes on delivering");
                }
                let results = self.pushes(state, now);
                self.record("what every destination answered");
                moves::pushed(state, &results)
            }
            Step::Promote => {
                self.record("the new value is proven and in use");
                facts.handed = InjectedValue::Current;
                facts.holding = false;
                moves::promote(state, self.run.job.policy.grace, facts.leaked)
            }
            Step::LookAtPrimary => {
                self.run.look_at_primary().await.map_err(|problem| vec![problem])?;
                facts.primary_moved = self.run.primary_moved;
                self.step(
                    "look whether the primary secret was written",
                    Requests { github_reads: 1, ..Requests::default() },
                );
                state.clone()
            }
            Step::FindOurs => {
                self.step("look for a key that a lost answer left behind", provider_read(1));
                self.record("what was found, or another name");
                self.run.preflight().await?;
                self.checks();
                facts.unsent = true;
                state.clone()
            }
            Step::Abort => {
                self.record("the key will be deleted, it was delivered nowhere");
                moves::stage(state, Stage::Aborting { id: None })
            }
            Step::Discard => {
                // The provider lists it under our name before it is deleted; a fixed key is looked
                // at, and what it holds again when it is filled.
                let looks = 1 + u64::from(self.run.job.abilities.fixed);
                // Whether the primary destination was written meanwhile is looked at before.
                let deletes = Requests {
                    github_reads: 1,
                    provider_reads: looks,
                    provider_writes: 1,
                    ..Requests::default()
                };
                self.step("delete the key that was delivered nowhere", deletes);
                self.run.preflight().await?;
                self.checks();
                self.record("it is deleted, and will be issued under another name");
                facts.unsent = true;
                moves::intend_again(state, nonce(), String::new())
            }
            Step::Supersede => {
                self.run.preflight().await?;
                self.checks();
                self.record("the pending value is lost, a newer one will be issued");
                facts.unsent = true;
                facts.primary_moved = None;
                moves::supersede(state, nonce(), String::new(), now)
            }
            Step::GiveUp => {
                self.record(
                    "the leaked value will be revoked: every destination holds the new one",
                );
                moves::give_up_current(state, now)
            }
            Step::RevokeFirst => {
                self.run.look_ahead().await?;
                self.checks();
                self.record("the value in use is revoked before there is another: whoever uses it fails until then");
                moves::revoke_first(state, now)
            }
            Step::LookAtUse(index) => {
                let before = self.run.world.requests();
                self.run.look_at_use(index).await.map_err(|problem| vec![problem])?;
                let github_reads = self.run.world.requests() - before;
                facts.unused.clone_from(&self.run.unused);
                facts.left_for_later.clone_from(&self.run.left_for_later);
                let provider_reads = u64::from(self.run.job.policy.last_used.is_some());
                self.step(
                    "look whether the old value is still in use",
                    Requests { github_reads, provider_reads, ..Requests::default() },
                );
                state.clone()
            }
            Step::LookAtPlaces => {
                let before = self.run.world.requests();
                self.run.look_at_places().await.map_err(|problem| vec![problem])?;
                let github_reads = self.run.world.requests() - before;
                facts.places_seen = true;
                facts.left_for_later.clone_from(&self.run.left_for_later);
                self.step(
                    "look whether every destination holds the value in use",
                    Requests { github_reads, ..Requests::default() },
                );
                state.clone()
            }
            Step::LookAtMarks => {
                let before = self.run.world.requests();
                let confirmed = self.run.marks(state).await;
                let github_reads = self.run.world.requests() - before;
                facts.marks_seen = true;
                self.step(
                    "look whether other repositories confirmed the value in use",
                    Requests { github_reads, ..Requests::default() },
                );
                if confirmed.is_empty() {
                    state.clone()
                } else {
                    self.record("they confirmed it");
                    moves::confirmed(state, confirmed)
                }
            }
            Step::Disable(index) => {
                let id = state
                    .retiring
                    .get(index)
                    .and_then(|retiring| retiring.key.id.clone())
                    .unwrap_or_else(|| KeyId::new("?"));
                let provider_reads = self.asks_before_end(state, index);
                self.step(
                    format!("disable key {id}"),
                    Requests { provider_reads, provider_writes: 1, ..Requests::default() },
                );
                self.record("it is disabled");
                moves::ending(state, index, Ending::Disabled { at: now })
            }
            Step::BeginRevoking(index) => {
                self.time(state, index).await?;
                if self.run.job.abilities.disables && self.asks_before_end(state, index) > 0 {
                    self.step("see that the old key is ours", provider_read(1));
                }
                self.record("the old key will be revoked");
                moves::ending(state, index, Ending::Revoking { since: now })
            }
            Step::Rehearse => self.rehearse(state, facts).await?,
            Step::Refresh => self.refresh(state, facts),
            Step::Recognise => {
                self.step(
                    "look at the primary destination, and test what it holds",
                    Requests { github_reads: 1, provider_reads: 1, ..Requests::default() },
                );
                self.record("the primary destination holds what came of the refresh");
                facts.holding = true;
                facts.handed = InjectedValue::Pending;
                moves::refreshed(state, self.came(now))
            }
            Step::Expire(index) => {
                self.record("the value before is over by itself");
                moves::bury(state, index, now)
            }
            Step::Wish => {
                self.record("a new value was asked for");
                moves::wished(state, String::new(), now)
            }
            Step::RecordLeak => {
                facts.unrecorded_leak = false;
                self.record("a value leaked");
                match self.run.unrecorded_leak(state) {
                    Some(leak) => super::leak::with_leak(state, leak, now),
                    None => state.clone(),
                }
            }
            Step::AskToEnd(index) => {
                self.time(state, index).await?;
                let old = state.retiring.get(index);
                if old.and_then(|old| self.run.needed_by_another(old)).is_some() {
                    leave_for_later(state, index, facts);
                    return Ok(state.clone());
                }
                self.record("a person is asked to revoke the old value");
                moves::ending(state, index, Ending::Asked { at: now })
            }
            Step::SeeDead(index) => self.see_dead(state, index, facts).await,
            Step::TakeNext => self.take_next(state, facts).await?,
            Step::Ask => self.ask(state, facts),
            Step::Tell => self.tell(state, facts).await,
            Step::CleanUp(loose) => self.tidy(state, &loose),
            Step::Revoke(index) | Step::Bury(index) => {
                self.time(state, index).await?;
                self.revokes = true;
                let writes = u64::from(matches!(step, Step::Revoke(_)));
                let id = state
                    .retiring
                    .get(index)
                    .and_then(|retiring| retiring.key.id.clone())
                    .unwrap_or_else(|| KeyId::new("?"));
                self.step(
                    format!("revoke key {id} and see it dead"),
                    Requests {
                        provider_writes: writes,
                        provider_reads: 1 + writes * self.asks_before_end(state, index),
                        ..Requests::default()
                    },
                );
                self.record("it is dead");
                moves::bury(state, index, now)
            }
            Step::Sweep => {
                facts.swept = true;
                self.step("look for keys left behind", provider_read(1));
                self.record("nothing is left behind");
                moves::swept(state)
            }
            Step::Rest(_) => state.clone(),
        })
    }

    /// Whether the time is certain enough to end a key, and what it costs to know.
    async fn time(&mut self, state: &TokenState, index: usize) -> Result<(), Vec<Problem>> {
        if !state.retiring.get(index).is_some_and(super::clock::goes_by_time) {
            return Ok(());
        }
        // What the run has asked the provider before has told it the time.
        let asked = self
            .steps
            .iter()
            .any(|step| step.requests.provider_reads + step.requests.provider_writes > 0);
        let asks = self.run.asks_for_time() && !asked;
        if let Some(problem) = self.run.clock_disagrees().await {
            return Err(vec![problem]);
        }
        if asks {
            self.step(
                "ask the provider for the time: this machine's clock is wrong",
                Requests { provider_reads: 1, ..Requests::default() },
            );
        }
        Ok(())
    }

    /// The list that the provider is asked for before a key is ended, where no value at hand shows
    /// that it is ours.
    fn asks_before_end(&self, state: &TokenState, index: usize) -> u64 {
        let retiring = state.retiring.get(index);
        let asks = |retiring: &Retiring| {
            retiring
                .key
                .id
                .as_ref()
                .is_some_and(|id| self.run.asks_before_end(id, Claim::Retiring(retiring)))
        };
        u64::from(retiring.is_some_and(asks))
    }

    /// What the checks before a mint read: once a store its public key, once a destination the
    /// secret.
    pub(super) fn checks(&mut self) {
        self.looks();
        let provider = &self.run.job.abilities;
        if provider.refreshes {
            // A refresh token is not tested: that would use it up.
            return;
        }
        let asks = 1
            + u64::from(provider.issues)
            + u64::from(provider.issues && !provider.manager_needs.is_empty() && !provider.fixed);
        self.step(
            "test the value in use and the manager",
            Requests { provider_reads: asks, ..Requests::default() },
        );
    }

    /// What looking at the destinations reads.
    pub(super) fn looks(&mut self) {
        let destinations = &self.run.job.config.destinations;
        let stores = destinations
            .iter()
            .map(|destination| &destination.place)
            .collect::<std::collections::BTreeSet<_>>()
            .len() as u64;
        let looks: u64 = destinations
            .iter()
            .map(|destination| self.look(destination) + self.counts(destination))
            .sum();
        // A store's key is fetched once in a run.
        if !std::mem::replace(&mut self.knows_keys, true) {
            self.step(
                "fetch the public keys of the stores",
                Requests { github_reads: stores, ..Requests::default() },
            );
            let repositories = self.run.repositories().len() as u64;
            self.step(
                "see whether the repositories take writes",
                Requests { github_reads: repositories, ..Requests::default() },
            );
        }
        self.step(
            "look at every destination",
            Requests { github_reads: looks, ..Requests::default() },
        );
    }

    /// Reads for one look: one, and one a hundred repositories more where only selected ones may
    /// read the secret.
    fn look(&self, destination: &Destination) -> u64 {
        let reach =
            self.run.snapshots.get(&destination.key()).and_then(|snapshot| snapshot.reach.as_ref());
        let selected = reach.filter(|reach| {
            matches!(destination.place, Place::Organization { .. })
                && reach.visibility == "selected"
        });
        1 + selected.map_or(0, |reach| (reach.repositories.len() as u64).div_ceil(100).max(1))
    }

    /// A secret that is to be created: whether there is room for it.
    fn counts(&self, destination: &Destination) -> u64 {
        let absent = self
            .run
            .snapshots
            .get(&destination.key())
            .is_some_and(|snapshot| snapshot.updated_at.is_none());
        if absent && !super::preflight::wrote(&self.run.state, destination) { 1 } else { 0 }
    }

    fn pushes(
        &mut self,
        state: &TokenState,
        now: Timestamp,
    ) -> std::collections::BTreeMap<String, Written> {
        let mut results = std::collections::BTreeMap::new();
        let looked = !self.run.snapshots.is_empty();
        self.keeps_old(state, looked);
        for destination in &self.run.job.config.destinations {
            let push =
                state.pending.as_ref().and_then(|pending| pending.pushes.get(&destination.key()));
            if push.is_none_or(|push| matches!(push.written, Written::Done { .. })) {
                continue;
            }
            let looks = self.look(destination);
            // A run that goes on after another one has to look first, and to fetch the key.
            let reads = if looked { looks } else { 2 * looks + 1 };
            self.steps.push(ForecastStep {
                what: format!("write {destination}"),
                requests: Requests { github_reads: reads, github_writes: 1, ..Requests::default() },
            });
            results.insert(destination.key(), Written::Done { at: now });
        }
        results
    }
}

pub(super) fn leave_for_later(state: &TokenState, index: usize, facts: &mut Facts) {
    if let Some(retiring) = state.retiring.get(index) {
        facts.left_for_later.insert(super::retire::label(&retiring.key));
    }
}

fn intended(state: &TokenState, why: Why, now: Timestamp) -> TokenState {
    moves::intend(state, why, nonce(), String::new(), now)
}

fn nonce() -> crate::domain::Nonce {
    crate::domain::Nonce::new("?")
}

pub(super) fn foretold_fingerprint() -> Fingerprint {
    Fingerprint::new("?")
}
