//! Finds values that the journal knows under another token's name: the token was renamed in the
//! config, or two tokens share one value. Under a second name, its key would count as used by
//! another token and could never be revoked.

use std::collections::BTreeMap;

use crate::domain::lifecycle::TokenState;
use crate::domain::{Problem, Secret, TokenName};
use crate::rotation::effects::context::Context;
use crate::rotation::problems::NOTHING_CHANGED;
use crate::rotation::problems::adoption::renamed;
use crate::rotation::types::facts::InjectedValue;

/// Checks that a value does not belong to another token.
pub(crate) async fn is_of_no_other(cx: &Context<'_>, value: &Secret) -> Result<(), Problem> {
    let name = &cx.job.config.name;
    let tokens = cx.world.ledger.tokens().await;
    known_as(name, value, &tokens)
        .map_or(Ok(()), |other| Err(renamed(name, other).state(NOTHING_CHANGED)))
}

/// Stops a run whose value is unknown to the token's own records, but known to those of another
/// token.
pub(crate) fn swapped(
    name: &TokenName,
    state: &TokenState,
    handed: Option<&Secret>,
    tokens: &BTreeMap<TokenName, TokenState>,
) -> Option<Problem> {
    let value = handed.filter(|value| {
        state.current.is_some()
            && InjectedValue::recognise(state, Some(value)) == InjectedValue::Stranger
    })?;
    known_as(name, value, tokens).map(|other| renamed(name, other).state(NOTHING_CHANGED))
}

/// The other name under which the journal knows a value.
#[must_use]
pub fn known_as<'t>(
    name: &TokenName,
    value: &Secret,
    tokens: impl IntoIterator<Item = (&'t TokenName, &'t TokenState)>,
) -> Option<&'t TokenName> {
    tokens
        .into_iter()
        .find(|(other, state)| *other != name && knows(state, value))
        .map(|(other, _)| other)
}

/// Whether a state contains a value: in use, new, or still to be revoked.
#[must_use]
pub fn knows(state: &TokenState, value: &Secret) -> bool {
    let held = value.fingerprint(&state.salt);
    let retiring = state.retiring.iter().map(|retiring| &retiring.key);
    let keys = state.current.iter().chain(retiring).map(|key| &key.fingerprint);
    keys.chain(state.pending.as_ref().and_then(|pending| pending.fingerprint()))
        .any(|known| *known == held)
}
