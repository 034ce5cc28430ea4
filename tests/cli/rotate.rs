//! `rotate`, `plan` and `status`: the whole life of a token.

use tokenward_emulator::{Fault, FaultKind, FaultMatch, SecretPlace, Visibility};

use crate::support::{FOUR, REPO, World, places};

#[tokio::test(start_paused = true)]
async fn a_token_goes_through_its_whole_life() {
    let world = World::new(FOUR);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(ran.out.contains("adopted the value in use as v0"), "{}", ran.all());
    assert_eq!(world.emulator.sendgrid().created_count(), 0);

    world.pass(31 * 24);
    world.run(&["rotate"]).await.expect(0);
    let new = world.held().remove(0);
    assert_ne!(new, world.old);
    assert!(world.held().iter().all(|held| *held == new), "every destination holds the new value");
    assert!(world.is_live(&world.old), "nobody is left with a dead token");

    world.pass(1);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(
        ran.out.contains("v1 is in use: GitHub passed the new value to this run"),
        "{}",
        ran.all()
    );
    assert!(world.is_live(&world.old));

    world.pass(24);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(
        ran.out.contains(" was deleted at ") && ran.out.contains("sendgrid may accept it until"),
        "{}",
        ran.all()
    );
    world.pass(1);
    assert!(!world.is_live(&world.old));
    assert!(world.is_live(&new));
    assert_eq!(world.emulator.sendgrid().created_count(), 1);

    let ran = world.run(&["status"]).await.expect(0);
    assert!(ran.out.contains("idle") && ran.out.contains("v1"), "{}", ran.all());
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(ran.out.contains("next: rotate, not before"), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn old_token_survives_until_a_later_run_is_handed_the_new_one() {
    let world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    let before = world.handed();
    world.run(&["rotate"]).await.expect(0);
    // Days go by, and every run was queued before the push: none may revoke.
    for days in [1, 3, 5, 7, 9] {
        world.pass(if days == 1 { 24 } else { 48 });
        // After two days no run is queued that long: something is wrong with what the step is
        // handed.
        let ran = world.run_with(&["rotate"], &before).await.expect(if days < 2 { 0 } else { 10 });
        assert_eq!(ran.out.contains("rotation-stuck"), days > 1, "{}", ran.all());
        assert!(world.is_live(&world.old));
    }
    assert_eq!(world.emulator.sendgrid().deleted_ids().len(), 0);
    // One run is handed the new value, and the grace is long over: now the old one goes.
    world.run(&["rotate"]).await.expect(0);
    world.pass(1);
    assert!(!world.is_live(&world.old));
}

#[tokio::test(start_paused = true)]
async fn keys_tokenward_did_not_make_are_untouched() {
    let world = World::new(FOUR);
    let sendgrid = world.emulator.sendgrid();
    let look_alike = sendgrid.add_key("tw1-00000000-v1-ffffff", &["mail.send"]);
    let newer = sendgrid.add_key("made by a person, newer than ours", &["mail.send"]);
    world.rotated().await;
    for _ in 0..4 {
        world.pass(25);
        world.run(&["rotate"]).await.expect(0);
    }
    let kept: Vec<String> = sendgrid.keys().into_iter().map(|key| key.id).collect();
    assert!(kept.contains(&look_alike.id) && kept.contains(&newer.id));
    assert_eq!(sendgrid.deleted_ids().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn plan_says_what_rotate_then_sends() {
    let world = World::new(FOUR);
    for (hours, command) in [(0, "adopt"), (31 * 24, "push"), (1, "prove"), (25, "revoke")] {
        world.pass(hours);
        let plan = world.run(&["plan", "--format", "json"]).await.expect(0);
        let plan: serde_json::Value = serde_json::from_str(&plan.out).unwrap();
        let total = &plan["tokens"][0]["total"];
        world.emulator.clear_requests();
        world.run(&["rotate"]).await.expect(0);
        let (reads, writes) = world.counted();
        // Opening the journal is the run's own: the ref, and its newest records once there are any.
        let opening = if command == "adopt" { 1 } else { 2 };
        assert_eq!(total["github-reads"], reads - opening, "{command}");
        assert_eq!(total["github-writes"], writes, "{command}");
        let provider = world.emulator.requests().len() - reads - writes;
        assert_eq!(
            total["provider-reads"].as_u64().unwrap() + total["provider-writes"].as_u64().unwrap(),
            provider as u64,
            "{command}"
        );
    }
}

/// The writes a plan foretells, one by one: what each step says, as often as it writes.
fn foretold(plan: &serde_json::Value) -> Vec<String> {
    let steps = plan["tokens"][0]["steps"].as_array().unwrap();
    let times = |step: &serde_json::Value| {
        ["github-writes", "provider-writes"]
            .iter()
            .map(|kind| step["requests"][kind].as_u64().unwrap_or_default())
            .sum::<u64>()
    };
    let kind = |step: &serde_json::Value| {
        let what = step["what"].as_str().unwrap();
        match step["kind"].as_str().unwrap() {
            "journal" => "journal".to_owned(),
            "write-secret" => what.trim_start_matches("write ").to_owned(),
            "issue-key" => "POST".to_owned(),
            "revoke-key" => "DELETE".to_owned(),
            kind => format!("a write of another kind, {kind}: {what}"),
        }
    };
    steps.iter().flat_map(|step| (0..times(step)).map(move |_| kind(step))).collect()
}

/// The writes that were sent, one by one, in the words of a plan.
fn written(world: &World) -> Vec<String> {
    let sent = world.emulator.requests().into_iter().filter(|request| request.method != "GET");
    sent.map(|request| {
        let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        match parts.as_slice() {
            ["repos", _, _, "git", ..] => "journal".to_owned(),
            ["repos", owner, repo, "environments", environment, "secrets", name] => {
                format!("{name} in {owner}/{repo} ({environment})")
            }
            ["repos", owner, repo, "actions", "secrets", name] => {
                format!("{name} in {owner}/{repo}")
            }
            ["repos", owner, repo, "dependabot", "secrets", name] => {
                format!("{name} in {owner}/{repo} (Dependabot)")
            }
            ["orgs", org, "actions", "secrets", name] => format!("{name} in {org} (organization)"),
            _ => request.method,
        }
    })
    .collect()
}

#[tokio::test(start_paused = true)]
async fn every_write_of_a_plan_is_made_in_its_order_and_no_other() {
    // A rotation that is due; one after a leak; one that revokes first.
    let due = [
        (0, &["rotate"][..]),
        (31 * 24, &["rotate"]),
        (1, &["rotate"]),
        (25, &["rotate"]),
        (1, &["rotate"]),
    ];
    let leaked = [
        (0, &["rotate"][..]),
        (1, &["rotate", "sendgrid", "--leaked"]),
        (1, &["rotate"]),
        (25, &["rotate"]),
    ];
    let revoke_first = [
        (0, &["rotate"][..]),
        (1, &["rotate", "sendgrid", "--leaked", "--revoke-first"]),
        (1, &["rotate"]),
        (25, &["rotate"]),
    ];
    for life in [&due[..], &leaked, &revoke_first] {
        let world = World::new(FOUR);
        world.emulator.sendgrid().set_revoke_lag(jiff::SignedDuration::ZERO);
        let mut all = 0;
        for (hours, arguments) in life {
            world.pass(*hours);
            let plan = world
                .run(&[*arguments, &["--dry-run", "--format", "json"]].concat())
                .await
                .expect(0);
            let plan: serde_json::Value = serde_json::from_str(&plan.out).unwrap();
            let earliest: Option<jiff::Timestamp> = plan["tokens"][0]["revoke-not-before"]
                .as_str()
                .map(|moment| moment.parse().unwrap());
            world.emulator.clear_requests();
            world.run(arguments).await.expect(0);
            assert_eq!(foretold(&plan), written(&world), "{arguments:?} after {hours} h: {plan:#}");
            let points = plan["tokens"][0]["points"].as_u64().unwrap();
            let (reads, writes) = world.counted();
            let opening = if all == 0 { 1 } else { 2 };
            assert_eq!(
                points,
                (reads - opening + 5 * writes) as u64,
                "{arguments:?} after {hours} h"
            );
            all += writes;
            let revoked = written(&world).iter().any(|write| write == "DELETE");
            assert!(
                !revoked || earliest.is_some_and(|moment| moment <= world.emulator.now()),
                "{arguments:?}: revoked before {earliest:?}"
            );
        }
        assert!(all > 10 && !world.is_live(&world.old));
    }
}

#[tokio::test(start_paused = true)]
async fn four_destinations_cost_two_reads_and_one_write_each() {
    let world = World::new(FOUR);
    world.emulator.github().set_org_visibility("acme", "SENDGRID_API_KEY", &Visibility::All);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    world.emulator.clear_requests();
    world.run(&["rotate"]).await.expect(0);
    for path in [
        "/repos/acme/site/actions/secrets/SENDGRID_API_KEY",
        "/repos/acme/site/environments/production/secrets/SENDGRID_API_KEY",
        "/orgs/acme/actions/secrets/SENDGRID_API_KEY",
        "/repos/acme/site/dependabot/secrets/SENDGRID_API_KEY",
    ] {
        let to: Vec<String> = world
            .emulator
            .requests()
            .into_iter()
            .filter(|request| request.path.starts_with(path))
            .map(|request| request.method)
            .collect();
        assert_eq!(to, ["GET", "PUT", "GET"], "{path}");
    }
    let keys = world
        .emulator
        .requests()
        .iter()
        .filter(|request| request.path.ends_with("/public-key"))
        .count();
    assert_eq!(keys, 4, "one public key a store");
}

#[tokio::test(start_paused = true)]
async fn the_selected_repositories_of_an_organization_secret_stay_selected() {
    let world = World::new(FOUR);
    world.rotated().await;
    let Some(Visibility::Selected(mut repos)) =
        world.emulator.github().org_visibility("acme", "SENDGRID_API_KEY")
    else {
        panic!("no longer selected")
    };
    repos.sort();
    assert_eq!(repos, ["acme/other", REPO]);
}

#[tokio::test(start_paused = true)]
async fn a_public_key_that_changed_is_fetched_once_again() {
    let world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    world.emulator.inject(tokenward_emulator::Fault {
        matches: tokenward_emulator::FaultMatch::Where {
            service: None,
            method: Some("PUT".to_owned()),
            path_contains: None,
        },
        kind: tokenward_emulator::FaultKind::Unprocessable,
        times: 1,
    });
    world.emulator.clear_requests();
    world.run(&["rotate"]).await.expect(0);
    let keys = world
        .emulator
        .requests()
        .iter()
        .filter(|request| request.path.ends_with("/site/actions/secrets/public-key"))
        .count();
    assert_eq!(keys, 2);
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_did_not_exist_is_reported() {
    let world = World::new(FOUR);
    world.rotated().await;
    world.run(&["rotate"]).await.expect(0);
    let dependabot = SecretPlace::Dependabot(REPO.to_owned());
    world.emulator.github().delete_secret(&dependabot, "SENDGRID_API_KEY");
    world.pass(31 * 24);
    let ran = world.run(&["rotate"]).await.expect(10);
    assert!(ran.out.contains("error[secret-did-not-exist]"), "{}", ran.all());
    assert!(ran.out.contains("201"), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn one_destination_that_fails_stops_no_other_and_is_finished_by_the_next_run() {
    let world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    world.emulator.inject(tokenward_emulator::Fault {
        matches: tokenward_emulator::FaultMatch::Where {
            service: None,
            method: Some("PUT".to_owned()),
            path_contains: Some("environments".to_owned()),
        },
        kind: tokenward_emulator::FaultKind::Forbidden,
        times: 1,
    });
    let ran = world.run(&["rotate"]).await;
    assert_ne!(ran.code, 0, "{}", ran.all());
    let held = world.held();
    assert_eq!(held[1], world.old);
    assert!(held[0] != world.old && held[0] == held[2] && held[0] == held[3]);
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    assert_eq!(world.held()[1], held[0]);
    assert_eq!(world.emulator.sendgrid().created_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_rotation_that_a_person_asks_for_happens_at_once_and_says_why() {
    let world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(1);
    let ran = world.run(&["rotate", "--force", "--reason", "a laptop was stolen"]).await.expect(0);
    assert!(ran.out.contains("issued key"), "{}", ran.all());
    let sha = world.emulator.github().ref_sha(REPO, "refs/tokenward/journal").unwrap();
    let mut messages = String::new();
    let mut next = Some(sha);
    while let Some(sha) = next {
        messages.push_str(&world.emulator.github().commit_message(REPO, &sha).unwrap());
        next = world.emulator.github().commit_parents(REPO, &sha).into_iter().next();
    }
    assert!(messages.contains("a laptop was stolen"));
}

#[tokio::test(start_paused = true)]
async fn a_lost_journal_is_rebuilt_and_nothing_is_revoked_before_every_destination_is_known_to_be_right()
 {
    let world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    // The push reaches the primary destination and the environment; then the run fails, and the
    // journal is lost.
    for path in
        ["/orgs/acme/actions/secrets/SENDGRID_API_KEY", "/dependabot/secrets/SENDGRID_API_KEY"]
    {
        world.emulator.inject(tokenward_emulator::Fault {
            matches: tokenward_emulator::FaultMatch::Where {
                service: None,
                method: Some("PUT".to_owned()),
                path_contains: Some(path.to_owned()),
            },
            kind: tokenward_emulator::FaultKind::Forbidden,
            times: 1,
        });
    }
    let ran = world.run(&["rotate"]).await;
    assert_ne!(ran.code, 0, "{}", ran.all());
    world.emulator.github().delete_ref(REPO, "refs/tokenward/journal");
    // A later rotation's key is left over from before, too: a stray of ours that nobody uses.
    let name = world
        .emulator
        .sendgrid()
        .keys()
        .into_iter()
        .find(|key| key.name.starts_with("tw1-"))
        .unwrap()
        .name;
    let stray = world.emulator.sendgrid().add_key(&name.replace("-v1-", "-v0-"), &["mail.send"]);
    let new = world.held()[0].clone();

    world.pass(1);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(ran.out.contains("rebuilt the lost journal"), "{}", ran.all());
    assert!(
        world.held().iter().all(|held| *held == new),
        "every destination holds the value in use"
    );
    assert!(
        world.emulator.sendgrid().deleted_ids().is_empty(),
        "nothing is revoked in the same run"
    );

    for _ in 0..4 {
        world.pass(25);
        world.run(&["rotate"]).await.expect(0);
    }
    assert_eq!(
        world.emulator.sendgrid().deleted_ids(),
        [stray.id],
        "the value found in use before ours was a person's, and is not ours to end"
    );
    assert!(world.is_live(&new));
}

#[tokio::test(start_paused = true)]
async fn no_old_value_is_revoked_while_a_destination_may_hold_it_again() {
    let world = World::new(FOUR);
    let new = world.rotated().await;
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    // Within the grace somebody puts the old value back into one of them.
    let place = &places()[2];
    world.emulator.github().put_secret(place, "SENDGRID_API_KEY", &world.old);
    world.pass(25);
    for _ in 0..2 {
        let ran = world.run(&["rotate"]).await.expect(10);
        for said in [
            "error[overwritten-by-hand]: SENDGRID_API_KEY in acme (organization) was written at ",
            "but not by tokenward",
            "it may hold the old value again",
        ] {
            assert!(ran.out.contains(said), "{said}: {}", ran.all());
        }
        assert!(world.is_live(&world.old) && world.is_live(&new));
        world.pass(1);
    }
    world.run(&["rotate", "sendgrid", "--force", "--reason", "put back"]).await.expect(0);
    for hours in [1, 25, 1] {
        world.pass(hours);
        world.run(&["rotate"]).await.expect(0);
    }
    assert!(
        !world.is_live(&world.old)
            && !world.is_live(&new)
            && world.held().iter().all(|held| world.is_live(held))
    );
}

#[tokio::test(start_paused = true)]
async fn no_old_value_is_revoked_while_github_does_not_show_a_destination() {
    let world = World::new(FOUR);
    world.rotated().await;
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    world.emulator.github().delete_secret(&places()[2], "SENDGRID_API_KEY");
    world.pass(25);
    let ran = world.run(&["rotate"]).await.expect(10);
    for said in [
        "SENDGRID_API_KEY in acme (organization) does not exist",
        "the credential can no longer see it",
        "remove it from the config",
    ] {
        assert!(ran.out.contains(said), "{said}: {}", ran.all());
    }
    assert!(world.is_live(&world.old));
    // The control: once the config does not name it any more, the old value goes.
    let less: String = FOUR
        .lines()
        .filter(|line| !line.contains("github: acme,"))
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(world.folder.join(".github/tokenward.yml"), less).unwrap();
    world.run(&["rotate"]).await.expect(0);
    world.pass(1);
    assert!(!world.is_live(&world.old));
}

#[tokio::test(start_paused = true)]
async fn no_old_value_is_revoked_while_a_destination_named_since_may_hold_it() {
    let world = World::new(FOUR);
    world.rotated().await;
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    world.emulator.github().put_secret(
        &SecretPlace::Codespaces(REPO.to_owned()),
        "SENDGRID_API_KEY",
        &world.old,
    );
    let more = format!(
        "{FOUR}      - {{github: acme/site, store: codespaces, secret: SENDGRID_API_KEY}}\n"
    );
    std::fs::write(world.folder.join(".github/tokenward.yml"), more).unwrap();
    world.pass(25);
    let ran = world.run(&["rotate"]).await.expect(10);
    assert!(
        ran.out.contains("was added to the config, and tokenward has not written it yet"),
        "{}",
        ran.all()
    );
    assert!(world.is_live(&world.old));
}

#[tokio::test(start_paused = true)]
async fn a_leaked_token_is_revoked_as_soon_as_every_destination_holds_the_new_one() {
    let world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(1);
    world.emulator.sendgrid().set_revoke_lag(jiff::SignedDuration::ZERO);
    let ran = world.run(&["rotate", "sendgrid", "--leaked"]).await.expect(0);
    assert!(
        ran.out.contains("because it leaked") && ran.out.contains(" was deleted at "),
        "{}",
        ran.all()
    );
    assert!(!world.is_live(&world.old));
    let new = world.held().remove(0);
    assert!(world.held().iter().all(|held| *held == new) && world.is_live(&new));
}

#[tokio::test(start_paused = true)]
async fn a_leaked_token_lives_on_where_a_destination_could_not_be_written() {
    let world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(1);
    world.emulator.inject(tokenward_emulator::Fault {
        matches: tokenward_emulator::FaultMatch::Where {
            service: None,
            method: Some("PUT".to_owned()),
            path_contains: Some("dependabot".to_owned()),
        },
        kind: tokenward_emulator::FaultKind::Forbidden,
        times: u32::MAX,
    });
    let ran = world.run(&["rotate", "sendgrid", "--leaked"]).await;
    assert_ne!(ran.code, 0, "{}", ran.all());
    assert!(world.is_live(&world.old), "a consumer still holds it");
    world.emulator.clear_faults();
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    world.pass(1);
    assert!(!world.is_live(&world.old));
}

#[tokio::test(start_paused = true)]
async fn every_token_of_a_breached_provider_is_rotated_at_once() {
    let world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(1);
    world.run(&["rotate", "--leaked"]).await.expect(2);
    world.run(&["rotate", "--leaked", "--provider", "resend"]).await.expect(3);
    world.run(&["rotate", "--leaked", "--provider", "sendgrid"]).await.expect(0);
    assert_ne!(world.held()[0], world.old);
}

#[tokio::test(start_paused = true)]
async fn a_rotation_that_was_asked_for_is_not_lost_with_an_answer() {
    for kind in
        [tokenward_emulator::FaultKind::DropAfterApply, tokenward_emulator::FaultKind::CutJson]
    {
        let world = World::new(FOUR);
        world.run(&["rotate"]).await.expect(0);
        world.pass(1);
        world.emulator.inject(tokenward_emulator::Fault {
            matches: tokenward_emulator::FaultMatch::Where {
                service: None,
                method: Some("POST".to_owned()),
                path_contains: Some("/v3/api_keys".to_owned()),
            },
            kind,
            times: 1,
        });
        let ran = world.run(&["rotate", "sendgrid", "--leaked"]).await.expect(0);
        world.pass(1);
        assert!(!world.is_live(&world.old), "{}", ran.all());
        let new = world.held().remove(0);
        assert!(world.is_live(&new) && world.held().iter().all(|held| *held == new));
    }
}

#[tokio::test(start_paused = true)]
async fn a_leak_found_while_a_rotation_waits_ends_what_the_run_was_handed_and_every_older_value() {
    for proven in [false, true] {
        let world = World::new(FOUR);
        let before = world.handed();
        let first = world.rotated().await;
        world.pass(1);
        if proven {
            world.run(&["rotate"]).await.expect(0);
        }
        let handed = if proven { world.handed() } else { before };
        let ran = world.run_with(&["rotate", "sendgrid", "--leaked"], &handed).await.expect(0);
        world.pass(1);
        // A run that is handed the value before means that one: what replaced it already stays.
        assert!(
            !world.is_live(&world.old) && world.is_live(&first) != proven,
            "proven: {proven}: {}",
            ran.all()
        );
        assert_eq!(world.held()[0] == first, !proven);
        let new = world.held().remove(0);
        assert!(world.is_live(&new) && world.held().iter().all(|held| *held == new));
    }
}

#[tokio::test(start_paused = true)]
async fn a_rotation_asked_for_while_another_waits_for_its_proof_says_so() {
    let world = World::new(FOUR);
    let before = world.handed();
    world.rotated().await;
    let ran =
        world.run_with(&["rotate", "--force", "--reason", "why not"], &before).await.expect(12);
    assert!(ran.out.contains("error[already-rotating]"), "{}", ran.all());
}

/// A key that a run left behind makes room for the next one, in a plan as in the run.
#[tokio::test(start_paused = true)]
async fn a_plan_at_the_last_free_place_counts_the_key_that_goes_first() {
    let world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    for (method, kind, times) in
        [("POST", FaultKind::DropAfterApply, 1), ("DELETE", FaultKind::Unavailable, u32::MAX)]
    {
        let matches = FaultMatch::Where {
            service: None,
            method: Some(method.to_owned()),
            path_contains: Some("/v3/api_keys".to_owned()),
        };
        world.emulator.inject(Fault { matches, kind, times });
    }
    world.run(&["rotate"]).await;
    world.emulator.clear_faults();
    let sendgrid = world.emulator.sendgrid();
    for index in sendgrid.keys().len()..100 {
        sendgrid.add_key(&format!("of a team, {index}"), &["mail.send"]);
    }
    world.pass(1);
    let plan = world.run(&["plan"]).await.expect(0);
    assert!(plan.out.contains("revoke key") && plan.out.contains("issue a key"), "{}", plan.all());
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(ran.out.contains("wrote the new value to 4 of 4 destinations"), "{}", ran.all());
}
