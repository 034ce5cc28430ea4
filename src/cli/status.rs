//! `status`: what `check` looks at, as a table and as a page: where every token stands, what
//! changed since, and what comes next.

use std::path::Path;

use super::answer::Answer;
use super::args::{Global, Selection, VerdictFlags};
use super::env::Env;
use super::error::CliError;
use super::look::{Looked, look};
use super::session::Session;
use super::verdict::verdict;
use crate::disk::Kind;
use crate::domain::{History, Problem};
use crate::report;

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

/// The page, with what the journal still holds of the past.
async fn write_page(session: &Session<'_>, looked: &Looked, path: &Path) -> Result<(), Problem> {
    let whose = session
        .config
        .tokens
        .first()
        .and_then(|token| token.primary()?.place.repo().map(ToString::to_string));
    let title = whose.map_or_else(|| "Tokens".to_owned(), |repo| format!("Tokens of {repo}"));
    let journal = past(session).await;
    let text = report::page(&title, &looked.tokens, &looked.own, journal.as_deref(), looked.now);
    let written = session.env.write(path, &text, Kind::Report);
    written.map(|_| ()).map_err(|failure| failure.to_problem("the page"))
}

/// What the journal still holds of the past; `None` where it could not be read.
async fn past(session: &Session<'_>) -> Option<Vec<History>> {
    let reader = session.reader().ok()?;
    let tip = session.store(&reader).ok()?.read().await.ok()?;
    let records = tip.map(|tip| tip.records).unwrap_or_default();
    Some(records.into_iter().map(|record| History { at: record.at, what: record.event }).collect())
}
