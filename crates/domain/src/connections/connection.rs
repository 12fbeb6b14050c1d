//! A user's connection to an institution (a *connection*) and its state machine.

use std::str::FromStr;

use chrono::TimeDelta;
use serde_json::{Map, Value};

use crate::{
    id::{ConnectionId, UserId},
    identity::{Attributes, AttributesError},
    text::{NameError, name},
    time::Timestamp,
};

use super::{DailyRuns, GrantId, ProviderKey};

/// The user's own name for a connection: 1 to 100 characters, trimmed, unique per user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias(String);

impl Alias {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Alias {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        name(text).map(Self)
    }
}

/// A stored state of another version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown connection state")]
pub struct UnknownState;

/// Where a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionState {
    /// Made, never linked.
    Pending,
    /// Linked and working.
    Active,
    /// The grant ran out or was withdrawn at the institution: the user must link again.
    Expired,
    /// Given up by the user.
    Revoked,
    /// Three failures in a row.
    Error,
}

impl ConnectionState {
    /// Stored and shown form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Error => "error",
        }
    }
}

impl FromStr for ConnectionState {
    type Err = UnknownState;
    fn from_str(text: &str) -> Result<Self, UnknownState> {
        [Self::Pending, Self::Active, Self::Expired, Self::Revoked, Self::Error]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(UnknownState)
    }
}

/// A user's connection to an institution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Its id (`provider_id` on the wire).
    pub id: ConnectionId,
    /// The user it belongs to.
    pub owner: UserId,
    /// Which institution.
    pub provider: ProviderKey,
    /// The user's name for it.
    pub alias: Alias,
    /// Where it stands.
    pub state: ConnectionState,
    /// When it was first linked.
    pub connected_at: Option<Timestamp>,
    /// When data last came in.
    pub last_sync_at: Option<Timestamp>,
    /// When data should next come in.
    pub next_sync_at: Option<Timestamp>,
    /// Planned minutes between synchronisations.
    pub sync_frequency_minutes: i32,
    /// Whether it is switched on: while it is not, nothing is synchronised and nothing refreshed.
    pub is_active: bool,
    /// What its owner noted of it.
    pub metadata: Attributes,
    /// What went wrong last, for the user.
    pub error_message: Option<String>,
    /// Failures in a row.
    pub error_count: i32,
    /// Accounts found at the last synchronisation.
    pub accounts_count: i32,
    /// Synchronisations of the day.
    pub daily_runs: DailyRuns,
    /// Up to where an institution that keeps a list of changes was read. `None`: not at all, or it keeps no such list.
    pub cursor: Option<String>,
    /// What the institution calls its grant in messages of its own; `None` of one that sends none.
    pub grant: Option<GrantId>,
    /// When the institution last said of its own accord that there is something new.
    pub news_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts the writes; an update of an outdated copy is refused.
    pub revision: i32,
}

impl Connection {
    /// Failures in a row that make an error.
    pub const FAILURES_TO_ERROR: i32 = 3;
    /// Longest wait between two attempts, in minutes.
    pub const MAX_BACKOFF_MINUTES: i64 = 1_440;

    /// A new connection that waits to be linked.
    pub fn new(id: ConnectionId, owner: UserId, provider: ProviderKey, alias: Alias, now: Timestamp) -> Self {
        Self {
            id,
            owner,
            provider,
            alias,
            state: ConnectionState::Pending,
            connected_at: None,
            last_sync_at: None,
            next_sync_at: None,
            sync_frequency_minutes: 60,
            is_active: true,
            metadata: Attributes::default(),
            error_message: None,
            error_count: 0,
            accounts_count: 0,
            daily_runs: DailyRuns::default(),
            cursor: None,
            grant: None,
            news_at: None,
            created_at: now,
            updated_at: now,
            revision: 0,
        }
    }

    /// Whether data can be fetched.
    pub fn is_connected(&self) -> bool {
        self.state == ConnectionState::Active
    }

