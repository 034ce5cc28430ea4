//! Lists all keys of an account. A page that fails, is truncated, repeats or is too short is an
//! error: an incomplete list would hide keys.

use std::collections::BTreeSet;

use serde_json::Value;

use super::body::Reply;
use super::driver::{Driver, HELD_BACK};
use super::error::{self, ProviderError};
use super::model::{Carry, List, Restriction, pointer, sounds_like_one};
use super::render::Vars;
use super::{paging, timestamps};
use crate::domain::prose::is_prose;
use crate::domain::{KeyId, Secret, Timestamp, ids, text::sanitize};
use crate::net::auth::Credential;
use crate::net::{Answer, Pages, Request};

/// More pages than any account has.
const MOST_PAGES: usize = 500;

/// A key as its provider lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedKey {
    /// Its id at the provider. `None` if the id is invalid or repeats a value. Such a key counts,
    /// and is not ours.
    pub id: Option<KeyId>,
    /// Its name, safe to show.
    pub name: Option<String>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// When it was last used, if the provider says.
    pub last_used: Option<Timestamp>,
    /// Whether the provider reports its last use in an unknown format.
    pub use_unread: bool,
    /// The end of its value, if the list shows it.
    pub tail: Option<String>,
    /// Whether it is listed but no longer accepted.
    pub ended: bool,
    /// Its declared restrictions, in the order of the file.
    pub restricted: Vec<Restricted>,
    /// The names of undeclared attributes that sound like restrictions, safe to show; `None` if a
    /// name cannot be shown.
    pub undeclared: Vec<Option<String>>,
}

/// One restriction of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restricted {
    /// The entry of `with` that its file names for it.
    pub with: String,
    /// What the provider shows.
    pub value: Value,
    /// The time, if it is one.
    pub until: Option<Timestamp>,
}

impl ListedKey {
    /// A key of which only the id is known.
    pub(super) fn of(id: KeyId) -> Self {
        Self {
            id: Some(id),
            name: None,
            created_at: None,
            last_used: None,
            use_unread: false,
            tail: None,
            ended: false,
            restricted: Vec::new(),
            undeclared: Vec::new(),
        }
    }

    /// Whether it is the key with this id.
    #[must_use]
    pub fn is(&self, id: &KeyId) -> bool {
        self.id.as_ref() == Some(id)
    }
}

impl Driver<'_> {
    /// All keys that the manager can see.
    ///
    /// # Errors
    /// Also if only part of the list could be read.
    pub async fn list(&self, manager: &Secret) -> Result<Vec<ListedKey>, ProviderError> {
        if let Some(slots) = &self.rotation().slots {
            return self.slots_listed(slots, manager).await;
        }
        let Some(list) = &self.rotation().list else {
            return Err(ProviderError::no_api(self.spec, "list keys"));
        };
        let auth = self.managing(&list.request);
        let credential = self.managed(auth, manager).await?;
        let make = || self.request(&list.request, auth, &credential, Vars::default());
        let first = make()?;
        let mut request = first.again();
        let mut keys = Vec::new();
        let mut seen = BTreeSet::new();
        let mut pages = Pages::at_most(MOST_PAGES);
        for page in 1.. {
            pages.visit(&request.url.to_string()).map_err(ProviderError::unclear)?;
            let again = || if page == 1 { make() } else { Ok(request.again()) };
            let answer = self.look(&list.request, auth, again).await?;
            if !list.ok.has(answer.status) {
                return Err(error::of(self.spec, &credential, &answer));
            }
            let (found, json) = self.page(list, &credential, &answer)?;
            let before = keys.len();
            let count = found.len();
            let last = found.last().map(|(id, _)| id.clone());
            keys.extend(found.into_iter().filter_map(|(id, key)| seen.insert(id).then_some(key)));
            let Some(way) = &list.paging else {
                return Ok(keys);
            };
            let position =
                paging::Position { page, count, total: keys.len(), last: last.as_deref() };
            let next = paging::next(way, &json, &answer, &position);
            let Some(next) = next.map_err(ProviderError::unclear)? else { return Ok(keys) };
            // Pages can shift while they are read and repeat a key; a page without a new one would
            // mean an endless list.
            if keys.len() == before {
                return Err(ProviderError::unclear("a page of the list has no new entry"));
            }
            request = self.following(&first, next)?;
        }
        Err(ProviderError::unclear("the list has no end"))
    }

    /// The request for the next page, made from the one for the first.
    fn following(&self, first: &Request, next: paging::Next) -> Result<Request, ProviderError> {
        let address = match next {
            paging::Next::Parameter { name, value } => {
                paging::with_parameter(&first.url, &name, &value)
            }
            paging::Next::Address(address) => paging::absolute(&first.url, &address)
                .ok_or_else(|| ProviderError::unclear("the next page's address is invalid"))?,
        };
        self.elsewhere(first.again(), &address)
    }

    /// The keys of a page, each with its unchanged id.
    fn page(
        &self,
        list: &List,
        credential: &Credential<'_>,
        answer: &Answer,
    ) -> Result<(Vec<(String, ListedKey)>, Value), ProviderError> {
        let broken = || {
            ProviderError::unclear(format!(
                "the list from {} is truncated or has an unknown format",
                self.spec.name
            ))
        };
        let json = Reply::of(answer).json.ok_or_else(broken)?;
        let items = items(list, &json).ok_or_else(broken)?;
        let scrub = self.cleaner(credential);
        let clean = |text: &str| self.masker.cleaned(&scrub(text));
        let repeats = |text: &str| self.repeats(credential, text);
        let keys = items.iter().map(|item| key(list, item, &clean, &repeats));
        let keys = keys.collect::<Option<Vec<_>>>().ok_or_else(broken)?;
        Ok((keys, json))
    }
}

