//! Whether the rules of a repository let a branch of ours be made and moved. Only rulesets about
//! branches can be asked for, and only a ruleset itself says whether our credential may bypass it.
//! Source: GitHub's REST API, "Get rules for a branch" and "Get a repository ruleset".

use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::store::Writable;
use crate::domain::text::sanitize;
use crate::domain::{Code, Problem, Repo};
use crate::net::github::{GitHub, GitHubError};

/// Rules that a new commit on top of the one before, made by the API, always meets.
const MET: [&str; 3] = ["deletion", "non_fast_forward", "required_linear_history"];
/// Rules that no push meets, only a merge or nobody.
const BARRED: [&str; 7] = [
    "update",
    "pull_request",
    "required_status_checks",
    "workflows",
    "code_scanning",
    "merge_queue",
    "required_deployments",
];

/// What the rules say of a branch. `there` is whether it exists.
pub(super) async fn of(
    github: &GitHub,
    repo: &Repo,
    branch: &str,
    there: bool,
) -> Result<Writable, Problem> {
    let name = format!("refs/heads/{branch}");
    match look(github, repo, branch, there).await {
        Ok(Found { barred: Some(rule), .. }) => Err(Problem::new(
            Code::GithubRuleset,
            format!("the journal at {name} of {repo} cannot be written: the rule `{rule}` forbids it"),
        )
        .cause("a ruleset covers the branch, and our credential is not on its bypass list")
        .hint(format!(
            "under Settings, Rules except {name} from the rule, or put the App whose token writes the journal on its bypass list"
        ))
        .state("nothing is rotated before the journal can be written")),
        Ok(Found { unclear: Some(why), .. }) => {
            Ok(Writable { how: None, unseen: Some(format!("whether {name} can be written was not looked at: {why}")) })
        }
        Ok(Found { .. }) if there => Ok(Writable {
            how: Some("GitHub took an update of it to where it stands, and no ruleset forbids more".to_owned()),
            unseen: None,
        }),
        Ok(Found { .. }) => Ok(Writable {
            how: Some(format!("no ruleset forbids {name}, which is made by the first `rotate`")),
            unseen: Some(format!(
                "whether a branch protection rule of the older kind covers {name} was not looked at: GitHub tells that of branches that exist"
            )),
        }),
        Err(trouble) => {
            let told = trouble.to_problem(&format!("read the rules of {name}"));
            let why = std::iter::once(told.what).chain(told.causes).collect::<Vec<_>>().join("; ");
            Ok(Writable { how: None, unseen: Some(format!("whether {name} can be written was not looked at: {why}")) })
        }
    }
}

/// What was found in the way.
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
                    "what the rule `{}` asks of a commit is not known here",
                    sanitize(kind)
                ))
            }
            None => {
                found.unclear = Some(format!(
                    "GitHub does not say whether our credential may bypass the rule `{}`",
                    sanitize(kind)
                ))
            }
        }
    }
    if there && found.barred.is_none() {
        let about = github.get(&format!("/repos/{repo}/branches/{encoded}")).await?.body;
        if about.pointer("/protection/enabled").and_then(Value::as_bool) == Some(true) {
            found.unclear = Some("a branch protection rule of the older kind covers it".to_owned());
        }
    }
    Ok(found)
}

/// Whether our credential may bypass the ruleset that a rule is of; `None` where GitHub does not
/// say.
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
