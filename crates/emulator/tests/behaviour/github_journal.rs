//! What a journal needs of GitHub: refs with compare-and-swap, history, runs, issues, alerts.

use crate::support::{Client, acme};
use jiff::SignedDuration;
use serde_json::{Value, json};

const GIT: &str = "/repos/acme/site/git";
const JOURNAL: &str = "/repos/acme/site/git/refs/tokenward/journal";

async fn commit(client: &Client, message: &str, parents: &[&Value]) -> Value {
    let tree =
        client.send("POST", &format!("{GIT}/trees"), json!({"tree": []})).await.json["sha"].clone();
    let body = json!({"message": message, "tree": tree, "parents": parents});
    let made = client.send("POST", &format!("{GIT}/commits"), body).await;
    assert_eq!(made.status, 201);
    made.json["sha"].clone()
}

#[tokio::test]
async fn a_ref_is_created_once_and_moves_forward_only() {
    let (emulator, client) = acme();
    let first = commit(&client, "first", &[]).await;
    let mine = commit(&client, "mine", &[&first]).await;
    let theirs = commit(&client, "theirs", &[&first]).await;
    let create = json!({"ref": "refs/tokenward/journal", "sha": first});
    assert_eq!(client.get(&format!("{GIT}/ref/tokenward/journal")).await.status, 404);
    assert_eq!(client.send("POST", &format!("{GIT}/refs"), create.clone()).await.status, 201);
    let again = client.send("POST", &format!("{GIT}/refs"), create).await;
    assert_eq!(
        (again.status, again.json["message"].as_str()),
        (422, Some("Reference already exists"))
    );

    assert_eq!(
        client.send("PATCH", JOURNAL, json!({"sha": mine, "force": false})).await.status,
        200
    );
    let lost = client.send("PATCH", JOURNAL, json!({"sha": theirs, "force": false})).await;
    assert_eq!(
        (lost.status, lost.json["message"].as_str()),
        (422, Some("Update is not a fast forward"))
    );
    let github = emulator.github();
    assert_eq!(github.ref_sha("acme/site", "refs/tokenward/journal").as_deref(), mine.as_str());
    assert_eq!(github.commit_message("acme/site", mine.as_str().unwrap()).as_deref(), Some("mine"));
    assert_eq!(
        github.commit_parents("acme/site", mine.as_str().unwrap()),
        [first.as_str().unwrap()]
    );
}

#[tokio::test]
async fn history_is_walked_newest_first_in_pages() {
    let (_, client) = acme();
    let mut head = commit(&client, "0", &[]).await;
    for n in 1..5 {
        head = commit(&client, &n.to_string(), &[&head]).await;
    }
    let at = head.as_str().unwrap();
    let page = async |n: u8| {
        client.get(&format!("/repos/acme/site/commits?sha={at}&per_page=3&page={n}")).await
    };
    let messages = |list: &Value| -> Vec<String> {
        list.as_array()
            .unwrap()
            .iter()
            .map(|c| c["commit"]["message"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = page(1).await;
    assert_eq!(messages(&first.json), ["4", "3", "2"]);
    assert!(first.header("link").unwrap().contains("rel=\"next\""));
    assert_eq!(messages(&page(2).await.json), ["1", "0"]);
}

#[tokio::test]
async fn unknown_objects_are_422_and_an_empty_repository_is_409() {
    let (emulator, client) = acme();
    let nothing = "0".repeat(40);
    let refused = client
        .send("POST", &format!("{GIT}/refs"), json!({"ref": "refs/tokenward/x", "sha": nothing}))
        .await;
    assert_eq!(refused.status, 422);
    let refused = client
        .send("POST", &format!("{GIT}/commits"), json!({"message": "m", "tree": nothing}))
        .await;
    assert_eq!(refused.status, 422);
    emulator.github().add_empty_repo("acme/empty");
    assert_eq!(
        client.send("POST", "/repos/acme/empty/git/blobs", json!({"content": "x"})).await.status,
        409
    );
}

#[tokio::test]
async fn runs_tell_whether_a_lock_holder_is_still_alive() {
    let (emulator, client) = acme();
    emulator.github().start_run("acme/site", 7, 2);
    let run = client.get("/repos/acme/site/actions/runs/7").await.json;
    assert_eq!(
        (run["status"].as_str(), run["run_attempt"].as_u64()),
        (Some("in_progress"), Some(2))
    );
    emulator.advance(SignedDuration::from_hours(1));
    emulator.github().start_run("acme/site", 8, 1);
    let since = run["created_at"].as_str().unwrap();
    let before = client
        .get(&format!("/repos/acme/site/actions/runs?status=in_progress&created=%3C%3D{since}"))
        .await;
    assert_eq!(before.json["total_count"], 1);
    emulator.github().complete_run("acme/site", 7);
    assert_eq!(client.get("/repos/acme/site/actions/runs/7").await.json["status"], "completed");
    assert_eq!(client.get("/repos/acme/site/actions/runs/9").await.status, 404);
}

#[tokio::test]
async fn an_issue_is_found_by_label_commented_on_and_closed() {
    let (emulator, client) = acme();
    let issues = "/repos/acme/site/issues";
    let made =
        client.send("POST", issues, json!({"title": "Rotate", "labels": ["tokenward"]})).await;
    assert_eq!(made.status, 201);
    assert_eq!(client.get(&format!("{issues}?labels=tokenward")).await.json[0]["number"], 1);
    assert_eq!(client.get(&format!("{issues}?labels=other")).await.json, json!([]));
    assert_eq!(
        client.send("POST", &format!("{issues}/1/comments"), json!({"body": "done"})).await.status,
        201
    );
    client.send("PATCH", &format!("{issues}/1"), json!({"state": "closed"})).await;
    assert_eq!(client.get(&format!("{issues}?labels=tokenward")).await.json, json!([]));
    let issue = &emulator.github().issues("acme/site")[0];
    assert_eq!(
        (issue.state.as_str(), issue.comments.as_slice()),
        ("closed", ["done".to_owned()].as_slice())
    );
}

#[tokio::test]
async fn a_leak_alert_is_closed_as_revoked() {
    let (emulator, client) = acme();
    let number = emulator.github().add_alert("acme/site", "sendgrid_api_key", "leaked");
    let path = format!("/repos/acme/site/secret-scanning/alerts/{number}");
    assert_eq!(client.get(&path).await.json["secret"], "leaked");
    let body = json!({"state": "resolved", "resolution": "revoked"});
    assert_eq!(client.send("PATCH", &path, body).await.status, 200);
    let state = emulator.github().alert_state("acme/site", number);
    assert_eq!(state, Some(("resolved".to_owned(), Some("revoked".to_owned()))));
}
