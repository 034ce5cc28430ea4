//! The problem that a resting run reports, if there is one.

use super::context::Context;
use super::memory::Memory;
use super::step::Rest;
use super::{late, pause, person, preflight, truth};
use crate::domain::lifecycle::{TokenState, Why};
use crate::domain::{Code, Problem, TokenName};
use crate::journal::CommitError;

/// Another run is at work on the token.
pub(super) fn busy(cx: &Context<'_>, who: &str) -> Problem {
    Problem::new(Code::AnotherRun, format!("{} is being worked on by {who}", cx.job.config.name))
        .hint("let it finish; if it died, the next run takes over as soon as GitHub says that it is over")
        .state("this run changed nothing")
}

/// What a person has to know about why the run stopped.
pub(super) fn problem_of(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    rest: &Rest,
) -> Option<Problem> {
    let config = cx.job.config;
    let name = &config.name;
    match rest {
        Rest::AwaitProof if !matches!(cx.job.request.asked, None | Some(Why::Leaked)) && memory.sent.mints == 0 => Some(
            Problem::new(Code::AlreadyRotating, format!("a new value of {name} is in every destination already, and waits for its proof"))
                .cause("no other was begun: the run that proves it comes first")
                .hint("ask again then; where the value leaked, --leaked does not wait")
                .state(truth::both(state, memory)),
        ),
        Rest::AwaitProof => state.pending.as_ref().filter(|pending| late::is_late(pending.since, cx.now())).map(|pending| {
            let (new, primary) = (pending.version, config.primary().map(ToString::to_string).unwrap_or_default());
            Problem::new(Code::RotationStuck, format!("{} still holds an older value than {new} of {name}", config.value))
                .cause(format!("{new} was written to {primary} at {} or later, and a run that GitHub hands another value proves nothing", pending.since))
                .hint(format!("look at the `env:` of this step: {} has to come from {primary}; start the workflow again, and do not re-run an old run", config.value))
                .state(truth::both(state, memory))
        }),
        Rest::Idle | Rest::Grace(_) | Rest::AwaitMarks => None,
        // It took so long to deliver that its time is over again; one rotation begins in a run.
        Rest::Unpushed if state.pending.is_none() && cx.job.policy.due_by_age(state).is_some_and(|due| due <= cx.now()) => Some(
            Problem::new(Code::TokenDue, format!("{name} is to be replaced again: its value is older than `rotate-every` already"))
                .hint("nothing to do: the next run begins a new rotation"),
        ),
        // Each destination or key has its own problem already.
        Rest::Unpushed | Rest::Unrevoked => None,
        Rest::QueuedBefore => Some(
            Problem::new(Code::AnotherRun, format!("this run was handed a value of {name} from before the last write of its primary secret"))
                .cause("GitHub reads a repository's secrets when a run is queued")
                .hint("nothing to do: the next run is handed the new value")
                .state(truth::both(state, memory)),
        ),
        Rest::HandedDead => Some(
            Problem::new(Code::OverwrittenByHand, format!("{} holds a value of {name} that was revoked", config.value))
                .cause("this run was queued before the revocation, or somebody put the old value back")
                .hint(format!("if the next run says so too: tokenward rotate {name} --force --reason TEXT"))
                .state(truth::unchanged(state, memory)),
        ),
        Rest::Paused(until) => Some(pause::paused(cx, state, memory, *until)),
        Rest::Staggered(peer) if cx.job.request.asked.is_some() => {
            Some(CommitError::Staggered(TokenName::new(peer.clone())).into_problem(name))
        }
        Rest::Staggered(peer) => {
            memory.seen.waits = vec![format!("the rotation of {peer} is over")];
            None
        }
        Rest::Busy(who) => Some(busy(cx, who)),
        Rest::Unclear if cx.job.abilities.refreshes() => Some(
            Problem::new(Code::MintUnclear, format!("{} gave no clear answer when asked for a refresh, twice", config.provider))
                .cause("whether the refresh token was used up is not known")
                .hint("the next run looks whether the primary destination was written, and asks once more; if the provider does not take it then, a person has to authorize again")
                .state("the access token in every destination works until it expires"),
        ),
        Rest::Unclear => Some(
            Problem::new(Code::MintUnclear, format!("{} gave no clear answer when asked for a key", config.provider))
                .hint("the next run finds the key by its name, deletes it, and tries again")
                .state(truth::old_value(state, memory)),
        ),
        Rest::NotHanded => Some(preflight::value_missing(cx, state, memory)),
        Rest::Overwritten => Some(
            Problem::new(Code::OverwrittenByHand, format!("{} holds a value of {name} that tokenward did not put there", config.value))
                .cause("somebody changed the secret by hand, or this step is handed another one")
                .hint(if cx.job.abilities.is_manual() && state.pending.is_some() {
                    format!("to replace it everywhere by a new one: tokenward push {name} --value-from -")
                } else {
                    format!("to replace it everywhere by a new one: tokenward rotate {name} --force --reason TEXT")
                })
                .state(truth::unchanged(state, memory)),
        ),
        Rest::NeedsValue(why) => Some(person::needs_value(cx, state, memory, why)),
    }
}
