//! The user's own rules for the leak check.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{FOUR, World};

const RULES: &str = ".github/tokenward-rules.yml";

/// A world whose config names a rules file with this text.
fn world(rules: &str) -> World {
    let world = World::new(&format!("{FOUR}scan: {{rules: [{RULES}]}}\n"));
    fs::create_dir_all(world.folder.join(".github")).unwrap();
    fs::write(world.folder.join(RULES), rules).unwrap();
    world
}

fn example() -> String {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/leak-check.md"));
    let page = page.unwrap();
    let block = page.split("\n```yaml\n").find(|block| block.starts_with("rules:\n")).unwrap();
    block.split("\n```").next().unwrap().to_owned() + "\n"
}

fn rule(more: &str) -> String {
    format!(
        "rules:\n  - id: acme\n    name: key\n    provider: Acme\n    regex: 'acme_[a-z0-9]{{16}}'\n\
         \x20   samples: ['KEY=acme_{{{{lower:16}}}}']\n{more}"
    )
}

/// A value that looks random, of letters and digits.
fn random(length: usize) -> String {
    let letters = b"q7w3k9z5x1v8n2m6p4";
    (0..length).map(|at| char::from(letters[at * 7 % letters.len()])).collect()
}

async fn found(world: &World) -> Value {
    let ran = world.run(&["scan", "--format", "json"]).await;
    serde_json::from_str(&ran.out).unwrap()
}

