//! `doctor` on set-ups with one thing wrong each, and on good ones: it names that thing and nothing
//! else.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a set-up that cannot be made is a failed test"
)]

use std::fs;

use tokenward_emulator::{
    Credential, CredentialKind, Fault, FaultKind, FaultMatch, SecretPlace, Service,
};

use crate::support::{REPO, Ran, World};

/// Five kinds of destination and a second repository.
const ALL: &str = "\
version: 1
defaults: {rotate-every: 30d, grace: 24h}
tokens:
  mail:
    provider: sendgrid
    value: env:SENDGRID_API_KEY
    manager: env:SENDGRID_MANAGER_KEY
    scopes: [mail.send]
    destinations:
      - {github: acme/site, secret: SENDGRID_API_KEY}
      - {github: acme/site, environment: production, secret: SENDGRID_API_KEY}
      - {github: acme, secret: SENDGRID_API_KEY}
      - {github: acme/site, store: dependabot, secret: SENDGRID_API_KEY}
      - {github: acme/site, store: codespaces, secret: SENDGRID_API_KEY}
      - {github: acme/other, secret: SENDGRID_API_KEY}
";

const PIN: &str = "acme/tokenward@1111111111111111111111111111111111111111";

const ROTATE: &str = "\
on: {schedule: [{cron: '17 5 * * *'}], workflow_dispatch: {}}
permissions: {contents: write, actions: read}
concurrency: {group: tokenward, cancel-in-progress: false}
jobs:
  rotate:
    runs-on: ubuntu-latest
    steps:
      - uses: PIN
        with: {command: rotate, secrets-token: '${{ steps.app.outputs.token }}'}
        env:
          TOKENWARD_JOURNAL_KEY: ${{ secrets.TOKENWARD_JOURNAL_KEY }}
          SENDGRID_API_KEY: ${{ secrets.SENDGRID_API_KEY }}
          SENDGRID_MANAGER_KEY: ${{ secrets.SENDGRID_MANAGER_KEY }}
";

const CHECK: &str = "\
on: {push: {}}
permissions: {}
jobs:
  check:
    runs-on: ubuntu-latest
    permissions: {contents: read}
    steps:
      - uses: PIN
        with: {command: check}
        env:
          TOKENWARD_JOURNAL_KEY: ${{ secrets.TOKENWARD_JOURNAL_KEY }}
          SENDGRID_API_KEY: ${{ secrets.SENDGRID_API_KEY }}
";

const SCAN: &str = "\
on: {pull_request: {}}
jobs:
  leaks:
    name: Leaks
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: PIN
";

/// A set-up with nothing wrong.
fn good(config: &str) -> World {
    let world = World::new(config);
    let github = world.emulator.github();
    for place in
        [SecretPlace::Codespaces(REPO.to_owned()), SecretPlace::Repo("acme/other".to_owned())]
    {
        github.put_secret(&place, "SENDGRID_API_KEY", &world.old);
    }
    github.require_check(REPO, "Leaks");
    let folder = world.folder.join(".github/workflows");
    fs::create_dir_all(&folder).unwrap();
    for (name, text) in
        [("rotate", ROTATE), ("check", CHECK), ("leaks", SCAN), ("emergency", &emergency())]
    {
        fs::write(folder.join(format!("{name}.yml")), text.replace("PIN", PIN)).unwrap();
    }
    world
}

fn emergency() -> String {
    ROTATE
        .replace("schedule: [{cron: '17 5 * * *'}], ", "")
        .replace("command: rotate,", "command: rotate, leaked: 'true',")
}

/// Changes one piece of a file of the set-up.
#[track_caller]
fn change(world: &World, file: &str, from: &str, to: &str) {
    let path = world.folder.join(".github").join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from:?} is not in {file}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

fn config(world: &World, from: &str, to: &str) {
    change(world, "tokenward.yml", from, to);
}

