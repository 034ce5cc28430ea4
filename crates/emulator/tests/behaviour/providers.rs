//! The providers' own ways: how keys are made, how they die, and how each says no.

use crate::support::Client;
use jiff::SignedDuration;
use serde_json::json;
use tokenward_emulator::{Emulator, Service};

fn sendgrid() -> (Emulator, Client) {
    let emulator = Emulator::new();
    let manager = emulator.sendgrid().add_full_access_key("manager");
    let client = Client::new(&emulator, Service::SendGrid, &manager.value);
    (emulator, client)
}

fn resend() -> (Emulator, Client) {
    let emulator = Emulator::new();
    let manager = emulator.resend().add_full_access_key("manager");
    let client = Client::new(&emulator, Service::Resend, &manager.value);
    (emulator, client)
}

#[tokio::test]
async fn a_sendgrid_key_carries_its_id_and_only_the_scopes_asked_for() {
    let (emulator, manager) = sendgrid();
    let made =
        manager.send("POST", "/v3/api_keys", json!({"name": "new", "scopes": ["mail.send"]})).await;
    assert_eq!(made.status, 201);
    let value = made.json["api_key"].as_str().unwrap();
    let parts: Vec<&str> = value.split('.').collect();
    assert_eq!((value.len(), parts[1]), (69, made.json["api_key_id"].as_str().unwrap()));
    let new = Client::new(&emulator, Service::SendGrid, value);
    let scopes = new.get("/v3/scopes").await.json["scopes"].clone();
    assert_eq!(scopes, json!(["mail.send", "sender_verification_eligible", "2fa_required"]));
    assert_eq!(new.get("/v3/api_keys").await.status, 403);
    assert_eq!(new.send("POST", "/v3/mail/send", json!({})).await.status, 202);
    assert_eq!(emulator.sendgrid().created_count(), 1);
}

#[tokio::test]
async fn leaving_out_the_scopes_makes_a_full_access_sendgrid_key() {
    let (emulator, manager) = sendgrid();
    manager.send("POST", "/v3/api_keys", json!({"name": "wide"})).await;
    let wide = emulator.sendgrid().keys().pop().unwrap();
    assert!(wide.scopes.len() > 100);
    let automatic = json!({"name": "cloned", "scopes": ["mail.send", "2fa_required"]});
    assert_eq!(manager.send("POST", "/v3/api_keys", automatic).await.status, 400);
}

#[tokio::test]
async fn a_deleted_sendgrid_key_dies_slowly_but_is_unknown_by_id_at_once() {
    let (emulator, manager) = sendgrid();
    let old = emulator.sendgrid().add_key("old", &["mail.send"]);
    let path = format!("/v3/api_keys/{}", old.id);
    assert_eq!(manager.delete(&path).await.status, 204);
    assert_eq!(manager.get(&path).await.status, 404);
    assert_eq!(manager.delete(&path).await.status, 404);
    let holder = Client::new(&emulator, Service::SendGrid, &old.value);
    assert_eq!(holder.get("/v3/scopes").await.status, 200);
    assert!(emulator.sendgrid().is_live(&old.value));
    emulator.advance(SignedDuration::from_mins(6));
    assert_eq!(holder.get("/v3/scopes").await.status, 401);
    assert!(!emulator.sendgrid().is_live(&old.value));
    assert_eq!(emulator.sendgrid().deleted_ids(), [old.id]);
}

#[tokio::test]
async fn the_hundred_and_first_sendgrid_key_is_403() {
    let (emulator, manager) = sendgrid();
    for n in 1..100 {
        emulator.sendgrid().add_key(&n.to_string(), &["mail.send"]);
    }
    let refused = manager
        .send("POST", "/v3/api_keys", json!({"name": "more", "scopes": ["mail.send"]}))
        .await;
    assert_eq!(refused.status, 403);
    assert!(refused.header("x-ratelimit-remaining").is_some());
}

