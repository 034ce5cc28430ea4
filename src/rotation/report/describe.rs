//! Describes the state of a token after a run, and what comes next.

use crate::domain::lifecycle::{Ending, Origin, Retiring, Stage, TokenState};
use crate::domain::outcome::{Next, TokenOutcome};
use crate::rotation::decide::truth::end_of_current;
use crate::rotation::types::due::Policy;
use crate::rotation::types::retiring::{ripe_at, waits_for_marks};

/// Fills in the state of the token now, and what comes next.
pub fn describe(outcome: &mut TokenOutcome, state: &TokenState, policy: &Policy) {
    state.as_str().clone_into(&mut outcome.state);
    if let Some(current) = &state.current {
        outcome.version = Some(current.version.number());
        outcome.since = Some(current.since);
        outcome.expires_at = current.expires_at;
    }
    outcome.due = policy.next_due(state);
    outcome.not_confirmed_by = policy.silent(state);
    outcome.why = state.pending.as_ref().map(|pending| pending.why.in_words());
    outcome.next = next(state, policy);
}

/// What comes next: a delivery in progress is completed first, then old keys are retired, and only
/// then is the value in use replaced.
fn next(state: &TokenState, policy: &Policy) -> Option<Next> {
    let soon = |what: String| Some(Next { what, not_before: None });
    if let Some(pending) = &state.pending {
        let version = pending.version;
        return soon(match pending.stage {
            Stage::Pushed { .. } => {
                format!("a later run receives {version}, which proves the delivery")
            }
            _ => format!("continue delivering {version}"),
        });
    }
    if let Some(retiring) = state.retiring.iter().min_by_key(|retiring| ripe_at(retiring)) {
        let what = retirement(state, policy, retiring);
        // A person who was asked need not wait.
        let asked = matches!(retiring.stage, Ending::Asked { .. });
        let not_before = ripe_at(retiring).filter(|_| !asked);
        return Some(Next { what, not_before });
    }
    if end_of_current(state).is_some() {
        return soon("replace the value in use, which was revoked".to_owned());
    }
    if let Some(issue) = &state.loose_ends.issue {
        let number = issue.number.map_or_else(String::new, |number| format!(" (issue {number})"));
        return soon(format!("a person creates a new value{number}"));
    }
    if state.loose_ends.wish.is_some() || state.has_leaked() {
        return soon("create the new value that was requested".to_owned());
    }
    policy.next_due(state).map(|due| Next { what: "rotate".to_owned(), not_before: Some(due) })
}

/// How an old key is retired, by whom, and whose confirmation that needs.
fn retirement(state: &TokenState, policy: &Policy, retiring: &Retiring) -> String {
    let key = &retiring.key;
    let id = key.id.as_ref().map_or_else(String::new, |id| format!(" (key {id})"));
    let whose = match retiring.stage {
        Ending::Disabled { .. } => "delete the disabled",
        Ending::Asked { .. } => "a person revokes",
        _ if policy.ends_by_person => "a person revokes",
        _ if key.origin == Origin::Brought && key.id.is_none() => "a person revokes",
        _ => "revoke",
    };
    let mut what = format!("{whose} {}{id}", key.version);
    let by = policy.unconfirmed(state);
    if let (true, false, Some(current)) = (waits_for_marks(retiring), by.is_empty(), &state.current)
    {
        let names: Vec<String> = by.iter().map(ToString::to_string).collect();
        what.push_str(&format!(" once {} has confirmed {}", names.join(", "), current.version));
    }
    what
}
