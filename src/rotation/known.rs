//! What the journal alone says of a token now: a value that leaked and still works, a destination
//! that was not written or is not known to hold the value in use, a value in use that was ended
//! before there was another, a step that is late. `check` and `status` say the same of it.

use super::due::Policy;
use super::late::late;
use super::truth::end_of_current;
use crate::config::TokenConfig;
use crate::domain::lifecycle::{Ending, Stage, TokenState, Written};
use crate::domain::text::count;
use crate::domain::{Code, Fingerprint, Problem, Span, Timestamp, TokenName};

/// By how much two clocks may disagree.
const AHEAD: Span = Span::seconds(3_600);

/// A token's record, and what it is held against.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    /// The token's name.
    pub name: &'a TokenName,
    /// What the journal says.
    pub state: &'a TokenState,
    /// What the config says; `None` where the journal alone knows the token.
    pub config: Option<&'a TokenConfig>,
    /// Whether only a person makes new values.
    pub manual: bool,
    /// For how long the provider may accept a key that was deleted.
    pub lag: Span,
    /// GitHub's clock.
    pub now: Timestamp,
}

/// What is to be said of a token, by its record.
#[must_use]
pub fn known(record: &Record<'_>) -> Vec<Problem> {
    let Record { name, state, config, manual, lag, now } = *record;
    let mut problems: Vec<Problem> = leaks(name, state).collect();
    problems.extend(settling(name, state, lag, now));
    problems.extend(from_the_future(name, state, now));
    let undelivered = delivery(name, state);
    // A leak or a destination without the value says more than that something is under way.
    let is_told = undelivered.is_some() || !problems.is_empty();
    problems.extend(undelivered);
    problems.extend(config.and_then(|config| unproven(config, state)));
    let late = late(name, state, &config.map_or_else(Policy::none, Policy::of), manual, now);
    problems.extend(
        late.into_iter().filter(|problem| !(is_told && problem.id == Code::RotationUnderWay)),
    );
    problems
}

/// Destinations that tokenward has not written yet: only what the primary destination holds is
/// handed to a run.
fn unproven(config: &TokenConfig, state: &TokenState) -> Option<Problem> {
    let is_ours = |key: &String| state.held.contains_key(key);
    // A value on its way is delivered to all of them, and one that was found is the primary
    // destination's.
    let primary = state.adopted_at().and(config.primary());
    let unknown: Vec<String> = config
        .destinations
        .iter()
        .filter(|destination| {
            state.pending.is_none() && primary != Some(destination) && !is_ours(&destination.key())
        })
        .map(ToString::to_string)
        .collect();
    // What was added to the config since is told by what is seen of it.
    if unknown.is_empty() || !state.held.is_empty() || state.current.is_none() {
        return None;
    }
    let hold = if unknown.len() == 1 { "holds" } else { "hold" };
    let places = count(unknown.len(), "destination", "destinations");
    Some(
        Problem::new(
            Code::NotProven,
            format!("whether {places} {hold} the value in use of {} is not proven", config.name),
        )
        .cause(format!("tokenward has not written them yet: {}", unknown.join(", ")))
        .hint(format!(
            "the first rotation writes all of them: tokenward rotate {} --force --reason TEXT",
            config.name
        )),
    )
}

/// Keys that were deleted, and that the provider may still accept.
fn settling(name: &TokenName, state: &TokenState, lag: Span, now: Timestamp) -> Option<Problem> {
    let dead = state
        .dead
        .iter()
        .filter(|dead| dead.id.is_some() && now < lag.after(dead.at))
        .max_by_key(|dead| dead.at)?;
    let what = format!(
        "{} of {name} was deleted at {}, and its provider may accept it until {}",
        dead.version,
        dead.at,
        lag.after(dead.at)
    );
    Some(
        Problem::new(Code::RevokeSettling, what)
            .hint("nothing to do: ask again then")
            .state("until then anybody who has it can use it"),
    )
}

