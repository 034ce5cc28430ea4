//! A provider of the user's own: a file named in the config, rotated with no change to the code,
//! and held to the same rules.

use crate::support::{FOUR, Ran, World};

const FILE: &str = include_str!("../fixtures/inhouse.yaml");

/// This provider has no switch, but a key's scopes can be taken away.
const DISABLE: &str = "  disable: {request: {method: PUT, path: '/v3/api_keys/{{id}}', json: {name: disabled, scopes: [user.username.read]}}}\n";

fn world(file: &str) -> World {
    let config = FOUR.replace("provider: sendgrid", "provider: inhouse-mailer");
    let world = World::new(&format!("{config}providers: [.github/tokenward/inhouse.yaml]\n"));
    std::fs::create_dir(world.folder.join(".github/tokenward")).unwrap();
    std::fs::write(world.folder.join(".github/tokenward/inhouse.yaml"), file).unwrap();
    world
}

async fn refused(file: &str) -> Ran {
    let world = world(file);
    world.emulator.clear_requests();
    let ran = world.run(&["rotate"]).await.expect(2);
    assert!(world.emulator.requests().is_empty(), "nothing is contacted");
    ran
}

#[tokio::test(start_paused = true)]
async fn a_provider_of_ones_own_is_rotated_with_no_change_to_the_code() {
    let world = world(FILE);
    let new = world.rotated().await;
    for hours in [1, 25] {
        world.pass(hours);
        world.run(&["rotate"]).await.expect(0);
    }
    world.pass(1);
    assert!(world.is_live(&new) && !world.is_live(&world.old));
}

#[tokio::test(start_paused = true)]
async fn providers_shows_a_provider_of_the_config_and_suggests_it() {
    let world = world(FILE);
    let ran = world.run(&["providers", "inhouse-mailer"]).await.expect(0);
    assert!(ran.out.contains("inhouse-mailer"), "{}", ran.all());
    let ran = world.run(&["providers", "inhouse-mailr"]).await.expect(2);
    assert!(ran.err.contains("did you mean `inhouse-mailer`?"), "{}", ran.all());
    assert!(world.emulator.requests().is_empty(), "nothing is contacted");
}

#[tokio::test(start_paused = true)]
async fn a_key_is_disabled_first_where_the_provider_can_and_deleted_an_hour_later() {
    let world = world(&format!("{FILE}{DISABLE}"));
    world.rotated().await;
    for hours in [1, 24] {
        world.pass(hours);
        world.run(&["rotate"]).await.expect(0);
    }
    let scopes = |world: &World| {
        world
            .emulator
            .sendgrid()
            .keys()
            .iter()
            .find(|key| key.value == world.old)
            .map(|key| key.scopes.clone())
    };
    assert_eq!(
        scopes(&world),
        Some(vec!["user.username.read".to_owned()]),
        "it may do nothing any more, and can be given back what it could"
    );
    let ran = world.run(&["status"]).await.expect(0);
    assert!(ran.out.contains("delete the disabled v0"), "{}", ran.all());
    world.run(&["rotate"]).await.expect(0);
    assert!(scopes(&world).is_some(), "too early");
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    assert_eq!(scopes(&world), None);
}

