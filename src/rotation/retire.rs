//! The end of old keys. A key leaves the list only when it is seen dead, or gone at its provider; a
//! failed revoke is tried again by every run. What is gone may be accepted for a while, and is
//! called dead only after that, or when a test call says so.

use std::time::Duration;

use tokio::time::sleep;

use super::ownership::{Claim, Manner};
use super::token_run::{TokenRun, bug};
use super::{late, lease, moves, preflight};
use crate::domain::lifecycle::{Ending, Key, Retiring, Stage};
use crate::domain::{Class, Code, KeyId, Problem, Verdict};
use crate::providers::Revoked;

/// How often one run looks whether a revoked key is dead, a second apart.
const LOOKS: u64 = 3;

/// How the end of a key was seen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// A test call with its value was refused.
    Refused,
    /// The provider has no such key any more.
    Gone,
}

/// Tells the retiring keys of a token apart.
pub(super) fn label(key: &Key) -> String {
    format!(
        "{} {}",
        key.version,
        key.id.as_ref().map_or_else(|| key.fingerprint.as_str(), KeyId::as_str)
    )
}

impl TokenRun<'_> {
    pub(super) fn retiring(&self, index: usize) -> Result<&Retiring, Problem> {
        self.state.retiring.get(index).ok_or_else(|| bug("there is no such retiring key"))
    }

    pub(super) fn leave_for_later(
        &mut self,
        index: usize,
        problem: Problem,
    ) -> Result<(), Problem> {
        let label = label(&self.retiring(index)?.key);
        self.left_for_later.insert(label);
        self.outcome.problems.push(problem);
        Ok(())
    }

    pub(super) async fn begin_revoking(&mut self, index: usize) -> Result<(), Problem> {
        let key = &self.retiring(index)?.key;
        let id = self.id(index)?;
        let event = format!("{} (key {id}) will be revoked", key.version);
        let retiring = self.retiring(index)?.clone();
        if let Err(problem) = self.may_begin_to_end(&id, Claim::Retiring(&retiring)).await {
            return self.leave_for_later(index, problem);
        }
        let to = moves::ending(&self.state, index, Ending::Revoking { since: self.now() });
        self.journal(to, &event).await
    }

    /// No call of ours ends this key: a person is asked to.
    pub(super) async fn ask_to_end(&mut self, index: usize) -> Result<(), Problem> {
        if let Some(problem) = self.needed_by_another(self.retiring(index)?) {
            return self.leave_for_later(index, problem);
        }
        let version = self.retiring(index)?.key.version;
        let to = moves::ending(&self.state, index, Ending::Asked { at: self.now() });
        self.journal_and_leave(to, &format!("a person is asked to revoke {version}")).await
    }

    /// Whether a key that a person was to end is dead: by a test call with the value, and by
    /// nothing else.
    pub(super) async fn see_dead(&mut self, index: usize) -> Result<(), Problem> {
        let key = self.retiring(index)?.key.clone();
        let Some(value) = self.value_of(&key.fingerprint) else {
            let kept = self.state.loose_ends.kept.contains(&key.fingerprint);
            if kept {
                let problem = self.not_handed_old(&key);
                return self.leave_for_later(index, problem);
            }
            self.ask().await?;
            let problem = self.cannot_tell(&key);
            return self.leave_for_later(index, problem);
        };
        if self.job.abilities.refreshes {
            let problem = match self.end_grant(&value).await? {
                Ok(()) => {
                    return self
                        .seen_dead(index, &format!("the old grant ({})", key.version))
                        .await;
                }
                Err(problem) if problem.id == Code::NeedsPerson => {
                    self.ask().await?;
                    self.by_hand(&key)
                }
                Err(problem) => problem,
            };
            return self.leave_for_later(index, problem);
        }
        let problem = match self.job.driver.verify(&value).await {
            verdict if verdict.is_dead() => {
                return self.seen_dead(index, &format!("the old value ({})", key.version)).await;
            }
            verdict if verdict.is_alive() => {
                self.ask().await?;
                self.by_hand(&key)
            }
            Verdict::RateLimited { .. } => {
                preflight::provider_unavailable(self, "its rate limit is used up")
            }
            Verdict::Unknown { why } => preflight::provider_unavailable(self, &why),
            _ => preflight::provider_unavailable(self, "its answer says nothing about the value"),
        };
        self.leave_for_later(index, problem)
    }

    fn by_hand(&self, key: &Key) -> Problem {
        let config = self.job.config;
        let in_use = self.state.current.as_ref() == Some(key) && !self.is_replaced();
        let which = if in_use { "value in use" } else { "old value" };
        let mut problem = Problem::new(
            self.urgency(key),
            format!(
                "the {which} of {} ({}) has to be revoked by a person",
                config.name, key.version
            ),
        )
        .cause(format!("{} has no API that revokes it, and it still works", config.provider));
        if let Some(asked) = self.where_asked() {
            problem = problem.cause(asked);
        }
        problem.hint(format!("revoke it at {}; the next run tests whether it is dead", self.page())).state(if in_use {
            "every destination holds it, and there is no newer one: whatever uses it fails once it is revoked"
        } else {
            "every destination holds the new value; the old one still works"
        })
    }

    /// Whether every destination was given a newer value than the one in use.
    pub(super) fn is_replaced(&self) -> bool {
        self.state
            .pending
            .as_ref()
            .is_some_and(|pending| matches!(pending.stage, Stage::Pushed { .. }))
    }

    /// Whether a person who was asked to end this key is late: at once where it leaked, or where
    /// nobody could be asked.
    fn urgency(&self, key: &Key) -> Code {
        let retiring =
            self.state.retiring.iter().find(|retiring| retiring.key == *key && !retiring.leaked);
        let asked = retiring.and_then(|retiring| {
            if let Ending::Asked { at } = retiring.stage { Some(at) } else { None }
        });
        let in_time = asked.is_some_and(|at| late::has_time(at, self.now()))
            && matches!(self.asked_person, Some(Ok(_)));
        if in_time { Code::WaitsForPerson } else { Code::NeedsPerson }
    }

    /// Nobody has the old value any more, so nothing can be said about it.
    fn cannot_tell(&self, key: &Key) -> Problem {
        let name = &self.job.config.name;
        let what = format!(
            "whether the old value of {name} ({}) is dead cannot be told: no run holds it",
            key.version
        );
        let problem = Problem::new(self.urgency(key), what)
            .cause("it was replaced by a run that was not handed it");
        self.where_asked()
            .into_iter()
            .fold(problem, Problem::cause)
            .hint(format!("revoke it at {}, and give it to `tokenward revoke --leaked -` on standard input, which tests it", self.page()))
            .state("every destination holds the new value; the old one may still work")
    }

    /// Disables a key: whoever still needs it fails now, and a person can enable it again.
    pub(super) async fn disable(&mut self, index: usize) -> Result<(), Problem> {
        let id = self.id(index)?;
        let retiring = self.retiring(index)?.clone();
        if let Err(problem) = self.end_key(&id, Claim::Retiring(&retiring), Manner::Disable).await {
            return self.leave_for_later(index, unrevoked(problem));
        }
        let to = moves::ending(&self.state, index, Ending::Disabled { at: self.now() });
        self.done(format!("disabled key {id}"));
        let event = format!("key {id} is disabled; it can still be enabled again");
        if self.retiring(index)?.leaked {
            self.journal(to, &event).await
        } else {
            self.journal_and_leave(to, &event).await
        }
    }

    pub(super) async fn revoke(&mut self, index: usize) -> Result<(), Problem> {
        let id = self.id(index)?;
        if let Err(problem) = self.end(index, &id).await {
            return self.leave_for_later(index, unrevoked(problem));
        }
        self.done(format!("revoked key {id}"));
        if let Some(proof) = self.is_dead(index, &id).await? {
            return self.buried(index, &id, proof).await;
        }
        let to = moves::ending(&self.state, index, Ending::Revoked { at: self.now() });
        self.journal_and_leave(to, &format!("key {id} was revoked; not yet seen dead")).await?;
        let problem = self.still_there(index, &id)?;
        self.leave_for_later(index, problem)
    }

    /// Sees whether a key that was revoked is dead by now. One that is not is revoked once more:
    /// the first word may have been lost.
    pub(super) async fn bury(&mut self, index: usize) -> Result<(), Problem> {
        let id = self.id(index)?;
        if let Some(proof) = self.is_dead(index, &id).await? {
            return self.buried(index, &id, proof).await;
        }
        if let Err(problem) = self.end(index, &id).await {
            return self.leave_for_later(index, unrevoked(problem));
        }
        if let Some(proof) = self.is_dead(index, &id).await? {
            return self.buried(index, &id, proof).await;
        }
        let problem = self.still_there(index, &id)?;
        self.leave_for_later(index, problem)
    }

    fn still_there(&self, index: usize, id: &KeyId) -> Result<Problem, Problem> {
        let Ending::Revoked { at } = self.retiring(index)?.stage else {
            return Err(bug("only a revoked key can be still there"));
        };
        let lag = self.job.abilities.revoke_lag;
        let problem = Problem::new(
            Code::StillAlive,
            format!("key {id} was revoked at {at} and is still there"),
        );
        let problem = if lag.after(at) < self.now() {
            problem
                .cause(format!("the provider needs at most {lag} for that"))
                .hint("revoke it by hand in the provider's settings, and ask its support")
        } else {
            problem
                .cause(format!("the provider may need up to {lag}"))
                .hint("the next run looks again")
        };
        Ok(problem.state("consumers hold the new value; the old one may still work"))
    }

    fn id(&self, index: usize) -> Result<KeyId, Problem> {
        self.retiring(index)?
            .key
            .id
            .clone()
            .ok_or_else(|| bug("a key without an id cannot be revoked"))
    }

    /// A key is not accepted any more, or it is gone and may be accepted for as long as the
    /// provider documents.
    async fn buried(&mut self, index: usize, id: &KeyId, proof: Proof) -> Result<(), Problem> {
        let lag = self.job.abilities.revoke_lag;
        if proof == Proof::Refused || lag.is_zero() {
            return self.seen_dead(index, &format!("key {id}")).await;
        }
        // From when that was seen: never too early.
        let (at, provider) = (self.now(), self.job.config.provider.clone());
        let what = format!(
            "key {id} was deleted at {at}; {provider} may accept it until {}",
            lag.after(at)
        );
        self.leave_the_list(index, &what).await?;
        self.done(what);
        Ok(())
    }

    async fn seen_dead(&mut self, index: usize, what: &str) -> Result<(), Problem> {
        self.leave_the_list(index, &format!("{what} is dead")).await?;
        self.done(format!("saw that {what} is dead"));
        Ok(())
    }

    async fn leave_the_list(&mut self, index: usize, event: &str) -> Result<(), Problem> {
        let to = moves::bury(&self.state, index, self.now());
        self.buried.insert(self.retiring(index)?.key.fingerprint.clone());
        self.journal_and_leave(to, event).await
    }

    /// Asks the provider to end a key: for good, or else in the way it has. A key that is only
    /// switched off is still listed.
    async fn end(&mut self, index: usize, id: &KeyId) -> Result<(), Problem> {
        let retiring = self.retiring(index)?.clone();
        let manner = if self.job.abilities.revokes { Manner::Revoke } else { Manner::Disable };
        self.end_key(id, Claim::Retiring(&retiring), manner).await.map(drop)
    }

    /// Sees whether the key is dead, a few times: by a test call where its value is at hand and the
    /// provider only switches keys off, else by asking the manager's account whether it is gone.
    async fn is_dead(&self, index: usize, id: &KeyId) -> Result<Option<Proof>, Problem> {
        let manager = self.manager()?;
        let kept = self
            .value_of(&self.retiring(index)?.key.fingerprint)
            .filter(|_| !self.job.abilities.revokes);
        for look in 0..LOOKS {
            sleep(Duration::from_secs(look)).await;
            if let Some(value) = &kept {
                if self.job.driver.verify(value).await.is_dead() {
                    return Ok(Some(Proof::Refused));
                }
                continue;
            }
            let gone = self.job.driver.is_gone(manager, id).await;
            if gone.map_err(|refusal| {
                self.manager_problem(&format!("see whether key {id} is dead at"), &refusal)
            })? {
                return Ok(Some(Proof::Gone));
            }
        }
        Ok(None)
    }

    /// Deletes what earlier attempts left behind: keys with exactly the names they were to have,
    /// and in nobody's use.
    pub(super) async fn sweep(&mut self) -> Result<(), Problem> {
        self.swept = true;
        let names = self.state.attempts.clone();
        if let Some(foreign) = names.iter().find(|name| !name.starts_with(&self.prefix())) {
            return Err(self.attempt_not_ours(foreign));
        }
        let strays = self.keys_named(&names, false).await?;
        for (id, name) in &strays {
            if self.end_key(id, Claim::Named { name, known: false }, Manner::Revoke).await?
                == Revoked::Done
            {
                self.done(format!("deleted stray key {id}, left behind by an earlier attempt"));
            }
        }
        // A key may be listed late, and a request of a run that was taken for dead may come late:
        // until then the names are kept.
        let lag = self.job.abilities.list_lag.max(lease::LEASE);
        if strays.is_empty() && lag.after(self.state.changed_at) <= self.now() {
            self.journal_and_leave(
                moves::swept(&self.state),
                "earlier attempts left nothing behind",
            )
            .await?;
        }
        Ok(())
    }
}

/// A revocation that failed is told as one; what was never asked for keeps its own id.
fn unrevoked(problem: Problem) -> Problem {
    match problem.id {
        Code::JournalBroken | Code::KeyNotOurs => problem,
        // Of our own credentials. Trying again does not help.
        id if id.class() == Class::Access => problem,
        _ => Problem { id: Code::RevokeFailed, ..problem },
    }
}