/// Runs `doctor` with the value in its variable, and gives what it says, with all it found wrong or
/// could not look at: id and text.
async fn doctor(world: &World) -> (Ran, Vec<(String, String)>) {
    let mut handed = world.handed();
    handed.entry("SENDGRID_API_KEY".to_owned()).or_insert_with(|| world.old.clone());
    let ran = world.run_with(&["doctor", "--format", "json"], &handed).await;
    let report: serde_json::Value =
        serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}", ran.all()));
    let problems =
        report["checks"].as_array().unwrap().iter().filter(|check| !check["problem"].is_null());
    let told = problems.map(|check| {
        let problem = &check["problem"];
        (problem["id"].as_str().unwrap().to_owned(), format!("{}: {problem}", check["what"]))
    });
    let told = told.collect();
    (ran, told)
}

fn delete(world: &World, place: &SecretPlace) {
    world.emulator.github().delete_secret(place, "SENDGRID_API_KEY");
}

fn in_actions(world: &mut World) {
    for (name, value) in [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_REPOSITORY", REPO),
        ("GITHUB_EVENT_NAME", "schedule"),
        ("GITHUB_RUN_ID", "7"),
        ("GITHUB_RUN_ATTEMPT", "1"),
    ] {
        world.env.insert(name.to_owned(), value.to_owned());
    }
    world.emulator.github().start_run(REPO, 7, 1);
}

fn as_manager(world: &mut World, scopes: &[&str]) {
    let key = world.emulator.sendgrid().add_key("another manager", scopes).value;
    world.env.insert("SENDGRID_MANAGER_KEY".to_owned(), key);
}

/// A step that makes the token of an App, with these inputs.
fn with_app_token(world: &World, inputs: &str) {
    let maker = "actions/create-github-app-token@2222222222222222222222222222222222222222";
    change(
        world,
        "workflows/rotate.yml",
        "    steps:\n",
        &format!("    steps:\n      - {{uses: {maker}, id: app, with: {{{inputs}}}}}\n"),
    );
}

type Break = fn(&mut World);

