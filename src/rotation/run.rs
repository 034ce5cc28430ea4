//! The run of one token: asks `next` for a step, takes it, and journals the result. The only place
//! that writes a token's record.

use crate::domain::lifecycle::{Key, TokenState};
use crate::domain::{Problem, Salt};
use crate::rotation::checks::ownership;
use crate::rotation::checks::renamed;
use crate::rotation::decide::inputs;
use crate::rotation::decide::memory::Memory;
use crate::rotation::decide::next::next;
use crate::rotation::effects::actions::Actions;
use crate::rotation::effects::context::Context;
use crate::rotation::effects::random::random;
use crate::rotation::problems::account::no_clock;
use crate::rotation::problems::bug;
use crate::rotation::steps;
use crate::rotation::steps::adopt;
use crate::rotation::steps::mint;
use crate::rotation::steps::places;
use crate::rotation::types::facts::InjectedValue;
use crate::rotation::types::job::{Job, World};
use crate::rotation::types::step::Step;
use crate::rotation::types::transition::{Record, Transition};

/// A run in progress.
pub(crate) struct Run<'a> {
    /// What it works with.
    pub(crate) cx: Context<'a>,
    /// The token's state.
    pub(crate) state: TokenState,
    /// What it has learned and done.
    pub(crate) memory: Memory,
    /// The index in the report of the first problem that the last step failed with.
    stops_at: Option<usize>,
}

impl<'a> Run<'a> {
    /// Starts at the token's newest record.
    pub(crate) async fn begin(
        world: &'a World<'a>,
        job: &'a Job<'a>,
        actions: &'a dyn Actions,
    ) -> Result<Self, Problem> {
        if let Some(flaw) = &job.flaw {
            return Err(flaw.clone());
        }
        let now = world.now().ok_or_else(no_clock)?;
        let state = match actions.journalled() {
            // A pause that has ended is dropped.
            Some(state) => TokenState { paused_until: state.pause(now), ..state },
            None => TokenState::new(job.config.provider.clone(), Salt::from_random(random()?), now),
        };
        let tokens = world.ledger.tokens().await;
        if let Some(swapped) =
            renamed::swapped(&job.config.name, &state, job.values.handed.as_ref(), &tokens)
        {
            return Err(swapped);
        }
        // What the values of this run show about the keys goes into the next record.
        let shown = |key: &Key| {
            let values =
                job.values.handed.iter().chain(&job.values.desk.kept).chain(&job.values.desk.next);
            values
                .filter(|value| value.fingerprint(&state.salt) == key.fingerprint)
                .find_map(|value| job.driver.key_id(value))
        };
        let state = ownership::with_evidence(state.clone(), shown);
        // The run receives the pending value in the primary secret, or, if a person created it,
        // still in the secret beside it.
        let in_hand = [&job.values.handed, &job.values.desk.next]
            .into_iter()
            .flatten()
            .find(|value| InjectedValue::recognise(&state, Some(value)) == InjectedValue::Pending);
        let cx = Context { world, job, actions, begun: now };
        let mut memory = Memory::new(job, &state, in_hand.cloned());
        mint::find_again(&cx, &state, &mut memory).await?;
        Ok(Self { cx, state, memory, stops_at: None })
    }

    /// The next step.
    pub(crate) async fn next(&self) -> Result<Step, Problem> {
        let inputs = inputs::inputs(&self.cx, &self.state, &self.memory).await?;
        Ok(next(&self.state, &self.memory, &inputs))
    }

    /// Takes a step, and journals the result.
    pub(crate) async fn take(&mut self, step: Step) -> Result<(), Problem> {
        self.cx.actions.begins(&step);
        let begins = matches!(step, Step::Intend(_));
        let taken = Box::pin(steps::take(&self.cx, &self.state, &mut self.memory, step)).await;
        let transition = taken.map_err(|problems| self.report_all(problems))?;
        self.apply(transition).await?;
        if begins {
            places::report_leftovers(&self.cx, &self.state, &mut self.memory).await;
        }
        Ok(())
    }

    /// Adopts the value in use, and does nothing else.
    pub(crate) async fn adopt(&mut self) -> Result<(), Problem> {
        self.cx.actions.begins(&Step::Adopt);
        let adopted = adopt::adopt_current(&self.cx, &self.state, &mut self.memory).await?;
        self.apply(adopted).await
    }

    /// Journals a transition.
    pub(crate) async fn apply(&mut self, transition: Transition) -> Result<(), Problem> {
        let Transition { record, done, stop } = transition;
        if let Some(record) = record {
            self.journal(record).await?;
        }
        if let Some(done) = done {
            self.memory.done(&self.cx, done);
        }
        stop.map_or(Ok(()), Err)
    }

    async fn journal(&mut self, record: Record) -> Result<(), Problem> {
        // If two tokens have the same value, only one may adopt it; the other one sees its record.
        let is_new = self.state.current.is_none() && self.state.pending.is_none();
        let takes_over = is_new && (record.to.current.is_some() || record.to.pending.is_some());
        let ledger = self.cx.world.ledger;
        let _adopting = if takes_over { Some(ledger.adopting().await) } else { None };
        if let Some(value) = self.cx.job.values.handed.as_ref().filter(|_| takes_over) {
            renamed::is_of_no_other(&self.cx, value).await?;
        }
        self.state = self.cx.actions.journal(&self.state, record).await?;
        Ok(())
    }

    /// Releases the lease, if this run still has it. A failure does not matter: the next run sees
    /// that this one has ended.
    pub(crate) async fn leave(&mut self) {
        if self.cx.holds(self.state.lead.as_ref()) {
            let left = Transition::leave(self.state.clone(), "left to the next run");
            let _ = self.apply(left).await;
        }
    }

    /// The problems that the run ends with: this one, and those of the same step.
    pub(crate) fn stopped_by(&mut self, problem: Problem) -> Vec<Problem> {
        let problems = &mut self.memory.report.problems;
        let at = self.stops_at.unwrap_or(problems.len());
        let mut stops = problems.split_off(at.min(problems.len()));
        stops.push(problem);
        stops
    }

    /// Reports all problems but the last, which the run ends with.
    fn report_all(&mut self, problems: Vec<Problem>) -> Problem {
        let mut problems = problems.into_iter();
        let last = problems.next_back().unwrap_or_else(|| bug("a check failed without a reason"));
        self.stops_at = Some(self.memory.report.problems.len());
        self.memory.report.problems.extend(problems);
        last
    }
}
