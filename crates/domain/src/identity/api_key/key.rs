//! Personal API keys: sessions that programs hold, kept to some scopes, some networks and a time.

use std::{net::IpAddr, ops::RangeInclusive, str::FromStr};

use chrono::TimeDelta;
use ipnet::{IpNet, Ipv4Net};

use crate::{
    id::{SessionId, UserId},
    identity::{ApiKeyTerms, SessionLabel},
    text::NameError,
    time::Timestamp,
};

impl ApiKeyTerms {
    /// Most keys a user may have that work at one time.
    pub const MOST: i64 = 25;
    /// Days a key may live.
    pub const DAYS: RangeInclusive<u32> = 1..=730;
    /// Days a key lives when none are given.
    pub const DEFAULT_DAYS: u32 = 365;
    /// Most networks a key may be kept to.
    pub const MOST_NETWORKS: usize = 20;
    /// Hours for which a key may go on beside the one that takes its place.
    pub const GRACE_HOURS: RangeInclusive<u32> = 0..=72;
    /// How long before its end the owner of a key is told, the earliest first.
    pub const NOTICES: [TimeDelta; 2] = [TimeDelta::days(14), TimeDelta::days(3)];

    /// When the owner is told next of a key that ends at `end`; `None` when there is nothing left to tell.
    pub fn next_notice(end: Timestamp, now: Timestamp) -> Option<Timestamp> {
        Self::NOTICES.into_iter().map(|before| end.plus(-before)).find(|notice| *notice > now)
    }
}

/// The name of an API key: a [`SessionLabel`] of at most 64 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyName(SessionLabel);

impl ApiKeyName {
    /// Longest name, in characters.
    pub const MAX: usize = 64;

    /// The name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The name as sessions have it.
    pub fn into_label(self) -> SessionLabel {
        self.0
    }
}

/// Why a text is not a name for an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyNameError {
    /// Longer than [`ApiKeyName::MAX`] characters.
    #[error("must be at most 64 characters long")]
    TooLong,
    /// Not a name for anything.
    #[error(transparent)]
    Label(NameError),
}

impl FromStr for ApiKeyName {
    type Err = ApiKeyNameError;

    fn from_str(text: &str) -> Result<Self, ApiKeyNameError> {
        let label: SessionLabel = text.parse().map_err(|error| match error {
            NameError::TooLong => ApiKeyNameError::TooLong,
            other => ApiKeyNameError::Label(other),
        })?;
        if label.as_str().chars().count() > Self::MAX {
            Err(ApiKeyNameError::TooLong)
        } else {
            Ok(Self(label))
        }
    }
}

/// Reads a network in CIDR notation, or a single address. Bits behind the prefix are dropped, and IPv4 in the dress
/// of IPv6 becomes IPv4, as addresses of clients do.
pub fn parse_network(text: &str) -> Option<IpNet> {
    let network = match text.parse::<IpNet>() {
        Ok(network) => network,
        Err(_) => IpNet::from(text.parse::<IpAddr>().ok()?),
    };
    let plain = match network {
        IpNet::V6(six) => match (six.addr().to_ipv4_mapped(), six.prefix_len().checked_sub(96)) {
            (Some(four), Some(prefix)) => IpNet::V4(Ipv4Net::new(four, prefix).ok()?),
            _ => network,
        },
        IpNet::V4(_) => network,
    };
    Some(plain.trunc())
}

/// What came of adding an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiKeyInserted {
    /// It was added.
    New,
    /// The owner has another of this name that works.
    NameTaken,
    /// The owner has as many as there may be.
    LimitReached,
}

/// A notice that is due: a key ends soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiKeyNotice {
    /// The key.
    pub key: SessionId,
    /// The user it belongs to.
    pub owner: UserId,
    /// When it was to be told.
    pub due_at: Timestamp,
    /// When the key ends.
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_visible() {
        let parse = str::parse::<ApiKeyName>;
        assert_eq!(parse("  backup job ").unwrap().as_str(), "backup job");
        assert_eq!(parse(&"ü".repeat(64)).unwrap().into_label().as_str().chars().count(), 64);
        assert_eq!(parse(&"ü".repeat(65)), Err(ApiKeyNameError::TooLong));
        assert_eq!(parse(&"x".repeat(101)), Err(ApiKeyNameError::TooLong));
        assert_eq!(parse(" \t"), Err(ApiKeyNameError::Label(NameError::Blank)));
        assert_eq!(parse("a\u{0}b"), Err(ApiKeyNameError::Label(NameError::Control)));
    }

    #[test]
    fn networks_are_read_as_clients_are_seen() {
        for (text, network) in [
            ("192.0.2.7", "192.0.2.7/32"),
            ("192.0.2.7/24", "192.0.2.0/24"),
            ("2001:db8::1", "2001:db8::1/128"),
            ("2001:db8::1/32", "2001:db8::/32"),
            ("::ffff:192.0.2.7", "192.0.2.7/32"),
            ("::ffff:192.0.2.7/120", "192.0.2.0/24"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(parse_network(text).unwrap().to_string(), network, "{text}");
        }
        for text in ["", "example.com", "192.0.2.7/33", "192.0.2", "192.0.2.7:80", " 192.0.2.7", "::1/129"] {
            assert_eq!(parse_network(text), None, "{text}");
        }
        let terms = |networks: &[&str]| ApiKeyTerms {
            scopes: crate::identity::Scopes::default(),
            hint: String::new(),
            networks: networks.iter().map(|text| parse_network(text).unwrap()).collect(),
            replaced_by: None,
        };
        let four = Some("::ffff:192.0.2.9".parse().unwrap());
        assert!(terms(&["192.0.2.0/24"]).admits(four) && terms(&[]).admits(None));
        assert!(!terms(&["192.0.2.0/29"]).admits(four) && !terms(&["192.0.2.0/24"]).admits(None));
    }

    #[test]
    fn the_end_is_told_two_weeks_and_three_days_before() {
        let end = Timestamp::from_micros(1_800_000_000_000_000).unwrap();
        let before = |days, micros| end.plus(TimeDelta::microseconds(micros) - TimeDelta::days(days));
        for (now, next) in [
            (before(365, 0), Some(before(14, 0))),
            (before(14, -1), Some(before(14, 0))),
            (before(14, 0), Some(before(3, 0))),
            (before(3, -1), Some(before(3, 0))),
            (before(3, 0), None),
            (end, None),
        ] {
            assert_eq!(ApiKeyTerms::next_notice(end, now), next, "at {now}");
        }
    }
}
