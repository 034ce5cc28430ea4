//! The new key, up to the fence: made, tested, or deleted again. A key made here has been delivered
//! nowhere.

use std::time::Duration;

use super::actions::Shown;
use super::context::Context;
use super::memory::{Memory, Unusable};
use super::ownership::uses;
use super::step::MINTS_A_RUN;
use super::transition::Transition;
use super::{abort, facts, moves, ownership, page, pause, preflight, slots, truth};
use crate::domain::lifecycle::{Stage, TokenState};
use crate::domain::{Code, KeyId, Problem, Span, Verdict, Wait};
use crate::providers::{Minted, Order, ProviderError};

/// How often a new value is tested, or a new key looked for, before the provider's delay counts as
/// over.
const PATIENCE: u32 = 4;
/// The longest wait that a run waits out before it asks for a key once more.
const SHORT: Span = Span::seconds(60);
/// The provider counts from its own answer.
const MARGIN: Duration = Duration::from_secs(1);

pub(super) async fn mint(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    let (name, with) = (facts::pending(state)?.name.clone(), &cx.job.config.with);
    let in_use = in_use(state);
    let order = Order {
        name: &name,
        scopes: &memory.ready.scopes,
        with,
        carried: &memory.ready.carried.with,
        in_use: &in_use,
    };
    let manager = preflight::manager(cx, state, memory)?;
    memory.sent.unsent = false;
    memory.sent.mints += 1;
    let minted = match cx.actions.create(manager, &order).await {
        Ok(minted) => minted,
        // Whether there is a key now is found out by its name, never by asking for another.
        Err(ProviderError::Unclear { why }) => {
            memory.done(
                cx,
                format!(
                    "asked {} for a key as {name}; the answer was lost ({why})",
                    cx.job.config.provider
                ),
            );
            return Ok(Transition::stay());
        }
        Err(ProviderError::RateLimited { until: Some(wait) })
            if memory.sent.mints < MINTS_A_RUN && wait.span() <= SHORT =>
        {
            return mint_after(cx, state, memory, wait).await;
        }
        Err(refusal) => {
            let mut problem = preflight::manager_problem(cx, "issue a key at", &refusal);
            if matches!(
                refusal,
                ProviderError::Refused { dead_credential: false, lacks_access: false, .. }
            ) {
                problem.id = Code::MintRefused;
            }
            let (pause, event) = pause::pause_of(cx, &refusal, "no key was issued");
            return Ok(Transition::leave(moves::refused(state, pause), event).stop(problem.state(
                format!(
                    "no key was made, as far as {} says; {}",
                    cx.job.config.provider,
                    truth::old_value(state, memory)
                ),
            )));
        }
    };
    if let Some(why) = contradicts_itself(cx, state, memory, &minted).await {
        return Ok(disbelieve(cx, state, memory, &name, &why));
    }
    let fingerprint = minted.value.fingerprint(&state.salt);
    memory.value.in_hand = Some(minted.value);
    let to = moves::stage(state, Stage::Minted { id: minted.id.clone(), fingerprint });
    Ok(Transition::keep(to, format!("issued as key {}", minted.id))
        .done(format!("issued key {} as {name}", minted.id)))
}

/// Waits as long as the provider asked for, and begins once more. It says that it made no key;
/// if it did all the same, the name of this attempt is kept and looked for.
async fn mint_after(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    wait: Wait,
) -> Result<Transition, Problem> {
    cx.actions.wait(wait.span().as_duration().saturating_add(MARGIN)).await;
    let (nonce, name) = cx.fresh_name(facts::pending(state)?.version)?;
    let event = format!(
        "{} asked to wait for {}; will be issued as {name}",
        cx.job.config.provider,
        wait.in_words()
    );
    memory.sent.unsent = true;
    let waited = format!("waited for {}, as {} asked", wait.in_words(), cx.job.config.provider);
    Ok(Transition::keep(moves::intend_again(state, nonce, name), event).done(waited))
}

