//! How a refresh token becomes a new access token (RFC 6749, section 6). The stored value is
//! `REFRESH;ACCESS`, or initially only the refresh token; the manager is the client, `ID:SECRET` or
//! `ID`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::call::Call;
use super::status::Statuses;
use super::verify::{BodyTest, ResponseMatcher};
use crate::domain::Span;

/// Refreshing a token, and revoking the grant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OAuth {
    /// The request to the token endpoint, with a form (or JSON) that contains `grant_type:
    /// refresh_token`. The refresh token is added as its field `refresh_token`, and the client as
    /// `client` says. Sent once, never repeated.
    pub refresh: Call,
    /// How the client authenticates.
    pub client: ClientAuth,
    /// The statuses of a response with tokens.
    #[serde(default = "Statuses::ok")]
    pub ok: Statuses,
    /// Whether a refresh token is single-use, so that a lost response means that a person must
    /// grant access again. If unknown: true.
    #[serde(default = "yes")]
    pub single_use: bool,
    /// The lifetime of an access token, if the response has no `expires_in`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_lives: Option<Span>,
    /// The lifetime of an unused refresh token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_lives: Option<Span>,
    /// The responses that mean that the refresh token is dead.
    #[serde(default = "invalid_grant")]
    pub dead: Vec<ResponseMatcher>,
    /// Revokes the grant (RFC 7009). The refresh token is added as its field `token`, and the
    /// client as `client` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoke: Option<Call>,
}

/// How a client authenticates (RFC 6749, section 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClientAuth {
    /// `Authorization: Basic` with its id and secret.
    Basic,
    /// `client_id` and `client_secret` in the body.
    Body,
    /// `client_id` in the body and no secret: a public client.
    Public,
    /// Without authentication.
    None,
}

fn yes() -> bool {
    true
}

/// `{"error": "invalid_grant"}` (RFC 6749, section 5.2).
fn invalid_grant() -> Vec<ResponseMatcher> {
    let body = BodyTest {
        pointer: Some("/error".to_owned()),
        equals: Some(json!("invalid_grant")),
        contains: None,
    };
    vec![ResponseMatcher {
        status: Some(Statuses(vec![400, 401])),
        body: vec![body],
        unparsed: false,
    }]
}
