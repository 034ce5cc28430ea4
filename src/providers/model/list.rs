//! How a provider's keys are listed and looked up. An incomplete list is an error: it would hide
//! keys.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::restriction::Restriction;
use super::status::Statuses;
use super::verify::{BodyTest, ResponseMatcher};

/// All keys, page by page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct List {
    /// The request for the first page.
    pub request: Call,
    /// The statuses of a page.
    #[serde(default = "Statuses::ok")]
    pub ok: Statuses,
    /// A JSON pointer to the list; empty if the body is the list.
    pub items: String,
    /// In an item, a JSON pointer to the key's id.
    pub id: String,
    /// To its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// To when it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// To when it was last used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<String>,
    /// To a text that shows the end of the value, after a mask: finds the id of a known value if it
    /// matches only one key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tail: Option<String>,
    /// Whether the list contains only keys of the token's own user, app or agent, so that an
    /// undeclared key in it belongs to nobody else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own: bool,
    /// Restrictions of a key besides its scopes: a new key gets the same, or is not issued.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restricts: Vec<Restriction>,
    /// JSON pointers to attributes that sound like a restriction but are not, or that the config
    /// sets in another way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plain: Vec<String>,
    /// Tests that match a listed key that is no longer accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<BodyTest>,
    /// How to get the next page. None: there is only one page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paging: Option<Paging>,
}

/// How a list continues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Paging {
    /// The page names the next one.
    #[serde(rename_all = "kebab-case")]
    Cursor {
        /// A JSON pointer to the cursor; absent, null or empty on the last page.
        next: String,
        /// The query parameter for it.
        param: String,
    },
    /// The next page starts after the last id of this one.
    #[serde(rename_all = "kebab-case")]
    LastId {
        /// A JSON pointer to whether there is more: `true` or `false`.
        more: String,
        /// The query parameter for the id.
        param: String,
    },
    /// Pages, or items, are counted.
    #[serde(rename_all = "kebab-case")]
    Number {
        /// The query parameter for the number.
        param: String,
        /// The number of the first page.
        first: u32,
        /// How much is added for the next one: 1 for pages, the page's size for offsets.
        step: u32,
        /// A JSON pointer to the total number of items. None: the list ends with an empty page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        total: Option<String>,
    },
    /// The page contains the next one's full address, on a declared host.
    #[serde(rename_all = "kebab-case")]
    Link {
        /// A JSON pointer to the address; absent, null or empty on the last page. None: the header
        /// `Link` with `rel="next"`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<String>,
    },
}

/// When one key was last used, if the list does not say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LastUsed {
    /// The request; it names `{{id}}`.
    pub request: Call,
    /// The statuses of a conclusive response.
    #[serde(default = "Statuses::ok")]
    pub ok: Statuses,
    /// A JSON pointer to the time. Null or absent: never used, as far as the provider knows.
    pub at: String,
}

/// One key by its id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Get {
    /// The request; it names `{{id}}`.
    pub request: Call,
    /// The statuses that mean that the key exists.
    #[serde(default = "Statuses::ok")]
    pub ok: Statuses,
    /// The responses that mean that the key does not exist.
    pub gone: Vec<ResponseMatcher>,
}
