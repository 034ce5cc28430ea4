//! What GitHub's refusals are told as. The sentences are those of its documentation and of answers
//! that people published.

#![expect(clippy::unwrap_used, reason = "a test world that cannot be made is a failed test")]

use std::sync::{Arc, Mutex};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokenward::domain::{Problem, Secret};
use tokenward::net::github::{Api, GitHub, Use};
use tokenward::net::{Answer, Request, Transport, TransportError};
use tokenward_emulator::{Fault, FaultKind, FaultMatch, Service};
use zeroize::Zeroizing;

use crate::support::{FOUR, World};

/// One answer of GitHub's: its status, headers, body; the id that it has to be told under, and what
/// of its sentence has to be shown.
type Row = (u16, &'static [(&'static str, &'static str)], &'static str, &'static str, &'static str);

const CREDENTIAL: [&str; 3] = ["aB3xK9", "qZ7mN2", "pL5wT8"];
const PERMISSION: &[(&str, &str)] = &[("x-accepted-github-permissions", "secrets=write")];
const SIGN_ON: &[(&str, &str)] = &[
    (
        "x-github-sso",
        "required; url=https://github.com/orgs/acme/sso?authorization_request=AZSCKL4",
    ),
    PERMISSION[0],
];

const ROWS: &[Row] = &[
    // Single sign-on.
    (
        403,
        SIGN_ON,
        r#"{"message":"Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.","documentation_url":"https://docs.github.com/articles/authenticating-to-a-github-organization-with-saml-single-sign-on/"}"#,
        "github-sign-on",
        "Resource protected by organization SAML enforcement.",
    ),
    (
        403,
        &[],
        r#"{"message":"Resource protected by organization SAML enforcement. You must grant your OAuth token access to this organization."}"#,
        "github-sign-on",
        "SAML enforcement",
    ),
    (
        403,
        PERMISSION,
        r#"{"message":"Resource protected by organization SAML enforcement. You must grant your 0Auth token access to an organization within this business."}"#,
        "github-sign-on",
        "SAML enforcement",
    ),
    (403, SIGN_ON, r#"{"message":"Forbidden"}"#, "github-sign-on", "Forbidden"),
    (404, SIGN_ON, r#"{"message":"Not Found"}"#, "github-sign-on", "Not Found"),
    // Addresses.
    (
        403,
        PERMISSION,
        r#"{"message":"Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled, and your IP address is not permitted to access this resource."}"#,
        "github-ip-allow-list",
        "has an IP allow list enabled, and your IP address is not permitted",
    ),
    (
        403,
        &[],
        r#"{"message":"Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled, and 192.0.2.22 is not permitted to access this resource."}"#,
        "github-ip-allow-list",
        "192.0.2.22 is not permitted",
    ),
    // Kinds of tokens that an organization forbids.
    (
        403,
        PERMISSION,
        r#"{"message":"`acme` forbids access via a personal access token (classic). Please use a GitHub App, OAuth App, or a personal access token with fine-grained permissions."}"#,
        "github-token-policy",
        "`acme` forbids access via a personal access token (classic).",
    ),
    (
        403,
        &[],
        r#"{"message":"`acme` forbids access via a personal access token with fine-grained permissions. Please use a GitHub App, or an OAuth App."}"#,
        "github-token-policy",
        "with fine-grained permissions.",
    ),
    (
        403,
        PERMISSION,
        r#"{"message":"The 'acme' organization forbids access via a fine-grained personal access tokens if the token's lifetime is greater than 366 days. Please adjust your token's lifetime at the following URL: https://github.com/settings/personal-access-tokens/1","status":"403"}"#,
        "github-token-policy",
        "lifetime is greater than 366 days.",
    ),
    (
        403,
        &[],
        r#"{"message":"The 'acme' enterprise forbids access via a personal access token (classic) if the token's lifetime is greater than 90 days."}"#,
        "github-token-policy",
        "The 'acme' enterprise forbids access",
    ),
    (
        403,
        PERMISSION,
        r#"{"message":"Although you appear to have the correct authorization credentials, the `acme` organization has enabled OAuth App access restrictions, meaning that data access to third-parties is limited. For more information on these restrictions, including how to enable this app, visit https://docs.github.com/articles/restricting-access-to-your-organization-s-data/"}"#,
        "github-oauth-restricted",
        "has enabled OAuth App access restrictions",
    ),
    // Who is suspended or lacks a factor.
    (
        403,
        &[],
        r#"{"message":"This installation has been suspended","documentation_url":"https://docs.github.com/rest/reference/apps","status":"403"}"#,
        "github-suspended",
        "This installation has been suspended",
    ),
    (
        403,
        &[],
        r#"{"message":"Sorry. Your account was suspended"}"#,
        "github-suspended",
        "Your account was suspended",
    ),
    (
        401,
        &[("x-github-otp", "required; app")],
        r#"{"message":"Must specify two-factor authentication OTP code.","documentation_url":"https://developer.github.com/v3/auth#working-with-two-factor-authentication"}"#,
        "github-two-factor",
        "Must specify two-factor authentication OTP code.",
    ),
    (
        401,
        &[],
        r#"{"message":"Bad credentials","documentation_url":"https://docs.github.com/rest","status":"401"}"#,
        "github-token-dead",
        "Bad credentials",
    ),
    (
        401,
        &[],
        r#"{"message":"Requires authentication"}"#,
        "github-token-dead",
        "Requires authentication",
    ),
    // The repository.
    (
        403,
        PERMISSION,
        r#"{"message":"Repository was archived so is read-only.","documentation_url":"https://docs.github.com/rest/actions/secrets#create-or-update-a-repository-secret","status":"403"}"#,
        "repository-archived",
        "Repository was archived so is read-only.",
    ),
    (
        403,
        &[],
        r#"{"message":"Repository access blocked","block":{"reason":"tos","created_at":"2021-06-08T01:02:15Z","html_url":"https://github.com/tos"}}"#,
        "repository-disabled",
        "Repository access blocked",
    ),
    (
        403,
        &[],
        r#"{"message":"Repository access blocked","block":{"reason":"unavailable","created_at":"2014-01-31T22:32:14Z","html_url":"https://github.com/tos"}}"#,
        "repository-disabled",
        "Repository access blocked",
    ),
    (
        451,
        &[],
        r#"{"message":"Repository access blocked","block":{"reason":"dmca","created_at":"2021-04-22T17:53:56Z"}}"#,
        "repository-disabled",
        "Repository access blocked",
    ),
    (
        409,
        &[],
        r#"{"message":"Git Repository is empty.","documentation_url":"https://docs.github.com/rest/git/trees#create-a-tree","status":"409"}"#,
        "github-refused",
        "Git Repository is empty.",
    ),
    (
        404,
        &[],
        r#"{"message":"Not Found","documentation_url":"https://docs.github.com/rest/actions/secrets#get-an-environment-public-key","status":"404"}"#,
        "repository-unknown",
        "Not Found",
    ),
    // Permissions.
    (
        403,
        PERMISSION,
        r#"{"message":"Resource not accessible by integration","documentation_url":"https://docs.github.com/rest/actions/secrets#get-a-repository-public-key","status":"403"}"#,
        "github-permission",
        "Resource not accessible by integration",
    ),
    (
        403,
        PERMISSION,
        r#"{"message":"Resource not accessible by personal access token"}"#,
        "github-permission",
        "Resource not accessible by personal access token",
    ),
    (
        403,
        &[("x-ratelimit-remaining", "0")],
        r#"{"message":"Resource not accessible by integration"}"#,
        "github-permission",
        "Resource not accessible by integration",
    ),
    (
        403,
        &[],
        r#"{"message":"Must have admin rights to Repository."}"#,
        "github-permission",
        "Must have admin rights to Repository.",
    ),
    (
        403,
        &[],
        r#"{"message":"Must have push access to repository"}"#,
        "github-permission",
        "Must have push access to repository",
    ),
    // Rules.
    (
        422,
        PERMISSION,
        r#"{"message":"Repository rule violations found\n\nCannot create ref due to creations being restricted.\n\n","documentation_url":"https://docs.github.com/rest/git/refs#create-a-reference","status":"422"}"#,
        "github-ruleset",
        "Cannot create ref due to creations being restricted.",
    ),
    (
        422,
        &[],
        r#"{"message":"Repository rule violations found\n\nChanges must be made through a pull request.\n\n"}"#,
        "github-ruleset",
        "Changes must be made through a pull request.",
    ),
    (
        422,
        &[],
        r#"{"message":"Validation Failed","errors":[{"resource":"Release","code":"custom","field":"pre_receive","message":"pre_receive Repository rule violations found\n\nCannot create ref due to creations being restricted.\n\n"},{"resource":"Release","code":"custom","message":"Published releases must have a valid tag"}]}"#,
        "github-ruleset",
        "Validation Failed; pre_receive Repository rule violations found Cannot create ref due to creations being restricted.",
    ),
    (
        422,
        &[],
        r#"{"message":"Cannot force-push to this protected branch"}"#,
        "github-ruleset",
        "Cannot force-push to this protected branch",
    ),
    (
        422,
        &[],
        r#"{"message":"Cannot update this protected ref."}"#,
        "github-ruleset",
        "Cannot update this protected ref.",
    ),
    // Refs.
    (
        422,
        &[],
        r#"{"message":"Reference already exists","documentation_url":"https://docs.github.com/rest/git/refs#create-a-reference"}"#,
        "journal-lost",
        "Reference already exists",
    ),
    (
        422,
        &[],
        r#"{"message":"Update is not a fast forward"}"#,
        "journal-lost",
        "Update is not a fast forward",
    ),
    (
        422,
        &[],
        r#"{"message":"Reference update failed","documentation_url":"https://docs.github.com/rest/git/refs#create-a-reference","status":"422"}"#,
        "github-refused",
        "Reference update failed",
    ),
    (409, &[], r#"{"message":"Conflict"}"#, "github-refused", "Conflict"),
    // Secrets.
    (
        422,
        &[],
        r#"{"message":"Bad request - validation failed due to an improperly encrypted secret"}"#,
        "secret-key-outdated",
        "improperly encrypted secret",
    ),
    (
        409,
        &[],
        r#"{"message":"Bad request - key_id does not match the current public key"}"#,
        "secret-key-outdated",
        "key_id does not match",
    ),
    (
        422,
        &[],
        r#"{"message":"Invalid request.\n\n\"key_id\" wasn't supplied.","documentation_url":"https://docs.github.com/rest/reference/actions#create-or-update-a-repository-secret"}"#,
        "github-refused",
        "Invalid request.",
    ),
    (
        422,
        &[],
        r#"{"message":"Secret names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces are not allowed."}"#,
        "config-bad-secret-name",
        "GitHub does not allow this secret name",
    ),
    (
        422,
        &[],
        r#"{"message":"Secret names must not start with GITHUB_."}"#,
        "config-bad-secret-name",
        "Secret names must not start with GITHUB_.",
    ),
    (
        422,
        &[],
        r#"{"message":"Secret value exceeds the maximum size of 48 KB"}"#,
        "value-too-large",
        "maximum size of 48 KB",
    ),
    (413, &[], r#"{"message":"Payload too large"}"#, "value-too-large", "Payload too large"),
    (
        422,
        &[],
        r#"{"message":"Repository has reached the maximum number of secrets (100)"}"#,
        "secret-quota",
        "maximum number of secrets",
    ),
    // Limits.
    (
        403,
        &[],
        r#"{"message":"You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry your request again later."}"#,
        "github-rate-limited",
        "rate limit",
    ),
    (
        403,
        &[],
        r#"{"message":"You have triggered an abuse detection mechanism and have been temporarily blocked from content creation. Please retry your request again later."}"#,
        "github-rate-limited",
        "rate limit",
    ),
    (
        403,
        &[("x-ratelimit-remaining", "0")],
        r#"{"message":"API rate limit exceeded for installation."}"#,
        "github-rate-limited",
        "rate limit",
    ),
    (
        422,
        &[],
        r#"{"message":"Validation Failed","errors":["was submitted too quickly"]}"#,
        "github-rate-limited",
        "rate limit",
    ),
    (
        429,
        &[("retry-after", "120")],
        r#"{"message":"Too many requests"}"#,
        "github-rate-limited",
        "rate limit",
    ),
    // What somebody on the way said.
    (401, &[], "<html><h1>401 Unauthorized</h1></html>", "github-unavailable", "a proxy?"),
    (403, &[], "<html><h1>403 Forbidden</h1></html>", "github-unavailable", "a proxy?"),
    (404, &[], "<html><h1>404 Not Found</h1></html>", "github-unavailable", "a proxy?"),
    (422, &[], "", "github-unavailable", "a proxy?"),
    (408, &[], r#"{"message":"Request Timeout"}"#, "github-unavailable", "408"),
    // What nobody has told yet.
    (
        403,
        PERMISSION,
        r#"{"message":"The moon is in the wrong house"}"#,
        "github-refused",
        "The moon is in the wrong house",
    ),
    (
        422,
        &[],
        r#"{"message":"Validation Failed","errors":["The house is in the wrong moon",{"field":"visibility","code":"invalid"}]}"#,
        "github-refused",
        "Validation Failed; The house is in the wrong moon; visibility invalid",
    ),
];

/// Answers every request the same way.
struct Always(Mutex<Answer>);

impl Transport for Always {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        let answer = self.0.lock().unwrap();
        let answer = Answer {
            status: answer.status,
            headers: answer.headers.clone(),
            body: answer.body.clone(),
        };
        std::future::ready(Ok(answer)).boxed()
    }
}

async fn told_by(api: &str, (status, headers, body, ..): &Row) -> Problem {
    let mut all = http::HeaderMap::new();
    all.insert("date", "Sat, 28 Nov 2026 12:00:00 GMT".parse().unwrap());
    headers.iter().for_each(|(name, value)| drop(all.insert(*name, value.parse().unwrap())));
    let answer =
        Answer { status: *status, headers: all, body: Zeroizing::new(body.as_bytes().to_vec()) };
    let api = Api::of(api, None).unwrap();
    let github =
        GitHub::new(Arc::new(Always(Mutex::new(answer))), &api, &Secret::new(CREDENTIAL.concat()))
            .unwrap();
    let outcome = github
        .write(http::Method::PUT, "/repos/acme/site/actions/secrets/X", None, Use::Journal)
        .await;
    outcome.map(|_| ()).unwrap_err().to_problem("write X in acme/site")
}

async fn told(row: &Row) -> Problem {
    told_by(Api::PUBLIC, row).await
}

#[tokio::test(start_paused = true)]
async fn c2_every_refusal_of_github_is_told_by_its_own_cause_and_sentence() {
    assert!(ROWS.len() >= 40);
    for row in ROWS {
        let problem = told(row).await;
        assert_eq!(problem.id.id(), row.3, "{problem}\n{row:?}");
        assert!(problem.to_string().contains(row.4), "{problem}\n{row:?}");
        assert!(problem.hint.is_some(), "{problem}");
        // Only what GitHub calls a permission is told as one.
        assert_eq!(
            problem.to_string().contains("permission (403)"),
            row.3 == "github-permission",
            "{problem}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn c2_the_address_for_single_sign_on_is_passed_on_if_it_is_githubs_own() {
    let body = r#"{"message":"Resource protected by organization SAML enforcement."}"#;
    let hint = async |api: &str, header: &'static str| {
        let header: &'static [(&str, &str)] = Box::leak(Box::new([("x-github-sso", header)]));
        let problem = told_by(api, &(403, header, body, "", "")).await;
        assert_eq!(problem.id.id(), "github-sign-on");
        problem.hint.unwrap()
    };
    let good = "https://github.com/orgs/acme/sso?authorization_request=AZSCKL4";
    assert!(
        hint(
            Api::PUBLIC,
            "required; url=https://github.com/orgs/acme/sso?authorization_request=AZSCKL4"
        )
        .await
        .contains(good)
    );
    assert!(
        hint(Api::PUBLIC, "required; url=https://github.com/enterprises/acme/sso")
            .await
            .contains("https://github.com/enterprises/acme/sso")
    );
    let tenant = "required; url=https://acme.ghe.com/orgs/acme/sso?authorization_request=A";
    assert!(
        hint("https://api.acme.ghe.com", tenant)
            .await
            .contains("https://acme.ghe.com/orgs/acme/sso")
    );
    for odd in [
        "required; url=https://evil.example/orgs/acme/sso?authorization_request=A",
        "required; url=https://github.com@evil.example/orgs/acme/sso",
        "required; url=https://user@github.com/orgs/acme/sso",
        "required; url=https://github.com:8443/orgs/acme/sso",
        "required; url=http://github.com/orgs/acme/sso",
        "required; url=https://github.com/login/oauth/authorize?client_id=x",
        "required; url=https://github.com/orgs/acme/sso/../../x",
        "required; url=https://github.com/orgs/acme/sso?next=https://evil.example",
        "required; url=https://github.com/orgs/acme/sso?a=b`rm`",
        "required; url=https://github.com.evil.example/orgs/acme/sso",
        "required; url=https://gist.github.com/orgs/acme/sso",
        "required; url=https://github.com/orgs/acme/sso?authorization_request=aB3xK9qZ7mN2pL5wT8",
        "required; url=",
        "required",
    ] {
        assert!(!hint(Api::PUBLIC, odd).await.contains("://"), "{odd}");
    }
    // Another GitHub's address is none of this one's.
    assert!(!hint(Api::PUBLIC, tenant).await.contains("://"));
}

fn says(status: u16, headers: &[(&'static str, &str)], message: &str) -> FaultKind {
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    FaultKind::Says { status, headers, body: serde_json::json!({ "message": message }).to_string() }
}

/// Adopted and due; then GitHub answers everything that concerns `path` like this.
async fn due(path: &str, method: Option<&str>, kind: FaultKind) -> World {
    let world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    let matches = FaultMatch::Where {
        service: Some(Service::GitHub),
        method: method.map(str::to_owned),
        path_contains: Some(path.to_owned()),
    };
    world.emulator.inject(Fault { matches, kind, times: u32::MAX });
    world
}

#[tokio::test(start_paused = true)]
async fn c2_a_rotation_tells_of_single_sign_on_and_of_an_allow_list_and_not_of_a_permission() {
    let cases = [
        (
            "github-sign-on",
            SIGN_ON.iter().map(|(name, value)| (*name, *value)).collect::<Vec<_>>(),
            "Resource protected by organization SAML enforcement.",
            "https://github.com/orgs/acme/sso?authorization_request=AZSCKL4",
        ),
        (
            "github-ip-allow-list",
            PERMISSION.to_vec(),
            "Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled, and your IP address is not permitted to access this resource.",
            "has an IP allow list enabled",
        ),
    ];
    for (id, headers, message, shown) in cases {
        let world = due("/secrets/public-key", None, says(403, &headers, message)).await;
        let ran = world.run(&["rotate"]).await.expect(4);
        assert!(
            ran.all().contains(&format!("error[{id}]")) && ran.all().contains(shown),
            "{}",
            ran.all()
        );
        assert!(!ran.all().contains("lacks a permission"), "{}", ran.all());
        assert_eq!(world.emulator.sendgrid().created_count(), 0);
        assert!(world.held().iter().all(|held| *held == world.old));
        let doctor = {
            world.emulator.clear_faults();
            let matches = FaultMatch::Where {
                service: Some(Service::GitHub),
                method: None,
                path_contains: Some("/secrets/".to_owned()),
            };
            world.emulator.inject(Fault {
                matches,
                kind: says(403, &headers, message),
                times: u32::MAX,
            });
            world.run(&["doctor"]).await
        };
        assert!(
            doctor.code != 0 && doctor.all().contains(&format!("error[{id}]")),
            "{}",
            doctor.all()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn c2_a_write_that_is_refused_for_an_archive_or_a_policy_says_so() {
    for (id, message) in [
        ("repository-archived", "Repository was archived so is read-only."),
        ("github-token-policy", "`acme` forbids access via a personal access token (classic)."),
    ] {
        let world =
            due("/secrets/SENDGRID_API_KEY", Some("PUT"), says(403, PERMISSION, message)).await;
        let ran = world.run(&["rotate"]).await;
        assert!(
            ran.code != 0
                && ran.all().contains(&format!("error[{id}]"))
                && ran.all().contains(message),
            "{}",
            ran.all()
        );
        assert!(!ran.all().contains("lacks a permission"), "{}", ran.all());
        assert!(world.is_live(&world.old));
    }
}
