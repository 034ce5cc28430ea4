//! `confirm`: a step for the workflows that use a token. Compares the value the step is handed with
//! the journal of the repository that rotates it, and leaves a mark that this repository reads.
//! Writes no journal and needs no key.

use super::answer::Answer;
use super::args::{Confirmation, Global};
use super::checkout::may_change;
use super::client;
use super::env::Env;
use super::error::CliError;
use super::wanted::{Wanted, not_a_repository};
use crate::domain::lifecycle::{Lease, TokenState};
use crate::domain::text::sanitize;
use crate::domain::{Class, Code, Nonce, Problem, Repo};
use crate::journal::{GitRefStore, Ledger, Store as _};
use crate::net::github::{GitHub, server};
use crate::rotation::{Consumer, Said, confirm};

pub(super) async fn run(
    env: &Env,
    global: &Global,
    asked: &Confirmation,
) -> Result<Answer, CliError> {
    // Whoever may push to an open ref learns nothing here; what does not count there is said.
    may_change(env, true)?;
    let Some(actions) = env.actions() else {
        return Err(Problem::new(
            Code::Usage,
            "confirm is a step of a workflow, and this is no workflow run",
        )
        .hint("run it in GitHub Actions, in the repository that uses the token")
        .state("nothing was done")
        .into());
    };
    let repo = Repo::parse(&actions.run.repository)
        .ok_or_else(|| not_a_repository("GITHUB_REPOSITORY"))?;
    let wanted = match &asked.of {
        Some(of) => Wanted::of_another(env, asked, of)?,
        None => Wanted::of_config(env, global, asked)?,
    };
    env.masker().mask(&wanted.value);
    let own = env.secret("GITHUB_TOKEN").ok_or_else(|| {
        Problem::new(Code::GithubTokenMissing, "GITHUB_TOKEN is empty or not set, and only a mark left with it counts")
            .hint("hand this step `GITHUB_TOKEN: ${{ github.token }}`, and give the job `permissions: {deployments: write}`")
            .state("nothing was done")
    })?;
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

/// What the journal says of the token. Whatever keeps it from being read, nothing was looked at.
async fn record(github: &GitHub, wanted: &Wanted, lead: Lease) -> Result<TokenState, Problem> {
    let Wanted { primary, token, journal, .. } = wanted;
    let store = GitRefStore::new(github, primary.clone(), journal.clone());
    let unseen = |cause: Problem| {
        let what = format!(
            "whether this run holds the value in use of {} is not known: the journal was not read",
            sanitize(token.as_str())
        );
        let id = if matches!(cause.class(), Class::Unknown | Class::Access) {
            Code::NotLookedAt
        } else {
            cause.id
        };
        let problem = std::iter::once(cause.what)
            .chain(cause.causes)
            .fold(Problem::new(id, what), Problem::cause);
        // Only where GitHub does not show it is a permission what is missing.
        let is_hidden = matches!(
            cause.id,
            Code::GithubPermission | Code::RepositoryUnknown | Code::JournalUnavailable
        );
        let shown = format!(
            "give TOKENWARD_GITHUB_TOKEN `Contents: read` on {primary}, unless that is public"
        );
        let hint = if is_hidden { Some(shown) } else { cause.hint };
        hint.into_iter().fold(problem, Problem::hint).state("no mark was left")
    };
    let ledger = Ledger::open(&store, lead, None).await.map_err(unseen)?;
    if ledger.is_new().await {
        return Err(unseen(Problem::new(
            Code::JournalUnavailable,
            format!("there is no {}, or it is not shown to us", store.place()),
        )));
    }
    let tokens = ledger.tokens().await;
    tokens.get(token).cloned().ok_or_else(|| {
        let known: Vec<String> = tokens.keys().map(|name| sanitize(name.as_str())).collect();
        Problem::new(
            Code::UnknownToken,
            format!("the journal of {primary} has no token \"{}\"", sanitize(token.as_str())),
        )
        .hint(format!(
            "it has: {}",
            if known.is_empty() { "none".to_owned() } else { known.join(", ") }
        ))
        .state("no mark was left")
    })
}
