//! The meaning of responses, by status AND body, since a status alone misleads. A body that is not
//! JSON is inconclusive unless a rule expects such a body.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::call::Call;
use super::pointer;
use super::status::Statuses;

/// One test call and the meaning of its responses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Probe {
    /// The request, which must change nothing.
    pub request: Call,
    /// The kinds of token that it tests; none: all. A value of unknown shape counts as the first
    /// kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// The first rule that matches decides. If none matches, the response is inconclusive (except
    /// 429), and the next probe is tried.
    pub verdicts: Vec<VerdictRule>,
    /// Responses of the provider, and the status that the rules above must give each. For checks
    /// only; a built-in file has one for each rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<AnswerExample>,
}

/// A response and its meaning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AnswerExample {
    /// Its status.
    pub status: u16,
    /// Its body: a text, or anything else as JSON. None: empty. Must not contain a real token.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
    /// Its meaning by the rules: `unknown` if none matches.
    pub is: TokenStatus,
}

impl AnswerExample {
    /// The body as it is sent.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.body {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            body => body.to_string(),
        }
    }
}

impl Probe {
    /// The rule for a response: the first that matches.
    #[must_use]
    pub fn rule(&self, status: u16, json: Option<&Value>, text: &[u8]) -> Option<&VerdictRule> {
        self.verdicts.iter().find(|rule| rule.when.fits(status, json, text))
    }
}

/// The meaning of one kind of response.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VerdictRule {
    /// Which responses match.
    pub when: ResponseMatcher,
    /// Their meaning.
    pub is: TokenStatus,
    /// Trust it only if the next probe does not contradict it: for responses that a removed
    /// endpoint would send as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirm: bool,
    /// Trust it, and let the next probe add more: scopes, owner, expiry, or that a permission is
    /// missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub goes_on: bool,
    /// A JSON pointer to the scopes (`*` for every element): texts, or one text with spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<String>,
    /// The scopes, if the response itself implies them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes_are: Option<Vec<String>>,
    /// A JSON pointer to the account that owns the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// A JSON pointer to its expiry: RFC 3339, or seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}

/// What a response says about the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TokenStatus {
    /// It works.
    Live,
    /// It works, but lacks the permission for the request.
    Limited,
    /// It has expired.
    Expired,
    /// It was revoked.
    Revoked,
    /// The provider does not know it.
    Invalid,
    /// The provider's rate limit is exhausted.
    RateLimited,
    /// Inconclusive, although a later rule would match.
    Unknown,
}

impl TokenStatus {
    /// Whether it means that the provider does not accept the token.
    #[must_use]
    pub fn is_dead(self) -> bool {
        matches!(self, Self::Expired | Self::Revoked | Self::Invalid)
    }
}

/// Which responses a rule matches: all conditions must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ResponseMatcher {
    /// The status is one of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Statuses>,
    /// All of these tests match the body.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub body: Vec<BodyTest>,
    /// Whether the body may be something other than JSON: a web page, plain text, nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unparsed: bool,
}

impl ResponseMatcher {
    /// Whether a response matches: by its status, and its body as a tree if it is one, and as text.
    #[must_use]
    pub fn fits(&self, status: u16, json: Option<&Value>, text: &[u8]) -> bool {
        let meant = self.status.as_ref().is_none_or(|statuses| statuses.has(status));
        let readable = json.is_some() || self.unparsed;
        meant && readable && self.body.iter().all(|test| test.holds(json, text))
    }
}

/// A test of a body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BodyTest {
    /// The place to test: a JSON pointer, `*` for any element. None: the whole text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The place has exactly this value; without a pointer, the whole body is this text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<Value>,
    /// The text there contains this, ignoring case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
}

impl BodyTest {
    fn holds(&self, json: Option<&Value>, text: &[u8]) -> bool {
        if self.pointer.is_some() {
            return json.is_some_and(|json| self.holds_in(json));
        }
        let text = String::from_utf8_lossy(text);
        let equal = self.equals.as_ref().is_none_or(|wanted| wanted.as_str() == Some(text.trim()));
        equal && self.contains.as_deref().is_none_or(|wanted| has(&text, wanted))
    }

    /// Whether a test with a pointer matches a tree.
    #[must_use]
    pub fn holds_in(&self, tree: &Value) -> bool {
        let Some(pointer) = &self.pointer else { return false };
        pointer::all(tree, pointer).into_iter().any(|value| {
            let equal = self.equals.as_ref().is_none_or(|wanted| value == wanted);
            let contained = self
                .contains
                .as_deref()
                .is_none_or(|wanted| value.as_str().is_some_and(|text| has(text, wanted)));
            equal && contained
        })
    }
}

fn has(text: &str, wanted: &str) -> bool {
    text.to_lowercase().contains(&wanted.to_lowercase())
}
