//! `check`: a test call for each token, then the config's policy. A token that could not be tested is never green.

use tokio::sync::Semaphore;

use super::args::{Global, Selection, VerdictFlags};
use super::failure::Failure;
use super::isolated::isolated;
use super::output::Output;
use super::policy;
use super::session::Session;
use super::signing::NOT_VERIFIED;
use super::surroundings::Surroundings;
use super::usage::usage;
use crate::config::TokenConfig;
use crate::destinations::Secrets;
use crate::domain::lifecycle::TokenState;
use crate::domain::outcome::TokenOutcome;
use crate::domain::{Code, Problem, Secret, Span, Timestamp, TokenName};
use crate::net::github::GitHub;
use crate::providers::Driver;
use crate::rotation::{drift, known, lost_key};

/// Tokens whose secrets are looked at in GitHub at once.
const LOOKED_AT: usize = 8;
/// How long before its end our own credential is spoken of.
const OWN_NOTICE: Span = Span::days(7);

pub(super) async fn run(around: &Surroundings, global: &Global, selection: &Selection, flags: &VerdictFlags) -> Result<u8, Failure> {
    flags.check()?;
    let session = Session::open(around, global, false)?;
    let selected = session.select(&selection.tokens)?;
    let (states, now, reader_ends, journal) = ages(&session).await;
    let now = now.unwrap_or_else(|| jiff::Timestamp::now().into());
    let is_fork = around.proposal().is_some_and(|proposal| proposal.is_fork);
    let writer = around.is_set("TOKENWARD_GITHUB_TOKEN").then(|| session.clients()).transpose()?.map(|(writer, _)| writer);
    let secrets = writer.as_ref().map(Secrets::new);
    let looks = Semaphore::new(LOOKED_AT);
    let tests = selected.into_iter().map(|token| {
        let state = states.iter().find(|(name, _)| *name == token.name).map(|(_, state)| state);
        let at = At { session: &session, secrets: secrets.as_ref(), looks: &looks, now };
        async move {
            let checked = isolated(token.name.as_str(), at.check(token, state)).await;
            checked.unwrap_or_else(|bug| TokenOutcome { problems: vec![bug], ..begun(token, state) })
        }
    });
    // Each waits for its platform's pace, and none for another platform's.
    let outcomes = futures::future::join_all(tests).await;
    // In Actions `GITHUB_TOKEN` is made for the run and ends with it.
    let reader_ends = reader_ends.filter(|_| session.actions.is_none());
    let ends = [("GITHUB_TOKEN", reader_ends), ("TOKENWARD_GITHUB_TOKEN", writer.as_ref().and_then(GitHub::credential_ends))];
    let own = ends.into_iter().filter_map(|(name, end)| own_end(name, end?, now)).chain(journal).collect();
    Ok(Output::new(around, global).at(session.places()).checked(outcomes, own, flags, is_fork))
}

/// What is to be said of a credential of ours that ends soon.
fn own_end(name: &str, end: Timestamp, now: Timestamp) -> Option<Problem> {
    (end.before(OWN_NOTICE) <= now).then(|| {
        Problem::new(Code::GithubTokenExpiring, format!("the credential in {name} ends at {end}"))
            .cause("GitHub says so in its answers")
            .hint("make a new personal access token, or use a GitHub App, whose credentials are made for each run")
            .state("nothing can be rotated once it has ended")
    })
}

/// The journal's word on ages, where it can be read: a fork has no credential for it, and a test call needs none.
type Ages = (Vec<(TokenName, TokenState)>, Option<Timestamp>, Option<Timestamp>, Option<Problem>);

async fn ages(session: &Session<'_>) -> Ages {
    let Ok(reader) = session.reader() else { return (Vec::new(), None, None, None) };
    let (states, problem) = match read(session, &reader).await {
        Ok(states) => (states, None),
        Err(problem) => {
            session.around.note(&format!("note: ages are not known, {}\n", problem.what));
            // A journal that was read and cannot be believed is a finding. Where it could not be read, the values are tested all the same.
            (Vec::new(), Some(problem).filter(|problem| makes_no_sense(problem.id)))
        }
    };
    (states, reader.now(), reader.credential_ends(), problem)
}

fn makes_no_sense(id: Code) -> bool {
    matches!(id, Code::JournalBroken | Code::JournalForeign | Code::JournalNewer | Code::JournalUnsigned | Code::JournalKeyWeak)
}

