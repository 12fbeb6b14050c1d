//! [`TransferQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{DecisionId, UserId},
    ledger::{Decision, DecisionState, transfer::TransferQueries},
    page::{Limit, Page},
    store::StoreError,
};
use uuid::Uuid;

use super::{Guided, SqlQueries, count};
use crate::{
    pool::Arg,
    rows::{columns, decisions},
};

/// Transfers of whatever state, and those of one.
pub(super) static TRANSFERS: LazyLock<[Guided; 2]> = LazyLock::new(|| {
    [("", ""), ("_state", " AND d.state = $4")].map(|(of, state)| {
        let decision = columns("d", decisions::listed());
        Guided::by(&format!("ix_decisions_transfers{of}"), |index| {
            format!(
                "SELECT {decision} FROM decisions d{index} WHERE d.user_id = $1 AND d.kind = 'transfer' AND d.id < $2{state} \
                 ORDER BY d.id DESC LIMIT $3"
            )
        })
    })
});

#[async_trait]
impl TransferQueries for SqlQueries {
    async fn transfers(
        &self,
        owner: UserId,
        state: Option<DecisionState>,
        after: Option<DecisionId>,
        limit: Limit,
    ) -> Result<Page<Decision, DecisionId>, StoreError> {
        let before = Arg::Id(after.map_or_else(Uuid::max, |id| id.0));
        let mut args = vec![Arg::Id(owner.0), before, count(limit)];
        args.extend(state.map(|state| Arg::Text(state.as_str())));
        let list = &TRANSFERS[usize::from(state.is_some())];
        self.pool.page(list.of(&self.pool), &args, limit, |last: &Decision| last.id).await
    }
}
