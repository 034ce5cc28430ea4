//! What a command found out, as one value that every form of report is made from: JSON, SARIF,
//! JUnit, remarks, outputs, a summary.

use std::collections::{BTreeMap, BTreeSet};

use super::checks::{DoctorReport, Look};
use super::json::{PlanReport, ScanReport, TokensReport};
use crate::domain::outcome::{Delivery, TokenOutcome};
use crate::domain::text::{count, sanitize};
use crate::domain::{
    Allowed, AllowedBy, Class, Code, Finding, Health, Level, Liveness, Problem, Refused, Remark,
    Timestamp, TokenName,
};

/// What a command found out.
#[derive(Clone, Debug)]
pub enum CommandOutput {
    /// `rotate`, `check`, `status`, `push`, `adopt`.
    Tokens(TokensReport),
    /// `plan`.
    Plan(PlanReport),
    /// `scan`.
    Scan(ScanReport),
    /// `plan --matrix`: one line of JSON.
    Matrix(String),
    /// `doctor`.
    Doctor(DoctorReport),
    /// Nothing but what stopped it.
    Stopped(Vec<Problem>),
}

/// Where the config speaks of each token: the file, and the line of each.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The config, from the repository's root.
    pub config: String,
    /// The line of each token.
    pub lines: BTreeMap<TokenName, u64>,
}

impl Places {
    /// The line of a token; the first where it is not known.
    #[must_use]
    pub fn line(&self, token: &TokenName) -> u64 {
        self.lines.get(token).copied().unwrap_or(1)
    }
}

impl CommandOutput {
    /// Every problem, with the token it is about where it is about one.
    pub(super) fn problems(&self) -> Vec<(Option<&TokenName>, &Problem)> {
        match self {
            Self::Tokens(report) => {
                let own = self.tokens().flat_map(|token| {
                    token.all_problems().map(|problem| (Some(&token.name), problem))
                });
                own.chain(report.problems.iter().map(|problem| (None, problem))).collect()
            }
            Self::Plan(report) => report
                .tokens
                .iter()
                .flat_map(|token| token.problems.iter().map(|problem| (Some(&token.name), problem)))
                .collect(),
            Self::Scan(report) => report.problems.iter().map(|problem| (None, problem)).collect(),
            Self::Stopped(problems) => problems.iter().map(|problem| (None, problem)).collect(),
            Self::Doctor(report) => report
                .checks
                .iter()
                .filter_map(|check| Some((None, check.problem.as_ref()?)))
                .collect(),
            Self::Matrix(_) => Vec::new(),
        }
    }

    /// Whether anything was there to look at.
    pub(super) fn has_looked(&self) -> bool {
        if let Self::Scan(report) = self { report.files > 0 } else { true }
    }

    pub(super) fn findings(&self) -> &[Finding] {
        if let Self::Scan(report) = self { &report.findings } else { &[] }
    }

