//! Any answers of any built-in platform: nothing panics, nothing said holds the value, silence is never taken for death.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use tokenward::domain::{KeyId, Secret};
use tokenward::providers::{Driver, Order, Registry};
use tokenward_fuzz::{CANARY, Network, Quiet, Said, at_once};

fuzz_target!(|input: (u8, u8, Vec<Said>)| {
    let (platform, what, said) = input;
    let registry = Registry::built_in();
    let ids: Vec<_> = registry.ids().cloned().collect();
    let Some(spec) = registry.get(&ids[usize::from(platform) % ids.len()]) else { return };
    let silent = said.is_empty();
    let network = Network::new(said);
    let Ok(driver) = Driver::new(spec, None, None, &network, &Quiet) else { return };
    let value = Secret::new(CANARY.to_owned());
    let id = KeyId::new("key-1");
    let shown = at_once(async {
        match what % 4 {
            0 => {
                let verdict = driver.verify(&value).await;
                assert!(!(silent && (verdict.is_dead() || verdict.is_alive())), "silence is no verdict");
                format!("{verdict:?}")
            }
            1 => {
                let order = Order { name: "tw1-00000000-g1-000000", scopes: &["mail.send".to_owned()], with: &BTreeMap::new() };
                match driver.create(&value, &order).await {
                    Ok(minted) => format!("{:?} {:?}", minted.id, minted.scopes),
                    Err(refusal) => refusal.to_string(),
                }
            }
            2 => match driver.list(&value).await {
                Ok(keys) => format!("{}", keys.len()),
                Err(refusal) => refusal.to_string(),
            },
            _ => {
                let gone = driver.is_gone(&value, &id).await;
                let revoked = driver.revoke(&value, &id).await;
                assert!(!(silent && (matches!(gone, Ok(true)) || revoked.is_ok())), "silence is no success");
                format!("{} {}", gone.map_or_else(|r| r.to_string(), |g| g.to_string()), revoked.map_or_else(|r| r.to_string(), |r| format!("{r:?}")))
            }
        }
    });
    // Ids and scopes are the platform's own words; a value that it puts there was never secret to it. Errors are ours to clean.
    if what % 4 != 1 {
        assert!(!shown.contains(CANARY), "the value is said: {}", shown.len());
    }
});
