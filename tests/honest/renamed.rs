//! A value that the journal knows under another name: a token was renamed, two tokens share a value, or
//! two secrets were exchanged. Nothing is adopted twice, and nothing is revoked.

use std::fs;

use tokenward_emulator::{Credential, CredentialKind};

use crate::honest::handed::{ONE, says, settled};
use crate::support::{REPO, World, places};

#[tokio::test(start_paused = true)]
async fn b4_a_renamed_token_is_not_taken_over_under_its_new_name() {
    let world = settled(ONE).await;
    fs::write(
        world.folder.join(".github/tokenward.yml"),
        ONE.replace("  sendgrid:\n", "  mailer:\n"),
    )
    .unwrap();
    for command in [&["rotate"][..], &["adopt", "mailer"], &["check", "mailer"]] {
        says(
            &world.run(command).await.expect(10),
            &[
                "error[token-renamed]",
                "the journal lists the value of mailer under the name sendgrid",
            ],
        );
    }
    // As the hint says.
    fs::write(world.folder.join(".github/tokenward.yml"), ONE).unwrap();
    world.run(&["check"]).await.expect(0);
    world.run(&["rotate", "--force", "--reason", "x"]).await.expect(0);
}

const BY_HAND: &str = "\
version: 1
tokens:
  crm:
    provider: hubspot
    value: env:HUBSPOT_TOKEN
    destinations: [{github: acme/site, secret: HUBSPOT_TOKEN}]
  news:
    provider: hubspot
    value: env:NEWS_TOKEN
    destinations: [{github: acme/site, secret: NEWS_TOKEN}]
";

const TWO: &str = "\
version: 1
tokens:
  first:
    provider: sendgrid
    value: env:SENDGRID_API_KEY
    manager: env:SENDGRID_MANAGER_KEY
    scopes: [mail.send]
    destinations: [{github: acme/site, secret: SENDGRID_API_KEY}]
  second:
    provider: sendgrid
    value: env:NEWS_KEY
    manager: env:SENDGRID_MANAGER_KEY
    scopes: [mail.send]
    destinations: [{github: acme/site, secret: NEWS_KEY}]
";

#[tokio::test(start_paused = true)]
async fn b4_two_tokens_with_one_value_are_not_both_adopted_in_one_run() {
    // The journal has its key already, so that one run adopts both.
    let world = settled(ONE).await;
    let shared = world.emulator.sendgrid().add_key("shared", &["mail.send"]).value;
    let copies = TWO.replace("SENDGRID_API_KEY", "COPY_KEY").replace("version: 1\ntokens:\n", "");
    fs::write(world.folder.join(".github/tokenward.yml"), format!("{ONE}{copies}")).unwrap();
    for name in ["NEWS_KEY", "COPY_KEY"] {
        world.emulator.github().put_secret(&places()[0], name, &shared);
    }
    world.pass(1);
    let ran = world.run(&["rotate"]).await.expect(10);
    says(&ran, &["error[token-renamed]", "adopted the value in use as v0"]);
    assert_eq!(ran.out.matches("adopted the value in use").count(), 1, "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn b4_exchanged_secrets_are_told_as_that_and_nothing_is_revoked() {
    let world = World::new(TWO);
    let other = world.emulator.sendgrid().add_key("news", &["mail.send"]).value;
    world.emulator.github().put_secret(&places()[0], "NEWS_KEY", &other);
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    world.run(&["check"]).await;
    world.pass(1);
    world.emulator.github().put_secret(&places()[0], "NEWS_KEY", &world.old);
    world.emulator.github().put_secret(&places()[0], "SENDGRID_API_KEY", &other);
    world.pass(1);
    for command in [&["check"][..], &["rotate"], &["rotate", "--force", "--reason", "x"]] {
        let ran = world.run(command).await.expect(10);
        says(&ran, &["the journal lists the value of first under the name second"]);
    }
    assert!(world.is_live(&other) && world.is_live(&world.old));
}

#[tokio::test(start_paused = true)]
async fn b2_nobody_is_asked_to_revoke_a_value_that_another_token_of_the_run_has() {
    let mut world = World::new(BY_HAND);
    let permissions = [("contents", "write"), ("actions", "read"), ("issues", "write")];
    let own = Credential::new(CredentialKind::ActionsToken, &permissions).on(&[REPO]);
    world.env.insert("GITHUB_TOKEN".to_owned(), world.emulator.github().add_credential(own));
    let old = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    for name in ["HUBSPOT_TOKEN", "NEWS_TOKEN"] {
        world.emulator.github().put_secret(&places()[0], name, &old);
    }
    world.pass(1);
    world.run(&["rotate", "crm"]).await.expect(0);
    world.run(&["rotate", "crm"]).await;
    world.input = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    world.run(&["push", "crm", "--value-from", "-"]).await.expect(0);
    for hours in [1, 25] {
        world.pass(hours);
        world.run(&["rotate", "crm"]).await;
    }
    let ran = world.run(&["rotate", "crm"]).await;
    says(&ran, &["error[still-in-use]: v0 of crm is not revoked: news has the same value"]);
    assert!(world.emulator.github().issues(REPO).is_empty());
    // The control: once the other token has a value of its own, a person is asked.
    let another = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    world.emulator.github().put_secret(&places()[0], "NEWS_TOKEN", &another);
    world.pass(1);
    world.run(&["rotate", "crm"]).await;
    let issues = world.emulator.github().issues(REPO);
    assert!(issues.iter().any(|issue| issue.title.contains("revoke the old")), "{}", issues.len());
}

#[tokio::test(start_paused = true)]
async fn b2_a_managers_own_value_is_told_as_that_when_it_is_to_be_revoked() {
    let mut world = settled(ONE).await;
    world.input = world.env["SENDGRID_MANAGER_KEY"].clone();
    let ran = world.run(&["revoke", "--leaked", "-"]).await;
    assert_ne!(ran.code, 0);
    says(&ran, &["this value is a manager credential of sendgrid, not a token"]);
}
