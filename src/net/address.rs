//! An address that a credential may be sent to, read once and strictly. An address that two parsers
//! could read differently is refused, since one parser checks it and another connects.

use std::fmt;
use std::net::Ipv4Addr;

use http::Uri;

use super::origin::is_loopback;

/// Scheme, host, port and path, and nothing else: no user, no query, no fragment. HTTPS, or plain
/// HTTP on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    secure: bool,
    authority: String,
    host: String,
    path: String,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence. It quotes no part of it, since it may
    /// contain a password.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (secure, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err("it does not begin with https://"),
        };
        if rest.contains('@') {
            return Err("it contains a user name");
        }
        if rest.contains(['?', '#']) {
            return Err("it has a query or a fragment");
        }
        if !rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/:[]".contains(&byte)) {
            return Err("it contains a character that is not allowed");
        }
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let path = path.trim_end_matches('/');
        if path.split('/').skip(1).any(|part| matches!(part, "" | "." | "..")) {
            return Err("its path has an empty part, `.` or `..`");
        }
        let (host, port) = split(authority)?;
        let here = is_loopback(host);
        if !is_clean(host)
            || host
                .split('.')
                .any(|label| label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--")))
        {
            return Err("its host is not a valid host name");
        }
        if !secure && !here {
            return Err("it is not https: the credential would be sent unencrypted");
        }
        if secure && port.is_some_and(|port| port != 443) {
            return Err("it has a port other than 443");
        }
        Ok(Self {
            secure,
            authority: authority.to_ascii_lowercase(),
            host: host.to_ascii_lowercase(),
            path: path.to_owned(),
        })
    }

    /// The host, in lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Host and port.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The path, without a slash at its end; empty for none.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether it is on this machine.
    #[must_use]
    pub fn is_here(&self) -> bool {
        is_loopback(&self.host)
    }

    /// Whether what is sent there is encrypted.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.secure
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}://{}{}",
            if self.secure { "https" } else { "http" },
            self.authority,
            self.path
        )
    }
}

/// Host and port of an authority.
fn split(authority: &str) -> Result<(&str, Option<u16>), &'static str> {
    let in_brackets = authority
        .starts_with('[')
        .then(|| authority.find(']'))
        .flatten()
        .map(|at| authority.split_at(at + 1));
    let (host, port) = match in_brackets {
        Some((host, "")) => (host, None),
        Some((host, rest)) => {
            (host, Some(rest.strip_prefix(':').ok_or("its port is not a number")?))
        }
        None => {
            authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)))
        }
    };
    let Some(port) = port else { return Ok((host, None)) };
    let plain = !port.starts_with('0') && port.bytes().all(|byte| byte.is_ascii_digit());
    let port = port.parse::<u16>().ok().filter(|_| plain).ok_or("its port is not a number")?;
    Ok((host, Some(port)))
}

/// Whether every parser reads this as the same host: a name of plain labels, an IPv4 address of
/// four numbers, or `[::1]`.
fn is_clean(host: &str) -> bool {
    if host.starts_with('[') {
        return is_loopback(host);
    }
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // Clients read `127.1`, `2130706433` and `0x7f.1` as IP addresses, without a name server.
    let last = host.rsplit('.').next().unwrap_or_default();
    let numeric = last.bytes().all(|byte| byte.is_ascii_digit())
        || last.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("0x"));
    host.len() <= 253
        && host.split('.').all(label)
        && (!numeric || host.parse::<Ipv4Addr>().is_ok())
}

/// Whether a request may be sent to this address at all, whichever credential it has. The caller
/// checks the query and the path.
///
/// # Errors
/// Why nothing is sent there.
pub(in crate::net) fn may_be_sent_to(url: &Uri) -> Result<(), &'static str> {
    let authority = url.authority().ok_or("the address has no host")?;
    if authority.as_str().contains('@') {
        return Err("the address contains a user name");
    }
    let (host, _) = split(authority.as_str()).map_err(|_| "the address has an invalid port")?;
    if host != authority.host() || !is_clean(host) {
        return Err("the address has an invalid host name");
    }
    match url.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if is_loopback(host) => Ok(()),
        _ => Err("the address is not https"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_every_parser_reads_alike_is_an_address() {
        for good in [
            "https://api.github.com",
            "https://api.github.com/",
            "https://github.corp.example/api/v3",
            "https://GitHub.corp.example:443/api/v3/",
            "http://127.0.0.1:8080",
            "http://localhost:1",
            "http://[::1]:9/x",
            "https://10.0.0.7/api/v3",
        ] {
            assert!(Address::parse(good).is_ok(), "{good}");
        }
        for bad in BAD {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
        let address = Address::parse("https://GitHub.corp.example/api/v3/").unwrap();
        assert_eq!((address.host(), address.path()), ("github.corp.example", "/api/v3"));
        assert_eq!(address.to_string(), "https://github.corp.example/api/v3");
    }

    const BAD: &[&str] = &[
        "",
        "api.github.com",
        "//api.github.com",
        "ftp://api.github.com",
        "HTTPS://api.github.com",
        "http://api.github.com",
        "https:/api.github.com",
        "https:api.github.com",
        "https://",
        "https:///api",
        "https://api.github.com@evil.example",
        "https://x:y@api.github.com",
        "https://evil.example\\@api.github.com",
        "https://evil.example\\.github.com",
        "https://api.github.com\t.evil.example",
        "https://api.github.com\n",
        " https://api.github.com",
        "https://api.github.com#@evil.example",
        "https://api.github.com?x=/",
        "https://api%2egithub.com",
        "https://api.github.com%00.evil.example",
        "https://api.github.com.",
        "https://api..github.com",
        "https://-api.github.com",
        "https://\u{430}pi.github.com",
        "https://xn--pi-6kc.github.com",
        "https://api.github.com:8443",
        "https://api.github.com:0443",
        "https://api.github.com:",
        "https://api.github.com:443:443",
        "https://api.github.com:99999",
        "http://127.0.0.1:0",
        "http://127.1:80",
        "http://2130706433",
        "http://0x7f.0.0.1",
        "http://127.0.0.1.evil.example",
        "https://[::ffff:1.2.3.4]/",
        "https://[::1",
        "https://api.github.com/../x",
        "https://api.github.com//x",
    ];
}
