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
    call::Call,
    connections::ConnectionQueries,
    delivery::DeliveryQueries,
    delivery::notification::NotificationQueries,
    id::AuditId,
    identity::{AuditEntry, AuditLine, IdentityQueries, KeystoreQueries, SecondFactorQueries},
    ledger::meaning::{CategoryQueries, PayeeQueries, rule::RuleQueries},
    ledger::{
        ExportQueries, HoldingDayQueries, LedgerQueries, SavedLayoutQueries, SavedViewQueries,
        SecurityQueries, portfolio::PortfolioQueries, recurring::StreamQueries, transfer::TransferQueries,
        worth::WorthQueries,
    },
    live::LiveQueries,
    record::Record,
    sealed::SealedQueries,
    sources::Sources,
    webhook::WebhookQueries,
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

/// Why nothing can be stored at present, whatever is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StorageTrouble {
    /// There is no room left: the disk, a quota, or the size the database may have.
    Full,
    /// It may be read and not written.
    ReadOnly,
    /// Another program holds the lock that writers need, for longer than anybody waits.
    Locked,
    /// The server does not answer, or went away.
    Unreachable,
    /// What is stored is no database, or parts of it are not what was written.
    Damaged,
    /// The machine could not read or write.
    Failing,
}

impl StorageTrouble {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Full, Self::ReadOnly, Self::Locked, Self::Unreachable, Self::Damaged, Self::Failing];

    /// One word, as health shows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::ReadOnly => "read-only",
            Self::Locked => "locked",
            Self::Unreachable => "unreachable",
            Self::Damaged => "damaged",
            Self::Failing => "failing",
        }
    }
}

