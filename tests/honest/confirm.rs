//! How far each destination got, and the marks of the repositories that use a token: which count,
//! which do not, and what waits for them.

#![expect(clippy::unwrap_used, reason = "a report that cannot be read is a failed test")]

mod forged;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokenward_emulator::{
    Credential, CredentialKind, Fault, FaultKind, FaultMatch, SecretPlace, Service,
};

use crate::support::{REPO, Ran, World};

const SHOP: &str = "acme/shop";
const RUNS: &str = "github-actions[bot]";

/// Two repositories, one key; the old one waits for the shop.
const WAITS: &str = "\
version: 1
tokens:
  sendgrid:
    provider: sendgrid
    value: env:SENDGRID_API_KEY
    manager: env:SENDGRID_MANAGER_KEY
    scopes: [mail.send]
    grace: {time: 24h, confirmed-by: [acme/shop]}
    destinations:
      - {github: acme/site, secret: SENDGRID_API_KEY}
      - {github: acme/shop, secret: MAIL_KEY}
";

fn shop() -> SecretPlace {
    SecretPlace::Repo(SHOP.to_owned())
}

fn world(config: &str) -> World {
    let world = World::new(config);
    let github = world.emulator.github();
    github.add_repo(SHOP);
    github.add_branch(SHOP, "feature");
    github.put_secret(&shop(), "MAIL_KEY", &world.old);
    world.pass(1);
    world
}

/// A world in which the new value was delivered and proven, and the old one is in its grace.
async fn in_grace(config: &str) -> World {
    let world = world(config);
    world.rotated().await;
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    world
}

/// What a run of the shop has, handed what its secrets hold now.
fn consumer(world: &World) -> BTreeMap<String, String> {
    let own = [("deployments", "write"), ("contents", "read")];
    let own = Credential::new(CredentialKind::ActionsToken, &own).on(&[SHOP]);
    let mut env = world.emulator.github().handed_secrets(SHOP, None);
    env.insert("GITHUB_TOKEN".to_owned(), world.emulator.github().add_credential(own));
    for (name, value) in [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_REPOSITORY", SHOP),
        ("GITHUB_EVENT_NAME", "push"),
        ("GITHUB_REF", "refs/heads/main"),
        ("GITHUB_REF_PROTECTED", "false"),
        ("GITHUB_RUN_ID", "99"),
        ("GITHUB_RUN_ATTEMPT", "1"),
    ] {
        env.insert(name.to_owned(), value.to_owned());
    }
    env
}

const CONFIRM: [&str; 6] = ["confirm", "sendgrid", "--of", REPO, "--value-from", "env:MAIL_KEY"];

/// The step in the shop's workflow, with nothing of the rotating repository in its hands.
async fn confirm_in(world: &mut World, env: BTreeMap<String, String>, arguments: &[&str]) -> Ran {
    let own = std::mem::replace(&mut world.env, env);
    let ran = world.run_with(arguments, &BTreeMap::new()).await;
    world.env = own;
    ran
}

async fn confirm(world: &mut World) -> Ran {
    let env = consumer(world);
    confirm_in(world, env, &CONFIRM).await
}

/// A run after the grace is over; returns what it said and whether the old key still works.
async fn after_the_grace(world: &World) -> (Ran, bool) {
    world.pass(25);
    let ran = world.run(&["rotate"]).await;
    let works = still_works(world, &world.old);
    (ran, works)
}

/// Whether a value is accepted an hour later: SendGrid takes a while to refuse a key that is gone.
fn still_works(world: &World, value: &str) -> bool {
    world.pass(1);
    world.is_live(value)
}

/// The only mark there is, as it was asked for.
fn mark(world: &World) -> Value {
    let all = world.emulator.github().deployments(SHOP);
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0].0, RUNS);
    all[0].1.clone()
}

async fn json_of(world: &World, command: &str) -> Value {
    serde_json::from_str(&world.run(&[command, "--format", "json"]).await.out).unwrap()
}

