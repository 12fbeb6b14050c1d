//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use actix_web::{HttpRequest, http::header::USER_AGENT};
use dashtam_domain::call::ClientInfo;

const LONGEST_USER_AGENT: usize = 512;

/// Address and software of the client.
pub(crate) fn client_info(request: &HttpRequest, trusted: &[IpAddr]) -> ClientInfo {
    let user_agent = request.headers().get(USER_AGENT).map(|value| {
        let text = String::from_utf8_lossy(value.as_bytes());
        text.chars().filter(|c| !c.is_control()).take(LONGEST_USER_AGENT).collect()
    });
    let peer = request.head().peer_addr.map(|peer| peer.ip().to_canonical());
    let forwarded = request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
    ClientInfo { address: peer.map(|peer| behind_proxies(peer, trusted, forwarded)), user_agent }
}

/// Walks the forwarded addresses from the nearest one outwards, as long as the proxies are ours: the first
/// that is not is the client. Anything further out may be invented.
fn behind_proxies<'a>(
    peer: IpAddr,
    trusted: &[IpAddr],
    forwarded: impl DoubleEndedIterator<Item = &'a str>,
) -> IpAddr {
    let mut nearest = peer;
    for hop in forwarded.rev().flat_map(|line| line.rsplit(',')) {
        if !trusted.iter().any(|proxy| proxy.to_canonical() == nearest) {
            break;
        }
        match address(hop.trim()) {
            Some(address) => nearest = address,
            None => break,
        }
    }
    nearest
}

/// An address, with or without a port.
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
        let proxies = [ip("10.0.0.1"), ip("10.0.0.2")];
        let from = |peer: &str, lines: &[&str]| behind_proxies(ip(peer), &proxies, lines.iter().copied());
        assert_eq!(from("192.0.2.9", &["203.0.113.1"]), ip("192.0.2.9"));
        assert_eq!(from("10.0.0.1", &[]), ip("10.0.0.1"));
        assert_eq!(from("10.0.0.1", &["6.6.6.6, 203.0.113.1"]), ip("203.0.113.1"));
        assert_eq!(from("10.0.0.1", &["6.6.6.6, 203.0.113.1, 10.0.0.2"]), ip("203.0.113.1"));
        assert_eq!(from("10.0.0.1", &["6.6.6.6", "203.0.113.1:4711"]), ip("203.0.113.1"));
        assert_eq!(from("::ffff:10.0.0.1", &["[2001:db8::1]"]), ip("::ffff:10.0.0.1"));
        assert_eq!(from("10.0.0.1", &["[2001:db8::1]:443"]), ip("2001:db8::1"));
        assert_eq!(from("10.0.0.1", &["6.6.6.6, unknown"]), ip("10.0.0.1"));
    }
}
