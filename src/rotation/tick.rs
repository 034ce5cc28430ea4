//! One run's work on one token: decide, do, journal, decide again, until nothing more can be done now. It never waits out a grace.

use super::job::{Job, World};
use super::next::{Rest, Step, next, ripe_at};
use super::walk::{Walk, bug};
use super::{moves, preflight};
use crate::domain::lifecycle::{Ending, Origin, Stage, TokenState, Why};
use crate::domain::outcome::{Next, TokenOutcome};
use crate::domain::{Code, Problem, Secret, TokenName, Verdict};
use crate::journal::CommitFailure;

/// More steps than any tick takes: beyond it the machine goes in a circle.
const MOST_STEPS: usize = 60;

/// Advances a token as far as it may go now.
pub async fn tick(world: &World<'_>, job: &Job<'_>) -> TokenOutcome {
    let mut walk = match Walk::begin(world, job).await {
        Ok(walk) => walk,
        Err(problem) => return failed(job, problem),
    };
    match advance(&mut walk).await {
        Ok(rest) => rest_of(&mut walk, &rest),
        Err(problem) => walk.outcome.problems.push(problem),
    }
    walk.leave().await;
    finish(walk)
}

async fn advance(walk: &mut Walk<'_>) -> Result<Rest, Problem> {
    for _ in 0..MOST_STEPS {
        if walk.world.is_interrupted() {
            return Err(Problem::new(Code::Interrupted, format!("{} was interrupted ({})", walk.job.config.name, walk.state.word()))
                .hint("run it again; it goes on from here")
                .state("the journal holds the state; nothing in use was revoked"));
        }
        let facts = walk.facts().await?;
        let step = next(&walk.state, &facts);
        tracing::debug!(token = %walk.job.config.name, state = walk.state.word(), ?step, "step");
        match step {
            Step::Adopt => walk.adopt_current().await?,
            Step::Intend(why) => {
                if let Err(problems) = walk.preflight().await {
                    let mut problems = problems.into_iter();
                    let last = problems.next_back().unwrap_or_else(|| bug("a check failed and does not say why"));
                    walk.outcome.problems.extend(problems);
                    return Err(last);
                }
                walk.intend(why).await?;
            }
            Step::Mint => walk.mint().await?,
            Step::FindOurs => walk.find_ours().await?,
            Step::Test => walk.test().await?,
            Step::Fence => walk.fence().await?,
            Step::Push => walk.push().await?,
            Step::LookAtHome => walk.look_at_home().await?,
            Step::Abort => walk.abort("its value was lost with the run that made it").await?,
            Step::Discard => walk.discard().await?,
            Step::Supersede => walk.supersede().await?,
            Step::Promote => walk.promote().await?,
            Step::Panic => walk.panic().await?,
            Step::LookAtUse(index) => walk.look_at_use(index).await?,
            Step::Disable(index) => walk.disable(index).await?,
            Step::BeginRevoking(index) => walk.begin_revoking(index).await?,
            Step::Revoke(index) => walk.revoke(index).await?,
            Step::Bury(index) => walk.bury(index).await?,
            Step::Sweep => walk.sweep().await?,
            Step::Rest(rest) => return Ok(rest),
        }
    }
    Err(bug("the rotation goes in a circle").state("the journal holds the state; nothing in use was revoked"))
}

/// Adopts the value in use, and does nothing else.
pub async fn adopt(world: &World<'_>, job: &Job<'_>) -> TokenOutcome {
    let mut walk = match Walk::begin(world, job).await {
        Ok(walk) => walk,
        Err(problem) => return failed(job, problem),
    };
    let outcome = match &walk.state.current {
        Some(current) => Err(Problem::new(Code::Usage, format!("{} was adopted already ({})", job.config.name, current.generation))
            .hint(format!("see `tokenward status {}`", job.config.name))),
        None => walk.adopt_current().await,
    };
    if let Err(problem) = outcome {
        walk.outcome.problems.push(problem);
    }
    finish(walk)
}

/// Delivers a value that a person made: tested first, then pushed everywhere; the ticks after it prove it and retire the old one.
pub async fn push(world: &World<'_>, job: &Job<'_>, value: &Secret) -> TokenOutcome {
    let mut walk = match Walk::begin(world, job).await {
        Ok(walk) => walk,
        Err(problem) => return failed(job, problem),
    };
    if let Err(problem) = push_brought(&mut walk, value).await {
        walk.outcome.problems.push(problem);
    }
    walk.leave().await;
    finish(walk)
}

