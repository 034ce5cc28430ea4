//! What answers mean, as a provider file says it: by status AND body, since a status alone
//! misleads. A body that is not JSON says nothing about a token unless a rule asks for such a body.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::call::Call;
use super::status::Statuses;

/// One test call and what its answers mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Probe {
    /// The request: one that changes nothing.
    pub request: Call,
    /// The kinds of token it is for; none: all. A value of no known shape is taken for one of the
    /// first kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// The first rule that fits decides. None fits: the answer says nothing (429 aside), and the
    /// next probe is tried.
    pub verdicts: Vec<VerdictRule>,
}

/// What one kind of answer means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VerdictRule {
    /// Which answers.
    pub when: ResponseMatcher,
    /// What they mean.
    pub is: TokenStatus,
    /// Believe it only if the next probe does not say otherwise: for answers that a removed
    /// endpoint would give as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirm: bool,
    /// Believe it, and let the next probe add what it knows: scopes, owner, expiry, or that
    /// something is lacking.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub goes_on: bool,
    /// Where the scopes stand: a JSON pointer (`*` for every element) to texts, or to one text with
    /// spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<String>,
    /// The scopes, where the answer itself means them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes_are: Option<Vec<String>>,
    /// A JSON pointer to whose account it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// A JSON pointer to when the provider ends it: RFC 3339, or seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}

/// What an answer says of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TokenStatus {
    /// It works.
    Live,
    /// It lives, and may not do what was asked.
    Limited,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
    /// The provider does not know it.
    Invalid,
    /// The provider would not look now.
    RateLimited,
    /// Nothing, though another rule would say so.
    Unknown,
}

impl TokenStatus {
    /// Whether it means that the provider does not accept the token.
    #[must_use]
    pub fn is_dead(self) -> bool {
        matches!(self, Self::Expired | Self::Revoked | Self::Invalid)
    }
}

/// Which answers a rule is for: everything that is said has to hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ResponseMatcher {
    /// The status is one of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Statuses>,
    /// All of these hold of the body.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub body: Vec<BodyTest>,
    /// Whether the body may be something else than JSON: a web page, plain text, nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unparsed: bool,
}

/// Something that holds of a body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BodyTest {
    /// Where to look: a JSON pointer, `*` for any element. None: the whole text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// What stands there is exactly this; without a pointer, a text that is all there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<Value>,
    /// The text there has this in it, in whatever case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
}
