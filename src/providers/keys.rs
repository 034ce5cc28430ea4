//! Issues, disables and revokes keys. Each request is sent once: after a lost response the caller
//! checks the list.

use std::collections::BTreeMap;

use serde_json::Value;

use super::body::Reply;
use super::driver::Driver;
use super::error::{self, ProviderError};
use super::model::{Call, Create, ResponseMatcher, Statuses, pointer};
use super::render::Vars;
use super::{timestamps, verdict};
use crate::domain::{KeyId, Secret, Timestamp};
use crate::net::auth::Credential;

/// A key to issue.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// Its name at the provider, to find it if the response is lost.
    pub name: &'a str,
    /// Its permissions, in the provider's words.
    pub scopes: &'a [String],
    /// Other parameters; these override the driver's own.
    pub with: &'a BTreeMap<String, String>,
    /// Restrictions carried over from the key in use, by their entry of `with`; these override
    /// others, and null omits an entry.
    pub carried: &'a [(String, Value)],
    /// The ids of this token's keys that work or may work: if keys are fixed, none of these is
    /// regenerated.
    pub in_use: &'a [KeyId],
}

/// An issued key.
#[derive(Debug)]
pub struct Minted {
    /// Its value, shown only once.
    pub value: Secret,
    /// Whether this run already held the value, or a part of it: then it is not new.
    pub known: bool,
    /// Its id at the provider.
    pub id: KeyId,
    /// Its scopes, if the provider says; sorted, without automatic ones.
    pub scopes: Option<Vec<String>>,
    /// When, by the provider's clock.
    pub at: Option<Timestamp>,
}

/// The result of a successful revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// The key was revoked now.
    Done,
    /// The key no longer existed.
    AlreadyGone,
}

