//! Rows as they were sent, of everybody, to be read again.

use std::sync::LazyLock;

use dashtam_domain::{
    id::{AccountId, UserId},
    ledger::{KeptAccount, KeptTransaction, Transaction, TransactionKey},
    page::{Limit, Page},
    record::Record,
    store::StoreError,
};
use sea_orm::Iterable;
use uuid::Uuid;

use super::{Guided, SqlQueries, count, ledger::FIRST_DAY};
use crate::{
    cells::{Cells, Entry, FromRow},
    pool::Arg,
    rows::{columns, transactions},
};

/// What is being erased goes piece by piece, and is not whole any more.
const KEPT_ACCOUNTS: &str = "SELECT a.id, a.user_id, a.currency, p.provider_key FROM accounts a \
    LEFT JOIN providers p ON p.user_id = a.user_id AND p.id = a.connection_id WHERE a.id >= $1 \
    AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = a.user_id AND u.erasing_until IS NOT NULL) \
    ORDER BY a.id LIMIT $2";
/// By the days that sources told: the few rows that are shown on another day have an index of their own.
static KEPT_ROWS: LazyLock<Guided> = LazyLock::new(|| {
    let row = columns("t", transactions::Column::iter());
    let part = |index: &str, day: &str, told: &str| {
        format!(
            "SELECT * FROM (SELECT {row}, i.format FROM transactions t{index} LEFT JOIN imports i \
             ON i.user_id = t.user_id AND i.id = t.import_id WHERE t.user_id = $1 AND t.account_id = $2 \
             AND t.told_day {told} AND (t.{day}, t.id) > ($3, $4) AND t.status <> 'removed' AND t.raw IS NOT NULL \
             ORDER BY t.{day}, t.id LIMIT $5) {day}s"
        )
    };
    let both = |by: [&str; 2]| {
        format!(
            "SELECT * FROM ({} UNION ALL {}) k ORDER BY COALESCE(k.told_day, k.day), k.id LIMIT $5",
            part(by[0], "day", "IS NULL"),
            part(by[1], "told_day", "IS NOT NULL")
        )
    };
    Guided {
        sqlite: both([
            " INDEXED BY ix_transactions_user_id_account_id_day_id",
            " INDEXED BY ix_transactions_told_day",
        ]),
        postgres: both(["", ""]),
    }
});

impl FromRow for KeptAccount {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::Account, 0);
        Ok(Self {
            id: AccountId(entry.get(0)?),
            owner: UserId(entry.get(1)?),
            currency: entry.parse(2, str::parse)?,
            provider: entry.maybe_parse(3, str::parse)?,
        })
    }
}

impl FromRow for KeptTransaction {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let format = Entry::new(row, Record::Import, transactions::WIDTH).maybe_text(0)?;
        Ok(Self { transaction: Transaction::from_row(row)?, format })
    }
}

impl SqlQueries {
    pub(super) async fn kept_accounts_from(
        &self,
        from: AccountId,
        limit: Limit,
    ) -> Result<Page<KeptAccount, AccountId>, StoreError> {
        let key = |last: &KeptAccount| last.id;
        self.pool.page(KEPT_ACCOUNTS, &[Arg::Id(from.0), count(limit)], limit, key).await
    }

    pub(super) async fn kept_rows_of(
        &self,
        owner: UserId,
        account: AccountId,
        after: Option<TransactionKey>,
        limit: Limit,
    ) -> Result<Page<KeptTransaction, TransactionKey>, StoreError> {
        let (day, id) = after.map_or((FIRST_DAY, Uuid::nil()), |key| (key.day.0, key.id.0));
        let args = [Arg::Id(owner.0), Arg::Id(account.0), Arg::Day(day), Arg::Id(id), count(limit)];
        let key = |last: &KeptTransaction| last.place();
        self.pool.page(KEPT_ROWS.of(&self.pool), &args, limit, key).await
    }
}
