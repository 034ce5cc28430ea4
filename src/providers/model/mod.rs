//! The model of a provider file: the whole lifecycle of one provider's tokens. Pure data; `driver`
//! executes it, `check` validates it. The build script includes these files, so they must use only
//! serde, schemars, regex-automata and `domain::Span`.

mod auth;
mod call;
pub mod check;
pub mod detect;
pub mod examples;
mod exchange;
mod list;
mod oauth;
pub mod pointer;
mod rate;
mod restriction;
mod rotate;
mod slots;
mod status;
pub mod template;
mod token;
mod verify;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use auth::{Auth, AzureHmac, Basic, Named, SigV4};
pub use call::{Call, Method};
pub use exchange::Exchange;
pub use list::{Get, LastUsed, List, Paging};
pub use oauth::{ClientAuth, OAuth};
pub use rate::{RateLimit, ResetIs, Window};
pub use restriction::{Carry, Restriction, sounds_like_one};
pub use rotate::{Create, Disable, Kind, Limits, Manual, Revoke, Rotate, Scoped};
pub use slots::{Slot, Slots};
pub use status::Statuses;
pub use token::{Derive, Examples, Part, TokenKind};
pub use verify::{AnswerExample, BodyTest, Probe, ResponseMatcher, TokenStatus, VerdictRule};

/// One provider, as one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Spec {
    /// The id for configs: lowercase letters, digits and `-`.
    pub id: String,
    /// The name that people know.
    pub name: String,
    /// The provider's own documentation of its tokens.
    pub docs: String,
    /// The page where people see and create tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub console: Option<String>,
    /// The only hosts a value may ever be sent to: `api.example.com`, `api.example.com:8443`, or
    /// `*.example.com` for one more label.
    pub hosts: Vec<String>,
    /// The provider's regions. The first is used if the config names none.
    pub regions: Vec<Region>,
    /// The kinds of token that it issues.
    pub tokens: Vec<TokenKind>,
    /// Whether its tokens can only have the shapes of `tokens`, so that any other value is
    /// truncated or another provider's and is never sent. Only for a provider that documents its
    /// shapes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exact: bool,
    /// Where requests carry the value. A request can override it.
    pub auth: Auth,
    /// Headers of every request. A value can use `{{with.NAME}}`; a header whose entry is absent is
    /// omitted.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub headers: std::collections::BTreeMap<String, String>,
    /// Requests that exchange a value for a short-lived access token, for an `auth` that names
    /// them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<Exchange>,
    /// The test calls, tried in order until one is conclusive. None: tokens cannot be tested.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verify: Vec<Probe>,
    /// Scopes that the provider adds to every token: never set, never compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub automatic_scopes: Vec<String>,
    /// Where a response has its error message, as JSON pointers, the best first. Nothing else of a
    /// response is ever quoted. None: where providers usually put it (`/message`, `/error`,
    /// `/errors/0/message`, `/detail`, `/title` and their like).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
    /// Which response headers describe the provider's rate limit, besides `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
    /// How tokens are issued, listed and revoked.
    pub rotate: Rotate,
    /// Pitfalls, as sentences for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hazards: Vec<String>,
    /// Whether the file is the user's own. Only the registry sets this.
    #[serde(skip)]
    pub own: bool,
}

/// One region of a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Region {
    /// Its name in the config's `region`.
    pub id: String,
    /// Scheme and host, to which every path is added. Can use `{{part.NAME}}` of a public part, or
    /// `{{with.NAME}}`.
    pub base: String,
}

impl Spec {
    /// The region of this name, or the first.
    #[must_use]
    pub fn region(&self, id: Option<&str>) -> Option<&Region> {
        match id {
            Some(id) => self.regions.iter().find(|region| region.id == id),
            None => self.regions.first(),
        }
    }

    /// All its `rotate` sections, each with its place in the file.
    #[must_use]
    pub fn rotations(&self) -> Vec<(String, &Rotate)> {
        let own = self.tokens.iter().enumerate().filter_map(|(index, kind)| {
            Some((format!("tokens[{index}].rotate"), kind.rotate.as_deref()?))
        });
        std::iter::once(("rotate".to_owned(), &self.rotate)).chain(own).collect()
    }

    /// How tokens of a kind are rotated.
    #[must_use]
    pub fn rotation_of(&self, kind: Option<&str>) -> &Rotate {
        let own = self.tokens.iter().find(|own| kind == Some(own.id.as_str()));
        own.and_then(|own| own.rotate.as_deref()).unwrap_or(&self.rotate)
    }

    /// The parts of a kind of token that a destination can hold, by name.
    #[must_use]
    pub fn parts_of(&self, kind: Option<&str>) -> Vec<&str> {
        let own = self.tokens.iter().find(|own| kind == Some(own.id.as_str()));
        let declared = own.into_iter().flat_map(|own| own.parts.keys().map(String::as_str));
        let oauth: &[&str] = if self.rotation_of(kind).kind == Kind::Oauth {
            &["access-token", "refresh-token"]
        } else {
            &[]
        };
        declared.chain(oauth.iter().copied()).collect()
    }

    /// The parts of its tokens that are not secret: the key's id, and the shapes' public groups.
    pub fn public_parts(&self) -> impl Iterator<Item = &str> {
        std::iter::once("key_id")
            .chain(self.tokens.iter().flat_map(|kind| &kind.public).map(String::as_str))
    }

    /// Removes what is only checked, and never read at run time.
    pub fn forget_checks(&mut self) {
        self.verify.iter_mut().for_each(|probe| probe.examples.clear());
        self.tokens.iter_mut().for_each(|kind| kind.samples.clear());
    }

    /// All requests in the file, each with its place.
    #[must_use]
    pub fn calls(&self) -> Vec<(String, &Call)> {
        let exchanges = self
            .exchanges
            .iter()
            .enumerate()
            .map(|(index, own)| (format!("exchanges[{index}].request"), &own.request));
        let probes = self
            .verify
            .iter()
            .enumerate()
            .map(|(index, probe)| (format!("verify[{index}].request"), &probe.request));
        let mut calls: Vec<_> = exchanges.chain(probes).collect();
        for (place, rotate) in self.rotations() {
            calls.extend(
                rotate.calls().into_iter().map(|(name, call)| (format!("{place}.{name}"), call)),
            );
        }
        calls
    }
}
