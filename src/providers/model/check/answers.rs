//! Rules about responses: none may call a token dead because of an outage, and each must be able to
//! match.

use super::super::call::Method;
use super::super::{BodyTest, ResponseMatcher, Rotate, Spec, Statuses, TokenStatus, VerdictRule};
use super::SpecErrors;

pub(super) fn check(spec: &Spec, flaws: &mut SpecErrors) {
    for (index, probe) in spec.verify.iter().enumerate() {
        let at = format!("verify[{index}]");
        if probe.request.method != Method::Get && !probe.request.repeatable {
            flaws.add(
                format!("{at}.request"),
                "is not a GET; set `repeatable: true` if it changes nothing (a test call must not change anything)",
            );
        }
        for kind in &probe.kinds {
            match spec.tokens.iter().find(|own| own.id == *kind) {
                None => flaws.add(
                    format!("{at}.kinds"),
                    format!("names `{kind}`, which `tokens` does not define"),
                ),
                Some(own) if !own.testable => flaws
                    .add(format!("{at}.kinds"), format!("names `{kind}`, which is not `testable`")),
                Some(_) => {}
            }
        }
        if probe.verdicts.is_empty() {
            flaws
                .add(format!("{at}.verdicts"), "is empty, so every response would be inconclusive");
        }
        for (rule_index, rule) in probe.verdicts.iter().enumerate() {
            let place = format!("{at}.verdicts[{rule_index}]");
            verdict(&place, rule, flaws);
            if rule.confirm && index + 1 == spec.verify.len() {
                flaws.add(&*place, "has `confirm`, but there is no next probe to confirm it");
            }
        }
    }
    for (index, exchange) in spec.exchanges.iter().enumerate() {
        let at = format!("exchanges[{index}]");
        success(&format!("{at}.ok"), &exchange.ok, flaws);
        flaws.pointer(&format!("{at}.token"), &exchange.token, false);
        exchange
            .scopes
            .iter()
            .for_each(|place| flaws.pointer(&format!("{at}.scopes"), place, true));
        for (rule_index, rule) in exchange.verdicts.iter().enumerate() {
            let place = format!("{at}.verdicts[{rule_index}]");
            verdict(&place, rule, flaws);
            if rule.confirm
                || rule.goes_on
                || matches!(rule.is, TokenStatus::Live | TokenStatus::Limited)
            {
                flaws.add(place, "applies to a response without a token, so it can only be a dead status, `rate-limited` or `unknown`");
            }
        }
    }
    for (place, rotate) in spec.rotations() {
        rotation(&place, rotate, flaws);
    }
}

fn rotation(at: &str, rotate: &Rotate, flaws: &mut SpecErrors) {
    for (step, tests) in [
        ("create.quota", rotate.create.as_ref().map(|create| &create.quota)),
        ("get.gone", rotate.get.as_ref().map(|get| &get.gone)),
        ("revoke.gone", rotate.revoke.as_ref().map(|revoke| &revoke.gone)),
        ("oauth.dead", rotate.oauth.as_ref().map(|oauth| &oauth.dead)),
    ] {
        for (index, test) in tests.into_iter().flatten().enumerate() {
            let place = format!("{at}.{step}[{index}]");
            when(&place, test, flaws);
            if test.status.as_ref().is_none_or(|statuses| {
                statuses.0.iter().any(|status| !(400..=499).contains(status))
            }) {
                flaws.add(
                    place,
                    "must list statuses from 400 to 499: an outage or a success is not a refusal",
                );
            }
        }
    }
    for (step, ok) in [
        ("create.ok", rotate.create.as_ref().map(|create| &create.ok)),
        ("list.ok", rotate.list.as_ref().map(|list| &list.ok)),
        ("get.ok", rotate.get.as_ref().map(|get| &get.ok)),
        ("last-used.ok", rotate.last_used.as_ref().map(|last_used| &last_used.ok)),
        ("disable.ok", rotate.disable.as_ref().map(|disable| &disable.ok)),
        ("revoke.ok", rotate.revoke.as_ref().map(|revoke| &revoke.ok)),
        ("oauth.ok", rotate.oauth.as_ref().map(|oauth| &oauth.ok)),
        ("slots.ok", rotate.slots.as_ref().map(|slots| &slots.ok)),
    ] {
        ok.into_iter().for_each(|statuses| success(&format!("{at}.{step}"), statuses, flaws));
    }
    for (index, test) in rotate.list.iter().flat_map(|list| &list.ended).enumerate() {
        body(&format!("{at}.list.ended[{index}]"), test, flaws);
    }
}

