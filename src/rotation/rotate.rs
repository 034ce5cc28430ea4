//! One run's work on one token: decide, do, journal, decide again, until nothing more can be done
//! now. It never waits out a grace.

use std::time::Duration;

use tokio::time::sleep;

use super::job::{Job, World};
use super::next::{Rest, Step, next, ripe_at, waits_for_marks};
use super::token_run::{TokenRun, bug};
use super::truth::end_of_current;
use super::{late, preflight};
use crate::domain::lifecycle::{Ending, Origin, Stage, TokenState, Why};
use crate::domain::outcome::{Next, TokenOutcome};
use crate::domain::{Code, Problem, TokenName};
use crate::journal::CommitError;

/// More steps than any run takes: beyond it the machine goes in a circle.
const MOST_STEPS: usize = 60;

/// How often a leak asks whether the run at work on its token is over, and how long apart: a
/// quarter of an hour in all.
const TURNS: u32 = 45;
const A_TURN: Duration = Duration::from_secs(20);

/// Advances a token as far as it may go now. A leak does not give up where another run is at work
/// on the token: it takes the next turn.
pub async fn rotate(world: &World<'_>, job: &Job<'_>) -> TokenOutcome {
    let mut earlier = Vec::new();
    for _ in 0..TURNS {
        let (mut outcome, is_busy) = Box::pin(turn(world, job)).await;
        if !is_busy || job.asked != Some(Why::Leaked) || world.is_interrupted() {
            outcome.done.splice(0..0, earlier);
            return outcome;
        }
        earlier.append(&mut outcome.done);
        sleep(A_TURN).await;
        // What cannot be read now is read by the turn itself, which says so.
        let _ = world.ledger.look_again(&job.config.name).await;
    }
    let mut outcome = Box::pin(turn(world, job)).await.0;
    outcome.done.splice(0..0, earlier);
    outcome
}

/// One try, and whether another run is at work.
async fn turn(world: &World<'_>, job: &Job<'_>) -> (TokenOutcome, bool) {
    let mut run = match TokenRun::begin(world, job).await {
        Ok(run) => run,
        Err(problem) => {
            let mut outcome = failed(job, problem);
            if let Some(state) = world.ledger.token(&job.config.name).await {
                describe(&mut outcome, &state, &job.policy);
            }
            return (outcome, false);
        }
    };
    let mut is_busy = false;
    match Box::pin(advance(&mut run)).await {
        Ok(rest) => {
            is_busy = matches!(rest, Rest::Busy(_));
            if run.state.pending.is_none() {
                run.outcome.problems.append(&mut run.moved);
            }
            rest_of(&mut run, &rest);
        }
        Err(problem) => run.outcome.problems.push(problem),
    }
    run.leave().await;
    (finish(run), is_busy)
}

