//! What is found before anything is made: each case leaves the provider and every secret as they
//! were.

use tokenward_emulator::{Credential, CredentialKind, Fault, FaultKind, FaultMatch};

use crate::support::{FOUR, REPO, Ran, World};

/// Adopted and due; then something is wrong; nothing may have been made or written.
async fn due(config: &str, wrong: impl FnOnce(&mut World)) -> (World, Ran) {
    let mut world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    std::fs::write(world.folder.join(".github/tokenward.yml"), config).unwrap();
    wrong(&mut world);
    let ran = world.run(&["rotate"]).await;
    assert_eq!(world.emulator.sendgrid().created_count(), 0, "{}", ran.all());
    assert!(world.held().iter().all(|held| *held == world.old), "{}", ran.all());
    (world, ran)
}

#[track_caller]
fn says(ran: &Ran, code: u8, pieces: &[&str]) {
    assert_eq!(ran.code, code, "{}", ran.all());
    for piece in pieces {
        assert!(ran.all().contains(piece), "{piece:?} is not in\n{}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_manager_credential_is_found_before_anything_is_minted() {
    let (_, ran) = due(FOUR, |world| {
        let id = world
            .emulator
            .sendgrid()
            .keys()
            .into_iter()
            .find(|key| key.value == world.manager)
            .unwrap()
            .id;
        world.emulator.sendgrid().delete_key(&id);
        world.pass(1);
    })
    .await;
    says(&ran, 4, &["error[manager-dead]", "SENDGRID_MANAGER_KEY", "= state: nothing was changed"]);
}

#[tokio::test(start_paused = true)]
async fn a_manager_that_may_not_list_keys_is_found_before_anything_is_minted() {
    let (_, ran) = due(FOUR, |world| {
        let weak = world.emulator.sendgrid().add_key("weak", &["mail.send"]).value;
        world.env.insert("SENDGRID_MANAGER_KEY".to_owned(), weak);
    })
    .await;
    says(&ran, 4, &["error[manager-lacks-scope]"]);
}

#[tokio::test(start_paused = true)]
async fn a_manager_that_may_issue_and_not_revoke_is_found_before_anything_is_minted() {
    let (_, ran) = due(FOUR, |world| {
        let scopes = ["api_keys.create", "api_keys.read", "mail.send"];
        let half = world.emulator.sendgrid().add_key("half a manager", &scopes).value;
        world.env.insert("SENDGRID_MANAGER_KEY".to_owned(), half);
    })
    .await;
    says(&ran, 4, &["error[manager-lacks-scope]", "lacks api_keys.delete"]);
}

#[tokio::test(start_paused = true)]
async fn a_missing_manager_variable_is_named() {
    let (_, ran) = due(FOUR, |world| {
        world.env.remove("SENDGRID_MANAGER_KEY");
    })
    .await;
    says(
        &ran,
        4,
        &[
            "error[manager-missing]",
            "SENDGRID_MANAGER_KEY",
            "add `SENDGRID_MANAGER_KEY: ${{ secrets.SENDGRID_MANAGER_KEY }}` to the `env:`",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn the_workflows_own_token_can_never_write_secrets_and_the_error_says_what_can() {
    let (_, ran) = due(FOUR, |world| {
        let weak = world.emulator.github().add_credential(
            Credential::new(CredentialKind::ActionsToken, &[("contents", "write")]).on(&[REPO]),
        );
        world.env.insert("TOKENWARD_GITHUB_TOKEN".to_owned(), weak);
    })
    .await;
    says(
        &ran,
        4,
        &[
            "error[github-permission]",
            "secrets=read",
            "workflow's `GITHUB_TOKEN` can never",
            "GitHub App",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn without_a_credential_for_secrets_the_error_says_how_to_get_one() {
    let (_, ran) = due(FOUR, |world| {
        world.env.remove("TOKENWARD_GITHUB_TOKEN");
    })
    .await;
    says(&ran, 4, &["error[github-token-missing]", "TOKENWARD_GITHUB_TOKEN", "Secrets: write"]);
}

#[tokio::test(start_paused = true)]
async fn a_dead_github_credential_stops_everything() {
    let (_, ran) = due(FOUR, |world| {
        let token = world.env["TOKENWARD_GITHUB_TOKEN"].clone();
        world.emulator.github().revoke_credential(&token);
    })
    .await;
    says(&ran, 4, &["error[github-token-dead]"]);
}

#[tokio::test(start_paused = true)]
async fn a_missing_environment_is_named() {
    let (_, ran) =
        due(&FOUR.replace("environment: production", "environment: prod/eu"), |_| {}).await;
    says(
        &ran,
        2,
        &[
            "error[environment-missing]",
            "acme/site has no environment \"prod/eu\"",
            "settings/environments",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn an_unknown_repository_is_named() {
    let (_, ran) = due(
        &FOUR.replace(
            "{github: acme/site, store: dependabot",
            "{github: acme/sight, store: dependabot",
        ),
        |_| {},
    )
    .await;
    says(&ran, 4, &["error[repository-unknown]", "acme/sight", "404"]);
}

#[tokio::test(start_paused = true)]
async fn an_organization_secret_that_does_not_exist_is_named_with_the_one_that_does() {
    let (_, ran) = due(
        &FOUR.replace(
            "{github: acme, secret: SENDGRID_API_KEY",
            "{github: acme, secret: SENDGRID_API_KEI",
        ),
        |_| {},
    )
    .await;
    says(
        &ran,
        2,
        &[
            "error[secret-missing]",
            "SENDGRID_API_KEI",
            "did you mean SENDGRID_API_KEY in acme (organization)?",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn an_account_full_of_keys_is_found_before_anything_is_minted() {
    let (_, ran) = due(FOUR, |world| {
        for number in 0..98 {
            world.emulator.sendgrid().add_key(&format!("key {number}"), &["mail.send"]);
        }
    })
    .await;
    says(&ran, 12, &["error[quota-reached]", "100"]);
}

#[tokio::test(start_paused = true)]
async fn a_manager_of_another_account_is_noticed() {
    let (_, ran) = due(FOUR, |world| {
        // The key in use is gone from the manager's account, and still works: it is somebody
        // else's.
        let id = world
            .emulator
            .sendgrid()
            .keys()
            .into_iter()
            .find(|key| key.value == world.old)
            .unwrap()
            .id;
        world.emulator.sendgrid().set_revoke_lag(jiff::SignedDuration::from_hours(10_000));
        world.emulator.sendgrid().delete_key(&id);
    })
    .await;
    says(&ran, 12, &["error[needs-id]", "another account"]);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_does_not_answer_is_unknown_and_nothing_is_minted() {
    let (_, ran) = due(FOUR, |world| {
        world.emulator.inject(Fault {
            matches: FaultMatch::Where {
                service: Some(tokenward_emulator::Service::SendGrid),
                method: None,
                path_contains: None,
            },
            kind: FaultKind::Refuse,
            times: u32::MAX,
        });
    })
    .await;
    says(&ran, 5, &["error[provider-unavailable]"]);
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_cannot_be_read_stops_everything() {
    let (_, ran) = due(FOUR, |world| {
        world.emulator.inject(Fault {
            matches: FaultMatch::Where {
                service: None,
                method: None,
                path_contains: Some("/git/ref/".to_owned()),
            },
            kind: FaultKind::Unavailable,
            times: u32::MAX,
        });
    })
    .await;
    says(&ran, 5, &["error[journal-unavailable]"]);
}

#[tokio::test(start_paused = true)]
async fn all_that_is_wrong_is_said_at_once() {
    let config = FOUR
        .replace("environment: production", "environment: nowhere")
        .replace("{github: acme/site, store: dependabot", "{github: acme/sight, store: dependabot");
    let (_, ran) = due(&config, |world| {
        world.env.remove("SENDGRID_MANAGER_KEY");
    })
    .await;
    says(
        &ran,
        2,
        &["error[environment-missing]", "error[repository-unknown]", "error[manager-missing]"],
    );
}
