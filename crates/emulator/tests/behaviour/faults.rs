//! Injected faults: whether the service acted, and what the client sees of it.

use crate::support::{Client, Reply, acme, once};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokenward_emulator::{Dropped, Emulator, Fault, FaultKind, FaultMatch, Service};

fn sendgrid() -> (Emulator, Client) {
    let emulator = Emulator::new();
    let manager = emulator.sendgrid().add_full_access_key("manager");
    let client = Client::new(&emulator, Service::SendGrid, &manager.value);
    (emulator, client)
}

/// Creates a key while one fault is due; says how many keys were made.
async fn create_under(kind: FaultKind) -> (Result<Reply, Dropped>, usize) {
    let (emulator, client) = sendgrid();
    emulator.inject(once("POST", "/v3/api_keys", kind));
    let body = json!({"name": "new", "scopes": ["mail.send"]});
    let reply = client.try_ask("POST", "/v3/api_keys", Some(body)).await;
    (reply, emulator.sendgrid().created_count())
}

#[tokio::test]
async fn faults_before_the_effect_change_nothing() {
    let refused = create_under(FaultKind::Refuse).await;
    assert_eq!((refused.0.err(), refused.1), (Some(Dropped::Refused), 0));
    let timed_out = create_under(FaultKind::TimeOut).await;
    assert_eq!((timed_out.0.err(), timed_out.1), (Some(Dropped::TimedOut), 0));
    let statuses = [
        (FaultKind::Unavailable, 503),
        (FaultKind::Unauthorized, 401),
        (FaultKind::Forbidden, 403),
        (FaultKind::RateLimit403, 403),
        (FaultKind::RateLimit429 { retry_after: 9 }, 429),
        (FaultKind::NotFound, 404),
        (FaultKind::Conflict, 409),
        (FaultKind::Unprocessable, 422),
        (FaultKind::Html, 403),
        (FaultKind::Redirect { to: "http://127.0.0.1:9/".to_owned() }, 307),
        (FaultKind::Oversized { bytes: 100_000 }, 200),
    ];
    for (kind, status) in statuses {
        let (reply, made) = create_under(kind.clone()).await;
        assert_eq!((reply.unwrap().status, made), (status, 0), "{kind:?}");
    }
}

#[tokio::test]
async fn faults_after_the_effect_leave_a_key_behind() {
    let cut = create_under(FaultKind::DropAfterApply).await;
    assert!(cut.0.err().unwrap().applied());
    assert_eq!(cut.1, 1);
    let (failed, made) = create_under(FaultKind::ServerErrorAfterApply).await;
    assert_eq!((failed.unwrap().status, made), (500, 1));
    let (torn, made) = create_under(FaultKind::CutJson).await;
    let torn = torn.unwrap();
    assert_eq!((torn.status, &torn.json, made), (201, &Value::Null, 1));
}

#[tokio::test]
async fn a_fault_by_number_hits_that_request_only_and_refused_ones_count() {
    let (emulator, client) = sendgrid();
    client.get("/v3/scopes").await;
    emulator.clear_requests();
    emulator.inject(Fault { matches: FaultMatch::Number(2), kind: FaultKind::Refuse, times: 1 });
    client.get("/v3/scopes").await;
    assert!(client.try_ask("GET", "/v3/api_keys?limit=1", None).await.is_err());
    client.get("/v3/scopes").await;
    let seen: Vec<(usize, u16, String)> =
        emulator.requests().into_iter().map(|r| (r.number, r.status, r.path)).collect();
    assert_eq!(seen[1], (2, 0, "/v3/api_keys?limit=1".to_owned()));
    assert_eq!((seen[0].1, seen[2].1, seen.len()), (200, 200, 3));
    assert_eq!(emulator.requests()[0].request_headers_seen, ["user-agent", "authorization"]);
}

#[tokio::test]
async fn a_fault_wears_off_after_its_times_and_clears() {
    let (emulator, client) = sendgrid();
    let everything =
        FaultMatch::Where { service: Some(Service::SendGrid), method: None, path_contains: None };
    emulator.inject(Fault { matches: everything.clone(), kind: FaultKind::Unavailable, times: 2 });
    for status in [503, 503, 200] {
        assert_eq!(client.get("/v3/scopes").await.status, status);
    }
    emulator.inject(Fault { matches: everything, kind: FaultKind::Unavailable, times: u32::MAX });
    for _ in 0..5 {
        assert_eq!(client.get("/v3/scopes").await.status, 503);
    }
    emulator.clear_faults();
    assert_eq!(client.get("/v3/scopes").await.status, 200);
}

