//! A leak: told by a finding or by a secret scanning alert, ended, and the alert
//! resolved when the value is dead.

use jiff::SignedDuration;
use tokenward_emulator::{Credential, CredentialKind, Fault, FaultKind, FaultMatch};

use crate::support::{FOUR, REPO, World, gives_away, places};

fn state(world: &World, number: u64) -> (String, Option<String>) {
    world.emulator.github().alert_state(REPO, number).unwrap()
}

fn resolved() -> (String, Option<String>) {
    ("resolved".to_owned(), Some("revoked".to_owned()))
}

#[tokio::test(start_paused = true)]
async fn an_alert_rotates_its_token_and_is_resolved_as_revoked() {
    let world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(1);
    world.emulator.sendgrid().set_revoke_lag(SignedDuration::ZERO);
    let number = world.emulator.github().add_alert(REPO, "sendgrid_api_key", &world.old);
    let ran = world.run(&["rotate", "--leaked", "--alert", &number.to_string()]).await.expect(0);
    assert!(ran.out.contains("resolved alert 1 of acme/site as revoked"), "{}", ran.all());
    assert_eq!(gives_away(&ran.all(), &world.old), None);
    assert!(!world.is_live(&world.old));
    assert_eq!(state(&world, number), resolved());
    let new = world.held().remove(0);
    assert!(world.is_live(&new) && world.held().iter().all(|held| *held == new));
}

