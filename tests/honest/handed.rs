//! The value that a run receives, and the answers that it gets, are held against what is known
//! before anything is made of them.

use std::collections::BTreeMap;
use std::fs;

use tokenward_emulator::{
    Credential, CredentialKind, Fault, FaultKind, FaultMatch, SecretPlace, Service,
};

use crate::honest::verdicts::in_actions;
use crate::support::{FOUR, REPO, Ran, World, places};

pub(super) const ONE: &str = "\
version: 1
tokens:
  sendgrid:
    provider: sendgrid
    value: env:SENDGRID_API_KEY
    manager: env:SENDGRID_MANAGER_KEY
    scopes: [mail.send]
    destinations: [{github: acme/site, secret: SENDGRID_API_KEY}]
";

const BY_HAND: &str = "\
version: 1
tokens:
  crm:
    provider: hubspot
    value: env:HUBSPOT_TOKEN
    scopes: [crm.objects.contacts.read]
    destinations: [{github: acme/site, secret: HUBSPOT_TOKEN}]
";

fn by_hand() -> (World, String) {
    let mut world = World::new(BY_HAND);
    let permissions = [("contents", "write"), ("actions", "read"), ("issues", "write")];
    let own = Credential::new(CredentialKind::ActionsToken, &permissions).on(&[REPO]);
    world.env.insert("GITHUB_TOKEN".to_owned(), world.emulator.github().add_credential(own));
    let old = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    world.emulator.github().put_secret(&places()[0], "HUBSPOT_TOKEN", &old);
    world.pass(1);
    (world, old)
}

/// A person was asked for a new value, and left it: the old one waits to be revoked by a person.
async fn replaced_by_hand() -> (World, String) {
    let (world, old) = by_hand();
    world.run(&["rotate"]).await.expect(0);
    world.run(&["rotate", "crm", "--force", "--reason", "x"]).await.expect(0);
    let new = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    world.emulator.github().put_secret(&places()[0], "HUBSPOT_TOKEN_NEXT", &new);
    for hours in [1, 1, 25] {
        world.pass(hours);
        world.run(&["rotate"]).await;
    }
    (world, old)
}

fn with_more(destination: &str) -> String {
    ONE.replace("SENDGRID_API_KEY}]", &format!("SENDGRID_API_KEY}}, {destination}]"))
}

pub(super) async fn settled(config: &str) -> World {
    let world = World::new(config);
    world.rotated().await;
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    world
}

fn answers(path: &str, kind: FaultKind) -> Fault {
    let matches = FaultMatch::Where {
        service: Some(Service::GitHub),
        method: Some("GET".to_owned()),
        path_contains: Some(path.to_owned()),
    };
    Fault { matches, kind, times: u32::MAX }
}

