//! The public keys of the stores, fetched once a run. Each store has its own; they are never shared
//! between stores.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::net::github::{GitHub, GitHubError};

/// A store's public key.
#[derive(Clone, Debug)]
pub struct PublicKey {
    /// GitHub's name for it, sent back with what was sealed.
    pub id: String,
    /// The 32 bytes.
    pub bytes: [u8; 32],
}

/// The keys fetched so far, by the store's path.
#[derive(Default)]
pub(super) struct Keys(Mutex<HashMap<String, PublicKey>>);

impl Keys {
    /// The key of the store at `path`, asked for only where it is not known yet.
    pub(super) async fn get(&self, github: &GitHub, path: &str) -> Result<PublicKey, GitHubError> {
        let mut known = self.0.lock().await;
        if let Some(key) = known.get(path) {
            return Ok(key.clone());
        }
        let reply = github.get(&format!("{path}/public-key")).await?;
        let key = parse(&reply.body).ok_or_else(|| GitHubError::Silent {
            why: "GitHub's public key is not 32 bytes in base64".to_owned(),
            without_effect: true,
        })?;
        known.insert(path.to_owned(), key.clone());
        Ok(key)
    }

    /// Forgets a key that GitHub no longer takes.
    pub(super) async fn forget(&self, path: &str) {
        self.0.lock().await.remove(path);
    }
}

fn parse(body: &Value) -> Option<PublicKey> {
    let bytes = STANDARD.decode(body.get("key")?.as_str()?).ok()?;
    Some(PublicKey { id: body.get("key_id")?.as_str()?.to_owned(), bytes: bytes.try_into().ok()? })
}
