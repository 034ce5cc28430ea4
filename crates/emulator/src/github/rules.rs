//! What a branch requires, and which refs may be made and moved: the rules of rulesets, and the
//! branch protection of the older kind.

use super::GitHub;
use super::call::{Call, error, not_found};
use super::repos::Repo;
use crate::http::Answer;
use serde_json::{Value, json};

/// The rules that apply to `main`.
#[derive(Clone, Default)]
pub(super) struct Rules {
    workflows: Vec<String>,
    checks: Vec<String>,
    protected_checks: Vec<String>,
    refs: Vec<RefRule>,
}

/// A ruleset about refs that begin like this.
#[derive(Clone)]
struct RefRule {
    start: String,
    kind: &'static str,
    says: &'static str,
    bypass: bool,
}

/// The ruleset that all rules about refs are of.
const REFS: u64 = 91;

impl GitHub {
    /// A ruleset of the organization requires this workflow of this repository before a merge into
    /// `main`.
    pub fn require_workflow(&self, full_name: &str, path: &str) {
        self.with(|world, now| {
            world.ensure_repo(full_name, now).rules.workflows.push(path.to_owned())
        });
    }

    /// A ruleset requires a status check of this name.
    pub fn require_check(&self, full_name: &str, context: &str) {
        self.with(|world, now| {
            world.ensure_repo(full_name, now).rules.checks.push(context.to_owned())
        });
    }

    /// A ruleset lets nobody make refs that begin like this.
    pub fn restrict_creations(&self, full_name: &str, start: &str) {
        self.restrict(
            full_name,
            start,
            "creation",
            "Cannot create ref due to creations being restricted.",
        );
    }

    /// A ruleset lets nobody move refs that begin like this but by a pull request.
    pub fn require_pull_requests(&self, full_name: &str, start: &str) {
        self.restrict(
            full_name,
            start,
            "pull_request",
            "Changes must be made through a pull request.",
        );
    }

    /// The credentials of this world are on the bypass list of the rules about refs.
    pub fn bypass_ref_rules(&self, full_name: &str) {
        self.with(|world, now| {
            world
                .ensure_repo(full_name, now)
                .rules
                .refs
                .iter_mut()
                .for_each(|rule| rule.bypass = true)
        });
    }

    fn restrict(&self, full_name: &str, start: &str, kind: &'static str, says: &'static str) {
        let rule = RefRule { start: start.to_owned(), kind, says, bypass: false };
        self.with(|world, now| world.ensure_repo(full_name, now).rules.refs.push(rule));
    }

    /// The branch protection of the older kind requires a status check of this name.
    pub fn protect_with_check(&self, full_name: &str, context: &str) {
        self.with(|world, now| {
            world.ensure_repo(full_name, now).rules.protected_checks.push(context.to_owned())
        });
    }
}

/// GitHub's refusal to make or move a ref, if a ruleset forbids it.
pub(super) fn refused(repo: &Repo, name: &str, is_new: bool) -> Option<Answer> {
    let concerns = |rule: &&RefRule| {
        name.starts_with(&rule.start) && !rule.bypass && (is_new || rule.kind != "creation")
    };
    let rule = repo.rules.refs.iter().find(concerns)?;
    Some(error(422, &format!("Repository rule violations found\n\n{}\n\n", rule.says)))
}

/// `GET /repos/{owner}/{repo}/rulesets/{id}`, which alone says whether the credential may bypass
/// it.
pub(super) fn ruleset(repo: &Repo, id: &str, call: &Call) -> Answer {
    if !call.request.is_read() || id != REFS.to_string() || repo.rules.refs.is_empty() {
        return not_found();
    }
    let bypass = if repo.rules.refs.iter().all(|rule| rule.bypass) { "always" } else { "never" };
    Answer::json(
        200,
        &json!({"id": REFS, "name": "refs", "target": "branch", "enforcement": "active", "current_user_can_bypass": bypass}),
    )
}

/// `GET /repos/{owner}/{repo}/rules/branches/{branch}`: a branch that does not exist has the rules
/// it would have.
pub(super) fn of_branch(repo: &Repo, branch: &str, call: &Call) -> Answer {
    if !call.request.is_read() {
        return not_found();
    }
    let mut rules = vec![
        json!({"type": "deletion", "ruleset_source_type": "Repository", "ruleset_source": repo.full_name(), "ruleset_id": 42}),
    ];
    for rule in repo
        .rules
        .refs
        .iter()
        .filter(|rule| format!("refs/heads/{branch}").starts_with(&rule.start))
    {
        rules.push(json!({
            "type": rule.kind, "ruleset_source_type": "Repository", "ruleset_source": repo.full_name(), "ruleset_id": REFS,
        }));
    }
    if branch == "main" {
        for path in &repo.rules.workflows {
            let workflow =
                json!({"path": path, "repository_id": repo.id, "ref": "refs/heads/main"});
            rules.push(json!({
                "type": "workflows", "ruleset_source_type": "Organization", "ruleset_source": repo.owner, "ruleset_id": 73,
                "parameters": {"do_not_enforce_on_create": false, "workflows": [workflow]},
            }));
        }
        let checks: Vec<Value> =
            repo.rules.checks.iter().map(|context| json!({"context": context})).collect();
        if !checks.is_empty() {
            rules.push(json!({
                "type": "required_status_checks", "ruleset_source_type": "Repository", "ruleset_source": repo.full_name(), "ruleset_id": 42,
                "parameters": {"strict_required_status_checks_policy": false, "required_status_checks": checks},
            }));
        }
    }
    Answer::json(200, &Value::Array(rules))
}

/// `GET /repos/{owner}/{repo}/branches/{branch}`.
pub(super) fn branch(repo: &Repo, branch: &str, call: &Call) -> Answer {
    let Some(commit) =
        repo.refs.get(&format!("refs/heads/{branch}")).filter(|_| call.request.is_read())
    else {
        return not_found();
    };
    let checks = &repo.rules.protected_checks;
    let is_protected = !checks.is_empty();
    let rows: Vec<Value> =
        checks.iter().map(|context| json!({"context": context, "app_id": null})).collect();
    Answer::json(
        200,
        &json!({
            "name": branch,
            "commit": {"sha": commit, "url": repo.url(call, &format!("/commits/{commit}"))},
            "_links": {"self": repo.url(call, &format!("/branches/{branch}")), "html": format!("https://github.com/{}/tree/{branch}", repo.full_name())},
            "protected": is_protected,
            "protection": {
                "enabled": is_protected,
                "required_status_checks": {"enforcement_level": if is_protected { "non_admins" } else { "off" }, "contexts": checks, "checks": rows},
            },
            "protection_url": repo.url(call, &format!("/branches/{branch}/protection")),
        }),
    )
}
