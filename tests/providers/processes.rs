//! A whole life of every kind of token through the real binary, by what its file declares: made by
//! API, refreshed, or made by a person; and at its end the old value is dead to the provider, to
//! the journal, and to the binary's own test call.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tokenward::domain::ProviderId;
use tokenward::providers::Order;
use tokenward::providers::model::Kind;
use tokenward_emulator::{Served, Service};

use crate::faults::journal;
use crate::providers::bench::{Bench, all, registry};
use crate::providers::stage::{Stage, process, serve};
use crate::support::{FOUR, World};

/// Lives them side by side, each in a thread of its own. Gives the providers; fails with every life
/// that failed.
fn live(benches: Vec<Bench>, life: fn(&Bench)) -> BTreeSet<String> {
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, |cores| cores.get() * 2) {
            scope.spawn(|| {
                while let Some(bench) = benches.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| life(bench)))
                        .is_err()
                    {
                        failed.lock().unwrap().push(bench.name());
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "these did not get through their lives, see above: {failed:?}");
    let said = writeln!(
        std::io::stdout(),
        "{} lives: {}",
        benches.len(),
        benches.iter().map(Bench::name).collect::<Vec<_>>().join(", ")
    );
    said.unwrap();
    benches.iter().map(|bench| bench.spec.id.clone()).collect()
}