/// What is wrong, the exit code, the id, and a piece of what is said.
const BROKEN: &[(&str, u8, &str, &str, Break)] = &[
    (
        "the primary destination is missing",
        2,
        "secret-missing",
        "SENDGRID_API_KEY does not exist in acme/site",
        |w| delete(w, &SecretPlace::Repo(REPO.to_owned())),
    ),
    (
        "an environment's secret is missing",
        2,
        "secret-missing",
        "does not exist in acme/site (production)",
        |w| {
            delete(w, &SecretPlace::Environment(REPO.to_owned(), "production".to_owned()));
        },
    ),
    (
        "an organization's secret is missing",
        2,
        "secret-missing",
        "does not exist in acme (organization)",
        |w| delete(w, &SecretPlace::Org("acme".to_owned())),
    ),
    (
        "a Dependabot secret is missing",
        2,
        "secret-missing",
        "does not exist in acme/site (Dependabot)",
        |w| delete(w, &SecretPlace::Dependabot(REPO.to_owned())),
    ),
    (
        "a Codespaces secret is missing",
        2,
        "secret-missing",
        "does not exist in acme/site (Codespaces)",
        |w| delete(w, &SecretPlace::Codespaces(REPO.to_owned())),
    ),
    ("the environment is missing", 2, "environment-missing", "did you mean production?", |w| {
        config(w, "environment: production", "environment: productoin")
    }),
    ("the repository is missing", 4, "repository-unknown", "acme/otter", |w| {
        config(w, "acme/other", "acme/otter")
    }),
    ("the second repository is archived", 4, "repository-archived", "acme/other", |w| {
        w.emulator.github().archive("acme/other")
    }),
    ("the second repository is disabled", 4, "repository-disabled", "acme/other", |w| {
        w.emulator.github().disable("acme/other")
    }),
    ("no room for a secret that is to be created", 12, "secret-quota", "GitHub allows 100", |w| {
        for number in 0..100 {
            w.emulator.github().put_secret(
                &SecretPlace::Repo("acme/new".to_owned()),
                &format!("OTHER_{number}"),
                "x",
            );
        }
        config(
            w,
            "github: acme/other, secret: SENDGRID_API_KEY",
            "github: acme/new, secret: SENDGRID_API_KEY, create: true",
        );
    }),
    (
        "the credential may not read the organization's secrets",
        4,
        "github-permission",
        "acme (organization)",
        |w| {
            let some = [
                "secrets",
                "environments",
                "dependabot_secrets",
                "codespaces_secrets",
                "actions",
                "contents",
            ]
            .map(|name| (name, "write"));
            let credential = Credential::new(CredentialKind::AppInstallation, &some);
            w.env.insert(
                "TOKENWARD_GITHUB_TOKEN".to_owned(),
                w.emulator.github().add_credential(credential),
            );
        },
    ),
    ("no manager is named", 4, "manager-missing", "has no `manager`", |w| {
        config(w, "    manager: env:SENDGRID_MANAGER_KEY\n", "")
    }),
    ("the manager is dead", 4, "manager-dead", "SENDGRID_MANAGER_KEY", |w| {
        let id =
            w.emulator.sendgrid().keys().into_iter().find(|key| key.value == w.manager).unwrap().id;
        w.emulator.sendgrid().delete_key(&id);
        w.pass(1);
    }),
    ("the manager may not list keys", 4, "manager-lacks-scope", "SENDGRID_MANAGER_KEY", |w| {
        as_manager(w, &["mail.send"])
    }),
    ("the manager may not revoke", 4, "manager-lacks-scope", "lacks api_keys.delete", |w| {
        as_manager(w, &["api_keys.create", "api_keys.read", "mail.send"]);
    }),
    ("no room for one more key", 12, "quota-reached", "100", |w| {
        for number in 0..98 {
            w.emulator.sendgrid().add_key(&format!("key {number}"), &["mail.send"]);
        }
    }),
    ("the value is dead", 10, "current-dead", "does not accept the value of mail", |w| {
        let id =
            w.emulator.sendgrid().keys().into_iter().find(|key| key.value == w.old).unwrap().id;
        w.emulator.sendgrid().delete_key(&id);
        w.pass(1);
    }),
    ("the value is another provider's", 2, "value-malformed", "SENDGRID_API_KEY", |w| {
        let other = w.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
        w.env.insert("SENDGRID_API_KEY".to_owned(), other);
    }),
    ("a region that there is not", 2, "config-unknown-region", "us", |w| {
        config(w, "    scopes:", "    region: us\n    scopes:")
    }),
    ("a kind that there is not", 2, "config-unknown-kind", "smtp", |w| {
        config(w, "    scopes:", "    with: {kind: smtp}\n    scopes:")
    }),
    ("one variable for two providers", 2, "config-value-twice", "two providers", |w| {
        config(
            w,
            "tokens:\n",
            "tokens:\n  crm:\n    provider: hubspot\n    value: env:SENDGRID_MANAGER_KEY\n    destinations: [{github: acme/site, secret: CRM}]\n",
        );
    }),
    ("over its age before it is due", 2, "config-bad-age", "max-age: 30d", |w| {
        config(w, "grace: 24h}", "grace: 24h, max-age: 20d}")
    }),
    (
        "the primary destination is to be created",
        2,
        "config-bad-destination",
        "cannot create the first destination",
        |w| {
            config(
                w,
                "{github: acme/site, secret: SENDGRID_API_KEY}",
                "{github: acme/site, secret: SENDGRID_API_KEY, create: true}",
            );
        },
    ),
    (
        "an organization's secret is to be created for nobody",
        2,
        "config-bad-destination",
        "visibility",
        |w| {
            config(
                w,
                "{github: acme, secret: SENDGRID_API_KEY}",
                "{github: acme, secret: SENDGRID_API_KEY, create: true}",
            );
        },
    ),
    ("a part that there is not", 2, "config-unknown-part", "access-token", |w| {
        config(
            w,
            "{github: acme, secret: SENDGRID_API_KEY}",
            "{github: acme, secret: SENDGRID_API_KEY, part: access-token}",
        );
    }),
    ("`check` is not pinned", 2, "workflow-incomplete", "acme/tokenward@v1 is not pinned", |w| {
        change(w, "workflows/check.yml", PIN, "acme/tokenward@v1")
    }),
    ("`scan` is not pinned", 2, "workflow-incomplete", "acme/tokenward@main is not pinned", |w| {
        change(w, "workflows/leaks.yml", PIN, "acme/tokenward@main")
    }),
    ("the emergency lacks the manager", 2, "workflow-incomplete", "emergency.yml", |w| {
        change(
            w,
            "workflows/emergency.yml",
            "          SENDGRID_MANAGER_KEY: ${{ secrets.SENDGRID_MANAGER_KEY }}\n",
            "",
        );
    }),
    ("`check` lacks the value", 2, "workflow-incomplete", "check.yml", |w| {
        change(
            w,
            "workflows/check.yml",
            "          SENDGRID_API_KEY: ${{ secrets.SENDGRID_API_KEY }}\n",
            "",
        );
    }),
    (
        "`rotate` lacks the credential for secrets",
        2,
        "workflow-incomplete",
        "TOKENWARD_GITHUB_TOKEN",
        |w| {
            change(
                w,
                "workflows/rotate.yml",
                ", secrets-token: '${{ steps.app.outputs.token }}'",
                "",
            );
        },
    ),
    ("`rotate` starts on a pull request", 2, "workflow-incomplete", "pull_request", |w| {
        change(
            w,
            "workflows/rotate.yml",
            "workflow_dispatch: {}",
            "workflow_dispatch: {}, pull_request: {}",
        );
    }),
    ("`rotate` may not keep the journal", 2, "workflow-incomplete", "contents: write", |w| {
        change(w, "workflows/rotate.yml", "contents: write", "contents: read")
    }),
    (
        "the App's token may only read the secrets",
        2,
        "workflow-incomplete",
        "a permission that a destination needs: `permission-secrets: write`",
        |w| {
            with_app_token(
                w,
                "permission-secrets: read, permission-environments: write, permission-organization-secrets: write, permission-dependabot-secrets: write",
            );
        },
    ),
    (
        "the App's token is for another kind of destination",
        2,
        "workflow-incomplete",
        "a permission that a destination needs: `permission-environments: write`",
        |w| {
            with_app_token(
                w,
                "permission-secrets: write, permission-organization-secrets: write, permission-dependabot-secrets: write",
            );
        },
    ),
    ("the provider does not answer", 5, "provider-unavailable", "sendgrid", |w| {
        let matches = FaultMatch::Where {
            service: Some(Service::SendGrid),
            method: None,
            path_contains: Some("/scopes".to_owned()),
        };
        w.emulator.inject(Fault { matches, kind: FaultKind::Refuse, times: u32::MAX });
    }),
    ("a job is not handed the manager", 5, "not-looked-at", "SENDGRID_MANAGER_KEY", |w| {
        w.env.remove("SENDGRID_MANAGER_KEY");
        in_actions(w);
    }),
    (
        "a job is not handed the credential for secrets",
        5,
        "not-looked-at",
        "TOKENWARD_GITHUB_TOKEN",
        |w| {
            w.env.remove("TOKENWARD_GITHUB_TOKEN");
            in_actions(w);
        },
    ),
];

