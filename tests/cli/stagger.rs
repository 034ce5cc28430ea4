//! Tokens with a common consumer: one of a group at a time.

use crate::support::{FOUR, World};

/// A second token beside the one of `FOUR`, both of one group.
fn two() -> World {
    let second = "  second:\n    provider: sendgrid\n    value: env:SECOND_KEY\n    manager: env:SENDGRID_MANAGER_KEY\n    scopes: [mail.send]\n    stagger: shop\n    destinations: [{github: acme/site, secret: SECOND_KEY}]\n";
    let config = FOUR
        .replace("    scopes: [mail.send]\n", "    scopes: [mail.send]\n    stagger: shop\n")
        + second;
    let world = World::new(&config);
    world.emulator.sendgrid().set_revoke_lag(jiff::SignedDuration::ZERO);
    let key = world.emulator.sendgrid().add_key("second", &["mail.send"]).value;
    world.emulator.github().put_secret(&crate::support::places()[0], "SECOND_KEY", &key);
    world.pass(1);
    world
}

fn created(world: &World) -> usize {
    world.emulator.sendgrid().created_count()
}

#[tokio::test(start_paused = true)]
async fn of_one_group_the_next_is_begun_when_the_one_before_is_over_grace_included() {
    let world = two();
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    let ran = world.run(&["rotate"]).await;
    assert_eq!(created(&world), 1, "{}", ran.all());
    for _ in 0..3 {
        world.pass(5);
        let ran = world.run(&["rotate"]).await.expect(0);
        assert!(
            ran.out.contains("once the rotation of sendgrid has finished")
                || ran.out.contains("once the rotation of second has finished"),
            "{}",
            ran.all()
        );
        assert_eq!(created(&world), 1);
    }
    world.pass(25);
    world.run(&["rotate"]).await;
    world.run(&["rotate"]).await;
    assert_eq!(created(&world), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_was_asked_for_says_whom_it_waits_for_and_a_leak_waits_for_nobody() {
    let world = two();
    world.run(&["rotate"]).await.expect(0);
    world.run(&["rotate", "second", "--force", "--reason", "because"]).await.expect(0);
    let ran = world.run(&["rotate", "sendgrid", "--force", "--reason", "because"]).await.expect(12);
    assert!(ran.out.contains("error[staggered]") && ran.out.contains("second"), "{}", ran.all());
    assert_eq!(created(&world), 1);
    world.run(&["rotate", "sendgrid", "--leaked"]).await.expect(0);
    assert_eq!(created(&world), 2);
    assert!(!world.is_live(&world.old));
}

#[tokio::test(start_paused = true)]
async fn a_group_is_one_job_of_the_matrix() {
    let world = two();
    let ran = world.run(&["plan", "--matrix"]).await.expect(0);
    assert_eq!(
        ran.out,
        "{\"include\":[{\"job\":1,\"tokens\":\"sendgrid second\",\"environment\":\"\"}]}\n"
    );
}
