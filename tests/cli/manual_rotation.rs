//! A token that only a person can make: asked for in one issue, taken from the secret beside the
//! primary destination, and the old one seen dead.

use tokenward_emulator::{Credential, CredentialKind, Issue, SecretPlace};

use crate::support::{REPO, World};

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

fn home() -> SecretPlace {
    SecretPlace::Repo(REPO.to_owned())
}

/// HubSpot's account 7 and a token of it in two places; the workflow may write issues.
pub(crate) fn hubspot() -> (World, String) {
    let mut world = World::new(HUBSPOT);
    let old = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    for place in &crate::support::places()[..2] {
        world.emulator.github().put_secret(place, "HUBSPOT_TOKEN", &old);
    }
    let own = Credential::new(
        CredentialKind::ActionsToken,
        &[("contents", "write"), ("actions", "read"), ("issues", "write")],
    )
    .on(&[REPO]);
    world.env.insert("GITHUB_TOKEN".to_owned(), world.emulator.github().add_credential(own));
    world.pass(1);
    (world, old)
}

fn new_token(world: &World, scopes: &[&str], account: u64) -> String {
    world.emulator.hubspot().add_token(scopes, account).value
}

fn issue(world: &World) -> Issue {
    let issues = world.emulator.github().issues(REPO);
    assert_eq!(issues.len(), 1, "one issue and no second one");
    issues.into_iter().next().unwrap()
}

fn slot(world: &World, name: &str) -> Option<String> {
    world.emulator.github().secret_value(&home(), name)
}

