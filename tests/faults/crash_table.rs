//! The design's table "After a crash, the next run": one test a row.

use std::time::Duration;

use tokenward_emulator::{FaultKind, Service};

use crate::faults::case::Scenario;
use crate::faults::fault_transport::{Act, At};
use crate::faults::journal;
use crate::faults::running::Running;
use crate::faults::scene::{
    CREATE, PUT_HOME, clean, due, killed, pushed, record, ripe, says, settles, stage, struck, whole,
};
use crate::faults::world::World;
use crate::support::REPO;

const DELETE: At = At::Path("DELETE", "/v3/api_keys/*", 1);
/// Every look whether a key is gone.
const LOOKS: At = At::Path("GET", "/v3/api_keys/*", 0);

#[tokio::test(start_paused = true)]
async fn died_after_the_intent_before_the_create_another_name_is_tried_and_nothing_is_wasted() {
    let world = due().await;
    killed(&world, CREATE, Act::StopBefore).await;
    assert_eq!(stage(&world), "intent");
    let first = journal::newest(&world.emulator)["pending"]["name"].clone();
    clean(&world, 1).await;
    assert_eq!(stage(&world), "pushed");
    assert_ne!(journal::newest(&world.emulator)["pending"]["name"], first);
    settles(&world, 0).await;
}

#[tokio::test(start_paused = true)]
async fn died_after_the_create_was_sent_the_key_is_found_by_its_name_and_deleted() {
    let world = due().await;
    killed(&world, CREATE, Act::StopAfter).await;
    let lost = world.emulator.sendgrid().keys().pop().unwrap();
    let ran = clean(&world, 1).await;
    assert!(says(&ran, &format!("deleted key {}", lost.id)), "{}", ran.said);
    settles(&world, 1).await;
}

#[tokio::test(start_paused = true)]
async fn the_answer_to_the_create_was_lost_the_same_run_finds_the_key_and_deletes_it() {
    let world = due().await;
    let ran = struck(&world, vec![(CREATE, Act::Fault(FaultKind::DropAfterApply))]).await;
    assert_eq!(stage(&world), "pushed", "{}", ran.said);
    settles(&world, 1).await;
}

#[tokio::test(start_paused = true)]
async fn died_before_the_new_key_was_written_down_it_is_found_by_its_name_and_deleted() {
    let world = due().await;
    killed(&world, record(2), Act::StopBefore).await;
    assert_eq!(stage(&world), "intent");
    clean(&world, 1).await;
    settles(&world, 1).await;
}