async fn advance(run: &mut TokenRun<'_>) -> Result<Rest, Problem> {
    for _ in 0..MOST_STEPS {
        if run.world.is_interrupted() {
            return Err(Problem::new(
                Code::Interrupted,
                format!("{} was interrupted ({})", run.job.config.name, run.state.as_str()),
            )
            .hint("run it again; it goes on from here")
            .state("the journal holds the state; nothing in use was revoked"));
        }
        let facts = run.facts().await?;
        let step = next(&run.state, &facts);
        tracing::debug!(token = %run.job.config.name, state = run.state.as_str(), ?step, "step");
        match step {
            Step::Adopt => match Box::pin(run.adopt_current()).await {
                // A dead value has nobody to end it, and what a person left is the cure.
                Err(problem) if problem.id == Code::CurrentDead && run.takes_next() => {
                    Box::pin(run.take_next()).await?;
                    if run.left_refused.is_some() {
                        return Err(problem);
                    }
                }
                adopted => adopted?,
            },
            Step::Intend(why) => {
                let checked = match run.looked_ahead {
                    true => Ok(()),
                    false => Box::pin(run.preflight()).await.and_then(|()| run.untouched(&why)),
                };
                checked.map_err(|problems| all(run, problems))?;
                Box::pin(run.intend(why)).await?;
                run.tell_what_is_left().await;
            }
            Step::Mint => Box::pin(run.mint()).await?,
            Step::FindOurs => Box::pin(run.find_ours()).await?,
            Step::Test => run.test().await?,
            Step::Fence => run.fence().await?,
            Step::Push => Box::pin(run.push()).await?,
            Step::LookAtPrimary => run.look_at_primary().await?,
            Step::Abort => run.abort("its value was lost with the run that made it").await?,
            Step::Discard => run.discard().await?,
            Step::Supersede => run.supersede().await?,
            Step::Promote => Box::pin(run.promote()).await?,
            Step::GiveUp => run.give_up_current().await?,
            Step::RevokeFirst => {
                let begun = Box::pin(run.revoke_first()).await;
                begun.map_err(|problems| all(run, problems))?;
            }
            Step::LookAtUse(index) => run.look_at_use(index).await?,
            Step::LookAtPlaces => run.look_at_places().await?,
            Step::LookAtMarks => run.look_at_marks().await?,
            Step::Disable(index) => run.disable(index).await?,
            Step::BeginRevoking(index) if run.may_end(index).await? => {
                run.begin_revoking(index).await?
            }
            Step::Revoke(index) if run.may_end(index).await? => run.revoke(index).await?,
            Step::AskToEnd(index) if run.may_end(index).await? => run.ask_to_end(index).await?,
            Step::BeginRevoking(_) | Step::Revoke(_) | Step::AskToEnd(_) => {}
            Step::Bury(index) => run.bury(index).await?,
            Step::Rehearse => Box::pin(run.rehearse()).await?,
            Step::Refresh => Box::pin(run.refresh()).await?,
            Step::Recognise => Box::pin(run.recognise()).await?,
            Step::Expire(index) => run.expire(index).await?,
            Step::RecordLeak => run.record_leak().await?,
            Step::SeeDead(index) => run.see_dead(index).await?,
            Step::TakeNext => Box::pin(run.take_next()).await?,
            Step::Wish => run.wish().await?,
            Step::Ask => Box::pin(run.ask()).await?,
            Step::Tell => Box::pin(run.tell()).await?,
            Step::CleanUp(loose) => run.tidy(loose).await?,
            Step::Sweep => run.sweep().await?,
            Step::Rest(rest) => return Ok(rest),
        }
    }
    Err(bug("the state machine did not reach a resting state")
        .state("the journal holds the state; nothing in use was revoked"))
}

/// Reports all problems but the last, which is what the run ends with.
fn all(run: &mut TokenRun<'_>, problems: Vec<Problem>) -> Problem {
    let mut problems = problems.into_iter();
    let last = problems.next_back().unwrap_or_else(|| bug("a check failed and does not say why"));
    run.outcome.problems.extend(problems);
    last
}

/// What is told of a token whose run ended in a bug: where the journal says that it stands, which
/// the next run goes on from.
pub async fn stopped(world: &World<'_>, job: &Job<'_>, bug: Problem) -> TokenOutcome {
    let state = world.ledger.token(&job.config.name).await;
    let word = state.as_ref().map_or("new", TokenState::as_str);
    let mut outcome = failed(
        job,
        bug.state(format!("the journal holds the state ({word}); the next run goes on from there")),
    );
    if let Some(state) = &state {
        describe(&mut outcome, state, &job.policy);
    }
    outcome
}

/// Adopts the value in use, and does nothing else.
pub async fn adopt(world: &World<'_>, job: &Job<'_>) -> TokenOutcome {
    let mut run = match TokenRun::begin(world, job).await {
        Ok(run) => run,
        Err(problem) => return failed(job, problem),
    };
    let outcome = match &run.state.current {
        Some(current) => Err(Problem::new(
            Code::Usage,
            format!("{} was adopted already ({})", job.config.name, current.version),
        )
        .hint(format!("see `tokenward status {}`", job.config.name))),
        None => run.adopt_current().await,
    };
    if let Err(problem) = outcome {
        run.outcome.problems.push(problem);
    }
    finish(run)
}

