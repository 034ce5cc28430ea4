//! What the journal alone says is wrong with a token now: a value that leaked and still works, a destination that was not written, a value
//! in use that was ended before there was another. `check` and `status` say the same of it.

use super::truth::end_of_current;
use crate::domain::lifecycle::{Stage, TokenState, Written};
use crate::domain::text::count;
use crate::domain::{Code, Fingerprint, Problem, TokenName};

/// What is wrong with a token, by its record.
#[must_use]
pub fn known(name: &TokenName, state: &TokenState) -> Vec<Problem> {
    leaks(name, state).chain(delivery(name, state)).collect()
}

/// Values that leaked and were not seen dead.
fn leaks<'s>(name: &'s TokenName, state: &'s TokenState) -> impl Iterator<Item = Problem> + 's {
    let told = move |fingerprint: &Fingerprint, leaked: bool| leaked || state.loose_ends.has_leaked(fingerprint);
    let current = state.current.iter().filter(move |key| told(&key.fingerprint, false) && !state.is_ending(key)).map(move |key| {
        Problem::new(Code::TokenLeaked, format!("the value in use of {name} ({}) leaked, and is not replaced yet", key.generation))
            .hint(format!("tokenward rotate {name}; where a person makes the new value, the issue says how"))
    });
    let old = state.retiring.iter().filter(move |old| told(&old.key.fingerprint, old.leaked)).map(move |old| {
        Problem::new(Code::TokenLeaked, format!("{} of {name} leaked, and was not seen dead yet", old.key.generation))
            .hint(format!("tokenward rotate {name}: every run tries to end it, or says who has to"))
    });
    current.chain(old)
}

/// Destinations that do not hold the value on its way, and consumers that hold none that works.
fn delivery(name: &TokenName, state: &TokenState) -> Option<Problem> {
    let ended = end_of_current(state);
    let pending = state.pending.as_ref().filter(|pending| matches!(pending.stage, Stage::Pushing { .. }));
    let left = pending.map(|pending| pending.pushes.values().filter(|push| !matches!(push.written, Written::Done { .. })).count());
    let is_delivered = state.pending.as_ref().is_some_and(|pending| matches!(pending.stage, Stage::Pushed { .. }));
    let places = |left: usize| count(left, "destination", "destinations");
    match (left, ended) {
        (Some(left), Some((key, how))) => {
            Some(Problem::new(Code::TokenDead, format!("{} of {name} may still hold the value of {key}, which {how}", places(left))))
        }
        (Some(left), None) => Some(Problem::new(Code::PushFailed, format!("{} of {name} may not hold the new value yet", places(left)))),
        (None, Some((key, how))) if !is_delivered => {
            Some(Problem::new(Code::TokenDead, format!("{key} of {name} {how}, and there is no other value yet")))
        }
        (None, _) => None,
    }
    .map(|problem| problem.hint(format!("tokenward rotate {name} goes on from there, and says what stops it")))
}