impl Driver<'_> {
    /// Issues a key. Its value is masked before anything else happens to it.
    ///
    /// # Errors
    /// [`ProviderError::Unclear`] if a key may exist whose value is lost; any other error means
    /// that there is none.
    pub async fn create(
        &self,
        manager: &Secret,
        order: &Order<'_>,
    ) -> Result<Minted, ProviderError> {
        if let Some(slots) = &self.rotation().slots {
            return self.fill(slots, manager, order).await;
        }
        let Some(create) = &self.rotation().create else {
            return Err(ProviderError::no_api(self.spec, "issue keys"));
        };
        self.orderly(order)?;
        let auth = self.managing(&create.request);
        let credential = self.managed(auth, manager).await?;
        let vars = Vars {
            name: Some(order.name),
            scopes: Some(order.scopes),
            with: Some(order.with),
            carried: Some(order.carried),
            ..Vars::default()
        };
        let call = create.request_for(order.scopes);
        let answer =
            self.act(auth, || self.request(&call, auth, &credential, vars.clone())).await?;
        let mut reply = Reply::of(&answer);
        if create.ok.has(answer.status) {
            return self.minted(create, &credential, &mut reply);
        }
        // A proxy's web page never means that a quota is reached.
        if !reply.is_success() && create.quota.iter().any(|when| reply.fits(when)) {
            return Err(ProviderError::QuotaReached {
                message: error::message(self.spec, &credential, &reply),
            });
        }
        Err(error::of(self.spec, &credential, &answer))
    }

    fn orderly(&self, order: &Order<'_>) -> Result<(), ProviderError> {
        let rotate = self.rotation();
        if rotate.needs_scopes && order.scopes.is_empty() {
            return Err(ProviderError::not_done(format!(
                "{} would issue a key with full access, because no scopes are set",
                self.spec.name
            )));
        }
        match rotate.limits.name {
            Some(longest)
                if order.name.chars().count() > usize::try_from(longest).unwrap_or(usize::MAX) =>
            {
                Err(ProviderError::not_done(format!(
                    "the key's name exceeds the limit of {longest} characters at {}",
                    self.spec.name
                )))
            }
            _ => Ok(()),
        }
    }

    fn minted(
        &self,
        create: &Create,
        credential: &Credential<'_>,
        reply: &mut Reply<'_>,
    ) -> Result<Minted, ProviderError> {
        let name = &self.spec.name;
        let date = reply.answer.date();
        let status = reply.status();
        let Some(json) = &mut reply.json else {
            return Err(ProviderError::unclear(format!(
                "{name} answered {status}, but the body is truncated or not JSON; a key may exist"
            )));
        };
        let Some(value) = taken(json, create) else {
            return Err(ProviderError::unclear(format!(
                "{name} answered {status} without a value; a key may exist"
            )));
        };
        let known = self.masker.knows(&value);
        self.mask(&value);
        let given = create.id.as_deref().and_then(|place| pointer::text(json, place));
        let Some(id) = given.as_deref().map_or_else(|| self.key_id(&value), KeyId::given) else {
            let why = if given.is_some() { "its id is invalid" } else { "its id is unknown" };
            return Err(ProviderError::unclear(format!("{name} issued a key, but {why}")));
        };
        // An id is journaled and shown, so one that contains a value is refused.
        let is_clean = |known: &Credential<'_>| {
            self.clean(known, id.as_str()) == id.as_str() && !self.repeats(known, id.as_str())
        };
        if !is_clean(credential) || !is_clean(&self.credential(&value)) {
            return Err(ProviderError::unclear(format!(
                "{name} issued a key whose id contains a secret value"
            )));
        }
        let scopes = create.scopes.as_deref().and_then(|place| pointer::words(json, place));
        let scopes =
            scopes.map(|scopes| self.words(credential, verdict::settable(self.spec, scopes)));
        let at =
            create.created_at.as_deref().and_then(|place| timestamps::read(json.pointer(place)?));
        Ok(Minted { value, known, id, scopes, at: at.or(date) })
    }

    /// Revokes a key.
    ///
    /// # Errors
    /// Also if our own credential is refused: that says nothing about the key.
    pub async fn revoke(&self, manager: &Secret, id: &KeyId) -> Result<Revoked, ProviderError> {
        if let Some(slots) = &self.rotation().slots {
            return self.empty(slots, manager, id).await;
        }
        let Some(revoke) = &self.rotation().revoke else {
            return Err(ProviderError::no_api(self.spec, "revoke keys"));
        };
        if self.rotation().ends_by_value() {
            return Err(ProviderError::not_done(format!(
                "{} revokes a key only if the request contains its value",
                self.spec.name
            )));
        }
        self.ended(manager, id, None, &revoke.request, &revoke.ok, &revoke.gone).await
    }

    /// Revokes a key whose value we have, also if the provider requires the value.
    ///
    /// # Errors
    /// As [`Driver::revoke`].
    pub async fn revoke_held(
        &self,
        manager: &Secret,
        id: &KeyId,
        value: &Secret,
    ) -> Result<Revoked, ProviderError> {
        match self.rotation().revoke.as_ref().filter(|_| self.rotation().ends_by_value()) {
            Some(revoke) => {
                self.ended(manager, id, Some(value), &revoke.request, &revoke.ok, &revoke.gone)
                    .await
            }
            None => self.revoke(manager, id).await,
        }
    }

    /// Disables a key, which can be undone. `None` if the provider has no such call.
    ///
    /// # Errors
    /// As [`Driver::revoke`].
    pub async fn disable(
        &self,
        manager: &Secret,
        id: &KeyId,
    ) -> Result<Option<Revoked>, ProviderError> {
        let Some(disable) = &self.rotation().disable else {
            return Ok(None);
        };
        let gone = self.rotation().revoke.as_ref().map_or(&[][..], |revoke| &revoke.gone);
        self.ended(manager, id, None, &disable.request, &disable.ok, gone).await.map(Some)
    }

    async fn ended(
        &self,
        manager: &Secret,
        id: &KeyId,
        value: Option<&Secret>,
        call: &Call,
        ok: &Statuses,
        gone: &[ResponseMatcher],
    ) -> Result<Revoked, ProviderError> {
        let auth = self.managing(call);
        let vars = keyed(id)?;
        let mut credential = self.managed(auth, manager).await?;
        if let Some(value) = value {
            credential = credential.with("ended", value.clone());
        }
        let answer = self.act(auth, || self.request(call, auth, &credential, vars.clone())).await?;
        let reply = Reply::of(&answer);
        if ok.has(answer.status) {
            // A successful response is JSON or empty. A web page with 200 is from elsewhere (a
            // login page).
            return if is_page(&reply) {
                Err(ProviderError::unclear("the response is a web page; is there a proxy?"))
            } else {
                Ok(Revoked::Done)
            };
        }
        if gone.iter().any(|when| reply.fits(when)) {
            return Ok(Revoked::AlreadyGone);
        }
        Err(error::of(self.spec, &credential, &answer))
    }

    /// Whether the key no longer exists, by a look-up, or by the whole list.
    ///
    /// # Errors
    /// If the provider did not say.
    pub async fn is_gone(&self, manager: &Secret, id: &KeyId) -> Result<bool, ProviderError> {
        if self.rotation().slots.is_some() {
            return Ok(self.was_emptied(id));
        }
        let Some(get) = &self.rotation().get else {
            return Ok(!self.list(manager).await?.iter().any(|key| key.is(id) && !key.ended));
        };
        let auth = self.managing(&get.request);
        let vars = keyed(id)?;
        let credential = self.managed(auth, manager).await?;
        let answer = self
            .look(&get.request, auth, || {
                self.request(&get.request, auth, &credential, vars.clone())
            })
            .await?;
        let reply = Reply::of(&answer);
        if get.ok.has(answer.status) && reply.json.is_some() {
            return Ok(false);
        }
        if get.gone.iter().any(|when| reply.fits(when)) {
            return Ok(true);
        }
        Err(error::of(self.spec, &credential, &answer))
    }

    /// The id of a value's key: from the value, from the fixed key that holds it, or from the only
    /// listed key with the same end.
    ///
    /// # Errors
    /// If the provider did not answer a necessary request.
    pub async fn identify(
        &self,
        manager: &Secret,
        value: &Secret,
    ) -> Result<Option<KeyId>, ProviderError> {
        if let Some(slots) = &self.rotation().slots {
            return self.slot_of(slots, manager, value).await;
        }
        if let Some(id) = self.key_id(value) {
            return Ok(Some(id));
        }
        if self.rotation().list.as_ref().is_none_or(|list| list.tail.is_none()) {
            return Ok(None);
        }
        let keys = self.list(manager).await?;
        let own = self.own(value);
        let mut alike = keys
            .into_iter()
            .filter(|key| key.tail.as_deref().is_some_and(|tail| own.ends_like(tail)));
        match (alike.next(), alike.next()) {
            (Some(key), None) => Ok(key.id),
            _ => Ok(None),
        }
    }

    /// Whether a value has the end that the provider shows for a key.
    #[must_use]
    pub fn ends_like(&self, value: &Secret, tail: &str) -> bool {
        self.own(value).ends_like(tail)
    }

    /// Whether finding a key's id needs a request, if its value does not contain it.
    #[must_use]
    pub fn identifies_by_asking(&self) -> bool {
        let rotation = self.rotation();
        rotation.slots.is_some() || rotation.list.as_ref().is_some_and(|list| list.tail.is_some())
    }

    /// When a key was last used, as the provider reports it; `None` if it was never used or does
    /// not exist.
    ///
    /// # Errors
    /// If the provider did not say.
    pub async fn last_used(
        &self,
        manager: &Secret,
        id: &KeyId,
    ) -> Result<Option<Timestamp>, ProviderError> {
        let Some(last_used) = &self.rotation().last_used else {
            if !self.rotation().tells_last_use() {
                return Err(ProviderError::not_done(format!(
                    "{} does not report when a key was last used",
                    self.spec.name
                )));
            }
            return match self.list(manager).await?.into_iter().find(|key| key.is(id)) {
                Some(key) if key.use_unread => Err(self.unread_use()),
                key => Ok(key.and_then(|key| key.last_used)),
            };
        };
        let auth = self.managing(&last_used.request);
        let vars = keyed(id)?;
        let credential = self.managed(auth, manager).await?;
        let answer = self
            .look(&last_used.request, auth, || {
                self.request(&last_used.request, auth, &credential, vars.clone())
            })
            .await?;
        if !last_used.ok.has(answer.status) {
            return Err(error::of(self.spec, &credential, &answer));
        }
        let json = Reply::of(&answer).json.ok_or_else(|| self.unread_use())?;
        match json.pointer(&last_used.at).filter(|used| !used.is_null()) {
            Some(used) => timestamps::read(used).map(Some).ok_or_else(|| self.unread_use()),
            None => Ok(None),
        }
    }

    fn unread_use(&self) -> ProviderError {
        ProviderError::unclear(format!(
            "{} reports the last use of a key in an unknown format",
            self.spec.name
        ))
    }
}

/// An empty id would make the address of one key that of all keys.
fn keyed(id: &KeyId) -> Result<Vars<'_>, ProviderError> {
    if id.as_str().trim().is_empty() {
        return Err(ProviderError::not_done("the key's id is empty"));
    }
    Ok(Vars { id: Some(id), ..Vars::default() })
}

fn is_page(reply: &Reply<'_>) -> bool {
    let html = reply.answer.header("content-type").is_some_and(|kind| kind.contains("html"));
    html && reply.is_foreign()
}

/// Moves the value out of the response, so that no copy of it remains.
fn taken(json: &mut Value, create: &Create) -> Option<Secret> {
    let first = match &create.first {
        Some(place) => Some(pointer::text(json, place)?),
        None => None,
    };
    let Some(Value::String(value)) = json.pointer_mut(&create.value).map(Value::take) else {
        return None;
    };
    if value.is_empty() || value.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return None;
    }
    Some(Secret::new(match first {
        Some(first) => format!("{first}:{value}"),
        None => value,
    }))
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
