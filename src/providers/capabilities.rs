//! What is possible with a provider, for `tokenward providers`: derived from its file.

use schemars::JsonSchema;
use serde::Serialize;

use super::model::{Kind, Limits, Rotate, Spec};

/// What is possible with a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Capabilities {
    /// The kinds of token that it issues.
    pub tokens: Vec<String>,
    /// A value can be tested.
    pub verify: bool,
    /// A key can be issued by API.
    pub issue: bool,
    /// Keys can be listed.
    pub list: bool,
    /// A key can be revoked by API.
    pub revoke: bool,
    /// An old and a new value can both work for a while.
    pub overlap: bool,
    /// New values come from a refresh token.
    pub oauth: bool,
    /// A person creates new values.
    pub manual: bool,
    /// Limits and delays.
    pub limits: Limits,
}

impl Spec {
    /// What is possible with it.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        let rotations = self.rotations();
        let any = |has: fn(&Rotate) -> bool| rotations.iter().any(|(_, rotate)| has(rotate));
        Capabilities {
            tokens: self.tokens.iter().map(|kind| kind.id.clone()).collect(),
            verify: !self.verify.is_empty(),
            issue: any(|rotate| rotate.create.is_some() || rotate.slots.is_some()),
            list: any(|rotate| rotate.list.is_some() || rotate.slots.is_some()),
            revoke: any(|rotate| rotate.revoke.is_some() || rotate.slots.is_some()),
            overlap: any(|rotate| {
                rotate.create.is_some()
                    || rotate.slots.is_some()
                    || rotate
                        .manual
                        .as_ref()
                        .is_some_and(|manual| manual.overlap.is_some() || manual.several)
            }),
            oauth: any(|rotate| rotate.kind == Kind::Oauth),
            manual: any(|rotate| rotate.kind == Kind::Manual),
            limits: self.rotate.limits.clone(),
        }
    }
}
