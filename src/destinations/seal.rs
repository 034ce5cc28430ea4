//! The libsodium sealed box that GitHub asks for: only the holder of the store's private key can
//! open it. Kept honest by libsodium itself (PyNaCl) in the contract tests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_box::PublicKey;
use crypto_box::aead::OsRng;

use crate::domain::Secret;

/// Seals a value for the holder of `public_key` (32 bytes). The result is base64; `None` if sealing
/// failed.
pub(super) fn seal(public_key: &[u8; 32], value: &Secret) -> Option<String> {
    let sealed = PublicKey::from(*public_key).seal(&mut OsRng, value.expose().as_bytes()).ok()?;
    Some(STANDARD.encode(sealed))
}

#[cfg(test)]
mod tests {
    use crypto_box::SecretKey;

    use super::*;

    #[test]
    fn only_the_private_key_opens_the_box() {
        let ours = SecretKey::generate(&mut OsRng);
        let other = SecretKey::generate(&mut OsRng);
        let sealed =
            seal(ours.public_key().as_bytes(), &Secret::new("a value".to_owned())).unwrap();
        let sealed = STANDARD.decode(sealed).unwrap();
        assert_eq!(ours.unseal(&sealed).unwrap(), b"a value");
        assert!(other.unseal(&sealed).is_err());
    }
}