/// Why what the provider gave as a new key cannot be one.
async fn contradicts_itself(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    minted: &Minted,
) -> Option<String> {
    let Minted { value, known, id, .. } = minted;
    let told = cx.job.driver.key_id(value);
    if let Some(told) = told.filter(|told| told != id) {
        return Some(format!("it names key {id}, and the value is that of key {told}"));
    }
    if *known
        || ownership::is_a_manager(cx, state, value)
        || slots::at_hand(cx).any(|known| ownership::is_same(state, known, value))
        || ownership::is_in_use_here(cx, state, value)
    {
        return Some("the value is one that this run holds already".to_owned());
    }
    let managers =
        ownership::managers(cx).any(|manager| cx.job.driver.key_id(manager).as_ref() == Some(id));
    if managers || (!cx.job.abilities.is_fixed() && memory.ready.listed_before.contains(id)) {
        return Some(format!("key {id} was there before"));
    }
    let keys = state.current.iter().chain(state.retiring.iter().map(|retiring| &retiring.key));
    let dead = state
        .dead
        .iter()
        .filter(|_| !cx.job.abilities.is_fixed())
        .filter_map(|dead| dead.id.as_ref());
    if keys.filter_map(|key| key.id.as_ref()).chain(dead).any(|known| known == id) {
        return Some(format!("the journal knows key {id} as an older one"));
    }
    let others = cx.world.ledger.tokens().await;
    let mut others = others
        .iter()
        .filter(|(name, other)| **name != cx.job.config.name && other.provider == state.provider);
    let other = others.find(|(_, other)| !cx.job.abilities.is_fixed() && uses(other, id));
    other.map(|(name, _)| format!("key {id} is the one in use of {name}"))
}

/// A key may have been made: it is looked for by its name. What the answer claims is neither
/// journalled nor deleted.
fn disbelieve(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    name: &str,
    why: &str,
) -> Transition {
    let (provider, true_now) = (&cx.job.config.provider, truth::old_value(state, memory));
    memory.report.problems.push(
        Problem::new(Code::MintUnclear, format!("the answer of {provider} to a new key {name} was not believed: {why}"))
            .hint(format!(
                "if this happens again, compare the keys at {} with the journal, and ask the provider's support",
                page::page(cx, state)
            ))
            .state(true_now),
    );
    memory.done(
        cx,
        format!("asked {provider} for a key as {name}; its answer cannot be right ({why})"),
    );
    Transition::stay()
}

/// The keys that consumers may hold. Where the value in use was revoked before there is
/// another, the key it was.
fn in_use(state: &TokenState) -> Vec<KeyId> {
    let keys = state.current.iter().chain(state.retiring.iter().map(|retiring| &retiring.key));
    let mut in_use: Vec<KeyId> = keys.filter_map(|key| key.id.clone()).collect();
    if in_use.is_empty() {
        in_use.extend(state.dead.last().and_then(|dead| dead.id.clone()));
    }
    in_use
}

