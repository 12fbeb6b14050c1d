//! A network: one address, or a range in CIDR notation.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A network; an address alone is a network of one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Network(pub(crate) IpNet);

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
        text.parse().ok().or_else(address).map(Self).ok_or_else(|| {
            let settings = "server.trusted_proxies and simplefin.allowed_networks";
            D::Error::custom(format!("{settings} must hold addresses, or networks such as 10.0.0.0/8"))
        })
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
