//! What a value is that a run of another repository was handed: the one in use, the one on its way,
//! an older one, or one that nobody knows. Pure.

use super::facts::InjectedValue;
use super::mark::Marked;
use super::since;
use crate::config::TokenConfig;
use crate::domain::lifecycle::{Stage, TokenState};
use crate::domain::{Code, Fingerprint, Problem, Repo, Secret, Timestamp, TokenName, Version};

/// What the rotating repository says of a token.
pub struct Said<'a> {
    /// The repository.
    pub primary: &'a Repo,
    /// The token's name there.
    pub token: &'a TokenName,
    /// Its record, read and not verified.
    pub state: &'a TokenState,
}

/// What a good value is called, what a mark says of it, and since when one counts.
pub(super) fn good<'s>(
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
            Ok(("the value on its way", marked(pending.version, fingerprint), since))
        }
        (InjectedValue::Current | InjectedValue::Retiring | InjectedValue::Dead, ..) => {
            Err(stale(said, value))
        }
        _ => Err(stranger(said)),
    }
}

/// What is to be said of the value that the rotating repository hands its own run, where it is not
/// the one in use.
#[must_use]
pub fn handed(config: &TokenConfig, state: &TokenState, value: &Secret) -> Option<Problem> {
    let current = state.current.as_ref()?;
    let (variable, name) = (&config.value, &config.name);
    let pushed =
        state.pending.as_ref().filter(|pending| matches!(pending.stage, Stage::Pushed { .. }));
    let newest =
        pushed.map_or((current.version, current.since), |pending| (pending.version, pending.since));
    match InjectedValue::recognise(state, Some(value)) {
        // A leak is ended before the value that replaces it is proven.
        InjectedValue::Current if pushed.is_some() && state.is_ending(current) => Some(
            Problem::new(
                Code::TokenStale,
                format!("{variable} holds {}, which leaked; {} replaces it since {}", current.version, newest.0, newest.1),
            )
            .cause("this run was queued before the new value was written, or its secret was written by hand")
            .hint(format!("run it again; if it says so again: tokenward rotate {name}")),
        ),
        InjectedValue::Retiring | InjectedValue::Dead => {
            let version = older(state, value).unwrap_or_default();
            let what = format!("{variable} holds {version}, and {} replaces it since {}", newest.0, newest.1);
            let problem = Problem::new(Code::TokenStale, what)
                .cause("this run was queued before the new value was written, or its secret was written by hand");
            Some(problem.hint(format!("run it again; if it says so again: tokenward rotate {name}")))
        }
        // What comes of a refresh stands in the primary destination before the journal knows it.
        InjectedValue::Stranger if state.pending.as_ref().is_none_or(|pending| pending.stage != Stage::Refreshing) => Some(
            Problem::new(Code::OverwrittenByHand, format!("{variable} holds a value of {name} that tokenward did not put there"))
                .cause("the secret was changed by hand, or this step receives another secret")
                .hint(format!("to replace it everywhere by a new one: tokenward rotate {name} --force --reason TEXT")),
        ),
        InjectedValue::Nothing | InjectedValue::Current | InjectedValue::Pending | InjectedValue::Stranger => None,
    }
}

/// Which of the values before the one in use this is.
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
    Problem::new(Code::TokenStale, format!("this run holds {} of {token}, and {newest} replaces it", version.unwrap_or_default()))
        .cause("this run was queued before the new value was written, or its secret is no destination of the token, or was written by hand")
        .hint(format!("run it again; if it says so again: tokenward check {token}, in {primary}"))
}

fn stranger(said: &Said<'_>) -> Problem {
    let Said { primary, token, .. } = said;
    Problem::new(Code::OverwrittenByHand, format!("this run holds a value that the journal of {primary} does not know for {token}"))
        .cause("somebody put it there, or it belongs to another token, or it is a part of the value, which no mark is left for")
        .hint(format!("name the right token and variable; otherwise: tokenward check {token}, in {primary}"))
}
