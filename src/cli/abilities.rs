//! From a provider file to what the rotation and the reports want to know of it.

use std::collections::BTreeMap;

use crate::domain::ProviderId;
use crate::providers::Spec;
use crate::providers::model::{ClientAuth, Kind, Rotate};
use crate::report::ProviderRow;
use crate::rotation::Abilities;

/// Names are at most 24 characters long; a provider that says nothing is taken to allow that.
const SHORTEST_NAME_LIMIT: u32 = 64;

pub(super) fn abilities_of(rotate: &Rotate) -> Abilities {
    let limits = &rotate.limits;
    Abilities {
        issues: (rotate.kind == Kind::ApiKey && rotate.create.is_some()) || rotate.slots.is_some(),
        fixed: rotate.slots.is_some(),
        most_keys: limits.keys.and_then(|keys| usize::try_from(keys).ok()),
        longest_name: usize::try_from(limits.name.unwrap_or(SHORTEST_NAME_LIMIT))
            .unwrap_or(usize::MAX),
        revoke_lag: limits.revoke_lag.unwrap_or_default(),
        list_lag: limits.list_lag.unwrap_or_default(),
        use_lag: limits.use_lag.unwrap_or_default(),
        settle: limits.settle.unwrap_or_default(),
        needs_scopes: rotate.needs_scopes,
        self_managed: rotate.self_managed,
        manager_needs: rotate.manager_needs.clone(),
        steps: rotate_steps(rotate).collect(),
        manual: rotate.kind == Kind::Manual,
        refreshes: rotate.kind == Kind::Oauth,
        single_use: rotate.oauth.as_ref().is_some_and(|oauth| oauth.single_use),
        needs_client: rotate.oauth.as_ref().is_some_and(|oauth| oauth.client != ClientAuth::None),
        disables: rotate.disable.is_some(),
        revokes: rotate.revoke.is_some() || rotate.slots.is_some(),
        ends_by_value: rotate.ends_by_value(),
    }
}

fn steps(spec: &Spec) -> Vec<String> {
    rotate_steps(&spec.rotate)
        .chain(spec.console.iter().map(|link| format!("it is at {link}")))
        .collect()
}

fn rotate_steps(rotate: &Rotate) -> impl Iterator<Item = String> {
    rotate.manual.iter().flat_map(|manual| manual.steps.iter().cloned())
}

pub(super) fn row(spec: &Spec) -> ProviderRow {
    let limits = &spec.rotate.limits;
    let spans = [
        ("revoke-lag", limits.revoke_lag),
        ("list-lag", limits.list_lag),
        ("use-lag", limits.use_lag),
        ("settle", limits.settle),
    ];
    let numbers = [("keys", limits.keys), ("name", limits.name)];
    let mut said: BTreeMap<String, String> = spans
        .into_iter()
        .filter_map(|(name, span)| Some((name.to_owned(), span?.to_string())))
        .collect();
    said.extend(
        numbers
            .into_iter()
            .filter_map(|(name, number)| Some((name.to_owned(), number?.to_string()))),
    );
    let can = spec.capabilities();
    ProviderRow {
        id: ProviderId::new(spec.id.clone()),
        name: spec.name.clone(),
        docs: spec.docs.clone(),
        tokens: can.tokens,
        verify: can.verify,
        issue: can.issue,
        list: can.list,
        revoke: can.revoke,
        overlap: can.overlap,
        oauth: can.oauth,
        manual: can.manual,
        limits: said,
        steps: steps(spec),
        hazards: spec.hazards.clone(),
    }
}