async fn push_brought(walk: &mut Walk<'_>, value: &Secret) -> Result<(), Problem> {
    let config = walk.job.config;
    if let Some(problem) = preflight::too_large(value) {
        return Err(problem);
    }
    let facts = walk.facts().await?;
    if let super::facts::Leader::Another { who } = facts.leader {
        return Err(busy(walk, &who));
    }
    if walk.state.pending.as_ref().is_some_and(|pending| pending.why != Why::Brought) {
        return Err(Problem::new(Code::Usage, format!("{} is being rotated right now ({})", config.name, walk.state.word()))
            .hint("let `tokenward rotate` finish first")
            .state("nothing was changed"));
    }
    if walk.state.current.is_none() && walk.state.pending.is_none() && walk.job.handed.is_some() {
        // The value in use must be known before it is replaced, or nobody would ever end it.
        walk.adopt_current().await?;
    }
    let fingerprint = value.fingerprint(&walk.state.salt);
    if walk.state.current.as_ref().is_some_and(|key| key.fingerprint == fingerprint) {
        return Err(
            Problem::new(Code::NothingSelected, format!("{} holds this very value already", config.name)).state("nothing was changed")
        );
    }
    let verdict = walk.job.driver.verify(value).await;
    let alive = verdict.facts().cloned();
    walk.outcome.verdict = Some(verdict.clone());
    let Some(new) = alive else {
        let problem = match &verdict {
            Verdict::Unknown { why } => preflight::platform_unavailable(walk, why),
            Verdict::RateLimited { .. } => preflight::platform_unavailable(walk, "its rate limit is used up"),
            dead => Problem::new(Code::NewValueDead, format!("{} does not accept the new value ({})", config.provider, dead.word()))
                .hint("check that it was copied whole"),
        };
        return Err(problem.state("nothing was pushed"));
    };
    same_owner_and_scopes(walk, &new).await?;
    let mut problems = Vec::new();
    walk.look_at_destinations(&mut problems).await;
    if !problems.is_empty() {
        return Err(super::mint::first(problems).state("nothing was pushed"));
    }
    let (nonce, name) = walk.fresh_name(walk.state.newest().next())?;
    let id = walk.job.driver.key_id(value);
    // An earlier value that was brought and never proven may be anywhere: it retires with the others.
    let to = match &walk.state.pending {
        None => moves::intend(&walk.state, Why::Brought, nonce, name, walk.now()),
        Some(pending) if pending.fingerprint() == Some(&fingerprint) => walk.state.clone(),
        Some(_) => moves::supersede(&walk.state, nonce, name, walk.now()),
    };
    let to = moves::fence(&to, id, fingerprint, new.expires_at, walk.before());
    walk.in_hand = Some(value.clone());
    walk.fenced_here = true;
    walk.journal(to, "brought by a person; from here on it may be in any destination").await?;
    walk.push().await
}

/// The new value belongs to the same account as the old one, and lacks nothing the config asks for.
async fn same_owner_and_scopes(walk: &mut Walk<'_>, new: &crate::domain::Facts) -> Result<(), Problem> {
    let config = walk.job.config;
    if let Some(scopes) = &new.scopes {
        let missing: Vec<&str> = config.scopes.iter().filter(|scope| !scopes.contains(scope)).map(String::as_str).collect();
        if !missing.is_empty() {
            return Err(Problem::new(Code::TokenLacksScopes, format!("the new value lacks {}", missing.join(", ")))
                .hint("give it the scopes of the config, then push it again")
                .state("nothing was pushed"));
        }
    }
    let Some(old) = &walk.job.handed else { return Ok(()) };
    let old = walk.job.driver.verify(old).await;
    let owners = (old.facts().and_then(|facts| facts.owner.clone()), new.owner.clone());
    if let (Some(before), Some(after)) = owners
        && before != after
    {
        return Err(Problem::new(Code::NewValueDead, format!("the new value belongs to account {after}, the old one to {before}"))
            .hint("make the new value in the same account")
            .state("nothing was pushed"));
    }
    Ok(())
}

fn busy(walk: &Walk<'_>, who: &str) -> Problem {
    Problem::new(Code::AnotherRun, format!("{} is being worked on by {who}", walk.job.config.name))
        .hint("let it finish; if it died, the next run takes over as soon as GitHub says that it is over")
        .state("this run changed nothing")
}

