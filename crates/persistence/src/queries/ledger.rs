//! [`LedgerQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use chrono::NaiveDate;
use dashtam_domain::{
    id::{AccountId, ConnectionId, ImportId, TransactionId, UserId},
    ledger::{
        Account, Holding, Import, LedgerQueries, Transaction, TransactionFilter, TransactionKey,
        TransactionStatus,
    },
    page::{Limit, Page},
    store::StoreError,
    time::Day,
};
use sea_orm::Iterable;
use uuid::Uuid;

use super::{SqlQueries, count};
use crate::{
    pool::Arg,
    rows::{accounts, columns, holdings, imports, transactions},
};

static ACCOUNT: LazyLock<String> = LazyLock::new(|| format!("{} AND a.id = $2", all_accounts()));
static ACCOUNTS: LazyLock<String> =
    LazyLock::new(|| format!("{} AND a.id > $2 ORDER BY a.id LIMIT $3", all_accounts()));
static ACCOUNTS_OF_CONNECTION: LazyLock<String> = LazyLock::new(|| {
    format!("{} AND a.connection_id = $4 AND a.id > $2 ORDER BY a.id LIMIT $3", all_accounts())
});
static HOLDINGS: LazyLock<String> = LazyLock::new(|| {
    let holding = columns("h", holdings::Column::iter());
    format!(
        "SELECT {holding} FROM holdings h WHERE h.user_id = $1 AND h.account_id = $2 ORDER BY h.external_id"
    )
});
static IMPORT: LazyLock<String> = LazyLock::new(|| {
    let import = columns("i", imports::Column::iter());
    format!("SELECT {import} FROM imports i WHERE i.user_id = $1 AND i.id = $2")
});
static TRANSACTION: LazyLock<String> = LazyLock::new(|| {
    let transaction = columns("t", transactions::Column::iter());
    format!("SELECT {transaction} FROM transactions t WHERE t.user_id = $1 AND t.id = $2")
});

/// The lists of transactions: without and with an account, and for each what is shown of which status. The words
/// stand in the statement so that the planner knows how common each is.
static TRANSACTIONS: LazyLock<[[String; 4]; 2]> = LazyLock::new(|| {
    ["", " AND t.account_id = $6"].map(|account| {
        ["<> 'removed'", "= 'pending'", "= 'posted'", "= 'removed'"]
            .map(|status| transactions_of(transactions::listed(), account, status))
    })
});

/// A page of an owner's transactions with these columns.
pub(super) fn transactions_of(
    list: impl Iterator<Item = transactions::Column>,
    account: &str,
    status: &str,
) -> String {
    let list = columns("t", list);
    format!(
        "SELECT {list} FROM transactions t WHERE t.user_id = $1{account} AND t.day >= $2 \
         AND (t.day, t.id) < ($3, $4) AND t.status {status} ORDER BY t.day DESC, t.id DESC LIMIT $5"
    )
}

fn all_accounts() -> String {
    format!("SELECT {} FROM accounts a WHERE a.user_id = $1", columns("a", accounts::listed()))
}

/// The first and the last day that is written with four digits of the year, so that text compares like dates.
pub(super) const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(0, 1, 1).expect("it exists");
const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).expect("it exists");

/// The place before which a list begins: the end of the filter or the last row seen, whichever is earlier.
pub(super) fn before(to: Option<Day>, after: Option<TransactionKey>) -> (NaiveDate, Uuid) {
    let end = (to.map_or(LAST_DAY, |day| day.0.min(LAST_DAY)), Uuid::max());
    after.map_or(end, |key| end.min((key.day.0, key.id.0)))
}

#[async_trait]
impl LedgerQueries for SqlQueries {
    async fn account(&self, owner: UserId, id: AccountId) -> Result<Option<Account>, StoreError> {
        self.pool.row(&ACCOUNT, &[Arg::Id(owner.0), Arg::Id(id.0)]).await
    }

    async fn accounts(
        &self,
        owner: UserId,
        connection: Option<ConnectionId>,
        after: Option<AccountId>,
        limit: Limit,
    ) -> Result<Page<Account, AccountId>, StoreError> {
        let after = Arg::Id(after.map_or_else(Uuid::nil, |id| id.0));
        let list = [Arg::Id(owner.0), after, count(limit)];
        let rows = match connection {
            None => self.pool.rows(&ACCOUNTS, &list).await?,
            Some(connection) => {
                let [owner, after, count] = list;
                self.pool.rows(&ACCOUNTS_OF_CONNECTION, &[owner, after, count, Arg::Id(connection.0)]).await?
            }
        };
        Ok(Page::cut(rows, limit, |last: &Account| last.id))
    }

    async fn transactions(
        &self,
        owner: UserId,
        filter: TransactionFilter,
        after: Option<TransactionKey>,
        limit: Limit,
    ) -> Result<Page<Transaction, TransactionKey>, StoreError> {
        let from = filter.from.map_or(FIRST_DAY, |day| day.0.max(FIRST_DAY));
        let (day, id) = before(filter.to, after);
        let mut args = vec![Arg::Id(owner.0), Arg::Day(from), Arg::Day(day), Arg::Id(id), count(limit)];
        args.extend(filter.account.map(|account| Arg::Id(account.0)));
        let status = match filter.status {
            None => 0,
            Some(TransactionStatus::Pending) => 1,
            Some(TransactionStatus::Posted) => 2,
            Some(TransactionStatus::Removed) => 3,
        };
        let sql = &TRANSACTIONS[usize::from(filter.account.is_some())][status];
        let rows = self.pool.rows(sql, &args).await?;
        Ok(Page::cut(rows, limit, |last: &Transaction| TransactionKey { day: last.day, id: last.id }))
    }

    async fn transaction(&self, owner: UserId, id: TransactionId) -> Result<Option<Transaction>, StoreError> {
        self.pool.row(&TRANSACTION, &[Arg::Id(owner.0), Arg::Id(id.0)]).await
    }

    async fn holdings(&self, owner: UserId, account: AccountId) -> Result<Vec<Holding>, StoreError> {
        self.pool.rows(&HOLDINGS, &[Arg::Id(owner.0), Arg::Id(account.0)]).await
    }

    async fn import(&self, owner: UserId, id: ImportId) -> Result<Option<Import>, StoreError> {
        self.pool.row(&IMPORT, &[Arg::Id(owner.0), Arg::Id(id.0)]).await
    }
}
