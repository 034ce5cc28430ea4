//! What an old value waits for: the time, the runs that may still hold it, and the provider's word
//! that nobody uses it.

use jiff::SignedDuration;
use tokenward_emulator::{Credential, CredentialKind, Service};

use crate::support::{FOUR, REPO, World};

/// The token of `FOUR` with this grace.
fn config(grace: &str) -> String {
    FOUR.replace("grace: 24h", &format!("grace: {grace}"))
}

fn at_once(config: &str) -> World {
    let world = World::new(config);
    world.emulator.sendgrid().set_revoke_lag(SignedDuration::ZERO);
    world
}

/// A token whose new value is everywhere and about to be proven; run 900 of another repository was
/// queued before that.
async fn with_a_run_queued_before(grace: &str) -> World {
    let world = at_once(&config(grace));
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    world.emulator.github().start_run("acme/other", 900, 1);
    world.emulator.github().set_run_status("acme/other", 900, "waiting");
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    world.pass(1);
    // Queued after the push: it holds the new value, and is no matter.
    world.emulator.github().start_run("acme/other", 901, 1);
    world
}

#[tokio::test(start_paused = true)]
async fn an_old_token_outlives_every_run_that_was_created_before_the_push() {
    let world = with_a_run_queued_before("{time: 0s, drain: {max-wait: 30d}}").await;
    for hours in [0, 48, 20 * 24] {
        world.pass(hours);
        let ran = world.run(&["rotate"]).await.expect(0);
        assert!(
            ran.out.contains("once 1 run that may hold the old value (https://github.com/acme/other/actions/runs/900) have ended"),
            "{}",
            ran.all()
        );
        assert!(world.is_live(&world.old));
    }
    world.emulator.github().complete_run("acme/other", 900);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(ran.out.contains(" was deleted at ") && !world.is_live(&world.old), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a_drain_that_takes_too_long_holds_or_fails_or_revokes_as_the_config_says() {
    for (on_timeout, code, lives) in [("hold", 0, true), ("fail", 12, true), ("revoke", 0, false)] {
        let world = with_a_run_queued_before(&format!(
            "{{time: 0s, drain: {{max-wait: 2d, on-timeout: {on_timeout}}}}}"
        ))
        .await;
        world.run(&["rotate"]).await.expect(0);
        assert!(world.is_live(&world.old), "{on_timeout}");
        world.pass(49);
        let ran = world.run(&["rotate"]).await.expect(code);
        assert_eq!(world.is_live(&world.old), lives, "{on_timeout}: {}", ran.all());
        assert_eq!(ran.all().contains("drain-timeout"), on_timeout == "fail", "{}", ran.all());
        assert_eq!(ran.all().contains("revoking anyway"), on_timeout == "revoke", "{}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn runs_that_may_not_be_seen_do_not_count_as_over() {
    let mut world = at_once(&config("{time: 0s, drain: {max-wait: 30d}}"));
    // The credential that writes secrets may see no runs, and the workflow's own only those of its
    // repository.
    let everything_but_runs = [
        ("secrets", "write"),
        ("environments", "write"),
        ("organization_secrets", "write"),
        ("dependabot_secrets", "write"),
    ];
    let blind = world
        .emulator
        .github()
        .add_credential(Credential::new(CredentialKind::AppInstallation, &everything_but_runs));
    world.env.insert("TOKENWARD_GITHUB_TOKEN".to_owned(), blind);
    world.rotated().await;
    world.pass(48);
    let ran = world.run(&["rotate"]).await.expect(12);
    assert!(
        ran.out.contains("error[drain-unseen]")
            && ran.out.contains("cannot list the runs of acme/other"),
        "{}",
        ran.all()
    );
    assert!(world.is_live(&world.old));
    let everything = world.emulator.github().add_app_credential_with_all();
    world.env.insert("TOKENWARD_GITHUB_TOKEN".to_owned(), everything);
    world.run(&["rotate"]).await.expect(0);
    assert!(!world.is_live(&world.old));
}

#[tokio::test(start_paused = true)]
async fn an_organization_secret_that_all_repositories_read_cannot_be_drained() {
    let world = at_once(
        &config("{time: 0s, drain: {max-wait: 2d, on-timeout: revoke}}")
            .replace("visibility: preserve", "visibility: private"),
    );
    world.rotated().await;
    world.pass(1);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(
        ran.out.contains("once runs that could not be listed have ended")
            && world.is_live(&world.old),
        "{}",
        ran.all()
    );
    world.pass(48);
    world.run(&["rotate"]).await.expect(0);
    assert!(!world.is_live(&world.old));
}

#[tokio::test(start_paused = true)]
async fn a_grace_of_nothing_means_it_and_environments_alone_have_six_hours() {
    let world = at_once(&config("0s"));
    world.rotated().await;
    world.run(&["rotate"]).await.expect(0);
    assert!(!world.is_live(&world.old));
    let environment = "version: 1\ntokens:\n  mail:\n    provider: sendgrid\n    value: env:SENDGRID_API_KEY\n    manager: env:SENDGRID_MANAGER_KEY\n    scopes: [mail.send]\n    destinations: [{github: acme/site, environment: production, secret: SENDGRID_API_KEY}]\n";
    let world = at_once(environment);
    let in_production =
        |world: &World| world.emulator.github().handed_secrets(REPO, Some("production"));
    for hours in [0, 31 * 24, 1] {
        world.pass(hours);
        world.run_with(&["rotate"], &in_production(&world)).await.expect(0);
    }
    world.pass(4);
    world.run_with(&["rotate"], &in_production(&world)).await.expect(0);
    assert!(world.is_live(&world.old));
    world.pass(1);
    world.run_with(&["rotate"], &in_production(&world)).await.expect(0);
    assert!(!world.is_live(&world.old));
}

#[tokio::test(start_paused = true)]
async fn an_old_key_that_the_provider_still_sees_in_use_lives_on() {
    let config = "version: 1\ntokens:\n  mail:\n    provider: resend\n    value: env:RESEND_API_KEY\n    manager: env:RESEND_MANAGER_KEY\n    scopes: [sending_access]\n    grace: {time: 0s, last-used: 2h}\n    destinations: [{github: acme/site, secret: RESEND_API_KEY}]\n";
    let mut world = World::new(config);
    let resend = world.emulator.resend();
    let old = resend.add_key("old", "sending_access", None);
    world.env.insert("RESEND_MANAGER_KEY".to_owned(), resend.add_full_access_key("manager").value);
    world.emulator.github().put_secret(&crate::support::places()[0], "RESEND_API_KEY", &old.value);
    world.run(&["adopt", "mail", "--id", &old.id]).await.expect(0);
    world.pass(31 * 24);
    world.run(&["rotate"]).await.expect(0);
    // The run that rotated has tested the old value itself; somebody goes on using it after that.
    for _ in 0..3 {
        world.emulator.advance(SignedDuration::from_mins(90));
        let send = http::Request::post("https://api.resend.com/emails")
            .header("authorization", format!("Bearer {}", old.value))
            .header("user-agent", "somebody")
            .body(b"{}".to_vec());
        assert_eq!(
            world.emulator.handle(Service::Resend, send.unwrap()).await.unwrap().status(),
            200
        );
        let ran = world.run(&["rotate"]).await.expect(0);
        assert!(
            ran.out.contains("once it has been unused for 2h") && resend.is_live(&old.value),
            "{}",
            ran.all()
        );
    }
    world.pass(3);
    world.run(&["rotate"]).await.expect(0);
    assert_eq!(resend.deleted_ids(), [old.id]);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_does_not_tell_the_last_use_is_not_waited_for() {
    let ran = World::new(&config("{last-used: 2h}")).run(&["rotate"]).await.expect(2);
    assert!(
        ran.err
            .contains("error[config-bad-grace]: sendgrid does not report when a key was last used"),
        "{}",
        ran.all()
    );
}
