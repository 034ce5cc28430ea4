//! What a provider file can say: the whole life of one provider's tokens. Pure data; `driver` runs
//! it, `check` judges it. The build script reads these same files, so nothing here may use more
//! than serde, schemars, regex-automata and `domain::Span`.

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
    /// The id that configs name: lower case, digits and `-`.
    pub id: String,
    /// The name that people know.
    pub name: String,
    /// The provider's own documentation of its tokens.
    pub docs: String,
    /// Where a person sees and makes tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub console: Option<String>,
    /// The only hosts a value may ever be sent to: `api.example.com`, `api.example.com:8443`, or
    /// `*.example.com` for one label more.
    pub hosts: Vec<String>,
    /// The provider's installations. The first is used where the config names none.
    pub regions: Vec<Region>,
    /// The kinds of token it gives out.
    pub tokens: Vec<TokenKind>,
    /// Whether the shapes of `tokens` are all that its tokens can have, so that a value of no such
    /// shape is cut or another provider's and is never sent. Only for a provider that documents its
    /// shapes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exact: bool,
    /// Where requests carry the value. A request may say otherwise.
    pub auth: Auth,
    /// Headers of every request. A value may use `{{with.NAME}}`; a header whose entry is absent is
    /// left out.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub headers: std::collections::BTreeMap<String, String>,
    /// Requests that turn a value into a short-lived access token, for an `auth` that names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<Exchange>,
    /// The test calls, tried in order until one says something about the token. None: it cannot be
    /// tested.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verify: Vec<Probe>,
    /// Scopes that the provider adds by itself: never set, never compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub automatic_scopes: Vec<String>,
    /// Where an answer says what went wrong, as JSON pointers, the best first. Nothing else of an
    /// answer is ever quoted. None: where providers usually put it (`/message`, `/error`,
    /// `/errors/0/message`, `/detail`, `/title` and their like).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
    /// How the provider speaks of its rate limit, beside `Retry-After`.
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

/// One installation of a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Region {
    /// What the config's `region` calls it.
    pub id: String,
    /// Scheme and host that every path is added to. May use `{{part.NAME}}` of a public part, or
    /// `{{with.NAME}}`.
    pub base: String,
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

    /// Every way in which its tokens come and go, with its place in the file.
    #[must_use]
    pub fn rotations(&self) -> Vec<(String, &Rotate)> {
        let own = self.tokens.iter().enumerate().filter_map(|(index, kind)| {
            Some((format!("tokens[{index}].rotate"), kind.rotate.as_deref()?))
        });
        std::iter::once(("rotate".to_owned(), &self.rotate)).chain(own).collect()
    }

    /// How tokens of a kind come and go.
    #[must_use]
    pub fn rotation_of(&self, kind: Option<&str>) -> &Rotate {
        let own = self.tokens.iter().find(|own| kind == Some(own.id.as_str()));
        own.and_then(|own| own.rotate.as_deref()).unwrap_or(&self.rotate)
    }

    /// The parts of a kind of token that a destination may hold, by name.
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

    /// The parts of its tokens that are no secret: the key's id, and what the shapes call public.
    pub fn public_parts(&self) -> impl Iterator<Item = &str> {
        std::iter::once("key_id")
            .chain(self.tokens.iter().flat_map(|kind| &kind.public).map(String::as_str))
    }

    /// Takes out what is only checked, and that nothing reads when a program runs.
    pub fn forget_checks(&mut self) {
        self.verify.iter_mut().for_each(|probe| probe.examples.clear());
        self.tokens.iter_mut().for_each(|kind| kind.samples.clear());
    }

    /// Every request the file describes, with its place in it.
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
