//! How the connections of everybody to one institution are.

use crate::time::Timestamp;

use super::{Connection, ConnectionState, ProviderKey};

/// How many connections of everybody there are to one institution, each counted once, and how they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionTally {
    /// The institution.
    pub provider: ProviderKey,
    /// Linked, switched on, and without a failure since data last came in.
    pub working: u64,
    /// Linked, switched on, and failing.
    pub failing: u64,
    /// Those whose owners have to sign in at the institution again.
    pub expired: u64,
    /// Never linked.
    pub pending: u64,
    /// Given up by their owners.
    pub given_up: u64,
    /// Switched off by their owners, however they stand.
    pub switched_off: u64,
    /// When data of any of them last came in.
    pub last_sync_at: Option<Timestamp>,
}

impl ConnectionTally {
    /// Nothing is counted yet.
    pub fn new(provider: ProviderKey) -> Self {
        let (working, failing, expired, pending, given_up, switched_off) = (0, 0, 0, 0, 0, 0);
        Self { provider, working, failing, expired, pending, given_up, switched_off, last_sync_at: None }
    }

    /// Counts a connection to this institution.
    pub fn count(&mut self, connection: &Connection) {
        let counted = match connection.state {
            _ if !connection.is_active => &mut self.switched_off,
            ConnectionState::Active if connection.error_count == 0 => &mut self.working,
            ConnectionState::Active | ConnectionState::Error => &mut self.failing,
            ConnectionState::Expired => &mut self.expired,
            ConnectionState::Pending => &mut self.pending,
            ConnectionState::Revoked => &mut self.given_up,
        };
        *counted += 1;
        self.last_sync_at = self.last_sync_at.max(connection.last_sync_at);
    }
}
