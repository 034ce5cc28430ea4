//! The name to which a text assigns a value, found by walking back from it. `id`, `sha` and
//! `checksum` do not suggest a secret, `token` and `password` do. Decides nothing; `judge` does.

use std::ops::Range;

/// What a name says of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `api_key`, `Authorization`, `clientSecret`.
    Secret,
    /// `id`, `MessageID`, `sha256`, `commit`, `public_key`.
    Identifier,
    /// Anything else.
    Other,
}

/// The name of a value, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AssignedName {
    pub(crate) name: Range<usize>,
    pub(crate) kind: Kind,
}

/// The longest way back from a value to its name.
pub(crate) const REACH: usize = 120;
const LONGEST_NAME: usize = 80;
/// How far the colon of a pair may be.
const PAIR: usize = 100;

const SECRET: &[&str] = &[
    "token",
    "tokens",
    "secret",
    "secrets",
    "key",
    "keys",
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pass",
    "pwd",
    "pw",
    "psw",
    "auth",
    "authorization",
    "authentication",
    "credential",
    "credentials",
    "creds",
    "cred",
    "bearer",
    "apikey",
    "apikeys",
    "apitoken",
    "authtoken",
    "accesstoken",
    "accesskey",
    "secretkey",
    "privatekey",
    "clientsecret",
    "appsecret",
    "apisecret",
    "authkey",
    "hapikey",
    "licensekey",
    "pat",
    "jwt",
    "sas",
    "private",
    "apipassword",
    "userpass",
    "dbpassword",
    "passwort",
    "encryptionkey",
    "signingkey",
    "masterkey",
    "servicekey",
    "serverkey",
    "secretaccesskey",
    "sessiontoken",
    "refreshtoken",
    "appkey",
    "xapikey",
    "api",
    "srt",
    "webhook",
    "dsn",
    "salt",
];

const IDENTIFIER: &[&str] = &[
    "id",
    "ids",
    "uid",
    "uuid",
    "guid",
    "oid",
    "sid",
    "tid",
    "hash",
    "hashes",
    "sha",
    "sha1",
    "sha256",
    "sha384",
    "sha512",
    "md5",
    "crc",
    "crc32",
    "digest",
    "checksum",
    "checksums",
    "fingerprint",
    "thumbprint",
    "etag",
    "integrity",
    "commit",
    "rev",
    "revision",
    "srcrev",
    "ref",
    "oldrev",
    "newrev",
    "version",
    "build",
    "nonce",
    "uri",
    "url",
    "href",
    "path",
    "file",
    "filename",
    "name",
    "names",
    "type",
    "kind",
    "format",
    "prefix",
    "suffix",
    "length",
    "size",
    "count",
    "index",
    "offset",
    "alias",
    "arn",
    "email",
    "user",
    "username",
    "login",
    "region",
    "zone",
    "resolution",
    "resolved",
    "tag",
    "slug",
    "label",
    "title",
    "description",
    "message",
    "expires",
    "expiry",
    "expiration",
    "date",
    "time",
    "timestamp",
    "public",
    "publickey",
    "pubkey",
    "pub",
    "csrf",
    "xsrf",
    "etags",
    "cid",
    "iv",
    "regex",
    "pattern",
    "example",
    "placeholder",
    "src",
    "image",
    "img",
    "class",
    "style",
    "signature",
    "sig",
    "signatures",
    "authenticity",
    "cursor",
    "kid",
    "policy",
    "algorithm",
    "alg",
    "scope",
    "scopes",
    "host",
    "hostname",
    "domain",
    "endpoint",
    "gravatar",
];

/// Words that make an identifier of a key whose last word is `key`, `token` or `keys`.
const NOT_SECRET_BEFORE: &[&str] = &[
    // `X-Amz-Security-Token`: what is one says so by its beginning.
    "amz",
    "public",
    "pub",
    "primary",
    "foreign",
    "partition",
    "sort",
    "cache",
    "object",
    "idempotency",
    "translation",
    "lookup",
    "composite",
    "index",
    "natural",
    "surrogate",
    "unique",
    "sequence",
    "schema",
    "row",
    "column",
    "map",
    "hash",
    "next",
    "page",
    "continuation",
    "csrf",
    "xsrf",
    "antiforgery",
    "authenticity",
    "sync",
    "cursor",
    "pagination",
    "routing",
    "group",
    "sorting",
    "host",
    "known",
    "i18n",
    "locale",
    "dedup",
    "issue",
    "project",
    "publishable",
    "anon",
    "site",
    "sitekey",
    "recaptcha",
    "storage",
    "s3",
    "gpg",
    "pgp",
    "verification",
    "anchor",
    "recv",
    "prefix",
    "name",
];

/// Words between a name and its value that say how the value is presented.
const SCHEMES: &[&str] = &[
    "bearer",
    "basic",
    "token",
    "apikey",
    "api-key",
    "key",
    "klaviyo-api-key",
    "zoho-enczapikey",
    "apikey-v1",
    "genie-key",
    "ssws",
];

