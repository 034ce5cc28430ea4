//! What a rotation keeps, and what it proves: a key that was deleted may be accepted for a while, a
//! new key is restricted as the old one was, and a key that nobody uses is not kept in use by
//! tokenward's own test calls.
#![expect(
    clippy::unwrap_used,
    reason = "a test world that cannot be made or read is a failed test"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::SignedDuration;
use serde_json::{Value, json};
use tokenward_emulator::{SecretPlace, Service, TwinOf};

use crate::support::{FOUR, REPO, Ran, World};

mod carried;

/// A token of a provider that issues keys, its value in use, and the twin.
struct Mail {
    world: World,
    twin: TwinOf,
    old: String,
    id: Option<String>,
}

impl Mail {
    /// Adopted a moment ago. `more` are lines of the token, `with` entries beside those that the
    /// twin wants.
    fn new(provider: &str, kind: &str, more: &str, with: &str) -> Self {
        Self::of(provider, kind, more, with, |_, _| {})
    }

    fn of(
        provider: &str,
        kind: &str,
        more: &str,
        with: &str,
        dress: impl FnOnce(&TwinOf, &str),
    ) -> Self {
        let mut world = World::new("version: 1\ntokens: {}\n");
        let twin = world.emulator.twin(provider).unwrap();
        let seeded = twin.seed(kind).unwrap();
        dress(&twin, &seeded.value);
        world.env.insert("MAIL_MANAGER".to_owned(), twin.seed_manager(kind).unwrap().value);
        world.emulator.github().put_secret(
            &SecretPlace::Repo(REPO.to_owned()),
            "MAIL_KEY",
            &seeded.value,
        );
        let mail = Self { world, twin, old: seeded.value, id: seeded.id };
        mail.configure(provider, kind, more, with);
        mail.world.pass(1);
        mail
    }

    fn configure(&self, provider: &str, kind: &str, more: &str, with: &str) {
        let mut entries = String::new();
        for (key, text) in self.twin.with(kind) {
            write!(entries, "{key}: '{text}', ").unwrap();
        }
        let scopes = self
            .twin
            .scopes(kind)
            .iter()
            .map(|scope| format!("'{scope}'"))
            .collect::<Vec<_>>()
            .join(", ");
        let scopes =
            if scopes.is_empty() { String::new() } else { format!("    scopes: [{scopes}]\n") };
        let text = format!(
            "version: 1\ndefaults: {{rotate-every: 30d, max-age: never, grace: 24h}}\ntokens:\n  mail:\n    provider: {provider}\n    value: env:MAIL_KEY\n    \
             manager: env:MAIL_MANAGER\n{scopes}{more}    with: {{{entries}{with}}}\n    destinations:\n      - {{github: acme/site, secret: MAIL_KEY}}\n"
        );
        std::fs::write(self.world.folder.join(".github/tokenward.yml"), text).unwrap();
    }

    async fn adopted(self) -> Self {
        let ran = self.world.run(&["rotate"]).await;
        // Where a value does not hold its id, a person says it.
        if let Some(id) = self.id.as_ref().filter(|_| ran.code != 0) {
            assert!(ran.out.contains("[needs-id]"), "{}", ran.all());
            self.world.run(&["adopt", "mail", "--id", id]).await.expect(0);
        }
        self
    }

    /// Asks for a new key now.
    async fn rotate(&self) -> Ran {
        self.world.run(&["rotate", "mail", "--force", "--reason", "x"]).await
    }

    fn held(&self) -> String {
        self.world.handed()["MAIL_KEY"].clone()
    }

    async fn check_with(&self, value: &str) -> Ran {
        self.world
            .run_with(&["check"], &BTreeMap::from([("MAIL_KEY".to_owned(), value.to_owned())]))
            .await
    }
}

// C6

