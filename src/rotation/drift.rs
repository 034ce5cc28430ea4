//! What changed without us: a secret that was written, deleted or never was, or that others may
//! read, since this token's value went there; a key that was deleted. It reads only, and nothing
//! here is ever put right silently.

use super::facts::InjectedValue;
use super::job::Job;
use super::reached::Shown;
use super::retire::label;
use super::token_run::TokenRun;
use crate::config::TokenConfig;
use crate::destinations::Secrets;
use crate::domain::lifecycle::{Ending, Stage, TokenState, Why};
use crate::domain::text::sanitize;
use crate::domain::{Code, Destination, Problem, Timestamp};

/// What a look at a token's destinations came to.
#[derive(Debug, Default)]
pub struct Drift {
    /// What a person has to know.
    pub problems: Vec<Problem>,
    /// What GitHub shows of those that were looked at.
    pub shown: Shown,
}

/// Looks at every destination of a token: one read each. A token that is being rotated right now is
/// left alone.
pub async fn drift(secrets: &Secrets<'_>, config: &TokenConfig, state: &TokenState) -> Drift {
    let name = &config.name;
    let (mut problems, mut shown) = (Vec::new(), Shown::new());
    if let Some(pending) = &state.pending {
        // What the rotation under way was begun without.
        let joined = config
            .destinations
            .iter()
            .enumerate()
            .filter(|(_, one)| !pending.pushes.contains_key(&one.key()));
        for (index, destination) in
            joined.filter(|_| matches!(pending.stage, Stage::Pushing { .. } | Stage::Pushed { .. }))
        {
            match secrets.seen(destination).await {
                Ok(snapshot) => {
                    shown.insert(destination.key(), snapshot.updated_at);
                    if snapshot.updated_at.is_none() && !destination.create {
                        problems.push(
                            secrets.missing(destination, index == 0, &config.destinations).await,
                        );
                    } else {
                        let hint = format!(
                            "once this rotation is over: tokenward rotate {name} --force --reason TEXT"
                        );
                        problems.push(unwritten(destination).hint(hint));
                    }
                }
                Err(problem) => problems.push(problem),
            }
        }
        return Drift { problems, shown };
    }
    // Of a value that was found in use, only the primary destination is known to hold it.
    let found = state.adopted_at().filter(|_| state.held.is_empty());
    if found.is_none() && state.held.is_empty() {
        return Drift::default();
    }
    for (index, destination) in config.destinations.iter().enumerate() {
        let found = found.filter(|_| index == 0);
        let snapshot = match secrets.seen(destination).await {
            Ok(snapshot) => snapshot,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        shown.insert(destination.key(), snapshot.updated_at);
        let replace = format!(
            "to replace it everywhere by a new one: tokenward rotate {name} --force --reason TEXT"
        );
        match (snapshot.updated_at, state.held.get(&destination.key())) {
            (Some(now), None) if found.is_some_and(|found| now > found) => problems.push(
                Problem::new(Code::OverwrittenByHand, format!("{destination} was written at {now}, after its value was taken over"))
                    .hint(replace),
            ),
            // What GitHub itself told at the adoption is exact.
            (Some(now), None) if found.is_some() && state.found.is_some_and(|found| now < found) => problems.push(
                Problem::new(Code::OverwrittenByHand, format!("{destination} was written last at {now}, GitHub says"))
                    .cause(
                        "it was written later than that when its value was taken over, so this is another secret, or an older state of it",
                    )
                    .hint(replace),
            ),
            (Some(_), None) if found.is_some() => {}
            (Some(now), Some(ours)) if now > *ours => problems.push(
                Problem::new(Code::OverwrittenByHand, format!("{destination} was written at {now}, and not by tokenward"))
                    .cause(format!("tokenward wrote it last at {ours}"))
                    .hint(replace),
            ),
            (Some(now), Some(ours)) if now < *ours => problems.push(
                Problem::new(Code::OverwrittenByHand, format!("{destination} was written last at {now}, GitHub says"))
                    .cause(format!("tokenward wrote it at {ours}, so this is another secret, or an older state of it"))
                    .hint(replace),
            ),
            (None, ours) if ours.is_some() || found.is_some() => problems.push(
                Problem::new(Code::OverwrittenByHand, format!("{destination} was deleted"))
                    .cause("workflows that use it now get an empty value")
                    .hint(replace),
            ),
            // Whether they hold a value that was found elsewhere is told by the record; the first
            // rotation writes them.
            (Some(_), None) if state.held.is_empty() => {}
            (None, None) if destination.create && state.held.is_empty() => {}
            (None, None) if !destination.create => problems.push(secrets.missing(destination, index == 0, &config.destinations).await),
            (_, None) => problems.push(unwritten(destination).hint(replace)),
            _ => {}
        }
        if let (Some(now), Some(ours)) =
            (snapshot.reach.map(|reach| reach.digest()), state.reach.get(&destination.key()))
            && now != *ours
        {
            problems.push(
                Problem::new(Code::VisibilityChanged, format!("other repositories may read {destination} than when tokenward wrote it"))
                    .cause(format!("it was {ours}, and is {now}"))
                    .hint("compare the list in the organization's settings; the next rotation keeps what it finds"),
            );
        }
    }
    Drift { problems, shown }
}

/// A destination that the config names since the last rotation.
fn unwritten(destination: &Destination) -> Problem {
    Problem::new(
        Code::DestinationUnwritten,
        format!("{destination} was added to the config, and tokenward has not written it yet"),
    )
    .cause("it may hold an older value, or another one")
}

/// Whether the key in use is gone at the provider, by the list of the manager where this run has
/// one. A test call may say nothing of it: a deleted key works on for a while.
pub async fn lost_key(job: &Job<'_>, state: &TokenState) -> Option<Problem> {
    // A value that cannot be the manager is sent to nobody.
    let current =
        state.current.as_ref().filter(|key| job.flaw.is_none() && !state.is_ending(key))?;
    let (id, manager) = (current.id.as_ref()?, job.manager.as_ref()?);
    if !job.abilities.issues || (job.config.manager.is_none() && !job.abilities.self_managed) {
        return None;
    }
    let (name, provider) = (&job.config.name, &job.config.provider);
    match job.driver.is_gone(manager, id).await {
        Ok(false) => None,
        Ok(true) => Some(
            Problem::new(Code::TokenDead, format!("the key in use of {name} ({id}) is no longer at {provider}"))
                .cause("somebody deleted it there, or the manager belongs to another account")
                .hint(format!("tokenward rotate {name} --force --reason TEXT"))
                .state("whoever uses it fails, or will in a moment"),
        ),
        Err(_) => Some(
            Problem::new(Code::NotTested, format!("whether the key in use of {name} ({id}) is still there could not be seen"))
                .cause(format!("{provider} does not list its keys for the manager of this run"))
                .hint(format!("see `tokenward providers {provider}` for the scopes a manager needs, or run it again")),
        ),
    }
}

impl TokenRun<'_> {
    /// Looks whether a destination may hold an old value: it was written since, by somebody else,
    /// or was never written by us. Then nothing is ended: whoever reads it would be left with a
    /// dead token.
    pub(super) async fn look_at_places(&mut self) -> Result<(), Problem> {
        self.places_seen = true;
        let (mut problems, token) = (Vec::new(), &self.job.config.name);
        for destination in &self.job.config.destinations {
            let seen = match self.world.secrets.seen(destination).await {
                Ok(snapshot) => snapshot.updated_at,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            let moved = |what: String| {
                Problem::new(Code::OverwrittenByHand, format!("{destination} {what}"))
            };
            let late = self.state.late_until.as_ref();
            problems.push(match (seen, self.state.held.get(&destination.key())) {
                (Some(seen), Some(ours)) if seen == *ours => continue,
                // A run that was taken for dead wrote what it had begun to deliver.
                (Some(seen), Some(ours)) if seen > *ours && late.is_some_and(|late| seen <= *late) => continue,
                (Some(seen), Some(ours)) if seen > *ours => {
                    moved(format!("was written after tokenward wrote it at {ours}")).cause("it may hold the old value again")
                }
                (Some(seen), Some(ours)) => moved(format!("was written last at {seen}, GitHub says, and tokenward wrote it at {ours}"))
                    .cause("GitHub shows another secret than the one that was written, or an older state of it"),
                (None, Some(ours)) => moved(format!("is not there, and tokenward wrote it at {ours}"))
                    .cause("it was deleted, or GitHub does not show it to our credential any more")
                    .hint(format!("take it out of the config if nobody needs it, or: tokenward rotate {token} --force --reason TEXT")),
                (Some(_), None) => unwritten(destination),
                // It never was there, so nobody reads it.
                (None, None) => continue,
            });
        }
        if problems.is_empty() {
            return Ok(());
        }
        let name = &self.job.config.name;
        for problem in &mut problems {
            if matches!(problem.id, Code::OverwrittenByHand | Code::DestinationUnwritten)
                && problem.hint.is_none()
            {
                problem.hint = Some(format!(
                    "to replace it everywhere by a new one: tokenward rotate {name} --force --reason TEXT"
                ));
            }
            problem.state = Some(
                "no old value is revoked before this is settled: old and new value both work"
                    .to_owned(),
            );
        }
        self.moved = problems;
        let can_wait = |stage: &Ending| {
            matches!(stage, Ending::Waiting | Ending::Revoking { .. } | Ending::Disabled { .. })
        };
        let waiting = self
            .state
            .retiring
            .iter()
            .filter(|retiring| can_wait(&retiring.stage) && !retiring.leaked);
        self.left_for_later.extend(waiting.map(|retiring| label(&retiring.key)));
        Ok(())
    }

    /// What a rotation that begins leaves behind: a value that a person put into the primary
    /// destination, which no record knows, and secrets that hold what tokenward wrote there and are
    /// no destinations any more.
    pub(super) async fn tell_what_is_left(&mut self) {
        let (name, provider) = (&self.job.config.name, &self.job.config.provider);
        let stranger = self.job.handed.clone().filter(|_| {
            InjectedValue::recognise(&self.state, self.job.handed.as_ref())
                == InjectedValue::Stranger
        });
        if let Some(value) =
            stranger.filter(|_| !self.job.abilities.refreshes && self.state.current.is_some())
        {
            let id = self
                .id_of(&value)
                .await
                .ok()
                .flatten()
                .map_or_else(String::new, |(id, _)| format!(" (key {id})"));
            let problem = Problem::new(Code::OverwrittenByHand, format!("the value in use of {name}{id} was put there by hand, and is replaced"))
                .cause("no record knows it, so tokenward does not end it")
                .hint(format!("revoke it at {provider} once every destination holds the new value: tokenward revoke --leaked - takes it from standard input"))
                .state("it still works");
            self.outcome.problems.push(problem);
        }
        let named: Vec<String> =
            self.job.config.destinations.iter().map(Destination::key).collect();
        for place in
            self.state.held.keys().filter(|key| !named.contains(key)).cloned().collect::<Vec<_>>()
        {
            self.done(format!(
                "left {} alone, which the config does not name any more: it keeps the old value, which is going to be revoked",
                sanitize(&place)
            ));
        }
    }

    /// A secret that somebody wrote since the last rotation is replaced only where a person asks
    /// for it.
    pub(super) fn untouched(&self, why: &Why) -> Result<(), Vec<Problem>> {
        let by_itself = match why {
            Why::Due | Why::Expiring => true,
            // What was asked for in an earlier run was asked for what was there then.
            Why::Asked(_) => self.job.asked.is_none(),
            Why::Leaked | Why::Brought | Why::Found => false,
        };
        if !by_itself {
            return Ok(());
        }
        let name = &self.job.config.name;
        let mut problems = Vec::new();
        for destination in &self.job.config.destinations {
            let now =
                self.snapshots.get(&destination.key()).and_then(|snapshot| snapshot.updated_at);
            let found =
                self.state.adopted_at().filter(|_| self.job.config.primary() == Some(destination));
            let ours = self.state.held.get(&destination.key()).copied().or(found);
            // A run that was taken for dead wrote what it had begun to deliver.
            let is_late = |now: Timestamp| self.state.late_until.is_some_and(|late| now <= late);
            if let (Some(now), Some(ours)) = (now, ours)
                && now > ours
                && !is_late(now)
            {
                problems.push(
                    Problem::new(Code::OverwrittenByHand, format!("{destination} was written at {now}, and not by tokenward"))
                        .cause(format!("{name} is due, and a new value would replace what somebody put there"))
                        .hint(format!("to replace it everywhere by a new one: tokenward rotate {name} --force --reason TEXT"))
                        .state(self.no_key()),
                );
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}
