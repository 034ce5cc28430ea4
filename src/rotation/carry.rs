//! What restricts the key in use beside its scopes (an IP allow list, an expiry, a domain) goes
//! over to the new one. Where that cannot be, no key is made, unless the config says what the new
//! one is to have.

use serde_json::Value;

use super::job::Job;
use crate::domain::lifecycle::{Key, TokenState};
use crate::domain::{Code, Problem, Span, Timestamp};
use crate::providers::model::{Carry, Restriction};
use crate::providers::{ListedKey, Restricted};

/// The config's word under `with` for a restriction that the new key is to go without.
const NONE: &str = "none";
/// By how much the end of a new key may be later than it was asked for: providers round.
const ROUNDING: Span = Span::days(1);

/// What goes over to a new key.
#[derive(Clone, Debug, Default)]
pub(super) struct Carried {
    /// What the order says in place of entries of `with`.
    pub(super) with: Vec<(String, Value)>,
    /// What the new key has to show.
    pub(super) kept: Vec<Kept>,
}

/// One restriction that the new key has to show.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    with: String,
    name: String,
    /// As it was told of the old key; none where the config says another, and the new key has to
    /// show any.
    value: Option<Value>,
    /// The new key's own end, where it is one.
    pub(super) until: Option<Timestamp>,
}

/// What of the key in use goes over, and why no key may be made. `keys` is what the provider lists.
pub(super) fn carried(
    job: &Job<'_>,
    state: Option<&TokenState>,
    keys: &[ListedKey],
    now: Option<Timestamp>,
) -> (Carried, Vec<Problem>) {
    let restrictions = job.driver.restrictions();
    let current = state.and_then(|state| state.current.as_ref());
    let listed = current
        .and_then(|key| keys.iter().find(|listed| key.id.as_ref().is_some_and(|id| listed.is(id))));
    let now = job.driver.clock().or(now);
    let mut carried = Carried::default();
    let mut lost = Vec::new();
    for own in restrictions {
        let told = listed.and_then(|key| key.restricted.iter().find(|told| told.with == own.with));
        if let Some(text) = job.config.with.get(&own.with) {
            carried.with.extend(said(own, text, now).map(|value| (own.with.clone(), value)));
            let other = told.filter(|_| text != NONE);
            carried.kept.extend(other.map(|_| Kept {
                with: own.with.clone(),
                name: own.name.clone(),
                value: None,
                until: None,
            }));
        } else if let Some(told) = told {
            match taken_over(own, told, current.zip(listed).zip(now)) {
                Some((value, kept)) => {
                    carried.with.push((own.with.clone(), value));
                    carried.kept.push(kept);
                }
                None => lost.push((own.name.clone(), own.with.clone(), why_not(own))),
            }
        } else {
            carried.with.extend(own.open.clone().map(|open| (own.with.clone(), Value::from(open))));
        }
    }
    for name in listed.into_iter().flat_map(|key| &key.undeclared) {
        let shown = name.as_deref().unwrap_or("an attribute whose name cannot be shown");
        let with = entry(shown);
        if job.config.with.get(&with).is_none_or(|text| text != NONE) {
            lost.push((shown.to_owned(), with, "its provider file does not know that attribute"));
        }
    }
    let problem = current.filter(|_| !lost.is_empty()).map(|key| would_be_lost(job, key, &lost));
    (carried, problem.into_iter().collect())
}

/// What is not known of a key that the provider does not list any more, or whose id is not known.
pub(super) fn unknown(job: &Job<'_>, state: &TokenState, keys: &[ListedKey]) -> Option<Problem> {
    let current = state.current.as_ref()?;
    let unsaid: Vec<&str> = job
        .driver
        .restrictions()
        .iter()
        .filter(|own| !job.config.with.contains_key(&own.with))
        .map(|own| own.name.as_str())
        .collect();
    if unsaid.is_empty() || current.id.as_ref().is_some_and(|id| keys.iter().any(|key| key.is(id)))
    {
        return None;
    }
    let provider = &job.config.provider;
    let why = if current.id.is_some() {
        format!("{provider} does not list it")
    } else {
        "no record knows its id".to_owned()
    };
    let what = format!(
        "whether the key of {} ({}) was restricted cannot be read: {why}",
        job.config.name, current.version
    );
    Some(Problem::new(Code::NotProven, what).cause(format!("the new key has none of these: {}", unsaid.join(", "))).hint(format!(
        "if it should have one, write it under `with`, and replace it: tokenward rotate {} --force --reason TEXT",
        job.config.name
    )))
}

