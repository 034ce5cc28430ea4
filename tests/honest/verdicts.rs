//! `check`, `status`, the page, the summary and the outputs call nothing fine that is not, or that
//! nobody looked at.
#![expect(
    clippy::unwrap_used,
    reason = "a test world that cannot be made or read is a failed test"
)]

use std::collections::BTreeMap;
use std::fs;

use tokenward_emulator::SecretPlace;

use crate::support::{FOUR, REPO, Ran, World, places};

/// One destination, so that a value in use is proven by the run that is handed it.
const ONE: &str = "\
version: 1
tokens:
  sendgrid:
    provider: sendgrid
    value: env:SENDGRID_API_KEY
    manager: env:SENDGRID_MANAGER_KEY
    scopes: [mail.send]
    rotate-every: 30d
    max-age: 90d
    destinations: [{github: acme/site, secret: SENDGRID_API_KEY}]
";

/// What every way out says of the same world.
pub(super) struct Said {
    pub(super) check: Ran,
    pub(super) status: Ran,
    health: String,
    /// Whether the JSON tells of nothing that concerns no single token.
    is_quiet: bool,
    page: String,
    outcome: String,
    summary: String,
}

impl Said {
    /// Which of them call it fine, and how many there are.
    pub(super) fn fine(&self) -> (Vec<&'static str>, usize) {
        let is_quiet = |ran: &Ran| ran.code == 0 && !ran.out.contains('[');
        let ways = [
            ("check", is_quiet(&self.check)),
            ("status", is_quiet(&self.status)),
            ("the JSON", self.health == "fine" && self.is_quiet),
            ("the page", self.page.contains("No problems found")),
            ("the output", self.outcome == "fine"),
            ("the summary", self.summary.contains('✅')),
        ];
        (ways.iter().filter(|(_, is_fine)| *is_fine).map(|(name, _)| *name).collect(), ways.len())
    }

    pub(super) fn all(&self) -> String {
        format!("{}\n{}\n{}\n{}", self.check.all(), self.status.all(), self.outcome, self.summary)
    }
}

/// Asks all of them, as a run that starts now.
async fn said(world: &mut World) -> Said {
    let handed = world.handed();
    said_to(world, &handed).await
}

/// Asks all of them, as a run that was handed these secrets.
pub(super) async fn said_to(world: &mut World, handed: &BTreeMap<String, String>) -> Said {
    let check = world.run_with(&["check"], handed).await;
    let status = world.run_with(&["status", "--html", "page.html"], handed).await;
    let page = fs::read_to_string(world.folder.join("page.html")).unwrap_or_default();
    let json = world.run_with(&["status", "--format", "json"], handed).await;
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    let own = json["problems"].as_array().unwrap();
    let health = json["tokens"][0]["health"].as_str().unwrap().to_owned();
    let is_quiet = own.is_empty();
    let before = world.env.clone();
    in_actions(world);
    let ran = world.run_with(&["action"], handed).await;
    assert_eq!(ran.code, check.code, "{}", ran.all());
    world.env = before;
    let outputs = fs::read_to_string(world.folder.join("outputs")).unwrap();
    let summary = fs::read_to_string(world.folder.join("summary")).unwrap();
    let outcome = outputs
        .lines()
        .skip_while(|line| !line.starts_with("outcome<<"))
        .nth(1)
        .unwrap_or(&outputs)
        .to_owned();
    Said { check, status, health, is_quiet, page, outcome, summary }
}

/// The world's runs are runs of the Action from now on, which checks; its outputs and its summary
/// are in files of these names, and empty.
pub(super) fn in_actions(world: &mut World) {
    let place = |name: &str| world.folder.join(name).display().to_string();
    for (name, value) in [
        ("GITHUB_ACTIONS", "true".to_owned()),
        ("GITHUB_REPOSITORY", REPO.to_owned()),
        ("GITHUB_EVENT_NAME", "schedule".to_owned()),
        ("GITHUB_REF", "refs/heads/main".to_owned()),
        ("GITHUB_REF_PROTECTED", "true".to_owned()),
        ("GITHUB_RUN_ID", "7".to_owned()),
        ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
        ("RUNNER_TEMP", world.folder.display().to_string()),
        ("GITHUB_OUTPUT", place("outputs")),
        ("GITHUB_STEP_SUMMARY", place("summary")),
        ("TOKENWARD_INPUT_COMMAND", "check".to_owned()),
    ] {
        world.env.insert(name.to_owned(), value);
    }
    for name in ["outputs", "summary"] {
        fs::write(world.folder.join(name), "").unwrap();
    }
}