/// What is ended in the same run is asked about afterwards; a plan must not ask the provider, where
/// it still lives.
#[tokio::test(start_paused = true)]
async fn a_plan_resolves_an_alert_as_the_run_then_does() {
    let world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(1);
    world.emulator.sendgrid().set_revoke_lag(SignedDuration::ZERO);
    let number =
        world.emulator.github().add_alert(REPO, "sendgrid_api_key", &world.old).to_string();
    let arguments = ["rotate", "--leaked", "--alert", &number];
    let plan = world.run(&[&arguments[..], &["--dry-run", "--format", "json"]].concat()).await;
    let plan: serde_json::Value = serde_json::from_str(&plan.expect(0).out).unwrap();
    let steps = plan["tokens"][0]["steps"].as_array().unwrap();
    assert!(steps.iter().any(|step| step["kind"] == "resolve-alert"), "{plan:#}");
    assert!(world.is_live(&world.old), "a plan changes nothing");
    world.emulator.clear_requests();
    let ran = world.run(&arguments).await.expect(0);
    let (_, writes) = world.counted();
    assert_eq!(plan["tokens"][0]["total"]["github-writes"], writes, "{plan:#}\n{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a_value_that_leaked_before_it_was_proven_is_replaced_as_well() {
    let world = World::new(FOUR);
    let before = world.handed();
    let first = world.rotated().await;
    let number = world.emulator.github().add_alert(REPO, "sendgrid_api_key", &first).to_string();
    // The run that is told of it was queued before the value was pushed, so it does not hold it.
    world.run_with(&["rotate", "--leaked", "--alert", &number], &before).await.expect(0);
    let second = world.held().remove(0);
    assert!(
        second != first
            && world.is_live(&second)
            && world.held().iter().all(|held| *held == second)
    );
    // Where nobody holds the value, the alert waits for as long as the provider may go on accepting
    // it.
    for (hours, code) in [(1, 0), (25, 12), (1, 0)] {
        world.pass(hours);
        world.run(&["rotate"]).await.expect(code);
    }
    assert!(!world.is_live(&first) && !world.is_live(&world.old) && world.held()[0] == second);
    assert_eq!(state(&world, 1), resolved());
}

#[tokio::test(start_paused = true)]
async fn a_run_asked_about_a_leak_that_starts_late_never_takes_the_next_value_for_it() {
    for arguments in [
        &["rotate", "sendgrid", "--leaked"][..],
        &["rotate", "sendgrid", "--leaked", "--revoke-first"],
    ] {
        let world = World::new(FOUR);
        let before = world.handed();
        let first = world.rotated().await;
        world.pass(1);
        world.run(&["rotate"]).await.expect(0);
        assert!(world.is_live(&world.old), "it is in its grace");
        world.emulator.sendgrid().set_revoke_lag(SignedDuration::ZERO);
        world.run_with(arguments, &before).await.expect(0);
        assert!(!world.is_live(&world.old), "its grace is over");
        assert!(
            world.is_live(&first) && world.held().iter().all(|held| *held == first),
            "{arguments:?}"
        );
        assert_eq!(world.emulator.sendgrid().created_count(), 1, "{arguments:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_alert_stays_open_until_the_value_is_seen_dead() {
    let world = World::new(FOUR);
    // Nobody has rotated it before: the run that is told of the leak takes it over first.
    world.emulator.sendgrid().set_revoke_lag(SignedDuration::from_mins(8));
    let number = world.emulator.github().add_alert(REPO, "sendgrid_api_key", &world.old);
    let ran = world.run(&["rotate", "--leaked", "--alert", &number.to_string()]).await.expect(12);
    assert!(ran.out.contains("error[still-alive]"), "{}", ran.all());
    assert_eq!(state(&world, number).0, "open");
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    assert_eq!(state(&world, number), resolved());
}

#[tokio::test(start_paused = true)]
async fn an_alert_about_a_value_that_was_replaced_ends_its_grace_and_makes_no_new_key() {
    let world = World::new(FOUR);
    let new = world.rotated().await;
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    assert!(world.is_live(&world.old), "it is in its grace");
    world.emulator.sendgrid().set_revoke_lag(SignedDuration::ZERO);
    let number = world.emulator.github().add_alert(REPO, "sendgrid_api_key", &world.old);
    world.run(&["rotate", "--leaked", "--alert", &number.to_string()]).await.expect(0);
    assert!(!world.is_live(&world.old) && world.held().iter().all(|held| *held == new));
    assert_eq!(state(&world, number), resolved());
    // The same value again, in another alert: dead it is, and that is all there is to say.
    let again = world.emulator.github().add_alert(REPO, "sendgrid_api_key", &world.old);
    world.run(&["rotate", "--leaked", "--alert", &again.to_string()]).await.expect(0);
    assert_eq!(state(&world, again), resolved());
    assert_eq!(world.emulator.sendgrid().created_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_alert_about_somebody_elses_value_changes_nothing_and_one_we_may_not_see_says_so() {
    let mut world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    let other = world.emulator.sendgrid().add_key("a colleague's", &["mail.send"]).value;
    let number = world.emulator.github().add_alert(REPO, "sendgrid_api_key", &other).to_string();
    let ran = world.run(&["rotate", "--leaked", "--alert", &number]).await.expect(3);
    assert!(
        ran.err.contains("nothing was changed") && gives_away(&ran.all(), &other).is_none(),
        "{}",
        ran.all()
    );
    assert!(world.is_live(&other) && world.is_live(&world.old));

    let blind = Credential::new(
        CredentialKind::AppInstallation,
        &[("secrets", "write"), ("environments", "write")],
    );
    world
        .env
        .insert("TOKENWARD_GITHUB_TOKEN".to_owned(), world.emulator.github().add_credential(blind));
    let ran = world.run(&["rotate", "--leaked", "--alert", &number]).await.expect(4);
    assert!(ran.err.contains("Secret scanning alerts: write"), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a_finding_of_scan_names_the_token_to_rotate() {
    let world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(1);
    std::fs::write(world.folder.join("oops.txt"), format!("key = {}\n", world.old)).unwrap();
    let found = world.run(&["scan", "--format", "json"]).await.expect(11);
    let found: serde_json::Value = serde_json::from_str(&found.out).unwrap();
    let fingerprint = found["findings"][0]["fingerprint"].as_str().unwrap();
    world.run(&["rotate", "--leaked", "--finding", "0000000000000000"]).await.expect(3);
    let plan =
        world.run(&["rotate", "--leaked", "--finding", fingerprint, "--dry-run"]).await.expect(0);
    assert!(plan.out.contains("issue a key"), "{}", plan.all());
    world.run(&["rotate", "--leaked", "--finding", fingerprint]).await.expect(0);
    world.pass(1);
    assert!(!world.is_live(&world.old) && world.is_live(&world.held()[0]));
    world.run(&["rotate", "--finding", fingerprint]).await.expect(2);
}

#[tokio::test(start_paused = true)]
async fn a_leak_of_a_token_that_a_person_makes_is_remembered_until_it_is_dead_and_has_no_grace() {
    let (world, old) = crate::cli::manual_rotation::hubspot();
    world.run(&["rotate"]).await.expect(0);
    world.pass(1);
    let number = world.emulator.github().add_alert(REPO, "hubspot_private_apps_user_token", &old);
    world.run(&["rotate", "--leaked", "--alert", &number.to_string()]).await.expect(12);
    let asked = world.emulator.github().issues(REPO).remove(0);
    assert!(
        asked.body.contains("Anybody who found it can use it until it is revoked"),
        "{}",
        asked.body
    );
    // Scheduled runs know of it.
    world.pass(1);
    world.run(&["rotate"]).await.expect(12);
    let new = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    world.emulator.github().put_secret(&places()[0], "HUBSPOT_TOKEN_NEXT", &new);
    world.pass(1);
    let ran = world.run(&["rotate"]).await.expect(12);
    assert!(ran.out.contains("has to be revoked by a person"), "without a grace: {}", ran.all());
    assert_eq!(state(&world, number).0, "open");
    world.emulator.hubspot().revoke(&old);
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    assert_eq!(state(&world, number), resolved());
    assert_eq!(world.emulator.github().issues(REPO)[0].state, "closed");
}

#[tokio::test(start_paused = true)]
async fn a_value_that_a_person_put_in_and_that_is_replaced_is_named_as_one_nobody_ends() {
    for arguments in [
        &["rotate", "sendgrid", "--leaked"][..],
        &["rotate", "sendgrid", "--force", "--reason", "put in by hand"],
    ] {
        let world = World::new(FOUR);
        world.run(&["rotate"]).await.expect(0);
        world.pass(1);
        let theirs = world.emulator.sendgrid().add_key("of a person", &["mail.send"]);
        for place in places() {
            world.emulator.github().put_secret(&place, "SENDGRID_API_KEY", &theirs.value);
        }
        world.pass(1);
        let ran = world.run(arguments).await.expect(10);
        let said =
            format!("somebody manually changed the value in use for sendgrid (key {})", theirs.id);
        assert!(
            ran.out.contains(&said) && ran.out.contains("tokenward does not revoke it"),
            "{}",
            ran.all()
        );
        assert!(
            world.is_live(&theirs.value)
                && world.held().iter().all(|held| *held != theirs.value && world.is_live(held))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_value_that_leaked_on_its_way_is_replaced_as_well() {
    let world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    // The primary destination is written, and nothing else.
    for part in ["/environments/", "/orgs/", "/dependabot/"] {
        let matches = FaultMatch::Where {
            service: None,
            method: Some("PUT".to_owned()),
            path_contains: Some(part.to_owned()),
        };
        world.emulator.inject(Fault { matches, kind: FaultKind::Unavailable, times: u32::MAX });
    }
    let ran = world.run(&["rotate"]).await;
    let leaked = world.held().remove(0);
    assert!(leaked != world.old && world.held().contains(&world.old), "{}", ran.all());
    world.emulator.clear_faults();
    world.pass(1);
    for arguments in
        [&["rotate", "sendgrid", "--leaked"][..], &["rotate"], &["rotate"], &["rotate"]]
    {
        world.run(arguments).await;
        world.pass(25);
    }
    assert!(
        !world.is_live(&leaked) && !world.is_live(&world.old),
        "{:?}",
        world.run(&["status"]).await.all()
    );
    assert!(world.held().iter().all(|held| *held != leaked && world.is_live(held)));
}
