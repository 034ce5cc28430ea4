//! `status`: the result of `check`, as a table and as a page: the state of every token, what
//! changed, and the next steps. The page can include other repositories, from their own reports.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::answer::Answer;
use super::args::{Format, Global, Selection, VerdictFlags};
use super::checkout::Checkout;
use super::env::Env;
use super::error::CliError;
use super::links::docs;
use super::look::{Looked, clock, look};
use super::other_reports::{self, OtherReport};
use super::session::Session;
use super::verdict::verdict;
use crate::config::TokenConfig;
use crate::disk::Kind;
use crate::domain::outcome::TokenOutcome;
use crate::domain::{History, Problem, Repo, Rotation, Timestamp, TokenName};
use crate::journal::Record;
use crate::net::github::server;
use crate::report::{self, IssueLink, PageLinks, PagePart, StatusDetails};

/// The most records of the journal in a report for programs.
const MOST_RECORDS: usize = 200;

/// The page, and whose reports it also shows.
#[derive(Clone, Copy)]
pub(super) struct Page<'a> {
    pub(super) html: Option<&'a Path>,
    pub(super) with: &'a [PathBuf],
}

/// This repository, as this run sees it.
#[derive(Default)]
struct Own {
    details: StatusDetails,
    tokens: Vec<TokenOutcome>,
    problems: Vec<Problem>,
}

pub(super) async fn run(
    env: &Env,
    global: &Global,
    selection: &Selection,
    flags: &VerdictFlags,
    page: Page<'_>,
) -> Result<Answer, CliError> {
    flags.check()?;
    let session = open(env, global, selection, page)?;
    let here = session.as_ref().and_then(|session| session.primary().ok());
    let others = other_reports::read(env, page.with, here.as_ref())?;
    let (mut own, now) = match &session {
        Some(session) => {
            let selected = session.select(&selection.tokens)?;
            let looked = look(session, selected, selection.tokens.is_empty()).await?;
            let is_wanted =
                page.html.is_some() || global.format == Format::Json || session.actions.is_some();
            let now = looked.now;
            (own(session, looked, here, !selection.tokens.is_empty(), is_wanted).await, now)
        }
        None => (Own::default(), clock(env).await),
    };
    let others: Vec<OtherReport> =
        others.into_iter().map(|other| other.aged(now)).collect::<Result<_, _>>()?;
    if let Some(path) = page.html {
        write_page(env, session.is_some().then_some(&own), &others, now, path)?;
    }
    let everything: Vec<Problem> =
        own.problems.iter().chain(others.iter().flat_map(OtherReport::problems)).cloned().collect();
    let code = verdict(&own.tokens, &everything, env, flags);
    own.problems.extend(others.iter().flat_map(OtherReport::told));
    let with = others.into_iter().map(|other| {
        let problems: Vec<Problem> = other.problems().cloned().collect();
        other.into_report(verdict(&[], &problems, env, flags))
    });
    own.details.with = with.collect();
    if let Some(history) = &mut own.details.history {
        history.truncate(MOST_RECORDS);
    }
    let places = session.as_ref().map(Session::places).unwrap_or_default();
    let answer = Answer::looked("status", own.tokens, own.problems, code);
    Ok(answer.detailed(own.details).at(places).tabled(now))
}

/// The config of this repository. With reports of others there may be none at all: the page job
/// can have a repository of its own. Tokens that are named need one.
fn open<'a>(
    env: &'a Env,
    global: &Global,
    selection: &Selection,
    page: Page<'_>,
) -> Result<Option<Session<'a>>, CliError> {
    if page.with.is_empty() || !selection.tokens.is_empty() {
        return Session::open(env, global, false).map(Some);
    }
    let checkout = Arc::new(Checkout::of(env, false));
    let session = Session::open_if_there(env, &checkout, global)?;
    if session.is_none() {
        env.note(
            "note: there is no config here, so the page shows only the reports given with --with\n",
        );
    }
    Ok(session)
}

