//! What a value is that a run received: the one in use, the new one, an older one, or one that the
//! journal does not know. Pure.

use crate::config::TokenConfig;
use crate::domain::lifecycle::{Stage, TokenState};
use crate::domain::{Fingerprint, Problem, Repo, Secret, Timestamp, TokenName, Version};
use crate::rotation::marks::mark::Marked;
use crate::rotation::marks::since;
use crate::rotation::problems::received;
use crate::rotation::types::facts::InjectedValue;

/// What the journal of the rotating repository says about a token.
pub struct Said<'a> {
    /// The repository.
    pub primary: &'a Repo,
    /// The name of the token there.
    pub token: &'a TokenName,
    /// Its record, whose signature was not verified.
    pub state: &'a TokenState,
}

/// A description of a current value, the content of its mark, and since when a mark counts.
pub(crate) fn good<'s>(
    said: &Said<'s>,
    repo: &Repo,
    value: &Secret,
) -> Result<(&'static str, Marked<'s>, Timestamp), Problem> {
    let Said { primary, token, state } = *said;
    let marked = |version: Version, fingerprint: &'s Fingerprint| Marked {
        primary,
        token,
        version,
        fingerprint,
    };
    match (InjectedValue::recognise(state, Some(value)), &state.current, &state.pending) {
        (InjectedValue::Current, Some(key), _) if !state.is_ending(key) => {
            let since = since::delivered(state, repo).unwrap_or(key.since);
            Ok(("the value in use", marked(key.version, &key.fingerprint), since))
        }
        (InjectedValue::Pending, _, Some(pending)) => {
            let fingerprint = pending.fingerprint().ok_or_else(|| stranger(said))?;
            let since = since::on_its_way(state, repo).unwrap_or(pending.since);
            Ok(("the new value", marked(pending.version, fingerprint), since))
        }
        (InjectedValue::Current | InjectedValue::Retiring | InjectedValue::Dead, ..) => {
            Err(stale(said, value))
        }
        _ => Err(stranger(said)),
    }
}

/// Reports that a run of the rotating repository received a value that is not the one in use.
#[must_use]
pub fn handed(config: &TokenConfig, state: &TokenState, value: &Secret) -> Option<Problem> {
    let current = state.current.as_ref()?;
    let pushed =
        state.pending.as_ref().filter(|pending| matches!(pending.stage, Stage::Pushed { .. }));
    let newest =
        pushed.map_or((current.version, current.since), |pending| (pending.version, pending.since));
    match InjectedValue::recognise(state, Some(value)) {
        // A leaked value is revoked before the value that replaces it is proven.
        InjectedValue::Current if pushed.is_some() && state.is_ending(current) => {
            Some(received::leaked(config, current.version, newest))
        }
        InjectedValue::Retiring | InjectedValue::Dead => {
            Some(received::old(config, older(state, value).unwrap_or_default(), newest))
        }
        // The primary destination receives the result of a refresh before the journal knows it.
        InjectedValue::Stranger
            if state.pending.as_ref().is_none_or(|pending| pending.stage != Stage::Refreshing) =>
        {
            Some(received::unknown(config))
        }
        InjectedValue::Nothing
        | InjectedValue::Current
        | InjectedValue::Pending
        | InjectedValue::Stranger => None,
    }
}

/// The version of an older value.
fn older(state: &TokenState, value: &Secret) -> Option<Version> {
    let held = value.fingerprint(&state.salt);
    let keys =
        state.retiring.iter().map(|retiring| (&retiring.key.fingerprint, retiring.key.version));
    let mut keys = keys.chain(state.dead.iter().map(|dead| (&dead.fingerprint, dead.version)));
    keys.find(|(fingerprint, _)| **fingerprint == held).map(|(_, version)| version)
}

fn stale(said: &Said<'_>, value: &Secret) -> Problem {
    let Said { primary, token, state } = said;
    let version = older(state, value);
    let newest = state
        .pending
        .as_ref()
        .filter(|pending| pending.is_past_the_fence())
        .map(|pending| pending.version);
    let newest =
        newest.or_else(|| state.current.as_ref().map(|key| key.version)).unwrap_or_default();
    received::old_in_consumer(token, primary, version.unwrap_or_default(), newest)
}

fn stranger(said: &Said<'_>) -> Problem {
    received::unknown_in_consumer(said.token, said.primary)
}
