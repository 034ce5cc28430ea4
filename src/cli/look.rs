//! The state of the tokens, for `check`, `status` and the page: a test call for each value that
//! this run has, the journal, the secrets, what the providers report, and the config's policy.
//! Changes nothing. What could not be checked is reported, never treated as fine.

use std::collections::BTreeSet;

use tokio::sync::Semaphore;

use super::client;
use super::env::Env;
use super::isolated::isolated;
use super::key_usage::{is_watched, unlisted, usage};
use super::policy;
use super::problems;
use super::session::{Session, undeclared};
use super::value;
use crate::config::TokenConfig;
use crate::destinations::Secrets;
use crate::domain::lifecycle::TokenState;
use crate::domain::outcome::TokenOutcome;
use crate::domain::{
    Class, Code, Destination, Problem, Repo, Secret, Sight, Span, Timestamp, TokenName, Unseen,
    Verdict, unseen,
};
use crate::net::github::GitHub;
use crate::providers::Driver;
use crate::rotation::{
    Drift, Policy, Record, Shown, describe, drift, handed, known, known_as, knows, lost_key,
    manager_problem, no_manager, reached, renamed,
};

/// Tokens whose secrets are read from GitHub at once.
const LOOKED_AT: usize = 8;
/// How far two clocks can disagree without a message.
const SKEW: Span = Span::seconds(300);
/// How long before it expires our own credential is reported.
const OWN_NOTICE: Span = Span::days(7);

/// The state of everything.
pub(super) struct Looked {
    /// The selected tokens, and those that only the journal has.
    pub(super) tokens: Vec<TokenOutcome>,
    /// Problems of no single token.
    pub(super) own: Vec<Problem>,
    /// When, by GitHub's clock if it is known.
    pub(super) now: Timestamp,
}

/// The time, if no token is checked: GitHub's clock if it answers, or else this machine's.
pub(super) async fn clock(env: &Env) -> Timestamp {
    let reader = client::reader(env).ok();
    if let Some(reader) = &reader {
        let _ = reader.get("/rate_limit").await;
    }
    let told = reader.and_then(|reader| reader.now());
    told.unwrap_or_else(|| jiff::Timestamp::now().into())
}

/// Checks these tokens; with `all`, also those that only the journal has.
pub(super) async fn look(
    session: &Session<'_>,
    selected: Vec<&TokenConfig>,
    all: bool,
) -> Result<Looked, Problem> {
    let mut journal = Journal::read(session).await?;
    let (now, clock) = journal.time();
    let writer = session
        .env
        .is_set("TOKENWARD_GITHUB_TOKEN")
        .then(|| session.clients())
        .transpose()?
        .map(|(writer, _)| writer);
    let secrets = writer.as_ref().map(Secrets::new);
    if let Some(note) = unlisted(session, &selected) {
        session.env.note(&note);
    }
    let looks = Semaphore::new(LOOKED_AT);
    let at = At { session, journal: &journal, secrets: secrets.as_ref(), looks: &looks, now };
    // Each waits for its own provider's rate limit only.
    let tests = selected.into_iter().map(|token| at.look_isolated(token));
    let mut tokens = futures::future::join_all(tests).await;
    if all {
        tokens.extend(
            undeclared(&session.config, journal.tokens.iter().map(|(name, _)| name))
                .into_iter()
                .map(|name| journal.left_over(session, name, now)),
        );
    }
    for token in &mut tokens {
        // The most severe first.
        token.problems.sort_by_key(|problem| std::cmp::Reverse(problem.id.health()));
    }
    // In Actions `GITHUB_TOKEN` is created for the run and expires with it.
    let reader_ends = journal.credential_ends.filter(|_| session.actions.is_none());
    let writer_ends = writer.as_ref().and_then(GitHub::credential_ends);
    let told_already = journal.problem.as_ref().map(|_| Sight::Journal);
    let own = expiring(reader_ends, writer_ends, now)
        .chain(journal.problem.take())
        .chain(clock)
        .chain(unseen::told(&tokens, told_already))
        .collect();
    Ok(Looked { tokens, own, now })
}

/// Our own credentials that expire soon.
fn expiring(
    reader_ends: Option<Timestamp>,
    writer_ends: Option<Timestamp>,
    now: Timestamp,
) -> impl Iterator<Item = Problem> {
    [("GITHUB_TOKEN", reader_ends), ("TOKENWARD_GITHUB_TOKEN", writer_ends)]
        .into_iter()
        .filter_map(move |(name, end)| {
            Some((name, end.filter(|end| end.before(OWN_NOTICE) <= now)?))
        })
        .map(|(name, end)| problems::github::expires(name, end))
}

