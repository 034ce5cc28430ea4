//! For `doctor`: whether the default branch requires the leak check, and how. The author of a pull
//! request can edit a workflow that only a status check reports; a workflow that a ruleset requires
//! comes from a place that they cannot change.

use std::fs;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use serde_yaml::Value as Yaml;

use super::problems;
use super::session::Session;
use crate::domain::Repo;
use crate::domain::text::sanitize;
use crate::net::github::{GitHub, GitHubError};
use crate::report::Check;

/// A workflow of this checkout that runs the leak check, with the names of its jobs' status checks.
struct LeakCheck {
    path: String,
    jobs: Vec<String>,
}

/// What the default branch requires.
struct Rules {
    branch: String,
    workflows: Vec<String>,
    checks: Vec<String>,
    /// Why the classic branch protection rules could not be read.
    unseen: Option<String>,
}

/// Checks it. What could not be checked is never reported as fine.
pub(super) async fn required(session: &Session<'_>, github: Option<&GitHub>) -> Check {
    let here = leak_checks(session);
    let unseen = |why: &str| {
        Check::skipped(format!(
            "did not check whether a pull request has to pass the leak check: {why}"
        ))
    };
    let (Some(github), Ok(repo)) = (github, session.primary()) else {
        return unseen("GitHub was not asked");
    };
    match rules(github, &repo).await {
        Ok(rules) => judge(&rules, &here),
        Err(trouble) => {
            let problem =
                trouble.to_problem(&format!("read the rules of the default branch of {repo}"));
            unseen(
                &std::iter::once(problem.what).chain(problem.causes).collect::<Vec<_>>().join("; "),
            )
        }
    }
}

fn judge(rules: &Rules, here: &[LeakCheck]) -> Check {
    let branch = &rules.branch;
    let is_leak_check = |path: &&String| {
        let file = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        here.iter().any(|own| own.path == **path)
            || file.contains("tokenward")
            || file.contains("leak")
    };
    if let Some(path) = rules.workflows.iter().find(is_leak_check) {
        return Check::fine(format!(
            "a ruleset requires the workflow {path} for {branch}: the author of a pull request cannot remove it"
        ));
    }
    let reports = |check: &&String| {
        let jobs = here.iter().flat_map(|own| &own.jobs);
        jobs.into_iter().any(|job| {
            *check == job
                || [" / ", " ("].iter().any(|next| check.starts_with(&format!("{job}{next}")))
        })
    };
    if let Some(check) = rules.checks.iter().find(reports) {
        return Check::fine(format!(
            "{branch} requires the leak check only as a status check ({check}): the author of a pull request can still edit the workflow that reports it; \
             an organization ruleset that requires the workflow itself prevents that"
        ));
    }
    if !rules.workflows.is_empty() {
        let others = rules.workflows.join(", ");
        return Check::skipped(format!(
            "did not check whether one of the workflows that {branch} requires runs the leak check: {others}"
        ));
    }
    if let Some(why) = &rules.unseen {
        return Check::skipped(format!(
            "no ruleset requires the leak check for {branch}; its branch protection rules were not checked, which needs `contents: read`: {why}"
        ));
    }
    if here.is_empty() {
        return Check::skipped(format!(
            "no workflow here runs the leak check, and {branch} does not require one"
        ));
    }
    let own: Vec<&str> = here.iter().map(|own| own.path.as_str()).collect();
    Check::wrong(own.join(", "), problems::workflows::leak_check_not_required(branch))
}

async fn rules(github: &GitHub, repo: &Repo) -> Result<Rules, GitHubError> {
    let about = github.get(&format!("/repos/{repo}")).await?.body;
    let Some(branch) = about.get("default_branch").and_then(Value::as_str) else {
        return Err(GitHubError::Silent {
            why: "GitHub did not say which branch is the default".to_owned(),
            without_effect: true,
        });
    };
    let encoded = utf8_percent_encode(branch, NON_ALPHANUMERIC);
    let pages =
        github.get_pages(&format!("/repos/{repo}/rules/branches/{encoded}?per_page=100")).await?;
    let mut found =
        Rules { branch: sanitize(branch), workflows: Vec::new(), checks: Vec::new(), unseen: None };
    for rule in pages.iter().filter_map(Value::as_array).flatten() {
        let (into, list, name) = match rule.get("type").and_then(Value::as_str) {
            Some("workflows") => (&mut found.workflows, "/parameters/workflows", "path"),
            Some("required_status_checks") => {
                (&mut found.checks, "/parameters/required_status_checks", "context")
            }
            _ => continue,
        };
        into.extend(texts(rule.pointer(list), name));
    }
    match github.get(&format!("/repos/{repo}/branches/{encoded}")).await {
        Ok(reply) => {
            let protection = reply.body.pointer("/protection/required_status_checks");
            let contexts =
                protection.and_then(|checks| checks.get("contexts")).and_then(Value::as_array);
            found
                .checks
                .extend(contexts.into_iter().flatten().filter_map(Value::as_str).map(sanitize));
            found
                .checks
                .extend(texts(protection.and_then(|checks| checks.get("checks")), "context"));
        }
        Err(trouble) => {
            let told = trouble.to_problem(&format!("read {}", found.branch));
            found.unseen =
                Some(std::iter::once(told.what).chain(told.causes).collect::<Vec<_>>().join("; "));
        }
    }
    Ok(found)
}

/// The texts under a name in each object of a list.
fn texts(list: Option<&Value>, name: &str) -> Vec<String> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| item.get(name)?.as_str()).map(sanitize).collect()
}

/// Every workflow of the checkout that runs `scan`.
fn leak_checks(session: &Session<'_>) -> Vec<LeakCheck> {
    let folder = session.checkout.top().join(".github/workflows");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_workflow =
            path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml");
        let Some(workflow) = is_workflow.then(|| fs::read_to_string(&path).ok()).flatten() else {
            continue;
        };
        let Ok(workflow) = serde_yaml::from_str::<Yaml>(&workflow) else { continue };
        let jobs = workflow.get("jobs").and_then(Yaml::as_mapping).into_iter().flatten();
        let name =
            |(key, job): (&Yaml, &Yaml)| job.get("name").unwrap_or(key).as_str().map(sanitize);
        let jobs: Vec<String> = jobs.filter(|(_, job)| scans(job)).filter_map(name).collect();
        if !jobs.is_empty() {
            found.push(LeakCheck {
                path: format!(
                    ".github/workflows/{}",
                    sanitize(&entry.file_name().to_string_lossy())
                ),
                jobs,
            });
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// Whether a job runs the leak check: the Action without another command, the command line, or our
/// callable workflow.
fn scans(job: &Yaml) -> bool {
    let text =
        |of: &Yaml, key: &str| of.get(key).and_then(Yaml::as_str).unwrap_or_default().to_owned();
    let step = |step: &Yaml| {
        let command = step.get("with").map(|with| text(with, "command")).unwrap_or_default();
        let is_ours =
            text(step, "uses").contains("/tokenward@") && (command.is_empty() || command == "scan");
        is_ours || text(step, "run").contains("tokenward scan")
    };
    let steps = job.get("steps").and_then(Yaml::as_sequence).into_iter().flatten();
    text(job, "uses").contains("/leak-check.yml@") || steps.into_iter().any(step)
}
