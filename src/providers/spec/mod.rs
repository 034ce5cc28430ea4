//! What a provider file can say: the whole life of one platform's tokens. Pure data; `driver` runs it, `check` judges it.
//! The build script reads these same files, so nothing here may use more than serde, schemars, regex-automata and `domain::Span`.

mod auth;
mod call;
pub mod check;
pub mod examples;
mod list;
pub mod pointer;
mod rotate;
mod status;
pub mod template;
mod token;
mod verify;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use auth::{Auth, Basic, Named};
pub use call::{Call, Method};
pub use list::{Get, List, Paging};
pub use rotate::{Create, Disable, Kind, Limits, Manual, Revoke, Rotate, Scoped};
pub use status::Statuses;
pub use token::{Examples, TokenKind};
pub use verify::{BodyTest, Is, Probe, Rule, When};

/// One platform, as one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Spec {
    /// The id that configs name: lower case, digits and `-`.
    pub id: String,
    /// The name that people know.
    pub name: String,
    /// The platform's own documentation of its tokens.
    pub docs: String,
    /// Where a person sees and makes tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub console: Option<String>,
    /// The only hosts a value may ever be sent to: `api.example.com`, `api.example.com:8443`, or `*.example.com` for one label more.
    pub hosts: Vec<String>,
    /// The platform's installations. The first is used where the config names none.
    pub regions: Vec<Region>,
    /// The kinds of token it gives out.
    pub tokens: Vec<TokenKind>,
    /// Where requests carry the value. A request may say otherwise.
    pub auth: Auth,
    /// Headers of every request. A value may use `{{with.NAME}}`; a header whose entry is absent is left out.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub headers: std::collections::BTreeMap<String, String>,
    /// The test calls, tried in order until one says something about the token. None: it cannot be tested.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verify: Vec<Probe>,
    /// Scopes that the platform adds by itself: never set, never compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub automatic_scopes: Vec<String>,
    /// How the platform speaks of its rate limit, beside `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
    /// How tokens are issued, listed and revoked.
    pub rotate: Rotate,
    /// What has bitten others, as sentences for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hazards: Vec<String>,
    /// Whether the file is the user's own. The registry says so; a file cannot.
    #[serde(skip)]
    pub own: bool,
}

/// One installation of a platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Region {
    /// What the config's `region` calls it.
    pub id: String,
    /// Scheme and host that every path is added to. May use `{{part.NAME}}` of a public part, or `{{with.NAME}}`.
    pub base: String,
}

/// Headers that say when a rate limit ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RateLimit {
    /// The header that says how many requests are left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<String>,
    /// The header that says when there will be more.
    pub reset: String,
    /// What that header counts.
    pub reset_is: ResetIs,
}

/// What a reset header counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResetIs {
    /// Seconds since 1970.
    Epoch,
    /// Seconds from now.
    SecondsLeft,
}

impl Spec {
    /// The installation of this name, or the first.
    #[must_use]
    pub fn region(&self, id: Option<&str>) -> Option<&Region> {
        match id {
            Some(id) => self.regions.iter().find(|region| region.id == id),
            None => self.regions.first(),
        }
    }

    /// The parts of its tokens that are no secret: the key's id, and what the shapes call public.
    pub fn public_parts(&self) -> impl Iterator<Item = &str> {
        std::iter::once("key_id").chain(self.tokens.iter().flat_map(|kind| &kind.public).map(String::as_str))
    }

    /// Every request the file describes, with its place in it.
    #[must_use]
    pub fn calls(&self) -> Vec<(String, &Call)> {
        let probes = self.verify.iter().enumerate().map(|(index, probe)| (format!("verify[{index}].request"), &probe.request));
        let rotate = &self.rotate;
        let steps = [
            ("create", rotate.create.as_ref().map(|create| &create.request)),
            ("list", rotate.list.as_ref().map(|list| &list.request)),
            ("get", rotate.get.as_ref().map(|get| &get.request)),
            ("disable", rotate.disable.as_ref().map(|disable| &disable.request)),
            ("revoke", rotate.revoke.as_ref().map(|revoke| &revoke.request)),
        ];
        let steps = steps.into_iter().filter_map(|(name, call)| Some((format!("rotate.{name}.request"), call?)));
        probes.chain(steps).collect()
    }
}
