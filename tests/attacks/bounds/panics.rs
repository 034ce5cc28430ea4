//! A12: a panic in one token's work ends that token's work, is reported as a bug, and leaves the
//! others alone.

use std::process::Command;

use super::wire::Wire;
use crate::support::{FOUR, World};

/// Two tokens: the provider of the first makes tokenward panic, the second is SendGrid's.
fn two() -> String {
    let broken = "tokens:\n  broken:\n    provider: hubspot\n    value: env:HUBSPOT_TOKEN\n    destinations: [{github: acme/site, secret: HUBSPOT_TOKEN}]\n";
    FOUR.replace("tokens:\n", broken)
}

fn world() -> World {
    let world = World::new(&two());
    world.emulator.github().put_secret(
        &crate::support::places()[0],
        "HUBSPOT_TOKEN",
        "pat-made-up",
    );
    world
}

/// Panics when the first provider is asked.
fn hostile(world: &mut World) {
    Wire::instead(world, |request| {
        assert!(request.host() != "api.hubapi.com", "what a panic says could be a secret");
        None
    });
}

#[tokio::test(start_paused = true)]
async fn a12_a_panic_in_one_tokens_work_leaves_the_others_alone() {
    for way in [
        &["rotate", "--format", "json"][..],
        &["check", "--format", "json"],
        &["rotate", "--dry-run", "--format", "json"],
    ] {
        let mut world = world();
        hostile(&mut world);
        let ran = world.run(way).await;
        // The gravest class there is, and a whole report all the same.
        assert_eq!(ran.code, 1, "{}", ran.all());
        let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let tokens = report["tokens"].as_array().unwrap();
        assert_eq!(tokens.len(), 2, "{report:#}");
        assert_eq!(
            (&tokens[0]["name"], &tokens[0]["problems"][0]["id"]),
            (&"broken".into(), &"bug".into()),
            "{report:#}"
        );
        let bugs = tokens[1]["problems"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|problem| problem["id"] == "bug")
            .count();
        assert_eq!((&tokens[1]["name"], bugs), (&"sendgrid".into(), 0), "{report:#}");
        assert!(!ran.all().contains("could be a secret"), "{}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn a12_a_panic_leaves_its_token_to_the_next_run_and_rotates_the_others() {
    let mut world = world();
    hostile(&mut world);
    world.run(&["rotate"]).await.expect(1);
    world.pass(31 * 24);
    let ran = world.run(&["rotate"]).await.expect(1);
    assert!(ran.out.contains("the next run continues from there"), "{}", ran.all());
    let held = world.held();
    assert!(held.iter().all(|held| *held != world.old && world.is_live(held)), "{}", ran.all());
    // Once the provider is itself again, nothing of the panic is left.
    world.transport = None;
    let ran = world.run(&["rotate", "sendgrid"]).await.expect(0);
    assert!(!ran.all().contains("error["), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a12_a_panic_at_github_ends_with_a_report_and_not_with_the_process() {
    let mut world = World::new(FOUR);
    Wire::instead(&mut world, |request| {
        assert!(request.host() != "api.github.com", "what a panic says could be a secret");
        None
    });
    for way in [&["rotate"][..], &["status"], &["plan"], &["doctor"], &["revoke", "sendgrid"]] {
        let ran = world.run(way).await;
        assert!(ran.code == 1 || ran.code == 2, "{way:?}: {}", ran.all());
        assert!(ran.code == 2 || ran.all().contains("bug"), "{way:?}: {}", ran.all());
        assert!(!ran.all().contains("could be a secret"), "{}", ran.all());
    }
}

#[test]
fn a12_the_released_binary_unwinds() {
    let manifest =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
    assert!(!manifest.contains("panic = \"abort\""), "a panic could not be caught");
    // The control: the vehicle. A program that aborts is gone, whatever catches.
    let status = Command::new("sh").args(["-c", "kill -ABRT $$"]).status().unwrap();
    assert!(!status.success());
}