/// All of them say the same, and this.
#[track_caller]
fn agree(said: &Said, code: u8, health: &str, id: Option<&str>) {
    let all = said.all();
    assert_eq!((said.check.code, said.status.code), (code, code), "{all}");
    assert_eq!((said.health.as_str(), said.outcome.as_str()), (health, health), "{all}");
    let fine = health == "fine";
    assert_eq!(said.page.contains("No problems found"), fine, "{}", said.page);
    assert_eq!(said.summary.contains('✅'), fine, "{all}");
    for text in [&said.check.out, &said.status.out, &said.page, &said.summary] {
        assert!(id.is_none_or(|id| text.contains(id)), "{id:?} is not in\n{text}\n{all}");
        assert!(!fine || !text.contains("error["), "{all}");
    }
}

/// Adopted, rotated once, and the old key dead.
async fn settled(config: &str) -> World {
    let world = World::new(config);
    world.rotated().await;
    for hours in [1, 25] {
        world.pass(hours);
        world.run(&["rotate"]).await.expect(0);
    }
    world.pass(1);
    world
}

#[tokio::test(start_paused = true)]
async fn b3_a_settled_token_is_fine_everywhere_and_a_leaked_one_nowhere() {
    let mut world = settled(FOUR).await;
    agree(&said(&mut world).await, 0, "fine", None);
    // The provider makes no key, so the leaked one goes on working.
    let refused = tokenward_emulator::Fault {
        matches: tokenward_emulator::FaultMatch::Where {
            service: Some(tokenward_emulator::Service::SendGrid),
            method: Some("POST".to_owned()),
            path_contains: Some("/v3/api_keys".to_owned()),
        },
        kind: tokenward_emulator::FaultKind::RateLimit429 { retry_after: 3_000 },
        times: u32::MAX,
    };
    world.emulator.inject(refused);
    let ran = world.run(&["rotate", "sendgrid", "--leaked"]).await;
    assert_ne!(ran.code, 0, "{}", ran.all());
    agree(&said(&mut world).await, 11, "failed", Some("token-leaked"));
}

/// A token of HubSpot, which only a person makes.
async fn by_hand() -> (World, String) {
    let config = ONE.replace("sendgrid", "hubspot").replace("SENDGRID_API_KEY", "HUBSPOT_TOKEN");
    let config = config
        .replace("    manager: env:SENDGRID_MANAGER_KEY\n", "")
        .replace("mail.send", "crm.objects.contacts.read");
    let mut world = World::new(&config);
    let old = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    world.emulator.github().put_secret(&places()[0], "HUBSPOT_TOKEN", &old);
    let permissions = [("contents", "write"), ("actions", "read"), ("issues", "write")];
    let own = tokenward_emulator::Credential::new(
        tokenward_emulator::CredentialKind::ActionsToken,
        &permissions,
    )
    .on(&[REPO]);
    let own = world.emulator.github().add_credential(own);
    world.env.insert("GITHUB_TOKEN".to_owned(), own);
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    (world, old)
}

#[tokio::test(start_paused = true)]
async fn b3_a_leak_that_waits_for_a_person_fails_until_the_old_value_is_dead() {
    let (mut world, old) = by_hand().await;
    agree(&said(&mut world).await, 0, "fine", None);
    assert_eq!(
        world.run(&["rotate", "hubspot", "--leaked"]).await.code,
        12,
        "a leak is no routine"
    );
    agree(&said(&mut world).await, 11, "failed", Some("token-leaked"));
    let new = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    world.emulator.github().put_secret(&places()[0], "HUBSPOT_TOKEN_NEXT", &new);
    for _ in 0..2 {
        world.pass(1);
        world.run(&["rotate"]).await;
    }
    agree(&said(&mut world).await, 11, "failed", Some("token-leaked"));
    assert!(world.emulator.hubspot().revoke(&old));
    world.run(&["rotate"]).await.expect(0);
    agree(&said(&mut world).await, 0, "fine", None);
}

#[tokio::test(start_paused = true)]
async fn b3_a_token_that_is_due_is_told_and_an_overdue_one_fails() {
    let mut world = settled(ONE).await;
    world.pass(29 * 24);
    agree(&said(&mut world).await, 0, "attention", Some("token-due"));
    world.pass(2 * 24);
    agree(&said(&mut world).await, 10, "attention", Some("token-overdue"));
}

