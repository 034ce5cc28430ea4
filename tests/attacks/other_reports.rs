//! A report of another repository can be anything: nothing in it forms a page, a command or a
//! value, and nothing that makes no sense is taken for fine.

use std::fs;

use serde_json::{Value, json};
use tokenward_emulator::Emulator;

use crate::support::{FOUR, Ran, World};

async fn world() -> (World, Value) {
    let world = World::new(FOUR);
    world.rotated().await;
    let ran = world.run(&["status", "--format", "json"]).await.expect(0);
    let mut report: Value = serde_json::from_str(&ran.out).unwrap_or_default();
    report["repository"] = json!("acme/shop");
    (world, report)
}

/// The page that a run makes with this text as a report; empty if it made none.
async fn given(world: &World, text: impl AsRef<[u8]>) -> (Ran, String) {
    let page = world.folder.join("page.html");
    let _ = fs::remove_file(&page);
    assert!(fs::write(world.folder.join("shop.json"), text).is_ok());
    let ran = world.run(&["status", "--html", "page.html", "--with", "shop.json"]).await;
    (ran, fs::read_to_string(page).unwrap_or_default())
}

fn problem(id: &str) -> Value {
    json!({"id": id, "what": "x", "causes": [], "hint": null, "state": null})
}

#[tokio::test(start_paused = true)]
async fn a_report_that_makes_no_sense_makes_no_page() {
    let (world, good) = world().await;
    // The control: the report as it is.
    let (ran, page) = given(&world, good.to_string()).await;
    assert!(ran.code == 0 && page.contains("acme/shop"), "{}", ran.all());
    let changed = |pointer: &str, value: Value| {
        let mut report = good.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap_or_default();
        if let Some(parent) = report.pointer_mut(parent) {
            match (parent, key.parse::<usize>()) {
                (Value::Array(all), Ok(at)) => all[at] = value,
                (parent, _) => parent[key] = value,
            }
        }
        assert_ne!(report, good, "{pointer}");
        report.to_string()
    };
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let twin = json!([good["tokens"][0], good["tokens"][0]]);
    let far = json!(vec![json!({"at": "2026-11-24T03:00:00Z", "what": "x"}); 1_001]);
    let cases = [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "secretword".to_owned(),
        deep.clone(),
        format!("{{\"schema\":\"tokenward.status/1\",\"tokens\":{deep}}}"),
        format!("{good} {good}"),
        format!("{{\"repository\":\"acme/two\",{}", good.to_string().split_at(1).1),
        good.to_string().split_at(200).0.to_owned(),
        changed("/schema", json!("tokenward.status/2")),
        changed("/schema", json!("tokenward.status/1 ")),
        changed("/schema", json!("tokenward.check/1")),
        changed("/repository", Value::Null),
        changed("/repository", json!("acme")),
        changed("/repository", json!("acme/shop<b>")),
        changed("/looked-at", Value::Null),
        changed("/looked-at", json!("secretword")),
        changed("/looked-at", json!("2999-01-01T00:00:00Z")),
        changed("/looked-at", json!("-009999-01-01T00:00:00Z")),
        changed("/partial", json!(true)),
        changed("/with", json!([good])),
        changed("/tokens", json!([])),
        changed("/tokens", twin),
        changed("/history", far),
        changed("/tokens/0/name", json!("Secretword")),
        changed("/tokens/0/name", json!("")),
        changed("/tokens/0/provider", json!("a b")),
        changed("/tokens/0/health", json!("secretword")),
        changed("/tokens/0/health", json!("failed")),
        changed("/tokens/0/generation", json!(4_294_967_296_u64)),
        changed("/tokens/0/generation", json!(-1)),
        changed("/tokens/0/since", json!("0001-01-01T00:00:00Z")),
        changed("/tokens/0/state", json!("x".repeat(2_001))),
        changed("/tokens/0/destinations/0/reached", json!("secretword")),
        changed("/tokens/0/problems", json!([problem("secretword")])),
        changed("/problems", json!([problem("secretword")])),
        changed("/summary/exit-code", json!(10)),
        changed("/summary/exit-code", json!(256)),
        changed("/summary/total", json!(2)),
        changed("/summary/with-problems", json!(2)),
    ];
    for case in cases {
        let (ran, page) = given(&world, &case).await;
        let shown: String = case.chars().take(300).collect();
        assert_eq!(ran.code, 2, "{shown}: {}", ran.all());
        assert!(ran.err.contains("error[report-unreadable]"), "{shown}: {}", ran.all());
        assert!(page.is_empty() && !ran.all().contains("ecretword"), "{shown}: {}", ran.all());
    }
    for bytes in [&b"\xff\xfe{}"[..], &vec![b' '; (8 << 20) + 1]] {
        assert_eq!(given(&world, bytes).await.0.code, 2);
    }
}

