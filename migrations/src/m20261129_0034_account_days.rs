//! What moved each account on each day: kept with the transactions, so that the history of a balance never reads them.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use sea_orm_migration::{
    prelude::*,
    sea_orm::{
        FromQueryResult,
        prelude::{Date, Uuid},
    },
};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Transactions that are read at once.
const BATCH: u64 = 5_000;
/// Days that are written at once.
const WRITTEN: usize = 500;
const COLUMNS: [&str; 6] = ["user_id", "account_id", "day", "currency", "sum", "count"];

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    user_id: Uuid,
    account_id: Uuid,
    day: Date,
    currency: String,
    amount: String,
}

type Days = BTreeMap<(Uuid, Uuid, Date, String), (Decimal, i64)>;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns =
            [uuid("user_id"), uuid("account_id"), day("day"), currency(), text("sum"), long("count")];
        let days = table("account_days", columns)
            .primary_key(Index::create().col("user_id").col("account_id").col("day").col("currency"))
            .foreign_key(&mut belongs(
                ("account_days", &["user_id", "account_id"]),
                ("accounts", &["user_id", "id"]),
            ))
            .take();
        create(manager, [days], []).await?;
        fill(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["account_days"]).await
    }
}

/// Adds up the transactions that are there.
async fn fill(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let mut days = Days::new();
    let place = ["user_id", "account_id", "day", "id"];
    let mut after: Option<(Uuid, Uuid, Date, Uuid)> = None;
    loop {
        let mut next = Query::select();
        next.columns(["id", "user_id", "account_id", "day", "currency", "amount"])
            .from("transactions")
            .and_where(Expr::col("status").eq("posted"))
            .limit(BATCH);
        for column in place {
            next.order_by(column, Order::Asc);
        }
        if let Some((user, account, day, id)) = after {
            let behind = Expr::tuple(place.map(Expr::col)).gt(Expr::tuple([
                Expr::val(user),
                Expr::val(account),
                Expr::val(day),
                Expr::val(id),
            ]));
            next.and_where(behind);
        }
        let rows = connection.query_all(&next).await?;
        for row in &rows {
            let Row { id, user_id, account_id, day, currency, amount } = Row::from_query_result(row, "")?;
            after = Some((user_id, account_id, day, id));
            // What cannot be read as a number is shown nowhere either.
            let Ok(amount) = amount.parse::<Decimal>() else { continue };
            let (sum, count) = days.entry((user_id, account_id, day, currency)).or_default();
            *sum = sum.saturating_add(amount);
            *count += 1;
        }
        let is_last = rows.len() < BATCH as usize;
        // The last day may go on in the next batch.
        let open =
            after.filter(|_| !is_last).map(|(user, account, day, _)| (user, account, day, String::new()));
        let rest = open.map(|open| days.split_off(&open)).unwrap_or_default();
        write(manager, std::mem::replace(&mut days, rest)).await?;
        if is_last {
            return Ok(());
        }
    }
}

async fn write(manager: &SchemaManager<'_>, days: Days) -> Result<(), DbErr> {
    let days: Vec<_> = days.into_iter().collect();
    for chunk in days.chunks(WRITTEN) {
        let mut insert = Query::insert();
        insert.into_table("account_days").columns(COLUMNS);
        for ((user, account, day, currency), (sum, count)) in chunk {
            let values: [Expr; 6] = [
                (*user).into(),
                (*account).into(),
                (*day).into(),
                currency.clone().into(),
                sum.to_string().into(),
                (*count).into(),
            ];
            insert.values_panic(values);
        }
        manager.get_connection().execute(&insert).await?;
    }
    Ok(())
}