/// The journal, as far as this run can read it.
struct Journal {
    tokens: Vec<(TokenName, TokenState)>,
    /// Why it was not read, or not verified.
    unseen: Option<Unseen>,
    /// What is wrong with a journal that was read and cannot be trusted.
    problem: Option<Problem>,
    now: Option<Timestamp>,
    credential_ends: Option<Timestamp>,
}

impl Journal {
    /// Reads it.
    ///
    /// # Errors
    /// When a setting about GitHub is wrong: a later run would fail as well.
    async fn read(session: &Session<'_>) -> Result<Self, Problem> {
        let mut journal = Self {
            tokens: Vec::new(),
            unseen: None,
            problem: None,
            now: None,
            credential_ends: None,
        };
        let reader = match session.reader() {
            Ok(reader) => reader,
            Err(problem) if problem.class() == Class::Usage => return Err(problem),
            Err(problem) => {
                journal.unseen = Some(problems::looks::journal_not_read(problem));
                return Ok(journal);
            }
        };
        match states(session, &reader).await {
            Ok((tokens, is_signed)) => {
                journal.unseen =
                    (!is_signed && !tokens.is_empty()).then(problems::looks::journal_not_verified);
                journal.tokens = tokens;
            }
            Err(problem) if is_untrusted(problem.id) => {
                journal.unseen = Some(problems::looks::journal_not_read(problem.clone()));
                journal.problem = Some(problem);
            }
            // A wrong setting stays wrong in the next run.
            Err(problem) if problem.class() == Class::Usage => return Err(problem),
            Err(problem) => {
                journal.unseen = Some(problems::looks::journal_not_read(problem));
            }
        }
        (journal.now, journal.credential_ends) = (reader.now(), reader.credential_ends());
        Ok(journal)
    }

    /// The time, and the problem of a clock that shows one before the newest record: it is wrong,
    /// and so is every age by it.
    fn time(&self) -> (Timestamp, Option<Problem>) {
        let newest = self.tokens.iter().map(|(_, state)| state.changed_at).max();
        let told = self.now.unwrap_or_else(|| jiff::Timestamp::now().into());
        let now = newest.map_or(told, |newest| newest.max(told));
        let behind = newest
            .filter(|newest| SKEW.after(told) < *newest)
            .map(|newest| problems::journal::clock_behind(told, newest));
        (now, behind)
    }

    fn of(&self, name: &TokenName) -> Option<&TokenState> {
        self.tokens.iter().find(|(known, _)| known == name).map(|(_, state)| state)
    }

    /// A token that the config no longer names.
    fn left_over(&self, session: &Session<'_>, name: &TokenName, now: Timestamp) -> TokenOutcome {
        let Some(state) = self.of(name) else {
            return TokenOutcome::new(name.clone(), crate::domain::ProviderId::new("unknown"));
        };
        let mut outcome = TokenOutcome::new(name.clone(), state.provider.clone());
        outcome.unseen.extend(self.unseen.clone());
        describe(&mut outcome, state, &Policy::none());
        outcome.problems =
            known(&Record { name, state, config: None, manual: false, lag: Span::default(), now });
        let hint = problems::looks::declare_first(name);
        outcome.problems.iter_mut().for_each(|problem| problem.hint = Some(hint.clone()));
        // A token that was renamed in the config still has the same key.
        let is_same = |token: &&TokenConfig| {
            session.env.secret(token.value.as_str()).is_some_and(|value| knows(state, &value))
        };
        if let Some(other) = session.config.tokens.iter().find(is_same) {
            outcome.problems.push(problems::looks::renamed(name, &other.name));
            outcome.next = Some(problems::looks::rename_back(name, &other.name));
            return outcome;
        }
        if state.current.as_ref().is_some_and(|key| !state.is_ending(key)) {
            outcome.problems.push(problems::looks::undeclared(name));
        }
        outcome.next = Some(problems::looks::declare_or_revoke());
        outcome
    }
}

/// Whether the journal was read, but cannot be trusted.
fn is_untrusted(id: Code) -> bool {
    matches!(
        id,
        Code::JournalBroken
            | Code::JournalForeign
            | Code::JournalNewer
            | Code::JournalUnsigned
            | Code::JournalKeyWeak
            | Code::ValueMalformed
    )
}

/// The states in the journal, and whether its signatures were verified.
async fn states(
    session: &Session<'_>,
    reader: &GitHub,
) -> Result<(Vec<(TokenName, TokenState)>, bool), Problem> {
    let store = session.store(reader)?;
    let key = session.journal_key()?;
    let ledger = session.ledger(&*store, key.as_ref(), reader).await?;
    if reader.now().is_none() {
        return Err(problems::journal::github_time_unknown());
    }
    Ok((ledger.tokens().await.into_iter().collect(), key.is_some()))
}

