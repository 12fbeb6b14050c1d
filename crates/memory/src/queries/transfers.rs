//! [`TransferQueries`].

use async_trait::async_trait;
use dashtam_domain::{
    id::{DecisionId, UserId},
    ledger::{Decision, DecisionKind, DecisionState, transfer::TransferQueries},
    page::{Limit, Page},
    store::StoreError,
};

use crate::{mark::Mark, store::MemoryStore};

#[async_trait]
impl TransferQueries for MemoryStore {
    async fn transfers(
        &self,
        owner: UserId,
        state: Option<DecisionState>,
        after: Option<DecisionId>,
        limit: Limit,
    ) -> Result<Page<Decision, DecisionId>, StoreError> {
        self.look(|tables| {
            let mine = tables.decisions.marked(&Mark::Owner(owner)).rev();
            let wanted = mine
                .filter(|decision| decision.kind == DecisionKind::Transfer)
                .filter(|decision| after.is_none_or(|after| decision.id < after))
                .filter(|decision| state.is_none_or(|state| decision.state == state))
                .take(limit.get() + 1)
                .map(|decision| decision.row.clone());
            Page::cut(wanted.collect(), limit, |last: &Decision| last.id)
        })
    }
}
