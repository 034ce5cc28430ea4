//! Carries the restrictions of the key in use beside its scopes (an IP allow list, an expiry, a
//! domain) over to the new key. If one cannot be carried over, no key is issued, unless the config
//! says what the new key should have.

use serde_json::Value;

use super::job::Job;
use crate::domain::lifecycle::{Key, TokenState};
use crate::domain::{KeyId, Problem, Span, Timestamp};
use crate::providers::model::{Carry, Restriction};
use crate::providers::{ListedKey, Restricted};
use crate::rotation::problems;
use crate::rotation::problems::issuing::Lost;

/// The entry of `with` for a restriction that the new key should not have.
const NONE: &str = "none";
/// How much later than requested a new key may expire: providers round.
const ROUNDING: Span = Span::days(1);

/// The restrictions of a new key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Carried {
    /// What the request contains in place of entries of `with`.
    pub(crate) with: Vec<(String, Value)>,
    /// What the provider has to show for the new key.
    pub(crate) kept: Vec<Kept>,
}

/// One restriction that the provider has to show for the new key.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    with: String,
    name: String,
    /// The old key's restriction; none if the config sets another: then the new key
    /// only has to show one.
    value: Option<Value>,
    /// When the new key expires, if the restriction is an expiry.
    pub(crate) until: Option<Timestamp>,
}

/// What is carried over from the key in use, and why no key may be issued. `keys` is the provider's
/// list.
pub(crate) fn carried(
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
                None => lost.push(Lost {
                    name: own.name.clone(),
                    entry: own.with.clone(),
                    why: why_not(own),
                }),
            }
        } else {
            carried.with.extend(own.open.clone().map(|open| (own.with.clone(), Value::from(open))));
        }
    }
    lost.extend(undeclared(job, listed));
    let problem = current.filter(|_| !lost.is_empty()).map(|key| {
        let key = key.id.as_ref().map_or_else(|| "the key in use".to_owned(), key_label);
        problems::issuing::would_lose(&job.config.name, &key, &lost, NONE)
    });
    (carried, problem.into_iter().collect())
}

/// Attributes of the key in use that the provider file does not declare, and that the config does
/// not give up.
fn undeclared(job: &Job<'_>, listed: Option<&ListedKey>) -> Vec<Lost> {
    let names = listed.into_iter().flat_map(|key| &key.undeclared);
    let lost = names.map(|name| {
        let name = name.as_deref().unwrap_or("an attribute whose name cannot be shown").to_owned();
        let why = "the provider file does not declare that attribute";
        Lost { entry: entry(&name), name, why }
    });
    lost.filter(|lost| job.config.with.get(&lost.entry).is_none_or(|text| text != NONE)).collect()
}

/// Reports restrictions that cannot be read: the provider no longer lists the key, or its id is not
/// known.
pub(crate) fn unknown(job: &Job<'_>, state: &TokenState, keys: &[ListedKey]) -> Option<Problem> {
    let current = state.current.as_ref()?;
    let possible: Vec<&str> = job
        .driver
        .restrictions()
        .iter()
        .filter(|own| !job.config.with.contains_key(&own.with))
        .map(|own| own.name.as_str())
        .collect();
    if possible.is_empty()
        || current.id.as_ref().is_some_and(|id| keys.iter().any(|key| key.is(id)))
    {
        return None;
    }
    let id_is_known = current.id.is_some();
    Some(problems::issuing::restrictions_unknown(
        job.config,
        current.version,
        id_is_known,
        &possible,
    ))
}

fn key_label(id: &KeyId) -> String {
    format!("key {id}")
}

/// What the config sets; none if its text goes into the request unchanged.
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

/// What the request contains for a restriction, and what the provider has to show for the new key.
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
    // If the provider does not report when it issued the key, the journal's time is used. That is
    // never earlier, so the new key does not live longer than the old one did.
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
        None => "the provider does not report it in the form that a new key needs",
        Some(_) => "the provider reports it in a form that cannot be read",
    }
}

/// The entry of `with` for an attribute that the provider file does not declare.
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

/// The names of the restrictions that the provider does not show for the new key.
pub(crate) fn missing(kept: &[Kept], key: &ListedKey) -> Vec<String> {
    let shows = |kept: &Kept| {
        let told = key.restricted.iter().find(|told| told.with == kept.with);
        told.is_some_and(|told| match kept.until {
            Some(until) => told.until.is_some_and(|told| told <= ROUNDING.after(until)),
            None => kept.value.as_ref().is_none_or(|wanted| is_same(&told.value, wanted)),
        })
    };
    kept.iter().filter(|kept| !shows(kept)).map(|kept| kept.name.clone()).collect()
}

/// Whether two restrictions are equal; the order of a list does not matter.
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
