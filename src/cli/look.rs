//! How tokens stand, looked at once for `check`, `status` and the page: a test call for each value
//! at hand, what the journal says, what the secrets and the providers tell, and the config's
//! policy. Changes nothing. What could not be looked at is told, never taken for fine.

use std::collections::BTreeSet;

use tokio::sync::Semaphore;

use super::client;
use super::env::Env;
use super::isolated::isolated;
use super::key_usage::{is_watched, unlisted, usage};
use super::policy;
use super::session::{Session, undeclared};
use super::value;
use crate::config::TokenConfig;
use crate::destinations::Secrets;
use crate::domain::lifecycle::TokenState;
use crate::domain::outcome::{Next, TokenOutcome};
use crate::domain::{
    Class, Code, Problem, Repo, Secret, Sight, Span, Timestamp, TokenName, Unseen, Verdict, unseen,
};
use crate::journal::KEY_NAME;
use crate::net::github::GitHub;
use crate::providers::Driver;
use crate::rotation::{
    Drift, Policy, Record, Shown, describe, drift, handed, known, known_as, knows, lost_key,
    manager_problem, reached, renamed,
};

/// Tokens whose secrets are looked at in GitHub at once.
const LOOKED_AT: usize = 8;
/// By how much two clocks may disagree.
const SKEW: Span = Span::seconds(300);
/// How long before its end our own credential is spoken of.
const OWN_NOTICE: Span = Span::days(7);

/// How everything stands.
pub(super) struct Looked {
    /// The tokens that were asked about, and those that the journal alone knows.
    pub(super) tokens: Vec<TokenOutcome>,
    /// What concerns no single token.
    pub(super) own: Vec<Problem>,
    /// When, by GitHub's clock where it was asked.
    pub(super) now: Timestamp,
}

/// The time, where no token is looked at: GitHub's if it can be asked, or else this machine's.
pub(super) async fn clock(env: &Env) -> Timestamp {
    let reader = client::reader(env).ok();
    if let Some(reader) = &reader {
        let _ = reader.get("/rate_limit").await;
    }
    let told = reader.and_then(|reader| reader.now());
    told.unwrap_or_else(|| jiff::Timestamp::now().into())
}

/// Looks at these tokens; with `all`, also at those that are in the journal alone.
pub(super) async fn look(
    session: &Session<'_>,
    selected: Vec<&TokenConfig>,
    all: bool,
) -> Result<Looked, Problem> {
    let mut journal = Journal::read(session).await?;
    // A clock that shows a time before the newest record is wrong, and no age is right by it.
    let newest = journal.tokens.iter().map(|(_, state)| state.changed_at).max();
    let told = journal.now.unwrap_or_else(|| jiff::Timestamp::now().into());
    let now = newest.map_or(told, |newest| newest.max(told));
    let clock =
        newest.filter(|newest| SKEW.after(told) < *newest).map(|newest| behind(told, newest));
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
    let tests = selected.into_iter().map(|token| {
        let at = At { session, journal: &journal, secrets: secrets.as_ref(), looks: &looks, now };
        async move {
            let looked = isolated(token.name.as_str(), at.look(token)).await;
            looked.unwrap_or_else(|bug| {
                let mut outcome = at.begun(token);
                outcome.problems.push(bug);
                outcome
            })
        }
    });
    // Each waits for its provider's pace, and none for another provider's.
    let mut tokens = futures::future::join_all(tests).await;
    if all {
        tokens.extend(
            undeclared(&session.config, journal.tokens.iter().map(|(name, _)| name))
                .into_iter()
                .map(|name| journal.left_over(session, name, now)),
        );
    }
    for token in &mut tokens {
        // The gravest first.
        token.problems.sort_by_key(|problem| std::cmp::Reverse(problem.id.health()));
    }
    // In Actions `GITHUB_TOKEN` is made for the run and ends with it.
    let reader_ends = journal.credential_ends.filter(|_| session.actions.is_none());
    let ends = [
        ("GITHUB_TOKEN", reader_ends),
        ("TOKENWARD_GITHUB_TOKEN", writer.as_ref().and_then(GitHub::credential_ends)),
    ];
    let ending = ends.into_iter().filter_map(|(name, end)| own_end(name, end?, now));
    let told_already = journal.problem.as_ref().map(|_| Sight::Journal);
    let own = ending
        .chain(journal.problem.take())
        .chain(clock)
        .chain(unseen::told(&tokens, told_already))
        .collect();
    Ok(Looked { tokens, own, now })
}