    /// The report for programs, as `--format json` has it.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn json(&self) -> serde_json::Result<String> {
        match self {
            Self::Tokens(report) => serde_json::to_string_pretty(report),
            Self::Plan(report) => serde_json::to_string_pretty(report),
            Self::Scan(report) => serde_json::to_string_pretty(report),
            Self::Stopped(problems) => serde_json::to_string_pretty(problems),
            Self::Matrix(line) => Ok(line.clone()),
            Self::Doctor(report) => serde_json::to_string_pretty(report),
        }
    }

    /// The tokens it is about.
    pub fn tokens(&self) -> impl Iterator<Item = &TokenOutcome> + Clone {
        let rows = if let Self::Tokens(report) = self { report.tokens.as_slice() } else { &[] };
        rows.iter().map(|row| &row.outcome)
    }

    /// How everything stands, whatever is allowed to fail the run.
    #[must_use]
    pub fn health(&self) -> Health {
        let leaks = if self.findings().is_empty() { Health::Fine } else { Health::Failed };
        let tokens = self.tokens().map(TokenOutcome::health).max().unwrap_or_default();
        let unseen = if self.has_skipped() { Health::NotLookedAt } else { Health::Fine };
        Health::of(self.problems().into_iter().map(|(_, problem)| problem))
            .max(leaks)
            .max(tokens)
            .max(unseen)
    }

    /// Whether `doctor` left something unlooked at, though that is no error of the set-up.
    fn has_skipped(&self) -> bool {
        let checks = if let Self::Doctor(report) = self { report.checks.as_slice() } else { &[] };
        checks.iter().any(|check| check.health == Look::Skipped)
    }

    /// The tokens with a problem of these kinds.
    fn with(&self, codes: &[Code]) -> Vec<String> {
        let named: BTreeSet<&TokenName> = self
            .problems()
            .into_iter()
            .filter(|(_, problem)| codes.contains(&problem.id))
            .filter_map(|(token, _)| token)
            .collect();
        named.into_iter().map(ToString::to_string).collect()
    }

    /// The outputs of the Action, but for those that name files: names, counts and dates, never a
    /// value.
    #[must_use]
    pub fn outputs(&self) -> BTreeMap<&'static str, String> {
        let list = |names: Vec<String>| serde_json::to_string(&names).unwrap_or_default();
        let written = |token: &&TokenOutcome| {
            token.destinations.iter().any(|place| place.delivery == Some(Delivery::Written))
        };
        let rotated = self.tokens().filter(written).map(|token| token.name.to_string()).collect();
        let leaked: BTreeSet<_> =
            self.findings().iter().map(|finding| &finding.fingerprint).collect();
        BTreeMap::from([
            ("outcome", self.health().as_str().to_owned()),
            ("rotated", list(rotated)),
            ("expiring", list(self.with(&[Code::TokenExpiring]))),
            ("expired", list(self.with(&[Code::TokenExpired, Code::TokenDead, Code::CurrentDead]))),
            ("leaked", (leaked.len() + self.with(&[Code::TokenLeaked]).len()).to_string()),
            ("next-due", self.next_due().map(|moment| moment.to_string()).unwrap_or_default()),
        ])
    }

    fn next_due(&self) -> Option<Timestamp> {
        let steps = self.tokens().filter_map(|token| token.next.as_ref()?.not_before);
        steps.chain(self.tokens().filter_map(|token| token.due)).min()
    }

    /// The annotations to show beside the code.
    #[must_use]
    pub fn remarks(&self, places: &Places) -> Vec<Remark> {
        let leaks = self.findings().iter().map(leak);
        let problems = self.problems().into_iter().map(|(token, problem)| {
            let level = level(problem);
            let remark =
                Remark::new(level, format!("tokenward: {}", problem.id), in_sentences(problem));
            match token.filter(|_| !places.config.is_empty()) {
                Some(token) => remark.at(places.config.clone(), places.line(token), 1),
                None => remark,
            }
        });
        leaks.chain(problems).chain(self.let_be()).collect()
    }

    /// Findings suppressed by the change itself, and suppressions that match nothing.
    fn let_be(&self) -> Vec<Remark> {
        let Self::Scan(report) = self else { return Vec::new() };
        let added = report
            .accepted
            .iter()
            .filter(|finding| finding.allowed.as_ref().is_some_and(|allowed| allowed.added));
        let remark = |finding: &Finding| {
            let reason = finding
                .allowed
                .as_ref()
                .and_then(|allowed| allowed.reason.as_deref())
                .unwrap_or("no reason given");
            let text = format!(
                "An allow comment added by this change suppresses {}: {}",
                finding.redacted,
                sanitize(reason)
            );
            let title = format!("tokenward: {} is suppressed", finding.rule);
            Remark::new(Level::Warning, title, text).at(
                finding.path.clone(),
                finding.line,
                finding.column,
            )
        };
        let mut remarks: Vec<Remark> = added.map(remark).collect();
        if !report.stale.is_empty() {
            let text = format!(
                "{} no longer match anything. Run `tokenward scan --write-baseline` to remove them.",
                count(report.stale.len(), "baseline entry", "baseline entries")
            );
            remarks.push(Remark::new(Level::Notice, "tokenward: stale baseline", text));
        }
        remarks
    }
}

