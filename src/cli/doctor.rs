//! `doctor`: reports what this repository still needs for a rotation, with the exact line to write.
//! It checks the config and the workflows; with a credential it also asks the provider or GitHub,
//! with the code that `rotate` uses. It changes nothing visible: to test the permission, it writes
//! the journal's ref with the commit that the ref has already.

use std::collections::BTreeMap;

use super::answer::Answer;
use super::args::Global;
use super::env::Env;
use super::error::CliError;
use super::isolated::isolated;
use super::problems;
use super::required::required;
use super::session::Session;
use super::typed::Typed;
use super::value::padded;
use super::workflows::workflows;
use crate::config::TokenConfig;
use crate::destinations::Secrets;
use crate::domain::lifecycle::TokenState;
use crate::domain::text::count;
use crate::domain::{Code, Problem, Span, TokenName};
use crate::journal::{KEY_NAME, Store};
use crate::net::github::GitHub;
use crate::report::Check;
use crate::rotation::{Inspected, Seen, inspect, inspect_destinations};

/// The state of each token in the journal.
type States = BTreeMap<TokenName, TokenState>;

/// How far a clock can be off without a message.
const CLOCK: Span = Span::seconds(300);

pub(super) async fn run(env: &Env, global: &Global, typed: &Typed) -> Result<Answer, CliError> {
    let mut checks = Vec::new();
    let session = match Session::open(env, global, false) {
        Ok(session) => session,
        Err(failure) => {
            let failure = failure.without(typed, env);
            checks.extend(
                failure.problems().into_iter().map(|problem| Check::wrong("the config", problem)),
            );
            return Ok(Answer::checks(checks));
        }
    };
    let tokens: Vec<&TokenConfig> = session.config.tokens.iter().collect();
    checks.push(match session.in_own_repository(&tokens) {
        Ok(()) => Check::fine(format!("the config: {}", count(tokens.len(), "token", "tokens"))),
        Err(problem) => Check::wrong("the config", problem),
    });
    workflows(&session, &mut checks);
    let states = github(&session, &mut checks).await;
    values(&session, &states, &mut checks).await;
    destinations(&session, &states, &mut checks).await;
    Ok(Answer::checks(checks))
}

/// Tests the value and the manager of each token, as before a rotation.
async fn values(session: &Session<'_>, states: &States, checks: &mut Vec<Check>) {
    let mut said = Vec::new();
    for token in &session.config.tokens {
        let job = match session.job(token, None, None) {
            Ok(job) => job,
            Err(problem) => {
                checks.push(Check::wrong(&token.name, problem));
                continue;
            }
        };
        let found = isolated(token.name.as_str(), inspect(&job, states.get(&token.name))).await;
        let found = found.unwrap_or_else(|bug| {
            vec![Inspected { about: token.name.to_string(), seen: Seen::Wrong(bug) }]
        });
        // A missing manager of several tokens is reported once.
        let new = found.into_iter().filter(|one| match &one.seen {
            Seen::NotHanded(variable) => {
                !said.contains(variable) && {
                    said.push(variable.clone());
                    true
                }
            }
            _ => true,
        });
        checks.extend(new.map(|one| told(session, token, one)));
        checks.extend(padded(session.env, token).map(|problem| Check::wrong(&token.name, problem)));
    }
}

/// Checks every destination, as before a rotation.
async fn destinations(session: &Session<'_>, states: &States, checks: &mut Vec<Check>) {
    if !session.env.is_set("TOKENWARD_GITHUB_TOKEN") {
        let what = "the secrets were not checked: TOKENWARD_GITHUB_TOKEN is not set";
        return checks.push(unseen(session, what, problems::github::SECRETS_TOKEN));
    }
    let writer = match session.clients() {
        Ok((writer, _)) => writer,
        Err(problem) => return checks.push(Check::wrong("TOKENWARD_GITHUB_TOKEN", problem)),
    };
    let secrets = Secrets::new(&writer);
    let mut said: Vec<(String, Problem)> = Vec::new();
    for token in &session.config.tokens {
        let found = isolated(
            token.name.as_str(),
            inspect_destinations(&secrets, token, states.get(&token.name)),
        )
        .await;
        let found = found.unwrap_or_else(|bug| {
            vec![Inspected { about: token.name.to_string(), seen: Seen::Wrong(bug) }]
        });
        for one in found {
            // A problem of a repository that several tokens share is reported once.
            if let Seen::Wrong(problem) | Seen::Unseen(Some(problem)) = &one.seen {
                let this = (one.about.clone(), problem.clone());
                if said.contains(&this) {
                    continue;
                }
                said.push(this);
            }
            checks.push(told(session, token, one));
        }
    }
}

