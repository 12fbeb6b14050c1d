//! The change feed: of each sort of row one range of the index by owner, number and id.

use std::sync::LazyLock;

use dashtam_domain::{
    id::UserId,
    ledger::{
        Account, BalancePoint, Change, ChangeKey, ChangeKind, ChangedRow, Decision, Holding, LedgerClock,
        Security, Transaction, TransactionStatus,
    },
    page::{Limit, Page},
    record::Record,
    store::StoreError,
};
use sea_orm::{IdenStatic, Iterable};
use uuid::Uuid;

use super::{Guided, SqlQueries, count};
use crate::{
    cells::{Cells, Entry, FromRow},
    pool::Arg,
    rows::{accounts, balances, columns, decisions, holdings, securities, transactions},
};

const CLOCK: &str = "SELECT seq, epoch FROM user_clocks WHERE user_id = $1";
const REMOVALS: &str = "SELECT seq, id FROM removals WHERE user_id = $1 AND kind = $2 AND (seq, id) > ($3, $4) \
    AND seq <= $5 ORDER BY seq, id LIMIT $6";

static ACCOUNTS: LazyLock<Guided> = LazyLock::new(|| changed("accounts", accounts::listed));
static SECURITIES: LazyLock<Guided> = LazyLock::new(|| changed("securities", securities::Column::iter));
static HOLDINGS: LazyLock<Guided> = LazyLock::new(|| changed("holdings", holdings::Column::iter));
static TRANSACTIONS: LazyLock<Guided> = LazyLock::new(|| changed("transactions", transactions::listed));
static BALANCES: LazyLock<Guided> = LazyLock::new(|| changed("balances", balances::Column::iter));
static MATCHES: LazyLock<Guided> = LazyLock::new(|| changed("decisions", decisions::listed));

fn changed<C: IdenStatic, I: Iterator<Item = C>>(table: &str, list: impl Fn() -> I) -> Guided {
    let list = columns("r", list());
    Guided::by(&format!("ix_{table}_user_id_seq_id"), |index| {
        format!(
            "SELECT {list} FROM {table} r{index} WHERE r.user_id = $1 AND (r.seq, r.id) > ($2, $3) AND r.seq <= $4 \
             ORDER BY r.seq, r.id LIMIT $5"
        )
    })
}

impl FromRow for LedgerClock {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::UserClock, 0);
        Ok(Self { seq: entry.get(0)?, epoch: entry.get(1)? })
    }
}

/// A row with the numbers of its last change and of the one that made it.
struct Numbered<T> {
    row: T,
    seq: i64,
    born: i64,
}

macro_rules! numbered {
    ($($row:ty, $record:ident, $table:ident;)+) => {$(
        impl FromRow for Numbered<$row> {
            fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
                let entry = Entry::new(row, Record::$record, 0);
                Ok(Self {
                    row: <$row>::from_row(row)?,
                    seq: entry.get($table::Column::Seq as usize)?,
                    born: entry.get($table::Column::BornSeq as usize)?,
                })
            }
        }
    )+};
}
numbered! {
    Account, Account, accounts;
    Security, Security, securities;
    Holding, Holding, holdings;
    Transaction, Transaction, transactions;
    BalancePoint, Balance, balances;
    Decision, Decision, decisions;
}

/// What is known of a row that is no longer stored.
struct Removal {
    seq: i64,
    id: Uuid,
}

impl FromRow for Removal {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::Removal, 0);
        Ok(Self { seq: entry.get(0)?, id: entry.get(1)? })
    }
}

impl SqlQueries {
    pub(super) async fn clock_of(&self, owner: UserId) -> Result<LedgerClock, StoreError> {
        Ok(self.pool.row(CLOCK, &[Arg::Id(owner.0)]).await?.unwrap_or_default())
    }

    pub(super) async fn changes_of(
        &self,
        owner: UserId,
        kind: ChangeKind,
        after: ChangeKey,
        until: i64,
        limit: Limit,
    ) -> Result<Page<Change, ChangeKey>, StoreError> {
        let (seq, id) = after.within(kind);
        let args = [Arg::Id(owner.0), Arg::Count(seq), Arg::Id(id), Arg::Count(until), count(limit)];
        macro_rules! page {
            ($statement:ident, $row:ty, $shown:expr) => {{
                let key = |of: &Numbered<$row>| ChangeKey { seq: of.seq, kind, id: of.row.id.0 };
                let page = self.pool.page($statement.of(&self.pool), &args, limit, key).await?;
                let shown: fn($row) -> ChangedRow = $shown;
                let change = |of: Numbered<$row>| Change { key: key(&of), born: of.born, row: shown(of.row) };
                Ok(Page { items: page.items.into_iter().map(change).collect(), next: page.next })
            }};
        }
        match kind {
            ChangeKind::Account => page!(ACCOUNTS, Account, |row| ChangedRow::Account(Box::new(row))),
            ChangeKind::Security => page!(SECURITIES, Security, |row| ChangedRow::Security(Box::new(row))),
            ChangeKind::Holding => page!(HOLDINGS, Holding, |row| ChangedRow::Holding(Box::new(row))),
            ChangeKind::Transaction => page!(TRANSACTIONS, Transaction, |row| match row.status {
                TransactionStatus::Removed => ChangedRow::Removed,
                TransactionStatus::Pending | TransactionStatus::Posted =>
                    ChangedRow::Transaction(Box::new(row)),
            }),
            ChangeKind::Balance => page!(BALANCES, BalancePoint, |row| ChangedRow::Balance(Box::new(row))),
            ChangeKind::Match => page!(MATCHES, Decision, |row| ChangedRow::Match(Box::new(row))),
        }
    }

    pub(super) async fn removals_of(
        &self,
        owner: UserId,
        kind: ChangeKind,
        after: ChangeKey,
        until: i64,
        limit: Limit,
    ) -> Result<Page<Change, ChangeKey>, StoreError> {
        let (seq, id) = after.within(kind);
        let args = [
            Arg::Id(owner.0),
            Arg::Text(kind.as_str()),
            Arg::Count(seq),
            Arg::Id(id),
            Arg::Count(until),
            count(limit),
        ];
        let key = |removal: &Removal| ChangeKey { seq: removal.seq, kind, id: removal.id };
        let page = self.pool.page(REMOVALS, &args, limit, key).await?;
        let change =
            |removal: Removal| Change { key: key(&removal), born: removal.seq, row: ChangedRow::Removed };
        Ok(Page { items: page.items.into_iter().map(change).collect(), next: page.next })
    }
}
