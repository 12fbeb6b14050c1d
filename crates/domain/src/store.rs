//! Writing several things at once: all of it, or none.
//!
//! A use case that changes anything opens one [`UnitOfWork`], reaches every repository through it, and commits.
//! Dropping it without a commit leaves no trace. After any error the unit is dead: later calls may fail, and
//! `commit` answers [`StoreError::Aborted`] (Postgres would otherwise report a successful commit that stored
//! nothing, while SQLite would keep half).

use std::{error::Error, fmt, sync::Arc};

use async_trait::async_trait;

use crate::{
    archive::ArchiveQueries,
    connections::{
        AuthorizationRepository, ConnectionQueries, ConnectionRepository, CredentialRepository,
        SyncRunRepository,
    },
    delivery::{DeliveryQueries, IdempotencyRepository, MailRequestRepository, Outbox},
    identity::{
        AuditTrail, ChallengeRepository, ErasureRepository, IdentityQueries, KeystoreQueries,
        KeystoreRepository, MailBudgetRepository, OneTimeTokenRepository, RefreshRepository,
        SecondFactorQueries, SecondFactorRepository, SecondFactorResetRepository, SessionRepository,
        SignInBudgetRepository, TokenFloorRepository, UserRepository,
    },
    ledger::{
        AccountRepository, BalanceRepository, HoldingRepository, ImportRepository, LedgerQueries,
        TransactionRepository,
    },
    rate_limit::DenialRepository,
    reference::ImportedRows,
    retention::RetentionRepository,
    sealed::{SealedQueries, SealedValueRepository},
};

/// Outcome of an insert that a unique rule may refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    /// Stored.
    New,
    /// Another row has the unique value; nothing was stored.
    Exists,
}

/// Outcome of an insert that a unique rule or a limit may refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admitted {
    /// Stored.
    New,
    /// Another row has the unique value; nothing was stored.
    Exists,
    /// There are as many as there may be; nothing was stored.
    Full,
}

/// The store could not do what was asked. The unit of work is over.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed the row since it was read.
    #[error("the record was changed by somebody else")]
    Stale,
    /// Too much contention; the same request may succeed later.
    #[error("the database is busy")]
    Contended(#[source] Box<dyn Error + Send + Sync>),
    /// A stored row breaks a rule.
    #[error("a row of {table} cannot be read: {reason}")]
    Corrupt {
        /// Which table.
        table: &'static str,
        /// Which rule.
        reason: String,
    },
    /// A call of this unit of work failed, so nothing of it was stored.
    #[error("the unit of work had failed and was not committed")]
    Aborted,
    /// The database failed.
    #[error("the database failed")]
    Database(#[source] Box<dyn Error + Send + Sync>),
}

/// Opens units of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Store: Send + Sync {
    /// Opens one. It may wait for another writer.
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError>;
}

/// Repositories of the identity area.
pub trait IdentityWork {
    /// Users.
    fn users(&mut self) -> &mut dyn UserRepository;
    /// Sessions.
    fn sessions(&mut self) -> &mut dyn SessionRepository;
    /// Refresh tokens.
    fn refresh_tokens(&mut self) -> &mut dyn RefreshRepository;
    /// One-time tokens.
    fn one_time_tokens(&mut self) -> &mut dyn OneTimeTokenRepository;
    /// Sign-ins that wait for their second factor.
    fn challenges(&mut self) -> &mut dyn ChallengeRepository;
    /// Budgets of wrong passwords.
    fn sign_in_budgets(&mut self) -> &mut dyn SignInBudgetRepository;
    /// Second factors.
    fn second_factors(&mut self) -> &mut dyn SecondFactorRepository;
    /// Budgets of mails.
    fn mail_budgets(&mut self) -> &mut dyn MailBudgetRepository;
    /// The erasing of accounts.
    fn erasure(&mut self) -> &mut dyn ErasureRepository;
    /// The installation's token floor.
    fn token_floor(&mut self) -> &mut dyn TokenFloorRepository;
    /// The audit trail.
    fn audit(&mut self) -> &mut dyn AuditTrail;
    /// The keystore.
    fn keystore(&mut self) -> &mut dyn KeystoreRepository;
    /// Resets of second factors that are under way.
    fn second_factor_resets(&mut self) -> &mut dyn SecondFactorResetRepository;
    /// Requests that a limit refused.
    fn denials(&mut self) -> &mut dyn DenialRepository;
}

/// Repositories of the connections area.
pub trait ConnectionWork {
    /// Connections.
    fn connections(&mut self) -> &mut dyn ConnectionRepository;
    /// Sealed credentials.
    fn credentials(&mut self) -> &mut dyn CredentialRepository;
    /// Authorizations under way.
    fn authorizations(&mut self) -> &mut dyn AuthorizationRepository;
    /// Sync runs.
    fn sync_runs(&mut self) -> &mut dyn SyncRunRepository;
}

/// Repositories of the ledger area.
pub trait LedgerWork {
    /// Accounts.
    fn accounts(&mut self) -> &mut dyn AccountRepository;
    /// Recorded balances.
    fn balances(&mut self) -> &mut dyn BalanceRepository;
    /// Positions.
    fn holdings(&mut self) -> &mut dyn HoldingRepository;
    /// Transactions.
    fn transactions(&mut self) -> &mut dyn TransactionRepository;
    /// Imports.
    fn imports(&mut self) -> &mut dyn ImportRepository;
}

/// Repositories of the delivery area.
pub trait DeliveryWork {
    /// The outbox.
    fn outbox(&mut self) -> &mut dyn Outbox;
    /// Kept answers.
    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository;
    /// Mails that were asked for.
    fn mail_requests(&mut self) -> &mut dyn MailRequestRepository;
    /// What is removed after a while.
    fn retention(&mut self) -> &mut dyn RetentionRepository;
}

/// What is sealed, whatever it is about.
pub trait SealedWork {
    /// Sealed values.
    fn sealed_values(&mut self) -> &mut dyn SealedValueRepository;
}

/// What was copied from the reference system.
pub trait ReferenceWork {
    /// The copied rows.
    fn imported_rows(&mut self) -> &mut dyn ImportedRows;
}

/// Several writes that become visible together.
#[async_trait]
pub trait UnitOfWork:
    IdentityWork + ConnectionWork + LedgerWork + DeliveryWork + SealedWork + ReferenceWork + Send
{
    /// Makes everything visible at once. Refuses if any call on this unit failed.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// Everything that can be read without a unit of work. Reads never wait for a writer.
pub trait Queries:
    IdentityQueries
    + KeystoreQueries
    + SecondFactorQueries
    + ConnectionQueries
    + LedgerQueries
    + SealedQueries
    + DeliveryQueries
    + ArchiveQueries
{
}

impl<T> Queries for T where
    T: IdentityQueries
        + KeystoreQueries
        + SecondFactorQueries
        + ConnectionQueries
        + LedgerQueries
        + SealedQueries
        + DeliveryQueries
        + ArchiveQueries
{
}

/// Both sides of a store.
#[derive(Clone)]
pub struct Storage {
    /// The writing side.
    pub store: Arc<dyn Store>,
    /// The reading side.
    pub queries: Arc<dyn Queries>,
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Storage")
    }
}