const TYPES: &[&str] = &[
    "string",
    "str",
    "char",
    "char*",
    "text",
    "varchar",
    "final",
    "const",
    "static",
    "cstring",
    "nsstring",
    "securestring",
    "bytes",
    "byte",
    "u8",
    "auto",
];

/// The name that a value at `value` is given.
pub(crate) fn of(text: &[u8], value: usize) -> Option<AssignedName> {
    let floor = value.saturating_sub(REACH);
    let mut at = openers(text, value, floor);
    if let Some(before) = scheme(text, at, value, floor) {
        at = openers(text, before, floor);
    }
    let signs = at;
    at -= back(text, floor..at, |byte| {
        matches!(byte, b'=' | b':' | b'?' | b'+' | b'.' | b'~' | b'|' | b'>' | b'<' | b'-' | b',')
            || matches!(byte, b' ' | b'\t' | b'(' | b'&' | b'*')
    });
    // `--token VALUE`: a space is enough behind a flag.
    if at == signs && !(at < value && text[at].is_ascii_whitespace()) {
        return None;
    }
    at -= back(text, floor..at, |byte| {
        matches!(byte, b'"' | b'\'' | b'`' | b']' | b')' | b'}' | b'\\' | b' ' | b'\t')
    });
    let mut name = word(text, at, floor)?;
    if is_one_of(&text[name.clone()], TYPES) {
        let sign = |byte| matches!(byte, b' ' | b':' | b'&' | b'\t' | b'?' | b'*');
        let before = name.start - back(text, floor..name.start, sign);
        name = word(text, before, floor).unwrap_or(name);
    }
    let kind = match kind(&text[name.clone()]) {
        // `--user NAME:VALUE`, `-u KEY:`: a credential, whatever the flag is called.
        Kind::Identifier | Kind::Other if is_user_flag(text, &name) && is_pair(text, value) => {
            Kind::Secret
        }
        kind => kind,
    };
    Some(AssignedName { name, kind })
}

/// How many bytes at the end of a stretch are such ones.
fn back(text: &[u8], stretch: Range<usize>, is_such: impl Fn(u8) -> bool) -> usize {
    text.get(stretch).unwrap_or_default().iter().rev().take_while(|byte| is_such(**byte)).count()
}

/// `-u`, `--user`, `--proxy-user`.
fn is_user_flag(text: &[u8], name: &Range<usize>) -> bool {
    name.start.checked_sub(1).is_some_and(|before| text[before] == b'-')
        && is_one_of(&text[name.clone()], &["u", "user", "proxy-user"])
}

/// Whether what stands here is written as `NAME:VALUE`.
fn is_pair(text: &[u8], at: usize) -> bool {
    let word = text[at..]
        .iter()
        .take(PAIR)
        .take_while(|b| !b.is_ascii_whitespace() && !matches!(b, b'"' | b'\'' | b'`' | b'/'));
    word.copied().any(|b| b == b':')
}

/// Back over quotes, brackets and space that open a value; over one line's end where the name
/// stands above.
fn openers(text: &[u8], mut at: usize, floor: usize) -> usize {
    let mut lines = 0;
    while at > floor {
        match text[at - 1] {
            b'"' | b'\'' | b'`' | b'\\' | b'(' | b'[' | b'{' | b'@' | b'$' | b' ' | b'\t'
            | b'\r' => at -= 1,
            b'\n' if lines == 0 => (lines, at) = (1, at - 1),
            // `r"..."`, `b'...'`, `f"..."`
            b'r' | b'b' | b'f' | b'u'
                if at < text.len()
                    && matches!(text[at], b'"' | b'\'')
                    && at >= 2
                    && !text[at - 2].is_ascii_alphanumeric() =>
            {
                at -= 1
            }
            _ => break,
        }
    }
    at
}

/// Where a word such as `Bearer` begins, where one stands before the value.
fn scheme(text: &[u8], at: usize, value: usize, floor: usize) -> Option<usize> {
    let spaced = at < value && matches!(text[at], b' ' | b'\t' | b'\\');
    let word = word(text, at, floor)?;
    let introduced = word
        .start
        .checked_sub(1)
        .is_some_and(|before| matches!(text[before], b' ' | b'"' | b'\'' | b':' | b'`' | b'='));
    (spaced && introduced && is_one_of(&text[word.clone()], SCHEMES)).then_some(word.start)
}

/// The name that ends at `end`.
fn word(text: &[u8], end: usize, floor: usize) -> Option<Range<usize>> {
    let floor = floor.max(end.saturating_sub(LONGEST_NAME));
    let mut start = end;
    while start > floor && is_name_byte(text[start - 1]) {
        start -= 1;
    }
    while start < end && matches!(text[start], b'-' | b'.' | b'$' | b'/') {
        start += 1;
    }
    (start < end).then_some(start..end)
}

pub(super) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$')
}

fn is_one_of(name: &[u8], words: &[&str]) -> bool {
    words.iter().any(|word| name.eq_ignore_ascii_case(word.as_bytes()))
}

