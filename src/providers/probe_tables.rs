//! How answers are read, provider by provider, as a table: status and body in, verdict out. What
//! every provider shares is in `verify_tests`.

use std::collections::BTreeMap;

use serde_json::{Value, json as j};

use super::Driver;
use super::fake::{Fake, Step, Told, json, page, spec};
use super::model::examples::expand;
use crate::domain::{Secret, Verdict};

/// What a config would say under `with`, for all providers together.
fn with() -> BTreeMap<String, String> {
    let entries = [
        ("account", "acme"),
        ("app_id", "an-app"),
        ("subdomain", "tenant"),
        ("client_id", "a-client"),
        ("resource", "acme-mail"),
    ];
    entries.map(|(name, text)| (name.to_owned(), text.to_owned())).into()
}

/// The verdict on a value of this kind, and the calls it took.
async fn read(id: &str, kind: &str, steps: Vec<Step>) -> (Verdict, Vec<String>) {
    let (spec, fake, told) = (spec(id), Fake::with(steps), Told::default());
    let example = &spec
        .tokens
        .iter()
        .find(|own| own.id == kind)
        .unwrap_or_else(|| panic!("{id} has {kind}"))
        .examples
        .r#match[0];
    let driver = Driver::new(&spec, None, None, &fake, &told).unwrap().with(&with());
    let verdict = driver.verify(&Secret::new(expand(example, 1).unwrap())).await;
    (verdict, fake.calls())
}

/// Each row: status, body, the word. The call is the first one made.
async fn table(id: &str, kind: &str, call: &str, rows: Vec<(u16, Value, &str)>) {
    for (status, body, expected) in rows {
        let (verdict, calls) = read(id, kind, vec![json(status, body.clone())]).await;
        assert_eq!(
            (verdict.as_str(), calls),
            (expected, vec![call.to_owned()]),
            "{id}/{kind}: {status} {body}"
        );
    }
    for status in [200, 401, 403, 404] {
        let (verdict, _) = read(id, kind, vec![page(status)]).await;
        assert_eq!(verdict.as_str(), "unknown", "{id}/{kind}: a web page with {status}");
    }
}

async fn facts(
    id: &str,
    kind: &str,
    body: Value,
) -> (Option<String>, Option<Vec<String>>, Option<String>) {
    let (verdict, _) = read(id, kind, vec![json(200, body)]).await;
    let facts = verdict.facts().unwrap_or_else(|| panic!("{id}/{kind} lives")).clone();
    (facts.owner, facts.scopes, facts.expires_at.map(|at| at.to_string()))
}

fn words(words: &[&str]) -> Option<Vec<String>> {
    Some(words.iter().map(|word| (*word).to_owned()).collect())
}

#[tokio::test(start_paused = true)]
async fn mailtrap_says_error_to_an_unknown_token_and_errors_to_one_that_may_not() {
    let live = j!([{"id": 26730, "name": "James", "access_levels": [100]}]);
    let rows = vec![
        (200, live.clone(), "live"),
        (200, j!([]), "unknown"),
        (401, j!({"error": "Incorrect API token"}), "invalid"),
        (403, j!({"errors": "Account access forbidden"}), "limited"),
        (401, j!({"detail": "a proxy wants a login"}), "unknown"),
        (429, j!({}), "rate-limited"),
    ];
    table("mailtrap", "api-token", "GET mailtrap.io/api/accounts", rows).await;
    assert_eq!(facts("mailtrap", "api-token", live).await.0.as_deref(), Some("26730"));
}

