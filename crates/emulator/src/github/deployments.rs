//! Deployments: what a workflow run, an App or a person says was brought somewhere.

use super::GitHub;
use super::call::{Call, error, not_found};
use super::people;
use super::repos::Repo;
use crate::clock::rfc3339;
use crate::http::Answer;
use jiff::Timestamp;
use serde_json::{Value, json};

#[derive(Clone)]
pub(super) struct Deployment {
    id: u64,
    sha: String,
    reference: String,
    task: String,
    environment: String,
    /// The rest of what was asked for.
    asked: Value,
    login: String,
    created_at: Timestamp,
    statuses: Vec<Value>,
}

impl GitHub {
    /// A deployment that somebody made, with a body as the API takes it. It stands for what the API
    /// would have been asked with that account's own credential.
    pub fn deploy_as(&self, full_name: &str, login: &str, body: &Value) {
        self.with(|world, now| {
            let id = world.new_id();
            let repo = world.ensure_repo(full_name, now);
            if let Ok(deployment) = made(repo, body, login, id, now) {
                repo.deployments.push(deployment);
            }
        });
    }

    /// Removes all deployments of a repository.
    pub fn remove_deployments(&self, full_name: &str) {
        self.with(|world, now| world.ensure_repo(full_name, now).deployments.clear());
    }

    /// The deployments of a repository, oldest first: who made it, and what was asked for.
    #[must_use]
    pub fn deployments(&self, full_name: &str) -> Vec<(String, Value)> {
        let of = |repo: &Repo| {
            repo.deployments.iter().map(|one| (one.login.clone(), one.asked.clone())).collect()
        };
        self.with(|world, _| world.repo(full_name).map(of).unwrap_or_default())
    }
}

pub(super) fn answer(repo: &mut Repo, rest: &[&str], call: &Call, id: u64, login: &str) -> Answer {
    let find = |repo: &Repo, number: &str| {
        repo.deployments.iter().position(|one| one.id.to_string() == number)
    };
    match (call.method(), rest) {
        ("GET", []) => {
            let wanted = |one: &&Deployment| {
                let fits = |name: &str, own: &str| {
                    call.request.query(name).is_none_or(|wanted| wanted == own || wanted == "none")
                };
                fits("sha", &one.sha)
                    && fits("ref", &one.reference)
                    && fits("task", &one.task)
                    && fits("environment", &one.environment)
            };
            let newest_first = repo.deployments.iter().rev().filter(wanted);
            call.list(newest_first.map(|one| describe(repo, one, call)).collect())
        }
        ("POST", []) => match call.body().and_then(|body| made(repo, &body, login, id, call.now)) {
            Ok(deployment) => {
                let described = describe(repo, &deployment, call);
                repo.deployments.push(deployment);
                Answer::json(201, &described)
            }
            Err(refused) => refused,
        },
        ("GET", [number]) => find(repo, number).map_or_else(not_found, |at| {
            Answer::json(200, &describe(repo, &repo.deployments[at], call))
        }),
        ("GET", [number, "statuses"]) => find(repo, number).map_or_else(not_found, |at| {
            call.list(repo.deployments[at].statuses.iter().rev().cloned().collect())
        }),
        ("POST", [number, "statuses"]) => match (find(repo, number), call.body()) {
            (None, _) => not_found(),
            (_, Err(refused)) => refused,
            (Some(at), Ok(body)) => {
                let states =
                    ["error", "failure", "inactive", "in_progress", "queued", "pending", "success"];
                if !states.iter().any(|state| body["state"] == **state) {
                    return error(422, "Validation Failed");
                }
                let status = status(repo, &repo.deployments[at], &body, id, login, call);
                repo.deployments[at].statuses.push(status.clone());
                Answer::json(201, &status)
            }
        },
        _ => not_found(),
    }
}

fn made(
    repo: &Repo,
    body: &Value,
    login: &str,
    id: u64,
    now: Timestamp,
) -> Result<Deployment, Answer> {
    let reference = body["ref"]
        .as_str()
        .ok_or_else(|| error(422, "Invalid request.\n\n\"ref\" wasn't supplied."))?;
    let spelled =
        [reference.to_owned(), format!("refs/heads/{reference}"), format!("refs/tags/{reference}")];
    let named = spelled.iter().find_map(|name| repo.refs.get(name).cloned());
    let sha = named.or_else(|| repo.objects.commit(reference).map(|_| reference.to_owned()));
    let text = |name: &str, default: &str| body[name].as_str().unwrap_or(default).to_owned();
    Ok(Deployment {
        id,
        sha: sha.ok_or_else(|| error(422, &format!("No ref found for: {reference}")))?,
        reference: reference.to_owned(),
        task: text("task", "deploy"),
        environment: text("environment", "production"),
        asked: body.clone(),
        login: login.to_owned(),
        created_at: now,
        statuses: Vec::new(),
    })
}

fn describe(repo: &Repo, one: &Deployment, call: &Call) -> Value {
    let api = repo.url(call, &format!("/deployments/{}", one.id));
    let asked = |name: &str, default: Value| {
        if one.asked[name].is_null() { default } else { one.asked[name].clone() }
    };
    json!({
        "url": api,
        "id": one.id,
        "node_id": format!("DE_{}", one.id),
        "task": one.task,
        "original_environment": one.environment,
        "environment": one.environment,
        "description": asked("description", Value::Null),
        "created_at": rfc3339(one.created_at),
        "updated_at": rfc3339(one.created_at),
        "statuses_url": format!("{api}/statuses"),
        "repository_url": repo.url(call, ""),
        "creator": people::who(&one.login, call),
        "sha": one.sha,
        "ref": one.reference,
        "payload": asked("payload", json!({})),
        "transient_environment": asked("transient_environment", false.into()),
        "production_environment": asked("production_environment", (one.environment == "production").into()),
    })
}

fn status(repo: &Repo, one: &Deployment, body: &Value, id: u64, login: &str, call: &Call) -> Value {
    let api = repo.url(call, &format!("/deployments/{}", one.id));
    let mut status = json!({
        "url": format!("{api}/statuses/{id}"),
        "id": id,
        "node_id": format!("DES_{id}"),
        "state": body["state"],
        "creator": people::who(login, call),
        "description": body["description"].as_str().unwrap_or_default(),
        "environment": one.environment,
        "target_url": body["log_url"].as_str().unwrap_or_default(),
        "log_url": body["log_url"].as_str().unwrap_or_default(),
        "created_at": rfc3339(call.now),
        "updated_at": rfc3339(call.now),
        "deployment_url": api,
        "repository_url": repo.url(call, ""),
    });
    if body["environment_url"].is_string() {
        status["environment_url"] = body["environment_url"].clone();
    }
    status
}
