//! `push` and `adopt`: values that a person made or found.

use crate::support::{FOUR, World};

const HUBSPOT: &str = "\
version: 1
tokens:
  crm:
    provider: hubspot
    value: env:HUBSPOT_TOKEN
    scopes: [crm.objects.contacts.read]
    destinations:
      - {github: acme/site, secret: HUBSPOT_TOKEN}
      - {github: acme/site, environment: production, secret: HUBSPOT_TOKEN}
";

const RESEND: &str = "\
version: 1
tokens:
  news:
    provider: resend
    value: env:RESEND_API_KEY
    manager: env:RESEND_MANAGER_KEY
    destinations:
      - {github: acme/site, secret: RESEND_API_KEY}
";

fn hubspot() -> (World, String) {
    let world = World::new(HUBSPOT);
    let old = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    for place in &crate::support::places()[..2] {
        world.emulator.github().put_secret(place, "HUBSPOT_TOKEN", &old);
    }
    world.pass(1);
    (world, old)
}

#[tokio::test(start_paused = true)]
async fn a_secret_of_somebody_else_with_the_name_for_old_values_is_not_overwritten() {
    let (mut world, old) = hubspot();
    let place = &crate::support::places()[0];
    world.emulator.github().put_secret(place, "HUBSPOT_TOKEN_OLD", "of somebody else");
    world.run(&["adopt", "crm"]).await.expect(0);
    world.pass(1);
    let new = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    world.input = format!("{new}\n");
    for arguments in [
        &["push", "crm", "--value-from", "-"][..],
        &["rotate"],
        &["push", "crm", "--value-from", "-"],
    ] {
        let ran = world.run(arguments).await;
        assert_ne!(ran.code, 0, "{arguments:?}: {}", ran.all());
        assert_eq!(
            world.emulator.github().secret_value(place, "HUBSPOT_TOKEN_OLD").unwrap(),
            "of somebody else",
            "{}",
            ran.all()
        );
        assert_eq!(
            world.emulator.github().secret_value(place, "HUBSPOT_TOKEN").unwrap(),
            old,
            "{}",
            ran.all()
        );
        world.pass(1);
    }
    // The control: without it the value is delivered.
    world.emulator.github().delete_secret(place, "HUBSPOT_TOKEN_OLD");
    let ran = world.run(&["push", "crm", "--value-from", "-"]).await.expect(0);
    assert_eq!(
        world.emulator.github().secret_value(place, "HUBSPOT_TOKEN").unwrap(),
        new,
        "{}",
        ran.all()
    );
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_being_ended_is_not_taken_for_a_new_one() {
    let (mut world, old) = hubspot();
    world.run(&["adopt", "crm"]).await.expect(0);
    let new = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    world.input = format!("{new}\n");
    world.run(&["push", "crm", "--value-from", "-"]).await.expect(0);
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    world.input = format!("{old}\n");
    let ran = world.run(&["push", "crm", "--value-from", "-"]).await.expect(2);
    assert!(
        ran.err.contains("this value is v0 of crm, which was replaced and is being revoked")
            || ran.out.contains("this value is v0 of crm"),
        "{}",
        ran.all()
    );
    assert_eq!(
        world
            .emulator
            .github()
            .secret_value(&crate::support::places()[0], "HUBSPOT_TOKEN")
            .unwrap(),
        new
    );
}

#[tokio::test(start_paused = true)]
async fn a_value_made_by_a_person_reaches_every_destination_and_is_proven_by_a_later_run() {
    let (mut world, old) = hubspot();
    world.run(&["adopt", "crm"]).await.expect(0);
    world.pass(31 * 24);
    let due = world.run(&["rotate"]).await.expect(12);
    assert!(
        due.out.contains("error[needs-person]")
            && due.out.contains("tokenward push crm --value-from -"),
        "{}",
        due.all()
    );

    let new = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    world.input = format!("{new}\n");
    world.run(&["push", "crm", "--value-from", "-"]).await.expect(0);
    for place in &crate::support::places()[..2] {
        assert_eq!(world.emulator.github().secret_value(place, "HUBSPOT_TOKEN").unwrap(), new);
    }
    world.pass(1);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(ran.out.contains("v1 is in use"), "{}", ran.all());
    world.pass(25);
    let ran = world.run(&["rotate"]).await.expect(12);
    assert!(ran.out.contains("has to be revoked by a person"), "{}", ran.all());
    assert!(world.emulator.hubspot().is_live(&old));
}

#[tokio::test(start_paused = true)]
async fn a_value_of_another_account_or_with_too_little_scope_is_not_pushed() {
    let (mut world, old) = hubspot();
    world.run(&["adopt", "crm"]).await.expect(0);
    let stranger = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 8).value;
    let weak = world.emulator.hubspot().add_token(&["oauth"], 7).value;
    for (value, says) in [
        (stranger, "belongs to account"),
        (weak, "lacks crm.objects.contacts.read"),
        ("not-a-token-at-all".to_owned(), "does not accept the new value"),
    ] {
        world.input = value;
        let ran = world.run(&["push", "crm", "--value-from", "-"]).await;
        assert_ne!(ran.code, 0);
        assert!(ran.out.contains(says) && ran.out.contains("nothing was pushed"), "{}", ran.all());
    }
    assert_eq!(world.handed()["HUBSPOT_TOKEN"], old);
}

