//! Marks that somebody else could have left.

use serde_json::{Value, json};

use super::{RUNS, SHOP, WAITS, after_the_grace, confirm, in_grace, mark, still_works};

/// What a mark says that does not count, and why.
struct Forged {
    by: &'static str,
    change: fn(&mut Value),
    why: &'static str,
}

#[tokio::test(start_paused = true)]
async fn a_mark_that_anybody_else_could_have_left_does_not_count() {
    let forged = [
        Forged {
            by: "mallory",
            change: |_| (),
            why: "it was recorded by mallory, not by a workflow run",
        },
        Forged { by: "tokenward[bot]", change: |_| (), why: "it was recorded by tokenward[bot]" },
        Forged {
            by: RUNS,
            change: |mark| mark["ref"] = json!("feature"),
            why: "it was recorded on feature",
        },
        Forged {
            by: RUNS,
            change: |mark| mark["payload"]["token"] = json!("resend"),
            why: "it is for token resend of acme/site",
        },
        Forged {
            by: RUNS,
            change: |mark| mark["payload"]["of"] = json!("acme/other"),
            why: "it is for token sendgrid of acme/other",
        },
        Forged {
            by: RUNS,
            change: |mark| mark["payload"]["fingerprint"] = json!("0123456789abcdef"),
            why: "it is for a value other than",
        },
        Forged {
            by: RUNS,
            change: |mark| mark["payload"] = json!("{\"of\": 7"),
            why: "does not count",
        },
        Forged { by: RUNS, change: |mark| mark["payload"] = json!(null), why: "does not count" },
    ];
    for Forged { by, change, why } in forged {
        let mut world = in_grace(WAITS).await;
        // A true mark, copied from another world of the same value: only what is changed in it is
        // wrong.
        confirm(&mut world).await.expect(0);
        let mut copy = mark(&world);
        world.emulator.github().remove_deployments(SHOP);
        change(&mut copy);
        world.emulator.github().deploy_as(SHOP, by, &copy);
        // Said from the first look on, and not only when the grace is over.
        let early = world.run(&["rotate"]).await.expect(0);
        assert!(early.out.contains("notice[") && early.out.contains(why), "{why}: {}", early.all());
        let (ran, works) = after_the_grace(&world).await;
        let ran = ran.expect(0);
        assert!(works && ran.out.contains(why), "{why}: {}", ran.all());
        // The control: what does not count keeps no run from leaving a mark that does.
        world.pass(1);
        confirm(&mut world).await.expect(0);
        world.run(&["rotate"]).await.expect(0);
        assert!(!still_works(&world, &world.old), "{why}");
    }
}
