//! `status`: where every token stands, by the journal, and what changed since: its secrets, where they may be read, and its key, where a
//! manager is at hand. Tests no value.

use std::path::Path;

use super::args::{Global, Selection};
use super::failure::Failure;
use super::isolated::isolated;
use super::output::Output;
use super::session::{Session, undeclared};
use super::signing::NOT_VERIFIED;
use super::surroundings::Surroundings;
use crate::destinations::Secrets;
use crate::disk::Kind;
use crate::domain::outcome::{Next, TokenOutcome};
use crate::domain::{History, Problem, Timestamp};
use crate::journal::{Store, StoreFailure};
use crate::report::{self, Entry};
use crate::rotation::{Policy, describe, drift, known, lost_key};

pub(super) async fn run(around: &Surroundings, global: &Global, selection: &Selection, html: Option<&Path>) -> Result<u8, Failure> {
    let session = Session::open(around, global, false)?;
    let selected = session.select(&selection.tokens)?;
    let reader = session.reader()?;
    let store = session.store(&reader)?;
    let key = session.journal_key()?;
    let ledger = session.ledger(&*store, key.as_ref(), &reader).await?;
    let tokens = ledger.tokens().await;
    if key.is_none() && !tokens.is_empty() {
        around.note(NOT_VERIFIED);
    }
    // What the secrets say can be asked only with the credential that may read them; without it the journal has to do.
    let writer = around.is_set("TOKENWARD_GITHUB_TOKEN").then(|| session.clients()).transpose()?.map(|(writer, _)| writer);
    let secrets = writer.as_ref().map(Secrets::new);
    let mut outcomes = Vec::new();
    for config in selected {
        let mut outcome = TokenOutcome::new(config.name.clone(), config.provider.clone());
        let policy = Policy::of(config);
        match tokens.get(&config.name) {
            Some(state) => {
                describe(&mut outcome, state, &policy);
                outcome.problems.extend(known(&config.name, state));
                let job = session.job(config, None, None)?;
                let look = async {
                    let drift = match &secrets {
                        Some(secrets) => drift(secrets, config, state).await,
                        None => Vec::new(),
                    };
                    (drift, lost_key(&job, state).await)
                };
                match isolated(config.name.as_str(), look).await {
                    Ok((drift, lost)) => outcome.problems.extend(drift.into_iter().chain(lost)),
                    Err(bug) => outcome.problems.push(bug),
                }
            }
            None => outcome.next = Some(Next { what: "the first `rotate` adopts the value in use".to_owned(), not_before: None }),
        }
        outcomes.push(outcome);
    }
    if selection.tokens.is_empty() {
        for name in undeclared(&session.config, tokens.keys()) {
            if let Some(state) = tokens.get(name) {
                let mut outcome = TokenOutcome::new(name.clone(), state.provider.clone());
                describe(&mut outcome, state, &Policy::none());
                outcome.problems.extend(known(name, state));
                outcome.next = Some(Next {
                    what: "put it back into the config, or revoke its keys: it is in the journal only".to_owned(),
                    not_before: None,
                });
                outcomes.push(outcome);
            }
        }
    }
    let now = reader.now().unwrap_or_else(|| jiff::Timestamp::now().into());
    if let Some(path) = html {
        write_page(&session, &*store, &outcomes, now, path).await?;
    }
    Ok(Output::new(around, global).at(session.places()).status(outcomes, now))
}

/// The page, with what the journal still holds of the past.
async fn write_page(
    session: &Session<'_>,
    store: &dyn Store,
    outcomes: &[TokenOutcome],
    now: Timestamp,
    path: &Path,
) -> Result<(), Problem> {
    let records = store.read().await.map_err(StoreFailure::into_problem)?.map(|tip| tip.records).unwrap_or_default();
    let journal: Vec<History> = records.into_iter().map(|record| History { at: record.at, what: record.event }).collect();
    let entry = |outcome: &TokenOutcome| {
        let config = session.config.token(outcome.name.as_str());
        let destinations = config.into_iter().flat_map(|config| &config.destinations).map(ToString::to_string).collect();
        Entry { outcome: outcome.clone(), destinations }
    };
    let entries: Vec<Entry> = outcomes.iter().map(entry).collect();
    let whose = session.config.tokens.first().and_then(|token| token.home()?.place.repo().map(ToString::to_string));
    let title = whose.map_or_else(|| "Tokens".to_owned(), |repo| format!("Tokens of {repo}"));
    let text = report::page(&title, &entries, &journal, now);
    let written = session.around.write(path, &text, Kind::Report);
    written.map(|_| ()).map_err(|failure| failure.to_problem("the page"))
}
