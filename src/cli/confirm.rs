//! `confirm`: a step for the workflows that use a token. Compares the value that the step received
//! with the journal of the repository that rotates it, and leaves a mark that this repository
//! reads. Writes no journal and needs no key.

use super::answer::Answer;
use super::args::{Confirmation, Global};
use super::checkout::may_change;
use super::client;
use super::env::Env;
use super::error::CliError;
use super::problems;
use super::wanted::Wanted;
use crate::domain::lifecycle::{Lease, TokenState};
use crate::domain::{Class, Code, Nonce, Problem, Repo};
use crate::journal::{GitRefStore, Ledger, Store as _};
use crate::net::github::{GitHub, server};
use crate::rotation::{Consumer, Said, confirm};

pub(super) async fn run(
    env: &Env,
    global: &Global,
    asked: &Confirmation,
) -> Result<Answer, CliError> {
    // On an unprotected ref a run learns nothing secret; a mark that does not count is reported.
    may_change(env, true)?;
    let Some(actions) = env.actions() else {
        return Err(problems::arguments::confirm_outside_actions().into());
    };
    let repo = Repo::parse(&actions.run.repository)
        .ok_or_else(|| problems::arguments::not_a_repository("GITHUB_REPOSITORY"))?;
    let wanted = match &asked.of {
        Some(of) => Wanted::of_another(env, asked, of)?,
        None => Wanted::of_config(env, global, asked)?,
    };
    env.masker().mask(&wanted.value);
    let own = env.secret("GITHUB_TOKEN").ok_or_else(problems::github::marker_missing)?;
    let github = client::client(env, "GITHUB_TOKEN", &own)?;
    let reader = env.secret("TOKENWARD_GITHUB_TOKEN").map(|token| github.beside(&token));
    let lead = Lease {
        instance: Nonce::new("confirm"),
        run: Some(actions.run.clone()),
        at: jiff::Timestamp::UNIX_EPOCH.into(),
    };
    let state = record(reader.as_ref().unwrap_or(&github), &wanted, lead).await?;
    let reference = env.text("GITHUB_REF").unwrap_or_default();
    let server = server(env.text("GITHUB_SERVER_URL"));
    let consumer =
        Consumer { github: &github, repo: &repo, reference, run: &actions.run, server: &server };
    let said = Said { primary: &wanted.primary, token: &wanted.token, state: &state };
    let outcome = confirm(&consumer, &said, &wanted.value).await;
    Ok(Answer::tokens("confirm", vec![outcome], Vec::new()))
}

/// The token's state in the journal. Whatever keeps the journal from being read, nothing was
/// compared.
async fn record(github: &GitHub, wanted: &Wanted, lead: Lease) -> Result<TokenState, Problem> {
    let Wanted { primary, token, journal, .. } = wanted;
    let store = GitRefStore::new(github, primary.clone(), journal.clone());
    let unread = |cause: Problem| {
        let is_unknown = matches!(cause.class(), Class::Unknown | Class::Access);
        let id = if is_unknown { Code::NotLookedAt } else { cause.id };
        // A permission can be missing only if GitHub does not show the journal.
        let is_hidden = matches!(
            cause.id,
            Code::GithubPermission | Code::RepositoryUnknown | Code::JournalUnavailable
        );
        problems::journal::unread_for_confirm(id, cause, is_hidden, token, primary)
    };
    let ledger = Ledger::open(&store, lead, None).await.map_err(unread)?;
    if ledger.is_new().await {
        return Err(unread(problems::journal::no_journal(&store.place())));
    }
    let tokens = ledger.tokens().await;
    tokens
        .get(token)
        .cloned()
        .ok_or_else(|| problems::journal::token_not_in_journal(token, primary, tokens.keys()))
}
