//! Providers with a fixed number of keys that are never made or deleted, only filled anew: primary
//! and secondary. A new key is the slot not in use, filled anew; the old key ends when its slot is
//! filled anew.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::status::Statuses;

/// The slots and the two requests about them. A key's id is its slot's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Slots {
    /// The slots, at least two.
    pub slots: Vec<Slot>,
    /// Shows what every slot holds.
    pub show: Call,
    /// Fills one slot anew; its body names `{{slot}}`. Sent once. The answer shows what every slot
    /// holds.
    pub fill: Call,
    /// The statuses of success of both.
    #[serde(default = "Statuses::ok")]
    pub ok: Statuses,
}

/// One slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Slot {
    /// Its name, as the provider's request wants it.
    pub id: String,
    /// In both answers, a JSON pointer to the value it holds.
    pub value: String,
}
