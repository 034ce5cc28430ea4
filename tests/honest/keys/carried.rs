//! C14: whatever restricts the old key is carried over to the new one, or no key is made.

use serde_json::{Value, json};

use super::{Mail, shown};

/// A provider, a kind, and what the list shows of the old key and has to show of the new one.
struct Case {
    provider: &'static str,
    kind: &'static str,
    old: &'static [(&'static str, &'static str)],
}

/// Two addresses, as JSON.
const ADDRESSES: &str = r#"["203.0.113.0/24", "198.51.100.7"]"#;

const CASES: [Case; 3] = [
    Case {
        provider: "onesignal",
        kind: "app-api-key",
        old: &[("ip_allowlist_mode", r#""explicit""#), ("ip_allowlist", ADDRESSES)],
    },
    Case {
        provider: "elastic-email",
        kind: "api-key",
        old: &[("RestrictAccessToIPRange", ADDRESSES)],
    },
    Case { provider: "smtp2go", kind: "api-key", old: &[("status", r#""sandbox""#)] },
];

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Adopted with what the case says of the old key.
async fn dressed(case: &Case, with: &str) -> Mail {
    let mail = Mail::of(case.provider, case.kind, "", with, |twin, old| {
        for (name, text) in case.old {
            assert!(twin.dress(old, name, value(text)), "{name}");
        }
    });
    mail.adopted().await
}

#[tokio::test(start_paused = true)]
async fn c14_a_new_key_is_restricted_as_the_old_one() {
    for case in &CASES {
        let mail = dressed(case, "").await;
        mail.world.pass(31 * 24);
        let ran = mail.world.run(&["plan"]).await.expect(0);
        assert!(
            ran.out.contains("check that the new key has the restrictions of the old one"),
            "{}: {}",
            case.provider,
            ran.all()
        );
        let ran = mail.rotate().await.expect(0);
        assert_ne!(mail.held(), mail.old, "{}: {}", case.provider, ran.all());
        for (name, text) in case.old {
            assert_eq!(shown(&mail, name), value(text), "{} {name}: {}", case.provider, ran.all());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn c14_a_key_without_restrictions_gets_none() {
    for case in &CASES {
        let mail = Mail::new(case.provider, case.kind, "", "").adopted().await;
        let ran = mail.rotate().await.expect(0);
        assert_ne!(mail.held(), mail.old, "{}: {}", case.provider, ran.all());
        let open = |shown: &Value| {
            shown.is_null()
                || *shown == json!([])
                || *shown == json!("disabled")
                || *shown == json!("allowed")
        };
        assert!(
            case.old.iter().all(|(name, _)| open(&shown(&mail, name))),
            "{}: {}",
            case.provider,
            ran.all()
        );
    }
}

/// When a new key ends, in days from now.
fn days_left(mail: &Mail, name: &str) -> f64 {
    let end = shown(mail, name);
    let end = end.as_str().unwrap_or_default();
    let end: jiff::Timestamp = end.parse().or_else(|_| format!("{end}Z").parse()).unwrap();
    end.duration_since(mail.world.emulator.now()).as_secs_f64() / 86_400.0
}

/// The old key was made just now and ends in so many days, as its provider writes it.
async fn ending(provider: &str, kind: &str, name: &str, days: i64, with: &str) -> Mail {
    let mail = Mail::of(provider, kind, "", with, |_, _| {});
    let end = mail.world.emulator.now() + jiff::SignedDuration::from_hours(24 * days);
    assert!(
        mail.twin.dress(&mail.old, name, json!(end.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())),
        "{provider}"
    );
    mail.adopted().await
}

#[tokio::test(start_paused = true)]
async fn c14_a_new_key_lives_as_long_as_the_old_one_was_to() {
    for (provider, kind, name) in
        [("elastic-email", "api-key", "Expires"), ("mailgun", "api-key", "expires_at")]
    {
        let mail = ending(provider, kind, name, 90, "").await;
        // Twenty days before the old one ends, the new one gets ninety again.
        mail.world.pass(70 * 24);
        let ran = mail.rotate().await.expect(0);
        assert_ne!(mail.held(), mail.old, "{provider}: {}", ran.all());
        let left = days_left(&mail, name);
        assert!((89.0..=91.0).contains(&left), "{provider}: {left}");
    }
}

#[tokio::test(start_paused = true)]
async fn c14_the_config_says_what_a_new_key_is_to_have() {
    for (with, days) in [("expires: 30d", Some(30.0)), ("expires: none", None)] {
        let mail = ending("elastic-email", "api-key", "Expires", 90, with).await;
        let ran = mail.rotate().await.expect(0);
        assert_ne!(mail.held(), mail.old, "{}", ran.all());
        match days {
            Some(days) => {
                assert!((days - days_left(&mail, "Expires")).abs() < 1.0, "{}", ran.all())
            }
            None => assert_eq!(shown(&mail, "Expires"), json!(null), "{}", ran.all()),
        }
    }
    let list = "ip_allowlist_mode: explicit, ip_allowlist: '192.0.2.1, 192.0.2.2'";
    for (with, expected) in [
        (list, json!(["192.0.2.1", "192.0.2.2"])),
        ("ip_allowlist_mode: none, ip_allowlist: none", json!([])),
    ] {
        let mail = dressed(&CASES[0], with).await;
        let ran = mail.rotate().await.expect(0);
        assert_eq!(shown(&mail, "ip_allowlist"), expected, "{}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn c14_what_the_config_says_instead_has_to_be_seen_as_well() {
    for (case, with) in [(&CASES[0], "ip_allowlist: 192.0.2.1"), (&CASES[1], "ip_range: 192.0.2.1")]
    {
        let mail = dressed(case, with).await;
        mail.twin.forget();
        let ran = mail.rotate().await.expect(12);
        assert!(
            ran.out.contains("error[restriction-lost]") && ran.out.contains("IP allow list"),
            "{}: {}",
            case.provider,
            ran.all()
        );
        assert_eq!(mail.held(), mail.old, "{}", case.provider);
    }
}

#[tokio::test(start_paused = true)]
async fn c14_what_cannot_be_carried_over_stops_before_a_key_is_made() {
    let cases = [
        // Told, and taken in another form.
        (
            "mailersend",
            "api-token",
            "domain",
            json!({"id": "d1", "name": "example.com"}),
            "sending domain",
            "domain_id",
        ),
        // An attribute that no file knows.
        (
            "onesignal",
            "app-api-key",
            "allowed_origins",
            json!(["https://example.com"]),
            "allowed_origins",
            "allowed_origins",
        ),
        (
            "resend",
            "api-key",
            "expiresAt",
            json!("2030-01-01T00:00:00Z"),
            "expiresAt",
            "expires_at",
        ),
        ("elastic-email", "api-key", "Expires", json!("whenever"), "expiry", "expires"),
    ];
    for (provider, kind, name, told, says, with) in cases {
        let mail = Mail::of(provider, kind, "", "", |twin, old| {
            assert!(twin.dress(old, name, told.clone()))
        })
        .adopted()
        .await;
        let keys = mail.world.emulator.requests().len();
        let ran = mail.rotate().await.expect(12);
        assert!(
            ran.out.contains("error[restriction-lost]") && ran.out.contains(says),
            "{provider}: {}",
            ran.all()
        );
        assert!(ran.out.contains(&format!("{with}: none")), "{provider}: {}", ran.all());
        assert_eq!(mail.held(), mail.old, "{provider}");
        let made = mail.world.emulator.requests().split_off(keys);
        let made = made
            .iter()
            .filter(|sent| {
                sent.method == "POST" && sent.service != tokenward_emulator::Service::GitHub
            })
            .count();
        assert_eq!(made, 0, "{provider}: a key was asked for");
        // The config says so.
        mail.configure(provider, kind, "", &format!("{with}: none"));
        let ran = mail.rotate().await.expect(0);
        assert_ne!(mail.held(), mail.old, "{provider}: {}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn c14_a_harmless_attribute_that_no_file_knows_stops_nothing() {
    for (name, told) in
        [("colour", json!("blue")), ("allowed_origins", json!([])), ("expires_at", json!(null))]
    {
        let mail = Mail::of("onesignal", "app-api-key", "", "", |twin, old| {
            assert!(twin.dress(old, name, told.clone()))
        })
        .adopted()
        .await;
        let ran = mail.rotate().await.expect(0);
        assert_ne!(mail.held(), mail.old, "{name}: {}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn c14_a_new_key_that_its_provider_did_not_restrict_is_deleted_again() {
    for case in &CASES {
        // Its provider takes the request, and drops what it carries.
        let mail = dressed(case, "").await;
        mail.twin.forget();
        let ran = mail.rotate().await.expect(12);
        assert!(
            ran.out.contains("error[restriction-lost]")
                && ran.out.contains("lacks restrictions that the key in use has"),
            "{}",
            ran.all()
        );
        assert!(ran.out.contains("deleted key "), "{}: {}", case.provider, ran.all());
        assert_eq!(mail.held(), mail.old, "{}", case.provider);
        assert!(mail.twin.is_live(&mail.old), "{}", case.provider);
    }
}

#[tokio::test(start_paused = true)]
async fn c14_what_restricted_a_key_that_is_gone_is_not_known_and_said() {
    for case in [&CASES[0], &CASES[2]] {
        let mail = dressed(case, "").await;
        assert!(mail.twin.kill(&mail.old));
        let ran = mail.rotate().await.expect(0);
        assert_ne!(mail.held(), mail.old, "{}: {}", case.provider, ran.all());
        assert!(
            ran.all().contains("[not-proven]") && ran.all().contains("does not list it"),
            "{}: {}",
            case.provider,
            ran.all()
        );
    }
}
