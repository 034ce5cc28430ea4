//! AWS Signature Version 4, by AWS's own crate. Nothing of the secret is sent; the signature holds
//! for some minutes.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign as signature,
};
use aws_sigv4::sign::v4;
use http::{HeaderName, HeaderValue};

use super::SignError;
use crate::domain::Timestamp;
use crate::net::Request;

/// What is signed with.
pub(super) struct Keys<'a> {
    pub(super) access_key: &'a str,
    pub(super) secret: &'a str,
    pub(super) session: Option<&'a str>,
}

/// Signs a request as it stands: method, address, host and body.
pub(super) fn sign(
    request: &mut Request,
    keys: &Keys<'_>,
    service: &str,
    region: &str,
    now: Timestamp,
) -> Result<(), SignError> {
    signed(request, &[], PayloadChecksumKind::NoHeader, keys, service, region, now.into())
}

/// Also with further headers in the signature, and with one about the body.
fn signed(
    request: &mut Request,
    headers: &[(&str, &str)],
    about_body: PayloadChecksumKind,
    keys: &Keys<'_>,
    service: &str,
    region: &str,
    now: SystemTime,
) -> Result<(), SignError> {
    let broken = |_| SignError::Broken("it cannot be signed");
    let session = keys.session.map(str::to_owned);
    let identity =
        Credentials::new(keys.access_key, keys.secret, session, None, "tokenward").into();
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = about_body;
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(now)
        .settings(settings);
    let params = params.build().map_err(|_| SignError::Broken("it cannot be signed"))?.into();
    let url = request.url.to_string();
    let asked = SignableRequest::new(
        request.method.as_str(),
        url,
        headers.iter().copied(),
        SignableBody::Bytes(&request.body),
    );
    let (instructions, _) =
        signature(asked.map_err(broken)?, &params).map_err(broken)?.into_parts();
    for (name, value) in instructions.headers() {
        let name =
            name.parse::<HeaderName>().map_err(|_| SignError::Broken("it cannot be signed"))?;
        let mut value = HeaderValue::from_str(value).map_err(|_| SignError::Unsendable)?;
        value.set_sensitive(true);
        request.headers.insert(name, value);
    }
    Ok(())
}

#[cfg(test)]
#[path = "sigv4_tests.rs"]
mod tests;