#[tokio::test]
async fn a_lagging_sendgrid_list_shows_a_new_key_late() {
    let (emulator, manager) = sendgrid();
    emulator.sendgrid().set_list_lag(SignedDuration::from_secs(30));
    emulator.advance(SignedDuration::from_mins(1));
    manager.send("POST", "/v3/api_keys", json!({"name": "new", "scopes": ["mail.send"]})).await;
    let listed =
        async || manager.get("/v3/api_keys").await.json["result"].as_array().unwrap().len();
    assert_eq!(listed().await, 1);
    emulator.advance(SignedDuration::from_secs(31));
    assert_eq!(listed().await, 2);
}

#[tokio::test]
async fn resend_tells_a_send_only_key_from_a_dead_one_by_the_body() {
    let (emulator, manager) = resend();
    let body = json!({"name": "new", "permission": "sending_access"});
    let made = manager.send("POST", "/api-keys", body).await;
    assert_eq!(made.status, 201);
    let new = Client::new(&emulator, Service::Resend, made.json["token"].as_str().unwrap());
    let alive = new.get("/domains").await;
    assert_eq!((alive.status, alive.json["name"].as_str()), (401, Some("restricted_api_key")));
    assert!(emulator.resend().last_used_at(&new.token).is_some());
    let deleted = manager.delete(&format!("/api-keys/{}", made.json["id"].as_str().unwrap())).await;
    assert_eq!((deleted.status, deleted.json["deleted"].as_bool()), (200, Some(true)));
    let dead = new.get("/domains").await;
    assert_eq!((dead.status, dead.json["message"].as_str()), (400, Some("API key is invalid")));
}

#[tokio::test]
async fn resend_pages_by_cursor_newest_first() {
    let (emulator, manager) = resend();
    for n in 1..4 {
        emulator.resend().add_key(&n.to_string(), "sending_access", None);
    }
    let first = manager.get("/api-keys?limit=3").await.json;
    assert_eq!(
        (first["data"][0]["name"].as_str(), first["has_more"].as_bool()),
        (Some("3"), Some(true))
    );
    let cursor = first["data"][2]["id"].as_str().unwrap();
    let second = manager.get(&format!("/api-keys?limit=3&after={cursor}")).await.json;
    assert_eq!(
        (second["data"][0]["name"].as_str(), second["has_more"].as_bool()),
        (Some("manager"), Some(false))
    );
}

#[tokio::test]
async fn resend_turns_away_a_client_without_user_agent() {
    let (emulator, _) = resend();
    let request = http::Request::get("/domains").body(Vec::new()).unwrap();
    let refused = emulator.handle(Service::Resend, request).await.unwrap();
    assert_eq!(
        (refused.status().as_u16(), refused.body().as_slice()),
        (403, b"error code: 1010".as_slice())
    );
}

#[tokio::test]
async fn hubspot_describes_a_live_token_and_forgets_a_revoked_one() {
    let emulator = Emulator::new();
    let token = emulator.hubspot().add_token(&["crm.objects.contacts.read"], 77);
    let client = Client::new(&emulator, Service::HubSpot, &token.value);
    let info = "/oauth/v2/private-apps/get/access-token-info";
    let found = client.send("POST", info, json!({"tokenKey": token.value})).await;
    assert_eq!((found.status, found.json["hubId"].as_u64()), (200, Some(77)));
    assert_eq!(client.send("POST", info, json!({"tokenKey": "other"})).await.status, 400);
    assert_eq!(client.get("/account-info/2026-09/details").await.json["portalId"], 77);
    emulator.hubspot().revoke(&token.value);
    assert_eq!(client.send("POST", info, json!({"tokenKey": token.value})).await.status, 404);
    let dead = client.get("/account-info/2026-09/details").await;
    assert_eq!(
        (dead.status, dead.json["category"].as_str()),
        (401, Some("INVALID_AUTHENTICATION"))
    );
    assert!(!emulator.hubspot().is_live(&token.value));
}
