//! Whether a repository's rules allow us to create and move a branch. GitHub tells only the
//! rulesets for branches, and only a ruleset itself says whether our credential can bypass it.
//! Source: GitHub's REST API, "Get rules for a branch" and "Get a repository ruleset".

use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::problems;
use super::store::Writable;
use crate::domain::text::sanitize;
use crate::domain::{Problem, Repo};
use crate::net::github::{GitHub, GitHubError};

/// Rules that a new commit from the API, on top of the previous one, always meets.
const MET: [&str; 3] = ["deletion", "non_fast_forward", "required_linear_history"];
/// Rules that no push can meet.
const BARRED: [&str; 7] = [
    "update",
    "pull_request",
    "required_status_checks",
    "workflows",
    "code_scanning",
    "merge_queue",
    "required_deployments",
];

/// What the rules say about a branch. `there` is whether it exists.
pub(super) async fn of(
    github: &GitHub,
    repo: &Repo,
    branch: &str,
    there: bool,
) -> Result<Writable, Problem> {
    let name = format!("refs/heads/{branch}");
    match look(github, repo, branch, there).await {
        Ok(Found { barred: Some(rule), .. }) => {
            Err(problems::branch_forbidden(&name, repo, &rule))
        }
        Ok(Found { unclear: Some(why), .. }) => {
            Ok(Writable { how: None, unseen: Some(not_checked(&name, &why)) })
        }
        Ok(Found { .. }) if there => Ok(Writable {
            how: Some(
                "GitHub accepted an update of the branch to its current commit, and no ruleset forbids new commits"
                    .to_owned(),
            ),
            unseen: None,
        }),
        Ok(Found { .. }) => Ok(Writable {
            how: Some(format!("no ruleset forbids {name}, which the first `tokenward rotate` creates")),
            unseen: Some(format!(
                "could not check whether a classic branch protection rule covers {name}: GitHub reports that only for existing branches"
            )),
        }),
        Err(trouble) => {
            let told = trouble.to_problem(&format!("read the rules of {name}"));
            let why = std::iter::once(told.what).chain(told.causes).collect::<Vec<_>>().join("; ");
            Ok(Writable { how: None, unseen: Some(not_checked(&name, &why)) })
        }
    }
}

fn not_checked(name: &str, why: &str) -> String {
    format!("could not check whether {name} can be written: {why}")
}

/// What may forbid the write.
#[derive(Default)]
struct Found {
    barred: Option<String>,
    unclear: Option<String>,
}

async fn look(
    github: &GitHub,
    repo: &Repo,
    branch: &str,
    there: bool,
) -> Result<Found, GitHubError> {
    let encoded = utf8_percent_encode(branch, NON_ALPHANUMERIC);
    let pages =
        github.get_pages(&format!("/repos/{repo}/rules/branches/{encoded}?per_page=100")).await?;
    let mut found = Found::default();
    let mut asked = BTreeMap::new();
    for rule in pages.iter().filter_map(Value::as_array).flatten() {
        let kind = rule.get("type").and_then(Value::as_str).unwrap_or_default();
        if MET.contains(&kind) || (kind == "creation" && there) {
            continue;
        }
        let ruleset = rule.get("ruleset_id").and_then(Value::as_u64);
        let bypass = match asked.get(&ruleset) {
            Some(known) => Option::clone(known),
            None => bypass(github, repo, ruleset).await?,
        };
        asked.insert(ruleset, bypass.clone());
        if matches!(bypass.as_deref(), Some("always" | "exempt")) {
            continue;
        }
        let is_barred = kind == "creation" || BARRED.contains(&kind);
        match bypass {
            Some(_) if is_barred => found.barred = Some(sanitize(kind)),
            Some(_) => {
                found.unclear = Some(format!(
                    "tokenward does not know what the rule `{}` requires of a commit",
                    sanitize(kind)
                ))
            }
            None => {
                found.unclear = Some(format!(
                    "GitHub does not say whether the credential can bypass the rule `{}`",
                    sanitize(kind)
                ))
            }
        }
    }
    if there && found.barred.is_none() {
        let about = github.get(&format!("/repos/{repo}/branches/{encoded}")).await?.body;
        if about.pointer("/protection/enabled").and_then(Value::as_bool) == Some(true) {
            found.unclear = Some("a classic branch protection rule covers it".to_owned());
        }
    }
    Ok(found)
}

/// Whether our credential can bypass a rule's ruleset; `None` if GitHub does not say.
async fn bypass(
    github: &GitHub,
    repo: &Repo,
    ruleset: Option<u64>,
) -> Result<Option<String>, GitHubError> {
    let Some(id) = ruleset else { return Ok(None) };
    match github.get(&format!("/repos/{repo}/rulesets/{id}")).await {
        Ok(reply) => {
            Ok(reply.body.get("current_user_can_bypass").and_then(Value::as_str).map(str::to_owned))
        }
        Err(trouble) if trouble.is_kept_from_us() => Ok(None),
        Err(trouble) => Err(trouble),
    }
}