pub(super) fn busy(run: &TokenRun<'_>, who: &str) -> Problem {
    Problem::new(Code::AnotherRun, format!("{} is being worked on by {who}", run.job.config.name))
        .hint("let it finish; if it died, the next run takes over as soon as GitHub says that it is over")
        .state("this run changed nothing")
}

/// What a person has to know about why the run stopped.
fn rest_of(run: &mut TokenRun<'_>, rest: &Rest) {
    let config = run.job.config;
    let name = &config.name;
    let problem = match rest {
        Rest::AwaitProof if !matches!(run.job.asked, None | Some(Why::Leaked)) && run.mints == 0 => Some(
            Problem::new(Code::AlreadyRotating, format!("a new value of {name} is in every destination already, and waits for its proof"))
                .cause("no other was begun: the run that proves it comes first")
                .hint("ask again then; where the value leaked, --leaked does not wait")
                .state(run.both()),
        ),
        Rest::AwaitProof => run.state.pending.as_ref().filter(|pending| late::is_late(pending.since, run.now())).map(|pending| {
            let (new, primary) = (pending.version, config.primary().map(ToString::to_string).unwrap_or_default());
            Problem::new(Code::RotationStuck, format!("{} still holds an older value than {new} of {name}", config.value))
                .cause(format!("{new} was written to {primary} at {} or later, and a run that GitHub hands another value proves nothing", pending.since))
                .hint(format!("look at the `env:` of this step: {} has to come from {primary}; start the workflow again, and do not re-run an old run", config.value))
                .state(run.both())
        }),
        Rest::Idle | Rest::Grace(_) | Rest::AwaitMarks => None,
        // It took so long to deliver that its time is over again; one rotation begins in a run.
        Rest::Unpushed if run.state.pending.is_none() && run.job.policy.due_by_age(&run.state).is_some_and(|due| due <= run.now()) => Some(
            Problem::new(Code::TokenDue, format!("{name} is to be replaced again: its value is older than `rotate-every` already"))
                .hint("nothing to do: the next run begins a new rotation"),
        ),
        // Each destination or key has its own problem already.
        Rest::Unpushed | Rest::Unrevoked => None,
        Rest::QueuedBefore => Some(
            Problem::new(Code::AnotherRun, format!("this run was handed a value of {name} from before the last write of its primary secret"))
                .cause("GitHub reads a repository's secrets when a run is queued")
                .hint("nothing to do: the next run is handed the new value")
                .state(run.both()),
        ),
        Rest::HandedDead => Some(
            Problem::new(Code::OverwrittenByHand, format!("{} holds a value of {name} that was revoked", config.value))
                .cause("this run was queued before the revocation, or somebody put the old value back")
                .hint(format!("if the next run says so too: tokenward rotate {name} --force --reason TEXT"))
                .state(run.unchanged()),
        ),
        Rest::Paused(until) => Some(run.paused(*until)),
        Rest::Staggered(peer) if run.job.asked.is_some() => {
            Some(CommitError::Staggered(TokenName::new(peer.clone())).into_problem(name))
        }
        Rest::Staggered(peer) => {
            run.waits = vec![format!("the rotation of {peer} is over")];
            None
        }
        Rest::Busy(who) => Some(busy(run, who)),
        Rest::Unclear if run.job.abilities.refreshes => Some(
            Problem::new(Code::MintUnclear, format!("{} gave no clear answer when asked for a refresh, twice", config.provider))
                .cause("whether the refresh token was used up is not known")
                .hint("the next run looks whether the primary destination was written, and asks once more; if the provider does not take it then, a person has to authorize again")
                .state("the access token in every destination works until it expires"),
        ),
        Rest::Unclear => Some(
            Problem::new(Code::MintUnclear, format!("{} gave no clear answer when asked for a key", config.provider))
                .hint("the next run finds the key by its name, deletes it, and tries again")
                .state(run.old_value()),
        ),
        Rest::NotHanded => Some(preflight::value_missing(run)),
        Rest::Overwritten => Some(
            Problem::new(Code::OverwrittenByHand, format!("{} holds a value of {name} that tokenward did not put there", config.value))
                .cause("somebody changed the secret by hand, or this step is handed another one")
                .hint(if run.job.abilities.manual && run.state.pending.is_some() {
                    format!("to replace it everywhere by a new one: tokenward push {name} --value-from -")
                } else {
                    format!("to replace it everywhere by a new one: tokenward rotate {name} --force --reason TEXT")
                })
                .state(run.unchanged()),
        ),
        Rest::NeedsValue(why) => Some(super::person::needs_value(run, why)),
    };
    run.outcome.problems.extend(problem);
}

