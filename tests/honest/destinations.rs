//! Destinations that do not exist, or that cannot be written: found before a key is made, with what
//! was meant.

mod doctor;

use std::collections::BTreeSet;

use tokenward_emulator::{Credential, CredentialKind, SecretPlace};

use crate::support::{REPO, Ran, World};

/// What else the emulator counts as a write: nothing of it is a secret's.
fn secret_writes(world: &World) -> Vec<String> {
    let sent = world.emulator.requests();
    let writes =
        sent.iter().filter(|request| request.method != "GET" && request.path.contains("/secrets/"));
    writes.map(|request| format!("{} {}", request.method, request.path)).collect()
}

/// One token: the primary destination, and one destination more.
fn config(destination: &str) -> String {
    format!(
        "version: 1\ndefaults: {{rotate-every: 30d, grace: 24h}}\ntokens:\n  mail:\n    provider: sendgrid\n    value: env:SENDGRID_API_KEY\n    \
         manager: env:SENDGRID_MANAGER_KEY\n    scopes: [mail.send]\n    destinations:\n      - {{github: acme/site, secret: SENDGRID_API_KEY}}\n      \
         - {{{destination}}}\n"
    )
}

/// The five kinds of destination: its keys without the secret, its name for people, its store, and
/// a sister store with its name.
fn kinds() -> [(&'static str, &'static str, SecretPlace, SecretPlace, &'static str); 5] {
    let repo = || SecretPlace::Repo("acme/other".to_owned());
    let environment = || SecretPlace::Environment(REPO.to_owned(), "production".to_owned());
    let dependabot = |repo: &str| SecretPlace::Dependabot(repo.to_owned());
    let codespaces = SecretPlace::Codespaces(REPO.to_owned());
    [
        (
            "github: acme/other",
            "acme/other",
            repo(),
            dependabot("acme/other"),
            "acme/other (Dependabot)",
        ),
        (
            "github: acme/site, environment: production",
            "acme/site (production)",
            environment(),
            dependabot(REPO),
            "acme/site (Dependabot)",
        ),
        (
            "github: acme",
            "acme (organization)",
            SecretPlace::Org("acme".to_owned()),
            environment(),
            "acme/site (production)",
        ),
        (
            "github: acme/site, store: dependabot",
            "acme/site (Dependabot)",
            dependabot(REPO),
            environment(),
            "acme/site (production)",
        ),
        (
            "github: acme/site, store: codespaces",
            "acme/site (Codespaces)",
            codespaces,
            SecretPlace::Org("acme".to_owned()),
            "acme (organization)",
        ),
    ]
}

/// The consumer's secret exists in one place only.
fn with_consumer(config: &str, place: &SecretPlace) -> World {
    let world = World::new(config);
    world.emulator.github().put_secret(place, "NEWS_API_KEY", &world.old);
    world.pass(1);
    world
}

#[track_caller]
fn says(ran: &Ran, pieces: &[&str]) {
    for piece in pieces {
        assert!(ran.all().contains(piece), "{piece:?} is not in\n{}", ran.all());
    }
}

/// The whole story of one misspelled destination: `plan` names it before anything is due, `rotate`
/// stops at it, `doctor` says the same.
async fn stops_before_a_key(world: &World, pieces: &[&str]) {
    world.run(&["rotate"]).await.expect(0);
    let idle = world.run(&["plan"]).await.expect(2);
    says(&idle, pieces);
    world.pass(31 * 24);
    says(&world.run(&["plan"]).await.expect(2), pieces);
    let doctor = world.run(&["doctor"]).await.expect(2);
    says(&doctor, pieces);
    world.emulator.clear_requests();
    let ran = world.run(&["rotate"]).await.expect(2);
    says(&ran, pieces);
    says(&ran, &["= state: nothing was changed: no key was issued"]);
    assert_eq!(world.emulator.sendgrid().created_count(), 0, "{}", ran.all());
    assert_eq!(secret_writes(world), Vec::<String>::new());
    assert!(world.is_live(&world.old));
}

#[tokio::test(start_paused = true)]
async fn b1_a_misspelt_name_stops_before_a_key_is_made_in_every_kind_of_store() {
    for (keys, name, store, ..) in kinds() {
        for misspelt in ["NEWS_APIKEY", "news_api_kei"] {
            let world = with_consumer(&config(&format!("{keys}, secret: {misspelt}")), &store);
            let missing = format!(
                "error[secret-missing]: secret {} does not exist in {name}",
                misspelt.to_uppercase()
            );
            stops_before_a_key(
                &world,
                &[&missing, &format!("did you mean NEWS_API_KEY in {name}?"), "`create: true`"],
            )
            .await;
        }
        // Control: the right name, in any case.
        for right in ["NEWS_API_KEY", "news_api_key"] {
            let world = with_consumer(&config(&format!("{keys}, secret: {right}")), &store);
            world.run(&["plan"]).await.expect(0);
            let new = world.rotated().await;
            assert_eq!(
                world.emulator.github().secret_value(&store, "NEWS_API_KEY"),
                Some(new),
                "{name}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn b1_a_name_of_another_store_stops_before_a_key_is_made_and_the_store_is_named() {
    for (keys, name, _, sister, sisters_name) in kinds() {
        for written in ["NEWS_API_KEY", "NEWS_API_KEYS"] {
            let world = with_consumer(&config(&format!("{keys}, secret: {written}")), &sister);
            let missing =
                format!("error[secret-missing]: secret {written} does not exist in {name}");
            stops_before_a_key(
                &world,
                &[&missing, &format!("did you mean NEWS_API_KEY in {sisters_name}?")],
            )
            .await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn b1_create_true_creates_it_without_an_alarm_and_says_so_beforehand() {
    for (keys, name, store, ..) in kinds() {
        let visibility = if name.contains("organization") { ", visibility: private" } else { "" };
        let world = with_consumer(
            &config(&format!("{keys}, secret: NEWS_APIKEY, create: true{visibility}")),
            &store,
        );
        let doctor = world.run(&["doctor"]).await;
        let told = format!(
            "NEWS_APIKEY in {name} does not exist; the next rotation creates it; NEWS_API_KEY already exists there"
        );
        says(&doctor, &[&told]);
        let new = world.rotated().await;
        assert_eq!(
            world.emulator.github().secret_value(&store, "NEWS_APIKEY"),
            Some(new),
            "{name}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn b1_primary_has_to_exist_and_is_never_created() {
    let world = World::new(
        &config("github: acme/site, environment: production, secret: SENDGRID_API_KEY").replace(
            "- {github: acme/site, secret: SENDGRID_API_KEY}",
            "- {github: acme/site, secret: SENDGRID_APIKEY}",
        ),
    );
    let pieces = [
        "secret SENDGRID_APIKEY does not exist in acme/site",
        "did you mean SENDGRID_API_KEY in acme/site?",
        "create it with the value in use",
    ];
    for command in ["rotate", "plan", "doctor", "check", "status"] {
        says(&world.run(&[command]).await.expect(2), &pieces);
    }
    says(&world.run(&["rotate"]).await, &["= state: nothing was adopted or changed"]);
    assert_eq!(world.emulator.sendgrid().created_count(), 0);
    let world = World::new(
        &config("github: acme/site, environment: production, secret: SENDGRID_API_KEY").replace(
            "- {github: acme/site, secret: SENDGRID_API_KEY}",
            "- {github: acme/site, secret: SENDGRID_API_KEY, create: true}",
        ),
    );
    let ran = world.run(&["rotate"]).await.expect(2);
    says(&ran, &["error[config-bad-destination]", "tokenward cannot create the first destination"]);
}

#[tokio::test(start_paused = true)]
async fn b1_a_misspelt_environment_is_named_with_the_one_there_is() {
    let world =
        World::new(&config("github: acme/site, environment: prodution, secret: SENDGRID_API_KEY"));
    stops_before_a_key(&world, &["error[environment-missing]", "did you mean production?"]).await;
    // Variant: nothing is like it.
    let world = World::new(&config("github: acme/site, environment: qa, secret: SENDGRID_API_KEY"));
    stops_before_a_key(
        &world,
        &[
            "error[environment-missing]",
            "create it at https://github.com/acme/site/settings/environments",
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn b1_what_tokenward_wrote_and_somebody_deleted_is_no_misspelling() {
    let store = SecretPlace::Repo("acme/other".to_owned());
    let world = with_consumer(&config("github: acme/other, secret: NEWS_API_KEY"), &store);
    world.rotated().await;
    world.run(&["rotate"]).await;
    world.pass(25);
    world.run(&["rotate"]).await;
    world.emulator.github().delete_secret(&store, "NEWS_API_KEY");
    says(
        &world.run(&["doctor"]).await,
        &["error[overwritten-by-hand]: NEWS_API_KEY in acme/other was deleted"],
    );
    says(&world.run(&["check"]).await.expect(10), &["NEWS_API_KEY in acme/other was deleted"]);
    world.pass(31 * 24);
    let ran = world.run(&["rotate"]).await.expect(10);
    says(&ran, &["error[secret-did-not-exist]"]);
    assert_eq!(world.emulator.sendgrid().created_count(), 2, "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn b1_where_no_name_is_like_it_none_is_made_up_and_what_was_not_listed_is_named() {
    let mut world = World::new(&config("github: acme/site, store: dependabot, secret: BILLING"));
    stops_before_a_key(
        &world,
        &[
            "error[secret-missing]",
            "no secret with a similar name exists in acme/site (Dependabot), acme/site",
        ],
    )
    .await;
    let some =
        ["secrets", "environments", "dependabot_secrets", "actions"].map(|name| (name, "write"));
    let credential = Credential::new(CredentialKind::AppInstallation, &some);
    world.env.insert(
        "TOKENWARD_GITHUB_TOKEN".to_owned(),
        world.emulator.github().add_credential(credential),
    );
    says(
        &world.run(&["rotate"]).await.expect(2),
        &["the credential could not list the secrets of acme/site (Codespaces)"],
    );
}

#[tokio::test(start_paused = true)]
async fn b1_the_plan_of_a_destination_that_is_created_counts_what_is_sent() {
    let world = World::new(&config(
        "github: acme/site, store: codespaces, secret: NEWS_API_KEY, create: true",
    ));
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    let plan = world.run(&["plan", "--format", "json"]).await.expect(0);
    let plan: serde_json::Value = serde_json::from_str(&plan.out).unwrap();
    let total = &plan["tokens"][0]["total"];
    world.emulator.clear_requests();
    world.run(&["rotate"]).await.expect(0);
    let (reads, writes) = world.counted();
    // Opening the journal is the run's own: the ref, and its newest records.
    assert_eq!(total["github-writes"], writes, "{total}");
    assert_eq!(total["github-reads"], reads - 2, "{total}");
}

#[tokio::test(start_paused = true)]
async fn c3_a_repository_that_takes_no_writes_is_found_before_a_key_is_made() {
    for (id, word) in [("repository-archived", "archived"), ("repository-disabled", "disabled")] {
        for destination in [
            "github: acme/other, secret: NEWS_API_KEY",
            "github: acme/other, store: dependabot, secret: NEWS_API_KEY",
        ] {
            let store = match destination.contains("dependabot") {
                true => SecretPlace::Dependabot("acme/other".to_owned()),
                false => SecretPlace::Repo("acme/other".to_owned()),
            };
            let world = with_consumer(&config(destination), &store);
            world.run(&["rotate"]).await.expect(0);
            match word {
                "archived" => world.emulator.github().archive("acme/other"),
                _ => world.emulator.github().disable("acme/other"),
            }
            let pieces = [
                format!("error[{id}]"),
                format!("cannot write the secrets of acme/other: the repository is {word}"),
            ];
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            says(&world.run(&["plan"]).await.expect(4), &pieces);
            says(&world.run(&["doctor"]).await, &pieces);
            world.pass(31 * 24);
            says(&world.run(&["plan"]).await.expect(4), &pieces);
            let ran = world.run(&["rotate"]).await.expect(4);
            says(&ran, &pieces);
            assert_eq!(world.emulator.sendgrid().created_count(), 0, "{}", ran.all());
            // The other repositories' secrets hold what they held.
            assert_eq!(
                world.held().into_iter().collect::<BTreeSet<_>>(),
                BTreeSet::from([world.old.clone()])
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn c3_a_store_that_our_credential_may_not_read_or_that_is_full_is_found_before_a_key_is_made()
{
    let all = ["secrets", "environments", "dependabot_secrets", "codespaces_secrets", "actions"]
        .map(|name| (name, "write"));
    let mut world = with_consumer(
        &config("github: acme, secret: NEWS_API_KEY"),
        &SecretPlace::Org("acme".to_owned()),
    );
    let credential = Credential::new(CredentialKind::AppInstallation, &all);
    world.env.insert(
        "TOKENWARD_GITHUB_TOKEN".to_owned(),
        world.emulator.github().add_credential(credential),
    );
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    for command in ["plan", "rotate"] {
        says(&world.run(&[command]).await.expect(4), &["acme (organization)", "403"]);
    }
    assert_eq!(world.emulator.sendgrid().created_count(), 0);

    let world = World::new(&config("github: acme/other, secret: NEWS_API_KEY, create: true"));
    for number in 0..100 {
        world.emulator.github().put_secret(
            &SecretPlace::Repo("acme/other".to_owned()),
            &format!("OTHER_{number}"),
            "x",
        );
    }
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    for command in ["plan", "rotate"] {
        says(
            &world.run(&[command]).await.expect(12),
            &["error[secret-quota]", "acme/other has 100 secrets; GitHub allows 100"],
        );
    }
    assert_eq!(world.emulator.sendgrid().created_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn b2_a_config_that_contradicts_itself_is_an_error_of_every_command() {
    let one = config("github: acme/site, environment: production, secret: SENDGRID_API_KEY");
    let crossed = "tokens:\n  crm:\n    provider: hubspot\n    value: env:CRM\n    manager: env:SENDGRID_API_KEY\n    destinations: [{github: acme/site, secret: CRM}]\n";
    let wrong = [
        (
            one.replace("rotate-every: 30d", "max-age: 20d"),
            "error[config-bad-age]",
            "set `max-age: 30d` or more",
        ),
        (
            one.replace("rotate-every: 30d", "rotate-every: 180d"),
            "error[config-bad-age]",
            "set `max-age: 180d` or more",
        ),
        (
            one.replace("    scopes:", "    max-age: 29d\n    scopes:"),
            "error[config-bad-age]",
            "set `max-age: 30d` or more",
        ),
        (one.replace("tokens:\n", crossed), "error[config-value-twice]", "hubspot"),
    ];
    for (config, id, piece) in wrong {
        let world = World::new(&config);
        for command in ["rotate", "plan", "check", "status", "doctor"] {
            says(&world.run(&[command]).await.expect(2), &[id, piece]);
        }
        assert!(world.emulator.requests().is_empty());
    }
    // Control: as old as it may be, and never too old.
    for (from, to) in [
        ("rotate-every: 30d", "rotate-every: 90d"),
        ("rotate-every: 30d", "rotate-every: 180d, max-age: never"),
    ] {
        World::new(&one.replace(from, to)).run(&["rotate"]).await.expect(0);
    }
}
