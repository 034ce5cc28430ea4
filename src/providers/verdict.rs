//! Derives a verdict from a response by the rules of a provider file. A response that no rule
//! describes is `unknown`, never dead and never fine.

use super::body::Reply;
use super::model::{Exchange, Probe, Spec, TokenStatus, VerdictRule, pointer};
use super::{retry_after, timestamps};
use crate::domain::{Facts, Verdict, text::sanitize};

/// What one probe's response says, and whether it needs confirmation.
pub(super) struct Judgement {
    pub(super) verdict: Verdict,
    pub(super) confirm: bool,
    /// Whether the next probe may add to it.
    pub(super) goes_on: bool,
}

/// The first rule that matches decides.
pub(super) fn judge(spec: &Spec, probe: &Probe, reply: &Reply<'_>) -> Judgement {
    let (json, text) = (reply.json.as_ref(), &reply.answer.body);
    match probe.rule(reply.status(), json, text) {
        Some(rule) => Judgement {
            verdict: said(spec, rule, reply),
            confirm: rule.confirm,
            goes_on: rule.goes_on,
        },
        None => Judgement { verdict: unsaid(spec, reply), confirm: false, goes_on: false },
    }
}

/// What the response of an exchange without a token says about the value.
pub(super) fn of_exchange(spec: &Spec, exchange: &Exchange, reply: &Reply<'_>) -> Verdict {
    exchange
        .verdicts
        .iter()
        .find(|rule| reply.fits(&rule.when))
        .map_or_else(|| unsaid(spec, reply), |rule| said(spec, rule, reply))
}

/// What the refusal of a manager's request says about the credential, by the rules of the test
/// calls.
pub(super) fn of_manager(spec: &Spec, reply: &Reply<'_>) -> Option<TokenStatus> {
    let rules = spec.verify.iter().flat_map(|probe| &probe.verdicts);
    rules.filter(|rule| !rule.confirm).find(|rule| reply.fits(&rule.when)).map(|rule| rule.is)
}

fn said(spec: &Spec, rule: &VerdictRule, reply: &Reply<'_>) -> Verdict {
    match rule.is {
        TokenStatus::Live => Verdict::Live(facts(spec, rule, reply)),
        TokenStatus::Limited => Verdict::Limited(facts(spec, rule, reply)),
        TokenStatus::Expired => Verdict::Expired,
        TokenStatus::Revoked => Verdict::Revoked,
        TokenStatus::Invalid => Verdict::Invalid,
        TokenStatus::RateLimited => {
            Verdict::RateLimited { until: retry_after::until(spec, reply.answer) }
        }
        TokenStatus::Unknown => Verdict::Unknown {
            why: format!("{} answered {}, which is inconclusive", spec.name, reply.status()),
        },
    }
}

fn unsaid(spec: &Spec, reply: &Reply<'_>) -> Verdict {
    let (name, status) = (&spec.name, reply.status());
    let why = match status {
        429 => return Verdict::RateLimited { until: retry_after::until(spec, reply.answer) },
        300..=399 => super::error::redirected(name, status),
        500..=599 => format!("{name} answered {status}, which is inconclusive"),
        _ if reply.is_foreign() => format!(
            "the body of a {status} response is truncated or not from {name}; is there a proxy?"
        ),
        _ => format!("{name} answered {status}, which its provider file does not describe"),
    };
    Verdict::Unknown { why }
}

fn facts(spec: &Spec, rule: &VerdictRule, reply: &Reply<'_>) -> Facts {
    let json = reply.json.as_ref();
    let found = rule.scopes.as_deref().and_then(|place| pointer::words(json?, place));
    // An expiry that is null or missing means none.
    let end = rule
        .expires_at
        .as_deref()
        .and_then(|place| json?.pointer(place))
        .filter(|end| !end.is_null());
    let expires_at = end.and_then(timestamps::read);
    let unread = [
        ("scopes", rule.scopes.is_some() && found.is_none()),
        ("expires-at", end.is_some() && expires_at.is_none()),
    ];
    Facts {
        scopes: found.or_else(|| rule.scopes_are.clone()).map(|scopes| settable(spec, scopes)),
        owner: rule
            .owner
            .as_deref()
            .and_then(|place| pointer::text(json?, place))
            .map(|owner| sanitize(&owner)),
        expires_at,
        unread: unread
            .into_iter()
            .filter(|(_, is_unread)| *is_unread)
            .map(|(what, _)| what)
            .collect(),
    }
}

/// Sorted, without duplicates and without those that the provider adds to every token.
pub(super) fn settable(spec: &Spec, mut scopes: Vec<String>) -> Vec<String> {
    scopes.retain(|scope| !spec.automatic_scopes.contains(scope));
    for scope in &mut scopes {
        *scope = sanitize(scope);
    }
    scopes.sort();
    scopes.dedup();
    scopes
}
