//! Ports of the connections area.

use async_trait::async_trait;
use url::Url;

use crate::{
    delivery::Due,
    id::{ConnectionId, SyncRunId, UserId},
    page::{Limit, Page},
    secret::{SecretHash, SecretText},
    store::{Admitted, Inserted, StoreError},
    time::Timestamp,
};

use super::{
    AuthorizationGrant, AuthorizationRequest, Connection, ConnectionTally, Credentials, ExpiryNotice, Feeds,
    GrantId, HintsFeed, HostedLink, PendingAuthorization, ProviderDescriptor, ProviderKey, RefreshRight,
    SealedCredentials, SyncFailure, SyncPace, SyncProgress, SyncRun, SyncRunKey,
};

/// Connections, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ConnectionRepository: Send {
    /// The owner's connection, locked; `None` when there is none or it is somebody else's.
    async fn find(&mut self, owner: UserId, id: ConnectionId) -> Result<Option<Connection>, StoreError>;
    /// Adds the connection unless the owner has one with this alias.
    async fn insert_if_absent(&mut self, connection: &Connection) -> Result<Inserted, StoreError>;
    /// As [`insert_if_absent`](Self::insert_if_absent), and not beyond the owner's `device_limit`. Racing callers of
    /// one owner go one after the other; counting and adding are one guarded statement.
    async fn insert_within_limit(&mut self, connection: &Connection) -> Result<Admitted, StoreError>;
    /// Writes a changed connection and bumps its revision. [`Inserted::Exists`] when the new alias is taken,
    /// [`StoreError::Stale`] when somebody else wrote first.
    async fn update(&mut self, connection: &mut Connection) -> Result<Inserted, StoreError>;
    /// Up to `limit` connections whose synchronisation is due, of owners who may use their accounts, the longest due
    /// first. They are locked; those that somebody else has locked are left for later.
    async fn take_due(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Connection>, StoreError>;
    /// The connection to this institution whose grant it calls so, whoever's it is, locked.
    async fn of_grant(
        &mut self,
        provider: &ProviderKey,
        grant: &GrantId,
    ) -> Result<Option<Connection>, StoreError>;
    /// Removes the owner's connection with all that hangs on it, except the audit trail; whether it was there.
    async fn delete(&mut self, owner: UserId, id: ConnectionId) -> Result<bool, StoreError>;
}

/// Sealed credentials, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait CredentialRepository: Send {
    /// The credentials of a connection, locked.
    async fn find(&mut self, connection: ConnectionId) -> Result<Option<SealedCredentials>, StoreError>;
    /// Adds or replaces the credentials. A revision other than the stored one is [`StoreError::Stale`].
    async fn put(&mut self, credentials: &mut SealedCredentials) -> Result<(), StoreError>;
    /// Takes the right to refresh them until `until`, by guarded statements: for one caller at a time across
    /// all processes, and only while the stored revision is this one; `None` for the others. `put` gives the right
    /// back.
    async fn claim_refresh(
        &mut self,
        connection: ConnectionId,
        revision: i32,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<RefreshRight>, StoreError>;
    /// Takes up to `limit` credentials whose proactive refresh is due (see
    /// [`SealedCredentials::refresh_due_at`]): each is handed to one caller, once per stored token.
    async fn take_due_refreshes(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(UserId, ConnectionId)>, StoreError>;
    /// Moves a grant's notice on, in one guarded statement: for one caller, and only while it is this one. The
    /// revision stays: a refresh under way must not become stale by it.
    async fn settle_notice(
        &mut self,
        notice: &ExpiryNotice,
        next: Option<Timestamp>,
    ) -> Result<bool, StoreError>;
    /// Gives the right to refresh back after a failure.
    async fn release_refresh(&mut self, connection: ConnectionId) -> Result<(), StoreError>;
    /// Removes them; whether there were any.
    async fn delete(&mut self, connection: ConnectionId) -> Result<bool, StoreError>;
}

/// Authorizations under way, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait AuthorizationRepository: Send {
    /// Adds one; an older one of the same connection stops working.
    async fn replace(&mut self, pending: &PendingAuthorization) -> Result<(), StoreError>;
    /// Uses up a live one, in one guarded statement: for exactly one caller, `None` for the rest.
    async fn redeem(
        &mut self,
        state: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<PendingAuthorization>, StoreError>;
    /// A live one, which stays so.
    async fn find(
        &mut self,
        state: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<PendingAuthorization>, StoreError>;
    /// The live one of the owner's connection, which stays so.
    async fn of_connection(
        &mut self,
        owner: UserId,
        connection: ConnectionId,
        now: Timestamp,
    ) -> Result<Option<PendingAuthorization>, StoreError>;
}

/// Of whom no run is taken, because this process has enough of them under way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Busy {
    /// Institutions.
    pub providers: Vec<ProviderKey>,
    /// Owners.
    pub owners: Vec<UserId>,
}

/// Sync runs, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SyncRunRepository: Send {
    /// Adds a run unless the connection has one queued or running; that one instead, if so.
    async fn insert_if_idle(&mut self, run: &SyncRun) -> Result<SyncRun, StoreError>;
    /// Takes a run that is queued, or running, and whose lease, if any, ran out: of those that users asked for the
    /// oldest, or else of the others. Counts the attempt and leases it until `until`. Two workers never get the same
    /// run. The connection's row is locked with it: runs of a connection that somebody else has locked are left for
    /// later, and so are those of `busy`.
    async fn claim(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        busy: &Busy,
    ) -> Result<Option<SyncRun>, StoreError>;
    /// Prolongs the lease of this attempt, and notes how far it has come, if that is told; false when the run was taken
    /// over, was stopped or is gone.
    async fn prolong(
        &mut self,
        id: SyncRunId,
        attempt: i32,
        until: Timestamp,
        progress: Option<SyncProgress>,
    ) -> Result<bool, StoreError>;
    /// Puts a run whose attempt broke back into the queue, not to be taken before `until`; false when it was taken
    /// over.
    async fn postpone(&mut self, id: SyncRunId, attempt: i32, until: Timestamp) -> Result<bool, StoreError>;
    /// Ends the run of this connection that waits or is under way, in one guarded statement; which one, if there was
    /// one. Its worker, if any, finds it taken over. Lock the connection first.
    async fn stop(
        &mut self,
        owner: UserId,
        connection: ConnectionId,
        failure: SyncFailure,
        error: &str,
        now: Timestamp,
    ) -> Result<Option<SyncRun>, StoreError>;
    /// Writes the end of a run that was not taken over; whether it did. Lock the connection first.
    async fn finish(&mut self, run: &SyncRun) -> Result<bool, StoreError>;
}