/// The level of a problem's annotation.
pub(super) fn level(problem: &Problem) -> Level {
    match problem.class() {
        Class::Notice => Level::Notice,
        Class::Unknown => Level::Warning,
        _ => Level::Error,
    }
}

/// A problem in running text.
fn in_sentences(problem: &Problem) -> String {
    let mut text = problem.what.clone();
    for cause in &problem.causes {
        text.push_str("\ncause: ");
        text.push_str(cause);
    }
    for (word, part) in [("hint", &problem.hint), ("state", &problem.state)] {
        if let Some(part) = part {
            text.push_str(&format!("\n{word}: {part}"));
        }
    }
    text
}

fn leak(finding: &Finding) -> Remark {
    let level = if finding.live == Liveness::Dead { Level::Warning } else { Level::Error };
    Remark::new(level, format!("tokenward: leak of {}", finding.rule), describe(finding)).at(
        finding.path.clone(),
        finding.line,
        finding.column,
    )
}

/// A leak in running text, without its place.
pub(super) fn describe(finding: &Finding) -> String {
    let mut text = finding.redacted.clone();
    if let Some(commit) = &finding.commit {
        text.push_str(&format!(" in commit {}", sanitize(commit.get(..12).unwrap_or(commit))));
    }
    if let Some(others) = elsewhere(finding) {
        text.push_str(&format!("; {others}"));
    }
    text.push_str(match finding.live {
        Liveness::Live => "; it still works",
        Liveness::Dead => "; it no longer works",
        Liveness::Unknown => "; it is unknown whether it still works",
        Liveness::NotAsked => "",
    });
    if let Some(why) = finding.allowed.as_ref().and_then(not_let_be) {
        text.push_str(&format!("; {why}"));
    }
    text.push_str(&format!(". Treat it as public: {}", cure(finding)));
    text
}

/// Where else the file has the value: `3 times in this file, also in lines 7 and 12`.
pub(super) fn elsewhere(finding: &Finding) -> Option<String> {
    if finding.count < 2 {
        return None;
    }
    let mut lines: Vec<u64> = finding.also.iter().map(|place| place.line).collect();
    lines.dedup();
    lines.retain(|line| *line != finding.line);
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    let times = format!("{} times in this file", finding.count);
    Some(match lines.as_slice() {
        [] => times,
        [line] => format!("{times}, also in line {line}"),
        [lines @ .., last] => format!("{times}, also in lines {} and {last}", lines.join(", ")),
    })
}

/// Why a suppression of this finding does not count.
pub(super) fn not_let_be(allowed: &Allowed) -> Option<String> {
    let whose = match allowed.by {
        AllowedBy::Baseline => "the baseline accepts it",
        AllowedBy::Comment => "its line has a `tokenward:allow` comment",
        AllowedBy::GitleaksComment => "its line has a `gitleaks:allow` comment",
        AllowedBy::GitleaksIgnore => "`.gitleaksignore` lists it",
    };
    let why = match allowed.refused? {
        Refused::Added => "this change adds that suppression, so it counts only after the merge",
        Refused::NoReason => "the comment gives no reason, so it does not count",
        Refused::Managed => "a token in the config cannot be suppressed",
        Refused::Policy => "the config disables allow comments",
    };
    Some(format!("{whose}, but {why}"))
}

/// Where the key can be revoked.
pub(super) fn revoke(finding: &Finding) -> String {
    if let Some(own) = &finding.revoke {
        return sanitize(own);
    }
    match finding.provider.as_str() {
        "generic" | "url" | "gitleaks" => "revoke it where it was issued".to_owned(),
        provider => format!("revoke it at {provider}"),
    }
}

/// What to do about a leak.
pub(super) fn cure(finding: &Finding) -> String {
    match &finding.managed {
        Some(token) => {
            format!("it is {token} in the config, so run `tokenward rotate {token} --leaked`.")
        }
        None => format!("{}; removing it from the commit is not enough.", revoke(finding)),
    }
}
