//! A request that turns a value into a short-lived access token, as a provider file says it: client
//! credentials, or a refresh token that lasts. What is got is used for one run and kept nowhere.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::status::Statuses;
use super::verify::VerdictRule;

/// One such request. It gives nothing away that lasts and may be sent again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Exchange {
    /// Its id, which `auth` names.
    pub id: String,
    /// The request; its own `auth` carries the value.
    pub request: Call,
    /// The statuses of an answer that holds a token.
    #[serde(default = "Statuses::ok")]
    pub ok: Statuses,
    /// A JSON pointer to the token.
    pub token: String,
    /// A JSON pointer to the scopes it got: those of the value, where the test call tells none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<String>,
    /// What other answers say of the value, as in a test call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<VerdictRule>,
}
