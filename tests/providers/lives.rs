//! A key's whole life as far as its provider's file says it goes: made, found, used, ended, seen
//! dead; refreshed; filled anew.

use jiff::SignedDuration;
use tokenward::domain::{KeyId, Secret};
use tokenward::providers::{Order, ProviderError, Revoked};
use tokenward_emulator::FaultKind;

use crate::providers::bench::{Bench, all};

fn manager(bench: &Bench) -> Option<Secret> {
    bench.twin.seed_manager(&bench.kind.id).map(|manager| Secret::new(manager.value))
}

fn pass(bench: &Bench, span: Option<tokenward::domain::Span>) {
    let seconds = span.map_or(0, |span| i64::try_from(span.as_seconds()).unwrap());
    bench.emulator.advance(SignedDuration::from_secs(seconds + 1));
}

#[tokio::test(start_paused = true)]
async fn a_key_is_made_found_used_ended_and_seen_dead() {
    let mut lived = Vec::new();
    for bench in all() {
        let rotation = bench.rotation();
        if rotation.create.is_none() {
            continue;
        }
        let name = bench.name();
        let seeded = bench.seed();
        let Some(manager) = manager(&bench) else { continue };
        let (driver, scopes, with) =
            (bench.driver(), bench.twin.scopes(&bench.kind.id), bench.with());
        let in_use: Vec<KeyId> = seeded.id.iter().map(|id| KeyId::new(id.as_str())).collect();
        let order = Order {
            name: "tw1-abcdefgh-v1-abc123",
            scopes: &scopes,
            with: &with,
            in_use: &in_use,
            carried: &[],
        };
        let told = bench.told();
        let minted = driver
            .create(&manager, &order)
            .await
            .unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert!(bench.told() > told, "{name}: custody was not told of the new value");
        assert!(bench.twin.is_live(minted.value.expose()), "{name}");
        pass(&bench, rotation.limits.settle.max(rotation.limits.list_lag));
        let keys =
            driver.list(&manager).await.unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        let listed = keys
            .iter()
            .find(|key| key.is(&minted.id))
            .unwrap_or_else(|| panic!("{name}: the new key is not listed"));
        if !rotation.create.as_ref().is_some_and(|create| create.nameless) {
            assert_eq!(listed.name.as_deref(), Some("tw1-abcdefgh-v1-abc123"), "{name}");
        }
        assert_eq!(driver.is_gone(&manager, &minted.id).await, Ok(false), "{name}");
        if bench.is_tested() && bench.can_prove_death() {
            assert!(!bench.verify(&minted.value).await.is_dead(), "{name}");
        }
        if rotation.last_used.is_some() {
            driver
                .last_used(&manager, &minted.id)
                .await
                .unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        }
        if rotation.disable.is_some() {
            assert_eq!(
                driver.disable(&manager, &minted.id).await,
                Ok(Some(Revoked::Done)),
                "{name}"
            );
            assert!(!bench.twin.is_live(minted.value.expose()), "{name}: disabled and alive");
        }
        assert_eq!(
            driver.revoke_held(&manager, &minted.id, &minted.value).await,
            Ok(Revoked::Done),
            "{name}"
        );
        pass(&bench, rotation.limits.revoke_lag.max(rotation.limits.list_lag));
        assert_eq!(driver.is_gone(&manager, &minted.id).await, Ok(true), "{name}");
        assert!(!bench.twin.is_live(minted.value.expose()), "{name}");
        // Once more: gone is no failure, and no success of somebody else's.
        assert_eq!(
            driver.revoke_held(&manager, &minted.id, &minted.value).await,
            Ok(Revoked::AlreadyGone),
            "{name}"
        );
        assert!(bench.twin.is_live(&seeded.value), "{name}: another key was ended");
        bench.stayed_at_home();
        lived.push(name);
    }
    assert!(lived.len() >= 12, "{lived:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_the_providers_own_answer_makes_and_ends_nothing_for_certain() {
    for bench in all().into_iter().filter(|bench| bench.rotation().create.is_some()) {
        for fault in [
            FaultKind::Html,
            FaultKind::CutJson,
            FaultKind::ServerErrorAfterApply,
            FaultKind::DropAfterApply,
            FaultKind::TimeOut,
        ] {
            let bench = bench.fresh();
            bench.seed();
            let Some(manager) = manager(&bench) else { continue };
            let name = bench.name();
            let (driver, scopes, with) =
                (bench.driver(), bench.twin.scopes(&bench.kind.id), bench.with());
            bench.inject(fault.clone());
            let order = Order {
                name: "tw1-abcdefgh-v1-abc123",
                scopes: &scopes,
                with: &with,
                in_use: &[],
                carried: &[],
            };
            let created = driver.create(&manager, &order).await;
            assert!(created.is_err(), "{name} after {fault:?}");
            let revoked = driver.revoke(&manager, &KeyId::new("0123456789abcdef")).await;
            let half = fault == FaultKind::CutJson;
            assert!(revoked.is_err() || half, "{name} after {fault:?}: {revoked:?}");
            assert!(driver.list(&manager).await.is_err(), "{name} after {fault:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_manager_is_never_taken_for_a_dead_key() {
    let mut count = 0;
    for bench in all().into_iter().filter(|bench| bench.rotation().revoke.is_some()) {
        let (name, seeded) = (bench.name(), bench.seed());
        let Some(manager) = manager(&bench) else { continue };
        // Some managers are other providers' credentials, which this twin does not end.
        if !bench.twin.kill(manager.expose()) {
            continue;
        }
        count += 1;
        let id = KeyId::new(seeded.id.unwrap_or_else(|| "0123456789abcdef".to_owned()));
        let driver = bench.driver();
        assert!(driver.revoke(&manager, &id).await.is_err(), "{name}");
        assert!(driver.is_gone(&manager, &id).await.is_err(), "{name}");
        assert!(bench.twin.is_live(&seeded.value), "{name}");
    }
    assert!(count >= 5, "{count}");
}

#[tokio::test(start_paused = true)]
async fn a_refresh_gives_a_value_that_lives_and_a_dead_one_is_told_apart_from_silence() {
    for bench in all().into_iter().filter(Bench::is_oauth) {
        let (name, seeded) = (bench.name(), bench.seed());
        let manager = manager(&bench);
        let driver = bench.driver();
        let old = Secret::new(seeded.value.clone());
        let told = bench.told();
        let refreshed = driver
            .refresh(manager.as_ref(), &old)
            .await
            .unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert!(bench.told() > told, "{name}");
        assert!(bench.twin.is_live(refreshed.value.expose()), "{name}");
        if bench.is_tested() {
            let verdict = bench.verify(&refreshed.value).await;
            assert!(verdict.is_alive(), "{name}: {verdict:?}");
        }
        for part in ["access-token", "refresh-token"] {
            assert!(!driver.part(&refreshed.value, part).unwrap().is_empty(), "{name}");
        }
        bench.inject(FaultKind::TimeOut);
        assert!(
            matches!(
                driver.refresh(manager.as_ref(), &refreshed.value).await,
                Err(ProviderError::Unclear { .. })
            ),
            "{name}"
        );
        bench.emulator.clear_faults();
        assert!(bench.twin.kill(refreshed.value.expose()), "{name}");
        let refused = driver.refresh(manager.as_ref(), &refreshed.value).await;
        assert!(
            matches!(refused, Err(ProviderError::Refused { dead_token: true, .. })),
            "{name}: {refused:?}"
        );
        bench.stayed_at_home();
    }
}

#[tokio::test(start_paused = true)]
async fn only_a_slot_that_is_not_in_use_is_filled_anew() {
    let mut count = 0;
    for bench in all().into_iter().filter(|bench| bench.rotation().slots.is_some()) {
        let (name, seeded) = (bench.name(), bench.seed());
        let Some(manager) = manager(&bench) else { continue };
        count += 1;
        let (driver, with, old) = (bench.driver(), bench.with(), Secret::new(seeded.value.clone()));
        let id = driver
            .identify(&manager, &old)
            .await
            .unwrap()
            .unwrap_or_else(|| panic!("{name}: no slot holds the value"));
        let order = |in_use| Order {
            name: "tw1-abcdefgh-v1-abc123",
            scopes: &[],
            with: &with,
            in_use,
            carried: &[],
        };
        assert!(driver.create(&manager, &order(&[])).await.is_err(), "{name}");
        let used = [id.clone()];
        let minted = driver
            .create(&manager, &order(&used))
            .await
            .unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert_ne!(minted.id, id, "{name}");
        assert!(
            bench.twin.is_live(&seeded.value) && bench.twin.is_live(minted.value.expose()),
            "{name}"
        );
        let both = [id.clone(), minted.id.clone()];
        assert!(
            matches!(
                driver.create(&manager, &order(&both)).await,
                Err(ProviderError::QuotaReached { .. })
            ),
            "{name}"
        );
        assert_eq!(driver.is_gone(&manager, &id).await, Ok(false), "{name}");
        assert_eq!(driver.revoke(&manager, &id).await, Ok(Revoked::Done), "{name}");
        assert_eq!(driver.is_gone(&manager, &id).await, Ok(true), "{name}");
        assert!(
            !bench.twin.is_live(&seeded.value) && bench.twin.is_live(minted.value.expose()),
            "{name}"
        );
    }
    assert!(count > 0, "no provider has fixed keys");
}

#[tokio::test(start_paused = true)]
async fn every_declared_part_of_a_value_is_there_and_told_to_custody() {
    for bench in all() {
        let (name, value) = (bench.name(), bench.ready(&bench.seed()).await);
        for part in bench.kind.parts.keys() {
            let told = bench.told();
            let made = bench
                .driver()
                .part(&value, part)
                .unwrap_or_else(|problem| panic!("{name}: {}", problem.what));
            assert!(!made.is_empty() && bench.told() > told, "{name}: {part}");
        }
        assert!(bench.driver().part(&value, "no-such-part").is_err(), "{name}");
    }
}
