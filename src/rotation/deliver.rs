//! From the fence to the proof: the value goes into every destination, the primary destination
//! first, and a later run is handed it by GitHub.

use std::collections::BTreeMap;

use super::token_run::{TokenRun, bug};
use super::{moves, preflight};
use crate::destinations::{PutError, Snapshot, reach_after};
use crate::domain::lifecycle::{Push, Stage, Why, Written};
use crate::domain::outcome::Delivery;
use crate::domain::{Destination, Problem, Timestamp};

impl TokenRun<'_> {
    /// Journals that from now on any destination may hold the new value.
    pub(super) async fn fence(&mut self) -> Result<(), Problem> {
        let pending = self.pending()?;
        let Stage::Minted { id, fingerprint } = pending.stage.clone() else {
            return Err(bug("only a minted key can pass the fence"));
        };
        let to = moves::fence(&self.state, Some(id), fingerprint, self.expires_at, self.pushes());
        let to = self.keeping(to);
        self.fenced_here = true;
        self.journal(to, "tested; from here on it may be in any destination").await
    }

    /// Every destination as it was before this rotation; none is written yet.
    pub(super) fn pushes(&self) -> BTreeMap<String, Push> {
        let destinations = self.job.config.destinations.iter();
        let push = |destination: &Destination| {
            let snapshot = self.snapshots.get(&destination.key());
            let reach = snapshot
                .and_then(|before| reach_after(destination, before))
                .map(|reach| reach.digest());
            Push {
                before: snapshot.and_then(|snapshot| snapshot.updated_at),
                reach,
                written: Written::Todo,
            }
        };
        destinations.map(|destination| (destination.key(), push(destination))).collect()
    }

    /// Writes every destination that is not known to hold the value. One that fails stops no other,
    /// except home: it goes first, alone.
    pub(super) async fn push(&mut self) -> Result<(), Problem> {
        let value = self.in_hand.clone().ok_or_else(|| bug("no value to push"))?;
        if self.primary_is_to_do() && !self.keep_old().await? {
            self.pushed = true;
            return Ok(());
        }
        // A run that goes on with another one's work says so first, so that no third one does the
        // same.
        if self.state.lead.as_ref().is_none_or(|lead| lead.instance != *self.world.instance) {
            self.journal(self.state.clone(), "goes on delivering").await?;
        }
        let pushes = self.pending()?.pushes.clone();
        let mut results = BTreeMap::new();
        for (index, destination) in self.job.config.destinations.iter().enumerate() {
            let key = destination.key();
            if let Some(Written::Done { .. }) = pushes.get(&key).map(|push| &push.written) {
                // What came of a refresh was written to the primary destination in this very run.
                if self
                    .outcome
                    .destinations
                    .iter()
                    .all(|known| known.destination != destination.to_string())
                {
                    self.delivery(destination, Delivery::Kept, Vec::new());
                }
                continue;
            }
            if !pushes.contains_key(&key) {
                // Added to the config since the fence: it gets the value with the next rotation.
                self.delivery(destination, Delivery::Waiting, Vec::new());
                continue;
            }
            // GitHub's budget is used up, or a person wants an end: the next run goes on from here.
            if self.world.is_interrupted() || self.used_up {
                self.delivery(destination, Delivery::Waiting, Vec::new());
                continue;
            }
            self.renew_lease().await?;
            let written = self.push_one(destination, &value).await;
            let done = matches!(written, Written::Done { .. });
            results.insert(key, written);
            if index == 0 && !done {
                for later in self.job.config.destinations.iter().skip(1) {
                    self.delivery(later, Delivery::Waiting, Vec::new());
                }
                break;
            }
        }
        self.pushed = true;
        // Only the run that passed the fence knows that nothing was tried before: the `todo` of a
        // dead run may be anything.
        let untried = self.fenced_here && pushes.values().all(|push| push.written == Written::Todo);
        if untried && results.values().all(|written| *written == Written::Refused) {
            return self.take_back().await;
        }
        let reached =
            results.values().filter(|written| matches!(written, Written::Done { .. })).count();
        let to = moves::pushed(&self.state, &results);
        let event = format!("{reached} of {} destinations written", results.len());
        if results.values().any(|written| matches!(written, Written::Done { .. })) {
            self.done(format!("wrote the new value to {event}").replace(" written", ""));
        }
        self.journal_and_leave(to, &event).await
    }

    /// The primary destination refused the value for certain, and nothing else was tried: the key
    /// is in no destination and can go at once.
    async fn take_back(&mut self) -> Result<(), Problem> {
        if self.pending()?.why == Why::Brought {
            return self
                .journal_and_leave(
                    moves::forget(&self.state, None),
                    "the primary secret refused it; nothing was delivered",
                )
                .await;
        }
        self.abort("the primary secret refused it").await?;
        self.discard_for_good().await
    }

    async fn push_one(
        &mut self,
        destination: &Destination,
        value: &crate::domain::Secret,
    ) -> Written {
        let before = match self.snapshots.get(&destination.key()) {
            Some(before) => before.clone(),
            // A run that goes on after a crash has not looked yet; the write itself must be seen to
            // be later than what it finds.
            None => match self.look_again(destination).await {
                Ok(snapshot) => match preflight::nothing_to_preserve(destination, &snapshot) {
                    // It may come back: GitHub says "not there" also of what it will not show.
                    Some(problem) => {
                        self.delivery(destination, Delivery::Waiting, vec![problem]);
                        return Written::Todo;
                    }
                    None => snapshot,
                },
                Err(problem) => {
                    self.delivery(destination, Delivery::Waiting, vec![problem]);
                    return Written::Todo;
                }
            },
        };
        let part = match &destination.part {
            None => Ok(value.clone()),
            Some(part) => self.job.driver.part(value, part),
        };
        let part = match part {
            Ok(part) => part,
            Err(problem) => {
                self.delivery(
                    destination,
                    Delivery::Refused,
                    vec![problem.state(format!("{destination} holds what it held"))],
                );
                return Written::Refused;
            }
        };
        match self.world.secrets.put(destination, &part, &before).await {
            Ok(arrival) => {
                self.delivery(destination, Delivery::Written, arrival.problems);
                Written::Done { at: arrival.at }
            }
            Err(PutError::Later(problem)) => {
                self.used_up = true;
                self.delivery(
                    destination,
                    Delivery::Waiting,
                    vec![problem.state(self.still_holds(destination))],
                );
                Written::Todo
            }
            Err(PutError::Refused(problem)) => {
                self.delivery(
                    destination,
                    Delivery::Refused,
                    vec![problem.state(self.still_holds(destination))],
                );
                Written::Refused
            }
            Err(PutError::Unclear(problem)) => {
                self.delivery(
                    destination,
                    Delivery::Unclear,
                    vec![problem.state(self.may_hold(destination))],
                );
                Written::Unclear
            }
        }
    }

    async fn look_again(&self, destination: &Destination) -> Result<Snapshot, Problem> {
        self.world.secrets.prepare(&destination.place).await?;
        self.world.secrets.look(destination).await
    }

    /// Sees whether the primary secret was written since the fence.
    pub(super) async fn look_at_primary(&mut self) -> Result<(), Problem> {
        let primary =
            self.job.config.destinations.first().ok_or_else(|| bug("no primary destination"))?;
        let pending = self.pending()?;
        let arrived = matches!(pending.stage, Stage::Pushed { .. });
        let since = |push: &Push| match push.written {
            Written::Done { at } if arrived => Some(at),
            _ => push.before,
        };
        let Some(before) = pending.pushes.get(&primary.key()).map(since) else {
            // The config names another primary destination than when the fence was passed: it never
            // got this value and never will.
            self.primary_moved = Some(false);
            return Ok(());
        };
        let now = self.world.secrets.look(primary).await?;
        self.primary_moved = Some(now.updated_at > before);
        Ok(())
    }

    /// Every destination was seen to take the new value, and the old one leaked: it ends now.
    /// Whether a later run is handed the new one is still to be seen; until then nothing else is
    /// ended.
    pub(super) async fn give_up_current(&mut self) -> Result<(), Problem> {
        let old =
            self.state.current.as_ref().ok_or_else(|| bug("there is no value in use"))?.version;
        let to = moves::give_up_current(&self.state, self.now());
        self.in_hand = None;
        self.journal_and_leave(
            to,
            &format!("{old} leaked, and every destination was given a newer value: it ends now"),
        )
        .await?;
        self.done(format!("took {old} out of use: the old value leaked"));
        Ok(())
    }

    /// That this run was handed the value in use: by the primary destination.
    pub(super) fn received_from_primary(&self) -> Option<(String, Timestamp)> {
        self.job.config.primary().map(|primary| (primary.key(), self.now()))
    }

    /// The proof is there: the new value is the current one, and the old one's grace runs.
    pub(super) async fn promote(&mut self) -> Result<(), Problem> {
        let version = self.pending()?.version;
        let proof = "GitHub handed this run the new value";
        let to =
            moves::promote(&self.state, self.job.policy.grace, self.asked() == Some(&Why::Leaked));
        let to = moves::confirmed(&to, self.received_from_primary());
        self.in_hand = None;
        self.journal_and_leave(to, &format!("{version} is in use: {proof}")).await?;
        self.done(format!("{version} is in use: {proof}"));
        Ok(())
    }
}
