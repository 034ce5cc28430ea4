//! What the destinations hold before anything is changed because of it.

use super::context::Context;
use super::facts::InjectedValue;
use super::memory::Memory;
use super::retiring::label;
use super::transition::Transition;
use super::{adopt, drift, truth};
use crate::domain::lifecycle::{Ending, TokenState, Why};
use crate::domain::text::sanitize;
use crate::domain::{Code, Destination, Problem, Timestamp};

/// Looks whether a destination may hold an old value: it was written since, by somebody else,
/// or was never written by us. Then nothing is ended: whoever reads it would be left with a
/// dead token.
pub(super) async fn look_at_places(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    memory.seen.places_seen = true;
    let (mut problems, token) = (Vec::new(), &cx.job.config.name);
    for destination in &cx.job.config.destinations {
        let seen = match cx.world.secrets.seen(destination).await {
            Ok(snapshot) => snapshot.updated_at,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        let moved =
            |what: String| Problem::new(Code::OverwrittenByHand, format!("{destination} {what}"));
        let late = state.late_until.as_ref();
        problems.push(match (seen, state.held.get(&destination.key())) {
            (Some(seen), Some(ours)) if seen == *ours => continue,
            // A run that was taken for dead wrote what it had begun to deliver.
            (Some(seen), Some(ours)) if seen > *ours && late.is_some_and(|late| seen <= *late) => continue,
            (Some(seen), Some(ours)) if seen > *ours => {
                moved(format!("was written after tokenward wrote it at {ours}")).cause("it may hold the old value again")
            }
            (Some(seen), Some(ours)) => moved(format!("was written last at {seen}, GitHub says, and tokenward wrote it at {ours}"))
                .cause("GitHub shows another secret than the one that was written, or an older state of it"),
            (None, Some(ours)) => moved(format!("is not there, and tokenward wrote it at {ours}"))
                .cause("it was deleted, or GitHub does not show it to our credential any more")
                .hint(format!("take it out of the config if nobody needs it, or: tokenward rotate {token} --force --reason TEXT")),
            (Some(_), None) => drift::unwritten(destination),
            // It never was there, so nobody reads it.
            (None, None) => continue,
        });
    }
    if problems.is_empty() {
        return Ok(Transition::stay());
    }
    let name = &cx.job.config.name;
    for problem in &mut problems {
        if matches!(problem.id, Code::OverwrittenByHand | Code::DestinationUnwritten)
            && problem.hint.is_none()
        {
            problem.hint = Some(format!(
                "to replace it everywhere by a new one: tokenward rotate {name} --force --reason TEXT"
            ));
        }
        problem.state = Some(
            "no old value is revoked before this is settled: old and new value both work"
                .to_owned(),
        );
    }
    memory.seen.moved = problems;
    let can_wait = |stage: &Ending| {
        matches!(stage, Ending::Waiting | Ending::Revoking { .. } | Ending::Disabled { .. })
    };
    let waiting =
        state.retiring.iter().filter(|retiring| can_wait(&retiring.stage) && !retiring.leaked);
    memory.ends.left_for_later.extend(waiting.map(|retiring| label(&retiring.key)));
    Ok(Transition::stay())
}

/// What a rotation that begins leaves behind: a value that a person put into the primary
/// destination, which no record knows, and secrets that hold what tokenward wrote there and are
/// no destinations any more.
pub(super) async fn tell_what_is_left(cx: &Context<'_>, state: &TokenState, memory: &mut Memory) {
    let (name, provider) = (&cx.job.config.name, &cx.job.config.provider);
    let stranger = cx.job.values.handed.clone().filter(|_| {
        InjectedValue::recognise(state, cx.job.values.handed.as_ref()) == InjectedValue::Stranger
    });
    if let Some(value) =
        stranger.filter(|_| !cx.job.abilities.refreshes() && state.current.is_some())
    {
        let id = adopt::id_of(cx, state, memory, &value)
            .await
            .ok()
            .flatten()
            .map_or_else(String::new, |(id, _)| format!(" (key {id})"));
        let problem = Problem::new(Code::OverwrittenByHand, format!("the value in use of {name}{id} was put there by hand, and is replaced"))
            .cause("no record knows it, so tokenward does not end it")
            .hint(format!("revoke it at {provider} once every destination holds the new value: tokenward revoke --leaked - takes it from standard input"))
            .state("it still works");
        memory.report.problems.push(problem);
    }
    let named: Vec<String> = cx.job.config.destinations.iter().map(Destination::key).collect();
    for place in state.held.keys().filter(|key| !named.contains(key)).cloned().collect::<Vec<_>>() {
        memory.done(cx, format!(
            "left {} alone, which the config does not name any more: it keeps the old value, which is going to be revoked",
            sanitize(&place)
        ));
    }
}

/// A secret that somebody wrote since the last rotation is replaced only where a person asks
/// for it.
pub(super) fn untouched(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    why: &Why,
) -> Result<(), Vec<Problem>> {
    let by_itself = match why {
        Why::Due | Why::Expiring => true,
        // What was asked for in an earlier run was asked for what was there then.
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
        // A run that was taken for dead wrote what it had begun to deliver.
        let is_late = |now: Timestamp| state.late_until.is_some_and(|late| now <= late);
        if let (Some(now), Some(ours)) = (now, ours)
            && now > ours
            && !is_late(now)
        {
            problems.push(
                Problem::new(Code::OverwrittenByHand, format!("{destination} was written at {now}, and not by tokenward"))
                    .cause(format!("{name} is due, and a new value would replace what somebody put there"))
                    .hint(format!("to replace it everywhere by a new one: tokenward rotate {name} --force --reason TEXT"))
                    .state(truth::no_key(state, memory)),
            );
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}
