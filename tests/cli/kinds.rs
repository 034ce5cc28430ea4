//! `check` of every kind of value that a provider's twin plays: live, then ended, then called dead.

use tokenward::providers::Registry;
use tokenward_emulator::SecretPlace;

use crate::support::{REPO, World};

const PROVIDERS: [&str; 21] = [
    "activecampaign",
    "aweber",
    "azure-communication",
    "beehiiv",
    "braze",
    "buttondown",
    "campaign-monitor",
    "customer-io",
    "drip",
    "iterable",
    "loops",
    "mailtrap",
    "omnisend",
    "onesignal",
    "postmark",
    "resend",
    "salesforce-marketing-cloud",
    "scaleway",
    "smtp2go",
    "sparkpost",
    "zeptomail",
];

#[tokio::test(start_paused = true)]
async fn every_kind_of_value_lives_until_it_is_ended() {
    let registry = Registry::built_in();
    for spec in registry.all().filter(|spec| PROVIDERS.contains(&spec.id.as_str())) {
        for kind in spec.tokens.iter().filter(|kind| kind.testable) {
            let world = World::new("version: 1\ntokens: {}\n");
            let twin = world.emulator.twin(&spec.id).unwrap();
            let seeded = twin.seed(&kind.id).unwrap();
            let with: Vec<_> = twin
                .with(&kind.id)
                .into_iter()
                .map(|(key, text)| format!("{key}: '{text}'"))
                .collect();
            let config = format!(
                "version: 1\ntokens:\n  mail:\n    provider: {}\n    value: env:MAIL_KEY\n    with: {{{}}}\n    \
                 destinations: [{{github: {REPO}, secret: MAIL_KEY}}]\n",
                spec.id,
                with.join(", ")
            );
            std::fs::write(world.folder.join(".github/tokenward.yml"), config).unwrap();
            world.emulator.github().put_secret(
                &SecretPlace::Repo(REPO.to_owned()),
                "MAIL_KEY",
                &seeded.value,
            );
            let which = format!("{}/{}", spec.id, kind.id);
            let ran = world.run(&["check"]).await;
            assert_eq!(ran.code, 0, "{which}: {}", ran.all());
            assert!(twin.kill(&seeded.value), "{which}");
            let ran = world.run(&["check"]).await;
            assert!(
                ran.code == 10 && ran.out.contains("error[token-dead]"),
                "{which}: {}",
                ran.all()
            );
        }
    }
}