    /// Whether the user has to link it: it never was, or the grant is dead or given up. Failures that are not the
    /// grant's, however many, are not mended by linking again.
    pub fn needs_reconnection(&self) -> bool {
        match self.state {
            ConnectionState::Pending | ConnectionState::Expired | ConnectionState::Revoked => true,
            ConnectionState::Active | ConnectionState::Error => false,
        }
    }

    /// How long ago data came in, or the link was made, for a connection to count as used: one day.
    pub const IN_USE: TimeDelta = TimeDelta::days(1);

    /// Whether it works, is switched on, and data came in, or it was linked, within the last day: then its access token is kept
    /// fresh before anybody waits for it.
    pub fn is_in_use(&self, now: Timestamp) -> bool {
        let last = self.last_sync_at.max(self.connected_at);
        self.is_connected() && self.is_active && last.is_some_and(|last| now.is_within(Self::IN_USE, last))
    }

    /// Gives the connection another name.
    pub fn rename(&mut self, alias: Alias, now: Timestamp) {
        self.alias = alias;
        self.updated_at = now;
    }

    /// Changes the owner's notes by a JSON Merge Patch; `None` removes them.
    pub fn note(
        &mut self,
        patch: Option<&Map<String, Value>>,
        now: Timestamp,
    ) -> Result<(), AttributesError> {
        self.metadata = match patch {
            Some(patch) => self.metadata.patched(patch)?,
            None => Attributes::default(),
        };
        self.updated_at = now;
        Ok(())
    }

    /// Plans so many minutes between synchronisations. The next one is due so long from now.
    pub fn plan(&mut self, minutes: i32, now: Timestamp) {
        self.sync_frequency_minutes = minutes;
        self.updated_at = now;
        if self.next_sync_at.is_some() {
            self.schedule(i64::from(minutes), now);
        }
    }

    /// Switches it on or off. Nothing is due while it is off.
    pub fn switch(&mut self, is_active: bool, now: Timestamp) {
        if self.is_active == is_active {
            return;
        }
        self.is_active = is_active;
        self.updated_at = now;
        self.next_sync_at = None;
        if matches!(self.state, ConnectionState::Active | ConnectionState::Error) {
            self.schedule(i64::from(self.sync_frequency_minutes), now);
        }
    }

    /// Credentials were stored after an authorization: data are due at once.
    pub fn linked(&mut self, now: Timestamp) {
        self.state = ConnectionState::Active;
        self.connected_at.get_or_insert(now);
        self.forgive(now);
        self.schedule(0, now);
    }

    /// A synchronisation ended well.
    pub fn synced(&mut self, accounts: usize, now: Timestamp) {
        self.state = ConnectionState::Active;
        self.forgive(now);
        self.last_sync_at = Some(now);
        self.accounts_count = i32::try_from(accounts).unwrap_or(i32::MAX);
        self.schedule(i64::from(self.sync_frequency_minutes), now);
    }

    /// A synchronisation failed: the next attempt waits twice as long, up to a day.
    pub fn sync_failed(&mut self, message: &str, now: Timestamp) {
        self.failed(message.to_owned(), now);
        self.back_off(now);
    }

    /// Lets the next attempt wait the longer, the more failures there were in a row.
    pub fn back_off(&mut self, now: Timestamp) {
        let doublings = u32::try_from(self.error_count.clamp(0, 20)).unwrap_or(20);
        let minutes = i64::from(self.sync_frequency_minutes).saturating_mul(2i64.pow(doublings));
        self.schedule(minutes.min(Self::MAX_BACKOFF_MINUTES), now);
    }

    /// The institution refreshed the credentials.
    pub fn refreshed(&mut self, now: Timestamp) {
        self.state = ConnectionState::Active;
        self.forgive(now);
    }

    /// The institution did not refresh the credentials, for a reason that may pass.
    pub fn refresh_failed(&mut self, message: &str, now: Timestamp) {
        self.failed(format!("Token refresh failed: {message}"), now);
    }

