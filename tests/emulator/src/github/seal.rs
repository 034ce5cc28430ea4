//! GitHub's end of a libsodium sealed box: a key pair per secret store, and opening what was sealed to it.

use crate::random;
use base64::{Engine, engine::general_purpose::STANDARD};
use crypto_box::SecretKey;

/// A store's key pair and the id GitHub gives it.
#[derive(Clone)]
pub(super) struct KeyPair {
    pub(super) id: String,
    secret: SecretKey,
}

impl KeyPair {
    pub(super) fn generate() -> Self {
        Self {
            id: random::digits(18),
            secret: SecretKey::from(random::bytes::<32>()),
        }
    }

    pub(super) fn public_base64(&self) -> String {
        STANDARD.encode(self.secret.public_key().as_bytes())
    }

    /// The plaintext, if the box was really sealed to this key.
    pub(super) fn open(&self, sealed_base64: &str) -> Option<Vec<u8>> {
        let sealed = STANDARD.decode(sealed_base64).ok()?;
        self.secret.unseal(&sealed).ok()
    }
}
