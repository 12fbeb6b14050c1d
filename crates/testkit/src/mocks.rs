//! Mocks of the ports, and a unit of work, a store and a reading side made of them.
//!
//! A mock without an expectation fails the test when it is called: what a test does not expect is not written.

mod provider;

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
pub use dashtam_domain::{
    archive::MockArchiveQueries,
    connections::{
        MockAccountsFeed, MockAuthorizationRepository, MockConnectionQueries, MockConnectionRepository,
        MockCredentialRepository, MockHoldingsFeed, MockOAuthLink, MockSecretLink, MockSyncRunRepository,
        MockTransactionsFeed,
    },
    delivery::{
        MockDeliveryQueries, MockIdempotencyRepository, MockMailedSecrets, MockMailer, MockOutbox,
        MockWorkSignal,
    },
    identity::{
        MockAccessTokens, MockAuditTrail, MockErasureRepository, MockFieldCipher, MockIdentityQueries,
        MockKeystoreQueries, MockKeystoreRepository, MockMailBudgetRepository, MockOneTimeTokenRepository,
        MockPasswordHasher, MockRefreshRepository, MockRefreshSecrets, MockSessionCache,
        MockSessionRepository, MockSignInBudgetRepository, MockSigningKeys, MockTokenFloorRepository,
        MockUserRepository,
    },
    ledger::{
        MockAccountRepository, MockBalanceRepository, MockHoldingRepository, MockImportRepository,
        MockLedgerQueries, MockTransactionRepository,
    },
    rate_limit::MockDenialRepository,
    reference::{MockImportedRows, MockReferenceSource},
    retention::MockRetentionRepository,
    sealed::{MockSealedQueries, MockSealedValueRepository},
    sources::{MockClock, MockIds, MockRandomness},
    store::MockStore,
};
use dashtam_domain::{
    connections::{
        AuthorizationRepository, ConnectionOverview, ConnectionQueries, ConnectionRepository,
        CredentialRepository, SealedCredentials, SyncRunRepository,
    },
    delivery::{DeadLetter, DeliveryQueries, IdempotencyRepository, Outbox},
    event::DomainEvent,
    id::{AccountId, AuditId, ConnectionId, ImportId, OutboxId, SessionId, TransactionId, UserId},
    identity::{
        AuditEntry, AuditRecord, AuditTrail, ChainHead, ChainKey, EmailAddress, ErasureRepository,
        Familiarity, IdentityQueries, Keystore, KeystoreQueries, KeystoreRepository, MailBudgetRepository,
        OneTimeTokenRepository, RefreshRepository, SecurityConfig, Session, SessionKey, SessionRepository,
        SessionSnapshot, SignInBudget, SignInBudgetRepository, TokenFloorRepository, User, UserRepository,
    },
    ledger::{
        Account, AccountRepository, BalanceRepository, Holding, HoldingRepository, Import, ImportRepository,
        LedgerQueries, Transaction, TransactionFilter, TransactionKey, TransactionRepository,
    },
    page::{Limit, Page},
    rate_limit::DenialRepository,
    reference::ImportedRows,
    retention::RetentionRepository,
    sealed::{SealedField, SealedQueries, SealedValue, SealedValueRepository},
    secret::SecretHash,
    store::{
        ConnectionWork, DeliveryWork, IdentityWork, LedgerWork, ReferenceWork, SealedWork, StoreError,
        UnitOfWork,
    },
    time::Timestamp,
};
pub use mockall::{Sequence, predicate};
use uuid::Uuid;

pub use provider::MockProvider;

use crate::fakes::{OpenUnit, OpenUnits, Recorder};

/// A [`UnitOfWork`] of mocks.
#[derive(Default)]
pub struct MockUnitOfWork {
    /// Users.
    pub users: MockUserRepository,
    /// Sessions.
    pub sessions: MockSessionRepository,
    /// Refresh tokens.
    pub refresh_tokens: MockRefreshRepository,
    /// One-time tokens.
    pub one_time_tokens: MockOneTimeTokenRepository,
    /// Budgets of wrong passwords.
    pub sign_in_budgets: MockSignInBudgetRepository,
    /// Budgets of mails.
    pub mail_budgets: MockMailBudgetRepository,
    /// The erasing of accounts.
    pub erasure: MockErasureRepository,
    /// The token floor.
    pub token_floor: MockTokenFloorRepository,
    /// The audit trail.
    pub audit: MockAuditTrail,
    /// The keystore.
    pub keystore: MockKeystoreRepository,
    /// Requests that a limit refused.
    pub denials: MockDenialRepository,
    /// Connections.
    pub connections: MockConnectionRepository,
    /// Sealed credentials.
    pub credentials: MockCredentialRepository,
    /// Authorizations under way.
    pub authorizations: MockAuthorizationRepository,
    /// Sync runs.
    pub sync_runs: MockSyncRunRepository,
    /// Accounts.
    pub accounts: MockAccountRepository,
    /// Recorded balances.
    pub balances: MockBalanceRepository,
    /// Positions.
    pub holdings: MockHoldingRepository,
    /// Transactions.
    pub transactions: MockTransactionRepository,
    /// Imports.
    pub imports: MockImportRepository,
    /// The outbox.
    pub outbox: MockOutbox,
    /// Kept answers.
    pub idempotency: MockIdempotencyRepository,
    /// Sealed values.
    pub sealed_values: MockSealedValueRepository,
    /// What was copied from the reference system.
    pub imported_rows: MockImportedRows,
    /// What is removed after a while.
    pub retention: MockRetentionRepository,
    /// Whether it was committed; outlives the unit.
    pub committed: Arc<AtomicBool>,
    /// What a commit fails with.
    pub commit_error: Option<StoreError>,
    open: Option<OpenUnit>,
}

