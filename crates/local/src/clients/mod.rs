//! Clients in words: the device from its `User-Agent`, the place from an address database in memory.

mod location;
mod user_agent;

use std::{fmt, path::Path};

use dashtam_domain::{
    call::ClientInfo,
    identity::{ClientDescriber, ClientDescription},
};

pub use location::LocationError;
use location::Locations;

/// The [`ClientDescriber`] of this process: it names browsers, systems and, with a database, places.
#[derive(Default)]
pub struct KnownClients {
    locations: Option<Locations>,
}

impl KnownClients {
    /// Makes a describer that names devices and no places.
    pub fn without_locations() -> Self {
        Self::default()
    }

    /// Makes a describer that names places too, from a database in the MaxMind format (GeoLite2 City). The file is read
    /// into memory once, now.
    pub fn with_locations(database: &Path) -> Result<Self, LocationError> {
        Ok(Self { locations: Some(Locations::read(database)?) })
    }
}

impl ClientDescriber for KnownClients {
    fn describe(&self, client: &ClientInfo) -> ClientDescription {
        let location = self.locations.as_ref().zip(client.address);
        ClientDescription {
            device: user_agent::device(client.user_agent.as_deref()),
            location: location.and_then(|(locations, address)| locations.find(address)),
        }
    }
}

impl fmt::Debug for KnownClients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownClients").field("locations", &self.locations.is_some()).finish()
    }
}