/// A fixed key is shown as often as one asks, so a value whose run died on the way is not lost:
/// it is taken from there.
pub(super) async fn find_again(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<(), Problem> {
    if !cx.job.abilities.is_fixed() || memory.value.in_hand.is_some() {
        return Ok(());
    }
    let Some(Stage::Minted { id, fingerprint } | Stage::Pushing { id: Some(id), fingerprint, .. }) =
        state.pending.as_ref().map(|pending| &pending.stage)
    else {
        return Ok(());
    };
    let shown = cx.job.driver.shown_again(preflight::manager(cx, state, memory)?, id).await;
    let shown = shown
        .map_err(|refusal| preflight::manager_problem(cx, "look at the fixed keys of", &refusal))?;
    memory.value.in_hand = shown.filter(|value| value.fingerprint(&state.salt) == *fingerprint);
    Ok(())
}

/// Looks for a key by the pending name. Found: its value is lost, it goes. Not found: another
/// name, another try.
pub(super) async fn find_ours(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    let name = facts::pending(state)?.name.clone();
    match keys_named(cx, state, memory, std::slice::from_ref(&name), true).await?.into_iter().next()
    {
        Some((id, _)) => {
            let to = moves::stage(state, Stage::Aborting { id: Some(id.clone()) });
            Ok(Transition::keep(
                to,
                format!("key {id} was issued and its value lost; it will be deleted"),
            ))
        }
        None => begin_again(cx, state, memory, &name).await,
    }
}

pub(super) async fn begin_again(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    before: &str,
) -> Result<Transition, Problem> {
    let mut problems = Vec::new();
    if memory.seen.snapshots.is_empty() {
        problems = preflight::preflight(cx, state, memory).await.err().unwrap_or_default();
    }
    if let Some(problem) = problems.into_iter().next() {
        return Ok(Transition::leave(moves::give_up(state), "given up for now").stop(problem));
    }
    let (nonce, name) = cx.fresh_name(facts::pending(state)?.version)?;
    memory.sent.unsent = true;
    let to = moves::intend_again(state, nonce, name.clone());
    Ok(Transition::keep(to, format!("no key came of {before}; will be issued as {name}")))
}

/// A key is ours by its name, and its id cannot be put into a request or a record: nobody but a
/// person can end it.
pub(super) fn id_cannot_be_one(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    name: &str,
) -> Problem {
    let provider = &cx.job.config.provider;
    Problem::new(Code::MintUnclear, format!("{provider} lists the key {name} under an id that cannot be one, or that repeats a value"))
        .cause("an id goes into the public journal and into the address of a request")
        .hint(format!("delete that key by hand at {}; no run was given its value", page::page(cx, state)))
        .state(format!("the key may live; {}", truth::old_value(state, memory)))
}

/// Keys with exactly these names, and their ids. With `patient`, an empty answer is asked for
/// again until the provider's list lag is over.
pub(super) async fn keys_named(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    names: &[String],
    patient: bool,
) -> Result<Vec<(KeyId, String)>, Problem> {
    let manager = preflight::manager(cx, state, memory)?;
    let lag = cx.job.abilities.limits.list_lag.as_duration().min(Duration::from_secs(15));
    let looks = if patient && !lag.is_zero() { PATIENCE } else { 1 };
    for look in 0..looks {
        cx.actions.wait(lag * look / PATIENCE).await;
        let keys = cx
            .job
            .driver
            .list(manager)
            .await
            .map_err(|refusal| preflight::manager_problem(cx, "list the keys of", &refusal))?;
        let named = keys
            .into_iter()
            .filter_map(|key| Some((key.id, key.name.filter(|name| names.contains(name))?)));
        let named: Vec<(KeyId, String)> = named
            .map(|(id, name)| {
                Ok((id.ok_or_else(|| id_cannot_be_one(cx, state, memory, &name))?, name))
            })
            .collect::<Result<_, Problem>>()?;
        if !named.is_empty() {
            return Ok(named);
        }
    }
    Ok(Vec::new())
}

/// The new value must work, and may do no more than it should.
pub(super) async fn test(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    let value =
        memory.value.in_hand.clone().ok_or_else(|| super::faults::bug("no value to test"))?;
    let verdict = settled(cx, &value).await;
    let problem = match &verdict {
        Verdict::Live(facts) | Verdict::Limited(facts) => {
            memory.value.expires_at = facts.expires_at;
            let unread =
                facts.missing().any(|what| what == "scopes") && !memory.ready.scopes.is_empty();
            match wider(facts.scopes.as_deref(), &memory.ready.scopes) {
                Some(surplus) => Problem::new(
                    Code::ScopesWider,
                    format!("the new key may do more than it should: {surplus}"),
                )
                .cause(format!("asked for: {}", memory.ready.scopes.join(", ")))
                .hint("check the provider's defaults for new keys"),
                None if unread => super::preflight::provider_unavailable(
                    cx,
                    "what the new key may do could not be read",
                ),
                None => match not_restricted(cx, state, memory).await {
                    Some(problem) => problem,
                    None => {
                        memory.value.tested = true;
                        memory.done(cx, format!("tested the new value: {}", verdict.as_str()));
                        return Ok(Transition::stay());
                    }
                },
            }
        }
        Verdict::Unknown { why } => super::preflight::provider_unavailable(cx, why),
        Verdict::RateLimited { .. } => {
            super::preflight::provider_unavailable(cx, "its rate limit is used up")
        }
        Verdict::Expired | Verdict::Revoked | Verdict::Invalid => Problem::new(
            Code::NewValueDead,
            format!(
                "{} does not accept the value it just issued ({})",
                cx.job.config.provider,
                verdict.as_str()
            ),
        )
        .hint("if this happens again, ask the provider's support"),
    };
    let deleted = format!("the new key was deleted again; {}", truth::old_value(state, memory));
    memory.value.unusable = Some(Unusable::Tested(problem.state(deleted)));
    abort::abort(state, memory, "the new value could not be used")
}

/// Why the new key is not seen to be restricted as the one in use is.
async fn not_restricted(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Option<Problem> {
    if memory.ready.carried.kept.is_empty() {
        return None;
    }
    let provider = &cx.job.config.provider;
    let id = match &facts::pending(state).ok()?.stage {
        Stage::Minted { id, .. } => id.clone(),
        _ => return Some(super::faults::bug("there is no new key to look at")),
    };
    let manager = match preflight::manager(cx, state, memory) {
        Ok(manager) => manager,
        Err(problem) => return Some(problem),
    };
    let Shown { missing, until } =
        match cx.actions.restrictions(manager, &id, &memory.ready.carried.kept).await {
            Ok(Some(shown)) => shown,
            Ok(None) => {
                return Some(super::preflight::provider_unavailable(
                    cx,
                    "the new key is not listed, so what restricts it is not known",
                ));
            }
            Err(refusal) => {
                return Some(preflight::manager_problem(cx, "list the keys of", &refusal));
            }
        };
    if missing.is_empty() {
        memory.value.expires_at = memory.value.expires_at.into_iter().chain(until).min();
        return None;
    }
    Some(
        Problem::new(
            Code::RestrictionLost,
            format!("{provider} did not restrict the new key as the one in use is: {}", missing.join(", ")),
        )
        .cause("the request for the new key carried it, and the list of keys does not show it")
        .hint("if this happens again, ask the provider's support; what the new key is to have can be said under `with`"),
    )
}

/// Tests a fresh value until it works or the provider's settling time is over.
pub(super) async fn settled(cx: &Context<'_>, value: &crate::domain::Secret) -> Verdict {
    let settle = cx.job.abilities.limits.settle.as_duration();
    let mut verdict = cx.actions.verify(value).await;
    for look in 1..PATIENCE {
        if !verdict.is_dead() || settle.is_zero() {
            break;
        }
        cx.actions.wait(settle * look / (PATIENCE * 2)).await;
        verdict = cx.actions.verify(value).await;
    }
    verdict
}

/// The pending value is lost and may be anywhere: a newer one will replace it everywhere.
pub(super) async fn supersede(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    preflight::preflight(cx, state, memory).await.map_err(first)?;
    let lost = facts::pending(state)?.version;
    let (nonce, name) = cx.fresh_name(lost.next())?;
    memory.sent.unsent = true;
    memory.seen.primary_moved = None;
    let to = moves::supersede(state, nonce, name.clone(), cx.now());
    Ok(Transition::keep(
        to,
        format!("{lost} was lost on its way; a newer one will be issued as {name}"),
    )
    .done(format!("gave {lost} up: its value was lost before any destination is known to hold it")))
}

/// The first of several problems; the others are reported again once it is fixed.
pub(super) fn first(problems: Vec<Problem>) -> Problem {
    problems
        .into_iter()
        .next()
        .unwrap_or_else(|| super::faults::bug("a check failed and does not say why"))
}

/// Scopes the new key has and was not to have. Providers that do not tell scopes cannot be held to
/// them here.
fn wider(found: Option<&[String]>, wanted: &[String]) -> Option<String> {
    let surplus: Vec<&str> =
        found?.iter().filter(|scope| !wanted.contains(scope)).map(String::as_str).collect();
    (!surplus.is_empty() && !wanted.is_empty()).then(|| surplus.join(", "))
}
