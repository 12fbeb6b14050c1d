//! Sessions inside a unit of work, and read outside one.

use async_trait::async_trait;

use crate::{
    id::{SessionId, UserId},
    identity::{
        Activity, ApiKeyInserted, ApiKeyNotice, EndReason, Familiarity, OtherClient, Reauthentication,
        SecurityConfig, Session, SessionKey, SessionNote, SessionSnapshot,
    },
    page::{Limit, Page},
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
};

/// Sessions, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SessionRepository: Send {
    /// Adds a session.
    async fn insert(&mut self, session: &Session) -> Result<(), StoreError>;
    /// Ends a session of this owner that has not ended; whether there was one.
    async fn end(
        &mut self,
        owner: UserId,
        id: SessionId,
        reason: EndReason,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// The session with its user; `None` when there is none.
    async fn find(&mut self, id: SessionId) -> Result<Option<SessionSnapshot>, StoreError>;
    /// Ends every session of this owner that has not ended and is not past its end, but for `spared`, in one guarded
    /// statement; how many. API keys are ended only `with_api_keys`.
    async fn end_all(
        &mut self,
        owner: UserId,
        spared: Option<SessionId>,
        with_api_keys: bool,
        reason: EndReason,
        now: Timestamp,
    ) -> Result<u64, StoreError>;
    /// Ends those sessions of this owner that have not ended and were begun with one factor only, but for `spared`
    /// and API keys, in one guarded statement; how many.
    async fn end_one_factor(
        &mut self,
        owner: UserId,
        spared: SessionId,
        reason: EndReason,
        now: Timestamp,
    ) -> Result<u64, StoreError>;
    /// Writes what the owner noted on a session that has not ended and is no API key; whether there is one.
    async fn note(&mut self, owner: UserId, id: SessionId, note: &SessionNote) -> Result<bool, StoreError>;
    /// Notes the fingerprint of a client that refreshes this session and is not the one it began on, in guarded
    /// statements: of racing callers with one fingerprint, one hears that it is new.
    async fn note_other_client(
        &mut self,
        id: SessionId,
        fingerprint: &SecretHash,
    ) -> Result<OtherClient, StoreError>;
    /// Notes that the holder of a session of this owner that has not ended proved again who it is; whether there is
    /// one. A new `credential` takes the place of the one it was held by; sessions held by tokens have none.
    async fn reauthenticate(
        &mut self,
        owner: UserId,
        id: SessionId,
        proof: &Reauthentication,
    ) -> Result<bool, StoreError>;
    /// Adds an API key unless its owner has [`ApiKeyTerms::MOST`](crate::identity::ApiKeyTerms::MOST) that work or another of its name
    /// that was not replaced. One guarded statement decides: of racing callers no more get in than there is room for.
    async fn insert_key(&mut self, key: &Session, now: Timestamp) -> Result<ApiKeyInserted, StoreError>;
    /// Notes on an API key of this owner, which is not past its end and was not replaced before, that `by` takes its
    /// place, in one guarded statement; whether this caller was the one. It goes on until `until`, never longer than
    /// it would have, or ends now.
    async fn replace_key(
        &mut self,
        owner: UserId,
        id: SessionId,
        by: SessionId,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Moves a notice that is still as it was found to its next instant, in one guarded statement; whether this
    /// caller was the one.
    async fn settle_key_notice(
        &mut self,
        notice: &ApiKeyNotice,
        next: Option<Timestamp>,
    ) -> Result<bool, StoreError>;
    /// Adds what sessions did, in one statement per batch: calls are added up, and no last request moves backwards.
    async fn record_activity(&mut self, activities: &[Activity]) -> Result<(), StoreError>;
}

/// Reads sessions, and what bounds all of them.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SessionQueries: Send + Sync {
    /// A session with its user: the one look-up of an authenticated request.
    async fn session(&self, id: SessionId) -> Result<Option<SessionSnapshot>, StoreError>;
    /// As [`session`](Self::session), by the hash of a cookie's secret or of an API key.
    async fn session_by_credential(&self, hash: &SecretHash) -> Result<Option<SessionSnapshot>, StoreError>;
    /// The owner's sessions that are good at this instant, API keys apart, newest request first.
    async fn sessions(
        &self,
        owner: UserId,
        now: Timestamp,
        after: Option<SessionKey>,
        limit: Limit,
    ) -> Result<Page<Session, SessionKey>, StoreError>;
    /// How many [`sessions`](Self::sessions) there are on all pages.
    async fn count_sessions(&self, owner: UserId, now: Timestamp) -> Result<u64, StoreError>;
    /// How well the owner's account knows a device in a network, by its sessions, ended or not.
    async fn familiarity(
        &self,
        owner: UserId,
        device: &str,
        network: &str,
    ) -> Result<Familiarity, StoreError>;
    /// Whether the owner trusts a client of this fingerprint: a session that is good at this instant, API keys apart,
    /// began on it and is trusted.
    async fn trusts(
        &self,
        owner: UserId,
        fingerprint: &SecretHash,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// What counts for everybody's tokens.
    async fn security_config(&self) -> Result<SecurityConfig, StoreError>;
    /// How many sessions that have not ended began under a lower version, and of how many users.
    async fn sessions_below(&self, version: i32, now: Timestamp) -> Result<(u64, u64), StoreError>;
}