#[tokio::test(start_paused = true)]
async fn b3_a_rotation_that_does_not_come_to_an_end_fails() {
    let mut world = settled(ONE).await;
    world.pass(31 * 24);
    world.run(&["rotate"]).await.expect(0);
    agree(&said(&mut world).await, 0, "attention", Some("rotation-under-way"));
    world.pass(3 * 24);
    agree(&said(&mut world).await, 10, "attention", Some("rotation-stuck"));
    world.run(&["rotate"]).await.expect(0);
    world.run(&["rotate"]).await.expect(0);
    // For ten minutes after its end the old value may be accepted.
    agree(&said(&mut world).await, 0, "attention", Some("revoke-settling"));
    world.pass(1);
    agree(&said(&mut world).await, 0, "fine", None);
}

#[tokio::test(start_paused = true)]
async fn b3_an_old_value_that_nobody_revokes_fails() {
    let mut world = settled(ONE).await;
    world.pass(31 * 24);
    world.run(&["rotate"]).await.expect(0);
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    // In its grace all is as it should be.
    agree(&said(&mut world).await, 0, "fine", None);
    world.pass(4 * 24);
    agree(&said(&mut world).await, 10, "attention", Some("rotation-stuck"));
}

#[tokio::test(start_paused = true)]
async fn b3_what_other_destinations_of_a_found_value_hold_is_not_called_fine() {
    let mut world = World::new(FOUR);
    world.emulator.github().put_secret(&places()[1], "SENDGRID_API_KEY", "an old and dead value");
    agree(&said(&mut world).await, 0, "attention", Some("not-proven"));
    world.run(&["rotate"]).await.expect(0);
    let said = said(&mut world).await;
    agree(&said, 0, "attention", Some("not-proven"));
    assert!(
        said.check
            .out
            .contains("it is not known whether 3 destinations of sendgrid hold the value in use"),
        "{}",
        said.all()
    );
}

#[tokio::test(start_paused = true)]
async fn b4_drift_that_was_not_looked_at_is_told_and_not_green() {
    let mut world = settled(FOUR).await;
    world.emulator.github().put_secret(&places()[1], "SENDGRID_API_KEY", "put there by hand");
    // The control: with the credential it is seen.
    agree(&said(&mut world).await, 10, "attention", Some("overwritten-by-hand"));
    world.env.remove("TOKENWARD_GITHUB_TOKEN");
    let said = said(&mut world).await;
    agree(&said, 5, "not-looked-at", Some("not-looked-at"));
    assert!(
        said.check.out.contains("whether somebody changed a secret (sendgrid)"),
        "{}",
        said.all()
    );
}

#[tokio::test(start_paused = true)]
async fn b4_without_the_journal_or_its_key_nothing_is_green() {
    for (gone, says) in [
        ("GITHUB_TOKEN", "age, leaks"),
        ("TOKENWARD_JOURNAL_KEY", "whether the journal was written by tokenward"),
    ] {
        let mut world = settled(ONE).await;
        let mut gone = vec![gone];
        if gone == ["GITHUB_TOKEN"] {
            // Either credential may read the journal.
            gone.push("TOKENWARD_GITHUB_TOKEN");
        }
        for name in gone {
            world.env.remove(name);
        }
        let said = said(&mut world).await;
        agree(&said, 5, "not-looked-at", Some("not-looked-at"));
        assert!(said.check.out.contains(says), "{says}: {}", said.all());
    }
}

