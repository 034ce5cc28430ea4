//! Providers with a fixed number of keys (primary, secondary) that can only be regenerated. A new
//! key is the regenerated slot that is not in use; regenerating the other slot revokes the old key.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::status::Statuses;

/// The slots and the two requests for them. A key's id is that of its slot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Slots {
    /// The slots, at least two.
    pub slots: Vec<Slot>,
    /// Shows the values of all slots.
    pub show: Call,
    /// Regenerates one slot; its body names `{{slot}}`. Sent once. The response shows the values of
    /// all slots.
    pub fill: Call,
    /// The statuses of success for both.
    #[serde(default = "Statuses::ok")]
    pub ok: Statuses,
}

/// One slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Slot {
    /// Its name in the provider's request.
    pub id: String,
    /// A JSON pointer to its value in both responses.
    pub value: String,
}
