//! Values that are computed from another, and are as secret as it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::domain::{Secret, secret::keyed_hash};

/// The SMTP password of Amazon SES that belongs to an access key's secret in a region: a chain of
/// HMAC-SHA256 behind the version byte 4.
/// <https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html#smtp-credentials-convert>
#[must_use]
pub fn ses_smtp_password(secret: &Secret, region: &str) -> Secret {
    let start = Zeroizing::new(format!("AWS4{}", secret.expose()));
    let mut key = Zeroizing::new(keyed_hash(start.as_bytes(), b"11111111"));
    for message in [region, "ses", "aws4_request", "SendRawEmail"] {
        key = Zeroizing::new(keyed_hash(&*key, message.as_bytes()));
    }
    let mut whole = Zeroizing::new(vec![4]);
    whole.extend_from_slice(&*key);
    Secret::new(STANDARD.encode(&*whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vectors_come_out() {
        // TestSESSMTPPasswordFromSecretKeySigV4 of terraform-provider-aws.
        for (region, secret, password) in [
            ("eu-central-1", "some+secret+key", "BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2"),
            ("eu-central-1", "another+secret+key", "BBbphbrQmrKMx42d1N6+C7VINYEBGI5v9VsZeTxwskfh"),
            ("us-west-1", "some+secret+key", "BH+jbMzper5WwlwUar9E1ySBqHa9whi0GPo+sJ0mVYJj"),
            ("us-west-1", "another+secret+key", "BKVmjjMDFk/qqw8EROW99bjCS65PF8WKvK5bSr4Y6EqF"),
        ] {
            assert_eq!(
                ses_smtp_password(&Secret::new(secret.to_owned()), region).expose(),
                password
            );
        }
    }
}