pub(super) fn finish(mut run: TokenRun<'_>) -> TokenOutcome {
    let state = &run.state;
    describe(&mut run.outcome, state, &run.job.policy);
    if let (Some(next), false) = (&mut run.outcome.next, run.waits.is_empty()) {
        next.what = format!("{} once {}", next.what, run.waits.join(", and "));
    }
    run.outcome
}

/// Where the token stands now, and what comes next.
pub fn describe(outcome: &mut TokenOutcome, state: &TokenState, policy: &super::Policy) {
    state.as_str().clone_into(&mut outcome.state);
    if let Some(current) = &state.current {
        outcome.version = Some(current.version.number());
        outcome.since = Some(current.since);
        outcome.expires_at = current.expires_at;
    }
    outcome.due = policy.next_due(state);
    outcome.not_confirmed_by = policy.silent(state);
    outcome.why = state.pending.as_ref().map(|pending| pending.why.in_words());
    outcome.next =
        match (&state.pending, state.retiring.iter().min_by_key(|retiring| ripe_at(retiring))) {
            (Some(pending), _) if matches!(pending.stage, Stage::Pushed { .. }) => Some(Next {
                what: format!("a later run proves that GitHub hands out {}", pending.version),
                not_before: None,
            }),
            (Some(pending), _) => Some(Next {
                what: format!("go on delivering {}", pending.version),
                not_before: None,
            }),
            (None, Some(retiring)) => {
                let id =
                    retiring.key.id.as_ref().map_or_else(String::new, |id| format!(" (key {id})"));
                let whose = match retiring.stage {
                    Ending::Disabled { .. } => "delete disabled",
                    _ if retiring.key.origin == Origin::Brought && retiring.key.id.is_none() => {
                        "a person revokes"
                    }
                    _ => "revoke",
                };
                let mut what = format!("{whose} {}{id}", retiring.key.version);
                let by = policy.unconfirmed(state);
                if let (true, false, Some(current)) =
                    (waits_for_marks(retiring), by.is_empty(), &state.current)
                {
                    let names: Vec<String> = by.iter().map(ToString::to_string).collect();
                    what.push_str(&format!(
                        " once {} confirmed {}",
                        names.join(", "),
                        current.version
                    ));
                }
                Some(Next { what, not_before: ripe_at(retiring) })
            }
            (None, None) if end_of_current(state).is_some() => Some(Next {
                what: "replace the value in use, which was revoked".to_owned(),
                not_before: None,
            }),
            (None, None) if state.loose_ends.issue.is_some() => {
                let number = state
                    .loose_ends
                    .issue
                    .as_ref()
                    .and_then(|ask| ask.number)
                    .map_or_else(String::new, |number| format!(" (issue {number})"));
                Some(Next { what: format!("a person makes a new value{number}"), not_before: None })
            }
            (None, None) if state.loose_ends.wish.is_some() || state.has_leaked() => {
                Some(Next { what: "make a new value, as was asked".to_owned(), not_before: None })
            }
            (None, None) => policy
                .next_due(state)
                .map(|due| Next { what: "rotate".to_owned(), not_before: Some(due) }),
        };
}

pub(super) fn failed(job: &Job<'_>, problem: Problem) -> TokenOutcome {
    let mut outcome = TokenOutcome::new(job.config.name.clone(), job.config.provider.clone());
    outcome.problems.push(problem);
    outcome
}
