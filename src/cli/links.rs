//! The links in reports: to the repository of the run, and to the explanation of every id.

use super::env::Env;
use crate::domain::Repo;
use crate::net::github::server;
use crate::providers::Registry;
use crate::report::Links;

/// The page that explains ids, in the repository of the Action; empty if no Action is running.
pub(super) fn docs(env: &Env) -> String {
    let server = server(env.text("GITHUB_SERVER_URL"));
    match env.text("GITHUB_ACTION_REPOSITORY").and_then(Repo::parse) {
        Some(repo) => format!("{server}/{repo}/blob/HEAD/docs/errors.md"),
        None => String::new(),
    }
}

/// The sites of the built-in providers. The user's own provider file could contain any link, so its
/// links stay text.
fn hosts() -> Vec<String> {
    let registry = Registry::built_in();
    let host =
        |url: &str| url.strip_prefix("https://")?.split(['/', '?', '#']).next().map(str::to_owned);
    let sites = registry.all().flat_map(|spec| {
        spec.console.as_deref().into_iter().chain([spec.docs.as_str()]).filter_map(host)
    });
    let github = |host: &String| host == "github.com" || host.ends_with(".github.com");
    sites.filter(|site| !github(site)).collect()
}

/// The repository of this run, at its commit.
pub(super) fn links(env: &Env) -> Links {
    let named = env.text("GITHUB_SERVER_URL").map(|url| server(Some(url)));
    let repository = match (named, env.text("GITHUB_REPOSITORY").and_then(Repo::parse)) {
        (Some(server), Some(repo)) => format!("{server}/{repo}"),
        _ => String::new(),
    };
    Links {
        repository,
        commit: env.text("GITHUB_SHA").unwrap_or_default().to_owned(),
        docs: docs(env),
        hosts: hosts(),
    }
}
