//! Finds the token that leaked: the one whose value has a finding's fingerprint, or is in an alert
//! of GitHub's secret scanning. Values are compared by their keyed hashes, in memory.

use super::args::Asked;
use super::problems::selection;
use super::session::Session;
use crate::config::TokenConfig;
use crate::domain::lifecycle::Why;
use crate::domain::{Fingerprint, Problem, Salt, Secret};
use crate::journal::Ledger;
use crate::net::github::GitHub;
use crate::rotation::{Job, ReportedLeak, Standing, read_alert, standing};
use crate::scan::FINGERPRINT_KEY;

/// A token that leaked.
pub(super) struct Leaked<'t> {
    pub(super) token: &'t TokenConfig,
    /// Why to rotate; `None` if the value that leaked is not in use.
    pub(super) why: Option<Why>,
    /// The value to revoke, and the alert to resolve after that.
    pub(super) reported_leak: ReportedLeak,
}

impl<'s> Leaked<'s> {
    /// The work on it.
    pub(super) fn job(self, session: &'s Session<'_>) -> Result<Job<'s>, Problem> {
        let mut job = session.job(self.token, self.why, None)?;
        job.request.reported_leak = Some(self.reported_leak);
        Ok(job)
    }
}

/// Finds the token that a finding or an alert is about; `None` if neither was named.
pub(super) async fn find<'t>(
    session: &Session<'_>,
    selected: &[&'t TokenConfig],
    asked: &Asked,
    ledger: &Ledger<'_>,
    writer: &GitHub,
) -> Result<Option<Leaked<'t>>, Problem> {
    if let Some(number) = asked.alert {
        let repo = session.primary()?;
        let alert = read_alert(writer, &repo, number, &*session.masker).await?;
        session.mask(&alert.value);
        let in_own_repository: Vec<&TokenConfig> = selected
            .iter()
            .copied()
            .filter(|token| token.primary().and_then(|primary| primary.place.repo()) == Some(&repo))
            .collect();
        let found = of_value(session, &in_own_repository, &alert.value, ledger)
            .await
            .ok_or_else(|| selection::alert_of_no_token(number, &repo))?;
        let number = (!alert.resolved).then_some(number);
        return Ok(Some(leaked(found, alert.value, number)));
    }
    let Some(finding) = &asked.finding else { return Ok(None) };
    for token in selected {
        for value in session.values(token) {
            if scan_name(&value).as_str() == finding
                && let Some(found) = of_value(session, &[token], &value, ledger).await
            {
                return Ok(Some(leaked(found, value, None)));
            }
        }
    }
    Err(selection::finding_of_no_value(finding))
}

fn leaked(
    (token, standing): (&TokenConfig, Standing),
    value: Secret,
    alert: Option<u64>,
) -> Leaked<'_> {
    let why = matches!(standing, Standing::InUse | Standing::Coming).then_some(Why::Leaked);
    Leaked { token, why, reported_leak: ReportedLeak { value, alert } }
}

/// The fingerprint that `scan` gives a value.
fn scan_name(value: &Secret) -> Fingerprint {
    value.fingerprint(&Salt::from_hex(FINGERPRINT_KEY))
}

/// The token whose value this is, and whether the value is in use, retiring or the like.
pub(super) async fn of_value<'t>(
    session: &Session<'_>,
    tokens: &[&'t TokenConfig],
    value: &Secret,
    ledger: &Ledger<'_>,
) -> Option<(&'t TokenConfig, Standing)> {
    for token in tokens {
        let state = ledger.token(&token.name).await;
        let found = match &state {
            Some(state) => standing(state, value),
            // It was never rotated: the value that this run received is the one in use.
            None => session
                .values(token)
                .first()
                .filter(|own| scan_name(own) == scan_name(value))
                .map(|_| Standing::InUse),
        };
        if let Some(found) = found {
            return Some((token, found));
        }
    }
    None
}
