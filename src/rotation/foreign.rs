//! `revoke` of a value that is not in the config: its users are not known.

use super::actions::Manner;
use super::ownership::Claim;
use super::refused::{because, not_seen_dead, refused};
use super::run::Run;
use super::transition::Transition;
use super::{ownership, page, renamed};
use crate::domain::{Code, Problem, Secret};
use crate::providers::Revoked;

/// A value of the provider that is no token's of the config: nobody knows who uses it.
pub(super) async fn end(
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
    if ownership::is_a_manager(&cx, &run.state, value) {
        let what = format!("this value manages keys of {}, and is no token", config.provider);
        return Err(Problem::new(Code::StillInUse, what)
            .hint(format!(
                "make another manager, put it into its secret, and revoke this one at {}",
                page::page(&cx, &run.state)
            ))
            .state("nothing was changed: it still works"));
    }
    let id = cx.job.driver.key_id(value).filter(|_| cx.job.abilities.ends.revokes);
    let Some(id) = id else {
        return Err(not_seen_dead(
            &cx,
            &run.state,
            &verdict,
            "no call of ours can revoke it: its id is not certain, or the provider has no API for that",
        ));
    };
    if accepted.is_none() {
        renamed::is_of_no_other(&cx, value).await?;
        let what = format!(
            "key {id} of {} was not revoked: it is not in the config, so who uses it is unknown",
            config.provider
        );
        return Err(Problem::new(Code::StillInUse, what)
            .hint("to revoke it all the same: --force --reason TEXT")
            .state("nothing was changed"));
    }
    // The id stands in the value; that the value is right, only the provider can say.
    if !verdict.is_alive() {
        return Err(not_seen_dead(
            &cx,
            &run.state,
            &verdict,
            "the provider did not say that this is the value of a key",
        ));
    }
    ownership::may_be_ended(&cx, &run.state, &mut run.memory, &id, Claim::Value(value))
        .await
        .map_err(|problem| Problem { id: Code::StillInUse, ..problem })?;
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
        // No record says since when.
        let lag = cx.job.abilities.limits.revoke_lag;
        let cause = format!(
            "key {id} was deleted before, and {} needs at most {lag} to refuse it",
            config.provider
        );
        return Err(not_seen_dead(&cx, &run.state, &verdict, &cause));
    }
    run.memory.done(&cx, format!("revoked key {id}"));
    refused(&cx, &run.state, &mut run.memory, &verdict, &format!("key {id}"), cx.now())
}
