//! Ports of the identity area.

use async_trait::async_trait;

use crate::{
    call::Principal,
    id::{AuditId, ConnectionId, SessionId, UserId},
    page::{Limit, Page},
    secret::{OpaqueSecret, SealError, Sealed, SecretHash, SecretText},
    store::{Admitted, Inserted, StoreError},
    time::Timestamp,
};

use super::{
    Activity, AuditEntry, AuditRecord, ChainHead, ChainKey, Challenge, EmailAddress, EndReason, Familiarity,
    GlobalRotation, KeyInserted, KeyNotice, LoginName, OneTimeToken, OtherClient, PasswordHash, Purpose,
    Reauthentication, RefreshGeneration, SecurityConfig, Session, SessionKey, SessionNote, SessionSnapshot,
    SignInBudget, Standing, User, UserFilter, UserKey,
};

/// Users, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait UserRepository: Send {
    /// The user with this id, locked for the rest of the unit of work; `None` when there is none.
    async fn find(&mut self, id: UserId) -> Result<Option<User>, StoreError>;
    /// The user with this canonical address, locked; `None` when there is none.
    async fn find_by_email(&mut self, email: &EmailAddress) -> Result<Option<User>, StoreError>;
    /// Adds the user unless the address is taken, decided by the database in one statement.
    async fn insert_if_absent(&mut self, user: &User) -> Result<Inserted, StoreError>;
    /// Writes a changed user and bumps its revision; [`StoreError::Stale`] when somebody else wrote first.
    async fn update(&mut self, user: &mut User) -> Result<(), StoreError>;
    /// Adds a sub-user unless the address is taken, or the manager has as many as the manager's `user_limit` allows.
    /// Racing callers of one manager go one after the other; counting and adding are one guarded statement.
    async fn insert_sub_user(&mut self, user: &User) -> Result<Admitted, StoreError>;
    /// The best standing of all administrators but this one. Until the unit of work ends, everybody else who asks
    /// waits: decisions about administrators are made one after the other. Ask before a user is locked.
    async fn other_administrators(&mut self, but: UserId, now: Timestamp) -> Result<Standing, StoreError>;
    /// Whether this user has sub-users, for a unit of work that has locked the user and so lets nobody add one.
    async fn has_sub_users(&mut self, manager: UserId) -> Result<bool, StoreError>;
    /// As [`update`](Self::update), of a user with another address or login: [`Inserted::Exists`] when somebody else
    /// has it, decided by the database.
    async fn update_email(&mut self, user: &mut User) -> Result<Inserted, StoreError>;
    /// Removes the account with this address if nobody ever proved it; whether there was one.
    async fn remove_unverified(&mut self, email: &EmailAddress) -> Result<bool, StoreError>;
    /// Replaces the hash if it still is `expected`; whether it was.
    async fn replace_password(
        &mut self,
        id: UserId,
        expected: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreError>;
    /// Notes a sign-in without touching the revision: two sign-ins at once are no conflict.
    async fn record_sign_in(
        &mut self,
        id: UserId,
        address: Option<std::net::IpAddr>,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Raises the user's token version by one, in one guarded statement: of racing callers each gets a version of
    /// its own. The new version; `None` when there is no such user.
    async fn rotate_tokens(&mut self, id: UserId, now: Timestamp) -> Result<Option<i32>, StoreError>;
}

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
    /// Adds an API key unless its owner has [`KeyTerms::MOST`](super::KeyTerms::MOST) that work or another of its name
    /// that was not replaced. One guarded statement decides: of racing callers no more get in than there is room for.
    async fn insert_key(&mut self, key: &Session, now: Timestamp) -> Result<KeyInserted, StoreError>;
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
        notice: &KeyNotice,
        next: Option<Timestamp>,
    ) -> Result<bool, StoreError>;
    /// Adds what sessions did, in one statement per batch: calls are added up, and no last request moves backwards.
    async fn record_activity(&mut self, activities: &[Activity]) -> Result<(), StoreError>;
}

/// The installation's token floor, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait TokenFloorRepository: Send {
    /// Raises the floor by one, in one statement: of racing rotations each gets a version of its own. What counts
    /// from then on.
    async fn rotate(&mut self, rotation: &GlobalRotation) -> Result<SecurityConfig, StoreError>;
}

