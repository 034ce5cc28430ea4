//! Checks whether somebody else changed the destinations, before a value is revoked or replaced.

use super::adopt;
use crate::domain::lifecycle::{Ending, TokenState, Why};
use crate::domain::text::sanitize;
use crate::domain::{Destination, Problem, Timestamp};
use crate::rotation::decide::memory::Memory;
use crate::rotation::decide::truth;
use crate::rotation::effects::context::Context;
use crate::rotation::problems::destinations;
use crate::rotation::types::facts::InjectedValue;
use crate::rotation::types::retiring::label;
use crate::rotation::types::transition::Transition;

/// Checks whether a destination may hold an old value: somebody else wrote it since, or tokenward
/// never wrote it. Then nothing is revoked: its consumers would stop working.
pub(crate) async fn look_at_places(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    memory.seen.places_seen = true;
    let mut problems = Vec::new();
    for destination in &cx.job.config.destinations {
        match cx.world.secrets.seen(destination).await {
            Ok(snapshot) => {
                problems.extend(moved(cx, state, destination, snapshot.updated_at));
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        return Ok(Transition::stay());
    }
    memory.seen.moved = problems.into_iter().map(destinations::keeps_old_value).collect();
    let can_wait = |stage: &Ending| {
        matches!(stage, Ending::Waiting | Ending::Revoking { .. } | Ending::Disabled { .. })
    };
    let waiting =
        state.retiring.iter().filter(|retiring| can_wait(&retiring.stage) && !retiring.leaked);
    memory.ends.left_for_later.extend(waiting.map(|retiring| label(&retiring.key)));
    Ok(Transition::stay())
}

/// Why a destination may hold an old value.
fn moved(
    cx: &Context<'_>,
    state: &TokenState,
    destination: &Destination,
    seen: Option<Timestamp>,
) -> Option<Problem> {
    let name = &cx.job.config.name;
    match (seen, state.held.get(&destination.key()).copied()) {
        (Some(seen), Some(ours)) if seen == ours => None,
        // A run that was believed dead completed its delivery.
        (Some(seen), Some(ours))
            if seen > ours && state.late_until.is_some_and(|late| seen <= late) =>
        {
            None
        }
        (Some(seen), Some(ours)) if seen > ours => Some(
            destinations::written_since(destination, seen, ours, name)
                .cause("it may hold the old value again"),
        ),
        (Some(seen), Some(ours)) => {
            Some(destinations::older_write(destination, seen, Some(ours), name))
        }
        (None, Some(ours)) => Some(destinations::gone(destination, ours, name)),
        (Some(_), None) => Some(destinations::unwritten(destination, name)),
        // It never existed, so nothing uses it.
        (None, None) => None,
    }
}

/// Reports what a new rotation leaves behind: a value that a person wrote into the primary
/// destination and that the journal does not know, and secrets that tokenward wrote and that are no
/// longer destinations.
pub(crate) async fn report_leftovers(cx: &Context<'_>, state: &TokenState, memory: &mut Memory) {
    let stranger = cx.job.values.handed.clone().filter(|_| {
        InjectedValue::recognise(state, cx.job.values.handed.as_ref()) == InjectedValue::Stranger
    });
    if let Some(value) =
        stranger.filter(|_| !cx.job.abilities.refreshes() && state.current.is_some())
    {
        let id = adopt::id_of(cx, state, memory, &value).await.ok().flatten().map(|(id, _)| id);
        let problem = destinations::unknown_value_replaced(cx.job.config, id.as_ref());
        memory.report.problems.push(problem);
    }
    let named: Vec<String> = cx.job.config.destinations.iter().map(Destination::key).collect();
    for place in state.held.keys().filter(|key| !named.contains(key)).cloned().collect::<Vec<_>>() {
        memory.done(cx, format!(
            "did not write {}, which is no longer in the config: it keeps the old value, which will be revoked",
            sanitize(&place)
        ));
    }
}

/// Fails if a scheduled rotation would replace a secret that somebody wrote since the last one.
/// Only a request replaces it.
pub(crate) fn untouched(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    why: &Why,
) -> Result<(), Vec<Problem>> {
    let by_itself = match why {
        Why::Due | Why::Expiring => true,
        // A request in an earlier run was about the value at that time.
        Why::Asked(_) => cx.job.request.asked.is_none(),
        Why::Leaked | Why::Brought | Why::Found => false,
    };
    if !by_itself {
        return Ok(());
    }
    let name = &cx.job.config.name;
    let mut problems = Vec::new();
    for destination in &cx.job.config.destinations {
        let now =
            memory.seen.snapshots.get(&destination.key()).and_then(|snapshot| snapshot.updated_at);
        let found = state.adopted_at().filter(|_| cx.job.config.primary() == Some(destination));
        let ours = state.held.get(&destination.key()).copied().or(found);
        // A run that was believed dead completed its delivery.
        let is_late = |now: Timestamp| state.late_until.is_some_and(|late| now <= late);
        if let (Some(now), Some(ours)) = (now, ours)
            && now > ours
            && !is_late(now)
        {
            problems.push(
                destinations::would_overwrite(destination, now, name)
                    .state(truth::no_key(state, memory)),
            );
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}
