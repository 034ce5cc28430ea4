//! Fixed keys, primary and secondary, whatever request of a rotation goes wrong: nobody is left
//! with a dead value, and all settles.

use tokenward_emulator::{Fault, FaultKind, FaultMatch, SecretPlace, TwinOf};

use crate::faults::journal;
use crate::support::{Ran, World, places};

const CONFIG: &str = "\
version: 1
defaults: {rotate-every: 30d, grace: 24h}
tokens:
  mail:
    provider: azure-communication
    value: env:ACS_KEY
    manager: env:ACS_MANAGER
    with: {subscription: SUB, resource_group: GROUP, resource: RESOURCE}
    destinations:
      - {github: acme/site, secret: ACS_KEY}
      - {github: acme/site, environment: production, secret: ACS_KEY}
      - {github: acme, secret: ACS_KEY, visibility: private}
";

/// One token whose value is in use in three places.
struct ManualInputs {
    world: World,
    twin: TwinOf,
    old: String,
}

impl ManualInputs {
    async fn adopted() -> Self {
        let mut world = World::new(CONFIG);
        let twin = world.emulator.twin("azure-communication").unwrap();
        let mut config = CONFIG.to_owned();
        for (key, text) in twin.with("access-key") {
            let stands =
                if key == "resource_group" { "GROUP".to_owned() } else { key.to_uppercase() };
            let stands = if key == "subscription" { "SUB".to_owned() } else { stands };
            config = config.replace(&format!("{key}: {stands}"), &format!("{key}: '{text}'"));
        }
        std::fs::write(world.folder.join(".github/tokenward.yml"), config).unwrap();
        let old = twin.seed("access-key").unwrap().value;
        for place in &places()[..3] {
            world.emulator.github().put_secret(place, "ACS_KEY", &old);
        }
        world.env.insert("ACS_MANAGER".to_owned(), twin.seed_manager("access-key").unwrap().value);
        world.pass(1);
        let desk = Self { world, twin, old };
        desk.world.run(&["rotate"]).await.expect(0);
        desk
    }

    fn held(&self) -> Vec<String> {
        let github = self.world.emulator.github();
        places()[..3]
            .iter()
            .map(|place: &SecretPlace| github.secret_value(place, "ACS_KEY").unwrap())
            .collect()
    }

    /// A run, after which everybody still holds a value that works.
    async fn run(&self, what: &str) -> Ran {
        let ran = self.world.run(&["rotate"]).await;
        for value in self.held() {
            assert!(
                self.twin.is_live(&value),
                "{what}: somebody holds a dead value\n{}",
                ran.all()
            );
        }
        ran
    }

    /// Clean runs until nothing is left to do; the value that was pasted is dead then.
    async fn settles(&self, what: &str) {
        for hours in [1, 1, 25, 1, 25, 1, 1] {
            self.world.pass(hours);
            self.run(what).await;
        }
        let ran = self.run(what).await;
        let state = journal::newest(&self.world.emulator);
        assert!(ran.code == 0 && journal::is_idle(&state), "{what}: {state:#}\n{}", ran.all());
        assert!(!self.twin.is_live(&self.old), "{what}: {state:#}");
        let held = self.held();
        assert!(held.iter().all(|value| *value == held[0]), "{what}");
    }
}

/// Each request goes wrong in one more way, in turn.
fn other(number: usize) -> FaultKind {
    [FaultKind::Refuse, FaultKind::ServerErrorAfterApply, FaultKind::Unavailable][number % 3]
        .clone()
}