/// What the config says; none where its text goes into the request as it stands.
fn said(own: &Restriction, text: &str, now: Option<Timestamp>) -> Option<Value> {
    if text == NONE {
        return Some(own.open.clone().map_or(Value::Null, Value::from));
    }
    let span = Span::parse(text)?;
    match own.carry? {
        Carry::Value => None,
        Carry::Lifetime => Some(Value::from(span.after(now?).to_string())),
        Carry::Seconds => Some(Value::from(span.as_seconds())),
    }
}

/// What the order carries of a restriction, and what the new key has to show of it.
fn taken_over(
    own: &Restriction,
    told: &Restricted,
    of: Option<((&Key, &ListedKey), Timestamp)>,
) -> Option<(Value, Kept)> {
    let kept = |until| Kept {
        with: own.with.clone(),
        name: own.name.clone(),
        value: Some(told.value.clone()),
        until,
    };
    let carry = own.carry?;
    if carry == Carry::Value {
        return Some((told.value.clone(), kept(None)));
    }
    let ((key, listed), now) = of?;
    // Where the provider does not say when it was made, the journal's moment is never earlier: the
    // new key lives no longer.
    let lives = Span::between(listed.created_at.unwrap_or(key.since), told.until?);
    let until = Some(lives).filter(|lives| !lives.is_zero())?.after(now);
    let value = if carry == Carry::Seconds {
        Value::from(lives.as_seconds())
    } else {
        Value::from(until.to_string())
    };
    Some((value, kept(Some(until))))
}

fn why_not(own: &Restriction) -> &'static str {
    match own.carry {
        None => "it is not told in the form in which a new key takes it",
        Some(_) => "it is told in a form that cannot be read",
    }
}

/// The entry of `with` for an attribute that no file declares.
fn entry(name: &str) -> String {
    let mut entry = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && entry.ends_with(|last: char| last.is_ascii_lowercase()) {
            entry.push('_');
        }
        entry.push(if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' });
    }
    entry
}

fn would_be_lost(job: &Job<'_>, key: &Key, lost: &[(String, String, &str)]) -> Problem {
    let config = job.config;
    let names = lost.iter().map(|(name, ..)| name.as_str()).collect::<Vec<_>>().join(", ");
    let id = key.id.as_ref().map_or_else(String::new, |id| format!(" {id}"));
    let what = format!("a new key of {} would lose what restricts key{id}: {names}", config.name);
    let entries =
        lost.iter().map(|(_, with, _)| format!("{with}: {NONE}")).collect::<Vec<_>>().join(", ");
    let problem =
        lost.iter().fold(Problem::new(Code::RestrictionLost, what), |problem, (name, _, why)| {
            problem.cause(format!("{name}: {why}"))
        });
    problem.hint(format!(
        "say what the new key is to have under `with`; to go without: `with: {{{entries}}}`"
    ))
}

/// What of it a new key does not show; none where it shows all.
pub(super) fn missing(kept: &[Kept], key: &ListedKey) -> Vec<String> {
    let shows = |kept: &Kept| {
        let told = key.restricted.iter().find(|told| told.with == kept.with);
        told.is_some_and(|told| match kept.until {
            Some(until) => told.until.is_some_and(|told| told <= ROUNDING.after(until)),
            None => kept.value.as_ref().is_none_or(|wanted| is_same(&told.value, wanted)),
        })
    };
    kept.iter().filter(|kept| !shows(kept)).map(|kept| kept.name.clone()).collect()
}

/// The same, in whatever order.
fn is_same(told: &Value, wanted: &Value) -> bool {
    match (told, wanted) {
        (Value::Array(told), Value::Array(wanted)) => {
            told.len() == wanted.len()
                && wanted.iter().all(|item| told.contains(item))
                && told.iter().all(|item| wanted.contains(item))
        }
        _ => told == wanted,
    }
}