#[tokio::test(start_paused = true)]
async fn b2_doctor_names_the_one_thing_that_is_wrong_and_nothing_else() {
    assert!(BROKEN.len() >= 30);
    let mut wrong = Vec::new();
    for (what, code, id, piece, break_it) in BROKEN {
        let mut world = good(ALL);
        break_it(&mut world);
        let (ran, told) = doctor(&world).await;
        let is_right = matches!(told.as_slice(), [(told, text)] if told == id && text.contains(piece))
            && ran.code == *code;
        if !is_right {
            wrong.push(format!(
                "{what}: exit {} for {code}, {id} {piece:?} is not all of {told:#?}",
                ran.code
            ));
        }
        assert_eq!(world.emulator.sendgrid().created_count(), 0);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

const ONE: &str = "\
version: 1
tokens:
  mail:
    provider: sendgrid
    value: env:SENDGRID_API_KEY
    manager: env:SENDGRID_MANAGER_KEY
    scopes: [mail.send]
    destinations: [{github: acme/site, secret: SENDGRID_API_KEY}]
";

const FINE: &[(&str, &str, Break)] = &[
    ("all kinds", ALL, |_| {}),
    ("one repository", ONE, |_| {}),
    ("an environment is the primary destination", ONE, |w| {
        config(w, "github: acme/site,", "github: acme/site, environment: production,")
    }),
    ("one that is to be created", ONE, |w| {
        config(w, "API_KEY}]", "API_KEY}, {github: acme/other, secret: NEWS, create: true}]")
    }),
    ("an organization's that is to be created", ONE, |w| {
        config(
            w,
            "API_KEY}]",
            "API_KEY}, {github: acme, secret: NEWS, visibility: private, create: true}]",
        );
    }),
    ("never too old", ONE, |w| {
        config(w, "    scopes:", "    rotate-every: 180d\n    max-age: never\n    scopes:")
    }),
    ("as old as may be", ONE, |w| config(w, "    scopes:", "    rotate-every: 90d\n    scopes:")),
    ("one manager for two tokens", ONE, |w| {
        w.emulator.github().put_secret(
            &SecretPlace::Repo(REPO.to_owned()),
            "NEWS_KEY",
            &w.emulator.sendgrid().add_key("news", &["mail.send"]).value,
        );
        config(
            w,
            "tokens:\n",
            "tokens:\n  news:\n    provider: sendgrid\n    value: env:NEWS_KEY\n    manager: env:SENDGRID_MANAGER_KEY\n    scopes: [mail.send]\n    destinations: [{github: acme/site, secret: NEWS_KEY}]\n",
        );
        for name in ["rotate", "check", "emergency"] {
            change(
                w,
                &format!("workflows/{name}.yml"),
                "          SENDGRID_API_KEY:",
                "          NEWS_KEY: ${{ secrets.NEWS_KEY }}\n          SENDGRID_API_KEY:",
            );
        }
    }),
    ("an archived repository that nothing goes to", ONE, |w| {
        w.emulator.github().archive("acme/other")
    }),
    ("a job that is handed all", ALL, in_actions),
    ("an App's token with all of its permissions", ALL, |w| with_app_token(w, "client-id: x")),
    ("an App's token for secrets", ONE, |w| with_app_token(w, "permission-secrets: write")),
    ("a terminal without any credential", ALL, |w| w.env.clear()),
];

#[tokio::test(start_paused = true)]
async fn b2_doctor_finds_nothing_in_good_set_ups_and_says_what_it_did_not_look_at() {
    assert!(FINE.len() >= 10);
    let mut wrong = Vec::new();
    for (what, config, make) in FINE {
        let mut world = good(config);
        make(&mut world);
        let (ran, told) = doctor(&world).await;
        if ran.code != 0 || !told.is_empty() {
            wrong.push(format!("{what}: exit {}: {told:#?}", ran.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let mut world = good(ALL);
    world.env.clear();
    let ran = world.run_with(&["doctor"], &std::collections::BTreeMap::new()).await.expect(0);
    for unseen in [
        "GitHub was not asked",
        "the secrets were not checked",
        "this run did not receive SENDGRID_MANAGER_KEY",
    ] {
        assert!(ran.out.contains(&format!("skipped  {unseen}")), "{unseen}: {}", ran.out);
    }
}
