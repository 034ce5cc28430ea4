//! The new key up to the fence: issues it, tests it, or gives it up. Also starts a newer one if the
//! value of a delivered key is lost (`supersede`).

use std::time::Duration;

use super::abort;
use crate::domain::lifecycle::{Stage, TokenState};
use crate::domain::{Code, Facts, KeyId, Problem, Span, Verdict, Wait};
use crate::providers::{Minted, Order, ProviderError};
use crate::rotation::checks::ownership;
use crate::rotation::checks::ownership::uses;
use crate::rotation::checks::page;
use crate::rotation::checks::pause;
use crate::rotation::checks::preflight;
use crate::rotation::checks::slots;
use crate::rotation::decide::memory::{Memory, Unusable};
use crate::rotation::decide::truth;
use crate::rotation::effects::actions::Shown;
use crate::rotation::effects::context::Context;
use crate::rotation::problems::{account, bug, issuing};
use crate::rotation::types::facts;
use crate::rotation::types::moves;
use crate::rotation::types::step::MINTS_A_RUN;
use crate::rotation::types::transition::Transition;

/// How many times a new value is tested, or a new key searched, within the provider's delay.
const PATIENCE: u32 = 4;
/// The longest wait after which the same run requests a key again.
const SHORT: Span = Span::seconds(60);
/// The provider counts from its own response.
const MARGIN: Duration = Duration::from_secs(1);

