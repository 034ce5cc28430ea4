//! A13: a list that never ends is followed no further than a bound, and what lies behind is never
//! taken for absent.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::wire::{Wire, answer};
use crate::support::{FOUR, World};

/// The repositories that may read an organization's secret, as a list whose next page is
/// `next(number of the page)`.
async fn selected_repositories(
    next: impl Fn(usize) -> String + Send + Sync + 'static,
) -> (u8, usize, String, bool) {
    let mut world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    let pages = AtomicUsize::new(0);
    let wire = Wire::instead(&mut world, move |request| {
        let is_list =
            request.host() == "api.github.com" && request.url.path().ends_with("/repositories");
        is_list.then(|| {
            let page = pages.fetch_add(1, Ordering::Relaxed);
            let link = next(page);
            let links: &[(&str, &str)] = if link.is_empty() { &[] } else { &[("link", &link)] };
            answer(200, links, r#"{"repositories": []}"#)
        })
    });
    let ran = world.run(&["rotate"]).await;
    let alive = world.is_live(&world.old);
    (ran.code, wire.count("/repositories"), ran.all(), alive)
}

#[tokio::test(start_paused = true)]
async fn a13_a_list_that_never_ends_is_not_followed_for_ever() {
    let base = "https://api.github.com/orgs/acme/actions/secrets/SENDGRID_API_KEY/repositories";
    let (code, asked, said, alive) =
        selected_repositories(move |page| format!("<{base}?page={}>; rel=\"next\"", page + 2))
            .await;
    assert!(code != 0 && asked <= 110 && alive, "{asked}: {said}");
    assert!(said.contains("pages"), "{said}");
    // It leads to itself, and in a circle of two.
    for circle in [1, 2] {
        let (code, asked, said, alive) = selected_repositories(move |page| {
            format!("<{base}?page={}>; rel=\"next\"", (page + 1) % circle)
        })
        .await;
        assert!(code != 0 && asked <= 2 * (circle + 1) && alive, "{asked}: {said}");
        assert!(said.contains("links back"), "{said}");
    }
    // A next page whose address cannot be read is no end.
    for link in [
        "<https:// x>; rel=\"next\"",
        "https://api.github.com/x; rel=next",
        "<https://api.github.com/x; rel=\"next\"",
    ] {
        let (code, _, said, alive) = selected_repositories(move |_| link.to_owned()).await;
        assert!(code != 0 && alive, "{link}: {said}");
    }
    // The control: a list that ends is read.
    let ends = move |page| {
        if page < 3 { format!("<{base}?page={}>; rel=\"next\"", page + 2) } else { String::new() }
    };
    let (code, asked, said, _) = selected_repositories(ends).await;
    assert!(code != 4 && asked >= 4 && !said.contains("read to its end"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a13_a_providers_list_that_never_ends_is_an_error_and_no_key_is_made() {
    for kind in ["new keys for ever", "a circle", "the same page"] {
        let mut world = World::new(
            &FOUR
                .replace("provider: sendgrid", "provider: resend")
                .replace("    scopes: [mail.send]\n", ""),
        );
        let count = AtomicUsize::new(0);
        let wire = Wire::instead(&mut world, move |request| {
            if request.host() != "api.resend.com" {
                return None;
            }
            if request.method != http::Method::GET {
                return Some(answer(500, &[], "{}"));
            }
            let page = count.fetch_add(1, Ordering::Relaxed);
            let id = match kind {
                "new keys for ever" => page,
                "a circle" => page % 3,
                _ => 0,
            };
            let body = format!(
                r#"{{"object": "list", "has_more": true, "data": [{{"id": "key-{id}", "name": "x", "created_at": "2026-01-01T00:00:00Z"}}]}}"#
            );
            Some(answer(200, &[], &body))
        });
        let ran = world.run(&["rotate", "--force", "--reason", "a test"]).await;
        assert_ne!(ran.code, 0, "{}", ran.all());
        assert!(
            wire.count("GET api.resend.com/api-keys") <= 1_100,
            "{}",
            wire.count("api.resend.com")
        );
        assert_eq!(wire.count("POST api.resend.com"), 0, "{kind}: {}", ran.all());
        assert!(world.held().iter().all(|held| *held == world.old));
    }
}

#[tokio::test(start_paused = true)]
async fn a13_the_journals_history_is_bounded_and_a_part_of_it_decides_nothing() {
    let mut world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    let before = world.held();
    let wire = Wire::after(&mut world, |line, answer| {
        if line.contains("/commits?") {
            // Every page holds one record that is not whole, and says that there is another page.
            let Some(serde_json::Value::Array(mut commits)) = answer.json() else { return };
            commits.truncate(1);
            let Some(message) = commits[0]["commit"]["message"]
                .as_str()
                .map(|text| text.replace("\"full\":true", "\"full\":false"))
            else {
                return;
            };
            commits[0]["commit"]["message"] = message.into();
            answer.body = serde_json::to_vec(&commits).unwrap().into();
            let next = line.len() + usize::try_from(rand()).unwrap();
            answer.headers.insert(
                "link",
                format!("<https://api.github.com/x/commits?n={next}>; rel=\"next\"")
                    .parse()
                    .unwrap(),
            );
        }
    });
    let ran = world.run(&["rotate"]).await;
    assert!(
        ran.code != 0 && wire.count("/commits?") <= 310,
        "{} {}",
        wire.count("/commits?"),
        ran.all()
    );
    assert_eq!(world.held(), before);
}

/// A number that no other call gives.
fn rand() -> u64 {
    static NEXT: AtomicUsize = AtomicUsize::new(1_000);
    NEXT.fetch_add(1, Ordering::Relaxed) as u64
}
