//! [`LedgerQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use chrono::NaiveDate;
use dashtam_domain::{
    id::{AccountId, ConnectionId, DecisionId, ImportId, TransactionId, UserId},
    ledger::{
        Account, BalancePoint, Change, ChangeKey, ChangeKind, DaySum, Decision, DecisionState, HASHED,
        Holding, HoldingKey, Import, ImportFilter, ImportState, KeptAccount, KeptTransaction, LedgerClock,
        LedgerQueries, TagInUse, TagKey, Transaction, TransactionFilter, TransactionKey, UNNAMED,
    },
    money::Currency,
    page::{Limit, Page},
    store::StoreError,
    time::Day,
};
use sea_orm::Iterable;
use uuid::Uuid;

use super::{Guided, SqlQueries, count};
use crate::{
    pool::Arg,
    rows::{accounts, balances, columns, holdings, imports, transactions},
};

static ACCOUNT: LazyLock<String> = LazyLock::new(|| format!("{} AND a.id = $2", all_accounts()));
static ACCOUNTS: LazyLock<String> =
    LazyLock::new(|| format!("{} AND a.id > $2 ORDER BY a.id LIMIT $3", all_accounts()));
static ACCOUNTS_OF_CONNECTION: LazyLock<Guided> = LazyLock::new(|| {
    Guided::by("ix_accounts_user_id_connection_id_id", |index| {
        let accounts = accounts_by(index);
        format!("{accounts} AND a.connection_id = $4 AND a.id > $2 ORDER BY a.id LIMIT $3")
    })
});
static FILE_ACCOUNTS: LazyLock<String> =
    LazyLock::new(|| format!("{} AND a.source LIKE 'files:%' ORDER BY a.id", all_accounts()));
static ACCOUNTS_IN_CLEAR: LazyLock<String> = LazyLock::new(|| {
    let account = columns("a", accounts::listed());
    format!(
        "SELECT {account} FROM accounts a WHERE a.source LIKE 'files:%' AND a.external_id NOT LIKE '{HASHED}%' \
         AND a.external_id NOT LIKE '{UNNAMED}%' LIMIT $1"
    )
});
const DAY_SUMS: &str = "SELECT currency, day, sum, count FROM account_days WHERE user_id = $1 AND account_id = $2 ORDER BY day, currency";
static BALANCE_POINTS: LazyLock<String> = LazyLock::new(|| {
    let point = columns("b", balances::Column::iter());
    format!(
        "SELECT {point} FROM balances b WHERE b.user_id = $1 AND b.account_id = $2 ORDER BY b.as_of, b.id"
    )
});
static HOLDINGS: LazyLock<String> = LazyLock::new(|| {
    let holding = columns("h", holdings::Column::iter());
    format!(
        "SELECT {holding} FROM holdings h WHERE h.user_id = $1 AND h.account_id = $2 ORDER BY h.external_id"
    )
});
static ALL_HOLDINGS: LazyLock<Guided> = LazyLock::new(|| {
    Guided::by("uq_holdings_user_id_account_id_external_id", |index| {
        let holding = columns("h", holdings::Column::iter());
        format!(
            "SELECT {holding} FROM holdings h{index} WHERE h.user_id = $1 \
             AND (h.account_id, h.external_id) > ($2, $3) ORDER BY h.account_id, h.external_id LIMIT $4"
        )
    })
});
static IMPORT: LazyLock<String> = LazyLock::new(|| {
    let import = columns("i", imports::Column::iter());
    format!("SELECT {import} FROM imports i WHERE i.user_id = $1 AND i.id = $2")
});
/// The lists of imports: without and with an account, and for each which states are shown.
static IMPORTS: LazyLock<[[String; 5]; 2]> = LazyLock::new(|| {
    let import = imports::listed("i");
    [
        format!("SELECT {import} FROM imports i WHERE i.user_id = $1 AND i.id < $2@ ORDER BY i.id DESC LIMIT $3"),
        format!(
            "SELECT {import} FROM import_accounts a JOIN imports i ON i.user_id = a.user_id AND i.id = a.import_id \
             WHERE a.user_id = $1 AND a.account_id = $4 AND a.import_id < $2@ ORDER BY a.import_id DESC LIMIT $3"
        ),
    ]
    .map(|list| {
        [
            "",
            " AND i.state = 'running' AND i.finished_at IS NULL",
            " AND i.state = 'completed' AND i.undone_at IS NULL",
            " AND i.state = 'running' AND i.finished_at IS NOT NULL AND i.undone_at IS NULL",
            " AND i.undone_at IS NOT NULL",
        ]
        .map(|state| list.replace('@', state))
    })
});
static TRANSACTION: LazyLock<String> = LazyLock::new(|| {
    let transaction = columns("t", transactions::Column::iter());
    format!("SELECT {transaction} FROM transactions t WHERE t.user_id = $1 AND t.id = $2")
});

