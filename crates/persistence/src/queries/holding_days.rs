//! [`HoldingDayQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, ImportId, SecurityId, UserId},
    ledger::{HeldPosition, HoldingDayKey, HoldingDayQueries, HoldingSnapshot},
    page::{Limit, Page},
    store::StoreError,
    time::Day,
};
use uuid::Uuid;

use super::{
    SqlQueries, count,
    ledger::{FIRST_DAY, LAST_DAY},
};
use crate::{
    pool::Arg,
    rows::holding_days::{HeldIn, HeldOn, POSITION, Told, latest},
};

static HOLDINGS_ON: LazyLock<String> = LazyLock::new(latest);

/// Of what several told for one day, what was told last counts.
static HOLDING_DAYS: LazyLock<String> = LazyLock::new(|| {
    let position = POSITION.map(|column| format!("d.{column}")).join(", ");
    format!(
        "SELECT d.day, {position} FROM holding_days d WHERE d.user_id = $1 AND d.account_id = $2 \
         AND (d.day, d.external_id) > ($3, $4) AND d.day <= $5 \
         AND d.origin = (SELECT s.origin FROM holding_snapshots s WHERE s.user_id = d.user_id \
         AND s.account_id = d.account_id AND s.day = d.day ORDER BY s.taken_at DESC, s.origin LIMIT 1) \
         ORDER BY d.day, d.external_id LIMIT $6"
    )
});

/// The accounts come first, so that of each only these days are read.
static SECURITY_DAYS: LazyLock<String> = LazyLock::new(|| {
    let position = POSITION.map(|column| format!("d.{column}")).join(", ");
    format!(
        "SELECT d.account_id, d.day, {position} FROM accounts a CROSS JOIN holding_days d WHERE a.user_id = $1 \
         AND d.user_id = a.user_id AND d.account_id = a.id AND d.security_id = $2 AND d.day >= $3 AND d.day <= $4 \
         AND d.origin = (SELECT s.origin FROM holding_snapshots s WHERE s.user_id = d.user_id \
         AND s.account_id = d.account_id AND s.day = d.day ORDER BY s.taken_at DESC, s.origin LIMIT 1) \
         ORDER BY d.day, d.account_id, d.external_id"
    )
});

/// Money is no position: it names no security.
const HOLDERS: &str = "SELECT a.id FROM accounts a WHERE a.user_id = $1 AND EXISTS (SELECT 1 FROM holding_days d \
    WHERE d.user_id = a.user_id AND d.account_id = a.id \
    AND (d.security_id IS NOT NULL OR d.asset_class <> 'cash_equivalent')) ORDER BY a.id";

/// What the rows of one snapshot say together.
pub(crate) fn snapshot_of(owner: UserId, account: AccountId, rows: Vec<Told>) -> Option<HoldingSnapshot> {
    let first = rows.first()?;
    let import = (!first.origin.is_nil()).then_some(ImportId(first.origin));
    let (day, taken_at, value) = (first.day, first.taken_at, first.value);
    let positions = rows.into_iter().filter_map(|row| row.position).collect();
    Some(HoldingSnapshot { owner, account, day, import, taken_at, value, positions })
}

/// A day that both engines compare alike.
fn plain(day: Day) -> Arg<'static> {
    Arg::Day(day.0.clamp(FIRST_DAY, LAST_DAY))
}

#[async_trait]
impl HoldingDayQueries for SqlQueries {
    async fn holdings_on(
        &self,
        owner: UserId,
        account: AccountId,
        day: Day,
    ) -> Result<Option<HoldingSnapshot>, StoreError> {
        let args = [Arg::Id(owner.0), Arg::Id(account.0), plain(day)];
        Ok(snapshot_of(owner, account, self.pool.rows(&HOLDINGS_ON, &args).await?))
    }

    async fn holding_days(
        &self,
        owner: UserId,
        account: AccountId,
        (from, to): (Day, Day),
        after: Option<HoldingDayKey>,
        limit: Limit,
    ) -> Result<Page<(Day, HeldPosition), HoldingDayKey>, StoreError> {
        let HoldingDayKey { day, external_id } = after
            .unwrap_or(HoldingDayKey { day: from, external_id: String::new() })
            .max(HoldingDayKey { day: from, external_id: String::new() });
        let args = [
            Arg::Id(owner.0),
            Arg::Id(account.0),
            plain(day),
            Arg::Text(&external_id),
            plain(to),
            count(limit),
        ];
        let found: Vec<HeldOn> = self.pool.rows(&HOLDING_DAYS, &args).await?;
        let found = found.into_iter().map(|HeldOn(day, held)| (day, held)).collect();
        let key = |(day, held): &(Day, HeldPosition)| HoldingDayKey {
            day: *day,
            external_id: held.external_id.clone(),
        };
        Ok(Page::cut(found, limit, key))
    }

    async fn security_days(
        &self,
        owner: UserId,
        security: SecurityId,
        (from, to): (Day, Day),
    ) -> Result<Vec<(AccountId, Day, HeldPosition)>, StoreError> {
        let args = [Arg::Id(owner.0), Arg::Id(security.0), plain(from), plain(to)];
        let found: Vec<HeldIn> = self.pool.rows(&SECURITY_DAYS, &args).await?;
        Ok(found.into_iter().map(|HeldIn(account, day, held)| (account, day, held)).collect())
    }

    async fn holders(&self, owner: UserId) -> Result<Vec<AccountId>, StoreError> {
        let found: Vec<Uuid> = self.pool.rows(HOLDERS, &[Arg::Id(owner.0)]).await?;
        Ok(found.into_iter().map(AccountId).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queries::ledger::tests::{plan, schema};

    #[tokio::test]
    async fn days_are_ranges_of_their_keys() {
        let pool = schema().await;
        let days = plan(&pool, &HOLDING_DAYS).await;
        assert!(
            days.contains("(user_id=? AND account_id=? AND (day,external_id)>(?,?) AND day<?)"),
            "{days}"
        );
        let latest = plan(&pool, &HOLDINGS_ON).await;
        assert!(latest.contains("(user_id=? AND account_id=? AND day<?)"), "{latest}");
        let of_security = plan(&pool, &SECURITY_DAYS).await;
        assert!(of_security.contains("(user_id=? AND account_id=? AND day>? AND day<?)"), "{of_security}");
        let holders = plan(&pool, HOLDERS).await;
        assert!(
            holders.contains("SEARCH d ") && holders.contains("(user_id=? AND account_id=?)"),
            "{holders}"
        );
    }
}
