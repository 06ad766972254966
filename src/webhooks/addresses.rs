//! Which addresses a webhook may be sent to: those of the internet, and those inside only where the operator said so.
//! A name is resolved once, every address of it is judged, and that address is connected to. Sends nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::post::Failure;
use super::targets::Target;

/// Addresses of one name that are looked at.
const ADDRESSES_MAX: usize = 16;

/// Whom an address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Somebody on the internet.
    Public,
    /// This machine, or a network that is not the internet.
    Inside,
    /// Nobody that takes a message.
    Nobody,
}

impl Reach {
    pub(super) fn of(address: IpAddr) -> Reach {
        match address {
            IpAddr::V4(address) => Reach::of_four(address),
            IpAddr::V6(address) => Reach::of_six(address),
        }
    }

    fn of_four(address: Ipv4Addr) -> Reach {
        match address.octets() {
            // Multicast, reserved, broadcast, and "this network".
            [224..=255, ..] | [0, ..] => Reach::Nobody,
            // Shared by carriers, loopback, link-local (where clouds tell secrets), private, for benchmarks.
            [10 | 127, ..] | [100, 64..=127, ..] | [169, 254, ..] | [172, 16..=31, ..] => {
                Reach::Inside
            }
            [192, 168, ..] | [198, 18..=19, ..] => Reach::Inside,
            // For protocols and documents.
            [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 51, 100, _] | [203, 0, 113, _] => {
                Reach::Nobody
            }
            _ => Reach::Public,
        }
    }

    fn of_six(address: Ipv6Addr) -> Reach {
        let inner = |high: u16, low: u16| {
            let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
            Reach::of_four(Ipv4Addr::new(a, b, c, d))
        };
        match address.segments() {
            [0, 0, 0, 0, 0, 0, 0, 1] => Reach::Inside,
            // An address of version 4 in the clothes of version 6: mapped, behind NAT64, by 6to4.
            [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
                inner(high, low)
            }
            [0x2002, high, low, ..] => inner(high, low),
            // Unique local, link-local, site-local, and NAT64 of one's own.
            [0xfc00..=0xfdff, ..] | [0xfe80..=0xfeff, ..] | [0x64, 0xff9b, 1, ..] => Reach::Inside,
            // For documents, and the tunnels and identifiers of 2001::/23.
            [0x2001, 0xdb8 | 0..=0x1ff, ..] | [0x3fff, 0..=0xfff, ..] => Reach::Nobody,
            [0x2000..=0x3fff, ..] => Reach::Public,
            _ => Reach::Nobody,
        }
    }
}

/// The addresses of a target, each of which it may be sent to.
pub(super) async fn resolved(target: &Target) -> Result<Vec<SocketAddr>, Failure> {
    let (host, port) = (target.url.host.as_str(), target.url.port);
    let found = tokio::net::lookup_host((host, port)).await.map_err(Failure::Unresolved)?;
    let addresses: Vec<SocketAddr> = found.take(ADDRESSES_MAX).collect();
    judged(target, &addresses)?;
    Ok(addresses)
}

/// One address that is refused refuses all: a name that has an inner address beside an outer one is a trap.
fn judged(target: &Target, addresses: &[SocketAddr]) -> Result<(), Failure> {
    for address in addresses {
        let is_allowed = match Reach::of(address.ip()) {
            Reach::Public => target.url.is_tls,
            Reach::Inside => target.allow_private,
            Reach::Nobody => false,
        };
        if !is_allowed {
            return Err(Failure::Address(address.ip()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_inside_is_known_in_every_form() {
        let reaches = |reach, addresses: &[&str]| {
            for address in addresses {
                assert_eq!(Reach::of(address.parse().unwrap()), reach, "{address}");
            }
        };
        reaches(Reach::Public, &["1.1.1.1", "100.63.0.1", "172.32.0.1", "193.0.0.1"]);
        reaches(Reach::Public, &["2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]);
        reaches(Reach::Inside, &["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1"]);
        reaches(Reach::Inside, &["169.254.169.254", "100.64.0.1", "100.127.255.255", "198.18.0.1"]);
        reaches(Reach::Inside, &["::1", "fc00::1", "fdff::1", "fe80::1", "fec0::1"]);
        reaches(Reach::Inside, &["::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe"]);
        reaches(Reach::Inside, &["2002:7f00:1::", "64:ff9b:1::1"]);
        reaches(Reach::Nobody, &["0.0.0.0", "224.0.0.1", "255.255.255.255", "240.0.0.1"]);
        reaches(Reach::Nobody, &["::", "ff02::1", "2001:db8::1", "2001::1", "::ffff:224.0.0.1"]);
        reaches(Reach::Nobody, &["192.0.2.1", "203.0.113.9", "::7f00:1", "100::1"]);
    }

    #[test]
    fn one_address_that_is_refused_refuses_all() {
        let both = ["1.1.1.1:443", "10.0.0.1:443"].map(|it| it.parse().unwrap());
        let target = |url, allow_private| Target::of_test("t", url, allow_private);
        let outside = target("https://example.cn/", false);
        assert!(judged(&outside, &both[..1]).is_ok());
        assert!(matches!(judged(&outside, &both), Err(Failure::Address(it)) if it == both[1].ip()));
        assert!(judged(&target("https://example.cn/", true), &both).is_ok());
        // Without TLS to the internet: never.
        let plain = target("http://example.cn/", true);
        assert!(judged(&plain, &both[1..]).is_ok());
        assert!(matches!(judged(&plain, &both[..1]), Err(Failure::Address(_))));
    }
}