#[tokio::test(start_paused = true)]
async fn c6_a_deleted_key_is_not_called_dead_before_its_provider_refuses_it() {
    for minutes in [5, 9] {
        let mut world = World::new(FOUR);
        world.emulator.sendgrid().set_revoke_lag(SignedDuration::from_mins(minutes));
        world.rotated().await;
        world.pass(1);
        world.run(&["rotate"]).await.expect(0);
        world.pass(25);
        let ran = world.run(&["rotate"]).await.expect(0);
        assert!(
            ran.out.contains(" was deleted at ")
                && ran.out.contains("; sendgrid may accept it until "),
            "{}",
            ran.all()
        );
        assert!(!ran.all().contains("verified that"), "{}", ran.all());
        assert!(world.is_live(&world.old), "the twin accepts it a while longer");
        // Whoever has the value is not sent to revoke by hand what is deleted already.
        world.input = world.old.clone();
        let ran = world.run(&["revoke", "--leaked", "-"]).await.expect(0);
        assert!(
            ran.all().contains("[revoke-settling]") && ran.all().contains("may accept it until"),
            "{}",
            ran.all()
        );
        assert!(
            !ran.all().contains("verified that") && !ran.all().contains("still-alive"),
            "{}",
            ran.all()
        );
        world.emulator.advance(SignedDuration::from_mins(11));
        let ran = world.run(&["revoke", "--leaked", "-"]).await.expect(0);
        assert!(ran.out.contains("already revoked"), "{}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn c6_a_key_that_is_accepted_after_its_time_has_to_be_revoked_by_hand() {
    let mut world = World::new(FOUR);
    world.emulator.sendgrid().set_revoke_lag(SignedDuration::from_hours(10_000));
    world.rotated().await;
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    world.input = world.old.clone();
    // Revoked because it leaked: the same moment is told at once.
    let ran = world.run(&["revoke", "--leaked", "-"]).await.expect(0);
    assert!(
        ran.all().contains("[revoke-settling]") && !ran.all().contains("verified that"),
        "{}",
        ran.all()
    );
    world.emulator.advance(SignedDuration::from_mins(11));
    let ran = world.run(&["revoke", "--leaked", "-"]).await.expect(12);
    assert!(
        ran.out.contains("error[still-alive]") && ran.out.contains("revoke it at"),
        "{}",
        ran.all()
    );
}

#[tokio::test(start_paused = true)]
async fn c6_where_a_test_call_says_so_it_is_dead_at_once() {
    let mut world = World::new(FOUR);
    world.emulator.sendgrid().set_revoke_lag(SignedDuration::ZERO);
    world.rotated().await;
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    world.input = world.old.clone();
    let ran = world.run(&["revoke", "--leaked", "-"]).await.expect(0);
    assert!(
        ran.out.contains("verified that key ") && ran.out.contains(" is revoked"),
        "{}",
        ran.all()
    );
}

#[tokio::test(start_paused = true)]
async fn c6_a_key_of_no_token_that_was_deleted_is_told_of_in_the_same_way() {
    let mut world = World::new(FOUR);
    world.emulator.sendgrid().set_revoke_lag(SignedDuration::from_mins(9));
    world.run(&["rotate"]).await.expect(0);
    let other = world.emulator.sendgrid().add_key("a colleague's", &["mail.send"]).value;
    world.input = other.clone();
    let forced = ["revoke", "--leaked", "-", "--force", "--reason", "x"];
    let ran = world.run(&forced).await.expect(0);
    assert!(
        ran.all().contains("[revoke-settling]") && !ran.all().contains("verified that"),
        "{}",
        ran.all()
    );
    // No record says since when, so nothing is promised again.
    let ran = world.run(&forced).await.expect(12);
    assert!(
        ran.all().contains("takes at most 10m") && !ran.all().contains("revoke-settling"),
        "{}",
        ran.all()
    );
    world.emulator.advance(SignedDuration::from_mins(11));
    world.run(&["revoke", "--leaked", "-"]).await.expect(0);
}

// C15

/// An access key that was replaced and proven, and whose grace waits until nobody has used it for
/// two hours.
async fn replaced_access_key(lag: SignedDuration) -> Mail {
    let mail = Mail::new("amazon-ses", "access-key", "    grace: {time: 0s, last-used: 2h}\n", "")
        .adopted()
        .await;
    mail.world.emulator.amazon_ses().set_use_lag(lag);
    mail.world.pass(24);
    mail.rotate().await.expect(0);
    mail.world.emulator.advance(SignedDuration::from_mins(10));
    mail
}

#[tokio::test(start_paused = true)]
async fn c15_a_provider_that_tells_of_a_use_late_is_waited_for_as_much_longer() {
    for minutes_late in [239, 120] {
        let mail = replaced_access_key(SignedDuration::from_mins(minutes_late)).await;
        // Somebody goes on using the old key, which AWS has not told yet two hours later.
        assert!(mail.twin.used(&mail.old));
        for _ in 0..2 {
            let ran = mail.world.run(&["rotate"]).await.expect(0);
            assert!(
                mail.twin.is_live(&mail.old) && !ran.out.contains("disabled key"),
                "{minutes_late}: {}",
                ran.all()
            );
            assert!(ran.out.contains("4h"), "{minutes_late}: {}", ran.all());
            mail.world.emulator.advance(SignedDuration::from_mins(119));
            assert!(mail.twin.used(&mail.old) || minutes_late == 0);
        }
        mail.world.pass(7);
        let ran = mail.world.run(&["rotate"]).await.expect(0);
        assert!(ran.out.contains("disabled key"), "{minutes_late}: {}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn c15_where_nothing_is_told_late_nothing_is_added() {
    let mail = Mail::new("resend", "api-key", "    grace: {time: 0s, last-used: 2h}\n", "")
        .adopted()
        .await;
    mail.world.pass(24);
    mail.rotate().await.expect(0);
    mail.world.pass(1);
    let ran = mail.world.run(&["rotate"]).await.expect(0);
    assert!(
        ran.out.contains("once it has been unused for 2h") && mail.twin.is_live(&mail.old),
        "{}",
        ran.all()
    );
    mail.world.pass(2);
    let ran = mail.world.run(&["rotate"]).await.expect(0);
    assert!(!mail.twin.is_live(&mail.old), "{}", ran.all());
}

// C16

#[tokio::test(start_paused = true)]
async fn c16_a_daily_check_does_not_keep_an_old_key_in_use() {
    for (provider, kind) in
        [("resend", "api-key"), ("elastic-email", "api-key"), ("amazon-ses", "access-key")]
    {
        let mail =
            Mail::new(provider, kind, "    grace: {time: 0s, last-used: 3d}\n", "").adopted().await;
        mail.world.pass(24);
        mail.rotate().await.expect(0);
        mail.world.pass(1);
        mail.world.run(&["rotate"]).await.expect(0);
        for _ in 0..4 {
            mail.world.pass(23);
            // A job that still holds the old value checks it.
            let ran = mail.check_with(&mail.old).await.expect(10);
            assert!(
                ran.out.contains("[token-stale]") && ran.out.contains("was not tested"),
                "{provider}: {}",
                ran.all()
            );
        }
        let ran = mail.world.run(&["rotate"]).await.expect(0);
        assert!(!mail.twin.is_live(&mail.old), "{provider}: {}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn c16_what_others_use_counts() {
    for (provider, kind) in [("resend", "api-key"), ("elastic-email", "api-key")] {
        let mail =
            Mail::new(provider, kind, "    grace: {time: 0s, last-used: 3d}\n", "").adopted().await;
        mail.world.pass(24);
        mail.rotate().await.expect(0);
        mail.world.pass(1);
        for _ in 0..4 {
            mail.world.pass(23);
            assert!(mail.twin.used(&mail.old));
            let ran = mail.world.run(&["rotate"]).await.expect(0);
            assert!(
                mail.twin.is_live(&mail.old) && ran.out.contains("once it has been unused for 3d"),
                "{provider}: {}",
                ran.all()
            );
        }
        let ran = mail.world.run(&["check"]).await.expect(10);
        assert!(ran.out.contains("[token-still-used]"), "{provider}: {}", ran.all());
    }
}

/// A provider of the user's own that ends a key which nobody uses, and tells the last use.
async fn ending_unused(base: &str, kind: &str, limits: (&str, &str)) -> Mail {
    let mail = Mail::new(base, kind, "    warn-before: 7d\n", "");
    let file = std::fs::read_to_string(format!(
        "{}/src/providers/specs/{base}.yaml",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap();
    let file =
        file.replace(&format!("\nid: {base}\n"), "\nid: own-mail\n").replace(limits.0, limits.1);
    assert!(file.contains("id: own-mail") && file.contains("inactive-after"));
    std::fs::write(mail.world.folder.join(".github/own.yaml"), file).unwrap();
    let config = mail.world.folder.join(".github/tokenward.yml");
    let text = std::fs::read_to_string(&config).unwrap();
    let text = text
        .replace("version: 1\n", "version: 1\nproviders: [.github/own.yaml]\n")
        .replace(&format!("provider: {base}"), "provider: own-mail");
    std::fs::write(config, text.replace("rotate-every: 30d", "rotate-every: 365d")).unwrap();
    mail.adopted().await
}

#[tokio::test(start_paused = true)]
async fn c16_a_daily_check_does_not_keep_an_unused_key_in_use() {
    let own = [
        ("resend", "api-key", ("limits: {name: 50}", "limits: {name: 50, inactive-after: 30d}")),
        (
            "elastic-email",
            "api-key",
            ("limits: {keys: 15}", "limits: {keys: 15, inactive-after: 30d}"),
        ),
    ];
    for (base, kind, limits) in own {
        let mail = ending_unused(base, kind, limits).await;
        assert!(mail.twin.used(&mail.old));
        for day in 1..=26 {
            mail.world.pass(24);
            let ran = mail.world.run(&["check"]).await;
            assert_eq!(
                ran.out.contains("[token-inactive]"),
                day >= 23,
                "{base}, day {day}: {}",
                ran.all()
            );
            assert_eq!(
                ran.code,
                if day >= 23 { 10 } else { 0 },
                "{base}, day {day}: {}",
                ran.all()
            );
        }
        // The control: somebody uses it, and a value that the journal does not know is tested.
        assert!(mail.twin.used(&mail.old));
        mail.world.run(&["check"]).await.expect(0);
        let before = mail.world.emulator.requests().len();
        let stranger = mail.twin.seed(kind).unwrap().value;
        mail.check_with(&stranger).await;
        let sent = mail.world.emulator.requests().split_off(before);
        assert!(
            sent.iter().any(|sent| sent.service != Service::GitHub && !sent.path.contains("keys")),
            "{base}: it was not tested"
        );
    }
}

/// Shows what a list shows of the value that a destination holds.
fn shown(mail: &Mail, name: &str) -> Value {
    mail.twin.shown(&mail.held(), name).unwrap_or(json!(null))
}
