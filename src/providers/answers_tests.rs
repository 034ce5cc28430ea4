//! What becomes of answers that a provider file cannot show one by one: several test calls for one
//! value, facts read off a body, and where a value stands in a request.

use std::collections::BTreeMap;

use serde_json::{Value, json as j};

use super::Driver;
use super::fake::{Fake, Step, Told, json, page, spec};
use super::model::examples::expand;
use crate::domain::{Secret, Verdict};

/// What a config would say under `with`, for the providers below together.
const WITH: [(&str, &str); 2] = [("account", "acme"), ("app_id", "an-app")];

fn with(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
}

/// Asks about a value of the file's nth kind, with the answers of its test calls in order.
async fn asked(
    id: &str,
    kind: usize,
    with: &[(&str, &str)],
    steps: Vec<Step>,
) -> (Verdict, Vec<String>) {
    let (spec, fake, told) = (spec(id), Fake::with(steps), Told::default());
    let driver = Driver::new(&spec, None, None, &fake, &told).unwrap().with(&self::with(with));
    let value = Secret::new(expand(&spec.tokens[kind].examples.r#match[0], 3).unwrap());
    let verdict = driver.verify(&value).await;
    (verdict, fake.calls())
}

async fn word(id: &str, answers: &[(u16, Value)]) -> &'static str {
    let steps = answers.iter().map(|(status, body)| json(*status, body.clone())).collect();
    asked(id, 0, &[("domain", "mg.example"), ("account", "AC0")], steps).await.0.as_str()
}

#[tokio::test(start_paused = true)]
async fn a_mailgun_key_is_dead_only_if_sending_is_refused_as_well() {
    let no_key = || (401, j!({"message": "Invalid private key"}));
    for (answers, expected) in [
        (vec![(200, j!({"total_count": 0, "items": []}))], "live"),
        (
            vec![
                no_key(),
                (
                    400,
                    j!({"message": "from parameter is not a valid address. please check documentation"}),
                ),
            ],
            "live",
        ),
        (vec![no_key(), (401, j!("Forbidden"))], "invalid"),
        (vec![no_key(), no_key()], "invalid"),
        (vec![no_key(), (404, j!({"message": "Domain not found"}))], "unknown"),
        (vec![no_key(), (400, j!({"message": "Domain is disabled"}))], "unknown"),
        (vec![(403, j!({"message": "Your IP is not on the allowlist"})), (403, j!({}))], "unknown"),
    ] {
        assert_eq!(word("mailgun", &answers).await, expected, "{answers:?}");
    }
    // The bare word of older answers; a page with it in it is somebody else's.
    for (body, expected) in [("Forbidden\n", "invalid"), ("<html>Forbidden</html>", "unknown")] {
        let second = Step::Answer(401, "text/html", body.to_owned());
        let (verdict, calls) =
            asked("mailgun", 0, &[("domain", "mg.example")], vec![json(401, no_key().1), second])
                .await;
        assert_eq!(verdict.as_str(), expected);
        assert_eq!(calls[1], "POST api.mailgun.net/v3/mg.example/messages");
    }
    // Without a domain nobody can tell a sending key from a dead one.
    let (verdict, calls) = asked("mailgun", 0, &[], vec![json(401, no_key().1)]).await;
    assert_eq!((verdict.as_str(), calls.len()), ("unknown", 1));
}

#[tokio::test(start_paused = true)]
async fn a_value_goes_where_its_provider_wants_it() {
    let (_, calls) = asked("mailchimp", 0, &[], vec![json(200, j!({"account_id": "a"}))]).await;
    assert!(
        calls[0].starts_with("GET us")
            && calls[0].contains(".api.mailchimp.com/3.0/?fields=account_id"),
        "{calls:?}"
    );
    let (_, calls) = asked("twilio", 0, &[], vec![json(200, j!({"services": []}))]).await;
    assert_eq!(calls, ["GET verify.twilio.com/v2/Services?PageSize=1"]);
    let (verdict, calls) = asked(
        "mandrill",
        0,
        &[],
        vec![json(500, j!({"name": "Unknown"})), json(200, j!({"PING": "PONG!"}))],
    )
    .await;
    assert_eq!(verdict.as_str(), "live");
    assert_eq!(
        calls,
        ["POST mandrillapp.com/api/1.0/users/info", "POST mandrillapp.com/api/1.0/users/ping2"]
    );
    // Another secret of the same provider is never sent to a test call that is not for it.
    for (id, kind) in [
        ("brevo", 1),
        ("mailerlite", 1),
        ("kit", 2),
        ("mailgun", 2),
        ("hubspot", 2),
        ("constant-contact", 1),
    ] {
        let (verdict, calls) = asked(id, kind, &[], Vec::new()).await;
        assert_eq!((verdict.as_str(), calls.len()), ("unknown", 0), "{id}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_built_in_provider_is_expected_on_the_internet_and_one_of_the_users_own_need_not_be() {
    for own in [false, true] {
        let mut spec = spec("sendgrid");
        spec.own = own;
        let (fake, told) =
            (Fake::with([json(200, j!({"scopes": ["mail.send"]}))]), Told::default());
        let value = expand(&spec.tokens[0].examples.r#match[0], 3).unwrap();
        let driver = Driver::new(&spec, None, None, &fake, &told).unwrap();
        assert_eq!(driver.verify(&Secret::new(value)).await.as_str(), "live");
        assert_eq!(fake.are_public(), [!own]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_access_token_goes_without_its_refresh_token() {
    for (id, body) in [
        ("constant-contact", j!({"encoded_account_id": "a"})),
        ("getresponse", j!({"accountId": "a"})),
        ("hubspot", j!({"portalId": 7})),
        ("kit", j!({"account": {"id": 59}})),
        ("klaviyo", j!({"data": [{"id": "AbC123"}]})),
    ] {
        let (spec, fake, told) = (spec(id), Fake::with([json(200, body)]), Told::default());
        let driver = Driver::new(&spec, None, None, &fake, &told).unwrap();
        let kind = spec.tokens.iter().find(|kind| kind.id == "oauth").unwrap();
        let value = expand(&kind.examples.r#match[0], 3).unwrap();
        assert_eq!(driver.verify(&Secret::new(value.clone())).await.as_str(), "live", "{id}");
        let (_, access) = value.split_once(';').unwrap();
        assert_eq!(fake.header(0, "authorization"), Some(format!("Bearer {access}")), "{id}");
        for header in ["x-kit-api-key", "x-auth-token"] {
            assert_eq!(fake.header(0, header), None, "{id}");
        }
        // A refresh token alone is not used up by a test.
        let (refresh, _) = value.split_once(';').unwrap();
        let with = [("kind".to_owned(), "oauth".to_owned())].into();
        let driver = Driver::new(&spec, None, None, &fake, &told).unwrap().with(&with);
        assert_eq!(
            driver.verify(&Secret::new(refresh.to_owned())).await.as_str(),
            "unknown",
            "{id}"
        );
        assert_eq!(fake.calls().len(), 1, "{id}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_is_tested_by_what_it_is_exchanged_for() {
    let token = || {
        json(
            200,
            j!({"access_token": "a-token-of-an-hour", "token_type": "Bearer", "expires_in": 3600}),
        )
    };
    let (verdict, calls) =
        asked("sendpulse", 1, &[], vec![token(), json(200, j!({"currency": "USD"}))]).await;
    assert_eq!(verdict.as_str(), "live");
    assert_eq!(
        calls,
        ["POST api.sendpulse.com/oauth/access_token", "GET api.sendpulse.com/balance"]
    );
    let refused = json(
        401,
        j!({"error": "invalid_client", "error_description": "Client authentication failed"}),
    );
    let (verdict, calls) = asked("sendpulse", 1, &[], vec![refused]).await;
    assert_eq!((verdict.as_str(), calls.len()), ("invalid", 1));
}

/// The verdict on a value of this kind, and the calls it took.
async fn read(id: &str, kind: &str, steps: Vec<Step>) -> (Verdict, Vec<String>) {
    let index = spec(id).tokens.iter().position(|own| own.id == kind);
    let index = index.unwrap_or_else(|| panic!("{id} has no {kind}"));
    asked(id, index, &WITH, steps).await
}

/// Whose it is, what it may do, and when it ends.
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
async fn owner_scopes_and_expiry_are_read_off_a_body() {
    let mailtrap = j!([{"id": 26730, "name": "James", "access_levels": [100]}]);
    assert_eq!(facts("mailtrap", "api-token", mailtrap).await.0.as_deref(), Some("26730"));
    for owner in ["application_id", "user_id"] {
        let own = j!({"access_key": "SCW", "application_id": null, "user_id": null, owner: "o-1", "expires_at": "2027-01-01T00:00:00Z"});
        let (whose, _, end) = facts("scaleway", "api-key", own).await;
        assert_eq!((whose.as_deref(), end.as_deref()), (Some("o-1"), Some("2027-01-01T00:00:00Z")));
    }
    let smtp2go = j!({"data": ["/email/send", "/api_keys/view"]});
    assert_eq!(
        facts("smtp2go", "api-key", smtp2go).await.1,
        words(&["/api_keys/view", "/email/send"])
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
            .with(&with(&WITH))
            .verify(&Secret::new(text.clone()))
            .await;
        assert_eq!(fake.header(0, header), Some(format!("{prefix}{text}")), "{id}");
        assert!(!fake.calls()[0].contains(&text), "{id} keeps the value out of addresses");
    }
}
