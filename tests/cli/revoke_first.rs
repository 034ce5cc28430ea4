//! `rotate --leaked --revoke-first`: the leaked value is revoked before there is another, and an
//! interrupted run never leaves it at that.

use tokenward_emulator::{Fault, FaultKind, FaultMatch};

use crate::support::{FOUR, Ran, World};

async fn adopted() -> World {
    let world = World::new(FOUR);
    world.emulator.sendgrid().set_revoke_lag(jiff::SignedDuration::ZERO);
    world.run(&["rotate"]).await.expect(0);
    world.pass(1);
    world
}

async fn revokes_first(world: &World) -> Ran {
    world.run(&["rotate", "sendgrid", "--leaked", "--revoke-first"]).await
}

/// Nothing says that a value still works, or that nothing happened, once the value in use was
/// revoked.
fn tells_of_the_end(ran: &Ran) {
    let said = ran.all();
    for untrue in [
        "old value is unchanged",
        "the old one still works",
        "both work",
        "nothing was changed",
        "nothing was revoked",
        "which still works",
    ] {
        assert!(!said.contains(untrue), "{untrue}: {said}");
    }
    assert!(
        said.contains("and there is no replacement yet: everything that uses it fails until a run delivers a new value"),
        "{said}"
    );
}

fn failing(method: &str, path: &str, times: u32) -> Fault {
    let matches = FaultMatch::Where {
        service: None,
        method: Some(method.to_owned()),
        path_contains: Some(path.to_owned()),
    };
    Fault { matches, kind: FaultKind::Unavailable, times }
}

#[tokio::test(start_paused = true)]
async fn a_leaked_value_is_revoked_before_there_is_another_and_it_is_said_aloud() {
    let world = adopted().await;
    world.emulator.clear_requests();
    let ran = revokes_first(&world).await.expect(0);
    assert!(
        ran.err.contains("warning: --revoke-first: unless a check stops the rotation, the value in use is revoked before the new one is delivered"),
        "{}",
        ran.all()
    );
    assert!(
        ran.out.contains("before it has a replacement: everything that uses it fails"),
        "{}",
        ran.all()
    );
    let order: Vec<String> = world
        .emulator
        .requests()
        .iter()
        .map(|request| request.method.clone())
        .filter(|m| m == "DELETE" || m == "PUT")
        .collect();
    assert_eq!(order, ["DELETE", "PUT", "PUT", "PUT", "PUT"]);
    assert!(!world.is_live(&world.old));
    let new = world.held().remove(0);
    assert!(world.is_live(&new) && world.held().iter().all(|held| *held == new));
    world.pass(1);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(ran.out.contains("idle"), "{}", ran.all());
    assert_eq!(world.emulator.sendgrid().deleted_ids().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_outage_that_was_begun_is_ended_by_any_later_run() {
    let world = adopted().await;
    world.emulator.inject(failing("POST", "/v3/api_keys", u32::MAX));
    let ran = revokes_first(&world).await;
    assert_ne!(ran.code, 0);
    assert!(!world.is_live(&world.old), "it is revoked whether or not there is another");
    tells_of_the_end(&ran);
    world.emulator.clear_faults();
    for (method, path) in [
        ("POST", "/v3/api_keys"),
        ("GET", "/v3/scopes"),
        ("GET", "/v3/api_keys"),
        ("GET", "/actions/secrets/"),
    ] {
        world.pass(1);
        world.emulator.inject(failing(method, path, u32::MAX));
        let ran = world.run(&["rotate"]).await;
        assert_ne!(ran.code, 0, "{method} {path}: {}", ran.all());
        tells_of_the_end(&ran);
        world.emulator.clear_faults();
    }
    world.pass(1);
    // A scheduled run, of which nobody asked anything.
    let ran = world.run(&["rotate"]).await.expect(0);
    let new = world.held().remove(0);
    assert!(world.is_live(&new) && world.held().iter().all(|held| *held == new), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a_revocation_that_fails_does_not_keep_the_new_value_back() {
    let world = adopted().await;
    world.emulator.inject(failing("DELETE", "/v3/api_keys", u32::MAX));
    let ran = revokes_first(&world).await.expect(12);
    assert!(ran.out.contains("revoke-failed"), "{}", ran.all());
    let new = world.held().remove(0);
    assert!(new != world.old && world.is_live(&new));
    world.emulator.clear_faults();
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    assert!(!world.is_live(&world.old) && world.is_live(&new));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_manages_itself_is_not_revoked_first() {
    let world = World::new(&FOUR.replace("    manager: env:SENDGRID_MANAGER_KEY\n", ""));
    let ran = revokes_first(&world).await;
    assert_ne!(ran.code, 0);
    assert!(
        world.is_live(&world.old) && world.emulator.sendgrid().deleted_ids().is_empty(),
        "{}",
        ran.all()
    );
}

#[tokio::test(start_paused = true)]
async fn revoke_first_is_for_leaks_and_its_plan_is_what_it_does() {
    let world = adopted().await;
    world.run(&["rotate", "--revoke-first"]).await.expect(2);
    world
        .run(&["rotate", "sendgrid", "--revoke-first", "--force", "--reason", "x"])
        .await
        .expect(2);
    let plan = world
        .run(&["rotate", "sendgrid", "--leaked", "--revoke-first", "--dry-run", "--format", "json"])
        .await
        .expect(0);
    let plan: serde_json::Value = serde_json::from_str(&plan.out).unwrap();
    let total = &plan["tokens"][0]["total"];
    assert!(world.is_live(&world.old));
    world.emulator.clear_requests();
    revokes_first(&world).await.expect(0);
    let (reads, writes) = world.counted();
    // Opening the journal is no part of a token's plan.
    assert_eq!(
        (total["github-reads"].as_u64(), total["github-writes"].as_u64()),
        (Some(reads as u64 - 2), Some(writes as u64)),
        "{plan:#}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_a_destination_holds_that_was_refused_is_told_as_it_is() {
    for revokes_first in [true, false] {
        let world = adopted().await;
        let refused = FaultMatch::Where {
            service: None,
            method: Some("PUT".to_owned()),
            path_contains: Some("/environments/production/secrets/".to_owned()),
        };
        world.emulator.inject(Fault {
            matches: refused,
            kind: FaultKind::Forbidden,
            times: u32::MAX,
        });
        let arguments = ["rotate", "sendgrid", "--leaked", "--revoke-first"];
        for _ in 0..3 {
            let ran = world.run(&arguments[..if revokes_first { 4 } else { 3 }]).await;
            assert_ne!(ran.code, 0, "{}", ran.all());
            let said = ran.all();
            assert_eq!(
                said.contains("(production) still holds the value of key")
                    && said.contains("its consumers fail"),
                revokes_first,
                "{said}"
            );
            assert_eq!(
                said.contains("(production) still holds the old value, which still works"),
                !revokes_first,
                "{said}"
            );
            assert_eq!(world.is_live(&world.old), !revokes_first);
            world.pass(1);
        }
    }
}
