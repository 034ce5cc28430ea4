//! Who may do what at GitHub: 401, 403 and 404 as GitHub gives them, limits, and the headers on
//! every answer.

use crate::support::{Client, acme};
use jiff::SignedDuration;
use serde_json::json;
use tokenward_emulator::{Credential, CredentialKind, Emulator, Service};

const KEY: &str = "/repos/acme/site/actions/secrets/public-key";

fn client(emulator: &Emulator, credential: Credential) -> Client {
    Client::new(emulator, Service::GitHub, &emulator.github().add_credential(credential))
}

#[tokio::test]
async fn the_actions_token_never_touches_secrets_and_is_told_which_permission_is_missing() {
    let (emulator, _) = acme();
    let granted = [("secrets", "write"), ("contents", "write")];
    let actions = client(&emulator, Credential::new(CredentialKind::ActionsToken, &granted));
    let refused = actions.send("PUT", "/repos/acme/site/actions/secrets/KEY", json!({})).await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.json["message"], "Resource not accessible by integration");
    assert_eq!(refused.header("x-accepted-github-permissions"), Some("secrets=write"));
    assert_eq!(
        actions.send("POST", "/repos/acme/site/git/blobs", json!({"content": "x"})).await.status,
        201
    );
}

#[tokio::test]
async fn reading_is_not_writing() {
    let (emulator, _) = acme();
    let reader = client(&emulator, Credential::new(CredentialKind::Pat, &[("secrets", "read")]));
    assert_eq!(reader.get(KEY).await.status, 200);
    let refused =
        reader.put_secret("/repos/acme/site/actions/secrets", "KEY", "value", json!({})).await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.json["message"], "Resource not accessible by personal access token");
}

#[tokio::test]
async fn dead_tokens_are_401_by_the_virtual_clock() {
    let (emulator, all) = acme();
    let dies = emulator.now() + SignedDuration::from_hours(1);
    let pat =
        client(&emulator, Credential::new(CredentialKind::Pat, &[("secrets", "read")]).until(dies));
    assert!(pat.get(KEY).await.header("github-authentication-token-expiration").is_some());
    emulator.advance(SignedDuration::from_hours(2));
    assert_eq!(pat.get(KEY).await.json["message"], "Bad credentials");
    assert_eq!(all.get(KEY).await.status, 200);
    emulator.github().revoke_credential(&all.token);
    assert_eq!(all.get(KEY).await.status, 401);
}

#[tokio::test]
async fn a_private_repository_out_of_reach_does_not_exist() {
    let (emulator, _) = acme();
    emulator.github().add_private_repo("acme/hidden");
    let site = Credential::new(CredentialKind::AppInstallation, &[("secrets", "write")])
        .on(&["acme/site"]);
    let site = client(&emulator, site);
    assert_eq!(site.get(KEY).await.status, 200);
    assert_eq!(site.get("/repos/acme/hidden").await.status, 404);
    assert_eq!(site.get("/repos/acme/hidden/actions/secrets/public-key").await.status, 404);
}

#[tokio::test]
async fn a_request_without_user_agent_is_403() {
    let (emulator, _) = acme();
    let request = http::Request::get("/rate_limit").body(Vec::new()).unwrap();
    assert_eq!(emulator.handle(Service::GitHub, request).await.unwrap().status(), 403);
}

#[tokio::test]
async fn every_answer_carries_the_virtual_date_and_the_budget() {
    let (emulator, client) = acme();
    emulator.advance(SignedDuration::from_hours(26));
    let answer = client.get("/nowhere").await;
    assert_eq!(answer.status, 404);
    let date = emulator.now().strftime("%a, %d %b %Y").to_string();
    assert!(answer.header("date").unwrap().starts_with(&date));
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("4999"));
    assert!(answer.header("x-github-request-id").is_some());
}

#[tokio::test]
async fn the_third_overrun_of_a_secondary_limit_bans() {
    let (emulator, client) = acme();
    let github = emulator.github();
    github.enforce_limits(true);
    let write =
        async || client.send("POST", "/repos/acme/site/git/blobs", json!({"content": "x"})).await;
    for _ in 0..80 {
        assert_eq!(write().await.status, 201);
    }
    let refused = write().await;
    assert_eq!((refused.status, refused.header("retry-after")), (403, Some("60")));
    emulator.advance(SignedDuration::from_secs(61));
    assert_eq!(write().await.status, 201);
    for _ in 0..82 {
        write().await;
    }
    assert_eq!(github.violations(), 3);
    emulator.advance(SignedDuration::from_hours(24));
    assert_eq!(client.get("/rate_limit").await.status, 403);
}

#[tokio::test]
async fn a_deployment_needs_its_permission_and_says_who_made_it() {
    let (emulator, all) = acme();
    let path = "/repos/acme/site/deployments";
    let body = json!({"ref": "main", "task": "a:b", "environment": "x/y", "payload": {"k": 1}});
    let fork = client(
        &emulator,
        Credential::new(CredentialKind::ActionsToken, &[("deployments", "read")]),
    );
    assert_eq!(fork.send("POST", path, body.clone()).await.status, 403);
    let run = client(
        &emulator,
        Credential::new(CredentialKind::ActionsToken, &[("deployments", "write")]),
    );
    let made = run.send("POST", path, body.clone()).await;
    assert_eq!(
        (made.status, made.json["creator"]["login"].as_str()),
        (201, Some("github-actions[bot]"))
    );
    assert_eq!(all.send("POST", path, body).await.json["creator"]["login"], "tokenward[bot]");
    let refused = run.send("POST", path, json!({"ref": "nowhere"})).await;
    assert_eq!(
        (refused.status, refused.json["message"].as_str()),
        (422, Some("No ref found for: nowhere"))
    );
    let found = |query: &str| format!("{path}?{query}");
    let listed = fork.get(&found("task=a%3Ab&environment=x%2Fy")).await;
    assert_eq!(listed.json.as_array().map(Vec::len), Some(2));
    assert_eq!(listed.json[0]["creator"]["login"], "tokenward[bot]", "the newest comes first");
    assert_eq!(fork.get(&found("task=other")).await.json.as_array().map(Vec::len), Some(0));
    let status = run
        .send("POST", &format!("{path}/{}/statuses", made.json["id"]), json!({"state": "success"}))
        .await;
    assert_eq!((status.status, status.json["state"].as_str()), (201, Some("success")));
}

#[tokio::test]
async fn anybody_reads_what_a_public_repository_holds_and_nobody_else_writes_it() {
    let (emulator, _) = acme();
    emulator.github().add_private_repo("acme/hidden");
    let other = client(
        &emulator,
        Credential::new(CredentialKind::ActionsToken, &[("contents", "write")]).on(&["acme/other"]),
    );
    assert_eq!(other.get("/repos/acme/site/git/ref/heads/main").await.status, 200);
    assert_eq!(other.get("/repos/acme/hidden/git/ref/heads/main").await.status, 404);
    assert_eq!(
        other.send("POST", "/repos/acme/site/git/blobs", json!({"content": "x"})).await.status,
        403
    );
    assert_eq!(other.get(KEY).await.status, 403);
}