#[tokio::test(start_paused = true)]
async fn a_person_is_asked_in_one_issue_and_the_old_token_is_seen_dead_before_it_is_closed() {
    let (world, old) = hubspot();
    world.run(&["rotate"]).await.expect(0);
    assert!(world.emulator.github().issues(REPO).is_empty());

    world.pass(31 * 24);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(
        ran.out.contains("the steps are in https://github.com/acme/site/issues/1"),
        "{}",
        ran.all()
    );
    let asked = issue(&world);
    assert_eq!(asked.title, "crm: create a new HubSpot token");
    for says in [
        "https://app.hubspot.com/private-apps/7",
        "crm.objects.contacts.read",
        "HUBSPOT_TOKEN_NEXT: ${{ secrets.HUBSPOT_TOKEN_NEXT }}",
        "https://github.com/acme/site/settings/secrets/actions",
    ] {
        assert!(asked.body.contains(says), "{says} is not in\n{}", asked.body);
    }
    world.run(&["rotate"]).await.expect(0);
    assert_eq!(issue(&world), asked, "a run that changes nothing writes nothing");

    let new = new_token(&world, &["crm.objects.contacts.read"], 7);
    world.emulator.github().put_secret(&home(), "HUBSPOT_TOKEN_NEXT", &new);
    world.pass(1);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(
        ran.out
            .contains("kept the old value in HUBSPOT_TOKEN_OLD in acme/site, to verify later that it is revoked"),
        "{}",
        ran.all()
    );
    for place in &crate::support::places()[..2] {
        assert_eq!(world.emulator.github().secret_value(place, "HUBSPOT_TOKEN").unwrap(), new);
    }
    assert_eq!(slot(&world, "HUBSPOT_TOKEN_OLD").as_deref(), Some(old.as_str()));
    assert!(issue(&world).body.contains("There is nothing to do now"));

    world.pass(1);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(
        ran.out.contains("v1 is in use: GitHub passed the new value to this run"),
        "{}",
        ran.all()
    );
    assert_eq!(
        slot(&world, "HUBSPOT_TOKEN_NEXT"),
        None,
        "the primary destination is the only place that holds it"
    );

    world.pass(25);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(ran.out.contains("has to be revoked by a person"), "{}", ran.all());
    let asked = issue(&world);
    assert_eq!(
        (asked.title.as_str(), asked.comments.len()),
        ("crm: revoke the old HubSpot token", 1)
    );
    world.run(&["rotate"]).await.expect(0);
    assert_eq!(issue(&world), asked, "people are notified once");

    world.emulator.hubspot().revoke(&old);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(
        ran.out.contains("verified that the old value (v0) is revoked")
            && ran.out.contains("closed issue 1"),
        "{}",
        ran.all()
    );
    assert_eq!(slot(&world, "HUBSPOT_TOKEN_OLD"), None);
    let closed = issue(&world);
    assert_eq!(closed.state, "closed");
    assert!(
        closed.comments[1].contains("the old value (v0) was verified as revoked"),
        "{:?}",
        closed.comments
    );
    assert!(world.emulator.hubspot().is_live(&new));
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(ran.out.contains("idle"), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn plan_says_what_a_rotation_by_a_person_then_sends() {
    let (world, old) = hubspot();
    for stage in ["adopt", "ask", "again", "take", "prove", "end", "again", "dead", "idle"] {
        let hours = match stage {
            "ask" => 31 * 24,
            "end" => 25,
            _ => 1,
        };
        world.pass(hours);
        match stage {
            "take" => {
                let new = new_token(&world, &["crm.objects.contacts.read"], 7);
                world.emulator.github().put_secret(&home(), "HUBSPOT_TOKEN_NEXT", &new);
                world.pass(1);
            }
            "dead" => assert!(world.emulator.hubspot().revoke(&old)),
            _ => {}
        }
        let plan = world.run(&["plan", "--format", "json"]).await.expect(0);
        let plan: serde_json::Value = serde_json::from_str(&plan.out).unwrap();
        world.emulator.clear_requests();
        let ran = world.run(&["rotate"]).await;
        let (reads, writes) = world.counted();
        let opening = if stage == "adopt" { 1 } else { 2 };
        let total = &plan["tokens"][0]["total"];
        assert_eq!(total["github-writes"], writes, "{stage}: {plan:#}\n{}", ran.all());
        assert_eq!(total["github-reads"], reads - opening, "{stage}: {plan:#}\n{}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn a_value_that_will_not_do_is_refused_and_the_issue_says_why() {
    let (world, old) = hubspot();
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    world.run(&["rotate"]).await.expect(0);
    let read = "crm.objects.contacts.read";
    let wrong = [
        (new_token(&world, &[read], 8), "belongs to account 8, but the old one belongs to 7"),
        (new_token(&world, &["tickets"], 7), "lacks crm.objects.contacts.read"),
        (new_token(&world, &[read, "files"], 7), "has more scopes than it should: files"),
        ("not-a-token-at-all".to_owned(), "does not accept the new value"),
    ];
    for (value, says) in wrong {
        world.emulator.github().put_secret(&home(), "HUBSPOT_TOKEN_NEXT", &value);
        world.pass(1);
        let ran = world.run(&["rotate"]).await.expect(12);
        assert!(ran.out.contains(says), "{}", ran.all());
        assert!(issue(&world).body.contains(says), "{}", issue(&world).body);
        assert_eq!(world.handed()["HUBSPOT_TOKEN"], old, "nothing was pushed");
    }
    // An old token that is dead already does not let another account's pass.
    world.emulator.hubspot().revoke(&old);
    world.emulator.github().put_secret(
        &home(),
        "HUBSPOT_TOKEN_NEXT",
        &new_token(&world, &[read], 8),
    );
    let ran = world.run(&["rotate"]).await.expect(10);
    assert!(ran.out.contains("error[current-dead]"), "{}", ran.all());
    assert!(
        ran.out.contains("belongs to account 8, but the old one belongs to 7"),
        "{}",
        ran.all()
    );
    let good = new_token(&world, &[read], 7);
    world.emulator.github().put_secret(&home(), "HUBSPOT_TOKEN_NEXT", &good);
    world.run(&["rotate"]).await.expect(0);
    assert_eq!(world.handed()["HUBSPOT_TOKEN"], good);
    assert!(!issue(&world).body.contains("refused"));
}

#[tokio::test(start_paused = true)]
async fn without_the_permission_for_issues_the_report_holds_the_steps_and_the_line_to_add() {
    let (mut world, _) = hubspot();
    let own = Credential::new(
        CredentialKind::ActionsToken,
        &[("contents", "write"), ("actions", "read")],
    )
    .on(&[REPO]);
    world.env.insert("GITHUB_TOKEN".to_owned(), world.emulator.github().add_credential(own));
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    let ran = world.run(&["rotate"]).await.expect(12);
    for says in [
        "permissions: {contents: write, actions: read, issues: write}",
        "https://app.hubspot.com/private-apps/7",
        "Put the new token into the secret HUBSPOT_TOKEN_NEXT of acme/site",
        "tokenward push crm --value-from -",
    ] {
        assert!(ran.out.contains(says), "{says}: {}", ran.all());
    }
    // The rotation itself needs no issue.
    let new = new_token(&world, &["crm.objects.contacts.read"], 7);
    world.emulator.github().put_secret(&home(), "HUBSPOT_TOKEN_NEXT", &new);
    world.run(&["rotate"]).await.expect(0);
    assert_eq!(world.handed()["HUBSPOT_TOKEN"], new);
}

#[tokio::test(start_paused = true)]
async fn an_issue_that_was_opened_and_not_journalled_is_found_again_and_one_that_was_closed_is_opened_again()
 {
    use tokenward_emulator::{Fault, FaultKind, FaultMatch};
    let (world, _) = hubspot();
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    let lost = FaultMatch::Where {
        service: None,
        method: Some("POST".to_owned()),
        path_contains: Some("/issues".to_owned()),
    };
    world.emulator.inject(Fault { matches: lost, kind: FaultKind::DropAfterApply, times: 1 });
    // Nobody knows yet that the issue is there, so nobody can be said to have been asked.
    world.run(&["rotate"]).await.expect(12);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(ran.out.contains("issues/1"), "{}", ran.all());
    issue(&world);
    // The journal is lost as well: the mark in the issue's text is enough.
    world.emulator.github().delete_ref(REPO, "refs/tokenward/journal");
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    // By now the person is late.
    world.run(&["rotate"]).await.expect(12);
    issue(&world);
}

#[tokio::test(start_paused = true)]
async fn a_value_that_a_person_puts_there_while_the_one_before_is_taken_is_not_removed() {
    let (world, _) = hubspot();
    world.run(&["rotate"]).await.expect(0);
    let (first, second) = (
        new_token(&world, &["crm.objects.contacts.read"], 7),
        new_token(&world, &["crm.objects.contacts.read"], 7),
    );
    world.emulator.github().put_secret(&home(), "HUBSPOT_TOKEN_NEXT", &first);
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    world.pass(1);
    let before = world.handed();
    world.emulator.github().put_secret(&home(), "HUBSPOT_TOKEN_NEXT", &second);
    world.pass(1);
    let ran = world.run_with(&["rotate"], &before).await.expect(0);
    assert!(ran.out.contains("it was written again"), "{}", ran.all());
    assert_eq!(slot(&world, "HUBSPOT_TOKEN_NEXT").as_deref(), Some(second.as_str()));
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    assert_eq!(world.handed()["HUBSPOT_TOKEN"], second);
    let kept = slot(&world, "HUBSPOT_TOKEN_OLD").unwrap();
    assert_eq!(kept.lines().count(), 2, "both old values are kept until they are seen dead");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_not_handed_the_old_value_never_says_that_it_is_dead() {
    let (world, old) = hubspot();
    world.run(&["rotate"]).await.expect(0);
    let new = new_token(&world, &["crm.objects.contacts.read"], 7);
    world.emulator.github().put_secret(&home(), "HUBSPOT_TOKEN_NEXT", &new);
    for hours in [1, 1] {
        world.pass(hours);
        world.run(&["rotate"]).await.expect(0);
    }
    world.pass(25);
    world.emulator.hubspot().revoke(&old);
    let mut handed = world.handed();
    handed.remove("HUBSPOT_TOKEN_OLD");
    let ran = world.run_with(&["rotate"], &handed).await.expect(4);
    assert!(
        ran.out.contains("HUBSPOT_TOKEN_OLD: ${{ secrets.HUBSPOT_TOKEN_OLD }}"),
        "{}",
        ran.all()
    );
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(ran.out.contains("verified that the old value (v0) is revoked"), "{}", ran.all());
}
