//! The tags that transactions have.

use std::sync::LazyLock;

use dashtam_domain::{
    id::UserId,
    ledger::{TagInUse, TagKey},
    page::{Limit, Page},
    record::Record,
    store::StoreError,
};

use super::{SqlQueries, count};
use crate::{
    cells::{Cells, Entry, FromRow},
    pool::Arg,
};

/// Of transactions that are there. Asked of each by itself: no plan reads them all.
const IS_THERE: &str = "(SELECT t.status FROM transactions t WHERE t.id = g.transaction_id) <> 'removed'";

/// Goes from each tag to the next, and counts what has it up to a bound: it costs what the page holds, however many transactions
/// have the tags.
static TAGS: LazyLock<String> = LazyLock::new(|| {
    let next = |after: &str| {
        format!(
            "(SELECT g.tag FROM transaction_tags g WHERE g.user_id = $1 AND g.tag > {after} AND {IS_THERE} \
             ORDER BY g.tag LIMIT 1)"
        )
    };
    format!(
        "WITH RECURSIVE named(tag, place) AS (SELECT {}, 1 UNION ALL SELECT {}, place + 1 FROM named \
         WHERE named.tag IS NOT NULL AND place < $3) \
         SELECT (SELECT g.label FROM transaction_tags g WHERE g.user_id = $1 AND g.tag = named.tag \
         AND {IS_THERE} ORDER BY g.day DESC, g.transaction_id DESC LIMIT 1), \
         (SELECT COUNT(*) FROM (SELECT 1 FROM transaction_tags g WHERE g.user_id = $1 AND g.tag = named.tag AND {IS_THERE} \
         LIMIT {most}) AS counted) \
         FROM named WHERE named.tag IS NOT NULL ORDER BY named.tag",
        next("$2"),
        next("named.tag"),
        most = TagInUse::MOST
    )
});

impl FromRow for TagInUse {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::Transaction, 0);
        let transactions: i64 = entry.get(1)?;
        Ok(Self { tag: entry.parse(0, str::parse)?, transactions: transactions.unsigned_abs() })
    }
}

impl SqlQueries {
    /// A page of the tags of the owner's transactions, by their keys.
    pub(super) async fn tags_in_use(
        &self,
        owner: UserId,
        after: Option<TagKey>,
        limit: Limit,
    ) -> Result<Page<TagInUse, TagKey>, StoreError> {
        let after = after.as_ref().map_or("", TagKey::as_str);
        let args = [Arg::Id(owner.0), Arg::Text(after), count(limit)];
        self.pool.page(&TAGS, &args, limit, |last: &TagInUse| last.tag.key().clone()).await
    }
}
