//! How far the value in use got in each destination, according to the journal, to GitHub and to the
//! confirmations. Pure; every report uses this.

use std::collections::BTreeMap;

use crate::config::TokenConfig;
use crate::domain::lifecycle::{TokenState, Written};
use crate::domain::outcome::{DestinationOutcome, Reached};
use crate::domain::{Destination, Repo, Timestamp};

/// When destinations were last written according to GitHub, by their keys; `None` if the secret
/// does not exist. A destination that is not in it was not checked.
pub type Shown = BTreeMap<String, Option<Timestamp>>;

/// Every destination of a token; the first is the primary one.
#[must_use]
pub fn reached(
    config: &TokenConfig,
    state: Option<&TokenState>,
    shown: &Shown,
) -> Vec<DestinationOutcome> {
    let one = |(index, destination): (usize, &Destination)| {
        let (reached, since) = match state {
            Some(state) => {
                how_far(config, state, (index, destination), shown.get(&destination.key()).copied())
            }
            None if shown.get(&destination.key()) == Some(&None) => (Reached::Missing, None),
            None => (Reached::Unknown, None),
        };
        DestinationOutcome {
            destination: destination.to_string(),
            delivery: None,
            reached: Some(reached),
            since,
            problems: Vec::new(),
        }
    };
    config.destinations.iter().enumerate().map(one).collect()
}

fn how_far(
    config: &TokenConfig,
    state: &TokenState,
    (index, destination): (usize, &Destination),
    shown: Option<Option<Timestamp>>,
) -> (Reached, Option<Timestamp>) {
    let key = destination.key();
    if let Some(push) = state.pending.as_ref().and_then(|pending| pending.pushes.get(&key)) {
        // While a token is being rotated, only the result of the write itself counts.
        return match push.written {
            Written::Done { at } => (Reached::Delivered, Some(at)),
            Written::Todo | Written::Unclear | Written::Refused => (Reached::Unknown, push.before),
        };
    }
    // If a value was adopted, only the primary destination is known to hold it.
    let found = state.adopted_at().filter(|_| state.held.is_empty() && index == 0);
    let Some(ours) = state.held.get(&key).copied().or(found) else {
        return if shown == Some(None) {
            (Reached::Missing, None)
        } else {
            (Reached::Unknown, None)
        };
    };
    match shown {
        None => (Reached::Unknown, Some(ours)),
        Some(None) => (Reached::Missing, None),
        // An adopted value may be dated before the last write of its secret: the key is older.
        Some(Some(now)) if now == ours || (found.is_some() && now <= ours) => {
            match confirmed(config, state, (index, destination)) {
                Some(at) => (Reached::Confirmed, Some(at)),
                None => (Reached::Delivered, Some(ours)),
            }
        }
        Some(Some(now)) => (Reached::Drifted, Some(now)),
    }
}

/// When a run received the value in use from this destination, if that is proven.
fn confirmed(
    config: &TokenConfig,
    state: &TokenState,
    (index, destination): (usize, &Destination),
) -> Option<Timestamp> {
    if index == 0 {
        return state.confirmed.get(&destination.key()).copied();
    }
    // A mark only says that a run of the repository received the value from one of its
    // destinations.
    let is_the_source = |repo: &Repo| {
        config
            .destinations
            .iter()
            .filter(|source| source.hands_whole_value_to(repo))
            .eq([destination])
    };
    let marks = state.confirmed.iter().filter_map(|(by, at)| Some((Repo::parse(by)?, *at)));
    marks.filter(|(repo, _)| is_the_source(repo)).map(|(_, at)| at).max()
}
