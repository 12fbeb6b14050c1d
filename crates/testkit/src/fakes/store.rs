//! A real store under watch: what is slow must not be waited for while one of its units is open.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use dashtam_domain::{
    connections::{AuthorizationRepository, ConnectionRepository, CredentialRepository, SyncRunRepository},
    delivery::{IdempotencyRepository, MailRequestRepository, Outbox},
    identity::{
        AuditTrail, ChallengeRepository, ErasureRepository, KeystoreRepository, MailBudgetRepository,
        OneTimeTokenRepository, RefreshRepository, SecondFactorRepository, SecondFactorResetRepository,
        SessionRepository, SignInBudgetRepository, TokenFloorRepository, UserRepository,
    },
    ledger::{
        AccountRepository, BalanceRepository, HoldingRepository, ImportRepository, TransactionRepository,
    },
    rate_limit::DenialRepository,
    reference::ImportedRows,
    retention::RetentionRepository,
    sealed::SealedValueRepository,
    store::{
        ConnectionWork, DeliveryWork, IdentityWork, LedgerWork, ReferenceWork, SealedWork, Store, StoreError,
        UnitOfWork,
    },
};

use super::{OpenUnit, OpenUnits};

/// Another [`Store`], whose units are counted while they are open.
pub struct WatchedStore {
    store: Arc<dyn Store>,
    open: OpenUnits,
}

impl WatchedStore {
    /// Watches this store.
    pub fn new(store: Arc<dyn Store>, open: &OpenUnits) -> Self {
        Self { store, open: open.clone() }
    }
}

impl fmt::Debug for WatchedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchedStore").field("open", &self.open).finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for WatchedStore {
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.open.assert_none("the opening of another one");
        let unit = self.store.begin().await?;
        Ok(Box::new(WatchedUnit { unit, _open: self.open.open() }))
    }
}

struct WatchedUnit {
    unit: Box<dyn UnitOfWork>,
    _open: OpenUnit,
}

macro_rules! passes_on {
    ($work:ident: $($name:ident -> $port:ident),+ $(,)?) => {
        impl $work for WatchedUnit {
            $(fn $name(&mut self) -> &mut dyn $port {
                self.unit.$name()
            })+
        }
    };
}

passes_on!(IdentityWork:
    users -> UserRepository,
    sessions -> SessionRepository,
    refresh_tokens -> RefreshRepository,
    one_time_tokens -> OneTimeTokenRepository,
    challenges -> ChallengeRepository,
    sign_in_budgets -> SignInBudgetRepository,
    second_factors -> SecondFactorRepository,
    mail_budgets -> MailBudgetRepository,
    erasure -> ErasureRepository,
    token_floor -> TokenFloorRepository,
    audit -> AuditTrail,
    keystore -> KeystoreRepository,
    second_factor_resets -> SecondFactorResetRepository,
    denials -> DenialRepository,
);
passes_on!(ConnectionWork:
    connections -> ConnectionRepository,
    credentials -> CredentialRepository,
    authorizations -> AuthorizationRepository,
    sync_runs -> SyncRunRepository,
);
passes_on!(LedgerWork:
    accounts -> AccountRepository,
    balances -> BalanceRepository,
    holdings -> HoldingRepository,
    transactions -> TransactionRepository,
    imports -> ImportRepository,
);
passes_on!(DeliveryWork:
    outbox -> Outbox,
    idempotency -> IdempotencyRepository,
    mail_requests -> MailRequestRepository,
    retention -> RetentionRepository,
);
passes_on!(SealedWork: sealed_values -> SealedValueRepository);
passes_on!(ReferenceWork: imported_rows -> ImportedRows);

#[async_trait]
impl UnitOfWork for WatchedUnit {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.unit.commit().await
    }
}