/// Reading side of the connections area.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ConnectionQueries: Send + Sync {
    /// The owner's connection with its latest run.
    async fn connection(
        &self,
        owner: UserId,
        id: ConnectionId,
    ) -> Result<Option<ConnectionOverview>, StoreError>;
    /// The owner's connections, oldest first.
    async fn connections(
        &self,
        owner: UserId,
        after: Option<ConnectionId>,
        limit: Limit,
    ) -> Result<Page<ConnectionOverview, ConnectionId>, StoreError>;
    /// The sealed credentials of the owner's connection.
    async fn credentials(
        &self,
        owner: UserId,
        id: ConnectionId,
    ) -> Result<Option<SealedCredentials>, StoreError>;
    /// Up to `limit` grants of whose end something has to be told by now, the most urgent first.
    async fn due_grant_notices(&self, now: Timestamp, limit: u32) -> Result<Vec<ExpiryNotice>, StoreError>;
    /// The runs, of everybody, that may be claimed at this instant.
    async fn syncs_due(&self, now: Timestamp) -> Result<Due, StoreError>;
    /// The connections, of everybody, whose synchronisation is due at this instant, and since when.
    async fn connections_due(&self, now: Timestamp) -> Result<Due, StoreError>;
    /// How everybody's connections are, by the keys of the institutions. One that nobody connected to is left out.
    async fn connection_tallies(&self) -> Result<Vec<ConnectionTally>, StoreError>;
    /// The runs of the owner's connection, newest first.
    async fn sync_runs(
        &self,
        owner: UserId,
        connection: ConnectionId,
        after: Option<SyncRunKey>,
        limit: Limit,
    ) -> Result<Page<SyncRun, SyncRunKey>, StoreError>;
    /// The owner's run.
    async fn sync_run(&self, owner: UserId, id: SyncRunId) -> Result<Option<SyncRun>, StoreError>;
}

/// A connection as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionOverview {
    /// The connection.
    pub connection: Connection,
    /// Its newest run, if it ever had one.
    pub latest_run: Option<SyncRun>,
    /// When its grant ends, if it is linked and the institution sets a deadline.
    pub grant_expires_at: Option<Timestamp>,
}

