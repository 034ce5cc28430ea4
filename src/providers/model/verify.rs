//! What answers mean, as a provider file says it: by status AND body, since a status alone
//! misleads. A body that is not JSON says nothing about a token unless a rule asks for such a body.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::call::Call;
use super::pointer;
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
    /// Answers as the provider writes them, and what the rules above have to make of each. Only
    /// checked; a built-in file has one for each rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<AnswerExample>,
}

/// An answer, and what it has to mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AnswerExample {
    /// Its status.
    pub status: u16,
    /// Its body: a text as it is, anything else as JSON. None: empty. Never with a real token in it.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
    /// What the rules have to make of it: `unknown` where none fits.
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
    /// The rule that decides about an answer: the first that fits.
    #[must_use]
    pub fn rule(&self, status: u16, json: Option<&Value>, text: &[u8]) -> Option<&VerdictRule> {
        self.verdicts.iter().find(|rule| rule.when.fits(status, json, text))
    }
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

impl ResponseMatcher {
    /// Whether an answer is meant: its status, its body as a tree where it is one, and as text.
    #[must_use]
    pub fn fits(&self, status: u16, json: Option<&Value>, text: &[u8]) -> bool {
        let meant = self.status.as_ref().is_none_or(|statuses| statuses.has(status));
        let readable = json.is_some() || self.unparsed;
        meant && readable && self.body.iter().all(|test| test.holds(json, text))
    }
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

impl BodyTest {
    fn holds(&self, json: Option<&Value>, text: &[u8]) -> bool {
        if self.pointer.is_some() {
            return json.is_some_and(|json| self.holds_in(json));
        }
        let text = String::from_utf8_lossy(text);
        let equal = self.equals.as_ref().is_none_or(|wanted| wanted.as_str() == Some(text.trim()));
        equal && self.contains.as_deref().is_none_or(|wanted| has(&text, wanted))
    }

    /// Whether a test with a pointer holds of a tree.
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