#[tokio::test(start_paused = true)]
async fn a_rotation_of_fixed_keys_outlives_any_request_that_goes_wrong() {
    let clean = ManualInputs::adopted().await;
    clean.world.pass(31 * 24);
    clean.world.emulator.clear_requests();
    clean.run("clean").await.expect(0);
    let count = clean.world.emulator.requests().len();
    clean.settles("clean").await;
    let mut lives = 0;
    for number in 1..=count {
        for kind in [FaultKind::DropAfterApply, other(number)] {
            let desk = ManualInputs::adopted().await;
            let what = format!("{kind:?} at request {number}");
            desk.world.pass(31 * 24);
            desk.world.emulator.clear_requests();
            desk.world.emulator.inject(Fault {
                matches: FaultMatch::Number(number),
                kind,
                times: 1,
            });
            desk.run(&what).await;
            desk.world.emulator.clear_faults();
            desk.settles(&what).await;
            lives += 1;
        }
    }
    println!("{lives} lives of fixed keys, {count} requests each");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_fixed_key_outlives_any_request_that_goes_wrong() {
    for number in 1..=20 {
        let kind = if number % 2 == 0 { FaultKind::DropAfterApply } else { other(number) };
        let desk = ManualInputs::adopted().await;
        let what = format!("{kind:?} at request {number} of the end");
        for hours in [31 * 24, 1] {
            desk.world.pass(hours);
            desk.run(&what).await;
        }
        desk.world.pass(25);
        desk.world.emulator.clear_requests();
        desk.world.emulator.inject(Fault { matches: FaultMatch::Number(number), kind, times: 1 });
        desk.run(&what).await;
        desk.world.emulator.clear_faults();
        desk.settles(&what).await;
    }
}

#[tokio::test(start_paused = true)]
async fn both_fixed_keys_serve_in_turn() {
    let desk = ManualInputs::adopted().await;
    let mut seen = vec![desk.old.clone()];
    for round in 0..3 {
        for hours in [31 * 24, 1, 25] {
            desk.world.pass(hours);
            desk.run("in turn").await.expect(0);
        }
        let now = desk.held().remove(0);
        assert!(!seen.contains(&now), "round {round}");
        assert!(seen.iter().all(|old| !desk.twin.is_live(old)), "round {round}");
        seen.push(now);
    }
    let ids: Vec<String> = journal::newest(&desk.world.emulator)["dead"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|dead| dead["id"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(ids, ["Primary", "Secondary", "Primary"]);
}

#[tokio::test(start_paused = true)]
async fn a_fixed_key_that_leaked_is_replaced_and_ended_in_one_run_also_where_it_goes_first() {
    for arguments in
        [&["rotate", "mail", "--leaked"][..], &["rotate", "mail", "--leaked", "--revoke-first"]]
    {
        let desk = ManualInputs::adopted().await;
        desk.world.pass(1);
        let ran = desk.world.run(arguments).await.expect(0);
        assert!(!desk.twin.is_live(&desk.old), "{}", ran.all());
        assert!(desk.held().iter().all(|value| desk.twin.is_live(value)), "{}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn plan_says_what_a_rotation_of_fixed_keys_sends() {
    let desk = ManualInputs::adopted().await;
    for (stage, hours) in [("due", 31 * 24), ("proof", 1), ("end", 25), ("idle", 1)] {
        desk.world.pass(hours);
        let plan = desk.world.run(&["plan", "--format", "json"]).await.expect(0);
        let plan: serde_json::Value = serde_json::from_str(&plan.out).unwrap();
        desk.world.emulator.clear_requests();
        let ran = desk.run(stage).await.expect(0);
        let (_, writes) = desk.world.counted();
        // A first signature is refused where the runner's clock is off, which it is here, by a
        // month.
        let of_provider = |request: &&tokenward_emulator::Recorded| {
            request.service == desk.twin.service() && request.status != 401
        };
        let provider = desk.world.emulator.requests().iter().filter(of_provider).count();
        let total = &plan["tokens"][0]["total"];
        let foretold =
            total["provider-reads"].as_u64().unwrap() + total["provider-writes"].as_u64().unwrap();
        assert_eq!(foretold, provider as u64, "{stage}: {plan:#}\n{}", ran.all());
        assert_eq!(total["github-writes"], writes, "{stage}: {plan:#}\n{}", ran.all());
    }
}
