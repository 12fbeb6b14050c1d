//! Lists of transactions that are asked for more than an account, a status and a category, or the earliest first.
//!
//! What is asked decides the index that is read: one that is in the order of the list for tags, the other side, notes,
//! single amounts, categories, transfers, sorts and currencies. Words and ranges of amounts have none in this order, and
//! several accounts one each. For these the nearest rows of the list are read first, which fills a page of what is common;
//! what is rare is then looked up in the index of the words, amounts or accounts, and put in order. Who reads all of a list
//! reads it in its order once the first page was not the last. Lists by amounts are read by the index of amounts, or by what
//! has few rows.

mod bound;
mod driver;
mod making;

use dashtam_domain::{
    id::UserId,
    ledger::meaning::CategoryFilter,
    ledger::{Transaction, TransactionFilter, TransactionKey},
    page::{Limit, Page},
    store::StoreError,
};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

use super::SqlQueries;
use crate::pool::{Arg, Pool};
use bound::{Bound, Edge};
use driver::{Driver, driver};
use making::Making;

/// How many of the nearest rows are read before an index of words, amounts or accounts is asked: a few, and more where some
/// of the few were found.
const STRETCHES: [i64; 2] = [1_000, 20_000];

impl SqlQueries {
    /// A page of the owner's transactions, whatever is asked.
    pub(super) async fn narrowed(
        &self,
        owner: UserId,
        filter: &TransactionFilter,
        after: Option<TransactionKey>,
        limit: Limit,
    ) -> Result<Page<Transaction, TransactionKey>, StoreError> {
        if matches!(&filter.category, CategoryFilter::Among(none) if none.is_empty()) {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let is_sqlite = matches!(self.pool, Pool::Sqlite(_));
        let (driver, nearest_first) = driver(filter);
        if !nearest_first {
            return self.made(owner, (filter, after, limit), &driver, None).await;
        }
        // The index of words or amounts is gone through once at most: page after page it would cost its square.
        if filter.reads_all && after.is_some() {
            return self.made(owner, (filter, after, limit), &Driver::List, None).await;
        }
        for stretch in STRETCHES {
            let mut making = Making::new(owner, filter, after, (Bound::Count(1), None), is_sqlite);
            let edge = making.edge(stretch);
            let args: Vec<Arg<'_>> = making.bound.iter().map(Bound::arg).collect();
            let edge = AssertSqlSafe(edge).into_sql_str();
            let edge: Option<Edge> = self.pool.found_by(edge, &args, None).await?.items.pop();
            let nearest = self.made(owner, (filter, after, limit), &Driver::List, edge).await?;
            if edge.is_none() || nearest.next.is_some() {
                return Ok(nearest);
            }
            if nearest.items.is_empty() {
                break;
            }
        }
        self.made(owner, (filter, after, limit), &driver, None).await
    }

    async fn made(
        &self,
        owner: UserId,
        (filter, after, limit): (&TransactionFilter, Option<TransactionKey>, Limit),
        driver: &Driver,
        edge: Option<Edge>,
    ) -> Result<Page<Transaction, TransactionKey>, StoreError> {
        let is_sqlite = matches!(self.pool, Pool::Sqlite(_));
        let rows = Bound::Rows(limit.get() as i64 + 1);
        let mut making = Making::new(owner, filter, after, (rows, edge), is_sqlite);
        let statement = making.page(owner, driver);
        let args: Vec<Arg<'_>> = making.bound.iter().map(Bound::arg).collect();
        let key = |last: &Transaction| TransactionKey::in_order(filter.order(), last);
        self.pool.page_by(AssertSqlSafe(statement).into_sql_str(), &args, limit, key).await
    }
}

#[cfg(test)]
mod tests {
    use dashtam_domain::{
        id::AccountId,
        ledger::{ListOrder, Narrowing, SearchTerms, TransactionKind, TransferFilter},
    };
    use uuid::Uuid;

    use super::*;
    use crate::queries::ledger::tests::{plan, schema};

