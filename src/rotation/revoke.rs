//! `revoke`: one key, now, since a person asked. What still depends on it is looked at first, and
//! only `--force` goes on from there. A key is called dead on the same proof as in a rotation.

use super::facts::LeaseHolder;
use super::job::{Job, World};
use super::leak::{Standing, standing, with_leak};
use super::ownership::{Claim, Manner};
use super::retire::label;
use super::token_run::{TokenRun, bug};
use super::{preflight, rotate};
use crate::domain::cleanup::Leak;
use crate::domain::lifecycle::{Ending, Retiring, TokenState};
use crate::domain::outcome::TokenOutcome;
use crate::domain::{Code, Fingerprint, Problem, Timestamp, Verdict};
use crate::providers::Revoked;

/// Revokes the key behind the value that was found, or, where none was, the one in use. `accepted`
/// is why a person wants that although somebody may still use it.
pub async fn revoke(world: &World<'_>, job: &Job<'_>, accepted: Option<&str>) -> TokenOutcome {
    let mut run = match TokenRun::begin(world, job).await {
        Ok(run) => run,
        Err(problem) => return rotate::failed(job, problem),
    };
    let ended = run.end_one(accepted).await;
    let told = if ended.is_ok() && !run.told { run.tell().await } else { Ok(()) };
    run.outcome.problems.extend(ended.err().into_iter().chain(told.err()));
    run.leave().await;
    rotate::finish(run)
}

