//! A provider of the user's own: a file named in the config, rotated with no change to the code,
//! and held to the same rules.

use crate::support::{FOUR, Ran, World};

const FILE: &str = include_str!("../fixtures/inhouse.yaml");

/// This provider has no switch, but a key's scopes can be taken away.
const DISABLE: &str = "  disable: {request: {method: PUT, path: '/v3/api_keys/{{id}}', json: {name: disabled, scopes: [user.username.read]}}}\n";

fn world(file: &str) -> World {
    let config = FOUR.replace("provider: sendgrid", "provider: inhouse-mailer");
    let world = World::new(&format!("{config}providers: [.github/tokenward/inhouse.yaml]\n"));
    std::fs::create_dir(world.folder.join(".github/tokenward")).unwrap();
    std::fs::write(world.folder.join(".github/tokenward/inhouse.yaml"), file).unwrap();
    world
}

async fn refused(file: &str) -> Ran {
    let world = world(file);
    world.emulator.clear_requests();
    let ran = world.run(&["rotate"]).await.expect(2);
    assert!(world.emulator.requests().is_empty(), "nothing is contacted");
    ran
}

#[tokio::test(start_paused = true)]
async fn a_provider_of_ones_own_is_rotated_with_no_change_to_the_code() {
    let world = world(FILE);
    let new = world.rotated().await;
    for hours in [1, 25] {
        world.pass(hours);
        world.run(&["rotate"]).await.expect(0);
    }
    world.pass(1);
    assert!(world.is_live(&new) && !world.is_live(&world.old));
}

#[tokio::test(start_paused = true)]
async fn a_key_is_disabled_first_where_the_provider_can_and_deleted_an_hour_later() {
    let world = world(&format!("{FILE}{DISABLE}"));
    world.rotated().await;
    for hours in [1, 24] {
        world.pass(hours);
        world.run(&["rotate"]).await.expect(0);
    }
    let scopes = |world: &World| {
        world
            .emulator
            .sendgrid()
            .keys()
            .iter()
            .find(|key| key.value == world.old)
            .map(|key| key.scopes.clone())
    };
    assert_eq!(
        scopes(&world),
        Some(vec!["user.username.read".to_owned()]),
        "it may do nothing any more, and can be given back what it could"
    );
    let ran = world.run(&["status"]).await.expect(0);
    assert!(ran.out.contains("delete the disabled v0"), "{}", ran.all());
    world.run(&["rotate"]).await.expect(0);
    assert!(scopes(&world).is_some(), "too early");
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    assert_eq!(scopes(&world), None);
}

#[tokio::test(start_paused = true)]
async fn a_leaked_key_is_disabled_and_deleted_in_one_run() {
    let world = world(&format!("{FILE}{DISABLE}"));
    world.run(&["rotate"]).await.expect(0);
    world.pass(1);
    let ran = world.run(&["rotate", "sendgrid", "--leaked"]).await.expect(0);
    assert!(
        ran.out.contains("disabled key") && ran.out.contains("verified that key"),
        "{}",
        ran.all()
    );
    assert_eq!(world.emulator.sendgrid().deleted_ids().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_sends_a_value_to_an_undeclared_host_is_refused() {
    let ran = refused(
        &FILE.replace("base: 'https://keys.inhouse.example'", "base: 'https://collector.example'"),
    )
    .await;
    assert!(
        ran.err.contains("error[provider-invalid]") && ran.err.contains("inhouse.yaml:7:"),
        "{}",
        ran.all()
    );
}

#[tokio::test(start_paused = true)]
async fn a_file_that_puts_a_value_into_a_path_is_refused() {
    let ran = refused(&FILE.replace("path: /v3/scopes", "path: '/v3/scopes/{{token}}'")).await;
    assert!(
        ran.err.contains("error[provider-invalid]") && ran.err.contains("inhouse.yaml:15:"),
        "{}",
        ran.all()
    );
}

#[tokio::test(start_paused = true)]
async fn a_file_that_takes_a_known_providers_id_is_refused() {
    let ran = refused(&FILE.replace("id: inhouse-mailer", "id: sendgrid")).await;
    assert!(ran.err.contains("there is a provider `sendgrid` already"), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a_file_in_the_clear_or_with_an_unknown_key_is_refused_with_its_place() {
    let ran = refused(&FILE.replace("base: 'https://", "base: 'http://")).await;
    assert!(ran.err.contains("inhouse.yaml:7:"), "{}", ran.all());
    let ran = refused(&FILE.replace("automatic-scopes", "automatik-scopes")).await;
    assert!(
        ran.err.contains("error[config-unknown-key]")
            && ran.err.contains("did you mean `automatic-scopes`"),
        "{}",
        ran.all()
    );
}
