//! The way to GitHub, and which repository is meant, from what surrounds a run.

use std::fs;
use std::sync::Arc;

use super::env::Env;
use super::value;
use crate::domain::{Code, Problem, Repo, Secret};
use crate::git::Repository;
use crate::net::github::{Api, GitHub};

/// Where GitHub's API is. Only the runner's own word on the server makes another GitHub than the
/// public one believable.
fn api(env: &Env) -> Result<Api, Problem> {
    Api::of(env.text("GITHUB_API_URL").unwrap_or(Api::PUBLIC), env.text("GITHUB_SERVER_URL"))
}

/// GitHub with the credential that a variable holds. One that can be no credential is not sent.
pub(super) fn client(env: &Env, name: &str, token: &Secret) -> Result<GitHub, Problem> {
    if let Some(flaw) = value::unfit(env, name, token) {
        return Err(flaw);
    }
    Ok(GitHub::new(Arc::clone(&env.transport), &api(env)?, token)?.guarded(env.masker()))
}

/// A credential that reads, and its variable: `GITHUB_TOKEN`, or `TOKENWARD_GITHUB_TOKEN` where
/// there is none.
pub(super) fn reading(env: &Env) -> Result<(&'static str, Secret), Problem> {
    let found = ["GITHUB_TOKEN", "TOKENWARD_GITHUB_TOKEN"]
        .into_iter()
        .find_map(|name| Some((name, env.secret(name)?)));
    found.ok_or_else(|| {
        Problem::new(
            Code::GithubTokenMissing,
            "neither GITHUB_TOKEN nor TOKENWARD_GITHUB_TOKEN is set",
        )
        .hint("hand this step `GITHUB_TOKEN: ${{ github.token }}`")
        .state("nothing was changed")
    })
}

/// GitHub with a credential that reads.
pub(super) fn reader(env: &Env) -> Result<GitHub, Problem> {
    let (name, token) = reading(env)?;
    client(env, name, &token)
}

/// The repository's name as this run has it: GitHub's word, or that of the clone's remote.
pub(super) fn repository(env: &Env) -> Option<String> {
    env.text("GITHUB_REPOSITORY").map(str::to_owned).or_else(|| origin(env))
}

/// `owner/name` of the clone's remote `origin`, read from git's own file.
fn origin(env: &Env) -> Option<String> {
    let repository = Repository::above(&env.folder).ok()??;
    let config = fs::read_to_string(repository.common_dir().join("config")).ok()?;
    let section = config.split("[remote \"origin\"]").nth(1)?.split("\n[").next()?;
    let url = section.lines().find_map(|line| line.trim().strip_prefix("url = "))?;
    let path = url
        .trim_end_matches('/')
        .trim_end_matches(".git")
        .rsplit([':', '/'])
        .take(2)
        .collect::<Vec<_>>();
    let [name, owner] = path.as_slice() else { return None };
    Some(format!("{owner}/{name}")).filter(|name| Repo::parse(name).is_some())
}
