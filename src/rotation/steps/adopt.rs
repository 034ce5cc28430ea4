//! Adopts the value in use: as version 0 of a token that was never rotated, or, if the journal was
//! lost and the provider lists keys that tokenward issued, as the newest of them. Then every
//! destination is written again before any of the others retires.

use super::deliver;
use super::mint;
use crate::domain::lifecycle::{IdFrom, Key, Origin, TokenState};
use crate::domain::{Fingerprint, KeyId, Problem, Secret, Timestamp, Verdict, Version, ids};
use crate::providers::ListedKey;
use crate::rotation::checks::preflight;
use crate::rotation::checks::renamed;
use crate::rotation::decide::memory::Memory;
use crate::rotation::effects::context::Context;
use crate::rotation::problems;
use crate::rotation::types::moves;
use crate::rotation::types::moves::{Age, Found};
use crate::rotation::types::transition::Transition;

/// Adopts the value in use.
pub(crate) async fn adopt_current(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    let job = cx.job;
    let value =
        job.values.handed.clone().ok_or_else(|| preflight::value_missing(cx, state, memory))?;
    renamed::is_of_no_other(cx, &value).await?;
    let id = match &job.values.given_id {
        Some(id) => Some((id.clone(), IdFrom::Person)),
        None => id_of(cx, state, memory, &value).await?,
    };
    if job.abilities.issues() && id.is_none() {
        return Err(problems::adoption::needs_id(job.config));
    }
    let (owner, expires_at) = test_in_use(cx, memory, &value).await?;
    let fingerprint = value.fingerprint(&state.salt);
    let others = match &id {
        Some((id, _))
            if job.abilities.issues() && preflight::manager(cx, state, memory).is_ok() =>
        {
            ours_beside(cx, state, memory, id).await?
        }
        _ => Ours::default(),
    };
    let found = Found {
        version: others.in_use.as_deref().and_then(version_of).unwrap_or_default(),
        id,
        name: others.in_use,
        fingerprint,
        expires_at,
        age: age_in_use(cx, others.made).await?,
        others: others.beside,
    };
    Ok(if found.others.is_empty() {
        adopt(cx, state, found, owner, others.listed_as)
    } else {
        rebuild(cx, state, memory, value, found)
    })
}

/// Adopts the value in use as version 0.
fn adopt(
    cx: &Context<'_>,
    state: &TokenState,
    found: Found,
    owner: Option<String>,
    listed_as: Option<String>,
) -> Transition {
    let Found { id, fingerprint, expires_at, age, .. } = found;
    let named = key_in_brackets(id.as_ref());
    // The report shows the name to the person who typed the id. The journal is public, so the name
    // is not written there.
    let listed = listed_as
        .map_or_else(String::new, |name| format!(", which the provider lists as \"{name}\""));
    let to = moves::confirmed(
        &moves::adopt(state, id, fingerprint, expires_at, age),
        deliver::received_from_primary(cx),
    );
    let to = TokenState { owner, ..to };
    Transition::keep(to, format!("adopted as v0{named}")).done(format!(
        "adopted the value in use as v0{named}{listed}; it has been in use since {}",
        age.since
    ))
}

/// Rebuilds a lost journal from the keys that the provider lists.
fn rebuild(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    value: Secret,
    found: Found,
) -> Transition {
    let (version, count) = (found.version, found.others.len());
    let named = key_in_brackets(found.id.as_ref());
    let to = moves::rebuild(state, found, deliver::pushes(cx, memory), cx.now());
    memory.value.in_hand = Some(value);
    Transition::keep(to, format!("rebuilt from the provider's keys: {version}{named} is in use, and there are {count} older keys that tokenward issued")).done(format!(
        "rebuilt the lost journal: {version}{named} is in use, and is delivered to every destination again before the {count} older keys that tokenward issued are revoked"
    ))
}

fn key_in_brackets(id: Option<&(KeyId, IdFrom)>) -> String {
    id.map_or_else(String::new, |(id, _)| format!(" (key {id})"))
}

/// The minimum age of the value in use: that of the last write of the primary destination, or that
/// of the key, which the provider issued at `made`.
pub(crate) async fn age_in_use(cx: &Context<'_>, made: Option<Timestamp>) -> Result<Age, Problem> {
    let mut written = None;
    if let Some(primary) = cx.job.config.primary() {
        let unchanged = |problem: Problem| problem.state("nothing was adopted or changed");
        written = cx.world.secrets.seen(primary).await.map_err(unchanged)?.updated_at;
        // The value that this run received comes from elsewhere; the destination may be misspelled.
        if written.is_none() {
            return Err(unchanged(
                cx.world.secrets.missing(primary, true, &cx.job.config.destinations).await,
            ));
        }
    }
    Ok(Age { since: written.into_iter().chain(made).fold(cx.now(), Timestamp::min), written })
}