/// What every destination reached, by `check`'s JSON.
async fn reached(world: &World) -> Vec<(String, String)> {
    let report = json_of(world, "check").await;
    let all = report["tokens"][0]["destinations"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    all.iter().map(|one| (text(&one["destination"]), text(&one["reached"]))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(place, word)| ((*place).to_owned(), (*word).to_owned())).collect()
}

#[tokio::test(start_paused = true)]
async fn an_old_key_waits_for_the_mark_and_goes_once_it_is_there() {
    let mut world = in_grace(WAITS).await;
    let (ran, works) = after_the_grace(&world).await;
    let ran = ran.expect(0);
    assert!(
        works
            && ran.out.contains("notice[rotation-under-way]")
            && ran.out.contains("not confirmed by acme/shop"),
        "{}",
        ran.all()
    );
    assert!(ran.out.contains("once acme/shop has confirmed v1"), "{}", ran.all());
    for command in ["check", "status"] {
        let ran = world.run(&[command]).await.expect(0);
        assert!(
            ran.out.contains("notice[rotation-under-way]")
                && ran.out.contains("not confirmed by acme/shop"),
            "{}",
            ran.all()
        );
    }
    let ran = confirm(&mut world).await.expect(0);
    assert!(
        ran.out.contains("this run received the value in use for sendgrid (v1)"),
        "{}",
        ran.all()
    );
    assert!(ran.out.contains("without verifying it"), "{}", ran.all());
    let asked = mark(&world);
    assert_eq!(
        (asked["ref"].as_str(), asked["task"].as_str()),
        (Some("main"), Some("tokenward:confirm"))
    );
    assert_eq!(asked["environment"], "tokenward/sendgrid");
    assert_eq!(
        (&asked["auto_merge"], &asked["required_contexts"], &asked["transient_environment"]),
        (&json!(false), &json!([]), &json!(true))
    );
    world.pass(1);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(
        !still_works(&world, &world.old) && ran.out.contains("acme/shop confirmed v1"),
        "{}",
        ran.all()
    );
    assert_eq!(
        reached(&world).await,
        pairs(&[
            ("SENDGRID_API_KEY in acme/site", "confirmed"),
            ("MAIL_KEY in acme/shop", "confirmed")
        ])
    );
    let ran = world.run(&["check"]).await.expect(0);
    assert!(!ran.out.contains("not confirmed by"), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn two_days_after_the_grace_what_waits_for_a_mark_is_stuck() {
    let world = in_grace(WAITS).await;
    after_the_grace(&world).await;
    world.pass(3 * 24);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(still_works(&world, &world.old), "{}", ran.all());
    for command in ["check", "status"] {
        let ran = world.run(&[command]).await.expect(10);
        assert!(
            ran.out.contains("error[rotation-stuck]")
                && ran.out.contains("not confirmed by acme/shop"),
            "{}",
            ran.all()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_leak_waits_for_no_mark() {
    let world = in_grace(WAITS).await;
    let leaked = world.handed()["SENDGRID_API_KEY"].clone();
    world.run(&["rotate", "sendgrid", "--leaked"]).await;
    for _ in 0..2 {
        world.pass(1);
        world.run(&["rotate"]).await;
    }
    assert!(!still_works(&world, &leaked));
}

#[tokio::test(start_paused = true)]
async fn a_mark_left_before_the_proof_counts_after_it() {
    let mut world = world(WAITS);
    world.rotated().await;
    let ran = confirm(&mut world).await.expect(0);
    assert!(ran.out.contains("this run received the new value for sendgrid (v1)"), "{}", ran.all());
    world.pass(1);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(ran.out.contains("acme/shop confirmed v1"), "{}", ran.all());
    let (ran, works) = after_the_grace(&world).await;
    assert!(!works, "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn without_confirmed_by_nothing_waits_and_the_report_says_who_did_not_confirm() {
    let world = in_grace(&WAITS.replace(", confirmed-by: [acme/shop]", "")).await;
    let (ran, works) = after_the_grace(&world).await;
    assert!(!works && ran.out.contains("not confirmed by acme/shop"), "{}", ran.all());
    world.pass(1);
    for command in ["check", "status"] {
        let ran = world.run(&[command]).await.expect(0);
        assert!(
            ran.out.contains("not confirmed by acme/shop") && !ran.out.contains("notice["),
            "{}",
            ran.all()
        );
    }
    assert_eq!(json_of(&world, "status").await["tokens"][0]["not-confirmed-by"], json!([SHOP]));
    assert_eq!(
        reached(&world).await,
        pairs(&[
            ("SENDGRID_API_KEY in acme/site", "confirmed"),
            ("MAIL_KEY in acme/shop", "delivered")
        ])
    );
    assert!(
        world.emulator.requests().iter().all(|request| !request.path.contains("/deployments")),
        "nobody asked for marks"
    );
}

#[tokio::test(start_paused = true)]
async fn a_payload_that_is_a_text_counts_as_what_it_says() {
    let mut world = in_grace(WAITS).await;
    confirm(&mut world).await.expect(0);
    let mut copy = mark(&world);
    world.emulator.github().remove_deployments(SHOP);
    copy["payload"] = json!(copy["payload"].to_string());
    world.emulator.github().deploy_as(SHOP, RUNS, &copy);
    let (ran, works) = after_the_grace(&world).await;
    assert!(!works, "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a_mark_of_another_repository_or_of_an_older_value_does_not_count() {
    let mut world = in_grace(WAITS).await;
    confirm(&mut world).await.expect(0);
    let copy = mark(&world);
    world.emulator.github().remove_deployments(SHOP);
    world.emulator.github().deploy_as("acme/other", RUNS, &copy);
    let (ran, works) = after_the_grace(&world).await;
    assert!(works && ran.out.contains("not confirmed by acme/shop"), "{}", ran.all());
    // The same mark in the shop lets v0 go; of the value after it, it says nothing.
    world.emulator.github().deploy_as(SHOP, RUNS, &copy);
    world.run(&["rotate"]).await.expect(0);
    assert!(!still_works(&world, &world.old));
    let first = world.handed()["SENDGRID_API_KEY"].clone();
    world.pass(31 * 24);
    for hours in [0, 1, 25] {
        world.pass(hours);
        world.run(&["rotate"]).await.expect(0);
    }
    world.pass(1);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(
        still_works(&world, &first) && ran.out.contains("it is for a value other than v2"),
        "{}",
        ran.all()
    );
}

#[tokio::test(start_paused = true)]
async fn a_mark_from_before_the_push_does_not_count() {
    let mut world = in_grace(WAITS).await;
    confirm(&mut world).await.expect(0);
    let copy = mark(&world);
    // Another world, in which the same mark is older than the delivery.
    let later = self::world(WAITS);
    later.run(&["rotate"]).await.expect(0);
    later.pass(31 * 24);
    later.run(&["rotate"]).await.expect(0);
    let record = later.emulator.github();
    let fingerprint = fingerprint_on_its_way(&later);
    let mut early = copy;
    early["payload"]["fingerprint"] = json!(fingerprint);
    later.emulator.advance(jiff::SignedDuration::from_hours(-2));
    record.deploy_as(SHOP, RUNS, &early);
    later.emulator.advance(jiff::SignedDuration::from_hours(2));
    later.pass(1);
    later.run(&["rotate"]).await.expect(0);
    let (ran, works) = after_the_grace(&later).await;
    assert!(works && ran.out.contains("it is older than the delivery"), "{}", ran.all());
    // The control: the very same mark, left now.
    record.deploy_as(SHOP, RUNS, &early);
    later.run(&["rotate"]).await.expect(0);
    assert!(!still_works(&later, &later.old));
}

#[tokio::test(start_paused = true)]
async fn a_mark_from_the_future_does_not_count() {
    let mut world = in_grace(WAITS).await;
    confirm(&mut world).await.expect(0);
    let copy = mark(&world);
    world.emulator.github().remove_deployments(SHOP);
    world.pass(100);
    world.emulator.github().deploy_as(SHOP, RUNS, &copy);
    world.pass(-100);
    let (ran, works) = after_the_grace(&world).await;
    assert!(works && ran.out.contains("its date is in the future"), "{}", ran.all());
}

/// What the journal calls the newest value.
fn fingerprint_on_its_way(world: &World) -> String {
    let github = world.emulator.github();
    let sha = github.ref_sha(REPO, "refs/tokenward/journal").unwrap();
    let message = github.commit_message(REPO, &sha).unwrap();
    let record: Value =
        serde_json::from_str(message.lines().find(|line| line.starts_with('{')).unwrap()).unwrap();
    record["tokens"]["sendgrid"]["pending"]["stage"]["fingerprint"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_run_of_a_fork_leaves_no_mark() {
    let mut world = in_grace(WAITS).await;
    // What GitHub gives a fork's run: no secret, and a credential that only reads.
    let mut env = consumer(&world);
    env.insert("GITHUB_EVENT_NAME".to_owned(), "pull_request".to_owned());
    let ran = confirm_in(&mut world, env.clone(), &CONFIRM).await.expect(2);
    assert!(ran.err.contains("untrusted-event"), "{}", ran.all());
    let reads = Credential::new(
        CredentialKind::ActionsToken,
        &[("deployments", "read"), ("contents", "read")],
    )
    .on(&[SHOP]);
    env.insert("GITHUB_TOKEN".to_owned(), world.emulator.github().add_credential(reads));
    env.insert("GITHUB_EVENT_NAME".to_owned(), "push".to_owned());
    let ran = confirm_in(&mut world, env, &CONFIRM).await.expect(4);
    assert!(
        ran.out.contains("github-permission") && ran.out.contains("deployments: write"),
        "{}",
        ran.all()
    );
    assert!(world.emulator.github().deployments(SHOP).is_empty());
    let (ran, works) = after_the_grace(&world).await;
    assert!(works, "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn confirm_says_what_the_run_holds() {
    let mut world = in_grace(WAITS).await;
    let with = |world: &World, value: &str| {
        let mut env = consumer(world);
        env.insert("MAIL_KEY".to_owned(), value.to_owned());
        env
    };
    // An older value, and one that nobody knows.
    let env = with(&world, &world.old.clone());
    let ran = confirm_in(&mut world, env, &CONFIRM).await.expect(10);
    assert!(
        ran.out.contains("token-stale")
            && ran.out.contains("this run received v0 of sendgrid, but v1 has replaced it"),
        "{}",
        ran.all()
    );
    let env = with(&world, "somebody typed this");
    let ran = confirm_in(&mut world, env, &CONFIRM).await.expect(10);
    assert!(
        ran.out.contains("overwritten-by-hand") && !ran.out.contains("somebody typed this"),
        "{}",
        ran.all()
    );
    // On another branch it says what it holds, and leaves no mark that would not count.
    let mut env = consumer(&world);
    env.insert("GITHUB_REF".to_owned(), "refs/heads/feature".to_owned());
    let ran = confirm_in(&mut world, env, &CONFIRM).await.expect(0);
    assert!(
        ran.out.contains("notice[not-proven]") && ran.out.contains("the value in use"),
        "{}",
        ran.all()
    );
    assert!(world.emulator.github().deployments(SHOP).is_empty());
    // Nothing was handed over.
    let mut env = consumer(&world);
    env.remove("MAIL_KEY");
    confirm_in(&mut world, env, &CONFIRM).await.expect(2);
    // No credential that could leave a mark; and no workflow run at all.
    for (gone, code, says) in
        [("GITHUB_TOKEN", 4, "github-token-missing"), ("GITHUB_ACTIONS", 2, "usage")]
    {
        let mut env = consumer(&world);
        env.remove(gone);
        let ran = confirm_in(&mut world, env, &CONFIRM).await.expect(code);
        assert!(ran.err.contains(says), "{}", ran.all());
    }
    // A name that the journal does not have.
    let env = consumer(&world);
    let ran = confirm_in(
        &mut world,
        env,
        &["confirm", "resend", "--of", REPO, "--value-from", "env:MAIL_KEY"],
    )
    .await
    .expect(2);
    assert!(ran.err.contains("unknown-token"), "{}", ran.all());
    // Once is enough.
    confirm(&mut world).await.expect(0);
    let ran = confirm(&mut world).await.expect(0);
    assert!(ran.out.contains("recorded no new confirmation"), "{}", ran.all());
    mark(&world);
}

#[tokio::test(start_paused = true)]
async fn confirm_that_could_not_look_says_so() {
    let mut world = in_grace(WAITS).await;
    let matches = FaultMatch::Where {
        service: Some(Service::GitHub),
        method: None,
        path_contains: Some("/repos/acme/site/git/ref/".to_owned()),
    };
    for kind in [FaultKind::Unavailable, FaultKind::Forbidden, FaultKind::NotFound] {
        world.emulator.inject(Fault { matches: matches.clone(), kind, times: 5 });
        let ran = confirm(&mut world).await.expect(5);
        assert!(ran.err.contains("not-looked-at"), "{}", ran.all());
        world.emulator.clear_faults();
    }
    // There is no journal at all.
    let env = consumer(&world);
    let ran = confirm_in(
        &mut world,
        env,
        &["confirm", "sendgrid", "--of", "acme/other", "--value-from", "env:MAIL_KEY"],
    )
    .await
    .expect(5);
    assert!(ran.err.contains("not-looked-at"), "{}", ran.all());
    assert!(world.emulator.github().deployments(SHOP).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_repository_confirms_by_its_own_config() {
    let mut world = in_grace(&WAITS.replace("acme/shop]", "acme/site]")).await;
    let mut env = consumer(&world);
    env.insert("GITHUB_REPOSITORY".to_owned(), REPO.to_owned());
    // Which config counts is known without asking a server.
    env.insert("GITHUB_REF_PROTECTED".to_owned(), "true".to_owned());
    let own = Credential::new(
        CredentialKind::ActionsToken,
        &[("deployments", "write"), ("contents", "read")],
    )
    .on(&[REPO]);
    env.insert("GITHUB_TOKEN".to_owned(), world.emulator.github().add_credential(own));
    env.insert("SENDGRID_API_KEY".to_owned(), world.handed()["SENDGRID_API_KEY"].clone());
    let ran = confirm_in(&mut world, env, &["confirm", "sendgrid"]).await.expect(0);
    assert!(ran.out.contains("of acme/site"), "{}", ran.all());
    let (ran, works) = after_the_grace(&world).await;
    assert!(!works, "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn marks_that_cannot_be_read_are_no_marks() {
    let mut world = in_grace(WAITS).await;
    confirm(&mut world).await.expect(0);
    let matches = FaultMatch::Where {
        service: Some(Service::GitHub),
        method: None,
        path_contains: Some("/acme/shop/deployments".to_owned()),
    };
    world.emulator.inject(Fault { matches, kind: FaultKind::Forbidden, times: 9 });
    let (ran, works) = after_the_grace(&world).await;
    let ran = ran.expect(12);
    assert!(
        works && ran.out.contains("confirm-unseen") && ran.out.contains("Deployments: read"),
        "{}",
        ran.all()
    );
    world.emulator.clear_faults();
    world.run(&["rotate"]).await.expect(0);
    assert!(!still_works(&world, &world.old));
}

#[tokio::test(start_paused = true)]
async fn every_destination_is_told_as_far_as_it_is_proven() {
    let config = WAITS.replace(", confirmed-by: [acme/shop]", "");
    let config = format!(
        "{config}      - {{github: acme/site, environment: production, secret: SENDGRID_API_KEY}}\n"
    );
    let mut world = world(&config);
    let [site, shop, production] = [
        "SENDGRID_API_KEY in acme/site",
        "MAIL_KEY in acme/shop",
        "SENDGRID_API_KEY in acme/site (production)",
    ];
    // Found, and never written by tokenward: only the primary destination handed the value to a
    // run.
    assert_eq!(
        reached(&world).await,
        pairs(&[(site, "unknown"), (shop, "unknown"), (production, "unknown")])
    );
    world.run(&["rotate"]).await.expect(0);
    assert_eq!(
        reached(&world).await,
        pairs(&[(site, "confirmed"), (shop, "unknown"), (production, "unknown")])
    );
    world.pass(31 * 24);
    world.run(&["rotate"]).await.expect(0);
    assert_eq!(
        reached(&world).await,
        pairs(&[(site, "delivered"), (shop, "delivered"), (production, "delivered")])
    );
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    assert_eq!(
        reached(&world).await,
        pairs(&[(site, "confirmed"), (shop, "delivered"), (production, "delivered")])
    );
    world.emulator.github().put_secret(&self::shop(), "MAIL_KEY", "by hand");
    world.emulator.github().delete_secret(
        &SecretPlace::Environment(REPO.to_owned(), "production".to_owned()),
        "SENDGRID_API_KEY",
    );
    assert_eq!(
        reached(&world).await,
        pairs(&[(site, "confirmed"), (shop, "drifted"), (production, "missing")])
    );
    let ran = world.run(&["status", "--html", "page.html"]).await;
    for line in [
        "sendgrid  confirmed  SENDGRID_API_KEY in acme/site, 20",
        "sendgrid  drifted    MAIL_KEY in acme/shop, 20",
        "sendgrid  missing    SENDGRID",
    ] {
        assert!(ran.out.contains(line), "{line}: {}", ran.all());
    }
    let page = std::fs::read_to_string(world.folder.join("page.html")).unwrap();
    for word in ["confirmed", "drifted", "missing"] {
        assert!(page.contains(&format!("\">{word}</span>")), "{word}: {page}");
    }
    // Nobody looks, so nothing is known.
    world.env.remove("TOKENWARD_GITHUB_TOKEN");
    assert_eq!(
        reached(&world).await,
        pairs(&[(site, "unknown"), (shop, "unknown"), (production, "unknown")])
    );
}

#[tokio::test(start_paused = true)]
async fn a_mark_proves_no_more_than_where_the_value_can_have_come_from() {
    // A run of the shop may be handed the repository's secret or the environment's: which, nobody
    // can tell.
    let both =
        format!("{WAITS}      - {{github: acme/shop, environment: live, secret: MAIL_KEY}}\n");
    let mut world = self::world(&both);
    world.emulator.github().add_environment(SHOP, "live");
    world.emulator.github().put_secret(
        &SecretPlace::Environment(SHOP.to_owned(), "live".to_owned()),
        "MAIL_KEY",
        &world.old.clone(),
    );
    world.pass(1);
    world.rotated().await;
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    confirm(&mut world).await.expect(0);
    let (ran, works) = after_the_grace(&world).await;
    assert!(!works, "{}", ran.all());
    let words: Vec<String> = reached(&world).await.into_iter().map(|(_, word)| word).collect();
    assert_eq!(words, ["confirmed", "delivered", "delivered"]);
}

#[tokio::test(start_paused = true)]
async fn a_grace_that_waits_for_whoever_receives_nothing_is_refused() {
    for (config, says) in [
        (WAITS.replace("acme/shop]", "acme/other]"), "acme/other"),
        (WAITS.replace("acme/shop]", "acme]"), "config-bad-repository"),
        (
            WAITS.replace("{github: acme/shop,", "{github: acme/shop, store: dependabot,"),
            "config-bad-grace",
        ),
    ] {
        let world = self::world(&config);
        let ran = world.run(&["check"]).await.expect(2);
        assert!(ran.err.contains(says), "{}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn plan_foretells_what_a_run_that_reads_marks_sends() {
    for (is_confirmed, hours) in [(false, 0), (false, 25), (true, 0), (true, 25)] {
        let mut world = in_grace(WAITS).await;
        if is_confirmed {
            confirm(&mut world).await.expect(0);
        }
        world.pass(hours);
        let report = json_of(&world, "plan").await;
        let total = &report["tokens"][0]["total"];
        world.emulator.clear_requests();
        let ran = world.run(&["rotate"]).await.expect(0);
        let (reads, writes) = world.counted();
        // Opening the journal is the run's own: the ref, and its newest records.
        let counted = (total["github-reads"].as_u64(), total["github-writes"].as_u64());
        assert_eq!(
            counted,
            (Some(reads as u64 - 2), Some(writes as u64)),
            "{is_confirmed} {hours}: {report:#}\n{}",
            ran.all()
        );
    }
}
