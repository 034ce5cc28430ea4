//! A value that a person made: given to `push`, or left in the secret beside the primary
//! destination. It is tested and compared with the one in use before anything is changed, and
//! passes the fence like any other.

use super::facts::LeaseHolder;
use super::job::{Job, World};
use super::token_run::TokenRun;
use super::{known, moves, preflight, rotate};
use crate::domain::cleanup::Taken;
use crate::domain::lifecycle::Why;
use crate::domain::outcome::TokenOutcome;
use crate::domain::{Code, Facts, Problem, Secret, Timestamp, Verdict};

/// Delivers a value that a person made: tested first, then pushed everywhere; the runs after it
/// prove it and retire the old one.
pub async fn push(world: &World<'_>, job: &Job<'_>, value: &Secret) -> TokenOutcome {
    let mut run = match TokenRun::begin(world, job).await {
        Ok(run) => run,
        Err(problem) => return rotate::failed(job, problem),
    };
    if let Err(problem) = run.push_brought(value).await {
        run.outcome.problems.push(problem);
    }
    run.leave().await;
    // The person who brings the cure is there to revoke what leaked, and has to hear that it works
    // on.
    let page = job.abilities.manual.then(|| run.page());
    let leaked: Vec<Problem> = known::leaks(&job.config.name, &run.state)
        .filter(|problem| problem.id == Code::TokenLeaked)
        .collect();
    let is_replaced = run.is_replaced();
    run.outcome.problems.extend(leaked.into_iter().map(|problem| match &page {
        Some(page) if is_replaced => problem.hint(format!(
            "revoke it now, at {page}; then: tokenward rotate {}, which tests whether it is dead",
            job.config.name
        )),
        _ => problem,
    }));
    let unkept = run.unkept();
    run.outcome.problems.extend(unkept);
    rotate::finish(run)
}