/// Refresh tokens, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait RefreshRepository: Send {
    /// Adds a generation.
    async fn insert(&mut self, generation: &RefreshGeneration) -> Result<(), StoreError>;
    /// The generation with this hash, found by a unique index; `None` when there is none.
    async fn find(&mut self, hash: &SecretHash) -> Result<Option<RefreshGeneration>, StoreError>;
    /// Marks an unused generation as used, in one guarded statement; whether this caller was the one.
    async fn consume(&mut self, hash: &SecretHash, now: Timestamp) -> Result<bool, StoreError>;
}

/// One-time tokens, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait OneTimeTokenRepository: Send {
    /// Adds a token unless the user has one for the purpose that was asked for later; older ones stop working, unless
    /// they [stay good](Purpose::earlier_stay_good), and the same token again gets the new end. Whether it works now.
    async fn issue(&mut self, token: &OneTimeToken) -> Result<bool, StoreError>;
    /// Moves the end of a token that is still there; whether it was. One that was used or replaced stays gone.
    async fn prolong(&mut self, token: &OneTimeToken) -> Result<bool, StoreError>;
    /// Removes the user's tokens of these purposes.
    async fn revoke(&mut self, user: UserId, purposes: &[Purpose]) -> Result<(), StoreError>;
    /// Uses up a live token, in one guarded statement: the token for exactly one caller, `None` for the rest. With it
    /// go all others its user has for the purpose.
    async fn redeem(
        &mut self,
        purpose: Purpose,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<OneTimeToken>, StoreError>;
}

/// The audit trail, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait AuditTrail: Send {
    /// Appends a line. It is linked to the line before it when the unit commits, so that chains are held for the
    /// shortest time; what goes wrong then is the commit's error.
    async fn append(&mut self, entry: &AuditEntry) -> Result<(), StoreError>;
}

