//! Mocks of the ports, and a unit of work, a store and a reading side made of them.
//!
//! A mock without an expectation fails the test when it is called: what a test does not expect is not written.

mod archive;
mod categories;
mod exports;
mod holding_days;
mod ledger_queries;
mod live;
mod notifications;
mod payees;
mod portfolio;
mod provider;
mod queries;
mod recurring;
mod rules;
mod saved_layouts;
mod saved_views;
mod securities;
mod transfers;
mod webhooks;
mod worth;

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
    delivery::notification::{MockNotificationQueries, MockNotificationRepository},
    delivery::{
        MockDeliveryQueries, MockIdempotencyRepository, MockMailRequestRepository, MockMailedSecrets,
        MockMailer, MockOutbox, MockWorkSignal,
    },
    identity::{
        MockAccessTokens, MockApiKeyQueries, MockAuditQueries, MockAuditTrail, MockChallengeRepository,
        MockEmailCodes, MockErasureRepository, MockFieldCipher, MockGuestTokens, MockKeystoreQueries,
        MockKeystoreRepository, MockMailBudgetRepository, MockOneTimeTokenRepository, MockPasswordHasher,
        MockRefreshRepository, MockRefreshSecrets, MockSecondFactorQueries, MockSecondFactorRepository,
        MockSecondFactorResetRepository, MockSessionCache, MockSessionQueries, MockSessionRepository,
        MockSignInBudgetRepository, MockSignInQueries, MockSigningKeys, MockTokenFloorRepository,
        MockUserQueries, MockUserRepository,
    },
    ledger::meaning::{
        MockCategoryQueries, MockCategoryRepository, MockPayeeQueries, MockPayeeRepository,
        rule::{MockRuleQueries, MockRuleRepository, MockRuleRunRepository},
    },
    ledger::portfolio::{MockPortfolioQueries, MockPriceRepository, MockTargetRepository},
    ledger::recurring::{MockStreamQueries, MockStreamRepository},
    ledger::transfer::{MockTransferQueries, MockTransferRepository},
    ledger::worth::{MockRateRepository, MockWorthQueries},
    ledger::{
        MockAccountRepository, MockBalanceRepository, MockCorrectionRepository, MockExportQueries,
        MockExportRepository, MockHoldingDayQueries, MockHoldingDayRepository, MockHoldingRepository,
        MockImportRepository, MockLedgerQueries, MockReconciliationRepository, MockRemapRepository,
        MockSavedLayoutQueries, MockSavedLayoutRepository, MockSavedViewQueries, MockSavedViewRepository,
        MockSecurityQueries, MockSecurityRepository, MockToldRepository, MockTransactionRepository,
    },
    live::{MockLiveBell, MockLiveEventRepository, MockLiveQueries, MockLiveRings},
    rate_limit::MockDenialRepository,
    retention::MockRetentionRepository,
    sealed::{MockSealedQueries, MockSealedValueRepository},
    sources::{MockClock, MockIds, MockRandomness},
    store::MockStore,
    webhook::{MockWebhookQueries, MockWebhookRepository, MockWebhookSender},
};
use dashtam_domain::{
    event::DomainEvent,
    identity::AuditEntry,
    store::{self, StoreError, UnitOfWork},
};
pub use mockall::{Sequence, predicate};

