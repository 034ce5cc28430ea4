//! Checks AWS Signature Version 4 as a server does: from the request as it came, with the secret of
//! the key it names. It must not know which service it protects.

use crate::http::{Request, percent_encode};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

/// A signature may be so many seconds off.
const TOLERATED: i64 = 900;

/// Why a request is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsigned {
    /// It has no signature, or one of another form.
    Missing,
    /// It was signed with something else, or is not what was signed.
    Mismatch,
    /// Its moment is too far from now.
    OutOfTime,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn keyed(key: &[u8], text: &str) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key).map_or_else(
        |_| Vec::new(),
        |mut mac| {
            mac.update(text.as_bytes());
            mac.finalize().into_bytes().to_vec()
        },
    )
}

/// What the signature claims: whose it is and what it covers.
pub(super) struct Claim<'a> {
    pub(super) key_id: &'a str,
    date: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    headers: &'a str,
    signature: &'a str,
}

pub(super) fn claim(request: &Request) -> Option<Claim<'_>> {
    let rest = request.header("authorization")?.strip_prefix("AWS4-HMAC-SHA256 ")?;
    let field =
        |name: &str| rest.split(", ").find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
    let scope: Vec<&str> = field("Credential")?.split('/').collect();
    let [key_id, date, region, service, "aws4_request"] = scope[..] else { return None };
    Some(Claim {
        key_id,
        date,
        region,
        service,
        headers: field("SignedHeaders")?,
        signature: field("Signature")?,
    })
}

/// Whether the claim holds under this secret.
pub(super) fn check(
    request: &Request,
    claim: &Claim<'_>,
    secret: &str,
    now: Timestamp,
) -> Result<(), Unsigned> {
    let moment = request.header("x-amz-date").ok_or(Unsigned::Missing)?;
    let signed_at =
        jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", moment).map_err(|_| Unsigned::Missing)?;
    let signed_at =
        jiff::tz::TimeZone::UTC.to_timestamp(signed_at).map_err(|_| Unsigned::Missing)?;
    let mut headers = String::new();
    for name in claim.headers.split(';') {
        let own = (name == "host").then(|| request.host());
        let value = own.or_else(|| request.header(name)).ok_or(Unsigned::Mismatch)?;
        headers += &format!("{name}:{}\n", value.trim());
    }
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let mut pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
    pairs.sort_unstable();
    let path: Vec<String> = path.split('/').map(percent_encode).collect();
    let body = hex(&Sha256::digest(&request.body));
    let canonical = format!(
        "{}\n{}\n{}\n{headers}\n{}\n{body}",
        request.method,
        path.join("/"),
        pairs.join("&"),
        claim.headers
    );
    let scope = format!("{}/{}/{}/aws4_request", claim.date, claim.region, claim.service);
    let text = format!(
        "AWS4-HMAC-SHA256\n{moment}\n{scope}\n{}",
        hex(&Sha256::digest(canonical.as_bytes()))
    );
    let steps = [claim.date, claim.region, claim.service, "aws4_request"];
    let key =
        steps.iter().fold(format!("AWS4{secret}").into_bytes(), |key, step| keyed(&key, step));
    if hex(&keyed(&key, &text)) != claim.signature || !moment.starts_with(claim.date) {
        return Err(Unsigned::Mismatch);
    }
    if (now.as_second() - signed_at.as_second()).abs() > TOLERATED {
        return Err(Unsigned::OutOfTime);
    }
    Ok(())
}
