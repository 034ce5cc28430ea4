//! The logs of a workflow run, fetched for `scan`. They stay in memory: what they give away shall not lie on a disk as well.

use zeroize::Zeroizing;

use super::client;
use super::surroundings::Surroundings;
use crate::domain::text::tame;
use crate::domain::{Code, Problem, Repo};
use crate::net::github::Trouble;

/// The zip that GitHub makes of what a run printed.
pub(super) async fn fetch(around: &Surroundings, run: u64) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let named = client::repository(around).ok_or_else(|| {
        Problem::new(Code::Usage, format!("it is not known of which repository run {run} is"))
            .hint(format!("GITHUB_REPOSITORY=OWNER/NAME tokenward scan --workflow-logs {run}"))
    })?;
    let repo = Repo::parse(&named).ok_or_else(|| {
        Problem::new(Code::ConfigBadRepository, format!("{:?} is not the name of a repository", tame(&named))).hint("write owner/name")
    })?;
    let github = client::reader(around)?;
    // Source: GitHub's REST API, "Download workflow run logs".
    let fetched = github.get_file(&format!("/repos/{repo}/actions/runs/{run}/logs")).await;
    fetched.map_err(|trouble| explain(&trouble, &repo, run).state("nothing was scanned, so nothing says that the logs are clean"))
}

fn explain(trouble: &Trouble, repo: &Repo, run: u64) -> Problem {
    let what = format!("read the logs of run {run} of {repo}");
    let by_hand = format!("gh api repos/{repo}/actions/runs/{run}/logs > logs.zip, and then: tokenward scan --workflow-logs logs.zip");
    match trouble {
        Trouble::NotFound => Problem::new(Code::RepositoryUnknown, format!("could not {what}: GitHub says 404"))
            .cause("there is no such run, it is still under way, or our credential may not see it")
            .hint("check the number, and that the run is over: a run cannot read its own logs"),
        Trouble::Refused { status: 410, .. } => Problem::new(Code::ScanIncomplete, format!("could not {what}: they are gone"))
            .cause("GitHub keeps logs for 90 days, or as long as the repository's settings say"),
        Trouble::Refused { status, .. } => Problem::new(Code::GithubUnavailable, format!("could not {what}: GitHub refused ({status})"))
            .hint(format!("fetch them by hand: {by_hand}")),
        Trouble::Permission { .. } => {
            Problem::new(Code::GithubPermission, format!("could not {what}: our credential lacks a permission (403)"))
                .hint("give the job `permissions: {actions: read, contents: read}`")
        }
        Trouble::Silent { why, .. } => Problem::new(Code::GithubUnavailable, format!("could not {what}"))
            .cause(why.clone())
            .hint(format!("run it again, or fetch them by hand: {by_hand}")),
        other => other.to_problem(&what),
    }
}
