//! Through every stored secret, page by page.

use std::time::Duration;

use anyhow::{Context, Result};
use dashtam_application::{
    errors::CommonError,
    sealed::{CountKeys, Keys},
};
use dashtam_domain::{call::Call, page::Limit, sealed::SealedField, sources::Sources, store::StoreError};
use dashtam_persistence::SealedColumn;
use uuid::Uuid;

use crate::commands::tell;

/// How often a page is tried while a server keeps the database busy; each try waits for some seconds itself.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(250);

/// The place of a stored value: its column and its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commands) struct Place {
    pub(in crate::commands) field: SealedField,
    pub(in crate::commands) row: Uuid,
}

/// All stored secrets, counted by the key that opens them.
pub(in crate::commands) struct Census {
    /// The number of values that each key opens.
    pub(in crate::commands) by_key: Vec<u64>,
    /// The same for each column, with those that no key opens.
    pub(in crate::commands) by_column: Vec<Column>,
    /// The values that no key opens.
    pub(in crate::commands) unreadable: Vec<Place>,
}

/// The stored secrets of one column.
pub(in crate::commands) struct Column {
    pub(in crate::commands) field: SealedField,
    /// The number of values that each key opens.
    pub(in crate::commands) by_key: Vec<u64>,
    /// The number of values that no key opens.
    pub(in crate::commands) unreadable: u64,
}

impl Census {
    /// How many values the newest key does not open, and an older one does.
    pub(in crate::commands) fn older(&self) -> u64 {
        self.by_key.iter().skip(1).sum()
    }
}

/// Counts all stored secrets and changes nothing.
pub(in crate::commands) async fn census(keys: &Keys, sources: &Sources) -> Result<Census> {
    let mut census = Census { by_key: Vec::new(), by_column: Vec::new(), unreadable: Vec::new() };
    let limit = Limit::new(Limit::MAX).unwrap_or_default();
    for &field in SealedField::ALL {
        let mut after = None;
        let mut column = Column { field, by_key: Vec::new(), unreadable: 0 };
        loop {
            let count = CountKeys { field, after, limit };
            let counts =
                patiently(async || keys.count(&Call::system(sources.clock.now()), count).await).await?;
            for sum in [&mut census.by_key, &mut column.by_key] {
                sum.resize(counts.by_key.len(), 0);
                sum.iter_mut().zip(&counts.by_key).for_each(|(all, more)| *all += more);
            }
            column.unreadable += u64::try_from(counts.unreadable.len()).unwrap_or(u64::MAX);
            census.unreadable.extend(counts.unreadable.into_iter().map(|row| Place { field, row }));
            after = counts.next;
            if after.is_none() {
                break;
            }
        }
        census.by_column.push(column);
    }
    Ok(census)
}

/// Does a piece of work, again while the database is busy with somebody else's.
pub(in crate::commands) async fn patiently<T>(
    mut work: impl AsyncFnMut() -> Result<T, CommonError>,
) -> Result<T> {
    let mut tries = 0;
    loop {
        match work().await {
            Err(CommonError::Store(StoreError::Contended(_))) if tries < TRIES => {
                tries += 1;
                tell("The database is busy; trying again.");
                tokio::time::sleep(PAUSE).await;
            }
            done => return done.context("the stored values cannot be worked on"),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { field, row } = self;
        write!(f, "No key opens {} of row {row}.", SealedColumn::of(*field))
    }
}
