//! Maps each step to its function. The function reads what it needs, changes things through the
//! actions, and returns what to journal.

pub(crate) mod abort;
pub(crate) mod adopt;
pub(crate) mod brought;
pub(crate) mod clock;
pub(crate) mod deliver;
pub(crate) mod end_grant;
pub(crate) mod intend;
pub(crate) mod look_ahead;
pub(crate) mod mint;
pub(crate) mod person;
pub(crate) mod places;
pub(crate) mod record_leak;
pub(crate) mod refresh;
pub(crate) mod retire;
pub(crate) mod tidy;
pub(crate) mod unused;
pub(crate) mod wait_for_marks;
pub(crate) mod withdraw;

use crate::domain::lifecycle::TokenState;
use crate::domain::{Code, Problem};
use crate::rotation::decide::memory::Memory;
use crate::rotation::effects::context::Context;
use crate::rotation::types::step::Step;
use crate::rotation::types::transition::Transition;

/// Takes one step. Several problems are reported together.
pub(crate) async fn take(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    step: Step,
) -> Result<Transition, Vec<Problem>> {
    let taken = match step {
        Step::Intend(why) => return intend::begin(cx, state, memory, why).await,
        Step::RevokeFirst => return look_ahead::revoke_first(cx, state, memory).await,
        Step::Adopt => adopt_or_take(cx, state, memory).await,
        Step::Mint => Box::pin(mint::mint(cx, state, memory)).await,
        Step::FindOurs => Box::pin(mint::find_ours(cx, state, memory)).await,
        Step::Test if cx.job.abilities.refreshes() => {
            refresh::test_refreshed(cx, state, memory).await
        }
        Step::Test => mint::test(cx, state, memory).await,
        Step::Fence => deliver::fence(cx, state, memory),
        Step::Claim => Ok(Transition::keep(state.clone(), "continues the delivery")),
        Step::Push => Box::pin(deliver::push(cx, state, memory)).await,
        Step::LookAtPrimary => deliver::look_at_primary(cx, state, memory).await,
        Step::Abort => abort::abort(state, memory, "its value was lost with the run that made it"),
        Step::Discard => withdraw::discard(cx, state, memory).await,
        Step::Withdraw => withdraw::withdraw(cx, state, memory).await,
        Step::Supersede => mint::supersede(cx, state, memory).await,
        Step::Promote => deliver::promote(cx, state, memory),
        Step::GiveUp => deliver::give_up_current(cx, state, memory),
        Step::LookAtUse(index) => unused::look_at_use(cx, state, memory, index).await,
        Step::LookAtPlaces => places::look_at_places(cx, state, memory).await,
        Step::LookAtMarks => wait_for_marks::look_at_marks(cx, state, memory).await,
        Step::BeginRevoking(index) | Step::Revoke(index) | Step::AskToEnd(index) => {
            return in_time(cx, state, memory, step, index).await.map_err(|problem| vec![problem]);
        }
        Step::Disable(index) => retire::disable(cx, state, memory, index).await,
        Step::Bury(index) => retire::bury(cx, state, memory, index).await,
        Step::Rehearse => Box::pin(refresh::rehearse(cx, state, memory)).await,
        Step::Refresh => Box::pin(refresh::refresh(cx, state, memory)).await,
        Step::Recognise => Box::pin(refresh::recognise(cx, state, memory)).await,
        Step::Expire(index) => refresh::expire(cx, state, index),
        Step::RecordLeak => record_leak::record_leak(cx, state, memory),
        Step::SeeDead(index) => retire::see_dead(cx, state, memory, index).await,
        Step::TakeNext => Box::pin(brought::take_next(cx, state, memory)).await,
        Step::Wish => person::wish(cx, state, memory),
        Step::Ask => Box::pin(person::ask(cx, state, memory)).await,
        Step::OpenIssue => Box::pin(person::open(cx, state, memory)).await,
        Step::Tell => Box::pin(person::tell(cx, state, memory)).await,
        Step::CleanUp(task) => tidy::tidy(cx, state, memory, task).await,
        Step::Sweep => retire::sweep(cx, state, memory).await,
        Step::Rest(_) => Ok(Transition::stay()),
    };
    taken.map_err(|problem| vec![problem])
}

/// Adopts the value in use. If it is dead, it need not be revoked, and the value that a person
/// stored is taken instead.
async fn adopt_or_take(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    match Box::pin(adopt::adopt_current(cx, state, memory)).await {
        Err(problem) if problem.id == Code::CurrentDead && memory.takes_next(cx.job) => {
            let taken = Box::pin(brought::take_next(cx, state, memory)).await?;
            if memory.person.left_refused.is_some() { Err(problem) } else { Ok(taken) }
        }
        adopted => adopted,
    }
}

/// Takes a step to revoke an old key, if the time is certain enough for that.
async fn in_time(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    step: Step,
    index: usize,
) -> Result<Transition, Problem> {
    if !clock::may_end(cx, state, memory, index).await? {
        return Ok(Transition::stay());
    }
    match step {
        Step::BeginRevoking(_) => retire::begin_revoking(cx, state, memory, index).await,
        Step::AskToEnd(_) => retire::ask_to_end(cx, state, memory, index),
        _ => retire::revoke(cx, state, memory, index).await,
    }
}
