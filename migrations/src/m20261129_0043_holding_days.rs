//! What accounts held on earlier days. What is held now was told for the day of its figures, and begins the history.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// What names a snapshot. The origin is the import that told it, and nil for synchronisations.
const SNAPSHOT: &[&str] = &["user_id", "account_id", "day", "origin"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, [snapshots(), days()], []).await?;
        let connection = manager.get_connection();
        for fill in fills(manager.get_database_backend()) {
            connection.execute_unprepared(&fill).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["holding_days", "holding_snapshots"]).await
    }
}

fn snapshots() -> TableCreateStatement {
    let columns = [
        uuid("user_id"),
        uuid("account_id"),
        day("day"),
        uuid("origin"),
        time("taken_at"),
        maybe_text("value"),
    ];
    let account = ("accounts", &["user_id", "id"] as &[&str]);
    table("holding_snapshots", columns)
        .primary_key(Index::create().col("user_id").col("account_id").col("day").col("origin"))
        .foreign_key(&mut belongs(("holding_snapshots", &["user_id", "account_id"]), account))
        .take()
}

fn days() -> TableCreateStatement {
    let columns = [
        uuid("user_id"),
        uuid("account_id"),
        day("day"),
        uuid("origin"),
        text("external_id"),
        maybe_uuid("security_id"),
        maybe_text("symbol"),
        maybe_text("name"),
        short("asset_class", 32),
        text("quantity"),
        maybe_text("price"),
        maybe_text("market_value"),
        maybe_text("cost_basis"),
        maybe_text("option_terms"),
        currency(),
    ];
    table("holding_days", columns)
        .primary_key(
            Index::create().col("user_id").col("account_id").col("day").col("external_id").col("origin"),
        )
        .foreign_key(&mut belongs(("holding_days", SNAPSHOT), ("holding_snapshots", SNAPSHOT)))
        .take()
}

/// One snapshot of each account that holds anything, for the latest day of its figures. What it is worth together is left to
/// the next synchronisation.
fn fills(backend: DbBackend) -> [String; 2] {
    let (day, nil) = match backend {
        DbBackend::Postgres => (
            "(MAX(COALESCE(as_of, updated_at)) AT TIME ZONE 'UTC')::date",
            "'00000000-0000-0000-0000-000000000000'::uuid",
        ),
        _ => ("substr(MAX(COALESCE(as_of, updated_at)), 1, 10)", "x'00000000000000000000000000000000'"),
    };
    let snapshots = format!(
        "INSERT INTO holding_snapshots (user_id, account_id, day, origin, taken_at, value) \
         SELECT user_id, account_id, {day}, {nil}, MAX(updated_at), NULL FROM holdings GROUP BY user_id, account_id"
    );
    let days = "INSERT INTO holding_days (user_id, account_id, day, origin, external_id, security_id, symbol, name, \
        asset_class, quantity, price, market_value, cost_basis, option_terms, currency) \
        SELECT h.user_id, h.account_id, s.day, s.origin, h.external_id, h.security_id, h.symbol, h.name, h.asset_class, \
        h.quantity, h.price, h.market_value, h.cost_basis, h.option_terms, h.currency FROM holdings h \
        JOIN holding_snapshots s ON s.user_id = h.user_id AND s.account_id = h.account_id";
    [snapshots, days.to_owned()]
}
