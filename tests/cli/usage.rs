//! Wrong command lines and wrong configs: one clear message each, exit code 2 or 3, nothing
//! contacted.

use crate::support::{FOUR, World};

const ACTION: &str = "acme/tokenward@0123456789abcdef0123456789abcdef01234567";

#[tokio::test(start_paused = true)]
async fn wrong_command_lines_are_refused_without_repeating_what_was_typed() {
    let world = World::new(FOUR);
    for arguments in [
        &["frobnicate"][..],
        &["rotate", "--fource"],
        &["rotate", "--force"],
        &["scan", "--range"],
        &["scan", "--range", "A..B", "--event"],
        &["scan", "--event", "path"],
        &["scan", "--event"],
        &["check", "--fail-on", "nonsense"],
        &["scan", "--fail-on", "leeks"],
        &["rotate", "--provider", "sendgrid"],
    ] {
        let ran = world.run(arguments).await;
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.all());
        assert!(ran.err.contains("error[usage]"), "{}", ran.all());
    }
    // Nothing typed: what there is.
    let ran = world.run(&[]).await.expect(2);
    assert!(ran.err.contains("Usage: tokenward") && ran.err.contains("rotate"), "{}", ran.all());
    let ran = world.run(&["rotate", "--token=abcdefghijklmnop"]).await.expect(2);
    assert!(!ran.all().contains("abcdefghijklmnop"));
}