/// GitHub's clock, or this machine's, is behind the journal's own records.
fn behind(clock: Timestamp, newest: Timestamp) -> Problem {
    Problem::new(
        Code::ClockDisagrees,
        format!("the clock shows {clock}, and the journal's newest record is of {newest}"),
    )
    .cause("GitHub's `Date` is wrong, or this machine's clock where GitHub told no time")
    .hint("run it again; ages were counted up to the newest record at least")
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

/// The journal, as far as this run may read it.
struct Journal {
    tokens: Vec<(TokenName, TokenState)>,
    /// Why nothing, or not everything, in it can be gone by.
    unseen: Option<Unseen>,
    /// A journal that was read and cannot be believed.
    problem: Option<Problem>,
    now: Option<Timestamp>,
    credential_ends: Option<Timestamp>,
}

impl Journal {
    /// What can be read of it.
    ///
    /// # Errors
    /// When a setting about GitHub is wrong, which no later run fixes.
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
                journal.unseen = Some(not_read(problem));
                return Ok(journal);
            }
        };
        match states(session, &reader).await {
            Ok((tokens, is_signed)) => {
                journal.unseen = (!is_signed && !tokens.is_empty()).then(|| Unseen {
                    what: Sight::Signature,
                    why: format!(
                        "the journal was read and not verified: {KEY_NAME} is empty or not set"
                    ),
                    hint: crate::domain::handing_over(KEY_NAME, KEY_NAME),
                });
                journal.tokens = tokens;
            }
            Err(problem) if makes_no_sense(problem.id) => {
                journal.unseen = Some(not_read(problem.clone()));
                journal.problem = Some(problem);
            }
            // A wrong setting stays wrong in the next run.
            Err(problem) if problem.class() == Class::Usage => return Err(problem),
            Err(problem) => journal.unseen = Some(not_read(problem)),
        }
        (journal.now, journal.credential_ends) = (reader.now(), reader.credential_ends());
        Ok(journal)
    }

    fn of(&self, name: &TokenName) -> Option<&TokenState> {
        self.tokens.iter().find(|(known, _)| known == name).map(|(_, state)| state)
    }

    /// A token that the config does not name any more.
    fn left_over(&self, session: &Session<'_>, name: &TokenName, now: Timestamp) -> TokenOutcome {
        let Some(state) = self.of(name) else {
            return TokenOutcome::new(name.clone(), crate::domain::ProviderId::new("unknown"));
        };
        let mut outcome = TokenOutcome::new(name.clone(), state.provider.clone());
        outcome.unseen.extend(self.unseen.clone());
        describe(&mut outcome, state, &Policy::none());
        outcome.problems =
            known(&Record { name, state, config: None, manual: false, lag: Span::default(), now });
        // No command takes a name that the config does not have.
        outcome.problems.iter_mut().for_each(|problem| {
            problem.hint = Some(format!("put {name} back into the config under this name first"))
        });
        let what = format!("{name} is in the journal and not in the config");
        // A token that was given another name in the config is the same key still.
        let is_same = |token: &&TokenConfig| {
            session.env.secret(token.value.as_str()).is_some_and(|value| knows(state, &value))
        };
        if let Some(other) = session.config.tokens.iter().find(is_same) {
            outcome.problems.push(
                Problem::new(Code::TokenRenamed, format!("{what}, and {} of the config has the same value: it was renamed", other.name))
                    .hint(format!(
                        "give it the name {name} again in the config, which alone its records are found by; do not revoke its key"
                    )),
            );
            outcome.next = Some(Next {
                what: format!("call {} {name} again in the config", other.name),
                not_before: None,
            });
            return outcome;
        }
        if state.current.as_ref().is_some_and(|key| !state.is_ending(key)) {
            outcome.problems.push(
                Problem::new(Code::NotProven, format!("{what}, so whether its key is dead is not known"))
                    .hint("put it back into the config under this name, or, if nothing uses it any more, revoke its key at the provider"),
            );
        }
        outcome.next = Some(Next {
            what: "put it back into the config, or revoke its keys if nothing uses them".to_owned(),
            not_before: None,
        });
        outcome
    }
}

