//! A key that nobody uses, at a provider that ends such keys and tells when each was last used. No
//! built-in provider does both, so this is one of the user's own.

use tokenward_emulator::SecretPlace;

use crate::support::{REPO, World};

const RESEND: &str = include_str!("../../src/providers/specs/resend.yaml");
const CONFIG: &str = "\
version: 1
providers: [.github/own.yaml]
defaults: {rotate-every: 365d, max-age: never, warn-before: 7d}
tokens:
  mail:
    provider: own-mail
    value: env:MAIL_KEY
    manager: env:MAIL_MANAGER
    scopes: [full_access]
    destinations:
      - {github: acme/site, secret: MAIL_KEY}
";

#[tokio::test(start_paused = true)]
async fn a_key_that_nobody_uses_is_told_of_before_its_provider_ends_it() {
    let file = RESEND
        .replace("\nid: resend\n", "\nid: own-mail\n")
        .replace("limits: {name: 50}", "limits: {name: 50, inactive-after: 30d}");
    assert!(file.contains("id: own-mail") && file.contains("inactive-after"));
    let mut world = World::new(CONFIG);
    std::fs::write(world.folder.join(".github/own.yaml"), file).unwrap();
    let twin = world.emulator.twin("resend").unwrap();
    let seeded = twin.seed("api-key").unwrap();
    world.env.insert("MAIL_MANAGER".to_owned(), twin.seed_manager("api-key").unwrap().value);
    world.emulator.github().put_secret(
        &SecretPlace::Repo(REPO.to_owned()),
        "MAIL_KEY",
        &seeded.value,
    );
    world.pass(1);
    world.run(&["adopt", "mail", "--id", seeded.id.as_deref().unwrap()]).await.expect(0);
    // Daily checks are no use of it.
    for _ in 0..22 {
        world.pass(24);
        world.run(&["check"]).await.expect(0);
    }
    world.pass(2 * 24);
    let ran = world.run(&["check"]).await.expect(10);
    assert!(ran.out.contains("error[token-inactive]: mail was last used at"), "{}", ran.all());
    assert!(ran.out.contains("own-mail revokes a key that is not used for 30d"), "{}", ran.all());
    // Saying so is no use of it either.
    world.run(&["check"]).await.expect(10);
    assert!(twin.used(&seeded.value));
    world.run(&["check"]).await.expect(0);
}
