//! What moved each account on each day, kept with the transactions.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use dashtam_domain::{
    id::{AccountId, UserId},
    ledger::TransactionStatus,
    money::Decimal,
    store::StoreError,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, Query},
};

use crate::{
    cells::{Cells, Entry, FromRow},
    rows::transactions::{Column, Entity},
    unit_of_work::SeaUnitOfWork,
};

const COLUMNS: [&str; 6] = ["user_id", "account_id", "day", "currency", "sum", "count"];

/// What a posted transaction adds to its day.
struct Movement {
    day: NaiveDate,
    amount: Decimal,
    currency: String,
}

impl FromRow for Movement {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, "transactions", 0);
        Ok(Self { day: entry.day(0)?.0, amount: entry.decimal(1)?, currency: entry.text(2)? })
    }
}

impl SeaUnitOfWork {
    /// Notes that transactions of this day change, so that the day is added up again when the unit commits.
    pub(crate) fn touch(&mut self, owner: UserId, account: AccountId, day: NaiveDate) {
        self.touched.insert((owner, account, day));
    }

    /// Adds up the days that were touched. The unit holds the owners' clocks, so that nobody else does it meanwhile.
    pub(crate) async fn write_days(&mut self) -> Result<(), StoreError> {
        let mut touched: BTreeMap<(UserId, AccountId), Vec<NaiveDate>> = BTreeMap::new();
        for (owner, account, day) in std::mem::take(&mut self.touched) {
            touched.entry((owner, account)).or_default().push(day);
        }
        for ((owner, account), days) in touched {
            for days in days.chunks(Self::chunk(1)) {
                self.add_up(owner, account, days).await?;
            }
        }
        Ok(())
    }

    async fn add_up(
        &mut self,
        owner: UserId,
        account: AccountId,
        days: &[NaiveDate],
    ) -> Result<(), StoreError> {
        let posted = Entity::find()
            .select_only()
            .columns([Column::Day, Column::Amount, Column::Currency])
            .filter(Column::UserId.eq(owner.0))
            .filter(Column::AccountId.eq(account.0))
            .filter(Column::Status.eq(TransactionStatus::Posted.as_str()))
            .filter(Column::Day.is_in(days.iter().copied()));
        let mut sums: BTreeMap<(NaiveDate, String), (Decimal, i64)> = BTreeMap::new();
        for Movement { day, amount, currency } in self.rows(&posted.into_query()).await? {
            let (sum, count) = sums.entry((day, currency)).or_default();
            *sum = sum.saturating_add(amount);
            *count += 1;
        }
        let mut delete = Query::delete();
        delete
            .from_table("account_days")
            .and_where(Expr::col("user_id").eq(owner.0))
            .and_where(Expr::col("account_id").eq(account.0))
            .and_where(Expr::col("day").is_in(days.iter().copied()));
        self.execute(&delete).await?;
        let sums: Vec<_> = sums.into_iter().collect();
        for chunk in sums.chunks(Self::chunk(COLUMNS.len())) {
            let mut insert = Query::insert();
            insert.into_table("account_days").columns(COLUMNS);
            for ((day, currency), (sum, count)) in chunk {
                let values: [Expr; 6] = [
                    owner.0.into(),
                    account.0.into(),
                    (*day).into(),
                    currency.clone().into(),
                    sum.to_string().into(),
                    (*count).into(),
                ];
                insert.values_panic(values);
            }
            self.execute(&insert).await?;
        }
        Ok(())
    }
}
