//! Defects that other rotators shipped (`rotate-cli`, Infisical, Kingfisher, kneemaa, Vault,
//! secrets-sync-action, ...), each as a test that it does not happen here. The numbers are those of
//! the list the design was made from.

use tokenward_emulator::{FaultKind, Visibility};

use crate::faults::fault_transport::{Act, At};
use crate::faults::journal;
use crate::faults::running::Running;
use crate::faults::scene::{
    CREATE, PUT_ENVIRONMENT, PUT_HOME, clean, due, killed, pushed, ripe, says, settles, struck,
    whole,
};
use crate::faults::world::{SECRET, places};
use crate::support::{FOUR, REPO};

#[tokio::test(start_paused = true)]
async fn no_01_a_secret_is_never_deleted_to_be_written_again() {
    let world = due().await;
    let mut running = Running::start(&world, Vec::new(), None);
    running.go_on().await;
    assert_eq!(running.wire.count("DELETE", "/secrets/*"), 0);
    assert_eq!(running.wire.count("PUT", "/secrets/*"), 3);
    whole(&world);
}

#[tokio::test(start_paused = true)]
async fn no_02_a_value_that_does_not_work_is_never_pushed() {
    let world = due().await;
    let dead = "{\"errors\": [{\"message\": \"The provided authorization grant is invalid, expired, or revoked\"}]}";
    let before = world.held();
    let ran = struck(&world, vec![(At::TestOfNew, Act::Answered(401, dead))]).await;
    assert_ne!(ran.code, 0, "{}", ran.said);
    assert_eq!(world.held(), before);
    assert_eq!(
        world.emulator.sendgrid().deleted_ids().len(),
        1,
        "the useless key is deleted again"
    );
    settles(&world, 1).await;
}

#[tokio::test(start_paused = true)]
async fn no_03_a_grace_is_kept_to_the_hour() {
    let world = pushed().await;
    for hours in [1, 21, 1] {
        clean(&world, hours).await;
        assert!(world.emulator.sendgrid().deleted_ids().is_empty());
    }
    clean(&world, 2).await;
    assert_eq!(world.emulator.sendgrid().deleted_ids().len(), 1);
    settles(&world, 0).await;
}

#[tokio::test(start_paused = true)]
async fn no_04_the_id_that_ends_a_key_is_written_down_before_the_key_is_delivered() {
    let world = due().await;
    killed(&world, PUT_HOME, Act::StopBefore).await;
    let made = world.emulator.sendgrid().keys().pop().unwrap();
    let state = journal::newest(&world.emulator);
    assert_eq!(state["pending"]["stage"]["id"], made.id.as_str());
    assert!(world.old.contains(state["current"]["id"].as_str().unwrap()));
}

