//! A request that turns a value into a short-lived access token, as a provider file says it: client
//! credentials, or a refresh token that lasts. What is got is used for one run and kept nowhere.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::status::Statuses;
use super::verify::VerdictRule;

/// One such request. It creates nothing permanent, so it may be sent again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Exchange {
    /// Its id, which `auth` names.
    pub id: String,
    /// The request; its own `auth` carries the value.
    pub request: Call,
    /// The statuses of a response that contains a token.
    #[serde(default = "Statuses::ok")]
    pub ok: Statuses,
    /// A JSON pointer to the token.
    pub token: String,
    /// A JSON pointer to the granted scopes, for providers whose test call does not report the
    /// scopes of the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<String>,
    /// What other responses say about the value, as in a test call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<VerdictRule>,
}
