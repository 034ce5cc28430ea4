//! GitHub's end of a libsodium sealed box: a key pair per secret store, and opening what was sealed
//! to it.

use crate::random;
use base64::{Engine, engine::general_purpose::STANDARD};
use crypto_box::SecretKey;
use std::sync::{Arc, OnceLock};

/// A store's key pair and the id GitHub gives it.
#[derive(Clone)]
pub(super) struct KeyPair {
    pub(super) id: String,
    secret: SecretKey,
    /// Worked out on first use only: most stores of a test are never asked for it.
    public_base64: Arc<OnceLock<String>>,
}

impl KeyPair {
    pub(super) fn generate() -> Self {
        let (id, secret) = (random::digits(18), SecretKey::from(random::bytes::<32>()));
        Self { id, secret, public_base64: Arc::default() }
    }

    pub(super) fn public_base64(&self) -> &str {
        self.public_base64.get_or_init(|| STANDARD.encode(self.secret.public_key().as_bytes()))
    }

    /// The plaintext, if the box was really sealed to this key.
    pub(super) fn open(&self, sealed_base64: &str) -> Option<Vec<u8>> {
        let sealed = STANDARD.decode(sealed_base64).ok()?;
        self.secret.unseal(&sealed).ok()
    }
}