/// The providers of which the binary itself says this.
fn those(can: fn(&Value) -> bool) -> BTreeSet<String> {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_tokenward"))
        .args(["providers", "--format", "json"])
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let all = report["providers"].as_array().unwrap();
    assert_eq!(all.len(), registry().all().count());
    all.iter()
        .filter(|row| can(row))
        .filter_map(|row| row["id"].as_str())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_provider_that_issues_and_revokes_is_rotated_by_the_binary_until_the_old_key_is_dead() {
    // Kinds that nothing issues (an organization's key beside an app's, an account's own token)
    // have no manager, or no id to be ended by.
    let issued = |bench: &Bench| {
        let made = matches!(bench.rotation().kind, Kind::ApiKey | Kind::Slots);
        made && bench.twin.seed_manager(&bench.kind.id).is_some() && bench.seed().id.is_some()
    };
    let benches = all().into_iter().filter(issued).collect();
    let lived = live(benches, |bench| by_api(Stage::new(bench.fresh(), true)));
    assert_eq!(lived, those(|row| row["issue"] == true && row["revoke"] == true));
}

fn by_api(mut stage: Stage) {
    let (name, old) = (stage.bench.name(), stage.old.value.clone());
    let first = stage.run(&["rotate"]);
    if first.code == 12 {
        // The value does not tell its key's id, so a person says it.
        assert_eq!(first.problems(), ["needs-id"], "{}", first.said);
        let id = stage.old.id.clone().unwrap();
        stage.must(&["adopt", "mail", "--id", &id], 0);
    } else {
        assert_eq!(first.code, 0, "{}", first.said);
    }
    stage.is_everywhere(&old);

    stage.world.pass(31 * 24);
    stage.renew_manager();
    let did = stage.must(&["rotate"], 0);
    let new = stage.home();
    assert_ne!(new, old, "{}", did.said);
    stage.is_everywhere(&new);
    assert!(
        stage.twin.is_live(&new) && stage.twin.is_live(&old),
        "{name}: nobody is left with a dead value"
    );

    stage.world.pass(1);
    stage.renew_manager();
    let did = stage.must(&["rotate"], 0);
    assert!(did.has_done("GitHub passed the new value to this run"), "{}", did.said);
    assert!(stage.twin.is_live(&old), "{name}: the old key went before its grace was over");

    if stage.bench.rotation().tells_last_use() {
        // Somebody still uses the old key; the provider tells, and so does a check.
        stage.world.pass(1);
        let did = stage.run_with(&["check"], Some(&old));
        assert_eq!((did.code, did.problems().contains(&"token-stale")), (10, true), "{}", did.said);
        stage.must(&["check"], 0);
        assert!(stage.twin.used(&old), "{name}");
        let did = stage.must(&["check"], 10);
        assert!(did.problems().contains(&"token-still-used"), "{}", did.said);
    }

    stage.world.pass(25);
    stage.renew_manager();
    let mut did = stage.must(&["rotate"], 0);
    if did.has_done("disabled key") {
        // Where the provider has a switch it comes first, and the key is deleted an hour later.
        assert!(!stage.twin.is_live(&old), "{name}");
        stage.world.pass(2);
        did = stage.must(&["rotate"], 0);
    }
    ends(&mut stage, &did.said, &new, 1);
    notices_a_stray(&stage);
}

/// A key that bears our mark, or stands in a list of this token's own, and that the journal does
/// not know, is a finding.
fn notices_a_stray(stage: &Stage) {
    let rotation = stage.bench.rotation();
    let (Some(create), Some(list)) = (&rotation.create, &rotation.list) else { return };
    if create.nameless && !list.own {
        return;
    }
    let mark = stage.state()["current"]["name"].as_str().map(|name| name.replace("-v1-", "-v9-"));
    let made = stage.ask(async |driver, manager, order| {
        let order = Order { name: mark.as_deref().unwrap_or("tw1-00000000-v9-000000"), ..order };
        driver.create(manager, &order).await.unwrap()
    });
    stage.world.emulator.advance(jiff::SignedDuration::from_mins(2));
    let did = stage.must(&["check"], 10);
    // Of some values nobody can see the scopes, and a check says so.
    let told: Vec<&str> = did.problems().into_iter().filter(|id| *id != "not-proven").collect();
    assert_eq!(told, ["key-undeclared"], "{}", did.said);
    stage.ask(async |driver, manager, _| {
        driver.revoke_held(manager, &made.id, &made.value).await.unwrap()
    });
    stage.world.emulator.advance(jiff::SignedDuration::from_mins(2));
    assert!(!stage.run(&["check"]).problems().contains(&"key-undeclared"));
}

/// The old value is dead in every way that it can be, and the new one is fine.
fn ends(stage: &mut Stage, said: &str, new: &str, version: u64) {
    let (name, old) = (stage.bench.name(), stage.old.value.clone());
    // Some providers go on accepting what they no longer have.
    let lag = stage.bench.rotation().limits.revoke_lag.unwrap_or_default().as_duration();
    stage.world.emulator.advance(jiff::SignedDuration::try_from(lag).unwrap());
    assert!(!stage.twin.is_live(&old) && stage.twin.is_live(new), "{name}: {said}");
    stage.is_everywhere(new);
    stage.is_settled_at(version);
    stage.is_seen_dead(&old);
    stage.renew_manager();
    if stage.bench.is_tested() {
        let did = stage.run(&["check"]);
        let untold = !stage.bench.can_prove_death() && did.verdict() == "unknown";
        assert!(did.code == 0 || (untold && did.code == 5), "{}", did.said);
    }
    let did = stage.must(&["rotate"], 0);
    assert_eq!(did.report["tokens"][0]["state"], "idle", "{}", did.said);
}

#[test]
fn every_provider_with_grants_is_refreshed_by_the_binary_until_the_old_access_is_dead() {
    let benches = all().into_iter().filter(Bench::is_oauth).collect();
    let lived = live(benches, |bench| by_refresh(Stage::new(bench.fresh(), true)));
    assert_eq!(lived, those(|row| row["oauth"] == true));
}

fn by_refresh(stage: Stage) {
    let (name, old) = (stage.bench.name(), stage.old.value.clone());
    let (refresh, access) = old
        .split_once(';')
        .map(|(refresh, access)| (refresh.to_owned(), access.to_owned()))
        .unwrap();
    let before = stage.world.emulator.requests().len();
    // Nobody tells how long the access token that was pasted lives, so it is refreshed at once.
    let did = stage.must(&["rotate"], 0);
    let new = stage.home();
    assert_ne!(new, old, "{}", did.said);
    stage.is_everywhere(&new);
    assert!(stage.twin.is_live(&new), "{name}");
    let sent = stage.world.emulator.requests().split_off(before);
    let refreshed = sent
        .iter()
        .position(|request| {
            request.service == stage.twin.service() && request.path.contains("token")
        })
        .unwrap();
    let next = &sent[refreshed + 1];
    assert_eq!(
        (next.method.as_str(), next.path.as_str()),
        ("PUT", "/repos/acme/site/actions/secrets/MAIL_KEY"),
        "{name}: the primary destination comes first"
    );

    stage.world.emulator.advance(jiff::SignedDuration::from_mins(2));
    let did = stage.must(&["rotate"], 0);
    assert!(did.has_done("GitHub passed the new value to this run"), "{}", did.said);
    assert_eq!(stage.home(), new, "{name}: it is not due");

    // The access token that was pasted ends by itself; nobody but its time can end it.
    let told = |name: &str| {
        stage.state()["current"][name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap()
    };
    let lives = told("expires-at").duration_since(told("since"));
    let mut version = 1;
    for _ in 0..2 {
        stage.world.emulator.advance(lives * 3 / 4);
        stage.must(&["rotate"], 0);
        version += 1;
        stage.world.emulator.advance(jiff::SignedDuration::from_mins(2));
        stage.must(&["rotate"], 0);
    }
    let newest = stage.home();
    assert_eq!(stage.state()["current"]["generation"], version, "{name}: {:#}", stage.state());
    stage.is_everywhere(&newest);
    assert!(stage.twin.is_live(&newest) && !stage.twin.is_live(&format!(";{access}")), "{name}");
    let kept = newest.split_once(';').unwrap().0 == refresh;
    assert!(kept || !stage.twin.is_live(&refresh), "{name}: the old refresh token still lives");
    let dead: Vec<u64> = stage.state()["dead"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|dead| dead["generation"].as_u64())
        .collect();
    assert!(dead.contains(&0) && dead.contains(&1), "{name}: {:#}", stage.state());
    stage.is_seen_dead(&old);
    let did = stage.must(&["check"], 0);
    assert_eq!(did.verdict(), "live", "{}", did.said);
}

#[test]
fn every_provider_where_a_person_makes_the_value_is_rotated_by_the_binary_until_the_old_one_is_dead()
 {
    let by_hand = |bench: &Bench| bench.rotation().kind == Kind::Manual && bench.is_tested();
    let lived = live(all().into_iter().filter(by_hand).collect(), |bench| {
        by_person(Stage::new(bench.fresh(), false));
        if bench.rotation().disable.is_some() || bench.rotation().revoke.is_some() {
            by_person(Stage::new(bench.fresh(), true));
        }
    });
    assert_eq!(lived, those(|row| row["manual"] == true));
}

fn by_person(mut stage: Stage) {
    let (name, old) = (stage.bench.name(), stage.old.value.clone());
    let manual = stage.bench.rotation().manual.clone().unwrap();
    // Where the provider keeps one value alone, the old one ends when the new one is made.
    let at_once = !manual.several && manual.overlap.is_none();
    stage.must(&["rotate"], 0);
    stage.world.pass(31 * 24);
    let did = stage.must(&["rotate"], 0);
    assert_eq!(did.problems(), ["waits-for-person"], "{}", did.said);
    let github = stage.world.emulator.github();
    let asked = github.issues(crate::support::REPO).remove(0);
    let store = manual
        .store
        .replace("{{secret}}", &format!("the secret MAIL_KEY_NEXT of {}", crate::support::REPO));
    for step in manual.create.iter().chain([&store]) {
        let step = step.trim_end_matches('.');
        assert!(asked.body.contains(step), "{name}: {step}\n{}", asked.body);
    }
    // What revokes the old value is asked for in another issue.
    assert!(manual.revoke.iter().all(|step| !asked.body.contains(step)), "{name}: {}", asked.body);

    let new = stage.twin.seed(&stage.bench.kind.id).unwrap().value;
    if at_once {
        assert!(stage.twin.kill(&old), "{name}");
    }
    stage.put("MAIL_KEY_NEXT", &new);
    stage.world.pass(1);
    stage.must(&["rotate"], 0);
    assert_eq!(stage.home(), new, "{name}");
    stage.is_everywhere(&new);
    stage.world.pass(1);
    let did = stage.must(&["rotate"], 0);
    assert!(did.has_done("GitHub passed the new value to this run"), "{}", did.said);
    assert!(at_once || stage.twin.is_live(&old), "{name}: something of ours ended it");

    stage.world.pass(25);
    let mut did = stage.run(&["rotate"]);
    if did.problems().contains(&"waits-for-person") {
        assert!(
            !stage.world.env.contains_key("MAIL_MANAGER"),
            "the manager could have done it: {}",
            did.said
        );
        assert!(stage.twin.is_live(&old), "{name}: a person is asked to end what is dead");
        assert!(stage.twin.kill(&old), "{name}");
        did = stage.run(&["rotate"]);
    }
    assert_eq!(did.code, 0, "{}", did.said);
    ends(&mut stage, &did.said, &new, 1);
    let closed = github.issues(crate::support::REPO).remove(0);
    assert_eq!(closed.state, "closed", "{name}");
    assert_eq!(
        stage.world.handed().keys().filter(|held| held.starts_with("MAIL_KEY_")).count(),
        0,
        "{name}: nothing is left beside the primary destination"
    );
}

/// A provider of one's own, which the binary has never heard of.
const OWN: &str = include_str!("../fixtures/inhouse.yaml");

fn of_ones_own(file: &str) -> (World, Served) {
    let config = FOUR.replace("provider: sendgrid", "provider: inhouse-mailer");
    let mut world = World::new(&format!("{config}providers: [.github/inhouse.yaml]\n"));
    std::fs::write(world.folder.join(".github/inhouse.yaml"), file).unwrap();
    let served = serve(&mut world, &ProviderId::new("inhouse-mailer"), Service::SendGrid);
    (world, served)
}

#[test]
fn a_provider_of_ones_own_is_rotated_by_the_binary_as_it_is() {
    let (world, _served) = of_ones_own(OWN);
    for (number, hours) in [(1, 0), (2, 31 * 24), (3, 1), (4, 25), (5, 1)] {
        world.pass(hours);
        let did = process(&world, number, &["rotate"], None);
        assert_eq!(did.code, 0, "{}", did.said);
    }
    let held = world.held();
    assert!(held.iter().all(|value| *value == held[0] && *value != world.old));
    world.pass(1);
    assert!(world.is_live(&held[0]) && !world.is_live(&world.old));
    let state = journal::newest(&world.emulator);
    assert!(journal::is_idle(&state) && journal::version(&state) == Some(1), "{state:#}");
    assert_eq!(process(&world, 6, &["check"], None).code, 0);
    assert_eq!(
        process(&world, 7, &["check"], Some(("SENDGRID_API_KEY", &world.old))).verdict(),
        "invalid"
    );
}

#[test]
fn the_binary_refuses_a_file_that_would_send_a_value_elsewhere_or_into_a_path_and_asks_nobody() {
    for (from, to, place) in [
        (
            "base: 'https://keys.inhouse.example'",
            "base: 'https://collector.example'",
            "inhouse.yaml:7:",
        ),
        (
            "path: /v3/scopes",
            "base: 'https://collector.example', path: /v3/scopes",
            "inhouse.yaml:15:",
        ),
        ("path: /v3/scopes", "path: '/v3/scopes/{{token}}'", "inhouse.yaml:15:"),
        // A file cannot call the whole value public either.
        (
            "(?<key_id>[A-Za-z0-9_-]{22})\\.[A-Za-z0-9_-]{43}",
            "(?<key_id>[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43})",
            "inhouse.yaml:11:",
        ),
    ] {
        let file = OWN.replace(from, to);
        assert_ne!(file, OWN, "{from}");
        let (world, _served) = of_ones_own(&file);
        world.emulator.clear_requests();
        let did = process(&world, 1, &["rotate"], None);
        assert_eq!(did.code, 2, "{}", did.said);
        assert!(
            did.said.contains("error[provider-invalid]") && did.said.contains(place),
            "{place}: {}",
            did.said
        );
        assert!(world.emulator.requests().is_empty(), "{}", did.said);
    }
}
