//! Decisions about transactions that may be one.

use std::sync::LazyLock;

use dashtam_domain::{
    id::{DecisionId, UserId},
    ledger::{Decision, DecisionState},
    page::{Limit, Page},
    store::StoreError,
};
use sea_orm::Iterable;
use uuid::Uuid;

use super::{Guided, SqlQueries, count};
use crate::{
    pool::Arg,
    rows::{columns, decisions},
};

static DECISION: LazyLock<String> = LazyLock::new(|| {
    let decision = columns("d", decisions::Column::iter());
    format!("SELECT {decision} FROM decisions d WHERE d.user_id = $1 AND d.id = $2")
});
/// Decisions of whatever state, and those of one.
pub(super) static DECISIONS: LazyLock<[Guided; 2]> = LazyLock::new(|| {
    [("", ""), ("_state", " AND d.state = $4")].map(|(of, state)| {
        let decision = columns("d", decisions::listed());
        Guided::by(&format!("ix_decisions_merges{of}"), |index| {
            format!(
                "SELECT {decision} FROM decisions d{index} WHERE d.user_id = $1 AND d.kind <> 'transfer' AND d.id < $2{state} \
                 ORDER BY d.id DESC LIMIT $3"
            )
        })
    })
});

impl SqlQueries {
    pub(super) async fn decision_of(
        &self,
        owner: UserId,
        id: DecisionId,
    ) -> Result<Option<Decision>, StoreError> {
        self.pool.row(&DECISION, &[Arg::Id(owner.0), Arg::Id(id.0)]).await
    }

    pub(super) async fn decisions_of(
        &self,
        owner: UserId,
        state: Option<DecisionState>,
        after: Option<DecisionId>,
        limit: Limit,
    ) -> Result<Page<Decision, DecisionId>, StoreError> {
        let before = Arg::Id(after.map_or_else(Uuid::max, |id| id.0));
        let mut args = vec![Arg::Id(owner.0), before, count(limit)];
        args.extend(state.map(|state| Arg::Text(state.as_str())));
        let list = &DECISIONS[usize::from(state.is_some())];
        self.pool.page(list.of(&self.pool), &args, limit, |last: &Decision| last.id).await
    }
}
