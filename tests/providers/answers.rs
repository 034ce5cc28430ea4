//! What a test call makes of every kind of answer: a verdict where the provider gave one, `unknown`
//! where it did not.

use tokenward::domain::{Secret, Verdict};
use tokenward::providers::model::examples::expand;
use tokenward_emulator::FaultKind;

use crate::providers::bench::{Bench, all, registry};

/// What a dead value's verdict has to be: dead where the provider says so, and in no case alive.
fn is_dead_or_unprovable(bench: &Bench, verdict: &Verdict, what: &str) {
    let fits = if bench.can_prove_death() {
        verdict.is_dead()
    } else {
        matches!(verdict, Verdict::Unknown { .. })
    };
    assert!(fits, "{}: {what} is {verdict:?}", bench.name());
}

fn tested() -> Vec<Bench> {
    all().into_iter().filter(Bench::is_tested).collect()
}

#[test]
fn every_provider_has_a_twin_that_plays_a_kind_of_token() {
    let played: Vec<String> = all().iter().map(|bench| bench.spec.id.clone()).collect();
    let missing: Vec<&str> = registry()
        .all()
        .map(|spec| spec.id.as_str())
        .filter(|id| !played.iter().any(|own| own == id))
        .collect();
    assert!(missing.is_empty(), "no twin, or none that seeds: {missing:?}");
}

#[tokio::test(start_paused = true)]
async fn a_value_that_lives_is_alive_and_what_is_told_of_it_is_true() {
    for bench in tested() {
        let seeded = bench.seed();
        let verdict = bench.verify(&bench.ready(&seeded).await).await;
        // Of some kinds of token no answer says that they live.
        let alive = verdict.is_alive()
            || (matches!(verdict, Verdict::Unknown { .. }) && !bench.can_prove_death());
        assert!(alive, "{}: {verdict:?}", bench.name());
        let Some(facts) = verdict.facts() else { continue };
        if let (Some(told), Some(mut true_scopes)) = (&facts.scopes, seeded.scopes) {
            true_scopes.sort();
            assert_eq!(*told, true_scopes, "{}", bench.name());
        }
        if let (Some(told), Some(owner)) = (&facts.owner, &seeded.owner) {
            assert_eq!(told, owner, "{}", bench.name());
        }
        bench.stayed_at_home();
    }
}

#[tokio::test(start_paused = true)]
async fn a_value_nobody_gave_out_is_dead() {
    for bench in tested() {
        bench.seed();
        let made_up = expand(&bench.kind.examples.r#match[0], 77).unwrap();
        let made_up = if bench.is_oauth() { format!("{made_up};{made_up}") } else { made_up };
        bench.emulator.clear_requests();
        let verdict = bench.verify(&Secret::new(made_up)).await;
        if bench.emulator.requests().is_empty() {
            // It cannot even be sent, so nothing is known about it.
            assert!(matches!(verdict, Verdict::Unknown { .. }), "{}: {verdict:?}", bench.name());
            continue;
        }
        is_dead_or_unprovable(&bench, &verdict, "a made-up value");
    }
}

#[tokio::test(start_paused = true)]
async fn a_value_that_was_ended_is_dead() {
    for bench in tested() {
        let value = bench.ready(&bench.seed()).await;
        let text = value.expose().to_owned();
        assert!(bench.twin.is_live(&text), "{}", bench.name());
        assert!(
            bench.twin.kill(&text),
            "{}: the twin does not know what it gave out",
            bench.name()
        );
        assert!(!bench.twin.is_live(&text), "{}", bench.name());
        is_dead_or_unprovable(&bench, &bench.verify(&value).await, "an ended value");
    }
}

#[tokio::test(start_paused = true)]
async fn a_value_whose_time_is_over_is_dead() {
    let mut count = 0;
    for bench in tested() {
        let value = bench.ready(&bench.seed()).await;
        if !bench.twin.expire(value.expose()) {
            continue;
        }
        count += 1;
        is_dead_or_unprovable(&bench, &bench.verify(&value).await, "an expired value");
    }
    println!("{count} kinds of token expire");
}

#[tokio::test(start_paused = true)]
async fn a_value_that_may_do_less_is_alive() {
    let mut count = 0;
    for bench in tested() {
        let Some(narrow) = bench.twin.seed_narrow(&bench.kind.id) else { continue };
        count += 1;
        let verdict = bench.verify(&Secret::new(narrow.value)).await;
        let fits = verdict.is_alive()
            || (!bench.can_prove_death() && matches!(verdict, Verdict::Unknown { .. }));
        assert!(fits && !verdict.is_dead(), "{}: {verdict:?}", bench.name());
    }
    assert!(count > 0);
}

#[tokio::test(start_paused = true)]
async fn a_used_up_rate_limit_says_nothing_about_the_value() {
    for bench in tested() {
        for dead in [false, true] {
            let bench = bench.fresh();
            let value = bench.ready(&bench.seed()).await;
            if dead {
                bench.twin.kill(value.expose());
            }
            bench.inject(FaultKind::RateLimit429 { retry_after: 3_600 });
            let verdict = bench.verify(&value).await;
            assert!(
                matches!(verdict, Verdict::RateLimited { .. }),
                "{}: {verdict:?}",
                bench.name()
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_the_providers_own_answer_proves_nothing() {
    let elsewhere = FaultKind::Redirect { to: "https://elsewhere.example/login".to_owned() };
    for bench in tested() {
        for fault in [
            FaultKind::Unavailable,
            FaultKind::ServerErrorAfterApply,
            FaultKind::Html,
            FaultKind::TimeOut,
            FaultKind::Refuse,
            FaultKind::DropAfterApply,
            FaultKind::Oversized { bytes: 100_000 },
            elsewhere.clone(),
        ] {
            for dead in [false, true] {
                let bench = bench.fresh();
                let value = bench.ready(&bench.seed()).await;
                if dead {
                    bench.twin.kill(value.expose());
                }
                bench.inject(fault.clone());
                let verdict = bench.verify(&value).await;
                assert!(
                    matches!(verdict, Verdict::Unknown { .. }),
                    "{} after {fault:?}: {verdict:?}",
                    bench.name()
                );
                // A redirect is never followed, so that no other host sees the credential.
                bench.stayed_at_home();
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn half_an_answer_proves_nothing() {
    for bench in tested() {
        for dead in [false, true] {
            let bench = bench.fresh();
            let value = bench.ready(&bench.seed()).await;
            if dead {
                bench.twin.kill(value.expose());
            }
            bench.inject(FaultKind::CutJson);
            let verdict = bench.verify(&value).await;
            let is_said = verdict.is_dead() || (dead && verdict.is_alive());
            assert!(!is_said, "{}: {verdict:?}", bench.name());
        }
    }
}
