//! A11 and A12: how long a server asks to wait is bounded, shown and never obeyed by a leak, and no
//! number it sends makes anything panic.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use tokenward::domain::lifecycle::TokenState;
use tokenward::domain::{ProviderId, Salt, Span, Timestamp, Wait};

use super::wire::{Wire, answer};
use crate::support::{FOUR, Ran, World};

/// Waits that no server means.
const ODD: &[&str] = &[
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999999999999999",
    "3600000",
    "1.5",
    "-1",
    "-9223372036854775808",
    "1e300",
    "NaN",
    "",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Mon, 99 Foo 2026 99:99:99 GMT",
    "\u{fffd}",
];

async fn adopted(config: &str) -> World {
    let world = World::new(config);
    world.emulator.sendgrid().set_revoke_lag(jiff::SignedDuration::ZERO);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    world
}

/// The provider answers requests like this with a rate limit.
fn limited(world: &mut World, method: &'static str, wait: &str) -> Arc<Wire> {
    let wait = wait.to_owned();
    Wire::instead(world, move |request| {
        let hit =
            request.host() == "api.sendgrid.com" && (method.is_empty() || request.method == method);
        hit.then(|| {
            answer(
                429,
                &[("retry-after", &wait), ("date", "Tue, 24 Nov 2026 12:00:00 GMT")],
                r#"{"errors": [{"message": "too many requests"}]}"#,
            )
        })
    })
}

/// Until when the journal says that the provider is left alone, in seconds from now.
fn pause(world: &World) -> Option<i64> {
    let records = std::fs::read_to_string(world.folder.join("journal.jsonl")).unwrap();
    let (_, rest) = records.lines().last()?.split_once("\"paused-until\":\"")?;
    let end: jiff::Timestamp = rest.split('"').next()?.parse().ok()?;
    Some(end.as_second() - world.emulator.now().as_second())
}

fn new_value(world: &World) -> bool {
    world.held().iter().all(|held| *held != world.old && world.is_live(held))
}

#[tokio::test(start_paused = true)]
async fn a11_a_wait_is_bounded_to_an_hour_shown_and_overridden_by_force_and_by_a_leak() {
    for wait in ["4294967296", "18446744073709551616", "3600000", "Mon, 31 Dec 2300 23:59:59 GMT"] {
        for way in [
            &["rotate", "sendgrid", "--force", "--reason", "now"][..],
            &["rotate", "sendgrid", "--leaked"],
        ] {
            let mut world = adopted(FOUR).await;
            limited(&mut world, "POST", wait);
            let ran = world.run(&["rotate"]).await.expect(5);
            assert!(ran.out.contains("tokenward waits at most 1h"), "{}", ran.all());
            for nonsense in
                ["49710d", "213503982334601d", "4294967296", "18446744073709551616", "2300"]
            {
                assert!(!ran.all().contains(nonsense), "{nonsense}: {}", ran.all());
            }
            world.transport = None;
            // A run that nobody asked for waits: the control.
            let ran = world.run(&["rotate"]).await;
            assert!(
                ran.code == 5
                    && ran.out.contains("is rate limiting key creation")
                    && !new_value(&world),
                "{}",
                ran.all()
            );
            world.run(way).await.expect(0);
            assert!(new_value(&world), "{wait} {way:?}");
        }
        // And an hour later every run goes on.
        let mut world = adopted(FOUR).await;
        limited(&mut world, "POST", wait);
        world.run(&["rotate"]).await.expect(5);
        world.transport = None;
        world.pass(1);
        world.run(&["rotate"]).await.expect(0);
        assert!(new_value(&world), "{wait}");
    }
}

#[tokio::test(start_paused = true)]
async fn a11_nothing_is_revoked_first_while_the_provider_refuses() {
    // Every request is refused: whether a key can be asked for is not known.
    let mut world = adopted(FOUR).await;
    limited(&mut world, "", "4294967296");
    let ran = revokes_first(&world).await;
    assert!(ran.code != 0 && ran.out.contains("was not revoked"), "{}", ran.all());
    assert!(
        world.is_live(&world.old) && world.emulator.sendgrid().deleted_ids().is_empty(),
        "{}",
        ran.all()
    );
    // Only the creation is refused, as a run before has seen: the new key comes first, and there is
    // none.
    let mut world = adopted(FOUR).await;
    limited(&mut world, "POST", "4294967296");
    world.run(&["rotate"]).await.expect(5);
    let ran = revokes_first(&world).await;
    assert!(
        world.is_live(&world.old) && world.emulator.sendgrid().deleted_ids().is_empty(),
        "{}",
        ran.all()
    );
    // The provider takes requests again: no pause keeps the leak alive.
    world.transport = None;
    let ran = revokes_first(&world).await.expect(0);
    assert!(!world.is_live(&world.old) && new_value(&world), "{}", ran.all());
    // The control: with no pause and nothing in the way, the key goes first.
    let world = adopted(FOUR).await;
    world.emulator.clear_requests();
    revokes_first(&world).await.expect(0);
    let order: Vec<_> = world
        .emulator
        .requests()
        .into_iter()
        .map(|request| request.method)
        .filter(|m| m == "DELETE" || m == "PUT")
        .collect();
    assert_eq!(order.first().map(String::as_str), Some("DELETE"));
    assert!(!world.is_live(&world.old) && new_value(&world));
}

