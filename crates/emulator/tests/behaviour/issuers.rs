//! The ways of providers that issue keys by API: who may manage, what is refused, and how an end
//! shows.

#![expect(clippy::unwrap_used, reason = "a test that cannot ask has failed")]

use jiff::SignedDuration;
use serde_json::{Value, json};
use tokenward_emulator::{Emulator, TwinOf};

/// A twin, asked with a value in the header its provider wants.
struct Client {
    emulator: Emulator,
    twin: TwinOf,
    header: &'static str,
    prefix: &'static str,
}

impl Client {
    fn new(provider: &str, header: &'static str, prefix: &'static str) -> Self {
        let emulator = Emulator::new();
        let twin = emulator.twin(provider).unwrap();
        Self { emulator, twin, header, prefix }
    }

    async fn ask(&self, value: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header(self.header, format!("{}{value}", self.prefix));
        let (parts, raw) = self
            .emulator
            .handle(self.twin.service(), request.body(body).unwrap())
            .await
            .unwrap()
            .into_parts();
        (parts.status.as_u16(), serde_json::from_slice(&raw).unwrap_or_default())
    }

    fn with(&self, kind: &str, name: &str) -> String {
        self.twin.with(kind).into_iter().find(|(own, _)| *own == name).unwrap().1
    }
}

#[tokio::test]
async fn mailtrap_has_two_paths_one_level_that_manages_and_a_grace_after_a_reset() {
    let client = Client::new("mailtrap", "authorization", "Bearer ");
    let manager = client.twin.seed_manager("api-token").unwrap().value;
    let viewer = client.twin.seed("api-token").unwrap();
    let account = client.with("api-token", "resource_id");
    let whole = json!({"name": "new", "resources": [{"resource_type": "account", "resource_id": 3229, "access_level": 10}]});
    let nothing = json!({"name": "new", "resources": []});
    let wrong = json!({"name": "new", "resources": [{"resource_type": "planet", "resource_id": 1, "access_level": 10}]});
    for (value, body, expected) in [
        (&viewer.value, &whole, 403),
        (&manager, &nothing, 422),
        (&manager, &wrong, 422),
        (&manager, &json!({}), 422),
        (&manager, &whole, 200),
    ] {
        assert_eq!(
            client.ask(value, "POST", "/api/api_tokens", body.clone()).await.0,
            expected,
            "{body}"
        );
    }
    let (_, listed) = client
        .ask(&manager, "GET", &format!("/api/accounts/{account}/api_tokens"), Value::Null)
        .await;
    let made = listed.as_array().unwrap().last().unwrap().clone();
    assert_eq!((&made["name"], made["token"].is_null()), (&json!("new"), true));

    let path = format!("/api/api_tokens/{}", viewer.id.unwrap());
    let (status, reset) = client.ask(&manager, "POST", &format!("{path}/reset"), Value::Null).await;
    assert_eq!(status, 200);
    assert!(
        client.twin.is_live(reset["token"].as_str().unwrap()) && client.twin.is_live(&viewer.value)
    );
    assert_eq!(client.ask(&manager, "POST", &format!("{path}/reset"), Value::Null).await.0, 422);
    client.emulator.advance(SignedDuration::from_mins(11));
    assert!(!client.twin.is_live(&viewer.value));
    assert_eq!(
        client.ask(&viewer.value, "GET", "/api/accounts", Value::Null).await,
        (401, json!({"error": "Incorrect API token"}))
    );

    for expected in [204, 404] {
        assert_eq!(client.ask(&manager, "DELETE", &path, Value::Null).await.0, expected);
    }
}

