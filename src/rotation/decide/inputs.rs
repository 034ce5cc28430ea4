//! What `next` decides by, beside the state and the memory: what the run received, and what the
//! journal says about other tokens.

use super::memory::Memory;
use crate::domain::cleanup::Leak;
use crate::domain::lifecycle::{Pending, Renewed, TokenState, Why};
use crate::domain::{Fingerprint, Problem, Timestamp};
use crate::rotation::effects::context::Context;
use crate::rotation::effects::lease;
use crate::rotation::types::due;
use crate::rotation::types::facts::{InjectedValue, LeaseHolder, NextSecret};
use crate::rotation::types::leak;

/// The inputs of one decision.
#[derive(Clone, Debug)]
pub(crate) struct Inputs {
    /// GitHub's clock.
    pub(crate) now: Timestamp,
    /// What the value is that GitHub passed to this run.
    pub(crate) handed: InjectedValue,
    /// What the value is that a person stored in the secret beside the primary destination.
    pub(crate) left: NextSecret,
    /// Who is working on the token.
    pub(crate) leader: LeaseHolder,
    /// Why a new value is needed, if one is.
    pub(crate) wanted: Option<Why>,
    /// Whether a person requested a new value in this run.
    pub(crate) asked: bool,
    /// Whether that is because the value in use leaked.
    pub(crate) leaked: bool,
    /// Whether a leak was reported that the journal does not know yet.
    pub(crate) unrecorded_leak: bool,
    /// Whether the value in use should be revoked before there is another.
    pub(crate) revoke_first: bool,
    /// Another token of the same group that is being rotated.
    pub(crate) peer: Option<String>,
    /// Whether a repository that the grace period waits for has not confirmed the value in use.
    pub(crate) unconfirmed: bool,
    /// What can be done by API now.
    pub(crate) can: Can,
}

/// What can be done by API for a token now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Can {
    /// Whether a new value is created by API: issued, or refreshed.
    pub(crate) issues: bool,
    /// Whether only a person creates new values.
    pub(crate) manual: bool,
    /// Whether new values come from a refresh token.
    pub(crate) refreshes: bool,
    /// Whether keys whose id is known are revoked by API.
    pub(crate) ends: bool,
    /// Whether a key can be disabled before it is deleted.
    pub(crate) disables: bool,
    /// Whether an old key's use is checked before it is revoked.
    pub(crate) looks_at_use: bool,
}

/// Collects the inputs. Asks GitHub whether another run has ended, if the journal names one.
pub(crate) async fn inputs(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
) -> Result<Inputs, Problem> {
    let (now, asked) = (cx.now(), asked(cx, state, memory));
    let (abilities, manual) = (&cx.job.abilities, manual(cx, state, memory));
    let recorded = memory.leak.recorded;
    Ok(Inputs {
        now,
        handed: handed(cx, state, memory),
        left: NextSecret::recognise(state, cx.job.values.desk.next.as_ref()),
        leader: lease::leader(cx.world, state.lead.as_ref(), now).await?,
        wanted: due::wanted(state, &cx.job.policy, asked, now),
        asked: asked.is_some(),
        leaked: asked == Some(&Why::Leaked) && !leaks_on_the_way(state, memory),
        unrecorded_leak: !recorded && unrecorded_leak(cx, state, memory).is_some(),
        revoke_first: revokes_first(cx, state, memory),
        peer: peer_in_flight(cx).await,
        unconfirmed: !cx.job.policy.unconfirmed(state).is_empty(),
        can: Can {
            issues: abilities.issues() || (abilities.refreshes() && !manual),
            manual,
            refreshes: abilities.refreshes(),
            ends: abilities.ends_by_api(),
            disables: abilities.ends.disables && abilities.ends.revokes,
            looks_at_use: cx.job.policy.looks_at_use(),
        },
    })
}

/// Whether a person has to create the next value: always, or because nothing can be refreshed any
/// more, or because a refresh would not revoke what leaked.
pub(crate) fn manual(cx: &Context<'_>, state: &TokenState, memory: &Memory) -> bool {
    let provider = &cx.job.abilities;
    let refused = state.current.as_ref().is_some_and(|key| key.renewed == Some(Renewed::Refused));
    let leaked = asked(cx, state, memory) == Some(&Why::Leaked) || state.has_leaked();
    provider.is_manual()
        || (provider.refreshes() && (refused || (leaked && !provider.is_single_use())))
}

/// A token of the same group that is being rotated.
async fn peer_in_flight(cx: &Context<'_>) -> Option<String> {
    if cx.job.peers.is_empty() {
        return None;
    }
    let tokens = cx.world.ledger.tokens().await;
    let in_flight =
        |peer: &&crate::domain::TokenName| tokens.get(peer).is_some_and(TokenState::is_in_flight);
    cx.job.peers.iter().find(in_flight).map(ToString::to_string)
}

/// What the value is that GitHub passed to this run. If this run itself revoked it, it does not
/// show that somebody restored an old one.
pub(crate) fn handed(cx: &Context<'_>, state: &TokenState, memory: &Memory) -> InjectedValue {
    let value = cx.job.values.handed.as_ref();
    let buried =
        value.is_some_and(|value| memory.ends.buried.contains(&value.fingerprint(&state.salt)));
    match InjectedValue::recognise(state, value) {
        InjectedValue::Dead if buried => InjectedValue::Retiring,
        handed => handed,
    }
}

/// What a person requested, until the rotation has started. A leak is handled once the leaked value
/// is neither in use nor being delivered.
pub(crate) fn asked<'j>(cx: &Context<'j>, state: &TokenState, memory: &Memory) -> Option<&'j Why> {
    let meant = memory.leak.meant.as_ref();
    let open = |why: &&Why| {
        **why != Why::Leaked
            || meant.is_none_or(|leak| is_in_use(state, leak) || is_coming(state, leak))
    };
    cx.job.request.asked.as_ref().filter(|_| memory.sent.mints == 0).filter(open)
}

/// Whether the value in use should be revoked before there is another.
fn revokes_first(cx: &Context<'_>, state: &TokenState, memory: &Memory) -> bool {
    let leads = cx.job.request.revoke_first
        && memory.sent.mints == 0
        && !memory.ready.revoke_first_failed
        && !memory.ready.key_first;
    leads && memory.leak.meant.as_ref().is_none_or(|leak| is_in_use(state, leak))
}

/// A leak that the journal does not know yet.
pub(crate) fn unrecorded_leak(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
) -> Option<Leak> {
    let asked = asked(cx, state, memory);
    leak::unrecorded_leak(state, cx.job, asked, memory.leak.meant.as_ref())
}

fn leaks_on_the_way(state: &TokenState, memory: &Memory) -> bool {
    memory.leak.meant.as_ref().is_some_and(|leak| is_coming(state, leak))
}

fn is_in_use(state: &TokenState, fingerprint: &Fingerprint) -> bool {
    state.current.as_ref().is_some_and(|key| key.fingerprint == *fingerprint)
}

fn is_coming(state: &TokenState, fingerprint: &Fingerprint) -> bool {
    state.pending.as_ref().and_then(Pending::fingerprint) == Some(fingerprint)
}
