//! How a provider's keys are listed and looked up. A list is whole or it is an error: half a list
//! would hide keys.

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
    /// A JSON pointer to the list; empty where the body is the list.
    pub items: String,
    /// In an item, a JSON pointer to the key's id.
    pub id: String,
    /// To its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// To when it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// To when it was last used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<String>,
    /// To a text that shows how the value ends, after whatever stands for the rest: a held value's
    /// id is found by it where it fits one key only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tail: Option<String>,
    /// Whether the list is of the token's own user, app or agent alone, so that a key in it that
    /// nobody declared is nobody else's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own: bool,
    /// What restricts a key beside its scopes: a new key gets the same, or none is made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restricts: Vec<Restriction>,
    /// JSON pointers to what sounds like a restriction and is none, or is said by the config in
    /// another way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plain: Vec<String>,
    /// What holds of an item whose key is not accepted any more although it is listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<BodyTest>,
    /// How to get the next page. None: there is one page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paging: Option<Paging>,
}

/// How a list goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Paging {
    /// The page names the next one.
    #[serde(rename_all = "kebab-case")]
    Cursor {
        /// A JSON pointer to the cursor; absent, null or empty on the last page.
        next: String,
        /// The query parameter that takes it.
        param: String,
    },
    /// The next page begins after the last id of this one.
    #[serde(rename_all = "kebab-case")]
    LastId {
        /// A JSON pointer to whether there is more: `true` or `false`.
        more: String,
        /// The query parameter that takes the id.
        param: String,
    },
    /// Pages, or items, are counted.
    #[serde(rename_all = "kebab-case")]
    Number {
        /// The query parameter that takes the number.
        param: String,
        /// The number of the first page.
        first: u32,
        /// How much is added for the next one: 1 for pages, the page's size for offsets.
        step: u32,
        /// A JSON pointer to how many items there are in all. None: the list ends with an empty
        /// page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        total: Option<String>,
    },
    /// The page gives the next one's whole address, on a declared host.
    #[serde(rename_all = "kebab-case")]
    Link {
        /// A JSON pointer to the address; absent, null or empty on the last page. None: the header
        /// `Link` with `rel="next"`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<String>,
    },
}

/// When one key was last used, where the list does not say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LastUsed {
    /// The request; it names `{{id}}`.
    pub request: Call,
    /// The statuses of an answer that tells.
    #[serde(default = "Statuses::ok")]
    pub ok: Statuses,
    /// A JSON pointer to the moment. Nothing there: never used, as far as the provider knows.
    pub at: String,
}

/// One key by its id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Get {
    /// The request; it names `{{id}}`.
    pub request: Call,
    /// The statuses that say that the key is there.
    #[serde(default = "Statuses::ok")]
    pub ok: Statuses,
    /// The answers that say that there is no such key.
    pub gone: Vec<ResponseMatcher>,
}
