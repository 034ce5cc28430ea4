//! The name to which a text assigns a value, found by walking back from it. `id`, `sha` and
//! `checksum` do not suggest a secret, `token` and `password` do. Decides nothing; `judge` does.

use std::ops::Range;

use super::boundaries::is_name_byte;
use super::pairs;

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
    /// Whether a word such as `Bearer` stands between them.
    pub(crate) is_introduced: bool,
}

impl AssignedName {
    fn of(text: &[u8], name: Range<usize>) -> Self {
        Self { kind: kind(&text[name.clone()]), name, is_introduced: false }
    }
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
    "paswd",
    "psswd",
    "pswd",
    "paswrd",
    "access",
    "accesskeysecret",
];

/// Ends of a name that is written as one word: `acmeprivatekey`, `PGPASSWORD`.
const SECRET_END: &[&str] = &[
    "apikey",
    "authkey",
    "privatekey",
    "secretkey",
    "accesskey",
    "masterkey",
    "servicekey",
    "signkey",
    "token",
    "secret",
    "password",
    "passwd",
    "paswd",
    "passphrase",
    "passwort",
    "_pwd",
    "-pwd",
];
/// Beginnings of words that say of a password that a person thought of it.
const PASSWORD: &[&str] = &[
    "passw",
    "passphrase",
    "passcode",
    "pwd",
    "psw",
    "paswd",
    "pswd",
    "psswd",
    "paswrd",
    "userpass",
    "dbpass",
    "identified by",
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
    "githead",
    "shasum",
    "reference",
    "sri",
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
    "change",
    "request",
    "first",
    "last",
    "vapid",
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
    let introduced = scheme(text, at, value, floor);
    if let Some(before) = introduced {
        if let Some(name) = glued_word(text, before, at, floor) {
            return Some(AssignedName::of(text, name));
        }
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
    if let Some(name) = pairs::name(text, at, floor) {
        return Some(AssignedName::of(text, name));
    }
    let mut name = word(text, at, floor)?;
    if name.end >= 13 && text[name.end - 13..name.end].eq_ignore_ascii_case(b"identified by") {
        return Some(AssignedName {
            name: name.end - 13..name.end,
            kind: Kind::Secret,
            is_introduced: false,
        });
    }
    if is_one_of(&text[name.clone()], TYPES) {
        let sign = |byte| matches!(byte, b' ' | b':' | b'&' | b'\t' | b'?' | b'*');
        let before = name.start - back(text, floor..name.start, sign);
        name = word(text, before, floor).unwrap_or(name);
    }
    let kind = match kind(&text[name.clone()]) {
        Kind::Secret if is_of_a_page(&text[floor..name.start]) => Kind::Identifier,
        // `--user NAME:VALUE`, `-u KEY:`: a credential, whatever the flag is called.
        Kind::Identifier | Kind::Other if is_user_flag(text, &name) && is_pair(text, value) => {
            Kind::Secret
        }
        kind => kind,
    };
    Some(AssignedName { name, kind, is_introduced: introduced.is_some() })
}

/// `Next page token: VALUE`.
fn is_of_a_page(before: &[u8]) -> bool {
    [&b"page "[..], b"continuation ", b"next ", b"csrf ", b"request "].iter().any(|word| {
        before.len() >= word.len() && before[before.len() - word.len()..].eq_ignore_ascii_case(word)
    })
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

/// The name that a word such as `TOKEN` is itself, with the word before it: `acme TOKEN VALUE`,
/// where nothing before it is a name.
fn glued_word(text: &[u8], from: usize, to: usize, floor: usize) -> Option<Range<usize>> {
    let end = from + text[from..to].iter().take_while(|b| is_name_byte(**b)).count();
    let spaces = back(text, floor..from, |b| matches!(b, b' ' | b'\t'));
    let before = word(text, from - spaces, floor);
    let introduces = is_one_of(&text[from..end], &["bearer", "basic", "ssws"]);
    let is_own = kind(&text[from..end]) == Kind::Secret && !introduces && before.is_some();
    let other = before.clone().is_none_or(|before| kind(&text[before]) == Kind::Other);
    (is_own && other).then(|| match before.filter(|_| spaces > 0) {
        Some(before) => before.start..end,
        None => from..end,
    })
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

fn is_one_of(name: &[u8], words: &[&str]) -> bool {
    words.iter().any(|word| name.eq_ignore_ascii_case(word.as_bytes()))
}

/// What a name says of its value.
pub(crate) fn kind(name: &[u8]) -> Kind {
    // The hidden field of a form, against forged requests.
    if name == b"_token" {
        return Kind::Identifier;
    }
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
        return if before
            .iter()
            .any(|part| says(&["secret", "private", "password", "api", "access"], part))
        {
            Kind::Secret
        } else {
            Kind::Identifier
        };
    }
    if says(SECRET, last) || SECRET_END.iter().any(|end| last.ends_with(end)) {
        return Kind::Secret;
    }
    if says(IDENTIFIER, last) {
        return Kind::Identifier;
    }
    // `acmekey`, but not `monkey`: what stands before it is a name.
    if last.len() >= 7 && last.ends_with("key") && !says(KEYS_OF_NO_LOCK, last) {
        return Kind::Secret;
    }
    if before.iter().any(|part| {
        says(SECRET, part) && !matches!(part.as_str(), "auth" | "api" | "pass" | "private")
    }) {
        Kind::Secret
    } else {
        Kind::Other
    }
}

/// Words that end in `key` and are no keys, or none that is secret.
const KEYS_OF_NO_LOCK: &[&str] = &[
    "publickey",
    "primarykey",
    "foreignkey",
    "cachekey",
    "hotkey",
    "sortkey",
    "hashkey",
    "objectkey",
    "registrykey",
    "jockey",
    "whiskey",
    "sitekey",
    "pubkey",
    "hockey",
    "partitionkey",
    "indexkey",
    "rowkey",
    "sshkey",
    "gpgkey",
    "turnkey",
    "passkey",
    "lookupkey",
    "groupkey",
    "mapkey",
    "hostkey",
    "keykey",
];

/// Whether a name says that its value is a password, which a person may have thought of.
pub(super) fn is_password(name: &[u8]) -> bool {
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    PASSWORD.iter().any(|word| name.contains(word))
        || parts(name.as_bytes()).iter().any(|part| matches!(&**part, "pass" | "pw"))
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

fn is_tail(rest: &[u8]) -> bool {
    [&b"key"[..], b"token", b"secret", b"password", b"api"]
        .iter()
        .any(|word| rest.starts_with(word))
}

/// A name in its words, in lower case: at `_`, `-`, `.` and humps.
pub(super) fn parts(name: &[u8]) -> Vec<String> {
    let (mut all, mut part) = (Vec::new(), String::new());
    for (index, byte) in name.iter().enumerate() {
        let before = index.checked_sub(1).map_or(0, |n| name[n]);
        let after = name.get(index + 1).copied().unwrap_or(0);
        // `acmePRIVATEkey`: the last word is in lower case, and no hump begins it.
        let tail = |from: usize| name.get(from..).is_some_and(is_tail);
        let hump = if byte.is_ascii_uppercase() {
            before.is_ascii_lowercase()
                || before.is_ascii_digit()
                || before.is_ascii_uppercase() && after.is_ascii_lowercase() && !tail(index + 1)
        } else {
            before.is_ascii_uppercase()
                && index.checked_sub(2).is_some_and(|n| name[n].is_ascii_uppercase())
                && tail(index)
        };
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