fn told(session: &Session<'_>, token: &TokenConfig, one: Inspected) -> Check {
    match one.seen {
        Seen::Fine => Check::fine(one.about),
        Seen::Wrong(problem) => Check::wrong(one.about, problem),
        Seen::Unseen(None) => Check::skipped(one.about),
        Seen::Unseen(Some(problem)) => Check::unseen(one.about, problem),
        Seen::NotHanded(variable) => {
            let what = format!("this run did not receive {variable}, so its value was not tested");
            unseen(session, &what, &token.handing(&variable))
        }
    }
}

/// What was not checked because a credential is missing. A person on a terminal need not have it; a
/// job in GitHub Actions should.
fn unseen(session: &Session<'_>, what: &str, hint: &str) -> Check {
    if session.actions.is_none() {
        return Check::skipped(what);
    }
    Check::unseen(what, problems::workflows::not_checked(what, hint))
}

/// Checks whether the journal can be read and written, and is signed with the key that this run
/// received. Returns the state of each token, if the journal was verified.
async fn journal(
    session: &Session<'_>,
    store: &dyn Store,
    reader: &GitHub,
    checks: &mut Vec<Check>,
) -> States {
    let mut states = States::new();
    let key = match session.journal_key() {
        Ok(key) => key,
        Err(problem) => {
            checks.push(Check::wrong(KEY_NAME, problem));
            return states;
        }
    };
    match session.ledger(store, key.as_ref(), reader).await {
        Ok(ledger) => {
            let how = match (key.is_some(), ledger.is_new().await) {
                (_, true) => "there is no journal yet: the first `rotate` creates it",
                (true, false) => "the journal can be read, and each record is signed",
                (false, false) => "the journal can be read",
            };
            checks.push(Check::fine(how));
            if key.is_some() {
                states = ledger.tokens().await;
            }
        }
        Err(problem) => {
            checks.push(Check::wrong("the journal", problem));
            return states;
        }
    }
    writable(session, store, checks).await;
    checks.push(journal_key(session, store, key.is_some()).await);
    states
}

/// Checks whether this run has the key that signs the journal, or the first rotation makes it.
async fn journal_key(session: &Session<'_>, store: &dyn Store, is_handed: bool) -> Check {
    if is_handed {
        return Check::fine(format!("{KEY_NAME} is set, and strong enough"));
    }
    let Ok((writer, _)) = session.clients() else {
        return Check::skipped(format!(
            "this run did not receive {KEY_NAME}, and did not check whether the secret exists"
        ));
    };
    match session.key_to_be_made(&Secrets::new(&writer), store).await {
        Ok(Ok(slot)) => {
            Check::fine(format!("{KEY_NAME}: the first `rotate` creates it, in {}", slot.place))
        }
        Ok(Err(problem)) | Err(problem) => Check::wrong(KEY_NAME, problem),
    }
}

/// Checks whether the journal can be written. A run for a proposed change does not try.
async fn writable(session: &Session<'_>, store: &dyn Store, checks: &mut Vec<Check>) {
    if session.env.proposal().is_some() {
        return checks.push(Check::skipped(
            "did not check whether the journal can be written: this event only proposes a change",
        ));
    }
    match store.writable().await {
        Ok(found) => {
            checks.extend(
                found.how.map(|how| Check::fine(format!("the journal can be written: {how}"))),
            );
            checks.extend(found.unseen.map(Check::skipped));
        }
        Err(problem) => checks.push(Check::wrong("the journal", problem)),
    }
}

/// Reports that there is no credential for GitHub.
async fn not_asked(session: &Session<'_>, checks: &mut Vec<Check>) -> States {
    let what = "GitHub was not asked: neither GITHUB_TOKEN nor TOKENWARD_GITHUB_TOKEN is set";
    checks.push(unseen(session, what, problems::github::WORKFLOW_TOKEN));
    checks.push(required(session, None).await);
    States::new()
}

/// Checks everything on GitHub, if there is a credential for it. Returns the state of each token,
/// if the journal was verified.
async fn github(session: &Session<'_>, checks: &mut Vec<Check>) -> States {
    let reader = match session.reader() {
        Ok(reader) => reader,
        Err(problem) if problem.id == Code::GithubTokenMissing => {
            return not_asked(session, checks).await;
        }
        Err(problem) => {
            checks.push(Check::wrong("GitHub", problem));
            checks.push(required(session, None).await);
            return States::new();
        }
    };
    checks.push(required(session, Some(&reader)).await);
    let mut states = States::new();
    match session.store(&reader) {
        Err(problem) => checks.push(Check::wrong("the journal", problem)),
        Ok(store) => {
            states = journal(session, &*store, &reader, checks).await;
        }
    }
    if let Some(theirs) = reader.now() {
        let ours = jiff::Timestamp::now().into();
        let off = Span::between(theirs, ours).max(Span::between(ours, theirs));
        checks.push(match off {
            off if off <= CLOCK => Check::fine("the clock agrees with GitHub's"),
            off if off <= Span::days(1) => Check::fine(problems::journal::clocks_apart(off)),
            _ => Check::wrong("the clock", problems::journal::clock_wrong(off)),
        });
    }
    states
}
