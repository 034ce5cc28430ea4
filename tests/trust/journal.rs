//! What a journal that was tampered with can do to keys in use: with whole lives, against the
//! emulator.

use serde_json::{Value, json};
use tokenward_emulator::{Credential, CredentialKind, SecretPlace};

use crate::support::forging::{REF, Signed, commit, commits, forge, record};
use crate::support::{FOUR, REPO, World};

/// Two rotations, the first proven and its old key dead, the second proven and in its grace.
async fn lived() -> World {
    let world = World::new(FOUR);
    for hours in [0, 31 * 24, 1, 25, 31 * 24, 1] {
        world.pass(hours);
        world.run(&["rotate"]).await;
    }
    world
}

/// What must hold whatever the journal says: each destination holds a key that works.
fn all_live(world: &World) -> bool {
    world.held().iter().all(|value| world.is_live(value))
}

/// Whether a record knows the value in use: as the current one, or as the one on its way.
fn knows(record: &Value, fingerprint: &Value) -> bool {
    let token = &record["tokens"]["sendgrid"];
    token["current"]["fingerprint"] == *fingerprint
        || token["pending"]["stage"]["fingerprint"] == *fingerprint
}

/// What a run may be handed of the token.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Handed {
    /// What the secret holds.
    Current,
    /// The value before it: the run was queued before the last rotation.
    Old,
    /// No value: the `env:` line is missing.
    Nothing,
}

#[tokio::test(start_paused = true)]
async fn a_signed_journal_moved_back_to_any_record_is_noticed_or_harmless_and_revokes_no_key_in_use()
 {
    let count = commits(&lived().await, REPO).len();
    assert!(count > 12, "{count} records");
    let mut noticed = 0;
    for (kept, handed) in (0..count).flat_map(|kept| {
        [Handed::Current, Handed::Old, Handed::Nothing].map(|handed| (kept, handed))
    }) {
        let world = lived().await;
        let all = commits(&world, REPO);
        let newest = record(&world, REPO, all.last().unwrap());
        let known = if kept == 0 {
            world.emulator.github().delete_ref(REPO, REF);
            true
        } else {
            world.emulator.github().set_ref(REPO, REF, &all[kept - 1]);
            knows(
                &record(&world, REPO, &all[kept - 1]),
                &newest["tokens"]["sendgrid"]["current"]["fingerprint"],
            )
        };
        for (number, hours) in [2, 30, 30 * 24].into_iter().enumerate() {
            world.pass(hours);
            let held = world.held();
            let mut secrets = world.handed();
            match handed {
                Handed::Current => {}
                Handed::Old => {
                    drop(secrets.insert("SENDGRID_API_KEY".to_owned(), world.old.clone()))
                }
                Handed::Nothing => drop(secrets.remove("SENDGRID_API_KEY")),
            }
            let ran = world.run_with(&["rotate"], &secrets).await;
            // What was held when a run began works when it ends: only a later one may end it.
            let dead: Vec<&String> = held.iter().filter(|value| !world.is_live(value)).collect();
            assert!(
                dead.is_empty(),
                "cut to {kept} of {count}, {handed:?}, a key was ended under its consumers: {}",
                ran.all()
            );
            assert!(
                all_live(&world),
                "cut to {kept} of {count}, {handed:?}, a destination holds a dead key: {}",
                ran.all()
            );
            if number == 0 && !known && handed == Handed::Current {
                assert!(
                    ran.code != 0,
                    "cut to {kept} of {count}, and nothing was noticed: {}",
                    ran.all()
                );
                noticed += 1;
            }
        }
    }
    eprintln!(
        "{count} cuts, {noticed} of them take away what the journal knew of the value in use, all noticed"
    );
    assert!(noticed > 4);
}

#[tokio::test(start_paused = true)]
async fn a_journal_moved_back_to_before_a_delivery_of_the_same_second_ends_no_key_in_use() {
    for stage in ["minted", "intent"] {
        let world = World::new(FOUR);
        world.run(&["rotate"]).await;
        world.pass(31 * 24);
        world.run(&["rotate"]).await;
        let before = commits(&world, REPO).into_iter().find(|commit| {
            record(&world, REPO, commit)["tokens"]["sendgrid"]["pending"]["stage"]["stage"] == stage
        });
        world.emulator.github().set_ref(REPO, REF, &before.unwrap());
        world.pass(2);
        let mut secrets = world.handed();
        secrets.insert("SENDGRID_API_KEY".to_owned(), world.old.clone());
        let ran = world.run_with(&["rotate"], &secrets).await.expect(12);
        assert!(ran.all().contains("error[journal-broken]"), "{stage}: {}", ran.all());
        assert!(all_live(&world), "{stage}: {}", ran.all());
        assert!(!world.held().contains(&world.old), "the control: the new key was delivered");
    }
}

