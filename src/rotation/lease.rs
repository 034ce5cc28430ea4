//! Who is at work on a token. A run's work is taken over only when GitHub says that the run is
//! over; outside Actions, when nothing was heard of it for a quarter of an hour.

use super::facts::LeaseHolder;
use super::job::World;
use crate::domain::lifecycle::{Lease, Run};
use crate::domain::{Problem, Span, Timestamp};

/// How long a process outside Actions may be silent before it counts as dead. Longer than any one
/// request with its repeats.
pub(super) const LEASE: Span = Span::seconds(900);

/// Looks at who the journal says is at work. Asks GitHub only when it is another run.
pub(super) async fn leader(
    world: &World<'_>,
    lead: Option<&Lease>,
    now: Timestamp,
) -> Result<LeaseHolder, Problem> {
    let Some(lead) = lead else { return Ok(LeaseHolder::Nobody) };
    if lead.instance == *world.instance {
        return Ok(LeaseHolder::Us);
    }
    // A record of the future says nothing about now: it would keep every other run away until then.
    let silent = LEASE.after(lead.at) <= now || lead.at > Span::hours(1).after(now);
    let Some(run) = &lead.run else {
        let who = format!("a tokenward outside Actions, last heard of at {}", lead.at);
        return Ok(if silent { LeaseHolder::Nobody } else { LeaseHolder::Another { who } });
    };
    let who = format!("run {} (attempt {}) of {}", run.id, run.attempt, run.repository);
    if let Some(ours) =
        world.run.filter(|ours| ours.id == run.id && ours.repository == run.repository)
    {
        // An earlier attempt of this very run is over. Another job of the same attempt cannot be
        // asked about; its silence decides.
        return Ok(if run.attempt < ours.attempt || silent {
            LeaseHolder::Nobody
        } else {
            LeaseHolder::Another { who }
        });
    }
    if is_over(world, run, silent).await? {
        Ok(LeaseHolder::Nobody)
    } else {
        Ok(LeaseHolder::Another { who })
    }
}

async fn is_over(world: &World<'_>, run: &Run, silent: bool) -> Result<bool, Problem> {
    match world.reader.get(&format!("/repos/{}/actions/runs/{}", run.repository, run.id)).await {
        Ok(reply) => {
            Ok(reply.body.get("status").and_then(|status| status.as_str()) == Some("completed"))
        }
        // A run that somebody deleted is over; one we may not see is judged by its silence.
        Err(trouble) if trouble.is_kept_from_us() => Ok(silent),
        Err(trouble) => Err(trouble
            .to_problem(&format!("ask whether run {} of {} is over", run.id, run.repository))),
    }
}