/// What a person has to know about why the tick stopped.
fn rest_of(walk: &mut Walk<'_>, rest: &Rest) {
    let config = walk.job.config;
    let name = &config.name;
    let problem = match rest {
        Rest::AwaitProof if walk.job.asked.is_some() && walk.mints == 0 => Some(
            Problem::new(Code::AlreadyRotating, format!("a new value of {name} is in every destination already, and waits for its proof"))
                .cause("no other was begun: the run that proves it comes first")
                .hint("ask again then; where the value leaked, --leaked does not wait")
                .state("old and new value both work"),
        ),
        Rest::Idle | Rest::AwaitProof | Rest::Grace(_) => None,
        // Each destination or key has its own problem already.
        Rest::Unpushed | Rest::Unrevoked => None,
        Rest::QueuedBefore => Some(
            Problem::new(Code::AnotherRun, format!("this run was handed a value of {name} from before the last write of its home secret"))
                .cause("GitHub reads a repository's secrets when a run is queued")
                .hint("nothing to do: the next run is handed the new value")
                .state("old and new value both work"),
        ),
        Rest::HandedDead => Some(
            Problem::new(Code::OverwrittenByHand, format!("{} holds a value of {name} that was revoked", config.value))
                .cause("this run was queued before the revocation, or somebody put the old value back")
                .hint(format!("if the next run says so too: tokenward rotate {name} --force --reason TEXT"))
                .state("nothing was changed"),
        ),
        Rest::Paused(until) => Some(
            Problem::new(Code::PlatformRateLimited, format!("{} asked not to be asked for a key again yet", config.provider))
                .cause(until.map_or_else(|| "its rate limit is used up".to_owned(), |moment| format!("not before {moment}")))
                .hint("the next scheduled run goes on from here")
                .state("nothing was changed"),
        ),
        Rest::Staggered(peer) if walk.job.asked.is_some() => {
            Some(CommitFailure::Staggered(TokenName::new(peer.clone())).into_problem(name))
        }
        Rest::Staggered(peer) => {
            walk.waits = vec![format!("the rotation of {peer} is over")];
            None
        }
        Rest::Busy(who) => Some(busy(walk, who)),
        Rest::Unclear => Some(
            Problem::new(Code::MintUnclear, format!("{} gave no clear answer when asked for a key", config.provider))
                .hint("the next run finds the key by its name, deletes it, and tries again")
                .state("the old value is untouched and still in every destination"),
        ),
        Rest::NotHanded => Some(preflight::value_missing(walk)),
        Rest::Overwritten => Some(
            Problem::new(Code::OverwrittenByHand, format!("{} holds a value of {name} that tokenward did not put there", config.value))
                .cause("somebody changed the secret by hand, or this step is handed another one")
                .hint(format!("to replace it everywhere by a new one: tokenward rotate {name} --force --reason TEXT"))
                .state("nothing was changed, and nothing is revoked"),
        ),
        Rest::NeedsValue(_) => Some(needs_value(walk)),
    };
    walk.outcome.problems.extend(problem);
}

fn needs_value(walk: &Walk<'_>) -> Problem {
    let config = walk.job.config;
    let mut problem =
        Problem::new(Code::NeedsPerson, format!("{} is due, and {} lets only a person make a new one", config.name, config.provider));
    for step in &walk.job.platform.steps {
        problem = problem.cause(step.clone());
    }
    problem
        .hint(format!("then: tokenward push {} --value-from -", config.name))
        .state("the old value is untouched and still in every destination")
}

fn finish(mut walk: Walk<'_>) -> TokenOutcome {
    let state = &walk.state;
    describe(&mut walk.outcome, state, &walk.job.policy);
    if let (Some(next), false) = (&mut walk.outcome.next, walk.waits.is_empty()) {
        next.what = format!("{} once {}", next.what, walk.waits.join(", and "));
    }
    walk.outcome
}

/// Where the token stands now, and what comes next.
pub fn describe(outcome: &mut TokenOutcome, state: &TokenState, policy: &super::Policy) {
    state.word().clone_into(&mut outcome.state);
    if let Some(current) = &state.current {
        outcome.generation = Some(current.generation.number());
        outcome.since = Some(current.since);
        outcome.expires_at = current.expires_at;
    }
    outcome.next = match (&state.pending, state.retiring.iter().min_by_key(|retiring| ripe_at(retiring))) {
        (Some(pending), _) if matches!(pending.stage, Stage::Pushed { .. }) => {
            Some(Next { what: format!("a later run proves that GitHub hands out {}", pending.generation), not_before: None })
        }
        (Some(pending), _) => Some(Next { what: format!("go on delivering {}", pending.generation), not_before: None }),
        (None, Some(retiring)) => {
            let id = retiring.key.id.as_ref().map_or_else(String::new, |id| format!(" (key {id})"));
            let whose = match retiring.stage {
                Ending::Disabled { .. } => "delete disabled",
                _ if retiring.key.origin == Origin::Brought && retiring.key.id.is_none() => "a person revokes",
                _ => "revoke",
            };
            Some(Next { what: format!("{whose} {}{id}", retiring.key.generation), not_before: ripe_at(retiring) })
        }
        (None, None) => policy.next_due(state).map(|due| Next { what: "rotate".to_owned(), not_before: Some(due) }),
    };
}

fn failed(job: &Job<'_>, problem: Problem) -> TokenOutcome {
    let mut outcome = TokenOutcome::new(job.config.name.clone(), job.config.provider.clone());
    outcome.problems.push(problem);
    outcome
}
