//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use actix_web::{
    HttpRequest,
    http::header::{HeaderValue, USER_AGENT},
};
use dashtam_domain::call::ClientInfo;
use ipnet::IpNet;

const LONGEST_USER_AGENT: usize = 512;

/// Tells the address and the software of the client.
pub(crate) fn client_info(request: &HttpRequest, trusted: &[IpNet]) -> ClientInfo {
    let user_agent = request.headers().get(USER_AGENT).map(|value| {
        let text = String::from_utf8_lossy(value.as_bytes());
        text.chars().filter(|c| !c.is_control()).take(LONGEST_USER_AGENT).collect()
    });
    ClientInfo { address: client_address(request, trusted), user_agent }
}

/// Tells the address of the client: the other end of the connection, unless that is a proxy of ours.
pub(crate) fn client_address(request: &HttpRequest, trusted: &[IpNet]) -> Option<IpAddr> {
    let peer = request.head().peer_addr.map(|peer| peer.ip().to_canonical())?;
    let forwarded = request.headers().get_all("x-forwarded-for").map(HeaderValue::as_bytes);
    Some(behind_proxies(peer, trusted, forwarded))
}

/// Walks the forwarded addresses from the nearest one outwards, as long as the proxies are ours: the first
/// that is not is the client. Anything further out may be invented. Where one of ours says something that is no
/// address, nothing of it is believed.
fn behind_proxies<'a>(
    peer: IpAddr,
    trusted: &[IpNet],
    forwarded: impl DoubleEndedIterator<Item = &'a [u8]>,
) -> IpAddr {
    let is_ours = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let mut nearest = peer;
    for hop in forwarded.rev().flat_map(|line| line.rsplit(|byte| *byte == b',')) {
        if !is_ours(nearest) {
            break;
        }
        match std::str::from_utf8(hop).ok().and_then(|hop| address(hop.trim())) {
            Some(address) => nearest = address,
            None => return peer,
        }
    }
    nearest
}

/// Reads an address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let plain = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let ip = plain.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    ip.map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn forwarded_addresses_count_only_behind_our_proxies() {
        let proxies: Vec<IpNet> = ["10.0.0.0/29", "172.16.0.9/32", "2001:db8:f::/48"]
            .into_iter()
            .map(|network| network.parse().unwrap())
            .collect();
        let from = |peer: &str, lines: &[&[u8]]| {
            behind_proxies(ip(peer).to_canonical(), &proxies, lines.iter().copied()).to_string()
        };
        // Nobody else is believed, whatever they say.
        for spoofed in [&b"203.0.113.1"[..], b"10.0.0.1", b"127.0.0.1, 10.0.0.1", b"nonsense", b""] {
            assert_eq!(from("192.0.2.9", &[spoofed]), "192.0.2.9");
            assert_eq!(from("10.0.0.8", &[spoofed]), "10.0.0.8", "just outside the network");
        }
        assert_eq!(from("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(from("10.0.0.7", &[b"6.6.6.6, 203.0.113.1"]), "203.0.113.1");
        assert_eq!(from("10.0.0.1", &[b"6.6.6.6, 203.0.113.1, 10.0.0.2,172.16.0.9"]), "203.0.113.1");
        assert_eq!(from("10.0.0.1", &[b"10.0.0.3, 203.0.113.1, 10.0.0.2"]), "203.0.113.1");
        assert_eq!(from("10.0.0.1", &[b"10.0.0.3, 10.0.0.2"]), "10.0.0.3", "a request of a proxy itself");
        assert_eq!(
            from("10.0.0.1", &[b"6.6.6.6", b"203.0.113.1:4711"]),
            "203.0.113.1",
            "lines count in order"
        );
        assert_eq!(from("::ffff:10.0.0.1", &[b"[2001:db8::1]"]), "2001:db8::1");
        assert_eq!(from("10.0.0.1", &[b"[2001:db8::1]:443"]), "2001:db8::1");
        assert_eq!(from("10.0.0.1", &[b"::ffff:203.0.113.1"]), "203.0.113.1");
        assert_eq!(from("2001:db8:f:1::2", &[b"203.0.113.1, ::ffff:10.0.0.2"]), "203.0.113.1");
        // A proxy of ours that says something odd.
        for odd in [
            &b"6.6.6.6, unknown"[..],
            b"unknown, 10.0.0.2",
            b"6.6.6.6, ",
            b"",
            b"_hidden",
            b"\xff\xfe",
            b"1.2.3.4.5",
            b"203.0.113.1 10.0.0.2",
        ] {
            assert_eq!(from("10.0.0.1", &[odd]), "10.0.0.1", "{odd:?}");
        }
    }
}
