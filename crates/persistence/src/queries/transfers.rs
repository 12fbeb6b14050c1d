//! [`TransferQueries`].

use async_trait::async_trait;
use dashtam_domain::{
    id::{DecisionId, UserId},
    ledger::{Decision, DecisionState, transfer::TransferQueries},
    page::{Limit, Page},
    store::StoreError,
};

use super::{SqlQueries, decisions::TRANSFERS};

#[async_trait]
impl TransferQueries for SqlQueries {
    async fn transfers(
        &self,
        owner: UserId,
        state: Option<DecisionState>,
        after: Option<DecisionId>,
        limit: Limit,
    ) -> Result<Page<Decision, DecisionId>, StoreError> {
        self.decisions_of(&TRANSFERS, owner, state, after, limit).await
    }
}
