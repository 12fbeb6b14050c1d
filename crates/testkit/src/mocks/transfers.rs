//! [`TransferQueries`] of the mocked reading side.

use async_trait::async_trait;
use dashtam_domain::{
    id::{DecisionId, UserId},
    ledger::{Decision, DecisionState, transfer::TransferQueries},
    page::{Limit, Page},
    store::StoreError,
};

use super::MockQueries;

#[async_trait]
impl TransferQueries for MockQueries {
    async fn transfers(
        &self,
        owner: UserId,
        state: Option<DecisionState>,
        after: Option<DecisionId>,
        limit: Limit,
    ) -> Result<Page<Decision, DecisionId>, StoreError> {
        self.transfers.transfers(owner, state, after, limit).await
    }
}