/// Moments that a clock which was wrong wrote into the journal: ages and graces counted from them
/// are wrong as well.
fn from_the_future(name: &TokenName, state: &TokenState, now: Timestamp) -> Option<Problem> {
    let current = state.current.iter().map(|key| key.since);
    let moments = current
        .chain(state.pending.iter().map(|pending| pending.since))
        .chain(state.held.values().copied());
    let latest = moments.max().filter(|latest| AHEAD.after(now) < *latest)?;
    Some(
        Problem::new(Code::ClockDisagrees, format!("a record of {name} is of {latest}, and it is {now}"))
            .cause("GitHub's clock was wrong in the run that wrote it, or is now; what is counted from it is due too late")
            .hint(format!(
                "once the clock is right: tokenward rotate {name} --force --reason TEXT makes a value whose age is counted right"
            )),
    )
}

/// Values that leaked and were not seen dead.
pub(super) fn leaks<'s>(
    name: &'s TokenName,
    state: &'s TokenState,
) -> impl Iterator<Item = Problem> + 's {
    let told = move |fingerprint: &Fingerprint, leaked: bool| {
        leaked || state.loose_ends.has_leaked(fingerprint)
    };
    let current = state.current.iter().filter(move |key| told(&key.fingerprint, false) && !state.is_ending(key)).map(move |key| {
        let (what, hint) = match &state.pending {
            Some(pending) if matches!(pending.stage, Stage::Pushed { .. }) => (
                format!("{} of {name} leaked and still works; {} replaces it in every destination", key.version, pending.version),
                format!("tokenward rotate {name} ends it now, or says who has to"),
            ),
            _ => (
                format!("the value in use of {name} ({}) leaked, and is not replaced yet", key.version),
                format!("tokenward rotate {name}; where a person makes the new value, the issue says how"),
            ),
        };
        Problem::new(Code::TokenLeaked, what).hint(hint)
    });
    let old = state.retiring.iter().filter(move |old| told(&old.key.fingerprint, old.leaked)).map(
        move |old| {
            let version = old.key.version;
            let (id, why) = match (told(&old.key.fingerprint, false), &old.stage) {
                (true, _) => (Code::TokenLeaked, "leaked"),
                (false, Ending::Asked { .. }) => {
                    (Code::NeedsPerson, "is to be revoked by a person")
                }
                (false, _) => (Code::RotationStuck, "is to be revoked at once"),
            };
            Problem::new(id, format!("{version} of {name} {why}, and was not seen dead yet")).hint(
                format!("tokenward rotate {name}: every run tries to end it, or says who has to"),
            )
        },
    );
    current.chain(old)
}

/// Destinations that do not hold the value on its way, and consumers that hold none that works.
fn delivery(name: &TokenName, state: &TokenState) -> Option<Problem> {
    let ended = end_of_current(state);
    let pending =
        state.pending.as_ref().filter(|pending| matches!(pending.stage, Stage::Pushing { .. }));
    let left = pending.map(|pending| {
        pending.pushes.values().filter(|push| !matches!(push.written, Written::Done { .. })).count()
    });
    let is_delivered =
        state.pending.as_ref().is_some_and(|pending| matches!(pending.stage, Stage::Pushed { .. }));
    let places = |left: usize| count(left, "destination", "destinations");
    match (left, ended) {
        (Some(left), Some((key, how))) => Some(Problem::new(
            Code::TokenDead,
            format!("{} of {name} may still hold the value of {key}, which {how}", places(left)),
        )),
        (Some(left), None) => Some(Problem::new(
            Code::PushFailed,
            format!("{} of {name} may not hold the new value yet", places(left)),
        )),
        (None, Some((key, how))) if !is_delivered => Some(Problem::new(
            Code::TokenDead,
            format!("{key} of {name} {how}, and there is no other value yet"),
        )),
        (None, _) => None,
    }
    .map(|problem| {
        problem.hint(format!("tokenward rotate {name} goes on from there, and says what stops it"))
    })
}
