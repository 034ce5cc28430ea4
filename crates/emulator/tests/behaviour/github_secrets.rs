//! GitHub's secret stores: what is sealed is really opened, and every refusal is GitHub's.

use crate::support::{acme, seal};
use jiff::SignedDuration;
use serde_json::json;
use std::collections::BTreeMap;
use tokenward_emulator::{SecretPlace, Visibility};

const REPO: &str = "/repos/acme/site/actions/secrets";
const ORG: &str = "/orgs/acme/actions/secrets";

fn repo() -> SecretPlace {
    SecretPlace::Repo("acme/site".to_owned())
}

#[tokio::test]
async fn a_sealed_value_is_really_opened() {
    let (emulator, client) = acme();
    let answer = client.put_secret(REPO, "Api_Key", "naïve value", json!({})).await;
    assert_eq!((answer.status, answer.raw.as_slice()), (201, b"{}".as_slice()));
    assert_eq!(emulator.github().secret_value(&repo(), "API_KEY").as_deref(), Some("naïve value"));
}

#[tokio::test]
async fn the_second_put_is_204_without_a_body_and_moves_updated_at_only() {
    let (emulator, client) = acme();
    client.put_secret(REPO, "KEY", "one", json!({})).await;
    let before = client.get(&format!("{REPO}/key")).await.json;
    emulator.advance(SignedDuration::from_secs(90));
    let answer = client.put_secret(REPO, "key", "two", json!({})).await;
    assert_eq!((answer.status, answer.raw.len()), (204, 0));
    let after = client.get(&format!("{REPO}/KEY")).await.json;
    assert_eq!(before["created_at"], after["created_at"]);
    assert!(before["updated_at"].as_str().unwrap() < after["updated_at"].as_str().unwrap());
    assert_eq!(after["updated_at"].as_str().unwrap().len(), "2026-01-01T00:00:00Z".len());
    assert_eq!(emulator.github().secret_history(&repo(), "KEY"), ["one", "two"]);
}

#[tokio::test]
async fn a_value_sealed_to_another_stores_key_is_422() {
    let (emulator, client) = acme();
    let dependabot = client.get("/repos/acme/site/dependabot/secrets/public-key").await.json;
    let own = client.get(&format!("{REPO}/public-key")).await.json;
    assert_ne!(own["key_id"], dependabot["key_id"]);
    let sealed = seal(dependabot["key"].as_str().unwrap(), "value");
    let body = json!({"encrypted_value": sealed, "key_id": own["key_id"]});
    let answer = client.send("PUT", &format!("{REPO}/KEY"), body).await;
    assert_eq!(
        (answer.status, answer.json["message"].as_str()),
        (422, Some("improperly encrypted secret"))
    );
    assert_eq!(emulator.github().secret_value(&repo(), "KEY"), None);
}

#[tokio::test]
async fn a_stale_key_id_is_422_until_the_key_is_fetched_again() {
    let (emulator, client) = acme();
    let stale = client.sealed(REPO, "value", json!({})).await;
    emulator.github().rotate_public_keys();
    assert_eq!(client.send("PUT", &format!("{REPO}/KEY"), stale).await.status, 422);
    assert_eq!(client.put_secret(REPO, "KEY", "value", json!({})).await.status, 201);
}

#[tokio::test]
async fn bad_names_and_oversized_values_are_422() {
    let (_, client) = acme();
    for name in ["GITHUB_TOKEN", "github_x", "1ST", "WITH-DASH"] {
        assert_eq!(client.put_secret(REPO, name, "value", json!({})).await.status, 422, "{name}");
    }
    let large = "x".repeat(48 * 1024 + 1);
    assert_eq!(client.put_secret(REPO, "LARGE", &large, json!({})).await.status, 422);
    assert_eq!(client.put_secret(REPO, "LARGE", &large[1..], json!({})).await.status, 201);
}

#[tokio::test]
async fn an_environment_name_is_percent_decoded_as_one_segment() {
    let (emulator, client) = acme();
    emulator.github().add_environment("acme/site", "prod/eu west");
    let store = "/repos/acme/site/environments/prod%2Feu%20west/secrets";
    assert_eq!(client.put_secret(store, "KEY", "value", json!({})).await.status, 201);
    let place = SecretPlace::Environment("acme/site".to_owned(), "prod/eu west".to_owned());
    assert_eq!(emulator.github().secret_value(&place, "KEY").as_deref(), Some("value"));
    assert_eq!(
        client.get("/repos/acme/site/environments/prod/eu%20west/secrets/KEY").await.status,
        404
    );
    assert_eq!(
        client.get("/repos/acme/site/environments/staging/secrets/public-key").await.status,
        404
    );
}

#[tokio::test]
async fn an_organization_put_without_repositories_clears_the_selection() {
    let (emulator, client) = acme();
    let github = emulator.github();
    let selected = Visibility::Selected(vec!["acme/site".to_owned()]);
    github.put_secret(&SecretPlace::Org("acme".to_owned()), "KEY", "one");
    github.set_org_visibility("acme", "KEY", &selected);

    let kept =
        json!({"visibility": "selected", "selected_repository_ids": [github.repo_id("acme/site")]});
    assert_eq!(client.put_secret(ORG, "KEY", "two", kept).await.status, 204);
    assert_eq!(github.org_visibility("acme", "KEY"), Some(selected));

    client.put_secret(ORG, "KEY", "three", json!({"visibility": "selected"})).await;
    assert_eq!(github.org_visibility("acme", "KEY"), Some(Visibility::Selected(Vec::new())));
    assert_eq!(client.put_secret(ORG, "KEY", "four", json!({})).await.status, 422);
}

#[tokio::test]
async fn a_job_is_handed_environment_before_repository_before_organization() {
    let (emulator, _) = acme();
    let github = emulator.github();
    let org = SecretPlace::Org("acme".to_owned());
    for name in ["ALL", "HIDDEN", "SHADOWED"] {
        github.put_secret(&org, name, "org");
    }
    github.set_org_visibility("acme", "HIDDEN", &Visibility::Private);
    github.put_secret(&repo(), "SHADOWED", "repo");
    github.put_secret(
        &SecretPlace::Environment("acme/site".to_owned(), "production".to_owned()),
        "SHADOWED",
        "env",
    );
    let handed = |environment| github.handed_secrets("acme/site", environment);
    let expect = |shadowed: &str| {
        BTreeMap::from([
            ("ALL".to_owned(), "org".to_owned()),
            ("SHADOWED".to_owned(), shadowed.to_owned()),
        ])
    };
    assert_eq!(handed(None), expect("repo"));
    assert_eq!(handed(Some("production")), expect("env"));
}

#[tokio::test]
async fn lists_are_paged_and_link_to_the_next_page() {
    let (emulator, client) = acme();
    for n in 0..5 {
        emulator.github().put_secret(&repo(), &format!("KEY_{n}"), "value");
    }
    let first = client.get(&format!("{REPO}?per_page=2")).await;
    assert_eq!(
        (first.json["total_count"].as_u64(), first.json["secrets"].as_array().unwrap().len()),
        (Some(5), 2)
    );
    assert!(first.header("link").unwrap().contains("per_page=2&page=2>; rel=\"next\""));
    let last = client.get(&format!("{REPO}?per_page=2&page=3")).await;
    assert_eq!(last.json["secrets"].as_array().unwrap().len(), 1);
    assert!(!last.header("link").unwrap().contains("next"));
}
