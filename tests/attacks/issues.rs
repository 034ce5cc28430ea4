//! A GitHub (or a proxy before it) that lies about the issue in which a person is asked: another
//! address, another number. No report repeats the address, and no journal keeps the number.

#![expect(clippy::unwrap_used, reason = "a world that cannot be set up is a failed test")]

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use tokenward::net::{Answer, Request, Transport, TransportError};
use tokenward_emulator::{Credential, CredentialKind, SecretPlace};
use zeroize::Zeroizing;

use crate::support::{InProcess, REPO, World};

/// The emulator, with something else in each of its issues.
struct Lying(InProcess, &'static str, Value);

impl Transport for Lying {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        async move {
            let asks_issues = request.url.path().contains("/issues");
            let mut answer = self.0.send(request).await?;
            if asks_issues && answer.status < 300 {
                let mut body: Value = serde_json::from_slice(&answer.body).unwrap();
                let one = body.is_object().then_some(&mut body).into_iter();
                one.for_each(|issue| issue[self.1] = self.2.clone());
                answer.body = Zeroizing::new(body.to_string().into_bytes());
            }
            Ok(answer)
        }
        .boxed()
    }
}

/// A HubSpot token that a person has to replace.
fn due() -> World {
    let mut world = World::new(
        "\
version: 1
tokens:
  crm:
    provider: hubspot
    value: env:HUBSPOT_TOKEN
    rotate-every: 30d
    destinations: [{github: acme/site, secret: HUBSPOT_TOKEN}]
",
    );
    let value = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    let place = SecretPlace::Repo(REPO.to_owned());
    world.emulator.github().put_secret(&place, "HUBSPOT_TOKEN", &value);
    world.env.insert("HUBSPOT_TOKEN".to_owned(), value);
    let permissions = [("contents", "write"), ("actions", "read"), ("issues", "write")];
    let own = Credential::new(CredentialKind::ActionsToken, &permissions).on(&[REPO]);
    world.env.insert("GITHUB_TOKEN".to_owned(), world.emulator.github().add_credential(own));
    world.pass(1);
    world
}

#[tokio::test(start_paused = true)]
async fn an_issue_s_address_is_ours_and_not_what_the_answer_says() {
    let long = "x".repeat(100_000);
    for address in ["javascript:alert(1)", "https://evil.example/\n::error::owned", &long] {
        let mut world = due();
        world.run(&["rotate"]).await.expect(0);
        world.pass(31 * 24);
        world.transport = Some(Arc::new(Lying(world.in_process(), "html_url", json!(address))));
        for format in ["human", "json"] {
            let ran = world.run(&["rotate", "--format", format]).await.expect(0);
            let all = format!("{}{}", ran.out, ran.err);
            assert!(!all.contains(address.lines().next().unwrap()), "{format}: {all:.2000}");
            assert!(all.contains("https://github.com/acme/site/issues/1"), "{format}: {all:.2000}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_issue_s_number_that_cannot_be_one_is_neither_kept_nor_followed() {
    for number in [json!(0), json!(u64::MAX), json!(-1), json!("1")] {
        let mut world = due();
        world.run(&["rotate"]).await.expect(0);
        world.pass(31 * 24);
        let honest = world.transport.take();
        world.transport = Some(Arc::new(Lying(world.in_process(), "number", number.clone())));
        let ran = world.run(&["rotate"]).await;
        assert!(ran.all().contains("the issue's number"), "{number}: {}", ran.all());
        // GitHub says the truth again: the person is asked once, in the issue that is there.
        world.transport = honest;
        world.run(&["rotate"]).await.expect(0);
        world.run(&["rotate"]).await.expect(0);
        let issues = world.emulator.github().issues(REPO);
        assert_eq!(issues.len(), 1, "{number}: {issues:?}");
        let status = world.run(&["status", "--format", "json"]).await;
        assert!(status.out.contains("(issue 1)"), "{number}: {}", status.all());
    }
}
