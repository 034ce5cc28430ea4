//! Where a local stand-in for a provider listens. It must be on this machine: any other host could
//! collect credentials. The caller passes the environment; this module never reads it.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use super::address::Address;
use super::problems;
use crate::domain::{Problem, ProviderId};

/// Scheme, host and port of a loopback server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// Reads `http://127.0.0.1:PORT`; `None` for anything that is not plain HTTP on this machine.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let address = Address::parse(text).ok()?;
        let plain = address.is_here() && !address.is_secure() && address.path().is_empty();
        plain.then(|| Self(address.to_string()))
    }

    /// The same address on the stand-in, path and query unchanged. `None` if `url` is not an
    /// address.
    #[must_use]
    pub fn instead_of(&self, url: &str) -> Option<String> {
        let (_, rest) = url.split_once("://")?;
        let path = rest.find(['/', '?']).map_or("", |start| &rest[start..]);
        Some(format!("{}{path}", self.0))
    }

    /// Host and port.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.0.trim_start_matches("http://")
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The stand-in that `TOKENWARD_SANDBOX_<PROVIDER>` names (the id in upper case, `-` as `_`), if it
/// is set and not empty.
///
/// # Errors
/// [`crate::domain::Code::SandboxNotLoopback`] for an address that is not on this machine.
pub fn sandbox(
    environment: &BTreeMap<String, String>,
    provider: &ProviderId,
) -> Result<Option<Origin>, Problem> {
    let name = variable(provider);
    let Some(address) = environment.get(&name).filter(|address| !address.is_empty()) else {
        return Ok(None);
    };
    Origin::parse(address).map(Some).ok_or_else(|| problems::sandbox_not_loopback(&name))
}

/// The variable that moves a provider's calls to a stand-in.
#[must_use]
pub fn variable(provider: &ProviderId) -> String {
    format!("TOKENWARD_SANDBOX_{}", provider.as_str().to_ascii_uppercase().replace('-', "_"))
}

/// Whether a host name means this machine, without asking a name server: `127.0.0.0/8`, `::1`,
/// `localhost`.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Code;

    #[test]
    fn only_plain_addresses_on_this_machine_are_taken() {
        for good in [
            "http://127.0.0.1:8080",
            "http://localhost:1/",
            "http://[::1]:9",
            "http://127.8.8.8:80",
        ] {
            assert!(Origin::parse(good).is_some(), "{good}");
        }
        for bad in [
            "https://127.0.0.1:1",
            "http://127.0.0.1.evil.example:80",
            "http://localhost.evil.example",
            "http://user@127.0.0.1:1",
            "http://127.0.0.1:1@evil.example",
            "http://10.0.0.1:80",
            "http://0.0.0.0:80",
            "http://127.0.0.1:1/prefix",
            "http://127.1:80",
            "http://127.0.0.1:80#@evil.example",
            "http://127.0.0.1:80?x",
            "http://127.0.0.1:0",
            "http://127.0.0.1\\@evil.example",
            "127.0.0.1:80",
            "ftp://127.0.0.1",
            "",
        ] {
            assert!(Origin::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn path_and_query_stay_as_they_are() {
        let origin = Origin::parse("http://127.0.0.1:8080").unwrap();
        assert_eq!(
            origin.instead_of("https://api.example.com/v3/keys?a=b").as_deref(),
            Some("http://127.0.0.1:8080/v3/keys?a=b")
        );
        assert_eq!(
            origin.instead_of("https://api.example.com").as_deref(),
            Some("http://127.0.0.1:8080")
        );
    }

    #[test]
    fn the_variable_is_named_after_the_provider() {
        let id = ProviderId::new("amazon-ses");
        let set = |value: &str| {
            BTreeMap::from([("TOKENWARD_SANDBOX_AMAZON_SES".to_owned(), value.to_owned())])
        };
        assert_eq!(sandbox(&BTreeMap::new(), &id), Ok(None));
        assert_eq!(sandbox(&set(""), &id), Ok(None));
        assert!(sandbox(&set("http://127.0.0.1:1"), &id).is_ok_and(|origin| origin.is_some()));
        assert!(
            sandbox(&set("https://evil.example"), &id)
                .is_err_and(|problem| problem.id == Code::SandboxNotLoopback)
        );
    }
}
