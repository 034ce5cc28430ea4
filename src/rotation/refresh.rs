//! OAuth: a refresh gives a new access token, and may use the refresh token up. Its answer is the
//! only copy there is, so what comes of it is written to the primary destination before any other
//! request. Everything that can be found out is found out before.

use std::time::Duration;

use tokio::time::sleep;

use super::facts::InjectedValue;
use super::moves::{self, Refreshed};
use super::preflight;
use super::token_run::{TokenRun, bug};
use crate::domain::cleanup::Taken;
use crate::domain::lifecycle::{Key, Origin, Renewed, Stage, Why};
use crate::domain::outcome::Delivery;
use crate::domain::{Code, Destination, Problem, Secret, Span, Timestamp, Verdict};
use crate::providers::{self, ProviderError};

/// How often the primary destination is tried when it does not take what came of a refresh: there
/// is no second copy.
const ROUNDS: u32 = 5;
/// Before the same refresh is sent again. Servers that take a used refresh token once more do so
/// for some seconds.
const PAUSE: Duration = Duration::from_secs(2);
/// A provider's clock and GitHub's are not the same.
const MARGIN: Span = Span::seconds(60);

impl TokenRun<'_> {
    /// Whether a person gave a new grant, which is refreshed in place of the one in use.
    fn is_granted_anew(&self) -> bool {
        self.state.pending.as_ref().is_some_and(|pending| pending.why == Why::Brought)
    }

    /// What is refreshed: the value in use, or what a person left.
    fn source(&self) -> Result<Secret, Problem> {
        let source = if self.is_granted_anew() { &self.job.desk.next } else { &self.job.handed };
        source.clone().ok_or_else(|| preflight::value_missing(self))
    }

    /// Before the refresh: looks at everything, shows that the primary destination can be written
    /// by writing what it holds, and journals that from now on the primary destination may hold
    /// what comes of it.
    pub(super) async fn rehearse(&mut self) -> Result<(), Problem> {
        let taken = match self.get_ready().await {
            Ok(taken) => taken,
            Err(problem) => {
                let event = "not refreshed";
                // A refresh that may have been sent is not forgotten: the primary destination may
                // hold what came of it yet.
                if !self.inherited {
                    self.journal_and_leave(moves::forget(&self.state, None), event).await?;
                }
                // What a person left was taken by another run: no reason to fail.
                return if self.left_refused.as_ref() == Some(&problem) && !self.inherited {
                    Ok(())
                } else {
                    Err(problem)
                };
            }
        };
        let to = moves::stage(&self.state, Stage::Refreshing);
        let mut to = self.keeping(moves::with_pushes(&to, self.pushes()));
        to.loose_ends.next = taken.or(to.loose_ends.next);
        self.unsent = true;
        self.primary_moved = None;
        self.fenced_here = true;
        self.journal(to, "the access token will be refreshed; from here on the primary destination may hold what comes of it").await?;
        if !self.keep_old().await? {
            self.unsent = false;
            self.journal_and_leave(moves::forget(&self.state, None), "not refreshed").await?;
            self.pushed = true;
        }
        Ok(())
    }

    async fn get_ready(&mut self) -> Result<Option<Taken>, Problem> {
        if self.snapshots.is_empty() {
            self.preflight().await.map_err(super::mint::first)?;
        }
        self.source()?;
        let taken = if self.is_granted_anew() { Some(self.still_left().await?) } else { None };
        let primary = self.primary()?.clone();
        let held = self.state.held.get(&primary.key()).copied();
        let snapshot = self
            .snapshots
            .get(&primary.key())
            .cloned()
            .ok_or_else(|| bug("nobody has looked at the primary destination"))?;
        let Some(handed) = self.job.handed.clone().filter(|_| {
            InjectedValue::recognise(&self.state, self.job.handed.as_ref())
                == InjectedValue::Current
        }) else {
            return Ok(taken);
        };
        // A run that died with nothing sent may have written the primary destination with what it
        // holds. Otherwise somebody else did, and what this run was handed may be from before; the
        // next one passes.
        let adopted = self.state.adopted_at();
        if let (Some(known), Some(written), false) =
            (held.or(adopted), snapshot.updated_at, self.inherited_intent)
            && written > known
        {
            self.know_primary(&primary, written);
            return Err(Problem::new(
                Code::OverwrittenByHand,
                format!("{primary} was written since this run was handed its value"),
            )
            .hint("the next run is handed what it holds now")
            .state("nothing was refreshed"));
        }
        if !self.job.abilities.single_use {
            return Ok(taken);
        }
        // A refresh whose answer the primary destination would not take locks everybody out. Only a
        // write shows that it can be written.
        self.renew_lease().await?;
        let written = self.world.secrets.put(&primary, &handed, &snapshot).await;
        let arrival = written.map_err(|failure| {
            failure
                .into_problem()
                .state("nothing was refreshed; the primary destination holds what it held")
        })?;
        if let Some(snapshot) = self.snapshots.get_mut(&primary.key()) {
            snapshot.updated_at = Some(arrival.at);
        }
        if held.or(adopted).is_some() {
            self.know_primary(&primary, arrival.at);
        }
        Ok(taken)
    }

    /// The primary destination was written at this moment, and holds the value in use. Of one that
    /// was found there, nothing else says when.
    fn know_primary(&mut self, primary: &Destination, written: Timestamp) {
        match &mut self.state.current {
            Some(current) if !self.state.held.contains_key(&primary.key()) => {
                if current.origin == Origin::Adopted {
                    self.state.found = Some(written);
                } else {
                    current.since = written;
                }
            }
            _ => drop(self.state.held.insert(primary.key(), written)),
        }
    }

    /// What a person left is still where this run was handed it from: a grant that was taken is not
    /// taken twice.
    async fn still_left(&mut self) -> Result<Taken, Problem> {
        let slot = self.next_slot()?;
        let written = self.world.secrets.look(&slot).await?.updated_at;
        if written.is_none() {
            let problem = Problem::new(
                Code::AnotherRun,
                format!("{slot} was removed since this run was queued"),
            )
            .hint("nothing to do: what it held was taken")
            .state("nothing was changed");
            self.left_refused = Some(problem.clone());
            return Err(problem);
        }
        let source = self.source()?.fingerprint(&self.state.salt);
        Ok(Taken { fingerprint: source.clone(), source: Some(source), written })
    }

    fn primary(&self) -> Result<&Destination, Problem> {
        self.job.config.primary().ok_or_else(|| bug("no primary destination"))
    }

    /// Sends the refresh. A lost answer cannot be looked up; the same refresh token is shown once
    /// more, at once, since servers that forgive that do so for seconds. Nothing of use can be
    /// broken by it: what the first answer held is lost.
    pub(super) async fn refresh(&mut self) -> Result<(), Problem> {
        let source = self.source()?;
        let manager = self.job.config.manager.is_some().then(|| self.manager()).transpose()?;
        self.unsent = false;
        self.refreshed += 1;
        if self.refreshed > 1 {
            sleep(PAUSE).await;
        }
        match self.job.driver.refresh(manager, &source).await {
            Ok(refreshed) => self.refreshed(&source, refreshed).await,
            Err(ProviderError::Unclear { why }) => {
                self.done(format!(
                    "asked {} for a refresh; the answer was lost ({why})",
                    self.job.config.provider
                ));
                Ok(())
            }
            Err(refusal) => self.not_refreshed(&refusal).await,
        }
    }

    async fn not_refreshed(&mut self, refusal: &ProviderError) -> Result<(), Problem> {
        let lost = self.refreshed > 1 || self.inherited;
        if let ProviderError::Refused { dead_token: true, message, .. } = refusal {
            let problem = self.grant_is_dead(message, lost);
            let anew = self.is_granted_anew();
            let mut to = moves::forget(&self.state, None);
            if let (Some(current), false) = (&mut to.current, anew) {
                current.renewed = Some(Renewed::Refused);
            }
            self.journal_and_leave(to, "the provider does not take the refresh token").await?;
            if anew {
                self.outcome.problems.push(problem.clone());
                self.left_refused = Some(problem);
            } else {
                self.grant_dead = Some(problem);
            }
            return Ok(());
        }
        let problem = self.manager_problem("refresh the access token at", refusal);
        if lost {
            return Err(problem.state(
                "whether the refresh before was done is not known; the next run asks again",
            ));
        }
        let (pause, event) = self.pause_of(refusal, "not refreshed");
        self.journal_and_leave(moves::forget(&self.state, pause), &event).await?;
        Err(problem.state("nothing was refreshed; the access token in use works until it expires"))
    }

    fn grant_is_dead(&self, message: &str, lost: bool) -> Problem {
        let config = self.job.config;
        let problem = Problem::new(
            Code::NeedsPerson,
            format!(
                "{} does not take the refresh token of {}: a person has to authorize again",
                config.provider, config.name
            ),
        );
        let problem = if lost {
            problem.cause("a refresh was sent before, and its answer was lost: the provider takes each refresh token once")
        } else {
            problem.cause(
                "it was used by somebody else, was revoked, or has not been used for too long",
            )
        };
        problem.cause(format!("{} says: {message}", config.provider))
    }

    /// The primary destination first, before any other request.
    async fn refreshed(
        &mut self,
        source: &Secret,
        refreshed: providers::Refreshed,
    ) -> Result<(), Problem> {
        let value = refreshed.value;
        if self.is_granted_anew()
            && let Err(problem) = self.of_same_account(&value).await
        {
            let problem = problem.state(
                "nothing was changed: the primary destination still holds the value it held",
            );
            self.outcome.problems.push(problem.clone());
            self.left_refused = Some(problem);
            return self
                .journal_and_leave(moves::forget(&self.state, None), "the new grant was refused")
                .await;
        }
        self.in_hand = Some(value.clone());
        let at = self.write_primary(&value).await?;
        let renewed = self.renewed(source, &value, refreshed.single_use);
        let to = moves::refreshed(
            &self.state,
            Refreshed {
                fingerprint: value.fingerprint(&self.state.salt),
                expires_at: refreshed.expires_at,
                renewed: (!self.is_granted_anew()).then_some(renewed),
                primary: self.primary()?.key(),
                at,
            },
        );
        self.mints += 1;
        self.journal(to, "refreshed; the primary destination holds what came of it").await?;
        self.done("refreshed the access token, and wrote what came of it to the primary destination before anything else");
        let primary = self.primary()?.clone();
        self.delivery(&primary, Delivery::Written, Vec::new());
        Ok(())
    }

    fn renewed(&self, source: &Secret, value: &Secret, single_use: bool) -> Renewed {
        let refresh = |of: &Secret| {
            Some(self.job.driver.part(of, "refresh-token").ok()?.fingerprint(&self.state.salt))
        };
        match (single_use, refresh(source), refresh(value)) {
            (_, Some(before), Some(after)) if before == after => Renewed::Carried,
            (true, ..) => Renewed::Spent,
            (false, ..) => Renewed::Replaced,
        }
    }

    /// The only copy is in this process until the primary destination holds it, so the primary
    /// destination is tried for longer than anything else.
    async fn write_primary(&self, value: &Secret) -> Result<Timestamp, Problem> {
        let primary = self.primary()?;
        let before = self
            .snapshots
            .get(&primary.key())
            .ok_or_else(|| bug("nobody has looked at the primary destination"))?;
        let mut last = None;
        for round in 0..ROUNDS {
            if round > 0 {
                sleep(PAUSE * (1 << round)).await;
            }
            match self.world.secrets.put(primary, value, before).await {
                Ok(arrival) => return Ok(arrival.at),
                Err(failure) => last = Some(failure.into_problem()),
            }
        }
        let problem = last.unwrap_or_else(|| bug("the primary destination was not tried"));
        let name = &self.job.config.name;
        Err(if self.job.abilities.single_use {
            problem
                .cause(format!("the refresh token of {name} was used up by the refresh, and the primary destination did not take the one that came of it"))
                .hint("if the next run says that the refresh token is not taken, authorize again: it says how")
                .state("the access token in the other destinations works until it expires")
        } else {
            problem.state("the next run refreshes again; the refresh token still works")
        })
    }

    /// A new grant is tested before it replaces the old one: it is the only case in which another
    /// request comes before the primary destination, and the worst that a crash here costs is that
    /// the person authorizes once more.
    async fn of_same_account(&mut self, value: &Secret) -> Result<(), Problem> {
        let verdict = self.job.driver.verify(value).await;
        let owner = verdict.facts().and_then(|facts| facts.owner.clone());
        if !verdict.is_alive() {
            return Err(match &verdict {
                Verdict::Unknown { why } => preflight::provider_unavailable(self, why),
                Verdict::RateLimited { .. } => {
                    preflight::provider_unavailable(self, "its rate limit is used up")
                }
                dead => Problem::new(
                    Code::NewValueDead,
                    format!(
                        "{} does not accept the new access token ({})",
                        self.job.config.provider,
                        dead.as_str()
                    ),
                ),
            });
        }
        if let (Some(before), Some(after)) = (&self.state.owner, &owner)
            && before != after
        {
            return Err(Problem::new(
                Code::NewValueDead,
                format!("the new grant belongs to account {after}, the old one to {before}"),
            )
            .hint("authorize again, in the same account"));
        }
        self.state.owner = owner.or(self.state.owner.clone());
        Ok(())
    }

    /// Tests what came of a refresh, which the primary destination holds already.
    pub(super) async fn test_refreshed(&mut self) -> Result<(), Problem> {
        let value = self.in_hand.clone().ok_or_else(|| bug("no value to test"))?;
        let verdict = self.settled(&value).await;
        if verdict.is_alive() {
            self.tested = true;
            self.done(format!("tested the new access token: {}", verdict.as_str()));
            return Ok(());
        }
        if let Verdict::Unknown { why } = &verdict {
            return Err(preflight::provider_unavailable(self, why)
                .state("the primary destination holds the new value; the others hold the old one until the next run"));
        }
        if matches!(verdict, Verdict::RateLimited { .. }) {
            return Err(preflight::provider_unavailable(self, "its rate limit is used up"));
        }
        // It was refreshed by a run before this one, and has expired since: what the primary
        // destination holds is refreshed again.
        if InjectedValue::recognise(&self.state, self.job.handed.as_ref()) == InjectedValue::Pending
            && self.mints == 0
        {
            self.tested = false;
            self.in_hand = None;
            let to = moves::confirmed(
                &moves::take_over(&self.state, self.now()),
                self.received_from_primary(),
            );
            return self
                .journal_and_leave(
                    to,
                    "its access token is over; the primary destination is refreshed again",
                )
                .await;
        }
        Err(Problem::new(
            Code::NewValueDead,
            format!("{} does not accept the access token it just gave ({})", self.job.config.provider, verdict.as_str()),
        )
        .hint("the next run tests it again")
        .state("the primary destination holds the new value; the others hold the old one, which works until it expires"))
    }

    /// A run died after it had written the primary destination, and this one was handed what it
    /// wrote: the value nobody knows, in a primary destination that moved.
    pub(super) async fn recognise(&mut self) -> Result<(), Problem> {
        let value = self.job.handed.clone().ok_or_else(|| preflight::value_missing(self))?;
        let primary = self.primary()?.clone();
        let at = self
            .world
            .secrets
            .look(&primary)
            .await?
            .updated_at
            .ok_or_else(|| bug("the primary destination is gone"))?;
        let verdict = self.job.driver.verify(&value).await;
        let facts = verdict.facts().cloned().unwrap_or_default();
        if let (Some(before), Some(after)) = (&self.state.owner, &facts.owner)
            && before != after
        {
            return Err(Problem::new(
                Code::OverwrittenByHand,
                format!(
                    "{primary} holds a value of account {after}, the one before was of {before}"
                ),
            )
            .hint(format!(
                "put the value of account {before} back, or: tokenward push {} --value-from -",
                self.job.config.name
            ))
            .state("nothing was changed"));
        }
        let renewed =
            if self.job.abilities.single_use { Renewed::Spent } else { Renewed::Replaced };
        let fingerprint = value.fingerprint(&self.state.salt);
        let renewed = (!self.is_granted_anew()).then_some(renewed);
        let to = moves::refreshed(
            &self.state,
            Refreshed {
                fingerprint,
                expires_at: facts.expires_at,
                renewed,
                primary: primary.key(),
                at,
            },
        );
        self.in_hand = Some(value);
        self.journal(
            to,
            "the primary destination holds what came of the refresh; GitHub handed it to this run",
        )
        .await?;
        self.done("found in the primary destination what came of a refresh whose run died");
        Ok(())
    }

    /// Ends a grant that a person replaced, and sees that it has ended: the provider takes its
    /// refresh token no more, and refuses its access token. An access token that has merely expired
    /// says nothing about the grant.
    pub(super) async fn end_grant(
        &mut self,
        value: &Secret,
    ) -> Result<Result<(), Problem>, Problem> {
        let manager = self.job.config.manager.is_some().then(|| self.manager()).transpose()?;
        if let Some(problem) = self.grant_in_use(value) {
            return Ok(Err(problem));
        }
        let ended = match self.job.driver.end_grant(manager, value).await {
            Ok(ended) => ended.is_some(),
            Err(refusal) => {
                return Ok(Err(Problem {
                    id: Code::RevokeFailed,
                    ..self.manager_problem("end the old grant at", &refusal)
                }));
            }
        };
        let refused = ended
            || match self.job.driver.refresh(manager, value).await {
                Err(ProviderError::Refused { dead_token: true, .. }) => true,
                // Where each is taken once, asking has used it up, and nobody keeps what came of
                // it.
                Ok(_) => self.job.abilities.single_use,
                Err(refusal) => {
                    return Ok(Err(self.manager_problem(
                        "ask for a refresh, to see the old grant refused, at",
                        &refusal,
                    )));
                }
            };
        if !refused {
            return Ok(Err(Problem::new(
                Code::NeedsPerson,
                format!("the old grant of {} still works", self.job.config.name),
            )));
        }
        Ok(match self.job.driver.verify(value).await {
            verdict if verdict.is_dead() => Ok(()),
            Verdict::Unknown { .. } if self.job.driver.part(value, "access-token").is_err() => {
                Ok(())
            }
            Verdict::Unknown { why } => Err(preflight::provider_unavailable(self, &why)),
            _ => Err(Problem::new(
                Code::StillAlive,
                format!("the old access token of {} still works", self.job.config.name),
            )
            .cause("its grant has ended; the access token may live on until it expires")
            .hint("the next run looks again")
            .state("every destination holds the new value")),
        })
    }

    /// The end of what was refreshed: nothing has to be revoked, and nothing is tested by using it.
    pub(super) async fn expire(&mut self, index: usize) -> Result<(), Problem> {
        let retiring =
            self.state.retiring.get(index).ok_or_else(|| bug("there is no such retiring key"))?;
        let Key { version, expires_at, renewed, .. } = retiring.key.clone();
        let access = expires_at.map_or_else(
            || "its access token ends by itself, nobody told when".to_owned(),
            |end| format!("its access token expired at {end}"),
        );
        let refresh = match renewed {
            Some(Renewed::Spent) => "its refresh token was used up",
            Some(Renewed::Carried) => "its refresh token goes on in the value in use",
            Some(Renewed::Refused) => "the provider does not take its refresh token",
            Some(Renewed::Replaced) | None => {
                "its refresh token was replaced, and no secret holds it"
            }
        };
        let to = moves::bury(&self.state, index, self.now());
        self.journal_and_leave(to, &format!("{version} is over: {access}, {refresh}")).await?;
        self.done(format!("{version} is over: {access}, and {refresh}"));
        Ok(())
    }
}

/// Until when a value that was refreshed is to be kept in mind.
pub(super) fn over_at(key: &Key, pushed_at: Timestamp) -> Option<Timestamp> {
    key.renewed?;
    Some(key.expires_at.map_or(pushed_at, |end| MARGIN.after(end).max(pushed_at)))
}
