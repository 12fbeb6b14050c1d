//! Clients as their owners recognise them: what a session remembers of the device it began on.

use std::net::IpAddr;

use crate::{call::ClientInfo, secret::SecretHash};

/// What is shown of a client that said nothing of itself.
pub const UNKNOWN_DEVICE: &str = "Unknown Device";

/// A client in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientDescription {
    /// Browser and system, e.g. `Chrome on macOS`; [`UNKNOWN_DEVICE`] when it said nothing.
    pub device: String,
    /// `City, Country` in English; `None` when the address tells nothing.
    pub location: Option<String>,
}

/// Puts clients into words. Answers from memory: it is asked while a request waits.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait ClientDescriber: Send + Sync {
    /// What this client is, and where.
    fn describe(&self, client: &ClientInfo) -> ClientDescription;
}

/// The stored fingerprint of a client: SHA-256 of its `User-Agent`, of nothing when it has none.
pub fn fingerprint(user_agent: Option<&str>) -> SecretHash {
    SecretHash::of(user_agent.unwrap_or_default())
}

/// The network an address belongs to, as far as one household or office goes: the first three bytes of IPv4, the
/// first 48 bits of IPv6. Empty for no address.
pub fn network_of(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(v4)) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        Some(IpAddr::V6(v6)) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
        None => String::new(),
    }
}

/// What a session remembers of clients that refresh it and are not the one it began on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherClient {
    /// There was none before this one.
    First,
    /// The last one was not this one.
    Another,
    /// This one was the last.
    Noted,
}

/// How well a user's account knows a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Familiarity {
    /// The account has no earlier session at all.
    First,
    /// An earlier session began on such a device in the same network.
    Known,
    /// There are earlier sessions, and none like it.
    New,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_those_of_the_earlier_system() {
        for (user_agent, expected) in [
            (Some("curl/8.5.0"), "07d1d539047ef01990ffd8266d015775201aa150a054c0933cf358dd3c032775"),
            (None, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ] {
            assert_eq!(fingerprint(user_agent).to_hex(), expected);
        }
    }

    #[test]
    fn neighbours_share_a_network() {
        for (address, network) in [
            ("192.0.2.7", "192.0.2.0/24"),
            ("::ffff:192.0.2.99", "192.0.2.0/24"),
            ("2001:db8:a:1::9", "2001:db8:a::/48"),
        ] {
            assert_eq!(network_of(address.parse().ok()), network);
        }
        assert_eq!(network_of(None), "");
    }
}
