//! `revoke` of a value that is not in the config, so that its users are unknown.

use crate::domain::{Code, KeyId, Problem, Secret, Verdict};
use crate::providers::Revoked;
use crate::rotation::checks::ownership;
use crate::rotation::checks::ownership::Claim;
use crate::rotation::checks::page;
use crate::rotation::checks::refused::{because, not_seen_dead, refused};
use crate::rotation::checks::renamed;
use crate::rotation::effects::actions::Manner;
use crate::rotation::problems;
use crate::rotation::run::Run;
use crate::rotation::types::transition::Transition;

/// Revokes the key of a value that no token of the config has.
pub(crate) async fn end(
    run: &mut Run<'_>,
    value: &Secret,
    accepted: Option<&str>,
) -> Result<(), Problem> {
    let (cx, config) = (run.cx, run.cx.job.config);
    let verdict = cx.job.driver.verify(value).await;
    if verdict.is_dead() {
        run.memory.done(
            &cx,
            format!(
                "verified that this value, which is not in the config, is already revoked ({})",
                verdict.as_str()
            ),
        );
        return Ok(());
    }
    let id = key_to_revoke(run, value, &verdict, accepted).await?;
    let event =
        because(&format!("key {id}, which is not in the config, will be revoked"), accepted);
    run.apply(Transition::leave(run.state.clone(), event)).await?;
    let ended = ownership::end_key(
        &cx,
        &run.state,
        &mut run.memory,
        &id,
        Claim::Value(value),
        Manner::Revoke,
    )
    .await;
    let ended = ended.map_err(|problem| Problem { id: Code::RevokeFailed, ..problem })?;
    let verdict = cx.job.driver.verify(value).await;
    if ended == Revoked::AlreadyGone && !verdict.is_dead() {
        // No record says when it was deleted.
        let lag = cx.job.abilities.limits.revoke_lag;
        let cause = format!(
            "key {id} was deleted before, and {} takes at most {lag} to reject it",
            config.provider
        );
        return Err(not_seen_dead(&cx, &run.state, &verdict, &cause));
    }
    run.memory.done(&cx, format!("revoked key {id}"));
    refused(&cx, &run.state, &mut run.memory, &verdict, &format!("key {id}"), cx.now())
}

/// The key of the value, if it may be revoked: the provider confirms that the value is valid, and a
/// person accepted that the users of the key are unknown.
async fn key_to_revoke(
    run: &mut Run<'_>,
    value: &Secret,
    verdict: &Verdict,
    accepted: Option<&str>,
) -> Result<KeyId, Problem> {
    let (cx, config) = (run.cx, run.cx.job.config);
    if ownership::is_a_manager(&cx, &run.state, value) {
        let page = page::page(&cx, &run.state);
        return Err(problems::revoking::is_a_manager(config, &page));
    }
    let id = cx.job.driver.key_id(value).filter(|_| cx.job.abilities.ends.revokes);
    let Some(id) = id else {
        return Err(not_seen_dead(
            &cx,
            &run.state,
            verdict,
            "tokenward cannot revoke it: its id is not known, or the provider has no API for that",
        ));
    };
    if accepted.is_none() {
        renamed::is_of_no_other(&cx, value).await?;
        return Err(problems::revoking::users_unknown(config, &id));
    }
    // The value contains the id, but only the provider can say that the value is valid.
    if !verdict.is_alive() {
        return Err(not_seen_dead(
            &cx,
            &run.state,
            verdict,
            "the provider did not confirm that this value belongs to a key",
        ));
    }
    ownership::may_be_ended(&cx, &run.state, &mut run.memory, &id, Claim::Value(value))
        .await
        .map_err(|problem| Problem { id: Code::StillInUse, ..problem })?;
    Ok(id)
}