    /// A wrong name of an index is refused by SQLite, and each list reads by what it is found by.
    #[tokio::test]
    async fn every_list_is_read_by_its_index() {
        let pool = schema().await;
        let asks = |narrowing| TransactionFilter { narrowing, ..TransactionFilter::default() };
        let nothing = Narrowing::default;
        let amount = |text: &str| dashtam_domain::money::exact_decimal(text).ok();
        let tag = || "Trip".parse::<dashtam_domain::ledger::Tag>().unwrap().key().clone();
        for (filter, by) in [
            (
                asks(Narrowing { tags: vec![tag()], ..nothing() }),
                "SEARCH g USING PRIMARY KEY (user_id=? AND tag=? AND day>? AND (day,transaction_id)<(?,?))",
            ),
            (
                asks(Narrowing { merchant: Some("joe".to_owned()), ..nothing() }),
                "(user_id=? AND merchant_key=? AND day>? AND (day,id)<(?,?))",
            ),
            (
                asks(Narrowing { has_note: Some(true), ..nothing() }),
                "ix_transactions_note (user_id=? AND day>? AND (day,id)<(?,?))",
            ),
            (asks(Narrowing { text: SearchTerms::parse("coffee").ok(), ..nothing() }), "VIRTUAL TABLE"),
            (
                asks(Narrowing { amount_min: amount("1"), amount_max: amount("1.0"), ..nothing() }),
                "(user_id=? AND amount_key=? AND day>? AND (day,id)<(?,?))",
            ),
            (asks(Narrowing { amount_min: amount("1"), ..nothing() }), "(user_id=? AND amount_key>?)"),
            (
                asks(Narrowing { kinds: vec![TransactionKind::Fee], ..nothing() }),
                "(user_id=? AND kind=? AND day>? AND (day,id)<(?,?))",
            ),
            (
                asks(Narrowing { currency: "EUR".parse().ok(), ..nothing() }),
                "(user_id=? AND currency=? AND day>? AND (day,id)<(?,?))",
            ),
            (
                asks(Narrowing { transfers: Some(TransferFilter::new(true)), ..nothing() }),
                "ix_transactions_transfer (user_id=? AND day>? AND (day,id)<(?,?))",
            ),
            (
                asks(Narrowing {
                    accounts: [1, 2].map(Uuid::from_u128).map(AccountId).to_vec(),
                    ..nothing()
                }),
                "(user_id=? AND account_id=? AND day>? AND (day,id)<(?,?))",
            ),
            (
                TransactionFilter { order: Some(ListOrder::Oldest), ..TransactionFilter::default() },
                "(user_id=? AND (day,id)>(?,?) AND day<?)",
            ),
            (
                TransactionFilter { order: Some(ListOrder::Largest), ..TransactionFilter::default() },
                "ix_transactions_amount (user_id=? AND (amount_key,day,id)<(?,?,?))",
            ),
            (
                TransactionFilter {
                    order: Some(ListOrder::Smallest),
                    ..asks(Narrowing { kinds: vec![TransactionKind::Fee], ..nothing() })
                },
                "ix_transactions_amount (user_id=? AND (amount_key,day,id)>(?,?,?))",
            ),
        ] {
            let owner = UserId(Uuid::from_u128(1));
            let by_amount = filter.order().is_by_amount();
            let after = by_amount.then(|| TransactionKey {
                day: dashtam_domain::time::Day::LAST,
                id: dashtam_domain::id::TransactionId(Uuid::nil()),
                amount: amount("1"),
            });
            let mut making = Making::new(owner, &filter, after, (Bound::Rows(11), None), true);
            let sql = making.page(owner, &driver(&filter).0);
            let plan = plan(&pool, &sql).await;
            assert!(plan.contains(by), "{sql}\n{plan}");
            // Of several ranges the pages are put in order, not the ranges.
            let is_several = plan.contains("SCAN r0");
            let is_sorted = plan.contains(&format!("{by}; USE TEMP B-TREE FOR ORDER BY"))
                || !is_several && plan.contains("TEMP B-TREE FOR ORDER BY");
            assert_eq!(is_sorted, driver(&filter).1 && !is_several, "{plan}");
        }
    }
}
