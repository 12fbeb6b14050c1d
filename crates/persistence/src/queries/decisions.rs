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
/// Matches of whatever state, and those of one.
pub(super) static DECISIONS: LazyLock<[Guided; 2]> = LazyLock::new(|| lists("merges", "<>"));
/// Transfers of whatever state, and those of one.
pub(super) static TRANSFERS: LazyLock<[Guided; 2]> = LazyLock::new(|| lists("transfers", "="));

/// Lists of the decisions that an index has: those that make a transfer (`=`), or those that do not (`<>`).
fn lists(kind: &str, transfer: &str) -> [Guided; 2] {
    [("", ""), ("_state", " AND d.state = $4")].map(|(of, state)| {
        let decision = columns("d", decisions::listed());
        Guided::by(&format!("ix_decisions_{kind}{of}"), |index| {
            format!(
                "SELECT {decision} FROM decisions d{index} WHERE d.user_id = $1 AND d.kind {transfer} 'transfer' \
                 AND d.id < $2{state} ORDER BY d.id DESC LIMIT $3"
            )
        })
    })
}

impl SqlQueries {
    pub(super) async fn decision_of(
        &self,
        owner: UserId,
        id: DecisionId,
    ) -> Result<Option<Decision>, StoreError> {
        self.pool.row(&DECISION, &[Arg::Id(owner.0), Arg::Id(id.0)]).await
    }

    /// A page of one of the lists.
    pub(super) async fn decisions_of(
        &self,
        lists: &'static [Guided; 2],
        owner: UserId,
        state: Option<DecisionState>,
        after: Option<DecisionId>,
        limit: Limit,
    ) -> Result<Page<Decision, DecisionId>, StoreError> {
        let before = Arg::Id(after.map_or_else(Uuid::max, |id| id.0));
        let mut args = vec![Arg::Id(owner.0), before, count(limit)];
        args.extend(state.map(|state| Arg::Text(state.as_str())));
        let list = &lists[usize::from(state.is_some())];
        self.pool.page(list.of(&self.pool), &args, limit, |last: &Decision| last.id).await
    }
}