fn not_read(problem: Problem) -> Unseen {
    let hint = problem.hint.unwrap_or_else(|| "see `tokenward doctor`".to_owned());
    Unseen {
        what: Sight::Journal,
        why: std::iter::once(problem.what).chain(problem.causes).collect::<Vec<_>>().join(": "),
        hint,
    }
}

fn makes_no_sense(id: Code) -> bool {
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

/// What the journal says, and whether its signatures were looked at.
async fn states(
    session: &Session<'_>,
    reader: &GitHub,
) -> Result<(Vec<(TokenName, TokenState)>, bool), Problem> {
    let store = session.store(reader)?;
    let key = session.journal_key()?;
    let ledger = session.ledger(&*store, key.as_ref(), reader).await?;
    if reader.now().is_none() {
        return Err(Problem::new(Code::GithubUnavailable, "GitHub's clock is not known")
            .cause("its answers carry no `Date` that can be a time")
            .hint("run it again; a proxy on the way may take the header away"));
    }
    Ok((ledger.tokens().await.into_iter().collect(), key.is_some()))
}

/// What a look at one token needs beside the token.
struct At<'a> {
    session: &'a Session<'a>,
    journal: &'a Journal,
    secrets: Option<&'a Secrets<'a>>,
    looks: &'a Semaphore,
    now: Timestamp,
}

