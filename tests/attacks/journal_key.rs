//! The key that signs the journal: made once by the first run, never overwritten, and refused if it
//! can be guessed.

use tokenward_emulator::{Fault, FaultKind, FaultMatch, SecretPlace};

use crate::attacks::journal::{KEY, alive, ids, ripe};
use crate::support::forging::{REF, commits, newest};
use crate::support::{FOUR, REPO, World};

#[tokio::test(start_paused = true)]
async fn a7_the_first_run_makes_the_key_takes_the_values_over_and_changes_nothing_else() {
    let mut world = World::new(FOUR);
    world.env.remove(KEY);
    let before = ids(&world);
    // What is foretold is what is sent.
    let plan = world.run(&["plan"]).await.expect(0);
    world.emulator.clear_requests();
    let ran = world.run(&["rotate"]).await.expect(0);
    let (reads, writes) = world.counted();
    assert!(
        plan.out.contains(&format!("{writes} GitHub writes")),
        "{reads} reads, {writes} writes: {}",
        plan.all()
    );
    assert!(
        ran.all().contains("TOKENWARD_JOURNAL_KEY: ${{ secrets.TOKENWARD_JOURNAL_KEY }}"),
        "{}",
        ran.all()
    );
    let key =
        world.emulator.github().secret_value(&SecretPlace::Repo(REPO.to_owned()), KEY).unwrap();
    assert!(key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert!(!ran.all().contains(&key) && ids(&world) == before);
    let state = newest(&world);
    assert!(
        state["mac"].is_string() && state["tokens"]["sendgrid"]["current"]["id-from"] == "value",
        "{state}"
    );
    // GitHub hands it over from now on, and a whole life goes by.
    for hours in [31 * 24, 1, 25, 1] {
        world.pass(hours);
        world.run(&["rotate"]).await.expect(0);
    }
    assert!(!world.is_live(&world.old) && world.held().iter().all(|value| world.is_live(value)));
    assert_eq!(
        world.emulator.github().secret_value(&SecretPlace::Repo(REPO.to_owned()), KEY).as_deref(),
        Some(key.as_str())
    );
}

#[tokio::test(start_paused = true)]
async fn a7_a_key_that_exists_and_is_not_handed_over_stops_every_change_and_is_never_overwritten() {
    let world = World::new(FOUR);
    let mut world = world;
    world.env.remove(KEY);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    let mut handed = world.handed();
    let key = handed.remove(KEY).unwrap();
    let (held, keys, journal) = (world.held(), ids(&world), commits(&world, REPO));
    world.emulator.clear_requests();
    for asked in [
        &["rotate"][..],
        &["rotate", "--force", "--reason", "x"],
        &["rotate", "sendgrid", "--leaked"],
        &["rotate", "sendgrid", "--leaked", "--revoke-first"],
        &["revoke", "sendgrid", "--force", "--reason", "x"],
        &["push", "sendgrid", "--value-from", "env:SENDGRID_API_KEY"],
        &["adopt", "sendgrid"],
        &["plan"],
    ] {
        let all = world.run_with(asked, &handed).await.expect(4).all();
        assert!(
            all.contains("error[journal-key-missing]")
                && all.contains("the key exists only as a GitHub secret"),
            "{asked:?}\n{all}"
        );
    }
    // A step of a workflow is told how to pass it.
    let outside = world.env.clone();
    for (name, value) in [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_REPOSITORY", REPO),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_RUN_ID", "4711"),
        ("GITHUB_EVENT_NAME", "schedule"),
    ] {
        world.env.insert(name.to_owned(), value.to_owned());
    }
    let all = world.run_with(&["rotate", "--allow-unprotected-ref"], &handed).await.expect(4).all();
    assert!(all.contains("secrets.TOKENWARD_JOURNAL_KEY"), "{all}");
    world.env = outside;
    assert_eq!(world.counted().1, 0, "nothing was written at GitHub");
    assert!(world.held() == held && ids(&world) == keys && commits(&world, REPO) == journal);
    // Also where the journal was taken away.
    world.emulator.github().delete_ref(REPO, REF);
    world.run_with(&["rotate"], &handed).await.expect(4);
    assert!(commits(&world, REPO).is_empty());
    let now = world.emulator.github().secret_value(&SecretPlace::Repo(REPO.to_owned()), KEY);
    assert_eq!(now.as_deref(), Some(key.as_str()));
    // Control: with the key, the same run rotates.
    let ran = world.run(&["rotate"]).await;
    assert!(ran.code == 0 && !commits(&world, REPO).is_empty(), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a7_a_key_whose_answer_was_lost_is_not_made_twice_and_nothing_is_journalled_unsigned() {
    for (kind, made) in [
        (FaultKind::DropAfterApply, true),
        (FaultKind::ServerErrorAfterApply, true),
        (FaultKind::Unavailable, false),
    ] {
        let mut world = World::new(FOUR);
        world.env.remove(KEY);
        let path_contains = Some(format!("/actions/secrets/{KEY}"));
        let matches =
            FaultMatch::Where { service: None, method: Some("PUT".to_owned()), path_contains };
        world.emulator.inject(Fault { matches, kind: kind.clone(), times: 1 });
        let ran = world.run(&["rotate"]).await;
        assert!(ran.code != 0 && commits(&world, REPO).is_empty(), "{}", ran.all());
        let place = SecretPlace::Repo(REPO.to_owned());
        let key = world.emulator.github().secret_value(&place, KEY);
        assert_eq!(key.is_some(), made, "{}", ran.all());
        world.run(&["rotate"]).await.expect(0);
        assert!(newest(&world)["mac"].is_string());
        if made {
            assert_eq!(
                world.emulator.github().secret_value(&place, KEY),
                key,
                "it was not overwritten"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a8_a_key_that_can_be_guessed_is_refused_and_not_repeated() {
    let (mut world, innocent) = ripe().await;
    let strong = world.env[KEY].clone();
    let weak = [
        "x".to_owned(),
        "0".repeat(64),
        "deadbeef".repeat(8),
        "0123456789abcdef".repeat(4),
        strong[..62].to_owned(),
        strong[..63].to_owned(),
        strong.to_uppercase(),
        [
            "31415926", "53589793", "23846264", "33832795", "02884197", "16939937", "51058209",
            "74944592",
        ]
        .concat(),
        [
            "243f6a88", "85a308d3", "13198a2e", "03707344", "a4093822", "299f31d0", "082efa98",
            "ec4e6c89",
        ]
        .concat(),
        "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789aBcDeFg=".to_owned(),
        "correct1Horse2Battery3Staple4correct5Horse6B".to_owned(),
        "CorrectHorseBatteryStapleCorrectHorseBatteryStaple".to_owned(),
        "a key for signing that is long enough".to_owned(),
    ];
    for weak in weak {
        world.env.insert(KEY.to_owned(), weak.clone());
        let (held, journal) = (world.held(), commits(&world, REPO));
        for asked in [
            &["rotate"][..],
            &["status"],
            &["adopt", "sendgrid"],
            &["adopt", "--unsigned-journal"],
            &["check"],
        ] {
            let ran = world.run(asked).await.expect(2);
            let id = if weak.contains(' ') {
                "error[value-malformed]"
            } else {
                "error[journal-key-weak]"
            };
            assert!(ran.all().contains(id) || asked == ["check"], "{}", ran.all());
            assert!(
                asked == ["check"] || ran.all().contains("openssl rand -hex 32"),
                "{}",
                ran.all()
            );
            assert!(weak.len() < 8 || !ran.all().contains(&weak), "{}", ran.all());
        }
        assert!(
            alive(&world, &innocent.retiring)
                && world.held() == held
                && commits(&world, REPO) == journal
        );
    }
    world.env.insert(KEY.to_owned(), strong);
    world.run(&["rotate"]).await.expect(0);
    assert!(!alive(&world, &innocent.retiring), "with the right key the same run revokes");
}
