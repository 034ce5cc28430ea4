//! What a run would do where a person has a part in it. It asks the provider what the run would
//! ask, and writes nothing.

use super::cleanup::CleanupTask;
use super::facts::{Facts, InjectedValue};
use super::issue::Issues;
use super::plan::{Foretold, leave_for_later};
use super::{alarm, issue_text, moves};
use crate::domain::cleanup::{Ask, PendingCleanup, Taken};
use crate::domain::forecast::Requests;
use crate::domain::lifecycle::{Renewed, Stage, TokenState, Why, Written};
use crate::domain::{Destination, Nonce, Problem, Timestamp};

/// The number of an issue that is not open yet. GitHub counts from 1.
const FORETOLD: u64 = 0;

fn provider(reads: u64) -> Requests {
    Requests { provider_reads: reads, ..Requests::default() }
}

fn github(reads: u64, writes: u64) -> Requests {
    Requests { github_reads: reads, github_writes: writes, ..Requests::default() }
}

impl Foretold<'_, '_> {
    pub(super) async fn see_dead(
        &mut self,
        state: &TokenState,
        index: usize,
        facts: &mut Facts,
    ) -> TokenState {
        let value = state
            .retiring
            .get(index)
            .and_then(|retiring| self.run.value_of(&retiring.key.fingerprint));
        if let Some(value) = value {
            self.step("test whether the old value is dead", provider(1));
            let verdict = self.run.job.driver.verify(&value).await;
            if verdict.is_dead() {
                self.record("it is dead");
                return moves::bury(state, index, facts.now);
            }
            leave_for_later(state, index, facts);
            return if verdict.is_alive() && !facts.asked_person {
                self.ask(state, facts)
            } else {
                state.clone()
            };
        }
        leave_for_later(state, index, facts);
        let is_kept = state
            .retiring
            .get(index)
            .is_some_and(|retiring| state.loose_ends.kept.contains(&retiring.key.fingerprint));
        if is_kept || facts.asked_person { state.clone() } else { self.ask(state, facts) }
    }

    pub(super) async fn take_next(
        &mut self,
        state: &TokenState,
        facts: &mut Facts,
    ) -> Result<TokenState, Vec<Problem>> {
        let Some(value) = self.run.job.desk.next.clone() else { return Ok(state.clone()) };
        self.step(
            "test the value that a person left, and the one in use",
            provider(1 + u64::from(self.run.job.handed.is_some())),
        );
        if let Err(problem) = self.run.test_brought(&value).await {
            self.run.left_refused = Some(problem);
            facts.left_refused = true;
            return Ok(state.clone());
        }
        let mut problems = Vec::new();
        self.run.look_at_destinations(&mut problems).await;
        if !problems.is_empty() {
            return Err(problems);
        }
        self.step("look when the secret that holds it was written", github(1, 0));
        self.looks();
        self.record("brought by a person; from here on it may be in any destination");
        let nonce = Nonce::new("?");
        let to = match &state.pending {
            None => moves::intend(state, Why::Brought, nonce, String::new(), facts.now),
            Some(_) => moves::supersede(state, nonce, String::new(), facts.now),
        };
        let fingerprint = value.fingerprint(&state.salt);
        if self.run.is_asked_for_id(&value) {
            self.step("look for its id in the provider's list", provider(1));
        }
        let id = self.run.id_of(&value).await.map_err(|problem| vec![problem])?;
        let mut to =
            moves::fence(&to, id.map(|(id, _)| id), fingerprint.clone(), None, self.run.pushes());
        to.loose_ends.next = Some(Taken { fingerprint, source: None, written: None });
        facts.holding = true;
        facts.handed = InjectedValue::Current;
        Ok(self.run.keeping(to))
    }

    pub(super) fn ask(&mut self, state: &TokenState, facts: &mut Facts) -> TokenState {
        facts.asked_person = true;
        if facts.handed == InjectedValue::Current
            && self.run.job.handed.is_some()
            && self.run.job.abilities.manual
        {
            self.step("test whether the value in use is dead already", provider(1));
        }
        if self.run.job.abilities.manual && self.run.job.desk.next.is_none() {
            self.step(
                "look whether a new value is there that this step is not handed",
                github(1, 0),
            );
        }
        let known = state.loose_ends.issue.as_ref();
        let number = known.and_then(|ask| ask.number);
        let leaked = alarm::alarm(state, facts.manual, facts.ends);
        let leaked = leaked.filter(|leaked| known.is_none_or(|ask| ask.leaked < Some(*leaked)));
        // One of which the number is not known is looked for before another stands in its place.
        let looks = 1 + u64::from(leaked.is_some() && known.is_some() && number.is_none());
        self.step("look for the issue in which a person is asked", github(looks, 0));
        if leaked.is_none() && number.is_some() {
            return state.clone();
        }
        facts.told = !self.run.takes_next();
        self.record("a person will be asked in an issue");
        self.step("open an issue", github(0, 1));
        self.record("its number");
        let mut replaces = known.map(|ask| ask.replaces.clone()).unwrap_or_default();
        replaces.extend(number.filter(|_| leaked.is_some()));
        let leaked = leaked.or(known.and_then(|ask| ask.leaked));
        let issue = Some(Ask {
            number: Some(FORETOLD),
            since: facts.now,
            leaked,
            replaces,
            reminded: None,
        });
        TokenState {
            loose_ends: PendingCleanup { issue, ..state.loose_ends.clone() },
            ..state.clone()
        }
    }

