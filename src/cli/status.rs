//! `status`: the result of `check`, as a table and as a page: the state of every token, what
//! changed, and the next steps.

use std::collections::BTreeMap;
use std::path::Path;

use super::answer::Answer;
use super::args::{Global, Selection, VerdictFlags};
use super::env::Env;
use super::error::CliError;
use super::links::docs;
use super::look::{Looked, look};
use super::session::Session;
use super::verdict::verdict;
use crate::config::TokenConfig;
use crate::disk::Kind;
use crate::domain::{History, Problem, Repo, TokenName};
use crate::journal::Record;
use crate::net::github::server;
use crate::report::{self, PageLinks, PagePart};

pub(super) async fn run(
    env: &Env,
    global: &Global,
    selection: &Selection,
    flags: &VerdictFlags,
    html: Option<&Path>,
) -> Result<Answer, CliError> {
    flags.check()?;
    let session = Session::open(env, global, false)?;
    let looked =
        look(&session, session.select(&selection.tokens)?, selection.tokens.is_empty()).await?;
    if let Some(path) = html {
        write_page(&session, &looked, path).await?;
    }
    let Looked { tokens, own, now } = looked;
    let code = verdict(&tokens, &own, env, flags);
    Ok(Answer::looked("status", tokens, own, code).at(session.places()).tabled(now))
}

/// Writes the page, with the history that the journal still has.
async fn write_page(session: &Session<'_>, looked: &Looked, path: &Path) -> Result<(), Problem> {
    let server = server(session.env.text("GITHUB_SERVER_URL"));
    let whose = session.config.tokens.first().and_then(|token| token.primary()?.place.repo());
    let records = past(session).await;
    let newest = records.as_deref().unwrap_or_default();
    let links: BTreeMap<TokenName, PageLinks> = session
        .config
        .tokens
        .iter()
        .map(|token| (token.name.clone(), links_of(session, token, newest, &server)))
        .collect();
    let journal: Option<Vec<History>> =
        records.map(|records| records.iter().map(|record| told(record, &server)).collect());
    let part = PagePart {
        repository: &whose.map(ToString::to_string).unwrap_or_default(),
        tokens: &looked.tokens,
        links: &links,
        general: &looked.own,
        journal: journal.as_deref(),
    };
    let text = report::page(&[part], &docs(session.env), looked.now);
    let written = session.env.write(path, &text, Kind::Report);
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
        issue: number
            .zip(repo)
            .map(|(number, repo)| (number, format!("{server}/{repo}/issues/{number}"))),
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
        Some(((name.clone(), state.newest().number()), rest))
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
