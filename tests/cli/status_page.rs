//! `status --with`: several repositories on one page, by the reports that they made of themselves.

use std::fs;

use serde_json::{Value, json};

use crate::support::{FOUR, Ran, World};

/// A report that a run of this world makes of itself, said to be another repository's.
async fn report_of(world: &World, repository: &str) -> Value {
    let ran = world.run(&["status", "--format", "json"]).await;
    let mut report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["repository"], "acme/site", "{}", ran.all());
    report["repository"] = json!(repository);
    report
}

fn put(world: &World, name: &str, report: &Value) {
    fs::write(world.folder.join(name), report.to_string()).unwrap();
}

async fn page(world: &World, with: &[&str]) -> (Ran, String) {
    let _ = fs::remove_file(world.folder.join("page.html"));
    let mut arguments = vec!["status", "--html", "page.html"];
    arguments.extend(with.iter().flat_map(|file| ["--with", file]));
    let ran = world.run(&arguments).await;
    (ran, fs::read_to_string(world.folder.join("page.html")).unwrap_or_default())
}

#[tokio::test(start_paused = true)]
async fn the_page_of_several_repositories_shows_each_with_its_time() {
    let world = World::new(FOUR);
    world.rotated().await;
    let report = report_of(&world, "acme/shop").await;
    for part in ["looked-at", "links", "history"] {
        assert!(!report[part].is_null(), "{part}: {report}");
    }
    put(&world, "shop.json", &report);
    put(&world, "api.json", &report_of(&world, "acme/api").await);
    let (ran, page) = page(&world, &["shop.json", "api.json"]).await;
    let ran = ran.expect(0);
    for part in ["acme/site, checked", "acme/shop, checked", "acme/api, checked"] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    for part in [
        "<h1>Tokens of 3 repositories</h1>",
        "<span class=\"whose\">acme/shop</span>",
        "<h3>acme/api</h3>",
        "<b>3</b> tokens",
        "<a href=\"https://github.com/acme/site/settings/secrets/actions\">",
        "<a href=\"https://app.sendgrid.com/settings/api_keys\">sendgrid</a>",
        "<summary><b>sendgrid</b> rotated to v1 <small>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let flags = ["status", "--html", "page.html", "--with", "shop.json", "--format", "json"];
    let ran = world.run(&flags).await.expect(0);
    let whole: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(whole["summary"]["total"], 2);
    assert_eq!(whole["with"][0]["repository"], "acme/shop");
    assert_eq!(whole["with"][0]["tokens"][0]["health"], report["tokens"][0]["health"]);
}

#[tokio::test(start_paused = true)]
async fn the_gravest_of_all_reports_decides_the_exit_code() {
    let world = World::new(FOUR);
    world.rotated().await;
    let mut report = report_of(&world, "acme/shop").await;
    report["tokens"][0]["problems"] = json!([{"id": "token-expired", "what": "it ended", "causes": [], "hint": null, "state": null}]);
    put(&world, "shop.json", &report);
    let (ran, page) = page(&world, &["shop.json"]).await;
    let ran = ran.expect(10);
    assert!(ran.out.contains("acme/shop: 1 of 1 token"), "{}", ran.out);
    assert!(page.contains("<code>token-expired</code> it ended"), "{page}");
    let flags = ["status", "--html", "page.html", "--with", "shop.json", "--exit-zero"];
    world.run(&flags).await.expect(0);
}

#[tokio::test(start_paused = true)]
async fn an_old_report_never_looks_fresh() {
    let world = World::new(FOUR);
    world.rotated().await;
    put(&world, "shop.json", &report_of(&world, "acme/shop").await);
    world.pass(47);
    world.run(&["rotate"]).await.expect(0);
    assert!(page(&world, &["shop.json"]).await.0.out.contains("acme/shop, checked"));
    world.pass(2);
    let (ran, page) = page(&world, &["shop.json"]).await;
    let ran = ran.expect(5);
    assert!(ran.out.contains("[report-stale]"), "{}", ran.all());
    assert!(ran.out.contains("acme/shop, stale, checked"), "{}", ran.all());
    for part in [
        "stale: not checked for more than 2 days",
        "<h3>acme/shop (stale)</h3>",
        "<span class=\"state soon\">not checked</span>",
        "<code>report-stale</code>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("No problems found"));
    let flags = ["status", "--html", "page.html", "--with", "shop.json", "--exit-zero"];
    world.run(&flags).await.expect(5);
    let flags = ["status", "--html", "page.html", "--with", "shop.json", "--format", "json"];
    let whole: Value = serde_json::from_str(&world.run(&flags).await.expect(5).out).unwrap();
    assert_eq!(whole["with"][0]["tokens"][0]["health"], "not-looked-at");
    assert_eq!(whole["with"][0]["summary"]["exit-code"], 5);
}

#[tokio::test(start_paused = true)]
async fn without_a_config_the_page_shows_the_reports_alone() {
    let world = World::new(FOUR);
    world.rotated().await;
    put(&world, "shop.json", &report_of(&world, "acme/shop").await);
    fs::remove_file(world.folder.join(".github/tokenward.yml")).unwrap();
    let (ran, page) = page(&world, &["shop.json"]).await;
    let ran = ran.expect(0);
    assert!(ran.err.contains("no config here"), "{}", ran.all());
    assert!(page.contains("<h1>Tokens of acme/shop</h1>"));
    // What needs the config is still an error, and so is a config that was asked for.
    for arguments in [
        &["status"][..],
        &["status", "--html", "p.html"],
        &["status", "sendgrid", "--html", "p.html", "--with", "shop.json"],
        &["status", "--config", "x.yml", "--html", "p.html", "--with", "shop.json"],
        &["status", "--with", "shop.json"],
    ] {
        world.run(arguments).await.expect(2);
    }
    world.pass(49);
    world.run(&["status", "--html", "page.html", "--with", "shop.json"]).await.expect(5);
}

#[tokio::test(start_paused = true)]
async fn a_repository_appears_once() {
    let world = World::new(FOUR);
    world.rotated().await;
    put(&world, "own.json", &report_of(&world, "Acme/Site").await);
    put(&world, "shop.json", &report_of(&world, "acme/shop").await);
    put(&world, "again.json", &report_of(&world, "acme/SHOP").await);
    for with in [&["own.json"][..], &["shop.json", "again.json"], &["shop.json", "shop.json"]] {
        let (ran, page) = page(&world, with).await;
        let ran = ran.expect(2);
        assert!(ran.err.contains("[report-unreadable]") && page.is_empty(), "{}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn what_only_takes_its_time_needs_nobody() {
    let world = World::new(FOUR);
    world.rotated().await;
    world.run(&["rotate"]).await.expect(0);
    let mut report = report_of(&world, "acme/shop").await;
    for (id, number) in [
        ("revoke-settling", "<b>0</b> need attention"),
        ("rotation-under-way", "<b>0</b> need attention"),
        ("not-proven", "<b>1</b> needs attention"),
    ] {
        report["tokens"][0]["problems"] =
            json!([{"id": id, "what": "x", "causes": [], "hint": null, "state": null}]);
        put(&world, "shop.json", &report);
        let (ran, page) = page(&world, &["shop.json"]).await;
        assert!(ran.code == 0 && page.contains(number), "{id}: {page}");
        assert!(page.contains(&format!("<code>{id}</code>")), "{id}");
    }
}