/// What a name says of its value.
pub(crate) fn kind(name: &[u8]) -> Kind {
    let parts = parts(name);
    let Some((last, before)) = parts.split_last() else { return Kind::Other };
    // `token2`: the number says nothing.
    let last = last.trim_end_matches(|c: char| c.is_ascii_digit());
    let (last, before) = match (last, before.split_last()) {
        // `token2`, `key_old`, `API_KEY_PROD`: the word before says what it is.
        (word, Some((previous, rest))) if word.is_empty() || AFTERTHOUGHT.contains(&word) => {
            (previous.as_str(), rest)
        }
        (word, _) => (word, before),
    };
    let says = |words: &[&str], part: &str| words.contains(&part);
    if says(&["key", "keys", "token", "tokens"], last)
        && before.iter().any(|part| says(NOT_SECRET_BEFORE, part))
    {
        return if before.iter().any(|part| says(&["secret", "private", "password", "api"], part)) {
            Kind::Secret
        } else {
            Kind::Identifier
        };
    }
    if says(SECRET, last)
        || last.ends_with("token")
        || last.ends_with("secret")
        || last.ends_with("password")
        || last.ends_with("apikey")
    {
        return Kind::Secret;
    }
    if says(IDENTIFIER, last) {
        return Kind::Identifier;
    }
    if before.iter().any(|part| {
        says(SECRET, part) && !matches!(part.as_str(), "auth" | "api" | "pass" | "private")
    }) {
        Kind::Secret
    } else {
        Kind::Other
    }
}

/// Last words that say nothing of the value.
const AFTERTHOUGHT: &[&str] = &[
    "old",
    "new",
    "prod",
    "production",
    "dev",
    "staging",
    "test",
    "live",
    "value",
    "val",
    "str",
    "string",
    "text",
    "base64",
    "b64",
    "hex",
    "raw",
    "env",
    "var",
    "default",
    "header",
    "current",
    "backup",
    "plain",
    "plaintext",
    "encoded",
];

/// A name in its words, in lower case: at `_`, `-`, `.` and humps.
fn parts(name: &[u8]) -> Vec<String> {
    let (mut all, mut part) = (Vec::new(), String::new());
    for (index, byte) in name.iter().enumerate() {
        let before = index.checked_sub(1).map_or(0, |n| name[n]);
        let after = name.get(index + 1).copied().unwrap_or(0);
        let hump = byte.is_ascii_uppercase()
            && (before.is_ascii_lowercase()
                || (before.is_ascii_uppercase() && after.is_ascii_lowercase()));
        if (hump || !byte.is_ascii_alphanumeric()) && !part.is_empty() {
            all.push(std::mem::take(&mut part));
        }
        if byte.is_ascii_alphanumeric() {
            part.push(char::from(byte.to_ascii_lowercase()));
        }
    }
    if !part.is_empty() {
        all.push(part);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<(&str, Kind)> {
        let label = of(text.as_bytes(), text.find("VALUE").unwrap())?;
        Some((&text[label.name], label.kind))
    }

    #[test]
    fn the_name_is_found_however_it_is_assigned() {
        for (text, wanted) in [
            ("API_KEY=VALUE", "API_KEY"),
            ("  \"apiKey\": \"VALUE\"", "apiKey"),
            ("mailToken := `VALUE`", "mailToken"),
            ("x_TOKEN :::= \"VALUE\"", "x_TOKEN"),
            ("var mailToken string = \"VALUE\"", "mailToken"),
            ("const KEY: &str = \"VALUE\";", "KEY"),
            ("System.setProperty(\"MAIL_TOKEN\", \"VALUE\")", "MAIL_TOKEN"),
            ("os.environ['MAIL_TOKEN'] = 'VALUE'", "MAIL_TOKEN"),
            ("<mailToken>\n    VALUE\n</mailToken>", "mailToken"),
            ("-H \"X-Server-Token: VALUE\"", "X-Server-Token"),
            ("-H 'Authorization: Bearer VALUE'", "Authorization"),
            ("--api-key VALUE", "api-key"),
            ("?api_key=VALUE&x", "api_key"),
            ("'token' => 'VALUE'", "token"),
            ("{\\\"token\\\": \\\"VALUE\\\"}", "token"),
            ("client_secret = b\"VALUE\"", "client_secret"),
        ] {
            assert_eq!(name(text), Some((wanted, Kind::Secret)), "{text}");
        }
    }

    #[test]
    fn identifiers_are_told_from_secrets() {
        for text in [
            "\"MessageID\": \"VALUE\"",
            "sha256: VALUE",
            "public_key = VALUE",
            "credentialsId: 'VALUE'",
            "commit VALUE",
            "key_id=VALUE",
            "nextPageToken: VALUE",
        ] {
            assert_eq!(name(text).unwrap().1, Kind::Identifier, "{text}");
        }
        assert_eq!(name("colour = VALUE").unwrap().1, Kind::Other);
        assert_eq!(name("VALUE"), None);
    }
}
