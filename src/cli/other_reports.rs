//! `status --with`: the reports of other repositories, read from files. They are foreign input: the
//! size is limited, text that looks like a token is not shown, and a report that is old or from the
//! future is never fine.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::env::Env;
use super::other_facts;
use super::other_texts::Screen;
use super::problems::reports as problems;
use crate::domain::outcome::TokenOutcome;
use crate::domain::text::sanitize;
use crate::domain::{Class, Code, Health, Problem, ProviderId, Repo, Span, Timestamp};
use crate::net::github::server;
use crate::providers::Registry;
use crate::report::{
    PagePart, Received, Row, StatusDetails, Summary, TokensReport, Trust, is_stale, received,
};

/// The largest report, in bytes: that of 500 tokens is a fifth of it.
const LARGEST: u64 = 8 << 20;
/// The most reports of one page.
const MOST: usize = 200;
/// By how much two clocks may disagree.
const SKEW: Span = Span::seconds(300);

/// A report of another repository.
pub(super) struct OtherReport {
    repository: String,
    /// That it is too old.
    stale: Option<Problem>,
    /// What concerns no single token, and first of it that the report is too old.
    general: Vec<Problem>,
    received: Received,
}

/// Reads the reports.
///
/// # Errors
/// When one of them cannot be used. Nothing is shown of the others then, since a page without it
/// would look complete.
pub(super) fn read(
    env: &Env,
    files: &[PathBuf],
    own: Option<&Repo>,
) -> Result<Vec<OtherReport>, Problem> {
    if files.len() > MOST {
        return Err(problems::too_many(MOST));
    }
    let mut known: Vec<(Repo, String)> =
        own.map(|own| (own.clone(), "this repository".to_owned())).into_iter().collect();
    let mut reports = Vec::new();
    for file in files {
        let shown = sanitize(&file.display().to_string());
        let received = report(env, &env.folder.join(file), &shown)?;
        let twin = known.iter().find(|(repo, _)| repo.is(&received.repository));
        if let Some((repo, other)) = twin {
            return Err(problems::repeated(&shown, repo, other));
        }
        known.push((received.repository.clone(), shown));
        reports.push(OtherReport::new(received));
    }
    Ok(reports)
}

fn report(env: &Env, path: &Path, shown: &str) -> Result<Received, Problem> {
    let refuse = |why: String| problems::unusable(shown, why);
    let text = text(path).map_err(refuse)?;
    let screen = Screen::default();
    let registry = Registry::built_in();
    let mut received = received(
        &text,
        Trust {
            clean: &|text| screen.clean(text),
            server: &server(env.text("GITHUB_SERVER_URL")),
            is_console: &|provider, address| is_console(&registry, provider, address),
        },
    )
    .map_err(refuse)?;
    let shapes = screen.searched(&text);
    if !shapes.is_empty() {
        let repository = received.repository.to_string();
        received.problems.push(problems::contains_token(&repository, &shapes));
    }
    Ok(received)
}

/// The text of a file.
fn text(path: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => sanitize(&error.to_string()),
    };
    // A link of a downloaded archive may lead to any file of this machine.
    let found = fs::symlink_metadata(path).map_err(unreadable)?;
    if !found.is_file() {
        return Err("it is not an ordinary file".to_owned());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|read| read > LARGEST) {
        return Err(format!("it is larger than {} MiB", LARGEST >> 20));
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())
}

/// Whether an address is on the site where people make tokens of a built-in provider. One of the
/// user's own may say anything, so its links are text.
fn is_console(registry: &Registry, provider: &ProviderId, address: &str) -> bool {
    let host = |address: &str| {
        address.strip_prefix("https://")?.split(['/', '?', '#']).next().map(str::to_owned)
    };
    let console = registry.get(provider).and_then(|spec| host(spec.console.as_deref()?));
    console.is_some() && console == host(address)
}

impl OtherReport {
    fn new(received: Received) -> Self {
        let general = received.problems.clone();
        Self { repository: received.repository.to_string(), stale: None, general, received }
    }

    /// Compares the report's age with the time.
    ///
    /// # Errors
    /// When it says that it was made in the future: it would look fresh for longer than it is.
    pub(super) fn aged(mut self, now: Timestamp) -> Result<Self, Problem> {
        let (repository, looked_at) = (&self.repository, self.received.looked_at);
        if SKEW.after(now) < looked_at {
            return Err(problems::from_the_future(repository, looked_at, now));
        }
        self.stale = is_stale(looked_at, now).then(|| {
            let age = Span::between(looked_at, now).rough();
            problems::stale(repository, &age, looked_at)
        });
        let report = other_facts::Report { repository, looked_at, now };
        self.received.tokens.iter_mut().for_each(|token| report.complete(token));
        self.general = self.stale.iter().chain(&self.received.problems).cloned().collect();
        Ok(self)
    }

    /// Every problem.
    pub(super) fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.received.tokens.iter().flat_map(TokenOutcome::all_problems).chain(&self.general)
    }

    fn health_of(&self, token: &TokenOutcome) -> Health {
        let looked = if self.stale.is_some() { Health::NotLookedAt } else { Health::Fine };
        token.health().max(looked)
    }

    /// What the report of this run says of it: that it is too old, and in one line what else it
    /// tells.
    pub(super) fn told(&self) -> impl Iterator<Item = Problem> {
        self.stale.clone().into_iter().chain(self.together())
    }

    fn together(&self) -> Option<Problem> {
        let all: Vec<&Problem> =
            self.problems().filter(|problem| problem.id != Code::ReportStale).collect();
        let gravest = Class::gravest(all.iter().map(|problem| problem.class()))?;
        let first = all.iter().find(|problem| problem.class() == gravest)?;
        let ids: BTreeSet<&str> = all.iter().map(|problem| problem.id.id()).collect();
        let tokens = &self.received.tokens;
        let troubled = tokens.iter().filter(|token| token.needs_somebody()).count();
        let ids: Vec<&str> = ids.into_iter().collect();
        let repository = &self.repository;
        Some(problems::in_other_report(first.id, repository, troubled, tokens.len(), &ids))
    }

    /// Its part of the page.
    pub(super) fn part(&self) -> PagePart<'_> {
        PagePart {
            repository: &self.repository,
            looked_at: self.received.looked_at,
            tokens: &self.received.tokens,
            links: &self.received.links,
            general: &self.general,
            journal: self.received.history.as_deref(),
        }
    }

    /// As a report for programs, with the exit code that it alone would give.
    pub(super) fn into_report(self, exit_code: u8) -> TokensReport {
        let rows: Vec<Row> = self
            .received
            .tokens
            .iter()
            .map(|token| Row { health: self.health_of(token), outcome: token.clone() })
            .collect();
        let with_problems = rows.iter().filter(|row| row.health != Health::Fine).count();
        let Received { looked_at, problems, links, history, .. } = self.received;
        let details = StatusDetails {
            repository: Some(self.repository),
            looked_at: Some(looked_at),
            links,
            history,
            ..StatusDetails::default()
        };
        let summary = Summary { total: rows.len(), with_problems, exit_code };
        TokensReport {
            schema: "tokenward.status/1".to_owned(),
            details,
            tokens: rows,
            problems,
            summary,
        }
    }
}