/// The items of a page; `None` if it has no list.
fn items<'j>(list: &List, json: &'j Value) -> Option<&'j [Value]> {
    match json.pointer(&list.items)? {
        Value::Array(items) => Some(items),
        // An XML element without children.
        Value::String(text) if text.is_empty() => Some(&[]),
        _ => None,
    }
}

/// The key of an item, with its unchanged id; `None` if it has no id. `repeats` says whether a text
/// contains a value, `clean` removes values from it.
fn key(
    list: &List,
    item: &Value,
    clean: &impl Fn(&str) -> String,
    repeats: &impl Fn(&str) -> bool,
) -> Option<(String, ListedKey)> {
    let at = |place: &Option<String>| place.as_deref().and_then(|place| item.pointer(place));
    let text =
        |place: &Option<String>| place.as_deref().and_then(|place| pointer::text(item, place));
    let id = pointer::text(item, &list.id)?;
    // An id is journaled and shown, so one that repeats a value is refused.
    let known = KeyId::named(&id)
        .filter(|known| clean(known.as_str()) == known.as_str() && !repeats(known.as_str()));
    let used = at(&list.last_used).filter(|used| !used.is_null());
    let last_used = used.and_then(timestamps::read);
    let key = ListedKey {
        id: known,
        name: text(&list.name).map(|name| shown_name(&name, clean, repeats)),
        created_at: at(&list.created_at).and_then(timestamps::read),
        last_used,
        use_unread: used.is_some() && last_used.is_none(),
        tail: text(&list.tail),
        ended: list.ended.iter().any(|test| test.holds_in(item)),
        restricted: list.restricts.iter().filter_map(|own| restricted(own, item)).collect(),
        undeclared: undeclared(list, item)
            .map(|name| Some(name).filter(|name| is_word(name) && !repeats(name)))
            .collect(),
    };
    Some((id, key))
}

/// A key's name if tokenward could have given it or if it is plain words, otherwise only its mark.
fn shown_name(
    name: &str,
    clean: &impl Fn(&str) -> String,
    repeats: &impl Fn(&str) -> bool,
) -> String {
    let mark = mark(name);
    let is_fit = ids::is_attempt(name.get(mark.len()..).unwrap_or_default())
        || is_prose(&sanitize(name)) && !repeats(name);
    if is_fit { sanitize(&clean(name)) } else { format!("{mark}{HELD_BACK}") }
}

/// A restriction in an item; `None` if it means no restriction.
fn restricted(own: &Restriction, item: &Value) -> Option<Restricted> {
    let value = item.pointer(&own.at).filter(|value| !own.is_open(value))?;
    let until = timestamps::read(value).filter(|_| own.carry.is_some_and(Carry::is_end));
    Some(Restricted { with: own.with.clone(), value: value.clone(), until })
}

/// Undeclared attributes of an item that sound like restrictions.
fn undeclared<'i>(list: &List, item: &'i Value) -> impl Iterator<Item = String> + use<'i> {
    let optional = [&list.name, &list.created_at, &list.last_used, &list.tail];
    let declared =
        std::iter::once(&list.id).chain(optional.into_iter().flatten()).chain(&list.plain);
    let declared = declared
        .chain(list.restricts.iter().map(|own| &own.at))
        .chain(list.ended.iter().filter_map(|test| test.pointer.as_ref()));
    let known: BTreeSet<String> = declared
        .filter_map(|place| Some(place.split('/').nth(1)?.replace("~1", "/").replace("~0", "~")))
        .collect();
    let entries = item.as_object().into_iter().flatten();
    entries
        .filter(move |(name, value)| !known.contains(*name) && sounds_like_one(name, value))
        .map(|(name, _)| name.clone())
}

/// A name, safe to show.
fn is_word(name: &str) -> bool {
    name.len() <= 40
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// The prefix of key names given by tokenward: `tw1-` and up to eight hexadecimal digits, with the
/// separator after them.
fn mark(name: &str) -> &str {
    let Some(rest) = name.strip_prefix("tw1-") else { return "" };
    let digits = rest.bytes().take(8).take_while(u8::is_ascii_hexdigit).count();
    let sign = usize::from(rest.as_bytes().get(digits) == Some(&b'-'));
    name.get(..4 + digits + sign).unwrap_or_default()
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
