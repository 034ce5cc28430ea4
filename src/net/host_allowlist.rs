//! A transport that sends requests only to declared hosts: the last check before a credential
//! leaves. It checks only the address, and changes nothing.

use futures::future::{BoxFuture, ready};
use http::Uri;
use http::uri::Scheme;

use super::address::may_be_sent_to;
use super::origin::Origin;
use super::transport::{Answer, Request, Transport, TransportError};

/// Where a provider's credentials may go.
pub struct AllowlistTransport<'a> {
    inner: &'a dyn Transport,
    hosts: &'a [String],
    sandbox: Option<&'a Origin>,
    public: bool,
}

impl<'a> AllowlistTransport<'a> {
    /// Lets requests through to `hosts` over TLS; with a stand-in, only to that.
    #[must_use]
    pub fn new(inner: &'a dyn Transport, hosts: &'a [String], sandbox: Option<&'a Origin>) -> Self {
        Self { inner, hosts, sandbox, public: false }
    }

    /// These hosts are public services on the internet: if one resolves to a private network,
    /// nothing is sent.
    #[must_use]
    pub fn public(mut self) -> Self {
        self.public = true;
        self
    }

    fn allows(&self, url: &Uri) -> Result<(), &'static str> {
        may_be_sent_to(url)?;
        let authority = url.authority().ok_or("the address has no host")?;
        if let Some(origin) = self.sandbox {
            let same =
                url.scheme() == Some(&Scheme::HTTP) && authority.as_str() == origin.authority();
            return if same {
                Ok(())
            } else {
                Err("`TOKENWARD_SANDBOX_...` is set, so requests go only to that address")
            };
        }
        if url.scheme() != Some(&Scheme::HTTPS) {
            return Err("the address is not https");
        }
        let port = url.port_u16().filter(|port| *port != 443);
        let fits = |declared: &String| host_fits(declared, authority.host(), port);
        if self.hosts.iter().any(fits) {
            Ok(())
        } else {
            Err("the provider file does not declare this host")
        }
    }
}

/// Whether a declared host covers this one: `api.example.com`, `api.example.com:8443`, or
/// `*.example.com` for one more label.
#[must_use]
pub fn host_fits(declared: &str, host: &str, port: Option<u16>) -> bool {
    let (name, declared_port) = match declared.rsplit_once(':') {
        Some((name, digits)) => (name, digits.parse().ok()),
        None => (declared, None),
    };
    let host = host.to_ascii_lowercase();
    let covered = match name.strip_prefix("*.") {
        Some(domain) => {
            host.strip_suffix(domain).and_then(|rest| rest.strip_suffix('.')).is_some_and(is_label)
        }
        None => host == name,
    };
    covered && declared_port == port
}

fn is_label(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

impl Transport for AllowlistTransport<'_> {
    fn send(&self, mut request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        match self.allows(&request.url) {
            Ok(()) => {
                // A stand-in is on this machine.
                request.public = self.public && self.sandbox.is_none();
                self.inner.send(request)
            }
            Err(why) => {
                let host = request.host().to_owned();
                Box::pin(ready(Err(TransportError::Forbidden { host, why: why.to_owned() })))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nowhere;

    impl Transport for Nowhere {
        fn send(&self, _: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
            Box::pin(ready(Err(TransportError::NotSent {
                host: String::new(),
                why: String::new(),
            })))
        }
    }

    fn allowed(hosts: &[&str], sandbox: Option<&str>, url: &str) -> bool {
        let hosts: Vec<_> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let origin = sandbox.and_then(Origin::parse);
        AllowlistTransport::new(&Nowhere, &hosts, origin.as_ref())
            .allows(&url.parse().unwrap())
            .is_ok()
    }

    #[test]
    fn a_credential_goes_to_declared_hosts_only() {
        let hosts = ["api.example.com", "*.api.example.net", "inhouse.example.org:8443"];
        for good in [
            "https://api.example.com/v3/x?y=z",
            "https://API.example.com/",
            "https://api.example.com:443/",
            "https://us1.api.example.net/",
            "https://inhouse.example.org:8443/",
        ] {
            assert!(allowed(&hosts, None, good), "{good}");
        }
        for bad in [
            "http://api.example.com/",
            "https://api.example.com:8443/",
            "https://api.example.com.evil.example/",
            "https://evil.example/api.example.com",
            "https://api.example.com@evil.example/",
            "https://evil@api.example.com/",
            "https://a.b.api.example.net/",
            "https://api.example.net/",
            "https://inhouse.example.org/",
            "/only/a/path",
        ] {
            assert!(!allowed(&hosts, None, bad), "{bad}");
        }
    }

    #[test]
    fn a_provider_of_the_internet_is_expected_there_and_a_stand_in_is_not() {
        struct Seen(std::sync::Mutex<Vec<bool>>);
        impl Transport for Seen {
            fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
                self.0.lock().unwrap().push(request.public);
                Nowhere.send(request)
            }
        }
        let (seen, hosts, sandbox) = (
            Seen(std::sync::Mutex::default()),
            ["api.example.com".to_owned()],
            Origin::parse("http://127.0.0.1:4000"),
        );
        let get = |url: &str| Request::new(http::Method::GET, url.parse().unwrap());
        let (known, stood_in) = (
            AllowlistTransport::new(&seen, &hosts, None).public(),
            AllowlistTransport::new(&seen, &hosts, sandbox.as_ref()).public(),
        );
        let sent = [
            known.send(get("https://api.example.com/")),
            stood_in.send(get("http://127.0.0.1:4000/")),
        ];
        sent.into_iter().for_each(drop);
        assert_eq!(*seen.0.lock().unwrap(), [true, false]);
    }

    #[test]
    fn with_a_stand_in_nothing_goes_elsewhere() {
        let sandbox = Some("http://127.0.0.1:4000");
        assert!(allowed(&["api.example.com"], sandbox, "http://127.0.0.1:4000/v3/x"));
        assert!(!allowed(&["api.example.com"], sandbox, "https://api.example.com/v3/x"));
        assert!(!allowed(&["api.example.com"], sandbox, "http://127.0.0.1:4001/v3/x"));
    }
}
