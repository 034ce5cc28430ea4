//! Revokes an OAuth grant that a person replaced.

use crate::domain::lifecycle::TokenState;
use crate::domain::{Code, Problem, Secret, Verdict};
use crate::providers::ProviderError;
use crate::rotation::checks::ownership;
use crate::rotation::checks::preflight;
use crate::rotation::decide::memory::Memory;
use crate::rotation::effects::context::Context;
use crate::rotation::problems;

/// Revokes a grant that a person replaced, and verifies it: the provider rejects its refresh token
/// and its access token. An access token that has merely expired says nothing about the grant.
pub(crate) async fn end_grant(
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
                ..preflight::manager_problem(cx, "revoke the old grant at", &refusal)
            }));
        }
    };
    let refused = ended
        || match cx.actions.refresh(manager, value).await {
            Err(ProviderError::Refused { dead_token: true, .. }) => true,
            // If each refresh token is accepted once, this request has used it up, and its result
            // is not kept.
            Ok(_) => cx.job.abilities.is_single_use(),
            Err(refusal) => {
                return Ok(Err(preflight::manager_problem(
                    cx,
                    "verify that the old grant is revoked at",
                    &refusal,
                )));
            }
        };
    if !refused {
        return Ok(Err(problems::grants::old_grant_works(cx.job.config)));
    }
    Ok(match cx.actions.verify(value).await {
        verdict if verdict.is_dead() => Ok(()),
        Verdict::Unknown { .. } if cx.job.driver.part(value, "access-token").is_err() => Ok(()),
        Verdict::Unknown { why } => Err(problems::account::unavailable(cx.job.config, &why)),
        _ => Err(problems::grants::old_access_token_works(cx.job.config)),
    })
}