    /// Looks at the issue as the run would, to know whether it will have to be changed.
    pub(super) async fn tell(&mut self, state: &TokenState, facts: &mut Facts) -> TokenState {
        facts.told = true;
        let Some(ask) = state.loose_ends.issue.clone() else { return state.clone() };
        let (Some(number), Ok(repo)) = (ask.number, self.run.primary_repo().cloned()) else {
            return state.clone();
        };
        let issues = Issues { github: self.run.world.reader, repo: &repo };
        let before = std::mem::replace(&mut self.run.state, state.clone());
        let phase = self.run.phase();
        let text = issue_text::text(self.run, &phase, ask.leaked);
        let comments = [issue_text::comment(self.run, &phase), self.run.reminder(&phase)];
        self.run.state = before;
        let mut requests = github(1, 1);
        if number == FORETOLD {
            comments.iter().flatten().for_each(|_| requests += github(1, 1));
            self.step("make the issue say what is true", requests);
            return state.clone();
        }
        let Ok(Some(issue)) = issues.get(number).await else { return state.clone() };
        let update = u64::from(!super::person::says(&issue, &text));
        requests = github(1, update);
        for (mark, _) in comments.iter().flatten() {
            let is_there = issues.has_comment(number, mark).await.unwrap_or(true);
            requests += github(1 + u64::from(is_there), u64::from(!is_there));
        }
        self.step("make the issue say what is true", requests);
        if comments.last().is_none_or(Option::is_none) {
            return state.clone();
        }
        self.record("people are reminded");
        let issue = Some(Ask { reminded: Some(facts.now), ..ask });
        TokenState {
            loose_ends: PendingCleanup { issue, ..state.loose_ends.clone() },
            ..state.clone()
        }
    }

    pub(super) fn tidy(&mut self, state: &TokenState, loose: &CleanupTask) -> TokenState {
        let mut ends = state.loose_ends.clone();
        let (what, requests) = match loose {
            CleanupTask::Next => {
                ends.next = None;
                ("remove the secret that a person put the new value into", github(1, 1))
            }
            CleanupTask::Kept => {
                ends.kept.clear();
                ("remove the secret that kept the old value", github(0, 1))
            }
            CleanupTask::Alert(number) => {
                ends.leaks.retain(|leak| leak.alert != Some(*number));
                ("resolve the alert", github(0, 1))
            }
            CleanupTask::Replaced(number) => {
                if let Some(ask) = &mut ends.issue {
                    ask.replaces.retain(|old| old != number);
                }
                ("close the issue that the new one replaces", github(2, 2))
            }
            CleanupTask::Issue => {
                ends.issue = None;
                ("close the issue", github(2, 2))
            }
        };
        self.step(what, requests);
        self.record("that is tidied up");
        TokenState { loose_ends: ends, ..state.clone() }
    }

    pub(super) async fn rehearse(
        &mut self,
        state: &TokenState,
        facts: &mut Facts,
    ) -> Result<TokenState, Vec<Problem>> {
        if self.run.snapshots.is_empty() {
            self.run.preflight().await?;
            self.checks();
        }
        if self.run.job.abilities.single_use && facts.handed == InjectedValue::Current {
            self.step(
                "write the primary destination with what it holds, to see that it can be written",
                github(1, 1),
            );
        }
        self.record("the access token will be refreshed; from here on the primary destination may hold what comes of it");
        facts.unsent = true;
        facts.primary_moved = None;
        Ok(moves::with_pushes(&moves::stage(state, Stage::Refreshing), self.run.pushes()))
    }

    pub(super) fn refresh(&mut self, state: &TokenState, facts: &mut Facts) -> TokenState {
        (facts.unsent, facts.holding) = (false, true);
        (facts.mints, facts.refreshed) = (facts.mints + 1, facts.refreshed + 1);
        self.step(
            "refresh the access token",
            Requests { provider_writes: 1, ..Requests::default() },
        );
        self.step("write what comes of it to the primary destination", github(1, 1));
        self.record("the primary destination holds what came of it");
        moves::refreshed(state, self.came(facts.now))
    }

    pub(super) fn came(&self, at: Timestamp) -> moves::Refreshed {
        let primary = self.run.job.config.primary().map(Destination::key).unwrap_or_default();
        moves::Refreshed {
            fingerprint: super::plan::foretold_fingerprint(),
            expires_at: None,
            renewed: Some(Renewed::Spent),
            primary,
            at,
        }
    }

    /// What is kept before the primary destination is overwritten.
    pub(super) fn keeps_old(&mut self, state: &TokenState, looked: bool) {
        let primary = self.run.job.config.primary().map(Destination::key).unwrap_or_default();
        let to_do = state
            .pending
            .as_ref()
            .and_then(|pending| pending.pushes.get(&primary))
            .is_some_and(|push| !matches!(push.written, Written::Done { .. }));
        let fresh = state
            .loose_ends
            .kept
            .iter()
            .filter_map(|name| self.run.value_of(name))
            .any(|value| !self.run.is_kept(&value));
        if to_do && fresh {
            self.step(
                "keep the old value in a secret beside the primary destination",
                github(2 + u64::from(!looked), 1),
            );
        }
    }
}
