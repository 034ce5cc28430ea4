//! A value that the journal knows under another token's name: the token was renamed in the config,
//! or two tokens share one value. Under a second name its key would be one that another token uses,
//! so nothing could ever be revoked.

use std::collections::BTreeMap;

use super::context::Context;
use super::facts::InjectedValue;
use crate::domain::lifecycle::TokenState;
use crate::domain::{Code, Problem, Secret, TokenName};

/// Whether a value may become this token's own.
pub(super) async fn is_of_no_other(cx: &Context<'_>, value: &Secret) -> Result<(), Problem> {
    let name = &cx.job.config.name;
    let tokens = cx.world.ledger.tokens().await;
    known_as(name, value, &tokens)
        .map_or(Ok(()), |other| Err(renamed(name, other).state("nothing was changed")))
}

/// What stops a run that received a value which its own records do not know, and those of another
/// token do.
pub(super) fn swapped(
    name: &TokenName,
    state: &TokenState,
    handed: Option<&Secret>,
    tokens: &BTreeMap<TokenName, TokenState>,
) -> Option<Problem> {
    let value = handed.filter(|value| {
        state.current.is_some()
            && InjectedValue::recognise(state, Some(value)) == InjectedValue::Stranger
    })?;
    known_as(name, value, tokens).map(|other| renamed(name, other).state("nothing was changed"))
}

/// Under which other name a value is known.
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

/// Whether these records know a value that is in use, on its way, or still to be revoked.
#[must_use]
pub fn knows(state: &TokenState, value: &Secret) -> bool {
    let held = value.fingerprint(&state.salt);
    let retiring = state.retiring.iter().map(|retiring| &retiring.key);
    let keys = state.current.iter().chain(retiring).map(|key| &key.fingerprint);
    keys.chain(state.pending.as_ref().and_then(|pending| pending.fingerprint()))
        .any(|known| *known == held)
}

/// What is to be said of a token whose value the journal knows under another name.
#[must_use]
pub fn renamed(name: &TokenName, other: &TokenName) -> Problem {
    Problem::new(Code::TokenRenamed, format!("the journal knows the value of {name} under the name {other}"))
        .cause("the token was renamed in the config, or two tokens share one value; records are found by the name alone")
        .hint(format!("call it {other} again in the config; if these are two tokens, make a value of its own for {name}"))
}
