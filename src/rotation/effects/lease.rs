//! Determines which run is working on a token. Another run takes over when GitHub says that the run
//! has ended. Where GitHub cannot say so (a deleted run, another job of the same attempt, a process
//! outside Actions), it takes over after a quarter of an hour of silence.

use crate::domain::lifecycle::{Lease, Run};
use crate::domain::{Problem, Span, Timestamp};
use crate::rotation::types::facts::LeaseHolder;
use crate::rotation::types::job::World;

/// How long a process outside Actions may be silent before it counts as dead. Longer than any
/// request with its retries.
pub(crate) const LEASE: Span = Span::seconds(900);

/// Determines who has the lease. Asks GitHub only if it is another run.
pub(crate) async fn leader(
    world: &World<'_>,
    lead: Option<&Lease>,
    now: Timestamp,
) -> Result<LeaseHolder, Problem> {
    let Some(lead) = lead else { return Ok(LeaseHolder::Nobody) };
    if lead.instance == *world.instance {
        return Ok(LeaseHolder::Us);
    }
    // A record from the future would keep every other run away until then, so it does not count.
    let silent = LEASE.after(lead.at) <= now || lead.at > Span::hours(1).after(now);
    let Some(run) = &lead.run else {
        let who = format!("a tokenward process outside Actions (last active at {})", lead.at);
        return Ok(if silent { LeaseHolder::Nobody } else { LeaseHolder::Another { who } });
    };
    let who = format!("run {} (attempt {}) of {}", run.id, run.attempt, run.repository);
    if let Some(ours) =
        world.run.filter(|ours| ours.id == run.id && ours.repository == run.repository)
    {
        // An earlier attempt of this run has ended. GitHub cannot say whether another job of the
        // same attempt has; its silence decides.
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
        // A deleted run has ended, but it looks like one that we cannot see. Its silence decides.
        Err(trouble) if trouble.is_kept_from_us() => Ok(silent),
        Err(trouble) => Err(trouble
            .to_problem(&format!("check whether run {} of {} has ended", run.id, run.repository))),
    }
}