/// Reading side of the identity area.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait IdentityQueries: Send + Sync {
    /// A session with its user: the one look-up of an authenticated request.
    async fn session(&self, id: SessionId) -> Result<Option<SessionSnapshot>, StoreError>;
    /// As [`session`](Self::session), by the hash of a cookie's secret or of an API key.
    async fn session_by_credential(&self, hash: &SecretHash) -> Result<Option<SessionSnapshot>, StoreError>;
    /// The user with this canonical address.
    async fn user_by_email(&self, email: &EmailAddress) -> Result<Option<User>, StoreError>;
    /// The user who signs in by this name.
    async fn user_by_login(&self, login: &LoginName) -> Result<Option<User>, StoreError>;
    /// The user with this id.
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError>;
    /// Users of this filter, in the order of its search; a page costs what its range of the index costs.
    async fn users(
        &self,
        filter: &UserFilter,
        after: Option<UserKey>,
        limit: Limit,
    ) -> Result<Page<User, UserKey>, StoreError>;
    /// The audit trail of this manager's sub-users, or of this one of them, newest first.
    async fn sub_user_trail(
        &self,
        manager: UserId,
        of: Option<UserId>,
        before: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError>;
    /// A live one-time token; `None` when there is none.
    async fn one_time_token(
        &self,
        purpose: Purpose,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<OneTimeToken>, StoreError>;
    /// The challenge with this token, in whatever state; `None` when there is none.
    async fn challenge(&self, hash: &SecretHash) -> Result<Option<Challenge>, StoreError>;
    /// The budgets of wrong passwords with these subjects, of which there are three at most, in no particular order.
    async fn sign_in_budgets(&self, subjects: &[SecretHash]) -> Result<Vec<SignInBudget>, StoreError>;
    /// The audit trail of the owner's connection, newest first; it outlives the connection.
    async fn connection_audit(
        &self,
        owner: UserId,
        connection: ConnectionId,
        before: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError>;
    /// The owner's sessions that are good at this instant, API keys apart, newest request first.
    async fn sessions(
        &self,
        owner: UserId,
        now: Timestamp,
        after: Option<SessionKey>,
        limit: Limit,
    ) -> Result<Page<Session, SessionKey>, StoreError>;
    /// The owner's API keys that are good at this instant, the newest first; there are few.
    async fn api_keys(&self, owner: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError>;
    /// Up to `limit` notices about the end of API keys that are due, the oldest first.
    async fn due_key_notices(&self, now: Timestamp, limit: u32) -> Result<Vec<KeyNotice>, StoreError>;
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
    /// The audit trail of one user, or of everybody, newest first.
    async fn audit_trail(
        &self,
        of: Option<UserId>,
        before: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError>;
    /// The newest links of all chains of the trail, by chain.
    async fn audit_heads(
        &self,
        after: Option<uuid::Uuid>,
        limit: Limit,
    ) -> Result<Page<ChainHead, uuid::Uuid>, StoreError>;
    /// The trail as it is stored, chain by chain, each in its order.
    async fn audit_records(
        &self,
        after: Option<ChainKey>,
        limit: Limit,
    ) -> Result<Page<AuditRecord, ChainKey>, StoreError>;
}

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessClaims {
    /// `sub`.
    pub user: UserId,
    /// `jti`.
    pub session: SessionId,
    /// `email`; absent in tokens made without it.
    pub email: Option<String>,
    /// `version`: the user's token version at issue.
    pub version: i32,
    /// `iat`, whole seconds.
    pub issued_at: Timestamp,
    /// `exp`, whole seconds.
    pub expires_at: Timestamp,
}

/// An access token that is not accepted. One variant: callers may not learn why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the access token is not valid")]
pub struct InvalidAccessToken;

/// Signs and checks access tokens (JWT).
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait AccessTokens: Send + Sync {
    /// Signs the claims.
    fn issue(&self, claims: &AccessClaims) -> Result<SecretText, InvalidAccessToken>;
    /// Checks signature, algorithm, type, issuer, audience and times, and reads the claims.
    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, InvalidAccessToken>;
}

/// Bearer tokens that no session stands behind: another issuer's, which whoever embeds Dashtam chooses to accept.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait GuestTokens: Send + Sync {
    /// Who may act by this token at this instant; `None` when nobody may. It is asked about whatever is neither an
    /// API key nor an access token of a session that is good.
    async fn holder(&self, token: &str, now: Timestamp) -> Result<Option<Principal>, StoreError>;
}

/// Makes the refresh token of a session's generation. The same inputs give the same token, so racing clients
/// get the same successor although only hashes are stored.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait RefreshSecrets: Send + Sync {
    /// The token of this generation.
    fn derive(&self, session: SessionId, generation: i64) -> OpaqueSecret;
}

/// Where a sealed value stands; formats with associated data bind the ciphertext to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldContext {
    /// Table name.
    pub table: &'static str,
    /// Column name.
    pub column: &'static str,
    /// Id of the row.
    pub row: uuid::Uuid,
}

/// Encrypts what must be read back. The key ring decides the format; the newest key seals, every key opens.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait FieldCipher: Send + Sync {
    /// Encrypts with the newest key.
    fn seal(&self, plain: &SecretText, context: FieldContext) -> Result<Sealed, SealError>;
    /// Decrypts with whichever key fits.
    fn open(&self, sealed: &Sealed, context: FieldContext) -> Result<SecretText, SealError>;
}

/// Keeps session snapshots for a few seconds, so that most requests need no database.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait SessionCache: Send + Sync {
    /// The snapshot, if a recent one is kept.
    fn get(&self, id: SessionId) -> Option<std::sync::Arc<SessionSnapshot>>;
    /// As [`get`](Self::get), by the hash of a cookie's secret or of an API key.
    fn get_by_credential(&self, hash: &SecretHash) -> Option<std::sync::Arc<SessionSnapshot>>;
    /// Keeps a snapshot.
    fn put(&self, snapshot: std::sync::Arc<SessionSnapshot>);
    /// Forgets a session that ended.
    fn forget(&self, id: SessionId);
    /// Forgets every session of a user that changed.
    fn forget_user(&self, user: UserId);
    /// Forgets every session there is, e.g. after a change that concerns everybody.
    fn forget_all(&self);
}
