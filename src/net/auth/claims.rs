//! When a JSON Web Token says that it ends. Its signature is its issuer's business: this is a date
//! to remind of, no proof of anything.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use zeroize::Zeroizing;

/// `exp`, in seconds since 1970; `None` for anything that is no such token.
pub(super) fn end(token: &str) -> Option<i64> {
    let mut parts = token.split('.');
    let (claims, _signature) = (parts.nth(1)?, parts.next()?);
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?);
    let claims: Value = serde_json::from_slice(&bytes).ok()?;
    let end = claims.get("exp")?;
    end.as_i64().or_else(|| {
        end.as_f64()
            .filter(|seconds| seconds.is_finite() && seconds.abs() < 1e12)
            .map(|seconds| seconds.floor() as i64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_read_and_nothing_else_is_believed() {
        let token = |claims: &str| {
            format!(
                "{}.{}.x",
                URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#),
                URL_SAFE_NO_PAD.encode(claims)
            )
        };
        assert_eq!(end(&token(r#"{"exp":1795489260}"#)), Some(1_795_489_260));
        // Laravel Passport writes a fraction.
        assert_eq!(end(&token(r#"{"exp":1795489260.123}"#)), Some(1_795_489_260));
        for none in
            [token(r"{}"), token("[]"), "a.b".to_owned(), "no token".to_owned(), String::new()]
        {
            assert_eq!(end(&none), None, "{none}");
        }
    }
}