impl TokenRun<'_> {
    async fn push_brought(&mut self, value: &Secret) -> Result<(), Problem> {
        let config = self.job.config;
        if let Some(problem) = preflight::too_large(value) {
            return Err(problem);
        }
        let facts = self.facts().await?;
        if let LeaseHolder::Another { who } = facts.leader {
            return Err(rotate::busy(self, &who));
        }
        if self.state.pending.as_ref().is_some_and(|pending| pending.why != Why::Brought) {
            return Err(Problem::new(
                Code::Usage,
                format!("{} is being rotated right now ({})", config.name, self.state.as_str()),
            )
            .hint("let `tokenward rotate` finish first")
            .state("nothing was changed"));
        }
        if self.state.current.is_none() && self.state.pending.is_none() && self.job.handed.is_some()
        {
            // The value in use must be known before it is replaced, or nobody would ever end it.
            match self.adopt_current().await {
                // A dead one has nobody to end it, and what is brought is the cure.
                Err(problem) if problem.id == Code::CurrentDead => {
                    self.done(format!("left the value in use behind: {}", problem.what))
                }
                adopted => adopted?,
            }
        }
        let fingerprint = value.fingerprint(&self.state.salt);
        if self.state.current.as_ref().is_some_and(|key| key.fingerprint == fingerprint) {
            return Err(Problem::new(
                Code::NothingSelected,
                format!("{} holds this very value already", config.name),
            )
            .state("nothing was changed"));
        }
        if let Some(old) =
            self.state.retiring.iter().find(|retiring| retiring.key.fingerprint == fingerprint)
        {
            let what = format!(
                "this value is {} of {}, which was replaced and is being ended",
                old.key.version, config.name
            );
            return Err(Problem::new(Code::Usage, what)
                .hint(format!(
                    "make a new one: tokenward rotate {} --force --reason TEXT, or by hand at {}",
                    config.name, config.provider
                ))
                .state("nothing was pushed"));
        }
        let new = self
            .test_brought(value)
            .await
            .map_err(|problem| problem.state("nothing was pushed"))?;
        self.accept(value, new, None).await?;
        self.push().await
    }

    /// Whether a person left a value that this run has not refused.
    pub(super) fn takes_next(&self) -> bool {
        self.job.abilities.manual && self.job.desk.next.is_some() && self.left_refused.is_none()
    }

    /// Takes the value that a person left in the secret beside the primary destination. A value
    /// that will not do is reported, to the person as well.
    pub(super) async fn take_next(&mut self) -> Result<(), Problem> {
        let value = self
            .job
            .desk
            .next
            .clone()
            .ok_or_else(|| super::token_run::bug("nobody left a value"))?;
        let slot = self.next_slot()?;
        let refused = |problem: Problem| {
            problem.state(format!(
                "nothing was changed; {slot} still holds the value that was refused"
            ))
        };
        let tested = match preflight::too_large(&value) {
            Some(problem) => Err(problem),
            None => self.test_brought(&value).await,
        };
        let new = match tested {
            Ok(new) => new,
            Err(problem) => {
                let problem = refused(problem);
                self.left_refused = Some(problem.clone());
                self.outcome.problems.push(problem);
                return Ok(());
            }
        };
        let written = self.world.secrets.look(&slot).await?.updated_at;
        let fingerprint = value.fingerprint(&self.state.salt);
        self.accept(&value, new, Some(Taken { fingerprint, source: None, written })).await?;
        self.done(format!("took the new value from {slot}"));
        Ok(())
    }

    /// The new value works, belongs to the same account as the old one, and may do what the old one
    /// may: no less and no more.
    pub(super) async fn test_brought(&mut self, value: &Secret) -> Result<Facts, Problem> {
        let config = self.job.config;
        if self.is_a_manager(value) {
            return Err(Problem::new(
                Code::NewValueDead,
                format!("the new value of {} is a manager's own", config.name),
            )
            .hint("make a key of its own for the token"));
        }
        self.is_of_no_other(value).await?;
        let verdict = self.job.driver.verify(value).await;
        let alive = verdict.facts().cloned();
        self.outcome.verdict = Some(verdict.clone());
        let Some(new) = alive else {
            return Err(match &verdict {
                Verdict::Unknown { why } => preflight::provider_unavailable(self, why),
                Verdict::RateLimited { .. } => {
                    preflight::provider_unavailable(self, "its rate limit is used up")
                }
                dead => Problem::new(
                    Code::NewValueDead,
                    format!(
                        "{} does not accept the new value ({})",
                        config.provider,
                        dead.as_str()
                    ),
                )
                .hint("check that it was copied whole"),
            });
        };
        let old = match &self.job.handed {
            Some(old) => self.job.driver.verify(old).await.facts().cloned(),
            None => None,
        };
        let before =
            old.as_ref().and_then(|facts| facts.owner.clone()).or_else(|| self.state.owner.clone());
        if let (Some(before), Some(after)) = (&before, &new.owner)
            && before != after
        {
            return Err(Problem::new(
                Code::NewValueDead,
                format!("the new value belongs to account {after}, the old one to {before}"),
            )
            .hint("make the new value in the same account"));
        }
        self.same_scopes(&new, old.and_then(|facts| facts.scopes).as_deref())?;
        Ok(new)
    }

    /// What the config asks for; where it asks for nothing, what the old value may do.
    fn same_scopes(&self, new: &Facts, old: Option<&[String]>) -> Result<(), Problem> {
        let config = self.job.config;
        let wanted = if config.scopes.is_empty() { old } else { Some(&config.scopes[..]) };
        let (Some(found), Some(wanted)) = (new.scopes.as_deref(), wanted) else { return Ok(()) };
        let source =
            if config.scopes.is_empty() { "the value in use has" } else { "the config asks for" };
        let without = |these: &[String], those: &[String]| {
            these
                .iter()
                .filter(|scope| !those.contains(scope))
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let (missing, surplus) = (without(wanted, found), without(found, wanted));
        if !missing.is_empty() {
            return Err(Problem::new(Code::ScopesNarrower, format!("the new value lacks {missing}"))
                .cause(format!("{source}: {}", wanted.join(", ")))
                .hint("make it with these scopes; or, where fewer are meant, write them into the config's `scopes`"));
        }
        if !surplus.is_empty() {
            return Err(Problem::new(Code::ScopesWider, format!("the new value may do more than it should: {surplus}"))
                .cause(format!("{source}: {}", wanted.join(", ")))
                .hint("make it with these scopes only; or, where more are meant, write them into the config's `scopes`"));
        }
        Ok(())
    }

    /// Passes the fence with a value that was tested.
    async fn accept(
        &mut self,
        value: &Secret,
        new: Facts,
        taken: Option<Taken>,
    ) -> Result<(), Problem> {
        let mut problems = Vec::new();
        self.look_at_destinations(&mut problems).await;
        if !problems.is_empty() {
            return Err(super::mint::first(problems).state("nothing was pushed"));
        }
        let fingerprint = value.fingerprint(&self.state.salt);
        let (nonce, name) = self.fresh_name(self.state.newest().next())?;
        let (id, id_from) = self.id_of(value).await?.unzip();
        // An earlier value that was brought and never proven may be anywhere: it retires with the
        // others.
        let to = match &self.state.pending {
            None => moves::intend(&self.state, Why::Brought, nonce, name, self.now()),
            Some(pending) if pending.fingerprint() == Some(&fingerprint) => self.state.clone(),
            Some(_) => moves::supersede(&self.state, nonce, name, self.now()),
        };
        let expires_at: Option<Timestamp> = new.expires_at;
        let mut to = moves::fence(&to, id, fingerprint, expires_at, self.pushes());
        if let Some(pending) = &mut to.pending {
            pending.id_from = id_from;
        }
        to.owner = new.owner.or(to.owner);
        if taken.is_some() {
            to.loose_ends.next = taken;
        }
        let to = self.keeping(to);
        self.in_hand = Some(value.clone());
        self.fenced_here = true;
        self.primary_moved = None;
        self.journal(to, "brought by a person; from here on it may be in any destination").await
    }
}
