//! What each provider's answers mean, one row an answer: the bodies as the providers write them,
//! the verdict as its file reads it.

use serde_json::{Value, json as j};

use super::Driver;
use super::fake::{Fake, Step, Told, json, page, spec};
use super::model::examples::expand;
use crate::domain::{Secret, Verdict};

/// Asks about a value of the file's nth kind, with the answers of its test calls in order.
async fn asked(
    id: &str,
    kind: usize,
    with: &[(&str, &str)],
    steps: Vec<Step>,
) -> (Verdict, Vec<String>) {
    let (spec, fake, told) = (spec(id), Fake::with(steps), Told::default());
    let with = with.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
    let driver = Driver::new(&spec, None, None, &fake, &told).unwrap().with(&with);
    let value = Secret::new(expand(&spec.tokens[kind].examples.r#match[0], 3).unwrap());
    let verdict = driver.verify(&value).await;
    (verdict, fake.calls())
}

async fn word(id: &str, answers: &[(u16, Value)]) -> &'static str {
    let steps = answers.iter().map(|(status, body)| json(*status, body.clone())).collect();
    asked(id, 0, &[("domain", "mg.example"), ("account", "AC0")], steps).await.0.as_str()
}

/// One answer, and what it means. Providers with a second test call get the answer twice.
async fn reads(id: &str, rows: &[(u16, Value, &str)]) {
    for (status, body, expected) in rows {
        let twice = [(*status, body.clone()), (*status, body.clone())];
        assert_eq!(word(id, &twice).await, *expected, "{id}: {status} {body}");
    }
    // A proxy's page says nothing, whatever its status.
    for status in [200, 400, 401, 403, 404] {
        let (verdict, _) =
            asked(id, 0, &[("domain", "mg.example")], vec![page(status), page(status)]).await;
        assert_eq!(verdict.as_str(), "unknown", "{id}: a page with {status}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_providers_own_words_are_understood() {
    let message = |text: &str| j!({"message": text});
    reads(
        "mailersend",
        &[
            (200, j!({"quota": -1, "remaining": -1, "reset": "2024-12-18T00:00:00Z"}), "live"),
            (401, message("Unauthenticated."), "invalid"),
            (403, message("This action is unauthorized. #MS40301"), "limited"),
            (403, message("Your IP address is not allowed. #MS40305"), "limited"),
            (403, message("Something else"), "unknown"),
            (429, message("Too Many Attempts. #MS42903"), "rate-limited"),
            (421, message("Maintenance"), "unknown"),
        ],
    )
    .await;
    let denied = j!({"Error": "Access Denied."});
    reads(
        "elastic-email",
        &[
            (200, j!({"Recipients": 1, "EmailTotal": 2}), "live"),
            (200, j!([{"Name": "k", "AccessLevel": ["SendHttp"]}]), "live"),
            // Dead, or without the level: nobody can tell.
            (400, denied.clone(), "unknown"),
            (401, denied.clone(), "unknown"),
            (403, denied, "unknown"),
        ],
    )
    .await;
    let twilio =
        |code: u32| j!({"code": code, "message": "no", "more_info": "https://x", "status": 401});
    reads(
        "twilio",
        &[
            (200, j!({"services": [], "meta": {}}), "live"),
            (401, twilio(20003), "invalid"),
            (401, twilio(70051), "limited"),
            (403, twilio(70051), "limited"),
            (403, twilio(20003), "unknown"),
            (429, twilio(20429), "rate-limited"),
        ],
    )
    .await;
    let klaviyo = |code: &str| j!({"errors": [{"id": "x", "status": 401, "code": code, "title": "t", "detail": "d", "source": {}}]});
    reads(
        "klaviyo",
        &[
            (200, j!({"data": [{"type": "account", "id": "AbC123"}]}), "live"),
            (401, klaviyo("authentication_failed"), "invalid"),
            (403, klaviyo("permission_denied"), "limited"),
            (403, klaviyo("other"), "unknown"),
            (410, klaviyo("gone"), "unknown"),
            (400, klaviyo("invalid"), "unknown"),
        ],
    )
    .await;
    let chimp = |title: &str| j!({"type": "https://x", "title": title, "status": 401, "detail": "d", "instance": "i"});
    reads(
        "mailchimp",
        &[
            (200, j!({"account_id": "a", "role": "admin"}), "live"),
            (401, chimp("API Key Invalid"), "invalid"),
            (401, chimp("API Key Missing"), "unknown"),
            (403, chimp("User Disabled"), "unknown"),
            (403, chimp("Forbidden"), "unknown"),
        ],
    )
    .await;
    let mandrill = |name: &str| j!({"status": "error", "code": -1, "name": name, "message": "m"});
    reads(
        "mandrill",
        &[
            (200, j!({"username": "u", "public_id": "p"}), "live"),
            (500, mandrill("Invalid_Key"), "invalid"),
            (401, mandrill("Invalid_Key"), "invalid"),
            (500, mandrill("GeneralError"), "unknown"),
            (400, mandrill("ValidationError"), "unknown"),
        ],
    )
    .await;
    let brevo = |code: &str, text: &str| j!({"code": code, "message": text});
    reads(
        "brevo",
        &[
            (200, j!({"organization_id": "o", "email": "e"}), "live"),
            (401, brevo("unauthorized", "Key not found"), "invalid"),
            (
                401,
                brevo("unauthorized", "We have detected you are using an unrecognised IP address"),
                "unknown",
            ),
            (401, brevo("unauthorized", "authentication not found in headers"), "unknown"),
            (403, brevo("permission_denied", "no"), "limited"),
        ],
    )
    .await;
    reads(
        "mailerlite",
        &[
            (200, j!({"total": 3}), "live"),
            (401, message("Unauthenticated."), "invalid"),
            (403, message("Your plan does not allow this."), "limited"),
            (429, message("Too Many Attempts."), "rate-limited"),
        ],
    )
    .await;
    let response = |status: u16, code: u32| j!({"httpStatus": status, "code": code, "message": "m", "context": []});
    reads(
        "getresponse",
        &[
            (200, j!({"accountId": "a", "email": "e"}), "live"),
            (401, response(401, 1014), "invalid"),
            (401, response(401, 1021), "unknown"),
            (403, response(403, 1017), "unknown"),
            (403, response(403, 1018), "unknown"),
            (403, response(403, 1004), "limited"),
            (429, response(429, 1015), "rate-limited"),
        ],
    )
    .await;
    let jet = |text: &str| j!({"ErrorMessage": text, "StatusCode": 401});
    reads(
        "mailjet",
        &[
            (200, j!({"Count": 1, "Data": [{"ID": 1, "UserID": 7}], "Total": 1}), "live"),
            (
                401,
                jet("API key authentication/authorization failure. You may be unauthorized"),
                "invalid",
            ),
            (401, jet("other"), "unknown"),
            (403, jet("Operation not allowed"), "limited"),
        ],
    )
    .await;
    let kit = |text: &str| j!({"errors": [text]});
    reads(
        "kit",
        &[
            (200, j!({"user": {"id": 1}, "account": {"id": 59}}), "live"),
            (401, kit("The access token is invalid"), "invalid"),
            (401, kit("The access token expired"), "expired"),
            (401, kit("Your account does not have access to the API"), "unknown"),
        ],
    )
    .await;
    reads(
        "sendpulse",
        &[
            (200, j!({"currency": "USD", "balance_currency": 0.02}), "live"),
            (401, j!({"message": "Unauthorized!", "error_code": 401}), "invalid"),
            (403, j!({"message": "Forbidden", "error_code": 403}), "unknown"),
        ],
    )
    .await;
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