/// What went wrong at an institution, as the sync can act on it. Messages never hold a secret or an upstream
/// body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The grant is dead; only the user can mend that by linking again.
    #[error("The institution no longer accepts the stored authorization; link the account again.")]
    NeedsReauthorization,
    /// The access token is not accepted; a refresh may help.
    #[error("The institution did not accept the access token.")]
    AccessTokenRejected,
    /// An access token that was refreshed a moment ago is not accepted: perhaps the grant, perhaps this
    /// installation may not use the interface. Nothing says that linking again would help.
    #[error(
        "The institution refuses an access token it has just given out. The operator of this installation has to \
         check its registration there; if that is in order, link the account again."
    )]
    FreshTokenRejected,
    /// Too many requests.
    #[error("The institution asked us to slow down.")]
    RateLimited {
        /// Seconds to wait, if told.
        retry_after: Option<u32>,
    },
    /// Down, slow or unreachable; may pass.
    #[error("The institution could not be reached or answered with an error.")]
    Unavailable,
    /// The institution refused; trying again will not help.
    #[error("The institution refused the request ({code}).")]
    Rejected {
        /// Its error code, cleaned to letters, digits and `_.-`.
        code: String,
    },
    /// The institution does not accept this installation's own credentials; only the operator can mend that.
    #[error(
        "The institution does not accept this installation's own credentials. Its operator has to check them."
    )]
    Misconfigured,
    /// An answer we cannot read.
    #[error("The institution's answer could not be read ({at}).")]
    Malformed {
        /// Which answer.
        at: &'static str,
    },
}

/// What came of asking the institution to forget a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// It has.
    Done,
    /// It offers no such thing.
    Unsupported,
}

/// An institution. A small object that offers what it can do; asking for more is not an error but `None`.
pub trait Provider: Send + Sync {
    /// How the catalogue presents it.
    fn descriptor(&self) -> &ProviderDescriptor;
    /// How a user links an account there.
    fn linking(&self) -> Linking<'_>;
    /// How its data may be fetched.
    fn pace(&self) -> SyncPace {
        SyncPace::DEFAULT
    }
    /// What it tells of a linked account.
    fn feeds(&self) -> Feeds<'_> {
        Feeds::default()
    }
    /// Reads what it says of its own accord; `None` of one that says nothing.
    fn hints(&self) -> Option<&dyn HintsFeed> {
        None
    }
}

/// How a user links an account.
#[non_exhaustive]
#[derive(Clone, Copy)]
pub enum Linking<'a> {
    /// By redirect, consent and code.
    OAuth(&'a dyn OAuthLink),
    /// By a secret the user pastes: a setup token, API keys.
    Secret(&'a dyn SecretLink),
    /// At pages of the institution's own, whose outcome is asked for.
    Hosted(&'a dyn HostedLink),
}

impl std::fmt::Debug for Linking<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::OAuth(_) => f.write_str("OAuth"),
            Self::Secret(_) => f.write_str("Secret"),
            Self::Hosted(_) => f.write_str("Hosted"),
        }
    }
}

/// Linking by OAuth 2 authorization code with PKCE.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait OAuthLink: Send + Sync {
    /// Where to send the user's browser. Some institutions have to be asked for it; `now` dates what is asked for.
    async fn authorization_url(
        &self,
        request: &AuthorizationRequest,
        now: Timestamp,
    ) -> Result<Url, ProviderError>;
    /// Exchanges the code for credentials. `now` dates their expiry.
    async fn exchange(
        &self,
        grant: &AuthorizationGrant,
        now: Timestamp,
    ) -> Result<Credentials, ProviderError>;
    /// Exchanges the refresh token for new credentials; the refresh token in them is `None` when the
    /// institution sent none and the old one stays good.
    async fn refresh(&self, current: &Credentials, now: Timestamp) -> Result<Credentials, ProviderError>;
    /// Asks the institution to forget the grant.
    async fn revoke(&self, current: &Credentials) -> Result<Revocation, ProviderError>;
}

/// One thing the user has to paste.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretField {
    /// Name in the request's body, e.g. `setup_token`.
    pub name: &'static str,
    /// Name for people.
    pub label: &'static str,
}

/// Linking by a secret the user pastes.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SecretLink: Send + Sync {
    /// What has to be pasted; every field is required.
    fn fields(&self) -> &'static [SecretField];
    /// Proves the secrets at the institution and turns them into credentials. The values come in the order of
    /// the fields. [`ProviderError::NeedsReauthorization`] when they are not accepted.
    async fn claim(&self, secrets: &[SecretText], now: Timestamp) -> Result<Credentials, ProviderError>;
    /// What to tell the user of a claim that failed: whole sentences that speak of what was pasted, and say what to
    /// do. `None` where the error's own words say it.
    fn explain(&self, _error: &ProviderError) -> Option<&'static str> {
        None
    }
}
