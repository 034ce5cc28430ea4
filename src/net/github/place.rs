//! Which GitHub a credential may be sent to. `GITHUB_API_URL` can come from an input of a workflow;
//! the runner sets `GITHUB_SERVER_URL`, and no workflow can change it. So the second is used to
//! check the first.

use super::problems;
use crate::domain::Problem;
use crate::net::Address;

/// The API of one GitHub: a client is created from nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Api(Address);

impl Api {
    /// GitHub's public API.
    pub const PUBLIC: &'static str = "https://api.github.com";

    /// Reads the API's address. `server` is GitHub's address for people, from the runner.
    ///
    /// # Errors
    /// [`crate::domain::Code::Usage`] if it is not an address, or not GitHub's.
    pub fn of(address: &str, server: Option<&str>) -> Result<Self, Problem> {
        let address = Address::parse(address).map_err(problems::not_the_api)?;
        if address.is_here() {
            return Ok(Self(address));
        }
        if is_public(address.host()) {
            return if address.path().is_empty() {
                Ok(Self(address))
            } else {
                Err(problems::not_the_api("its host is GitHub's, but its path is not"))
            };
        }
        let server = match server {
            Some(text) => Some(
                Address::parse(text)
                    .map_err(|why| format!("`GITHUB_SERVER_URL` is invalid: {why}"))
                    .map_err(|why| problems::not_the_api(&why))?,
            ),
            None => None,
        };
        let is_enterprise = server.is_some_and(|server| {
            server.host() == address.host()
                && server.path().is_empty()
                && server.is_secure()
                && !is_githubs(server.host())
        });
        if is_enterprise && address.path() == "/api/v3" {
            return Ok(Self(address));
        }
        Err(problems::not_the_api(&format!(
            "the credential would go to {}, which is not the host of `GITHUB_SERVER_URL`",
            address.host()
        )))
    }

    /// The address.
    pub(super) fn address(&self) -> &Address {
        &self.0
    }
}

/// Whether a host is GitHub's own API on the internet: `api.github.com`, or `api.NAME.ghe.com` for
/// a company with data residency.
pub(super) fn is_public(host: &str) -> bool {
    let tenant = host.strip_prefix("api.").and_then(|rest| rest.strip_suffix(".ghe.com"));
    host == "api.github.com" || tenant.is_some_and(|name| !name.is_empty() && !name.contains('.'))
}

/// The host of the web pages that belong to this API: `github.com` for `api.github.com`.
pub(super) fn people(api: &str) -> &str {
    api.strip_prefix("api.").filter(|_| is_public(api)).unwrap_or(api)
}

/// Whether a host is one of GitHub's own, so not an Enterprise Server.
fn is_githubs(host: &str) -> bool {
    ["github.com", "ghe.com", "githubusercontent.com", "github.io"]
        .iter()
        .any(|own| host == *own || host.ends_with(&format!(".{own}")))
}

/// The base of links to GitHub: an https address that is only a host, or else
/// `https://github.com`.
#[must_use]
pub fn server(text: Option<&str>) -> String {
    let address = text
        .and_then(|text| Address::parse(text).ok())
        .filter(|address| address.is_secure() && address.path().is_empty());
    address.map_or_else(|| "https://github.com".to_owned(), |address| address.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_githubs_own_hosts_and_the_runners_server_are_taken() {
        let corp = Some("https://github.corp.example");
        for (api, server) in [
            ("https://api.github.com", None),
            ("https://api.github.com/", Some("https://github.com")),
            ("https://api.acme.ghe.com", Some("https://acme.ghe.com")),
            ("https://github.corp.example/api/v3", corp),
            ("http://127.0.0.1:4000", None),
        ] {
            assert!(Api::of(api, server).is_ok(), "{api} {server:?}");
        }
        for (api, server) in [
            ("https://evil.example", None),
            ("https://evil.example/api/v3", corp),
            ("https://github.corp.example", corp),
            ("https://github.corp.example/api/v3/x", corp),
            ("https://github.corp.example/api/v3", None),
            ("https://github.com/api/v3", Some("https://github.com")),
            ("https://x.github.com/api/v3", Some("https://x.github.com")),
            (
                "https://gist.githubusercontent.com/api/v3",
                Some("https://gist.githubusercontent.com"),
            ),
            ("https://api.github.com/api/v3", Some("https://github.com")),
            ("https://api.a.b.ghe.com", None),
            ("https://api.ghe.com", None),
            ("https://api.evilghe.com", None),
            ("https://notapi.acme.ghe.com", None),
            ("https://api.github.com.evil.example", None),
            ("https://evil.example/api/v3", Some("https://github.corp.example@evil.example")),
            ("https://evil.example/api/v3", Some("http://evil.example")),
            ("https://evil.example/api/v3", Some("https://evil.example/x")),
        ] {
            assert!(Api::of(api, server).is_err(), "{api} {server:?}");
        }
    }

    #[test]
    fn links_lead_to_a_plain_host() {
        assert_eq!(server(Some("https://github.corp.example/")), "https://github.corp.example");
        for odd in [
            None,
            Some(""),
            Some("https://github.com@evil.example"),
            Some("http://evil.example"),
            Some("javascript:1"),
        ] {
            assert_eq!(server(odd), "https://github.com");
        }
    }
}