async fn revokes_first(world: &World) -> Ran {
    world.run(&["rotate", "sendgrid", "--leaked", "--revoke-first"]).await
}

#[tokio::test(start_paused = true)]
async fn a11_revoke_first_looks_ahead_at_the_manager_the_quota_the_destinations_and_githubs_budget()
{
    // Each thing in the way is reported, and the key lives.
    let refused = |what: &'static str, world: World, id: &'static str| async move {
        let ran = revokes_first(&world).await;
        assert!(
            ran.code != 0 && ran.out.contains(&format!("error[{id}]")),
            "{what}: {}",
            ran.all()
        );
        assert!(
            world.is_live(&world.old) && world.emulator.sendgrid().deleted_ids().is_empty(),
            "{what}: {}",
            ran.all()
        );
    };
    let mut world = adopted(FOUR).await;
    world.env.remove("SENDGRID_MANAGER_KEY");
    refused("no manager", world, "manager-missing").await;

    let mut world = adopted(FOUR).await;
    world.env.insert(
        "SENDGRID_MANAGER_KEY".to_owned(),
        world.emulator.sendgrid().add_key("may send mail", &["mail.send"]).value,
    );
    refused("a manager that may not", world, "manager-lacks-scope").await;

    let mut world = adopted(FOUR).await;
    world.env.insert(
        "SENDGRID_MANAGER_KEY".to_owned(),
        world.old.replace(|c: char| c.is_ascii_digit(), "x"),
    );
    refused("a dead manager", world, "manager-dead").await;

    let world = adopted(FOUR).await;
    while world.emulator.sendgrid().keys().len() <= 100 {
        world.emulator.sendgrid().add_key("another", &["mail.send"]);
    }
    refused("no room", world, "quota-reached").await;

    let mut world = adopted(FOUR).await;
    Wire::after(&mut world, |line, answer| {
        if line == "GET api.github.com/repos/acme/site" {
            let text = String::from_utf8_lossy(&answer.body)
                .replace("\"archived\":false", "\"archived\":true");
            answer.body = text.into_bytes().into();
        }
    });
    refused("an archived repository", world, "repository-archived").await;

    let mut world = adopted(FOUR).await;
    Wire::after(&mut world, |line, answer| {
        if line.contains("/environments/production/secrets") {
            *answer = super::wire::answer(404, &[], r#"{"message": "Not Found"}"#);
        }
    });
    refused("a destination that cannot be read", world, "environment-missing").await;

    // The control: the same token with nothing in the way.
    let world = adopted(FOUR).await;
    revokes_first(&world).await.expect(0);
    assert!(!world.is_live(&world.old) && new_value(&world));
}

#[tokio::test(start_paused = true)]
async fn a11_revoke_first_revokes_nothing_that_githubs_budget_cannot_replace() {
    let mut world = adopted(FOUR).await;
    // GitHub says that its limit is used up, when the run has just begun to look.
    Wire::after(&mut world, |line, answer| {
        if line.contains("/actions/secrets/public-key") {
            *answer = super::wire::answer(
                403,
                &[("retry-after", "4294967296")],
                r#"{"message": "You have exceeded a secondary rate limit"}"#,
            );
        }
    });
    let ran = revokes_first(&world).await;
    assert!(
        ran.code != 0
            && ran.out.contains("error[github-rate-limited]")
            && ran.out.contains("at most 1h"),
        "{}",
        ran.all()
    );
    assert!(world.is_live(&world.old) && world.emulator.sendgrid().deleted_ids().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a12_no_wait_that_a_provider_asks_for_ends_the_run() {
    for wait in ODD {
        for method in ["GET", "POST", ""] {
            let mut world = adopted(&format!("{FOUR}journal: {{file: journal.jsonl}}\n")).await;
            limited(&mut world, method, wait);
            let begun = tokio::time::Instant::now();
            let ran = world.run(&["rotate"]).await;
            assert!(
                ran.code == 5 && !ran.all().contains("error[bug]"),
                "{wait:?} {method}: {}",
                ran.all()
            );
            assert!(
                begun.elapsed() <= Duration::from_secs(3_600),
                "{wait:?}: {:?}",
                begun.elapsed()
            );
            let left = pause(&world);
            assert!(
                left.is_none_or(|left| left <= 3_600) && (method != "POST" || left.is_some()),
                "{wait:?}: {left:?}"
            );
            world.run(&["check"]).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a12_no_wait_that_github_asks_for_ends_the_run() {
    for wait in ODD {
        for header in ["retry-after", "x-ratelimit-reset"] {
            for writes in [true, false] {
                let mut world = adopted(FOUR).await;
                Wire::instead(&mut world, move |request| {
                    let hit = request.host() == "api.github.com" && (request.is_read() != writes);
                    hit.then(|| {
                        let headers = [
                            ("date", "Tue, 24 Nov 2026 12:00:00 GMT"),
                            ("x-ratelimit-remaining", "0"),
                            (header, wait),
                        ];
                        answer(
                            403,
                            &headers,
                            r#"{"message": "You have exceeded a secondary rate limit"}"#,
                        )
                    })
                });
                let begun = tokio::time::Instant::now();
                let ran = world.run(&["rotate"]).await;
                assert!(
                    ran.code == 5 && !ran.all().contains("error[bug]"),
                    "{wait:?} {header}: {}",
                    ran.all()
                );
                assert!(
                    ran.all().contains("github-rate-limited"),
                    "{wait:?} {header}: {}",
                    ran.all()
                );
                assert!(
                    begun.elapsed() <= Duration::from_secs(3_600),
                    "{wait:?}: {:?}",
                    begun.elapsed()
                );
                assert!(world.is_live(&world.old));
            }
        }
    }
}

#[test]
fn a12_the_naive_way_does_overflow() {
    // The vehicle of the attack: what the standard library does with such a wait.
    let wait = Duration::from_secs("9223372036854775807".parse().unwrap());
    assert!(std::panic::catch_unwind(|| std::time::Instant::now() + wait + wait).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a12_no_header_makes_a_wait_panic_or_last_over_an_hour(
        headers in prop::collection::vec((0_usize..5, any_header()), 0..6),
        status in prop::sample::select(vec![200_u16, 403, 429, 503]),
        start in any::<i64>(),
    ) {
        let names = ["retry-after", "date", "x-ratelimit-reset", "x-ratelimit-remaining", "ratelimit-reset"];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (names[*name], value.as_str())).collect();
        let answer = answer(status, &headers, "{}");
        if let Some(wait) = answer.retry_after() {
            prop_assert!(wait.span() <= Span::hours(1));
            prop_assert!(wait.with_margin(Span::seconds(u64::MAX)).span() <= Span::hours(1));
            let _ = wait.in_words();
            if let Some(start) = Timestamp::from_second(start).or_else(|| Timestamp::from_count(start)) {
                prop_assert!(Span::between(start, wait.after(start)) <= Span::hours(1));
            }
        }
        let _ = answer.date();
    }

    #[test]
    fn a12_arithmetic_on_time_saturates(a in any::<i64>(), b in any::<i64>(), span in any::<u64>(), hours in any::<u64>()) {
        let moments = [a, b].map(|second| Timestamp::from_second(second).or_else(|| Timestamp::from_count(second)));
        for span in [Span::seconds(span), Span::hours(hours), Span::days(hours)] {
            let _ = (span.to_string(), span.rough(), span.as_duration());
            for moment in moments.into_iter().flatten() {
                let (later, earlier) = (span.after(moment), moment.before(span));
                prop_assert!(later >= moment && earlier <= moment);
                let _ = (later.to_string(), earlier.for_people(), earlier.to_http_date(), moment.plus_seconds(b), std::time::SystemTime::from(later));
                let _ = Wait::until(moment, later).after(later);
            }
        }
        if let [Some(a), Some(b)] = moments {
            prop_assert!(Wait::until(a, b).span() <= Span::hours(1));
        }
    }
}

fn any_header() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<u64>().prop_map(|number| number.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| number.to_string()),
        "[0-9]{1,40}(\\.[0-9]{0,5})?( seconds)?",
        "(Mon|Fri), [0-9]{2} (Jan|Dec) [0-9]{1,5} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT",
        prop::sample::select(ODD.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()),
        "[ -~]{0,20}",
    ]
}

#[test]
fn a11_a_pause_of_an_older_version_counts_for_an_hour_and_one_from_the_future_not_at_all() {
    let at = |text: &str| Timestamp::parse(text).unwrap();
    let (written, far) = (at("2026-11-24T12:00:00Z"), at("2163-01-01T00:00:00Z"));
    let mut state = TokenState::new(ProviderId::new("sendgrid"), Salt::from_hex("00"), written);
    state.paused_until = Some(far);
    assert_eq!(state.pause(at("2026-11-24T12:30:00Z")), Some(at("2026-11-24T13:00:00Z")));
    assert_eq!(state.pause(at("2026-11-24T13:00:00Z")), None);
    state.paused_until = Some(at("2026-11-24T12:10:00Z"));
    assert_eq!(state.pause(at("2026-11-24T12:05:00Z")), state.paused_until);
    assert_eq!(state.pause(at("2026-11-24T12:10:00Z")), None);
    // A record that is dated in the future would pause every run until then.
    state.changed_at = far;
    state.paused_until = Some(far);
    assert_eq!(state.pause(written), None);
}
