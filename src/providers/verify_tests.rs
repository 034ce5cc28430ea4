//! How a value is tested: what a test call carries, what becomes of outages, redirects and foreign
//! answers. What each answer means stands in the provider files.

use serde_json::json as j;

use super::Driver;
use super::fake::{Fake, Step, Told, json, page, spec, value};
use crate::domain::{Secret, Verdict};

async fn verdict(id: &str, steps: Vec<Step>) -> (Verdict, Vec<String>) {
    let (spec, fake, told) = (spec(id), Fake::with(steps), Told::default());
    let driver = Driver::new(&spec, None, None, &fake, &told).unwrap();
    let verdict = driver.verify(&value(&spec, 1)).await;
    (verdict, fake.calls())
}

async fn word(id: &str, steps: Vec<Step>) -> &'static str {
    verdict(id, steps).await.0.as_str()
}

fn sendgrid_error(message: &str) -> serde_json::Value {
    j!({"errors": [{"field": null, "message": message}]})
}

#[tokio::test(start_paused = true)]
async fn sendgrid_tells_a_keys_scopes_without_those_it_adds_itself() {
    let live = json(
        200,
        j!({"scopes": ["mail.send", "2fa_required", "alerts.read", "sender_verification_eligible"]}),
    );
    let (verdict, calls) = verdict("sendgrid", vec![live]).await;
    assert_eq!(
        verdict.facts().unwrap().scopes.as_deref(),
        Some(&["alerts.read".to_owned(), "mail.send".to_owned()][..])
    );
    assert_eq!(
        (verdict.as_str(), calls),
        ("live", vec!["GET api.sendgrid.com/v3/scopes".to_owned()])
    );
}

#[tokio::test(start_paused = true)]
async fn resend_means_a_scope_by_each_of_two_answers() {
    let (full, _) = verdict("resend", vec![json(200, j!({"object": "list", "data": []}))]).await;
    assert_eq!(full.facts().unwrap().scopes.as_deref(), Some(&["full_access".to_owned()][..]));
    let (sending, _) =
        verdict("resend", vec![json(401, j!({"name": "restricted_api_key", "message": "no"}))])
            .await;
    assert_eq!(
        (sending.as_str(), sending.facts().unwrap().scopes.as_deref()),
        ("live", Some(&["sending_access".to_owned()][..]))
    );
}

fn hubspot_error(status: u16, category: &str) -> Step {
    json(
        status,
        j!({"status": "error", "message": "no", "correlationId": "x", "category": category}),
    )
}

#[tokio::test(start_paused = true)]
async fn hubspot_tells_scopes_and_owner_in_one_call() {
    let info = j!({"userId": 1, "hubId": 456, "appId": 7, "scopes": ["oauth", "crm.objects.contacts.read"], "isUserToken": false});
    let (verdict, calls) = verdict("hubspot", vec![json(200, info)]).await;
    let facts = verdict.facts().unwrap();
    assert_eq!(facts.scopes.as_deref(), Some(&["crm.objects.contacts.read".to_owned()][..]));
    assert_eq!(facts.owner.as_deref(), Some("456"));
    assert_eq!(calls, ["POST api.hubapi.com/oauth/v2/private-apps/get/access-token-info"]);
}

#[tokio::test(start_paused = true)]
async fn hubspot_wants_the_token_in_the_header_and_in_the_body() {
    let (spec, fake, told) =
        (spec("hubspot"), Fake::with([json(200, j!({"hubId": 1}))]), Told::default());
    let driver = Driver::new(&spec, None, None, &fake, &told).unwrap();
    driver.verify(&value(&spec, 1)).await;
    let text = super::fake::text(&spec, 1);
    assert_eq!(fake.header(0, "authorization"), Some(format!("Bearer {text}")));
    assert_eq!(fake.body(0), j!({"tokenKey": text}));
}

#[tokio::test(start_paused = true)]
async fn a_404_of_hubspot_is_death_only_if_the_other_call_agrees() {
    let missing = || hubspot_error(404, "OBJECT_NOT_FOUND");
    for (second, expected) in [
        (hubspot_error(401, "INVALID_AUTHENTICATION"), "invalid"),
        (hubspot_error(401, "EXPIRED_AUTHENTICATION"), "expired"),
        (hubspot_error(403, "MISSING_SCOPES"), "limited"),
        (json(200, j!({"portalId": 456})), "live"),
        (json(429, j!({"policyName": "DAILY"})), "rate-limited"),
        (missing(), "unknown"),
        (page(401), "unknown"),
    ] {
        let (verdict, calls) = verdict("hubspot", vec![missing(), second]).await;
        assert_eq!((verdict.as_str(), calls.len()), (expected, 2));
    }
    assert_eq!(
        word("hubspot", vec![hubspot_error(401, "INVALID_AUTHENTICATION")]).await,
        "invalid"
    );
    assert_eq!(word("hubspot", vec![page(404), json(200, j!({"portalId": 1}))]).await, "live");
}