pub(crate) async fn mint(
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
        // A lost response is resolved by the name of the key, never by requesting another one.
        Err(ProviderError::Unclear { why }) => {
            memory.done(
                cx,
                format!(
                    "requested key {name} from {}; the response was unclear ({why})",
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
        Err(refusal) => return Ok(not_minted(cx, state, memory, &refusal)),
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

/// Gives the attempt up: the provider says that it issued no key. If it is rate limiting, later runs
/// wait as long as it asked.
fn not_minted(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    refusal: &ProviderError,
) -> Transition {
    let mut problem = preflight::manager_problem(cx, "issue a key at", refusal);
    if matches!(refusal, ProviderError::Refused { dead_credential: false, lacks_access: false, .. })
    {
        problem.id = Code::MintRefused;
    }
    let (pause, event) = pause::pause_of(cx, refusal, "no key was issued");
    Transition::leave(moves::refused(state, pause), event).stop(problem.state(format!(
        "{} says that no key was issued; {}",
        cx.job.config.provider,
        truth::old_value(state, memory)
    )))
}

/// Waits as long as the provider asked, and tries again. The provider says that it issued no key;
/// in case it did, the name of this attempt is kept and searched later.
async fn mint_after(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    wait: Wait,
) -> Result<Transition, Problem> {
    cx.actions.wait(wait.span().as_duration().saturating_add(MARGIN)).await;
    let (nonce, name) = cx.fresh_name(facts::pending(state)?.version)?;
    let event = format!(
        "{} asked to wait {}; will be issued as {name}",
        cx.job.config.provider,
        wait.in_words()
    );
    memory.sent.unsent = true;
    let waited = format!("waited for {}, as {} requested", wait.in_words(), cx.job.config.provider);
    Ok(Transition::keep(moves::intend_again(state, nonce, name), event).done(waited))
}

/// Why the provider's response cannot be a new key.
async fn contradicts_itself(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    minted: &Minted,
) -> Option<String> {
    let Minted { value, known, id, .. } = minted;
    let told = cx.job.driver.key_id(value);
    if let Some(told) = told.filter(|told| told != id) {
        return Some(format!("it names key {id}, but the value belongs to key {told}"));
    }
    if *known
        || ownership::is_a_manager(cx, state, value)
        || slots::at_hand(cx).any(|known| ownership::is_same(state, known, value))
        || ownership::is_in_use_here(cx, state, value)
    {
        return Some("this run already has that value".to_owned());
    }
    let managers =
        ownership::managers(cx).any(|manager| cx.job.driver.key_id(manager).as_ref() == Some(id));
    if managers || (!cx.job.abilities.is_fixed() && memory.ready.listed_before.contains(id)) {
        return Some(format!("key {id} existed before"));
    }
    let keys = state.current.iter().chain(state.retiring.iter().map(|retiring| &retiring.key));
    let dead = state
        .dead
        .iter()
        .filter(|_| !cx.job.abilities.is_fixed())
        .filter_map(|dead| dead.id.as_ref());
    if keys.filter_map(|key| key.id.as_ref()).chain(dead).any(|known| known == id) {
        return Some(format!("the journal lists key {id} as an older key"));
    }
    let others = cx.world.ledger.tokens().await;
    let mut others = others
        .iter()
        .filter(|(name, other)| **name != cx.job.config.name && other.provider == state.provider);
    let other = others.find(|(_, other)| !cx.job.abilities.is_fixed() && uses(other, id));
    other.map(|(name, _)| format!("it is the key in use for {name} ({id})"))
}

/// Reports an implausible response. A key may have been issued, so it is searched by its name; the
/// key that the response names is neither journaled nor deleted.
fn disbelieve(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    name: &str,
    why: &str,
) -> Transition {
    let (provider, true_now) = (&cx.job.config.provider, truth::old_value(state, memory));
    let problem = issuing::implausible(cx.job.config, name, why, &page::page(cx, state));
    memory.report.problems.push(problem.state(true_now));
    memory.done(
        cx,
        format!("requested key {name} from {provider}; the response cannot be right ({why})"),
    );
    Transition::stay()
}

/// The keys that consumers may use. If the value in use was revoked before there was another, its
/// former key.
fn in_use(state: &TokenState) -> Vec<KeyId> {
    let keys = state.current.iter().chain(state.retiring.iter().map(|retiring| &retiring.key));
    let mut in_use: Vec<KeyId> = keys.filter_map(|key| key.id.clone()).collect();
    if in_use.is_empty() {
        in_use.extend(state.dead.last().and_then(|dead| dead.id.clone()));
    }
    in_use
}

/// Reads the new value again from a fixed key: the provider shows it at any time, so the value
/// survives the run that requested it.
pub(crate) async fn find_again(
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
        .map_err(|refusal| preflight::manager_problem(cx, "read the fixed keys at", &refusal))?;
    memory.value.in_hand = shown.filter(|value| value.fingerprint(&state.salt) == *fingerprint);
    Ok(())
}

/// Searches for a key with the pending name. If it exists, its value is lost and the key is
/// deleted; otherwise a key is requested under another name.
pub(crate) async fn find_ours(
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
                format!("key {id} was issued, but its value was lost; it will be deleted"),
            ))
        }
        None => begin_again(cx, state, memory, &name).await,
    }
}

pub(crate) async fn begin_again(
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
        return Ok(Transition::leave(moves::give_up(state), "abandoned for now").stop(problem));
    }
    let (nonce, name) = cx.fresh_name(facts::pending(state)?.version)?;
    memory.sent.unsent = true;
    let to = moves::intend_again(state, nonce, name.clone());
    Ok(Transition::keep(to, format!("{before} was not issued; will be issued as {name}")))
}

/// The problem of a key that has a name of tokenward, but an id that cannot be written into a
/// request or a record: only a person can delete it.
pub(crate) fn id_cannot_be_one(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    name: &str,
) -> Problem {
    issuing::unusable_id(cx.job.config, name, &page::page(cx, state))
        .state(format!("the key may still work; {}", truth::old_value(state, memory)))
}

