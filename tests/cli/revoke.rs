//! `revoke`: one key, now, after what depends on it was shown.

use jiff::SignedDuration;

use crate::support::{FOUR, World, gives_away};

#[tokio::test(start_paused = true)]
async fn the_value_in_use_is_revoked_only_when_that_is_said_twice() {
    let mut world = World::new(FOUR);
    world.emulator.sendgrid().set_revoke_lag(SignedDuration::ZERO);
    world.run(&["rotate"]).await.expect(0);
    let ran = world.run(&["revoke", "sendgrid"]).await.expect(12);
    for says in [
        "error[still-in-use]: this value of sendgrid was not revoked: it is the value in use",
        "SENDGRID_API_KEY in acme/site (production) holds it",
        "tokenward rotate sendgrid --leaked",
        "nothing was changed",
    ] {
        assert!(ran.out.contains(says), "{says}: {}", ran.all());
    }
    world.input = world.old.clone();
    world.run(&["revoke", "--leaked", "-"]).await.expect(12);
    assert!(world.is_live(&world.old));

    let ran = world
        .run(&["revoke", "sendgrid", "--force", "--reason", "the account is closed"])
        .await
        .expect(0);
    assert!(ran.out.contains("verified that key"), "{}", ran.all());
    assert!(!world.is_live(&world.old));
    // The way back: a value that works.
    let new = world.emulator.sendgrid().add_key("a fresh start", &["mail.send"]).value;
    world.input = new.clone();
    world.run(&["push", "sendgrid", "--value-from", "-"]).await.expect(0);
    assert!(world.held().iter().all(|held| *held == new));
}

#[tokio::test(start_paused = true)]
async fn an_old_value_on_standard_input_loses_its_grace() {
    let mut world = World::new(FOUR);
    world.emulator.sendgrid().set_revoke_lag(SignedDuration::ZERO);
    let new = world.rotated().await;
    world.input = world.old.clone();
    let ran = world.run(&["revoke", "--leaked", "-"]).await.expect(12);
    assert!(
        ran.out.contains("not every destination has a newer value yet")
            || ran.out.contains("this value of sendgrid"),
        "{}",
        ran.all()
    );
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    let ran = world.run(&["revoke", "--leaked", "-"]).await.expect(0);
    assert!(ran.out.contains("verified that key"), "{}", ran.all());
    assert_eq!(gives_away(&ran.all(), &world.old), None);
    assert!(!world.is_live(&world.old) && world.is_live(&new));
    let ran = world.run(&["revoke", "--leaked", "-"]).await.expect(0);
    assert!(ran.out.contains("already revoked"), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_no_tokens_of_the_config_is_revoked_only_by_force() {
    let mut world = World::new(FOUR);
    world.emulator.sendgrid().set_revoke_lag(SignedDuration::ZERO);
    world.run(&["rotate"]).await.expect(0);
    let other = world.emulator.sendgrid().add_key("a colleague's", &["mail.send"]).value;
    world.input = other.clone();
    let ran = world.run(&["revoke", "--leaked", "-"]).await.expect(12);
    assert!(
        ran.out.contains("so it is unknown what uses it") && world.is_live(&other),
        "{}",
        ran.all()
    );
    let ran = world
        .run(&["revoke", "--leaked", "-", "--force", "--reason", "found in a chat"])
        .await
        .expect(0);
    assert!(
        ran.out.contains("verified that") && !world.is_live(&other) && world.is_live(&world.old),
        "{}",
        ran.all()
    );
    assert_eq!(gives_away(&ran.all(), &other), None);
    // The key in use, with something after it.
    world.input = format!("{}x", world.old);
    let ran = world.run(&["revoke", "--leaked", "-", "--force", "--reason", "x"]).await;
    assert!(ran.code != 0 && world.is_live(&world.old), "{}", ran.all());
    world.input = "nothing-that-anybody-gave-out".to_owned();
    world.run(&["revoke", "--leaked", "-"]).await.expect(3);
}

#[tokio::test(start_paused = true)]
async fn a_value_on_the_command_line_is_refused_and_not_repeated() {
    let world = World::new(FOUR);
    for arguments in [["revoke", "--leaked", &world.old], ["revoke", &world.old, "--force"]] {
        let ran = world.run(&arguments).await.expect(2);
        assert_eq!(gives_away(&ran.all(), &world.old), None, "{}", ran.all());
    }
    assert!(world.is_live(&world.old));
}

#[tokio::test(start_paused = true)]
async fn an_old_value_that_no_run_holds_any_more_is_seen_dead_by_whoever_has_it() {
    let (mut world, old) = crate::cli::manual_rotation::hubspot();
    world.run(&["rotate"]).await.expect(0);
    let new = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    world.input = new;
    // A step that is not handed the value in use cannot keep it.
    world
        .run_with(&["push", "crm", "--value-from", "-"], &std::collections::BTreeMap::new())
        .await
        .expect(0);
    // A person is asked, and has the time of a routine.
    for (hours, code) in [(1, 0), (25, 0), (14 * 24, 12)] {
        world.pass(hours);
        let ran = world.run(&["rotate"]).await.expect(code);
        assert!(hours == 1 || ran.out.contains("is revoked: no run has it"), "{}", ran.all());
    }
    world.input = old.clone();
    let ran = world.run(&["revoke", "--leaked", "-"]).await.expect(12);
    assert!(ran.out.contains("it still works"), "{}", ran.all());
    world.emulator.hubspot().revoke(&old);
    let ran = world.run(&["revoke", "--leaked", "-"]).await.expect(0);
    assert!(ran.out.contains("verified that the old value (v0) is revoked"), "{}", ran.all());
    world.run(&["rotate"]).await.expect(0);
}
