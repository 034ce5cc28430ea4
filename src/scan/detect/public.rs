//! What is public by nature, or the hash of something public: DNS records and signatures of mail,
//! hashes of commits and of packages. Only for forms that many things have: a token in a form of its
//! own is one wherever it is. Reads a few bytes before the value.

use std::ops::Range;

use super::runs::Alphabet;

/// How far before a value a sign may stand.
const NEAR: usize = 200;
/// The longest of the names below.
const LONGEST_NAME: usize = 13;
/// What stands right before a hash, or before the name of one and a sign.
const HASHES: [&[u8]; 13] = [
    b"md5",
    b"sha1",
    b"sha256",
    b"sha384",
    b"sha512",
    b"sha224",
    b"sha-256",
    b"shasum",
    b"githead",
    b"integrity",
    b"checksum",
    b"blake2b",
    // detect-secrets' baseline: the SHA-1 of a value.
    b"hashed_secret",
];
/// What stands right before a value that everybody may read in a record of DNS.
const RECORDS: [&[u8]; 6] = [
    b"-verification=",
    b"-verification:",
    b"_verification=",
    b"verification-code=",
    b"domain-key=",
    b"-code:",
];

/// Whether what stands here is nobody's secret.
pub(super) fn is_public(text: &[u8], range: &Range<usize>) -> bool {
    let before = &text[range.start.saturating_sub(NEAR)..range.start];
    let value = &text[range.clone()];
    is_hash(before, value) || is_record(before, value)
}

/// A hash, as commits and packages have it.
fn is_hash(before: &[u8], value: &[u8]) -> bool {
    let length = value.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    let is_all = length == value.len();
    // `uses: owner/name@HASH`, `name.tgz#HASH`, `git+https://host/name?rev=x#HASH`.
    if is_all && matches!(length, 40 | 64) && matches!(before, [.., b'@' | b'#']) {
        let word = before.iter().rev().skip(1).take_while(|b| b.is_ascii_graphic()).count();
        if word > 2 {
            return true;
        }
    }
    let before_sign =
        before.len() - before.iter().rev().take_while(|b| b":=-_ \"'".contains(b)).count();
    let is_signed = before_sign < before.len();
    let lower = before[before_sign.saturating_sub(LONGEST_NAME)..before_sign].to_ascii_lowercase();
    is_signed
        && (is_all || value.ends_with(b"="))
        && HASHES.iter().any(|hash| lower.ends_with(hash))
}

/// A record of DNS, a public key or a signature of mail.
fn is_record(before: &[u8], value: &[u8]) -> bool {
    if RECORDS.iter().any(|record| before.ends_with(record)) {
        return true;
    }
    let has = |word: &[u8]| before.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word));
    let is_key = value.starts_with(b"MIG") || value.starts_with(b"MII");
    // `p=`, `b=` and `bh=` of a record or a signature: folded, or in pieces that are quoted.
    let folded = |b: &&u8| Alphabet::Base64.has(**b) || b.is_ascii_whitespace() || **b == b'"';
    let tag = &before[..before.len() - before.iter().rev().take_while(folded).count()];
    let is_tag = [&b"p="[..], b"b=", b"bh="].iter().any(|name| tag.ends_with(name))
        && value.iter().all(|b| Alphabet::Base64.has(*b) || *b == b'=');
    is_key && (before.ends_with(b"p=") || has(b"public key"))
        || is_tag && (has(b"v=DKIM1") || has(b"_domainkey") || has(b"dkim-signature:"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::tests::support::random;

    #[test]
    fn hashes_and_records_are_told_from_values() {
        let (hash, md5) = (random(1, b"0123456789abcdef", 40), random(2, b"0123456789abcdef", 32));
        let is = |before: &str, value: &str| {
            is_public(
                format!("{before}{value}").as_bytes(),
                &(before.len()..before.len() + value.len()),
            )
        };
        for before in [
            "uses: sparkpost/x@",
            "https://registry/sparkpost-2.1.4.tgz#",
            "\"gitHead\": \"",
            "shasum = \"",
            "\"hashed_secret\": \"",
        ] {
            assert!(is(before, &hash), "{before}");
        }
        for before in [
            "mailjet==1.0 --hash=md5:",
            "TWILIO_SDK_MD5 = \"",
            "\"mailjet-domain-verification=",
            "\"twilio-code:",
        ] {
            assert!(is(before, &md5), "{before}");
        }
        assert!(is("x._domainkey TXT \"v=DKIM1; k=rsa; p=", &format!("MIGf{hash}")));
        assert!(!is("v=DKIM1 TOKEN=", &md5) && !is("dkim-signature: x\nkey: ", &md5));
        for before in ["MAILJET_SECRET=", "https://user:", "token: ", "curl -u api:", "key@", "'"] {
            assert!(!is(before, &md5), "{before}");
        }
    }
}