/// A world whose token waits for nothing, and its report.
async fn calm() -> (World, Value) {
    let (world, _) = world().await;
    world.run(&["rotate"]).await.expect(0);
    let ran = world.run(&["status", "--format", "json"]).await.expect(0);
    let mut report: Value = serde_json::from_str(&ran.out).unwrap_or_default();
    report["repository"] = json!("acme/shop");
    assert_eq!(report["tokens"][0]["problems"], json!([]), "{report}");
    (world, report)
}

#[tokio::test(start_paused = true)]
async fn a_fact_counts_without_a_problem_that_says_so() {
    let (world, good) = calm().await;
    let (ran, page) = given(&world, good.to_string()).await;
    assert!(ran.code == 0 && page.contains("No problems found"), "{}", ran.all());
    let (past, future) = ("2026-01-01T00:00:00Z", "2999-01-01T00:00:00Z");
    let live = |expires: &str| json!({"is": "live", "expires-at": expires});
    let cases = [
        ("/destinations/1/reached", json!("drifted"), 10),
        ("/destinations/1/reached", json!("missing"), 10),
        ("/destinations/1/reached", json!("unknown"), 5),
        ("/destinations/1/reached", Value::Null, 5),
        ("/destinations/1/delivery", json!("refused"), 12),
        ("/destinations/1/delivery", json!("unclear"), 12),
        ("/destinations/1/delivery", json!("waiting"), 12),
        ("/destinations/1/since", json!(future), 5),
        ("/destinations", json!([]), 5),
        ("/verdict", json!({"is": "revoked"}), 10),
        ("/verdict", json!({"is": "invalid"}), 10),
        ("/verdict", json!({"is": "expired"}), 10),
        ("/verdict", json!({"is": "unknown", "why": "x"}), 5),
        ("/verdict", json!({"is": "rate-limited", "until": null}), 5),
        ("/verdict", json!({"is": "perfect"}), 5),
        ("/verdict", json!({"is": "live", "unread": ["expires-at"]}), 5),
        ("/verdict", json!({"is": "live", "unread": ["everything"]}), 5),
        ("/verdict", live(past), 10),
        ("/verdict", live("soon"), 5),
        ("/verdict", json!({}), 5),
        ("/verdict", json!(7), 5),
        ("/verdict", json!("live"), 5),
        ("/verdict", Value::Null, 5),
        ("/expires-at", json!(past), 10),
        ("/due", json!(past), 10),
        ("/since", json!(future), 5),
        ("/state", json!("perfect"), 5),
        ("/state", json!("unknown"), 5),
        ("/problems", json!([problem("token-dead")]), 10),
    ];
    for (pointer, value, code) in cases {
        let mut report = good.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap_or_default();
        let parent = report.pointer_mut(&format!("/tokens/0{parent}"));
        if let Some(parent) = parent {
            parent[key] = value.clone();
        }
        assert_eq!(report["tokens"][0]["health"], "fine");
        let (ran, page) = given(&world, report.to_string()).await;
        assert_eq!(ran.code, code, "{pointer} {value}: {}", ran.all());
        assert!(!page.is_empty() && !page.contains("No problems found"), "{pointer} {value}");
        assert!(page.contains("<b>1</b> needs attention"), "{pointer} {value}: {page}");
    }
    let mut report = good.clone();
    report["tokens"][0].as_object_mut().and_then(|token| token.remove("verdict"));
    assert_eq!(given(&world, report.to_string()).await.0.code, 5);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_expired_since_its_report_has_expired() {
    let (world, mut report) = calm().await;
    let moment = |hours: i64| {
        let looked_at: jiff::Timestamp =
            report["looked-at"].as_str().and_then(|at| at.parse().ok()).unwrap_or_default();
        json!((looked_at + jiff::SignedDuration::from_hours(hours)).to_string())
    };
    let soon = moment(2);
    report["tokens"][0]["expires-at"] = soon;
    let (ran, page) = given(&world, report.to_string()).await;
    assert!(ran.code == 0 && page.contains("No problems found"), "{}", ran.all());
    world.pass(3);
    // A notice about something else does not hide it.
    for problems in [json!([]), json!([problem("rotation-under-way")])] {
        report["tokens"][0]["problems"] = problems;
        let (ran, page) = given(&world, report.to_string()).await;
        assert_eq!(ran.code, 10, "{}", ran.all());
        assert!(ran.out.contains("token-expired"), "{}", ran.all());
        assert!(page.contains("sendgrid of acme/shop has expired"), "{page}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_honest_report_means_what_it_meant_at_home() {
    let mut world = World::new(FOUR);
    let key = world.env.get("TOKENWARD_JOURNAL_KEY").cloned().unwrap_or_default();
    let mut codes = Vec::new();
    for step in 0..11 {
        match step {
            // Nothing is adopted; adopted; due; pushed; proven; revoked.
            0 => {}
            2 | 6 => world.pass(31 * 24),
            1 | 3 | 4 => drop(world.run(&["rotate"]).await.expect(0)),
            5 => {
                world.pass(25);
                world.run(&["rotate"]).await.expect(0);
            }
            // Not tested, not verified, not read.
            7 => drop(world.env.insert("SENDGRID_API_KEY".to_owned(), String::new())),
            8 => drop(world.env.remove("TOKENWARD_JOURNAL_KEY")),
            9 => {
                world.env.remove("SENDGRID_API_KEY");
                world.env.remove("TOKENWARD_GITHUB_TOKEN");
            }
            _ => {
                world.env.insert("TOKENWARD_JOURNAL_KEY".to_owned(), key.clone());
                let config = FOUR.replace("  sendgrid:\n", "  other:\n");
                assert!(fs::write(world.folder.join(".github/tokenward.yml"), config).is_ok());
            }
        }
        let ran = world.run(&["status", "--format", "json"]).await;
        let mut report: Value = serde_json::from_str(&ran.out).unwrap_or_default();
        report["repository"] = json!("acme/shop");
        assert!(fs::write(world.folder.join("shop.json"), report.to_string()).is_ok());
        let flags = ["status", "--html", "p.html", "--with", "shop.json", "--format", "json"];
        let whole = world.run(&flags).await;
        assert_eq!(whole.code, ran.code, "{step}: {}", whole.all());
        let whole: Value = serde_json::from_str(&whole.out).unwrap_or_default();
        assert_eq!(whole["with"][0]["tokens"], report["tokens"], "{step}");
        codes.push(ran.code);
    }
    assert!(codes.contains(&0) && codes.iter().any(|code| *code != 0), "{codes:?}");
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_report_is_an_ordinary_file() {
    let (world, good) = world().await;
    let real = world.folder.join("real.json");
    assert!(fs::write(&real, good.to_string()).is_ok());
    assert!(std::os::unix::fs::symlink(&real, world.folder.join("link.json")).is_ok());
    let pipe = world.folder.join("pipe.json");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|it| it.success()));
    for file in ["link.json", "pipe.json", ".github", "none.json", "/dev/zero"] {
        let ran = world.run(&["status", "--html", "page.html", "--with", file]).await.expect(2);
        assert!(ran.err.contains("[report-unreadable]"), "{file}: {}", ran.all());
    }
    world.run(&["status", "--html", "page.html", "--with", "real.json"]).await.expect(0);
}

/// The report with this text in every place that takes any text.
fn saying(good: &Value, text: &str) -> String {
    let mut report = good.clone();
    let told =
        json!({"id": "not-proven", "what": text, "causes": [text], "hint": text, "state": text});
    report["problems"] = json!([told]);
    report["history"] =
        json!([{"at": "2026-11-24T03:00:00Z", "what": text, "rotation": null, "run": text}]);
    let token = &mut report["tokens"][0];
    token["state"] = json!(text);
    token["next"] = json!({"what": text, "not-before": null});
    token["not-confirmed-by"] = json!([text]);
    token["problems"] = json!([told]);
    token["destinations"][0]["destination"] = json!(text);
    report["links"]["sendgrid"] =
        json!({"console": text, "issue": {"number": 1, "address": text}, "destinations": [text]});
    report.to_string()
}

#[tokio::test(start_paused = true)]
async fn text_of_a_report_is_text() {
    let (mut world, good) = world().await;
    let (_, harmless) = given(&world, saying(&good, "word")).await;
    let signs =
        |page: &str| ["<", ">", "\"", "<script", "<a "].map(|sign| page.matches(sign).count());
    for text in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onclick='x",
        "javascript:alert(1)",
        "\u{1b}[2J\u{202e}\r\n::error::x",
        "</style><script>",
    ] {
        let (ran, page) = given(&world, saying(&good, text)).await;
        assert_eq!(signs(&page), signs(&harmless), "{text}: {page}");
        assert!(!ran.all().contains(['\u{1b}', '\u{202e}', '\r']), "{}", ran.all());
    }
    world.env.insert("GITHUB_ACTIONS".to_owned(), "true".to_owned());
    let (ran, _) = given(&world, saying(&good, "x\n::set-env::x")).await;
    assert!(!ran.all().lines().any(|line| line.trim_start().starts_with("::set-env")));
}

#[tokio::test(start_paused = true)]
async fn links_lead_to_github_and_to_the_provider_only() {
    let (world, good) = world().await;
    let (_, plain) = given(&world, saying(&good, "word")).await;
    let links = |page: &str| page.matches("<a href=\"https://").count();
    for bad in [
        "http://app.sendgrid.com/settings/api_keys",
        "https://app.sendgrid.com@evil.example/",
        "https://app.sendgrid.com.evil.example/",
        "https://app.sendgrid.com\\@evil.example/",
        "https://evil.example/?https://app.sendgrid.com/",
        "https://github.com.evil.example/acme/shop/issues/1",
        "https://github.com/acme/shop/issues/1?x=//evil.example",
        "https://github.com/acme/../issues/1",
        "https://github.com/login/oauth/authorize",
        "https://github.com/acme/shop/actions/runs/x",
        "//evil.example",
        "data:text/html,x",
    ] {
        let (_, page) = given(&world, saying(&good, bad)).await;
        assert!(!page.contains(&format!("href=\"{bad}")), "{bad}");
        assert_eq!(links(&page), links(&plain), "{bad}");
    }
    // The control.
    let real = "https://github.com/acme/shop/issues/1";
    let (_, page) = given(&world, saying(&good, real)).await;
    assert!(links(&page) > links(&plain) && page.contains(&format!("href=\"{real}\"")));
}

#[tokio::test(start_paused = true)]
async fn no_value_gets_onto_the_page_through_a_report() {
    let (world, good) = world().await;
    let emulator = Emulator::new();
    let stranger = emulator.sendgrid().add_key("another", &["mail.send"]).value;
    let own = world.held().remove(0);
    let split: String = stranger.chars().flat_map(|c| [c, '\u{200b}']).collect();
    for value in [&stranger, &own, &split] {
        let (ran, page) = given(&world, saying(&good, &format!("see {value}"))).await;
        let all = ran.all();
        for part in [&all, &page] {
            let part: String = part.chars().filter(|c| !"\u{200b}\u{fffd}".contains(*c)).collect();
            assert!(!part.contains(&stranger[10..30]) && !part.contains(&own[10..30]), "{all}");
        }
        assert_eq!(ran.code, 11, "{all}");
        assert!(ran.out.contains("contains text that looks like a token"), "{all}");
    }
    // Wherever it stands: also where nothing reads it, twice, or encoded.
    let hexed: String = stranger.bytes().map(|byte| format!("{byte:02x}")).collect();
    let padded = format!("{}{stranger}", "x ".repeat(5_000));
    for value in [&stranger, &hexed, &padded] {
        for place in ["/tokens/0/why", "/tokens/0/verdict", "/tokens/0/done", "/other", "/links"] {
            let mut report = good.clone();
            let (parent, key) = place.rsplit_once('/').unwrap_or_default();
            if let Some(parent) = report.pointer_mut(parent) {
                parent[key] = match place {
                    "/tokens/0/done" => json!([{"what": value, "at": null}]),
                    "/links" => json!({value: {"destinations": []}}),
                    "/tokens/0/why" if value.len() > 2_000 => Value::Null,
                    _ => json!({"x": [value]}),
                };
                if place == "/tokens/0/why" && value.len() <= 2_000 {
                    parent[key] = json!(value);
                }
            }
            let text = report.to_string();
            let (ran, page) = given(&world, &text).await;
            if text.contains(value) {
                assert_eq!(ran.code, 11, "{place}: {}", ran.all());
            }
            assert!(!ran.all().contains(&stranger[10..30]), "{place}: {}", ran.all());
            assert!(!page.contains(&stranger[10..30]), "{place}");
        }
    }
    let twice = good.to_string().replacen('{', &format!("{{\"x\":\"{stranger}\",\"x\":1,"), 1);
    assert_eq!(given(&world, twice).await.0.code, 11);
    // Not even as a name.
    let mut report = good.clone();
    report["repository"] = json!(format!("acme/{stranger}"));
    let (ran, page) = given(&world, report.to_string()).await;
    assert!(ran.code == 2 && page.is_empty(), "{}", ran.all());
    assert!(!ran.all().contains(&stranger[10..30]), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn no_file_is_written_that_is_another_one_of_the_command_line() {
    let (mut world, good) = world().await;
    let file = |name: &str| world.folder.join(name);
    assert!(fs::write(file("shop.json"), good.to_string()).is_ok());
    assert!(fs::create_dir(file("sub")).is_ok());
    let config = ".github/tokenward.yml";
    let mut cases = vec![
        vec!["status", "--html", "a.html", "--output", "a.html"],
        vec!["status", "--html", "a.html", "--output", "./sub/../a.html"],
        vec!["status", "--html", "new/a.html", "--output", "new/b/../a.html"],
        vec!["status", "--html", "shop.json", "--with", "shop.json"],
        vec!["status", "--html", "a.html", "--with", "shop.json", "--output", "shop.json"],
        vec!["status", "--html", config, "--config", config],
        vec!["scan", "--baseline", "b.json", "--write-baseline", "--output", "b.json"],
        vec!["scan", "shop.json", "--output", "shop.json"],
        vec!["push", "sendgrid", "--value-from", "file:shop.json", "--output", "shop.json"],
    ];
    #[cfg(unix)]
    {
        assert!(std::os::unix::fs::symlink(file("sub"), file("link")).is_ok());
        cases.push(vec!["status", "--html", "link/a.html", "--output", "sub/a.html"]);
    }
    for arguments in cases {
        let ran = world.run(&arguments).await.expect(2);
        assert!(ran.err.contains("are the same file"), "{arguments:?}: {}", ran.all());
        for name in ["a.html", "sub/a.html", "new", "b.json"] {
            assert!(!file(name).exists(), "{arguments:?} wrote {name}");
        }
        let kept = fs::read_to_string(file("shop.json")).unwrap_or_default();
        assert_eq!(kept, good.to_string(), "{arguments:?}");
    }
    let line = ["init", "sendgrid", "--repository", "acme/site", "--action", "acme/tokenward@v1"];
    let workflow = ["--force", "--config", ".github/workflows/tokenward-rotate.yml"];
    let ran = world.run(&[&line[..], &workflow[..]].concat()).await.expect(2);
    assert!(ran.err.contains("the same file") && !file(".github/workflows").exists());
    // The inputs of the Action.
    for (name, value) in [
        ("GITHUB_ACTIONS", "true"),
        ("TOKENWARD_INPUT_COMMAND", "status"),
        ("TOKENWARD_INPUT_ARGS", "--output a.sarif"),
        ("TOKENWARD_INPUT_SARIF_FILE", "a.sarif"),
    ] {
        world.env.insert(name.to_owned(), value.to_owned());
    }
    let ran = world.run(&["action"]).await;
    assert!(ran.code == 2 && ran.err.contains("are the same file"), "{}", ran.all());
}