#[tokio::test(start_paused = true)]
async fn a_test_call_is_repeated_on_outages_and_never_says_dead_for_one() {
    for id in ["sendgrid", "resend"] {
        for outage in
            [|| json(502, j!({})), || json(503, j!({})), || Step::NotSent, || Step::NoAnswer]
        {
            let (verdict, calls) = verdict(id, vec![outage(), outage(), outage()]).await;
            assert_eq!((verdict.as_str(), calls.len()), ("unknown", 3));
        }
    }
    // By POST, and marked as one that only looks.
    let info = json(200, j!({"hubId": 1, "scopes": []}));
    assert_eq!(word("hubspot", vec![Step::NoAnswer, json(503, j!({})), info]).await, "live");
}

#[tokio::test(start_paused = true)]
async fn a_redirect_is_never_followed() {
    let moved =
        Step::With(302, String::new(), vec![("location", "https://evil.example/".to_owned())]);
    let (verdict, calls) = verdict("sendgrid", vec![moved]).await;
    assert_eq!((verdict.as_str(), calls.len()), ("unknown", 1));
}

#[tokio::test(start_paused = true)]
async fn when_to_ask_again_comes_from_either_kind_of_header() {
    let reset = vec![("x-ratelimit-reset", "1795489260".to_owned())];
    let (sendgrid, _) = verdict("sendgrid", vec![Step::With(429, "{}".to_owned(), reset)]).await;
    let after = vec![("retry-after", "60".to_owned())];
    let (resend, _) = verdict("resend", vec![Step::With(429, "{}".to_owned(), after)]).await;
    for verdict in [sendgrid, resend] {
        let Verdict::RateLimited { until: Some(until) } = verdict else { panic!("{verdict:?}") };
        assert_eq!(until.to_string(), "2026-11-24T03:01:00Z");
    }
}

#[tokio::test(start_paused = true)]
async fn a_value_that_no_test_call_is_for_is_never_sent() {
    let (spec, fake, told) = (spec("hubspot"), Fake::default(), Told::default());
    let driver = Driver::new(&spec, None, None, &fake, &told).unwrap();
    let uuid = super::model::examples::expand("{uuid}", 3).unwrap();
    assert_eq!(driver.verify(&Secret::new(uuid)).await.as_str(), "unknown");
    assert!(fake.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_value_with_a_line_break_is_unknown_and_not_sent() {
    let (spec, fake, told) = (spec("sendgrid"), Fake::default(), Told::default());
    let driver = Driver::new(&spec, None, None, &fake, &told).unwrap();
    for broken in ["a-key\n", " a-key", "", "a\u{7}b"] {
        assert_eq!(driver.verify(&Secret::new(broken.to_owned())).await.as_str(), "unknown");
    }
    assert!(fake.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn no_status_alone_says_anything_about_a_token() {
    let registry = super::Registry::built_in();
    for spec in registry.all().filter(|spec| !spec.verify.is_empty()) {
        let (id, told, fake) = (&spec.id, Told::default(), Fake::default());
        let (driver, value) =
            (Driver::new(spec, None, None, &fake, &told).unwrap(), value(spec, 1));
        for status in (200..600).filter(|status| status % 100 < 31) {
            for body in ["", "<html></html>", "{\"cut\": ", "null", "{}", "[]"] {
                // As many answers as the longest way through: two test calls of three attempts.
                fake.play(
                    (0..6).map(|_| Step::Answer(status, "application/json", body.to_owned())),
                );
                let verdict = driver.verify(&value).await;
                assert!(
                    !verdict.is_alive() && !verdict.is_dead(),
                    "{id} called {status} with {body:?} {}",
                    verdict.as_str()
                );
            }
        }
    }
}

#[test]
fn a_test_call_may_be_awaited_on_any_thread() {
    fn sendable<T: Send>(_: T) {}
    let (spec, fake, told) = (spec("sendgrid"), Fake::default(), Told::default());
    let driver = Driver::new(&spec, None, None, &fake, &told).unwrap();
    let value = value(&spec, 1);
    sendable(driver.verify(&value));
    sendable(driver.list(&value));
}

#[tokio::test(start_paused = true)]
async fn what_a_provider_should_tell_and_cannot_be_read_is_known_to_be_missing() {
    for (body, missing) in [
        (j!({"scopes": null}), true),
        (j!({"scopes": {"a": 1}}), true),
        (j!({"scopes": "mail.send"}), false),
        (j!({"scopes": ["mail.send"]}), false),
        (j!({"scopes": []}), false),
    ] {
        let verdict = verdict("sendgrid", vec![json(200, body.clone())]).await.0;
        let is_missing = verdict.facts().is_some_and(|facts| facts.missing().eq(["scopes"]));
        assert_eq!(is_missing, missing, "{body}: {verdict:?}");
    }
    assert_eq!(
        word("sendgrid", vec![json(403, sendgrid_error("access forbidden"))]).await,
        "limited"
    );
    for other in ["blocked by corporate policy", ""] {
        assert_eq!(
            word("sendgrid", vec![json(403, sendgrid_error(other))]).await,
            "unknown",
            "{other}"
        );
    }
}