#[tokio::test(start_paused = true)]
async fn b4_a_run_without_the_value_is_not_green() {
    let world = settled(ONE).await;
    for command in ["check", "status"] {
        let ran = world.run_with(&[command], &BTreeMap::new()).await.expect(5);
        assert!(ran.out.contains("not-tested"), "{}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn b5_the_age_of_a_found_value_is_that_of_its_secret() {
    let mut world = World::new(ONE);
    world.pass(200 * 24);
    // Also before it is taken over.
    agree(&said(&mut world).await, 10, "attention", Some("token-over-age"));
    let ran = world.run(&["adopt", "sendgrid"]).await.expect(0);
    assert!(ran.out.contains("it has been in use since"), "{}", ran.all());
    let said = said(&mut world).await;
    agree(&said, 10, "attention", Some("token-over-age"));
    assert!(said.check.out.contains("token-overdue"), "{}", said.all());
    world.run(&["rotate"]).await.expect(0);
    assert_eq!(world.emulator.sendgrid().created_count(), 1, "overdue is replaced at once");
}

#[tokio::test(start_paused = true)]
async fn b5_a_secret_written_yesterday_is_not_overdue() {
    let mut world = World::new(ONE);
    world.pass(200 * 24);
    world.emulator.github().put_secret(&places()[0], "SENDGRID_API_KEY", &world.old.clone());
    world.pass(24);
    world.run(&["rotate"]).await.expect(0);
    assert_eq!(world.emulator.sendgrid().created_count(), 0);
    agree(&said(&mut world).await, 0, "fine", None);
}

#[tokio::test(start_paused = true)]
async fn b5_a_lost_journal_makes_nothing_younger() {
    let mut world = settled(ONE).await;
    world.pass(20 * 24);
    world.emulator.github().delete_ref(REPO, "refs/tokenward/journal");
    for _ in 0..3 {
        world.pass(1);
        world.run(&["rotate"]).await;
    }
    world.pass(10 * 24);
    let said = said(&mut world).await;
    assert!(said.check.out.contains("token-due"), "{}", said.all());
}

#[tokio::test(start_paused = true)]
async fn b15_a_journal_that_makes_no_sense_is_never_green() {
    let mut world = settled(ONE).await;
    world.env.insert("TOKENWARD_JOURNAL_KEY".to_owned(), crate::support::journal_key());
    let said = said(&mut world).await;
    agree(&said, 12, "not-looked-at", Some("journal-"));
}

#[tokio::test(start_paused = true)]
async fn c7_a_person_has_time_for_a_routine_and_none_for_a_leak() {
    let (mut world, _) = by_hand().await;
    world.pass(31 * 24);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(ran.out.contains("notice[waits-for-person]"), "{}", ran.all());
    agree(&said(&mut world).await, 0, "attention", Some("waits-for-person"));
    world.pass(15 * 24);
    let ran = world.run(&["rotate"]).await.expect(12);
    assert!(ran.out.contains("error[needs-person]"), "{}", ran.all());
    agree(&said(&mut world).await, 12, "attention", Some("needs-person"));
}

#[tokio::test(start_paused = true)]
async fn c7_what_was_asked_for_and_not_done_is_told() {
    let (mut world, _) = by_hand().await;
    world.run(&["rotate", "hubspot", "--force", "--reason", "x"]).await.expect(0);
    agree(&said(&mut world).await, 0, "attention", Some("waits-for-person"));
    world.pass(15 * 24);
    agree(&said(&mut world).await, 12, "attention", Some("needs-person"));
}

#[tokio::test(start_paused = true)]
async fn b3_a_leak_of_a_managed_token_counts_in_the_output_leaked() {
    let (mut world, _) = by_hand().await;
    world.run(&["rotate", "hubspot", "--leaked"]).await;
    said(&mut world).await;
    let outputs = fs::read_to_string(world.folder.join("outputs")).unwrap();
    let leaked = outputs.lines().skip_while(|line| !line.starts_with("leaked<<")).nth(1);
    assert_eq!(leaked, Some("1"), "{outputs}");
}

#[tokio::test(start_paused = true)]
async fn b1_a_primary_secret_that_does_not_exist_is_never_fine() {
    let world = World::new(&ONE.replace("secret: SENDGRID_API_KEY", "secret: SENDGRID_APIKEY"));
    for command in ["check", "status"] {
        let ran = world.run(&[command]).await;
        assert!(
            ran.code != 0
                && ran.out.contains("secret-missing")
                && ran.out.contains("SENDGRID_API_KEY"),
            "{}",
            ran.all()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn c7_max_age_takes_the_time_away() {
    let (world, _) = by_hand().await;
    fs::write(
        world.folder.join(".github/tokenward.yml"),
        fs::read_to_string(world.folder.join(".github/tokenward.yml"))
            .unwrap()
            .replace("max-age: 90d", "max-age: 35d"),
    )
    .unwrap();
    world.pass(31 * 24);
    world.run(&["rotate"]).await.expect(0);
    world.pass(5 * 24);
    world.run(&["rotate"]).await.expect(12);
}

#[tokio::test(start_paused = true)]
async fn c7_nobody_who_could_be_asked_is_no_notice() {
    let (mut world, _) = by_hand().await;
    let own = tokenward_emulator::Credential::new(
        tokenward_emulator::CredentialKind::ActionsToken,
        &[("contents", "write"), ("actions", "read")],
    );
    let own = world.emulator.github().add_credential(own.on(&[REPO]));
    world.env.insert("GITHUB_TOKEN".to_owned(), own);
    world.pass(31 * 24);
    world.run(&["rotate"]).await.expect(12);
    let _: SecretPlace = places()[0].clone();
}
