//! Which token leaked: the one whose value a finding's fingerprint names, or an alert of GitHub's
//! secret scanning tells of. Values are compared by their keyed hashes, in memory.

use super::args::Asked;
use super::session::Session;
use crate::config::TokenConfig;
use crate::domain::lifecycle::Why;
use crate::domain::text::sanitize;
use crate::domain::{Code, Fingerprint, Problem, Salt, Secret};
use crate::journal::Ledger;
use crate::net::github::GitHub;
use crate::rotation::{Job, ReportedLeak, Standing, read_alert, standing};
use crate::scan::FINGERPRINT_KEY;

/// A token that leaked.
pub(super) struct Leaked<'t> {
    pub(super) token: &'t TokenConfig,
    /// A new value is wanted only where the one in use leaked.
    pub(super) why: Option<Why>,
    /// What is to be ended, and which alert resolved then.
    pub(super) reported_leak: ReportedLeak,
}

impl<'s> Leaked<'s> {
    /// It, ready to be worked on.
    pub(super) fn job(self, session: &'s Session<'_>) -> Result<Job<'s>, Problem> {
        let mut job = session.job(self.token, self.why, None)?;
        job.request.reported_leak = Some(self.reported_leak);
        Ok(job)
    }
}

/// Finds the token that a finding or an alert is about; `None` where neither was named.
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
        let found = of_value(session, &in_own_repository, &alert.value, ledger).await.ok_or_else(|| {
            Problem::new(Code::NothingSelected, format!("no token of the config has the value that alert {number} of {repo} tells of"))
                .cause("it is compared with the values this run is handed, and with those the journal knows by their fingerprints")
                .hint("to revoke it all the same, pipe the value into `tokenward revoke --leaked -`")
                .state("nothing was changed")
        })?;
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
    Err(Problem::new(Code::NothingSelected, format!("no value that this run is handed has the fingerprint \"{}\"", sanitize(finding)))
        .cause("a finding names a value by its fingerprint, so only values at hand can be compared with it")
        .hint("hand this step the secret, or name the token: tokenward rotate TOKEN --leaked")
        .state("nothing was changed"))
}

fn leaked(
    (token, standing): (&TokenConfig, Standing),
    value: Secret,
    alert: Option<u64>,
) -> Leaked<'_> {
    let why = matches!(standing, Standing::InUse | Standing::Coming).then_some(Why::Leaked);
    Leaked { token, why, reported_leak: ReportedLeak { value, alert } }
}

/// What `scan` calls a value.
fn scan_name(value: &Secret) -> Fingerprint {
    value.fingerprint(&Salt::from_hex(FINGERPRINT_KEY))
}

/// The token whose value this is, and what that value is to it.
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
            // Nobody has rotated it yet: the value this run is handed is the one in use.
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