async fn read(session: &Session<'_>, reader: &GitHub) -> Result<Vec<(TokenName, TokenState)>, Problem> {
    let store = session.store(reader)?;
    let key = session.journal_key()?;
    let ledger = session.ledger(&*store, key.as_ref(), reader).await?;
    let tokens: Vec<_> = ledger.tokens().await.into_iter().collect();
    if key.is_none() && !tokens.is_empty() {
        session.around.note(NOT_VERIFIED);
    }
    Ok(tokens)
}

/// What the journal says of a token.
fn begun(token: &TokenConfig, state: Option<&TokenState>) -> TokenOutcome {
    let mut outcome = TokenOutcome::new(token.name.clone(), token.provider.clone());
    if let Some(state) = state {
        state.word().clone_into(&mut outcome.state);
        outcome.generation = state.current.as_ref().map(|key| key.generation.number());
        outcome.since = state.current.as_ref().map(|key| key.since);
        outcome.problems.extend(known(&token.name, state));
    }
    outcome
}

/// What the test of a token needs beside the token.
struct At<'a> {
    session: &'a Session<'a>,
    secrets: Option<&'a Secrets<'a>>,
    looks: &'a Semaphore,
    now: Timestamp,
}

impl At<'_> {
    async fn check(&self, token: &TokenConfig, state: Option<&TokenState>) -> TokenOutcome {
        let session = self.session;
        let mut outcome = begun(token, state);
        let Some(value) = session.around.secret(token.value.as_str()) else {
            let variable = &token.value;
            outcome.problems.push(
                Problem::new(Code::NotTested, format!("{} was not tested: {variable} is empty or not set", token.name))
                    .cause("this run is handed no value (a pull request from a fork never is)")
                    .hint(token.handing(variable)),
            );
            return outcome;
        };
        let driver = match session.driver(token) {
            Ok(driver) => driver,
            Err(problem) => {
                outcome.problems.push(problem);
                return outcome;
            }
        };
        if let Some(flaw) = session.flaw(token, &driver) {
            outcome.problems.push(flaw);
            return outcome;
        }
        if let (Some(secrets), Some(state)) = (self.secrets, state) {
            let _look = self.looks.acquire().await;
            outcome.problems.extend(drift(secrets, token, state).await);
        }
        outcome.problems.extend(state.and_then(|state| policy::stale(token, state, &value)));
        self.watch(&driver, token, state, &value, &mut outcome).await;
        let verdict = driver.verify(&value).await;
        let told = verdict.facts().and_then(|facts| facts.expires_at);
        outcome.expires_at = told.or_else(|| policy::end_by_age(outcome.since, driver.rotation().limits.lifetime));
        let cure = policy::cure(session, token);
        outcome.problems.extend(policy::judge(token, &verdict, outcome.expires_at, outcome.since, self.now, &cure));
        // What the value's own test call said already is not said twice.
        if let (true, Some(state)) = (verdict.is_alive(), state) {
            match session.job(token, None, None) {
                Ok(job) => outcome.problems.extend(lost_key(&job, state).await),
                Err(problem) => outcome.problems.push(problem),
            }
        }
        outcome.verdict = Some(verdict);
        outcome
    }

    /// What the platform tells of the use of keys, where this run holds what may ask.
    async fn watch(
        &self,
        driver: &Driver<'_>,
        token: &TokenConfig,
        state: Option<&TokenState>,
        value: &Secret,
        outcome: &mut TokenOutcome,
    ) {
        let manager = match &token.manager {
            Some(variable) => self.session.around.secret(variable.as_str()),
            None => driver.rotation().self_managed.then(|| value.clone()),
        };
        let Some(manager) = manager else { return };
        let found = usage(driver, token, state, &manager, value, self.now).await;
        outcome.problems.extend(found.problems);
        // Whose own value manages itself is told by its test call what is wrong with it.
        if let Some(why) = found.unknown.filter(|_| token.manager.is_some()) {
            outcome.problems.push(
                Problem::new(Code::NotTested, format!("whether old keys of {} are still used is not known", token.name))
                    .cause(format!("{} was asked by the manager: {why}", token.provider))
                    .hint("look at the manager credential, or run it again"),
            );
        }
    }
}
