//! [`PortfolioQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, SecurityId, TransactionId, UserId},
    ledger::{
        Transaction,
        portfolio::{HistoryKey, PortfolioQueries, PriceKey, PriceSeries, SecurityPrice, Targets},
    },
    page::{Limit, Page},
    store::StoreError,
    time::Day,
};
use uuid::Uuid;

use super::{
    Guided, SqlQueries, count,
    ledger::{FIRST_DAY, LAST_DAY},
};
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

const PRICES: &str = "SELECT security_id, day, source, price, currency, is_adjusted, told_at FROM security_prices \
    WHERE user_id = $1 AND (security_id, day, source) > ($2, $3, $4) ORDER BY security_id, day, source LIMIT $5";

const PRICES_OF: &str = "SELECT security_id, day, source, price, currency, is_adjusted, told_at FROM security_prices \
    WHERE user_id = $1 AND security_id = $2 AND (day, source) > ($3, $4) ORDER BY day, source LIMIT $5";

/// A look-up of each security, and not a row of each price.
const PRICED: &str = "SELECT s.id FROM securities s WHERE s.user_id = $1 AND EXISTS (SELECT 1 FROM security_prices p \
    WHERE p.user_id = s.user_id AND p.security_id = s.id) ORDER BY s.id";

/// Grouped in the order of the key, so that the key alone is read.
const SERIES: &str = "SELECT source, security_id, COUNT(*), MIN(day), MAX(day) FROM security_prices \
    WHERE user_id = $1 GROUP BY security_id, source ORDER BY source, security_id";

const SECURITY_PRICES: &str = "SELECT security_id, day, source, price, currency, is_adjusted, told_at \
    FROM security_prices WHERE user_id = $1 AND security_id = $2 AND day >= $3 AND day <= $4 ORDER BY day, source";

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

    async fn prices(
        &self,
        owner: UserId,
        security: Option<SecurityId>,
        after: Option<PriceKey>,
        limit: Limit,
    ) -> Result<Page<SecurityPrice, PriceKey>, StoreError> {
        // Of the security nothing is left behind a later one, and all of it is behind an earlier one.
        let after = match security {
            Some(security) if after.as_ref().is_some_and(|after| after.security > security) => {
                return Ok(Page::cut(Vec::new(), limit, |price: &SecurityPrice| price.key.clone()));
            }
            Some(security) => after.filter(|after| after.security == security),
            None => after,
        };
        let statement = if security.is_some() { PRICES_OF } else { PRICES };
        let id = after.as_ref().map(|after| after.security).or(security);
        let id = id.map_or(Uuid::nil(), |id| id.0);
        let day = after.as_ref().map_or(FIRST_DAY, |after| plain(after.day));
        let source = after.as_ref().map_or("", |after| after.source.as_str());
        let args = [Arg::Id(owner.0), Arg::Id(id), Arg::Day(day), Arg::Text(source), count(limit)];
        let rows: Vec<SecurityPrice> = self.pool.rows(statement, &args).await?;
        Ok(Page::cut(rows, limit, |price| price.key.clone()))
    }

    async fn priced(&self, owner: UserId) -> Result<Vec<SecurityId>, StoreError> {
        let found: Vec<Uuid> = self.pool.rows(PRICED, &[Arg::Id(owner.0)]).await?;
        Ok(found.into_iter().map(SecurityId).collect())
    }

    async fn price_series(&self, owner: UserId) -> Result<Vec<PriceSeries>, StoreError> {
        self.pool.rows(SERIES, &[Arg::Id(owner.0)]).await
    }

    async fn security_prices(
        &self,
        owner: UserId,
        security: SecurityId,
        (from, to): (Day, Day),
    ) -> Result<Vec<SecurityPrice>, StoreError> {
        let args = [Arg::Id(owner.0), Arg::Id(security.0), Arg::Day(plain(from)), Arg::Day(plain(to))];
        self.pool.rows(SECURITY_PRICES, &args).await
    }
}

/// A day that both engines compare alike.
fn plain(day: Day) -> chrono::NaiveDate {
    day.0.clamp(FIRST_DAY, LAST_DAY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queries::ledger::tests::{plan, schema};

    #[tokio::test]
    async fn prices_are_ranges_of_their_key() {
        let pool = schema().await;
        let all = plan(&pool, PRICES).await;
        assert!(all.contains("(user_id=? AND (security_id,day,source)>(?,?,?))"), "{all}");
        let of_one = plan(&pool, PRICES_OF).await;
        assert!(of_one.contains("(user_id=? AND security_id=? AND (day,source)>(?,?))"), "{of_one}");
        let of_days = plan(&pool, SECURITY_PRICES).await;
        assert!(of_days.contains("(user_id=? AND security_id=? AND day>? AND day<?)"), "{of_days}");
        let priced = plan(&pool, PRICED).await;
        assert!(priced.contains("SEARCH s ") && priced.contains("SEARCH p "), "{priced}");
        assert!(priced.contains("(user_id=? AND security_id=?)"), "{priced}");
        for plan in [all, of_one, of_days, priced] {
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
        let series = plan(&pool, SERIES).await;
        assert!(series.contains("SEARCH security_prices USING COVERING INDEX"), "{series}");
    }
}
