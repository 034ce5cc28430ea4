//! A provider file as a row of the reports.

use std::collections::BTreeMap;

use crate::domain::ProviderId;
use crate::providers::Spec;
use crate::report::ProviderRow;

fn steps(spec: &Spec) -> Vec<String> {
    let manual = spec.rotate.manual.iter().flat_map(|manual| manual.steps());
    manual.chain(spec.console.iter().map(|link| format!("console: {link}"))).collect()
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
