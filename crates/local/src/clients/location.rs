//! Places of addresses, from a database in the MaxMind format.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};

use maxminddb::Reader;
use serde::Deserialize;

/// The database of addresses cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LocationError {
    /// The file cannot be read.
    #[error("the address database {path} cannot be read")]
    File {
        /// The file that was named.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The file is not a database in the MaxMind format.
    #[error("{path} is not an address database in the MaxMind format")]
    Format {
        /// The file that was named.
        path: PathBuf,
        /// What is wrong with it.
        source: maxminddb::MaxMindDbError,
    },
}

/// A database of addresses, held in memory.
pub(super) struct Locations(Reader<Vec<u8>>);

/// The parts of a city entry that are read.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default)]
    city: Place<'a>,
    #[serde(borrow, default)]
    country: Place<'a>,
}

#[derive(Default, Deserialize)]
struct Place<'a> {
    #[serde(borrow, default)]
    names: Names<'a>,
}

#[derive(Default, Deserialize)]
struct Names<'a> {
    #[serde(default)]
    en: Option<&'a str>,
}

impl Locations {
    /// Reads the whole file into memory.
    pub(super) fn read(path: &Path) -> Result<Self, LocationError> {
        let bytes =
            std::fs::read(path).map_err(|source| LocationError::File { path: path.to_owned(), source })?;
        let reader = Reader::from_source(bytes)
            .map_err(|source| LocationError::Format { path: path.to_owned(), source })?;
        Ok(Self(reader))
    }

    /// `City, Country` in English; `None` for an address that is not there, or of which nothing is told.
    pub(super) fn find(&self, address: IpAddr) -> Option<String> {
        let entry: Entry<'_> = self.0.lookup(address.to_canonical()).ok()?.decode().ok()??;
        let (city, country) = (entry.city.names.en, entry.country.names.en);
        (city.is_some() || country.is_some())
            .then(|| format!("{}, {}", city.unwrap_or("Unknown City"), country.unwrap_or("Unknown Country")))
    }
}

#[cfg(test)]
#[path = "location_tests.rs"]
mod tests;
