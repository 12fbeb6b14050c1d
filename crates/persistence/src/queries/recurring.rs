//! [`StreamQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, TransactionId, UserId},
    ledger::{
        Transaction, TransactionKey,
        recurring::{StreamMark, StreamQueries, StreamRow},
    },
    record::Record,
    store::StoreError,
    time::Day,
};
use uuid::Uuid;

use super::{Guided, SqlQueries};
use crate::{
    cells::{Cells, Entry, FromRow},
    pool::Arg,
    rows::{columns, transactions},
};

/// Little of each row, because there are many.
pub(super) static ROWS: LazyLock<Guided> = LazyLock::new(|| {
    Guided::by("ix_transactions_user_id_day_id", |index| {
        format!(
            "SELECT t.id, t.account_id, t.day, t.amount, t.currency, t.description, t.merchant, t.category \
             FROM transactions t{index} WHERE t.user_id = $1 AND t.day >= $2 AND t.status = 'posted' \
             AND t.transfer_id IS NULL AND NOT t.is_hidden"
        )
    })
});

/// The columns of what was said of a stream.
const MARK: &str = "id, user_id, account_id, verdict, name, created_at, updated_at";

static MARKS: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {MARK} FROM recurring_marks WHERE user_id = $1"));

/// So many transactions are looked up by one statement.
const TOGETHER: usize = 100;

static BY_ID: LazyLock<String> = LazyLock::new(|| {
    let list = columns("t", transactions::listed());
    let wanted: Vec<String> = (2..TOGETHER + 2).map(|at| format!("${at}")).collect();
    format!("SELECT {list} FROM transactions t WHERE t.user_id = $1 AND t.id IN ({})", wanted.join(", "))
});

impl FromRow for StreamRow {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::Transaction, 0);
        Ok(Self {
            id: TransactionId(entry.get(0)?),
            account: AccountId(entry.get(1)?),
            day: entry.day(2)?,
            amount: entry.decimal(3)?,
            currency: entry.parse(4, str::parse)?,
            description: entry.text(5)?,
            merchant: entry.maybe_text(6)?,
            category: entry.maybe_text(7)?,
        })
    }
}

#[async_trait]
impl StreamQueries for SqlQueries {
    async fn stream_rows(&self, owner: UserId, from: Day) -> Result<Vec<StreamRow>, StoreError> {
        self.pool.listed(ROWS.of(&self.pool), &[Arg::Id(owner.0), Arg::Day(from.0)]).await
    }

    async fn stream_marks(&self, owner: UserId) -> Result<Vec<StreamMark>, StoreError> {
        self.pool.listed(&MARKS, &[Arg::Id(owner.0)]).await
    }

    async fn transactions_of(
        &self,
        owner: UserId,
        ids: &[TransactionId],
    ) -> Result<Vec<Transaction>, StoreError> {
        let mut found: Vec<Transaction> = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(TOGETHER) {
            // What there is no transaction for finds nothing, and costs nothing.
            let wanted = (0..TOGETHER).map(|at| Arg::Id(chunk.get(at).map_or(Uuid::nil(), |id| id.0)));
            let args: Vec<Arg<'_>> = std::iter::once(Arg::Id(owner.0)).chain(wanted).collect();
            found.extend(self.pool.listed::<Transaction>(&BY_ID, &args).await?);
        }
        found.sort_by_key(|row| std::cmp::Reverse((TransactionKey::of(row).day, row.id)));
        Ok(found)
    }
}
