//! Mocks of the ports, and a unit of work, a store and a reading side made of them.
//!
//! A mock without an expectation fails the test when it is called: what a test does not expect is not written.

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        AccountsFeed, AuthorizationRepository, ConnectionOverview, ConnectionQueries, ConnectionRepository,
        CredentialRepository, HoldingsFeed, Linking, Provider, ProviderDescriptor, SealedCredentials,
        SyncRunRepository, TransactionsFeed,
    },
    delivery::{IdempotencyRepository, Outbox},
    event::DomainEvent,
    id::{AccountId, AuditId, ConnectionId, ImportId, SessionId, TransactionId, UserId},
    identity::{
        AuditEntry, AuditTrail, EmailAddress, IdentityQueries, OneTimeTokenRepository, RefreshRepository,
        SessionRepository, SessionSnapshot, User, UserRepository,
    },
    ledger::{
        Account, AccountRepository, BalanceRepository, Holding, HoldingRepository, Import, ImportRepository,
        LedgerQueries, Transaction, TransactionFilter, TransactionKey, TransactionRepository,
    },
    page::{Limit, Page},
    rate_limit::DenialRepository,
    store::{ConnectionWork, DeliveryWork, IdentityWork, LedgerWork, StoreError, UnitOfWork},
};
pub use dashtam_domain::{
    connections::{
        MockAccountsFeed, MockAuthorizationRepository, MockConnectionQueries, MockConnectionRepository,
        MockCredentialRepository, MockHoldingsFeed, MockOAuthLink, MockSecretLink, MockSyncRunRepository,
        MockTransactionsFeed,
    },
    delivery::{MockIdempotencyRepository, MockMailer, MockOutbox, MockWorkSignal},
    identity::{
        MockAccessTokens, MockAuditTrail, MockFieldCipher, MockIdentityQueries, MockOneTimeTokenRepository,
        MockPasswordHasher, MockRefreshRepository, MockRefreshSecrets, MockSessionCache,
        MockSessionRepository, MockUserRepository,
    },
    ledger::{
        MockAccountRepository, MockBalanceRepository, MockHoldingRepository, MockImportRepository,
        MockLedgerQueries, MockTransactionRepository,
    },
    rate_limit::MockDenialRepository,
    sources::{MockClock, MockIds, MockRandomness},
    store::MockStore,
};
pub use mockall::{Sequence, predicate};

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
    /// The audit trail.
    pub audit: MockAuditTrail,
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
    audit -> AuditTrail,
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
);

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
    /// Of the connections area.
    pub connections: MockConnectionQueries,
    /// Of the ledger area.
    pub ledger: MockLedgerQueries,
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

    async fn connection_audit(
        &self,
        owner: UserId,
        connection: ConnectionId,
        before: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError> {
        self.identity.connection_audit(owner, connection, before, limit).await
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

/// A [`Provider`] of mocks; a feed that is `None` is not offered.
pub struct MockProvider {
    /// How the catalogue presents it.
    pub descriptor: ProviderDescriptor,
    /// Linking by OAuth.
    pub link: MockOAuthLink,
    /// Linking by a secret, in place of OAuth.
    pub secret: Option<MockSecretLink>,
    /// Accounts.
    pub accounts: Option<MockAccountsFeed>,
    /// Transactions.
    pub transactions: Option<MockTransactionsFeed>,
    /// Positions.
    pub holdings: Option<MockHoldingsFeed>,
}

impl MockProvider {
    /// A provider that expects nothing and offers no feed.
    pub fn new(descriptor: ProviderDescriptor) -> Self {
        let link = MockOAuthLink::new();
        Self { descriptor, link, secret: None, accounts: None, transactions: None, holdings: None }
    }
}

impl fmt::Debug for MockProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockProvider").field("descriptor", &self.descriptor).finish_non_exhaustive()
    }
}

impl Provider for MockProvider {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn linking(&self) -> Linking<'_> {
        match &self.secret {
            Some(secret) => Linking::Secret(secret),
            None => Linking::OAuth(&self.link),
        }
    }

    fn accounts(&self) -> Option<&dyn AccountsFeed> {
        self.accounts.as_ref().map(|feed| feed as &dyn AccountsFeed)
    }

    fn transactions(&self) -> Option<&dyn TransactionsFeed> {
        self.transactions.as_ref().map(|feed| feed as &dyn TransactionsFeed)
    }

    fn holdings(&self) -> Option<&dyn HoldingsFeed> {
        self.holdings.as_ref().map(|feed| feed as &dyn HoldingsFeed)
    }
}

#[cfg(test)]
#[path = "mocks_tests.rs"]
mod tests;