impl TokenRun<'_> {
    async fn end_one(&mut self, accepted: Option<&str>) -> Result<(), Problem> {
        if let LeaseHolder::Another { who } = self.facts().await?.leader {
            return Err(rotate::busy(self, &who));
        }
        let name = &self.job.config.name;
        let found = match &self.job.reported_leak {
            Some(reported_leak) => standing(&self.state, &reported_leak.value),
            None => self.state.current.as_ref().map(|_| Standing::InUse),
        };
        match (found, &self.job.reported_leak) {
            (None, Some(_)) => self.end_foreign(accepted).await,
            (None, None) => Err(Problem::new(
                Code::NothingSelected,
                format!("the journal knows no value of {name}"),
            )
            .hint(format!("take the value in use over first: tokenward adopt {name}"))
            .state("nothing was changed")),
            (Some(Standing::Coming), _) => Err(Problem::new(
                Code::AlreadyRotating,
                format!("that value of {name} is on its way into the destinations"),
            )
            .hint(format!(
                "let `tokenward rotate` finish; where it leaked: tokenward rotate {name} --leaked"
            ))
            .state("nothing was changed")),
            (Some(Standing::Dead), _) => self.dead_already().await,
            (Some(Standing::Replaced), _) => {
                let fingerprint = self.wanted_fingerprint()?;
                let unproven = self.state.retiring.iter().any(|retiring| {
                    retiring.key.fingerprint == fingerprint && retiring.not_before.is_none()
                });
                if unproven && accepted.is_none() {
                    return Err(self.still_in_use("a later value is not in every destination yet"));
                }
                let to = at_once(&self.reported_leak(), &fingerprint, self.now());
                self.journal(to, &because("an old value will be revoked now", accepted)).await?;
                self.carry_through(&fingerprint).await?;
                self.refused_now(&fingerprint).await
            }
            (Some(Standing::InUse), _) => {
                let fingerprint = self.wanted_fingerprint()?;
                if accepted.is_none() {
                    return Err(self.still_in_use("it is the value in use"));
                }
                let to = retire_current(&self.reported_leak(), self.now());
                self.journal(to, &because("the value in use will be revoked", accepted)).await?;
                self.carry_through(&fingerprint).await?;
                self.refused_now(&fingerprint).await
            }
        }
    }

    /// The state, with the leak that this run was told of.
    fn reported_leak(&self) -> TokenState {
        let Some(reported_leak) = &self.job.reported_leak else { return self.state.clone() };
        let leak = Leak {
            fingerprint: reported_leak.value.fingerprint(&self.state.salt),
            alert: reported_leak.alert,
        };
        with_leak(&self.state, leak, self.now())
    }

    fn wanted_fingerprint(&self) -> Result<Fingerprint, Problem> {
        let named = self
            .job
            .reported_leak
            .as_ref()
            .map(|reported_leak| reported_leak.value.fingerprint(&self.state.salt));
        named
            .or_else(|| self.state.current.as_ref().map(|key| key.fingerprint.clone()))
            .ok_or_else(|| bug("no value to revoke"))
    }

    /// What depends on the key, and how to go on.
    fn still_in_use(&self, why: &str) -> Problem {
        let config = self.job.config;
        let name = &config.name;
        let mut problem =
            Problem::new(Code::StillInUse, format!("that value of {name} was not revoked: {why}"));
        for destination in &config.destinations {
            let since = self.state.held.get(&destination.key());
            let since = since.map_or_else(
                || "holds it, as far as the config says".to_owned(),
                |moment| format!("holds it since {moment}"),
            );
            problem = problem.cause(format!("{destination} {since}"));
        }
        problem
            .hint(format!(
                "replace it everywhere first: tokenward rotate {name} --leaked; to revoke it all the same: --force --reason TEXT"
            ))
            .state("nothing was changed")
    }

    /// Takes a retiring key as far as it may go now.
    async fn carry_through(&mut self, fingerprint: &Fingerprint) -> Result<(), Problem> {
        loop {
            let Some(index) = self
                .state
                .retiring
                .iter()
                .position(|retiring| retiring.key.fingerprint == *fingerprint)
            else {
                return Ok(());
            };
            let Some(retiring) = self.state.retiring.get(index) else { return Ok(()) };
            if self.left_for_later.contains(&label(&retiring.key)) {
                return Ok(());
            }
            let ends = (self.job.abilities.revokes || self.job.abilities.disables)
                && retiring.key.id.is_some();
            match retiring.stage {
                Ending::Waiting if ends => self.begin_revoking(index).await?,
                Ending::Waiting => self.ask_to_end(index).await?,
                Ending::Asked { .. } => self.see_dead(index).await?,
                Ending::Revoking { .. } | Ending::Disabled { .. } => self.revoke(index).await?,
                Ending::Revoked { .. } => self.bury(index).await?,
            }
        }
    }

    /// A key that is gone may be accepted for a while. Whoever holds its value can see that.
    async fn refused_now(&mut self, fingerprint: &Fingerprint) -> Result<(), Problem> {
        let gone = self.state.dead.iter().find(|dead| dead.fingerprint == *fingerprint).cloned();
        let Some((value, gone)) = self.value_of(fingerprint).zip(gone) else { return Ok(()) };
        let what =
            gone.id.as_ref().map_or_else(|| "the value".to_owned(), |id| format!("key {id}"));
        let verdict = self.job.driver.verify(&value).await;
        self.refused(&verdict, &what, gone.at)
    }

    /// Says that a deleted key is dead, if its value was refused; until the provider's time for
    /// that is over, that it may be accepted.
    fn refused(&mut self, verdict: &Verdict, what: &str, at: Timestamp) -> Result<(), Problem> {
        let (lag, provider) = (self.job.abilities.revoke_lag, &self.job.config.provider);
        if verdict.is_dead() {
            let seen = format!("saw that {what} is dead");
            if !self.outcome.done.iter().any(|done| done.what == seen) {
                self.done(seen);
            }
            return Ok(());
        }
        let until = lag.after(at);
        if verdict.is_alive() && self.now() <= until {
            self.outcome.problems.push(
                Problem::new(Code::RevokeSettling, format!("{what} was deleted at {at}; {provider} may accept it until {until}"))
                    .cause(format!("{provider} still accepts this value, and needs up to {lag} to refuse a deleted key"))
                    .hint("nothing to do; ask again then: tokenward revoke --leaked -")
                    .state("until then anybody who has it can use it"),
            );
            return Ok(());
        }
        Err(self.not_seen_dead(
            verdict,
            &format!("{what} was deleted at {at}, and {provider} needs at most {lag} to refuse it"),
        ))
    }

    /// The journal says that it is dead; the provider has the last word.
    async fn dead_already(&mut self) -> Result<(), Problem> {
        let Some(reported_leak) = &self.job.reported_leak else { return Ok(()) };
        let value = reported_leak.value.clone();
        let fingerprint = value.fingerprint(&self.state.salt);
        let verdict = self.job.driver.verify(&value).await;
        if verdict.is_dead() {
            self.done(format!("saw that this value is dead already ({})", verdict.as_str()));
            return Ok(());
        }
        match self.state.dead.iter().find(|dead| dead.fingerprint == fingerprint).cloned() {
            Some(dead) => self.refused(
                &verdict,
                &dead.id.map_or_else(|| "the value".to_owned(), |id| format!("key {id}")),
                dead.at,
            ),
            None => Err(self
                .not_seen_dead(&verdict, "the journal says that this value was seen dead before")),
        }
    }

    fn not_seen_dead(&self, verdict: &Verdict, cause: &str) -> Problem {
        match verdict {
            Verdict::Unknown { why } => preflight::provider_unavailable(self, why),
            Verdict::RateLimited { .. } => {
                preflight::provider_unavailable(self, "its rate limit is used up")
            }
            _ => Problem::new(
                Code::StillAlive,
                format!("{} still accepts this value", self.job.config.provider),
            )
            .cause(cause)
            .hint(format!("revoke it at {}, and run this again", self.page()))
            .state("it may be used by whoever has it"),
        }
    }

    /// A value of the provider that is no token's of the config: nobody knows who uses it.
    async fn end_foreign(&mut self, accepted: Option<&str>) -> Result<(), Problem> {
        let Some(reported_leak) = self.job.reported_leak.clone() else {
            return Err(bug("no value to revoke"));
        };
        let config = self.job.config;
        let verdict = self.job.driver.verify(&reported_leak.value).await;
        if verdict.is_dead() {
            self.done(format!(
                "verified that this value, which is not in the config, is already revoked ({})",
                verdict.as_str()
            ));
            return Ok(());
        }
        if self.is_a_manager(&reported_leak.value) {
            let what = format!("this value manages keys of {}, and is no token", config.provider);
            return Err(Problem::new(Code::StillInUse, what)
                .hint(format!(
                    "make another manager, put it into its secret, and revoke this one at {}",
                    self.page()
                ))
                .state("nothing was changed: it still works"));
        }
        let id =
            self.job.driver.key_id(&reported_leak.value).filter(|_| self.job.abilities.revokes);
        let Some(id) = id else {
            return Err(
                self.not_seen_dead(&verdict, "no call of ours can revoke it: its id is not certain, or the provider has no API for that")
            );
        };
        if accepted.is_none() {
            self.is_of_no_other(&reported_leak.value).await?;
            let what = format!(
                "key {id} of {} was not revoked: it is not in the config, so who uses it is unknown",
                config.provider
            );
            return Err(Problem::new(Code::StillInUse, what)
                .hint("to revoke it all the same: --force --reason TEXT")
                .state("nothing was changed"));
        }
        // The id stands in the value; that the value is right, only the provider can say.
        if !verdict.is_alive() {
            return Err(self.not_seen_dead(
                &verdict,
                "the provider did not say that this is the value of a key",
            ));
        }
        self.may_be_ended(&id, Claim::Value(&reported_leak.value))
            .await
            .map_err(|problem| Problem { id: Code::StillInUse, ..problem })?;
        let event =
            because(&format!("key {id}, which is not in the config, will be revoked"), accepted);
        self.journal_and_leave(self.state.clone(), &event).await?;
        let ended = self.end_key(&id, Claim::Value(&reported_leak.value), Manner::Revoke).await;
        let ended = ended.map_err(|problem| Problem { id: Code::RevokeFailed, ..problem })?;
        let verdict = self.job.driver.verify(&reported_leak.value).await;
        if ended == Revoked::AlreadyGone && !verdict.is_dead() {
            // No record says since when.
            let lag = self.job.abilities.revoke_lag;
            let cause = format!(
                "key {id} was deleted before, and {} needs at most {lag} to refuse it",
                config.provider
            );
            return Err(self.not_seen_dead(&verdict, &cause));
        }
        self.done(format!("revoked key {id}"));
        self.refused(&verdict, &format!("key {id}"), self.now())
    }
}

fn because(what: &str, accepted: Option<&str>) -> String {
    accepted.map_or_else(|| what.to_owned(), |reason| format!("{what}: {reason}"))
}

/// The grace of an old value ends now.
fn at_once(state: &TokenState, fingerprint: &Fingerprint, now: Timestamp) -> TokenState {
    let mut to = state.clone();
    for retiring in
        to.retiring.iter_mut().filter(|retiring| retiring.key.fingerprint == *fingerprint)
    {
        retiring.leaked = true;
        retiring.not_before = Some(retiring.not_before.map_or(now, |moment| moment.min(now)));
    }
    to
}

/// The value in use is one to be ended. It stays what the destinations hold, so the next rotation
/// replaces it.
fn retire_current(state: &TokenState, now: Timestamp) -> TokenState {
    let mut to = state.clone();
    let ending = state.current.clone().filter(|key| !state.is_ending(key));
    to.retiring.extend(ending.map(|key| Retiring {
        key,
        not_before: Some(now),
        leaked: true,
        stage: Ending::Waiting,
    }));
    to
}
