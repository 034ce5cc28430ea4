//! What `rotate` does without the journal's key: it tests each value, shows what the unverified
//! journal says, and changes nothing.

use super::policy;
use super::session::Session;
use crate::config::TokenConfig;
use crate::domain::outcome::TokenOutcome;
use crate::domain::{Problem, Timestamp};
use crate::journal::Ledger;
use crate::rotation::{Policy, describe};

/// Tests each token.
pub(super) async fn tested(
    session: &Session<'_>,
    selected: Vec<&TokenConfig>,
    ledger: &Ledger<'_>,
    now: Timestamp,
) -> Result<Vec<TokenOutcome>, Problem> {
    let tokens = ledger.tokens().await;
    let mut outcomes = Vec::new();
    for token in selected {
        let mut outcome = TokenOutcome::new(token.name.clone(), token.provider.clone());
        if let Some(state) = tokens.get(&token.name) {
            describe(&mut outcome, state, &Policy::of(token));
        }
        if let Some(value) = session.env.secret(token.value.as_str()) {
            let driver = session.driver(token)?;
            if let Some(flaw) = session.flaw(token, &driver) {
                outcome.problems.push(flaw);
                outcomes.push(outcome);
                continue;
            }
            let verdict = driver.verify(&value).await;
            let cure = policy::cure(session, token);
            outcome.problems.extend(policy::judge(
                token,
                &verdict,
                outcome.expires_at,
                outcome.since,
                now,
                &cure,
            ));
            outcome.verdict = Some(verdict);
        }
        outcomes.push(outcome);
    }
    Ok(outcomes)
}
