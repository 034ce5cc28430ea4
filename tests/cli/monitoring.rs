//! `check` where the provider tells more than a verdict: stale values, old keys that are still
//! used, keys nobody declared; and our own credential at GitHub.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use tokenward_emulator::{Credential, CredentialKind, SecretPlace};

use crate::support::{FOUR, REPO, World};

const SES: &str = "\
version: 1
defaults: {rotate-every: 30d, grace: 24h}
tokens:
  ses:
    provider: amazon-ses
    value: env:SES_KEY
    destinations:
      - {github: acme/site, secret: SES_KEY}
";

fn ses() -> (World, String) {
    let world = World::new(SES);
    let old = world.emulator.twin("amazon-ses").unwrap().seed("access-key").unwrap().value;
    world.emulator.github().put_secret(&SecretPlace::Repo(REPO.to_owned()), "SES_KEY", &old);
    (world, old)
}

fn handed(value: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("SES_KEY".to_owned(), value.to_owned())])
}

#[tokio::test(start_paused = true)]
async fn an_access_key_lives_through_all_commands_whatever_the_runners_clock() {
    let (world, old) = ses();
    world.run(&["rotate"]).await.expect(0);
    // The emulator's clock is a month ahead of the one that signs.
    world.pass(31 * 24);
    world.run(&["rotate"]).await.expect(0);
    let new = world
        .emulator
        .github()
        .secret_value(&SecretPlace::Repo(REPO.to_owned()), "SES_KEY")
        .unwrap();
    let twin = world.emulator.twin("amazon-ses").unwrap();
    assert!(new != old && twin.is_live(&new) && twin.is_live(&old));
    for hours in [1, 25, 1] {
        world.pass(hours);
        world.run(&["rotate"]).await.expect(0);
    }
    assert!(twin.is_live(&new) && !twin.is_live(&old));
    world.run(&["check"]).await.expect(0);
}

#[tokio::test(start_paused = true)]
async fn an_old_value_in_use_is_stale_and_its_use_is_seen() {
    let (world, old) = ses();
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    world.run(&["rotate"]).await.expect(0);
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    world.run(&["check"]).await.expect(0);
    world.pass(1);
    // A run that is handed the old value is told so, and does not use the old key.
    let ran = world.run_with(&["check"], &handed(&old)).await.expect(10);
    assert!(ran.out.contains("error[token-stale]"), "{}", ran.all());
    world.run(&["check"]).await.expect(0);
    assert!(world.emulator.twin("amazon-ses").unwrap().used(&old));
    let ran = world.run(&["check"]).await.expect(10);
    assert!(ran.out.contains("error[token-still-used]"), "{}", ran.all());
    world.run(&["check", "--fail-on", "token-dead"]).await.expect(0);
}

#[tokio::test(start_paused = true)]
async fn a_key_of_this_user_that_nobody_declared_is_a_finding() {
    let (world, _) = ses();
    world.run(&["rotate"]).await.expect(0);
    world.run(&["check"]).await.expect(0);
    let user = world.emulator.twin("amazon-ses").unwrap().with("access-key")[0].1.clone();
    let stray = world.emulator.amazon_ses().add_key(&user);
    let id = stray.split(':').next().unwrap();
    let ran = world.run(&["check"]).await.expect(10);
    assert!(
        ran.out.contains(&format!("error[key-undeclared]: amazon-ses has a key {id}")),
        "{}",
        ran.all()
    );
}

#[tokio::test(start_paused = true)]
async fn a_personal_access_token_that_ends_soon_is_spoken_of() {
    let mut world = World::new(FOUR);
    let until = |days: i64| world.emulator.now() + SignedDuration::from_hours(24 * days);
    let pat = |at| {
        let all = [
            ("secrets", "write"),
            ("contents", "write"),
            ("actions", "read"),
            ("metadata", "read"),
        ];
        Credential::new(CredentialKind::Pat, &all).on(&[REPO]).until(at)
    };
    let (soon, late) = (pat(until(3)), pat(until(30)));
    let (soon, late) = (
        world.emulator.github().add_credential(soon),
        world.emulator.github().add_credential(late),
    );
    world.env.insert("GITHUB_TOKEN".to_owned(), late);
    world.run(&["check"]).await.expect(0);
    world.env.insert("GITHUB_TOKEN".to_owned(), soon);
    let ran = world.run(&["check"]).await.expect(10);
    assert!(
        ran.out.contains("error[github-token-expiring]: the credential in GITHUB_TOKEN expires at"),
        "{}",
        ran.all()
    );
}
