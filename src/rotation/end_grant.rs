//! The end of an OAuth grant that a person replaced.

use super::context::Context;
use super::memory::Memory;
use super::{ownership, preflight};
use crate::domain::lifecycle::TokenState;
use crate::domain::{Code, Problem, Secret, Verdict};
use crate::providers::ProviderError;

/// Ends a grant that a person replaced, and sees that it has ended: the provider takes its
/// refresh token no more, and refuses its access token. An access token that has merely expired
/// says nothing about the grant.
pub(super) async fn end_grant(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    value: &Secret,
) -> Result<Result<(), Problem>, Problem> {
    let manager = cx
        .job
        .config
        .manager
        .is_some()
        .then(|| preflight::manager(cx, state, memory))
        .transpose()?;
    if let Some(problem) = ownership::grant_in_use(cx, state, value) {
        return Ok(Err(problem));
    }
    let ended = match cx.actions.end_grant(manager, value).await {
        Ok(ended) => ended.is_some(),
        Err(refusal) => {
            return Ok(Err(Problem {
                id: Code::RevokeFailed,
                ..preflight::manager_problem(cx, "end the old grant at", &refusal)
            }));
        }
    };
    let refused = ended
        || match cx.actions.refresh(manager, value).await {
            Err(ProviderError::Refused { dead_token: true, .. }) => true,
            // Where each is taken once, asking has used it up, and nobody keeps what came of
            // it.
            Ok(_) => cx.job.abilities.is_single_use(),
            Err(refusal) => {
                return Ok(Err(preflight::manager_problem(
                    cx,
                    "ask for a refresh, to see the old grant refused, at",
                    &refusal,
                )));
            }
        };
    if !refused {
        return Ok(Err(Problem::new(
            Code::NeedsPerson,
            format!("the old grant of {} still works", cx.job.config.name),
        )));
    }
    Ok(match cx.actions.verify(value).await {
        verdict if verdict.is_dead() => Ok(()),
        Verdict::Unknown { .. } if cx.job.driver.part(value, "access-token").is_err() => Ok(()),
        Verdict::Unknown { why } => Err(preflight::provider_unavailable(cx, &why)),
        _ => Err(Problem::new(
            Code::StillAlive,
            format!("the old access token of {} still works", cx.job.config.name),
        )
        .cause("its grant has ended; the access token may live on until it expires")
        .hint("the next run looks again")
        .state("every destination holds the new value")),
    })
}