#[track_caller]
pub(super) fn says(ran: &Ran, pieces: &[&str]) {
    for piece in pieces {
        assert!(ran.all().contains(piece), "{piece:?} is not in\n{}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn b1_a_value_that_no_record_knows_is_never_fine() {
    let world = settled(ONE).await;
    world.run(&["check"]).await.expect(0);
    // The step is handed another secret than the primary destination's; what GitHub shows of the
    // primary destination is as it was.
    let stranger = world.emulator.sendgrid().add_key("by hand", &["mail.send"]).value;
    let handed = BTreeMap::from([("SENDGRID_API_KEY".to_owned(), stranger)]);
    for command in ["check", "status"] {
        let ran = world.run_with(&[command], &handed).await.expect(10);
        says(
            &ran,
            &[
                "error[overwritten-by-hand]",
                "SENDGRID_API_KEY holds a value of sendgrid that tokenward did not write",
            ],
        );
    }
}

#[tokio::test(start_paused = true)]
async fn b1_an_older_value_that_is_dead_is_not_told_as_the_one_in_use() {
    let world = settled(ONE).await;
    world.pass(25);
    world.run(&["rotate"]).await.expect(0);
    world.pass(1);
    assert!(!world.is_live(&world.old));
    let handed = BTreeMap::from([("SENDGRID_API_KEY".to_owned(), world.old.clone())]);
    let ran = world.run_with(&["check"], &handed).await.expect(10);
    says(
        &ran,
        &["error[token-stale]", "sendgrid does not accept the older value in SENDGRID_API_KEY"],
    );
    assert!(!ran.out.contains("does not accept sendgrid"), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn b2_a_repository_that_github_does_not_show_is_not_a_deleted_secret() {
    let world = World::new(&with_more("{github: acme/other, secret: NEWS_KEY}"));
    world.emulator.github().put_secret(
        &SecretPlace::Repo("acme/other".to_owned()),
        "NEWS_KEY",
        &world.old,
    );
    world.pass(1);
    world.rotated().await;
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    world.run(&["check"]).await.expect(0);
    world.emulator.inject(answers("/repos/acme/other", FaultKind::NotFound));
    let ran = world.run(&["check"]).await;
    assert!(
        ran.code != 0 && !ran.out.contains("was deleted") && !ran.out.contains("missing  "),
        "{}",
        ran.all()
    );
    says(&ran, &["unknown    NEWS_KEY in acme/other"]);
    world.pass(25);
    world.run(&["rotate"]).await;
    world.pass(1);
    assert!(
        world.is_live(&world.old),
        "the old value is not revoked while a destination cannot be seen"
    );
    // The control: the secret alone is gone.
    world.emulator.clear_faults();
    world.emulator.github().delete_secret(&SecretPlace::Repo("acme/other".to_owned()), "NEWS_KEY");
    says(&world.run(&["check"]).await.expect(10), &["NEWS_KEY in acme/other was deleted"]);
}

#[tokio::test(start_paused = true)]
async fn b1_an_answer_about_another_secret_says_nothing_of_this_one() {
    let world = settled(ONE).await;
    let body = r#"{"name": "ANOTHER", "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}"#.to_owned();
    let kind = FaultKind::Says { status: 200, headers: Vec::new(), body };
    world.emulator.inject(answers("/actions/secrets/SENDGRID_API_KEY", kind));
    let ran = world.run(&["check"]).await;
    assert_ne!(ran.code, 0, "{}", ran.all());
    says(&ran, &["unknown    SENDGRID_API_KEY in acme/site"]);
}

#[tokio::test(start_paused = true)]
async fn b1_a_destination_that_was_never_written_and_is_not_there_is_told_before_it_is_due() {
    let config = with_more("{github: acme/other, secret: SENDGRID_APIKEY}");
    let world = World::new(&config);
    world.emulator.github().put_secret(
        &SecretPlace::Repo("acme/other".to_owned()),
        "SENDGRID_API_KEY",
        &world.old,
    );
    world.pass(1);
    for adopted in [false, true] {
        for command in ["check", "status"] {
            let ran = world.run(&[command]).await.expect(2);
            says(
                &ran,
                &[
                    "secret SENDGRID_APIKEY does not exist in acme/other",
                    "did you mean SENDGRID_API_KEY in acme/other?",
                ],
            );
            assert!(ran.out.contains("missing"), "{adopted}: {}", ran.all());
        }
        world.run(&["rotate"]).await.expect(0);
    }
    // The control: it is to be created.
    fs::write(
        world.folder.join(".github/tokenward.yml"),
        config.replace("APIKEY}", "APIKEY, create: true}"),
    )
    .unwrap();
    world.run(&["check"]).await.expect(0);
}

#[tokio::test(start_paused = true)]
async fn b2_a_destination_that_joined_the_config_has_a_word_of_its_own() {
    let world = settled(ONE).await;
    let more = with_more("{github: acme/other, secret: SENDGRID_API_KEY}");
    world.emulator.github().put_secret(
        &SecretPlace::Repo("acme/other".to_owned()),
        "SENDGRID_API_KEY",
        &world.old,
    );
    fs::write(world.folder.join(".github/tokenward.yml"), more).unwrap();
    let ran = world.run(&["check"]).await.expect(10);
    says(
        &ran,
        &["error[destination-unwritten]", "SENDGRID_API_KEY in acme/other was added to the config"],
    );
    assert!(!ran.out.contains("overwritten-by-hand"), "{}", ran.all());
    world.pass(25);
    world.run(&["rotate"]).await.expect(10);
    assert!(world.is_live(&world.old), "it may hold the old value");
}

#[tokio::test(start_paused = true)]
async fn c4_no_credential_of_the_run_is_sent_to_a_provider_as_a_token() {
    let (mut world, _) = by_hand();
    world.run(&["rotate"]).await.expect(0);
    let key = world.env["TOKENWARD_JOURNAL_KEY"].clone();
    let github = world.env["TOKENWARD_GITHUB_TOKEN"].clone();
    let values = [
        key.clone(),
        key.to_uppercase(),
        key[..32].to_owned(),
        key[32..].to_owned(),
        github,
        format!("x{key}"),
    ];
    for value in &values {
        world.env.insert("HUBSPOT_TOKEN_NEXT".to_owned(), value.clone());
        world.input.clone_from(value);
        world.pass(31 * 24);
        world.emulator.clear_requests();
        for arguments in [&["rotate"][..], &["push", "crm", "--value-from", "-"]] {
            let ran = world.run(arguments).await.expect(2);
            says(&ran, &["error[value-malformed]", "TOKENWARD_", "or a part of it"]);
        }
        assert!(
            world.emulator.requests().iter().all(|request| request.service == Service::GitHub),
            "it was sent to the provider"
        );
    }
    // What is another token's is not this one's next value; the control is a value of its own.
    let other = "  news:\n    provider: hubspot\n    value: env:NEWS_TOKEN\n    destinations: [{github: acme/site, secret: NEWS_TOKEN}]\n";
    fs::write(world.folder.join(".github/tokenward.yml"), format!("{BY_HAND}{other}")).unwrap();
    let news = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    world.emulator.github().put_secret(&places()[0], "NEWS_TOKEN", &news);
    world.env.remove("HUBSPOT_TOKEN_NEXT");
    world.input.clone_from(&news);
    says(
        &world.run(&["push", "crm", "--value-from", "-"]).await.expect(2),
        &["error[value-malformed]", "NEWS_TOKEN has the same value"],
    );
    world.input = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    world.run(&["push", "crm", "--value-from", "-"]).await.expect(0);
    // A person who asks for guidance while that waits for its proof is not sent to make another.
    says(&world.run(&["guide", "crm"]).await, &["error[already-rotating]"]);
}

#[tokio::test(start_paused = true)]
async fn c7_a_person_is_told_at_once_that_the_value_to_be_replaced_is_dead() {
    for dead in [true, false] {
        let (world, old) = by_hand();
        world.run(&["rotate"]).await.expect(0);
        if dead {
            world.emulator.hubspot().revoke(&old);
        }
        let ran = world.run(&["rotate", "crm", "--force", "--reason", "x"]).await.expect(if dead {
            10
        } else {
            0
        });
        assert_eq!(ran.out.contains("error[current-dead]"), dead, "{}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn b9_a_manager_that_is_dead_is_told_as_such_where_a_key_is_to_be_revoked() {
    let world = settled(FOUR).await;
    world.pass(25);
    let matches = FaultMatch::Where {
        service: Some(Service::SendGrid),
        method: Some("DELETE".to_owned()),
        path_contains: Some("/v3/api_keys/".to_owned()),
    };
    world.emulator.inject(Fault { matches, kind: FaultKind::Unauthorized, times: 9 });
    let ran = world.run(&["rotate"]).await.expect(4);
    says(&ran, &["error[manager-dead]"]);
    assert!(world.is_live(&world.old));
}

#[tokio::test(start_paused = true)]
async fn b13_a_report_that_was_refused_is_told_in_the_summary() {
    let mut world = settled(ONE).await;
    in_actions(&mut world);
    let place = |name: &str| world.folder.join(name).display().to_string();
    let (taken, found) = (place("taken"), place("found.sarif"));
    for refused in [false, true] {
        for name in ["outputs", "summary", "taken"] {
            fs::write(
                world.folder.join(name),
                if name == "taken" { "somebody's own text" } else { "" },
            )
            .unwrap();
        }
        let sarif = if refused { &taken } else { &found };
        world.env.insert("TOKENWARD_INPUT_SARIF_FILE".to_owned(), sarif.clone());
        let ran = world.run(&["action"]).await;
        let summary = fs::read_to_string(world.folder.join("summary")).unwrap();
        assert_eq!(ran.code != 0, refused, "{}", ran.all());
        assert_eq!(summary.contains('✅') && !summary.contains('❌'), !refused, "{summary}");
        assert_eq!(summary.contains("the SARIF file"), refused, "{summary}");
    }
}

#[tokio::test(start_paused = true)]
async fn b3_a_leaked_value_that_may_still_be_accepted_is_not_fine() {
    let mut world = settled(FOUR).await;
    world.pass(25);
    world.run(&["rotate"]).await.expect(0);
    world.pass(1);
    let leaked = world.held().remove(0);
    world.run(&["rotate", "sendgrid", "--leaked"]).await.expect(0);
    world.run(&["rotate"]).await.expect(0);
    if world.is_live(&leaked) {
        let ran = world.run(&["check"]).await.expect(0);
        says(&ran, &["notice[revoke-settling]", "may accept it until"]);
    }
    world.pass(1);
    assert!(!world.is_live(&leaked));
    let ran = world.run(&["check"]).await.expect(0);
    assert!(!ran.out.contains("notice["), "{}", ran.all());
    // A value that comes from another hand is not its own manager's.
    world.env.insert("SENDGRID_API_KEY".to_owned(), world.manager.clone());
    for command in ["check", "rotate"] {
        let ran = world.run(&[command]).await.expect(2);
        says(
            &ran,
            &[
                "error[value-malformed]",
                "SENDGRID_MANAGER_KEY, the manager of sendgrid, has the same value",
            ],
        );
    }
}

#[tokio::test(start_paused = true)]
async fn b2_a_destination_changed_while_a_value_is_on_its_way_is_looked_at() {
    let world = World::new(&with_more("{github: acme/other, secret: NEWS_KEY}"));
    world.emulator.github().put_secret(
        &SecretPlace::Repo("acme/other".to_owned()),
        "NEWS_KEY",
        &world.old,
    );
    world.pass(1);
    world.rotated().await;
    world.run(&["check"]).await.expect(0);
    for (secret, code, id) in
        [("NEWS_KEZ", 2, "secret-missing"), ("SENDGRID_API_KEY", 10, "destination-unwritten")]
    {
        world.emulator.github().put_secret(
            &SecretPlace::Repo("acme/other".to_owned()),
            "SENDGRID_API_KEY",
            &world.old,
        );
        let changed = with_more(&format!("{{github: acme/other, secret: {secret}}}"));
        fs::write(world.folder.join(".github/tokenward.yml"), changed).unwrap();
        for command in ["check", "status"] {
            says(&world.run(&[command]).await.expect(code), &[id]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn b2_a_repository_that_takes_no_writes_is_never_fine() {
    let world = settled(ONE).await;
    world.run(&["check"]).await.expect(0);
    world.emulator.github().archive(REPO);
    for command in ["check", "status"] {
        says(&world.run(&[command]).await.expect(4), &["error[repository-archived]"]);
    }
}

#[tokio::test(start_paused = true)]
async fn c2_a_record_from_the_future_is_told_once_the_clock_is_right_again() {
    let world = settled(ONE).await;
    world.pass(31 * 24);
    world.emulator.advance(jiff::SignedDuration::from_hours(300 * 24));
    world.run(&["rotate"]).await;
    world.emulator.advance(jiff::SignedDuration::from_hours(-300 * 24));
    world.pass(1);
    let ran = world.run(&["check"]).await;
    assert_ne!(ran.code, 0, "{}", ran.all());
    says(&ran, &["clock-disagrees"]);
}

#[tokio::test(start_paused = true)]
async fn c7_what_a_person_left_where_the_step_does_not_see_it_is_told() {
    let (world, old) = by_hand();
    world.run(&["rotate"]).await.expect(0);
    world.run(&["rotate", "crm", "--force", "--reason", "x"]).await.expect(0);
    let new = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    world.emulator.github().put_secret(&places()[0], "HUBSPOT_TOKEN_NEXT", &new);
    world.pass(1);
    let without = BTreeMap::from([("HUBSPOT_TOKEN".to_owned(), old.clone())]);
    let ran = world.run_with(&["rotate"], &without).await.expect(4);
    says(
        &ran,
        &[
            "HUBSPOT_TOKEN_NEXT in acme/site exists, but this step does not receive it",
            "secrets.HUBSPOT_TOKEN_NEXT",
        ],
    );
    // The value in use is no new one.
    world.emulator.github().put_secret(&places()[0], "HUBSPOT_TOKEN_NEXT", &old);
    world.pass(1);
    says(
        &world.run(&["rotate"]).await,
        &["HUBSPOT_TOKEN_NEXT holds a value that was already in use"],
    );
    // The control: handed over, it is taken.
    world.emulator.github().put_secret(&places()[0], "HUBSPOT_TOKEN_NEXT", &new);
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    assert_eq!(world.handed()["HUBSPOT_TOKEN"], new);
}

#[tokio::test(start_paused = true)]
async fn c7_revoking_the_only_value_is_told_as_what_it_is() {
    let (mut world, old) = by_hand();
    world.run(&["rotate"]).await.expect(0);
    let ran = world.run(&["revoke", "crm", "--force", "--reason", "retired"]).await;
    says(
        &ran,
        &["the value in use for crm (v0) has to be revoked by a person", "there is no newer one"],
    );
    let issues = world.emulator.github().issues(REPO);
    let told =
        issues.iter().map(|issue| format!("{}\n{}", issue.title, issue.body)).collect::<String>()
            + &ran.all();
    for untrue in ["holds the new value", "replaced it", "LEAKED", "leaked"] {
        assert!(!told.contains(untrue), "{untrue}: {told}");
    }
    let ran = world.run(&["check"]).await;
    assert!(ran.code != 0 && !ran.out.contains("leaked"), "{}", ran.all());
    // A leak is called one, and the person who brings the new value learns what to revoke.
    world.input.clone_from(&old);
    world.run(&["revoke", "--leaked", "-", "--force", "--reason", "x"]).await;
    world.input = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    let ran = world.run(&["push", "crm", "--value-from", "-"]).await;
    assert_ne!(ran.code, 0, "{}", ran.all());
    says(&ran, &["revoke it now at https://app.hubspot.com/private-apps/7"]);
}

#[tokio::test(start_paused = true)]
async fn b15_another_key_than_the_journals_is_told_as_such() {
    let mut world = settled(ONE).await;
    world.env.insert("TOKENWARD_JOURNAL_KEY".to_owned(), crate::support::journal_key());
    let ran = world.run(&["rotate"]).await;
    says(
        &ran,
        &[
            "no record of the journal is signed with the key in `TOKENWARD_JOURNAL_KEY`",
            "do not move or delete the ref",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn b8_a_step_without_its_value_is_told_before_anything_is_due() {
    let world = settled(ONE).await;
    world.run(&["rotate"]).await.expect(0);
    let ran = world.run_with(&["rotate"], &BTreeMap::new()).await.expect(4);
    says(&ran, &["error[value-missing]", "SENDGRID_API_KEY is empty or not set"]);
    // The same where a value waits for its proof.
    world.run(&["rotate", "--force", "--reason", "x"]).await.expect(0);
    world.run_with(&["rotate"], &BTreeMap::new()).await.expect(4);
}

#[tokio::test(start_paused = true)]
async fn b4_a_token_that_was_renamed_in_the_config_is_told_as_that() {
    let world = settled(ONE).await;
    fs::write(
        world.folder.join(".github/tokenward.yml"),
        ONE.replace("  sendgrid:\n", "  mailer:\n"),
    )
    .unwrap();
    let ran = world.run(&["check"]).await;
    says(
        &ran,
        &[
            "sendgrid is in the journal but not in the config, and mailer in the config has the same value: the token was renamed",
        ],
    );
    assert!(!ran.out.contains("revoke its key at the provider"), "{}", ran.all());
    // The control: a token that was taken out is none that was renamed.
    let other =
        ONE.replace("  sendgrid:\n", "  mailer:\n").replace("SENDGRID_API_KEY", "MAILER_KEY");
    fs::write(world.folder.join(".github/tokenward.yml"), other).unwrap();
    assert!(!world.run(&["check"]).await.out.contains("was renamed"));
}

#[tokio::test(start_paused = true)]
async fn c7_a_second_request_has_its_own_time_and_hides_no_first() {
    let (world, old) = replaced_by_hand().await;
    assert!(world.emulator.hubspot().is_live(&old));
    // The old value waits for a person, and no new one is to be made.
    let ran = world.run(&["guide", "crm"]).await;
    says(&ran, &["crm needs no new value, but a person has to revoke v0"]);
    world.pass(13 * 24);
    let ran = world.run(&["rotate", "crm", "--force", "--reason", "y"]).await;
    assert!(!ran.out.contains("error[needs-person]: crm"), "{}", ran.all());
    let body = world
        .emulator
        .github()
        .issues(REPO)
        .iter()
        .map(|issue| issue.body.clone())
        .collect::<String>();
    assert!(body.contains("Also revoke the old value v0"), "{body}");
}

#[tokio::test(start_paused = true)]
async fn b2_a_key_deleted_by_hand_and_another_put_in_by_hand_can_be_replaced() {
    let world = settled(ONE).await;
    let in_use = world.emulator.github().secret_value(&places()[0], "SENDGRID_API_KEY").unwrap();
    let in_use =
        world.emulator.sendgrid().keys().into_iter().find(|key| key.value == in_use).unwrap();
    let stranger = world.emulator.sendgrid().add_key("by hand", &["mail.send"]).value;
    assert!(world.emulator.sendgrid().delete_key(&in_use.id));
    world.emulator.github().put_secret(&places()[0], "SENDGRID_API_KEY", &stranger);
    world.pass(1);
    let ran = world.run(&["rotate", "--force", "--reason", "x"]).await.expect(10);
    says(&ran, &["and this rotation replaces it"]);
    world.pass(1);
    world.run(&["rotate"]).await;
    world.run(&["check"]).await.expect(0);
}

#[tokio::test(start_paused = true)]
async fn b8_a_push_that_is_not_handed_the_old_value_says_what_becomes_of_it() {
    let (mut world, old) = by_hand();
    world.run(&["rotate"]).await.expect(0);
    world.input = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    let ran = world.run_with(&["push", "crm", "--value-from", "-"], &BTreeMap::new()).await;
    says(
        &ran,
        &[
            "v0 of crm) is not kept anywhere: this run did not receive it",
            "`tokenward revoke --leaked -`",
        ],
    );
    for hours in [1, 25, 1] {
        world.pass(hours);
        world.run(&["rotate"]).await;
    }
    // A person is asked, in an issue that says how its end can be seen.
    says(&world.run(&["check"]).await, &["to revoke v0 of crm", "follow the issue"]);
    let issues = world.emulator.github().issues(REPO);
    assert!(
        issues.iter().any(|issue| issue.body.contains("No run has this value")),
        "{:?}",
        issues.len()
    );
    world.emulator.hubspot().revoke(&old);
    world.input = old;
    world.run(&["revoke", "--leaked", "-"]).await.expect(0);
    world.run(&["rotate"]).await.expect(0);
    world.run(&["check"]).await.expect(0);
    assert!(world.emulator.github().issues(REPO).iter().all(|issue| issue.state == "closed"));
}

#[tokio::test(start_paused = true)]
async fn c7_a_revoke_beside_an_open_request_rewrites_the_issue_and_hides_nothing() {
    let (world, _) = replaced_by_hand().await;
    // v0 waits for a person; now the value in use is to go as well.
    world.run(&["revoke", "crm", "--force", "--reason", "y"]).await;
    let body = world
        .emulator
        .github()
        .issues(REPO)
        .iter()
        .filter(|issue| issue.state == "open")
        .map(|issue| issue.body.clone())
        .collect::<String>();
    assert!(
        body.contains("the value in use for `crm` (v1)")
            && body.contains("Also revoke the old value v0"),
        "{body}"
    );
}
