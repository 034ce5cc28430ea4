//! A whole life at each provider where a person makes the value: adopted, asked for, taken, proven,
//! and the old one seen dead. Klaviyo switches the old one off by API, where a manager is at hand.

use tokenward_emulator::{Credential, CredentialKind, SecretPlace, Seeded, TwinOf};

use crate::support::{REPO, World};

struct Case {
    provider: &'static str,
    kind: &'static str,
    /// Whether a manager is at hand that can end the old value.
    managed: bool,
    /// Whether the old value ends the moment the new one is made.
    at_once: bool,
}

const fn by_hand(provider: &'static str, kind: &'static str) -> Case {
    Case { provider, kind, managed: false, at_once: false }
}

const CASES: [Case; 13] = [
    by_hand("brevo", "api-key"),
    by_hand("brevo", "m2m-app"),
    by_hand("getresponse", "api-key"),
    by_hand("hubspot", "access-token"),
    by_hand("kit", "api-key"),
    by_hand("klaviyo", "private-key"),
    Case { managed: true, ..by_hand("klaviyo", "private-key") },
    by_hand("mailchimp", "api-key"),
    by_hand("mailerlite", "api-token"),
    Case { at_once: true, ..by_hand("mailjet", "api-key") },
    by_hand("mandrill", "api-key"),
    by_hand("sendpulse", "api-key"),
    Case { at_once: true, ..by_hand("sendpulse", "client") },
];

fn put(world: &World, name: &str, value: &str) {
    world.emulator.github().put_secret(&SecretPlace::Repo(REPO.to_owned()), name, value);
}

/// A world with a value in use, whose workflow may write issues.
fn world_of(case: &Case) -> (World, TwinOf, Seeded) {
    let manager = if case.managed { "    manager: env:MAIL_MANAGER\n" } else { "" };
    let mut world = World::new(&format!(
        "version: 1\ntokens:\n  mail:\n    provider: {}\n    value: env:MAIL_KEY\n{manager}    destinations:\n      \
         - {{github: acme/site, secret: MAIL_KEY}}\n",
        case.provider
    ));
    let twin = world.emulator.twin(case.provider).unwrap();
    let old = twin.seed(case.kind).unwrap();
    if case.managed {
        world.env.insert("MAIL_MANAGER".to_owned(), twin.seed_manager(case.kind).unwrap().value);
    }
    put(&world, "MAIL_KEY", &old.value);
    let own = Credential::new(
        CredentialKind::ActionsToken,
        &[("contents", "write"), ("actions", "read"), ("issues", "write")],
    )
    .on(&[REPO]);
    world.env.insert("GITHUB_TOKEN".to_owned(), world.emulator.github().add_credential(own));
    world.pass(1);
    (world, twin, old)
}

#[tokio::test(start_paused = true)]
async fn each_provider_where_a_person_makes_the_value_sees_the_old_one_dead() {
    for case in &CASES {
        let (world, twin, old) = world_of(case);
        let which = format!("{} {} managed: {}", case.provider, case.kind, case.managed);
        world.run(&["rotate"]).await.expect(0);
        world.pass(31 * 24);
        let ran = world.run(&["rotate"]).await.expect(0);
        assert!(ran.out.contains("the steps are in "), "{which}: {}", ran.all());

        let new = twin.seed(case.kind).unwrap();
        if case.at_once {
            twin.kill(&old.value);
        }
        put(&world, "MAIL_KEY_NEXT", &new.value);
        world.pass(1);
        world.run(&["rotate"]).await.expect(0);
        assert_eq!(world.handed()["MAIL_KEY"], new.value, "{which}");
        assert!(twin.is_live(&old.value) != case.at_once, "{which}: nothing of ours ended it yet");
        world.pass(1);
        let ran = world.run(&["rotate"]).await.expect(0);
        assert!(ran.out.contains("v1 is in use"), "{which}: {}", ran.all());

        world.pass(25);
        let mut ran = world.run(&["rotate"]).await;
        if !case.managed && !case.at_once {
            let asked = ran.expect(0);
            assert!(
                asked.out.contains("has to be revoked by a person"),
                "{which}: {}",
                asked.all()
            );
            assert!(twin.is_live(&old.value), "{which}");
            // Whoever was asked need not wait.
            assert!(!asked.out.contains("not before"), "{which}: {}", asked.all());
            let status = world.run(&["status"]).await.expect(0);
            assert!(
                status.out.contains("a person revokes") && !status.out.contains("not before"),
                "{which}: {}",
                status.all()
            );
            assert!(twin.kill(&old.value));
            ran = world.run(&["rotate"]).await;
        }
        let ran = ran.expect(0);
        assert!(ran.out.contains("verified that"), "{which}: {}", ran.all());
        assert!(!twin.is_live(&old.value) && twin.is_live(&new.value), "{which}");
        world.run(&["check"]).await.expect(0);
    }
}

#[tokio::test(start_paused = true)]
async fn plan_counts_what_it_costs_to_find_an_id_and_to_switch_a_key_off() {
    let case = Case { managed: true, ..by_hand("klaviyo", "private-key") };
    let (world, twin, old) = world_of(&case);
    for (stage, hours) in
        [("adopt", 1), ("ask", 31 * 24), ("take", 1), ("prove", 1), ("end", 25), ("idle", 1)]
    {
        world.pass(hours);
        if stage == "take" {
            put(&world, "MAIL_KEY_NEXT", &twin.seed(case.kind).unwrap().value);
            world.pass(1);
        }
        let plan = world.run(&["plan", "--format", "json"]).await.expect(0);
        let plan: serde_json::Value = serde_json::from_str(&plan.out).unwrap();
        world.emulator.clear_requests();
        let ran = world.run(&["rotate"]).await;
        let (reads, writes) = world.counted();
        let provider = world.emulator.requests().len() - reads - writes;
        let total = &plan["tokens"][0]["total"];
        let foretold =
            total["provider-reads"].as_u64().unwrap() + total["provider-writes"].as_u64().unwrap();
        assert_eq!(foretold, provider as u64, "{stage}: {plan:#}\n{}", ran.all());
        assert_eq!(total["github-writes"], writes, "{stage}: {plan:#}\n{}", ran.all());
    }
    assert!(!twin.is_live(&old.value));
}