impl At<'_> {
    /// What the journal says of a token, and what could not be looked at.
    fn begun(&self, token: &TokenConfig) -> TokenOutcome {
        let mut outcome = TokenOutcome::new(token.name.clone(), token.provider.clone());
        outcome.unseen.extend(self.journal.unseen.clone());
        outcome.destinations = reached(token, self.journal.of(&token.name), &Shown::new());
        if self.secrets.is_none() {
            outcome.unseen.push(Unseen {
                what: Sight::Secrets,
                why: "TOKENWARD_GITHUB_TOKEN is not handed to this run".to_owned(),
                hint: "hand it the token of a GitHub App that may read secrets (docs/action.md, \"Permissions\")".to_owned(),
            });
        }
        let value = self.session.env.secret(token.value.as_str());
        let tokens = || self.journal.tokens.iter().map(|(name, state)| (name, state));
        let other = value.and_then(|value| known_as(&token.name, &value, tokens()));
        match self.journal.of(&token.name) {
            Some(state) => {
                describe(&mut outcome, state, &Policy::of(token));
                let abilities = self.session.driver(token).map(|driver| driver.abilities());
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
                    outcome.next = Some(Next {
                        what: format!("call it {other} again in the config"),
                        not_before: None,
                    });
                    outcome.problems.push(renamed(&token.name, other));
                    return outcome;
                }
                outcome.next = Some(Next {
                    what: "the first `rotate` adopts the value in use".to_owned(),
                    not_before: None,
                });
                outcome.problems.push(
                    Problem::new(Code::NotProven, format!("the journal does not know {} yet", token.name))
                        .cause("whether its value leaked or stands in every destination is not known before it was taken over")
                        .hint(format!("tokenward rotate {} takes the value in use over", token.name)),
                );
            }
        }
        outcome
    }

    async fn look(&self, token: &TokenConfig) -> TokenOutcome {
        let (session, state) = (self.session, self.journal.of(&token.name));
        let mut outcome = self.begun(token);
        self.look_at_secrets(token, state, &mut outcome).await;
        let value = match session.env.secret(token.value.as_str()) {
            Some(value) => value,
            None => {
                let variable = &token.value;
                outcome.problems.push(
                    Problem::new(
                        Code::NotTested,
                        format!("{} was not tested: {variable} is empty or not set", token.name),
                    )
                    .cause("this run is handed no value (a pull request from a fork never is)")
                    .hint(token.handing(variable)),
                );
                return outcome;
            }
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
        outcome.problems.extend(value::padded(session.env, token));
        let is_old = is_watched(&driver, state, &value);
        let other = state.and_then(|state| handed(token, state, &value));
        let is_older = other.as_ref().is_some_and(|problem| problem.id == Code::TokenStale);
        // What its write tells is not said twice.
        let other = other.filter(|problem| {
            !outcome
                .problems
                .iter()
                .any(|told| told.id == problem.id && told.id == Code::OverwrittenByHand)
        });
        let untested = format!(
            "it was not tested: {} tells when a key was last used, and a test call is a use",
            token.provider
        );
        outcome
            .problems
            .extend(other.map(|other| if is_old { other.cause(untested) } else { other }));
        // Where a value manages itself, asking about keys is a use as well.
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
        let told = verdict.facts().and_then(|facts| facts.expires_at);
        outcome.expires_at =
            told.or_else(|| policy::end_by_age(outcome.since, driver.rotation().limits.lifetime));
        let cure = policy::cure(session, token);
        let mut judged =
            policy::judge(token, &verdict, outcome.expires_at, outcome.since, self.now, &cure);
        if is_older && verdict.is_dead() {
            // The value in use is another one.
            judged.iter_mut().for_each(|problem| {
                problem.what = format!(
                    "{} does not accept the older value in {} ({})",
                    token.provider,
                    token.value,
                    verdict.as_str()
                );
                problem.hint = None;
                problem.state = Some(
                    "what was handed this older value fails; the value in use is another one"
                        .to_owned(),
                );
            });
        }
        outcome.problems.extend(judged);
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

    /// What the secrets say: whether somebody changed one, and how old a value is at least that no
    /// journal knows.
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
                let mut shown = Shown::new();
                for destination in &token.destinations {
                    let seen = match secrets.seen(destination).await {
                        Ok(snapshot) => snapshot.updated_at,
                        Err(problem) => {
                            outcome.problems.push(problem);
                            continue;
                        }
                    };
                    if seen.is_none() && (destination == primary || !destination.create) {
                        outcome.problems.push(
                            secrets
                                .missing(destination, destination == primary, &token.destinations)
                                .await,
                        );
                    }
                    shown.insert(destination.key(), seen);
                }
                outcome.since = shown.get(&primary.key()).copied().flatten();
                outcome.destinations = reached(token, None, &shown);
            }
            (None, None) => {}
        }
        // What keeps us from seeing a secret keeps us from seeing its repository as well, and is
        // told once.
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

    /// What the provider tells of the use of keys, where this run holds what may ask; and of the
    /// value in use, where that stands for a test call.
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
        // Whose own value manages itself is told by its test call what is wrong with it.
        if let Some(why) = found.unknown.filter(|_| token.manager.is_some()) {
            let problem = manager_problem(token, "list the keys of", &why);
            // A manager that is refused stays refused.
            let id = if problem.class() == Class::Access { problem.id } else { Code::NotTested };
            outcome.problems.push(
                Problem { id, ..problem }.state(format!(
                    "whether old keys of {} are still used is not known",
                    token.name
                )),
            );
        }
        found.verdict
    }
}