/// Says that the key in use is another one, and that the one that really is in use is an old one
/// whose time is over.
fn end_what_is_in_use(token: &mut Value) {
    let current = token["current"].clone();
    let old = json!({"key": current, "not-before": "2026-01-01T00:00:00Z", "leaked": false, "stage": {"stage": "waiting"}});
    token["retiring"] = json!([old]);
    token["retiring"][0]["key"]["generation"] = 0.into();
    token["retiring"][0]["key"]["fingerprint"] = "0000000000000000".into();
    token["current"]["id"] = "AAAAAAAAAAAAAAAAAAAAAA".into();
    token["pending"] = Value::Null;
}

#[tokio::test(start_paused = true)]
async fn a_forged_record_is_not_believed_where_the_journal_is_signed() {
    let world = lived().await;
    forge(&world, Signed::Not, end_what_is_in_use).await;
    world.pass(48);
    let ran = world.run(&["rotate"]).await.expect(12);
    assert!(ran.all().contains("error[journal-broken]"), "{}", ran.all());
    assert!(all_live(&world));
}

#[tokio::test(start_paused = true)]
async fn a_forged_record_cannot_end_the_value_that_a_run_was_handed_where_the_value_tells_its_key()
{
    // Also where somebody has the key, and signed it.
    let world = lived().await;
    forge(&world, Signed::With(&world.env["TOKENWARD_JOURNAL_KEY"]), end_what_is_in_use).await;
    world.pass(48);
    let ran = world.run(&["rotate"]).await;
    assert!(ran.all().contains("error[journal-broken]"), "{}", ran.all());
    assert!(all_live(&world), "{}", ran.all());
}

/// The config of another repository: the same token by the same name, in a secret of its own.
fn theirs() -> String {
    FOUR.replace("acme/site", "acme/other")
        .replace("      - {github: acme, secret: SENDGRID_API_KEY, visibility: preserve}\n", "")
}

/// Runs as a workflow of that repository.
async fn run_in(
    world: &mut World,
    repo: &str,
    id: u64,
    config: &str,
    arguments: &[&str],
) -> crate::support::Ran {
    let github = world.emulator.github();
    let handed = github.handed_secrets(repo, None);
    let rights = [("contents", "write"), ("actions", "read")];
    let token =
        github.add_credential(Credential::new(CredentialKind::ActionsToken, &rights).on(&[repo]));
    for (name, value) in [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_REPOSITORY", repo),
        ("GITHUB_REPOSITORY_ID", &id.to_string()),
        ("GITHUB_RUN_ID", "77"),
        ("GITHUB_RUN_ATTEMPT", "1"),
        ("GITHUB_EVENT_NAME", "schedule"),
        ("GITHUB_REF", "refs/heads/main"),
        ("GITHUB_REF_PROTECTED", "true"),
        ("GITHUB_TOKEN", &token),
    ] {
        world.env.insert(name.to_owned(), value.to_owned());
    }
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--config", config]).collect();
    world.run_with(&arguments, &handed).await
}

#[tokio::test(start_paused = true)]
async fn two_repositories_with_one_token_name_and_one_journal_key_do_not_meet() {
    let mut world = World::new(FOUR);
    let github = world.emulator.github();
    github.add_environment("acme/other", "production");
    for repo in [REPO, "acme/other"] {
        github.start_run(repo, 77, 1);
    }
    std::fs::write(world.folder.join(".github/theirs.yml"), theirs()).unwrap();
    let other = world.emulator.sendgrid().add_key("theirs", &["mail.send"]).value;
    let places = [
        SecretPlace::Repo("acme/other".to_owned()),
        SecretPlace::Environment("acme/other".to_owned(), "production".to_owned()),
        SecretPlace::Dependabot("acme/other".to_owned()),
    ];
    for place in &places {
        github.put_secret(place, "SENDGRID_API_KEY", &other);
    }
    let (ours, theirs) = (".github/tokenward.yml", ".github/theirs.yml");
    for hours in [0, 31 * 24, 1, 25, 2] {
        world.pass(hours);
        for (repo, id, config) in [(REPO, 1, ours), ("acme/other", 2, theirs)] {
            run_in(&mut world, repo, id, config, &["rotate"]).await.expect(0);
        }
        let held =
            places.iter().map(|place| github.secret_value(place, "SENDGRID_API_KEY").unwrap());
        assert!(all_live(&world) && held.into_iter().all(|value| world.is_live(&value)));
    }
    assert!(
        !world.is_live(&world.old) && !world.is_live(&other),
        "both rotated, and both ended their own old key"
    );
    // Somebody puts the one's journal in the place of the other's.
    let mut head = None;
    for sha in commits(&world, REPO) {
        let message = github.commit_message(REPO, &sha).unwrap();
        head = Some(commit(&world, "acme/other", head.as_deref(), &message).await);
    }
    github.set_ref("acme/other", REF, &head.unwrap());
    world.pass(31 * 24);
    let ran = run_in(&mut world, "acme/other", 2, theirs, &["rotate"]).await.expect(12);
    assert!(ran.all().contains("error[journal-foreign]"), "{}", ran.all());
}
