//! D3: a credential is sent only to whom it is for, also where the lines of a step were mixed up.

use tokenward_emulator::Service;

use super::values::{CRM, sent_to_providers};
use crate::support::{FOUR, World, gives_away};

/// A variable of GitHub's that holds a key of ours: the step's lines were mixed up.
#[tokio::test(start_paused = true)]
async fn d3_no_key_of_ours_is_sent_to_github_as_its_credential() {
    for variable in ["GITHUB_TOKEN", "TOKENWARD_GITHUB_TOKEN"] {
        for held in ["TOKENWARD_JOURNAL_KEY", "SENDGRID_MANAGER_KEY", "SENDGRID_API_KEY"] {
            let mut world = World::new(FOUR);
            let key = if held == "SENDGRID_API_KEY" {
                world.old.clone()
            } else {
                world.env[held].clone()
            };
            let cut = key[..key.len() - 8].to_owned();
            for value in [key, cut] {
                world.env.insert(variable.to_owned(), value.clone());
                world.emulator.clear_requests();
                for line in [
                    &["rotate"][..],
                    &["check"],
                    &["status"],
                    &["plan"],
                    &["doctor"],
                    &["adopt", "sendgrid"],
                ] {
                    let ran = world.run(line).await;
                    assert_ne!(ran.code, 0, "{line:?}: {}", ran.all());
                    assert_eq!(gives_away(&ran.all(), &value), None, "{line:?}: {}", ran.all());
                }
                // GitHub answers a credential that it does not know with 401.
                let sent = world
                    .emulator
                    .requests()
                    .into_iter()
                    .filter(|request| request.service == Service::GitHub);
                assert_eq!(
                    sent.filter(|request| request.status == 401).count(),
                    0,
                    "{variable} {held}"
                );
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn d3_a_part_of_another_token_is_sent_to_no_provider() {
    let mut world = World::new(CRM);
    // Nothing of its own form, so only what another variable holds tells what it is.
    let whole = "kV7dQ2mX9pL4sT6wZ1cB8nR3".repeat(2);
    world.env.insert("HUBSPOT_TOKEN".to_owned(), whole[..30].to_owned());
    world.env.insert("NEWS_TOKEN".to_owned(), whole);
    let other = "  news:\n    provider: hubspot\n    value: env:NEWS_TOKEN\n    destinations: [{github: acme/site, secret: NEWS_TOKEN}]\n";
    std::fs::write(world.folder.join(".github/tokenward.yml"), format!("{CRM}{other}")).unwrap();
    for line in [&["rotate", "crm"][..], &["check", "crm"]] {
        let ran = world.run(line).await.expect(2);
        assert!(ran.all().contains("it is a part of the value in NEWS_TOKEN"), "{}", ran.all());
    }
    assert_eq!(sent_to_providers(&world), 0);
}
