//! [`PayeeQueries`] of the mocked reading side.

use async_trait::async_trait;
use dashtam_domain::{
    id::{PayeeId, UserId},
    ledger::meaning::{Payee, PayeeQueries},
    page::{Limit, Page},
    store::StoreError,
};

use super::MockQueries;

#[async_trait]
impl PayeeQueries for MockQueries {
    async fn payees(
        &self,
        owner: UserId,
        after: Option<PayeeId>,
        limit: Limit,
    ) -> Result<Page<Payee, PayeeId>, StoreError> {
        self.payees.payees(owner, after, limit).await
    }
}