#[tokio::test(start_paused = true)]
async fn died_before_the_fence_the_key_is_deleted_and_another_made() {
    for act in [Act::StopBefore, Act::StopAfter] {
        let world = due().await;
        killed(&world, At::TestOfNew, act).await;
        assert_eq!(stage(&world), "minted");
        clean(&world, 1).await;
        settles(&world, 1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn died_after_primary_was_written_the_next_run_is_handed_the_value_and_delivers_the_rest() {
    let world = due().await;
    killed(&world, PUT_HOME, Act::StopAfter).await;
    let new = world.held().remove(0);
    assert_ne!(world.held().remove(1), new);
    clean(&world, 1).await;
    assert!(world.held().iter().all(|held| *held == new));
    settles(&world, 0).await;
}

#[tokio::test(start_paused = true)]
async fn died_after_primary_was_written_a_run_queued_before_that_does_nothing() {
    let world = due().await;
    let mut early = Running::start(&world, Vec::new(), None);
    killed(&world, PUT_HOME, Act::StopAfter).await;
    let before = journal::newest(&world.emulator)["pending"].clone();
    let code = early.go_on().await;
    let ran = early.end(&world, code);
    assert!(says(&ran, "another-run"), "{}", ran.said);
    assert_ne!(ran.code, 0);
    assert_eq!(journal::newest(&world.emulator)["pending"], before);
    settles(&world, 0).await;
}

#[tokio::test(start_paused = true)]
async fn died_at_the_fence_before_primary_was_written_a_newer_value_supersedes_the_lost_one() {
    let world = due().await;
    killed(&world, PUT_HOME, Act::StopBefore).await;
    assert_eq!(stage(&world), "pushing");
    clean(&world, 1).await;
    let state = journal::newest(&world.emulator);
    assert_eq!(state["pending"]["generation"], 2);
    // The lost one lives on until the newer one is proven: a write that got lost may still land.
    assert_eq!(state["retiring"].as_array().map(Vec::len), Some(1));
    assert!(world.emulator.sendgrid().deleted_ids().is_empty());
    settles(&world, 1).await;
}

#[tokio::test(start_paused = true)]
async fn died_after_everything_was_written_the_next_run_only_writes_that_down() {
    for act in [Act::StopBefore, Act::StopAfter] {
        let world = due().await;
        killed(&world, record(4), act).await;
        let new = world.held();
        clean(&world, 1).await;
        assert_eq!(world.held(), new);
        settles(&world, 0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn died_when_the_value_was_proven_both_keys_live_and_the_next_run_goes_on() {
    for act in [Act::StopBefore, Act::StopAfter] {
        let world = pushed().await;
        world.pass(1);
        killed(&world, record(1), act).await;
        assert!(world.emulator.sendgrid().is_live(&world.old));
        settles(&world, 0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn died_after_the_delete_was_sent_it_is_sent_again_and_gone_counts_as_done() {
    let world = ripe().await;
    killed(&world, DELETE, Act::StopAfter).await;
    whole(&world);
    let ran = clean(&world, 1).await;
    assert_eq!(ran.code, 0, "{}", ran.said);
    settles(&world, 0).await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_manager_is_no_proof_that_the_old_key_is_dead() {
    let world = ripe().await;
    for kind in
        [FaultKind::Unauthorized, FaultKind::Forbidden, FaultKind::Html, FaultKind::Unavailable]
    {
        let ran = struck(&world, vec![(DELETE, Act::Fault(kind.clone()))]).await;
        assert_ne!(ran.code, 0, "{kind:?}: {}", ran.said);
        assert!(world.emulator.sendgrid().is_live(&world.old), "{kind:?}");
        assert_eq!(
            journal::newest(&world.emulator)["retiring"].as_array().map(Vec::len),
            Some(1),
            "{kind:?}"
        );
    }
    settles(&world, 0).await;
}

#[tokio::test(start_paused = true)]
async fn a_revoked_key_that_is_still_there_stays_in_the_list_and_past_the_deadline_the_run_fails() {
    let world = ripe().await;
    let still_there = || {
        vec![(
            LOOKS,
            Act::Answered(200, "{\"api_key_id\": \"x\", \"name\": \"x\", \"scopes\": []}"),
        )]
    };
    struck(&world, still_there()).await;
    world.pass(1);
    let ran = struck(&world, still_there()).await;
    assert_ne!(ran.code, 0, "{}", ran.said);
    assert!(says(&ran, "still-alive"), "{}", ran.said);
    assert_eq!(journal::newest(&world.emulator)["retiring"].as_array().map(Vec::len), Some(1));
    settles(&world, 0).await;
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_was_answered_and_not_done_is_sent_again() {
    let world = ripe().await;
    // A replica that has not heard of the key says 404.
    struck(&world, vec![(DELETE, Act::Fault(FaultKind::NotFound))]).await;
    assert!(world.emulator.sendgrid().is_live(&world.old));
    settles(&world, 0).await;
    world.pass(1);
    assert!(!world.emulator.sendgrid().is_live(&world.old));
}

#[tokio::test(start_paused = true)]
async fn with_the_journal_lost_it_is_rebuilt_and_nothing_is_revoked_in_the_same_run() {
    // Lost at three moments: while a value is on its way, when it is proven, and when the old one
    // may go.
    for hours in [None, Some(0), Some(25)] {
        let world = pushed().await;
        if let Some(hours) = hours {
            clean(&world, 1).await;
            world.pass(hours);
        }
        lose_journal(&world).await;
        // Its name is not one of ours: without the journal nothing says that the first value was
        // ever ours to end.
        let first = world.old.split('.').nth(1).unwrap_or_default();
        world.watch.lock().unwrap().stranger(first);
        let alive = world.emulator.sendgrid().keys().len();
        clean(&world, 1).await;
        assert_eq!(world.emulator.sendgrid().keys().len(), alive, "{hours:?}");
        for _ in 0..4 {
            clean(&world, 25).await;
            whole(&world);
        }
        assert!(world.held().iter().all(|held| *held == world.held()[0]));
    }
}

/// Somebody deletes the ref.
async fn lose_journal(world: &World) {
    let request = http::Request::builder()
        .method("DELETE")
        .uri(format!("https://api.github.com/repos/{REPO}/git/{}", journal::REF))
        .header("authorization", format!("Bearer {}", world.env["TOKENWARD_GITHUB_TOKEN"]))
        .header("user-agent", "somebody")
        .body(Vec::new())
        .unwrap();
    let answer = world.emulator.handle(Service::GitHub, request).await.unwrap();
    assert_eq!(answer.status(), 204);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_died_and_was_written_primary_is_never_taken_back_by_the_next_one() {
    // The value is everywhere, and nobody could write that down. The next run is handed it, and its
    // own write is refused.
    for kind in
        [FaultKind::Forbidden, FaultKind::NotFound, FaultKind::Unauthorized, FaultKind::Conflict]
    {
        let world = due().await;
        killed(&world, record(4), Act::StopBefore).await;
        world.pass(1);
        struck(&world, vec![(PUT_HOME, Act::Fault(kind))]).await;
        whole(&world);
        settles(&world, 0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_primary_that_stays_refused_costs_one_key_a_run_and_none_of_them_stays() {
    let world = due().await;
    let everything = At::Path("PUT", "/site/actions/secrets/SENDGRID_API_KEY", 0);
    for runs in 1..=5 {
        let ran = struck(&world, vec![(everything, Act::Fault(FaultKind::Forbidden))]).await;
        assert_ne!(ran.code, 0, "{}", ran.said);
        world.pass(24);
        let sendgrid = world.emulator.sendgrid();
        assert!(
            sendgrid.created_count() <= runs,
            "{} keys made in {runs} runs",
            sendgrid.created_count()
        );
        assert_eq!(sendgrid.deleted_ids().len(), sendgrid.created_count(), "after {runs} runs");
    }
    whole(&world);
}

#[tokio::test(start_paused = true)]
async fn a_primary_that_a_person_set_back_is_reported_by_every_run_and_nothing_is_revoked() {
    let world = pushed().await;
    world.emulator.github().put_secret(
        &crate::faults::world::places()[0],
        crate::faults::world::SECRET,
        &world.old,
    );
    world.watch.lock().unwrap().late_writes_allowed = true;
    for _ in 0..3 {
        let ran = clean(&world, 25).await;
        assert_ne!(ran.code, 0, "{}", ran.said);
        assert!(world.emulator.sendgrid().deleted_ids().is_empty());
    }
    assert!(world.held().iter().all(|held| world.emulator.sendgrid().is_live(held)));
}

#[tokio::test(start_paused = true)]
async fn a_primary_that_a_person_set_back_during_a_delivery_is_left_with_a_forced_rotation() {
    let world = due().await;
    killed(&world, record(4), Act::StopBefore).await;
    let primary = &crate::faults::world::places()[0];
    world.emulator.github().put_secret(primary, crate::faults::world::SECRET, &world.old);
    world.watch.lock().unwrap().late_writes_allowed = true;
    for _ in 0..3 {
        let ran = clean(&world, 25).await;
        assert!(ran.code != 0 && ran.said.contains("--force"), "{}", ran.said);
        assert!(world.emulator.sendgrid().is_live(&world.old), "{}", ran.said);
    }
    let mut forced = Running::nth(&world, crate::faults::world::FORCED, Vec::new());
    let code = forced.go_on().await;
    let ran = forced.end(&world, code);
    assert_ne!(world.held()[0], world.old, "{}", ran.said);
    for _ in 0..3 {
        clean(&world, 25).await;
    }
    let held = world.held();
    assert!(held.iter().all(|one| *one == held[0] && world.emulator.sendgrid().is_live(one)));
    assert!(!world.emulator.sendgrid().is_live(&world.old), "it is revoked after its grace period");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_a_run_declared_dead_asks_for_late_is_found_and_deleted() {
    let world = due().await;
    let mut first = Running::start(&world, vec![(CREATE, Act::StopBefore)], None);
    assert_eq!(first.go().await, None);
    world.emulator.github().complete_run(REPO, first.id);
    // The next run takes over, makes another key, and looks for what the first may have left
    // behind: nothing so far.
    clean(&world, 0).await;
    let code = first.go_on().await;
    first.end(&world, code);
    let late = world.emulator.sendgrid().keys().pop().unwrap();
    assert!(
        journal::newest(&world.emulator)["attempts"]
            .as_array()
            .unwrap()
            .contains(&late.name.clone().into()),
        "its name was forgotten"
    );
    settles(&world, 1).await;
    assert!(world.emulator.sendgrid().keys().iter().all(|key| key.id != late.id));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_declared_dead_and_writes_primary_nevertheless_does_not_hang_the_rotation() {
    let world = due().await;
    world.watch.lock().unwrap().late_writes_allowed = true;
    let mut first = Running::start(&world, vec![(PUT_HOME, Act::StopBefore)], None);
    assert_eq!(first.go().await, None);
    world.emulator.github().complete_run(REPO, first.id);
    clean(&world, 0).await;
    // Its write lands only now, over the value that superseded it.
    let code = first.go_on().await;
    first.end(&world, code);
    settles(&world, 2).await;
}

#[tokio::test(start_paused = true)]
async fn c9_a_leak_waits_for_the_run_at_work_and_goes_on_by_itself() {
    let world = World::at(0, Scenario::Leaked);
    clean(&world, 0).await;
    world.pass(31 * 24);
    let mut at_work = Running::start(&world, vec![(PUT_HOME, Act::StopBefore)], None);
    assert_eq!(at_work.go().await, None);
    let mut leak = Running::nth(&world, 1, Vec::new());
    let code = tokio::select! {
        biased;
        code = leak.go_on() => Some(code),
        () = tokio::time::sleep(Duration::from_secs(100)) => None,
    };
    assert_eq!(code, None, "it waits");
    let code = at_work.go_on().await;
    at_work.end(&world, code);
    let code = leak.go_on().await;
    let ran = leak.end(&world, code);
    assert!(!says(&ran, "another-run"), "{}", ran.said);
    // The value that leaked is being ended, in the very run that was asked to.
    let held = world.held().remove(0);
    assert!(held != world.old && world.emulator.sendgrid().is_live(&held), "{}", ran.said);
    assert_eq!(world.emulator.sendgrid().deleted_ids().len(), 1, "{}", ran.said);
    settles(&world, 0).await;
}
