//! Answers: of every built-in provider, and of GitHub. The network says what the fuzzer wants, and
//! repeats the value it was sent.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tokenward::config::{Context, load};
use tokenward::destinations::{PutError, Secrets, Snapshot};
use tokenward::domain::{Destination, KeyId, Secret};
use tokenward::net::github::{Api, GitHub};
use tokenward::providers::{Driver, Order, Registry};

use super::network::{Network, Quiet, Said, at_once};
use super::{CANARY, input};

/// Any answers of any built-in provider: nothing panics, nothing said holds the value, silence is
/// never taken for death.
pub fn provider(bytes: &[u8]) {
    let Some((provider, what, said)) = input::<(u8, u8, Vec<Said>)>(bytes) else { return };
    let registry = Registry::built_in();
    let ids: Vec<_> = registry.ids().cloned().collect();
    let Some(spec) = registry.get(&ids[usize::from(provider) % ids.len()]) else { return };
    let silent = said.is_empty();
    let network = Network::new(said);
    let Ok(driver) = Driver::new(spec, None, None, &network, &Quiet) else { return };
    let value = Secret::new(CANARY.to_owned());
    let id = KeyId::new("key-1");
    let shown = at_once(async {
        match what % 4 {
            0 => {
                let verdict = driver.verify(&value).await;
                assert!(
                    !(silent && (verdict.is_dead() || verdict.is_alive())),
                    "silence is no verdict"
                );
                format!("{verdict:?}")
            }
            1 => {
                let order = Order {
                    name: "tw1-00000000-v1-000000",
                    scopes: &["mail.send".to_owned()],
                    with: &BTreeMap::new(),
                    in_use: &[],
                    carried: &[],
                };
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
                assert!(
                    !(silent && (matches!(gone, Ok(true)) || revoked.is_ok())),
                    "silence is no success"
                );
                format!(
                    "{} {}",
                    gone.map_or_else(|refusal| refusal.to_string(), |gone| gone.to_string()),
                    revoked.map_or_else(
                        |refusal| refusal.to_string(),
                        |revoked| format!("{revoked:?}")
                    )
                )
            }
        }
    });
    // Ids and scopes are the provider's own words; a value that it puts there was never secret to
    // it. Errors are ours to clean.
    if what % 4 != 1 {
        assert!(!shown.contains(CANARY), "the value is said: {}", shown.len());
    }
}

/// Any answers of GitHub, public keys to seal for among them: nothing panics, nothing said holds
/// the value, silence is no success.
pub fn github(bytes: &[u8]) {
    let Some((organization, said)) = input::<(bool, Vec<Said>)>(bytes) else { return };
    let silent = said.is_empty();
    let value = Secret::new(CANARY.to_owned());
    let Some(destination) = destination(organization) else { return };
    let shown = at_once(async {
        let api = Api::of(Api::PUBLIC, None);
        let Some(github) =
            api.and_then(|api| GitHub::new(Arc::new(Network::new(said)), &api, &value)).ok()
        else {
            return String::new();
        };
        let secrets = Secrets::new(&github);
        let ready = secrets.prepare(&destination.place).await;
        let before = secrets.look(&destination).await;
        let mut shown = format!("{ready:?} {before:?}");
        let before = before.unwrap_or(Snapshot { updated_at: None, reach: None });
        match secrets.put(&destination, &value, &before).await {
            Ok(arrival) => {
                assert!(!silent, "silence is no success");
                shown += &format!("{:?}", arrival.problems);
            }
            Err(
                PutError::Refused(problem) | PutError::Later(problem) | PutError::Unclear(problem),
            ) => shown += &format!("{problem:?}"),
        }
        shown
    });
    assert!(!shown.contains(CANARY), "the value is said");
}

/// A destination as a config names it.
pub(super) fn destination(organization: bool) -> Option<Destination> {
    let place = if organization {
        "{github: acme, secret: KEY}"
    } else {
        "{github: acme/site, environment: 'a b', secret: KEY}"
    };
    let primary = "{github: acme/site, secret: HOME}";
    let text = format!(
        "version: 1\ntokens: {{t: {{provider: resend, value: env:HOME, destinations: [{primary}, {place}]}}}}\n"
    );
    let nothing = |_: &str| Vec::new();
    let context = Context { looks_like_token: &nothing, known_providers: &["resend"] };
    load(Path::new(".github/tokenward.yml"), &text, &context).ok()?.tokens.pop()?.destinations.pop()
}
