//! One comment on the pull request, kept up to date if the credential can write it; otherwise a
//! note says which permission to give. Without a finding and without an older comment, nothing is
//! written. A failure here never changes the verdict.

use http::Method;
use serde_json::{Value, json};

use super::problems;
use crate::cli::env::Env;
use crate::cli::{client, links};
use crate::domain::{Health, Problem, Repo};
use crate::net::github::{GitHub, Use};
use crate::report::{self, CommandOutput};

/// GitHub accepts 65,536 characters.
const BUDGET: usize = 60_000;

pub(super) async fn comment(env: &Env, told: &CommandOutput, command: &str) {
    let Some(number) = env.proposal().and_then(|proposal| proposal.number) else { return };
    if !matches!(told, CommandOutput::Scan(_) | CommandOutput::Tokens(_)) {
        return;
    }
    let fine = told.health() == Health::Fine;
    let (Some(repo), Some(token)) =
        (env.text("GITHUB_REPOSITORY").and_then(Repo::parse), env.secret("GITHUB_TOKEN"))
    else {
        return;
    };
    let outcome = match client::client(env, "GITHUB_TOKEN", &token) {
        Ok(github) => {
            keep(&github, &repo, number, command, fine, || body(env, told, command)).await
        }
        Err(problem) => Err(problem),
    };
    if let Err(problem) = outcome {
        env.note(&format!("note: no comment was written: {}\n", problem.what));
        for cause in &problem.causes {
            env.note(&format!("  {cause}\n"));
        }
    }
}

/// Identifies the comment, so that a later run finds it; one for each command.
fn marker(command: &str) -> String {
    format!("<!-- tokenward: {command} -->")
}

fn body(env: &Env, told: &CommandOutput, command: &str) -> String {
    format!(
        "{}\n{}",
        marker(command),
        report::markdown(told, &[], command, &links::links(env), BUDGET)
    )
}

async fn keep(
    github: &GitHub,
    repo: &Repo,
    number: u64,
    command: &str,
    fine: bool,
    body: impl Fn() -> String,
) -> Result<(), Problem> {
    let what = "read the comments of the pull request";
    let pages =
        github.get_pages(&format!("/repos/{repo}/issues/{number}/comments?per_page=100")).await;
    let pages = pages.map_err(|trouble| problems::comment_failed(&trouble, what))?;
    let comments = pages.iter().filter_map(Value::as_array).flatten();
    let is_marked = |comment: &&Value| {
        comment
            .get("body")
            .and_then(Value::as_str)
            .is_some_and(|text| text.starts_with(&marker(command)))
    };
    let mut ours = None;
    for comment in comments.filter(is_marked) {
        if github
            .wrote(comment)
            .await
            .map_err(|trouble| trouble.to_problem("ask GitHub which comment tokenward wrote"))?
        {
            ours = comment.get("id").and_then(Value::as_u64);
            break;
        }
    }
    let (method, path) = match ours {
        Some(id) => (Method::PATCH, format!("/repos/{repo}/issues/comments/{id}")),
        None if fine => return Ok(()),
        None => (Method::POST, format!("/repos/{repo}/issues/{number}/comments")),
    };
    let written = github.write(method, &path, Some(&json!({"body": body()})), Use::Journal).await;
    written.map(|_| ()).map_err(|trouble| {
        problems::comment_failed(&trouble, "write a comment on the pull request")
    })
}
