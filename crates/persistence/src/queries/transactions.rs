//! The lists of transactions.

use std::sync::LazyLock;

use dashtam_domain::{
    id::UserId,
    ledger::meaning::CategoryFilter,
    ledger::{Hidden, ListOrder, Transaction, TransactionFilter, TransactionKey, TransactionStatus},
    page::{Limit, Page},
    store::StoreError,
};

use super::{
    Guided, SqlQueries, count,
    ledger::{FIRST_DAY, before},
};
use crate::{
    pool::Arg,
    rows::{columns, transactions},
};

/// The lists of transactions: without and with an account, for each what is shown of which status, and for each of these
/// without, with and only those that people hid. The words stand in the statement so that the planner knows how common
/// each is. What is rare has an index of its own.
pub(super) static TRANSACTIONS: LazyLock<[[[Guided; 3]; 4]; 2]> = LazyLock::new(|| {
    [("", "", ""), ("account_id_", "account_", " AND t.account_id = $6")].map(|(all, rare, account)| {
        let all = format!("ix_transactions_user_id_{all}day_id");
        let rare = |sort| format!("ix_transactions_{rare}{sort}");
        [
            ("<> 'removed'", all.clone()),
            ("= 'pending'", rare("pending")),
            ("= 'posted'", all),
            ("= 'removed'", rare("removed")),
        ]
        .map(|(status, index)| {
            [(" AND NOT t.is_hidden", index.clone()), ("", index), (" AND t.is_hidden", rare("hidden"))].map(
                |(hidden, index)| {
                    let which = format!("{status}{hidden}");
                    transactions_of(transactions::listed, account, &which, &index)
                },
            )
        })
    })
});

/// What is shown of which status, and for each without, with and only those that people hid, in the order of
/// [`TRANSACTIONS`].
pub(super) const SHOWN: [(&str, [&str; 3]); 4] = {
    const HIDDEN: [&str; 3] = [" AND NOT t.is_hidden", "", " AND t.is_hidden"];
    [("<> 'removed'", HIDDEN), ("= 'pending'", HIDDEN), ("= 'posted'", HIDDEN), ("= 'removed'", HIDDEN)]
};

/// A page of an owner's transactions with these columns; `which` says of which status, and what else is asked for.
pub(super) fn transactions_of<C: Iterator<Item = transactions::Column>>(
    list: impl Fn() -> C,
    account: &str,
    which: &str,
    index: &str,
) -> Guided {
    let list = columns("t", list());
    Guided::by(index, |index| {
        format!(
            "SELECT {list} FROM transactions t{index} WHERE t.user_id = $1{account} AND t.day >= $2 \
             AND (t.day, t.id) < ($3, $4) AND t.status {which} ORDER BY t.day DESC, t.id DESC LIMIT $5"
        )
    })
}

impl SqlQueries {
    /// A page of the owner's transactions, by the one index that is in the order of what is asked for.
    pub(super) async fn transactions_as_asked(
        &self,
        owner: UserId,
        filter: &TransactionFilter,
        after: Option<TransactionKey>,
        limit: Limit,
    ) -> Result<Page<Transaction, TransactionKey>, StoreError> {
        if filter.narrowing.asks() || filter.order() != ListOrder::Newest {
            return self.narrowed(owner, filter, after, limit).await;
        }
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
        let hidden = match filter.hidden {
            Hidden::Without => 0,
            Hidden::With => 1,
            Hidden::Only => 2,
        };
        match &filter.category {
            CategoryFilter::Any => {}
            CategoryFilter::Uncategorized => {
                return self.of_categories(&[], &args, (status, hidden), limit).await;
            }
            CategoryFilter::Among(categories) if categories.is_empty() => {
                return Ok(Page { items: Vec::new(), next: None });
            }
            CategoryFilter::Among(categories) => {
                return self.of_categories(categories, &args, (status, hidden), limit).await;
            }
        }
        let list = &TRANSACTIONS[usize::from(filter.account.is_some())][status][hidden];
        let key = TransactionKey::of;
        self.pool.page(list.of(&self.pool), &args, limit, key).await
    }
}
