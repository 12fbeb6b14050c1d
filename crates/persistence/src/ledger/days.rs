//! What moved each account on each day, kept with the transactions.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use dashtam_domain::{
    id::{AccountId, UserId},
    ledger::{Transaction, TransactionStatus},
    money::Decimal,
    record::Record,
    store::StoreError,
    time::Day,
};
use sea_orm::{
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, OnConflict, Order, Query},
};

use crate::{
    cells::{Cells, Entry, FromRow},
    rows::transactions::Column,
    unit_of_work::{AccountDay, SeaUnitOfWork},
};

pub(super) const TABLE: &str = "account_days";
const COLUMNS: [&str; 6] = ["user_id", "account_id", "day", "currency", "sum", "count"];

/// What a stored transaction adds to its day.
pub(super) struct Movement {
    day: AccountDay,
    amount: Decimal,
    is_posted: bool,
}

impl Movement {
    /// The columns it is read from, in their order.
    pub(super) const COLUMNS: [Column; 6] =
        [Column::UserId, Column::AccountId, Column::Day, Column::Currency, Column::Amount, Column::Status];

    pub(super) fn of(transaction: &Transaction) -> Self {
        let Transaction { owner, account, currency, status, .. } = transaction;
        Self {
            day: (*owner, *account, transaction.shown_day().0, currency.as_str().to_owned()),
            amount: transaction.shown_amount(),
            is_posted: *status == TransactionStatus::Posted,
        }
    }

    /// The same of a transaction that was posted before its status changed.
    pub(super) fn posted(self) -> Self {
        Self { is_posted: true, ..self }
    }

    /// Its day with its currency, and its amount.
    pub(super) fn of_day(self) -> ((NaiveDate, String), Decimal) {
        let (_, _, day, currency) = self.day;
        ((day, currency), self.amount)
    }

    /// Reads the columns that begin at this index.
    pub(super) fn read(row: &impl Cells, at: usize) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::Transaction, at);
        let [user, account]: [Uuid; 2] = [entry.get(0)?, entry.get(1)?];
        Ok(Self {
            day: (UserId(user), AccountId(account), entry.day(2)?.0, entry.text(3)?),
            amount: entry.decimal(4)?,
            is_posted: entry.word(5, TransactionStatus::parse)? == TransactionStatus::Posted,
        })
    }
}

impl FromRow for Movement {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        Self::read(row, 0)
    }
}

/// A stored day.
pub(super) struct StoredDay {
    pub(super) day: NaiveDate,
    pub(super) currency: String,
    pub(super) sum: Decimal,
    pub(super) count: i64,
}

impl FromRow for StoredDay {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::AccountDay, 0);
        let (day, currency) = (entry.day(0)?.0, entry.text(1)?);
        Ok(Self { day, currency, sum: entry.decimal(2)?, count: entry.get(3)? })
    }
}

/// A day on which there are transactions.
struct HeldDay(Day);

impl FromRow for HeldDay {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        Entry::new(row, Record::AccountDay, 0).day(0).map(Self)
    }
}

/// Sums and counts of one account that are added to those of its days.
pub(super) type Moved = BTreeMap<(NaiveDate, String), (Decimal, i64)>;

impl SeaUnitOfWork {
    /// Notes that a transaction came.
    pub(super) fn comes(&mut self, movement: Movement) {
        let Movement { day, amount, is_posted } = movement;
        self.moved(day, amount, if is_posted { 1 } else { 0 });
    }

    /// Notes that a transaction went.
    pub(super) fn goes(&mut self, movement: Movement) {
        let Movement { day, amount, is_posted } = movement;
        self.moved(day, -amount, if is_posted { -1 } else { 0 });
    }

    fn moved(&mut self, day: AccountDay, amount: Decimal, count: i64) {
        if count != 0 {
            let (sum, posted) = self.moved.entry(day).or_default();
            *sum = sum.saturating_add(amount);
            *posted += count;
        }
    }

    /// The days of this time on which the account has posted transactions, in their order.
    pub(super) async fn days_with_rows(
        &mut self,
        owner: UserId,
        account: AccountId,
        (from, to): (Day, Day),
    ) -> Result<Vec<Day>, StoreError> {
        self.write_days().await?;
        let select = Query::select()
            .distinct()
            .column("day")
            .from(TABLE)
            .and_where(Expr::col("user_id").eq(owner.0))
            .and_where(Expr::col("account_id").eq(account.0))
            .and_where(Expr::col("day").gte(from.0))
            .and_where(Expr::col("day").lte(to.0))
            .and_where(Expr::col("count").gt(0))
            .order_by("day", Order::Asc)
            .take();
        Ok(self.rows::<HeldDay>(&select).await?.into_iter().map(|HeldDay(day)| day).collect())
    }

    /// Adds what moved to its days, at a cost that does not grow with the transactions of a day. The unit holds the owners'
    /// clocks, so that nobody else does it meanwhile.
    pub(crate) async fn write_days(&mut self) -> Result<(), StoreError> {
        let mut accounts: BTreeMap<(UserId, AccountId), Moved> = BTreeMap::new();
        for ((owner, account, day, currency), moved) in std::mem::take(&mut self.moved) {
            accounts.entry((owner, account)).or_default().insert((day, currency), moved);
        }
        for ((owner, account), moved) in accounts {
            self.add_days(owner, account, moved).await?;
        }
        Ok(())
    }

    async fn add_days(
        &mut self,
        owner: UserId,
        account: AccountId,
        mut moved: Moved,
    ) -> Result<(), StoreError> {
        let of_account = || Expr::col("user_id").eq(owner.0).and(Expr::col("account_id").eq(account.0));
        let mut days: Vec<NaiveDate> = moved.keys().map(|(day, _)| *day).collect();
        days.dedup();
        for days in days.chunks(Self::chunk(1)) {
            let stored = Query::select()
                .columns(["day", "currency", "sum", "count"])
                .from(TABLE)
                .and_where(of_account())
                .and_where(Expr::col("day").is_in(days.iter().copied()))
                .take();
            for StoredDay { day, currency, sum, count } in self.rows(&stored).await? {
                if let Some((moved, posted)) = moved.get_mut(&(day, currency)) {
                    *moved = moved.saturating_add(sum);
                    *posted += count;
                }
            }
        }
        let moved: Vec<_> = moved.into_iter().collect();
        for chunk in moved.chunks(Self::chunk(COLUMNS.len())) {
            let known = OnConflict::columns(["user_id", "account_id", "day", "currency"])
                .update_columns(["sum", "count"])
                .to_owned();
            let mut insert = Query::insert();
            insert.into_table(TABLE).columns(COLUMNS).on_conflict(known);
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
        let empty: Vec<NaiveDate> =
            moved.iter().filter(|(_, (_, count))| *count == 0).map(|((day, _), _)| *day).collect();
        for days in empty.chunks(Self::chunk(1)) {
            let mut delete = Query::delete();
            delete
                .from_table(TABLE)
                .and_where(of_account())
                .and_where(Expr::col("day").is_in(days.iter().copied()))
                .and_where(Expr::col("count").eq(0));
            self.execute(&delete).await?;
        }
        Ok(())
    }
}