fn all_accounts() -> String {
    accounts_by("")
}

fn accounts_by(index: &str) -> String {
    format!("SELECT {} FROM accounts a{index} WHERE a.user_id = $1", columns("a", accounts::listed()))
}

/// The first and the last day that is written with four digits of the year, so that text compares like dates.
pub(super) const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(0, 1, 1).expect("it exists");
pub(crate) const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).expect("it exists");

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
        let key = |last: &Account| last.id;
        match connection {
            None => self.pool.page(&ACCOUNTS, &list, limit, key).await,
            Some(connection) => {
                let [owner, after, count] = list;
                let args = [owner, after, count, Arg::Id(connection.0)];
                self.pool.page(ACCOUNTS_OF_CONNECTION.of(&self.pool), &args, limit, key).await
            }
        }
    }

    async fn file_accounts(&self, owner: UserId) -> Result<Vec<Account>, StoreError> {
        self.pool.listed(&FILE_ACCOUNTS, &[Arg::Id(owner.0)]).await
    }

    async fn accounts_in_clear(&self, limit: Limit) -> Result<Vec<Account>, StoreError> {
        self.pool.listed(&ACCOUNTS_IN_CLEAR, &[count(limit)]).await
    }

    async fn transactions(
        &self,
        owner: UserId,
        filter: TransactionFilter,
        after: Option<TransactionKey>,
        limit: Limit,
    ) -> Result<Page<Transaction, TransactionKey>, StoreError> {
        self.transactions_as_asked(owner, &filter, after, limit).await
    }

    async fn tags(
        &self,
        owner: UserId,
        after: Option<TagKey>,
        limit: Limit,
    ) -> Result<Page<TagInUse, TagKey>, StoreError> {
        self.tags_in_use(owner, after, limit).await
    }

    async fn transaction(&self, owner: UserId, id: TransactionId) -> Result<Option<Transaction>, StoreError> {
        self.pool.row(&TRANSACTION, &[Arg::Id(owner.0), Arg::Id(id.0)]).await
    }

    async fn holdings(&self, owner: UserId, account: AccountId) -> Result<Vec<Holding>, StoreError> {
        self.pool.listed(&HOLDINGS, &[Arg::Id(owner.0), Arg::Id(account.0)]).await
    }

    async fn all_holdings(
        &self,
        owner: UserId,
        after: Option<HoldingKey>,
        limit: Limit,
    ) -> Result<Page<Holding, HoldingKey>, StoreError> {
        let (account, external_id) =
            after.map_or((Uuid::nil(), String::new()), |key| (key.account.0, key.external_id));
        let args = [Arg::Id(owner.0), Arg::Id(account), Arg::Text(&external_id), count(limit)];
        let key =
            |last: &Holding| HoldingKey { account: last.account, external_id: last.external_id.clone() };
        self.pool.page(ALL_HOLDINGS.of(&self.pool), &args, limit, key).await
    }

    async fn day_sums(
        &self,
        owner: UserId,
        account: AccountId,
    ) -> Result<Vec<(Currency, DaySum)>, StoreError> {
        self.pool.rows(DAY_SUMS, &[Arg::Id(owner.0), Arg::Id(account.0)]).await
    }

    async fn balance_points(
        &self,
        owner: UserId,
        account: AccountId,
    ) -> Result<Vec<BalancePoint>, StoreError> {
        self.pool.listed(&BALANCE_POINTS, &[Arg::Id(owner.0), Arg::Id(account.0)]).await
    }

    async fn clock(&self, owner: UserId) -> Result<LedgerClock, StoreError> {
        self.clock_of(owner).await
    }

    async fn changes(
        &self,
        owner: UserId,
        kind: ChangeKind,
        after: ChangeKey,
        until: i64,
        limit: Limit,
    ) -> Result<Page<Change, ChangeKey>, StoreError> {
        self.changes_of(owner, kind, after, until, limit).await
    }

    async fn removals(
        &self,
        owner: UserId,
        kind: ChangeKind,
        after: ChangeKey,
        until: i64,
        limit: Limit,
    ) -> Result<Page<Change, ChangeKey>, StoreError> {
        self.removals_of(owner, kind, after, until, limit).await
    }

    async fn kept_accounts(
        &self,
        from: AccountId,
        limit: Limit,
    ) -> Result<Page<KeptAccount, AccountId>, StoreError> {
        self.kept_accounts_from(from, limit).await
    }

    async fn kept_rows(
        &self,
        owner: UserId,
        account: AccountId,
        after: Option<TransactionKey>,
        limit: Limit,
    ) -> Result<Page<KeptTransaction, TransactionKey>, StoreError> {
        self.kept_rows_of(owner, account, after, limit).await
    }

    async fn imports(
        &self,
        owner: UserId,
        filter: ImportFilter,
        after: Option<ImportId>,
        limit: Limit,
    ) -> Result<Page<Import, ImportId>, StoreError> {
        let after = Arg::Id(after.map_or_else(Uuid::max, |id| id.0));
        let mut args = vec![Arg::Id(owner.0), after, count(limit)];
        args.extend(filter.account.map(|account| Arg::Id(account.0)));
        let state = match filter.state {
            None => 0,
            Some(ImportState::Running) => 1,
            Some(ImportState::Completed) => 2,
            Some(ImportState::Interrupted) => 3,
            Some(ImportState::Undone) => 4,
        };
        let list = &IMPORTS[usize::from(filter.account.is_some())][state];
        self.pool.page(list, &args, limit, |last: &Import| last.id).await
    }

    async fn decision(&self, owner: UserId, id: DecisionId) -> Result<Option<Decision>, StoreError> {
        self.decision_of(owner, id).await
    }

    async fn decisions(
        &self,
        owner: UserId,
        state: Option<DecisionState>,
        after: Option<DecisionId>,
        limit: Limit,
    ) -> Result<Page<Decision, DecisionId>, StoreError> {
        self.decisions_of(&super::decisions::DECISIONS, owner, state, after, limit).await
    }

    async fn import(&self, owner: UserId, id: ImportId) -> Result<Option<Import>, StoreError> {
        self.pool.row(&IMPORT, &[Arg::Id(owner.0), Arg::Id(id.0)]).await
    }
}

