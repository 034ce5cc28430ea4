//! A rotation that stands still finds its own way on: what was asked for is not forgotten, and
//! nobody is told that it goes on when it does not.

use tokenward_emulator::{Credential, CredentialKind, Fault, FaultKind, FaultMatch, Service};

use crate::support::{FOUR, REPO, World, places};

/// SendGrid refuses to make a key, this often.
fn refused(kind: FaultKind, times: u32) -> Fault {
    let matches = FaultMatch::Where {
        service: Some(Service::SendGrid),
        method: Some("POST".to_owned()),
        path_contains: Some("/v3/api_keys".to_owned()),
    };
    Fault { matches, kind, times }
}

async fn adopted() -> World {
    let world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(1);
    world
}

#[tokio::test(start_paused = true)]
async fn c5_a_wish_that_could_not_be_carried_out_is_carried_out_by_a_later_run() {
    for kind in
        [FaultKind::RateLimit429 { retry_after: 600 }, FaultKind::Unavailable, FaultKind::Refuse]
    {
        for asked in [
            &["rotate", "--force", "--reason", "a colleague left"][..],
            &["rotate", "sendgrid", "--leaked"],
        ] {
            let world = adopted().await;
            let name = format!("{kind:?} {asked:?}");
            world.emulator.inject(refused(kind.clone(), 20));
            let ran = world.run(asked).await;
            assert_ne!(ran.code, 0, "{name}: {}", ran.all());
            assert_eq!(world.held(), vec![world.old.clone(); 4], "{name}");
            world.emulator.clear_faults();
            world.pass(2);
            let ran = world.run(&["rotate"]).await;
            assert_ne!(world.held()[0], world.old, "{name}: {}", ran.all());
            for hours in [1, 25, 1] {
                world.pass(hours);
                world.run(&["rotate"]).await;
            }
            let created = world.emulator.sendgrid().created_count();
            // The control: what was done is not asked for any more.
            world.pass(1);
            let ran = world.run(&["rotate"]).await.expect(0);
            assert_eq!(world.emulator.sendgrid().created_count(), created, "{name}: {}", ran.all());
            assert!(!world.is_live(&world.old), "{name}: {}", ran.all());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn c5_a_wish_that_a_destination_stopped_is_carried_out_once_it_does_not() {
    let world = adopted().await;
    let path_contains = Some("/environments/production/secrets".to_owned());
    let matches = FaultMatch::Where { service: Some(Service::GitHub), method: None, path_contains };
    world.emulator.inject(Fault { matches, kind: FaultKind::Unavailable, times: 50 });
    let ran = world.run(&["rotate", "--force", "--reason", "x"]).await;
    assert_ne!(ran.code, 0, "{}", ran.all());
    world.emulator.clear_faults();
    world.pass(1);
    let ran = world.run(&["rotate"]).await;
    assert_ne!(world.held()[0], world.old, "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn c5_a_wish_does_not_hammer_a_provider_that_asked_for_silence_nor_replace_what_somebody_put_there_since()
 {
    let world = adopted().await;
    world.emulator.inject(refused(FaultKind::RateLimit429 { retry_after: 3_000 }, 20));
    world.run(&["rotate", "--force", "--reason", "x"]).await;
    world.emulator.clear_requests();
    world.run(&["rotate"]).await;
    let posts = world
        .emulator
        .requests()
        .iter()
        .filter(|sent| sent.service == Service::SendGrid && sent.method == "POST")
        .count();
    assert_eq!(posts, 0, "the provider asked for silence");
    world.emulator.clear_faults();
    world.pass(2);
    let by_hand = world.emulator.sendgrid().add_key("by hand", &["mail.send"]).value;
    world.emulator.github().put_secret(&places()[0], "SENDGRID_API_KEY", &by_hand);
    world.pass(1);
    let ran = world.run(&["rotate"]).await.expect(10);
    assert!(ran.all().contains("overwritten-by-hand"), "{}", ran.all());
    assert_eq!(world.held()[0], by_hand);
}

#[tokio::test(start_paused = true)]
async fn c5_a_short_wait_is_waited_out_for_a_creation_too() {
    let world = adopted().await;
    world.emulator.inject(refused(FaultKind::RateLimit429 { retry_after: 20 }, 1));
    let ran = world.run(&["rotate", "--force", "--reason", "x"]).await.expect(0);
    assert_ne!(world.held()[0], world.old, "{}", ran.all());
    assert_eq!(world.emulator.sendgrid().created_count(), 1, "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn c17_what_a_person_is_asked_for_stays_asked_for() {
    let config = "\
version: 1
tokens:
  crm:
    provider: hubspot
    value: env:HUBSPOT_TOKEN
    scopes: [crm.objects.contacts.read]
    destinations: [{github: acme/site, secret: HUBSPOT_TOKEN}]
";
    for asked in
        [&["rotate", "crm", "--force", "--reason", "x"][..], &["rotate", "crm", "--leaked"]]
    {
        let mut world = World::new(config);
        let old = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
        world.emulator.github().put_secret(&places()[0], "HUBSPOT_TOKEN", &old);
        let permissions = [("contents", "write"), ("actions", "read"), ("issues", "write")];
        let own = world.emulator.github().add_credential(
            Credential::new(CredentialKind::ActionsToken, &permissions).on(&[REPO]),
        );
        world.env.insert("GITHUB_TOKEN".to_owned(), own);
        world.pass(1);
        world.run(&["rotate"]).await.expect(0);
        world.run(asked).await;
        for _ in 0..3 {
            world.pass(24);
            let ran = world.run(&["rotate"]).await;
            let issues = world.emulator.github().issues(REPO);
            assert_eq!(
                (issues.len(), issues[0].state.as_str()),
                (1, "open"),
                "{asked:?}: {}",
                ran.all()
            );
        }
        if asked.contains(&"--leaked") {
            // Who asks for a new value in words does not turn a leak into something that can wait.
            let ran = world.run(&["rotate", "crm", "--force", "--reason", "x"]).await.expect(12);
            assert!(ran.all().contains("needs-person"), "{}", ran.all());
        }
        let new = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
        world.emulator.github().put_secret(&places()[0], "HUBSPOT_TOKEN_NEXT", &new);
        world.emulator.hubspot().revoke(&old);
        for hours in [1, 1, 25, 1] {
            world.pass(hours);
            world.run(&["rotate"]).await;
        }
        assert_eq!(world.emulator.github().issues(REPO)[0].state, "closed", "{asked:?}");
        assert_eq!(world.handed()["HUBSPOT_TOKEN"], new);
    }
}

#[tokio::test(start_paused = true)]
async fn a_value_in_use_that_was_revoked_is_never_fine_and_the_next_rotation_replaces_it() {
    let world = adopted().await;
    world.run(&["check", "--exit-zero"]).await.expect(0);
    world.run(&["revoke", "sendgrid", "--force", "--reason", "x"]).await;
    for hours in [0, 1] {
        world.pass(hours);
        for asked in ["check", "status"] {
            let ran = world.run(&[asked]).await;
            assert_ne!(ran.code, 0, "{asked}, {hours}: {}", ran.all());
            assert!(
                ran.out.contains("token-dead") || ran.out.contains("token-leaked"),
                "{asked}, {hours}: {}",
                ran.all()
            );
        }
    }
    let ran = world.run(&["rotate"]).await;
    assert!(
        world.held().iter().all(|held| *held != world.old && world.is_live(held)),
        "{}",
        ran.all()
    );
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    world.run(&["check"]).await.expect(0);
}

#[tokio::test(start_paused = true)]
async fn a_destination_that_somebody_wrote_stops_a_revocation_that_was_begun_before() {
    for begun in [true, false] {
        let world = adopted().await;
        world.run(&["rotate", "--force", "--reason", "x"]).await.expect(0);
        world.pass(1);
        world.run(&["rotate"]).await.expect(0);
        world.pass(25);
        let matches = FaultMatch::Where {
            service: Some(Service::SendGrid),
            method: Some("DELETE".to_owned()),
            path_contains: None,
        };
        world.emulator.inject(Fault { matches, kind: FaultKind::Unavailable, times: 50 });
        world.run(&["rotate"]).await;
        assert!(world.is_live(&world.old));
        world.emulator.clear_faults();
        // The old value is put back by hand; without that, the control, it is revoked.
        if begun {
            world.emulator.github().put_secret(&places()[1], "SENDGRID_API_KEY", &world.old);
        }
        world.pass(1);
        let ran = world.run(&["rotate"]).await;
        world.pass(1);
        assert_eq!(world.is_live(&world.old), begun, "{}", ran.all());
        assert_eq!(ran.code == 0, !begun, "{}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn a_value_that_a_leak_rotation_revoked_is_told_to_be_dead() {
    let mut world = adopted().await;
    world.run(&["rotate", "sendgrid", "--leaked"]).await;
    world.pass(1);
    assert!(!world.is_live(&world.old));
    world.input = format!("{}\n", world.old);
    let ran = world.run(&["revoke", "--leaked", "-"]).await;
    assert!(!ran.all().contains("it is the value in use"), "{}", ran.all());
}