#[tokio::test(start_paused = true)]
async fn no_05_a_failed_revoke_is_remembered_through_the_next_rotation() {
    let world = ripe().await;
    let never =
        || vec![(At::Path("DELETE", "/v3/api_keys/*", 0), Act::Fault(FaultKind::Forbidden))];
    let ran = struck(&world, never()).await;
    assert_ne!(ran.code, 0, "{}", ran.said);
    // A month on, the next value is made, pushed and proven, and still the first cannot be revoked.
    for hours in [31 * 24, 1, 25, 1] {
        world.pass(hours);
        struck(&world, never()).await;
    }
    let state = journal::newest(&world.emulator);
    assert_eq!(state["current"]["generation"], 2, "{state}");
    assert_eq!(state["retiring"].as_array().map(Vec::len), Some(2), "{state}");
    // Two lives, so two keys made: none of them wasted.
    settles(&world, 1).await;
    assert_eq!(world.emulator.sendgrid().deleted_ids().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn no_06_no_foreign_key_makes_room_for_ours() {
    let world = due().await;
    let sendgrid = world.emulator.sendgrid();
    for index in sendgrid.keys().len()..100 {
        let key = sendgrid.add_key(&format!("of a team, {index}"), &["mail.send"]);
        world.watch.lock().unwrap().stranger(&key.id);
    }
    let ran = clean(&world, 0).await;
    assert!(says(&ran, "quota-reached"), "{}", ran.said);
    assert_ne!(ran.code, 0);
    assert_eq!((sendgrid.created_count(), sendgrid.deleted_ids().len()), (0, 0));
    whole(&world);
}

#[tokio::test(start_paused = true)]
async fn no_07_neither_the_first_nor_the_last_of_the_list_is_revoked_but_the_old_one_by_its_id() {
    let world = ripe().await;
    let keys = world.emulator.sendgrid().keys();
    let place = keys.iter().position(|key| key.value == world.old).unwrap();
    assert!(place > 0 && place < keys.len() - 1);
    settles(&world, 0).await;
    assert_eq!(world.emulator.sendgrid().deleted_ids(), [keys[place].id.as_str()]);
}

#[tokio::test(start_paused = true)]
async fn no_08_a_destination_that_fails_stops_no_other() {
    for kind in [
        FaultKind::Forbidden,
        FaultKind::Unavailable,
        FaultKind::NotFound,
        FaultKind::TimeOut,
        FaultKind::Html,
    ] {
        let world = due().await;
        let every = match PUT_ENVIRONMENT {
            At::Path(method, tail, _) => At::Path(method, tail, 0),
            other => other,
        };
        let ran = struck(&world, vec![(every, Act::Fault(kind.clone()))]).await;
        assert_ne!(ran.code, 0, "{kind:?}: {}", ran.said);
        let held = world.held();
        assert_eq!(held[1], world.old, "{kind:?}");
        assert!(held[0] == held[2] && held[0] != world.old, "{kind:?}");
        settles(&world, 0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn no_09_a_crash_at_the_last_free_place_does_not_block_the_next_run() {
    let world = due().await;
    let sendgrid = world.emulator.sendgrid();
    for index in sendgrid.keys().len()..99 {
        let key = sendgrid.add_key(&format!("of a team, {index}"), &["mail.send"]);
        world.watch.lock().unwrap().stranger(&key.id);
    }
    killed(&world, CREATE, Act::StopAfter).await;
    assert_eq!(sendgrid.keys().len(), 100);
    settles(&world, 1).await;
}

#[tokio::test(start_paused = true)]
async fn no_10_an_organization_secret_keeps_its_readers_whatever_they_were() {
    for visibility in [Visibility::All, Visibility::Private, Visibility::Selected(Vec::new())] {
        let world = crate::support::World::new(FOUR);
        world.emulator.github().set_org_visibility("acme", SECRET, &visibility);
        let new = world.rotated().await;
        assert!(world.held().iter().all(|held| *held == new));
        assert_eq!(world.emulator.github().org_visibility("acme", SECRET), Some(visibility));
    }
}

#[tokio::test(start_paused = true)]
async fn no_11_a_key_that_may_do_more_than_it_should_is_deleted_and_not_pushed() {
    let world = due().await;
    let before = world.held();
    let wide = "{\"scopes\": [\"mail.send\", \"api_keys.create\", \"2fa_required\"]}";
    let ran = struck(&world, vec![(At::TestOfNew, Act::Answered(200, wide))]).await;
    assert!(says(&ran, "scopes-wider"), "{}", ran.said);
    assert_eq!(world.held(), before);
    assert_eq!(world.emulator.sendgrid().deleted_ids().len(), 1);
    settles(&world, 1).await;
}

#[tokio::test(start_paused = true)]
async fn no_12_no_error_quotes_a_credential() {
    // The check after every run looks for every value and credential in what it said.
    for (method, tail) in
        [("GET", "*"), ("POST", "*"), ("PUT", "*"), ("PATCH", "*"), ("DELETE", "*")]
    {
        for kind in
            [FaultKind::Unauthorized, FaultKind::Forbidden, FaultKind::Html, FaultKind::CutJson]
        {
            let world = due().await;
            struck(&world, vec![(At::Path(method, tail, 0), Act::Fault(kind))]).await;
            whole(&world);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_13_the_journal_holds_no_value() {
    let world = due().await;
    for act in [Act::StopBefore, Act::StopAfter] {
        killed(&world, PUT_HOME, act).await;
    }
    // The end looks for every value there ever was, in every form, in every record.
    settles(&world, 2).await;
}

#[tokio::test(start_paused = true)]
async fn no_14_a_run_that_hangs_for_hours_is_not_taken_over_while_github_says_that_it_goes_on() {
    let world = due().await;
    let mut hanging = Running::start(&world, vec![(PUT_HOME, Act::StopBefore)], None);
    assert_eq!(hanging.go().await, None);
    for _ in 0..3 {
        let ran = clean(&world, 2).await;
        assert!(says(&ran, "another-run"), "{}", ran.said);
    }
    assert_eq!(world.emulator.sendgrid().created_count(), 1);
    let code = hanging.go_on().await;
    hanging.end(&world, code);
    settles(&world, 0).await;
}

#[tokio::test(start_paused = true)]
async fn no_15_a_token_that_is_not_to_be_rotated_by_itself_is_not() {
    let world =
        crate::support::World::new(&FOUR.replace("rotate-every: 30d", "rotate-every: never"));
    for hours in [0, 31 * 24, 365 * 24] {
        world.pass(hours);
        world.run(&["rotate"]).await.expect(0);
    }
    assert_eq!(world.emulator.sendgrid().created_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn no_16_a_limit_is_kept_at_every_request_that_can_meet_one() {
    // The watch compares every later request with the time the run was told to wait, and every two
    // writes with a second.
    for (method, tail) in [
        ("GET", "/repos/*"),
        ("GET", "/v3/*"),
        ("PUT", "/secrets/*"),
        ("POST", "*"),
        ("PATCH", "*"),
        ("DELETE", "*"),
    ] {
        for (nth, kind) in
            [(1, FaultKind::RateLimit429 { retry_after: 30 }), (2, FaultKind::RateLimit403)]
        {
            let world = ripe().await;
            struck(&world, vec![(At::Path(method, tail, nth), Act::Fault(kind.clone()))]).await;
            let world = due().await;
            struck(&world, vec![(At::Path(method, tail, nth), Act::Fault(kind))]).await;
            whole(&world);
            settles(&world, 1).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_17_a_value_that_github_refuses_is_not_sent_for_ever() {
    let world = due().await;
    let every = At::Path("PUT", "/site/actions/secrets/SENDGRID_API_KEY", 0);
    let mut running =
        Running::start(&world, vec![(every, Act::Fault(FaultKind::Unprocessable))], None);
    let code = running.go_on().await;
    let puts = running.wire.count("PUT", "/site/actions/secrets/SENDGRID_API_KEY");
    let ran = running.end(&world, code);
    assert!((1..=3).contains(&puts), "{puts} writes: {}", ran.said);
    assert_ne!(code, 0);
    world.emulator.clear_faults();
    settles(&world, 1).await;
}

#[tokio::test(start_paused = true)]
async fn no_18_an_answer_that_says_nothing_about_a_token_changes_nothing() {
    // A proxy's 403, and a 403 in the provider's own words: neither proves the old value dead, nor
    // the new one fit.
    let first = At::Path("GET", "/v3/scopes", 1);
    for (at, kind) in
        [(first, FaultKind::Html), (first, FaultKind::Forbidden), (At::TestOfNew, FaultKind::Html)]
    {
        let world = due().await;
        let before = world.held();
        let acts = vec![(at, Act::Fault(kind.clone()))];
        let ran = struck(&world, acts).await;
        assert!(world.emulator.sendgrid().is_live(&world.old), "{kind:?}");
        if kind == FaultKind::Html {
            assert_ne!(ran.code, 0, "{kind:?}: {}", ran.said);
            assert_eq!(world.held(), before, "{kind:?}");
        }
        settles(&world, 1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn no_19_secrets_nobody_told_us_of_stay() {
    let world = due().await;
    for place in places() {
        world.emulator.github().put_secret(&place, "SOMEBODY_ELSES", "and its value");
    }
    settles(&world, 0).await;
    for place in places() {
        assert_eq!(
            world.emulator.github().secret_value(&place, "SOMEBODY_ELSES").as_deref(),
            Some("and its value")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn no_20_what_is_wrong_with_a_destination_is_found_before_a_key_is_made() {
    let missing = FOUR.replace("environment: production", "environment: elsewhere");
    let unknown = FOUR.replace("{github: acme, secret", "{github: nobody, secret");
    for config in [missing, unknown] {
        let world = crate::support::World::new(&config);
        world.run(&["rotate"]).await;
        world.pass(31 * 24);
        let ran = world.run(&["rotate"]).await;
        assert_ne!(ran.code, 0, "{}", ran.all());
        assert_eq!(world.emulator.sendgrid().created_count(), 0);
        assert_eq!(
            world.emulator.github().secret_value(&places()[0], SECRET).as_deref(),
            Some(world.old.as_str()),
            "{REPO}"
        );
    }
}