#[tokio::test(start_paused = true)]
async fn a_value_over_githubs_limit_is_refused_before_anything_is_asked() {
    let (mut world, _) = hubspot();
    world.input = "aB3x".repeat(12 * 1024 + 1);
    let ran = world.run(&["push", "crm", "--value-from", "-"]).await.expect(2);
    assert!(ran.out.contains("error[value-too-large]"), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a_value_on_the_command_line_is_refused_and_not_repeated() {
    let (world, old) = hubspot();
    let ran = world.run(&["push", "crm", "--value-from", &old]).await.expect(2);
    assert!(!ran.all().contains(&old), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a_key_whose_id_is_not_certain_is_adopted_only_with_it() {
    let mut world = World::new(RESEND);
    let resend = world.emulator.resend();
    let old = resend.add_key("old", "full_access", None);
    let manager = resend.add_full_access_key("manager");
    world.env.insert("RESEND_MANAGER_KEY".to_owned(), manager.value);
    world.emulator.github().put_secret(&crate::support::places()[0], "RESEND_API_KEY", &old.value);
    world.pass(1);
    let ran = world.run(&["rotate"]).await.expect(12);
    assert!(
        ran.out.contains("error[needs-id]") && ran.out.contains("tokenward adopt news --id ID"),
        "{}",
        ran.all()
    );
    world.run(&["adopt", "news", "--id", "00000000-0000-0000-0000-000000000000"]).await.expect(12);
    world.run(&["adopt", "news", "--id", &old.id]).await.expect(0);
    for hours in [31 * 24, 1, 25] {
        world.pass(hours);
        world.run(&["rotate"]).await.expect(0);
    }
    assert_eq!(resend.deleted_ids(), [old.id]);
    assert!(resend.is_live(&world.handed()["RESEND_API_KEY"]));
}

#[tokio::test(start_paused = true)]
async fn pushing_into_a_rotation_that_is_under_way_is_refused() {
    let mut world = World::new(FOUR);
    world.rotated().await;
    world.input = world.emulator.sendgrid().add_key("by hand", &["mail.send"]).value;
    let ran = world.run(&["push", "sendgrid", "--value-from", "-"]).await.expect(2);
    assert!(ran.out.contains("is in progress (pushed)"), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a_person_without_the_journals_key_hears_where_to_put_a_new_value() {
    let (mut world, _) = hubspot();
    world.run(&["adopt", "crm"]).await.expect(0);
    world.pass(1);
    world.env.remove("TOKENWARD_JOURNAL_KEY");
    let new = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    world.input = format!("{new}\n");
    world.pastes = Some(vec![new]);
    for arguments in [&["push", "crm", "--value-from", "-"][..], &["guide", "crm"]] {
        let ran = world.run(arguments).await.expect(4);
        let said = ran.all();
        for part in [
            "error[journal-key-missing]",
            "the key exists only as a GitHub secret",
            "`gh secret set HUBSPOT_TOKEN_NEXT --repo acme/site`",
            "only if you created the key yourself and kept it",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        // No step of a workflow passes anything to this machine.
        assert!(!said.contains("${{"), "{said}");
    }
    // Other commands than those that deliver a value say the same of the key.
    let ran = world.run(&["revoke", "crm"]).await.expect(4);
    assert!(
        ran.all().contains("run this command in the workflow") && !ran.all().contains("${{"),
        "{}",
        ran.all()
    );
}

#[tokio::test(start_paused = true)]
async fn the_result_of_a_refused_value_is_not_shown_beside_the_version_in_use() {
    let (mut world, _) = hubspot();
    world.run(&["adopt", "crm"]).await.expect(0);
    world.pass(1);
    let new = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    world.emulator.hubspot().revoke(&new);
    world.input = format!("{new}\n");
    let ran = world.run(&["push", "crm", "--value-from", "-"]).await;
    assert!(ran.out.contains("error[new-value-dead]"), "{}", ran.all());
    assert!(
        ran.out.starts_with("crm  idle  v0\n") && !ran.out.contains("tested:"),
        "{}",
        ran.all()
    );
}

#[tokio::test(start_paused = true)]
async fn a_person_revokes_the_old_value_of_a_manual_rotation_and_the_next_step_says_so() {
    let (mut world, _) = hubspot();
    world.run(&["adopt", "crm"]).await.expect(0);
    world.pass(1);
    let new = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    world.input = format!("{new}\n");
    world.run(&["push", "crm", "--value-from", "-"]).await.expect(0);
    world.pass(1);
    for command in ["rotate", "check"] {
        let ran = world.run(&[command]).await;
        assert!(
            ran.out.contains("next: a person revokes v0, not before"),
            "{command}: {}",
            ran.all()
        );
    }
}
