//! The credentials that exist, by token: who a request is from, and tokens being revoked.
//! What a credential may do is `auth.rs`.

use super::auth::{Credential, CredentialKind};
use super::call::{Call, error, not_found};
use crate::http::Answer;
use crate::random;
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Shared between a world and its earlier snapshots, so that a credential made since may still read
/// a lagging list.
#[derive(Clone, Default)]
pub(super) struct Credentials {
    by_token: Arc<Mutex<BTreeMap<String, Credential>>>,
}

impl Credentials {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Credential>> {
        self.by_token.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, credential: Credential) -> String {
        // Put together here so that no source file holds anything shaped like a token.
        let parts = match credential.kind {
            CredentialKind::Pat => {
                vec![
                    "github".to_owned(),
                    "pat".to_owned(),
                    random::alphanumeric(22),
                    random::alphanumeric(59),
                ]
            }
            CredentialKind::AppInstallation | CredentialKind::ActionsToken => {
                vec!["ghs".to_owned(), random::alphanumeric(36)]
            }
        };
        let token = parts.join("_");
        self.lock().insert(token.clone(), credential);
        token
    }

    pub(super) fn revoke(&self, token: &str) {
        self.lock().remove(token);
    }

    fn live(&self, token: &str, now: Timestamp) -> Option<Credential> {
        let found = self.lock().get(token).cloned()?;
        found.expires_at.is_none_or(|at| now < at).then_some(found)
    }

    pub(super) fn authenticate(&self, call: &Call) -> Result<Credential, Answer> {
        if call.request.header("authorization").is_none() {
            return Err(error(401, "Requires authentication"));
        }
        let found = call.request.bearer().and_then(|token| self.live(token, call.now));
        found.ok_or_else(|| error(401, "Bad credentials"))
    }

    /// `POST /credentials/revoke`: open to everybody but the authenticated.
    pub(super) fn revoke_leaked(&self, call: &Call) -> Answer {
        if call.method() != "POST" {
            return not_found();
        }
        if call.request.header("authorization").is_some() {
            return error(403, "This endpoint does not accept authentication.");
        }
        let body = match call.body() {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        let Some(leaked) = body["credentials"].as_array().filter(|list| !list.is_empty()) else {
            return error(422, "Validation Failed");
        };
        let mut known = self.lock();
        for token in leaked.iter().filter_map(|token| token.as_str()) {
            // Installation tokens live an hour and are not accepted here.
            if known.get(token).is_some_and(|c| c.kind == CredentialKind::Pat) {
                known.remove(token);
            }
        }
        Answer::json(202, &json!({}))
    }
}