impl MockUnitOfWork {
    /// A unit that expects nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes lines of the audit trail, and keeps them for the test.
    pub fn records_audit(&mut self) -> Recorder<AuditEntry> {
        let seen = Recorder::new();
        let list = seen.clone();
        self.audit.expect_append().returning(move |entry| {
            list.push(entry.clone());
            Ok(())
        });
        seen
    }

    /// Takes events into the outbox, and keeps them for the test.
    pub fn records_events(&mut self) -> Recorder<DomainEvent> {
        let seen = Recorder::new();
        let list = seen.clone();
        self.outbox.expect_push().returning(move |_, event, _| {
            list.push(event);
            Ok(())
        });
        seen
    }
}

impl fmt::Debug for MockUnitOfWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockUnitOfWork").field("committed", &self.committed).finish_non_exhaustive()
    }
}

macro_rules! hands_out {
    ($work:ident: $($name:ident -> $port:ident),+ $(,)?) => {
        impl $work for MockUnitOfWork {
            $(fn $name(&mut self) -> &mut dyn $port {
                &mut self.$name
            })+
        }
    };
}

hands_out!(IdentityWork:
    users -> UserRepository,
    sessions -> SessionRepository,
    refresh_tokens -> RefreshRepository,
    one_time_tokens -> OneTimeTokenRepository,
    sign_in_budgets -> SignInBudgetRepository,
    mail_budgets -> MailBudgetRepository,
    erasure -> ErasureRepository,
    token_floor -> TokenFloorRepository,
    audit -> AuditTrail,
    keystore -> KeystoreRepository,
    denials -> DenialRepository,
);
hands_out!(ConnectionWork:
    connections -> ConnectionRepository,
    credentials -> CredentialRepository,
    authorizations -> AuthorizationRepository,
    sync_runs -> SyncRunRepository,
);
hands_out!(LedgerWork:
    accounts -> AccountRepository,
    balances -> BalanceRepository,
    holdings -> HoldingRepository,
    transactions -> TransactionRepository,
    imports -> ImportRepository,
);
hands_out!(DeliveryWork:
    outbox -> Outbox,
    idempotency -> IdempotencyRepository,
    retention -> RetentionRepository,
);
hands_out!(SealedWork: sealed_values -> SealedValueRepository);
hands_out!(ReferenceWork: imported_rows -> ImportedRows);

#[async_trait]
impl UnitOfWork for MockUnitOfWork {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let Self { committed, commit_error, .. } = *self;
        if let Some(error) = commit_error {
            return Err(error);
        }
        committed.store(true, Ordering::SeqCst);
        Ok(())
    }
}

/// A store that opens these units in order, one at a time. All of them have to be opened, and no other.
pub fn store_of(open: &OpenUnits, units: impl IntoIterator<Item = MockUnitOfWork>) -> MockStore {
    let units: VecDeque<MockUnitOfWork> = units.into_iter().collect();
    let open = open.clone();
    let mut store = MockStore::new();
    let expected = units.len();
    let units = Mutex::new(units);
    store.expect_begin().times(expected).returning(move || {
        open.assert_none("the opening of another one");
        let mut unit = units.lock().expect("nothing fails in here").pop_front().expect("it is one of them");
        unit.open = Some(open.open());
        Ok(Box::new(unit))
    });
    store
}

/// A reading side of mocks.
#[derive(Default)]
pub struct MockQueries {
    /// Of the identity area.
    pub identity: MockIdentityQueries,
    /// Of the keystore.
    pub keystore: MockKeystoreQueries,
    /// Of the connections area.
    pub connections: MockConnectionQueries,
    /// Of the ledger area.
    pub ledger: MockLedgerQueries,
    /// Of the sealed values.
    pub sealed: MockSealedQueries,
    /// Of the delivery area.
    pub delivery: MockDeliveryQueries,
    /// Of archives.
    pub archive: MockArchiveQueries,
}

impl MockQueries {
    /// A reading side that expects nothing.
    pub fn new() -> Self {
        Self::default()
    }
}

impl fmt::Debug for MockQueries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MockQueries")
    }
}

#[async_trait]
impl IdentityQueries for MockQueries {
    async fn session(&self, id: SessionId) -> Result<Option<SessionSnapshot>, StoreError> {
        self.identity.session(id).await
    }

