//! Deployment environments of a repository and the secrets kept in each.
//! An environment that does not exist is 404; nothing here creates one.

use super::call::{Call, not_found};
use super::repos::Repo;
use super::secrets;
use super::store::Store;
use crate::clock::rfc3339;
use crate::http::{Answer, percent_encode};
use jiff::Timestamp;
use serde_json::{Value, json};

#[derive(Clone)]
pub(super) struct Environment {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) created_at: Timestamp,
    pub(super) store: Store,
}

pub(super) fn answer(repo: &mut Repo, rest: &[&str], call: &Call) -> Answer {
    let full_name = repo.full_name();
    match (call.method(), rest) {
        ("GET", []) => {
            let all = repo.environments.values().map(|e| describe(&full_name, e, call)).collect();
            call.counted("environments", all)
        }
        ("GET", [name]) => match repo.environments.get(&name.to_lowercase()) {
            Some(environment) => Answer::json(200, &describe(&full_name, environment, call)),
            None => not_found(),
        },
        (_, [name, "secrets", rest @ ..]) => {
            match repo.environments.get_mut(&name.to_lowercase()) {
                Some(environment) => secrets::answer(&mut environment.store, rest, call),
                None => not_found(),
            }
        }
        _ => not_found(),
    }
}

fn describe(full_name: &str, environment: &Environment, call: &Call) -> Value {
    let name = percent_encode(&environment.name);
    json!({
        "id": environment.id,
        "node_id": format!("EN_{}", environment.id),
        "name": environment.name,
        "url": call.url(&format!("/repos/{full_name}/environments/{name}")),
        "html_url": format!("https://github.com/{full_name}/deployments/activity_log?environments_filter={name}"),
        "created_at": rfc3339(environment.created_at),
        "updated_at": rfc3339(environment.created_at),
        "protection_rules": [],
        "deployment_branch_policy": null,
    })
}
