//! Holds what is kept of the days of an account against its transactions.

use chrono::NaiveDate;
use dashtam_domain::{
    id::{AccountId, UserId},
    ledger::TransactionStatus,
    money::Decimal,
    record::Record,
    store::StoreError,
    time::Day,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, Query},
};

use super::days::{Moved, Movement, StoredDay, TABLE};
use crate::{
    cells::{Cells, Entry, FromRow},
    rows::transactions::{Column, Entity},
    unit_of_work::SeaUnitOfWork,
};

/// Transactions of so many days are in memory at once.
const DAYS: i64 = 31;

/// The day of a transaction.
struct OfDay(Day);

impl FromRow for OfDay {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        Entry::new(row, Record::Transaction, 0).day(0).map(Self)
    }
}

impl SeaUnitOfWork {
    /// The days of which something wrong is kept. What they lack is added to them when the unit ends, if they are to be
    /// repaired.
    pub(super) async fn compare_days(
        &mut self,
        owner: UserId,
        account: AccountId,
        repair: bool,
    ) -> Result<Vec<Day>, StoreError> {
        self.change_number(owner).await?;
        let mut lacking = self.reckoned_days(owner, account).await?;
        let stored = Query::select()
            .columns(["day", "currency", "sum", "count"])
            .from(TABLE)
            .and_where(Expr::col("user_id").eq(owner.0))
            .and_where(Expr::col("account_id").eq(account.0))
            .take();
        for StoredDay { day, currency, sum, count } in self.rows(&stored).await? {
            let (lack, posted) = lacking.entry((day, currency)).or_default();
            *lack = lack.saturating_sub(sum);
            *posted -= count;
        }
        lacking.retain(|_, (sum, count)| !sum.is_zero() || *count != 0);
        let mut days: Vec<Day> = lacking.keys().map(|(day, _)| Day(*day)).collect();
        days.dedup();
        if repair {
            for ((day, currency), (sum, count)) in lacking {
                let (lack, posted) = self.moved.entry((owner, account, day, currency)).or_default();
                *lack = lack.saturating_add(sum);
                *posted += count;
            }
        }
        Ok(days)
    }

    /// What the account's posted transactions come to on each day.
    async fn reckoned_days(&mut self, owner: UserId, account: AccountId) -> Result<Moved, StoreError> {
        let mut sums = Moved::new();
        let mut from: Option<NaiveDate> = None;
        loop {
            let of_account = Entity::find()
                .select_only()
                .filter(Column::UserId.eq(owner.0))
                .filter(Column::AccountId.eq(account.0));
            let mut next = of_account.clone().column(Column::Day).order_by_asc(Column::Day).limit(1);
            if let Some(from) = from {
                next = next.filter(Column::Day.gte(from));
            }
            let Some(OfDay(first)) = self.row(&next.into_query()).await? else { return Ok(sums) };
            // The engines do not write later days alike: no bound may lie behind the last one.
            let end = first.plus_days(DAYS - 1).min(Day::LAST);
            let posted = of_account
                .columns(Movement::COLUMNS)
                .filter(Column::Status.eq(TransactionStatus::Posted.as_str()))
                .filter(Column::Day.gte(first.0))
                .filter(Column::Day.lte(end.0));
            for movement in self.rows::<Movement>(&posted.into_query()).await? {
                let (day, amount): ((NaiveDate, String), Decimal) = movement.of_day();
                let (sum, count) = sums.entry(day).or_default();
                *sum = sum.saturating_add(amount);
                *count += 1;
            }
            if end == Day::LAST {
                return Ok(sums);
            }
            from = Some(end.plus_days(1).0);
        }
    }
}