    async fn user_by_email(&self, email: &EmailAddress) -> Result<Option<User>, StoreError> {
        self.identity.user_by_email(email).await
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.identity.user(id).await
    }

    async fn sign_in_budgets(&self, subjects: &[SecretHash]) -> Result<Vec<SignInBudget>, StoreError> {
        self.identity.sign_in_budgets(subjects).await
    }

    async fn connection_audit(
        &self,
        owner: UserId,
        connection: ConnectionId,
        before: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError> {
        self.identity.connection_audit(owner, connection, before, limit).await
    }

    async fn sessions(
        &self,
        owner: UserId,
        now: Timestamp,
        after: Option<SessionKey>,
        limit: Limit,
    ) -> Result<Page<Session, SessionKey>, StoreError> {
        self.identity.sessions(owner, now, after, limit).await
    }

    async fn count_sessions(&self, owner: UserId, now: Timestamp) -> Result<u64, StoreError> {
        self.identity.count_sessions(owner, now).await
    }

    async fn familiarity(
        &self,
        owner: UserId,
        device: &str,
        network: &str,
    ) -> Result<Familiarity, StoreError> {
        self.identity.familiarity(owner, device, network).await
    }

    async fn security_config(&self) -> Result<SecurityConfig, StoreError> {
        self.identity.security_config().await
    }

    async fn sessions_below(&self, version: i32, now: Timestamp) -> Result<(u64, u64), StoreError> {
        self.identity.sessions_below(version, now).await
    }

    async fn audit_trail(
        &self,
        of: Option<UserId>,
        before: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError> {
        self.identity.audit_trail(of, before, limit).await
    }

    async fn audit_heads(
        &self,
        after: Option<Uuid>,
        limit: Limit,
    ) -> Result<Page<ChainHead, Uuid>, StoreError> {
        self.identity.audit_heads(after, limit).await
    }

    async fn audit_records(
        &self,
        after: Option<ChainKey>,
        limit: Limit,
    ) -> Result<Page<AuditRecord, ChainKey>, StoreError> {
        self.identity.audit_records(after, limit).await
    }
}

#[async_trait]
impl KeystoreQueries for MockQueries {
    async fn keystore(&self) -> Result<Option<Keystore>, StoreError> {
        self.keystore.keystore().await
    }
}

#[async_trait]
impl ConnectionQueries for MockQueries {
    async fn connection(
        &self,
        owner: UserId,
        id: ConnectionId,
    ) -> Result<Option<ConnectionOverview>, StoreError> {
        self.connections.connection(owner, id).await
    }

    async fn connections(
        &self,
        owner: UserId,
        after: Option<ConnectionId>,
        limit: Limit,
    ) -> Result<Page<ConnectionOverview, ConnectionId>, StoreError> {
        self.connections.connections(owner, after, limit).await
    }

    async fn credentials(
        &self,
        owner: UserId,
        id: ConnectionId,
    ) -> Result<Option<SealedCredentials>, StoreError> {
        self.connections.credentials(owner, id).await
    }
}

#[async_trait]
impl DeliveryQueries for MockQueries {
    async fn dead_letters(
        &self,
        after: Option<OutboxId>,
        limit: Limit,
    ) -> Result<Page<DeadLetter, OutboxId>, StoreError> {
        self.delivery.dead_letters(after, limit).await
    }
}

#[async_trait]
impl LedgerQueries for MockQueries {
    async fn account(&self, owner: UserId, id: AccountId) -> Result<Option<Account>, StoreError> {
        self.ledger.account(owner, id).await
    }

    async fn accounts(
        &self,
        owner: UserId,
        connection: Option<ConnectionId>,
        after: Option<AccountId>,
        limit: Limit,
    ) -> Result<Page<Account, AccountId>, StoreError> {
        self.ledger.accounts(owner, connection, after, limit).await
    }

    async fn transactions(
        &self,
        owner: UserId,
        filter: TransactionFilter,
        after: Option<TransactionKey>,
        limit: Limit,
    ) -> Result<Page<Transaction, TransactionKey>, StoreError> {
        self.ledger.transactions(owner, filter, after, limit).await
    }

    async fn transaction(&self, owner: UserId, id: TransactionId) -> Result<Option<Transaction>, StoreError> {
        self.ledger.transaction(owner, id).await
    }

    async fn holdings(&self, owner: UserId, account: AccountId) -> Result<Vec<Holding>, StoreError> {
        self.ledger.holdings(owner, account).await
    }

    async fn import(&self, owner: UserId, id: ImportId) -> Result<Option<Import>, StoreError> {
        self.ledger.import(owner, id).await
    }
}

#[async_trait]
impl SealedQueries for MockQueries {
    async fn sealed_values(
        &self,
        field: SealedField,
        after: Option<Uuid>,
        limit: Limit,
    ) -> Result<Page<SealedValue, Uuid>, StoreError> {
        self.sealed.sealed_values(field, after, limit).await
    }
}

mod archive;
#[cfg(test)]
#[path = "mocks_tests.rs"]
mod tests;