    /// The grant is dead: only the user can mend that.
    pub fn expired(&mut self, message: &str, now: Timestamp) {
        self.state = ConnectionState::Expired;
        self.error_count = self.error_count.saturating_add(1);
        self.error_message = Some(message.to_owned());
        self.next_sync_at = None;
        self.updated_at = now;
    }

    /// The user gave the connection up.
    pub fn disconnected(&mut self, now: Timestamp) {
        self.state = ConnectionState::Revoked;
        self.error_message = Some("Disconnected by the user.".to_owned());
        self.next_sync_at = None;
        // Another grant has another list of changes, and another name.
        self.cursor = None;
        self.grant = None;
        self.updated_at = now;
    }

    fn forgive(&mut self, now: Timestamp) {
        self.error_count = 0;
        self.error_message = None;
        self.updated_at = now;
    }

    fn failed(&mut self, message: String, now: Timestamp) {
        self.error_count = self.error_count.saturating_add(1);
        self.error_message = Some(message);
        if self.error_count >= Self::FAILURES_TO_ERROR {
            self.state = ConnectionState::Error;
        }
        self.updated_at = now;
    }

    pub(super) fn schedule(&mut self, minutes: i64, now: Timestamp) {
        self.next_sync_at = self.is_active.then(|| now.plus(TimeDelta::minutes(minutes)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn active() -> (Connection, Timestamp) {
        let now = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
        let id = ConnectionId(uuid::Uuid::nil());
        let owner = UserId(uuid::Uuid::nil());
        let mut connection =
            Connection::new(id, owner, "sandbox".parse().unwrap(), "Mine".parse().unwrap(), now);
        assert!(connection.needs_reconnection());
        connection.linked(now);
        (connection, now)
    }

    #[test]
    fn failures_back_off_and_the_third_is_an_error() {
        let (mut connection, now) = active();
        let mut waits = Vec::new();
        for count in 1..=6 {
            connection.sync_failed("no answer", now);
            waits.push(connection.next_sync_at.unwrap().since(now).num_minutes());
            assert_eq!(connection.state == ConnectionState::Error, count >= 3);
            assert!(!connection.needs_reconnection(), "the grant is alive");
        }
        assert_eq!(waits, [120, 240, 480, 960, 1440, 1440]);
        connection.synced(4, now);
        assert!(
            connection.is_connected() && connection.error_count == 0 && connection.error_message.is_none()
        );
        assert_eq!(connection.next_sync_at.unwrap().since(now).num_minutes(), 60);
    }

    #[test]
    fn nothing_is_due_while_it_is_switched_off() {
        let (mut connection, now) = active();
        connection.plan(120, now);
        assert_eq!(connection.next_sync_at, Some(now.plus(TimeDelta::minutes(120))));
        connection.switch(false, now);
        assert!(!connection.is_in_use(now) && connection.is_connected());
        connection.synced(1, now);
        connection.plan(30, now);
        assert_eq!(connection.next_sync_at, None);
        connection.switch(true, now);
        assert_eq!(connection.next_sync_at, Some(now.plus(TimeDelta::minutes(30))));
        connection.disconnected(now);
        connection.switch(false, now);
        connection.switch(true, now);
        assert_eq!(connection.next_sync_at, None, "what was given up is not due");
    }

    #[test]
    fn what_is_given_up_is_read_from_its_beginning_when_it_is_linked_again() {
        let (mut connection, now) = active();
        connection.cursor = Some("here".to_owned());
        connection.expired("consent withdrawn", now);
        connection.linked(now);
        assert_eq!(connection.cursor.as_deref(), Some("here"), "a grant that is renewed goes on");
        connection.disconnected(now);
        assert_eq!(connection.cursor, None);
    }

    #[test]
    fn linking_again_keeps_the_first_date() {
        let (mut connection, now) = active();
        connection.expired("consent withdrawn", now);
        assert_eq!(connection.state, ConnectionState::Expired);
        assert!(connection.needs_reconnection());
        connection.linked(now.plus(TimeDelta::days(1)));
        assert_eq!(connection.connected_at, Some(now));
        assert!(!connection.needs_reconnection());
    }
}