/// What was looked at, with what the journal still holds of the past if that `is_wanted`.
async fn own(
    session: &Session<'_>,
    looked: Looked,
    here: Option<Repo>,
    partial: bool,
    is_wanted: bool,
) -> Own {
    let Looked { tokens, own: problems, now } = looked;
    if !is_wanted {
        return Own { details: StatusDetails::default(), tokens, problems };
    }
    let server = server(session.env.text("GITHUB_SERVER_URL"));
    let records = past(session).await;
    let newest = records.as_deref().unwrap_or_default();
    let links: BTreeMap<TokenName, PageLinks> = session
        .config
        .tokens
        .iter()
        .map(|token| (token.name.clone(), links_of(session, token, newest, &server)))
        .collect();
    let history =
        records.map(|records| records.iter().map(|record| told(record, &server)).collect());
    let details = StatusDetails {
        repository: here.map(|here| here.to_string()),
        looked_at: Some(now),
        partial,
        links,
        history,
        with: Vec::new(),
    };
    Own { details, tokens, problems }
}

/// The page: this repository if it has a config, and the others.
fn write_page(
    env: &Env,
    own: Option<&Own>,
    others: &[OtherReport],
    now: Timestamp,
    path: &Path,
) -> Result<(), Problem> {
    let own = own.map(|own| PagePart {
        repository: own.details.repository.as_deref().unwrap_or_default(),
        looked_at: now,
        tokens: &own.tokens,
        links: &own.details.links,
        general: &own.problems,
        journal: own.details.history.as_deref(),
    });
    let parts: Vec<PagePart<'_>> =
        own.into_iter().chain(others.iter().map(OtherReport::part)).collect();
    let text = report::page(&parts, &docs(env), now);
    let written = env.write(path, &text, Kind::Report);
    written.map(|_| ()).map_err(|failure| failure.to_problem("the page"))
}

/// The links of a token's row. The records are in order, newest first, so the first one with the
/// token has its last state.
fn links_of(
    session: &Session<'_>,
    token: &TokenConfig,
    records: &[Record],
    server: &str,
) -> PageLinks {
    let state = records.iter().find_map(|record| record.tokens.get(&token.name));
    let owner = state.and_then(|state| state.owner.as_deref());
    let number = state.and_then(|state| state.loose_ends.issue.as_ref()?.number);
    let repo = token.primary().and_then(|primary| primary.place.repo());
    PageLinks {
        console: session.driver(token).ok().and_then(|driver| driver.made_at(owner)),
        issue: number.zip(repo).map(|(number, repo)| IssueLink {
            number,
            address: format!("{server}/{repo}/issues/{number}"),
        }),
        destinations: token
            .destinations
            .iter()
            .map(|destination| destination.place.settings(server))
            .collect(),
    }
}

/// A record for people: the rotation it belongs to, and the run that wrote it.
fn told(record: &Record, server: &str) -> History {
    let of = record.event.split_once(": ").and_then(|(name, rest)| {
        let (name, state) = record.tokens.get_key_value(&TokenName::new(name))?;
        Some((Rotation { token: name.clone(), version: state.newest().number() }, rest))
    });
    let run = record.by.run.as_ref().and_then(|run| {
        let repo = Repo::parse(&run.repository)?;
        Some(format!("{server}/{repo}/actions/runs/{}", run.id))
    });
    let (rotation, what) = of.map_or((None, record.event.as_str()), |(of, rest)| (Some(of), rest));
    History { at: record.at, what: what.to_owned(), rotation, run }
}

/// The history that the journal still has, newest first; `None` if it could not be read.
async fn past(session: &Session<'_>) -> Option<Vec<Record>> {
    let reader = session.reader().ok()?;
    let tip = session.store(&reader).ok()?.read().await.ok()?;
    Some(tip.map(|tip| tip.records).unwrap_or_default())
}