impl fmt::Display for StorageTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "there is no room left to store anything",
            Self::ReadOnly => "the database can only be read",
            Self::Locked => "another program holds the database's lock",
            Self::Unreachable => "the database cannot be reached",
            Self::Damaged => "the database is damaged",
            Self::Failing => "the machine cannot read or write the database",
        })
    }
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
    #[error("a row ({record}) cannot be read: {reason}")]
    Corrupt {
        /// What it is a row of.
        record: Record,
        /// The rule that is broken.
        reason: String,
    },
    /// A call of this unit of work failed, so nothing of it was stored.
    #[error("the unit of work had failed and was not committed")]
    Aborted,
    /// Nothing can be stored at present, and nothing of this was.
    #[error("{trouble}")]
    Storage {
        /// What stands in the way.
        trouble: StorageTrouble,
        /// What the database said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The connection went away while the unit of work was committed: all of it was stored, or nothing.
    #[error("the connection was lost during a commit, so that nobody knows whether it took place")]
    Uncertain(#[source] Box<dyn Error + Send + Sync>),
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

/// The repositories of a unit of work: hands each area to the macro `$each`, as its trait and what the trait has to
/// offer. Whatever is a unit of work, or stands before one, is made from this list, so that a new repository is a line
/// here.
#[macro_export]
macro_rules! repositories {
    ($each:ident) => {
        $each! {
            /// Repositories of the identity area.
            IdentityWork:
            /// Users.
            users -> $crate::identity::UserRepository,
            /// Sessions.
            sessions -> $crate::identity::SessionRepository,
            /// Refresh tokens.
            refresh_tokens -> $crate::identity::RefreshRepository,
            /// One-time tokens.
            one_time_tokens -> $crate::identity::OneTimeTokenRepository,
            /// Sign-ins that wait for their second factor.
            challenges -> $crate::identity::ChallengeRepository,
            /// Budgets of wrong passwords.
            sign_in_budgets -> $crate::identity::SignInBudgetRepository,
            /// Second factors.
            second_factors -> $crate::identity::SecondFactorRepository,
            /// Budgets of mails.
            mail_budgets -> $crate::identity::MailBudgetRepository,
            /// The erasing of accounts.
            erasure -> $crate::identity::ErasureRepository,
            /// The installation's token floor.
            token_floor -> $crate::identity::TokenFloorRepository,
            /// The audit trail.
            audit -> $crate::identity::AuditTrail,
            /// The keystore.
            keystore -> $crate::identity::KeystoreRepository,
            /// Resets of second factors that are under way.
            second_factor_resets -> $crate::identity::SecondFactorResetRepository,
            /// Requests that a limit refused.
            denials -> $crate::rate_limit::DenialRepository,
        }
        $each! {
            /// Repositories of the connections area.
            ConnectionWork:
            /// Connections.
            connections -> $crate::connections::ConnectionRepository,
            /// Sealed credentials.
            credentials -> $crate::connections::CredentialRepository,
            /// Authorizations under way.
            authorizations -> $crate::connections::AuthorizationRepository,
            /// Sync runs.
            sync_runs -> $crate::connections::SyncRunRepository,
        }
        $each! {
            /// Repositories of the ledger area.
            LedgerWork:
            /// Accounts.
            accounts -> $crate::ledger::AccountRepository,
            /// Recorded balances.
            balances -> $crate::ledger::BalanceRepository,
            /// Securities.
            securities -> $crate::ledger::SecurityRepository,
            /// Positions.
            holdings -> $crate::ledger::HoldingRepository,
            /// What accounts held on earlier days.
            holding_days -> $crate::ledger::HoldingDayRepository,
            /// Transactions.
            transactions -> $crate::ledger::TransactionRepository,
            /// What people correct.
            corrections -> $crate::ledger::CorrectionRepository,
            /// Categories of users' own.
            categories -> $crate::ledger::meaning::CategoryRepository,
            /// Rules, and what they decided.
            rules -> $crate::ledger::meaning::rule::RuleRepository,
            /// What is learned of the other sides of transactions.
            payees -> $crate::ledger::meaning::PayeeRepository,
            /// Runs of rules over stored transactions.
            rule_runs -> $crate::ledger::meaning::rule::RuleRunRepository,
            /// Saved layouts of tables.
            saved_layouts -> $crate::ledger::SavedLayoutRepository,
            /// Saved views.
            saved_views -> $crate::ledger::SavedViewRepository,
            /// Large exports.
            exports -> $crate::ledger::ExportRepository,
            /// What parts portfolios shall be made of.
            allocation_targets -> $crate::ledger::portfolio::TargetRepository,
            /// Prices that people bring.
            security_prices -> $crate::ledger::portfolio::PriceRepository,
            /// Imports.
            imports -> $crate::ledger::ImportRepository,
            /// Exchange rates.
            rates -> $crate::ledger::worth::RateRepository,
            /// What imports told.
            told -> $crate::ledger::ToldRepository,
            /// How far stored rows were read again.
            remaps -> $crate::ledger::RemapRepository,
            /// What is known of transactions that may be one.
            reconciliations -> $crate::ledger::ReconciliationRepository,
            /// Transfers between a user's own accounts.
            transfers -> $crate::ledger::transfer::TransferRepository,
            /// What people said of recurring streams.
            streams -> $crate::ledger::recurring::StreamRepository,
        }
        $each! {
            /// Repositories of the delivery area.
            DeliveryWork:
            /// The outbox.
            outbox -> $crate::delivery::Outbox,
            /// Kept answers.
            idempotency -> $crate::delivery::IdempotencyRepository,
            /// Mails that were asked for.
            mail_requests -> $crate::delivery::MailRequestRepository,
            /// What users' programs are told of at once.
            live_events -> $crate::live::LiveEventRepository,
            /// Endpoints that are told of events, and what is sent to them.
            webhooks -> $crate::webhook::WebhookRepository,
            /// What people want to hear of, and what they were told.
            notifications -> $crate::delivery::notification::NotificationRepository,
            /// What is removed after a while.
            retention -> $crate::retention::RetentionRepository,
        }
        $each! {
            /// What is sealed, whatever it is about.
            SealedWork:
            /// Sealed values.
            sealed_values -> $crate::sealed::SealedValueRepository,
        }
    };
}

macro_rules! declares {
    ($(#$about:tt)* $work:ident: $($(#$what:tt)* $name:ident -> $port:path,)+) => {
        $(#$about)*
        pub trait $work {
            $($(#$what)*
            fn $name(&mut self) -> &mut dyn $port;)+
        }
    };
}
repositories!(declares);

/// Several writes that become visible together.
#[async_trait]
pub trait UnitOfWork: IdentityWork + ConnectionWork + LedgerWork + DeliveryWork + SealedWork + Send {
    /// Makes everything visible at once. Refuses if any call on this unit failed. Every error but
    /// [`StoreError::Uncertain`] means that nothing of the unit was stored.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
    /// Undoes everything, before it returns. Dropping a unit does the same, and may do it later.
    async fn roll_back(self: Box<Self>);
}

impl dyn UnitOfWork + '_ {
    /// Appends a line to the audit trail about what `call` did.
    pub async fn note(&mut self, sources: &Sources, call: &Call, line: AuditLine) -> Result<(), StoreError> {
        let entry = AuditEntry::of(AuditId(sources.ids.next()), call, line);
        self.audit().append(&entry).await
    }
}

/// Everything that can be read without a unit of work. Reads never wait for a writer.
pub trait Queries:
    IdentityQueries
    + KeystoreQueries
    + SecondFactorQueries
    + ConnectionQueries
    + LedgerQueries
    + SecurityQueries
    + HoldingDayQueries
    + WorthQueries
    + CategoryQueries
    + TransferQueries
    + StreamQueries
    + PortfolioQueries
    + RuleQueries
    + PayeeQueries
    + SavedLayoutQueries
    + SavedViewQueries
    + ExportQueries
    + SealedQueries
    + DeliveryQueries
    + LiveQueries
    + WebhookQueries
    + NotificationQueries
    + ArchiveQueries
{
}

impl<T> Queries for T where
    T: IdentityQueries
        + KeystoreQueries
        + SecondFactorQueries
        + ConnectionQueries
        + LedgerQueries
        + SecurityQueries
        + HoldingDayQueries
        + WorthQueries
        + CategoryQueries
        + TransferQueries
        + StreamQueries
        + PortfolioQueries
        + RuleQueries
        + PayeeQueries
        + SavedLayoutQueries
        + SavedViewQueries
        + ExportQueries
        + SealedQueries
        + DeliveryQueries
        + LiveQueries
        + WebhookQueries
        + NotificationQueries
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