#[tokio::test]
async fn scaleway_says_why_it_denies_and_lets_a_key_look_at_itself_alone() {
    let client = Client::new("scaleway", "x-auth-token", "");
    let secret = |value: &str| value.split_once(':').unwrap().1.to_owned();
    let manager = secret(&client.twin.seed_manager("api-key").unwrap().value);
    let seeded = client.twin.seed("api-key").unwrap();
    let (own, id) = (secret(&seeded.value), seeded.id.clone().unwrap());
    let keys = "/iam/v1alpha1/api-keys";
    let one = format!("{keys}/{id}");
    assert_eq!(client.ask(&own, "GET", &one, Value::Null).await.0, 200);
    assert_eq!(client.ask(&own, "GET", keys, Value::Null).await.1["type"], "permissions_denied");
    assert_eq!(client.ask("nobody", "GET", keys, Value::Null).await.1["reason"], "not_found");

    let application = client.with("api-key", "application_id");
    let body = |name: &str| json!({"application_id": application, "description": name});
    assert_eq!(client.ask(&own, "POST", keys, body("new")).await.1["type"], "permissions_denied");
    assert_eq!(client.ask(&manager, "POST", keys, json!({"application_id": "x"})).await.0, 404);
    assert_eq!(
        client.ask(&manager, "POST", keys, body(&"x".repeat(201))).await.1["type"],
        "invalid_arguments"
    );
    let (status, made) = client.ask(&manager, "POST", keys, body("new")).await;
    assert_eq!((status, made["secret_key"].is_string()), (200, true));
    let (_, shown) = client
        .ask(
            &manager,
            "GET",
            &format!("{keys}/{}", made["access_key"].as_str().unwrap()),
            Value::Null,
        )
        .await;
    assert_eq!((&shown["description"], &shown["secret_key"]), (&json!("new"), &Value::Null));
    let mut full = (0, Value::Null);
    for n in 0..20 {
        full = client.ask(&manager, "POST", keys, body(&n.to_string())).await;
    }
    assert_eq!((full.0, &full.1["type"]), (403, &json!("quotas_exceeded")));

    assert!(client.twin.expire(&seeded.value));
    assert_eq!(client.ask(&own, "GET", &one, Value::Null).await.1["reason"], "expired");
    assert_eq!(client.ask(&manager, "DELETE", &one, Value::Null).await.0, 204);
    assert_eq!(client.ask(&manager, "DELETE", &one, Value::Null).await.1["type"], "not_found");
    assert_eq!(client.ask(&own, "GET", &one, Value::Null).await.1["reason"], "not_found");
}

#[tokio::test]
async fn onesignal_lets_the_organization_manage_and_ends_a_rotated_key_at_once() {
    let client = Client::new("onesignal", "authorization", "Key ");
    let manager = client.twin.seed_manager("app-api-key").unwrap().value;
    let key = client.twin.seed("app-api-key").unwrap();
    let app = client.with("app-api-key", "app_id");
    let tokens = format!("/apps/{app}/auth/tokens");
    assert_eq!(client.ask(&key.value, "GET", &tokens, Value::Null).await.0, 403);
    assert_eq!(client.ask(&key.value, "GET", &format!("/apps/{app}"), Value::Null).await.0, 200);
    assert_eq!(
        client.ask(&manager, "GET", "/apps/another/auth/tokens", Value::Null).await.1["errors"][0],
        "App not found"
    );
    assert_eq!(
        client.ask(&manager, "POST", &tokens, json!({"name": "x".repeat(129)})).await.0,
        400
    );
    for n in 1..16 {
        assert_eq!(
            client.ask(&manager, "POST", &tokens, json!({"name": n.to_string()})).await.0,
            200
        );
    }
    assert_eq!(client.ask(&manager, "POST", &tokens, json!({"name": "one too many"})).await.0, 400);

    let one = format!("{tokens}/{}", key.id.unwrap());
    let (_, rotated) = client.ask(&manager, "POST", &format!("{one}/rotate"), Value::Null).await;
    assert!(
        !client.twin.is_live(&key.value)
            && client.twin.is_live(rotated["formatted_token"].as_str().unwrap())
    );
    let (status, refused) =
        client.ask(&key.value, "GET", &format!("/apps/{app}"), Value::Null).await;
    assert!(status == 403 && refused["errors"][0].as_str().unwrap().contains("valid API key"));
    assert_eq!(client.ask(&manager, "DELETE", &one, Value::Null).await, (200, json!({})));
    assert_eq!(
        client.ask(&manager, "DELETE", &one, Value::Null).await.1["errors"][0],
        "Token not found"
    );
}

#[tokio::test]
async fn smtp2go_masks_keys_wants_a_whole_one_to_end_it_and_makes_five_a_minute() {
    let client = Client::new("smtp2go", "x-smtp2go-api-key", "");
    let manager = client.twin.seed_manager("api-key").unwrap().value;
    let key = client.twin.seed("api-key").unwrap();
    let (status, refused) = client.ask(&key.value, "POST", "/v3/api_keys/view", json!({})).await;
    assert_eq!(
        (status, &refused["data"]["error_code"]),
        (400, &json!("E_ApiResponseCodes.ENDPOINT_PERMISSION_DENIED"))
    );
    let (_, own) = client.ask(&key.value, "POST", "/v3/api_keys/permissions", json!({})).await;
    assert_eq!(own["data"], json!(["/email/send"]));
    let wider = json!({"description": "n", "endpoints": ["/stats/*"]});
    assert_eq!(client.ask(&manager, "POST", "/v3/api_keys/add", wider).await.0, 400);
    let add = json!({"description": "new", "endpoints": ["/email/send"]});
    for expected in [200, 200, 200, 200, 200, 429] {
        assert_eq!(client.ask(&manager, "POST", "/v3/api_keys/add", add.clone()).await.0, expected);
    }
    let (_, listed) = client.ask(&manager, "POST", "/v3/api_keys/view", json!({})).await;
    let shown: Vec<_> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["api_key"].as_str().unwrap().to_owned())
        .collect();
    assert!(shown.iter().all(|shown| shown.ends_with("********************")));
    for (id, expected) in
        [(key.id.unwrap(), 400), (key.value.clone(), 200), (key.value.clone(), 400)]
    {
        assert_eq!(
            client.ask(&manager, "POST", "/v3/api_keys/remove", json!({"id": id})).await.0,
            expected
        );
    }
    assert!(!client.twin.is_live(&key.value));
}

