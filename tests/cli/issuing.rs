//! One whole life of a token at each platform that issues keys by API: adopted, due, issued, pushed, proven, graced, revoked, seen dead.

use tokenward_emulator::{Emulator, SecretPlace};

use crate::support::{REPO, World};

/// Platforms, the kind of token, and the scopes that the config has to give.
const PLATFORMS: [(&str, &str, &str); 3] =
    [("mailtrap", "api-token", "'10'"), ("onesignal", "app-api-key", ""), ("scaleway", "api-key", "")];

fn config(emulator: &Emulator, (id, kind, scopes): (&str, &str, &str)) -> String {
    let with: Vec<String> = emulator.twin(id).unwrap().with(kind).iter().map(|(name, text)| format!("{name}: '{text}'")).collect();
    let scopes = if scopes.is_empty() { String::new() } else { format!("    scopes: [{scopes}]\n") };
    format!(
        "version: 1\ndefaults: {{rotate-every: 30d, grace: 24h}}\ntokens:\n  mail:\n    provider: {id}\n    value: env:MAIL_TOKEN\n    \
         manager: env:MAIL_MANAGER\n{scopes}    with: {{{}}}\n    destinations: [{{github: {REPO}, secret: MAIL_TOKEN}}]\n",
        with.join(", ")
    )
}

#[tokio::test(start_paused = true)]
async fn a_token_of_each_issuing_platform_goes_through_its_whole_life() {
    for platform in PLATFORMS {
        let (id, kind, _) = platform;
        let mut world = World::new("version: 1\ntokens: {}\n");
        let twin = world.emulator.twin(id).unwrap();
        let home = SecretPlace::Repo(REPO.to_owned());
        let old = twin.seed(kind).unwrap();
        let by_hand = twin.seed(kind).unwrap();
        world.env.insert("MAIL_MANAGER".to_owned(), twin.seed_manager(kind).unwrap().value);
        std::fs::write(world.folder.join(".github/tokenward.yml"), config(&world.emulator, platform)).unwrap();
        let github = world.emulator.github();
        github.put_secret(&home, "MAIL_TOKEN", &old.value);
        world.pass(1);

        world.run(&["adopt", "mail", "--id", &old.id.unwrap()]).await.expect(0);
        world.pass(31 * 24);
        let ran = world.run(&["rotate"]).await.expect(0);
        let new = github.secret_value(&home, "MAIL_TOKEN").unwrap();
        assert!(new != old.value && twin.is_live(&new) && twin.is_live(&old.value), "{id}: {}", ran.all());
        world.pass(1);
        world.run(&["rotate"]).await.expect(0);
        world.pass(25);
        let ran = world.run(&["rotate"]).await.expect(0);
        assert!(ran.out.contains("is dead"), "{id}: {}", ran.all());
        world.pass(1);
        assert!(!twin.is_live(&old.value), "{id}: the old key is revoked");
        assert!(twin.is_live(&new) && twin.is_live(&by_hand.value), "{id}: nothing else is");
        world.run(&["check"]).await.expect(0);
        assert!(twin.kill(&new));
        world.run(&["check"]).await.expect(10);
    }
}
