//! The end of old keys. A key leaves the list only when it is seen dead; a failed revoke is tried again by every run.

use std::time::Duration;

use tokio::time::sleep;

use super::moves;
use super::walk::{Walk, bug};
use crate::domain::lifecycle::{Ending, Key, Retiring};
use crate::domain::{Code, KeyId, Problem};

/// How often one tick looks whether a revoked key is dead, a second apart.
const LOOKS: u64 = 3;

/// Tells the retiring keys of a token apart.
pub(super) fn label(key: &Key) -> String {
    format!("{} {}", key.generation, key.id.as_ref().map_or_else(|| key.fingerprint.as_str(), KeyId::as_str))
}

impl Walk<'_> {
    fn retiring(&self, index: usize) -> Result<&Retiring, Problem> {
        self.state.retiring.get(index).ok_or_else(|| bug("there is no such retiring key"))
    }

    fn leave_for_later(&mut self, index: usize, problem: Problem) -> Result<(), Problem> {
        let label = label(&self.retiring(index)?.key);
        self.left_for_later.insert(label);
        self.outcome.problems.push(problem);
        Ok(())
    }

    pub(super) async fn begin_revoking(&mut self, index: usize) -> Result<(), Problem> {
        let key = &self.retiring(index)?.key;
        let Some(id) = &key.id else {
            let problem = self.by_hand(index)?;
            return self.leave_for_later(index, problem);
        };
        let event = format!("{} (key {id}) will be revoked", key.generation);
        let to = moves::ending(&self.state, index, Ending::Revoking { since: self.now() });
        self.journal(to, &event).await
    }

    /// A key without an id is a person's to end.
    fn by_hand(&self, index: usize) -> Result<Problem, Problem> {
        let key = &self.retiring(index)?.key;
        let config = self.job.config;
        let steps = self.job.platform.steps.join("; ");
        let hint = if steps.is_empty() { format!("delete it in {}'s settings", config.provider) } else { steps };
        Ok(Problem::new(Code::NeedsPerson, format!("the old value of {} ({}) has to be revoked by a person", config.name, key.generation))
            .cause(format!("{} has no API that revokes this kind of token", config.provider))
            .hint(hint)
            .state("every destination holds the new value; the old one still works"))
    }

    /// Journals that the value in use is revoked before there is another.
    pub(super) async fn panic(&mut self) -> Result<(), Problem> {
        let config = self.job.config;
        if config.manager.is_none() {
            return Err(Problem::new(
                Code::Usage,
                format!("{} manages itself, so nobody could issue a new value once it is revoked", config.name),
            )
            .hint(format!("without --panic the new value comes first: tokenward rotate {} --leaked", config.name))
            .state("nothing was changed"));
        }
        let key = self.state.current.clone().ok_or_else(|| bug("there is no value in use"))?;
        let Some(id) = &key.id else {
            self.panicked = true;
            return Err(Problem::new(
                Code::NeedsPerson,
                format!("the value in use of {} ({}) has to be revoked by a person", config.name, key.generation),
            )
            .cause("the id of its key is not known")
            .state("nothing was changed"));
        };
        // Its scopes can be asked for only while it lives. What else is found is said when the new key is begun.
        let _ = self.preflight().await;
        let to = moves::panic(&self.state, self.now());
        self.journal(to, &format!("{} (key {id}) will be revoked before there is another", key.generation)).await?;
        self.done(format!("gave key {id} up before there is another: whoever uses it fails until the new value arrives"));
        Ok(())
    }

    /// Disables a key: whoever still needs it fails now, and a person can enable it again.
    pub(super) async fn disable(&mut self, index: usize) -> Result<(), Problem> {
        let id = self.id(index)?;
        let disabled = self.job.driver.disable(self.manager()?, &id).await.map_err(|refusal| {
            self.manager_problem(&format!("disable key {id} at"), &refusal)
                .state(format!("key {id} may still work; every run tries again until it is dead"))
        });
        if let Err(problem) = disabled {
            let problem = Problem { id: Code::RevokeFailed, ..problem };
            return self.leave_for_later(index, problem);
        }
        let to = moves::ending(&self.state, index, Ending::Disabled { at: self.now() });
        self.done(format!("disabled key {id}"));
        let event = format!("key {id} is disabled; it can still be enabled again");
        if self.retiring(index)?.leaked { self.journal(to, &event).await } else { self.journal_and_leave(to, &event).await }
    }

    pub(super) async fn revoke(&mut self, index: usize) -> Result<(), Problem> {
        let id = self.id(index)?;
        if let Err(problem) = self.delete(&id).await {
            let problem = Problem { id: Code::RevokeFailed, ..problem };
            return self.leave_for_later(index, problem);
        }
        self.done(format!("revoked key {id}"));
        if self.is_dead(&id).await? {
            return self.buried(index, &id).await;
        }
        let to = moves::ending(&self.state, index, Ending::Revoked { at: self.now() });
        self.journal_and_leave(to, &format!("key {id} was revoked; not yet seen dead")).await?;
        let problem = self.still_there(index, &id)?;
        self.leave_for_later(index, problem)
    }

    /// Sees whether a key that was revoked is dead by now. One that is not is revoked once more: the first word may have been lost.
    pub(super) async fn bury(&mut self, index: usize) -> Result<(), Problem> {
        let id = self.id(index)?;
        if self.is_dead(&id).await? {
            return self.buried(index, &id).await;
        }
        if let Err(problem) = self.delete(&id).await {
            let problem = Problem { id: Code::RevokeFailed, ..problem };
            return self.leave_for_later(index, problem);
        }
        if self.is_dead(&id).await? {
            return self.buried(index, &id).await;
        }
        let problem = self.still_there(index, &id)?;
        self.leave_for_later(index, problem)
    }

    fn still_there(&self, index: usize, id: &KeyId) -> Result<Problem, Problem> {
        let Ending::Revoked { at } = self.retiring(index)?.stage else { return Err(bug("only a revoked key can be still there")) };
        let lag = self.job.platform.revoke_lag;
        let problem = Problem::new(Code::StillAlive, format!("key {id} was revoked at {at} and is still there"));
        let problem = if lag.after(at) < self.now() {
            problem
                .cause(format!("the platform needs at most {lag} for that"))
                .hint("revoke it by hand in the platform's settings, and ask its support")
        } else {
            problem.cause(format!("the platform may need up to {lag}")).hint("the next run looks again")
        };
        Ok(problem.state("consumers hold the new value; the old one may still work"))
    }

    fn id(&self, index: usize) -> Result<KeyId, Problem> {
        self.retiring(index)?.key.id.clone().ok_or_else(|| bug("a key without an id cannot be revoked"))
    }

    async fn buried(&mut self, index: usize, id: &KeyId) -> Result<(), Problem> {
        let to = moves::bury(&self.state, index, self.now());
        self.journal_and_leave(to, &format!("key {id} is dead")).await?;
        self.done(format!("saw that key {id} is dead"));
        Ok(())
    }

    /// Asks the manager's account whether the key is gone, a few times.
    async fn is_dead(&self, id: &KeyId) -> Result<bool, Problem> {
        let manager = self.manager()?;
        for look in 0..LOOKS {
            sleep(Duration::from_secs(look)).await;
            let gone = self.job.driver.is_gone(manager, id).await;
            if gone.map_err(|refusal| self.manager_problem(&format!("see whether key {id} is dead at"), &refusal))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Deletes what earlier attempts left behind: keys with exactly the names they were to have, and in nobody's use.
    pub(super) async fn sweep(&mut self) -> Result<(), Problem> {
        self.swept = true;
        let names = self.state.attempts.clone();
        let strays = self.keys_named(&names, false).await?;
        for id in &strays {
            self.delete(id).await?;
            self.done(format!("deleted stray key {id}, left behind by an earlier attempt"));
        }
        let lag = self.job.platform.list_lag;
        // A key may be listed late: the names are forgotten only after the platform's list lag is over.
        if strays.is_empty() && lag.after(self.state.changed_at) <= self.now() {
            self.journal_and_leave(moves::swept(&self.state), "earlier attempts left nothing behind").await?;
        }
        Ok(())
    }
}