#[tokio::test]
async fn zeptomail_allows_two_nameless_tokens_and_says_little_with_its_outer_code() {
    let client = Client::new("zeptomail", "authorization", "");
    let token = client.twin.seed("send-mail-token").unwrap();
    let agent = client.with("send-mail-token", "agent");
    let manager = client.twin.seed_manager("send-mail-token").unwrap().value;
    let fields: Vec<&str> = manager.split(':').collect();
    let form = format!(
        "grant_type=refresh_token&client_id={}&client_secret={}&refresh_token={}",
        fields[0], fields[1], fields[2]
    );
    let request = http::Request::builder()
        .method("POST")
        .uri("/oauth/v2/token")
        .header("content-type", "application/x-www-form-urlencoded");
    let answer = client
        .emulator
        .handle(client.twin.service(), request.body(form.into_bytes()).unwrap())
        .await
        .unwrap();
    let access: Value = serde_json::from_slice(answer.body()).unwrap();
    let access = format!("Zoho-oauthtoken {}", access["access_token"].as_str().unwrap());
    let keys = format!("/v1.1/agents/{agent}/apikeys");
    let (status, made) = client.ask(&access, "POST", &keys, Value::Null).await;
    assert_eq!((status, made["data"]["password"].is_string()), (200, true));
    assert_eq!(client.ask(&access, "POST", &keys, Value::Null).await.1["error"]["code"], "GE_117");
    assert_eq!(
        client.ask(&access, "GET", "/v1.1/agents/another/apikeys", Value::Null).await.1["error"]["code"],
        "MA_101"
    );
    let one = format!("{keys}/{}", token.id.unwrap());
    assert_eq!(
        client.ask(&access, "DELETE", &one, Value::Null).await,
        (200, json!({"status": {"code": 204, "description": "success"}}))
    );
    assert_eq!(client.ask(&access, "DELETE", &one, Value::Null).await.1["error"]["code"], "GE_124");

    let send = json!({"from": {"address": "a@other.invalid"}, "to": [{"email_address": {"address": "b@other.invalid"}}]});
    for (value, inner) in
        [(token.value.as_str(), "SERR_157"), (made["data"]["password"].as_str().unwrap(), "SM_111")]
    {
        let (status, refused) = client
            .ask(&format!("Zoho-enczapikey {value}"), "POST", "/v1.1/email", send.clone())
            .await;
        assert_eq!(
            (status, &refused["error"]["code"], &refused["error"]["details"][0]["code"]),
            (401, &json!("TM_4001"), &json!(inner))
        );
    }
    client.emulator.advance(SignedDuration::from_hours(2));
    assert_eq!(client.ask(&access, "GET", &keys, Value::Null).await.0, 401);
}

#[tokio::test]
async fn azure_fills_one_of_two_keys_anew_and_takes_no_request_without_a_signature() {
    let client = Client::new("azure-communication", "authorization", "Bearer ");
    let manager = client.twin.seed_manager("access-key").unwrap().value;
    let key = client.twin.seed("access-key").unwrap().value;
    let path = format!(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Communication/communicationServices/{}",
        client.with("access-key", "subscription"),
        client.with("access-key", "resource_group"),
        client.with("access-key", "resource"),
    );
    assert_eq!(client.ask(&manager, "POST", &format!("{path}/listKeys"), Value::Null).await.0, 400);
    assert_eq!(
        client
            .ask("nobody", "POST", &format!("{path}/listKeys?api-version=2025-09-01"), Value::Null)
            .await
            .0,
        401
    );
    let (_, before) = client
        .ask(&manager, "POST", &format!("{path}/listKeys?api-version=2025-09-01"), Value::Null)
        .await;
    assert_eq!(before["primaryKey"], key);
    let fill = format!("{path}/regenerateKey?api-version=2025-09-01");
    assert_eq!(client.ask(&manager, "POST", &fill, json!({"keyType": "Tertiary"})).await.0, 400);
    let (_, after) = client.ask(&manager, "POST", &fill, json!({"keyType": "secondary"})).await;
    assert_eq!(after["primaryKey"], key);
    assert_ne!(after["secondaryKey"], before["secondaryKey"]);
    assert_eq!(
        client.ask(&key, "GET", "/emails/operations/x?api-version=2023-03-31", Value::Null).await.1
            ["error"]["code"],
        "Denied"
    );
}