#[cfg(test)]
pub(super) mod tests {
    use sqlx::{Row as _, SqlitePool, sqlite::SqlitePoolOptions};

    use super::*;

    /// The schema, in memory.
    pub(in super::super) async fn schema() -> SqlitePool {
        let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap();
        let orm = sea_orm::SqlxSqliteConnector::from_sqlx_sqlite_pool(pool.clone());
        dashtam_migrations::up(&orm).await.unwrap();
        pool
    }

    /// What SQLite says it would do.
    pub(in super::super) async fn plan(pool: &SqlitePool, sql: &str) -> String {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
            .fetch_all(pool)
            .await
            .unwrap();
        rows.iter().map(|row| row.get::<String, _>(3)).collect::<Vec<_>>().join("; ")
    }

    /// A wrong name of an index is refused by SQLite, and a list that has to be sorted is not in the order of its index.
    #[tokio::test]
    async fn every_list_follows_its_index_from_where_it_begins() {
        let pool = schema().await;
        let lists = super::super::transactions::TRANSACTIONS
            .iter()
            .flatten()
            .flatten()
            .chain([&*ACCOUNTS_OF_CONNECTION, &*ALL_HOLDINGS, &*super::super::recurring::ROWS])
            .chain([&*super::super::portfolio::HISTORY])
            .chain(&*super::super::decisions::DECISIONS)
            .chain(&*super::super::decisions::TRANSFERS);
        for list in lists {
            let plan = plan(&pool, &list.sqlite).await;
            assert!(plan.starts_with("SEARCH ") && !plan.contains(';'), "{}\n{plan}", list.sqlite);
        }
    }

    /// Of one account, SQLite compares the account in the index and not in the rows.
    #[tokio::test]
    async fn the_account_is_compared_in_the_index() {
        let pool = schema().await;
        for list in super::super::transactions::TRANSACTIONS[1].iter().flatten() {
            let plan = plan(&pool, &list.sqlite).await;
            assert!(plan.contains("(user_id=? AND account_id=? AND day>? AND (day,id)<(?,?))"), "{plan}");
        }
    }
}