/// Tests the value in use. Returns its owner and when it expires, as the provider reports.
pub(crate) async fn test_in_use(
    cx: &Context<'_>,
    memory: &mut Memory,
    value: &Secret,
) -> Result<(Option<String>, Option<Timestamp>), Problem> {
    let job = cx.job;
    let verdict = job.driver.verify(value).await;
    // A test would use a refresh token up. Without an access token, or if that has expired or its
    // expiry is not known, a refresh is due immediately.
    let bare = job.abilities.refreshes()
        && (job.driver.part(value, "access-token").is_err() || verdict.is_dead());
    let told = verdict.facts().and_then(|facts| facts.expires_at);
    let expires_at = if job.abilities.refreshes() { told.or(Some(cx.now())) } else { told };
    let owner = verdict.facts().and_then(|facts| facts.owner.clone());
    let problem = not_alive(cx, &verdict);
    memory.report.verdict = Some(verdict);
    match problem.filter(|_| !bare) {
        Some(problem) => Err(problem.state("nothing was adopted or changed")),
        None => Ok((owner, expires_at)),
    }
}

/// The provider's id of a value's key, if it can be found: in the value itself, or in what the
/// provider shows to the manager.
pub(crate) async fn id_of(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    value: &Secret,
) -> Result<Option<(KeyId, IdFrom)>, Problem> {
    match (cx.job.driver.key_id(value), preflight::manager(cx, state, memory)) {
        (None, Ok(manager)) => {
            let found = cx.job.driver.identify(manager, value).await;
            let found = found
                .map_err(|refusal| preflight::manager_problem(cx, "list the keys at", &refusal))?;
            Ok(found.map(|id| (id, IdFrom::Provider)))
        }
        (known, _) => Ok(known.map(|id| (id, IdFrom::Value))),
    }
}

pub(crate) fn not_alive(cx: &Context<'_>, verdict: &Verdict) -> Option<Problem> {
    let config = cx.job.config;
    match verdict {
        Verdict::Live(_) | Verdict::Limited(_) => None,
        Verdict::Unknown { why } => Some(problems::account::unavailable(config, why)),
        Verdict::RateLimited { .. } => Some(problems::account::rate_limit_exhausted(config)),
        Verdict::Expired | Verdict::Revoked | Verdict::Invalid => {
            Some(problems::adoption::current_dead(config, verdict))
        }
    }
}

/// Keys of this token beside the one in use, found by the names that tokenward gives: left over
/// from a lost journal.
async fn ours_beside(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    id: &KeyId,
) -> Result<Ours, Problem> {
    let manager = preflight::manager(cx, state, memory)?;
    let keys = cx
        .job
        .driver
        .list(manager)
        .await
        .map_err(|refusal| preflight::manager_problem(cx, "list the keys at", &refusal))?;
    let Some(in_use) = keys.iter().find(|key| key.is(id)) else {
        return Err(problems::adoption::no_such_key(id));
    };
    let prefix = cx.prefix();
    let name = in_use.name.clone().filter(|name| is_our_name(&prefix, name));
    let now = cx.now();
    let named = |key: &ListedKey| key.name.clone().filter(|name| is_our_name(&prefix, name));
    let beside = keys.iter().filter(|key| !key.is(id)).filter_map(|key| Some((key, named(key)?)));
    let known = beside.map(|(key, name)| match &key.id {
        Some(id) => Ok(unknown_key(id.clone(), name, key.created_at.unwrap_or(now))),
        None => Err(mint::id_cannot_be_one(cx, state, memory, &name)),
    });
    Ok(Ours {
        beside: known.collect::<Result<_, _>>()?,
        in_use: name,
        listed_as: in_use.name.clone(),
        made: in_use.created_at,
    })
}

/// Whether this is `tw1-<token8>-v<number>-<6 hex digits>`, with the eight digits of this token.
fn is_our_name(prefix: &str, name: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(ids::is_attempt)
}

/// The keys at the provider that tokenward issued for this token.
#[derive(Default)]
struct Ours {
    /// The name of the key in use, if tokenward gave it.
    in_use: Option<String>,
    /// The name under which the provider lists the key in use, for the person who typed its id.
    listed_as: Option<String>,
    /// When the provider issued it, if it reports that.
    made: Option<Timestamp>,
    /// The others.
    beside: Vec<Key>,
}

fn version_of(name: &str) -> Option<Version> {
    let number = name.rsplit_once('-')?.0.rsplit_once("-v")?.1;
    number.parse().ok().map(Version::new)
}

/// A key that tokenward issued, and whose value is lost.
fn unknown_key(id: KeyId, name: String, since: Timestamp) -> Key {
    Key {
        version: version_of(&name).unwrap_or_default(),
        id: Some(id),
        name: Some(name),
        fingerprint: Fingerprint::new("unknown"),
        since,
        expires_at: None,
        origin: Origin::Minted,
        id_from: Some(IdFrom::Provider),
        renewed: None,
    }
}