pub use provider::MockProvider;
pub use queries::MockQueries;

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
    /// Sign-ins that wait for their second factor.
    pub challenges: MockChallengeRepository,
    /// Budgets of wrong passwords.
    pub sign_in_budgets: MockSignInBudgetRepository,
    /// Second factors.
    pub second_factors: MockSecondFactorRepository,
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
    /// Resets of second factors that are under way.
    pub second_factor_resets: MockSecondFactorResetRepository,
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
    /// Securities.
    pub securities: MockSecurityRepository,
    /// Positions.
    pub holdings: MockHoldingRepository,
    /// What accounts held on earlier days.
    pub holding_days: MockHoldingDayRepository,
    /// Transactions.
    pub transactions: MockTransactionRepository,
    /// What people correct.
    pub corrections: MockCorrectionRepository,
    /// Categories of users' own.
    pub categories: MockCategoryRepository,
    /// What is learned of the other sides of transactions.
    pub payees: MockPayeeRepository,
    /// Rules, and what they decided.
    pub rules: MockRuleRepository,
    /// Runs of rules over stored transactions.
    pub rule_runs: MockRuleRunRepository,
    /// Saved layouts of tables.
    pub saved_layouts: MockSavedLayoutRepository,
    /// Saved views.
    pub saved_views: MockSavedViewRepository,
    /// Large exports.
    pub exports: MockExportRepository,
    /// What parts portfolios shall be made of.
    pub allocation_targets: MockTargetRepository,
    /// Prices that people bring.
    pub security_prices: MockPriceRepository,
    /// Imports.
    pub imports: MockImportRepository,
    /// Exchange rates.
    pub rates: MockRateRepository,
    /// What imports told.
    pub told: MockToldRepository,
    /// How far stored rows were read again.
    pub remaps: MockRemapRepository,
    /// What is known of transactions that may be one.
    pub reconciliations: MockReconciliationRepository,
    /// Transfers.
    pub transfers: MockTransferRepository,
    /// What people said of recurring streams.
    pub streams: MockStreamRepository,
    /// The outbox.
    pub outbox: MockOutbox,
    /// Kept answers.
    pub idempotency: MockIdempotencyRepository,
    /// Mails that were asked for.
    pub mail_requests: MockMailRequestRepository,
    /// Endpoints that are told of events, and what is sent to them.
    pub webhooks: MockWebhookRepository,
    /// What people want to hear of, and what they were told.
    pub notifications: MockNotificationRepository,
    /// Sealed values.
    pub sealed_values: MockSealedValueRepository,
    /// What users' programs are told of.
    pub live_events: MockLiveEventRepository,
    /// What is removed after a while.
    pub retention: MockRetentionRepository,
    /// Whether it was committed; outlives the unit.
    pub committed: Arc<AtomicBool>,
    /// What a commit fails with.
    pub commit_error: Option<StoreError>,
    open: Option<OpenUnit>,
}

impl MockUnitOfWork {
    /// A unit that expects nothing, whose owners have no rules, no webhooks and taught nothing, and that may tell their
    /// programs what it likes.
    pub fn new() -> Self {
        let mut unit = Self::default();
        unit.rules.expect_hold_all().returning(|_| Ok(Vec::new()));
        unit.payees.expect_named().returning(|_, _| Ok(Vec::new()));
        unit.payees.expect_put().returning(|_| Ok(()));
        unit.live_events.expect_append().returning(|_, _, _| Ok(1));
        unit.webhooks.expect_disable_all().returning(|_, _| Ok(Vec::new()));
        unit
    }

    /// Finds no row under another id than its own.
    pub fn knows_no_aliases(&mut self) {
        self.reconciliations.expect_aliases().returning(|_, _, _| Ok(Vec::new()));
    }

    /// Knows no security, and takes what is told of them and of what is held.
    pub fn knows_no_securities(&mut self) {
        self.securities.expect_known().returning(|_, _| Ok(Vec::new()));
        self.securities.expect_known_alone().returning(|_, _| Ok(Vec::new()));
        self.securities.expect_put().returning(|_, _, _| Ok(()));
        self.holding_days.expect_take().returning(|_| Ok(()));
    }

    /// Finds no row that may be the same as another one.
    pub fn has_nothing_to_match(&mut self) {
        self.transactions.expect_pending().returning(|_, _| Ok(Vec::new()));
        self.transactions.expect_unseen().returning(|_, _, _, _| Ok(Vec::new()));
    }

    /// Has no change that could make a transfer.
    pub fn has_nothing_to_pair(&mut self) {
        self.transfers.expect_waits().returning(|_| Ok(false));
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
    ($(#$_about:tt)* $work:ident: $($(#$_what:tt)* $name:ident -> $port:path,)+) => {
        impl store::$work for MockUnitOfWork {
            $(fn $name(&mut self) -> &mut dyn $port {
                &mut self.$name
            })+
        }
    };
}
dashtam_domain::repositories!(hands_out);

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

    async fn roll_back(self: Box<Self>) {}
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

#[cfg(test)]
#[path = "mocks_tests.rs"]
mod tests;
