//! What changed without us: a secret that was written, deleted or never was, since this token's value went there. It reads only,
//! and nothing here is ever put right silently.

use crate::config::TokenConfig;
use crate::destinations::Secrets;
use crate::domain::lifecycle::TokenState;
use crate::domain::{Code, Problem};

/// Looks at every destination of a token: one read each. A token that is being rotated right now is left alone.
pub async fn drift(secrets: &Secrets<'_>, config: &TokenConfig, state: &TokenState) -> Vec<Problem> {
    if state.pending.is_some() || state.held.is_empty() {
        return Vec::new();
    }
    let name = &config.name;
    let mut problems = Vec::new();
    for destination in &config.destinations {
        let snapshot = match secrets.look(destination).await {
            Ok(snapshot) => snapshot,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        let replace = format!("to replace it everywhere by a new one: tokenward rotate {name} --force --reason TEXT");
        match (snapshot.updated_at, state.held.get(&destination.key())) {
            (Some(now), Some(ours)) if now > *ours => problems.push(
                Problem::new(Code::OverwrittenByHand, format!("{destination} was written at {now}, and not by tokenward"))
                    .cause(format!("tokenward wrote it last at {ours}"))
                    .hint(replace),
            ),
            (None, Some(_)) => problems.push(
                Problem::new(Code::OverwrittenByHand, format!("{destination} was deleted"))
                    .cause("whoever reads it is handed nothing")
                    .hint(replace),
            ),
            (_, None) => problems.push(
                Problem::new(Code::OverwrittenByHand, format!("{destination} was added to the config after the last rotation"))
                    .cause("tokenward has not written it yet")
                    .hint(replace),
            ),
            _ => {}
        }
    }
    problems
}
