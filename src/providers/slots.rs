//! Fixed keys, primary and secondary. The slot in use is recognized by its value; only another one
//! is ever regenerated to get a new key.

use serde_json::Value;

use super::body::Reply;
use super::driver::Driver;
use super::error::{self, ProviderError};
use super::keys::{Minted, Order, Revoked};
use super::list::ListedKey;
use super::model::{Call, Slot, Slots, pointer};
use super::render::Vars;
use crate::domain::{KeyId, Secret, Timestamp, locked};
use crate::net::Answer;
use crate::net::auth::Credential;

impl Driver<'_> {
    /// Regenerates the first slot that is not in use.
    pub(super) async fn fill(
        &self,
        slots: &Slots,
        manager: &Secret,
        order: &Order<'_>,
    ) -> Result<Minted, ProviderError> {
        let is_free = |slot: &&Slot| !order.in_use.iter().any(|id| id.as_str() == slot.id);
        if order.in_use.is_empty() {
            return Err(ProviderError::not_done(
                "it is unknown which of the fixed keys is in use, so none was regenerated",
            ));
        }
        let Some(slot) = slots.slots.iter().find(is_free) else {
            let message = format!(
                "each of the {} fixed keys is in use or not yet revoked",
                slots.slots.len()
            );
            return Err(ProviderError::QuotaReached { message });
        };
        let before = self.shown(slots, manager).await?.1;
        let (value, known, at) = self.filled(slots, slot, manager, &before).await?;
        Ok(Minted { value, known, id: KeyId::new(slot.id.as_str()), scopes: None, at })
    }

    /// Revokes what a slot holds by regenerating it, and discards the new value.
    pub(super) async fn empty(
        &self,
        slots: &Slots,
        manager: &Secret,
        id: &KeyId,
    ) -> Result<Revoked, ProviderError> {
        let Some(slot) = slots.slots.iter().find(|slot| slot.id == id.as_str()) else {
            return Err(ProviderError::not_done(format!("there is no fixed key `{id}`")));
        };
        let before = self.shown(slots, manager).await?.1;
        self.filled(slots, slot, manager, &before).await?;
        locked(&self.filled).insert(id.clone());
        Ok(Revoked::Done)
    }

    /// Remembers that a slot was seen with another value than the one to revoke.
    pub fn saw_refilled(&self, id: &KeyId) {
        locked(&self.filled).insert(id.clone());
    }

    /// Whether this run has seen the slot with another value than the one to revoke.
    pub(super) fn was_emptied(&self, id: &KeyId) -> bool {
        locked(&self.filled).contains(id)
    }

    /// The value of a fixed key; `None` if the provider shows keys only once, or has no such key.
    ///
    /// # Errors
    /// If the provider did not say.
    pub async fn shown_again(
        &self,
        manager: &Secret,
        id: &KeyId,
    ) -> Result<Option<Secret>, ProviderError> {
        let Some(slots) = &self.rotation().slots else { return Ok(None) };
        let (_, held) = self.shown(slots, manager).await?;
        Ok(slots
            .slots
            .iter()
            .zip(held)
            .find(|(slot, _)| slot.id == id.as_str())
            .map(|(_, value)| value))
    }

    /// The slots as a list of keys. They have neither name nor date.
    pub(super) async fn slots_listed(
        &self,
        slots: &Slots,
        manager: &Secret,
    ) -> Result<Vec<ListedKey>, ProviderError> {
        self.shown(slots, manager).await?;
        Ok(slots.slots.iter().map(|slot| ListedKey::of(KeyId::new(slot.id.as_str()))).collect())
    }

    /// The slot that holds a value.
    pub(super) async fn slot_of(
        &self,
        slots: &Slots,
        manager: &Secret,
        value: &Secret,
    ) -> Result<Option<KeyId>, ProviderError> {
        let (_, held) = self.shown(slots, manager).await?;
        let value = Credential::opaque(value);
        Ok(slots
            .slots
            .iter()
            .zip(&held)
            .find(|(_, held)| value.is(held))
            .map(|(slot, _)| KeyId::new(slot.id.as_str())))
    }

    async fn filled(
        &self,
        slots: &Slots,
        slot: &Slot,
        manager: &Secret,
        before: &[Secret],
    ) -> Result<(Secret, bool, Option<Timestamp>), ProviderError> {
        let auth = self.managing(&slots.fill);
        let credential = self.managed(auth, manager).await?;
        let vars = Vars { slot: Some(&slot.id), ..Vars::default() };
        let answer =
            self.act(auth, || self.request(&slots.fill, auth, &credential, vars.clone())).await?;
        let held = self.held(slots, &credential, &answer)?;
        let position = slots.slots.iter().position(|own| own.id == slot.id).unwrap_or_default();
        let value = held
            .into_iter()
            .nth(position)
            .ok_or_else(|| ProviderError::unclear("the response does not contain the key"))?;
        let old = Credential::opaque(&value);
        if before.get(position).is_some_and(|before| old.is(before)) {
            return Err(ProviderError::unclear(format!(
                "{} did not change the key `{}`",
                self.spec.name, slot.id
            )));
        }
        let known = self.masker.knows(&value);
        self.mask(&value);
        Ok((value, known, answer.date()))
    }

    /// The values of all slots, in the file's order.
    async fn shown(
        &self,
        slots: &Slots,
        manager: &Secret,
    ) -> Result<(Option<Timestamp>, Vec<Secret>), ProviderError> {
        let call: &Call = &slots.show;
        let auth = self.managing(call);
        let credential = self.managed(auth, manager).await?;
        let answer = self
            .look(call, auth, || self.request(call, auth, &credential, Vars::default()))
            .await?;
        let held = self.held(slots, &credential, &answer)?;
        held.iter().for_each(|value| self.mask(value));
        Ok((answer.date(), held))
    }

    fn held(
        &self,
        slots: &Slots,
        credential: &Credential<'_>,
        answer: &Answer,
    ) -> Result<Vec<Secret>, ProviderError> {
        if !slots.ok.has(answer.status) {
            return Err(error::of(self.spec, credential, answer));
        }
        let unclear = || {
            ProviderError::unclear(format!(
                "{} answered {}, but the response does not contain every key",
                self.spec.name, answer.status
            ))
        };
        let json: Value = Reply::of(answer).json.ok_or_else(unclear)?;
        let held: Option<Vec<Secret>> = slots
            .slots
            .iter()
            .map(|slot| pointer::text(&json, &slot.value).map(Secret::new))
            .collect();
        held.ok_or_else(unclear)
    }
}