/// What GitHub shows of the secrets of a token that the journal does not have.
async fn first_look(
    secrets: &Secrets<'_>,
    token: &TokenConfig,
    primary: &Destination,
    found: &mut Vec<Problem>,
) -> Shown {
    let mut shown = Shown::new();
    for destination in &token.destinations {
        let is_primary = destination == primary;
        let seen = match secrets.seen(destination).await {
            Ok(snapshot) => snapshot.updated_at,
            Err(problem) => {
                found.push(problem);
                continue;
            }
        };
        if seen.is_none() && (is_primary || !destination.create) {
            found.push(secrets.missing(destination, is_primary, &token.destinations).await);
        }
        shown.insert(destination.key(), seen);
    }
    shown
}

/// What the check of one token needs besides the token.
struct At<'a> {
    session: &'a Session<'a>,
    journal: &'a Journal,
    secrets: Option<&'a Secrets<'a>>,
    looks: &'a Semaphore,
    now: Timestamp,
}

impl At<'_> {
    /// The token's state in the journal, and what could not be checked.
    fn begun(&self, token: &TokenConfig) -> TokenOutcome {
        let mut outcome = TokenOutcome::new(token.name.clone(), token.provider.clone());
        outcome.unseen.extend(self.journal.unseen.clone());
        outcome.destinations = reached(token, self.journal.of(&token.name), &Shown::new());
        if self.secrets.is_none() {
            outcome.unseen.push(problems::looks::secrets_not_read());
        }
        let value = self.session.env.secret(token.value.as_str());
        let tokens = || self.journal.tokens.iter().map(|(name, state)| (name, state));
        let other = value.and_then(|value| known_as(&token.name, &value, tokens()));
        match self.journal.of(&token.name) {
            Some(state) => {
                let abilities = self.session.driver(token).map(|driver| driver.abilities());
                let policy = Policy::of(token);
                let policy = match &abilities {
                    Ok(abilities) => policy.at(token, abilities),
                    Err(_) => policy,
                };
                describe(&mut outcome, state, &policy);
                let manual = abilities.as_ref().is_ok_and(|abilities| abilities.is_manual());
                let lag =
                    abilities.map(|abilities| abilities.limits.revoke_lag).unwrap_or_default();
                outcome.problems = known(&Record {
                    name: &token.name,
                    state,
                    config: Some(token),
                    manual,
                    lag,
                    now: self.now,
                });
                outcome.problems.extend(other.map(|other| renamed(&token.name, other)));
            }
            None if self.journal.unseen.is_some() => "unknown".clone_into(&mut outcome.state),
            None => {
                if let Some(other) = other {
                    outcome.next = Some(problems::looks::use_name_of_journal(other));
                    outcome.problems.push(renamed(&token.name, other));
                    return outcome;
                }
                outcome.next = Some(problems::looks::adopted_by_first_rotate());
                outcome.problems.push(problems::looks::not_in_journal(&token.name));
            }
        }
        outcome
    }

    /// [`Self::look`], and whether the config lacks what a rotation needs; a panic is a problem of
    /// this token and does not stop the others.
    async fn look_isolated(&self, token: &TokenConfig) -> TokenOutcome {
        let looked = isolated(token.name.as_str(), self.look(token)).await;
        let mut outcome = looked.unwrap_or_else(|bug| {
            let mut outcome = self.begun(token);
            outcome.problems.push(bug);
            outcome
        });
        // A token that no rotation has adopted may only be checked here.
        let is_adopted = self.journal.of(&token.name).is_some();
        if let Ok(driver) = self.session.driver(token)
            && is_adopted
        {
            outcome.problems.extend(no_manager(token, &driver.abilities()));
        }
        outcome
    }

    async fn look(&self, token: &TokenConfig) -> TokenOutcome {
        let (session, state) = (self.session, self.journal.of(&token.name));
        let mut outcome = self.begun(token);
        self.look_at_secrets(token, state, &mut outcome).await;
        let (value, driver) = match self.testable(token) {
            Ok(found) => found,
            Err(problem) => {
                outcome.problems.push(problem);
                return outcome;
            }
        };
        outcome.problems.extend(value::padded(session.env, token));
        let is_old = is_watched(&driver, state, &value);
        let other = state.and_then(|state| handed(token, state, &value));
        let is_older = other.as_ref().is_some_and(|problem| problem.id == Code::TokenStale);
        // What the check of its secrets reported already is not repeated.
        let other = other.filter(|problem| {
            !outcome
                .problems
                .iter()
                .any(|told| told.id == problem.id && told.id == Code::OverwrittenByHand)
        });
        let untested = problems::looks::test_is_a_use(token);
        outcome
            .problems
            .extend(other.map(|other| if is_old { other.cause(untested) } else { other }));
        // If a value manages itself, listing keys with it is a use too.
        let told = if is_old && token.manager.is_none() {
            None
        } else {
            self.watch(&driver, token, state, &value, &mut outcome).await
        };
        if is_old {
            return outcome;
        }
        let verdict = match told {
            Some(verdict) => verdict,
            None => driver.verify(&value).await,
        };
        self.judge(&driver, token, &verdict, is_older, &mut outcome);
        // The list of keys adds something only if the test call found the value alive.
        if let (true, Some(state)) = (verdict.is_alive(), state) {
            match session.job(token, None, None) {
                Ok(job) => outcome.problems.extend(lost_key(&job, state).await),
                Err(problem) => outcome.problems.push(problem),
            }
        }
        outcome.verdict = Some(verdict);
        outcome
    }

    /// The value to test, and the provider to ask about it.
    ///
    /// # Errors
    /// If there is no value, or if it cannot be the expected token.
    fn testable<'t>(&'t self, token: &'t TokenConfig) -> Result<(Secret, Driver<'t>), Problem> {
        let value = self.session.env.secret(token.value.as_str());
        let value = value.ok_or_else(|| problems::values::nothing_to_test(token))?;
        let driver = self.session.driver(token)?;
        match self.session.flaw(token, &driver) {
            Some(flaw) => Err(flaw),
            None => Ok((value, driver)),
        }
    }

    /// What the verdict on a value, its end and its age mean for the token.
    fn judge(
        &self,
        driver: &Driver<'_>,
        token: &TokenConfig,
        verdict: &Verdict,
        is_older: bool,
        outcome: &mut TokenOutcome,
    ) {
        let told = verdict.facts().and_then(|facts| facts.expires_at);
        outcome.expires_at =
            told.or_else(|| policy::end_by_age(outcome.since, driver.rotation().limits.lifetime));
        let cure = policy::cure(self.session, token);
        let mut judged =
            policy::judge(token, verdict, outcome.expires_at, outcome.since, self.now, &cure);
        if is_older && verdict.is_dead() {
            let older = |problem| problems::looks::older_value_dead(problem, token, verdict);
            judged = judged.into_iter().map(older).collect();
        }
        outcome.problems.extend(judged);
    }

    /// Checks the secrets: whether somebody changed one, and for a token that the journal does not
    /// have, how old its value is at least.
    async fn look_at_secrets(
        &self,
        token: &TokenConfig,
        state: Option<&TokenState>,
        outcome: &mut TokenOutcome,
    ) {
        let Some(secrets) = self.secrets else { return };
        let _look = self.looks.acquire().await;
        let known = outcome.problems.len();
        match (state, token.primary()) {
            (Some(state), _) => {
                let Drift { problems, shown } = drift(secrets, token, state).await;
                outcome.problems.extend(problems);
                outcome.destinations = reached(token, Some(state), &shown);
            }
            (None, Some(primary)) => {
                let shown = first_look(secrets, token, primary, &mut outcome.problems).await;
                outcome.since = shown.get(&primary.key()).copied().flatten();
                outcome.destinations = reached(token, None, &shown);
            }
            (None, None) => {}
        }
        // If a secret could not be read, its repository cannot be read either; that is reported
        // once.
        if outcome
            .problems
            .iter()
            .skip(known)
            .all(|problem| !matches!(problem.class(), Class::Unknown | Class::Access))
        {
            let repos: BTreeSet<&Repo> = token
                .destinations
                .iter()
                .filter_map(|destination| destination.place.repo())
                .collect();
            for repo in repos {
                outcome.problems.extend(secrets.closed(repo).await);
            }
        }
    }

    /// What the provider reports on the use of keys, if this run has a credential that can ask; and
    /// the verdict on the value in use, if that replaces a test call.
    async fn watch(
        &self,
        driver: &Driver<'_>,
        token: &TokenConfig,
        state: Option<&TokenState>,
        value: &Secret,
        outcome: &mut TokenOutcome,
    ) -> Option<Verdict> {
        let manager = match &token.manager {
            Some(variable) => self.session.env.secret(variable.as_str()),
            None => driver.rotation().self_managed.then(|| value.clone()),
        };
        let manager = manager?;
        let found = usage(driver, token, state, &manager, value, self.now).await;
        outcome.problems.extend(found.problems);
        // If the value manages itself, its own test call reports what is wrong with it.
        if let Some(why) = found.unknown.filter(|_| token.manager.is_some()) {
            let problem = manager_problem(token, "list the keys at", &why);
            // A refused manager is reported as one.
            let id = if problem.class() == Class::Access { problem.id } else { Code::NotTested };
            outcome.problems.push(problems::keys::use_unknown(problem, id, &token.name));
        }
        found.verdict
    }
}
