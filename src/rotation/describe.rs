//! Describes the state of a token after a run, and what comes next.

use super::due::Policy;
use super::retiring::{ripe_at, waits_for_marks};
use super::truth::end_of_current;
use crate::domain::lifecycle::{Ending, Origin, Stage, TokenState};
use crate::domain::outcome::{Next, TokenOutcome};

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
    outcome.next =
        match (&state.pending, state.retiring.iter().min_by_key(|retiring| ripe_at(retiring))) {
            (Some(pending), _) if matches!(pending.stage, Stage::Pushed { .. }) => Some(Next {
                what: format!(
                    "a later run receives {}, which proves the delivery",
                    pending.version
                ),
                not_before: None,
            }),
            (Some(pending), _) => Some(Next {
                what: format!("continue delivering {}", pending.version),
                not_before: None,
            }),
            (None, Some(retiring)) => {
                let id =
                    retiring.key.id.as_ref().map_or_else(String::new, |id| format!(" (key {id})"));
                let whose = match retiring.stage {
                    Ending::Disabled { .. } => "delete the disabled",
                    _ if retiring.key.origin == Origin::Brought && retiring.key.id.is_none() => {
                        "a person revokes"
                    }
                    _ => "revoke",
                };
                let mut what = format!("{whose} {}{id}", retiring.key.version);
                let by = policy.unconfirmed(state);
                if let (true, false, Some(current)) =
                    (waits_for_marks(retiring), by.is_empty(), &state.current)
                {
                    let names: Vec<String> = by.iter().map(ToString::to_string).collect();
                    what.push_str(&format!(
                        " once {} has confirmed {}",
                        names.join(", "),
                        current.version
                    ));
                }
                Some(Next { what, not_before: ripe_at(retiring) })
            }
            (None, None) if end_of_current(state).is_some() => Some(Next {
                what: "replace the value in use, which was revoked".to_owned(),
                not_before: None,
            }),
            (None, None) if state.loose_ends.issue.is_some() => {
                let number = state
                    .loose_ends
                    .issue
                    .as_ref()
                    .and_then(|ask| ask.number)
                    .map_or_else(String::new, |number| format!(" (issue {number})"));
                Some(Next {
                    what: format!("a person creates a new value{number}"),
                    not_before: None,
                })
            }
            (None, None) if state.loose_ends.wish.is_some() || state.has_leaked() => Some(Next {
                what: "make the new value that was requested".to_owned(),
                not_before: None,
            }),
            (None, None) => policy
                .next_due(state)
                .map(|due| Next { what: "rotate".to_owned(), not_before: Some(due) }),
        };
}
