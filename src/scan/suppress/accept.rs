//! Which suppressions count: comments on the line, the baseline, another scanner's files. A change
//! that is only proposed cannot add any, and a token of the config cannot be suppressed.

use super::baseline::Baseline;
use super::custom_rules::CustomRules;
use super::gitleaks_ignore::GitleaksIgnore;
use super::peers::PeerBaseline;
use crate::domain::{AllowComments, Allowed, AllowedBy, Finding, Refused};
use crate::scan::detect::rules::Rules;
use crate::scan::report::Report;

/// What suppresses a finding.
#[derive(Clone, Copy, Debug, Default)]
pub struct Accept<'a> {
    /// Which comments count.
    pub comments: AllowComments,
    /// Whether `gitleaks:allow` counts too.
    pub gitleaks: bool,
    /// Accepted values.
    pub baseline: Option<&'a Baseline>,
    /// The user's own rules.
    pub custom: Option<&'a CustomRules>,
    /// What another scanner's baseline accepts.
    pub peer: Option<&'a PeerBaseline>,
    /// Accepted places, in gitleaks' format.
    pub gitleaks_ignore: Option<&'a GitleaksIgnore>,
    /// The commit whose files decide, if another one is checked out: comments added since do not
    /// count. Empty if it is unknown.
    pub proposed_on: Option<&'a str>,
}

/// Separates findings that count from suppressed ones and from rejected candidates.
pub(crate) fn settle(report: &mut Report, rules: &Rules, accept: &Accept<'_>) {
    let mut findings = std::mem::take(&mut report.findings);
    let off_path = |finding: &Finding| {
        let own = finding.rule.strip_prefix("gitleaks/");
        own.is_some_and(|rule| !rules.custom.applies(rule, &finding.path))
    };
    findings.retain(|finding| !off_path(finding));
    findings.retain_mut(|finding| accept.custom.is_none_or(|custom| custom.complete(finding)));
    for mut finding in findings {
        if finding.why.is_some() {
            report.dropped.push(finding);
            continue;
        }
        finding.allowed = word(&finding, accept);
        let counts = finding.allowed.as_ref().is_none_or(|allowed| allowed.refused.is_some());
        if counts { report.findings.push(finding) } else { report.accepted.push(finding) }
    }
}

/// What suppresses a finding: a comment, else the baseline, else another scanner's list.
fn word(finding: &Finding, accept: &Accept<'_>) -> Option<Allowed> {
    let comment = finding.allowed.clone().map(|mut comment| {
        comment.refused = match accept.comments {
            AllowComments::Never => Some(Refused::Policy),
            _ if !comment.speaks() => Some(Refused::NoReason),
            AllowComments::Merged if comment.added && accept.proposed_on.is_some() => {
                Some(Refused::Added)
            }
            _ => None,
        };
        comment
    });
    let counts = comment.as_ref().is_some_and(|comment| comment.refused.is_none());
    // Asked in any case: it counts which of its entries are still needed.
    let in_peer = accept.peer.filter(|peer| peer.covers(finding)).map(PeerBaseline::scanner);
    let listed = || {
        let entry = accept.baseline.and_then(|baseline| baseline.entry(&finding.fingerprint));
        let in_baseline =
            entry.map(|entry| Allowed::new(AllowedBy::Baseline, entry.reason.clone()));
        let in_baseline = in_baseline.or_else(|| {
            let reason = format!("{} listed it", in_peer?);
            Some(Allowed::new(AllowedBy::Baseline, Some(reason)))
        });
        let covers = || accept.gitleaks_ignore.is_some_and(|ignore| ignore.covers(finding));
        in_baseline.or_else(|| covers().then(|| Allowed::new(AllowedBy::GitleaksIgnore, None)))
    };
    let mut word = if counts { comment } else { listed().or(comment) };
    if let (Some(word), Some(_)) = (&mut word, &finding.managed) {
        word.refused = Some(Refused::Managed);
    }
    word
}
