//! The problem that a run reports when it rests, if there is one.

use crate::domain::lifecycle::{Pending, TokenState, Why};
use crate::domain::{Problem, TokenName};
use crate::journal::CommitError;
use crate::rotation::decide::late;
use crate::rotation::decide::memory::Memory;
use crate::rotation::decide::truth;
use crate::rotation::effects::context::Context;
use crate::rotation::problems::{account, destinations, grants, issuing, lateness, received, run};
use crate::rotation::steps::person;
use crate::rotation::types::step::Rest;

/// What a person needs to know about why the run stopped.
pub(crate) fn problem_of(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    rest: &Rest,
) -> Option<Problem> {
    let config = cx.job.config;
    let name = &config.name;
    let problem = match rest {
        Rest::AwaitProof => return unproven(cx, state, memory, state.pending.as_ref()?),
        Rest::Idle | Rest::Grace(_) | Rest::AwaitMarks => return None,
        // The delivery took so long that the next rotation is due; a run starts only one.
        Rest::Unpushed if state.pending.is_none() && is_due(cx, state) => lateness::due_again(name),
        // Each destination or key has its own problem already.
        Rest::Unpushed | Rest::Unrevoked => return None,
        Rest::QueuedBefore => received::queued_before(name).state(truth::both(state, memory)),
        Rest::HandedDead => received::revoked(config).state(truth::unchanged(state, memory)),
        Rest::Paused(until) => {
            account::paused(config, *until).state(truth::unchanged(state, memory))
        }
        Rest::Staggered(peer) if cx.job.request.asked.is_some() => {
            CommitError::Staggered(TokenName::new(peer.clone())).into_problem(name)
        }
        Rest::Staggered(peer) => {
            memory.seen.waits = vec![format!("the rotation of {peer} has finished")];
            return None;
        }
        Rest::Busy(who) => run::busy(name, who),
        Rest::Unclear if cx.job.abilities.refreshes() => grants::refresh_unclear(config),
        Rest::Unclear => issuing::unclear(config).state(truth::old_value(state, memory)),
        Rest::NotHanded => received::missing(config).state(truth::unchanged(state, memory)),
        Rest::Overwritten => {
            let in_manual_rotation = cx.job.abilities.is_manual() && state.pending.is_some();
            let problem = if in_manual_rotation {
                received::unknown_in_manual_rotation(config)
            } else {
                received::unknown(config)
            };
            problem.state(truth::unchanged(state, memory))
        }
        Rest::NeedsValue(why) => person::needs_value(cx, state, memory, why),
    };
    Some(problem)
}

fn is_due(cx: &Context<'_>, state: &TokenState) -> bool {
    cx.job.policy.due_by_age(state).is_some_and(|due| due <= cx.now())
}

/// Every destination has the new value, but this run did not receive it.
fn unproven(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    pending: &Pending,
) -> Option<Problem> {
    let config = cx.job.config;
    let is_requested = !matches!(cx.job.request.asked, None | Some(Why::Leaked));
    let problem = if is_requested && memory.sent.mints == 0 {
        destinations::delivered_before_request(&config.name, pending.version)
    } else if late::is_late(pending.since, cx.now()) {
        let primary = config.primary().map(ToString::to_string).unwrap_or_default();
        received::still_old(config, pending.version, pending.since, &primary)
    } else {
        return None;
    };
    Some(problem.state(truth::both(state, memory)))
}