fn places(found: &Value) -> Vec<String> {
    let all = found["findings"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    all.map(|one| format!("{} {}:{}", text(&one["rule"]), text(&one["path"]), one["line"]))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn the_example_of_the_guide_finds_what_it_says() {
    let world = world(&example());
    let (key, password) = (format!("acme_{}", random(32)), "4f8a91c07be2d635".repeat(2));
    let line = format!("license_server_password: {}\n", &password[..24]);
    fs::write(world.folder.join("a.env"), format!("one\nX={key}\nY=acme_test\n")).unwrap();
    for folder in ["deploy", "docs"] {
        fs::create_dir_all(world.folder.join(folder)).unwrap();
        fs::write(world.folder.join(folder).join("b.yml"), &line).unwrap();
    }
    let report = found(&world).await;
    let places = places(&report);
    assert!(places.contains(&"custom/acme-deploy-key a.env:2".to_owned()), "{places:?}");
    // Another rule takes the place of one with paths, so that nothing is hidden where it does not
    // count.
    let in_docs = places.iter().filter(|place| place.contains(" docs/b.yml:1"));
    assert!(in_docs.clone().all(|place| !place.starts_with("custom/")), "{places:?}");
    assert!(places.iter().any(|place| place.ends_with(" deploy/b.yml:1")), "{places:?}");
    let ran = world.run(&["scan", "a.env"]).await.expect(11);
    assert!(
        ran.out.contains("error[leak]: custom/acme-deploy-key acme… (37 characters)")
            && ran.out.contains("deploy key of Acme: revoke it at https://acme.example/keys"),
        "{}",
        ran.out
    );
    assert!(!ran.all().contains(&key));
    fs::write(world.folder.join("a.env"), format!("X=acme_{}\n", "x".repeat(32))).unwrap();
    let ran = world.run(&["scan", "--explain", "a.env"]).await.expect(0);
    assert!(ran.out.contains("dropped: custom/acme-deploy-key"), "{}", ran.out);
    world.run(&["rotate"]).await.expect(0);
    world.run(&["check"]).await.expect(0);
}

#[tokio::test(start_paused = true)]
async fn a_rule_with_paths_counts_there_and_hides_nothing_elsewhere() {
    let wide = "rules:\n  - id: wide\n    name: x\n    provider: y\n    regex: '[!-~]{20,200}'\n    \
                words: [key]\n    paths: [in/]\n    samples: ['key {{w:40}}']\n";
    let world = world(wide);
    let value = world.emulator.sendgrid().add_key("somebody's", &["mail.send"]).value;
    for folder in ["in", "out"] {
        fs::create_dir_all(world.folder.join(folder)).unwrap();
        fs::write(
            world.folder.join(folder).join("a"),
            format!("key {value}\nkey {}\n", random(40)),
        )
        .unwrap();
    }
    let places = places(&found(&world).await);
    assert!(places.contains(&"sendgrid/api-key out/a:1".to_owned()), "{places:?}");
    assert!(places.contains(&"sendgrid/api-key in/a:1".to_owned()), "{places:?}");
    assert!(places.contains(&"custom/wide in/a:2".to_owned()), "{places:?}");
    assert!(!places.iter().any(|place| place.starts_with("custom/wide out/")), "{places:?}");
}

#[tokio::test(start_paused = true)]
async fn an_invalid_rule_is_an_error_of_every_command_that_uses_it() {
    let good = rule("");
    for (text, says) in [
        (
            rule("    not: ['a', 'KEY=acme_{{lower:16}}']\n"),
            "rule `acme`: text 2 of `not` has a value",
        ),
        (good.replace("lower:16", "lower:3"), "rule `acme`: sample 1 has no value"),
        (good.replace("{{lower:16}}", "{{x"), "rule `acme`: sample 1 has `{{` without"),
        (good.replace("'acme_[", "'acme_(["), "unclosed group"),
        (good.replace("'acme_[", "'^acme_["), "anchor"),
        (good.replace("'acme_[a-z0-9]{16}'", "'[a-z0-9]{40}'"), "add `words`"),
        (good.replace("'acme_[a-z0-9]{16}'", "'[a-z0-9]*'"), "fewer than 4 bytes"),
        (good.replace("acme_[a-z0-9]{16}", &"acme_".repeat(201)), "longer than 1000 bytes"),
        (good.replace("id: acme", "id: 'Acme/x'"), "an id is up to 60"),
        (good.replace("name: key", "name: ''"), "one line of up to 200"),
        (good.replace("['KEY=acme_{{lower:16}}']", "[]"), "no sample that"),
        (format!("{good}{}", good.replace("rules:\n", "")), "another rule has this id"),
        (rule("    words: [ab]\n"), "shorter than three letters"),
        (rule("    paths: ['a{']\n"), "a{"),
        (rule("    paths: x\n"), "paths"),
        (rule("    colour: red\n"), "colour"),
        ("rules:\n".to_owned(), "rules"),
        (String::new(), ""),
    ] {
        let world = world(&text);
        for command in ["scan", "check"] {
            let ran = world.run(&[command]).await;
            assert!(ran.code == 2 && ran.err.contains(says), "{text}\n{says}: {}", ran.all());
        }
    }
    let world = world(&good);
    fs::remove_file(world.folder.join(RULES)).unwrap();
    let ran = world.run(&["scan"]).await.expect(2);
    assert!(ran.err.contains("error[rules-invalid]"), "{}", ran.err);
}

#[tokio::test(start_paused = true)]
async fn a_pattern_that_would_take_long_is_refused_at_once() {
    let good = rule("");
    let many: String = (0..201)
        .map(|at| good.replace("rules:\n", "").replace("id: acme", &format!("id: acme-{at}")))
        .collect();
    let of = |regex: &str| good.replace("acme_[a-z0-9]{16}", regex);
    for text in [
        of("acme_(?:[a-z]{999}){999}"),
        of("(?:(?:a?){999}){999}acme+"),
        of("(?:(?:(?:acme_[a-z]+)+)+){500}"),
        of(&"(".repeat(900)),
        of("(?:a|b|c|d|e|f|g|h){64,}(?:x{0,60}){0,60}(?:y{0,60}){0,60}acme"),
        format!("rules:\n{many}"),
    ] {
        let world = world(&text);
        let began = Instant::now();
        world.run(&["scan"]).await.expect(2);
        assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
    }
    // Ambiguous repetitions are no problem: the engine's time is linear.
    let nested = good.replace("acme_[a-z0-9]{16}", "(?:acme_(?:[a-z0-9]+)*)+[a-z0-9]{16}");
    let world = world(&nested);
    fs::write(world.folder.join("a"), "acme_a".repeat(20_000)).unwrap();
    let began = Instant::now();
    world.run(&["scan", "a"]).await;
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
}
