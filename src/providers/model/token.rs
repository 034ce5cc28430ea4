//! What a provider's tokens look like. A shape finds them in text; the same shape, from end to end,
//! reads an id out of a value.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rotate::Rotate;
use crate::domain::Checksum;

/// One kind of token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TokenKind {
    /// The kind's id: with the provider's it names a finding, `sendgrid/api-key`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// A regular expression of the whole value, without anchors. Its group `key_id` is the
    /// provider's id of the key; other groups are parts that `auth` or a region may use.
    pub shape: String,
    /// Groups that are not secret, besides `key_id`: they may be part of a host name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub public: Vec<String>,
    /// Words, one of which must be nearby, because the shape alone could be anything. None: the
    /// shape is distinctive.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<String>,
    /// Other kinds of this provider that count as such a word, such as an account's id next to its
    /// secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<String>,
    /// The checksum that the value contains. A correct one makes a finding certain; a wrong one
    /// makes it doubtful.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
    /// It is not a secret itself, but shows that one is next to it: never a finding.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub identifier: bool,
    /// Whether the test calls are for this kind. A value of a kind they are not for is never sent.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub testable: bool,
    /// Whether it is a JSON Web Token, whose `exp` is its expiry if no response reports one. For an
    /// OAuth value, this is about the access token.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub jwt: bool,
    /// What a destination may hold in place of the whole value, by name. OAuth values have
    /// `access-token` and `refresh-token` by themselves.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parts: BTreeMap<String, Part>,
    /// How tokens of this kind come and go, where that differs from the file's `rotate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotate: Option<Box<Rotate>>,
    /// Texts that are such a token, and texts that are not.
    pub examples: Examples,
    /// Lines of code as people write them, with `{{token}}` for the value: in a `.env` file, in the
    /// constructor of the provider's SDK, in the call that its documentation shows. Only for
    /// checks: the leak check must find the value in each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<String>,
}

/// Examples, as shapes that are expanded when tested (`{hex:32}`, `{uuid}`: see `examples`). A
/// real-looking token is never written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Examples {
    /// Whole values.
    pub r#match: Vec<String>,
    /// Texts that contain no such token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clean: Vec<String>,
}

/// A part of a value that a destination may hold by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Part {
    /// The group of the shape that it is, or is derived from.
    pub from: String,
    /// How it is derived from that group. None: it is that group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derive: Option<Derive>,
}

/// A value that is computed from a part of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Derive {
    /// The SMTP password of Amazon SES, which belongs to the token's region.
    SesSmtpPassword,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_yes(value: &bool) -> bool {
    *value
}