#[tokio::test(start_paused = true)]
async fn a_leaked_key_is_disabled_and_deleted_in_one_run() {
    let world = world(&format!("{FILE}{DISABLE}"));
    world.run(&["rotate"]).await.expect(0);
    world.pass(1);
    let ran = world.run(&["rotate", "sendgrid", "--leaked"]).await.expect(0);
    assert!(
        ran.out.contains("disabled key") && ran.out.contains("verified that key"),
        "{}",
        ran.all()
    );
    assert_eq!(world.emulator.sendgrid().deleted_ids().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_sends_a_value_to_an_undeclared_host_is_refused() {
    let ran = refused(
        &FILE.replace("base: 'https://keys.inhouse.example'", "base: 'https://collector.example'"),
    )
    .await;
    assert!(
        ran.err.contains("error[provider-invalid]") && ran.err.contains("inhouse.yaml:7:"),
        "{}",
        ran.all()
    );
}

#[tokio::test(start_paused = true)]
async fn a_file_that_puts_a_value_into_a_path_is_refused() {
    let ran = refused(&FILE.replace("path: /v3/scopes", "path: '/v3/scopes/{{token}}'")).await;
    assert!(
        ran.err.contains("error[provider-invalid]") && ran.err.contains("inhouse.yaml:15:"),
        "{}",
        ran.all()
    );
}

#[tokio::test(start_paused = true)]
async fn a_file_that_takes_a_known_providers_id_is_refused() {
    let ran = refused(&FILE.replace("id: inhouse-mailer", "id: sendgrid")).await;
    assert!(ran.err.contains("the provider `sendgrid` already exists"), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a_file_in_the_clear_or_with_an_unknown_key_is_refused_with_its_place() {
    let ran = refused(&FILE.replace("base: 'https://", "base: 'http://")).await;
    assert!(ran.err.contains("inhouse.yaml:7:"), "{}", ran.all());
    let ran = refused(&FILE.replace("automatic-scopes", "automatik-scopes")).await;
    assert!(
        ran.err.contains("error[config-unknown-key]")
            && ran.err.contains("did you mean `automatic-scopes`"),
        "{}",
        ran.all()
    );
}

/// A token of the user's own shape, which no built-in provider has.
const OWN_SHAPE: &str = "mailer_[a-z]{20}_(?<key_id>[A-Za-z0-9]{22})";

#[tokio::test(start_paused = true)]
async fn a_token_of_its_own_shape_is_refused_in_the_file_and_in_the_config() {
    let value = [
        "mailer",
        &["qzvkt", "hwmpl", "xrfdb", "ngysc"].concat(),
        &["R7pTq2Wm9Z", "x4Kd8Vb3Hn6C"].concat(),
    ]
    .join("_");
    let file = FILE
        .replace("SG\\.(?<key_id>[A-Za-z0-9_-]{22})\\.[A-Za-z0-9_-]{43}", OWN_SHAPE)
        .replace("['SG.{w:22}.{w:43}']", "['mailer_qzvkthwmplxrfdbngysc_{alnum:22}']")
        .replace("['SG.none']", "['mailer_none']");
    assert!(file.contains(OWN_SHAPE), "{file}");
    let places = [
        ("name: Our own mailer", format!("name: Our own {value}")),
        ("path: /v3/scopes", format!("path: /v3/{value}")),
        (
            "docs: https://keys.inhouse.example/docs",
            format!("docs: https://keys.inhouse.example/{value}"),
        ),
        ("name: Mailer key", format!("name: Mailer key {value}")),
        ("id: inhouse-mailer", format!("id: inhouse-{value}")),
    ];
    for (before, after) in places {
        let ran = refused(&file.replace(before, &after)).await;
        assert!(ran.err.contains("inhouse.yaml:"), "{after}: {}", ran.all());
        assert!(!ran.all().contains(&value), "{after}: {}", ran.all());
    }
    for line in ["scopes: [\"VALUE\"]", "region: VALUE", "with: {account: VALUE}"] {
        let world = world(&file);
        let path = world.folder.join(".github/tokenward.yml");
        let config = std::fs::read_to_string(&path).unwrap();
        let line = line.replace("VALUE", &value);
        let config = match line.strip_prefix("scopes") {
            Some(scopes) => config.replace("scopes: [mail.send]", &format!("scopes{scopes}")),
            None => config.replace(
                "    provider: inhouse-mailer\n",
                &format!("    provider: inhouse-mailer\n    {line}\n"),
            ),
        };
        assert!(config.contains(&value));
        std::fs::write(&path, config).unwrap();
        let ran = world.run(&["check"]).await.expect(2);
        assert!(ran.err.contains("error[config-token-inside]"), "{line}: {}", ran.all());
        assert!(!ran.all().contains(&value), "{line}: {}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn no_error_about_a_file_repeats_what_may_be_a_value() {
    let value = "aB3x".repeat(12);
    let dots = "ab.".repeat(100_000);
    for said in [&value, &dots] {
        for (before, after) in [
            ("id: inhouse-mailer", format!("id: {said}")),
            ("hosts: [keys.inhouse.example]", format!("hosts: [keys.inhouse.example, {said}]")),
            ("https://keys.inhouse.example'", format!("https://{said}'")),
            ("{id: only,", format!("{{id: {said},")),
            ("clean: ['SG.none']", format!("clean: ['{{{said}:3}}']")),
        ] {
            let ran = refused(&FILE.replace(before, &after)).await;
            assert!(!ran.all().contains(said.as_str()), "{before}: {:.3000}", ran.all());
            assert!(ran.err.len() < 5_000, "{before}: {}", ran.err.len());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_sample_in_which_the_leak_check_finds_nothing_is_refused() {
    let with = |sample: &str| {
        FILE.replace("    examples:", &format!("    samples: ['{sample}']\n    examples:"))
    };
    let ran = refused(&with("MAILER_KEY=x{{token}}y")).await;
    assert!(ran.err.contains("does not find the token in this sample"), "{}", ran.all());
    world(&with("MAILER_KEY={{token}}")).run(&["check"]).await.expect(0);
}
