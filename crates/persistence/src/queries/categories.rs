//! [`CategoryQueries`], and the lists of transactions of some categories.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    ledger::meaning::{CategoryKey, CategoryQueries, OwnCategory},
    ledger::{Transaction, TransactionKey},
    page::{Limit, Page},
    store::StoreError,
};
use sea_orm::Iterable;

use super::{Guided, SqlQueries, transactions::SHOWN};
use crate::{
    pool::Arg,
    rows::{categories, columns, transactions},
};

static CATEGORIES: LazyLock<String> = LazyLock::new(|| {
    let category = columns("c", categories::Column::iter());
    format!("SELECT {category} FROM categories c WHERE c.user_id = $1 ORDER BY c.id")
});

/// How many categories one statement looks for. What it has no category for finds nothing, and costs nothing.
const AT_ONCE: usize = 32;
const INDEX: &str = "ix_transactions_user_id_category_day_id";

/// A page of an owner's transactions of up to [`AT_ONCE`] categories, or of none: of each as many as the page holds, which
/// is a range of the index, and of these the latest. Categories are the arguments from the sixth on, and the account
/// follows them.
fn categorized(names: usize, of_account: bool, which: &str) -> Guided {
    let list = columns("t", transactions::listed());
    let account = if of_account { format!(" AND t.account_id = ${}", 6 + names) } else { String::new() };
    Guided::by(INDEX, |index| {
        let range = |category: &str| {
            format!(
                "SELECT {list} FROM transactions t{index} WHERE t.user_id = $1 AND t.category {category}{account} \
                 AND t.day >= $2 AND (t.day, t.id) < ($3, $4) AND t.status {which} \
                 ORDER BY t.day DESC, t.id DESC LIMIT $5"
            )
        };
        match names {
            0 => range("IS NULL"),
            1 => range("= $6"),
            _ => {
                let ranges = (6..6 + names)
                    .map(|place| format!("SELECT * FROM ({}) AS t{place}", range(&format!("= ${place}"))));
                format!(
                    "{} ORDER BY day DESC, id DESC LIMIT $5",
                    ranges.collect::<Vec<_>>().join(" UNION ALL ")
                )
            }
        }
    })
}

/// For no, one and many categories, without and with an account, and for each what is shown.
static LISTS: LazyLock<[[[[Guided; 3]; 4]; 2]; 3]> = LazyLock::new(|| {
    [0, 1, AT_ONCE].map(|names| {
        [false, true].map(|of_account| {
            SHOWN.map(|(status, hidden)| {
                hidden.map(|hidden| categorized(names, of_account, &format!("{status}{hidden}")))
            })
        })
    })
});

impl SqlQueries {
    /// A page of the owner's transactions of these categories, or of none at all. `args` are those of any list, with the
    /// account last if there is one; `status` and `hidden` say which row of [`SHOWN`] and which of its words.
    pub(super) async fn of_categories(
        &self,
        categories: &[CategoryKey],
        args: &[Arg<'_>],
        (status, hidden): (usize, usize),
        limit: Limit,
    ) -> Result<Page<Transaction, TransactionKey>, StoreError> {
        let (common, account) = args.split_at(5);
        let list = |names: usize| LISTS[names][account.len()][status][hidden].of(&self.pool);
        if categories.is_empty() {
            return self.pool.page(list(0), args, limit, TransactionKey::of).await;
        }
        let mut found = Vec::new();
        for some in categories.chunks(AT_ONCE) {
            let keys: Vec<String> = some.iter().map(CategoryKey::to_string).collect();
            let names = if keys.len() == 1 { 1 } else { AT_ONCE };
            let named = (0..names).map(|at| Arg::Text(keys.get(at).map_or("", String::as_str)));
            let args: Vec<Arg<'_>> =
                common.iter().copied().chain(named).chain(account.iter().copied()).collect();
            let page = self.pool.page(list(names.min(2)), &args, limit, TransactionKey::of).await?;
            let more = page.next.is_some();
            found.push((page.items, more));
        }
        Ok(latest(found, limit))
    }
}

/// One page of several, each of which has the latest of some categories.
fn latest(pages: Vec<(Vec<Transaction>, bool)>, limit: Limit) -> Page<Transaction, TransactionKey> {
    let more = pages.iter().any(|(_, more)| *more);
    let mut items: Vec<Transaction> = pages.into_iter().flat_map(|(items, _)| items).collect();
    items.sort_unstable_by_key(|row| std::cmp::Reverse((row.shown_day(), row.id)));
    let more = more || items.len() > limit.get();
    items.truncate(limit.get());
    let next = if more { items.last().map(TransactionKey::of) } else { None };
    Page { items, next }
}

#[async_trait]
impl CategoryQueries for SqlQueries {
    async fn categories(&self, owner: UserId) -> Result<Vec<OwnCategory>, StoreError> {
        self.pool.listed(&CATEGORIES, &[Arg::Id(owner.0)]).await
    }
}
