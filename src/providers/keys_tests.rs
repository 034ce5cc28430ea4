//! Issuing and revoking against a scripted provider: sent once whatever happens, and every end told
//! apart.

use std::collections::BTreeMap;

use serde_json::json as j;

use super::super::fake::{Fake, Step, Told, json, page, spec, text, value};
use super::*;
use crate::domain::{Code, Span};
use crate::net::Origin;

fn with(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
}

async fn create(id: &str, steps: Vec<Step>) -> (Result<Minted, ProviderError>, Fake, usize) {
    let (spec, fake, told) = (spec(id), Fake::with(steps), Told::default());
    let driver = Driver::new(&spec, None, None, &fake, &told).unwrap();
    let scopes = [if id == "resend" { "sending_access" } else { "mail.send" }.to_owned()];
    let outcome = driver
        .create(
            &value(&spec, 9),
            &Order {
                name: "tw1-abcdefgh-v1-abc123",
                scopes: &scopes,
                with: &with(&[]),
                in_use: &[],
                carried: &[],
            },
        )
        .await;
    let count = told.count();
    (outcome, fake, count)
}

#[tokio::test(start_paused = true)]
async fn a_new_key_comes_with_its_id_and_custody_hears_of_it() {
    let new = text(&spec("sendgrid"), 2);
    let body = j!({"api_key": new, "api_key_id": "the-id", "name": "n", "scopes": ["mail.send", "2fa_required"]});
    let (outcome, fake, told) = create("sendgrid", vec![json(201, body)]).await;
    let minted = outcome.unwrap();
    assert_eq!((minted.id.as_str(), told), ("the-id", 1));
    assert_eq!(minted.scopes.as_deref(), Some(&["mail.send".to_owned()][..]));
    assert_eq!(minted.at.unwrap().to_string(), "2026-11-24T03:00:00Z");
    assert_eq!(minted.value.len(), new.len());
    assert_eq!(fake.calls(), ["POST api.sendgrid.com/v3/api_keys"]);
    assert_eq!(fake.body(0), j!({"name": "tw1-abcdefgh-v1-abc123", "scopes": ["mail.send"]}));
    assert!(fake.header(0, "user-agent").unwrap().starts_with("tokenward/"));
    assert_eq!(fake.header(0, "on-behalf-of"), None);
}