fn success(at: &str, statuses: &Statuses, flaws: &mut SpecErrors) {
    if statuses.0.is_empty() || statuses.0.iter().any(|status| !(200..=299).contains(status)) {
        flaws.add(
            at,
            "must list statuses from 200 to 299; put statuses for `no such key` into `gone`",
        );
    }
}

fn verdict(at: &str, rule: &VerdictRule, flaws: &mut SpecErrors) {
    when(&format!("{at}.when"), &rule.when, flaws);
    let facts = rule.scopes.is_some()
        || rule.scopes_are.is_some()
        || rule.owner.is_some()
        || rule.expires_at.is_some();
    if facts && !matches!(rule.is, TokenStatus::Live | TokenStatus::Limited) {
        flaws.add(at, "sets scopes, owner or expiry for a token that is not live");
    }
    if rule.scopes.is_some() && rule.scopes_are.is_some() {
        flaws.add(at, "has both `scopes` and `scopes-are`; remove one");
    }
    if rule.goes_on && !matches!(rule.is, TokenStatus::Live | TokenStatus::Limited) {
        flaws.add(at, "continues with the next probe, which only a live token can do");
    }
    if rule.confirm && !rule.is.is_dead() {
        flaws.add(at, "has `confirm`, which is only for a verdict that the token is dead");
    }
    let statuses = rule.when.status.as_ref();
    if rule.is.is_dead()
        && statuses.is_some_and(|statuses| {
            statuses.0.iter().any(|status| matches!(status, 300..=399 | 429 | 502..=504))
        })
    {
        flaws.add(at, "calls a token dead because of a redirect, a rate limit or an outage");
    }
    if rule.is.is_dead() && rule.when.unparsed && rule.when.body.is_empty() {
        flaws.add(at, "calls a token dead because of a body that could come from a proxy");
    }
    let outside = |statuses: &Statuses| statuses.0.iter().any(|status| *status >= 500);
    if rule.is == TokenStatus::Live && statuses.is_some_and(outside) {
        flaws.add(at, "calls a token live because of a server error");
    }
    for (key, pointer) in
        [("scopes", &rule.scopes), ("owner", &rule.owner), ("expires-at", &rule.expires_at)]
    {
        if let Some(pointer) = pointer {
            flaws.pointer(&format!("{at}.{key}"), pointer, key == "scopes");
        }
    }
}

fn when(at: &str, when: &ResponseMatcher, flaws: &mut SpecErrors) {
    if when.status.is_none() && when.body.is_empty() {
        flaws.add(at, "matches every response");
    }
    if when.status.as_ref().is_some_and(|statuses| {
        statuses.0.is_empty() || statuses.0.iter().any(|status| !(200..=599).contains(status))
    }) {
        flaws.add(format!("{at}.status"), "must list statuses from 200 to 599");
    }
    for (index, test) in when.body.iter().enumerate() {
        body(&format!("{at}.body[{index}]"), test, flaws);
    }
}

fn body(at: &str, test: &BodyTest, flaws: &mut SpecErrors) {
    if let Some(pointer) = test.pointer.as_deref() {
        flaws.pointer(&format!("{at}.pointer"), pointer, true);
    }
    if test.equals.as_ref().is_some_and(|wanted| !wanted.is_string()) && test.pointer.is_none() {
        flaws.add(at, "compares the whole body; select a part of it with `pointer`");
    }
    if test.pointer.is_none() && test.equals.is_none() && test.contains.is_none() {
        flaws.add(at, "tests nothing");
    }
    if test.contains.as_deref().is_some_and(|text| text.trim().is_empty()) {
        flaws.add(format!("{at}.contains"), "is empty, so it is in every text");
    }
}
