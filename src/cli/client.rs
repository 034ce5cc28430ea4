//! Connects to GitHub, and determines the repository, from the environment of a run.

use std::fs;
use std::sync::Arc;

use super::env::Env;
use super::problems;
use super::value;
use crate::domain::{Problem, Repo, Secret};
use crate::git::Repository;
use crate::net::github::{Api, GitHub};

/// The address of GitHub's API. Another GitHub than the public one is trusted only if the runner
/// names its server.
fn api(env: &Env) -> Result<Api, Problem> {
    Api::of(env.text("GITHUB_API_URL").unwrap_or(Api::PUBLIC), env.text("GITHUB_SERVER_URL"))
}

/// GitHub with the credential in a variable. A value that cannot be a credential is not sent.
pub(super) fn client(env: &Env, name: &str, token: &Secret) -> Result<GitHub, Problem> {
    if let Some(flaw) = value::unfit(env, name, token) {
        return Err(flaw);
    }
    Ok(GitHub::new(Arc::clone(&env.transport), &api(env)?, token)?.guarded(env.masker()))
}

/// A credential to read with, and its variable: `GITHUB_TOKEN`, or `TOKENWARD_GITHUB_TOKEN` if that
/// is not set.
pub(super) fn reading(env: &Env) -> Result<(&'static str, Secret), Problem> {
    let found = ["GITHUB_TOKEN", "TOKENWARD_GITHUB_TOKEN"]
        .into_iter()
        .find_map(|name| Some((name, env.secret(name)?)));
    found.ok_or_else(problems::github::reader_missing)
}

/// GitHub with a credential to read with.
pub(super) fn reader(env: &Env) -> Result<GitHub, Problem> {
    let (name, token) = reading(env)?;
    client(env, name, &token)
}

/// The repository's name: as GitHub gives it to this run, or that of the clone's remote.
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