#[tokio::test(start_paused = true)]
async fn a_misspelt_name_is_answered_with_what_was_meant() {
    let world = World::new(FOUR);
    for (arguments, wanted) in [
        (&["rotat"][..], &["unknown command", "did you mean `tokenward rotate`?"][..]),
        (&["help", "rotat"], &["unknown command", "did you mean `tokenward help rotate`?"]),
        (&["rotate", "--forse"], &["unknown option", "did you mean `--force`?"]),
        (&["schema", "confg"], &["possible values: config, provider,", "did you mean `config`?"]),
        (&["schema"], &["missing: <NAME>", "run `tokenward schema --help`"]),
        (&["status", "--format", "csv"], &["possible values: human, json,"]),
        (&["rotate", "--force"], &["missing: --reason <TEXT>", "run `tokenward rotate --help`"]),
        (&["scan", "--range"], &["--range <A..B> needs a value"]),
        (&["scan", "--range", "A..B", "--event"], &["cannot be used together"]),
        (&["-q"], &["no command was given"]),
        (&["rotate", "sendgird"], &["error[unknown-token]", "did you mean `sendgrid`?"]),
        (&["rotate", "mailer"], &["error[unknown-token]", "use one of: sendgrid"]),
        (&["providers", "sendgird"], &["did you mean `sendgrid`?"]),
        (
            &["init", "sendgird", "--repository", "acme/site", "--action", ACTION],
            &["did you mean `sendgrid`?"],
        ),
        (&["check", "--fail-on", "leek"], &["did you mean `leak`?"]),
        (
            &["rotate", "--leaked", "--provider", "klavio"],
            &["there is no provider `klavio`", "did you mean `klaviyo`?"],
        ),
    ] {
        let ran = world.run(arguments).await.expect(2);
        for piece in wanted {
            assert!(ran.all().contains(piece), "{arguments:?}: {}", ran.all());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_mistake_of_a_config_is_told_with_its_place_and_nothing_is_contacted() {
    let config = FOUR
        .replace("destinations:", "destination:")
        .replace("grace: 24h", "grace: 1 day")
        .replace("provider: sendgrid", "provider: sendgird");
    let world = World::new(&config);
    world.emulator.clear_requests();
    for command in ["rotate", "plan", "check", "status", "scan"] {
        let ran = world.run(&[command]).await.expect(2);
        for piece in [
            "config-unknown-key",
            "config-wrong-type",
            "config-unknown-provider",
            "tokenward.yml:2:",
            "tokenward.yml:5:",
            "destinations",
        ] {
            assert!(ran.err.contains(piece), "{piece}: {}", ran.all());
        }
    }
    assert!(world.emulator.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_missing_config_says_where_it_was_looked_for() {
    let world = World::new(FOUR);
    let ran = world.run(&["rotate", "--config", "nowhere.yml"]).await.expect(2);
    assert!(ran.err.contains("error[config-missing]"), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a_stand_in_that_is_not_on_this_machine_is_refused() {
    let mut world = World::new(FOUR);
    world.env.insert("TOKENWARD_SANDBOX_SENDGRID".to_owned(), "http://10.0.0.1:80".to_owned());
    let ran = world.run(&["check"]).await;
    assert_eq!(ran.code, 2, "{}", ran.all());
    assert!(ran.all().contains("error[sandbox-not-loopback]"));
}

#[tokio::test(start_paused = true)]
async fn a_github_address_in_the_clear_is_refused() {
    let mut world = World::new(FOUR);
    world.env.insert("GITHUB_API_URL".to_owned(), "http://github.example.com/api/v3".to_owned());
    let ran = world.run(&["rotate"]).await.expect(2);
    assert!(ran.all().contains("would be sent unencrypted"), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn generated_things_are_printed() {
    let world = World::new(FOUR);
    for (arguments, piece) in [
        (&["providers"][..], "sendgrid"),
        (&["providers", "hubspot"], "HubSpot"),
        (&["providers", "--format", "json"], "tokenward.providers/1"),
        (&["schema", "config"], "\"$schema\""),
        (&["completions", "bash"], "_tokenward"),
        (&["man"], ".TH"),
        (&["--version"], "tokenward 0."),
        (&["version"], "tokenward 0."),
        (&["help", "rotate"], "Global options:"),
        (&["help", "rotate", "--help"], "Global options:"),
        (&["help", "--help"], "Exit codes:"),
        (&["rotate", "--help"], "tokenward rotate sendgrid --leaked"),
        (&["--help"], "rotate"),
    ] {
        let ran = world.run(arguments).await.expect(0);
        assert!(ran.out.contains(piece), "{arguments:?}: {}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn a_matrix_is_one_line_made_without_a_credential() {
    let mut world = World::new(FOUR);
    world.env.clear();
    world.emulator.clear_requests();
    for arguments in
        [&["plan", "--matrix"][..], &["plan", "--matrix", "--format", "json", "sendgrid"]]
    {
        let ran = world.run(arguments).await.expect(0);
        assert_eq!(
            ran.out,
            "{\"include\":[{\"job\":1,\"tokens\":\"sendgrid\",\"environment\":\"\"}]}\n"
        );
        assert!(ran.err.is_empty(), "{}", ran.err);
    }
    world.run(&["plan", "--matrix", "nobody"]).await.expect(2);
    assert!(world.emulator.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_missing_is_named_and_a_value_is_not() {
    let world = World::new(FOUR);
    for file in [
        "shop-20261130.json",
        "reports/2026-11-30/acme-shop-12345678901.json",
        "shop-3f2e1a9b.json",
        "./reports/shop2026x11.json",
    ] {
        let ran = world.run(&["status", "--html", "p.html", "--with", file]).await.expect(2);
        assert!(ran.err.contains(file) && !ran.err.contains("***"), "{}", ran.all());
    }
    let value: String = ["aB3xK9", "qZ7mN2", "pL5wT8"].concat();
    for file in [value.clone(), format!("{value}/x.json"), format!("x.{value}")] {
        let ran = world.run(&["status", "--html", "p.html", "--with", &file]).await.expect(2);
        assert!(ran.err.contains("***") && !ran.err.contains(&value), "{}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_typed_wrong_is_answered_with_what_works() {
    let world = World::new(FOUR);
    std::fs::remove_file(world.folder.join(".github/tokenward.yml")).unwrap();
    let commit = "0123456789".repeat(4);
    let action = format!("acme/tokenward@{commit}");
    for (arguments, part) in [
        (
            &["plan", "sendgrid", "--force", "--reason", "y"][..],
            "run `tokenward rotate --dry-run --force --reason TEXT`",
        ),
        (&["plan", "--leaked", "sendgrid"], "run `tokenward rotate --dry-run --leaked`"),
        (&["rotate", "--leaked"], "missing: TOKEN or --finding <FINGERPRINT> or "),
        (&["init", "--action", &action], &action),
    ] {
        let ran = world.run(arguments).await.expect(2);
        assert!(ran.err.contains(part), "{arguments:?}: {}", ran.err);
        assert!(!ran.err.contains("did you mean"), "{arguments:?}: {}", ran.err);
    }
}