/// Finds keys with exactly these names, and their ids. With `patient`, an empty list is read again
/// until the provider's documented delay has passed.
pub(crate) async fn keys_named(
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
            .map_err(|refusal| preflight::manager_problem(cx, "list the keys at", &refusal))?;
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

/// Tests the new value: it must work, and must not have more scopes than it should.
pub(crate) async fn test(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    let value = memory.value.in_hand.clone().ok_or_else(|| bug("there is no value to test"))?;
    let verdict = settled(cx, &value).await;
    let config = cx.job.config;
    let problem = match &verdict {
        Verdict::Live(facts) | Verdict::Limited(facts) => unfit(cx, state, memory, facts).await,
        Verdict::Unknown { why } => Some(account::unavailable(config, why)),
        Verdict::RateLimited { .. } => Some(account::rate_limit_exhausted(config)),
        Verdict::Expired | Verdict::Revoked | Verdict::Invalid => {
            Some(issuing::new_key_dead(config, &verdict))
        }
    };
    let Some(problem) = problem else {
        memory.value.tested = true;
        memory.done(cx, format!("tested the new value: {}", verdict.as_str()));
        return Ok(Transition::stay());
    };
    let deleted = format!("the new key was deleted again; {}", truth::old_value(state, memory));
    memory.value.unusable = Some(Unusable::Tested(problem.state(deleted)));
    abort::abort(state, memory, "the new value could not be used")
}

/// Why a new value that works must not be used.
async fn unfit(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    facts: &Facts,
) -> Option<Problem> {
    memory.value.expires_at = facts.expires_at;
    let wanted = &memory.ready.scopes;
    if let Some(surplus) = wider(facts.scopes.as_deref(), wanted) {
        return Some(issuing::new_key_wider(&surplus, wanted));
    }
    if !wanted.is_empty() && facts.missing().any(|what| what == "scopes") {
        let why = "the scopes of the new key could not be read";
        return Some(account::unavailable(cx.job.config, why));
    }
    not_restricted(cx, state, memory).await
}

/// Checks that the new key has the restrictions of the key in use.
async fn not_restricted(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Option<Problem> {
    if memory.ready.carried.kept.is_empty() {
        return None;
    }
    let id = match &facts::pending(state).ok()?.stage {
        Stage::Minted { id, .. } => id.clone(),
        _ => return Some(bug("there is no new key to check")),
    };
    let manager = match preflight::manager(cx, state, memory) {
        Ok(manager) => manager,
        Err(problem) => return Some(problem),
    };
    let Shown { missing, until } =
        match cx.actions.restrictions(manager, &id, &memory.ready.carried.kept).await {
            Ok(Some(shown)) => shown,
            Ok(None) => {
                let why = "it does not list the new key, so its restrictions are not known";
                return Some(account::unavailable(cx.job.config, why));
            }
            Err(refusal) => {
                return Some(preflight::manager_problem(cx, "list the keys at", &refusal));
            }
        };
    if missing.is_empty() {
        memory.value.expires_at = memory.value.expires_at.into_iter().chain(until).min();
        return None;
    }
    Some(issuing::not_restricted(&cx.job.config.provider, &missing))
}

/// Tests a new value until it works or the provider's documented delay has passed.
pub(crate) async fn settled(cx: &Context<'_>, value: &crate::domain::Secret) -> Verdict {
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

/// Gives up a new value that is lost and may be in any destination: a newer one replaces it
/// everywhere.
pub(crate) async fn supersede(
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
        format!("{lost} was lost during its delivery; a newer one will be issued as {name}"),
    )
    .done(format!("abandoned {lost}: its value is lost, and a newer one replaces it everywhere")))
}

/// The first of several problems; the others are reported again once it is fixed.
pub(crate) fn first(problems: Vec<Problem>) -> Problem {
    problems.into_iter().next().unwrap_or_else(|| bug("a check failed without a reason"))
}

/// The scopes of the new key that were not requested. If the provider does not report scopes, they
/// cannot be checked.
fn wider(found: Option<&[String]>, wanted: &[String]) -> Option<String> {
    let surplus: Vec<&str> =
        found?.iter().filter(|scope| !wanted.contains(scope)).map(String::as_str).collect();
    (!surplus.is_empty() && !wanted.is_empty()).then(|| surplus.join(", "))
}