#[tokio::test]
async fn github_refuses_in_its_own_words() {
    let (emulator, client) = acme();
    let put = "/repos/acme/site/actions/secrets/KEY";
    let under = async |kind| {
        emulator.inject(once("PUT", put, kind));
        client.send("PUT", put, json!({})).await
    };
    assert_eq!(under(FaultKind::Unavailable).await.json["message"], "Secrets service unavailable");
    let forbidden = under(FaultKind::Forbidden).await;
    assert_eq!(forbidden.header("x-accepted-github-permissions"), Some("secrets=write"));
    let limited = under(FaultKind::RateLimit403).await;
    assert_eq!(limited.header("x-ratelimit-remaining"), Some("0"));
    let reset: i64 = limited.header("x-ratelimit-reset").unwrap().parse().unwrap();
    assert_eq!(reset, emulator.now().as_second() + 60);
    assert_eq!(
        under(FaultKind::RateLimit429 { retry_after: 7 }).await.header("retry-after"),
        Some("7")
    );
    let page = under(FaultKind::Html).await;
    assert_eq!((page.status, page.raw.starts_with(b"<html>")), (502, true));
}

#[tokio::test]
async fn a_lagging_list_is_the_list_before_its_last_change() {
    let (emulator, client) = sendgrid();
    client.send("POST", "/v3/api_keys", json!({"name": "new", "scopes": ["mail.send"]})).await;
    // A change elsewhere must not make the lag vanish.
    client.send("POST", "/v3/mail/send", json!({})).await;
    emulator.inject(once("GET", "/v3/api_keys", FaultKind::ListLag));
    assert_eq!(client.get("/v3/api_keys").await.json["result"].as_array().unwrap().len(), 1);
    assert_eq!(client.get("/v3/api_keys").await.json["result"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_missing_page_is_the_one_after_the_first() {
    let (emulator, client) = acme();
    let place = tokenward_emulator::SecretPlace::Repo("acme/site".to_owned());
    for n in 0..3 {
        emulator.github().put_secret(&place, &format!("KEY_{n}"), "value");
    }
    let list = "/repos/acme/site/actions/secrets?per_page=2";
    emulator.inject(once("GET", list, FaultKind::MissingPage));
    let first = client.get(list).await;
    assert_eq!(first.json["secrets"].as_array().unwrap().len(), 2);
    assert!(first.header("link").unwrap().contains("next"));
    let second = client.get(&format!("{list}&page=2")).await;
    assert_eq!((second.status, &second.json["secrets"]), (200, &json!([])));
    assert_eq!(
        client.get(&format!("{list}&page=2")).await.json["secrets"].as_array().unwrap().len(),
        1
    );
}

#[tokio::test]
async fn asking_again_before_the_limit_resets_is_noticed() {
    let (emulator, client) = sendgrid();
    emulator.inject(once("GET", "/v3/scopes", FaultKind::RateLimit429 { retry_after: 30 }));
    client.get("/v3/scopes").await;
    client.get("/v3/api_keys").await;
    emulator.advance(SignedDuration::from_secs(31));
    client.get("/v3/scopes").await;
    let early: Vec<usize> = emulator.early_requests().iter().map(|r| r.number).collect();
    assert_eq!(early, [2]);
}

#[tokio::test]
async fn a_credential_made_since_the_change_still_reads_the_lagging_list() {
    let (emulator, first) = acme();
    first.send("POST", "/repos/acme/site/issues", json!({"title": "one"})).await;
    let token = emulator.github().add_app_credential_with_all();
    let second = Client::new(&emulator, Service::GitHub, &token);
    emulator.inject(once("GET", "/issues", FaultKind::ListLag));
    assert_eq!(second.get("/repos/acme/site/issues").await.json, json!([]));
    assert_eq!(second.get("/repos/acme/site/issues").await.json.as_array().unwrap().len(), 1);
}
