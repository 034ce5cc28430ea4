//! Name resolution for the one HTTP client. A public provider's host must not resolve to a machine
//! of the local network: an attacker who controls DNS could redirect requests to it. This module
//! knows no provider; it receives the hosts.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The system's own resolver, which refuses addresses that a public host cannot have.
#[derive(Clone, Default)]
pub(super) struct Resolver {
    public: Arc<Mutex<BTreeSet<String>>>,
}

/// Names only the host: this ends up in a message.
#[derive(Debug, thiserror::Error)]
#[error("{0} resolves to an address in a private network, so it cannot be the public provider")]
struct Inside(String);

impl Resolver {
    /// From now on this host may only be at public addresses.
    pub(super) fn expect_public(&self, host: &str) {
        self.public
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(host.to_ascii_lowercase());
    }

    fn is_public(&self, host: &str) -> bool {
        self.public
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&host.to_ascii_lowercase())
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let public = self.is_public(&host);
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            // One private address among public ones is enough to refuse: the client could choose
            // it.
            if public && found.iter().any(|address| !is_public(address.ip())) {
                return Err(Inside(host).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether an address can be a server on the internet (RFC 6890 and the registries it names).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let protocol = a == 192 && b == 0 && c == 0;
    let benchmark = a == 198 && (b == 18 || b == 19);
    let inside = ip.is_loopback() || ip.is_private() || ip.is_link_local() || shared;
    !(inside || protocol || benchmark || a == 0 || a >= 224 || ip.is_documentation())
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    // An IPv4 address in another dress is judged as what it is: `::ffff:0:0/96`, `64:ff9b::/96` and
    // 6to4.
    let inner = match ip.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => Some((high, low)),
        _ => None,
    };
    if let Some((high, low)) = inner {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    let documentation = a == 0x2001 && b == 0x0db8;
    // Global unicast is 2000::/3; unique local, link-local, multicast, loopback and the unspecified
    // address lie outside it.
    a & 0xe000 == 0x2000 && !documentation
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use super::*;

    #[test]
    fn only_addresses_of_the_internet_are_public() {
        for good in [
            "8.8.8.8",
            "140.82.112.3",
            "100.63.0.1",
            "172.32.0.1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert!(is_public(good.parse().unwrap()), "{good}");
        }
        for bad in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "192.0.0.8",
            "198.18.0.1",
            "203.0.113.7",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "2001:db8::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
        ] {
            assert!(!is_public(bad.parse().unwrap()), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_public_provider_that_is_said_to_be_in_this_network_is_refused() {
        let resolver = Resolver::default();
        let name = || Name::from_str("localhost").unwrap();
        assert!(resolver.resolve(name()).await.is_ok_and(|mut found| found.next().is_some()));
        resolver.expect_public("LocalHost");
        let refused = resolver.resolve(name()).await.err().unwrap();
        assert_eq!(
            refused.to_string(),
            "localhost resolves to an address in a private network, so it cannot be the public provider"
        );
    }
}