#[tokio::test(start_paused = true)]
async fn resend_gets_one_permission_and_a_domain_only_where_there_is_one() {
    let (outcome, fake, _) =
        create("resend", vec![json(201, j!({"id": "u", "token": "a-new-value"}))]).await;
    assert_eq!(outcome.unwrap().id.as_str(), "u");
    assert_eq!(
        fake.body(0),
        j!({"name": "tw1-abcdefgh-v1-abc123", "permission": "sending_access"})
    );

    let (spec, fake, told) = (
        spec("resend"),
        Fake::with([json(201, j!({"id": "u", "token": "a-new-value"}))]),
        Told::default(),
    );
    let driver =
        Driver::new(&spec, None, None, &fake, &told).unwrap().with(&with(&[("domain_id", "d-1")]));
    let manager = value(&spec, 1);
    let scopes = ["sending_access".to_owned()];
    driver
        .create(
            &manager,
            &Order { name: "n", scopes: &scopes, with: &with(&[]), in_use: &[], carried: &[] },
        )
        .await
        .unwrap();
    assert_eq!(fake.body(0), j!({"name": "n", "permission": "sending_access", "domain_id": "d-1"}));

    let two = ["a".to_owned(), "b".to_owned()];
    let refused = driver
        .create(
            &manager,
            &Order { name: "n", scopes: &two, with: &with(&[]), in_use: &[], carried: &[] },
        )
        .await
        .unwrap_err();
    assert_eq!(refused, ProviderError::not_done("the provider accepts exactly one scope"));
    assert_eq!(fake.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_key_is_asked_for_once_whatever_happens() {
    let error = |message: &str| j!({"errors": [{"message": message, "field": null}]});
    let cut = || Step::Answer(201, "application/json", r#"{"api_key": "SG.ab"#.to_owned());
    for (step, expected) in [
        (Step::NotSent, "not done"),
        (Step::NoAnswer, "unclear"),
        (json(500, error("oops")), "unclear"),
        (json(502, error("oops")), "unclear"),
        (json(503, error("oops")), "unclear"),
        (json(504, error("oops")), "unclear"),
        (json(408, error("slow")), "unclear"),
        (cut(), "unclear"),
        (page(201), "unclear"),
        (page(403), "unclear"),
        (json(201, j!({"name": "no value"})), "unclear"),
        (json(201, j!({"api_key": ""})), "unclear"),
        (json(201, j!({"api_key": "of-no-shape-and-without-an-id"})), "unclear"),
        (json(200, j!({"api_key": "x", "api_key_id": "y"})), "unclear"),
        (
            Step::With(307, String::new(), vec![("location", "https://evil.example/".to_owned())]),
            "unclear",
        ),
        (json(429, error("too many requests")), "rate limited"),
        (json(400, error("invalid or unassignable scopes were given")), "refused"),
        (json(401, error("authorization required")), "dead"),
        (json(403, error("access forbidden")), "lacks access"),
        (json(403, error("Cannot create more than 100 API Keys")), "quota"),
    ] {
        let (outcome, fake, _) = create("sendgrid", vec![step]).await;
        let found = match outcome.unwrap_err() {
            ProviderError::NotDone { .. } => "not done",
            ProviderError::Unclear { .. } => "unclear",
            ProviderError::RateLimited { .. } => "rate limited",
            ProviderError::QuotaReached { .. } => "quota",
            ProviderError::Refused { dead_credential: true, .. } => "dead",
            ProviderError::Refused { lacks_access: true, .. } => "lacks access",
            ProviderError::Refused { .. } => "refused",
        };
        assert_eq!((found, fake.calls().len()), (expected, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_manager_that_may_only_send_is_alive_and_lacks_access() {
    let body = j!({"statusCode": 401, "name": "restricted_api_key", "message": "This API key is restricted to only send emails"});
    let (outcome, ..) = create("resend", vec![json(401, body)]).await;
    assert!(matches!(
        outcome,
        Err(ProviderError::Refused { dead_credential: false, lacks_access: true, .. })
    ));
    let body = j!({"statusCode": 400, "name": "validation_error", "message": "API key is invalid"});
    let (outcome, ..) = create("resend", vec![json(400, body)]).await;
    assert!(matches!(
        outcome,
        Err(ProviderError::Refused { dead_credential: true, lacks_access: false, .. })
    ));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_that_would_make_a_key_with_full_access_or_a_cut_name() {
    let (spec, fake, told) = (spec("resend"), Fake::default(), Told::default());
    let driver = Driver::new(&spec, None, None, &fake, &told).unwrap();
    let (manager, none) = (value(&spec, 1), with(&[]));
    let long = "x".repeat(51);
    let scopes = ["sending_access".to_owned()];
    for order in [
        Order { name: "n", scopes: &[], with: &none, in_use: &[], carried: &[] },
        Order { name: &long, scopes: &scopes, with: &none, in_use: &[], carried: &[] },
    ] {
        assert!(matches!(
            driver.create(&manager, &order).await,
            Err(ProviderError::NotDone { .. })
        ));
    }
    assert!(fake.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_message_that_echoes_a_credential_is_cleaned() {
    let manager = text(&spec("sendgrid"), 9);
    let body = j!({"errors": [{"message": format!("key {manager} may not\nsecond line\u{1b}[31m"), "field": null}]});
    let (outcome, ..) = create("sendgrid", vec![json(400, body)]).await;
    let refusal = outcome.unwrap_err();
    assert_eq!(refusal.to_string(), "(message not shown: it might contain a credential) (400)");
}

#[tokio::test(start_paused = true)]
async fn a_revocation_is_done_gone_or_an_error_and_a_refused_manager_is_no_success() {
    let error = j!({"errors": [{"message": "no", "field": null}]});
    for (step, expected) in [
        (Step::Answer(204, "", String::new()), Ok(Revoked::Done)),
        (json(404, error.clone()), Ok(Revoked::AlreadyGone)),
        (json(401, error.clone()), Err("dead")),
        (json(403, error.clone()), Err("lacks access")),
        (page(404), Err("unclear")),
        (page(204), Err("unclear")),
        (json(500, error.clone()), Err("unclear")),
        (Step::NoAnswer, Err("unclear")),
        (Step::NotSent, Err("not done")),
        (json(429, error.clone()), Err("rate limited")),
    ] {
        let (spec, fake, told) = (spec("sendgrid"), Fake::with([step]), Told::default());
        let driver = Driver::new(&spec, None, None, &fake, &told).unwrap();
        let found =
            driver.revoke(&value(&spec, 1), &KeyId::new("a/../b c")).await.map_err(|refusal| {
                match refusal {
                    ProviderError::Refused { dead_credential: true, .. } => "dead",
                    ProviderError::Refused { lacks_access: true, .. } => "lacks access",
                    ProviderError::Unclear { .. } => "unclear",
                    ProviderError::NotDone { .. } => "not done",
                    _ => "rate limited",
                }
            });
        assert_eq!(found, expected);
        assert_eq!(fake.calls(), ["DELETE api.sendgrid.com/v3/api_keys/a%2F..%2Fb%20c"]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_id_is_never_sent() {
    let (spec, fake, told) = (spec("sendgrid"), Fake::default(), Told::default());
    let driver = Driver::new(&spec, None, None, &fake, &told).unwrap();
    assert!(matches!(
        driver.revoke(&value(&spec, 1), &KeyId::new(" ")).await,
        Err(ProviderError::NotDone { .. })
    ));
    assert!(matches!(
        driver.is_gone(&value(&spec, 1), &KeyId::new("")).await,
        Err(ProviderError::NotDone { .. })
    ));
    assert!(fake.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn that_a_key_is_gone_takes_the_providers_own_word() {
    for (step, expected) in [
        (json(200, j!({"api_key_id": "i", "name": "n"})), Some(false)),
        (json(404, j!({"errors": [{"message": "not found"}]})), Some(true)),
        (page(404), None),
        (page(200), None),
        (json(401, j!({"errors": [{"message": "authorization required"}]})), None),
    ] {
        let (spec, fake, told) = (spec("sendgrid"), Fake::with([step]), Told::default());
        let driver = Driver::new(&spec, None, None, &fake, &told).unwrap();
        assert_eq!(driver.is_gone(&value(&spec, 1), &KeyId::new("i")).await.ok(), expected);
    }
    // Resend has no page for one key: the list decides.
    let listed = json(200, j!({"has_more": false, "data": [{"id": "a"}]}));
    let (spec, fake, told) = (spec("resend"), Fake::with([listed]), Told::default());
    let driver = Driver::new(&spec, None, None, &fake, &told).unwrap();
    assert!(driver.is_gone(&value(&spec, 1), &KeyId::new("b")).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn regions_stand_ins_and_subusers_choose_where_a_call_goes() {
    let (spec, told) = (spec("sendgrid"), Told::default());
    let id = KeyId::new("i");
    let fake =
        Fake::with([Step::Answer(204, "", String::new()), Step::Answer(204, "", String::new())]);
    let driver = Driver::new(&spec, Some("eu"), None, &fake, &told)
        .unwrap()
        .with(&with(&[("subuser", "jane")]));
    driver.revoke(&value(&spec, 1), &id).await.unwrap();
    let origin = Origin::parse("http://127.0.0.1:4000").unwrap();
    let driver = Driver::new(&spec, None, Some(&origin), &fake, &told).unwrap();
    driver.revoke(&value(&spec, 1), &id).await.unwrap();
    assert_eq!(
        fake.calls(),
        ["DELETE api.eu.sendgrid.com/v3/api_keys/i", "DELETE http://127.0.0.1:4000/v3/api_keys/i"]
    );
    assert_eq!(fake.header(0, "on-behalf-of").as_deref(), Some("jane"));
    let problem = Driver::new(&spec, Some("mars"), None, &fake, &told).err().unwrap();
    assert_eq!(
        (problem.id, problem.hint.as_deref()),
        (Code::ConfigUnknownRegion, Some("use one of: global, eu"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_manual_provider_issues_and_revokes_nothing() {
    let (spec, fake, told) = (spec("hubspot"), Fake::default(), Told::default());
    let driver = Driver::new(&spec, None, None, &fake, &told).unwrap();
    let manager = value(&spec, 1);
    let none = with(&[]);
    assert!(matches!(
        driver
            .create(
                &manager,
                &Order { name: "n", scopes: &[], with: &none, in_use: &[], carried: &[] }
            )
            .await,
        Err(ProviderError::NotDone { .. })
    ));
    assert!(matches!(
        driver.revoke(&manager, &KeyId::new("i")).await,
        Err(ProviderError::NotDone { .. })
    ));
    assert!(matches!(driver.list(&manager).await, Err(ProviderError::NotDone { .. })));
    assert_eq!(driver.disable(&manager, &KeyId::new("i")).await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn the_wait_a_provider_asks_for_is_passed_on() {
    let reset = vec![("x-ratelimit-reset", "1795489320".to_owned())];
    let (outcome, ..) = create("sendgrid", vec![Step::With(429, "{}".to_owned(), reset)]).await;
    assert_eq!(
        outcome.unwrap_err(),
        ProviderError::RateLimited { until: Some(crate::domain::Wait::asked(Span::seconds(120))) }
    );
}

#[test]
fn the_id_is_read_out_of_a_value_that_holds_it() {
    let (sendgrid, fake, told) = (spec("sendgrid"), Fake::default(), Told::default());
    let driver = Driver::new(&sendgrid, None, None, &fake, &told).unwrap();
    let text = text(&sendgrid, 4);
    let middle = text.split('.').nth(1).unwrap();
    assert_eq!(driver.key_id(&Secret::new(text.clone())), Some(KeyId::new(middle)));
    assert_eq!(driver.key_id(&Secret::new(format!("{text}\n"))), None);
    assert_eq!(driver.key_id(&Secret::new(format!("x{text}"))), None);
}
