//! Where commits are fetched from: the address in the runner's own variables, after a check. The
//! repository's config has no influence.

use super::problems;
use crate::domain::{Problem, Repo, Secret};

/// The repository of a run at its server.
#[derive(Clone, Debug)]
pub struct Remote {
    pub(super) url: String,
    pub(super) scheme: &'static str,
    pub(super) credential: Option<Secret>,
}

impl Remote {
    /// The address of a repository (`owner/name`) at a server (`https://github.com`), and the
    /// credential for it, if there is one.
    ///
    /// # Errors
    /// If the server is not an `https` origin (plain `http` is for this machine only), or the name
    /// is not a repository's.
    pub fn new(
        server: &str,
        repository: &str,
        credential: Option<Secret>,
    ) -> Result<Self, Problem> {
        let server = server.strip_suffix('/').unwrap_or(server);
        let scheme =
            scheme(server).ok_or_else(|| problems::remote_unusable("GITHUB_SERVER_URL", server))?;
        let repo = Repo::parse(repository)
            .ok_or_else(|| problems::remote_unusable("GITHUB_REPOSITORY", repository))?;
        Ok(Self { url: format!("{server}/{repo}.git"), scheme, credential })
    }
}

/// `https` for a host, `http` for this machine; `None` if there is a user, a path, or a character
/// that does not belong there.
fn scheme(server: &str) -> Option<&'static str> {
    let (scheme, place) = server.split_once("://")?;
    let (host, port) = match place.strip_prefix("[::1]") {
        Some(rest) => ("[::1]", rest.strip_prefix(':').or(rest.is_empty().then_some("443"))?),
        None => place.split_once(':').unwrap_or((place, "443")),
    };
    let is_host = host == "[::1]"
        || !host.is_empty()
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
            && !host.starts_with(['-', '.'])
            && !host.contains("..");
    let is_port =
        port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0);
    match scheme {
        _ if !is_host || !is_port => None,
        "https" => Some("https"),
        "http" if matches!(host, "127.0.0.1" | "[::1]" | "localhost") => Some("http"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_https_origin_is_fetched_from() {
        for good in [
            "https://github.com",
            "https://github.com/",
            "https://acme.ghe.com",
            "https://git.acme.example:8443",
            "http://127.0.0.1:9",
        ] {
            assert!(Remote::new(good, "acme/site", None).is_ok(), "{good}");
        }
        for bad in [
            "http://github.com",
            "https://github.com@evil.example",
            "https://u:p@github.com",
            "https://github.com/path",
            "https://github.com?x",
            "https://github.com#x",
            "https://github.com:x",
            "https://",
            "ext::sh -c x",
            "file:///tmp",
            "ssh://github.com",
            "https://-oProxyCommand=x",
            "https://github.com\nhttps://x",
            "http://127.0.0.1.evil.example",
            "",
        ] {
            assert!(Remote::new(bad, "acme/site", None).is_err(), "{bad}");
        }
        for name in ["acme", "acme/../x", "-x/y", "acme/site/x", "acme/si te", ""] {
            assert!(Remote::new("https://github.com", name, None).is_err(), "{name}");
        }
        assert_eq!(
            Remote::new("https://github.com/", "acme/site", None).unwrap().url,
            "https://github.com/acme/site.git"
        );
    }
}
