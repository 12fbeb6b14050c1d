//! [`PortfolioQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, TransactionId, UserId},
    ledger::{
        Transaction,
        portfolio::{HistoryKey, PortfolioQueries, Targets},
    },
    page::{Limit, Page},
    store::StoreError,
    time::Day,
};
use uuid::Uuid;

use super::{Guided, SqlQueries, count, ledger::FIRST_DAY};
use crate::{
    pool::Arg,
    rows::{allocation_targets::Kept, columns, transactions},
};

pub(super) static HISTORY: LazyLock<Guided> = LazyLock::new(|| {
    let row = columns("t", transactions::told());
    Guided::by("ix_transactions_user_id_account_id_day_id", |index| {
        format!(
            "SELECT {row} FROM transactions t{index} WHERE t.user_id = $1 AND t.account_id = $2 \
             AND (t.day, t.id) > ($3, $4) AND t.status = 'posted' AND NOT t.is_hidden \
             ORDER BY t.day, t.id LIMIT $5"
        )
    })
});

const TARGETS: &str = "SELECT targets FROM allocation_targets WHERE user_id = $1";

#[async_trait]
impl PortfolioQueries for SqlQueries {
    async fn history(
        &self,
        owner: UserId,
        account: AccountId,
        after: Option<HistoryKey>,
        limit: Limit,
    ) -> Result<Page<Transaction, HistoryKey>, StoreError> {
        let (day, id) = after.unwrap_or((Day(FIRST_DAY), TransactionId(Uuid::nil())));
        let args = [Arg::Id(owner.0), Arg::Id(account.0), Arg::Day(day.0), Arg::Id(id.0), count(limit)];
        let rows: Vec<Transaction> = self.pool.listed(HISTORY.of(&self.pool), &args).await?;
        Ok(Page::cut(rows, limit, |row| (row.shown_day(), row.id)))
    }

    async fn targets(&self, owner: UserId) -> Result<Targets, StoreError> {
        let found: Vec<Kept> = self.pool.rows(TARGETS, &[Arg::Id(owner.0)]).await?;
        Ok(found.into_iter().next().map(|Kept(targets)| targets).unwrap_or_default())
    }
}
