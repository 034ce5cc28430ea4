//! `check`: what fails a build, what does not, and what is never green.

use tokenward_emulator::{Fault, FaultKind, FaultMatch, Service, Visibility};

use crate::support::{FOUR, REPO, World};

fn fault(kind: FaultKind) -> Fault {
    Fault {
        matches: FaultMatch::Where {
            service: Some(Service::SendGrid),
            method: None,
            path_contains: None,
        },
        kind,
        times: u32::MAX,
    }
}

#[tokio::test(start_paused = true)]
async fn a_live_token_is_green() {
    let world = World::new(FOUR);
    let ran = world.run(&["check"]).await.expect(0);
    assert!(ran.out.contains("tested: live"), "{}", ran.all());
    assert!(!ran.out.contains("error["), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a_dead_token_fails_the_build() {
    let world = World::new(FOUR);
    let id =
        world.emulator.sendgrid().keys().into_iter().find(|key| key.value == world.old).unwrap().id;
    world.emulator.sendgrid().delete_key(&id);
    world.pass(1);
    let ran = world.run(&["check"]).await.expect(10);
    assert!(ran.out.contains("error[token-dead]"), "{}", ran.all());
    world.run(&["check", "--exit-zero"]).await.expect(0);
    world.run(&["check", "--fail-on", "token-expired"]).await.expect(0);
    world.run(&["check", "--fail-on", "token-expired,token-dead"]).await.expect(10);
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_tested_is_never_green() {
    for kind in [
        FaultKind::Refuse,
        FaultKind::Unavailable,
        FaultKind::Html,
        FaultKind::RateLimit429 { retry_after: 3_600 },
        FaultKind::CutJson,
    ] {
        let world = World::new(FOUR);
        let name = format!("{kind:?}");
        world.emulator.inject(fault(kind));
        let ran = world.run(&["check"]).await;
        assert_eq!(ran.code, 5, "{name}: {}", ran.all());
        assert!(ran.out.contains("error[not-tested]"), "{name}: {}", ran.all());
        // Even where findings are not to fail, a test that was not made is no finding.
        assert_eq!(world.run(&["check", "--exit-zero"]).await.code, 5, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_fork_is_handed_nothing_and_is_told_so() {
    let mut world = World::new(FOUR);
    world.env.clear();
    let ran = world.run_with(&["check"], &Default::default()).await.expect(5);
    assert!(
        ran.out.contains("was not tested: SENDGRID_API_KEY is empty or not set"),
        "{}",
        ran.all()
    );
}

#[tokio::test(start_paused = true)]
async fn policy_is_held_against_what_the_provider_tells() {
    let world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(91 * 24);
    let ran = world.run(&["check"]).await.expect(10);
    assert!(ran.out.contains("error[token-over-age]"), "{}", ran.all());

    let world = World::new(&FOUR.replace("[mail.send]", "[mail.send, templates.read]"));
    let ran = world.run(&["check"]).await.expect(10);
    assert!(
        ran.out.contains("error[token-lacks-scopes]: sendgrid lacks the scope templates.read"),
        "{}",
        ran.all()
    );

    let world = World::new(FOUR);
    let wide = world.emulator.sendgrid().add_key("wide", &["mail.send", "templates.read"]).value;
    let ran = world
        .run_with(&["check"], &[("SENDGRID_API_KEY".to_owned(), wide)].into())
        .await
        .expect(10);
    assert!(ran.out.contains("error[token-over-scoped]"), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn the_json_report_has_its_promised_form() {
    let world = World::new(FOUR);
    let ran = world.run(&["check", "--format", "json"]).await.expect(0);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["schema"], "tokenward.check/1");
    assert_eq!(report["tokens"][0]["name"], "sendgrid");
    assert_eq!(report["tokens"][0]["verdict"]["is"], "live");
    assert_eq!(report["summary"]["total"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_changed_without_us_is_reported_and_not_put_right() {
    let world = World::new(FOUR);
    world.rotated().await;
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    world.run(&["check"]).await.expect(0);
    world.pass(1);
    let by_hand = world.emulator.sendgrid().add_key("by hand", &["mail.send"]).value;
    world.emulator.github().put_secret(&crate::support::places()[1], "SENDGRID_API_KEY", &by_hand);
    world.emulator.github().delete_secret(&crate::support::places()[3], "SENDGRID_API_KEY");
    let ran = world.run(&["check"]).await.expect(10);
    for piece in [
        "SENDGRID_API_KEY in acme/site (production) was written at",
        "SENDGRID_API_KEY in acme/site (Dependabot) was deleted",
    ] {
        assert!(ran.out.contains(piece), "{piece}: {}", ran.all());
    }
    let ran = world.run(&["status"]).await.expect(10);
    assert!(ran.out.contains("but not by tokenward"), "{}", ran.all());
    assert_eq!(
        world
            .emulator
            .github()
            .secret_value(&crate::support::places()[1], "SENDGRID_API_KEY")
            .unwrap(),
        by_hand
    );
}

/// A token rotated once, whose old key is dead.
async fn settled() -> World {
    let world = World::new(FOUR);
    world.rotated().await;
    for hours in [1, 25] {
        world.pass(hours);
        world.run(&["rotate"]).await.expect(0);
    }
    world.pass(1);
    world.run(&["check"]).await.expect(0);
    world
}

#[tokio::test(start_paused = true)]
async fn an_organization_secret_that_others_may_read_than_before_is_reported_and_not_put_right() {
    for visibility in [Visibility::All, Visibility::Selected(vec![REPO.to_owned()])] {
        let world = settled().await;
        world.emulator.github().set_org_visibility("acme", "SENDGRID_API_KEY", &visibility);
        let ran = world.run(&["check"]).await.expect(10);
        assert!(
            ran.out.contains("error[visibility-changed]")
                && ran.out.contains("the visibility was selected (2 repositories, "),
            "{}",
            ran.all()
        );
        let ran = world.run(&["status"]).await.expect(10);
        assert!(ran.out.contains("error[visibility-changed]"), "{}", ran.all());
        assert_eq!(
            world.emulator.github().org_visibility("acme", "SENDGRID_API_KEY"),
            Some(visibility)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_somebody_deleted_at_the_provider_is_reported_though_it_still_answers() {
    let world = settled().await;
    let in_use = world.held().remove(0);
    let id =
        world.emulator.sendgrid().keys().into_iter().find(|key| key.value == in_use).unwrap().id;
    world.emulator.sendgrid().delete_key(&id);
    assert!(world.is_live(&in_use), "the provider takes a while");
    let ran = world.run(&["check"]).await.expect(10);
    assert!(
        ran.out
            .contains(&format!("the key in use for sendgrid ({id}) no longer exists at sendgrid")),
        "{}",
        ran.all()
    );
    let ran = world.run(&["status"]).await.expect(10);
    assert!(ran.out.contains("error[token-dead]"), "{}", ran.all());
    assert_eq!(world.emulator.sendgrid().created_count(), 1, "nothing is put right by itself");
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_somebody_wrote_is_not_replaced_by_a_rotation_that_is_merely_due() {
    let world = settled().await;
    world.emulator.github().put_secret(
        &crate::support::places()[3],
        "SENDGRID_API_KEY",
        "what somebody wrote there",
    );
    world.pass(31 * 24);
    let before = world.held();
    let ran = world.run(&["rotate"]).await.expect(10);
    assert!(
        ran.out.contains(
            "error[overwritten-by-hand]: SENDGRID_API_KEY in acme/site (Dependabot) was written at"
        ),
        "{}",
        ran.all()
    );
    world.run(&["plan"]).await.expect(10);
    assert_eq!((world.held(), world.emulator.sendgrid().created_count()), (before, 1));
    world.run(&["rotate", "--force", "--reason", "it was a mistake"]).await.expect(0);
    let new = world.held().remove(0);
    assert!(world.held().iter().all(|held| *held == new));
}