#[tokio::test(start_paused = true)]
async fn scaleway_tells_reasons_and_who_a_key_belongs_to() {
    let denied =
        |reason: &str| j!({"type": "denied_authentication", "method": "api_key", "reason": reason});
    let own = |owner: &str| j!({"access_key": "SCW", "application_id": null, "user_id": null, owner: "o-1", "expires_at": "2027-01-01T00:00:00Z"});
    let errors = || {
        vec![
            (401, denied("not_found"), "invalid"),
            (401, denied("invalid_argument"), "invalid"),
            (401, denied("expired"), "expired"),
            (401, denied("other"), "unknown"),
            (
                403,
                j!({"type": "permissions_denied", "details": [{"resource": "apikeys", "action": "read"}]}),
                "limited",
            ),
            (429, j!({"type": "too_many_requests"}), "rate-limited"),
            (404, j!({"type": "not_found"}), "unknown"),
        ]
    };
    let rows = [vec![(200, own("application_id"), "live")], errors()].concat();
    let spec = spec("scaleway");
    let value = expand(&spec.tokens[0].examples.r#match[0], 1).unwrap();
    let call =
        format!("GET api.scaleway.com/iam/v1alpha1/api-keys/{}", value.split(':').next().unwrap());
    table("scaleway", "api-key", &call, rows).await;
    let tem =
        "GET api.scaleway.com/transactional-email/v1alpha1/regions/fr-par/domains?page_size=1";
    table(
        "scaleway",
        "secret-key",
        tem,
        [vec![(200, j!({"domains": [], "total_count": 0}), "live")], errors()].concat(),
    )
    .await;
    for owner in ["application_id", "user_id"] {
        let told = facts("scaleway", "api-key", own(owner)).await;
        assert_eq!(
            (told.0.as_deref(), told.2.as_deref()),
            (Some("o-1"), Some("2027-01-01T00:00:00Z"))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn onesignal_has_one_sentence_for_every_key_it_does_not_know() {
    let error = |message: &str| j!({"errors": [message]});
    let unknown = error(
        "Access denied.  Please include an 'Authorization: ...' header with a valid API key (https://documentation.onesignal.com/).",
    );
    let rows = vec![
        (200, j!({"id": "an-app", "name": "Acme", "organization_id": "org"}), "live"),
        (403, unknown.clone(), "invalid"),
        (403, error("You do not have permission to view this app."), "limited"),
        (403, error("this address is not on the list"), "unknown"),
        (404, error("Couldn't find app with id = an-app"), "unknown"),
        (400, j!({}), "unknown"),
        (429, error("API rate limit exceeded"), "rate-limited"),
    ];
    table("onesignal", "app-api-key", "GET api.onesignal.com/apps/an-app?view=config", rows).await;
    let rows = vec![
        (200, j!([{"id": "a", "organization_id": "org"}]), "live"),
        (403, unknown, "invalid"),
        (400, j!({}), "unknown"),
    ];
    table("onesignal", "organization-api-key", "GET api.onesignal.com/apps", rows).await;
}

#[tokio::test(start_paused = true)]
async fn smtp2go_says_400_for_a_missing_permission_and_tells_a_keys_endpoints() {
    let error = |code: &str| j!({"request_id": "r", "data": {"error": "no", "error_code": format!("E_ApiResponseCodes.{code}")}});
    let rows = vec![
        (200, j!({"request_id": "r", "data": ["/email/send"]}), "live"),
        (200, j!({"request_id": "r", "data": []}), "unknown"),
        (400, error("ENDPOINT_PERMISSION_DENIED"), "limited"),
        (400, error("NON_VALIDATING_IN_PAYLOAD"), "unknown"),
        (401, error("API_KEY_INVALID"), "invalid"),
        (400, error("API_KEY_INVALID"), "invalid"),
        (401, j!({"error": "no", "error_code": "E_ApiResponseCodes.API_KEY_INVALID"}), "invalid"),
        (429, j!({}), "rate-limited"),
    ];
    table("smtp2go", "api-key", "POST api.smtp2go.com/v3/api_keys/permissions", rows).await;
    let told = facts("smtp2go", "api-key", j!({"data": ["/email/send", "/api_keys/view"]})).await;
    assert_eq!(told.1, words(&["/api_keys/view", "/email/send"]));
}

#[tokio::test(start_paused = true)]
async fn zeptomail_is_read_by_the_inner_code() {
    let error = |inner: &str| j!({"error": {"code": "TM_4001", "details": [{"code": inner, "message": "x"}], "message": "Access Denied"}});
    let rows = vec![
        (401, error("SERR_157"), "invalid"),
        (401, error("SM_111"), "live"),
        (401, error("SM_128"), "live"),
        (400, error("GE_102"), "unknown"),
        (401, error("SM_113"), "unknown"),
        (401, j!({"error": {"code": "TM_4001", "message": "Access Denied"}}), "unknown"),
        (429, error("TM_5001"), "rate-limited"),
    ];
    table("zeptomail", "send-mail-token", "POST api.zeptomail.com/v1.1/email", rows).await;
}

#[tokio::test(start_paused = true)]
async fn a_postmark_token_is_dead_when_it_is_neither_a_servers_nor_an_accounts() {
    let refused = || {
        json(
            401,
            j!({"ErrorCode": 10, "Message": "Request does not contain a valid Server token."}),
        )
    };
    let server = j!({"ID": 1, "Name": "Staging", "ApiTokens": ["x"]});
    for (steps, expected) in [
        (vec![json(200, server.clone())], "live"),
        (vec![refused(), json(200, j!({"TotalCount": 2, "Servers": []}))], "live"),
        (vec![refused(), refused()], "invalid"),
        (vec![refused(), page(401)], "unknown"),
        (vec![refused(), json(503, j!({})), json(503, j!({})), json(503, j!({}))], "unknown"),
        (vec![json(422, j!({"ErrorCode": 10})), refused()], "invalid"),
        (vec![json(401, j!({"ErrorCode": 400})), page(200)], "unknown"),
        (vec![json(429, j!({"ErrorCode": 429}))], "rate-limited"),
    ] {
        assert_eq!(read("postmark", "server-token", steps).await.0.as_str(), expected);
    }
    assert_eq!(
        facts("postmark", "server-token", server).await,
        (Some("1".to_owned()), words(&["server"]), None)
    );
    let (account, calls) =
        read("postmark", "server-token", vec![refused(), json(200, j!({"TotalCount": 0}))]).await;
    assert_eq!(account.facts().unwrap().scopes, words(&["account"]));
    assert_eq!(
        calls,
        ["GET api.postmarkapp.com/server", "GET api.postmarkapp.com/servers?count=1&offset=0"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_braze_key_is_dead_when_two_lists_say_so() {
    let list = |what: &str| json(200, j!({what: [], "message": "success"}));
    let unknown = || json(401, j!({"message": "Invalid API key"}));
    let denied = || json(403, j!({"message": "Access Denied"}));
    for (steps, expected) in [
        (vec![list("campaigns")], "live"),
        (vec![unknown(), list("segments")], "live"),
        (vec![unknown(), unknown()], "invalid"),
        (vec![unknown(), denied()], "limited"),
        (vec![denied()], "limited"),
        (vec![unknown(), page(401)], "unknown"),
        (vec![json(404, j!({"message": "Invalid URL"})), page(404)], "unknown"),
        (vec![json(429, j!({"message": "slow down"}))], "rate-limited"),
    ] {
        assert_eq!(read("braze", "rest-api-key", steps).await.0.as_str(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn keys_that_people_make_are_read_as_their_providers_document_it() {
    let message = |text: &str| j!({ "message": text });
    let errors = |text: &str| j!({"errors": [{"message": text}]});
    let rows = vec![
        (200, j!({"results": {"customer_id": 7, "status": "active"}}), "live"),
        (401, errors("Unauthorized."), "invalid"),
        (403, errors("Forbidden."), "limited"),
        (403, errors("something else"), "unknown"),
        (429, errors("Too many requests"), "rate-limited"),
    ];
    table("sparkpost", "api-key", "GET api.sparkpost.com/api/v1/account", rows).await;

    let rows = vec![
        (200, j!({"user": {"id": "1", "username": "admin"}}), "live"),
        (403, message("The request could not be authenticated"), "invalid"),
        (401, message("no"), "invalid"),
        (404, message("No Result found"), "unknown"),
        (429, message("slow down"), "rate-limited"),
    ];
    table("activecampaign", "api-key", "GET acme.api-us1.com/api/3/users/me", rows).await;

    let detail = |text: &str| j!({"errors": [{"detail": text, "status": "401"}]});
    let rows = vec![
        (200, j!({"segments": []}), "live"),
        (401, detail("Unauthorized request"), "invalid"),
        (403, detail("no"), "unknown"),
    ];
    table("customer-io", "app-api-key", "GET api.customer.io/v1/segments", rows).await;
    let rows = vec![
        (200, j!({"url": "track.customer.io", "region": "us", "environment_id": 3}), "live"),
        (401, j!({"meta": {"error": "Unauthorized request"}}), "invalid"),
        (401, j!({}), "unknown"),
    ];
    table("customer-io", "track-key", "GET track.customer.io/api/v1/accounts/region", rows).await;

    let code = |code: &str, kind: Value| j!({"msg": "Invalid API key", "code": code, "params": {"apiKeyType": kind}});
    let rows = vec![
        (200, j!({"channels": []}), "live"),
        (401, code("BadApiKey", Value::Null), "invalid"),
        (401, code("BadApiKey", j!("Mobile")), "unknown"),
        (401, code("BadApiKey", j!("JavaScript")), "unknown"),
        (401, code("BadAuthorizationHeader", Value::Null), "unknown"),
        (403, code("Forbidden", Value::Null), "limited"),
        (429, code("RateLimitExceeded", Value::Null), "rate-limited"),
    ];
    table("iterable", "api-key", "GET api.iterable.com/api/channels", rows).await;

    let problem = |kind: &str| j!({"type": format!("https://problems.omnisend.com/api/{kind}"), "title": kind});
    let rows = vec![
        (200, j!({"brandID": "b", "name": "Acme"}), "live"),
        (401, problem("unauthorized"), "invalid"),
        (403, problem("forbidden"), "limited"),
        (401, j!({"type": "about:blank"}), "unknown"),
        (429, problem("rate-limit-exceeded"), "rate-limited"),
    ];
    table("omnisend", "api-key", "GET api.omnisend.com/api/brands/current", rows).await;

    let rows = vec![
        (200, j!({"success": true, "teamName": "Acme"}), "live"),
        (
            401,
            j!({"success": false, "message": "Invalid API key", "error": "Invalid API key"}),
            "invalid",
        ),
        (401, j!({"success": false, "message": "This product is off"}), "unknown"),
    ];
    table("loops", "api-key", "GET app.loops.so/api/v1/api-key", rows).await;

    let code = |code: u16| j!({"Code": code, "Message": "no"});
    let rows = vec![
        (200, j!({"SystemDate": "2026-11-24 10:27:00"}), "live"),
        (401, code(100), "invalid"),
        (401, code(120), "invalid"),
        (401, code(121), "expired"),
        (401, code(122), "revoked"),
        (401, code(102), "limited"),
        (403, code(403), "limited"),
        (401, j!({}), "unknown"),
    ];
    table("campaign-monitor", "api-key", "GET api.createsend.com/api/v3.3/systemdate.json", rows)
        .await;

    let code = |code: &str| j!({"errors": [{"code": code, "message": "no"}]});
    let rows = vec![
        (200, j!({"accounts": [{"id": "9", "name": "Acme"}]}), "live"),
        (401, code("authentication_error"), "invalid"),
        (403, code("authorization_error"), "limited"),
        (401, code("other"), "unknown"),
        (429, message("API rate limit exceeded. Please try again in an hour."), "rate-limited"),
    ];
    table("drip", "api-token", "GET api.getdrip.com/v2/accounts", rows).await;

    let status = |status: u16| j!({"status": status, "statusText": "no", "errors": [{"message": "no", "code": "NO"}]});
    let rows = vec![
        (200, j!({"data": [{"id": "pub_1"}]}), "live"),
        (200, j!({"data": []}), "unknown"),
        (401, status(401), "invalid"),
        (403, status(403), "limited"),
        (429, status(429), "rate-limited"),
    ];
    table("beehiiv", "api-key", "GET api.beehiiv.com/v2/publications?limit=1", rows).await;

    let detail = || j!({"code": "no", "detail": "no", "metadata": {}});
    let rows = vec![
        (200, j!({"username": "acme", "email_address": "a@acme.example"}), "live"),
        (401, detail(), "invalid"),
        (403, detail(), "limited"),
        (409, detail(), "unknown"),
    ];
    table("buttondown", "api-key", "GET api.buttondown.com/v1/accounts/me", rows).await;

    let rows = vec![
        (200, j!({"access_token": "t", "scope": "email_send email_read"}), "live"),
        (401, j!({"error": "invalid_client", "error_description": "no"}), "invalid"),
        (401, j!({"message": "Unauthorized", "errorcode": 1}), "unknown"),
        (400, j!({"error": "invalid_request"}), "unknown"),
    ];
    table(
        "salesforce-marketing-cloud",
        "client-secret",
        "POST tenant.auth.marketingcloudapis.com/v2/token",
        rows,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn each_value_stands_where_its_provider_looks_for_it() {
    for (id, kind, header, prefix) in [
        ("mailtrap", "api-token", "authorization", "Bearer "),
        ("onesignal", "app-api-key", "authorization", "Key "),
        ("smtp2go", "api-key", "x-smtp2go-api-key", ""),
        ("zeptomail", "send-mail-token", "authorization", "Zoho-enczapikey "),
        ("postmark", "server-token", "x-postmark-server-token", ""),
        ("sparkpost", "api-key", "authorization", ""),
        ("activecampaign", "api-key", "api-token", ""),
        ("iterable", "api-key", "api-key", ""),
        ("omnisend", "api-key", "authorization", "Omnisend-API-Key "),
        ("buttondown", "api-key", "authorization", "Token "),
    ] {
        let (spec, fake, told) = (spec(id), Fake::with([page(200), page(200)]), Told::default());
        let text =
            expand(&spec.tokens.iter().find(|own| own.id == kind).unwrap().examples.r#match[0], 1)
                .unwrap();
        Driver::new(&spec, None, None, &fake, &told)
            .unwrap()
            .with(&with())
            .verify(&Secret::new(text.clone()))
            .await;
        assert_eq!(fake.header(0, header), Some(format!("{prefix}{text}")), "{id}");
        assert!(!fake.calls()[0].contains(&text), "{id} keeps the value out of addresses");
    }
}
