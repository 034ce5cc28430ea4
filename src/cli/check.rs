//! `check`: a test call for each token, then the config's policy. A token that could not be tested is never green.

use futures::StreamExt as _;

use super::args::{Global, Selection, VerdictFlags};
use super::failure::Failure;
use super::output::Output;
use super::session::Session;
use super::surroundings::Surroundings;
use crate::config::TokenConfig;
use crate::destinations::Secrets;
use crate::domain::lifecycle::TokenState;
use crate::domain::outcome::TokenOutcome;
use crate::domain::{Code, Facts, Problem, Timestamp, TokenName, Verdict};
use crate::net::github::GitHub;
use crate::rotation::{drift, lost_key};

/// Tokens tested at the same time.
const SIDE_BY_SIDE: usize = 16;

pub(super) async fn run(around: &Surroundings, global: &Global, selection: &Selection, flags: &VerdictFlags) -> Result<u8, Failure> {
    flags.check()?;
    let session = Session::open(around, &global.config)?;
    let selected = session.select(&selection.tokens)?;
    let (states, now) = ages(&session).await;
    let now = now.unwrap_or_else(|| jiff::Timestamp::now().into());
    let is_fork = around.proposal().is_some_and(|proposal| proposal.is_fork);
    let writer = around.text("TOKENWARD_GITHUB_TOKEN").map(|_| session.clients()).transpose()?.map(|(writer, _)| writer);
    let secrets = writer.as_ref().map(Secrets::new);
    let outcomes: Vec<TokenOutcome> = futures::stream::iter(selected)
        .map(|token| {
            let (session, states) = (&session, &states);
            let (state, secrets) = (states.iter().find(|(name, _)| *name == token.name).map(|(_, state)| state), secrets.as_ref());
            async move { check(session, token, state, secrets, now).await }
        })
        .buffered(SIDE_BY_SIDE)
        .collect()
        .await;
    Ok(Output::new(around, global).at(session.places()).checked(outcomes, flags, is_fork))
}

/// The journal's word on ages, where it can be read: a fork has no credential for it, and a test call needs none.
async fn ages(session: &Session<'_>) -> (Vec<(TokenName, TokenState)>, Option<Timestamp>) {
    let Ok(reader) = session.reader() else { return (Vec::new(), None) };
    let states = read(session, &reader).await.unwrap_or_else(|problem| {
        session.around.note(&format!("note: ages are not known, {}\n", problem.what));
        Vec::new()
    });
    (states, reader.now())
}

async fn read(session: &Session<'_>, reader: &GitHub) -> Result<Vec<(TokenName, TokenState)>, Problem> {
    let store = session.store(reader)?;
    let key = session.around.secret("TOKENWARD_JOURNAL_KEY");
    let ledger = session.ledger(&*store, key.as_ref(), reader).await?;
    Ok(ledger.tokens().await.into_iter().collect())
}

async fn check(
    session: &Session<'_>,
    token: &TokenConfig,
    state: Option<&TokenState>,
    secrets: Option<&Secrets<'_>>,
    now: Timestamp,
) -> TokenOutcome {
    let mut outcome = TokenOutcome::new(token.name.clone(), token.provider.clone());
    if let Some(state) = state {
        state.word().clone_into(&mut outcome.state);
        outcome.generation = state.current.as_ref().map(|key| key.generation.number());
        outcome.since = state.current.as_ref().map(|key| key.since);
    }
    let Some(value) = session.around.secret(token.value.as_str()) else {
        let variable = &token.value;
        outcome.problems.push(
            Problem::new(Code::NotTested, format!("{} was not tested: {variable} is empty or not set", token.name))
                .cause("this run is handed no value (a pull request from a fork never is)")
                .hint(format!("hand it to this step: `env: {{{variable}: ${{{{ secrets.{variable} }}}}}}`")),
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
    if let (Some(secrets), Some(state)) = (secrets, state) {
        outcome.problems.extend(drift(secrets, token, state).await);
    }
    let verdict = driver.verify(&value).await;
    outcome.expires_at = verdict.facts().and_then(|facts| facts.expires_at);
    let cure = cure(session, token);
    outcome.problems.extend(judge(token, &verdict, outcome.since, now, &cure));
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

/// How a token of this kind is replaced.
fn cure(session: &Session<'_>, token: &TokenConfig) -> String {
    let issues = session.registry.get(&token.provider).is_some_and(|spec| spec.capabilities().issue);
    let name = &token.name;
    let by_hand = format!("tokenward push {name} --value-from -");
    if issues {
        format!("tokenward rotate {name} --force --reason TEXT, or for a value made by hand: {by_hand}")
    } else {
        format!("make a new one at {}, then: {by_hand}", token.provider)
    }
}

/// What the policy says of a verdict.
fn judge(token: &TokenConfig, verdict: &Verdict, since: Option<Timestamp>, now: Timestamp, cure: &str) -> Vec<Problem> {
    let name = &token.name;
    let dead = |code, what: String| vec![Problem::new(code, what).hint(cure).state("whoever uses it fails already")];
    match verdict {
        Verdict::Expired => dead(Code::TokenExpired, format!("{name} has expired")),
        Verdict::Revoked | Verdict::Invalid => {
            dead(Code::TokenDead, format!("{} does not accept {name} ({})", token.provider, verdict.word()))
        }
        Verdict::RateLimited { .. } => vec![
            Problem::new(Code::NotTested, format!("{name} was not tested: {}'s rate limit is used up", token.provider))
                .hint("run it again later"),
        ],
        Verdict::Unknown { why } => {
            vec![
                Problem::new(Code::NotTested, format!("{name} was not tested: {} gave no clear answer", token.provider))
                    .cause(why.clone())
                    .hint("run it again"),
            ]
        }
        Verdict::Live(facts) | Verdict::Limited(facts) => policy(token, facts, since, now, cure),
    }
}

fn policy(token: &TokenConfig, facts: &Facts, since: Option<Timestamp>, now: Timestamp, cure: &str) -> Vec<Problem> {
    let name = &token.name;
    let mut problems = Vec::new();
    match facts.expires_at {
        Some(end) if end <= now => problems.push(Problem::new(Code::TokenExpired, format!("{name} expired at {end}")).hint(cure)),
        Some(end) if end.before(token.warn_before) <= now => {
            problems.push(
                Problem::new(Code::TokenExpiring, format!("{name} expires at {end}"))
                    .cause(format!("that is less than {} away", token.warn_before))
                    .hint(cure),
            );
        }
        _ => {}
    }
    if let (Some(since), Some(max)) = (since, token.max_age)
        && max.after(since) <= now
    {
        problems.push(
            Problem::new(Code::TokenOverAge, format!("{name} is older than {max}")).cause(format!("it is in use since {since}")).hint(cure),
        );
    }
    if let Some(scopes) = facts.scopes.as_ref().filter(|_| !token.scopes.is_empty()) {
        let missing: Vec<&str> = token.scopes.iter().filter(|scope| !scopes.contains(scope)).map(String::as_str).collect();
        let surplus: Vec<&str> = scopes.iter().filter(|scope| !token.scopes.contains(scope)).map(String::as_str).collect();
        if !missing.is_empty() {
            problems.push(Problem::new(Code::TokenLacksScopes, format!("{name} lacks {}", missing.join(", "))).hint(cure));
        }
        if !surplus.is_empty() {
            problems.push(
                Problem::new(Code::TokenOverScoped, format!("{name} may do more than the config asks for: {}", surplus.join(", ")))
                    .hint(format!("{cure}, or add them to `scopes:`")),
            );
        }
    }
    problems
}
