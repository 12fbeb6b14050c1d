//! Counts of connections by institution.

use dashtam_domain::{
    connections::{ConnectionTally, ProviderKey},
    record::Record,
    store::StoreError,
};

use crate::cells::{Cells, Entry, FromRow};

/// Each institution with how many connections of everybody to it are in each state. What is counted as what is said by
/// [`ConnectionTally::count`].
pub(crate) const TALLIES: &str = "SELECT p.provider_key, \
     COUNT(CASE WHEN p.is_active AND p.status = 'active' AND p.error_count = 0 THEN 1 END), \
     COUNT(CASE WHEN p.is_active AND (p.status = 'error' OR (p.status = 'active' AND p.error_count <> 0)) THEN 1 END), \
     COUNT(CASE WHEN p.is_active AND p.status = 'expired' THEN 1 END), \
     COUNT(CASE WHEN p.is_active AND p.status = 'pending' THEN 1 END), \
     COUNT(CASE WHEN p.is_active AND p.status = 'revoked' THEN 1 END), \
     COUNT(CASE WHEN NOT p.is_active THEN 1 END), MAX(p.last_sync_at) \
     FROM providers p GROUP BY p.provider_key";

impl FromRow for ConnectionTally {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::Connection, 0);
        let count = |column| entry.get::<i64>(column).map(|count| u64::try_from(count).unwrap_or_default());
        Ok(Self {
            provider: entry.parse(0, str::parse::<ProviderKey>)?,
            working: count(1)?,
            failing: count(2)?,
            expired: count(3)?,
            pending: count(4)?,
            given_up: count(5)?,
            switched_off: count(6)?,
            last_sync_at: entry.maybe_time(7)?,
        })
    }
}
