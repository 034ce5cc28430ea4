//! A11: a `Date` that a server makes up ends no grace period, makes no key expired and keeps no run
//! waiting.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::wire::Wire;
use crate::support::{FOUR, World};

/// A token whose old key is in its grace period of a day.
async fn in_grace() -> World {
    let world = World::new(FOUR);
    world.emulator.sendgrid().set_revoke_lag(jiff::SignedDuration::ZERO);
    world.rotated().await;
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    assert!(world.is_live(&world.old));
    world.pass(1);
    world
}

/// Whether an answer is the nth of GitHub, counted from 0.
fn nth(count: &AtomicUsize, line: &str) -> Option<usize> {
    line.contains("api.github.com").then(|| count.fetch_add(1, Ordering::Relaxed))
}

#[tokio::test(start_paused = true)]
async fn a11_a_date_that_jumps_ends_no_grace_period() {
    for date in [
        "Thu, 24 Dec 2076 12:00:00 GMT",
        "Thu, 30 Dec 9999 00:00:00 GMT",
        "Sun, 06 Nov 2050 08:49:37 GMT",
    ] {
        // One answer of the run; the first one; all but the first one; all.
        for odd in [|n: usize| n == 1, |n| n == 0, |n| n > 0, |_| true] {
            let mut world = in_grace().await;
            let count = AtomicUsize::new(0);
            Wire::after(&mut world, move |line, answer| {
                if nth(&count, line).is_some_and(odd) {
                    answer.headers.insert("date", date.parse().unwrap());
                }
            });
            let ran = world.run(&["rotate"]).await;
            assert!(
                world.is_live(&world.old) && world.emulator.sendgrid().deleted_ids().is_empty(),
                "{date}: {}",
                ran.all()
            );
            assert!(
                ran.code != 0 && ran.out.contains("error[clock-disagrees]"),
                "{date}: {}",
                ran.all()
            );
        }
    }
    // The control: a day later the grace period is over, and the key goes.
    let world = in_grace().await;
    world.pass(24);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(!world.is_live(&world.old), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a11_a_leak_waits_for_no_clock() {
    let mut world = in_grace().await;
    world.pass(24);
    let count = AtomicUsize::new(0);
    Wire::after(&mut world, move |line, answer| {
        if nth(&count, line).is_some_and(|n| n == 3) {
            answer.headers.insert("date", "Thu, 24 Dec 2076 12:00:00 GMT".parse().unwrap());
        }
    });
    let current = world.held().remove(0);
    world.run(&["rotate", "sendgrid", "--leaked"]).await;
    assert!(!world.is_live(&current));
}

#[tokio::test(start_paused = true)]
async fn a11_a_date_of_the_past_makes_nothing_over_either() {
    for date in [
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Mon, 24 Nov 2025 12:00:00 GMT",
        "not a date",
        "Tue, 24 Nov 26 12:00:00 GMT",
    ] {
        let mut world = in_grace().await;
        let count = AtomicUsize::new(0);
        Wire::after(&mut world, move |line, answer| {
            if nth(&count, line).is_some_and(|n| n % 2 == 1) {
                answer.headers.insert("date", date.parse().unwrap());
            }
        });
        let ran = world.run(&["rotate"]).await;
        assert!(
            world.is_live(&world.old) && !ran.all().contains("error[bug]"),
            "{date}: {}",
            ran.all()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a11_moments_in_a_providers_answers_never_panic() {
    for moment in [
        "0",
        "-1",
        "1e400",
        "9223372036854775807",
        "\"9999-12-31T23:59:59Z\"",
        "\"-009999-01-01T00:00:00Z\"",
        "\"+262142-01-01\"",
        "[]",
        "99999999999999999999999",
    ] {
        let mut world = World::new(
            &FOUR
                .replace("provider: sendgrid", "provider: resend")
                .replace("    scopes: [mail.send]\n", ""),
        );
        Wire::instead(&mut world, move |request| {
            let body = format!(
                r#"{{"object": "list", "data": [{{"id": "k1", "name": "x", "created_at": {moment}, "last_used_at": {moment}}}]}}"#
            );
            (request.host() == "api.resend.com").then(|| {
                super::wire::answer(200, &[("date", "Tue, 24 Nov 2026 12:00:00 GMT")], &body)
            })
        });
        for way in [&["rotate"][..], &["check"], &["status"], &["plan"]] {
            let ran = world.run(way).await;
            assert!(
                ran.code != 1 && !ran.all().contains("error[bug]"),
                "{moment} {way:?}: {}",
                ran.all()
            );
        }
    }
}
