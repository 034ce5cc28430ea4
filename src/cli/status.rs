//! `status`: where every token stands, by the journal, and what changed since: its secrets, where they may be read, and its key, where a
//! manager is at hand. Tests no value.

use super::args::{Global, Selection};
use super::failure::Failure;
use super::output::Output;
use super::session::{Session, undeclared};
use super::surroundings::Surroundings;
use crate::destinations::Secrets;
use crate::domain::outcome::{Next, TokenOutcome};
use crate::rotation::{Policy, describe, drift, lost_key};

pub(super) async fn run(around: &Surroundings, global: &Global, selection: &Selection) -> Result<u8, Failure> {
    let session = Session::open(around, &global.config)?;
    let selected = session.select(&selection.tokens)?;
    let reader = session.reader()?;
    let store = session.store(&reader)?;
    let key = around.secret("TOKENWARD_JOURNAL_KEY");
    let ledger = session.ledger(&*store, key.as_ref(), &reader).await?;
    let tokens = ledger.tokens().await;
    // What the secrets say can be asked only with the credential that may read them; without it the journal has to do.
    let writer = around.text("TOKENWARD_GITHUB_TOKEN").map(|_| session.clients()).transpose()?.map(|(writer, _)| writer);
    let secrets = writer.as_ref().map(Secrets::new);
    let mut outcomes = Vec::new();
    for config in selected {
        let mut outcome = TokenOutcome::new(config.name.clone(), config.provider.clone());
        let policy = Policy::of(config);
        match tokens.get(&config.name) {
            Some(state) => {
                describe(&mut outcome, state, &policy);
                if let Some(secrets) = &secrets {
                    outcome.problems.extend(drift(secrets, config, state).await);
                }
                outcome.problems.extend(lost_key(&session.job(config, None, None)?, state).await);
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
                outcome.next = Some(Next {
                    what: "put it back into the config, or revoke its keys: it is in the journal only".to_owned(),
                    not_before: None,
                });
                outcomes.push(outcome);
            }
        }
    }
    let now = reader.now().unwrap_or_else(|| jiff::Timestamp::now().into());
    Ok(Output::new(around, global).at(session.places()).status(outcomes, now))
}
