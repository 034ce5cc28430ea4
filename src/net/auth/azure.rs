//! How requests to Azure Communication Services are signed: HMAC-SHA256 of method, path, date, host
//! and a hash of the body.
//! <https://learn.microsoft.com/azure/communication-services/tutorials/hmac-header-tutorial>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, header};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::SignError;
use crate::domain::{Timestamp, secret::keyed_hash};
use crate::net::Request;

/// Signs a request as it stands. `key` is in base64, as Azure gives it out.
pub(super) fn sign(request: &mut Request, key: &str, now: Timestamp) -> Result<(), SignError> {
    let key = Zeroizing::new(
        STANDARD.decode(key).map_err(|_| SignError::Broken("its key is not base64"))?,
    );
    let host =
        request.url.authority().ok_or(SignError::Broken("its address has no host"))?.to_string();
    let address = request.url.path_and_query().map_or("/", |whole| whole.as_str());
    let date = now.to_http_date();
    let body = STANDARD.encode(Sha256::digest(&*request.body));
    let text = format!("{}\n{address}\n{date};{host};{body}", request.method);
    let signature = STANDARD.encode(keyed_hash(&key, text.as_bytes()));
    let claim = format!(
        "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}"
    );
    let mut put = |name: HeaderName, text: &str| {
        let mut value = HeaderValue::from_str(text).map_err(|_| SignError::Unsendable)?;
        value.set_sensitive(name == header::AUTHORIZATION);
        request.headers.insert(name, value);
        Ok(())
    };
    put(HeaderName::from_static("x-ms-date"), &date)?;
    put(HeaderName::from_static("x-ms-content-sha256"), &body)?;
    put(header::AUTHORIZATION, &claim)
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    #[test]
    fn a_request_carries_the_signature_of_what_it_says() {
        let url = "https://res.communication.azure.com/emails/operations/x?api-version=2023-03-31"
            .parse()
            .unwrap();
        let mut request = Request::new(Method::GET, url);
        let now = Timestamp::parse("2026-11-24T03:00:00Z").unwrap();
        let key = STANDARD.encode("a key");
        sign(&mut request, &key, now).unwrap();
        let date = "Tue, 24 Nov 2026 03:00:00 GMT";
        assert_eq!(request.headers["x-ms-date"], date);
        // SHA-256 of nothing.
        let nothing = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        assert_eq!(request.headers["x-ms-content-sha256"], nothing);
        let text = format!(
            "GET\n/emails/operations/x?api-version=2023-03-31\n{date};res.communication.azure.com;{nothing}"
        );
        let expected = STANDARD.encode(keyed_hash(b"a key", text.as_bytes()));
        let claim = request.headers[header::AUTHORIZATION].to_str().unwrap();
        assert!(claim.ends_with(&format!("&Signature={expected}")), "{claim}");
        assert!(sign(&mut request, "not base64!", now).is_err());
    }
}
